/*
 * --dedup: has any worker of the crawl stored such a body already?
 *
 * SPDX-License-Identifier: MIT
 *
 * The step TWIN takes the digest of a body that is worth it, looks into what
 * the process knows (twins.h), and else asks Redis: all visits of a turn of
 * the loop in one request.  While it waits the visit has no connection.  Who
 * gets no answer stores the body, which is always right.
 *
 * A digest is told to the process when its record is written, and to Redis in
 * the batch of its page's ack, when the record is as safe as the crawl wants
 * it (outbox.h).  So a record that is referred to is there.
 */
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"

enum {
    /* A revisit record saves nothing of a smaller body: its fields that name
     * the other record are as long. */
    TWIN_BODY_MIN = 1024
};

struct visit_twin {
    bool has_sum;  /* the current body's digest was taken ... */
    bool is_304;   /* ... or is that of the body which did not come again */
    bool is_found; /* and a record has it */
    struct warc_sum sum;
    struct frontier_twin found; /* borrows from url */
    struct buf url;
};

/* What one request asks for. */
struct twin_question {
    size_t count;
    struct visit *visits[TWIN_ASK_MAX];
};

void
visit_twin_open(struct visit *v)
{
    v->twin = xcalloc(1, sizeof(*v->twin));
    buf_init(&v->twin->url, TWIN_URL_MAX);
}

void
visit_twin_close(struct visit *v)
{
    if (v->twin == NULL)
        return;
    buf_fini(&v->twin->url);
    free(v->twin);
    v->twin = NULL;
}

static const unsigned char *
visit_twin_digest(const struct visit_twin *twin)
{
    return twin->sum.bytes; /* its first TWIN_DIGEST_BYTES */
}

/* --- TWIN --- */

/* A whole page of some size, of those that get a record with a body. */
static bool
visit_twin_is_worth(const struct fetch_answer *a)
{
    return a->outcome == OUTCOME_OK && a->status == 200 && !a->is_cut &&
           a->body.n >= TWIN_BODY_MIN;
}

enum visit_next
visit_step_twin(struct visit *v)
{
    const struct fetch_answer *a = fetch_answer(v->fetch);
    struct visit_twin *twin = v->twin;
    struct thread *t = v->thread;

    v->step = VISIT_PAGE;
    if (twin == NULL)
        return VISIT_GO_ON;
    twin->is_found = false;
    twin->is_304 = a->outcome == OUTCOME_OK && a->status == 304 &&
                   visit_cache_twin(v, &twin->sum);
    twin->has_sum = twin->is_304 || visit_twin_is_worth(a);
    if (!twin->has_sum)
        return VISIT_GO_ON;
    if (!twin->is_304) {
        store_sum(t->store, a, &twin->sum);
        if (visit_cache_has(v, &twin->sum))
            return VISIT_GO_ON;
    }
    twin->is_found = twins_find(t->worker->twins, visit_twin_digest(twin),
                                &twin->url, &twin->found);
    if (twin->is_found || !conn_is_up(t->conn))
        return VISIT_GO_ON;
    if (v->has_slot)
        thread_slot_give(t, v);
    visit_queue_push(&t->twin_queue, v);
    return VISIT_PARKED;
}

static void
visit_twin_take(struct visit *v, const redisReply *reply, size_t i)
{
    struct visit_twin *twin = v->twin;

    if (reply == NULL || !frontier_read_twin(reply, i, &twin->found))
        return;
    buf_reset(&twin->url);
    if (buf_add_str(&twin->url, twin->found.url) != ERR_OK)
        return;
    twin->found.url = buf_str(&twin->url);
    memcpy(twin->found.digest, visit_twin_digest(twin), TWIN_DIGEST_BYTES);
    twin->is_found = true;
    twins_put(v->thread->worker->twins, &twin->found);
}

static void
visit_on_twins(void *arg, const redisReply *reply)
{
    struct twin_question *q = arg;

    for (size_t i = 0; i < q->count; i++) {
        struct visit *v = q->visits[i];

        if (!visit_is_back(v))
            continue;
        visit_twin_take(v, reply, i);
        thread_ready(v->thread, v);
    }
    free(q);
}

/* Of what waits, as much as one request takes. */
static void
thread_ask_some_twins(struct thread *t)
{
    unsigned char digests[TWIN_ASK_MAX][TWIN_DIGEST_BYTES];
    struct twin_question *q = xcalloc(1, sizeof(*q));
    struct visit *v;

    while (q->count < TWIN_ASK_MAX &&
           (v = visit_queue_pop(&t->twin_queue)) != NULL) {
        memcpy(digests[q->count], visit_twin_digest(v->twin),
               TWIN_DIGEST_BYTES);
        v->awaits_reply = true;
        q->visits[q->count++] = v;
    }
    stats_add(&t->stats, STAT_twins_asked, (int64_t)q->count);
    frontier_form_findtwin(
        t->frontier, &t->request, t->worker->config.dedup_memory,
        (const unsigned char(*)[TWIN_DIGEST_BYTES])digests, q->count);
    conn_send(t->conn, buf_str(&t->request), visit_on_twins, q);
    buf_reset(&t->request);
}

void
thread_ask_twins(struct thread *t)
{
    struct visit *v;

    while (t->twin_queue.first && conn_is_up(t->conn))
        thread_ask_some_twins(t);
    while ((v = visit_queue_pop(&t->twin_queue)) != NULL)
        thread_ready(t, v);
}

/* --- STORE --- */

void
visit_twin_lend(struct visit *v, struct store_item *item)
{
    struct visit_twin *twin = v->twin;

    if (twin == NULL || !twin->has_sum || v->fetch == NULL)
        return;
    if (!twin->is_304)
        item->sum = &twin->sum;
    if (!twin->is_found && !visit_cache_has(v, &twin->sum)) /* as of now? */
        twin->is_found =
            twins_find(v->thread->worker->twins, visit_twin_digest(twin),
                       &twin->url, &twin->found);
    if (twin->is_found &&
        v->outcome == (twin->is_304 ? OUTCOME_NOT_MODIFIED : OUTCOME_OK))
        item->twin = &twin->found;
}

void
visit_twin_note(struct visit *v)
{
    struct visit_twin *twin = v->twin;
    struct thread *t = v->thread;
    struct frontier_twin here;

    if (twin == NULL || !twin->has_sum || v->fetch == NULL)
        return;
    twin->has_sum = false;
    if (twin->is_304)
        return;
    if (twin->is_found && store_is_revisit(t->store)) {
        stats_add(&t->stats, STAT_twins, 1);
        stats_add(&t->stats, STAT_twins_bytes,
                  (int64_t)fetch_answer(v->fetch)->body.n);
    }
    if (!store_has_body(t->store))
        return;
    here = (struct frontier_twin){.time_us = fetch_answer(v->fetch)->started_us,
                                  .url = v->entry.url};
    memcpy(here.digest, visit_twin_digest(twin), sizeof(here.digest));
    if (!frontier_twin_fits(&here))
        return;
    twins_put(t->worker->twins, &here);
    outbox_note_twin(t->outbox, &here);
}
