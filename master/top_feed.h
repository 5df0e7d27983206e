/*
 * top_feed - asks Redis for all that "master top" shows, once a second.
 *
 * A round is two trips: nine requests that cost the same whatever the crawl's
 * size, then the reports of at most TOP_REPORTS workers and what is known of
 * the sites that rest longest.  With more workers each round takes others,
 * and rates are scaled up.  A round begins only when the last one is over, so
 * a slow Redis is not asked more.
 *
 * One thread; nothing waits.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TOP_FEED_H
#define MASTER_TOP_FEED_H

#include <uv.h>

#include "common/conn.h"
#include "common/frontier.h"
#include "common/redis.h"
#include "master/top_view.h"

enum { TOP_REPORTS = 256 };

struct top_feed_setup {
    uv_loop_t *loop;
    const struct redis_url *url; /* outlives the feed, like the next two */
    const struct frontier *frontier;
    const char *name; /* of the crawl */
    int64_t delay_ms; /* as the options say */
    uint64_t max_pages;
    bool has_info;              /* we may ask INFO */
    void (*on_view)(void *arg); /* a round is over, or failed */
    void *arg;
};

struct top_feed;

struct top_feed *top_feed_open(const struct top_feed_setup *setup);
/* No callback comes any more; the loop still has a handle to close. */
void top_feed_close(struct top_feed *f);

/* Begin a round when none is under way; called each second. */
void top_feed_tick(struct top_feed *f);
/* As of the last round; valid until the next on_view. */
const struct top_view *top_feed_view(const struct top_feed *f);
/* Rounds that brought numbers. */
uint64_t top_feed_rounds(const struct top_feed *f);
/* The connection is there; otherwise the view says what is wrong. */
bool top_feed_is_up(const struct top_feed *f);

/*
 * One request of the caller's, formed in top_feed_request() before.  fn gets
 * NULL when the connection broke.  false: it is not there, nothing is sent.
 */
struct buf *top_feed_request(struct top_feed *f);
bool top_feed_send(struct top_feed *f, conn_reply_fn *fn, void *arg);

#endif
