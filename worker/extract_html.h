/*
 * extract_html - a page's HTML so written that libxml2 reads what browsers do.
 *
 * libxml2 2.9 has a tokenizer of HTML 4's days (worker/whole.h lists what it
 * reads otherwise).  So the page is tokenized here, by the HTML standard's
 * rules, and written again in the plainest form: quoted attributes, only the
 * references that must be, text for what is text.  The tree is still made by
 * libxml2's rules.
 *
 * Pure; any bytes will do.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_EXTRACT_HTML_H
#define WORKER_EXTRACT_HTML_H

#include "common/buf.h"

enum {
    /* libxml2 compares each attribute with all before it: a tag's further
     * ones are left out. */
    EXTRACT_ATTRS_MAX = 1000,
    EXTRACT_HTML_GROWTH = 6 /* out takes at most that much more than in */
};

/* Append the page, which is UTF-8, to out; fails as buf_add() does. */
enum err extract_html_write(struct str html, struct buf *out) MUST_USE;

#endif
