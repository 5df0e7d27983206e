/*
 * spread - how numbers are spread: mean, extremes, percentiles, a histogram.
 *
 * The histogram has the bars that the caller wants, and is exact.  Percentiles
 * are by classes of logarithmic width: below 64 exact, else to within 1/32.
 * Fixed size, whatever comes.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SPREAD_H
#define MASTER_SPREAD_H

#include <stddef.h>
#include <stdint.h>

enum { SPREAD_SUB_BITS = 5, SPREAD_CLASSES = 1920 };

enum { SPREAD_BARS = 24 };

struct spread {
    const uint64_t *edges; /* of the histogram: bar i is [edge i, edge i + 1) */
    size_t bars;           /* the last has no end; the first edge is 0 */
    uint64_t count, sum, least, most;
    uint64_t bar[SPREAD_BARS];
    uint64_t classes[SPREAD_CLASSES];
};

/* edges: rising, SPREAD_BARS at most, the caller's for good. */
void spread_init(struct spread *s, const uint64_t *edges, size_t count);
void spread_add(struct spread *s, uint64_t value);
double spread_mean(const struct spread *s);

/*
 * The least value that share (0 to 1) of all do not exceed; 0 without any.
 * Of a class it is the upper end, but never above the greatest of all.
 */
uint64_t spread_percentile(const struct spread *s, double share);

#endif
