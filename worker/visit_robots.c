/*
 * The steps ROBOTS and RULES: may the current entry be fetched?
 *
 * RFC 9309.  The fetch of a robots.txt does not arm the site's delay; its
 * redirects are followed here, up to five, also to other hosts.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <string.h>

#include "common/address.h"
#include "common/log.h"
#include "common/site.h"
#include "worker/polite.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"

/* Without a fetch: the entry's outcome is known already. */
static enum visit_next
visit_skip_to_store(struct visit *v, enum outcome outcome)
{
    v->outcome = outcome;
    v->step = VISIT_STORE;
    return VISIT_GO_ON;
}

/* The next entry: read it and forget the last one. */
static enum outcome
visit_begin_entry(struct visit *v)
{
    v->retry_after_ms = -1;
    v->is_page = v->is_body_decoded = v->must_end = false;
    v->is_of_robots = v->is_led_back = false;
    v->decoded_bytes = v->links = 0;
    v->sitemap = NULL;
    v->is_looked_up = v->is_links_cut = false;
    v->no_address = NULL;
    v->robots_hops = 0;
    buf_reset(&v->note);
    buf_reset(&v->robots_url);
    buf_reset(&v->robots_via);
    visit_cache_begin(v);
    if (entry_parse(v->entries[v->at], &v->entry) != ERR_OK) {
        v->entry = (struct entry){.url = v->entries[v->at], .site = v->site};
        return OUTCOME_BAD_URL;
    }
    if (url_split(v->entry.url, &v->url) != ERR_OK ||
        (v->url.scheme == URL_FTP && !v->thread->worker->config.ftp) ||
        !str_equal(site_of_host(v->url.host), v->site))
        return OUTCOME_BAD_URL; /* pushed by hand: it could break a delay */
    if (!v->thread->worker->config.allow_private &&
        !address_host_is_public(v->url.host))
        return OUTCOME_PRIVATE;
    return OUTCOME_OK;
}

/* Reasons of its site not to fetch an entry at all. */
static enum outcome
visit_unasked(const struct visit *v)
{
    int64_t most = v->thread->worker->config.max_failures;

    if (v->is_dropped)
        return OUTCOME_DROPPED;
    return most > 0 && (int64_t)v->failures >= most ? OUTCOME_GAVE_UP
                                                    : OUTCOME_OK;
}

/* Rules are known: what do they say? */
static enum visit_next
visit_judge(struct visit *v, const struct robots_answer *known)
{
    struct robots_match why;

    if (known->failure != OUTCOME_OK) {
        v->must_end = true;
        v->is_of_robots = true;
        return visit_skip_to_store(v, known->failure);
    }
    v->crawl_delay_ms = robots_crawl_delay_ms(known->rules);
    if (v->thread->worker->config.sitemaps)
        visit_queue_sitemaps(v, known->rules);
    if (robots_allows(known->rules, v->url.target, &why))
        return visit_keep_pace(v);
    if (buf_addf(&v->note, "%s: %.*s", why.is_allow ? "allow" : "disallow",
                 (int)(why.pattern.n < 1000 ? why.pattern.n : 1000),
                 why.pattern.p) != ERR_OK)
        buf_reset(&v->note);
    return visit_skip_to_store(v, OUTCOME_ROBOTS);
}

static void
visit_on_robots_reply(void *arg, const redisReply *reply)
{
    struct visit *v = arg;
    struct thread *t = v->thread;

    if (!visit_is_back(v))
        return;
    if (reply && reply->type == REDIS_REPLY_STRING)
        robots_cache_take(t->robots, v->url.origin,
                          (struct str){reply->str, (size_t)reply->len}, true,
                          (int64_t)thread_now_ms(t));
    v->step = VISIT_RULES; /* asks the cache once more */
    thread_ready(t, v);
}

enum visit_next
visit_step_robots(struct visit *v)
{
    struct thread *t = v->thread;
    struct robots_answer known;
    enum outcome outcome = visit_begin_entry(v);
    bool has_grant = visit_take_grant(v);

    if (outcome == OUTCOME_OK)
        outcome = visit_unasked(v);
    if (outcome == OUTCOME_OK && !has_grant)
        outcome = OUTCOME_SITE_FULL;
    if (outcome != OUTCOME_OK)
        return visit_skip_to_store(v, outcome);
    if (visit_cache_is_fresh(v))
        return visit_skip_to_store(v, OUTCOME_FRESH);
    if (!t->worker->config.robots) {
        v->step = VISIT_WAIT;
        return VISIT_GO_ON;
    }
    if (robots_cache_find(t->robots, v->url.origin, (int64_t)thread_now_ms(t),
                          &known))
        return visit_judge(v, &known);
    v->step = VISIT_RULES;
    if (!conn_is_up(t->conn))
        return VISIT_GO_ON;
    frontier_form_robots_get(t->frontier, &t->request, v->url.origin);
    v->awaits_reply = true;
    conn_send(t->conn, buf_str(&t->request), visit_on_robots_reply, v);
    buf_reset(&t->request);
    return VISIT_PARKED;
}

/* --- RULES --- */

