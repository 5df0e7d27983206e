/* SPDX-License-Identifier: MIT */
#include "master/verify_set.h"

#include <assert.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"

enum { SET_PLACES_MIN = 1024 };

/* Fewest places for count fingerprints: an eighth stays empty, and some. */
static size_t
set_places(size_t count)
{
    size_t places = count + count / 6 + 2;

    if (places > UINT32_MAX) /* four billion URLs: 36 GB */
        fatalx("more than %zu URLs cannot be verified", count);
    return places < SET_PLACES_MIN ? SET_PLACES_MIN : places;
}

void
verify_set_init(struct verify_set *s, size_t expected)
{
    *s = (struct verify_set){.places = set_places(expected)};
    s->keys = xcalloc(s->places, sizeof(*s->keys));
    s->flags = xcalloc(s->places, sizeof(*s->flags));
}

void
verify_set_fini(struct verify_set *s)
{
    free(s->keys);
    free(s->flags);
    *s = (struct verify_set){NULL, NULL, 0, 0};
}

/*
 * Where it is or would stand.  The upper half of a multiplied fingerprint
 * picks a place of any number of them, so the table need not double.
 */
static size_t
set_place(const struct verify_set *s, uint64_t fingerprint)
{
    uint64_t mixed = fingerprint * 0x9e3779b97f4a7c15u;
    size_t at = (size_t)((mixed >> 32) * s->places >> 32);

    while (s->keys[at] != 0 && s->keys[at] != fingerprint)
        at = at + 1 < s->places ? at + 1 : 0;
    return at;
}

static void
set_grow(struct verify_set *s)
{
    struct verify_set old = *s;

    verify_set_init(s, old.count + old.count / 3 + SET_PLACES_MIN);
    for (size_t i = 0; i < old.places; i++)
        if (old.keys[i] != 0)
            *verify_set_put(s, old.keys[i]) = old.flags[i];
    verify_set_fini(&old);
}

uint8_t *
verify_set_put(struct verify_set *s, uint64_t fingerprint)
{
    size_t at;

    assert(fingerprint != 0);
    at = set_place(s, fingerprint);
    if (s->keys[at] == 0) {
        if (s->count + 1 > s->places - s->places / 8) {
            set_grow(s);
            at = set_place(s, fingerprint);
        }
        s->keys[at] = fingerprint;
        s->count++;
    }
    return &s->flags[at];
}

uint8_t *
verify_set_find(const struct verify_set *s, uint64_t fingerprint)
{
    size_t at;

    if (fingerprint == 0)
        return NULL;
    at = set_place(s, fingerprint);
    return s->keys[at] != 0 ? &s->flags[at] : NULL;
}

uint8_t *
verify_set_next(const struct verify_set *s, size_t *at, uint64_t *fingerprint)
{
    while (*at < s->places && s->keys[*at] == 0)
        ++*at;
    if (*at == s->places)
        return NULL;
    *fingerprint = s->keys[*at];
    return &s->flags[(*at)++];
}
