/*
 * summary - what came of a crawl: a table for people, stats.json for others.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SUMMARY_H
#define MASTER_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/frontier.h"
#include "common/stats.h"
#include "master/fleet.h"

struct summary {
    const char *name;   /* of the crawl */
    const char *result; /* one word: "finished", "interrupted" ... */
    const char *folder; /* absolute */
    int exit_code;
    uint64_t started;     /* of the crawl, seconds since 1970; 0: not known */
    uint64_t elapsed_ms;  /* of this run */
    int64_t pages_before; /* fetched by earlier runs of the crawl */
    uint64_t worker_deaths;
    const struct fleet_host_view *hosts; /* of --hosts */
    size_t hosts_count;
    const char *remote_output;               /* where their files are */
    uint64_t seed_rows, seed_good, seed_bad; /* read in this run */
    bool has_log_here, has_warc_here; /* else they are on other machines */
    bool has_files_here;
    bool has_warc;
    bool has_counts; /* Redis answered at the end */
    struct frontier_counts counts;
    uint64_t connections; /* of --threads auto, at the end; 0: none told */
    uint64_t connections_most;
    int64_t stats[STAT_COUNT];
};

/* The table, for a terminal or a log: lines ended by newlines.  Pure. */
void summary_render(const struct summary *s, struct buf *out);

/*
 * All counters as one JSON object, a field a line, instead of what path held.
 * ERR_NO_SPACE or ERR_IO with errno.
 */
enum err summary_write_json(const struct summary *s, const char *path) MUST_USE;

#endif
