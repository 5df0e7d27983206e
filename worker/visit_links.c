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
#include "worker/ftp_listing.h"
#include "worker/link_row.h"
#include "worker/links_header.h"
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
    struct links_header header;
    bool has_base;
};

enum {
    /* How far page requisites may lie behind --level: a frame there has
     * images too.  wget has it so. */
    VISIT_REQUISITES_DEEPER = 2,
    VISIT_ROWS_BYTES = 2 << 20 /* of the link graph, not yet written */
};

/* Its site's cookies are for who fetches it. */
static void
visit_want_jar(struct visit *v, const struct url *url)
{
    if (!v->jar.is_wanted)
        v->jar.is_wanted = str_equal(site_of_host(url->host), v->site);
}

/* Whether Redis has it already, or will before any later page is acked. */
static bool
visit_knows_link(struct visit *v, const struct url *url, uint64_t mark)
{
    struct thread *t = v->thread;

    if (!outbox_knows(t->outbox, mark) && !seen_has(t->worker->seen, mark))
        return false;
    visit_want_jar(v, url);
    stats_add(&t->stats, STAT_links_cached, 1);
    return true;
}

void
visit_queue_link(struct visit *v, const struct visit_link *link)
{
    struct thread *t = v->thread;
    const struct config *c = &t->worker->config;
    const struct url *url = link->url;
    uint64_t mark = fingerprint(url->text), host = 0;
    struct entry entry = {.depth = link->depth,
                          .hops = link->hops,
                          .sitemap = link->sitemap,
                          .site = site_of_host(url->host),
                          .url = url->text,
                          .referrer = link->referrer};

    if (visit_knows_link(v, url, mark))
        return;
    visit_want_jar(v, url);
    /* a seed that is redirected may leave its host, as with wget */
    if (!c->span_hosts && !str_equal(url->host, v->url.host) &&
        !(link->place == FRONTIER_NEXT && v->entry.depth == 0))
        host = fingerprint(url->host);
    buf_reset(&t->entry_text);
    if (entry_write(&entry, &t->entry_text) != ERR_OK) {
        stats_add(&t->stats, STAT_links_too_long, 1);
        return;
    }
    outbox_link(t->outbox, buf_str(&t->entry_text), mark, host, link->place);
    stats_add(&t->stats, STAT_links_sent, 1);
}

static void
visit_count_rules(struct thread *t, unsigned rules)
{
    if ((rules & CANON_STRIPPED) != 0)
        stats_add(&t->stats, STAT_links_stripped, 1);
    if ((rules & ~(unsigned)CANON_STRIPPED) != 0)
        stats_add(&t->stats, STAT_links_reshaped, 1);
}

/* The depth by which the scope judges: beyond --level we have judged. */
static unsigned
visit_scope_depth(const struct config *c, unsigned depth)
{
    return c->level >= 0 && (int64_t)depth > c->level ? (unsigned)c->level
                                                      : depth;
}

bool
visit_is_in_scope(const struct visit *v, const struct url *url, unsigned depth,
                  bool is_sitemap)
{
    struct thread *t = v->thread;
    enum scope_answer a =
        scope_judge(t->worker->scope, t->scope_match, url,
                    visit_scope_depth(&t->worker->config, depth));

    if (a == SCOPE_IN || (a == SCOPE_NOT_ACCEPTED && is_sitemap))
        return true;
    stats_add(&t->stats, scope_counter(a), 1);
    return false;
}

void
visit_queue_reference(struct visit *v, struct str reference, unsigned depth)
{
    struct thread *t = v->thread;
    const struct config *c = &t->worker->config;
    enum scope_answer answer;
    struct url url;
    struct visit_link link = {.url = &url,
                              .depth = depth,
                              .referrer = v->entry.url,
                              .place = FRONTIER_LAST};
    unsigned rules;
    enum err e;

    if (c->level >= 0 && (int64_t)depth > c->level) {
        stats_add(&t->stats, STAT_links_out_of_scope, 1);
        return;
    }
    e = canon_parse(t->worker->canon, reference, &v->url, &t->url_text, &url,
                    &rules);
    if (e != ERR_OK) {
        visit_count_bad(t, e);
        return;
    }
    visit_count_rules(t, rules);
    answer = scope_judge_link(t->worker->scope, t->scope_match, &url, depth,
                              v->url.text);
    if (answer == SCOPE_IN)
        visit_queue_link(v, &link);
    else
        stats_add(&t->stats, scope_counter(answer), 1);
}

void
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
        canon_resolve(found->t->worker->canon, found->page.base_href, &v->url,
                      &found->t->base_text, &base) == ERR_OK)
        found->base = base;
}

static bool
visit_tag_is_known(void *arg, uint64_t hash)
{
    const struct visit_finding *found = arg;
    uint64_t mark = hash ^ found->depth_salt;

    return found->t->known_tags[mark % THREAD_KNOWN_TAGS] == mark;
}

