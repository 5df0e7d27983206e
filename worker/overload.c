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
#define OVERLOAD_DECREASE 0.7 /* TCP's CUBIC (RFC 9438) */
#define OVERLOAD_USUAL_MOST 0.5
#define OVERLOAD_RISE 0.03 /* of failures, at least */
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
overload_before(const struct overload *o)
{
    size_t ours = overload_bucket(o->limit);
    struct overload_tally sum = {0};

    for (size_t i = 0; i <= ours; i++)
        overload_add(&sum, o->loads[i]);
    sum.n = fmax(sum.n - o->recent.n, 0);
    sum.failed = fmin(fmax(sum.failed - o->recent.failed, 0), sum.n);
    sum.ms = fmax(sum.ms - o->recent.ms, 0);
    sum.failed_ms = fmax(sum.failed_ms - o->recent.failed_ms, 0);
    return sum;
}

/*
 * What fails with half the connections or fewer, where it is least; without
 * that, what failed with ours.
 */
static struct overload_tally
overload_usual(const struct overload *o)
{
    struct overload_tally sum = {0}, least = {0};

    for (size_t i = 0; i < OVERLOAD_BUCKETS && ((size_t)2 << i) <= o->limit;
         i++) {
        overload_add(&sum, o->loads[i]);
        if (sum.n >= OVERLOAD_SAMPLES &&
            (least.n <= 0 || overload_share(sum) < overload_share(least)))
            least = sum;
    }
    if (least.n <= 0)
        least = overload_before(o);
    overload_add(&least, o->prior);
    /* only a trial makes more than that usual */
    if (overload_share(least) >
        fmax(overload_share(o->prior), OVERLOAD_USUAL_MOST))
        return o->prior;
    return least;
}

/*
 * Until failures and answers to what begins now come as often as they will;
 * what takes very long is not waited for.
 */
static uint64_t
overload_wait_ms(const struct overload *o)
{
    uint64_t ms =
        o->answer_ms > 0 ? o->answer_ms * OVERLOAD_ENTRY : OVERLOAD_UNKNOWN_MS;

    if (ms < o->failure_ms)
        ms = o->failure_ms;
    return ms < OVERLOAD_TRIAL_MAX_MS ? ms : OVERLOAD_TRIAL_MAX_MS;
}

static enum overload_verdict
overload_compare(const struct overload *o)
{
    struct overload_tally usual = overload_usual(o), both = usual;
    double rise = overload_share(o->recent) - overload_share(usual), p, error;

    overload_add(&both, o->recent);
    p = overload_share(both);
    error = sqrt(p * (1 - p) * (1 / usual.n + 1 / o->recent.n));
    if (rise <= OVERLOAD_RISE || rise <= OVERLOAD_DOUBT * error)
        return OVERLOAD_USUAL;
    if (rise > OVERLOAD_ERRORS * error)
        return OVERLOAD_RISEN;
    return o->recent.n < OVERLOAD_SAMPLES_MANY ? OVERLOAD_DOUBTFUL
                                               : OVERLOAD_USUAL;
}

/*
 * Whether there are enough of them to say something, from a time in which the
 * slow ones came as well: time-outs come in swarms.
 */
static bool
overload_has_samples(const struct overload *o, uint64_t now_ms)
{
    uint64_t least_ms = overload_wait_ms(o);
    uint64_t ms = now_ms - o->judged_ms;
    double least = o->accused > 0 ? 2 * OVERLOAD_SAMPLES : OVERLOAD_SAMPLES;

    return (o->recent.n >= least && ms >= least_ms) ||
           (o->recent.n >= OVERLOAD_SAMPLES_FEW && ms >= OVERLOAD_LONG_MS);
}

/* What was seen since the last judgement says no more. */
static void
overload_renew(struct overload *o, uint64_t now_ms)
{
    o->recent = o->all = (struct overload_tally){0};
    o->judged_ms = now_ms;
}

static void
overload_age(struct overload *o, uint64_t now_ms)
{
    if (now_ms - o->aged_ms < OVERLOAD_AGE_MS)
        return;
    o->aged_ms = now_ms;
    for (size_t i = 0; i < OVERLOAD_BUCKETS; i++) {
        o->loads[i].n *= OVERLOAD_AGE;
        o->loads[i].failed *= OVERLOAD_AGE;
    }
}

/* --- verdicts --- */

