/*
 * Start reading at visit_run() and follow VISIT_STEPS; what becomes of a
 * page's links is in visit_links.c, robots.txt in visit_robots.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/visit.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/address.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/page.h"
#include "worker/polite.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"

enum {
    /* A longer pause is kept in Redis: the visit makes room for another. */
    VISIT_PAUSE_MAX_MS = 5000
};

/* --- the run --- */

static visit_step_fn *const visit_functions[] = {
#define VISIT_ROW(name, function) visit_step_##function,
    VISIT_STEPS(VISIT_ROW)
#undef VISIT_ROW
};

void
visit_run(struct visit *v)
{
    assert(v->magic == VISIT_MAGIC);
    while (visit_functions[v->step](v) == VISIT_GO_ON)
        ;
}

/* --- birth and end --- */

struct visit *
visit_new(struct thread *t, const struct frontier_visit *claimed)
{
    struct visit *v = xcalloc(1, sizeof(*v));
    size_t bytes = claimed->site.n, at = 0;

    for (size_t i = 0; i < claimed->count; i++)
        bytes += claimed->entries[i].n;
    v->magic = VISIT_MAGIC;
    v->thread = t;
    v->crawl_delay_ms = -1;
    v->spacing_ms = v->told_ms = claimed->spacing_ms;
    v->failures = claimed->failures;
    v->slow_ms = claimed->slow_ms;
    v->is_dropped = claimed->is_dropped;
    v->grants = claimed->grants;
    if (t->up_at_ms != 0) /* Redis may have forgotten its last visit */
        v->ready_ms = t->up_at_ms + (uint64_t)claimed->spacing_ms;
    buf_init(&v->text, bytes);
    buf_init(&v->robots_url, 4096);
    buf_init(&v->robots_via, 4096);
    buf_init(&v->note, 4096);
    jar_init(&v->jar);
    if (buf_reserve(&v->text, bytes) != ERR_OK ||
        buf_add_str(&v->text, claimed->site) != ERR_OK)
        fatalx("out of memory: a visit");
    v->site = (struct str){v->text.p, claimed->site.n};
    for (size_t i = 0; i < claimed->count; i++) {
        at = v->text.n;
        if (buf_add_str(&v->text, claimed->entries[i]) != ERR_OK)
            fatalx("out of memory: a visit");
        v->entries[i] = (struct str){v->text.p + at, claimed->entries[i].n};
    }
    v->count = claimed->count;
    if (t->worker->config.cache)
        visit_cache_open(v);
    if (t->worker->twins)
        visit_twin_open(v);
    if (t->worker->warc && t->worker->config.warc_metadata)
        visit_metadata_open(v);
    uv_timer_init(&t->loop, &v->timer);
    v->timer.data = v;
    v->after = t->visits;
    v->before = &t->visits;
    if (v->after)
        v->after->before = &v->after;
    t->visits = v;
    t->visits_count++;
    thread_ready(t, v);
    return v;
}

static void
visit_free(struct visit *v)
{
    v->magic = 0;
    buf_fini(&v->text);
    buf_fini(&v->robots_url);
    buf_fini(&v->robots_via);
    buf_fini(&v->note);
    visit_cache_close(v);
    visit_twin_close(v);
    visit_metadata_close(v);
    jar_fini(&v->jar);
    free(v);
}

static void
visit_on_closed(uv_handle_t *handle)
{
    struct visit *v = handle->data;

    if (v->awaits_reply) {
        v->is_orphan = true; /* the reply frees it */
        return;
    }
    visit_free(v);
}

/* No more of it here; what is under way for it finds an orphan. */
static void
visit_leave(struct visit *v)
{
    struct thread *t = v->thread;

    if (v->has_slot)
        thread_slot_give(t, v);
    if (v->is_waiting)
        t->waiting--;
    *v->before = v->after;
    if (v->after)
        v->after->before = v->before;
    t->visits_count--;
    uv_close((uv_handle_t *)&v->timer, visit_on_closed);
}

