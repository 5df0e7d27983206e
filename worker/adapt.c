/* SPDX-License-Identifier: MIT */
#include "worker/adapt.h"

#include <math.h>
#include <string.h>

enum {
    ADAPT_WINDOW_MS = 500, /* of the others */
    ADAPT_LONG_MS = 10000, /* a window is over, however little happened */
    ADAPT_SAMPLES = 50,    /* fetches of a window; entries to judge by ... */
    ADAPT_SAMPLES_MANY = 1000, /* then there is no doubt left */
    ADAPT_UNKNOWN_MS = 1000,   /* an answer may take, before there was one */
    ADAPT_SAMPLES_FEW = 10,    /* ... after ADAPT_LONG_MS */
    ADAPT_PROBE_FIRST_MS = 1000,
    ADAPT_PROBE_MAX_MS = 60000,
    ADAPT_CEILING_FIRST_MS = 5000,
    ADAPT_CEILING_MAX_MS = 60000,
    ADAPT_ENTRY = 4,  /* answers in time: robots.txt, page, twice that */
    ADAPT_TRIALS = 2, /* the first compares with what had begun just then */
    ADAPT_TRIAL_MAX_MS = 15000, /* a connect's time-out, and some */
    ADAPT_AGE_MS = 10000,       /* with ADAPT_AGE: half is left of 66 s ago */
    ADAPT_STEPS = 4,            /* of a probe, each limit / ADAPT_STEP */
    ADAPT_STEP = 16,
    ADAPT_SPARE = 16 /* a decrease leaves that part of the limit at least */
};

#define ADAPT_AGE 0.9
#define ADAPT_BUSY 0.9        /* of the time: more connections do not pay */
#define ADAPT_DOUBLE_PAYS 1.1 /* of the throughput before */
#define ADAPT_PROMISE 3       /* that part of it keeps a probe's raise */
#define ADAPT_DECREASE 0.7    /* TCP's CUBIC (RFC 9438) */
#define ADAPT_USUAL_MOST 0.5
#define ADAPT_RISE 0.03 /* of failures, at least */
#define ADAPT_ERRORS 4  /* standard errors: by chance once in 30,000 windows */
#define ADAPT_DOUBT 2   /* from these on more entries are waited for */
#define ADAPT_NOT_US 0.85      /* of the failures are still there */
#define ADAPT_PRIOR_ENTRIES 20 /* what is usual, before it was seen ... */
#define ADAPT_PRIOR_FAILED 4   /* ... of a top-sites list: 10 to 20 % */

/* --- what failed, by load --- */

/* 0: load 1; 1: 2; 2: 3 and 4; 3: up to 8 ... */
static size_t
adapt_bucket(size_t load)
{
    size_t bucket = 0;

    while (bucket + 1 < ADAPT_BUCKETS && ((size_t)1 << bucket) < load)
        bucket++;
    return bucket;
}

static void
adapt_add(struct adapt_tally *t, struct adapt_tally more)
{
    t->n += more.n;
    t->failed += more.failed;
    t->ms += more.ms;
    t->failed_ms += more.failed_ms;
}

/* --- windows --- */

static void
adapt_begin_window(struct adapt *a, const struct adapt_now *now)
{
    a->since_ms = now->now_ms;
    a->since_done = now->done;
    a->since_busy_ms = now->busy_ms;
    a->answers = a->answers_ms = 0;
    a->looks = 0;
    a->held = 0;
}

/* The limit is another one: what is under way now says nothing of it. */
static void
adapt_set(struct adapt *a, size_t limit, const struct adapt_now *now)
{
    if (limit >= a->limit * 2 || a->limit >= limit * 2) {
        a->recent = a->all = (struct adapt_tally){0};
        a->judged_ms = now->now_ms;
        a->fresh_ms = now->now_ms + a->answer_ms * 3 / 2;
    }
    a->set_ms = now->now_ms;
    a->skip_until = now->done + a->limit;
    a->skip_ms = now->now_ms + ADAPT_LONG_MS;
    a->limit = limit < 1 ? 1 : limit > a->most ? a->most : limit;
    if (a->limit > a->largest)
        a->largest = a->limit;
    adapt_begin_window(a, now);
}

/*
 * The slow start has no time for whole turns: it compares the first half of
 * the answers to what began with this limit.
 */