/* A redirect of robots.txt leads to *next; false: take the answer as it is. */
static bool
visit_robots_redirect(struct visit *v, const struct fetch_answer *a)
{
    struct thread *t = v->thread;
    struct str location = fetch_header(a, STR("location"));
    struct url from, to;

    if (a->outcome != OUTCOME_OK || a->status < 300 || a->status >= 400 ||
        location.n == 0 || v->robots_hops >= ROBOTS_CACHE_HOPS ||
        url_split(buf_str(&v->robots_url), &from) != ERR_OK ||
        url_parse(location, &from, &t->url_text, &to) != ERR_OK ||
        (!t->worker->config.allow_private && !address_host_is_public(to.host)))
        return false;
    buf_reset(&v->robots_url);
    if (buf_add_str(&v->robots_url, to.text) != ERR_OK)
        return false;
    v->robots_hops++;
    if (str_equal(to.target, STR("/robots.txt")) &&
        buf_addf(&v->robots_via, "%.*s\n", STR_ARG(to.origin)) != ERR_OK)
        buf_reset(&v->robots_via);
    return true;
}

static void
visit_on_stored(void *arg, const redisReply *reply)
{
    (void)arg; /* the cluster's copy only spares others a fetch */
    (void)reply;
}

/* t->robots_text is what holds for the origin. */
static void
visit_keep_rules(struct thread *t, struct str origin, int64_t ttl_ms)
{
    robots_cache_take(t->robots, origin, buf_str(&t->robots_text), false,
                      (int64_t)thread_now_ms(t));
    if (!conn_is_up(t->conn))
        return;
    frontier_form_robots_set(t->frontier, &t->request, origin,
                             buf_str(&t->robots_text), ttl_ms);
    conn_offer(t->conn, buf_str(&t->request), visit_on_stored, NULL);
    buf_reset(&t->request);
}

/*
 * What was fetched on the way from http to https, to www., was the robots.txt
 * of these origins too, and the pages lead there next.  A failure says nothing
 * of them, nor does a redirect too many.
 */
static void
visit_take_rules(struct visit *v, const struct fetch_answer *a)
{
    struct thread *t = v->thread;
    struct str via = buf_str(&v->robots_via);
    int64_t ttl_ms;

    if (robots_cache_judge(t->robots, a, v->robots_hops > 0, t->decoder,
                           &t->robots_text, &ttl_ms) != ERR_OK)
        return;
    visit_keep_rules(t, v->url.origin, ttl_ms);
    if (ttl_ms != ROBOTS_CACHE_MS || (a->status >= 300 && a->status < 400))
        return;
    while (via.n > 0)
        visit_keep_rules(t, str_cut(&via, '\n'), ttl_ms);
}

/*
 * A robots.txt that is not to be had says the same of its site as a page.
 * Its failure is remembered for a while: a retry must not meet that memory.
 */
static void
visit_robots_back_off(struct visit *v, const struct fetch_answer *a)
{
    const struct config *c = &v->thread->worker->config;
    bool is_busy = outcome_of_status(a->status) == OUTCOME_BUSY;

    if (v->robots_hops > 0) /* somebody else's server */
        return;
    visit_back_off(v, is_busy ? OUTCOME_BUSY : a->outcome, a);
    if (v->retry_after_ms >= 0 && v->retry_after_ms < polite_failure_ms(c))
        v->retry_after_ms = polite_failure_ms(c);
}

static void
visit_on_robots_fetched(void *arg, struct fetch *f)
{
    struct visit *v = arg;

    assert(v->magic == VISIT_MAGIC && v->fetch == f);
    if (fetch_answer(f)->is_withheld) { /* RULES waits until it may */
        fetch_end(f);
        v->fetch = NULL;
    } else {
        thread_adapt_answer(v->thread, fetch_answer(f));
    }
    visit_run(v);
}

/* Its fetch has ended. */
static enum visit_next
visit_take_robots(struct visit *v)
{
    const struct fetch_answer *a = fetch_answer(v->fetch);
    bool is_redirect;

    if (visit_hear(v) == VISIT_PARKED)
        return VISIT_PARKED;
    is_redirect = visit_robots_redirect(v, a);
    if (!is_redirect) {
        visit_take_rules(v, a);
        visit_robots_back_off(v, a);
    }
    fetch_end(v->fetch);
    v->fetch = NULL;
    if (!is_redirect)
        buf_reset(&v->robots_url);
    if (!v->thread->is_draining)
        return VISIT_GO_ON;
    visit_give_back(v); /* no page is begun any more */
    return VISIT_PARKED;
}

enum visit_next
visit_step_rules(struct visit *v)
{
    struct thread *t = v->thread;
    struct robots_answer known;
    struct url url;

    if (v->fetch)
        return visit_take_robots(v);
    if (v->robots_url.n == 0 &&
        robots_cache_find(t->robots, v->url.origin, (int64_t)thread_now_ms(t),
                          &known))
        return visit_judge(v, &known);
    if (!thread_may_fetch(t))
        return visit_wait_lease(v);
    if (visit_look_up(v) == VISIT_PARKED)
        return VISIT_PARKED;
    if (!v->has_slot && v->no_address == NULL && !thread_slot_take(t, v))
        return VISIT_PARKED;
    if (v->robots_url.n == 0 && buf_addf(&v->robots_url, "%.*s/robots.txt",
                                         STR_ARG(v->url.origin)) != ERR_OK)
        return visit_skip_to_store(v, OUTCOME_ROBOTS_ERROR);
    if (url_split(buf_str(&v->robots_url), &url) != ERR_OK)
        return visit_skip_to_store(v, OUTCOME_BAD_URL);
    stats_add(&t->stats, STAT_robots_fetches, 1);
    visit_note_asked(v);
    v->fetch = fetch_start(t->fetcher, &url, STR_NONE, ROBOTS_MAX_BYTES + 1,
                           visit_on_robots_fetched, v);
    if (v->robots_hops == 0)
        fetch_is_first(v->fetch);
    return VISIT_PARKED;
}
