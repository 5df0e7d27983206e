/* SPDX-License-Identifier: MIT */
#include "worker/overload.h"

#include <math.h>
#include <string.h>

#include "worker/adapt.h"

enum {
    OVERLOAD_SAMPLES = 50,        /* entries to judge by ... */
    OVERLOAD_SAMPLES_MANY = 1000, /* then there is no doubt left */
    OVERLOAD_SAMPLES_FEW = 10,    /* ... after OVERLOAD_LONG_MS */
    OVERLOAD_LONG_MS = 10000,   /* a window is over, however little happened */
    OVERLOAD_UNKNOWN_MS = 1000, /* an answer may take, before there was one */
    OVERLOAD_ENTRY = 4,  /* answers in time: robots.txt, page, twice that */
    OVERLOAD_TRIALS = 2, /* the first compares with what had begun just then */
    OVERLOAD_TRIAL_MAX_MS = 15000, /* a connect's time-out, and some */
    OVERLOAD_AGE_MS = 10000, /* with OVERLOAD_AGE: half is left of 66 s ago */
    OVERLOAD_PRIOR_ENTRIES = 20, /* what is usual, before it was seen ... */
    OVERLOAD_PRIOR_FAILED = 4,   /* ... of a top-sites list: 10 to 20 % */
    OVERLOAD_SPARE = 16 /* a decrease leaves that part of the limit at least */
};

#define OVERLOAD_AGE 0.9
#define OVERLOAD_DECREASE 0.7   /* TCP's CUBIC (RFC 9438) */
#define OVERLOAD_USUAL_MOST 0.5 /* but for what is expected */
#define OVERLOAD_RISE 0.03      /* of failures, at least */
#define OVERLOAD_ERRORS 4  /* standard errors: 1 of 30,000 windows by chance */
#define OVERLOAD_DOUBT 2   /* from these on more entries are waited for */
#define OVERLOAD_SAME 0.85 /* of the failures are still there: it is not us */

/* --- what failed, by load --- */

/* 0: load 1; 1: 2; 2: 3 and 4; 3: up to 8 ... */
static size_t
overload_bucket(size_t load)
{
    size_t bucket = 0;

    while (bucket + 1 < OVERLOAD_BUCKETS && ((size_t)1 << bucket) < load)
        bucket++;
    return bucket;
}

static void
overload_add(struct overload_tally *t, struct overload_tally more)
{
    t->n += more.n;
    t->failed += more.failed;
    t->ms += more.ms;
    t->failed_ms += more.failed_ms;
}

static double
overload_share(struct overload_tally t)
{
    return t.n > 0 ? t.failed / t.n : 0;
}

/* The share of the connections that failures had; of all of them: 99 %. */
static double
overload_lost(struct overload_tally t)
{
    return t.ms > 0 ? fmin(t.failed_ms / t.ms, 0.99) : 0;
}

/* What was seen with our number of connections, but for the last window. */
static struct overload_tally
overload_before(const struct overload *o, const struct overload_class *c)
{
    size_t ours = overload_bucket(o->limit);
    struct overload_tally sum = {0};

    for (size_t i = 0; i <= ours; i++)
        overload_add(&sum, c->loads[i]);
    sum.n = fmax(sum.n - c->recent.n, 0);
    sum.failed = fmin(fmax(sum.failed - c->recent.failed, 0), sum.n);
    sum.ms = fmax(sum.ms - c->recent.ms, 0);
    sum.failed_ms = fmax(sum.failed_ms - c->recent.failed_ms, 0);
    return sum;
}

/*
 * What fails with half the connections or fewer, where it is least; without
 * that, what failed with ours.
 */
static struct overload_tally
overload_seen(const struct overload *o, const struct overload_class *c,
              struct overload_tally prior)
{
    struct overload_tally sum = {0}, least = {0};

    for (size_t i = 0; i < OVERLOAD_BUCKETS && ((size_t)2 << i) <= o->limit;
         i++) {
        overload_add(&sum, c->loads[i]);
        if (sum.n >= OVERLOAD_SAMPLES &&
            (least.n <= 0 || overload_share(sum) < overload_share(least)))
            least = sum;
    }
    if (least.n <= 0)
        least = overload_before(o, c);
    overload_add(&least, prior);
    /* only a trial, or what is expected, makes more than that usual */
    if (overload_share(least) >
        fmax(overload_share(prior), OVERLOAD_USUAL_MOST))
        return prior;
    return least;
}

