/* SPDX-License-Identifier: MIT */
#include "master/tally.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/mem.h"

enum { TALLY_ROOM_FIRST = 64 };

struct tally {
    struct tally_row *rows;
    uint32_t *hashes;         /* of the rows' names */
    uint32_t *slots;          /* open table: a row's number and 1, or 0 */
    size_t count, have, most; /* rows; places for them; at most so many */
    size_t slot_count;        /* a power of two, twice have at least */
    uint64_t lost[TALLY_SUMS];
    bool is_cut;
};

static void
tally_size(struct tally *t, size_t rows)
{
    size_t slots = TALLY_ROOM_FIRST;

    while (slots < 2 * rows)
        slots *= 2;
    t->have = rows;
    t->rows = xreallocarray(t->rows, rows, sizeof(*t->rows));
    t->hashes = xreallocarray(t->hashes, rows, sizeof(*t->hashes));
    if (slots != t->slot_count) {
        free(t->slots);
        t->slots = xcalloc(slots, sizeof(*t->slots));
        t->slot_count = slots;
    } else {
        memset(t->slots, 0, slots * sizeof(*t->slots));
    }
    for (size_t i = 0; i < t->count; i++) {
        size_t at = t->hashes[i] & (slots - 1);

        while (t->slots[at] != 0)
            at = (at + 1) & (slots - 1);
        t->slots[at] = (uint32_t)i + 1;
    }
}

struct tally *
tally_new(size_t room)
{
    struct tally *t = xcalloc(1, sizeof(*t));

    t->most = room < 8 ? 8 : room;
    tally_size(t, t->most < TALLY_ROOM_FIRST ? t->most : TALLY_ROOM_FIRST);
    return t;
}

void
tally_free(struct tally *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->count; i++) {
        free(t->rows[i].name);
        free(t->rows[i].sample);
    }
    free(t->rows);
    free(t->hashes);
    free(t->slots);
    free(t);
}

/* --- forgetting --- */

static int
tally_compare_values(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? 1 : x > y ? -1 : 0;
}

/*
 * Each sum keeps those above the value of its 1/(2 * TALLY_SUMS) heaviest, so
 * half of the rows go at least, each time at the cost of some sorting.
 */
static void
tally_forget(struct tally *t)
{
    uint64_t *values = xcalloc(t->count, sizeof(*values));
    uint64_t least[TALLY_SUMS];
    size_t kept = 0;

    for (size_t s = 0; s < TALLY_SUMS; s++) {
        for (size_t i = 0; i < t->count; i++)
            values[i] = t->rows[i].sums[s];
        qsort(values, t->count, sizeof(*values), tally_compare_values);
        least[s] = values[t->count / (2 * TALLY_SUMS)];
        t->lost[s] += least[s];
    }
    free(values);
    for (size_t i = 0; i < t->count; i++) {
        bool is_kept = false;

        for (size_t s = 0; s < TALLY_SUMS; s++)
            is_kept = is_kept || t->rows[i].sums[s] > least[s];
        if (is_kept) {
            t->hashes[kept] = t->hashes[i];
            t->rows[kept++] = t->rows[i];
            continue;
        }
        free(t->rows[i].name);
        free(t->rows[i].sample);
    }
    t->count = kept;
    t->is_cut = true;
    tally_size(t, t->have);
}

/* --- rows --- */

static struct tally_row *
tally_add(struct tally *t, struct str name, uint32_t hash)
{
    struct tally_row *row;
    size_t at;

    if (t->count == t->most)
        tally_forget(t);
    if (t->count == t->have)
        tally_size(t, t->have * 2 < t->most ? t->have * 2 : t->most);
    at = hash & (t->slot_count - 1);
    while (t->slots[at] != 0)
        at = (at + 1) & (t->slot_count - 1);
    t->slots[at] = (uint32_t)t->count + 1;
    t->hashes[t->count] = hash;
    row = &t->rows[t->count++];
    *row = (struct tally_row){.name = xmemdup0(name.p, name.n)};
    return row;
}

struct tally_row *
tally_put(struct tally *t, struct str name)
{
    uint32_t hash;
    size_t at;

    if (name.n > TALLY_NAME_BYTES)
        name.n = TALLY_NAME_BYTES;
    hash = (uint32_t)XXH3_64bits(name.p, name.n);
    at = hash & (t->slot_count - 1);
    for (; t->slots[at] != 0; at = (at + 1) & (t->slot_count - 1)) {
        size_t i = t->slots[at] - 1;

        if (t->hashes[i] == hash && strlen(t->rows[i].name) == name.n &&
            memcmp(t->rows[i].name, name.p, name.n) == 0)
            return &t->rows[i];
    }
    return tally_add(t, name, hash);
}

size_t
tally_count(const struct tally *t)
{
    return t->count;
}

bool
tally_is_cut(const struct tally *t)
{
    return t->is_cut;
}

uint64_t
tally_lost(const struct tally *t, size_t sum)
{
    return t->lost[sum];
}

/* --- the heaviest --- */

size_t
tally_top(const struct tally *t, tally_weight_fn *weight, void *arg,
          const struct tally_row **out, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < t->count; i++) {
        const struct tally_row *row = &t->rows[i];
        uint64_t w = weight(row, arg);
        size_t at = count;

        if (w == 0)
            continue;
        for (; at > 0; at--) {
            uint64_t other = weight(out[at - 1], arg);

            if (other > w ||
                (other == w && strcmp(out[at - 1]->name, row->name) < 0))
                break;
        }
        if (at == n)
            continue;
        count += count < n;
        memmove(out + at + 1, out + at, (count - at - 1) * sizeof(*out));
        out[at] = row;
    }
    return count;
}

uint64_t
tally_by_sum(const struct tally_row *row, void *arg)
{
    return row->sums[*(const size_t *)arg];
}
