/*
 * sample - some of a stream of strings, evenly drawn, without knowing its end.
 *
 * Keeps every k-th, and doubles k whenever twice as many are kept as are
 * wanted; at the end those wanted are spread evenly over what is kept.  No
 * chance is in it: the same list gives the same sample.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SAMPLE_H
#define MASTER_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

struct sample {
    size_t want;
    uint64_t seen; /* how many came */
    uint64_t step; /* the first, and every step-th after it, is kept */
    char **kept;
    size_t count;
};

void sample_init(struct sample *s, size_t want); /* want: 1 at least */
void sample_add(struct sample *s, struct str text);
/* All have come: kept are those drawn, in their order. */
void sample_draw(struct sample *s);
void sample_fini(struct sample *s);

#endif
