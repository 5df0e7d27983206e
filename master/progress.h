/*
 * progress - what a crawl is doing, in words: the live block and its line.
 *
 * Pure: a view in, text out.  Names from outside (sites) are escaped here, so
 * the text may go to a terminal as it is.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_PROGRESS_H
#define MASTER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frontier.h"
#include "common/stats.h"

enum { PROGRESS_WIDTH_MIN = 16, PROGRESS_WIDTH_MAX = 200 };

struct progress_view {
    const char *name;    /* of the crawl */
    const char *state;   /* "crawling", "stopping" ... */
    const char *trouble; /* a line about what is wrong, or NULL */
    uint64_t procs, procs_running, threads;
    uint64_t connections; /* of all threads; 0: as they were given */
    uint64_t elapsed_ms;
    struct frontier_counts counts;
    int64_t stats[STAT_COUNT];
    double pages_per_s, bytes_per_s;
    /* while seeds are being read: */
    bool is_seeding;
    uint64_t seed_rows, seed_bad;
    uint64_t seed_bytes, seed_bytes_total; /* total 0: not known */
    int64_t delay_ms;                      /* --delay */
    uint64_t max_pages;                    /* 0: no bound */
    bool is_color;
};

/* The live block: lines of at most width columns, each ended by a newline. */
void progress_render(const struct progress_view *v, int width, struct buf *out);
/*
 * The block's last line, without colour or newline, or nothing: what is wrong,
 * else why the crawl idles and how long it will take at least.
 */
void progress_outlook(const struct progress_view *v, int width,
                      struct buf *out);
/* One line for a log or a pipe, without a newline. */
void progress_line(const struct progress_view *v, struct buf *out);

/* "1,204", "28.1 MB", "1:02:03" and "0:31": into out, returns out. */
enum { PROGRESS_TEXT_BYTES = 32 };
const char *progress_count(uint64_t n, char out[PROGRESS_TEXT_BYTES]);
const char *progress_bytes(double n, char out[PROGRESS_TEXT_BYTES]);
const char *progress_time(uint64_t ms, char out[PROGRESS_TEXT_BYTES]);

/* Rates of the last seconds from counters that only grow. */
enum { PROGRESS_SAMPLES = 32 };
struct progress_rate {
    uint64_t at_ms[PROGRESS_SAMPLES];
    int64_t value[PROGRESS_SAMPLES];
    unsigned n, next;
};
void progress_rate_add(struct progress_rate *r, uint64_t now_ms, int64_t value);
/* Per second over the last span_ms, or what there is of it. */
double progress_rate_get(const struct progress_rate *r, uint64_t span_ms);

#endif
