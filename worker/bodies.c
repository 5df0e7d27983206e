/* SPDX-License-Identifier: MIT */
#include "worker/bodies.h"

enum {
    BODIES_LEAST = 32 * 1024,      /* a page of the mean size */
    BODIES_KEEP_MOST = 256 * 1024, /* more is not kept for the next one */
    BODIES_FIRST = 256 * 1024,     /* while nothing is learnt */
    BODIES_FORGET = 8              /* of what was learnt: an eighth a page */
};

void
bodies_init(struct bodies *b, size_t limit)
{
    b->limit = limit;
    atomic_init(&b->used, 0);
    atomic_init(&b->most, 0);
}

void
bodies_share_init(struct bodies_share *s, struct bodies *all, size_t largest)
{
    *s = (struct bodies_share){
        .all = all,
        .largest = largest,
        .expected = largest < BODIES_FIRST ? largest : BODIES_FIRST};
}

static size_t
bodies_used(const struct bodies *b)
{
    return atomic_load_explicit(&b->used, memory_order_relaxed);
}

bool
bodies_has_room(const struct bodies_share *s)
{
    size_t used;

    if (s->all == NULL || s->under_way == 0)
        return true;
    used = bodies_used(s->all);
    return used <= s->all->limit && s->expected <= s->all->limit - used;
}

static void
bodies_note_most(struct bodies *b, size_t used)
{
    size_t most = atomic_load_explicit(&b->most, memory_order_relaxed);

    while (used > most && !atomic_compare_exchange_weak_explicit(
                              &b->most, &most, used, memory_order_relaxed,
                              memory_order_relaxed))
        ;
}

static void
bodies_take(struct bodies_share *s, size_t bytes)
{
    struct bodies *b = s->all;

    if (b == NULL || bytes == 0)
        return;
    bodies_note_most(b, bytes + atomic_fetch_add_explicit(
                                    &b->used, bytes, memory_order_relaxed));
}

/* Without the race of two threads that both see the same room. */
static bool
bodies_try_take(struct bodies *b, size_t bytes)
{
    size_t used = bodies_used(b);

    do {
        if (used > b->limit || bytes > b->limit - used)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &b->used, &used, used + bytes, memory_order_relaxed,
        memory_order_relaxed));
    bodies_note_most(b, used + bytes);
    return true;
}

static void
bodies_give(struct bodies_share *s, size_t bytes)
{
    if (s->all)
        atomic_fetch_sub_explicit(&s->all->used, bytes, memory_order_relaxed);
}

void
bodies_begin(struct bodies_share *s, size_t *held)
{
    s->under_way++;
    bodies_grow(s, held, s->expected);
}

void
bodies_grow(struct bodies_share *s, size_t *held, size_t bytes)
{
    if (bytes <= *held)
        return;
    bodies_take(s, bytes - *held);
    *held = bytes;
}

bool
bodies_try_grow(struct bodies_share *s, size_t *held, size_t bytes)
{
    if (s->all && bytes > *held && s->first != held) {
        if (bodies_try_take(s->all, bytes - *held)) {
            *held = bytes;
            return true;
        }
        if (s->first)
            return false;
        s->first = held;
    }
    bodies_grow(s, held, bytes);
    return true;
}

void
bodies_end(struct bodies_share *s, size_t *held, size_t kept)
{
    s->under_way--;
    if (s->first == held)
        s->first = NULL;
    if (kept > *held)
        bodies_take(s, kept - *held);
    else
        bodies_give(s, *held - kept);
    *held = kept;
}

bool
bodies_may_keep(const struct bodies_share *s, size_t bytes)
{
    return bytes <= BODIES_KEEP_MOST &&
           (s->all == NULL || bodies_used(s->all) <= s->all->limit / 2);
}

void
bodies_learn(struct bodies_share *s, size_t bytes)
{
    size_t less = s->expected - s->expected / BODIES_FORGET;

    if (bytes > s->largest)
        bytes = s->largest;
    s->expected = bytes > less ? bytes : less;
    if (s->expected < BODIES_LEAST)
        s->expected = BODIES_LEAST < s->largest ? BODIES_LEAST : s->largest;
}
