/*
 * Sitemaps and feeds: their links, and where robots.txt says that they are.
 *
 * What links a page is found among its first bytes; its kind is a field of
 * the log.  The files that robots.txt and an index name are entries as deep
 * as what named them, with a mark, and the URLs in them are one deeper.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/thread.h"
#include "worker/visit_parts.h"

/* Whether the links of the current entry, or of its sitemaps, are too deep. */
static bool
visit_is_at_level(const struct visit *v)
{
    int64_t level = v->thread->worker->config.level;

    return level >= 0 && (int64_t)v->entry.depth + 1 > level;
}

/* A URL, or a sitemap that the entry or its robots.txt names. */
static void
visit_queue_named(struct visit *v, struct str href, const struct url *base,
                  struct visit_link link)
{
    struct thread *t = v->thread;
    struct url url;
    enum err e =
        canon_parse(t->worker->canon, href, base, &t->url_text, &url, NULL);

    link.url = &url;
    if (e != ERR_OK)
        visit_count_bad(t, e);
    else if (visit_is_in_scope(v, &url, link.depth, link.sitemap > 0))
        visit_queue_link(v, &link);
}

static void
visit_on_sitemap_link(void *arg, const struct sitemap_link *said)
{
    struct visit *v = arg;
    struct visit_link link = {.depth = v->entry.depth + 1,
                              .referrer = v->entry.url,
                              .place = FRONTIER_LAST};

    if (said->is_sitemap) {
        link.depth = v->entry.depth;
        link.sitemap = v->entry.sitemap + 1;
        if (link.sitemap > SITEMAP_NEST_MAX) { /* an index in an index in ... */
            stats_add(&v->thread->stats, STAT_links_out_of_scope, 1);
            return;
        }
    }
    visit_queue_named(v, said->href, said->base, link);
}

bool
visit_find_sitemap(struct visit *v, const struct fetch_answer *a,
                   struct str body)
{
    struct thread *t = v->thread;
    struct sitemap_options options = {
        .url = &v->url,
        .content_type = fetch_header(a, STR("content-type")),
        .is_named = v->entry.sitemap > 0,
        .is_cut = a->is_cut || v->outcome == OUTCOME_TOO_BIG};
    struct str path =
        str_cut(&(struct str){v->url.target.p, v->url.target.n}, '?');
    struct sitemap_said said;

    if (!options.is_named &&
        !sitemap_is_likely(options.content_type, path, body))
        return false;
    if (visit_is_at_level(v))
        return false; /* neither a sitemap's links nor a page's are in scope */
    sitemap_read(t->sitemap, t->decoder, body, &options, visit_on_sitemap_link,
                 v, &said);
    if (said.kind == SITEMAP_NONE)
        return false;
    v->sitemap = sitemap_kind_name(said.kind);
    v->links = said.count;
    stats_add(&t->stats, STAT_links_found, (int64_t)said.count);
    stats_add(&t->stats, STAT_sitemap_links, (int64_t)said.count);
    stats_add(&t->stats, STAT_sitemaps, 1);
    stats_add(&t->stats, STAT_sitemaps_broken, said.is_broken);
    stats_add(&t->stats, STAT_sitemaps_cut, said.is_cut);
    return true;
}

void
visit_queue_sitemaps(struct visit *v, const struct robots *rules)
{
    struct thread *t = v->thread;
    struct buf referrer;
    struct url base;

    if (robots_sitemap_count(rules) == 0 || visit_is_at_level(v) ||
        !robots_cache_tell(t->robots, v->url.origin))
        return;
    buf_init(&referrer, v->url.origin.n + 32);
    if (buf_addf(&referrer, "%.*s/robots.txt", STR_ARG(v->url.origin)) ==
            ERR_OK &&
        url_split(buf_str(&referrer), &base) == ERR_OK)
        for (size_t i = 0; i < robots_sitemap_count(rules); i++) {
            struct visit_link link = {.depth = v->entry.depth,
                                      .sitemap = 1,
                                      .referrer = base.text,
                                      .place = FRONTIER_LAST};

            visit_queue_named(v, robots_sitemap(rules, i), &base, link);
        }
    buf_fini(&referrer);
}
