/*
 * canon - the form of a URL that is queued, seen-tested and logged.
 *
 * url.c makes a URL canonical by the standard; canon.c goes on by the
 * crawl's options: --strip-params, --sort-params, --trailing-slash and
 * --index-pages.  What comes out is a fixed point: made canonical again it
 * stays, byte for byte.  Whatever becomes an entry goes through canon_parse();
 * addresses that are only asked (robots.txt) through url_parse().  An ftp URL
 * is one of ours with --ftp only.
 *
 * Compiled once from the settings, read-only afterwards; any thread may use
 * it.  No I/O, no locks.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CANON_H
#define COMMON_CANON_H

#include "common/buf.h"
#include "common/config.h"
#include "common/err.h"
#include "common/url.h"

struct canon; /* opaque */

/*
 * Items of --strip-params that the word "default" stands for: parameters that
 * tell who came from where, or which session it is, and never which page.
 */
extern const char canon_default_params[];

/* What was changed, as bits. */
enum canon_rule {
    CANON_STRIPPED = 1, /* --strip-params */
    CANON_SORTED = 2,   /* --sort-params */
    CANON_SLASH = 4,    /* --trailing-slash */
    CANON_INDEX = 8     /* --index-pages */
};

/*
 * ERR_INVALID: a setting; why says which and what is allowed.  Nothing of c is
 * kept.  On ERR_OK end *out with canon_free().
 */
enum err canon_new(const struct config *c, struct canon **out,
                   char why[CONFIG_WHY_BYTES]) MUST_USE;
void canon_free(struct canon *canon); /* NULL is fine */

/*
 * Go on with what url_parse() wrote to text: u is of these bytes, and of the
 * new ones afterwards.  *rules, if not NULL, takes what was changed.
 * ERR_TOO_BIG when a slash to be added does not fit, ERR_NOMEM; then text is
 * empty and *u of no use.
 */
enum err canon_apply(const struct canon *canon, struct buf *text, struct url *u,
                     unsigned *rules) MUST_USE;

/* url_parse(), or with --ftp url_parse_ftp(): a base, say. */
enum err canon_resolve(const struct canon *canon, struct str ref,
                       const struct url *base, struct buf *out,
                       struct url *u) MUST_USE;

/* canon_resolve() and canon_apply(). */
enum err canon_parse(const struct canon *canon, struct str ref,
                     const struct url *base, struct buf *out, struct url *u,
                     unsigned *rules) MUST_USE;

/*
 * As canon_parse(), for the target of a redirect of the page at from.  A
 * target whose canonical form is from itself is taken as it stands: a site
 * that sends /a to /a/, or to /a?sid=1, would be lost otherwise.  This cannot
 * go on: what is taken as it stands is not canonical, so no target of it can
 * have its form.
 */
enum err canon_parse_redirect(const struct canon *canon, struct str ref,
                              const struct url *from, struct buf *out,
                              struct url *u, unsigned *rules) MUST_USE;

enum { CANON_WHY_BYTES = 160 };
/* The rules in words: "parameters stripped (--strip-params)". */
void canon_say(unsigned rules, char why[CANON_WHY_BYTES]);

#endif
