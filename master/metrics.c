/* SPDX-License-Identifier: MIT */
#include "master/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/outcome.h"
#include "common/utf8.h"

enum { METRICS_NAME_BYTES = 64 };

static void PRINTF_LIKE(2, 3) metrics_add(struct buf *out, const char *fmt, ...)
{
    char line[1024];
    va_list args;
    enum err e;
    int n;

    va_start(args, fmt);
    n = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof(line))
        return;
    e = buf_add(out, line, (size_t)n);
    (void)e; /* a fixed number of families, far below the bound */
}

void
metrics_label(struct str s, struct buf *out)
{
    struct str rest =
        utf8_is_valid(s.p ? s.p : "", s.n) ? s : str_from(LOG_ESC(s));

    for (size_t i = 0; i < rest.n; i++) {
        char c = rest.p[i];

        if (c == '\n')
            metrics_add(out, "\\n");
        else if (c == '\\' || c == '"')
            metrics_add(out, "\\%c", c);
        else
            metrics_add(out, "%c", c);
    }
}

/* HELP and TYPE; what follows are samples of this family. */
static void
metrics_family(struct buf *out, const char *name, const char *type,
               const char *help)
{
    metrics_add(out, "# HELP weft_%s %s.\n# TYPE weft_%s %s\n", name, help,
                name, type);
}

static void
metrics_one(struct buf *out, const char *name, const char *type,
            const char *help, double value)
{
    metrics_family(out, name, type, help);
    metrics_add(out, "weft_%s %.15g\n", name, value);
}

static void
metrics_sample(struct buf *out, const char *name, const char *label,
               const char *value, int64_t n)
{
    metrics_add(out, "weft_%s{%s=\"%s\"} %" PRId64 "\n", name, label, value, n);
}

/* --- the counters --- */

static bool
metrics_ends(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);

    return n > m && strcmp(name + n - m, end) == 0;
}

/* Those that stand in a family with a label, below. */
static bool
metrics_is_grouped(enum stats_id i)
{
    return (i >= STAT_status_2xx && i <= STAT_status_5xx) ||
           i == STAT_fetch_ms || strncmp(stats_name(i), "bytes_", 6) == 0 ||
           (i >= STAT_fetch_50ms && i <= STAT_fetch_longer) ||
           i >= STAT_OUTCOMES;
}

/* "dns_ms" is dns_seconds_total, "twins_bytes" stays, with _total behind. */
static void
metrics_counters(const int64_t *v, struct buf *out)
{
    for (enum stats_id i = 0; i < STAT_OUTCOMES; i++) {
        const char *was = stats_name(i), *help = stats_text(i);
        char name[METRICS_NAME_BYTES], text[256];

        if (metrics_is_grouped(i))
            continue;
        if (!metrics_ends(was, "_ms")) { /* pages_total has all answers */
            snprintf(name, sizeof(name), "%s_total",
                     i == STAT_pages ? "pages_fetched" : was);
            metrics_one(out, name, "counter", help, (double)v[i]);
            continue;
        }
        snprintf(name, sizeof(name), "%.*s_seconds_total", (int)strlen(was) - 3,
                 was);
        snprintf(text, sizeof(text), "%s",
                 strncmp(help, "Millis", 6) == 0 ? help + 5 : help);
        text[0] = 'S'; /* "Milliseconds of ..." */
        metrics_one(out, name, "counter", text, (double)v[i] / 1000);
    }
}

static void
metrics_statuses(const int64_t *v, struct buf *out)
{
    static const char *const names[] = {"2xx", "3xx", "4xx", "5xx"};

    metrics_family(out, "pages_total", "counter",
                   "Answers to requests for pages, by status");
    for (size_t i = 0; i < 4; i++)
        metrics_sample(out, "pages_total", "status", names[i],
                       v[STAT_status_2xx + i]);
}

static void
metrics_bytes(const int64_t *v, struct buf *out)
{
    metrics_family(out, "bytes_total", "counter",
                   "Bytes: received (headers and bodies), decoded (bodies), "
                   "written to WARC and to files");
    for (enum stats_id i = 0; i < STAT_OUTCOMES; i++)
        if (strncmp(stats_name(i), "bytes_", 6) == 0)
            metrics_sample(out, "bytes_total", "kind", stats_name(i) + 6, v[i]);
}

/* What is no failure: fetched, unchanged, or taken elsewhere. */
static bool
metrics_is_well(enum outcome o)
{
    return o == OUTCOME_OK || o == OUTCOME_NOT_MODIFIED || o == OUTCOME_FRESH ||
           o == OUTCOME_REDIRECT;
}

static void
metrics_outcomes(const int64_t *v, struct buf *out)
{
    metrics_family(out, "outcomes_total", "counter",
                   "URLs that were finished or tried again, by what came of "
                   "the try");
    for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
        metrics_sample(out, "outcomes_total", "outcome", outcome_name(o),
                       v[STAT_OUTCOMES + o]);
    metrics_family(out, "failures_total", "counter",
                   "Those of the outcomes that are no page, nor lead to one");
    for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
        if (!metrics_is_well(o))
            metrics_sample(out, "failures_total", "class", outcome_name(o),
                           v[STAT_OUTCOMES + o]);
}

