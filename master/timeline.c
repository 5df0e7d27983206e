/* SPDX-License-Identifier: MIT */
#include "master/timeline.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { TIMELINE_WIDTH_MS = 1000 };

static struct timeline_bin *
timeline_bin(struct timeline *t, int64_t number)
{
    return &t->bins[number % TIMELINE_BINS];
}

/* Twice as wide. */
static void
timeline_widen(struct timeline *t)
{
    struct timeline_bin *old = xcalloc(TIMELINE_BINS, sizeof(*old));
    int64_t first = t->first, last = t->last;

    memcpy(old, t->bins, sizeof(t->bins));
    memset(t->bins, 0, sizeof(t->bins));
    t->width_ms *= 2;
    t->first = first / 2;
    t->last = last / 2;
    for (int64_t i = first; i <= last; i++) {
        const struct timeline_bin *from = &old[i % TIMELINE_BINS];
        struct timeline_bin *to = timeline_bin(t, i / 2);

        for (size_t s = 0; s < TIMELINE_SUMS; s++)
            to->sums[s] += from->sums[s];
    }
    free(old);
}

struct timeline_bin *
timeline_at(struct timeline *t, int64_t ms)
{
    if (t->width_ms == 0) {
        t->width_ms = TIMELINE_WIDTH_MS;
        t->first = t->last = ms / t->width_ms;
    }
    for (;;) {
        int64_t number = ms / t->width_ms;
        int64_t first = number < t->first ? number : t->first;
        int64_t last = number > t->last ? number : t->last;

        if (last - first < TIMELINE_BINS) {
            t->first = first;
            t->last = last;
            return timeline_bin(t, number);
        }
        timeline_widen(t);
    }
}

size_t
timeline_count(const struct timeline *t)
{
    return t->width_ms > 0 ? (size_t)(t->last - t->first + 1) : 0;
}

const struct timeline_bin *
timeline_get(const struct timeline *t, size_t i)
{
    return &t->bins[(t->first + (int64_t)i) % TIMELINE_BINS];
}

static bool
timeline_is_empty(const struct timeline_bin *bin)
{
    for (size_t s = 0; s < TIMELINE_SUMS; s++)
        if (bin->sums[s] > 0)
            return false;
    return true;
}

int64_t
timeline_idle(const struct timeline *t, int64_t least_ms)
{
    size_t count = timeline_count(t), run = 0;
    int64_t idle = 0;

    for (size_t i = 0; i < count; i++) {
        if (timeline_is_empty(timeline_get(t, i))) {
            run++;
            continue;
        }
        if ((int64_t)run * t->width_ms >= least_ms)
            idle += (int64_t)run * t->width_ms;
        run = 0;
    }
    return idle;
}
