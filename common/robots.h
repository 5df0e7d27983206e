/*
 * robots - the rules of one robots.txt (RFC 9309).
 *
 * Parse once, ask often.  A struct robots never changes after it was made, so
 * any thread may read it without a lock.  Does no I/O and keeps no clock:
 * fetching, caching and what a status code means are the caller's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_ROBOTS_H
#define COMMON_ROBOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

enum {
    ROBOTS_MAX_BYTES = 500 * 1024, /* RFC 9309, 2.5: at least 500 KiB */
    ROBOTS_MAX_SITEMAPS = 1000     /* ours: a list, not a database */
};

struct robots; /* opaque */

/* The rule that decided; borrows from the struct robots that was asked. */
struct robots_match {
    struct str pattern; /* normalised; no bytes when no rule matched */
    unsigned line;      /* in the parsed text, from 1; 0 with no rule */
    bool is_allow;
};

/*
 * Parse txt for the crawler that agent_token names: a product token such as
 * "weft", letters, "-" and "_" (2.2.1).  All its groups are merged; without
 * one the groups of "*" are, without those everything is allowed.  What lies
 * behind the last whole line of ROBOTS_MAX_BYTES is ignored, and lines that
 * are no records are skipped, whatever they make of the rest, an HTML page
 * too (2.3.1.5): no bytes are an error.  txt is copied.
 * On ERR_OK the caller owns *out and ends it with robots_free(); the only
 * other answer is ERR_NOMEM, with *out NULL.
 */
enum err robots_parse(struct str txt, struct str agent_token,
                      struct robots **out) MUST_USE;
void robots_free(struct robots *r); /* NULL is fine */

/*
 * Whether target, the path and query of a canonical URL ("/x?y"), may be
 * fetched.  why may be NULL; otherwise it is filled.
 */
bool robots_allows(const struct robots *r, struct str target,
                   struct robots_match *why);

/*
 * The Crawl-delay of our group, the longest if it has several; -1 if none.
 * It is what the site wrote: the caller caps it.
 */
long robots_crawl_delay_ms(const struct robots *r);

/* Sitemaps stand outside the groups.  The bytes are the site's, unchecked. */
size_t robots_sitemap_count(const struct robots *r);
struct str robots_sitemap(const struct robots *r, size_t index);

/*
 * Append to out what concerns our agent as a small robots.txt: robots_parse()
 * of it, for any token, gives the same answers (only the line numbers are
 * those of the new text).  ERR_TOO_BIG when it does not fit out, or would not
 * be parsed whole again (percent-encoding can make a file of 170 KiB and more
 * exceed ROBOTS_MAX_BYTES): then keep the file itself.  out is as it was
 * unless ERR_OK.
 */
enum err robots_write(const struct robots *r, struct buf *out) MUST_USE;

#endif
