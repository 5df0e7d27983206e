/*
 * extract_text - text of a part of libxml2's tree.
 *
 * Pure; recursion nowhere, for trees are as deep as the web makes them.
 * Each fails as buf_add() does.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_EXTRACT_TEXT_H
#define WORKER_EXTRACT_TEXT_H

#include <libxml/tree.h>

#include "common/buf.h"

/* XPath's string-value: of an element all text in it, of others their own. */
enum err extract_text_of(const xmlNode *node, struct buf *out) MUST_USE;

/*
 * What a reader sees: without head, script, style, noscript, template and
 * what is hidden; block elements and <br> break lines, cells of a row have a
 * tab between them, white space is one blank but in <pre>.  No empty lines
 * but there, none at the ends.
 */
enum err extract_text_readable(const xmlNode *node, struct buf *out) MUST_USE;

/* Runs of white space from the offset on become one blank, none at the ends:
 * XPath's normalize-space(). */
void extract_text_collapse(struct buf *text, size_t from);

#endif
