/* SPDX-License-Identifier: MIT */
#include "worker/thread.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/disk.h"
#include "common/entry.h"
#include "common/fingerprint.h"
#include "common/frontier_cache.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/site.h"
#include "worker/polite.h"
#include "worker/thread_parts.h"
#include "worker/visit.h"

enum {
    THREAD_FLUSH_MS = 50,          /* acks gather this long at most */
    THREAD_FLUSH_SIZE = 64,        /* or this many */
    THREAD_DRAIN_MS = 8000,        /* of the 10 s that a stop may take */
    THREAD_LEAVE_MS = 1500,        /* to tell Redis after that */
    THREAD_KEEP_BYTES = 256 * 1024 /* of scratch, from page to page */
};

uint64_t
thread_now_ms(const struct thread *t)
{
    (void)t;
    return uv_hrtime() / 1000000;
}

/* Also counts the time in which the machine sleeps. */
uint64_t
thread_boot_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool
thread_has_lease(const struct thread *t)
{
    return thread_boot_ms() < t->lease_until_ms;
}

bool
thread_may_fetch(const struct thread *t)
{
    return thread_has_lease(t) && fetcher_has_room(t->fetcher) &&
           !outage_is_on(t->worker->outage) &&
           (t->exec == NULL || !exec_is_full(t->exec));
}

static bool
thread_gate(void *arg)
{
    return thread_has_lease(arg);
}

void
thread_trim(struct thread *t)
{
    if (t->body.cap <= THREAD_KEEP_BYTES)
        return;
    buf_fini(&t->body);
    t->body_of = NULL;
}

/* xorshift64*: for jitter, not for secrets. */
uint64_t
thread_random(struct thread *t)
{
    t->random ^= t->random >> 12;
    t->random ^= t->random << 25;
    t->random ^= t->random >> 27;
    return t->random * 0x2545f4914f6cdd1du >> 16;
}

/* --- queues of visits --- */

void
visit_queue_init(struct visit_queue *q)
{
    q->first = NULL;
    q->last = &q->first;
}

void
visit_queue_push(struct visit_queue *q, struct visit *v)
{
    assert(!v->is_queued);
    v->is_queued = true;
    v->next = NULL;
    *q->last = v;
    q->last = &v->next;
}

struct visit *
visit_queue_pop(struct visit_queue *q)
{
    struct visit *v = q->first;

    if (v) {
        q->first = v->next;
        if (q->first == NULL)
            q->last = &q->first;
        v->is_queued = false;
    }
    return v;
}

void
visit_queue_remove(struct visit_queue *q, struct visit *v)
{
    for (struct visit **p = &q->first; *p; p = &(*p)->next)
        if (*p == v) {
            *p = v->next;
            if (*p == NULL)
                q->last = p;
            v->is_queued = false;
            return;
        }
}

void
thread_ready(struct thread *t, struct visit *v)
{
    visit_queue_push(&t->ready, v);
}

static void
thread_slot_begin(struct thread *t, struct visit *v)
{
    t->slots_used++;
    v->has_slot = true;
    v->slot_load = t->slots_used;
    v->slot_ms = thread_now_ms(t);
}

bool
thread_slot_take(struct thread *t, struct visit *v)
{
    if (t->slots_used < t->slots) {
        thread_slot_begin(t, v);
        return true;
    }
    visit_queue_push(&t->slot_queue, v);
    return false;
}

void
thread_slot_give(struct thread *t, struct visit *v)
{
    v->has_slot = false;
    t->slots_used--;
    thread_set_slots(t, t->slots);
}

void
thread_set_slots(struct thread *t, size_t slots)
{
    if (slots != t->slots)
        fetcher_set_sockets(t->fetcher, slots, t->sockets);
    t->slots = slots;
    while (t->slots_used < t->slots) {
        struct visit *next = visit_queue_pop(&t->slot_queue);

        if (next == NULL)
            return;
        thread_slot_begin(t, next);
        thread_ready(t, next);
    }
}

/* --- draining --- */

/* What only waits goes back; transfers come to their end. */
static void
thread_give_back(struct thread *t)
{
    struct visit *v, *after;

    for (v = t->visits; v; v = after) {
        after = v->after;
        if (!visit_is_busy(v))
            visit_give_back(v);
    }
}