/* Of first tries that were not judged, or that failed because of us. */
static double
overload_own_of_heard(const struct overload *o)
{
    const struct overload_class *c = &o->classes[OVERLOAD_FRESH];
    double usual;

    if (o->heard <= 0)
        return 0;
    usual = overload_share(overload_seen(o, c, c->prior));
    return fmin(o->heard_failed, (usual + OVERLOAD_RISE) * o->heard);
}

/* The share of the list's own among what is tried again. */
static double
overload_expected(const struct overload *o)
{
    double own = o->own + overload_own_of_heard(o);

    return own < o->pool ? own / o->pool : 1;
}

static struct overload_tally
overload_usual(const struct overload *o, enum overload_kind kind)
{
    const struct overload_class *c = &o->classes[kind];
    struct overload_tally usual, prior = c->prior;
    double expected;

    if (kind == OVERLOAD_FRESH)
        return overload_seen(o, c, prior);
    expected = overload_expected(o);
    prior.failed = fmax(prior.failed, expected * prior.n);
    usual = overload_seen(o, c, prior);
    /* those that answer get fewer with each try */
    usual.failed = fmax(usual.failed, expected * usual.n);
    return usual;
}

/*
 * Until failures and answers to what begins now come as often as they will;
 * what takes very long is not waited for.
 */
static uint64_t
overload_wait_ms(const struct overload *o, const struct overload_class *c)
{
    uint64_t ms =
        o->answer_ms > 0 ? o->answer_ms * OVERLOAD_ENTRY : OVERLOAD_UNKNOWN_MS;

    if (ms < c->failure_ms)
        ms = c->failure_ms;
    return ms < OVERLOAD_TRIAL_MAX_MS ? ms : OVERLOAD_TRIAL_MAX_MS;
}

static enum overload_verdict
overload_compare(struct overload_tally recent, struct overload_tally usual)
{
    struct overload_tally both = usual;
    double rise = overload_share(recent) - overload_share(usual), p, error;

    overload_add(&both, recent);
    p = overload_share(both);
    error = sqrt(p * (1 - p) * (1 / usual.n + 1 / recent.n));
    if (rise <= OVERLOAD_RISE || rise <= OVERLOAD_DOUBT * error)
        return OVERLOAD_USUAL;
    if (rise > OVERLOAD_ERRORS * error)
        return OVERLOAD_RISEN;
    return recent.n < OVERLOAD_SAMPLES_MANY ? OVERLOAD_DOUBTFUL
                                            : OVERLOAD_USUAL;
}

/*
 * Failures that take long come behind the others that began with them: when
 * fewer begin, they are alone, and look like a rise.
 */
static enum overload_verdict
overload_say(const struct overload *o, enum overload_kind kind)
{
    const struct overload_class *c = &o->classes[kind];
    struct overload_tally usual = overload_usual(o, kind);
    enum overload_verdict verdict = overload_compare(c->recent, usual), earlier;

    if (verdict != OVERLOAD_RISEN || c->earlier.n < OVERLOAD_SAMPLES_FEW ||
        c->failure_ms <= 2 * c->good_ms)
        return verdict;
    earlier = overload_compare(c->earlier, usual);
    if (earlier == OVERLOAD_DOUBTFUL && c->recent.n >= OVERLOAD_SAMPLES_MANY)
        return verdict;
    return earlier;
}

/*
 * Whether there are enough of them to say something, from a time in which the
 * slow ones came as well: time-outs come in swarms.
 */
static bool
overload_has_samples(const struct overload *o, const struct overload_class *c,
                     uint64_t now_ms)
{
    uint64_t least_ms = overload_wait_ms(o, c);
    uint64_t ms = now_ms - c->since_ms;
    double least = o->accused > 0 ? 2 * OVERLOAD_SAMPLES : OVERLOAD_SAMPLES;

    return (c->recent.n >= least && ms >= least_ms) ||
           (c->recent.n >= OVERLOAD_SAMPLES_FEW && ms >= OVERLOAD_LONG_MS);
}

static enum overload_kind
overload_speaker(const struct overload *o)
{
    return o->classes[OVERLOAD_FRESH].recent.n >= OVERLOAD_SAMPLES_FEW
               ? OVERLOAD_FRESH
               : OVERLOAD_KNOWN;
}

/* What was seen since the last judgement says no more. */
static void
overload_forget(struct overload_class *c)
{
    c->recent = c->all = c->begun = c->earlier = (struct overload_tally){0};
}

static void
overload_renew(struct overload *o, uint64_t now_ms)
{
    o->own += overload_own_of_heard(o);
    o->heard = o->heard_failed = 0;
    for (size_t i = 0; i < OVERLOAD_KINDS; i++) {
        overload_forget(&o->classes[i]);
        o->classes[i].since_ms = o->classes[i].earlier_ms = now_ms;
    }
}

