/*
 * traps - URLs that a site makes up without end.
 *
 * Pure rules on one canonical URL, each simple enough to be told of: how many
 * segments, what comes again and again, dates that no page has yet.  Judged
 * with the scope (common/scope.h), which has their names and counters.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_TRAPS_H
#define COMMON_TRAPS_H

#include <stdint.h>

#include "common/str.h"
#include "common/url.h"

enum {
    TRAPS_YEAR_FIRST = 1800, /* what counts as a year in a date */
    TRAPS_YEAR_LAST = 2199,
    TRAPS_YEAR_OLD = 1990, /* before the Web: the past of a calendar ... */
    TRAPS_OLD_DEPTH = 20,  /* ... if it was found deeper than this; archives
                              have old dates as well, fewer clicks away */
    TRAPS_SEGMENTS_LOOKED = 256,
    TRAPS_PARAMS_LOOKED = 512
};

/* The bounds; 0 for none, but last_year: any. */
struct traps {
    unsigned max_segments;
    unsigned max_repeats;
    unsigned max_same_param;
    unsigned last_year; /* of dates; 0: any date is fine */
};

/* Segments of a path: "/" has none, "/a", "/a/" and "//" have one. */
size_t traps_segments(struct str path);
/*
 * How often segments, or a sequence of them, come in a row at the most; not
 * told further than max + 1.  Of the first 256 segments.
 */
unsigned traps_repeats(struct str path, unsigned max);
/* As that, for parts of a query ("name=value") that are the same. */
unsigned traps_same_parts(struct str query, unsigned max);
/*
 * How often the parameter that comes most comes, if there are more than max
 * at all, else 0; *name: which one.  Lists ("x[]") do not count.  Of the first
 * 512.
 */
unsigned traps_same_param(struct str query, unsigned max, struct str *name);
/*
 * The year of a date in path or query that is above last_year, or below
 * TRAPS_YEAR_OLD at such a depth; 0 without one.  A date is
 *   YYYY-MM, YYYY-MM-DD, DD.MM.YYYY and MM-YYYY, with - _ . or / between,
 *   YYYY-Www, and YYYYMMDD;
 *   a parameter y, or ending in "year", "yr", "jahr" or "annee", with a year,
 *   beside another of one or two digits whose name begins with m, d or w;
 *   a parameter whose name has "date", "time", "day", "month" or "cal" in it,
 *   with YYYYMM or seconds since 1970.
 */
unsigned traps_year(const struct url *u, unsigned last_year, unsigned depth);
/* Whether two texts differ, and in the values of numbers only. */
bool traps_is_chain(struct str a, struct str b);

#endif
