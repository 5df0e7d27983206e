/*
 * metrics - a crawl's numbers in Prometheus's text format (0.0.4).
 *
 * All that common/stats_table.h counts is there, with its words as HELP; what
 * is of one kind is one family with a label: answers by status, bytes by what
 * they are of, failures by class.  Times are in seconds, as Prometheus has
 * them.
 *
 * Pure: no I/O.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_METRICS_H
#define MASTER_METRICS_H

#include "common/buf.h"
#include "master/top_view.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum { METRICS_MAX_BYTES = 1 << 18 };

struct metrics {
    const char *name; /* of the crawl */
    const char *version;
    bool is_up; /* Redis answers */
    uint64_t procs, procs_running, deaths;
    uint64_t reaped;             /* by this master, not yet in the counters */
    uint64_t refused[3];         /* requests: by Host, by token, too many */
    const struct top_view *view; /* without has_numbers: none are told */
};

void metrics_write(const struct metrics *m, struct buf *out);

/* s as a label's value: backslash, quote and newline escaped. */
void metrics_label(struct str s, struct buf *out);

#endif
