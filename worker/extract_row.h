/*
 * extract_row - one line of what was extracted, as JSON or CSV (RFC 4180).
 *
 * Gathered first, cell by cell, then written in either way.  Lists are
 * arrays; in CSV they are one cell with "; " between.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_EXTRACT_ROW_H
#define WORKER_EXTRACT_ROW_H

#include "common/buf.h"

enum extract_type {
    EXTRACT_TEXT,
    EXTRACT_NUMBER, /* its text is XPath's: "12.5", "NaN" */
    EXTRACT_BOOL    /* "true" or "false" */
};

struct extract_item {
    enum extract_type type;
    size_t at, n; /* in the row's text */
};

struct extract_cell {
    const char *name;    /* borrowed; plain ASCII */
    bool is_list;        /* else it has one item, or none: null */
    size_t first, count; /* of the row's items */
};

struct extract_row {
    struct buf text; /* UTF-8 */
    struct extract_item *items;
    struct extract_cell *cells;
    size_t items_count, items_cap, count, cells_cap;
};

void extract_row_init(struct extract_row *r, size_t text_max);
void extract_row_fini(struct extract_row *r);
/* Only the first count cells stay. */
void extract_row_keep(struct extract_row *r, size_t count);

void extract_row_cell(struct extract_row *r, const char *name, bool is_list);
/* The text from the offset on is an item of the last cell. */
void extract_row_item(struct extract_row *r, enum extract_type type, size_t at);
/* A cell with one text, which is left out when the row is full. */
void extract_row_add(struct extract_row *r, const char *name, struct str text);

/* Append the line; fails as buf_add() does, nothing is appended then. */
enum err extract_row_json(const struct extract_row *r, bool is_truncated,
                          struct buf *out) MUST_USE;
/*
 * The cells by the order of names, empty where there is none; then "true" or
 * nothing.
 */
enum err extract_row_csv(const struct extract_row *r, const char *const *names,
                         size_t count, bool is_truncated,
                         struct buf *out) MUST_USE;
/* The names themselves, and "truncated": the first line of a CSV file. */
enum err extract_row_head(const char *const *names, size_t count,
                          struct buf *out) MUST_USE;

#endif
