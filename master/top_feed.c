/* SPDX-License-Identifier: MIT */
#include "master/top_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/frontier_top.h"
#include "common/log.h"
#include "common/mem.h"
#include "master/progress.h"
#include "master/top_read.h"

enum {
    TOP_RATE_MS = 5000,   /* rates are of the last so many */
    TOP_USUAL_MS = 5000,  /* who rests for longer is worth a look ... */
    TOP_USUAL_DELAYS = 3, /* ... if that is more than so many delays */
    TOP_ASKED = 64,       /* sites that rest longest */
    TOP_SLOW_ROUND_MS = 3000,
    TOP_TROUBLE_BYTES = 512
};

/* A thread that is asked for its report in this round. */
struct top_asked {
    char name[TOP_NAME_BYTES];
    int64_t silent_ms;
};

struct top_feed {
    struct top_feed_setup setup;
    struct conn *conn;
    struct buf request;
    struct top_sites *sites;
    struct top_view view, next; /* shown; being filled */
    char trouble[TOP_TROUBLE_BYTES];
    char down[TOP_TROUBLE_BYTES]; /* why the connection is not there */
    uint64_t down_ms;             /* since when; 0: it is */

    /* the round */
    size_t pending; /* requests of it under way */
    bool is_failed, is_second;
    uint64_t begun_ms;
    int64_t redis_ms; /* Redis's clock */
    struct top_asked asked[TOP_REPORTS];
    size_t asked_count, asked_at;
    size_t paces; /* sites whose pace is asked for */
    int64_t cpu_us;
    struct top_crawl crawl;

    /* since the crawl was first seen */
    char run[TOP_RUN_BYTES];
    struct progress_rate pages, requests, bytes, finished, cpu;
    int64_t ended_ms; /* Redis's clock when it was seen finished; 0: not */
    uint64_t rounds;
};

static void top_feed_step(struct top_feed *f);

/* --- requests --- */

static uint64_t
top_feed_now(const struct top_feed *f)
{
    return uv_now(f->setup.loop);
}

static void
top_feed_ask(struct top_feed *f, conn_reply_fn *fn)
{
    f->pending++;
    conn_send(f->conn, buf_str(&f->request), fn, f);
    buf_reset(&f->request);
}

/* Each reply ends with this; the last one brings the next step. */
static void
top_feed_done(struct top_feed *f, bool is_good)
{
    if (!is_good)
        f->is_failed = true;
    if (--f->pending == 0)
        top_feed_step(f);
}

static void
top_on_time(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;

    if (r)
        f->redis_ms = top_read_time(r);
    top_feed_done(f, r && f->redis_ms > 0);
}

static void
top_on_crawl(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;

    if (r)
        top_read_crawl(r, &f->crawl);
    top_feed_done(f, r != NULL);
}

static void
top_on_counts(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;

    top_feed_done(f, r && frontier_read_counts(r, &f->next.counts) == ERR_OK);
}

static void
top_on_stats(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;

    if (r)
        top_read_stats(r, f->next.stats);
    top_feed_done(f, r != NULL);
}

/* All threads there are; of some the report will be asked for. */
static void
top_on_workers(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;
    size_t count = r && r->type == REDIS_REPLY_ARRAY ? r->elements / 2 : 0;
    size_t first = count > TOP_REPORTS ? f->rounds * TOP_REPORTS % count : 0;
    struct frontier_worker w;

    f->asked_count = 0;
    if (r)
        top_sites_begin(f->sites, f->redis_ms);
    for (size_t i = 0; r && frontier_read_worker(r, i, &w) == ERR_OK; i++) {
        size_t place = (i + count - first) % count;
        struct top_asked *a = &f->asked[f->asked_count];

        top_sites_worker(f->sites, w.name, w.silent_ms, NULL);
        if (place >= TOP_REPORTS || f->asked_count == TOP_REPORTS ||
            w.name.n >= sizeof(a->name))
            continue;
        memcpy(a->name, w.name.p, w.name.n);
        a->name[w.name.n] = '\0';
        a->silent_ms = w.silent_ms;
        f->asked_count++;
    }
    top_feed_done(f, r != NULL);
}

