/*
 * After a break: what the frontier thinks this thread holds, and it does not,
 * and the other way round.
 *
 * A claim's reply can be lost with its connection: sites are held and entries
 * in flight that nobody works on.  When the connection is back the thread
 * asks for both, and gives back what neither a visit nor the outbox knows.
 * No claim is made until that is done.
 *
 * And Redis itself can have lost its last second.  A claim that it forgot
 * leaves a visit whose site it will give to another: the visit ends.  A
 * release that it forgot makes a site look held: it rests for a delay when it
 * goes back.  And no thread claims for a delay, since a site that was asked
 * just now may look as if it was not.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "common/entry.h"
#include "common/fingerprint.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/thread_parts.h"
#include "worker/visit.h"

enum {
    THREAD_AWAY_MORE_MS = 150, /* the first pause, and a busy machine */
    THREAD_AWAY_MAX_MS = 2000, /* the longest pause between two connects */
    THREAD_REST_MAX_MS = 10000 /* longer delays are for few sites */
};

/* Hashes of the entries and sites that this thread knows of. */
struct thread_known {
    uint64_t *v;
    size_t n, cap;
};

static void
thread_know(void *arg, struct str text)
{
    struct thread_known *known = arg;

    if (known->n == known->cap) {
        known->cap = known->cap ? known->cap * 2 : 256;
        known->v = xreallocarray(known->v, known->cap, sizeof(*known->v));
    }
    known->v[known->n++] = fingerprint(text);
}

static int
thread_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* No more will come: thread_knows() may be asked. */
static void
thread_know_all(struct thread_known *known)
{
    if (known->n > 0)
        qsort(known->v, known->n, sizeof(*known->v), thread_compare);
}

static bool
thread_knows(const struct thread_known *known, struct str text)
{
    uint64_t mark = fingerprint(text);

    return known->n > 0 && bsearch(&mark, known->v, known->n, sizeof(mark),
                                   thread_compare) != NULL;
}

/* A site and an entry never look alike: an entry holds blanks. */
static void
thread_gather_known(const struct thread *t, struct thread_known *known)
{
    for (const struct visit *v = t->visits; v; v = v->after) {
        thread_know(known, v->site);
        for (size_t i = v->at; i < v->count; i++)
            thread_know(known, v->entries[i]);
    }
    outbox_each(t->outbox, thread_know, known);
    thread_know_all(known);
}

/*
 * Entries in flight that nobody here works on: back, or what they are for.
 * Not by a release: their site may be held by a visit that goes on.
 */
static size_t
thread_return_entries(struct thread *t, const redisReply *flight,
                      const struct thread_known *known)
{
    size_t count = 0;

    for (size_t i = 0; i + 1 < flight->elements; i += 2) {
        struct str text = {flight->element[i]->str,
                           (size_t)flight->element[i]->len};
        struct entry entry;

        if (thread_knows(known, text))
            continue;
        count++;
        if (entry_parse(text, &entry) == ERR_OK)
            outbox_retry(t->outbox, text, text, 0);
        else
            thread_take_raw(t, text);
    }
    return count;
}

static void
thread_on_flight(void *arg, const redisReply *reply)
{
    struct thread *t = arg;
    struct thread_known known = {0};
    size_t count;

    t->is_mending = false;
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        t->has_to_mend = true;
        return;
    }
    thread_gather_known(t, &known);
    count = thread_return_entries(t, reply, &known);
    free(known.v);
    if (count > 0)
        log_debug("%zu entries of a lost claim go back", count);
}

/* Visits that the frontier knows nothing of: what they release has no effect.
 */
static size_t
thread_end_forgotten(struct thread *t, const redisReply *hold)
{
    struct thread_known held = {0};
    struct visit *v, *after;
    size_t count = 0;

    for (size_t i = 0; i + 1 < hold->elements; i += 2)
        thread_know(&held, (struct str){hold->element[i]->str,
                                        (size_t)hold->element[i]->len});
    thread_know_all(&held);
    for (v = t->visits; v; v = after) {
        after = v->after;
        if (!thread_knows(&held, v->site)) {
            visit_give_back(v);
            count++;
        }
    }
    free(held.v);
    return count;
}

static void
thread_on_hold(void *arg, const redisReply *reply)
{
    struct thread *t = arg;
    struct thread_known known = {0};
    size_t count;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY)
        return; /* thread_on_flight() hears of it too */
    count = thread_end_forgotten(t, reply);
    if (count > 0)
        log_debug("Redis forgot %zu visits: they end", count);
    thread_gather_known(t, &known);
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        struct str site = {reply->element[i]->str,
                           (size_t)reply->element[i]->len};

        if (!thread_knows(&known, site))
            outbox_release(t->outbox,
                           &(struct frontier_release){.site = site,
                                                      .wait_ms = t->rest_ms,
                                                      .spacing_ms = -1});
    }
    free(known.v);
}

/*
 * A delay, and the time that another worker may need to hear of Redis's
 * return: each pause between two connects is at most twice as long as all
 * before it (conn.c).
 */
void
thread_rest(struct thread *t)
{
    uint64_t now = thread_now_ms(t), away = 2 * (now - t->down_at_ms);
    int64_t delay = t->rest_ms;

    away += THREAD_AWAY_MORE_MS;
    if (away > THREAD_AWAY_MAX_MS)
        away = THREAD_AWAY_MAX_MS;
    if (delay > THREAD_REST_MAX_MS)
        delay = THREAD_REST_MAX_MS;
    t->claim_rest_ms = now + away + (uint64_t)delay;
}

void
thread_mend(struct thread *t)
{
    if (!t->has_to_mend || t->is_mending)
        return;
    t->has_to_mend = false;
    t->is_mending = true;
    frontier_form_hold_get(t->frontier, &t->request);
    conn_send(t->conn, buf_str(&t->request), thread_on_hold, t);
    buf_reset(&t->request);
    frontier_form_flight_get(t->frontier, &t->request);
    conn_send(t->conn, buf_str(&t->request), thread_on_flight, t);
    buf_reset(&t->request);
}
