/*
 * extract_rules - what is to be taken out of which page: --extract and its
 * kin, read once.
 *
 * A field is NAME=EXPRESSION: its value is the first node's; NAME[]=... takes
 * all of them.  The expression is XPath 1.0, or "css:" and a selector, behind
 * one of "raw:" (white space stays as it is), "text:" (as a reader sees it,
 * with its lines), "html:" (the markup) and "url:" (resolved, as a link).  The
 * file of --extract-from has sections,
 *
 *     [https://example.org/city-*]     # a glob: * is any bytes, ? is one
 *     @each = css:table tr             # a line for each of these
 *     name  = td[1]
 *     [~ ^https?://[^/]+/news/\d+$]    # a regular expression (PCRE2)
 *     title = //h1
 *
 * of which the first one that matches the page's URL counts.  The fields of
 * --extract are added to each.  Never changes once it is made.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_EXTRACT_RULES_H
#define COMMON_EXTRACT_RULES_H

#include <stdbool.h>

#include "common/config.h"
#include "common/err.h"
#include "common/str.h"

enum {
    EXTRACT_NAME_MAX = 64,    /* bytes of a field's name */
    EXTRACT_FIELDS_MAX = 256, /* of a page */
    EXTRACT_SETS_MAX = 1000
};

struct extract_field {
    char *name;
    char *xpath;
    bool is_list, is_raw, is_text, is_html, is_url;
    /* libxml2 takes the square of a page's nodes for it, at worst */
    bool is_heavy;
};

/* What is done with a page. */
struct extract_set {
    void *pattern;             /* extract_rules.c's */
    struct extract_field each; /* xpath NULL: one line a page */
    struct extract_field *fields;
    size_t count;
};

struct extract_rules {
    struct extract_set *sets; /* [0]: for pages that no section matches */
    size_t count;
    char **columns; /* the fields' names, each once, as they first appear */
    size_t columns_count;
    bool has_text; /* --text */
    bool is_csv;
    size_t bytes_max; /* of a page's values */
};

/*
 * ERR_INVALID: why says what is wrong and where.  *out is NULL then, and when
 * the settings ask for nothing to be extracted.
 */
enum err extract_rules_new(const struct config *c, struct extract_rules **out,
                           char why[CONFIG_WHY_BYTES]) MUST_USE;
void extract_rules_free(struct extract_rules *r); /* NULL is fine */

/* The number of the set for a page; it may have no fields. */
size_t extract_rules_match(const struct extract_rules *r, struct str url);

#endif
