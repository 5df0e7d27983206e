/* SPDX-License-Identifier: MIT */
#include "worker/adapt.h"

#include <string.h>

enum {
    ADAPT_WINDOW_MS = 500,
    ADAPT_LONG_MS = 10000, /* a window is over, however little happened */
    ADAPT_SAMPLES = 50,    /* fetches of a window */
    ADAPT_PROBE_FIRST_MS = 1000,
    ADAPT_PROBE_MAX_MS = 60000,
    ADAPT_CEILING_FIRST_MS = 5000,
    ADAPT_CEILING_MAX_MS = 60000,
    ADAPT_STEPS = 4, /* of a probe, each limit / ADAPT_STEP */
    ADAPT_STEP = 16
};

#define ADAPT_BUSY 0.9        /* of the time: more connections do not pay */
#define ADAPT_DOUBLE_PAYS 1.1 /* of the throughput before */
#define ADAPT_PROMISE 3       /* that part of it keeps a probe's raise */

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
    a->set_ms = now->now_ms;
    a->set_busy_ms = now->busy_ms;
    a->skip_until = now->done + a->limit;
    a->skip_ms = now->now_ms + ADAPT_LONG_MS;
    a->limit = limit < 1 ? 1 : limit > a->most ? a->most : limit;
    if (a->limit > a->largest)
        a->largest = a->limit;
    overload_set_limit(&a->overload, a->limit, now->now_ms);
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
    if (ms < ADAPT_WINDOW_MS ||
        (a->ceiling > 0 && ms < overload_failure_ms(&a->overload)))
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

/*
 * In the slow start since the limit is what it is: answers to what began
 * together come together, and a window of them is all work.
 */
static bool
adapt_is_busy(const struct adapt *a, const struct adapt_now *now)
{
    bool is_start = a->state == ADAPT_START;
    uint64_t busy = is_start ? a->set_busy_ms : a->since_busy_ms;
    uint64_t ms = is_start ? a->set_ms : a->since_ms;

    return (double)(now->busy_ms - busy) >=
           ADAPT_BUSY * (double)(now->now_ms - ms);
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
    if (is_first || now->now_ms < a->probe_ms || is_busy ||
        a->overload.accused > 0 || a->limit >= adapt_top(a, now->now_ms)) {
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

static enum adapt_move
adapt_decrease(struct adapt *a, const struct adapt_now *now)
{
    double keep = overload_decrease(&a->overload, now->now_ms);

    a->decreases++;
    a->ceiling = a->limit;
    a->ceiling_ms = now->now_ms + a->ceiling_wait_ms;
    a->ceiling_wait_ms = a->ceiling_wait_ms * 2 < ADAPT_CEILING_MAX_MS
                             ? a->ceiling_wait_ms * 2
                             : ADAPT_CEILING_MAX_MS;
    a->rate = 0;
    adapt_hold(a, 0, now->now_ms);
    adapt_set(a, (size_t)((double)a->limit * keep), now);
    return ADAPT_DECREASES;
}

/* As many fail as did with more connections: it is the sites. */
static enum adapt_move
adapt_restore(struct adapt *a, const struct adapt_now *now)
{
    a->ceiling = 0;
    a->ceiling_wait_ms = ADAPT_CEILING_FIRST_MS;
    a->rate = 0;
    adapt_hold(a, ADAPT_PROBE_FIRST_MS, now->now_ms);
    adapt_set(a, overload_restore(&a->overload), now);
    return ADAPT_RESTORES;
}

static enum adapt_move
adapt_judge(struct adapt *a, const struct adapt_now *now)
{
    switch (overload_judge(&a->overload, now->now_ms)) {
    case OVERLOAD_RISEN:
        return adapt_decrease(a, now);
    case OVERLOAD_NOT_US:
        return adapt_restore(a, now);
    case OVERLOAD_USUAL:
    case OVERLOAD_DOUBTFUL:
        break;
    }
    return ADAPT_STAYS;
}

void
adapt_note(struct adapt *a, const struct adapt_sample *s)
{
    overload_note(&a->overload, s);
}

void
adapt_answer(struct adapt *a, uint64_t now_ms, uint64_t took_ms)
{
    took_ms = took_ms > 0 ? took_ms : 1;
    overload_answer(&a->overload, took_ms);
    if (a->state == ADAPT_START && now_ms - took_ms < a->set_ms)
        return;
    a->answers++;
    a->answers_ms += took_ms;
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

    if (a->set_ms == 0) {
        a->set_ms = now->now_ms;
        a->set_busy_ms = now->busy_ms;
    }
    if (!a->has_begun || now->done < a->since_done) { /* or it began anew */
        a->has_begun = now->done > 0;
        adapt_begin_window(a, now);
        overload_begin(&a->overload, now->now_ms);
    }
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
    switch (overload_peek(&a->overload, now->now_ms)) {
    case OVERLOAD_RISEN:
        return adapt_decrease(a, now);
    case OVERLOAD_DOUBTFUL:
        adapt_begin_window(a, now);
        return ADAPT_STAYS;
    case OVERLOAD_USUAL:
    case OVERLOAD_NOT_US:
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
    a->since_ms = now_ms;
    overload_init(&a->overload, a->limit, now_ms);
}

void
adapt_set_most(struct adapt *a, size_t most, uint64_t now_ms)
{
    a->most = most < 1 ? 1 : most < ADAPT_MOST ? most : ADAPT_MOST;
    if (a->limit <= a->most)
        return;
    a->limit = a->most;
    a->base_limit = a->limit;
    overload_acquit(&a->overload, a->limit);
    a->rate = 0;
    adapt_hold(a, ADAPT_PROBE_FIRST_MS, now_ms);
}
