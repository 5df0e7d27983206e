/*
 * name_servers - questions to name servers, one at a time: c-ares on the loop.
 *
 * Each server is a c-ares channel of its own, so that the caller decides whom
 * to ask, again or besides, and so that it is known here which one fares how:
 * a server from which nothing comes any more rests, 2 s and doubled up to a
 * minute, and is asked one question when it has rested.  A dead server must
 * not slow each look-up.  One per thread; never waits.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_NAME_SERVERS_H
#define WORKER_NAME_SERVERS_H

#include <ares.h>
#include <uv.h>

#include "common/config.h"

enum { NAME_SERVERS_MAX = 16 };

enum name_servers_type { NAME_SERVERS_A = 1, NAME_SERVERS_AAAA = 28 };

struct name_servers;

/*
 * What a server says to a question: status as of ares_query(), and the
 * message where there is one, borrowed.
 */
typedef void name_servers_fn(void *arg, int status, const unsigned char *bytes,
                             int n);

/*
 * csv: "ADDR[:PORT],...", NULL for the system's.  timeout_ms: a question that
 * nobody answered ends with ARES_ETIMEOUT then.  ERR_INVALID: why says what.
 */
enum err name_servers_new(uv_loop_t *loop, const char *csv, int64_t timeout_ms,
                          struct name_servers **out,
                          char why[CONFIG_WHY_BYTES]) MUST_USE;
/* Its address: "192.0.2.53", "2001:db8::53". */
const char *name_servers_address(const struct name_servers *s, unsigned server);
/*
 * Whom to ask: the next in turn of those that do not rest, and are not of
 * the set asked (bit 1 << server) if any other is left.
 */
unsigned name_servers_pick(struct name_servers *s, unsigned asked);
/* Whether any of the set does not rest. */
bool name_servers_are_up(const struct name_servers *s, unsigned set);
/*
 * fn is called exactly once, maybe at once; with ARES_EDESTRUCTION when
 * name_servers_close() comes first.
 */
void name_servers_ask(struct name_servers *s, unsigned server, const char *name,
                      enum name_servers_type type, name_servers_fn *fn,
                      void *arg);
/*
 * A question of asked_ms (the loop's clock) to this server waits for its
 * answer for too long: it rests if nothing else came from it since then.
 */
void name_servers_is_late(struct name_servers *s, unsigned server,
                          uint64_t asked_ms);
/* Lets questions time out; every 100 ms or so while there are any. */
void name_servers_tick(struct name_servers *s);
/* Ends all questions; the memory goes when the loop has closed its handles. */
void name_servers_close(struct name_servers *s);

#endif
