/*
 * SPDX-License-Identifier: MIT
 *
 * Many small requests go out together; of what may be long each reply is used
 * and freed before the next is taken.
 */
#include "master/verify_frontier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/frontier_audit.h"
#include "common/log.h"
#include "common/mem.h"

enum {
    FRONTIER_TOGETHER = 256, /* requests under way */
    FRONTIER_LINES = 2000,   /* of a list, a request: 16 MB at the very most */
    FRONTIER_AWAKE_MS = 5000 /* workers beat once a second or oftener */
};

/* --- asking --- */

static enum err
frontier_refused(struct verify_frontier *v, const char *what, const char *text)
{
    snprintf(v->why, sizeof(v->why), "%s: %.300s", what,
             LOG_ESC(str_from(text)));
    return ERR_REDIS;
}

static enum err
frontier_send(struct verify_frontier *v, struct buf *b)
{
    enum err e = redis_send(v->redis, buf_str(b));

    buf_reset(b);
    if (v->is_stopped && v->is_stopped())
        return ERR_NOT_FOUND;
    return e == ERR_OK
               ? ERR_OK
               : frontier_refused(v, "Redis is gone", redis_error(v->redis));
}

/* A reply that is no error; the caller's to free. */
static enum err
frontier_receive(struct verify_frontier *v, redisReply **reply)
{
    enum err e;

    if (redis_receive(v->redis, reply) != ERR_OK)
        return frontier_refused(v, "Redis is gone", redis_error(v->redis));
    if ((*reply)->type != REDIS_REPLY_ERROR)
        return ERR_OK;
    e = frontier_refused(v, "Redis refuses", (*reply)->str);
    freeReplyObject(*reply);
    *reply = NULL;
    return e;
}

static enum err
frontier_odd(struct verify_frontier *v, const char *what)
{
    return frontier_refused(v, "Redis answers what is none of ours", what);
}

static enum err
frontier_ask(struct verify_frontier *v, struct buf *b, redisReply **reply)
{
    enum err e = frontier_send(v, b);

    return e == ERR_OK ? frontier_receive(v, reply) : e;
}

static struct str
frontier_text(const redisReply *r)
{
    return (struct str){r->str, (size_t)r->len};
}

/* --- counts --- */

enum err
verify_frontier_counts(struct verify_frontier *v, struct frontier_counts *out)
{
    redisReply *reply = NULL;
    struct buf b;
    enum err e;

    buf_init(&b, FRONTIER_REQUEST_MAX);
    frontier_form_counts(v->frontier, &b);
    e = frontier_ask(v, &b, &reply);
    if (e == ERR_OK && frontier_read_counts(reply, out) != ERR_OK)
        e = frontier_odd(v, "counts");
    freeReplyObject(reply);
    buf_fini(&b);
    return e;
}

enum err
verify_frontier_awake(struct verify_frontier *v, uint64_t *count)
{
    struct frontier_worker worker;
    redisReply *reply = NULL;
    struct buf b;
    enum err e;

    *count = 0;
    buf_init(&b, FRONTIER_REQUEST_MAX);
    frontier_form_workers(v->frontier, &b);
    e = frontier_ask(v, &b, &reply);
    for (size_t i = 0; e == ERR_OK; i++) {
        e = frontier_read_worker(reply, i, &worker);
        if (e == ERR_OK)
            *count += worker.silent_ms < FRONTIER_AWAKE_MS;
    }
    if (e == ERR_NOT_FOUND && reply != NULL)
        e = ERR_OK; /* behind the last */
    freeReplyObject(reply);
    buf_fini(&b);
    return e;
}

/* --- the seen-set --- */

struct seen_walk {
    struct verify_frontier *v;
    void (*on_seen)(void *arg, uint64_t fingerprint);
    void *arg;
    uint64_t *junk;
};

/* One reply; cursor is where the bucket goes on. */
static enum err
seen_take(struct seen_walk *w, unsigned bucket,
          char cursor[FRONTIER_CURSOR_BYTES])
{
    const redisReply *members;
    redisReply *reply;
    enum err e = frontier_receive(w->v, &reply);

    if (e != ERR_OK)
        return e;
    e = frontier_read_piece(reply, cursor, &members);
    for (size_t i = 0; e == ERR_OK && i < members->elements; i++) {
        uint64_t fingerprint;

        if (frontier_read_fingerprint(frontier_text(members->element[i]),
                                      bucket, &fingerprint))
            w->on_seen(w->arg, fingerprint);
        else
            ++*w->junk;
    }
    freeReplyObject(reply);
    return e == ERR_OK ? e : frontier_odd(w->v, "SSCAN");
}

