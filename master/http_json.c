/* SPDX-License-Identifier: MIT */
#include "master/live_words.h"
#include "master/http_json.h"

#include <jansson.h>
#include <string.h>

#include "common/log.h"
#include "common/outcome.h"
#include "common/utf8.h"
#include "master/recent.h"

static json_t *
http_json_text(const char *s)
{
    if (!utf8_is_valid(s, strlen(s)))
        return json_string(LOG_ESC(str_from(s)));
    return json_string(s);
}

static void
http_json_int(json_t *o, const char *name, uint64_t value)
{
    json_object_set_new(o, name, json_integer((json_int_t)value));
}

static void
http_json_real(json_t *o, const char *name, double value)
{
    json_object_set_new(o, name, json_real(value));
}

static json_t *
http_json_rates(const struct top_rates *r)
{
    json_t *o = json_object();

    http_json_real(o, "pages", r->pages);
    http_json_real(o, "requests", r->requests);
    http_json_real(o, "bytes", r->bytes);
    return o;
}

/* How fast it is now: the master has looked on all the time, the view only
 * since somebody asked for it. */
static json_t *
http_json_now(const struct top_view *v, const struct http_state *now)
{
    struct top_rates rates = v->now;

    rates.pages = now->pages_per_s;
    rates.bytes = now->bytes_per_s;
    return http_json_rates(&rates);
}

static json_t *
http_json_counts(const struct frontier_counts *c)
{
    json_t *o = json_object();

    http_json_int(o, "known", c->known);
    http_json_int(o, "finished", c->finished);
    http_json_int(o, "queued", c->queued);
    http_json_int(o, "waiting", c->waiting);
    http_json_int(o, "flight", c->flight);
    http_json_int(o, "retry", c->retry);
    http_json_int(o, "quarantined", c->quarantined);
    http_json_int(o, "sites_held", c->sites_held);
    http_json_int(o, "sites_due", c->sites_due);
    http_json_int(o, "seed_row", c->seed_row);
    http_json_int(o, "long_entries", c->long_entries);
    http_json_int(o, "long_ms", c->long_ms > 0 ? (uint64_t)c->long_ms : 0);
    json_object_set_new(o, "long_site", http_json_text(c->long_site));
    return o;
}

static json_t *
http_json_stats(const int64_t *v)
{
    json_t *o = json_object();

    for (enum stats_id i = 0; i < STAT_OUTCOMES; i++)
        if (v[i] != 0)
            http_json_int(o, stats_name(i), (uint64_t)v[i]);
    return o;
}

/* [name, words, count] of what came up. */
static json_t *
http_json_outcomes(const int64_t *v)
{
    json_t *list = json_array();

    for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
        if (v[STAT_OUTCOMES + o] != 0)
            json_array_append_new(
                list, json_pack("[s,s,I]", outcome_name(o), outcome_words(o),
                                (json_int_t)v[STAT_OUTCOMES + o]));
    return list;
}

/* [longest ms or null, count] of requests for pages. */
static json_t *
http_json_latency(const int64_t *v)
{
    json_t *list = json_array();

    for (size_t i = 0; i < STATS_FETCH_BUCKETS; i++) {
        json_t *most = stats_fetch_ms[i] == INT64_MAX
                           ? json_null()
                           : json_integer(stats_fetch_ms[i]);

        json_array_append_new(
            list,
            json_pack("[o,I]", most, (json_int_t)v[STATS_FETCH_FIRST + i]));
    }
    return list;
}

static json_t *
http_json_server(const struct top_server *s)
{
    json_t *o = json_object();

    http_json_int(o, "memory", s->memory);
    http_json_int(o, "memory_max", s->memory_max);
    http_json_int(o, "ops", s->ops);
    http_json_int(o, "clients", s->clients);
    http_json_real(o, "cpu_share", s->cpu_share);
    http_json_real(o, "cpu_ms_per_page", s->cpu_ms_per_page);
    return o;
}

