/*
 * report_view - what "master report" shows, ready to be written.
 *
 * report.c fills it in, report_html.c and report_json.c write it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_REPORT_VIEW_H
#define MASTER_REPORT_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "master/survey.h"
#include "master/verify_log.h"

struct report_view {
    const char *name; /* of the crawl */
    const struct survey *survey;
    struct verify_log_counts log;
    char bad_where[VERIFY_LOG_WHY_BYTES]; /* of the first bad line */
    char *const *folders;
    size_t folders_count;
    uint64_t warc_files, warc_bytes, warc_open; /* finished; being written */
    json_t *stats;                              /* stats.json, or NULL */
    int64_t stats_ms;                           /* when that was written */
    bool is_stale; /* the log has lines of after stats.json was written */
    int64_t now_ms;
};

void report_html(const struct report_view *v, FILE *out);
void report_json(const struct report_view *v, FILE *out);

/* A counter of stats.json; -1 without one. */
int64_t report_stat(const struct report_view *v, const char *name);

/* From the first request to the end of the last; 0 without any. */
uint64_t report_span_ms(const struct report_view *v);
/* ... without the stretches of a minute and more when nothing was done. */
uint64_t report_busy_ms(const struct report_view *v);

/* Different URLs: an estimate, but never more than there are lines. */
uint64_t report_url_count(const struct report_view *v);
uint64_t report_site_count(const struct report_view *v, bool *is_estimate);

/* Sites by one of several orders, at most SURVEY_TOP. */
enum report_order {
    REPORT_BUSIEST,
    REPORT_SLOWEST, /* by mean time of a try */
    REPORT_LARGEST,
    REPORT_FAILING,
    REPORT_GIVEN_UP,
    REPORT_ORDERS
};
size_t report_sites(const struct report_view *v, enum report_order order,
                    const struct tally_row *out[SURVEY_TOP]);
/* Fewer tries, and a site is not among the slowest. */
uint64_t report_slow_tries(const struct report_view *v);
uint64_t report_mean_ms(const struct tally_row *row);

/* Pages with a body that another page has; an estimate, see is_estimate. */
uint64_t report_same_bodies(const struct report_view *v);

/* "2026-11-21 09:30:00" or, is_iso, "2026-11-21T09:30:00Z": UTC. */
enum { REPORT_TIME_BYTES = 64 };
const char *report_time(int64_t ms, bool is_iso, char out[REPORT_TIME_BYTES]);

#endif