void
visit_end(struct visit *v)
{
    struct thread *t = v->thread;
    uint64_t now = thread_now_ms(t);
    /* and one more: Redis cuts off the milliseconds of its clock, too */
    struct frontier_release release = {
        .site = v->site,
        .wait_ms = v->ready_ms > now ? (int64_t)(v->ready_ms - now) + 1 : 0,
        .entries = v->entries + v->at,
        .count = v->count - v->at,
        .spacing_ms = v->has_news ? v->spacing_ms : -1,
        .failures = v->failures,
        .unused = visit_unused_grants(v)};

    visit_jar_keep(v);
    outbox_release(t->outbox, &release);
    visit_leave(v);
}

static void
visit_stop(struct visit *v)
{
    struct thread *t = v->thread;

    if (v->exec.is_here)
        exec_drop(t->exec, &v->exec);
    if (v->fetch) {
        if (v->step == VISIT_FETCH) /* it may have been asked just now */
            visit_set_ready(v, (int64_t)thread_now_ms(t), 0);
        fetch_end(v->fetch);
        v->fetch = NULL;
    }
    if (v->is_queued) {
        visit_queue_remove(&t->ready, v);
        visit_queue_remove(&t->slot_queue, v);
        visit_queue_remove(&t->twin_queue, v);
    }
}

void
visit_give_back(struct visit *v)
{
    visit_stop(v);
    visit_end(v);
}

void
visit_forsake(struct visit *v)
{
    visit_stop(v);
    visit_leave(v);
}

bool
visit_is_back(struct visit *v)
{
    v->awaits_reply = false;
    if (v->is_orphan) {
        visit_free(v);
        return false;
    }
    /* one that is closing is freed by that */
    return !uv_is_closing((uv_handle_t *)&v->timer);
}

bool
visit_is_busy(const struct visit *v)
{
    return v->fetch != NULL && !visit_exec_is_vain(v);
}

/* --- FETCH --- */

static void
visit_on_fetched(void *arg, struct fetch *f)
{
    struct visit *v = arg;

    assert(v->magic == VISIT_MAGIC && v->fetch == f);
    if (fetch_answer(f)->is_withheld) { /* its turn has passed: once more */
        fetch_end(f);
        v->fetch = NULL;
        v->step = VISIT_SLOT;
        stats_add(&v->thread->stats, STAT_fetches, -1);
    } else {
        thread_adapt_answer(v->thread, fetch_answer(f));
        v->answered_ms = (int64_t)thread_now_ms(v->thread);
        v->step = VISIT_TWIN;
    }
    visit_run(v);
}

enum visit_next
visit_step_fetch(struct visit *v)
{
    struct thread *t = v->thread;

    if (!thread_may_fetch(t))
        return visit_wait_lease(v);
    if (visit_look_up(v) == VISIT_PARKED)
        return VISIT_PARKED;
    if (!v->has_slot && v->no_address == NULL && !thread_slot_take(t, v))
        return VISIT_PARKED;
    stats_add(&t->stats, STAT_fetches, 1);
    visit_note_asked(v);
    v->fetch = fetch_start_if(t->fetcher, &v->url, str_from(v->address),
                              (size_t)t->worker->config.max_filesize,
                              visit_cache_ask(v), visit_on_fetched, v);
    if (v->entry.sitemap == 0) /* that is read, of whatever type */
        fetch_limit_types(v->fetch);
    if (v->at + 1 == v->count)
        fetch_is_last(v->fetch);
    if (v->jar.text.n > 0)
        fetch_lend_jar(v->fetch, &v->jar);
    v->address[0] = '\0'; /* a slot is for one request */
    return VISIT_PARKED;
}

/* --- PAGE --- */

static void
visit_count_status(struct stats *s, int status)
{
    if (status >= 200 && status < 600)
        stats_add(s, (enum stats_id)(STAT_status_2xx + status / 100 - 2), 1);
}

