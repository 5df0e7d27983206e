/* SPDX-License-Identifier: MIT */
#include "master/report_view.h"

#include <time.h>

enum {
    REPORT_IDLE_MS = 60000,
    REPORT_SLOW_US = 1000,
    REPORT_SLOW_TRIES = 5, /* one slow answer is an accident */
    REPORT_SLOW_SITES = 10 /* ... where so many sites had as many */
};

int64_t
report_stat(const struct report_view *v, const char *name)
{
    const json_t *value = v->stats ? json_object_get(v->stats, name) : NULL;

    return json_is_integer(value) ? (int64_t)json_integer_value(value) : -1;
}

uint64_t
report_span_ms(const struct report_view *v)
{
    const struct survey *s = v->survey;

    return s->first_ms >= 0 ? (uint64_t)(s->last_ms - s->first_ms) : 0;
}

uint64_t
report_busy_ms(const struct report_view *v)
{
    uint64_t span = report_span_ms(v);
    int64_t idle = timeline_idle(&v->survey->time, REPORT_IDLE_MS);

    return (uint64_t)idle < span ? span - (uint64_t)idle : 0;
}

uint64_t
report_mean_ms(const struct tally_row *row)
{
    uint64_t n = row->sums[SURVEY_FETCHES];

    return n > 0 ? (row->sums[SURVEY_MS] + n / 2) / n : 0;
}

uint64_t
report_url_count(const struct report_view *v)
{
    uint64_t n = distinct_count(&v->survey->urls_seen);

    return n < v->survey->lines ? n : v->survey->lines;
}

uint64_t
report_site_count(const struct report_view *v, bool *is_estimate)
{
    const struct survey *s = v->survey;

    *is_estimate = tally_is_cut(s->sites) && s->site_names.is_estimate;
    return tally_is_cut(s->sites) ? distinct_count(&s->site_names)
                                  : tally_count(s->sites);
}

/* In microseconds, so that equals are few; with fewer tries than *arg none. */
static uint64_t
report_by_slowness(const struct tally_row *row, void *arg)
{
    uint64_t n = row->sums[SURVEY_FETCHES];

    uint64_t us = n > 0 ? row->sums[SURVEY_MS] * 1000 / n : 0;

    return n >= *(const uint64_t *)arg && us >= REPORT_SLOW_US ? us : 0;
}

uint64_t
report_slow_tries(const struct report_view *v)
{
    const struct tally_row *rows[REPORT_SLOW_SITES];
    uint64_t least = REPORT_SLOW_TRIES;

    if (tally_top(v->survey->sites, report_by_slowness, &least, rows,
                  REPORT_SLOW_SITES) < REPORT_SLOW_SITES)
        return 1;
    return least;
}

size_t
report_sites(const struct report_view *v, enum report_order order,
             const struct tally_row *out[SURVEY_TOP])
{
    static const size_t sums[REPORT_ORDERS] = {SURVEY_FETCHES, SURVEY_MS,
                                               SURVEY_BYTES, SURVEY_FAILURES,
                                               SURVEY_GIVEN_UP};
    uint64_t least;
    size_t sum = sums[order];

    if (order != REPORT_SLOWEST)
        return tally_top(v->survey->sites, tally_by_sum, &sum, out, SURVEY_TOP);
    least = report_slow_tries(v);
    return tally_top(v->survey->sites, report_by_slowness, &least, out,
                     SURVEY_TOP);
}

uint64_t
report_same_bodies(const struct report_view *v)
{
    uint64_t distinct = distinct_count(&v->survey->digests);
    uint64_t all = v->survey->with_digest;

    return all > distinct ? all - distinct : 0;
}

const char *
report_time(int64_t ms, bool is_iso, char out[REPORT_TIME_BYTES])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc = {0};

    if (gmtime_r(&seconds, &utc) == NULL)
        utc = (struct tm){.tm_year = 70, .tm_mday = 1};
    strftime(out, REPORT_TIME_BYTES,
             is_iso ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S", &utc);
    return out;
}
