/* SPDX-License-Identifier: MIT */
#include "worker/outage.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/fingerprint.h"
#include "common/mem.h"

enum {
    OUTAGE_QUIET_MS = 2000,  /* without any answer, before one is tried */
    OUTAGE_TRIALS = 2,       /* in doubt, one after the other */
    OUTAGE_TRUST_MS = 10000, /* one answered: silence is the sites' own */
    OUTAGE_GRACE_MS = 1000,  /* name servers and routes are back a bit later */
    OUTAGE_WITNESSES = 8,
    OUTAGE_WITNESS_MS = 500, /* between two that are noted */
    OUTAGE_REST_MS = 2000,   /* between two trials: a tenth of its length ... */
    OUTAGE_REST_MAX_MS = 15000
};

struct outage_witness {
    char origin[OUTAGE_ORIGIN_BYTES];
    bool is_name;
    uint64_t at_ms; /* 0: an empty place */
};

/* Those who fell silent since something answered last. */
struct outage_suspicion {
    uint64_t sites[OUTAGE_SITES]; /* hashes */
    char origins[OUTAGE_SITES][OUTAGE_ORIGIN_BYTES];
    size_t count;
    bool is_local;  /* all of them */
    bool is_enough; /* so many, or one that answered and has no route now */
    uint64_t since_ms;
    uint64_t trusted_until_ms;
    unsigned trials;
};

struct outage {
    int64_t wait_ms;
    atomic_bool is_on;
    atomic_uint_least64_t ended; /* how many */
    atomic_uint_least64_t answered_ms[OUTAGE_KINDS];
    atomic_uint_least64_t noted_ms; /* the last witness */

    pthread_mutex_t mutex;      /* of all below */
    enum outage_kind kind;      /* of the one that is */
    uint64_t from_ms, until_ms; /* the last one, or the one that is */
    struct outage_suspicion suspicion[OUTAGE_KINDS];
    struct outage_witness witnesses[OUTAGE_WITNESSES];
    unsigned turn; /* whom to try next */
    bool is_trying;
    uint64_t try_at_ms;
};

struct outage *
outage_new(int64_t wait_ms)
{
    struct outage *o = xcalloc(1, sizeof(*o));

    o->wait_ms = wait_ms;
    pthread_mutex_init(&o->mutex, NULL);
    return o;
}

void
outage_free(struct outage *o)
{
    if (o == NULL)
        return;
    pthread_mutex_destroy(&o->mutex);
    free(o);
}

bool
outage_is_on(const struct outage *o)
{
    return atomic_load_explicit(&o->is_on, memory_order_relaxed);
}

uint64_t
outage_count(const struct outage *o)
{
    return atomic_load_explicit(&o->ended, memory_order_acquire);
}

/* --- beginning and end; the mutex is held --- */

static struct outage_news
outage_begin(struct outage *o, enum outage_kind kind, uint64_t now)
{
    const struct outage_suspicion *s = &o->suspicion[kind];

    o->kind = kind;
    o->from_ms = s->since_ms;
    o->try_at_ms = now + OUTAGE_REST_MS;
    atomic_store(&o->is_on, true);
    return (struct outage_news){.event = OUTAGE_BEGAN,
                                .kind = kind,
                                .duration_ms = (int64_t)(now - o->from_ms)};
}

static struct outage_news
outage_end(struct outage *o, bool is_given_up, uint64_t now)
{
    struct outage_news news = {.event = OUTAGE_ENDED,
                               .kind = o->kind,
                               .is_given_up = is_given_up,
                               .duration_ms = (int64_t)(now - o->from_ms)};

    o->until_ms = now;
    for (int kind = 0; kind < OUTAGE_KINDS; kind++) {
        o->suspicion[kind].count = 0;
        o->suspicion[kind].trials = 0;
        /* when it was none after all, the silent ones get their due now */
        o->suspicion[kind].trusted_until_ms =
            now + (is_given_up ? (uint64_t)o->wait_ms : OUTAGE_TRUST_MS);
    }
    atomic_fetch_add(&o->ended, 1);
    atomic_store(&o->is_on, false);
    return news;
}

/* --- what answers --- */

struct outage_news
outage_answer(struct outage *o, enum outage_kind kind, uint64_t now)
{
    struct outage_news news = {OUTAGE_NOTHING, kind, false, 0};
    uint64_t last =
        atomic_load_explicit(&o->answered_ms[kind], memory_order_relaxed);

    if (now > last) /* two at once: either of them will do */
        atomic_store_explicit(&o->answered_ms[kind], now, memory_order_relaxed);
    if (!outage_is_on(o))
        return news;
    pthread_mutex_lock(&o->mutex);
    /* nothing that was heard before it was known to be one ends it */
    if (outage_is_on(o) && o->kind == kind && now > o->from_ms)
        news = outage_end(o, false, now);
    pthread_mutex_unlock(&o->mutex);
    return news;
}