/* As it is just now. */
static int64_t
top_feed_delay(const struct top_feed *f)
{
    return live_or(&f->crawl.live, LIVE_DELAY, f->setup.delay_ms);
}

/* Without what is no more than the usual delay. */
static void
top_on_due(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;

    if (r)
        top_read_due(r, f->redis_ms, top_feed_delay(f),
                     &f->next.sites[TOP_BLOCKED]);
    top_feed_done(f, r != NULL);
}

static void
top_on_orders(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;

    if (r)
        top_read_orders(r, &f->next.sites[TOP_ORDERED]);
    top_feed_done(f, r != NULL);
}

static void
top_on_orders_count(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;

    top_feed_done(f, r && frontier_read_count(
                              r, &f->next.sites[TOP_ORDERED].total) == ERR_OK);
}

static void
top_on_info(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;

    if (r)
        top_read_server(r, &f->next.server, &f->cpu_us);
    top_feed_done(f, r != NULL);
}

static void
top_on_report(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;
    const struct top_asked *a = &f->asked[f->asked_at++];
    struct top_report report;

    if (r && r->type == REDIS_REPLY_STRING &&
        top_report_read((struct str){r->str, r->len}, &report))
        top_sites_worker(f->sites, str_from(a->name), a->silent_ms, &report);
    top_feed_done(f, r != NULL);
}

static void
top_on_pace(void *arg, const redisReply *r)
{
    struct top_feed *f = arg;

    if (r)
        top_read_pace(r, &f->next.sites[TOP_BLOCKED], f->paces);
    top_feed_done(f, r != NULL);
}

/* --- a round --- */

static void
top_feed_first(struct top_feed *f)
{
    const struct frontier *frontier = f->setup.frontier;

    memset(&f->next, 0, sizeof(f->next));
    f->is_failed = false;
    f->is_second = false;
    f->begun_ms = top_feed_now(f);
    f->pending = 1; /* none of these is the last yet */
    resp_begin(&f->request, 1);
    resp_arg(&f->request, STR("TIME"));
    top_feed_ask(f, top_on_time); /* the others use it: the first reply */
    frontier_form_crawl_get(frontier, &f->request);
    top_feed_ask(f, top_on_crawl);
    frontier_form_counts(frontier, &f->request);
    top_feed_ask(f, top_on_counts);
    frontier_form_stats_get(frontier, &f->request);
    top_feed_ask(f, top_on_stats);
    frontier_form_workers(frontier, &f->request);
    top_feed_ask(f, top_on_workers);
    frontier_form_due_last(frontier, &f->request, TOP_ASKED);
    top_feed_ask(f, top_on_due);
    frontier_form_orders_some(frontier, &f->request, TOP_ROWS_MAX);
    top_feed_ask(f, top_on_orders);
    frontier_form_orders_count(frontier, &f->request);
    top_feed_ask(f, top_on_orders_count);
    if (f->setup.has_info) {
        resp_begin(&f->request, 1);
        resp_arg(&f->request, STR("INFO"));
        top_feed_ask(f, top_on_info);
    }
    top_feed_done(f, true);
}

static void
top_feed_second(struct top_feed *f)
{
    const struct top_sites_list *blocked = &f->next.sites[TOP_BLOCKED];
    struct str names[TOP_ROWS_MAX];

    f->is_second = true;
    f->pending = 1;
    f->asked_at = 0;
    for (size_t i = 0; i < f->asked_count; i++) {
        frontier_form_worker_info(f->setup.frontier, &f->request,
                                  str_from(f->asked[i].name));
        top_feed_ask(f, top_on_report);
    }
    f->paces = blocked->count;
    for (size_t i = 0; i < f->paces; i++)
        names[i] = str_from(blocked->rows[i].name);
    if (f->paces > 0) {
        frontier_form_pace_get(f->setup.frontier, &f->request, names, f->paces);
        top_feed_ask(f, top_on_pace);
    }
    top_feed_done(f, true);
}