/* A bucket that did not come whole. */
static enum err
seen_go_on(struct seen_walk *w, struct buf *b, unsigned bucket,
           char cursor[FRONTIER_CURSOR_BYTES])
{
    enum err e = ERR_OK;

    while (e == ERR_OK && strcmp(cursor, "0") != 0) {
        frontier_form_seen_scan(w->v->frontier, b, bucket, cursor);
        e = frontier_send(w->v, b);
        if (e == ERR_OK)
            e = seen_take(w, bucket, cursor);
    }
    return e;
}

enum err
verify_frontier_seen(struct verify_frontier *v,
                     void (*on_seen)(void *arg, uint64_t fingerprint),
                     void *arg, uint64_t *junk)
{
    struct seen_walk w = {v, on_seen, arg, junk};
    static char cursors[FRONTIER_TOGETHER][FRONTIER_CURSOR_BYTES];
    struct buf b;
    enum err e = ERR_OK;

    *junk = 0;
    buf_init(&b, FRONTIER_REQUEST_MAX);
    for (unsigned from = 0; from < FRONTIER_SEEN_BUCKETS && e == ERR_OK;
         from += FRONTIER_TOGETHER) {
        for (unsigned i = 0; i < FRONTIER_TOGETHER; i++)
            frontier_form_seen_scan(v->frontier, &b, from + i, "0");
        e = frontier_send(v, &b);
        for (unsigned i = 0; i < FRONTIER_TOGETHER && e == ERR_OK; i++)
            e = seen_take(&w, from + i, cursors[i]);
        for (unsigned i = 0; i < FRONTIER_TOGETHER && e == ERR_OK; i++)
            e = seen_go_on(&w, &b, from + i, cursors[i]);
    }
    buf_fini(&b);
    return e;
}

/* --- what waits --- */

struct wait_walk {
    struct verify_frontier *v;
    verify_entry_fn *on_entry;
    void *arg;
    uint64_t *raw;
    struct buf b;
    char **flights; /* keys, met on the way */
    size_t flights_count;
};

static void
wait_line(struct wait_walk *w, enum verify_place place, const redisReply *line)
{
    struct entry entry;

    if (entry_parse(frontier_text(line), &entry) == ERR_OK)
        w->on_entry(w->arg, place, &entry);
    else
        ++*w->raw;
}

/* The reply to a request for a part of a list; how many lines came. */
static enum err
wait_take_list(struct wait_walk *w, enum verify_place place, size_t *count)
{
    redisReply *reply;
    enum err e = frontier_receive(w->v, &reply);

    *count = 0;
    if (e != ERR_OK)
        return e;
    if (frontier_read_list(reply) != ERR_OK)
        e = frontier_odd(w->v, "LRANGE");
    for (size_t i = 0; e == ERR_OK && i < reply->elements; i++)
        wait_line(w, place, reply->element[i]);
    *count = reply->elements;
    freeReplyObject(reply);
    return e;
}

static enum err
wait_queue(struct wait_walk *w)
{
    size_t count = FRONTIER_LINES;
    enum err e = ERR_OK;

    for (uint64_t at = 0; count == FRONTIER_LINES && e == ERR_OK; at += count) {
        frontier_form_queue_get(w->v->frontier, &w->b, at, FRONTIER_LINES);
        e = frontier_send(w->v, &w->b);
        if (e == ERR_OK)
            e = wait_take_list(w, VERIFY_IN_QUEUE, &count);
    }
    return e;
}

static enum err
wait_quarantine(struct wait_walk *w)
{
    size_t count = FRONTIER_LINES;
    enum err e = ERR_OK;

    for (int64_t at = 0; count == FRONTIER_LINES && e == ERR_OK;
         at += FRONTIER_LINES) {
        frontier_form_quarantine_get(w->v->frontier, &w->b, at,
                                     at + FRONTIER_LINES - 1);
        e = frontier_send(w->v, &w->b);
        if (e == ERR_OK)
            e = wait_take_list(w, VERIFY_IN_QUARANTINE, &count);
    }
    return e;
}

/* The rest of a back queue that has more than one request brings. */
static enum err
wait_site(struct wait_walk *w, struct str key)
{
    size_t count = FRONTIER_LINES;
    enum err e = ERR_OK;

    for (uint64_t behind = FRONTIER_LINES;
         count == FRONTIER_LINES && e == ERR_OK; behind += FRONTIER_LINES) {
        frontier_form_site_get(&w->b, key, behind, FRONTIER_LINES);
        e = frontier_send(w->v, &w->b);
        if (e == ERR_OK)
            e = wait_take_list(w, VERIFY_IN_SITE, &count);
    }
    return e;
}

