/*
 * top_sites - what workers' reports say of sites and machines, over time.
 *
 * Each report is of about a second.  A site's rate is the sum of what the
 * threads told of it, smoothed over some seconds; a thread tells only its
 * foremost sites, so with very many sites the figures are estimates.  The
 * table is bounded; who is not heard of for a minute leaves it.
 *
 * Pure: no I/O, no locks.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TOP_SITES_H
#define MASTER_TOP_SITES_H

#include "common/str.h"
#include "master/top_view.h"

/* --- one report, see worker/report.h --- */
enum { TOP_REPORT_SITES = 16 };
struct top_report {
    uint64_t beat; /* its number; 0: not told */
    uint64_t visits, busy, waiting, pages, span_ms;
    uint64_t connections; /* that it may have ... */
    bool is_auto;         /* ... as --threads auto found them */
    char why[TOP_WHY_BYTES];
    struct {
        char name[TOP_NAME_BYTES];
        uint64_t pages, failures;
        int64_t slowest_ms;
    } sites[TOP_REPORT_SITES];
    size_t sites_count;
};
/* false: that is no report; out is all zero then. */
bool top_report_read(struct str json, struct top_report *out);

/* --- what is known of sites and workers --- */
struct top_sites;

struct top_sites *top_sites_new(void);
void top_sites_free(struct top_sites *t);

/*
 * A look at the workers begins: each of them, then its report if it was read
 * (r may be NULL), then the end.  name: "HOST-PID-RANDOM-T".
 */
void top_sites_begin(struct top_sites *t, int64_t now_ms);
void top_sites_worker(struct top_sites *t, struct str name, int64_t silent_ms,
                      const struct top_report *r);
void top_sites_end(struct top_sites *t);

/* Machines, and the busiest and slowest sites, as of the last look. */
void top_sites_view(const struct top_sites *t, struct top_view *v);
/* What is known of this one; false: nothing. */
bool top_sites_find(const struct top_sites *t, struct str name,
                    struct top_site *out);

#endif
