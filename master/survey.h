/*
 * survey - what the lines of a crawl's log say in sum.
 *
 * One pass over the lines, in any order, in bounded memory: what would need
 * more is cut (master/tally.h) or estimated (master/distinct.h), and says so.
 * Shown by survey_html.c and survey_json.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SURVEY_H
#define MASTER_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/outcome.h"
#include "common/str.h"
#include "master/distinct.h"
#include "master/spread.h"
#include "master/tally.h"
#include "master/timeline.h"

enum {
    SURVEY_OUTCOMES = OUTCOME_COUNT + 1, /* the last: names not known here */
    SURVEY_STATUSES = 1000,
    SURVEY_DEPTHS = 33, /* the last: that and deeper */
    SURVEY_TRIES = 11,  /* the last: that and more */
    SURVEY_TOP = 20     /* rows of a table */
};

/* What an outcome means to who looks at a crawl as a whole. */
enum survey_kind {
    SURVEY_GOT,   /* a page, or the one that is known still stands */
    SURVEY_MOVED, /* a redirect */
    SURVEY_LEFT,  /* not asked for, or not taken, by rule */
    SURVEY_FAILED,
    SURVEY_KINDS
};

struct survey_outcome {
    uint64_t urls;    /* it was the final word on so many */
    uint64_t retries; /* so often it was not: it was tried again */
    char *url;        /* one of them: the earliest */
    int64_t when_ms;
    char *error; /* what its line says, or NULL */
};

/* Sums of timeline bins, of what was sent or decided then. */
enum survey_bin { SURVEY_BIN_KINDS, SURVEY_BIN_BYTES = SURVEY_KINDS };

/* Sums of tallies: of sites, and of machines ... */
enum survey_sum {
    SURVEY_FETCHES,
    SURVEY_PAGES,
    SURVEY_FAILURES, /* tries that failed */
    SURVEY_BYTES,
    SURVEY_MS,       /* of all tries together */
    SURVEY_GIVEN_UP, /* URLs not asked for: GAVE_UP */
};
/* ... of types and charsets; of redirects and robots: the first only. */
enum survey_few { SURVEY_N, SURVEY_N_BYTES };

/* How a redirect's target differs from what was asked for. */
enum survey_redirect {
    SURVEY_TO_HTTPS, /* the same host and path */
    SURVEY_TO_WWW,   /* to or from it, be it to https too */
    SURVEY_TO_PATH,  /* the same scheme and host */
    SURVEY_TO_SITE,  /* another host of the site */
    SURVEY_TO_OTHER,
    SURVEY_REDIRECTS
};

struct survey {
    int64_t latest_ms;          /* set by the caller: what is later, is wrong */
    uint64_t timeless;          /* lines with no time, or a wrong one */
    uint64_t lines, bad;        /* bad: torn or not ours */
    uint64_t bad_place;         /* of the first: for verify_log_where() */
    int64_t first_ms, last_ms;  /* since 1970; -1: none */
    uint64_t urls;              /* final words */
    uint64_t fetches, answers;  /* tries; those with a status */
    uint64_t bytes;             /* of bodies, as received */
    uint64_t retries;           /* tries that were followed by another */
    uint64_t records, revisits; /* in WARC files; of them revisit records */
    uint64_t truncated, links;  /* bodies cut; links found */
    uint64_t with_digest;       /* pages with one, see digests */
    uint64_t kinds[SURVEY_KINDS]; /* URLs */
    struct survey_outcome outcomes[SURVEY_OUTCOMES];
    uint64_t statuses[SURVEY_STATUSES]; /* of all answers */
    uint64_t depths[SURVEY_DEPTHS];     /* URLs */
    uint64_t tries[SURVEY_TRIES];       /* URLs, by how many it took */
    uint64_t redirect_kinds[SURVEY_REDIRECTS];
    struct spread sizes; /* of bodies of pages, as received */
    struct spread times; /* ms, of tries that were answered */
    struct timeline time;
    struct tally *sites, *machines;
    struct tally *types, *charsets; /* of pages */
    struct tally *redirects;        /* "origin -> origin", sample: a URL */
    struct tally *refusals; /* sites by robots.txt; sample: URL, blank, rule */
    struct distinct hosts, urls_seen, site_names, digests, workers;
    struct buf space, text; /* of one line */
};

/* room: names that are counted exactly, of sites; others have fewer. */
enum { SURVEY_ROOM = 1 << 20 };
struct survey *survey_new(size_t room);
void survey_free(struct survey *s); /* NULL is fine */

/* A verify_log_fn: arg is a struct survey. */
void survey_take(void *arg, struct str line, uint64_t place);

enum survey_kind survey_kind_of(size_t outcome);
const char *survey_outcome_name(size_t outcome); /* "OTHER" for the last */
const char *survey_outcome_words(size_t outcome);
const char *survey_redirect_words(enum survey_redirect kind);

#endif
