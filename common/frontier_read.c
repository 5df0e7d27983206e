/*
 * SPDX-License-Identifier: MIT
 *
 * Takes the replies to what common/frontier.c forms.  A Redis is foreign
 * ground: the type and the length of everything are looked at before it is
 * used.
 */
#include "common/frontier.h"

#include <stdlib.h>

#include "common/frontier_key.h"
#include "common/mem.h"
#include "common/redis.h"

enum {
    FRONTIER_COUNTS_FIELDS = 18,
    FRONTIER_VISIT_HEAD = 4, /* site, pace, order, grants; then its entries */
    FRONTIER_FAILURES_MAX = 1000,
    FRONTIER_SPACING_MAX_MS = 86400 * 1000
};

static const char *const frontier_states[] = {
    [FRONTIER_NONE] = "none",         [FRONTIER_SEEDING] = "seeding",
    [FRONTIER_RUNNING] = "running",   [FRONTIER_PAUSED] = "paused",
    [FRONTIER_STOPPING] = "stopping", [FRONTIER_FINISHED] = "finished",
};

const char *
frontier_state_name(enum frontier_state s)
{
    return frontier_states[s];
}

/* --- pieces of replies --- */

static struct str
reply_str(const redisReply *r)
{
    return (struct str){r->str, (size_t)r->len};
}

static bool
reply_is_array(const redisReply *r, size_t elements)
{
    return r != NULL && r->type == REDIS_REPLY_ARRAY && r->elements == elements;
}

static bool
reply_are_strings(const redisReply *r)
{
    if (r->type != REDIS_REPLY_ARRAY)
        return false;
    for (size_t i = 0; i < r->elements; i++)
        if (r->element[i]->type != REDIS_REPLY_STRING)
            return false;
    return true;
}

static bool
reply_number(const redisReply *r, uint64_t *out)
{
    if (r == NULL || r->type != REDIS_REPLY_INTEGER || r->integer < 0)
        return false;
    *out = (uint64_t)r->integer;
    return true;
}

/* An unknown word is none of our crawls. */
static bool
reply_state(const redisReply *r, enum frontier_state *out)
{
    if (r->type != REDIS_REPLY_STRING)
        return false;
    *out = FRONTIER_NONE;
    for (int s = FRONTIER_SEEDING; s <= FRONTIER_FINISHED; s++)
        if (str_equal(reply_str(r), str_from(frontier_states[s])))
            *out = (enum frontier_state)s;
    return true;
}

static bool
reply_error_begins(const redisReply *r, struct str word)
{
    return r != NULL && r->type == REDIS_REPLY_ERROR &&
           str_starts(reply_str(r), word);
}

/* --- verbs --- */

enum err
frontier_read_count(const redisReply *r, uint64_t *count)
{
    *count = 0;
    return reply_number(r, count) ? ERR_OK : ERR_REDIS;
}

enum err
frontier_read_add(const redisReply *r, uint64_t *added)
{
    if (reply_error_begins(r, STR("NOCRAWL"))) {
        *added = 0;
        return ERR_NOT_FOUND;
    }
    return frontier_read_count(r, added);
}

/* Whether they are {site, pace, order, grants, entry, ...}; how many entries.
 */
static bool
frontier_check_visits(const redisReply *r, size_t *entries)
{
    *entries = 0;
    if (r->type != REDIS_REPLY_ARRAY || r->elements > FRONTIER_VISITS_MAX)
        return false;
    for (size_t i = 0; i < r->elements; i++) {
        if (!reply_are_strings(r->element[i]) ||
            r->element[i]->elements <= FRONTIER_VISIT_HEAD)
            return false;
        *entries += r->element[i]->elements - FRONTIER_VISIT_HEAD;
    }
    return true;
}

/* Words of somebody else's Redis: what is not understood says nothing. */
static int64_t
frontier_spacing(struct str text)
{
    uint64_t ms;

    return str_to_u64(text, FRONTIER_SPACING_MAX_MS, &ms) ? (int64_t)ms : 0;
}