static void
outage_note_witness(struct outage *o, struct str origin, bool is_name,
                    uint64_t now)
{
    struct outage_witness *oldest = &o->witnesses[0];

    for (size_t i = 0; i < OUTAGE_WITNESSES; i++) {
        struct outage_witness *w = &o->witnesses[i];

        if (w->at_ms > 0 && str_equal(str_from(w->origin), origin)) {
            w->at_ms = now;
            return;
        }
        if (w->at_ms < oldest->at_ms)
            oldest = w;
    }
    memcpy(oldest->origin, origin.p, origin.n);
    oldest->origin[origin.n] = '\0';
    oldest->is_name = is_name;
    oldest->at_ms = now;
}

bool
outage_wants_witness(const struct outage *o, uint64_t now)
{
    uint64_t last = atomic_load_explicit(&o->noted_ms, memory_order_relaxed);

    return o->wait_ms > 0 && (last == 0 || now >= last + OUTAGE_WITNESS_MS);
}

void
outage_witness(struct outage *o, struct str origin, bool is_name, uint64_t now)
{
    if (origin.n >= OUTAGE_ORIGIN_BYTES)
        return;
    atomic_store_explicit(&o->noted_ms, now, memory_order_relaxed);
    pthread_mutex_lock(&o->mutex);
    outage_note_witness(o, origin, is_name, now);
    pthread_mutex_unlock(&o->mutex);
}

/* --- what is silent --- */

static uint64_t
outage_answered_ms(const struct outage *o, enum outage_kind kind)
{
    return atomic_load_explicit(&o->answered_ms[kind], memory_order_relaxed);
}

static bool
outage_knows(const struct outage *o, struct str origin)
{
    for (size_t i = 0; i < OUTAGE_WITNESSES; i++)
        if (o->witnesses[i].at_ms > 0 &&
            str_equal(str_from(o->witnesses[i].origin), origin))
            return true;
    return false;
}

static void
outage_note_silence(struct outage *o, const struct outage_silence *silence)
{
    struct outage_suspicion *s = &o->suspicion[silence->kind];
    uint64_t site = fingerprint(silence->site);

    if (s->count > 0 && outage_answered_ms(o, silence->kind) > s->since_ms)
        s->count = s->trials = 0;
    if (s->count == 0) {
        s->since_ms = silence->ended_ms;
        s->is_local = true;
        s->is_enough = false;
    }
    for (size_t i = 0; i < s->count; i++)
        if (s->sites[i] == site)
            return;
    if (s->count == OUTAGE_SITES || silence->origin.n >= OUTAGE_ORIGIN_BYTES)
        return;
    s->sites[s->count] = site;
    memcpy(s->origins[s->count], silence->origin.p, silence->origin.n);
    s->origins[s->count][silence->origin.n] = '\0';
    s->is_local = s->is_local && silence->is_local;
    s->count++;
    s->is_enough = s->is_enough || s->count == OUTAGE_SITES ||
                   (silence->kind == OUTAGE_NET && silence->is_local &&
                    outage_knows(o, silence->origin));
}

/* Whether the last one, or the one that is, has anything of that time. */
static bool
outage_overlaps(const struct outage *o, uint64_t began, uint64_t ended)
{
    if (outage_is_on(o))
        return true;
    return o->until_ms > 0 && began < o->until_ms + OUTAGE_GRACE_MS &&
           ended >= o->from_ms;
}

static enum outage_verdict
outage_weigh(struct outage *o, const struct outage_silence *silence,
             uint64_t now)
{
    struct outage_suspicion *s = &o->suspicion[silence->kind];

    if (outage_overlaps(o, silence->began_ms, silence->ended_ms))
        return OUTAGE_OURS;
    if (outage_answered_ms(o, silence->kind) >= silence->ended_ms ||
        now < s->trusted_until_ms)
        return OUTAGE_THEIRS;
    outage_note_silence(o, silence);
    return s->is_enough ? OUTAGE_UNSURE : OUTAGE_THEIRS;
}

enum outage_verdict
outage_judge(struct outage *o, const struct outage_silence *silence,
             uint64_t now)
{
    enum outage_verdict verdict;

    if (o->wait_ms == 0)
        return OUTAGE_THEIRS;
    pthread_mutex_lock(&o->mutex);
    verdict = outage_weigh(o, silence, now);
    pthread_mutex_unlock(&o->mutex);
    return verdict;
}

bool
outage_covers(struct outage *o, uint64_t began, uint64_t ended)
{
    bool is_covered;

    pthread_mutex_lock(&o->mutex);
    is_covered = outage_overlaps(o, began, ended);
    pthread_mutex_unlock(&o->mutex);
    return is_covered;
}

/* --- trials --- */

static bool
outage_is_silent(const struct outage_suspicion *s, const char *origin)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->origins[i], origin) == 0)
            return true;
    return false;
}

/*
 * The next one in turn; false: there is none.  With silent ones: those that
 * fell silent just now, whether they ever answered or not.
 */