void
visit_decode(struct visit *v)
{
    struct thread *t = v->thread;
    const struct fetch_answer *a = fetch_answer(v->fetch);
    struct str coding = fetch_header(a, STR("content-encoding"));

    v->is_body_decoded = v->is_body_broken = false;
    v->decoded_bytes = a->body.n;
    if (coding.n == 0 || a->body.n == 0)
        return;
    t->body_of = NULL;
    buf_reset(&t->body);
    switch (decode_body(t->decoder, coding, buf_str(&a->body), a->is_cut,
                        &t->body)) {
    case DECODE_OK:
        break;
    case DECODE_TOO_BIG:
        v->outcome = OUTCOME_TOO_BIG;
        break;
    case DECODE_BROKEN:
        if (t->body.n == 0)
            return; /* plain bytes with a wrong label: take them as such */
        v->is_body_broken = true;
        break;
    case DECODE_BOMB:
    case DECODE_UNKNOWN:
        v->outcome = OUTCOME_BAD_ENCODING;
        break;
    }
    v->is_body_decoded = true;
    v->decoded_bytes = t->body.n;
    t->body_of = v;
    fetch_note_decoded(v->fetch, t->body.cap);
}

struct str
visit_body(struct visit *v)
{
    struct thread *t = v->thread;

    if (v->is_body_decoded && t->body_of != v)
        visit_decode(v);
    return v->is_body_decoded ? buf_str(&t->body)
                              : buf_str(&fetch_answer(v->fetch)->body);
}

/* Once more, when the site may be asked again; nothing is stored. */
static enum visit_next
visit_ask_again(struct visit *v)
{
    crumb_clear(v->thread->crumb);
    fetch_end(v->fetch);
    v->fetch = NULL;
    v->step = VISIT_WAIT;
    return VISIT_GO_ON;
}

enum visit_next
visit_step_page(struct visit *v)
{
    struct thread *t = v->thread;
    const struct fetch_answer *a = fetch_answer(v->fetch);

    if (visit_hear(v) == VISIT_PARKED)
        return VISIT_PARKED;
    crumb_set(t->crumb, v->entry.url); /* until it is stored */
    if (v->has_slot)
        thread_slot_give(t, v);
    v->outcome = a->outcome;
    visit_jar_take(v);
    stats_add(&t->stats, STAT_fetch_ms, a->took_ms);
    stats_add(&t->stats, stats_of_fetch(a->took_ms), 1);
    visit_count_status(&t->stats, a->status);
    visit_set_ready(v, a->sent_ms, v->answered_ms - a->sent_ms);
    if (a->outcome == OUTCOME_OK ||
        (a->outcome == OUTCOME_TOO_BIG && a->status >= 300))
        v->outcome = outcome_of_status(a->status);
    if (v->outcome == OUTCOME_REDIRECT && a->status == 300 &&
        fetch_header(a, STR("location")).n == 0)
        v->outcome = OUTCOME_OK; /* a list to choose from, RFC 9110 15.4.1 */
    visit_back_off(v, v->outcome, a);
    if (visit_cache_is_refused(v))
        return visit_ask_again(v);
    if (v->outcome == OUTCOME_OK || v->outcome == OUTCOME_TOO_BIG) {
        struct str body;

        visit_decode(v);
        stats_add(&t->stats, STAT_bytes_decoded, (int64_t)v->decoded_bytes);
        body = visit_body(v);
        v->is_page =
            v->outcome != OUTCOME_BAD_ENCODING &&
            page_kind(fetch_header(a, STR("content-type")), body) == PAGE_HTML;
    }
    v->step = VISIT_LINKS;
    return VISIT_GO_ON;
}

/* --- STORE --- */

static bool
visit_will_retry(const struct visit *v)
{
    int status = v->fetch ? fetch_answer(v->fetch)->status : 0;

    return outcome_is_retried(v->outcome, status) &&
           (int64_t)v->entry.tries + 1 < v->thread->worker->config.tries;
}