static void
metrics_fetch_seconds(const int64_t *v, struct buf *out)
{
    int64_t sum = 0;

    metrics_family(out, "fetch_seconds", "histogram",
                   "How long requests for pages took");
    for (size_t i = 0; i < STATS_FETCH_BUCKETS; i++) {
        char bound[32] = "+Inf";

        sum += v[STATS_FETCH_FIRST + i];
        if (stats_fetch_ms[i] != INT64_MAX)
            snprintf(bound, sizeof(bound), "%.15g",
                     (double)stats_fetch_ms[i] / 1000);
        metrics_sample(out, "fetch_seconds_bucket", "le", bound, sum);
    }
    metrics_add(out, "weft_fetch_seconds_sum %.15g\n",
                (double)v[STAT_fetch_ms] / 1000);
    metrics_add(out, "weft_fetch_seconds_count %" PRId64 "\n", sum);
}

/* --- what is just now --- */

static void
metrics_frontier(const struct top_view *v, struct buf *out)
{
    const struct frontier_counts *c = &v->counts;
    const struct {
        const char *state;
        uint64_t n;
    } urls[] = {{"queued", c->queued},
                {"waiting", c->waiting},
                {"flight", c->flight},
                {"retry", c->retry},
                {"quarantined", c->quarantined}},
      sites[] = {{"held", c->sites_held},
                 {"due", c->sites_due},
                 {"blocked", v->sites[TOP_BLOCKED].total},
                 {"ordered", v->sites[TOP_ORDERED].total}};

    metrics_family(out, "frontier_urls", "gauge",
                   "URLs not yet finished: in the front queue, behind others "
                   "of their site, in flight, to be tried again, set aside");
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        metrics_sample(out, "frontier_urls", "state", urls[i].state,
                       (int64_t)urls[i].n);
    metrics_family(out, "sites", "gauge",
                   "Sites in play: in a worker's hands, cooling down; of "
                   "these, that make us wait, and that have orders");
    for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++)
        metrics_sample(out, "sites", "state", sites[i].state,
                       (int64_t)sites[i].n);
    metrics_one(out, "urls_known_total", "counter", "URLs ever added",
                (double)c->known);
    metrics_one(out, "urls_finished_total", "counter", "URLs finished",
                (double)c->finished);
    metrics_one(out, "seed_rows_total", "counter",
                "Rows of the seed lists that were read", (double)c->seed_row);
    metrics_one(out, "longest_site_seconds", "gauge",
                "Least time that the site with the most left still takes",
                c->long_ms > 0 ? (double)c->long_ms / 1000 : 0);
    metrics_one(out, "threads", "gauge", "Threads of all workers that beat",
                (double)v->threads);
    metrics_one(out, "threads_silent", "gauge",
                "Of these, silent for more than 5 seconds", (double)v->silent);
}

static void
metrics_state(enum frontier_state now, struct buf *out)
{
    static const enum frontier_state states[] = {
        FRONTIER_SEEDING, FRONTIER_RUNNING, FRONTIER_PAUSED, FRONTIER_STOPPING,
        FRONTIER_FINISHED};

    metrics_family(out, "state", "gauge", "1 for the state of the crawl");
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        metrics_sample(out, "state", "state", frontier_state_name(states[i]),
                       states[i] == now);
}

static void
metrics_redis(const struct top_server *s, struct buf *out)
{
    if (!s->is_known)
        return;
    metrics_one(out, "redis_memory_bytes", "gauge", "Memory of Redis's data",
                (double)s->memory);
    metrics_one(out, "redis_memory_max_bytes", "gauge",
                "Its maxmemory, 0 without one", (double)s->memory_max);
    metrics_one(out, "redis_commands_per_second", "gauge",
                "Commands that it carries out", (double)s->ops);
    metrics_one(out, "redis_clients", "gauge", "Connections to it",
                (double)s->clients);
}

void
metrics_write(const struct metrics *m, struct buf *out)
{
    static const char *const reasons[] = {"host", "token", "busy"};
    const struct top_view *v = m->view;
    int64_t stats[STAT_COUNT];

    metrics_family(out, "info", "gauge", "Which crawl this is");
    metrics_add(out, "weft_info{crawl=\"");
    metrics_label(str_from(m->name), out);
    metrics_add(out, "\",version=\"");
    metrics_label(str_from(m->version), out);
    metrics_add(out, "\"} 1\n");
    metrics_one(out, "redis_up", "gauge", "1 when Redis answers the master",
                m->is_up);
    metrics_one(out, "workers", "gauge",
                "Worker processes that this master runs",
                (double)m->procs_running);
    metrics_one(out, "workers_wanted", "gauge", "How many it should run",
                (double)m->procs);
    metrics_one(out, "worker_deaths_total", "counter",
                "Worker processes of this master that died", (double)m->deaths);
    metrics_family(out, "http_refused_total", "counter",
                   "Requests to this server that were refused");
    for (size_t i = 0; i < 3; i++)
        metrics_sample(out, "http_refused_total", "reason", reasons[i],
                       (int64_t)m->refused[i]);
    if (!v->has_numbers)
        return;
    memcpy(stats, v->stats, sizeof(stats));
    stats[STAT_reaped] += (int64_t)m->reaped;
    metrics_state(v->counts.state, out);
    metrics_statuses(stats, out);
    metrics_outcomes(stats, out);
    metrics_bytes(stats, out);
    metrics_fetch_seconds(stats, out);
    metrics_frontier(v, out);
    metrics_redis(&v->server, out);
    metrics_counters(stats, out);
}
