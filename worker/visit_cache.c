/*
 * --cache: what a visit remembers of its entries, and asks because of it.
 *
 * SPDX-License-Identifier: MIT
 *
 * One request brings what is known of all entries of a visit, before its
 * first one.  A 304 brings no body, so no links: it may be asked for only
 * where this crawl has the page's links from elsewhere.  The master seeds a
 * re-crawl with the URLs that the earlier one finished (master/recrawl.h), so
 * that it has those of pages that came in the generations links_from to
 * links_upto; of a page without links nothing can be missed, as long as the
 * same rules would find none.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/fingerprint.h"
#include "common/frontier_cache.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"

struct visit_cache {
    struct buf bytes; /* what was recalled, one value behind another */
    size_t ends[FRONTIER_ENTRIES_MAX];
    size_t count; /* 0: nothing was, Redis is away */

    /* the current entry */
    struct cache_value known; /* borrows from bytes */
    bool is_known;
    bool is_whole;  /* the condition was refused: without it */
    bool was_asked; /* the request had one */
    struct fetch_condition condition;
};

void
visit_cache_open(struct visit *v)
{
    v->cache = xcalloc(1, sizeof(*v->cache));
    buf_init(&v->cache->bytes, (size_t)CACHE_VALUE_MAX * FRONTIER_ENTRIES_MAX);
}

void
visit_cache_close(struct visit *v)
{
    if (v->cache == NULL)
        return;
    buf_fini(&v->cache->bytes);
    free(v->cache);
    v->cache = NULL;
}

/* --- RECALL --- */

static void
visit_cache_take(struct visit *v, const redisReply *reply)
{
    struct visit_cache *c = v->cache;

    for (size_t i = 0; i < v->count; i++) {
        struct str value = frontier_read_recalled(reply, i);

        if (value.n <= CACHE_VALUE_MAX &&
            buf_add_str(&c->bytes, value) != ERR_OK)
            fatalx("out of memory: a visit");
        c->ends[i] = c->bytes.n;
    }
    c->count = v->count;
}

static void
visit_on_recalled(void *arg, const redisReply *reply)
{
    struct visit *v = arg;

    if (!visit_is_back(v))
        return;
    if (reply)
        visit_cache_take(v, reply);
    v->step = VISIT_ROBOTS;
    thread_ready(v->thread, v);
}

enum visit_next
visit_step_recall(struct visit *v)
{
    struct thread *t = v->thread;
    uint64_t prints[FRONTIER_ENTRIES_MAX];

    v->step = VISIT_ROBOTS;
    if (v->cache == NULL || !conn_is_up(t->conn))
        return VISIT_GO_ON;
    for (size_t i = 0; i < v->count; i++) {
        struct entry entry;

        prints[i] = entry_parse(v->entries[i], &entry) == ERR_OK
                        ? fingerprint(entry.url)
                        : 0; /* which no URL has */
    }
    frontier_form_recall(t->frontier, &t->request, prints, v->count);
    v->awaits_reply = true;
    conn_send(t->conn, buf_str(&t->request), visit_on_recalled, v);
    buf_reset(&t->request);
    return VISIT_PARKED;
}

/* --- what may be asked --- */

void
visit_cache_begin(struct visit *v)
{
    struct visit_cache *c = v->cache;
    size_t from, end;

    if (c == NULL)
        return;
    c->is_known = c->is_whole = c->was_asked = false;
    if (v->at >= c->count)
        return;
    from = v->at > 0 ? c->ends[v->at - 1] : 0;
    end = c->ends[v->at];
    c->is_known = end > from && cache_value_unpack(
                                    (struct str){c->bytes.p + from, end - from},
                                    &c->known) == ERR_OK;
}

/* Whether the body need not come: for its links, and for the archive. */
static bool
visit_cache_may_stand(const struct visit *v)
{
    const struct visit_cache *c = v->cache;
    const struct worker *w = v->thread->worker;
    const struct cache_value *known = c ? &c->known : NULL;

    if (c == NULL || !c->is_known || c->is_whole || w->generation == 0 ||
        known->generation < w->links_from ||
        (known->has_links && known->generation > w->links_upto) ||
        (w->warc && !known->has_record) ||
        !store_has_file(v->thread->store, v->entry.url))
        return false;
    /* nearer to a seed than then, more of its links are in scope */
    return w->config.level < 0 ||
           (known->depth <= v->entry.depth && known->depth < CACHE_DEPTH_MAX);
}

bool
visit_cache_is_fresh(const struct visit *v)
{
    int64_t age_s = v->thread->worker->config.revisit / 1000;

    return v->cache && age_s > 0 && visit_cache_may_stand(v) &&
           (int64_t)time(NULL) - v->cache->known.checked_s < age_s;
}

const struct fetch_condition *
visit_cache_ask(struct visit *v)
{
    struct visit_cache *c = v->cache;

    if (c == NULL)
        return NULL;
    c->was_asked = visit_cache_may_stand(v) &&
                   (c->known.etag.n > 0 || c->known.modified[0] != '\0');
    if (!c->was_asked)
        return NULL;
    c->condition.etag = c->known.etag;
    c->condition.modified = str_from(c->known.modified);
    stats_add(&v->thread->stats, STAT_cache_asked, 1);
    return &c->condition;
}

