/*
 * SPDX-License-Identifier: MIT
 *
 * cache:NAME has, beside a field for each worker process whose value is its
 * generation: ":generation", the last one that began; ":finished", the last
 * one that came to its end; ":rules", what the last one that began followed,
 * and ":from", the first of those in a row that followed the same and of which
 * every one was finished.  One that was not leaves pages whose links nobody
 * asked for: ":next" is the generation behind it, and becomes ":from" when
 * that one is finished.
 */
#include "master/recrawl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cache_value.h"
#include "common/frontier_cache.h"
#include "common/log.h"
#include "common/mem.h"

enum {
    RECRAWL_REQUEST_BYTES = 1 << 24,
    RECRAWL_NAME_MAX = 255, /* bytes of a worker's name */
    RECRAWL_PATH_BYTES = 4096
};

struct recrawl_work {
    struct redis *redis;
    const struct recrawl_setup *setup;
    struct recrawl *out;
    redisReply *known; /* HGETALL cache:NAME */
    struct buf b;
    size_t requests;
    char *why;
};

/* --- talking --- */

static enum err
recrawl_flush(struct recrawl_work *w, redisReply **last)
{
    redisReply *reply = NULL;
    enum err e = redis_send(w->redis, buf_str(&w->b));

    for (size_t i = 0; i < w->requests && e == ERR_OK; i++) {
        if (reply)
            freeReplyObject(reply);
        reply = NULL;
        e = redis_receive(w->redis, &reply);
        if (e == ERR_OK && reply->type == REDIS_REPLY_ERROR)
            e = ERR_REDIS;
    }
    if (e != ERR_OK)
        snprintf(w->why, RECRAWL_WHY_BYTES, "%.200s",
                 LOG_ESC(str_from(reply && reply->type == REDIS_REPLY_ERROR
                                      ? reply->str
                                      : redis_error(w->redis))));
    if (e == ERR_OK && last) {
        *last = reply;
        reply = NULL;
    }
    if (reply)
        freeReplyObject(reply);
    buf_reset(&w->b);
    w->requests = 0;
    return e == ERR_OK ? ERR_OK : ERR_REDIS;
}

static void
recrawl_put(struct recrawl_work *w, const char *field, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    frontier_form_cached_set(w->setup->frontier, &w->b, str_from(field),
                             str_from(text));
    w->requests++;
}

/* --- what cache:NAME says --- */

static struct str
recrawl_str(const redisReply *r)
{
    return r->type == REDIS_REPLY_STRING ? (struct str){r->str, r->len}
                                         : STR_NONE;
}

/* 0 when it is not there, or no number. */
static uint64_t
recrawl_number(const struct recrawl_work *w, const char *field, uint64_t max)
{
    uint64_t value;

    for (size_t i = 0; i + 1 < w->known->elements; i += 2)
        if (str_equal(recrawl_str(w->known->element[i]), str_from(field)) &&
            str_to_u64(recrawl_str(w->known->element[i + 1]), max, &value))
            return value;
    return 0;
}

/* A worker's name, which becomes a part of a path; and its generation. */
static bool
recrawl_is_log(const struct recrawl_work *w, size_t i, struct str *worker,
               uint64_t *generation)
{
    *worker = recrawl_str(w->known->element[i]);
    if (worker->n == 0 || worker->n > RECRAWL_NAME_MAX || worker->p[0] == ':' ||
        memchr(worker->p, '/', worker->n) != NULL ||
        memchr(worker->p, '\0', worker->n) != NULL)
        return false;
    return str_to_u64(recrawl_str(w->known->element[i + 1]),
                      CACHE_GENERATION_MAX, generation);
}

static int
recrawl_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of the logs of a generation, those that are here; *away: how many are not. */
static void
recrawl_find_logs(struct recrawl_work *w, uint64_t generation, size_t *away)
{
    struct recrawl *out = w->out;
    char path[RECRAWL_PATH_BYTES];

    *away = 0;
    out->logs = xcalloc(w->known->elements / 2 + 1, sizeof(*out->logs));
    for (size_t i = 0; i + 1 < w->known->elements; i += 2) {
        struct str worker;
        uint64_t its;

        if (!recrawl_is_log(w, i, &worker, &its) || its != generation)
            continue;
        snprintf(path, sizeof(path), "%s/log/%s-%.*s.jsonl", w->setup->folder,
                 w->setup->name, STR_ARG(worker));
        if (access(path, R_OK) == 0)
            out->logs[out->count++] = xstrdup(path);
        else if ((*away)++ == 0)
            log_warnx("%s is not here", LOG_ESC(str_from(path)));
    }
    qsort(out->logs, out->count, sizeof(*out->logs), recrawl_compare);
}

