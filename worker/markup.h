/*
 * markup - XML as tags and text, forgivingly: a pull scanner.
 *
 * For documents that must be read whatever is wrong with them.  It knows no
 * DTD, declares no entity, checks no nesting, keeps nothing: strs point into
 * the document, with references as they stand.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_MARKUP_H
#define WORKER_MARKUP_H

#include "common/str.h"

enum markup_token {
    MARKUP_END,   /* of the document */
    MARKUP_OPEN,  /* a start tag; read its attributes with markup_attr() */
    MARKUP_CLOSE, /* an end tag; comes behind OPEN for an empty element too */
    MARKUP_TEXT,
    MARKUP_CDATA /* text in which '&' is just an '&' */
};

/* "image:loc"; the prefix may be empty. */
struct markup_name {
    struct str prefix, local;
};

/* Begin with {.p = start, .end = end}; UTF-8 or any superset of ASCII. */
struct markup {
    const char *p, *end;
    struct markup_name name; /* of OPEN and CLOSE */
    struct str text;         /* of TEXT and CDATA */
    bool is_broken;          /* this is no XML, here or before */
    bool is_short;           /* the document ended in the midst of something */
    bool is_in_tag;
    bool is_empty; /* the tag ended with "/>": CLOSE is next */
};

enum markup_token markup_next(struct markup *m);
/*
 * The next attribute of the tag that is open; false behind the last.  A tag
 * whose end is_short does not have may have lost attributes.
 */
bool markup_attr(struct markup *m, struct str *name, struct str *value);

#endif
