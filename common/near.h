/*
 * near - which known word was meant by one that is not known.
 *
 * The nearest by edit distance: insertions, deletions, replacements and
 * neighbours that changed places count one each (Damerau 1964, as optimal
 * string alignment).  '-' and '_' are the same, and so are capitals and small
 * letters.  When none is near enough, the shortest that has the word as a part
 * of its own: "depth" is "max-depth".  Pure: no I/O, no memory.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_NEAR_H
#define COMMON_NEAR_H

#include <stddef.h>

#include "common/str.h"

enum { NEAR_WORD_MAX = 48 }; /* a longer word is near to nothing */

struct near {
    struct str word; /* as all of these, borrowed */
    struct str best; /* empty: none is near */
    struct str part; /* the shortest that has it as a part */
    size_t distance; /* of best, or one more than what is near */
};

void near_begin(struct near *n, struct str word);
/* One more known word; of equally near ones the first counts. */
void near_try(struct near *n, struct str candidate);
/* The one that was meant; empty: none. */
struct str near_best(const struct near *n);

/* The same of a list of words with blanks between. */
struct str near_of_words(struct str word, struct str words);

/* How many edits make b of a; more than limit is limit + 1. */
size_t near_distance(struct str a, struct str b, size_t limit);

#endif
