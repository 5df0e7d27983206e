/* SPDX-License-Identifier: MIT */
#include "master/seeding.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/entry.h"
#include "common/fingerprint.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/site.h"
#include "common/url.h"
#include "master/recrawl_log.h"

enum {
    SEEDING_AHEAD = 16, /* batches made and not confirmed: some 2 MB */
    SEEDING_BATCH_BYTES = FRONTIER_ADD_MAX * (ENTRY_MAX_BYTES + 128)
};

/* One add on its way. */
struct seed_batch {
    struct seed_batch *next;
    struct buf request;
    uint64_t row;
    size_t count;
    bool is_sent;
    struct seeding *owner;
};

struct seeding {
    /* owned by the loop's thread */
    struct seeding_options options;
    uv_async_t wake;
    pthread_t thread;
    size_t under_way;
    uint64_t row, confirmed, added;
    bool is_stopped;

    atomic_bool is_slow; /* the thread may be waiting for a list */

    struct scope *scope; /* read-only; NULL without logs */

    /* shared, guarded by mtx */
    pthread_mutex_t mtx;
    pthread_cond_t room;
    struct seed_batch *first, **last; /* made, in order; then sent, ... */
    size_t batches;
    struct seed_counts counts;
    uint64_t again;
    bool is_read;   /* to the end */
    bool is_ending; /* the thread is to leave */

    /* the batch being filled, guarded by mtx */
    struct buf entries;
    struct {
        size_t end; /* of its entry, in entries */
        uint64_t fingerprint, host;
        bool is_seed;
    } items[FRONTIER_ADD_MAX];
    size_t count;
    uint64_t filled_row;
};

/* --- both threads, under the lock --- */

/* The rows gathered so far become a request. */
static void
seeding_seal(struct seeding *s)
{
    static _Thread_local struct frontier_item items[FRONTIER_ADD_MAX];
    struct seed_batch *batch;
    size_t begin = 0;

    if (s->count == 0)
        return;
    for (size_t i = 0; i < s->count; i++) {
        items[i] = (struct frontier_item){
            .entry = {s->entries.p + begin, s->items[i].end - begin},
            .fingerprint = s->items[i].fingerprint,
            .host = s->items[i].host,
            .place = FRONTIER_LAST,
            .is_seed = s->items[i].is_seed};
        begin = s->items[i].end;
    }
    batch = xcalloc(1, sizeof(*batch));
    buf_init(&batch->request, SEEDING_BATCH_BYTES);
    frontier_form_add(s->options.frontier, &batch->request, items, s->count,
                      s->filled_row);
    batch->row = s->filled_row;
    batch->count = s->count;
    batch->owner = s;
    *s->last = batch;
    s->last = &batch->next;
    s->batches++;
    s->count = 0;
    buf_reset(&s->entries);
}

static void
seeding_wake(struct seeding *s)
{
    if (!s->is_ending)
        uv_async_send(&s->wake);
}

/* --- the thread --- */

/*
 * What is shared with the rest of the program (the site list, the frontier) is
 * touched under the lock only and not any more once is_ending is set: a thread
 * that seeding_stop() had to leave behind may come back at any time.
 */
static void
seeding_add_entry(struct seeding *s, struct entry *entry, struct str its_host,
                  uint64_t host, bool is_seed, uint64_t row)
{
    uint64_t print = fingerprint(entry->url);

    pthread_mutex_lock(&s->mtx);
    if (s->is_ending)
        goto out;
    entry->site = site_of_host(its_host);
    if (entry_write(entry, &s->entries) == ERR_OK) {
        s->items[s->count].end = s->entries.n;
        s->items[s->count].fingerprint = print;
        s->items[s->count].host = host;
        s->items[s->count].is_seed = is_seed;
        s->count++;
        s->filled_row = row;
    }
    s->again += !is_seed;
    if (s->count == 1)
        seeding_wake(s);
    if (s->count == FRONTIER_ADD_MAX) {
        seeding_seal(s);
        seeding_wake(s);
        while (s->batches >= SEEDING_AHEAD && !s->is_ending)
            pthread_cond_wait(&s->room, &s->mtx);
    }
out:
    pthread_mutex_unlock(&s->mtx);
}

static void
seeding_add(struct seeding *s, const struct seed *seed)
{
    struct entry entry = {.url = seed->url};

    seeding_add_entry(s, &entry, seed->host,
                      s->options.notes_hosts ? fingerprint(seed->host) : 0,
                      true, seed->row);
}

/*
 * As the link that it was then: with --no-span-hosts it may leave its host
 * only where worker/visit_links.c lets it.
 */