static bool
adapt_window_is_over(const struct adapt *a, const struct adapt_now *now)
{
    uint64_t done = now->done - a->since_done;
    uint64_t ms = now->now_ms - a->since_ms;
    uint64_t least = a->limit > ADAPT_SAMPLES ? a->limit : ADAPT_SAMPLES;

    if (ms >= ADAPT_LONG_MS)
        return true;
    if (a->state == ADAPT_START)
        return a->answers * 2 >= least;
    /* once burnt: what a raise does to failures is to be seen first */
    if (ms < ADAPT_WINDOW_MS || (a->ceiling > 0 && ms < a->failure_ms))
        return false;
    return done >= least && a->answers * 2 >= ADAPT_SAMPLES;
}

/*
 * Answers a second.  In the slow start: were all connections with sites that
 * answer (Little's law), since dead ones only begin to fill up with them.
 */
static double
adapt_window_rate(const struct adapt *a, const struct adapt_now *now)
{
    uint64_t ms = now->now_ms - a->since_ms;

    if (a->answers == 0 || ms == 0)
        return 0;
    if (a->state == ADAPT_START)
        return (double)a->limit * 1000 * (double)a->answers /
               (double)a->answers_ms;
    return (double)a->answers * 1000 / (double)ms;
}

static bool
adapt_is_busy(const struct adapt *a, const struct adapt_now *now)
{
    return (double)(now->busy_ms - a->since_busy_ms) >=
           ADAPT_BUSY * (double)(now->now_ms - a->since_ms);
}

/* --- raises --- */

/* The largest that may be tried now. */
static size_t
adapt_top(const struct adapt *a, uint64_t now_ms)
{
    size_t below = a->ceiling - (a->ceiling + ADAPT_STEP - 1) / ADAPT_STEP;

    if (a->ceiling == 0 || now_ms >= a->ceiling_ms || below >= a->most)
        return a->most;
    return below < 1 ? 1 : below;
}

static void
adapt_hold(struct adapt *a, uint64_t wait_ms, uint64_t now_ms)
{
    if (a->state == ADAPT_START)
        a->rate = 0; /* it was of another kind */
    a->state = ADAPT_HOLD;
    a->windows = 0;
    a->probe_ms = now_ms + wait_ms;
}

static enum adapt_move
adapt_take_back(struct adapt *a, const struct adapt_now *now)
{
    adapt_hold(a, a->probe_wait_ms, now->now_ms);
    a->probe_wait_ms *= 2;
    if (a->probe_wait_ms > ADAPT_PROBE_MAX_MS)
        a->probe_wait_ms = ADAPT_PROBE_MAX_MS;
    adapt_set(a, a->base_limit, now);
    return ADAPT_BACK;
}

static enum adapt_move
adapt_start(struct adapt *a, const struct adapt_now *now, double rate)
{
    bool is_busy = adapt_is_busy(a, now);
    size_t top = adapt_top(a, now->now_ms);

    if (a->rate > 0 && rate < a->rate * ADAPT_DOUBLE_PAYS) {
        if (++a->windows >= 2)
            return adapt_take_back(a, now);
        adapt_begin_window(a, now);
        return ADAPT_STAYS;
    }
    a->rate = rate;
    a->base_limit = a->limit;
    a->windows = 0;
    if (is_busy || a->limit >= top) {
        adapt_hold(a, ADAPT_PROBE_FIRST_MS, now->now_ms);
        adapt_begin_window(a, now);
        return ADAPT_STAYS;
    }
    adapt_set(a, a->limit * 2 < top ? a->limit * 2 : top, now);
    return ADAPT_RISES;
}

static enum adapt_move
adapt_step(struct adapt *a, const struct adapt_now *now)
{
    size_t step = a->base_limit / ADAPT_STEP, top = adapt_top(a, now->now_ms);

    step = a->limit + (step > 0 ? step : 1);
    adapt_set(a, step < top ? step : top, now);
    return ADAPT_RISES;
}

static enum adapt_move
adapt_measure(struct adapt *a, const struct adapt_now *now, double rate)
{
    bool is_busy = adapt_is_busy(a, now);

    bool is_first = a->rate <= 0;

    a->rate = is_first ? rate : a->rate * 0.7 + rate * 0.3;
    a->base_limit = a->limit;
    if (is_first || now->now_ms < a->probe_ms || is_busy || a->accused > 0 ||
        a->limit >= adapt_top(a, now->now_ms)) {
        adapt_begin_window(a, now);
        return ADAPT_STAYS;
    }
    a->state = ADAPT_PROBE;
    a->windows = 0;
    return adapt_step(a, now);
}