/* --- the view --- */

/* Another crawl of that name has begun: nothing of the old one counts. */
static void
top_feed_renew(struct top_feed *f)
{
    memcpy(f->run, f->crawl.run, sizeof(f->run));
    top_sites_free(f->sites);
    f->sites = top_sites_new();
    memset(&f->pages, 0, sizeof(f->pages));
    memset(&f->requests, 0, sizeof(f->requests));
    memset(&f->bytes, 0, sizeof(f->bytes));
    memset(&f->finished, 0, sizeof(f->finished));
    memset(&f->cpu, 0, sizeof(f->cpu));
    f->ended_ms = 0;
    f->rounds = 0;
}

/*
 * Time stops for a crawl that we saw end; of one that had ended before nobody
 * knows when.
 */
static int64_t
top_feed_elapsed(struct top_feed *f)
{
    int64_t now_ms = f->redis_ms;

    if (f->crawl.started_s == 0)
        return -1;
    if (f->next.counts.state != FRONTIER_FINISHED) {
        f->ended_ms = 0;
    } else {
        if (f->rounds == 0)
            f->ended_ms = -1;
        else if (f->ended_ms == 0)
            f->ended_ms = now_ms;
        if (f->ended_ms < 0)
            return -1;
        now_ms = f->ended_ms;
    }
    now_ms -= f->crawl.started_s * 1000;
    return now_ms > 0 ? now_ms : 0;
}

static double
top_feed_rate(struct progress_rate *r, uint64_t now_ms, int64_t value)
{
    double rate;

    progress_rate_add(r, now_ms, value);
    rate = progress_rate_get(r, TOP_RATE_MS);
    return rate > 0 ? rate : 0; /* Redis may have forgotten its last second */
}

static void
top_feed_rates(struct top_feed *f, struct top_view *v)
{
    int64_t pages = v->stats[STAT_pages];
    int64_t requests = v->stats[STAT_fetches] + v->stats[STAT_robots_fetches];
    int64_t bytes = v->stats[STAT_bytes_received];
    uint64_t now = top_feed_now(f);
    double cpu;

    v->now.pages = top_feed_rate(&f->pages, now, pages);
    v->now.requests = top_feed_rate(&f->requests, now, requests);
    v->now.bytes = top_feed_rate(&f->bytes, now, bytes);
    v->finished_per_s =
        top_feed_rate(&f->finished, now, (int64_t)v->counts.finished);
    if (v->elapsed_ms > 0) {
        v->mean.pages = (double)pages * 1000 / (double)v->elapsed_ms;
        v->mean.requests = (double)requests * 1000 / (double)v->elapsed_ms;
        v->mean.bytes = (double)bytes * 1000 / (double)v->elapsed_ms;
    }
    if (!v->server.is_known)
        return;
    cpu = top_feed_rate(&f->cpu, now, f->cpu_us);
    if (f->rounds == 0)
        return; /* one point is no rate */
    v->server.cpu_share = cpu / 1e6;
    if (v->now.pages > 0.5)
        v->server.cpu_ms_per_page = cpu / 1000 / v->now.pages;
}

static void
top_feed_finish(struct top_feed *f)
{
    int64_t usual = top_feed_delay(f) * TOP_USUAL_DELAYS;
    struct top_view *v = &f->next;

    if (usual < TOP_USUAL_MS)
        usual = TOP_USUAL_MS;
    top_sites_end(f->sites);
    v->has_numbers = true;
    v->elapsed_ms = top_feed_elapsed(f);
    v->max_pages = f->setup.max_pages;
    top_feed_rates(f, v);
    top_sites_view(f->sites, v);
    top_keep_blocked(&v->sites[TOP_BLOCKED], usual);
    top_join(f->sites, v);
    f->view = *v;
    f->rounds++;
}

/* --- steps --- */

