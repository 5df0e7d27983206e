/*
 * whole - libxml2's SAX parser over a whole page (--parser full).
 *
 * The slow way to the same tags, for who trusts libxml2 more than our sieve,
 * and for the test that holds one against the other.  What libxml2 2.9, which
 * knows HTML 4, was seen to read otherwise than the HTML standard has it:
 * - references: "&copy" without its semicolon, "&colon;", "&#150;", "&#0;";
 * - "<!-->" and "<!--->" do not end a comment for it;
 * - "<!a <b" and "</ <b" hold a tag for it, and "<a/b=c>" no attribute;
 * - a script's "<!-- <script>" does not save it from the next "</script>";
 * - <plaintext> ends, and "<title/>" is empty;
 * - in svg, CDATA is markup, style and script are not;
 * - a tag's name ends at any odd byte, so "<a<b href=x>" is an a;
 * - a tag that the end of the page cuts off counts;
 * - a form feed is no white space, and an attribute whose name begins with an
 *   odd byte takes others with it; a NUL ends more than its value;
 * - of references in text, for --links, it knows HTML 4's.
 * On pages as people write them none of this was met; of pages spoiled at
 * random, in a few places each, one in ten differs in a link.
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