static enum adapt_move
adapt_probe(struct adapt *a, const struct adapt_now *now, double rate)
{
    double promise = (double)a->limit / (double)a->base_limit - 1;
    bool is_busy = adapt_is_busy(a, now);
    size_t top = adapt_top(a, now->now_ms);

    if (++a->windows < ADAPT_STEPS && a->limit < top && !is_busy)
        return adapt_step(a, now);
    if (rate < a->rate * (1 + promise / ADAPT_PROMISE))
        return adapt_take_back(a, now);
    a->rate = rate;
    a->base_limit = a->limit;
    a->probe_wait_ms = ADAPT_PROBE_FIRST_MS;
    if (is_busy || a->limit >= top) {
        adapt_hold(a, ADAPT_PROBE_FIRST_MS, now->now_ms);
        adapt_begin_window(a, now);
        return ADAPT_STAYS;
    }
    a->windows = 0;
    return adapt_step(a, now);
}

/* --- failures --- */

static double
adapt_share(struct adapt_tally t)
{
    return t.n > 0 ? t.failed / t.n : 0;
}

/* The share of the connections that failures had; of all of them: 99 %. */
static double
adapt_lost(struct adapt_tally t)
{
    return t.ms > 0 ? fmin(t.failed_ms / t.ms, 0.99) : 0;
}

/* What was seen with our number of connections, but for the last window. */
static struct adapt_tally
adapt_before(const struct adapt *a)
{
    size_t ours = adapt_bucket(a->limit);
    struct adapt_tally sum = {0};

    for (size_t i = 0; i <= ours; i++)
        adapt_add(&sum, a->loads[i]);
    sum.n = fmax(sum.n - a->recent.n, 0);
    sum.failed = fmin(fmax(sum.failed - a->recent.failed, 0), sum.n);
    sum.ms = fmax(sum.ms - a->recent.ms, 0);
    sum.failed_ms = fmax(sum.failed_ms - a->recent.failed_ms, 0);
    return sum;
}

/*
 * What fails with half the connections or fewer, where it is least; without
 * that, what failed with ours.
 */
static struct adapt_tally
adapt_usual(const struct adapt *a)
{
    struct adapt_tally sum = {0}, least = {0};

    for (size_t i = 0; i < ADAPT_BUCKETS && ((size_t)2 << i) <= a->limit; i++) {
        adapt_add(&sum, a->loads[i]);
        if (sum.n >= ADAPT_SAMPLES &&
            (least.n <= 0 || adapt_share(sum) < adapt_share(least)))
            least = sum;
    }
    if (least.n <= 0)
        least = adapt_before(a);
    adapt_add(&least, a->prior);
    /* only a trial makes more than that usual */
    if (adapt_share(least) > fmax(adapt_share(a->prior), ADAPT_USUAL_MOST))
        return a->prior;
    return least;
}

/*
 * Until failures and answers to what begins now come as often as they will;
 * what takes very long is not waited for.
 */
static uint64_t
adapt_wait_ms(const struct adapt *a)
{
    uint64_t ms =
        a->answer_ms > 0 ? a->answer_ms * ADAPT_ENTRY : ADAPT_UNKNOWN_MS;

    if (ms < a->failure_ms)
        ms = a->failure_ms;
    return ms < ADAPT_TRIAL_MAX_MS ? ms : ADAPT_TRIAL_MAX_MS;
}

enum adapt_verdict { ADAPT_USUAL, ADAPT_DOUBTFUL, ADAPT_RISEN };

static enum adapt_verdict
adapt_verdict(const struct adapt *a)
{
    struct adapt_tally usual = adapt_usual(a), both = usual;
    double rise = adapt_share(a->recent) - adapt_share(usual), p, error;

    adapt_add(&both, a->recent);
    p = adapt_share(both);
    error = sqrt(p * (1 - p) * (1 / usual.n + 1 / a->recent.n));
    if (rise <= ADAPT_RISE || rise <= ADAPT_DOUBT * error)
        return ADAPT_USUAL;
    if (rise > ADAPT_ERRORS * error)
        return ADAPT_RISEN;
    return a->recent.n < ADAPT_SAMPLES_MANY ? ADAPT_DOUBTFUL : ADAPT_USUAL;
}

