/*
 * robots_cache - a thread's robots.txt rules by origin, and their stored form.
 *
 * The cluster keeps one text for each origin in robots:NAME:ORIGIN
 * (common/robots_stored.h); a thread keeps the parsed rules of those it met
 * lately.
 *
 * RFC 9309: 4xx allows all (2.3.1.3), 5xx and unreachable disallow all
 * (2.3.1.4), a day at most in the cache (2.4).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_ROBOTS_CACHE_H
#define WORKER_ROBOTS_CACHE_H

#include <stdint.h>

#include "common/outcome.h"
#include "common/robots.h"
#include "worker/decode.h"
#include "worker/fetch.h"

enum {
    ROBOTS_CACHE_MS = 23 * 3600 * 1000,   /* in Redis, and in a thread ... */
    ROBOTS_CACHE_THREAD_MS = 3600 * 1000, /* ... so a day: RFC 9309, 2.4 */
    ROBOTS_CACHE_HEARD_MS = 100,          /* a failure that Redis told of */
    ROBOTS_CACHE_HOPS = 5                 /* redirects: 2.3.1.2 */
};

/* What is known of an origin's robots.txt. */
struct robots_answer {
    enum outcome failure; /* OUTCOME_OK: rules holds; else why it is not had */
    const struct robots *rules; /* owned by the cache */
};

struct robots_cache;
/*
 * agent_token: as for robots_parse(); must outlive the cache.  failure_ms: how
 * long a failure holds before robots.txt is asked for again.
 */
struct robots_cache *robots_cache_new(struct str agent_token,
                                      int64_t failure_ms);
void robots_cache_free(struct robots_cache *c);

/* False when nothing is known; *out is good until the next call. */
bool robots_cache_find(struct robots_cache *c, struct str origin,
                       int64_t now_ms, struct robots_answer *out);
/*
 * True once for each origin that is known, until robots_cache_untell(): to
 * tell of its sitemaps once, not at each page.
 */
bool robots_cache_tell(struct robots_cache *c, struct str origin);
void robots_cache_untell(struct robots_cache *c);
/*
 * Take a stored text; one that cannot be read is as none.  is_heard: it came
 * from Redis, where a failure has lived some of its time already, so that
 * here it only lives for the visit that asked.
 */
void robots_cache_take(struct robots_cache *c, struct str origin,
                       struct str stored, bool is_heard, int64_t now_ms);

/*
 * The stored text for what came of fetching a robots.txt, and for how long
 * it holds.  A redirect is the caller's; one too many is "unavailable".
 * is_elsewhere: it was redirected, so that a failure is of another server and
 * says nothing final of the origin.
 */
enum err robots_cache_judge(const struct robots_cache *c,
                            const struct fetch_answer *a, bool is_elsewhere,
                            struct decoder *d, struct buf *stored,
                            int64_t *ttl_ms) MUST_USE;

#endif
