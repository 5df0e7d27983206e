/*
 * whole - libxml2's SAX parser over a whole page (--parser full).
 *
 * The slow way to the same tags, for who trusts libxml2 more than our sieve,
 * and for the test that holds one against the other.  What libxml2 2.9, which
 * knows HTML 4, sees otherwise than the sieve:
 * - references: "&copy" without its semicolon, HTML5's names, "&#150;";
 * - "<!-->" and "<!--->" do not end a comment, nor does ">" in a script's;
 * - "</script" in a script's "<!-- <script>" ends it;
 * - <plaintext> is an element like any other;
 * - svg and math: no CDATA there, style and script are raw text;
 * - a tag name or an attribute's name of odd bytes loses its attributes;
 * - what stands in a NUL, or behind it up to the next tag.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_WHOLE_H
#define WORKER_WHOLE_H

#include "common/err.h"
#include "worker/values.h"
#include "worker/sieve.h"

enum {
    /* libxml2 compares each attribute of a tag with all before it: 200,000
     * take 5 s.  Pages with more than this in one tag are the sieve's. */
    WHOLE_ATTRS_MAX = 1000
};

/*
 * Find the tags of html, valid UTF-8, at most max_tags; their values go to d.
 */
void whole_scan(struct str html, struct sieve *tags, size_t max_tags,
                struct values *d);

#endif
