/*
 * timeline - what happened when: bins that grow wider as the time does.
 *
 * Times may come in any order, and begin anywhere.  A bin is a second wide at
 * first, and twice as wide whenever they would be more than TIMELINE_BINS.
 * Bins begin at multiples of their width.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TIMELINE_H
#define MASTER_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_BINS = 2048, TIMELINE_SUMS = 5 };

struct timeline_bin {
    uint64_t sums[TIMELINE_SUMS];
};

struct timeline {
    int64_t width_ms;    /* 0: nothing came yet */
    int64_t first, last; /* numbers of the bins: time / width */
    struct timeline_bin bins[TIMELINE_BINS]; /* by number, modulo */
};

/* The bin of a time, ms since 1970, not negative; until the next call. */
struct timeline_bin *timeline_at(struct timeline *t, int64_t ms);

size_t timeline_count(const struct timeline *t);
/* The i-th from the first on. */
const struct timeline_bin *timeline_get(const struct timeline *t, size_t i);

/* Milliseconds in which nothing came, stretches below least_ms aside. */
int64_t timeline_idle(const struct timeline *t, int64_t least_ms);

#endif
