/* SPDX-License-Identifier: MIT */
#include "worker/seen.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "common/mem.h"

enum { SEEN_WAYS = 4 }; /* half a cache line */

struct seen {
    size_t mask; /* of the first place of a group */
    _Atomic uint64_t era;
    _Atomic uint64_t *places;
};

struct seen *
seen_new(size_t places)
{
    struct seen *s = xcalloc(1, sizeof(*s));
    size_t size = 64;

    while (size < places)
        size *= 2;
    s->mask = (size - 1) & ~(size_t)(SEEN_WAYS - 1);
    s->places = xcalloc(size, sizeof(*s->places));
    return s;
}

void
seen_free(struct seen *s)
{
    if (s)
        free((void *)s->places);
    free(s);
}

bool
seen_has(const struct seen *s, uint64_t fingerprint)
{
    const _Atomic uint64_t *group = &s->places[fingerprint & s->mask];

    for (size_t i = 0; i < SEEN_WAYS; i++)
        if (atomic_load_explicit(&group[i], memory_order_relaxed) ==
            fingerprint)
            return true;
    return false;
}

uint64_t
seen_era(const struct seen *s)
{
    return atomic_load(&s->era);
}

/*
 * seen_end_era() goes on before it clears: either it clears what is stored
 * here, or the era is seen to have ended here and it is taken out again.
 */
void
seen_put(struct seen *s, uint64_t fingerprint, uint64_t era)
{
    _Atomic uint64_t *group = &s->places[fingerprint & s->mask];
    size_t victim = (size_t)(fingerprint >> 62);

    if (atomic_load(&s->era) != era)
        return;
    for (size_t i = 0; i < SEEN_WAYS; i++) {
        uint64_t old = atomic_load_explicit(&group[i], memory_order_relaxed);

        if (old == fingerprint)
            return;
        if (old == 0) {
            victim = i;
            break;
        }
    }
    atomic_store(&group[victim], fingerprint);
    if (atomic_load(&s->era) != era)
        atomic_compare_exchange_strong(&group[victim], &fingerprint, 0);
}

void
seen_end_era(struct seen *s)
{
    atomic_fetch_add(&s->era, 1);
    for (size_t i = 0; i <= s->mask + SEEN_WAYS - 1; i++)
        atomic_store_explicit(&s->places[i], 0, memory_order_relaxed);
}