/* It was as usual: the next window. */
static void
overload_next(struct overload_class *c, uint64_t now_ms)
{
    struct overload_tally begun = c->begun;

    overload_forget(c);
    c->earlier = begun;
    c->earlier_ms = c->since_ms;
    c->since_ms = now_ms;
}

static void
overload_age(struct overload *o, uint64_t now_ms)
{
    if (now_ms - o->aged_ms < OVERLOAD_AGE_MS)
        return;
    o->aged_ms = now_ms;
    for (size_t kind = 0; kind < OVERLOAD_KINDS; kind++)
        for (size_t i = 0; i < OVERLOAD_BUCKETS; i++) {
            o->classes[kind].loads[i].n *= OVERLOAD_AGE;
            o->classes[kind].loads[i].failed *= OVERLOAD_AGE;
        }
}

/* --- verdicts --- */

/* As many fail as did with more connections. */
static bool
overload_is_the_same(const struct overload *o, const struct overload_class *c)
{
    return o->accused > 0 && c->trials >= OVERLOAD_TRIALS &&
           overload_share(c->recent) > c->worst_share * OVERLOAD_SAME &&
           overload_lost(c->all) > c->worst_lost * OVERLOAD_SAME;
}

enum overload_verdict
overload_judge(struct overload *o, uint64_t now_ms)
{
    enum overload_kind speaker = overload_speaker(o);
    struct overload_class *c = &o->classes[speaker];
    enum overload_verdict verdict;

    overload_age(o, now_ms);
    /* what takes less time than the others comes first */
    if (now_ms < o->fresh_ms || (o->accused > 0 && now_ms < o->trial_ms)) {
        overload_renew(o, now_ms);
        return OVERLOAD_USUAL;
    }
    if (!overload_has_samples(o, c, now_ms))
        return OVERLOAD_USUAL;
    if (overload_is_the_same(o, c))
        return OVERLOAD_NOT_US;
    verdict = overload_say(o, speaker);
    if (verdict != OVERLOAD_USUAL) /* no part of what is usual */
        return verdict;
    o->accused = 0;
    overload_next(c, now_ms);
    if (speaker == OVERLOAD_FRESH) {
        o->own += o->heard_failed;
        o->heard = o->heard_failed = 0;
        overload_next(&o->classes[OVERLOAD_KNOWN], now_ms);
    }
    return verdict;
}

enum overload_verdict
overload_peek(const struct overload *o, uint64_t now_ms)
{
    enum overload_kind speaker = overload_speaker(o);
    const struct overload_class *c = &o->classes[speaker];
    enum overload_verdict verdict;

    if (o->accused > 0 || c->recent.n < OVERLOAD_SAMPLES_FEW)
        return OVERLOAD_USUAL;
    verdict = overload_say(o, speaker);
    if (verdict == OVERLOAD_RISEN &&
        now_ms - c->since_ms < overload_wait_ms(o, c))
        return OVERLOAD_DOUBTFUL; /* the good ones are to come as well */
    return verdict;
}

/* Connections that failures had are to go, but for those that are usual. */
static double
overload_keep(const struct overload *o, struct overload_tally usual)
{
    double lost = overload_lost(usual), keep;

    /* what is expected of retries was not seen: no time is known of it */
    if (o->speaker == OVERLOAD_KNOWN)
        lost = o->lost_share * o->usual_share / o->failed_share;
    keep = (1 - o->lost_share) / (1 - lost);
    return fmax(fmin(keep, OVERLOAD_DECREASE), 1.0 / OVERLOAD_SPARE);
}

static void
overload_accuse(struct overload *o)
{
    if (o->accused > 0)
        return;
    o->accused = o->limit;
    for (size_t i = 0; i < OVERLOAD_KINDS; i++) {
        o->classes[i].trials = 0;
        o->classes[i].worst_share = o->classes[i].worst_lost = 0;
    }
}

double
overload_decrease(struct overload *o, uint64_t now_ms)
{
    enum overload_kind speaker = overload_speaker(o);
    struct overload_class *c = &o->classes[speaker];
    struct overload_tally usual = overload_usual(o, speaker);

    o->speaker = speaker;
    o->failed_share = overload_share(c->recent);
    o->usual_share = overload_share(usual);
    o->lost_share = overload_lost(c->all);
    overload_accuse(o);
    c->worst_share = fmax(c->worst_share, o->failed_share);
    c->worst_lost = fmax(c->worst_lost, o->lost_share);
    c->trials++;
    o->trial_ms = now_ms + overload_wait_ms(o, c);
    for (size_t i = overload_bucket(o->limit); i < OVERLOAD_BUCKETS; i++)
        c->loads[i] = (struct overload_tally){0};
    o->changed_ms = now_ms;
    overload_renew(o, now_ms);
    return overload_keep(o, usual);
}

