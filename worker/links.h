/*
 * links - the links of an HTML page, as a browser without scripts has them.
 *
 * The sieve finds the tags; a tag whose values are plain bytes is done then,
 * one with character references goes into a small document that libxml2's SAX
 * parser reads.  It yields references as they stand in the page: UTF-8, not
 * resolved; the caller resolves them with url_parse(), tests "nofollow" and
 * "#here", and drops what is no http.  No I/O, no locks; a struct links
 * belongs to one thread.  xmlInitParser() was called before the first.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_LINKS_H
#define WORKER_LINKS_H

#include "common/err.h"
#include "common/str.h"
#include "worker/robots_tag.h"

enum {
    LINKS_MAX_DEFAULT =
        10000 /* links a page; the index of a large manual has more */
};

enum link_kind {
    LINK_A,
    LINK_AREA,
    LINK_REL, /* <link rel> or a Link header line of REL_LINK (rel.h) */
    LINK_FRAME,
    LINK_IFRAME,
    LINK_REFRESH, /* <meta http-equiv=refresh>, or a header line, with a URL */
    /* These with has_requisites only: */
    LINK_REQUISITE, /* what a page is shown with, but for frames */
    LINK_FORM       /* action of a form whose method is GET */
};

struct link {
    enum link_kind kind;
    bool is_nofollow;  /* its rel holds "nofollow" */
    bool is_of_header; /* so the page's base is not its */
    struct str href;   /* UTF-8, white space trimmed, may be empty */
    struct str rel;    /* all of rel; p is NULL without one */
    struct str text;   /* with has_texts: what an a or area says, tidy, UTF-8 */
    uint64_t tag_hash; /* what is_known() was asked; 0 when it was not */
};

/* Called for each link in the order of the page; the strs end with it. */
typedef void links_fn(void *arg, const struct link *link);

struct links_options {
    const char *charset;    /* of page_charset_sure(), or NULL */
    struct str page_url;    /* canonical; is_known and guesses need it */
    struct str agent_token; /* <meta name=TOKEN> is obeyed like "robots" */
    size_t max_links;       /* 0: LINKS_MAX_DEFAULT */
    bool is_full;           /* libxml2 reads the whole page: --parser full */
    bool has_requisites;    /* --page-requisites */
    bool has_texts;         /* --links: what anchors say is read too */
    /*
     * The novelty filter: whether the link of a tag with this hash was
     * handled already; asked before any link of the page is given out, and
     * again before its own turn.  The hash covers kind and bytes of the tag
     * but a fragment, its charset, and as much of the base as the reference
     * can depend on, so that the same tag on another page of the folder has
     * the same hash.  Such a link is not read and not given out.  Not asked
     * about "#here", which is the caller's to drop.  NULL: no filter.
     */
    bool (*is_known)(void *arg, uint64_t tag_hash);
};

/* What the page says of itself; complete before the first call of fn. */
struct links_page {
    struct str base_href;     /* of the first <base href>, raw; p NULL without;
                                 borrowed from html, or from links until its next
                                 use */
    struct robots_tag robots; /* its metas' */
    bool is_cut;         /* there are more links than max_links, or no memory */
    const char *charset; /* NULL when no byte asked for one */
    bool is_charset_meta;    /* a meta of the page said it */
    bool is_charset_missing; /* only ASCII of it could be read */
    size_t count;            /* links given out */
    size_t known;            /* links that is_known() took away */
};

/*
 * Whether a page is shown with it, so that it is fetched even where --level
 * ends (with has_requisites).
 */
static inline bool
link_is_requisite(const struct link *link)
{
    return link->kind == LINK_REQUISITE || link->kind == LINK_FRAME ||
           link->kind == LINK_IFRAME;
}

struct links;
struct links *links_new(void);
void links_free(struct links *l); /* NULL is fine */

/*
 * Find the links of html and give each to fn(arg, ...); is_known gets the
 * same arg.  Whatever the bytes are, they are not an error; ERR_TOO_BIG or
 * ERR_NOMEM says that the page could not be converted: no link was given out
 * then.
 */
enum err links_find(struct links *l, struct str html,
                    const struct links_options *opt, links_fn *fn, void *arg,
                    struct links_page *page) MUST_USE;

#endif