static void
seeding_add_again(struct seeding *s, const struct recrawl_url *u, uint64_t row)
{
    struct entry entry = {.url = u->url.text,
                          .depth = u->depth,
                          .hops = u->hops,
                          .referrer = u->referrer};
    bool is_free = !s->options.notes_hosts || (u->depth == 0 && u->hops > 0);
    struct url from;

    if (!is_free && url_split(u->referrer, &from) == ERR_OK)
        is_free = str_equal(from.host, u->url.host);
    seeding_add_entry(s, &entry, u->url.host,
                      is_free ? 0 : fingerprint(u->url.host), false, row);
}

/* False when it is time to leave. */
static bool
seeding_note_counts(struct seeding *s, const struct seeds *seeds,
                    uint64_t logs_failed, bool is_end)
{
    bool goes_on;

    pthread_mutex_lock(&s->mtx);
    seeds_counts(seeds, &s->counts);
    s->counts.lists_failed += logs_failed;
    if (is_end) {
        s->is_read = true;
        seeding_wake(s);
    }
    goes_on = !s->is_ending;
    pthread_mutex_unlock(&s->mtx);
    return goes_on;
}

/* The URLs of the crawl before, as rows behind those of the lists. */
static void
seeding_run_again(struct seeding *s, const struct seeds *seeds)
{
    struct recrawl_log *log;
    enum recrawl_next next = RECRAWL_NEXT_URL;
    uint64_t failed = 0, before = seeds_passed(seeds);
    struct recrawl_url url;
    const struct config *settings = s->options.seeds.settings;
    bool goes_on = true;

    log = recrawl_log_new(s->options.logs, s->options.logs_count, s->scope,
                          settings && settings->ftp);
    for (unsigned i = 0; goes_on && next != RECRAWL_NEXT_END; i++) {
        next = recrawl_log_next(log, &url);
        failed += next == RECRAWL_NEXT_ERROR;
        if (next == RECRAWL_NEXT_URL &&
            before + url.row > s->options.seeds.skip_rows)
            seeding_add_again(s, &url, before + url.row);
        if (next != RECRAWL_NEXT_URL || i % 256 == 0)
            goes_on =
                seeding_note_counts(s, seeds, failed, next == RECRAWL_NEXT_END);
    }
    recrawl_log_free(log);
}

static void *
seeding_run(void *arg)
{
    struct seeding *s = arg;
    struct seeds *seeds = seeds_open(&s->options.seeds);
    enum seed_next next = SEED_NEXT_SEED;
    struct seed seed;
    bool goes_on = true;

    for (unsigned i = 0; goes_on && next != SEED_NEXT_END; i++) {
        if (next != SEED_NEXT_SEED || i % 256 == 0)
            atomic_store(&s->is_slow, seeds_is_slow(seeds));
        next = seeds_next(seeds, &seed);
        if (next == SEED_NEXT_SEED)
            seeding_add(s, &seed);
        if (next != SEED_NEXT_SEED || i % 256 == 0)
            goes_on = seeding_note_counts(s, seeds, 0,
                                          next == SEED_NEXT_END && !s->scope);
    }
    atomic_store(&s->is_slow, false);
    if (goes_on && s->scope)
        seeding_run_again(s, seeds);
    seeds_close(seeds);
    return NULL;
}

/* --- the loop's side --- */

static void
seeding_on_added(void *arg, const redisReply *reply)
{
    struct seed_batch *batch = arg;
    struct seeding *s = batch->owner;
    uint64_t added;

    s->under_way--;
    if (s->is_stopped) { /* the last reply frees what it belongs to */
        buf_fini(&batch->request);
        free(batch);
        if (s->under_way == 0)
            free(s);
        return;
    }
    /* A full Redis may refuse one and take the next: that comes again too,
     * behind it, because the row that Redis notes is the last one's. */
    if (reply == NULL || batch != s->first ||
        frontier_read_add(reply, &added) != ERR_OK) {
        batch->is_sent = false; /* again, in its turn */
        return;
    }
    pthread_mutex_lock(&s->mtx);
    s->first = batch->next; /* replies come in the order of requests */
    if (s->first == NULL)
        s->last = &s->first;
    s->batches--;
    pthread_cond_signal(&s->room);
    pthread_mutex_unlock(&s->mtx);
    s->row = batch->row;
    s->confirmed += batch->count;
    s->added += added;
    buf_fini(&batch->request);
    free(batch);
    s->options.on_change(s->options.arg);
}

static struct seed_batch *
seeding_first_unsent(struct seeding *s)
{
    struct seed_batch *batch;

    pthread_mutex_lock(&s->mtx);
    if (s->batches == 0) /* else it may fill up meanwhile */
        seeding_seal(s);
    for (batch = s->first; batch && batch->is_sent; batch = batch->next)
        ;
    pthread_mutex_unlock(&s->mtx);
    return batch;
}

