/*
 * sitemap - the links of a sitemap or a feed.
 *
 * sitemaps.org's urlset, sitemapindex and list of URLs in a text; RSS 0.9x,
 * 1.0 and 2.0; Atom.  Each of them may be a gzip file.  XML is read by
 * markup.h: nothing is asked of a network, no entity of a DTD is expanded,
 * and what sitemaps get wrong is forgiven, such as "&" where "&amp;" must
 * stand (libxml2 drops the name behind it, which makes another URL of it).
 * What stands before or behind an error counts.  No I/O, no locks; a struct
 * sitemap belongs to one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_SITEMAP_H
#define WORKER_SITEMAP_H

#include "common/err.h"
#include "common/str.h"
#include "common/url.h"
#include "worker/decode.h"

enum {
    SITEMAP_LINKS_MAX = 50000, /* the protocol's bound of URLs */
    /*
     * An index may name sitemaps, no index, says the protocol; sites do it
     * nevertheless.  This many of them behind each other.
     */
    SITEMAP_NEST_MAX = 5
};

enum sitemap_kind {
    SITEMAP_NONE, /* something else: nothing was read */
    SITEMAP_URLSET,
    SITEMAP_INDEX,
    SITEMAP_RSS,
    SITEMAP_ATOM,
    SITEMAP_TEXT
};

struct sitemap_link {
    struct str href;        /* UTF-8, trimmed; as it stands there */
    const struct url *base; /* what it is to be resolved against */
    bool is_sitemap;        /* an index names it */
};

/* Called for each link in their order; all of it ends with the call. */
typedef void sitemap_fn(void *arg, const struct sitemap_link *link);

struct sitemap_options {
    const struct url *url; /* the document's */
    struct str content_type;
    bool is_named;    /* robots.txt or an index says that it is one */
    bool is_cut;      /* body is only the head of it */
    size_t max_links; /* 0: SITEMAP_LINKS_MAX */
};

/* What was read. */
struct sitemap_said {
    enum sitemap_kind kind;
    bool is_gzip;        /* the file itself, whatever the transfer's coding */
    bool is_broken;      /* an error, or the end came too early */
    bool is_cut;         /* there is more than max_links or max_bytes */
    size_t count;        /* links given out */
    const char *charset; /* of an XML or text */
};

struct sitemap;
/* max_bytes: what is read of a document, after gunzip. */
struct sitemap *sitemap_new(size_t max_bytes);
void sitemap_free(struct sitemap *s); /* NULL is fine */

/*
 * Whether body is worth sitemap_read() although nobody named it a sitemap:
 * it begins as XML does, or is a gzip file by type or name.  Cheap.
 */
bool sitemap_is_likely(struct str content_type, struct str path,
                       struct str body);

/*
 * Give the links of body to fn(arg, ...).  No bytes are an error: what is no
 * sitemap is SITEMAP_NONE.  A text counts as one only with is_named, an HTML
 * page never.
 */
void sitemap_read(struct sitemap *s, struct decoder *d, struct str body,
                  const struct sitemap_options *opt, sitemap_fn *fn, void *arg,
                  struct sitemap_said *said);

/* "urlset", "sitemapindex", "rss", "atom", "text"; "none". */
const char *sitemap_kind_name(enum sitemap_kind kind);

#endif
