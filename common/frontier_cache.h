/*
 * frontier_cache - what a crawl with --cache remembers, in Redis.
 *
 * As frontier.h: forms requests, reads replies, never waits.  Values are
 * common/cache_value.h's.  cache:NAME:B has them by URL; cache:NAME has what
 * they are worth: the generation (crawls are counted), and which crawl log
 * was written by which.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_FRONTIER_CACHE_H
#define COMMON_FRONTIER_CACHE_H

#include "common/frontier.h"

/* --- values, by the fingerprints of their URLs --- */
void frontier_form_recall(const struct frontier *f, struct buf *b,
                          const uint64_t *fingerprints, size_t count);
/* The i-th of the reply's: borrowed from it; empty: nothing is remembered. */
struct str frontier_read_recalled(const redisReply *r, size_t i);

struct frontier_memory {
    uint64_t fingerprint;
    struct str value; /* empty: forget it */
};
/* Reply: frontier_read_count. */
void frontier_form_remember(const struct frontier *f, struct buf *b,
                            const struct frontier_memory *items, size_t count);

/* --- cache:NAME: HGETALL, HSET and HDEL of one field --- */
void frontier_form_cached_get(const struct frontier *f, struct buf *b);
void frontier_form_cached_set(const struct frontier *f, struct buf *b,
                              struct str field, struct str value);
void frontier_form_cached_del(const struct frontier *f, struct buf *b,
                              struct str field);

/* frontier_form_scan() leaves them alone from now on, and twins:NAME:B. */
void frontier_keep_cache(struct frontier *f);

#endif
