/*
 * seed - seed lists in, canonical seed URLs out.
 *
 * Reads all lists one after another as one stream of rows: "rank,domain", names
 * or URLs, in files, archives, on standard input or behind http(s) URLs
 * (master/seed_source.h, master/seed_reader.h).  A domain becomes
 * SCHEME://DOMAIN/, a URL is taken as it is; both come out as canon_parse()
 * writes them.  A bad row is counted and reported, never fatal.
 *
 * seeds_next() is made for slices of a loop: it returns after a bounded amount
 * of work.  On plain files that is well under a few milliseconds; where
 * seeds_is_slow() it may wait for a network (up to 30 s without a byte) or a
 * pipe (for ever), so let a thread of its own call it.  A struct seeds has no
 * locks and shares nothing: one thread at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SEED_H
#define MASTER_SEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "common/err.h"
#include "common/str.h"
#include "common/url.h"

/* A bad row; all borrowed for the call. */
struct seed_refused {
    const char *list; /* harmless: "top.zip/top.csv" */
    uint64_t line;
    const char *why;
    struct str row; /* any bytes, without a password */
};
typedef void seed_refused_fn(void *arg, const struct seed_refused *refused);

struct seed_options {
    char **lists;       /* files, "-", http(s) URLs; kept by the caller */
    size_t count;       /* of lists */
    const char *scheme; /* of bare domains: "http" or "https" */
    bool allow_private; /* private addresses, localhost, dotless names */
    bool has_ftp;       /* ftp URLs, too; settings may say so as well */
    /* The canonical form and the longest URL; NULL: the URL standard's, and
     * URL_MAX_DEFAULT.  Looked at by seeds_open() only. */
    const struct config *settings;
    uint64_t max_seeds; /* stop after so many; 0: no bound */
    uint64_t skip_rows; /* go on behind this row: an earlier seed's row */
    /* Where reports of bad rows go, one line each; NULL: log_warnx(). */
    void (*report)(void *arg, const char *text);
    void *report_arg;
    /* If set, given each bad row, and nothing is reported. */
    seed_refused_fn *refused;
    void *refused_arg;
};

struct seed {
    struct str url;   /* canonical; valid until the next call */
    struct str host;  /* part of url */
    uint64_t row;     /* rows passed up to here, over all lists: skip_rows */
    const char *list; /* where it stands: name and line; as url */
    uint64_t line;
};

/*
 * rows = good + bad, without blank lines, comments, headers and what skip_rows
 * skipped.  Bytes are as they lie there (packed); bytes_total is 0 as long as
 * the size of some list is not known.
 */
struct seed_counts {
    uint64_t rows, good, bad;
    uint64_t lists_failed;
    uint64_t bytes_read, bytes_total;
};

enum seed_next {
    SEED_NEXT_ERROR = -1, /* a list failed, logged; go on calling, exit 1 */
    SEED_NEXT_END = 0,
    SEED_NEXT_SEED = 1,
    SEED_NEXT_PAUSE = 2 /* much work and no seed yet: give the loop a turn */
};

struct seeds; /* opaque */

/* Opens nothing yet, never fails.  End it with seeds_close(). */
struct seeds *seeds_open(const struct seed_options *options);
void seeds_close(struct seeds *s); /* NULL is fine */

/*
 * The next seed.  A list that is missing or breaks off is SEED_NEXT_ERROR once
 * and the next list follows.  The rows of the same lists always have the same
 * numbers, so a crawl resumes by skip_rows; rows that are skipped are not
 * judged, reported or counted again.
 */
enum seed_next seeds_next(struct seeds *s, struct seed *seed) MUST_USE;

void seeds_counts(const struct seeds *s, struct seed_counts *counts);

/* Rows passed in all, of which seeds_next() told the last good one's. */
uint64_t seeds_passed(const struct seeds *s);

/* Whether this list or one after it may make seeds_next() wait. */
bool seeds_is_slow(const struct seeds *s);

/*
 * Judge one row's text, a domain or URL, without reading any list: NULL and
 * *u, good until the next call, or a few words for what is wrong with it.
 */
const char *seeds_judge(struct seeds *s, struct str text,
                        struct url *u) MUST_USE;

#endif