static void
frontier_take_site(const redisReply *v, struct frontier_visit *visit)
{
    struct str pace = reply_str(v->element[1]);
    struct str order = reply_str(v->element[2]);
    uint64_t failures, grants;

    visit->site = reply_str(v->element[0]);
    visit->spacing_ms = frontier_spacing(str_cut(&pace, ' '));
    visit->failures = str_to_u64(pace, FRONTIER_FAILURES_MAX, &failures)
                          ? (unsigned)failures
                          : 0;
    visit->grants = str_to_u64(reply_str(v->element[3]), INT64_MAX, &grants)
                        ? (int64_t)grants
                        : -1;
    visit->is_dropped = str_equal(order, STR("drop"));
    visit->slow_ms = 0;
    if (str_equal(str_cut(&order, ' '), STR("delay")))
        visit->slow_ms = frontier_spacing(order);
}

static void
frontier_take_visits(const redisReply *r, struct frontier_claim *out)
{
    struct str *at = out->space;

    for (size_t i = 0; i < r->elements; i++) {
        const redisReply *v = r->element[i];
        struct frontier_visit *visit = &out->visits[i];

        frontier_take_site(v, visit);
        visit->entries = at;
        visit->count = v->elements - FRONTIER_VISIT_HEAD;
        for (size_t j = FRONTIER_VISIT_HEAD; j < v->elements; j++)
            *at++ = reply_str(v->element[j]);
    }
    out->count = r->elements;
}

enum err
frontier_read_claim(const redisReply *r, struct frontier_claim *out)
{
    const redisReply *raws;
    uint64_t wait_ms;
    size_t entries;

    *out = (struct frontier_claim){0};
    if (!reply_is_array(r, 4) || !reply_state(r->element[0], &out->state) ||
        !reply_number(r->element[1], &wait_ms))
        return ERR_REDIS;
    raws = r->element[2];
    if (!reply_are_strings(raws) || raws->elements > FRONTIER_VISITS_MAX ||
        !frontier_check_visits(r->element[3], &entries))
        return ERR_REDIS;
    out->wait_ms = (int64_t)wait_ms;
    for (size_t i = 0; i < raws->elements; i++)
        out->raw[i] = reply_str(raws->element[i]);
    out->raw_count = raws->elements;
    if (entries > 0)
        out->space = xcalloc(entries, sizeof(*out->space));
    frontier_take_visits(r->element[3], out);
    return ERR_OK;
}

void
frontier_claim_fini(struct frontier_claim *c)
{
    free(c->space);
    c->space = NULL;
    c->count = 0;
    c->raw_count = 0;
}

/* LIVE_COUNT elements from first on; false: one is no string. */
static bool
reply_live(const redisReply *r, size_t first, struct live *out, bool *is_odd)
{
    live_init(out);
    *is_odd = false;
    for (enum live_id i = 0; i < LIVE_COUNT; i++) {
        const redisReply *value = r->element[first + i];

        if (value->type != REDIS_REPLY_STRING)
            return false;
        if (!live_set(out, i, reply_str(value)))
            *is_odd = true;
    }
    return true;
}

enum err
frontier_read_change(const redisReply *r, enum frontier_state *state,
                     struct live *out)
{
    bool is_odd;

    *state = FRONTIER_NONE;
    live_init(out);
    if (!reply_is_array(r, 1 + LIVE_COUNT) ||
        !reply_state(r->element[0], state) || !reply_live(r, 1, out, &is_odd))
        return ERR_REDIS;
    return ERR_OK;
}

enum err
frontier_read_beat(const redisReply *r, struct frontier_beat *out)
{
    uint64_t is_reaped, now_ms;

    *out = (struct frontier_beat){0};
    if (!reply_is_array(r, 3 + LIVE_COUNT) ||
        !reply_state(r->element[0], &out->state) ||
        !reply_number(r->element[1], &is_reaped) ||
        !reply_number(r->element[2], &now_ms) ||
        !reply_live(r, 3, &out->live, &out->is_live_odd))
        return ERR_REDIS;
    out->is_reaped = is_reaped != 0;
    out->now_ms = (int64_t)now_ms;
    return ERR_OK;
}

enum err
frontier_read_trial(const redisReply *r, struct frontier_trial *out)
{
    *out = (struct frontier_trial){0};
    if (r == NULL || !reply_are_strings(r) ||
        (r->elements != 0 && r->elements != 2))
        return ERR_REDIS;
    if (r->elements == 2) {
        out->entry = reply_str(r->element[0]);
        out->is_dead = str_equal(reply_str(r->element[1]), STR("dead"));
    }
    return ERR_OK;
}