static void
thread_drain(struct thread *t)
{
    t->is_draining = true;
    outbox_hurry(t->outbox);
    t->drain_until_ms = thread_now_ms(t) + THREAD_DRAIN_MS;
    thread_give_back(t);
}

static bool
thread_must_drain(struct thread *t)
{
    int stop = atomic_load(&t->worker->stop);

    return stop != WORKER_RUNS || t->state == FRONTIER_STOPPING ||
           t->state == FRONTIER_FINISHED;
}

/* Everything that can be told was told, or the time is over. */
static bool
thread_is_drained(struct thread *t)
{
    uint64_t now = thread_now_ms(t);

    if (atomic_load(&t->worker->stop) == WORKER_ENDS)
        return true;
    if (now >= t->drain_until_ms) {
        while (t->visits)
            visit_give_back(t->visits);
        if (now >= t->drain_until_ms + THREAD_LEAVE_MS)
            return true;
    }
    if (t->exec && t->visits_count == 0 && !exec_finish(t->exec))
        return false;
    if (t->visits_count > 0 || t->is_claiming || t->is_beating ||
        t->is_mending || outbox_has_news(t->outbox) ||
        outbox_pending(t->outbox) > 0)
        return false;
    if (thread_has_untold(t))
        t->beat_at_ms = 0; /* the last one, in the next turn */
    else
        thread_part(t);
    return t->has_parted;
}

/* --- a turn of the loop --- */

static void
thread_flush(struct thread *t)
{
    uint64_t now = thread_now_ms(t);
    bool is_idle = t->slots_used == 0 && t->ready.first == NULL;

    if (!outbox_has_news(t->outbox)) {
        t->flush_at_ms = 0;
    } else if (t->flush_at_ms == 0) {
        t->flush_at_ms = now + THREAD_FLUSH_MS;
    }
    if (outbox_has_news(t->outbox) &&
        (is_idle || now >= t->flush_at_ms ||
         outbox_size(t->outbox) >= THREAD_FLUSH_SIZE)) {
        outbox_flush(t->outbox);
        t->flush_at_ms = 0;
    }
    outbox_look_at_disk(t->outbox);
    outbox_flush_releases(t->outbox);
}

static void
thread_on_alarm(uv_timer_t *alarm)
{
    (void)alarm; /* it only brings the next turn */
}

/* The next moment at which there is something to do without being told. */
static void
thread_set_alarm(struct thread *t)
{
    uint64_t now = thread_now_ms(t), at = t->beat_at_ms;
    uint64_t claim_at =
        t->claim_at_ms > t->claim_rest_ms ? t->claim_at_ms : t->claim_rest_ms;

    if (t->flush_at_ms != 0 && t->flush_at_ms < at)
        at = t->flush_at_ms;
    if (!t->is_draining && !t->is_claiming && thread_wants_visits(t) > 0 &&
        claim_at < at)
        at = claim_at;
    if (t->is_draining && t->drain_until_ms > now && t->drain_until_ms < at)
        at = t->drain_until_ms;
    if (t->is_draining && at > now + 20)
        at = now + 20;
    uv_timer_start(&t->alarm, thread_on_alarm, at > now ? at - now : 1, 0);
}

static void
thread_leave(struct thread *t)
{
    uv_prepare_stop(&t->turn);
    uv_timer_stop(&t->alarm);
    uv_stop(&t->loop);
}

static void
thread_on_turn(uv_prepare_t *turn)
{
    struct thread *t = turn->data;
    struct visit *v;

    atomic_store_explicit(&t->turned_ms, thread_now_ms(t),
                          memory_order_relaxed);
    if (!t->is_draining && thread_must_drain(t))
        thread_drain(t);
    thread_look_at_outage(t);
    if (t->state == FRONTIER_PAUSED || outage_is_on(t->worker->outage))
        thread_give_back(t);
    while ((v = visit_queue_pop(&t->ready)))
        visit_run(v);
    thread_adapt(t);
    if (conn_is_up(t->conn)) {
        thread_mend(t);
        thread_beat(t);
        if (!t->is_draining)
            thread_claim(t);
    }
    if (t->twin_queue.first)
        thread_ask_twins(t);
    thread_flush(t);
    if (t->is_draining && thread_is_drained(t)) {
        thread_leave(t);
        return;
    }
    thread_set_alarm(t);
}

static void
thread_on_wake(uv_async_t *wake)
{
    (void)wake;
}