enum overload_verdict
overload_judge(struct overload *o, uint64_t now_ms)
{
    enum overload_verdict verdict;

    overload_age(o, now_ms);
    /* what takes less time than the others comes first */
    if (now_ms < o->fresh_ms || (o->accused > 0 && now_ms < o->trial_ms)) {
        overload_renew(o, now_ms);
        return OVERLOAD_USUAL;
    }
    if (!overload_has_samples(o, now_ms))
        return OVERLOAD_USUAL;
    if (o->accused > 0 && o->trials >= OVERLOAD_TRIALS &&
        overload_share(o->recent) > o->worst_share * OVERLOAD_SAME &&
        overload_lost(o->all) > o->worst_lost * OVERLOAD_SAME) {
        return OVERLOAD_NOT_US;
    }
    verdict = overload_compare(o);
    if (verdict == OVERLOAD_USUAL) { /* else it is no part of what is usual */
        o->accused = 0;
        overload_renew(o, now_ms);
    }
    return verdict;
}

enum overload_verdict
overload_peek(const struct overload *o, uint64_t now_ms)
{
    enum overload_verdict verdict;

    if (o->accused > 0 || o->recent.n < OVERLOAD_SAMPLES_FEW)
        return OVERLOAD_USUAL;
    verdict = overload_compare(o);
    if (verdict == OVERLOAD_RISEN &&
        now_ms - o->judged_ms < overload_wait_ms(o))
        return OVERLOAD_DOUBTFUL; /* the good ones are to come as well */
    return verdict;
}

double
overload_decrease(struct overload *o, uint64_t now_ms)
{
    struct overload_tally usual = overload_usual(o);
    double keep;

    o->failed_share = overload_share(o->recent);
    o->usual_share = overload_share(usual);
    o->lost_share = overload_lost(o->all);
    if (o->accused == 0) {
        o->accused = o->limit;
        o->trials = 0;
        o->worst_share = o->worst_lost = 0;
    }
    o->worst_share = fmax(o->worst_share, o->failed_share);
    o->worst_lost = fmax(o->worst_lost, o->lost_share);
    o->trials++;
    o->trial_ms = now_ms + overload_wait_ms(o);
    for (size_t i = overload_bucket(o->limit); i < OVERLOAD_BUCKETS; i++)
        o->loads[i] = (struct overload_tally){0};
    o->changed_ms = now_ms;
    overload_renew(o, now_ms);
    /* connections that failures had, but for those that are usual */
    keep = (1 - o->lost_share) / (1 - overload_lost(usual));
    return fmax(fmin(keep, OVERLOAD_DECREASE), 1.0 / OVERLOAD_SPARE);
}

size_t
overload_restore(struct overload *o)
{
    size_t accused = o->accused;

    o->prior.n = OVERLOAD_SAMPLES;
    o->prior.failed = OVERLOAD_SAMPLES * overload_share(o->recent);
    o->prior.ms = OVERLOAD_SAMPLES * o->all.ms / o->all.n;
    o->prior.failed_ms = OVERLOAD_SAMPLES * o->all.failed_ms / o->all.n;
    memset(o->loads, 0, sizeof(o->loads));
    o->recent = o->all = (struct overload_tally){0};
    o->accused = 0;
    return accused;
}

/* --- what happens --- */

static void
overload_learn_ms(uint64_t *mean, uint64_t ms)
{
    *mean = *mean == 0 ? ms : (*mean * 7 + ms) / 8;
}

void
overload_note(struct overload *o, const struct adapt_sample *s)
{
    double ms = s->now_ms > s->began_ms ? (double)(s->now_ms - s->began_ms) : 1;
    struct overload_tally one = {1, s->is_failure, ms, s->is_failure ? ms : 0};

    if (s->is_known || s->began_ms <= o->changed_ms || s->load > o->limit)
        return;
    if (s->is_failure)
        overload_learn_ms(&o->failure_ms, (uint64_t)ms);
    overload_add(&o->loads[overload_bucket(s->load)], one);
    overload_add(&o->all, one);
    if (s->load * 2 > o->limit)
        overload_add(&o->recent, one);
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

void
overload_begin(struct overload *o, uint64_t now_ms)
{
    o->judged_ms = now_ms;
}

void
overload_init(struct overload *o, size_t limit, uint64_t now_ms)
{
    memset(o, 0, sizeof(*o));
    o->limit = limit;
    o->prior = (struct overload_tally){.n = OVERLOAD_PRIOR_ENTRIES,
                                       .failed = OVERLOAD_PRIOR_FAILED};
    o->judged_ms = o->aged_ms = now_ms;
}
