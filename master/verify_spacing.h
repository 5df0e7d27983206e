/*
 * verify_spacing - whether the requests to each site kept their distance.
 *
 * Takes the requests of all logs in any order, then judges them site by site
 * in the order of their times.  A request must not follow the one before it
 * by less than nine tenths of what that one asked for: the times are Redis's
 * clock as each machine knew it, to a few milliseconds, and a machine may let
 * a process wait between sending and noting it.
 *
 * 24 bytes a request.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_VERIFY_SPACING_H
#define MASTER_VERIFY_SPACING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

struct verify_spacing; /* opaque */

/* base_ms: when the crawl began; what was before is not taken. */
struct verify_spacing *verify_spacing_new(int64_t base_ms);
void verify_spacing_free(struct verify_spacing *s);

/*
 * place: any number that finds the line again.  error_ms: the request may have
 * been so much earlier or later, and has the benefit of it.  False for a time
 * before the crawl or more than four years behind its beginning, and for a
 * spacing or an error that is negative; more than 37 hours are taken as so
 * much.
 */
bool verify_spacing_add(struct verify_spacing *s, struct str site,
                        int64_t sent_ms, int64_t error_ms, int64_t spacing_ms,
                        uint64_t place);

/* Two requests to a site, gap_ms apart where spacing_ms were asked for. */
struct verify_gap {
    uint64_t first, second; /* their places */
    int64_t gap_ms, spacing_ms;
};

struct verify_spacing_counts {
    uint64_t requests, sites, gaps;
};

/* on_gap is told of each that was too short.  Sorts, so once only. */
void verify_spacing_judge(struct verify_spacing *s,
                          struct verify_spacing_counts *out,
                          void (*on_gap)(void *arg, const struct verify_gap *g),
                          void *arg);

#endif