void
seeding_pump(struct seeding *s, struct conn *conn)
{
    while (s->under_way < SEEDING_UNDER_WAY && conn_is_up(conn)) {
        struct seed_batch *batch = seeding_first_unsent(s);

        if (batch == NULL)
            return;
        batch->is_sent = true;
        s->under_way++;
        conn_offer(conn, buf_str(&batch->request), seeding_on_added, batch);
    }
}

static void
seeding_on_wake(uv_async_t *wake)
{
    struct seeding *s = wake->data;

    s->options.on_change(s->options.arg);
}

/* A thread that is left behind may outlive its caller's strings. */
static void
seeding_own_lists(struct seeding *s)
{
    struct seed_options *o = &s->options.seeds;
    char **lists = xcalloc(o->count + 1, sizeof(*lists));

    for (size_t i = 0; i < o->count; i++)
        lists[i] = xstrdup(o->lists[i]);
    o->lists = lists;
    lists = xcalloc(s->options.logs_count + 1, sizeof(*lists));
    for (size_t i = 0; i < s->options.logs_count; i++)
        lists[i] = xstrdup(s->options.logs[i]);
    s->options.logs = lists;
    o->scheme = o->scheme ? xstrdup(o->scheme) : NULL;
}

struct seeding *
seeding_start(uv_loop_t *loop, const struct seeding_options *options)
{
    struct seeding *s = xcalloc(1, sizeof(*s));
    char why[CONFIG_WHY_BYTES];
    sigset_t all, old;
    int e;

    s->options = *options;
    seeding_own_lists(s);
    if (options->logs_count > 0 &&
        scope_new(options->config, &s->scope, why) != ERR_OK)
        fatalx("%s", why); /* config_check() has let it pass */
    s->last = &s->first;
    buf_init(&s->entries, SEEDING_BATCH_BYTES);
    uv_async_init(loop, &s->wake, seeding_on_wake);
    s->wake.data = s;
    pthread_mutex_init(&s->mtx, NULL);
    pthread_cond_init(&s->room, NULL);
    atomic_init(&s->is_slow, false);
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    e = pthread_create(&s->thread, NULL, seeding_run, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (e != 0)
        fatalx("cannot start a thread: %s", strerror(e));
    return s;
}

void
seeding_progress(struct seeding *s, struct seeding_progress *out)
{
    pthread_mutex_lock(&s->mtx);
    out->counts = s->counts;
    out->again = s->again;
    out->is_done = s->is_read && s->batches == 0 && s->count == 0;
    pthread_mutex_unlock(&s->mtx);
    out->row = s->row;
    out->confirmed = s->confirmed;
    out->added = s->added;
}

bool
seeding_is_slow(const struct seeding *s)
{
    return atomic_load(&s->is_slow);
}

static void
seeding_free_parts(struct seeding *s)
{
    struct seed_batch *batch = s->first, *next;

    for (; batch; batch = next) {
        next = batch->next;
        if (batch->is_sent)
            continue; /* its reply frees it */
        buf_fini(&batch->request);
        free(batch);
    }
    for (size_t i = 0; i < s->options.seeds.count; i++)
        free(s->options.seeds.lists[i]);
    free(s->options.seeds.lists);
    for (size_t i = 0; i < s->options.logs_count; i++)
        free(s->options.logs[i]);
    free((char **)(uintptr_t)s->options.logs);
    scope_free(s->scope);
    free((char *)(uintptr_t)s->options.seeds.scheme);
    buf_fini(&s->entries);
    pthread_cond_destroy(&s->room);
    pthread_mutex_destroy(&s->mtx);
}

static void
seeding_on_closed(uv_handle_t *handle)
{
    struct seeding *s = handle->data;

    s->under_way--;
    if (s->under_way == 0)
        free(s);
}

void
seeding_stop(struct seeding *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->mtx);
    s->is_ending = true;
    pthread_cond_signal(&s->room);
    pthread_mutex_unlock(&s->mtx);
    s->is_stopped = true;
    s->under_way++; /* the handle's, so that s is freed behind the last user */
    uv_close((uv_handle_t *)&s->wake, seeding_on_closed);
    if (atomic_load(&s->is_slow)) {
        /* It may sit in read(2) for ever; the process ends soon, and what
         * the thread uses stays until then. */
        pthread_detach(s->thread);
        s->under_way++;
        return;
    }
    pthread_join(s->thread, NULL);
    seeding_free_parts(s);
}
