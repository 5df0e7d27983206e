/*
 * status - what a crawl is about just now, as master status shows it.
 *
 * status.c asks Redis, the rest only writes what it found.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_STATUS_H
#define MASTER_STATUS_H

#include "common/buf.h"
#include "common/stats.h"
#include "master/command.h"

enum { STATUS_WHY_BYTES = 32 };

/* A thread of a worker, by its heartbeat; names are borrowed from replies. */
struct status_worker {
    struct str name;
    struct str info;   /* its report, JSON; may be empty */
    int64_t silent_ms; /* since its last beat */
    /* from the report: */
    char why[STATUS_WHY_BYTES]; /* "fetching"; "" when it told nothing */
    uint64_t visits;
    uint64_t connections; /* that it may have ... */
    bool is_auto;         /* ... as --threads auto found them */
    double pages_per_s;
};

struct status {
    const struct command_crawl *crawl;
    const char *condition; /* "running", "stopped" ...: see status.c */
    bool is_alive;         /* a master or a worker is at work */
    int64_t started;       /* seconds since 1970; 0: not known */
    struct frontier_counts counts;
    int64_t stats[STAT_COUNT];
    struct status_worker *workers; /* the most silent first */
    size_t workers_count;
    /* replies, NULL or arrays; only status_pair() looks into them */
    redisReply *names, *quarantine, *suspects, *orders, *deaths;
    redisReply **infos; /* as many as workers */
};

/* Of a reply of name, value, ...: the i-th pair, false behind the last. */
bool status_pair(const redisReply *r, size_t i, struct str *name,
                 struct str *value);
/* The value of that name; STR_NONE without one. */
struct str status_value(const redisReply *r, struct str name);
/* What is not yet finished, without what is set aside. */
uint64_t status_left(const struct frontier_counts *c);

/* --- status_view.c --- */
/* Lines for people, of 80 columns where names allow. */
void status_render(const struct status *s, int64_t now_s, struct buf *out);
/* One JSON object, to be freed. */
char *status_json(const struct status *s);

#endif