/* --- what came of it --- */

bool
visit_cache_is_refused(struct visit *v)
{
    struct visit_cache *c = v->cache;
    bool was_asked = c && c->was_asked;

    if (v->outcome == OUTCOME_NOT_MODIFIED && !was_asked)
        v->outcome = OUTCOME_REDIRECT; /* to nowhere, says the next step */
    /* RFC 9110 section 13.1.2: a GET is never answered so; some do */
    if (!was_asked || v->outcome != OUTCOME_HTTP_4XX ||
        fetch_answer(v->fetch)->status != 412)
        return false;
    c->is_whole = true;
    c->was_asked = false;
    stats_add(&v->thread->stats, STAT_cache_refused, 1);
    return true;
}

bool
visit_cache_has(const struct visit *v, const struct warc_sum *sum)
{
    const struct visit_cache *c = v->cache;

    return c && c->is_known && c->known.has_record && c->known.is_sha1 &&
           !c->known.is_twin &&
           v->thread->worker->warc_info.hash == WARC_SHA1 &&
           memcmp(c->known.digest, sum->bytes, CACHE_SHA1_BYTES) == 0;
}

bool
visit_cache_twin(const struct visit *v, struct warc_sum *sum)
{
    const struct visit_cache *c = v->cache;

    if (c == NULL || !c->was_asked || !c->known.is_twin || !c->known.is_sha1 ||
        v->thread->worker->warc_info.hash != WARC_SHA1)
        return false;
    memcpy(sum->bytes, c->known.digest, CACHE_SHA1_BYTES);
    return true;
}

const struct cache_value *
visit_cache_known(const struct visit *v)
{
    const struct visit_cache *c = v->cache;

    return c && c->is_known &&
                   (v->outcome == OUTCOME_OK || v->outcome == OUTCOME_FRESH ||
                    v->outcome == OUTCOME_NOT_MODIFIED)
               ? &c->known
               : NULL;
}

/* The validators of the answer, as far as they can be kept. */
static void
visit_cache_validators(struct visit *v, struct cache_value *to)
{
    const struct fetch_answer *a = fetch_answer(v->fetch);
    struct str etag = str_trim(fetch_header(a, STR("etag")));
    struct str modified = str_trim(fetch_header(a, STR("last-modified")));
    bool is_dropped = false;

    if (cache_etag_is_good(etag))
        to->etag = etag;
    else
        is_dropped = etag.n > 0;
    if (cache_modified_is_good(modified)) {
        memcpy(to->modified, modified.p, modified.n);
        to->modified[modified.n] = '\0';
    } else {
        is_dropped = is_dropped || modified.n > 0;
    }
    if (is_dropped)
        stats_add(&v->thread->stats, STAT_cache_dropped, 1);
}

static void
visit_cache_put(struct visit *v, const struct cache_value *value)
{
    struct thread *t = v->thread;

    buf_reset(&t->entry_text);
    if (cache_value_pack(value, &t->entry_text) == ERR_OK)
        outbox_remember(t->outbox, fingerprint(v->entry.url),
                        buf_str(&t->entry_text));
}

/* A whole page, which may be the known one all the same. */
static void
visit_cache_note_page(struct visit *v)
{
    struct visit_cache *c = v->cache;
    struct thread *t = v->thread;
    struct cache_value value;

    store_note(t->store, fetch_answer(v->fetch), c->is_known ? &c->known : NULL,
               &value);
    if (c->is_known && c->known.is_sha1 == value.is_sha1 &&
        memcmp(c->known.digest, value.digest,
               value.is_sha1 ? CACHE_SHA1_BYTES : CACHE_XXH3_BYTES) == 0)
        stats_add(&t->stats, STAT_cache_same, 1);
    value.generation = (unsigned)t->worker->generation;
    value.depth = v->entry.depth;
    value.has_links = v->links > 0;
    visit_cache_validators(v, &value);
    visit_cache_put(v, &value);
}

/*
 * RFC 9111 section 4.3.4: what a 304 says of the page is the news.  It is of
 * this generation now, which had its links all the same.
 */
static void
visit_cache_note_same(struct visit *v)
{
    struct cache_value value = v->cache->known;

    value.generation = (unsigned)v->thread->worker->generation;
    value.checked_s = fetch_answer(v->fetch)->started_us / 1000000;
    visit_cache_validators(v, &value);
    visit_cache_put(v, &value);
}

void
visit_cache_note(struct visit *v)
{
    if (v->cache == NULL || v->fetch == NULL)
        return;
    if (v->outcome == OUTCOME_OK && fetch_answer(v->fetch)->status == 200 &&
        !fetch_answer(v->fetch)->is_cut)
        visit_cache_note_page(v);
    else if (v->outcome == OUTCOME_NOT_MODIFIED)
        visit_cache_note_same(v);
    else if (v->outcome == OUTCOME_HTTP_4XX && v->cache->is_known)
        outbox_remember(v->thread->outbox, fingerprint(v->entry.url), STR_NONE);
}
