/*
 * SPDX-License-Identifier: MIT
 *
 * Requests lie on 256 shelves by the first byte of their site's hash, so that
 * qsort(3), which copies what it sorts, and a shelf that grows need room for
 * a small part of them only.
 */
#include "master/verify_spacing.h"

#include <stdlib.h>
#include <xxhash.h>

#include "common/mem.h"

enum {
    SPACING_SHELVES = 256,
    SPACING_SENT_BITS = 37, /* of milliseconds: 4.3 years */
    SPACING_BITS = 27,      /* 37 hours; --delay is a day at most */
    SPACING_FIRST = 16
};

struct spacing_request {
    uint64_t site; /* hash */
    uint64_t place;
    uint64_t sent_ms : SPACING_SENT_BITS; /* since base_ms */
    uint64_t spacing_ms : SPACING_BITS;
};

struct verify_spacing {
    int64_t base_ms;
    struct spacing_shelf {
        struct spacing_request *v;
        size_t n, room;
    } shelves[SPACING_SHELVES];
};

struct verify_spacing *
verify_spacing_new(int64_t base_ms)
{
    struct verify_spacing *s = xcalloc(1, sizeof(*s));

    s->base_ms = base_ms;
    return s;
}

void
verify_spacing_free(struct verify_spacing *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < SPACING_SHELVES; i++)
        free(s->shelves[i].v);
    free(s);
}

/*
 * An error e is taken into the two numbers: sent e later, and 2e less of what
 * counts, nine tenths of the spacing.  From s to t the gap is then t + f - s -
 * e where 2e less is asked for: t - s + e + f, the longest it can have been.
 */
bool
verify_spacing_add(struct verify_spacing *s, struct str site, int64_t sent_ms,
                   int64_t error_ms, int64_t spacing_ms, uint64_t place)
{
    const int64_t sent_max = (INT64_C(1) << SPACING_SENT_BITS) - 1;
    const int64_t spacing_max = (INT64_C(1) << SPACING_BITS) - 1;
    uint64_t hash = XXH3_64bits(site.p, site.n);
    struct spacing_shelf *shelf = &s->shelves[hash % SPACING_SHELVES];

    if (sent_ms < s->base_ms || sent_ms - s->base_ms > sent_max - spacing_max ||
        spacing_ms < 0 || error_ms < 0)
        return false;
    if (error_ms > spacing_max)
        error_ms = spacing_max;
    sent_ms += error_ms;
    spacing_ms -= (20 * error_ms + 8) / 9;
    if (spacing_ms < 0)
        spacing_ms = 0;
    if (spacing_ms > spacing_max)
        spacing_ms = spacing_max;
    if (shelf->n == shelf->room) {
        shelf->room += shelf->room / 4 + SPACING_FIRST;
        shelf->v = xreallocarray(shelf->v, shelf->room, sizeof(*shelf->v));
    }
    shelf->v[shelf->n++] =
        (struct spacing_request){.site = hash,
                                 .place = place,
                                 .sent_ms = (uint64_t)(sent_ms - s->base_ms),
                                 .spacing_ms = (uint64_t)spacing_ms};
    return true;
}

static int
spacing_compare(const void *a, const void *b)
{
    const struct spacing_request *x = a, *y = b;

    if (x->site != y->site)
        return x->site < y->site ? -1 : 1;
    if (x->sent_ms != y->sent_ms)
        return x->sent_ms < y->sent_ms ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/*
 * 10 x gap < 9 x spacing, in whole numbers.  Each time is cut to a millisecond,
 * and a worker's idea of Redis's clock is mended at each claim: a gap may have
 * been two longer than it looks.
 */
static bool
spacing_is_short(const struct verify_gap *g)
{
    return (g->gap_ms + 2) * 10 < g->spacing_ms * 9;
}

void
verify_spacing_judge(struct verify_spacing *s,
                     struct verify_spacing_counts *out,
                     void (*on_gap)(void *arg, const struct verify_gap *g),
                     void *arg)
{
    *out = (struct verify_spacing_counts){0, 0, 0};
    for (size_t i = 0; i < SPACING_SHELVES; i++) {
        const struct spacing_request *v = s->shelves[i].v;
        size_t n = s->shelves[i].n;

        if (n == 0)
            continue;
        qsort(s->shelves[i].v, n, sizeof(*v), spacing_compare);
        out->requests += n;
        out->sites++;
        for (size_t j = 1; j < n; j++) {
            struct verify_gap g = {.first = v[j - 1].place,
                                   .second = v[j].place,
                                   .gap_ms = (int64_t)v[j].sent_ms -
                                             (int64_t)v[j - 1].sent_ms,
                                   .spacing_ms = (int64_t)v[j - 1].spacing_ms};

            out->sites += v[j].site != v[j - 1].site;
            if (v[j].site != v[j - 1].site || !spacing_is_short(&g))
                continue;
            out->gaps++;
            on_gap(arg, &g);
        }
    }
}
