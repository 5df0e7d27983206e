/*
 * report - what a thread tells with its heartbeat, for people to look at.
 *
 * Which sites it asked since the last beat, how slow they were, what failed;
 * how many visits it has, and why it fetches nothing more.  The text is one
 * JSON object of at most REPORT_BYTES, kept in worker:NAME:W; "master top"
 * shows it.  Nothing is decided by it.
 *
 * The table of sites is small and of fixed size: a space-saving sketch
 * (Metwally, Agrawal, El Abbadi 2005).  A site that is new to a full table
 * takes the slot of the least of all and inherits its weight, so whoever is
 * asked much or fails much stays, and nobody has to count everybody.  What is
 * told of a site is only what was noted since it got its slot: never too much.
 *
 * One thread's; does no I/O, takes no locks.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_REPORT_H
#define WORKER_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

enum {
    REPORT_SLOTS = 32,       /* sites that are remembered between two beats */
    REPORT_SITES = 8,        /* ... and told */
    REPORT_SITE_BYTES = 256, /* as long as a host name or an address gets */
    REPORT_BYTES = 2048      /* of the JSON text */
};

struct report_site {
    char name[REPORT_SITE_BYTES];
    size_t len;
    uint64_t weight; /* what keeps it in its slot */
    uint64_t pages;
    uint64_t failures; /* 429, 503, time-outs, no connection */
    int64_t slowest_ms;
    bool is_told; /* in the report that is being written */
};

struct report {
    struct report_site sites[REPORT_SLOTS];
    size_t count;
    uint64_t pages, failures; /* of all sites */
    uint64_t since_ms;        /* when counting began */
};

/* now_ms: any clock that only grows, the same in report_write(). */
void report_init(struct report *r, uint64_t now_ms);

/* An entry of the site was done with, after a response time of ms. */
void report_note(struct report *r, struct str site, int64_t ms, bool is_page,
                 bool is_failure);

/* What the thread is in; the first that is true is told as "why". */
struct report_state {
    uint64_t beat; /* the number of the heartbeat */
    struct str host;
    int64_t pid;
    uint64_t threads; /* of the process */
    uint64_t visits;
    uint64_t waiting;     /* of them, for their delay only */
    uint64_t transfers;   /* connections in use */
    uint64_t connections; /* that there may be ... */
    bool is_auto;         /* ... found by --threads auto */
    bool is_stopping;
    bool is_redis_away; /* the connection is being mended */
    bool is_cut_off;    /* our own network is away */
    bool is_memory_full;
    bool is_paused;
    bool is_redis_slow; /* too much of what was sent is unanswered */
    bool is_page_limit; /* --max-pages allows no more */
};
/* "fetching", "waiting for delays", "nothing to claim" ... */
const char *report_why(const struct report_state *s);

/*
 * Append the JSON object to out, and begin to count anew.  ERR_TOO_BIG when
 * out has no room for REPORT_BYTES; out is as it was then.
 */
enum err report_write(struct report *r, const struct report_state *s,
                      uint64_t now_ms, struct buf *out) MUST_USE;

#endif