static void
top_feed_trouble(struct top_feed *f)
{
    uint64_t now = top_feed_now(f);
    char time[PROGRESS_TEXT_BYTES];

    f->trouble[0] = '\0';
    if (f->down_ms != 0)
        snprintf(f->trouble, sizeof(f->trouble),
                 "Redis is away since %s (%.300s); trying again",
                 progress_time(now - f->down_ms, time), f->down);
    else if (f->pending > 0 && now - f->begun_ms > TOP_SLOW_ROUND_MS)
        snprintf(f->trouble, sizeof(f->trouble),
                 "Redis has not answered for %s; the numbers are old",
                 progress_time(now - f->begun_ms, time));
    else if (f->view.has_numbers && f->view.counts.state == FRONTIER_NONE)
        snprintf(f->trouble, sizeof(f->trouble),
                 "Redis holds no crawl of this name any more");
    f->view.name = f->setup.name;
    f->view.delay_ms = top_feed_delay(f);
    f->view.live = f->crawl.live;
    f->view.trouble = f->trouble[0] ? f->trouble : NULL;
}

static void
top_feed_show(struct top_feed *f)
{
    top_feed_trouble(f);
    f->setup.on_view(f->setup.arg);
}

static void
top_feed_step(struct top_feed *f)
{
    if (f->is_failed) {
        top_feed_show(f);
    } else if (!f->is_second) {
        if (strcmp(f->run, f->crawl.run) != 0) {
            if (f->rounds > 0) /* its workers are not of the new crawl */
                f->asked_count = 0;
            top_feed_renew(f);
            top_sites_begin(f->sites, f->redis_ms);
        }
        top_feed_second(f);
    } else {
        top_feed_finish(f);
        top_feed_show(f);
    }
}

void
top_feed_tick(struct top_feed *f)
{
    if (f->pending == 0 && conn_is_up(f->conn))
        top_feed_first(f);
    else
        top_feed_show(f);
}

/* --- birth and end --- */

static void
top_feed_on_up(void *arg)
{
    struct top_feed *f = arg;

    f->down_ms = 0;
    top_feed_tick(f);
}

static void
top_feed_on_down(void *arg, const char *why)
{
    struct top_feed *f = arg;

    if (f->down_ms == 0)
        f->down_ms = top_feed_now(f);
    snprintf(f->down, sizeof(f->down), "%.300s", LOG_ESC(str_from(why)));
}

struct top_feed *
top_feed_open(const struct top_feed_setup *setup)
{
    struct top_feed *f = xcalloc(1, sizeof(*f));
    struct conn_events events = {
        .on_up = top_feed_on_up, .on_down = top_feed_on_down, .arg = f};

    f->setup = *setup;
    buf_init(&f->request, FRONTIER_REQUEST_MAX);
    f->sites = top_sites_new();
    f->view.elapsed_ms = -1;
    live_init(&f->crawl.live);
    live_init(&f->view.live);
    f->view.name = setup->name;
    f->conn = conn_open(setup->loop, setup->url, &events);
    return f;
}

static void
top_feed_ignore(void *arg)
{
    (void)arg;
}

void
top_feed_close(struct top_feed *f)
{
    f->setup.on_view = top_feed_ignore;
    conn_close(f->conn);
    top_sites_free(f->sites);
    buf_fini(&f->request);
    free(f);
}

const struct top_view *
top_feed_view(const struct top_feed *f)
{
    return &f->view;
}

uint64_t
top_feed_rounds(const struct top_feed *f)
{
    return f->rounds;
}

bool
top_feed_is_up(const struct top_feed *f)
{
    return conn_is_up(f->conn);
}

struct buf *
top_feed_request(struct top_feed *f)
{
    return &f->request;
}

bool
top_feed_send(struct top_feed *f, conn_reply_fn *fn, void *arg)
{
    bool is_up = conn_is_up(f->conn);

    if (is_up)
        conn_send(f->conn, buf_str(&f->request), fn, arg);
    buf_reset(&f->request);
    return is_up;
}