static enum adapt_move
adapt_decrease(struct adapt *a, const struct adapt_now *now)
{
    struct adapt_tally usual = adapt_usual(a);
    double keep;
    size_t limit = a->limit;

    a->failed_share = adapt_share(a->recent);
    a->usual_share = adapt_share(usual);
    a->lost_share = adapt_lost(a->all);
    a->decreases++;
    /* connections that failures had, but for those that are usual */
    keep = (1 - a->lost_share) / (1 - adapt_lost(usual));
    if (keep > ADAPT_DECREASE)
        keep = ADAPT_DECREASE;
    if (keep < 1.0 / ADAPT_SPARE)
        keep = 1.0 / ADAPT_SPARE;
    a->ceiling = limit;
    a->ceiling_ms = now->now_ms + a->ceiling_wait_ms;
    a->ceiling_wait_ms = a->ceiling_wait_ms * 2 < ADAPT_CEILING_MAX_MS
                             ? a->ceiling_wait_ms * 2
                             : ADAPT_CEILING_MAX_MS;
    if (a->accused == 0) {
        a->accused = limit;
        a->trials = 0;
        a->worst_share = a->worst_lost = 0;
    }
    a->worst_share = fmax(a->worst_share, a->failed_share);
    a->worst_lost = fmax(a->worst_lost, a->lost_share);
    a->trials++;
    a->trial_ms = now->now_ms + adapt_wait_ms(a);
    a->judged_ms = now->now_ms;
    for (size_t i = adapt_bucket(limit); i < ADAPT_BUCKETS; i++)
        a->loads[i] = (struct adapt_tally){0};
    a->changed_ms = now->now_ms;
    a->recent = a->all = (struct adapt_tally){0};
    a->rate = 0;
    adapt_hold(a, 0, now->now_ms);
    adapt_set(a, (size_t)((double)limit * keep), now);
    return ADAPT_DECREASES;
}

/* As many fail as did with more connections: it is the sites. */
static enum adapt_move
adapt_restore(struct adapt *a, const struct adapt_now *now)
{
    a->prior.n = ADAPT_SAMPLES;
    a->prior.failed = ADAPT_SAMPLES * adapt_share(a->recent);
    a->prior.ms = ADAPT_SAMPLES * a->all.ms / a->all.n;
    a->prior.failed_ms = ADAPT_SAMPLES * a->all.failed_ms / a->all.n;
    memset(a->loads, 0, sizeof(a->loads));
    a->ceiling = 0;
    a->ceiling_wait_ms = ADAPT_CEILING_FIRST_MS;
    a->rate = 0;
    a->recent = a->all = (struct adapt_tally){0};
    adapt_hold(a, ADAPT_PROBE_FIRST_MS, now->now_ms);
    adapt_set(a, a->accused, now);
    a->accused = 0;
    return ADAPT_RESTORES;
}

/*
 * Whether there are enough of them to say something, from a time in which the
 * slow ones came as well: time-outs come in swarms.
 */
static bool
adapt_has_samples(const struct adapt *a, uint64_t now_ms)
{
    uint64_t least_ms = adapt_wait_ms(a);
    uint64_t ms = now_ms - a->judged_ms;
    double least = a->accused > 0 ? 2 * ADAPT_SAMPLES : ADAPT_SAMPLES;

    return (a->recent.n >= least && ms >= least_ms) ||
           (a->recent.n >= ADAPT_SAMPLES_FEW && ms >= ADAPT_LONG_MS);
}

static enum adapt_move
adapt_judge(struct adapt *a, const struct adapt_now *now)
{
    /* what takes less time than the others comes first */
    if (now->now_ms < a->fresh_ms ||
        (a->accused > 0 && now->now_ms < a->trial_ms)) {
        a->recent = a->all = (struct adapt_tally){0};
        a->judged_ms = now->now_ms;
        return ADAPT_STAYS;
    }
    if (!adapt_has_samples(a, now->now_ms))
        return ADAPT_STAYS;
    if (a->accused > 0 && a->trials >= ADAPT_TRIALS &&
        adapt_share(a->recent) > a->worst_share * ADAPT_NOT_US &&
        adapt_lost(a->all) > a->worst_lost * ADAPT_NOT_US) {
        return adapt_restore(a, now);
    }
    switch (adapt_verdict(a)) {
    case ADAPT_RISEN: /* and is no part of what is usual */
        return adapt_decrease(a, now);
    case ADAPT_DOUBTFUL:
        return ADAPT_STAYS;
    case ADAPT_USUAL:
        break;
    }
    a->accused = 0;
    a->recent = a->all = (struct adapt_tally){0};
    a->judged_ms = now->now_ms;
    return ADAPT_STAYS;
}

static void
adapt_learn_ms(uint64_t *mean, uint64_t ms)
{
    *mean = *mean == 0 ? ms : (*mean * 7 + ms) / 8;
}

void
adapt_note(struct adapt *a, const struct adapt_sample *s)
{
    double ms = s->now_ms > s->began_ms ? (double)(s->now_ms - s->began_ms) : 1;
    struct adapt_tally one = {1, s->is_failure, ms, s->is_failure ? ms : 0};

    if (s->is_known || s->began_ms <= a->changed_ms || s->load > a->limit)
        return;
    if (s->is_failure)
        adapt_learn_ms(&a->failure_ms, (uint64_t)ms);
    adapt_add(&a->loads[adapt_bucket(s->load)], one);
    adapt_add(&a->all, one);
    if (s->load * 2 > a->limit)
        adapt_add(&a->recent, one);
}

