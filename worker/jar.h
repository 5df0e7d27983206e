/*
 * jar - the cookies of one site, for as long as it is being visited.
 *
 * A visit has one; it is text, lines of cookies.txt, so that it can be handed
 * to whoever visits the site next.  What a cookie is worth (domain, path,
 * public suffix, Secure, HttpOnly, prefixes, expiry) is libcurl's business:
 * the lines are lent to the transfer's cookie engine, which is emptied behind
 * it, and what the answer made of them is taken back.  So cookies of two
 * sites never meet.  Bounded; belongs to the visit's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_JAR_H
#define WORKER_JAR_H

#include <curl/curl.h>

#include "common/buf.h"
#include "common/config.h"

enum {
    JAR_COOKIES_MAX = 50,        /* RFC 6265, 6.1: at least 50 a domain */
    JAR_BYTES_MAX = 16 * 1024,   /* with 1,280 visits 20 MB at the very most */
    JAR_KEPT_MS = 10 * 60 * 1000 /* in Redis, between two visits */
};

struct jar {
    struct buf text;
    bool is_filled;  /* what is known beforehand is in it */
    bool is_kept;    /* since an earlier visit */
    bool is_changed; /* since it was filled */
    bool is_wanted;  /* by a next visit: more of the site is on its way */
};

/* What an answer did to it. */
struct jar_news {
    bool is_new;    /* a cookie came, went or has another value */
    size_t dropped; /* did not fit */
};

void jar_init(struct jar *j);
void jar_fini(struct jar *j); /* wipes */

/* Fill it with the lines of text that may be the site's; others are no harm. */
void jar_fill(struct jar *j, struct str text, struct str site);
/* The cookies that there are into easy, which has none: jar_wash(). */
void jar_lend(const struct jar *j, CURL *easy);
/* Behind an answer that set cookies: what easy has now. */
struct jar_news jar_take(struct jar *j, CURL *easy);
/* easy forgets all cookies. */
void jar_wash(CURL *easy);

#endif
