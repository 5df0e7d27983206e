/*
 * top_view - the numbers that "master top" shows, of one moment.
 *
 * top_read.c and top_sites.c fill one from Redis's replies, top_layout.c lays
 * it out.  Names come from outside and are not escaped yet.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TOP_VIEW_H
#define MASTER_TOP_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/frontier.h"
#include "common/stats.h"

enum {
    TOP_NAME_BYTES = 256, /* of a site or a host, with a NUL */
    TOP_ROWS_MAX = 100,   /* of one list */
    TOP_WHYS_MAX = 9,     /* reasons of a host's threads */
    TOP_WHY_BYTES = 32,
    TOP_SILENT_MS = 5000 /* beats come each second */
};

enum top_list {
    TOP_MACHINES,
    TOP_BUSIEST,
    TOP_SLOWEST,
    TOP_BLOCKED,
    TOP_ORDERED,
    TOP_LISTS
};

/* A site, in any of the lists of sites. */
struct top_site {
    char name[TOP_NAME_BYTES];
    double pages_per_s;
    int64_t slowest_ms; /* of the last half minute */
    uint64_t failures;  /* while it was looked at */
    int64_t rest_ms;    /* until it may be asked again; -1: not known */
    int64_t spacing_ms; /* least time between requests; 0: only --delay */
    uint64_t in_a_row;  /* failures up to now */
    bool is_dropped;    /* an operator said so */
    int64_t slow_ms;    /* an operator's least delay; 0: none */
};

struct top_sites_list {
    struct top_site rows[TOP_ROWS_MAX];
    size_t count;
    uint64_t total; /* with those that are not here */
};

/* A machine: all threads of that host name. */
struct top_host {
    char name[TOP_NAME_BYTES];
    uint64_t threads;
    uint64_t silent; /* of them, for longer than TOP_SILENT_MS */
    uint64_t known;  /* of them, whose reports were read */
    uint64_t visits, busy, waiting;
    uint64_t connections; /* that they may have */
    double pages_per_s;
    int64_t beat_ms; /* since the last beat of the most silent thread */
    struct {
        char text[TOP_WHY_BYTES];
        uint64_t threads;
    } whys[TOP_WHYS_MAX]; /* most frequent first */
    size_t whys_count;
};

struct top_rates {
    double pages, requests, bytes; /* a second */
};

struct top_server {
    bool is_known; /* it lets us ask INFO */
    uint64_t memory, memory_max;
    uint64_t ops, clients;
    double cpu_share;       /* of one core; -1: not known yet */
    double cpu_ms_per_page; /* -1: there were no pages */
};

struct top_view {
    const char *name;    /* of the crawl */
    const char *trouble; /* what is wrong with the numbers, or NULL */
    bool has_numbers;
    int64_t elapsed_ms; /* since its beginning; -1: not known */
    int64_t delay_ms;   /* as it is just now */
    struct live live;   /* what "master change" changed */
    uint64_t max_pages;
    struct frontier_counts counts;
    int64_t stats[STAT_COUNT];
    struct top_rates now, mean;
    double finished_per_s;
    struct top_server server;
    struct top_host hosts[TOP_ROWS_MAX];
    size_t hosts_count;
    uint64_t threads, silent;
    uint64_t connections; /* of all threads whose reports were read */
    bool is_auto;         /* --threads auto finds them */
    struct top_sites_list sites[TOP_LISTS]; /* TOP_MACHINES: not used */
};

#endif