/* Whether nothing of the page is to be followed. */
static bool
visit_is_nofollow(const struct visit_finding *found)
{
    return found->page.robots.nofollow || found->header.robots.nofollow;
}

/* Whether its depth and kind let the link be followed. */
static bool
visit_is_near(const struct visit_finding *found, const struct link *link)
{
    const struct config *c = &found->t->worker->config;

    return c->level < 0 || (int64_t)found->depth <= c->level ||
           (c->page_requisites && link_is_requisite(link) &&
            (int64_t)found->depth <= c->level + VISIT_REQUISITES_DEEPER);
}

static void
visit_forget_tag(struct visit_finding *found, const struct link *link)
{
    uint64_t mark = link->tag_hash ^ found->depth_salt;
    uint64_t *known = &found->t->known_tags[mark % THREAD_KNOWN_TAGS];

    if (*known == mark)
        *known = 0;
}

/* --links: any link that is a URL of ours, whether it is followed or not. */
static void
visit_note_link(struct visit_finding *found, const struct link *link,
                const struct url *url)
{
    struct thread *t = found->t;
    struct buf *rows = outbox_lines(t->outbox, LINE_LINKS);
    struct link_row row = {.source = found->v->url.text,
                           .target = url->text,
                           .text = link->text,
                           .rel = link->rel};

    if (link_row_write(&row, rows) == ERR_OK)
        stats_add(&t->stats, STAT_links_written, 1);
    if (rows->n >= VISIT_ROWS_BYTES) /* sooner than they must be is fine */
        outbox_flush(t->outbox);
}

/* Into url, by the settings; false: none of ours. */
static bool
visit_resolve_link(struct visit_finding *found, const struct link *link,
                   struct url *url)
{
    struct thread *t = found->t;
    unsigned rules;
    enum err e;

    if (!found->has_base && !link->is_of_header)
        visit_find_base(found);
    e = canon_parse(t->worker->canon, link->href,
                    link->is_of_header ? &found->v->url : &found->base,
                    &t->url_text, url, &rules);
    if (e != ERR_OK) {
        visit_count_bad(t, e);
        return false;
    }
    if (rules != 0)
        visit_count_rules(t, rules);
    if (t->worker->config.links)
        visit_note_link(found, link, url);
    return true;
}

static void
visit_on_link(void *arg, const struct link *link)
{
    struct visit_finding *found = arg;
    struct thread *t = found->t;
    const struct config *c = &t->worker->config;
    bool is_near = visit_is_near(found, link);
    bool is_nofollow =
        c->nofollow && (link->is_nofollow || visit_is_nofollow(found));
    enum scope_answer answer;
    struct url url;
    struct visit_link queued = {.url = &url, .place = FRONTIER_LAST};

    if (found->v->metadata) {
        if (!found->has_base && !link->is_of_header)
            visit_find_base(found);
        visit_metadata_link(found->v, link,
                            link->is_of_header ? &found->v->url : &found->base);
    }
    if (c->links && (!is_near || is_nofollow) &&
        !visit_resolve_link(found, link, &url))
        return;
    if (!is_near) {
        stats_add(&t->stats, STAT_links_out_of_scope, 1);
        return;
    }
    /* this thread sends its batches in order: what is put into one now is in
     * Redis before any later page is acked, so the tag may be forgotten;
     * unless it is this page alone that does not want it followed, or its
     * host that decides */
    if (link->tag_hash != 0 && c->span_hosts &&
        !(c->nofollow && visit_is_nofollow(found))) {
        uint64_t mark = link->tag_hash ^ found->depth_salt;

        t->known_tags[mark % THREAD_KNOWN_TAGS] = mark;
    }
    if (is_nofollow) {
        stats_add(&t->stats, STAT_links_nofollow, 1);
        return;
    }
    if (!visit_resolve_link(found, link, &url))
        return;
    if (visit_knows_link(found->v, &url, fingerprint(url.text)))
        return; /* it was in scope, and another depth changes nothing */
    answer = scope_judge_link(t->worker->scope, t->scope_match, &url,
                              visit_scope_depth(c, found->depth),
                              found->v->url.text);
    if (answer != SCOPE_IN) {
        stats_add(&t->stats, scope_counter(answer), 1);
        /* less deep, or on another page, it may be in scope */
        if (answer == SCOPE_CALENDAR || answer == SCOPE_CHAIN)
            visit_forget_tag(found, link);
        return;
    }
    queued.depth = found->depth;
    queued.referrer = found->v->entry.url;
    visit_queue_link(found->v, &queued);
}

