/*
 * report_json - "master report --json"; docs/master.8 has the keys.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/utf8.h"
#include "common/version.h"
#include "master/report_view.h"

static json_t *
json_new(json_t *value)
{
    if (value == NULL)
        fatalx("out of memory");
    return value;
}

static void
json_put(json_t *o, const char *key, json_t *value)
{
    json_object_set_new(o, key, json_new(value));
}

static void
json_put_int(json_t *o, const char *key, uint64_t value)
{
    json_put(o, key, json_integer((json_int_t)value));
}

/* A number that may be unknown. */
static void
json_put_some(json_t *o, const char *key, int64_t value)
{
    json_put(o, key, value >= 0 ? json_integer(value) : json_null());
}

/* What is not UTF-8 becomes U+FFFD. */
static json_t *
json_text(const char *p, size_t n)
{
    struct buf b;
    json_t *value;

    if (utf8_is_valid(p, n))
        return json_new(json_stringn(p, n));
    buf_init(&b, 3 * n + 1);
    for (size_t i = 0; i < n;) {
        uint32_t rune;
        size_t len = utf8_decode(p + i, n - i, &rune);

        if (buf_add(&b, len > 0 ? p + i : "\xef\xbf\xbd", len > 0 ? len : 3))
            break; /* it has room for all */
        i += len > 0 ? len : 1;
    }
    value = json_stringn(b.p, b.n);
    buf_fini(&b);
    return json_new(value);
}

static void
json_put_text(json_t *o, const char *key, const char *text)
{
    json_put(o, key, text ? json_text(text, strlen(text)) : json_null());
}

static void
json_put_time(json_t *o, const char *key, int64_t ms)
{
    char text[REPORT_TIME_BYTES];

    json_put_text(o, key, ms >= 0 ? report_time(ms, true, text) : NULL);
}

/* --- parts --- */

static json_t *
json_log(const struct report_view *v)
{
    json_t *o = json_new(json_object());

    json_put_int(o, "files", v->log.files);
    json_put_int(o, "lines", v->survey->lines);
    json_put_int(o, "bad_lines", v->survey->bad);
    json_put_text(o, "first_bad", v->survey->bad > 0 ? v->bad_where : NULL);
    json_put_int(o, "torn_files", v->log.torn);
    json_put_int(o, "earlier_files", v->log.earlier);
    json_put_int(o, "untimed_lines", v->survey->timeless);
    return o;
}

static json_t *
json_totals(const struct report_view *v)
{
    const struct survey *s = v->survey;
    json_t *o = json_new(json_object());
    double seconds = (double)report_busy_ms(v) / 1000;
    bool is_estimate;

    json_put_int(o, "urls", s->urls);
    json_put_int(o, "urls_distinct", report_url_count(v));
    json_put_int(o, "pages", s->outcomes[OUTCOME_OK].urls);
    json_put(o, "pages_per_second",
             json_real(seconds > 0
                           ? (double)s->outcomes[OUTCOME_OK].urls / seconds
                           : 0));
    json_put_int(o, "fetches", s->fetches);
    json_put_int(o, "answers", s->answers);
    json_put_int(o, "retries", s->retries);
    json_put_int(o, "sites", report_site_count(v, &is_estimate));
    json_put_int(o, "hosts", distinct_count(&s->hosts));
    json_put_int(o, "threads", distinct_count(&s->workers));
    json_put_int(o, "bytes_bodies", s->bytes);
    json_put_some(o, "bytes_received", report_stat(v, "bytes_received"));
    json_put_some(o, "bytes_decoded", report_stat(v, "bytes_decoded"));
    json_put_int(o, "links", s->links);
    json_put_int(o, "truncated", s->truncated);
    json_put_int(o, "records", s->records);
    json_put_int(o, "revisit_records", s->revisits);
    json_put_int(o, "same_bodies", report_same_bodies(v));
    json_put_int(o, "warc_files", v->warc_files);
    json_put_int(o, "warc_files_open", v->warc_open);
    json_put_int(o, "warc_bytes", v->warc_bytes);
    return o;
}

/* Which of the totals are estimates. */
static json_t *
json_estimates(const struct report_view *v)
{
    const struct survey *s = v->survey;
    const struct {
        const char *key;
        const struct distinct *d;
    } all[] = {{"urls_distinct", &s->urls_seen},
               {"hosts", &s->hosts},
               {"threads", &s->workers},
               {"same_bodies", &s->digests}};
    json_t *list = json_new(json_array());
    bool is_estimate;

    report_site_count(v, &is_estimate);
    if (is_estimate)
        json_array_append_new(list, json_new(json_string("sites")));

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i].d->is_estimate)
            json_array_append_new(list, json_new(json_string(all[i].key)));
    return list;
}

static const char *const json_kinds[SURVEY_KINDS] = {"fetched", "redirects",
                                                     "left_out", "failed"};