/* Back queues among up to FRONTIER_TOGETHER keys; flights are kept. */
static enum err
wait_some_keys(struct wait_walk *w, redisReply **keys, size_t count)
{
    struct str sites[FRONTIER_TOGETHER];
    size_t lines[FRONTIER_TOGETHER], n = 0;
    enum err e;

    for (size_t i = 0; i < count; i++) {
        struct str key = frontier_text(keys[i]);
        enum frontier_family family = frontier_key_family(w->v->frontier, key);

        if (family == FRONTIER_KEY_SITE) {
            frontier_form_site_get(&w->b, key, 0, FRONTIER_LINES);
            sites[n++] = key;
        } else if (family == FRONTIER_KEY_FLIGHT) {
            w->flights = xreallocarray(w->flights, w->flights_count + 1,
                                       sizeof(*w->flights));
            w->flights[w->flights_count++] = xmemdup0(key.p, key.n);
        }
    }
    if (n == 0)
        return ERR_OK;
    e = frontier_send(w->v, &w->b);
    for (size_t i = 0; i < n && e == ERR_OK; i++)
        e = wait_take_list(w, VERIFY_IN_SITE, &lines[i]);
    for (size_t i = 0; i < n && e == ERR_OK; i++)
        if (lines[i] == FRONTIER_LINES)
            e = wait_site(w, sites[i]);
    return e;
}

/* The reply to a scan that was formed; its elements borrow from it. */
static enum err
wait_piece(struct wait_walk *w, char cursor[FRONTIER_CURSOR_BYTES],
           redisReply **reply, const redisReply **elements)
{
    enum err e = frontier_ask(w->v, &w->b, reply);

    if (e == ERR_OK && frontier_read_piece(*reply, cursor, elements) != ERR_OK)
        e = frontier_odd(w->v, "a scan");
    return e;
}

static enum err
wait_keys(struct wait_walk *w)
{
    char cursor[FRONTIER_CURSOR_BYTES] = "0";
    enum err e;

    do {
        const redisReply *keys = NULL;
        redisReply *reply = NULL;

        frontier_form_scan(w->v->frontier, &w->b, cursor);
        e = wait_piece(w, cursor, &reply, &keys);
        for (size_t i = 0; e == ERR_OK && i < keys->elements;
             i += FRONTIER_TOGETHER) {
            size_t left = keys->elements - i;

            e = wait_some_keys(w, keys->element + i,
                               left < FRONTIER_TOGETHER ? left
                                                        : FRONTIER_TOGETHER);
        }
        freeReplyObject(reply);
    } while (e == ERR_OK && strcmp(cursor, "0") != 0);
    return e;
}

/* Pairs of an entry and its time, or its kind: a flight's key, or NULL. */
static enum err
wait_pairs(struct wait_walk *w, enum verify_place place, const char *flight)
{
    char cursor[FRONTIER_CURSOR_BYTES] = "0";
    enum err e;

    do {
        const redisReply *pairs = NULL;
        redisReply *reply = NULL;

        if (flight)
            frontier_form_flight_scan(&w->b, str_from(flight), cursor);
        else
            frontier_form_retry_scan(w->v->frontier, &w->b, cursor);
        e = wait_piece(w, cursor, &reply, &pairs);
        for (size_t i = 0; e == ERR_OK && i + 1 < pairs->elements; i += 2)
            wait_line(w, place, pairs->element[i]);
        freeReplyObject(reply);
    } while (e == ERR_OK && strcmp(cursor, "0") != 0);
    return e;
}

enum err
verify_frontier_waiting(struct verify_frontier *v, verify_entry_fn *on_entry,
                        void *arg, uint64_t *raw)
{
    struct wait_walk w = {.v = v, .on_entry = on_entry, .arg = arg, .raw = raw};
    enum err e;

    *raw = 0;
    buf_init(&w.b, FRONTIER_REQUEST_MAX);
    e = wait_queue(&w);
    if (e == ERR_OK)
        e = wait_keys(&w);
    if (e == ERR_OK)
        e = wait_pairs(&w, VERIFY_IN_RETRY, NULL);
    for (size_t i = 0; i < w.flights_count && e == ERR_OK; i++)
        e = wait_pairs(&w, VERIFY_IN_FLIGHT, w.flights[i]);
    if (e == ERR_OK)
        e = wait_quarantine(&w);
    for (size_t i = 0; i < w.flights_count; i++)
        free(w.flights[i]);
    free(w.flights);
    buf_fini(&w.b);
    return e;
}

/* --- deaths --- */

enum err
verify_frontier_deaths(struct verify_frontier *v,
                       void (*on_death)(void *arg, struct str name), void *arg)
{
    redisReply *reply = NULL;
    struct buf b;
    enum err e;

    buf_init(&b, FRONTIER_REQUEST_MAX);
    frontier_form_deaths_get(v->frontier, &b);
    e = frontier_ask(v, &b, &reply);
    if (e == ERR_OK && frontier_read_list(reply) != ERR_OK)
        e = frontier_odd(v, "HGETALL");
    for (size_t i = 0; e == ERR_OK && i + 1 < reply->elements; i += 2)
        on_death(arg, frontier_text(reply->element[i]));
    freeReplyObject(reply);
    buf_fini(&b);
    return e;
}
