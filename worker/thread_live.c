/*
 * What "master change" made of --delay, --connections and --limit-rate: each
 * heartbeat brings it, the first one before the first claim.
 *
 * The delay counts from a site's next request on: what a line of the log says
 * of the time behind its request stays true, since a visit that waits by the
 * old one waits to its end.  A transfer under way keeps its connection when
 * there are to be fewer.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>

#include "common/limits.h"
#include "common/log.h"
#include "worker/files.h"
#include "worker/thread_parts.h"

static void
thread_take_rate(struct thread *t)
{
    struct worker *w = t->worker;
    int64_t rate = live_or(&t->live, LIVE_LIMIT_RATE, w->config.limit_rate);

    if (rate_set(&w->rate, rate, (int64_t)(uv_hrtime() / 1000)))
        log_debug("--limit-rate is %" PRId64 " now", rate);
    fetcher_note_rate(t->fetcher);
}

/* Said once for all threads, and again when it is another number. */
static void
thread_say_cut(struct thread *t, int64_t wanted, uint64_t most, uint64_t limit)
{
    if (atomic_exchange(&t->worker->connections_cut, wanted) != wanted)
        log_warnx("%" PRIu64 " open files are allowed: %" PRIu64
                  " connections in a thread instead of %" PRId64,
                  limit, most, wanted);
}

/* At the start worker_fit_files() did the same with --connections. */
static void
thread_take_connections(struct thread *t)
{
    const struct worker *w = t->worker;
    uint64_t threads = (uint64_t)w->config.threads, limit;
    int64_t wanted = t->live.v[LIVE_CONNECTIONS];
    struct files_plan plan = {w->is_auto ? w->connections_most
                                         : (uint64_t)w->config.connections,
                              w->sockets};

    if (wanted != LIVE_UNSET) {
        limit = limits_raise_files(
            files_wanted(w->files_held, threads, (uint64_t)wanted));
        if (!files_fit(limit, w->files_held, threads, (uint64_t)wanted, &plan))
            return;
        if (plan.connections < (uint64_t)wanted)
            thread_say_cut(t, wanted, plan.connections, limit);
    }
    t->sockets = (size_t)plan.sockets;
    if (w->is_auto) {
        adapt_set_most(&t->adapt, (size_t)plan.connections, thread_now_ms(t));
        thread_set_slots(t, t->adapt.limit);
    } else {
        fetcher_set_sockets(t->fetcher, (size_t)plan.connections, t->sockets);
        thread_set_slots(t, (size_t)plan.connections);
    }
}

void
thread_take_live(struct thread *t, const struct frontier_beat *beat)
{
    struct live was = t->live;
    int64_t delay = t->worker->config.delay;

    if (beat->is_live_odd && !atomic_exchange(&t->worker->has_odd_live, true))
        log_warnx("Redis holds a changed delay, connections or limit_rate that "
                  "is none: the option counts (see \"master change\")");
    if (live_is_equal(&beat->live, &was))
        return;
    t->live = beat->live;
    t->delay_ms = live_or(&t->live, LIVE_DELAY, delay);
    t->rest_ms = live_or(&t->live, LIVE_REST, delay);
    if (t->rest_ms < t->delay_ms)
        t->rest_ms = t->delay_ms;
    if (t->live.v[LIVE_LIMIT_RATE] != was.v[LIVE_LIMIT_RATE])
        thread_take_rate(t);
    if (t->live.v[LIVE_CONNECTIONS] != was.v[LIVE_CONNECTIONS])
        thread_take_connections(t);
}