void
thread_wake(struct thread *t)
{
    uv_async_send(&t->wake);
}

void *
thread_main(void *arg)
{
    struct thread *t = arg;

    t->beat_at_ms = thread_now_ms(t);
    uv_run(&t->loop, UV_RUN_DEFAULT);
    atomic_store_explicit(&t->turned_ms, UINT64_MAX, memory_order_relaxed);
    return NULL;
}

/* --- birth and end --- */

static void
thread_on_log_noted(void *arg, const redisReply *reply)
{
    (void)arg; /* a full Redis: the next crawl asks for pages whole */
    (void)reply;
}

/*
 * --cache: a later crawl finds this one's URLs in its logs, and must know
 * whether it has them all.  Before the first claim, so before any line.
 */
static void
thread_note_log(struct thread *t)
{
    char generation[24];

    snprintf(generation, sizeof(generation), "%" PRIu64, t->worker->generation);
    frontier_form_cached_set(t->frontier, &t->request,
                             str_from(t->worker->identity),
                             str_from(generation));
    conn_offer(t->conn, buf_str(&t->request), thread_on_log_noted, t);
    buf_reset(&t->request);
}

static void
thread_on_up(void *arg)
{
    struct thread *t = arg;

    if (t->worker->config.cache)
        thread_note_log(t);

    if (stats_get(&t->stats, STAT_redis_breaks) > 0) {
        thread_rest(t);
        t->up_at_ms = thread_now_ms(t);
        t->has_break_to_note = true;
    }
    outbox_up(t->outbox);
    t->beat_at_ms = 0;
}

/* A full Redis refused links: once more. */
static void
thread_on_room(void *arg)
{
    outbox_up(((struct thread *)arg)->outbox);
}

static void
thread_on_down(void *arg, const char *why)
{
    struct thread *t = arg;
    const char *words;

    /* of all else the worker's talk has spoken, once for all threads */
    if (conn_trouble(t->conn, &words) == REDIS_UNSAVED)
        worker_fail_redis(t->worker, str_from(why));
    stats_add(&t->stats, STAT_redis_breaks, 1);
    memset(t->known_tags, 0, sizeof(t->known_tags));
    robots_cache_untell(t->robots);
    outbox_down(t->outbox);
    t->has_to_mend = true;
    t->is_mending = false;
    t->down_at_ms = thread_now_ms(t);
}

static void
thread_on_new(void *arg, uint64_t count)
{
    struct thread *t = arg;

    (void)count;
    t->claim_wait_ms = 0; /* there is something to be had again */
    t->claim_at_ms = 0;
}

static void
thread_on_disk(void *arg, int error)
{
    struct thread *t = arg;

    worker_fail_disk(t->worker, "write the crawl log", error);
}

static void
thread_buffers_init(struct thread *t)
{
    const struct config *c = &t->worker->config;

    buf_init(&t->body, (size_t)c->max_filesize);
    buf_init(&t->url_text, (size_t)c->max_url_length);
    buf_init(&t->base_text, (size_t)c->max_url_length);
    buf_init(&t->entry_text, ENTRY_MAX_BYTES);
    buf_init(&t->robots_text, 2 * ROBOTS_MAX_BYTES);
    buf_init(&t->request, 16 << 20);
    buf_init(&t->report_text, 2 * REPORT_BYTES);
    report_init(&t->report, thread_now_ms(t));
    visit_queue_init(&t->ready);
    visit_queue_init(&t->slot_queue);
    visit_queue_init(&t->twin_queue);
}

static void
thread_loop_init(struct thread *t)
{
    uv_loop_init(&t->loop);
    thread_adapt_open(t);
    uv_async_init(&t->loop, &t->wake, thread_on_wake);
    uv_prepare_init(&t->loop, &t->turn);
    uv_timer_init(&t->loop, &t->alarm);
    t->turn.data = t;
    uv_prepare_start(&t->turn, thread_on_turn);
}

/* Said once for all threads. */
static void
thread_crumb_init(struct thread *t)
{
    const struct worker *w = t->worker;

    if (crumb_open(w->folder, (struct crumb_crawl){w->config.name, w->run},
                   t->identity, &t->crumb) != ERR_OK &&
        t->index == 0)
        log_warn("%s/crumb cannot be written: a page that kills workers will "
                 "not be found out",
                 LOG_ESC(str_from(w->folder)));
}