void
adapt_answer(struct adapt *a, uint64_t now_ms, uint64_t took_ms)
{
    took_ms = took_ms > 0 ? took_ms : 1;
    adapt_learn_ms(&a->answer_ms, took_ms);
    if (a->state == ADAPT_START && now_ms - took_ms < a->set_ms)
        return;
    a->answers++;
    a->answers_ms += took_ms;
}

static void
adapt_age(struct adapt *a, uint64_t now_ms)
{
    if (now_ms - a->aged_ms < ADAPT_AGE_MS)
        return;
    a->aged_ms = now_ms;
    for (size_t i = 0; i < ADAPT_BUCKETS; i++) {
        a->loads[i].n *= ADAPT_AGE;
        a->loads[i].failed *= ADAPT_AGE;
    }
}

/* --- the look --- */

/* A raise that nobody uses is none. */
static enum adapt_move
adapt_not_used(struct adapt *a, const struct adapt_now *now)
{
    if (a->state == ADAPT_PROBE) {
        adapt_hold(a, ADAPT_PROBE_FIRST_MS, now->now_ms);
        adapt_set(a, a->base_limit, now);
        return ADAPT_BACK;
    }
    adapt_begin_window(a, now);
    return ADAPT_STAYS;
}

enum adapt_move
adapt_look(struct adapt *a, const struct adapt_now *now)
{
    enum adapt_move move;
    double rate;

    if (!a->has_begun || now->done < a->since_done) { /* or it began anew */
        a->has_begun = now->done > 0;
        adapt_begin_window(a, now);
        a->judged_ms = now->now_ms;
    }
    adapt_age(a, now->now_ms);
    move = adapt_judge(a, now);
    if (move != ADAPT_STAYS)
        return move;
    if (a->state != ADAPT_START && now->done < a->skip_until &&
        now->now_ms < a->skip_ms) {
        adapt_begin_window(a, now);
        return ADAPT_STAYS;
    }
    a->looks++;
    a->held += now->is_held;
    if (!adapt_window_is_over(a, now))
        return ADAPT_STAYS;
    if (a->accused == 0 && a->recent.n >= ADAPT_SAMPLES_FEW)
        switch (adapt_verdict(a)) { /* before a raise mixes them with others */
        case ADAPT_RISEN:
            if (now->now_ms - a->judged_ms >= adapt_wait_ms(a))
                return adapt_decrease(a, now);
            adapt_begin_window(a, now); /* the good ones are to come as well */
            return ADAPT_STAYS;
        case ADAPT_DOUBTFUL:
            adapt_begin_window(a, now);
            return ADAPT_STAYS;
        case ADAPT_USUAL:
            break;
        }
    if (a->held * 2 < a->looks)
        return adapt_not_used(a, now);
    rate = adapt_window_rate(a, now);
    switch (a->state) {
    case ADAPT_START:
        return adapt_start(a, now, rate);
    case ADAPT_HOLD:
        break;
    case ADAPT_PROBE:
        return adapt_probe(a, now, rate);
    }
    return adapt_measure(a, now, rate);
}

/* --- birth, bounds --- */

void
adapt_init(struct adapt *a, size_t first, size_t most, uint64_t now_ms)
{
    memset(a, 0, sizeof(*a));
    a->most = most < 1 ? 1 : most < ADAPT_MOST ? most : ADAPT_MOST;
    a->limit = first < 1 ? 1 : first < a->most ? first : a->most;
    a->largest = a->limit;
    a->base_limit = a->limit;
    a->state = ADAPT_START;
    a->probe_wait_ms = ADAPT_PROBE_FIRST_MS;
    a->ceiling_wait_ms = ADAPT_CEILING_FIRST_MS;
    a->prior = (struct adapt_tally){.n = ADAPT_PRIOR_ENTRIES,
                                    .failed = ADAPT_PRIOR_FAILED};
    a->since_ms = a->judged_ms = a->aged_ms = now_ms;
}

void
adapt_set_most(struct adapt *a, size_t most, uint64_t now_ms)
{
    a->most = most < 1 ? 1 : most < ADAPT_MOST ? most : ADAPT_MOST;
    if (a->limit <= a->most)
        return;
    a->limit = a->most;
    a->base_limit = a->limit;
    a->accused = 0;
    a->rate = 0;
    adapt_hold(a, ADAPT_PROBE_FIRST_MS, now_ms);
}
