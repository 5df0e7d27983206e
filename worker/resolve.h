/*
 * resolve - names to addresses: name_servers.c's questions, with a cache.
 *
 * One per thread.  Names of /etc/hosts (read at the start) and localhost are
 * known; others are asked for, of the next name server in turn, and of
 * another one soon when no answer comes or the server cannot tell.  Answers
 * live as long as their TTL says (10 s to 1 h), "no such name" a minute,
 * failures less than a retry waits.  Everything is bounded: the cache (its
 * oldest names leave first), the look-ups under way, their rate.
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
 * addresses: "192.0.2.1,[2001:db8::1]" as libcurl wants them; empty when
 * outcome is not OUTCOME_OK but NO_DNS (there is no such name, or it has no
 * address) or DNS_ERROR (nobody could tell).  reason: then DNS's own word for
 * it, such as "NXDOMAIN".  Borrowed until the call returns.
 */
struct resolve_answer {
    enum outcome outcome;
    struct str addresses;
    const char *reason;
};

typedef void resolve_fn(void *arg, const struct resolve_answer *answer);

/* An answer of a name server that has addresses; all borrowed. */
struct resolve_message {
    const char *host, *server; /* server: its address */
    bool is_ipv6;              /* AAAA was asked for, not A */
    const unsigned char *bytes;
    size_t n;
};

typedef void resolve_watch_fn(void *arg, const struct resolve_message *message);

/* ERR_INVALID: --dns-servers; why says what is wrong. */
enum err resolve_new(uv_loop_t *loop, const struct config *c,
                     struct stats *stats, struct resolve **out,
                     char why[CONFIG_WHY_BYTES]) MUST_USE;
/* fn is called with each such message, before those who wait hear of it. */
void resolve_watch(struct resolve *r, resolve_watch_fn *fn, void *arg);
/* Whether resolve_host() would answer at once. */
bool resolve_knows(struct resolve *r, struct str host);
/*
 * The addresses of host; fn is called exactly once, at once when they are
 * known, unless resolve_close() comes first: then with DNS_ERROR.
 */
void resolve_host(struct resolve *r, struct str host, resolve_fn *fn,
                  void *arg);
/* The next look-up of it asks anew; of those that nobody answered. */
void resolve_forget(struct resolve *r, struct str host);
void resolve_forget_failures(struct resolve *r);
/* When a look-up was last answered, by uv_hrtime(); 0: none was. */
uint64_t resolve_answered_ms(const struct resolve *r);
/* Ends all look-ups; the memory goes when the loop has closed its handles. */
void resolve_close(struct resolve *r);

#endif
