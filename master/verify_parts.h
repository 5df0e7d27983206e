/*
 * verify_parts - what the files of "master verify" share; for master/verify*.c
 * only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_VERIFY_PARTS_H
#define MASTER_VERIFY_PARTS_H

#include "common/buf.h"
#include "master/verify_files.h"
#include "master/verify_frontier.h"
#include "master/verify_log.h"
#include "master/verify_report.h"
#include "master/verify_set.h"
#include "master/verify_spacing.h"
#include "master/verify_warc.h"

/* How a fingerprint is odd: why its lines are looked at once more. */
enum {
    VERIFY_ODD_LOST = 1,     /* neither finished nor waiting */
    VERIFY_ODD_TWICE = 2,    /* several final lines */
    VERIFY_ODD_STRANGER = 4, /* a final line, but not in the seen-set */
    VERIFY_ODD_INTRUDER = 8  /* waits, but is not in the seen-set */
};

struct verify {
    struct verify_frontier frontier;
    struct verify_log *log;
    struct verify_files *files;
    struct verify_report report;
    int64_t started_ms; /* of the crawl */
    int64_t timeout_ms; /* --timeout of the crawl ... */
    int64_t delay_ms;   /* ... and its --delay, the longest it had */
    bool has_changed;   /* it had several */
    unsigned per_site;
    bool is_quiet; /* nothing moved while it was looked at */
    struct frontier_counts counts;
    struct verify_set odd;
    char why[VERIFY_LOG_WHY_BYTES];
    /* what came of it, for the summary */
    uint64_t entries, finished, lost, waiting[VERIFY_PLACES];
    uint64_t again, again_workers; /* fetched again after a crash; by whom */
    uint64_t forgotten; /* finished, and forgotten by a Redis that broke */
    struct verify_spacing_counts spacing;
    struct verify_warc_counts warc;
};

/*
 * Both: ERR_REDIS, ERR_IO with v->why; ERR_NOT_FOUND: a signal came.
 * verify_urls(): where each entry is; leaves the odd ones in v->odd.
 */
enum err verify_urls(struct verify *v) MUST_USE;
/* Each line once more: what it says, and what is odd about its URL. */
enum err verify_lines(struct verify *v, struct verify_warc *warc) MUST_USE;

#endif
