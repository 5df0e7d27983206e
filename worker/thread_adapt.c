/*
 * SPDX-License-Identifier: MIT
 *
 * --threads auto: worker/adapt.h, fed with what a thread does.
 */
#include "common/log.h"
#include "worker/thread_parts.h"
#include "worker/visit.h"

enum {
    THREAD_ADAPT_MS = 5,       /* between two looks */
    THREAD_DECREASES_TOLD = 3, /* of a thread, in the log */
    THREAD_FAILURES_FRESH = 1  /* its own, of a site that fell silent now */
};

void
thread_adapt_open(struct thread *t)
{
    const struct worker *w = t->worker;

    t->is_auto = w->is_auto;
    if (!t->is_auto)
        return;
    uv_loop_configure(&t->loop, UV_METRICS_IDLE_TIME);
    adapt_init(&t->adapt, t->slots, w->connections_most, thread_now_ms(t));
}

void
thread_adapt_answer(struct thread *t, const struct fetch_answer *a)
{
    if (t->is_auto && a->status > 0)
        adapt_answer(&t->adapt, thread_now_ms(t),
                     a->took_ms > 0 ? (uint64_t)a->took_ms : 0);
}

/* What too many connections do: see adapt.h. */
static bool
thread_is_overload(enum outcome o)
{
    return o == OUTCOME_BUSY || o == OUTCOME_TIMEOUT ||
           o == OUTCOME_NO_CONNECT || o == OUTCOME_BROKEN ||
           o == OUTCOME_DNS_ERROR || o == OUTCOME_ROBOTS_ERROR;
}

void
thread_adapt_note(struct thread *t, const struct visit *v, bool will_retry)
{
    struct adapt_sample s = {.now_ms = thread_now_ms(t),
                             .began_ms = v->slot_ms,
                             .load = v->slot_load,
                             .is_failure = thread_is_overload(v->outcome),
                             .is_known = v->entry.tries > 0 ||
                                         v->failures > THREAD_FAILURES_FRESH,
                             .is_retry = v->entry.tries > 0,
                             .is_last = !will_retry};

    if (!t->is_auto || (v->slot_ms == 0 && v->no_address == NULL))
        return;            /* nothing was asked for it */
    if (v->slot_ms == 0) { /* the look-up had no connection */
        s.began_ms = v->asked_ms;
        s.load = t->slots_used;
    }
    adapt_note(&t->adapt, &s);
}

static void
thread_tell_decrease(struct thread *t, size_t before)
{
    const struct overload *o = &t->adapt.overload;

    if (t->decreases_told++ >= THREAD_DECREASES_TOLD)
        return;
    log_info("thread %u: %.0f %% of the %s failed with %zu connections, "
             "%.0f %% usually: %zu from now on%s",
             t->index, o->failed_share * 100,
             o->speaker == OVERLOAD_KNOWN ? "retries" : "entries", before,
             o->usual_share * 100, t->adapt.limit,
             t->decreases_told == THREAD_DECREASES_TOLD
                 ? " (further decreases are not told)"
                 : "");
}

void
thread_adapt(struct thread *t)
{
    uint64_t now = thread_now_ms(t);
    int64_t begun = stats_get(&t->stats, STAT_fetches) +
                    stats_get(&t->stats, STAT_robots_fetches);
    struct adapt_now look = {.now_ms = now};
    size_t before = t->slots;

    if (!t->is_auto)
        return;
    t->was_held = t->was_held || thread_is_held_back(t);
    if (now < t->adapt_at_ms || t->is_draining)
        return;
    t->adapt_at_ms = now + THREAD_ADAPT_MS;
    look.done =
        begun > (int64_t)t->slots_used ? (uint64_t)begun - t->slots_used : 0;
    look.busy_ms = now - uv_metrics_idle_time(&t->loop) / 1000000;
    look.is_held = t->was_held;
    t->was_held = false;
    switch (adapt_look(&t->adapt, &look)) {
    case ADAPT_STAYS:
        return;
    case ADAPT_DECREASES:
        thread_tell_decrease(t, before);
        break;
    case ADAPT_RESTORES:
        log_debug("thread %u: as many fail with fewer connections: %zu again",
                  t->index, t->adapt.limit);
        break;
    case ADAPT_RISES:
    case ADAPT_BACK:
        break;
    }
    thread_set_slots(t, t->adapt.limit);
}
