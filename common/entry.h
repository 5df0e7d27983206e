/*
 * entry - a queued URL with its depth and site, as one line of text.
 *
 *   DEPTH[rHOPS][tTRIES][sSITEMAP] SITE URL [REFERRER]
 *
 * for example "2 example.org http://www.example.org/x http://example.org/",
 * "0r1t2 a.test http://a.test/" (a seed's redirect target, tried twice),
 * "0s1 a.test http://a.test/s.xml http://a.test/robots.txt" (a sitemap that
 * robots.txt names).  No part holds a blank.  Pure; borrowed bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_ENTRY_H
#define COMMON_ENTRY_H

#include "common/buf.h"
#include "common/err.h"
#include "common/json_line.h"
#include "common/str.h"

enum {
    ENTRY_MAX_BYTES = 8192, /* two URLs at their longest useful, and a site */
    ENTRY_DEPTH_MAX = 1000000,
    ENTRY_SITEMAP_MAX = 9
};

struct entry {
    unsigned depth;      /* links from a seed */
    unsigned hops;       /* redirects since the last link */
    unsigned tries;      /* fetches that failed so far */
    unsigned sitemap;    /* 1: robots.txt says that it is one; one more for
                            each index behind the other; 0: nobody says so */
    struct str site;     /* politeness unit */
    struct str url;      /* canonical */
    struct str referrer; /* the page it was found on; empty for a seed */
};

/* ERR_INVALID for anything else than such a line: a bare URL, for example. */
enum err entry_parse(struct str line, struct entry *e) MUST_USE;
/* Appends the line, without a newline. */
enum err entry_write(const struct entry *e, struct buf *out) MUST_USE;
/* How it came to be asked for, in a log line: depth to referrer. */
void entry_log(const struct entry *e, struct json_line *line);

#endif
