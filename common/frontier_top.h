/*
 * frontier_top - what a live display asks of a crawl, beside its counts.
 *
 * As frontier.h: forms requests, reads replies, never waits.  Nothing here
 * changes anything, and nothing costs more with a larger crawl: each asks for
 * so many rows at most.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_FRONTIER_TOP_H
#define COMMON_FRONTIER_TOP_H

#include "common/frontier.h"

/* The sites of due:NAME that rest longest, the longest first. */
void frontier_form_due_last(const struct frontier *f, struct buf *b,
                            size_t count);
/* i-th of the reply; site is borrowed.  ERR_NOT_FOUND behind the last. */
enum err frontier_read_due(const redisReply *r, size_t i, struct str *site,
                           int64_t *at_ms) MUST_USE;

/* What pace:NAME has of these sites, count at least 1. */
void frontier_form_pace_get(const struct frontier *f, struct buf *b,
                            const struct str *sites, size_t count);
/* i-th of the reply: zeros for a site of which nothing is known. */
enum err frontier_read_pace(const redisReply *r, size_t i, int64_t *spacing_ms,
                            uint64_t *failures) MUST_USE;

/* How many sites orders:NAME has (frontier_read_count), and some of them. */
void frontier_form_orders_count(const struct frontier *f, struct buf *b);
void frontier_form_orders_some(const struct frontier *f, struct buf *b,
                               size_t count);
struct frontier_site_order {
    struct str site; /* borrowed from the reply */
    bool is_dropped;
    int64_t slow_ms; /* 0: not slowed down */
};
/* i-th of orders_some's reply; ERR_NOT_FOUND behind the last. */
enum err frontier_read_order(const redisReply *r, size_t i,
                             struct frontier_site_order *out) MUST_USE;

#endif
