/*
 * top_read - Redis's replies into numbers for "master top".
 *
 * A Redis is foreign ground: what is not of the expected form is left out.
 * Pure: no I/O.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TOP_READ_H
#define MASTER_TOP_READ_H

#include <hiredis/hiredis.h>

#include "master/top_sites.h"

enum { TOP_RUN_BYTES = 40 };

struct top_crawl {
    int64_t started_s; /* since 1970; 0: not told */
    char run[TOP_RUN_BYTES];
    struct live live;
};
void top_read_crawl(const redisReply *r, struct top_crawl *out);
void top_read_stats(const redisReply *r, int64_t stats[STAT_COUNT]);
/* TIME, in ms since 1970; 0: not told. */
int64_t top_read_time(const redisReply *r);
/* INFO; *cpu_us is all that Redis has ever used. */
void top_read_server(const redisReply *r, struct top_server *out,
                     int64_t *cpu_us);

/* due_last: who rests for longer than from_ms, for how long. */
void top_read_due(const redisReply *r, int64_t now_ms, int64_t from_ms,
                  struct top_sites_list *out);
/* pace_get for the first count rows of the list. */
void top_read_pace(const redisReply *r, struct top_sites_list *list,
                   size_t count);
/*
 * Those that make us wait: failed, or resting for longer than usual_ms or
 * than they are known to need.  The others leave the list.
 */
void top_keep_blocked(struct top_sites_list *list, int64_t usual_ms);
/* orders_some, in the order of names. */
void top_read_orders(const redisReply *r, struct top_sites_list *out);
/* Note in all lists which sites have orders, and what is known of them. */
void top_join(const struct top_sites *sites, struct top_view *v);

#endif
