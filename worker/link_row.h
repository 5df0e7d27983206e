/*
 * link_row - a line of the link graph (--links).
 *
 *   SOURCE <tab> TARGET <tab> TEXT <tab> REL
 *
 * Tab-separated values without a header, UTF-8: the page, where the link
 * leads, what it says, and its rel.  URLs are absolute and canonical, text and
 * rel have any white space as one blank.  A backslash stands as two; should a
 * tab or a line end ever be in a field, it is "\t", "\n" or "\r", as
 * PostgreSQL's COPY reads them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_LINK_ROW_H
#define WORKER_LINK_ROW_H

#include "common/buf.h"

struct link_row {
    struct str source, target;
    struct str text, rel; /* p may be NULL: empty fields */
};

/* Append it to out; out is as it was when there is no room. */
enum err link_row_write(const struct link_row *row, struct buf *out) MUST_USE;

#endif
