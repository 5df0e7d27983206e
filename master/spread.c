/* SPDX-License-Identifier: MIT */
#include "master/spread.h"

#include <assert.h>
#include <math.h>

enum { SPREAD_EXACT = 2 << SPREAD_SUB_BITS }; /* classes of width 1 */

static size_t
spread_class(uint64_t value)
{
    unsigned shift;

    if (value < SPREAD_EXACT)
        return (size_t)value;
    shift = 63 - (unsigned)__builtin_clzll(value) - SPREAD_SUB_BITS;
    return ((size_t)shift << SPREAD_SUB_BITS) + (size_t)(value >> shift);
}

/* The least value of the class. */
static uint64_t
spread_least(size_t class)
{
    size_t shift;

    if (class < SPREAD_EXACT)
        return class;
    shift = (class >> SPREAD_SUB_BITS) - 1;
    return (uint64_t)(class - (shift << SPREAD_SUB_BITS)) << shift;
}

void
spread_init(struct spread *s, const uint64_t *edges, size_t count)
{
    assert(count > 0 && count <= SPREAD_BARS && edges[0] == 0);
    *s = (struct spread){.edges = edges, .bars = count};
}

static size_t
spread_bar(const struct spread *s, uint64_t value)
{
    size_t low = 0, high = s->bars;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (value >= s->edges[middle])
            low = middle;
        else
            high = middle;
    }
    return low;
}

void
spread_add(struct spread *s, uint64_t value)
{
    if (s->count == 0 || value < s->least)
        s->least = value;
    if (value > s->most)
        s->most = value;
    s->count++;
    s->sum += value;
    s->bar[spread_bar(s, value)]++;
    s->classes[spread_class(value)]++;
}

double
spread_mean(const struct spread *s)
{
    return s->count > 0 ? (double)s->sum / (double)s->count : 0;
}

uint64_t
spread_percentile(const struct spread *s, double share)
{
    uint64_t want = (uint64_t)ceil(share * (double)s->count), seen = 0;

    for (size_t c = 0; c + 1 < SPREAD_CLASSES; c++) {
        seen += s->classes[c];
        if (seen > 0 && seen >= want) {
            uint64_t end = spread_least(c + 1) - 1;

            return end < s->most ? end : s->most;
        }
    }
    return s->most;
}
