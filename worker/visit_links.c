/*
 * The step LINKS: what the page points to goes to the outbox.
 *
 * A link is resolved, judged by the scope, looked up among what is known to
 * be seen, and only then becomes an entry for the frontier.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/fingerprint.h"
#include "common/site.h"
#include "worker/links.h"
#include "worker/page.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"

/* One page's links on their way. */
struct visit_finding {
    struct visit *v;
    struct thread *t;
    struct url base;     /* what references are resolved against */
    uint64_t depth_salt; /* a tag too deep here may be in scope elsewhere */
    unsigned depth;      /* of the links */
    struct links_page page;
    bool has_base;
};

/* Make it an entry of the outbox, unless somebody has it already. */
static void
visit_queue_link(struct visit *v, const struct url *url, unsigned depth,
                 unsigned hops, enum frontier_place place)
{
    struct thread *t = v->thread;
    const struct config *c = &t->worker->config;
    uint64_t mark = fingerprint(url->text), host = 0;
    struct entry entry = {.depth = depth,
                          .hops = hops,
                          .site = site_of_host(url->host),
                          .url = url->text,
                          .referrer = v->entry.url};

    if (outbox_knows(t->outbox, mark) || seen_has(t->worker->seen, mark)) {
        stats_add(&t->stats, STAT_links_cached, 1);
        return;
    }
    /* a seed that is redirected may leave its host, as with wget */
    if (!c->span_hosts && !str_equal(url->host, v->url.host) &&
        !(place == FRONTIER_NEXT && v->entry.depth == 0))
        host = fingerprint(url->host);
    buf_reset(&t->entry_text);
    if (entry_write(&entry, &t->entry_text) != ERR_OK) {
        stats_add(&t->stats, STAT_links_too_long, 1);
        return;
    }
    outbox_link(t->outbox, buf_str(&t->entry_text), mark, host, place);
    stats_add(&t->stats, STAT_links_sent, 1);
}

static void
visit_count_bad(struct thread *t, enum err e)
{
    stats_add(&t->stats,
              e == ERR_TOO_BIG ? STAT_links_too_long : STAT_links_invalid, 1);
}

/* The page's own base, or what its <base href> makes of it. */
static void
visit_find_base(struct visit_finding *found)
{
    struct visit *v = found->v;
    struct url base;

    found->has_base = true;
    found->base = v->url;
    if (found->page.base_href.n > 0 &&
        url_parse(found->page.base_href, &v->url, &found->t->base_text,
                  &base) == ERR_OK)
        found->base = base;
}

static bool
visit_tag_is_known(void *arg, uint64_t hash)
{
    const struct visit_finding *found = arg;
    uint64_t mark = hash ^ found->depth_salt;

    return found->t->known_tags[mark % THREAD_KNOWN_TAGS] == mark;
}

static void
visit_on_link(void *arg, const struct link *link)
{
    struct visit_finding *found = arg;
    struct thread *t = found->t;
    const struct config *c = &t->worker->config;
    struct url url;
    enum err e;

    if (!found->has_base)
        visit_find_base(found);
    /* this thread sends its batches in order: what is put into one now is in
     * Redis before any later page is acked, so the tag may be forgotten;
     * unless it is this page alone that does not want it followed, or its
     * host that decides */
    if (link->tag_hash != 0 && c->span_hosts &&
        !(c->nofollow && found->page.meta_nofollow)) {
        uint64_t mark = link->tag_hash ^ found->depth_salt;

        t->known_tags[mark % THREAD_KNOWN_TAGS] = mark;
    }
    if (c->nofollow && (link->is_nofollow || found->page.meta_nofollow)) {
        stats_add(&t->stats, STAT_links_nofollow, 1);
        return;
    }
    e = url_parse(link->href, &found->base, &t->url_text, &url);
    if (e != ERR_OK) {
        visit_count_bad(t, e);
        return;
    }
    if (scope_judge(t->worker->scope, t->scope_match, &url, found->depth) !=
        SCOPE_IN) {
        stats_add(&t->stats, STAT_links_out_of_scope, 1);
        return;
    }
    visit_queue_link(found->v, &url, found->depth, 0, FRONTIER_LAST);
}

static void
visit_find_links(struct visit *v, const struct fetch_answer *a, struct str body)
{
    struct thread *t = v->thread;
    const struct config *c = &t->worker->config;
    struct visit_finding found = {.v = v, .t = t, .depth = v->entry.depth + 1};
    struct links_options options = {
        .charset =
            page_charset_sure(fetch_header(a, STR("content-type")), body, NULL),
        .page_url = v->url.text,
        .agent_token = t->worker->agent_token,
        .max_links = (size_t)c->max_links,
        .is_full = str_equal(str_from(c->parser), STR("full")),
        .is_known = visit_tag_is_known};

    if (c->level >= 0) {
        if ((int64_t)found.depth > c->level)
            return; /* no link of this page can be in scope */
        found.depth_salt = (uint64_t)found.depth * 0x9e3779b97f4a7c15u;
    }
    if (links_find(t->links, body, &options, visit_on_link, &found,
                   &found.page) == ERR_OK)
        v->links = found.page.count + found.page.known;
    if (found.page.is_cut && found.page.count >= options.max_links) {
        v->is_links_cut = true;
        stats_add(&t->stats, STAT_links_capped, 1);
    }
    stats_add(&t->stats, STAT_links_found, (int64_t)v->links);
    stats_add(&t->stats, STAT_links_cached, (int64_t)found.page.known);
}

/* The target becomes an entry of its own, and the next one. */
static void
visit_redirect(struct visit *v, const struct fetch_answer *a)
{
    struct thread *t = v->thread;
    const struct config *c = &t->worker->config;
    struct str location = fetch_header(a, STR("location"));
    struct url url;

    if (location.n == 0 ||
        url_parse(location, &v->url, &t->url_text, &url) != ERR_OK) {
        v->outcome = OUTCOME_BAD_REDIRECT;
        return;
    }
    if (buf_add_str(&v->note, url.text) != ERR_OK)
        buf_reset(&v->note);
    if ((int64_t)v->entry.hops + 1 > c->max_redirect) {
        v->outcome = OUTCOME_TOO_MANY_HOPS;
        return;
    }
    if (scope_judge(t->worker->scope, t->scope_match, &url, v->entry.depth) !=
        SCOPE_IN) {
        stats_add(&t->stats, STAT_links_out_of_scope, 1);
        return;
    }
    visit_queue_link(v, &url, v->entry.depth, v->entry.hops + 1, FRONTIER_NEXT);
}

enum visit_next
visit_step_links(struct visit *v)
{
    const struct fetch_answer *a = fetch_answer(v->fetch);

    if (v->outcome == OUTCOME_REDIRECT)
        visit_redirect(v, a);
    else if (v->is_page)
        visit_find_links(v, a,
                         v->is_body_decoded ? buf_str(&v->thread->body)
                                            : buf_str(&a->body));
    v->step = VISIT_STORE;
    return VISIT_GO_ON;
}
