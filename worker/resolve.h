/*
 * resolve - names to addresses: c-ares on the thread's loop, with a cache.
 *
 * One per thread.  Answers live as long as their TTL says (10 s to 1 h),
 * failures a minute; the cache is bounded, its oldest names leave first.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_RESOLVE_H
#define WORKER_RESOLVE_H

#include <uv.h>

#include "common/config.h"
#include "common/outcome.h"
#include "common/stats.h"
#include "common/str.h"

struct resolve;

/*
 * addresses: "192.0.2.1,[2001:db8::1]" as libcurl wants them, borrowed until
 * the call returns; empty when outcome is not OUTCOME_OK but NO_DNS (there is
 * no such name) or DNS_ERROR (nobody could tell).
 */
typedef void resolve_fn(void *arg, enum outcome outcome, struct str addresses);

/* ERR_INVALID: --dns-servers; why says what is wrong. */
enum err resolve_new(uv_loop_t *loop, const struct config *c,
                     struct stats *stats, struct resolve **out,
                     char why[CONFIG_WHY_BYTES]) MUST_USE;
/*
 * The addresses of host; fn is called exactly once, at once when the cache
 * knows, unless resolve_close() comes first: then with DNS_ERROR.
 */
void resolve_host(struct resolve *r, struct str host, resolve_fn *fn,
                  void *arg);
/* Ends all look-ups; the memory goes when the loop has closed its handles. */
void resolve_close(struct resolve *r);

#endif