static void
visit_find_in_page(struct visit_finding *found, const struct fetch_answer *a,
                   struct str body, size_t max_links)
{
    struct visit *v = found->v;
    struct thread *t = found->t;
    const struct config *c = &t->worker->config;
    struct links_options options = {
        .charset =
            page_charset_sure(fetch_header(a, STR("content-type")), body, NULL),
        .page_url = v->url.text,
        .agent_token = t->worker->agent_token,
        .max_links = max_links,
        .is_full = str_equal(str_from(c->parser), STR("full")),
        .has_requisites = c->page_requisites,
        .has_texts = c->links,
        .is_known = c->links || v->metadata ? NULL : visit_tag_is_known};

    if (links_find(t->links, body, &options, visit_on_link, found,
                   &found->page) == ERR_OK)
        v->links += found->page.count + found->page.known;
    stats_add(&t->stats, STAT_links_cached, (int64_t)found->page.known);
    if (found->page.is_cut) {
        v->is_links_cut = true;
        stats_add(&t->stats, STAT_links_capped, 1);
    }
    stats_add(&t->stats, STAT_charsets_missing, found->page.is_charset_missing);
}

/* Of a folder by FTP: what it lists. */
static void
visit_find_in_listing(struct visit_finding *found, struct str body,
                      size_t max_links)
{
    struct thread *t = found->t;
    struct ftp_listing_said said;

    ftp_listing_links(body, max_links, visit_on_link, found, &said);
    found->v->links += said.count;
    stats_add(&t->stats, STAT_ftp_odd_lines, (int64_t)said.odd);
    stats_add(&t->stats, STAT_links_capped, said.is_cut);
    found->v->is_links_cut = said.is_cut;
}

static void
visit_find_links(struct visit *v, const struct fetch_answer *a, struct str body)
{
    struct thread *t = v->thread;
    const struct config *c = &t->worker->config;
    struct visit_finding found = {.v = v, .t = t, .depth = v->entry.depth + 1};
    size_t max_links = (size_t)c->max_links;

    if (c->level >= 0) {
        if ((int64_t)found.depth >
                c->level + (c->page_requisites ? VISIT_REQUISITES_DEEPER : 0) &&
            !c->links && v->metadata == NULL)
            return; /* no link of this page can be in scope */
        found.depth_salt = (uint64_t)found.depth * 0x9e3779b97f4a7c15u;
    }
    found.header =
        links_header_read(buf_str(&a->headers), t->worker->agent_token);
    v->links = links_header_find(&found.header, c->page_requisites, max_links,
                                 visit_on_link, &found);
    if (v->is_page && v->links < max_links) /* 0 would be no bound */
        visit_find_in_page(&found, a, body, max_links - v->links);
    else if (v->url.scheme == URL_FTP &&
             ftp_listing_is_type(fetch_header(a, STR("content-type"))))
        visit_find_in_listing(&found, body, max_links);
    stats_add(&t->stats, STAT_links_found, (int64_t)v->links);
}

/* The target becomes an entry of its own, and the next one. */
static void
visit_redirect(struct visit *v, const struct fetch_answer *a)
{
    struct thread *t = v->thread;
    const struct config *c = &t->worker->config;
    struct str location = fetch_header(a, STR("location"));
    struct url url;
    struct visit_link target = {.url = &url,
                                .depth = v->entry.depth,
                                .hops = v->entry.hops + 1,
                                .sitemap = v->entry.sitemap,
                                .referrer = v->entry.url,
                                .place = FRONTIER_NEXT};
    unsigned rules;
    enum err e = canon_parse_redirect(t->worker->canon, location, &v->url,
                                      &t->url_text, &url, &rules);

    if (e != ERR_OK && location.n > 0)
        visit_count_bad(t, e);
    if (e != ERR_OK || location.n == 0) {
        v->outcome = OUTCOME_BAD_REDIRECT;
        return;
    }
    visit_count_rules(t, rules);
    if (buf_add_str(&v->note, url.text) != ERR_OK)
        buf_reset(&v->note);
    if ((int64_t)v->entry.hops + 1 > c->max_redirect) {
        v->outcome = OUTCOME_TOO_MANY_HOPS;
        return;
    }
    if (!visit_is_in_scope(v, &url, v->entry.depth, v->entry.sitemap > 0) ||
        visit_jar_leads_back(v, &url))
        return;
    visit_queue_link(v, &target);
}

enum visit_next
visit_step_links(struct visit *v)
{
    const struct fetch_answer *a = fetch_answer(v->fetch);
    struct str body = visit_body(v);

    if (v->outcome == OUTCOME_REDIRECT)
        visit_redirect(v, a);
    else if ((v->outcome == OUTCOME_OK || v->outcome == OUTCOME_TOO_BIG) &&
             !visit_find_sitemap(v, a, body))
        visit_find_links(v, a, body);
    v->step = VISIT_EXEC;
    return VISIT_GO_ON;
}
