/*
 * frontier_look - questions about a crawl that only people have.
 *
 * As frontier.h: forms requests, reads replies, never waits.  Nothing here
 * changes anything in Redis.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_FRONTIER_LOOK_H
#define COMMON_FRONTIER_LOOK_H

#include "common/frontier.h"

/*
 * One step of finding the crawls that a Redis holds: pass cursor "0" first,
 * then what the last reply gave, until it is "0" again.
 */
void frontier_form_names(struct buf *b, const char *cursor);
/*
 * Calls name() for each crawl's name in the reply, which may give the same one
 * twice; cursor takes the next one.
 */
enum err frontier_read_names(const redisReply *r, char cursor[32],
                             void (*name)(void *arg, struct str s),
                             void *arg) MUST_USE;

/* --- one URL --- */

/*
 * SISMEMBER: frontier_read_count gives 1 when it was ever added, in one or the
 * other of two places ...
 */
void frontier_form_seen(const struct frontier *f, struct buf *b,
                        struct str url);
void frontier_form_seen_apart(const struct frontier *f, struct buf *b,
                              struct str url);
/* ... and when the host is one of the seeds', with --no-span-hosts. */
void frontier_form_seed_host(const struct frontier *f, struct buf *b,
                             uint64_t host);
/*
 * LRANGE, entries from first to last: of the front queue (-1 is next to be
 * popped), of a site's back queue (0 is next).
 */
void frontier_form_queue_range(const struct frontier *f, struct buf *b,
                               int64_t first, int64_t last);
void frontier_form_back_range(const struct frontier *f, struct buf *b,
                              struct str site, int64_t first, int64_t last);
/* ZRANGE with scores: entry, ms since 1970, ... */
void frontier_form_retry_range(const struct frontier *f, struct buf *b,
                               int64_t first, int64_t last);
/* HGET: how often that worker holds the site; nil when it does not. */
void frontier_form_holds(const struct frontier *f, struct buf *b,
                         struct str worker, struct str site);
/* HGETALL of what that worker has in flight. */
void frontier_form_flight_of(const struct frontier *f, struct buf *b,
                             struct str worker);

/* --- one site --- */

enum { FRONTIER_SITE_REQUESTS = 8, FRONTIER_ORDER_BYTES = 64 };
struct frontier_site {
    int64_t now_ms;     /* Redis's clock */
    uint64_t holders;   /* visits that have it in hand */
    int64_t due_ms;     /* until it may be asked, 0: now; -1: not in due */
    uint64_t waiting;   /* entries in its back queue */
    int64_t spacing_ms; /* what it needs above --delay; 0: nothing known */
    unsigned failures;  /* in a row */
    char order[FRONTIER_ORDER_BYTES];     /* "drop", "delay MS", or "" ... */
    char order_all[FRONTIER_ORDER_BYTES]; /* ... for then this one counts: of
                                             all sites that have none */
    uint64_t asked; /* with --max-pages-per-site: what it is held against */
};
/* FRONTIER_SITE_REQUESTS of them, and their replies. */
void frontier_form_site(const struct frontier *f, struct buf *b,
                        struct str site);
enum err frontier_read_site(redisReply *const *replies,
                            struct frontier_site *out) MUST_USE;

#endif