/* Those of before the last finished crawl are of no use any more. */
static void
recrawl_forget_logs(struct recrawl_work *w, uint64_t finished)
{
    for (size_t i = 0; i + 1 < w->known->elements; i += 2) {
        struct str worker;
        uint64_t its;

        if (!recrawl_is_log(w, i, &worker, &its) || its >= finished)
            continue;
        frontier_form_cached_del(w->setup->frontier, &w->b, worker);
        w->requests++;
    }
}

/* --- another generation --- */

static void
recrawl_find_links(struct recrawl_work *w, uint64_t finished)
{
    struct recrawl *out = w->out;
    size_t away;

    if (finished == 0 || finished < out->links_from)
        return;
    recrawl_find_logs(w, finished, &away);
    if (away == 0 && out->count > 0) {
        out->links_upto = finished;
        return;
    }
    if (away > 0)
        log_warnx("%zu log%s of the last crawl %s missing in %s/log: pages "
                  "with links are fetched whole, others only if they changed",
                  away, away == 1 ? "" : "s", away == 1 ? "is" : "are",
                  LOG_ESC(str_from(w->setup->folder)));
    for (size_t i = 0; i < out->count; i++)
        free(out->logs[i]);
    out->count = 0;
}

static enum err
recrawl_step(struct recrawl_work *w)
{
    struct recrawl *out = w->out;
    uint64_t finished = recrawl_number(w, ":finished", CACHE_GENERATION_MAX);
    uint64_t last = recrawl_number(w, ":generation", CACHE_GENERATION_MAX);
    uint64_t next = recrawl_number(w, ":next", CACHE_GENERATION_MAX);

    if (w->setup->is_finished && w->setup->old_generation > 0 &&
        w->setup->old_generation <= last)
        finished = w->setup->old_generation;
    out->is_kept = last < CACHE_GENERATION_MAX;
    out->generation = out->is_kept ? last + 1 : 1;
    out->links_from = recrawl_number(w, ":from", CACHE_GENERATION_MAX);
    if (!out->is_kept)
        finished = last = 0;
    if (last == 0 || out->links_from == 0 ||
        recrawl_number(w, ":rules", UINT64_MAX) != w->setup->rules) {
        if (last > 0)
            log_info("other links are followed than last time: pages are "
                     "fetched whole");
        out->links_from = out->generation;
        next = 0;
    }
    if (next > 0 && finished >= next) {
        out->links_from = next;
        next = 0;
    }
    if (last > finished && out->links_from != out->generation)
        next = out->generation;
    recrawl_find_links(w, finished);
    recrawl_forget_logs(w, finished);
    recrawl_put(w, ":generation", out->generation);
    recrawl_put(w, ":finished", finished);
    recrawl_put(w, ":from", out->links_from);
    recrawl_put(w, ":next", next);
    recrawl_put(w, ":rules", w->setup->rules);
    return recrawl_flush(w, NULL);
}

/* The crawl that is there goes on. */
static enum err
recrawl_step_on(struct recrawl_work *w)
{
    struct recrawl *out = w->out;
    size_t away;

    if (recrawl_number(w, ":rules", UINT64_MAX) != w->setup->rules) {
        log_info("other links are followed from now on: pages are fetched "
                 "whole");
        out->links_from = CACHE_GENERATION_MAX;
        recrawl_put(w, ":rules", 0);
    }
    if (out->links_upto > 0)
        recrawl_find_logs(w, out->links_upto, &away);
    return w->requests > 0 ? recrawl_flush(w, NULL) : ERR_OK;
}

static enum err
recrawl_run(struct redis *r, const struct recrawl_setup *setup,
            struct recrawl *out, char *why,
            enum err (*step)(struct recrawl_work *w))
{
    struct recrawl_work w = {
        .redis = r, .setup = setup, .out = out, .why = why};
    enum err e;

    buf_init(&w.b, RECRAWL_REQUEST_BYTES);
    frontier_form_cached_get(setup->frontier, &w.b);
    w.requests = 1;
    e = recrawl_flush(&w, &w.known);
    if (e == ERR_OK && w.known->type == REDIS_REPLY_ARRAY)
        e = step(&w);
    if (w.known)
        freeReplyObject(w.known);
    buf_fini(&w.b);
    return e;
}

enum err
recrawl_begin(struct redis *r, const struct recrawl_setup *setup,
              struct recrawl *out, char why[RECRAWL_WHY_BYTES])
{
    *out = (struct recrawl){0};
    return recrawl_run(r, setup, out, why, recrawl_step);
}

enum err
recrawl_resume(struct redis *r, const struct recrawl_setup *setup,
               struct recrawl *out, char why[RECRAWL_WHY_BYTES])
{
    return recrawl_run(r, setup, out, why, recrawl_step_on);
}

void
recrawl_fini(struct recrawl *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->logs[i]);
    free(r->logs);
    *r = (struct recrawl){0};
}