static json_t *
json_kinds_of(const struct survey *s)
{
    json_t *o = json_new(json_object());

    for (size_t i = 0; i < SURVEY_KINDS; i++)
        json_put_int(o, json_kinds[i], s->kinds[i]);
    return o;
}

static json_t *
json_outcomes(const struct survey *s)
{
    json_t *o = json_new(json_object());

    for (size_t i = 0; i < SURVEY_OUTCOMES; i++) {
        const struct survey_outcome *from = &s->outcomes[i];
        json_t *one;

        if (from->urls + from->retries == 0)
            continue;
        one = json_new(json_object());
        json_put_int(one, "urls", from->urls);
        json_put_int(one, "retries", from->retries);
        json_put_text(one, "words", survey_outcome_words(i));
        json_put_text(one, "kind", json_kinds[survey_kind_of(i)]);
        json_put_text(one, "sample", from->url);
        json_put_text(one, "error", from->error);
        json_put(o, survey_outcome_name(i), one);
    }
    return o;
}

static json_t *
json_statuses(const struct survey *s)
{
    json_t *o = json_new(json_object());
    char key[16];

    for (size_t i = 0; i < SURVEY_STATUSES; i++)
        if (s->statuses[i] > 0) {
            snprintf(key, sizeof(key), "%zu", i);
            json_put_int(o, key, s->statuses[i]);
        }
    return o;
}

static json_t *
json_numbers(const uint64_t *numbers, size_t count)
{
    json_t *list = json_new(json_array());

    while (count > 0 && numbers[count - 1] == 0)
        count--;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list,
                              json_new(json_integer((json_int_t)numbers[i])));
    return list;
}

static json_t *
json_rate(const struct survey *s)
{
    json_t *o = json_new(json_object()), *list = json_new(json_array());

    json_put_int(o, "bin_ms", (uint64_t)s->time.width_ms);
    json_put_some(o, "first_ms",
                  s->time.width_ms ? s->time.first * s->time.width_ms : -1);
    for (size_t i = 0; i < timeline_count(&s->time); i++) {
        const struct timeline_bin *bin = timeline_get(&s->time, i);
        json_t *row = json_new(json_array());

        for (size_t k = 0; k < TIMELINE_SUMS; k++)
            json_array_append_new(
                row, json_new(json_integer((json_int_t)bin->sums[k])));
        json_array_append_new(list, row);
    }
    json_put(o, "bins", list);
    return o;
}

static json_t *
json_site(const struct tally_row *row, const char *key)
{
    json_t *o = json_new(json_object());

    json_put_text(o, key, row->name);
    json_put_int(o, "fetches", row->sums[SURVEY_FETCHES]);
    json_put_int(o, "pages", row->sums[SURVEY_PAGES]);
    json_put_int(o, "failures", row->sums[SURVEY_FAILURES]);
    json_put_int(o, "bytes", row->sums[SURVEY_BYTES]);
    json_put_int(o, "mean_ms", report_mean_ms(row));
    json_put_int(o, "given_up", row->sums[SURVEY_GIVEN_UP]);
    return o;
}

static json_t *
json_sites(const struct report_view *v)
{
    static const char *const keys[REPORT_ORDERS] = {
        "busiest", "slowest", "largest", "failing", "given_up"};
    json_t *o = json_new(json_object());

    json_put(o, "is_cut", json_boolean(tally_is_cut(v->survey->sites)));
    json_put_int(o, "may_lack_fetches",
                 tally_lost(v->survey->sites, SURVEY_FETCHES));
    json_put_int(o, "slowest_least_fetches", report_slow_tries(v));
    for (enum report_order order = 0; order < REPORT_ORDERS; order++) {
        const struct tally_row *rows[SURVEY_TOP];
        size_t count = report_sites(v, order, rows);
        json_t *list = json_new(json_array());

        for (size_t i = 0; i < count; i++)
            json_array_append_new(list, json_site(rows[i], "site"));
        json_put(o, keys[order], list);
    }
    return o;
}

static json_t *
json_machines(const struct survey *s)
{
    const struct tally_row *rows[SURVEY_TOP];
    size_t sum = SURVEY_FETCHES;
    size_t count = tally_top(s->machines, tally_by_sum, &sum, rows, SURVEY_TOP);
    json_t *list = json_new(json_array());

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_site(rows[i], "machine"));
    return list;
}

