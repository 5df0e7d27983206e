/*
 * seed_columns - which column of a seed list holds the domain or URL.
 *
 * Learns the separator (comma, tab, semicolon or none) and the column from a
 * header or from the first row that tells, and cuts that column out of every
 * row after it.  Quotes by RFC 4180.  Pure: rows in, fields out; no memory but
 * the caller's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SEED_COLUMNS_H
#define MASTER_SEED_COLUMNS_H

#include <stdbool.h>

#include "common/str.h"

enum {
    SEED_ROW_MAX = 4096 /* bytes; twice the longest URL that is crawled */
};

struct seed_columns {
    bool is_begun;   /* a row was learnt from: the next one is no header */
    bool is_settled; /* sep and column are known for good */
    int sep;
    int column;
    char unquoted[SEED_ROW_MAX]; /* a field in which "" became " */
};

void seed_columns_init(struct seed_columns *k); /* nothing is known */

/*
 * Call this with each row's first line before the others: until the layout is
 * settled each row may have a separator of its own.
 */
void seed_columns_look(struct seed_columns *k, struct str row);

/*
 * Where the row ends that begins with the line bytes of s, and *wrong if its
 * quotes are not right.  s goes on behind that line as far as quotes may
 * reach.  RFC 4180 lets a quoted field hold line breaks; no name and no URL
 * does, so such a row is bad as a whole: were its lines judged one by one,
 * text that its writer had quoted would pass for rows.  *breaks counts them.
 * A quote that does not close properly within s is a slip instead, and costs
 * its own line only.
 */
size_t seed_columns_check_quotes(const struct seed_columns *k, struct str s,
                                 size_t line, size_t *breaks,
                                 const char **wrong);

/* Learn from a row with good quotes; true: it is a header, not a row. */
bool seed_columns_learn(struct seed_columns *k, struct str row);

/*
 * The field that matters, unquoted and trimmed; row's bytes or k's own, until
 * the next call.  False: the row has too few columns.
 */
bool seed_columns_cut(struct seed_columns *k, struct str row,
                      struct str *field);

#endif