enum visit_next
visit_step_store(struct visit *v)
{
    struct thread *t = v->thread;
    struct store_item item = {.entry = &v->entry,
                              .outcome = v->outcome,
                              .fetch = v->fetch,
                              .decoded_bytes = v->decoded_bytes,
                              .links = v->links,
                              .sitemap = str_from(v->sitemap),
                              .will_retry = visit_will_retry(v)};
    enum err e;

    item.is_of_robots = v->is_of_robots;
    item.no_address = v->no_address;
    item.known = visit_cache_known(v);
    visit_twin_lend(v, &item);
    item.metadata = visit_metadata_text(v);
    item.is_links_cut = v->is_links_cut;
    if (v->outcome == OUTCOME_OK && t->worker->saved) {
        item.body = visit_body(v);
        item.is_body_broken = v->is_body_broken;
    }
    item.exec = str_from(v->exec_how);
    v->exec_how = NULL;
    if (v->fetch && fetch_answer(v->fetch)->is_sent) {
        int64_t sent_ms = fetch_answer(v->fetch)->sent_ms;

        item.sent_ms = sent_ms + t->clock_ms;
        item.sent_error_ms = (int64_t)thread_clock_error_ms(t);
        item.spacing_ms = (int64_t)v->ready_ms - sent_ms;
    }
    if (v->outcome == OUTCOME_ROBOTS)
        item.robots_rule = buf_str(&v->note);
    else
        item.redirect = buf_str(&v->note);
    e = store_page(t->store, &item, outbox_lines(t->outbox, LINE_LOG));
    if (t->extract && v->is_page && e != ERR_NO_SPACE && e != ERR_IO)
        visit_extract(v);
    crumb_clear(t->crumb);
    visit_metadata_end(v);
    switch (e) {
    case ERR_OK:
        break;
    case ERR_NO_SPACE:
    case ERR_IO:
        worker_fail_disk(t->worker, store_trouble(t->store), errno);
        if (v->fetch)
            fetch_end(v->fetch);
        v->fetch = NULL;
        visit_end(v); /* with this entry: it is not stored */
        return VISIT_PARKED;
    default:
        log_warnx("no log line for %s", LOG_ESC(v->entry.url));
    }
    visit_cache_note(v);
    visit_twin_note(v);
    v->step = VISIT_FINISH;
    return VISIT_GO_ON;
}

/* --- FINISH --- */

static void
visit_retry(struct visit *v)
{
    struct thread *t = v->thread;
    struct entry again = v->entry;
    int64_t wait = polite_backoff_ms(&t->worker->config, v->entry.tries + 1);

    again.tries++;
    if (v->retry_after_ms >= 0)
        wait = v->retry_after_ms;
    buf_reset(&t->entry_text);
    if (entry_write(&again, &t->entry_text) != ERR_OK) {
        outbox_ack(t->outbox, v->entries[v->at], false);
        return;
    }
    outbox_retry(t->outbox, v->entries[v->at], buf_str(&t->entry_text), wait);
    stats_add(&t->stats, STAT_retries, 1);
}

/* 429, 503, or no whole answer: what an operator looks for. */
static bool
visit_is_refused(const struct visit *v)
{
    return v->outcome == OUTCOME_BUSY || v->outcome == OUTCOME_TIMEOUT ||
           v->outcome == OUTCOME_NO_CONNECT || v->outcome == OUTCOME_BROKEN ||
           v->outcome == OUTCOME_DNS_ERROR;
}

enum visit_next
visit_step_finish(struct visit *v)
{
    struct thread *t = v->thread;
    bool is_page = v->outcome == OUTCOME_OK || v->outcome == OUTCOME_TOO_BIG;

    stats_add(&t->stats, (enum stats_id)(STAT_OUTCOMES + v->outcome), 1);
    report_note(
        &t->report, v->site, v->fetch ? fetch_answer(v->fetch)->took_ms : 0,
        is_page || v->outcome == OUTCOME_NOT_MODIFIED, visit_is_refused(v));
    thread_adapt_note(t, v, visit_will_retry(v));
    v->slot_ms = 0;
    visit_end_grant(v, v->is_led_back || visit_will_retry(v));
    if (v->is_led_back)
        visit_jar_ask_again(v);
    else if (visit_will_retry(v))
        visit_retry(v);
    else
        outbox_ack(t->outbox, v->entries[v->at], is_page);
    if (v->fetch)
        fetch_end(v->fetch);
    v->fetch = NULL;
    thread_trim(t);
    v->at++;
    v->step = VISIT_ROBOTS;
    if (v->at == v->count || v->must_end || t->is_draining ||
        t->state == FRONTIER_PAUSED ||
        v->ready_ms > thread_now_ms(t) + VISIT_PAUSE_MAX_MS) {
        visit_end(v);
        return VISIT_PARKED;
    }
    return VISIT_GO_ON;
}