/* Names with how many pages, and bytes. */
static json_t *
json_few(const struct tally *t, const char *key)
{
    const struct tally_row *rows[SURVEY_TOP];
    size_t sum = SURVEY_N;
    size_t count = tally_top(t, tally_by_sum, &sum, rows, SURVEY_TOP);
    json_t *list = json_new(json_array());

    for (size_t i = 0; i < count; i++) {
        json_t *o = json_new(json_object());

        json_put_text(o, key, rows[i]->name);
        json_put_int(o, "pages", rows[i]->sums[SURVEY_N]);
        json_put_int(o, "bytes", rows[i]->sums[SURVEY_N_BYTES]);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *
json_spread(const struct spread *s)
{
    json_t *o = json_new(json_object()), *list = json_new(json_array());

    json_put_int(o, "count", s->count);
    json_put_int(o, "sum", s->sum);
    json_put_int(o, "least", s->least);
    json_put_int(o, "most", s->most);
    json_put_int(o, "p50", spread_percentile(s, 0.5));
    json_put_int(o, "p90", spread_percentile(s, 0.9));
    json_put_int(o, "p99", spread_percentile(s, 0.99));
    for (size_t i = 0; i < s->bars; i++) {
        json_t *bar = json_new(json_object());

        json_put_int(bar, "from", s->edges[i]);
        json_put_int(bar, "count", s->bar[i]);
        json_array_append_new(list, bar);
    }
    json_put(o, "histogram", list);
    return o;
}

static json_t *
json_robots(const struct survey *s)
{
    const struct tally_row *rows[SURVEY_TOP];
    size_t sum = SURVEY_N;
    size_t count = tally_top(s->refusals, tally_by_sum, &sum, rows, SURVEY_TOP);
    json_t *o = json_new(json_object()), *list = json_new(json_array());

    json_put_int(o, "sites", tally_count(s->refusals));
    json_put(o, "is_cut", json_boolean(tally_is_cut(s->refusals)));
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_new(json_object());
        const char *blank =
            rows[i]->sample ? strchr(rows[i]->sample, ' ') : NULL;

        json_put_text(one, "site", rows[i]->name);
        json_put_int(one, "urls", rows[i]->sums[SURVEY_N]);
        if (blank) {
            json_put(
                one, "sample",
                json_text(rows[i]->sample, (size_t)(blank - rows[i]->sample)));
            json_put_text(one, "rule", blank + 1);
        }
        json_array_append_new(list, one);
    }
    json_put(o, "top", list);
    return o;
}

static json_t *
json_redirects(const struct survey *s)
{
    static const char *const keys[SURVEY_REDIRECTS] = {
        "to_https", "to_www", "to_path", "to_site", "to_other_site"};
    const struct tally_row *rows[SURVEY_TOP];
    size_t sum = SURVEY_N;
    size_t count =
        tally_top(s->redirects, tally_by_sum, &sum, rows, SURVEY_TOP);
    json_t *o = json_new(json_object()), *list = json_new(json_array());
    json_t *kinds = json_new(json_object());

    for (size_t i = 0; i < SURVEY_REDIRECTS; i++)
        json_put_int(kinds, keys[i], s->redirect_kinds[i]);
    json_put(o, "kinds", kinds);
    json_put(o, "is_cut", json_boolean(tally_is_cut(s->redirects)));
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_new(json_object());

        json_put_text(one, "from_to", rows[i]->name);
        json_put_int(one, "count", rows[i]->sums[SURVEY_N]);
        json_put_text(one, "sample", rows[i]->sample);
        json_array_append_new(list, one);
    }
    json_put(o, "top", list);
    return o;
}

/* --- the whole --- */

void
report_json(const struct report_view *v, FILE *out)
{
    const struct survey *s = v->survey;
    json_t *o = json_new(json_object()), *folders = json_new(json_array());
    const json_t *result =
        v->stats ? json_object_get(v->stats, "result") : NULL;

    json_put_text(o, "name", v->name);
    json_put_text(o, "result",
                  json_is_string(result) ? json_string_value(result) : NULL);
    json_put(o, "is_stale", json_boolean(v->is_stale));
    json_put_text(o, "version", weft_version());
    json_put_time(o, "made", v->now_ms);
    json_put_time(o, "first", s->first_ms);
    json_put_time(o, "last", s->last_ms);
    json_put_int(o, "span_ms", report_span_ms(v));
    json_put_int(o, "busy_ms", report_busy_ms(v));
    for (size_t i = 0; i < v->folders_count; i++)
        json_array_append_new(folders,
                              json_text(v->folders[i], strlen(v->folders[i])));
    json_put(o, "folders", folders);
    json_put(o, "log", json_log(v));
    json_put(o, "totals", json_totals(v));
    json_put(o, "estimates", json_estimates(v));
    json_put(o, "kinds", json_kinds_of(s));
    json_put(o, "outcomes", json_outcomes(s));
    json_put(o, "statuses", json_statuses(s));
    json_put(o, "rate", json_rate(s));
    json_put(o, "sites", json_sites(v));
    json_put(o, "types", json_few(s->types, "type"));
    json_put(o, "charsets", json_few(s->charsets, "charset"));
    json_put(o, "depths", json_numbers(s->depths, SURVEY_DEPTHS));
    json_put(o, "tries", json_numbers(s->tries, SURVEY_TRIES));
    json_put(o, "sizes", json_spread(&s->sizes));
    json_put(o, "times_ms", json_spread(&s->times));
    json_put(o, "robots", json_robots(s));
    json_put(o, "redirects", json_redirects(s));
    json_put(o, "machines", json_machines(s));
    json_dumpf(o, out, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putc('\n', out);
    json_decref(o);
}
