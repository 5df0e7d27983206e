/*
 * stats - counters: one writer each, read by one other thread.
 *
 * A thread counts with stats_add() on a struct of its own; relaxed atomics,
 * so that a reader sees whole numbers and the writer pays nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_STATS_H
#define COMMON_STATS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/outcome.h"

enum stats_id {
#define STAT(name, text) STAT_##name,
#include "common/stats_table.h"
#undef STAT
    STAT_OUTCOMES, /* outcome_OK and so on stand from here */
    STAT_COUNT = STAT_OUTCOMES + OUTCOME_COUNT
};

struct stats {
    _Alignas(64) _Atomic int64_t v[STAT_COUNT];
};

static inline void
stats_add(struct stats *s, enum stats_id which, int64_t delta)
{
    int64_t old = atomic_load_explicit(&s->v[which], memory_order_relaxed);

    atomic_store_explicit(&s->v[which], old + delta, memory_order_relaxed);
}

static inline int64_t
stats_get(const struct stats *s, enum stats_id which)
{
    return atomic_load_explicit(&s->v[which], memory_order_relaxed);
}

/* Requests by how long they took: counters from STATS_FETCH_FIRST on. */
enum {
    STATS_FETCH_FIRST = STAT_fetch_50ms,
    STATS_FETCH_BUCKETS = STAT_fetch_longer - STAT_fetch_50ms + 1
};
/* The most that the i-th of them counts; INT64_MAX for the last. */
extern const int64_t stats_fetch_ms[STATS_FETCH_BUCKETS];
/* The one that counts a request of so many ms. */
enum stats_id stats_of_fetch(int64_t took_ms);

const char *stats_name(enum stats_id which); /* "pages", "outcome_TIMEOUT" */
const char *stats_text(enum stats_id which); /* what it counts, for people */
/* The counter of that name, or STAT_COUNT. */
enum stats_id stats_by_name(const char *name, size_t len);

#endif