static json_t *
http_json_hosts(const struct top_view *v)
{
    json_t *list = json_array();

    for (size_t i = 0; i < v->hosts_count; i++) {
        const struct top_host *h = &v->hosts[i];
        json_t *o = json_object(), *whys = json_array();

        json_object_set_new(o, "name", http_json_text(h->name));
        http_json_int(o, "threads", h->threads);
        http_json_int(o, "silent", h->silent);
        http_json_int(o, "visits", h->visits);
        http_json_int(o, "busy", h->busy);
        http_json_int(o, "waiting", h->waiting);
        http_json_int(o, "connections", h->connections);
        http_json_real(o, "pages_per_s", h->pages_per_s);
        json_object_set_new(o, "beat_ms", json_integer(h->beat_ms));
        for (size_t k = 0; k < h->whys_count; k++)
            json_array_append_new(
                whys, json_pack("[o,I]", http_json_text(h->whys[k].text),
                                (json_int_t)h->whys[k].threads));
        json_object_set_new(o, "whys", whys);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *
http_json_sites(const struct top_sites_list *l)
{
    json_t *o = json_object(), *rows = json_array();

    for (size_t i = 0; i < l->count && i < HTTP_JSON_SITES; i++) {
        const struct top_site *s = &l->rows[i];
        json_t *row = json_object();

        json_object_set_new(row, "name", http_json_text(s->name));
        http_json_real(row, "pages_per_s", s->pages_per_s);
        json_object_set_new(row, "slowest_ms", json_integer(s->slowest_ms));
        http_json_int(row, "failures", s->failures);
        json_object_set_new(row, "rest_ms", json_integer(s->rest_ms));
        json_object_set_new(row, "spacing_ms", json_integer(s->spacing_ms));
        http_json_int(row, "in_a_row", s->in_a_row);
        json_object_set_new(row, "is_dropped", json_boolean(s->is_dropped));
        json_object_set_new(row, "slow_ms", json_integer(s->slow_ms));
        json_array_append_new(rows, row);
    }
    http_json_int(o, "total", l->total);
    json_object_set_new(o, "rows", rows);
    return o;
}

static json_t *
http_json_log(void)
{
    json_t *list = json_array();
    char line[RECENT_LINE_BYTES];

    for (size_t i = 0; recent_get(i, line); i++)
        json_array_append_new(list, http_json_text(line));
    return list;
}

/* What Redis told. */
static void
http_json_numbers(const struct top_view *v, const struct http_state *now,
                  json_t *o)
{
    static const struct {
        enum top_list which;
        const char *name;
    } lists[] = {{TOP_BUSIEST, "busiest"},
                 {TOP_SLOWEST, "slowest"},
                 {TOP_BLOCKED, "blocked"},
                 {TOP_ORDERED, "ordered"}};
    json_t *sites = json_object();

    json_object_set_new(o, "state",
                        json_string(frontier_state_name(v->counts.state)));
    json_object_set_new(o, "elapsed_ms", json_integer(v->elapsed_ms));
    json_object_set_new(o, "counts", http_json_counts(&v->counts));
    json_object_set_new(o, "stats", http_json_stats(v->stats));
    json_object_set_new(o, "outcomes", http_json_outcomes(v->stats));
    json_object_set_new(o, "latency", http_json_latency(v->stats));
    json_object_set_new(o, "now", http_json_now(v, now));
    json_object_set_new(o, "mean", http_json_rates(&v->mean));
    http_json_real(o, "finished_per_s", v->finished_per_s);
    if (v->server.is_known)
        json_object_set_new(o, "redis", http_json_server(&v->server));
    json_object_set_new(o, "hosts", http_json_hosts(v));
    http_json_int(o, "threads", v->threads);
    http_json_int(o, "silent", v->silent);
    http_json_int(o, "connections_all", v->connections);
    json_object_set_new(o, "connections_auto", json_boolean(v->is_auto));
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        json_object_set_new(sites, lists[i].name,
                            http_json_sites(&v->sites[lists[i].which]));
    json_object_set_new(o, "sites", sites);
}

char *
http_json_view(const struct top_view *v, const struct http_state *now)
{
    const char *trouble = now->trouble ? now->trouble : v->trouble;
    json_t *o = json_object();
    char words[LIVE_WORDS_BYTES], *text;

    http_json_int(o, "version", 1);
    json_object_set_new(o, "name", http_json_text(v->name ? v->name : ""));
    json_object_set_new(o, "phase", json_string(now->phase));
    json_object_set_new(o, "trouble",
                        trouble ? http_json_text(trouble) : json_null());
    http_json_int(o, "procs", now->procs);
    http_json_int(o, "procs_running", now->procs_running);
    http_json_int(o, "deaths", now->deaths);
    json_object_set_new(o, "delay_ms", json_integer(v->delay_ms));
    json_object_set_new(
        o, "connections",
        json_integer(live_or(&v->live, LIVE_CONNECTIONS, now->connections)));
    json_object_set_new(
        o, "limit_rate",
        json_integer(live_or(&v->live, LIVE_LIMIT_RATE, now->limit_rate)));
    json_object_set_new(o, "changed", json_string(live_words(&v->live, words)));
    http_json_int(o, "max_pages", (uint64_t)now->max_pages);
    http_json_int(o, "max_time_ms", (uint64_t)now->max_time_ms);
    if (v->has_numbers)
        http_json_numbers(v, now, o);
    json_object_set_new(o, "log", http_json_log());
    text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(o);
    if (text == NULL)
        fatalx("out of memory");
    return text;
}