/* What answers are read with. */
static void
thread_readers_init(struct thread *t)
{
    const struct worker *w = t->worker;

    t->decoder = decoder_new();
    t->robots = robots_cache_new(w->agent_token, polite_failure_ms(&w->config));
    t->links = links_new();
    if (w->extract)
        t->extract = extract_new(w->extract, (size_t)w->config.max_filesize);
    t->sitemap = sitemap_new((size_t)w->config.max_filesize);
    t->scope_match = scope_match_new(w->scope);
}

enum err
thread_init(struct thread *t, struct worker *w, unsigned index,
            char why[CONFIG_WHY_BYTES])
{
    struct conn_events events = {.on_up = thread_on_up,
                                 .on_down = thread_on_down,
                                 .on_room = thread_on_room,
                                 .arg = t,
                                 .talk = w->talk};
    struct outbox_setup setup = {.seen = w->seen,
                                 .files = w->files,
                                 .syncer = w->syncer,
                                 .per_site = (unsigned)w->config.per_site,
                                 .dedup_memory = w->config.dedup_memory,
                                 .on_new = thread_on_new,
                                 .on_disk = thread_on_disk,
                                 .arg = t};

    memset(t, 0, sizeof(*t));
    t->worker = w;
    t->slots = (size_t)w->config.connections;
    t->sockets = w->sockets;
    live_init(&t->live);
    t->delay_ms = t->rest_ms = w->config.delay;
    t->index = index;
    t->state = FRONTIER_RUNNING;
    snprintf(t->identity, sizeof(t->identity), "%s-%u", w->identity, index);
    t->random = fingerprint(str_from(t->identity)) | 1;
    thread_buffers_init(t);
    thread_loop_init(t);
    if (frontier_new(w->config.name, t->identity, &t->frontier) != ERR_OK) {
        snprintf(why, CONFIG_WHY_BYTES, "name: not of [A-Za-z0-9._-]");
        return ERR_INVALID;
    }
    if (resolve_new(&t->loop, &w->config, &t->stats, &t->resolve, why) !=
            ERR_OK ||
        fetcher_new(&t->loop, &w->config, w->user_agent.p, t->resolve,
                    &t->stats, &t->fetcher, why) != ERR_OK)
        return ERR_INVALID;
    fetcher_set_gate(t->fetcher, thread_gate, t);
    fetcher_set_bounds(t->fetcher, &w->bodies, w->sockets);
    fetcher_set_proxies(t->fetcher, w->proxies);
    fetcher_set_rate(t->fetcher, &w->rate);
    t->conn = conn_open(&t->loop, &w->redis, &events);
    setup.frontier = t->frontier;
    setup.conn = t->conn;
    setup.stats = &t->stats;
    t->outbox = outbox_new(&setup);
    t->store = store_new(w, index, t->identity, &t->stats);
    if (w->warc && w->config.warc_dns)
        thread_keep_dns(t);
    thread_crumb_init(t);
    thread_readers_init(t);
    if (w->config.exec)
        visit_exec_open(t);
    return ERR_OK;
}

void
thread_fini(struct thread *t)
{
    while (t->visits)
        visit_give_back(t->visits); /* Redis hears no more of it */
    conn_close(t->conn);
    thread_end_outage(t);
    resolve_close(t->resolve);
    fetcher_close(t->fetcher);
    exec_close(t->exec);
    uv_close((uv_handle_t *)&t->wake, NULL);
    uv_close((uv_handle_t *)&t->turn, NULL);
    uv_close((uv_handle_t *)&t->alarm, NULL);
    uv_run(&t->loop, UV_RUN_DEFAULT);
    uv_loop_close(&t->loop);
    outbox_free(t->outbox);
    store_free(t->store);
    crumb_close(t->crumb);
    decoder_free(t->decoder);
    robots_cache_free(t->robots);
    links_free(t->links);
    extract_free(t->extract);
    sitemap_free(t->sitemap);
    scope_match_free(t->scope_match);
    visit_exec_close(t);
    frontier_free(t->frontier);
    buf_fini(&t->body);
    buf_fini(&t->url_text);
    buf_fini(&t->base_text);
    buf_fini(&t->entry_text);
    buf_fini(&t->robots_text);
    buf_fini(&t->request);
    buf_fini(&t->report_text);
}
