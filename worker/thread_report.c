/*
 * SPDX-License-Identifier: MIT
 *
 * What a thread's heartbeat tells people: see worker/report.h.
 */
#include <unistd.h>

#include "common/log.h"
#include "worker/thread_parts.h"

/* "HOST-PID-RANDOM-T" without what stands behind the host. */
static struct str
thread_host(const struct thread *t)
{
    struct str host = str_from(t->worker->identity);

    for (int dashes = 0; host.n > 0 && dashes < 2; host.n--)
        dashes += host.p[host.n - 1] == '-';
    return host;
}

struct str
thread_report(struct thread *t)
{
    const struct config *c = &t->worker->config;
    struct report_state s = {
        .beat = t->beat_seq + 1,
        .host = thread_host(t),
        .pid = getpid(),
        .threads = (uint64_t)c->threads,
        .visits = t->visits_count,
        .waiting = t->waiting,
        .transfers = t->slots_used,
        .connections = t->slots,
        .is_auto = t->is_auto,
        .is_stopping =
            t->is_draining || atomic_load(&t->worker->stop) != WORKER_RUNS,
        .is_redis_away = t->has_to_mend || t->is_mending ||
                         t->claim_rest_ms > thread_now_ms(t),
        .is_memory_full = !fetcher_has_memory(t->fetcher),
        .is_cut_off = outage_is_on(t->worker->outage),
        .is_paused = t->state == FRONTIER_PAUSED,
        .is_redis_slow = thread_is_behind(t),
        .is_page_limit = t->is_page_limit};

    buf_reset(&t->report_text);
    if (report_write(&t->report, &s, thread_now_ms(t), &t->report_text) !=
        ERR_OK) {
        log_warnx("no room for a report");
        return STR_NONE;
    }
    return buf_str(&t->report_text);
}