size_t
overload_restore(struct overload *o)
{
    struct overload_class *c = &o->classes[overload_speaker(o)];
    size_t accused = o->accused;

    c->prior.n = OVERLOAD_SAMPLES;
    c->prior.failed = OVERLOAD_SAMPLES * overload_share(c->recent);
    c->prior.ms = OVERLOAD_SAMPLES * c->all.ms / c->all.n;
    c->prior.failed_ms = OVERLOAD_SAMPLES * c->all.failed_ms / c->all.n;
    memset(c->loads, 0, sizeof(c->loads));
    o->own = o->pool;
    o->heard = o->heard_failed = 0;
    for (size_t i = 0; i < OVERLOAD_KINDS; i++)
        overload_forget(&o->classes[i]);
    o->accused = 0;
    return accused;
}

/* --- what happens --- */

static void
overload_learn_ms(uint64_t *mean, uint64_t ms)
{
    *mean = *mean == 0 ? ms : (*mean * 7 + ms) / 8;
}

/* Who failed and is to be tried again, whatever the connections were. */
static void
overload_note_pool(struct overload *o, const struct adapt_sample *s)
{
    bool is_again = s->is_failure && !s->is_last;
    double expected;

    if (!s->is_retry) {
        o->pool += is_again;
        if (s->is_known) { /* it is its site */
            o->own += is_again;
        } else {
            o->heard += 1;
            o->heard_failed += is_again;
        }
        return;
    }
    if (is_again)
        return;
    expected = overload_expected(o);
    o->pool = fmax(o->pool - 1, 0);
    if (s->is_failure) /* given up; else it was not dead */
        o->own = fmax(o->own - expected, 0);
}

void
overload_note(struct overload *o, const struct adapt_sample *s)
{
    struct overload_class *c =
        &o->classes[s->is_known ? OVERLOAD_KNOWN : OVERLOAD_FRESH];
    double ms = s->now_ms > s->began_ms ? (double)(s->now_ms - s->began_ms) : 1;
    struct overload_tally one = {1, s->is_failure, ms, s->is_failure ? ms : 0};

    overload_note_pool(o, s);
    if (s->began_ms <= o->changed_ms || s->load > o->limit)
        return;
    overload_learn_ms(s->is_failure ? &c->failure_ms : &c->good_ms,
                      (uint64_t)ms);
    if (s->is_known && c->all.n <= 0 && c->since_ms < s->began_ms)
        c->since_ms = s->began_ms; /* they come in swarms */
    overload_add(&c->loads[overload_bucket(s->load)], one);
    overload_add(&c->all, one);
    if (s->load * 2 <= o->limit)
        return;
    overload_add(&c->recent, one);
    if (s->began_ms >= c->since_ms)
        overload_add(&c->begun, one);
    else if (s->began_ms >= c->earlier_ms)
        overload_add(&c->earlier, one);
}

void
overload_answer(struct overload *o, uint64_t took_ms)
{
    overload_learn_ms(&o->answer_ms, took_ms);
}

void
overload_set_limit(struct overload *o, size_t limit, uint64_t now_ms)
{
    if (limit >= o->limit * 2 || o->limit >= limit * 2) {
        overload_renew(o, now_ms);
        o->fresh_ms = now_ms + o->answer_ms * 3 / 2;
    }
    o->limit = limit;
}

void
overload_acquit(struct overload *o, size_t limit)
{
    o->accused = 0;
    o->limit = limit;
}

uint64_t
overload_failure_ms(const struct overload *o)
{
    return o->classes[OVERLOAD_FRESH].failure_ms;
}

void
overload_begin(struct overload *o, uint64_t now_ms)
{
    for (size_t i = 0; i < OVERLOAD_KINDS; i++)
        o->classes[i].since_ms = o->classes[i].earlier_ms = now_ms;
}

void
overload_init(struct overload *o, size_t limit, uint64_t now_ms)
{
    memset(o, 0, sizeof(*o));
    o->limit = limit;
    o->classes[OVERLOAD_FRESH].prior = (struct overload_tally){
        .n = OVERLOAD_PRIOR_ENTRIES, .failed = OVERLOAD_PRIOR_FAILED};
    o->classes[OVERLOAD_KNOWN].prior.n = OVERLOAD_PRIOR_ENTRIES;
    o->aged_ms = now_ms;
    overload_begin(o, now_ms);
}
