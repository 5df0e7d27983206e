/*
 * tally - sums by name, the heaviest names of however many, in bounded memory.
 *
 * Exact as long as there are no more names than it has room for.  Then the
 * lightest are forgotten: all that have, of each sum, no more than a certain
 * value (as in Manku and Motwani's lossy counting, 2002, but by room, not by
 * time); a name that comes again begins anew.  So no sum is ever too great,
 * and what it may lack is known: tally_lost().
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TALLY_H
#define MASTER_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

enum { TALLY_SUMS = 6, TALLY_NAME_BYTES = 4096 };

struct tally_row {
    char *name;   /* owned by the tally, as is the sample */
    char *sample; /* NULL, or what the caller put there */
    uint64_t sums[TALLY_SUMS];
};

struct tally; /* opaque */

/* room: of names; 8 at least. */
struct tally *tally_new(size_t room);
void tally_free(struct tally *t); /* NULL is fine */

/*
 * The name's row, with sums of 0 when it is new; until the next call.  Of a
 * name of more than TALLY_NAME_BYTES the beginning counts.
 */
struct tally_row *tally_put(struct tally *t, struct str name);

size_t tally_count(const struct tally *t);
/* Names were forgotten: rows are those of the heaviest. */
bool tally_is_cut(const struct tally *t);
/* At most so much the sum of any name may lack. */
uint64_t tally_lost(const struct tally *t, size_t sum);

/*
 * The first n rows by weight, the heaviest first, equals by name; those of
 * weight 0 are left out.  Returns how many there are; they stay the tally's.
 */
typedef uint64_t tally_weight_fn(const struct tally_row *row, void *arg);
size_t tally_top(const struct tally *t, tally_weight_fn *weight, void *arg,
                 const struct tally_row **out, size_t n);
/* A weight: the sum that arg, a const size_t *, points to. */
uint64_t tally_by_sum(const struct tally_row *row, void *arg);

#endif