enum err
frontier_read_slot(const redisReply *r, struct frontier_slot *out)
{
    uint64_t wait_ms, is_promised;

    *out = (struct frontier_slot){0};
    if (!reply_is_array(r, 2) || !reply_number(r->element[0], &wait_ms) ||
        !reply_number(r->element[1], &is_promised))
        return ERR_REDIS;
    out->wait_ms = (int64_t)wait_ms;
    out->is_promised = is_promised != 0;
    return ERR_OK;
}

enum err
frontier_read_worker(const redisReply *r, size_t i, struct frontier_worker *out)
{
    uint64_t silent_ms;

    *out = (struct frontier_worker){0};
    if (r == NULL || r->type != REDIS_REPLY_ARRAY || r->elements % 2 != 0)
        return ERR_REDIS;
    if (i >= r->elements / 2)
        return ERR_NOT_FOUND;
    if (r->element[2 * i]->type != REDIS_REPLY_STRING ||
        !reply_number(r->element[2 * i + 1], &silent_ms))
        return ERR_REDIS;
    out->name = reply_str(r->element[2 * i]);
    out->silent_ms = (int64_t)silent_ms;
    return ERR_OK;
}

enum err
frontier_read_counts(const redisReply *r, struct frontier_counts *out)
{
    struct str site;

    *out = (struct frontier_counts){0};
    if (!reply_is_array(r, FRONTIER_COUNTS_FIELDS) ||
        !reply_state(r->element[0], &out->state) ||
        r->element[14]->type != REDIS_REPLY_STRING)
        return ERR_REDIS;
    for (size_t i = 1; i < FRONTIER_COUNTS_FIELDS; i++)
        if (i != 14 && r->element[i]->type != REDIS_REPLY_INTEGER)
            return ERR_REDIS;
    uint64_t *const counts[] = {
        &out->known,      &out->finished,  &out->queued,
        &out->waiting,    &out->flight,    &out->retry,
        &out->sites_held, &out->sites_due, &out->workers,
    };
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (!reply_number(r->element[1 + i], counts[i]))
            return ERR_REDIS; /* below zero: no counter of ours */
    out->next_due_ms = r->element[10]->integer;
    out->next_retry_ms = r->element[11]->integer;
    if (!reply_number(r->element[12], &out->seed_row) ||
        !reply_number(r->element[13], &out->charged) ||
        !reply_number(r->element[15], &out->long_entries))
        return ERR_REDIS;
    out->long_ms = r->element[16]->integer;
    if (!reply_number(r->element[17], &out->quarantined))
        return ERR_REDIS;
    site = reply_str(r->element[14]);
    if (site.n >= sizeof(out->long_site))
        site.n = sizeof(out->long_site) - 1;
    memcpy(out->long_site, site.p, site.n);
    return ERR_OK;
}

enum err
frontier_read_steer(const redisReply *r, enum frontier_state *before,
                    enum frontier_state *after)
{
    *before = *after = FRONTIER_NONE;
    if (!reply_is_array(r, 2) || !reply_state(r->element[0], before) ||
        !reply_state(r->element[1], after))
        return ERR_REDIS;
    return ERR_OK;
}

bool
frontier_is_done(const struct frontier_counts *c)
{
    return c->state != FRONTIER_NONE && c->state != FRONTIER_SEEDING &&
           c->queued == 0 && c->waiting == 0 && c->flight == 0 && c->retry == 0;
}

enum err
frontier_read_scan(const struct frontier *f, const redisReply *r,
                   char cursor[32], struct buf *b, size_t *count)
{
    const redisReply *keys;
    size_t ours = 0;
    struct str next;

    *count = 0;
    if (!reply_is_array(r, 2) || r->element[0]->type != REDIS_REPLY_STRING ||
        !reply_are_strings(r->element[1]))
        return ERR_REDIS;
    next = reply_str(r->element[0]);
    keys = r->element[1];
    if (next.n == 0 || next.n >= 32)
        return ERR_REDIS;
    for (size_t i = 0; i < keys->elements; i++)
        ours += frontier_owns(f, reply_str(keys->element[i]));
    memcpy(cursor, next.p, next.n);
    cursor[next.n] = '\0';
    if (ours == 0)
        return ERR_OK;
    resp_begin(b, 1 + ours);
    resp_arg(b, STR("UNLINK"));
    for (size_t i = 0; i < keys->elements; i++)
        if (frontier_owns(f, reply_str(keys->element[i])))
            resp_arg(b, reply_str(keys->element[i]));
    *count = 1;
    return ERR_OK;
}
