/*
 * extract - values out of pages, by the rules of common/extract_rules.h.
 *
 * One per thread: it keeps the compiled expressions and their context.  A
 * page is parsed only when a rule is about it.  Bounds: the body's size, the
 * nodes of the tree, the steps of all of a page's expressions, the bytes of
 * its values.  No I/O, no locks.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_EXTRACT_H
#define WORKER_EXTRACT_H

#include "common/buf.h"
#include "common/extract_rules.h"
#include "common/url.h"

enum {
    /* Steps of XPath for one expression, some 10 ns each: tr:nth-child(odd)
     * in a table of 6,000 rows takes 18 million.  And for one page. */
    EXTRACT_STEPS_MAX = 20000000,
    EXTRACT_STEPS_PAGE_MAX = 100000000
};
/* Of a heavy one (extract_rules.h) steps times nodes: a second or two. */
#define EXTRACT_COMPARES_MAX 20000000000ULL

struct extract; /* opaque */

struct extract_page {
    const struct url *url;   /* canonical; what "url:" is resolved against */
    struct str content_type; /* the header's */
    struct str body;         /* without its content coding */
    int64_t fetched_us;      /* since 1970 */
    bool is_cut;             /* the body is not whole */
};

struct extract_said {
    size_t lines;
    size_t failed; /* expressions that took more steps than there are */
    bool is_cut;   /* more bytes, or nodes, than are taken */
};

/* body_max: no page is larger.  rules is borrowed. */
struct extract *extract_new(const struct extract_rules *rules, size_t body_max);
void extract_free(struct extract *x); /* NULL is fine */

/*
 * Append the page's lines to out.  ERR_TOO_BIG: out is full, what is in it
 * is whole lines as it was.
 */
enum err extract_page(struct extract *x, const struct extract_page *page,
                      struct buf *out, struct extract_said *said) MUST_USE;

/* The first line of a CSV file; nothing for JSON. */
enum err extract_head(const struct extract_rules *rules,
                      struct buf *out) MUST_USE;

#endif