static bool
outage_pick(struct outage *o, enum outage_kind kind, bool with_silent,
            struct outage_trial *out)
{
    const struct outage_suspicion *s = &o->suspicion[kind];
    size_t all = OUTAGE_WITNESSES + (with_silent ? s->count : 0);

    for (size_t i = 0; i < all; i++) {
        size_t at = (o->turn + i) % all;
        const char *origin = at < OUTAGE_WITNESSES
                                 ? o->witnesses[at].origin
                                 : s->origins[at - OUTAGE_WITNESSES];

        if (at < OUTAGE_WITNESSES &&
            (o->witnesses[at].at_ms == 0 ||
             (kind == OUTAGE_DNS && !o->witnesses[at].is_name) ||
             (!with_silent && outage_is_silent(s, origin))))
            continue;
        o->turn = (unsigned)at + 1;
        out->kind = kind;
        memcpy(out->origin, origin, strlen(origin) + 1);
        return true;
    }
    return false;
}

/* Whether there is doubt, and has been for long enough. */
static bool
outage_is_suspicious(const struct outage *o, enum outage_kind kind,
                     uint64_t now)
{
    const struct outage_suspicion *s = &o->suspicion[kind];
    uint64_t last = outage_answered_ms(o, kind);

    return s->count > 0 && s->is_enough && last <= s->since_ms &&
           now >= s->trusted_until_ms && now >= last + OUTAGE_QUIET_MS &&
           now >= s->since_ms + OUTAGE_QUIET_MS;
}

/* Whether there ever was one to be tried. */
static bool
outage_has_answered(const struct outage *o, enum outage_kind kind)
{
    for (size_t i = 0; i < OUTAGE_WITNESSES; i++)
        if (o->witnesses[i].at_ms > 0 &&
            (kind != OUTAGE_DNS || o->witnesses[i].is_name))
            return true;
    return false;
}

static bool
outage_pick_trial(struct outage *o, uint64_t now, struct outage_trial *out)
{
    if (o->is_trying)
        return false;
    if (outage_is_on(o))
        return now >= o->try_at_ms && outage_pick(o, o->kind, true, out);
    for (enum outage_kind kind = 0; kind < OUTAGE_KINDS; kind++) {
        if (!outage_is_suspicious(o, kind, now))
            continue;
        if (outage_pick(o, kind, false, out))
            return true;
        if (outage_has_answered(o, kind) && outage_pick(o, kind, true, out))
            return true; /* all that ever answered fell silent */
        /* nobody ever answered: tried are those that are silent */
        if (o->suspicion[kind].is_local) {
            out->kind = kind;
            memcpy(out->origin, o->suspicion[kind].origins[0],
                   OUTAGE_ORIGIN_BYTES);
            o->suspicion[kind].trials = OUTAGE_TRIALS - 1;
            return true;
        }
        o->suspicion[kind].trusted_until_ms = now + OUTAGE_TRUST_MS;
    }
    return false;
}

bool
outage_wants_trial(struct outage *o, uint64_t now, struct outage_trial *out)
{
    bool wants;

    if (o->wait_ms == 0)
        return false;
    pthread_mutex_lock(&o->mutex);
    wants = outage_pick_trial(o, now, out);
    o->is_trying = o->is_trying || wants;
    pthread_mutex_unlock(&o->mutex);
    return wants;
}

/* The calmer, the longer it lasts. */
static uint64_t
outage_rest_ms(const struct outage *o, uint64_t now)
{
    uint64_t rest = (now - o->from_ms) / 10;

    if (rest < OUTAGE_REST_MS)
        return OUTAGE_REST_MS;
    return rest < OUTAGE_REST_MAX_MS ? rest : OUTAGE_REST_MAX_MS;
}

static struct outage_news
outage_take_silent_trial(struct outage *o, enum outage_kind kind, uint64_t now)
{
    struct outage_news nothing = {OUTAGE_NOTHING, kind, false, 0};
    struct outage_suspicion *s = &o->suspicion[kind];

    if (outage_is_on(o)) {
        o->try_at_ms = now + outage_rest_ms(o, now);
        return now - o->from_ms >= (uint64_t)o->wait_ms
                   ? outage_end(o, true, now)
                   : nothing;
    }
    if (!outage_is_suspicious(o, kind, now))
        return nothing; /* something answered meanwhile */
    if (++s->trials < OUTAGE_TRIALS)
        return nothing;
    return outage_begin(o, kind, now);
}

struct outage_news
outage_tried(struct outage *o, enum outage_kind kind, bool is_answered,
             uint64_t now)
{
    struct outage_news news = {OUTAGE_NOTHING, kind, false, 0};

    pthread_mutex_lock(&o->mutex);
    o->is_trying = false;
    if (!is_answered) {
        news = outage_take_silent_trial(o, kind, now);
    } else if (!outage_is_on(o)) {
        o->suspicion[kind].count = o->suspicion[kind].trials = 0;
        o->suspicion[kind].trusted_until_ms = now + OUTAGE_TRUST_MS;
    }
    pthread_mutex_unlock(&o->mutex);
    return is_answered ? outage_answer(o, kind, now) : news;
}
