/*
 * job_parts - what job.c, job_watch.c and job_view.c share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_JOB_PARTS_H
#define MASTER_JOB_PARTS_H

#include <uv.h>

#include "common/conn.h"
#include "common/redis.h"
#include "master/blame.h"
#include "master/connections.h"
#include "master/crawl.h"
#include "master/fleet.h"
#include "master/folder.h"
#include "master/hosts.h"
#include "master/http.h"
#include "master/progress.h"
#include "master/reaper.h"
#include "master/redis_server.h"
#include "master/seeding.h"
#include "master/trial.h"

enum { JOB_SIGNALS = 3, JOB_WHY_BYTES = 512 };

enum job_phase {
    JOB_CRAWLS,
    JOB_FINISHES, /* done: the state is being written */
    JOB_STOPS,    /* workers were told to end */
    JOB_SETTLES,  /* they have; the last counts and reaps */
    JOB_OVER
};

struct job {
    struct config *config;
    char **lists;
    size_t lists_count;
    char name[FOLDER_NAME_MAX + 1];
    struct folder folder;
    int exit_code;
    const char *result; /* a word for the summary */

    uv_loop_t loop;
    uv_timer_t tick;
    uv_signal_t signals[JOB_SIGNALS];
    bool is_loop_up;
    int signal_number; /* the first that came; 0: none */
    unsigned signals_seen;

    struct redis_url redis;
    struct redis_server *server; /* NULL: somebody else's Redis */
    bool has_info;               /* it lets us ask INFO */
    struct crawl crawl;
    struct conn *conn;
    bool is_ready;       /* conn is up and the crawl there is ours */
    uint64_t down_at_ms; /* since when it is not; 0: it is */
    uint64_t odd_at_ms;  /* since when its counts are broken; 0: they are not */
    struct conn_talk *talk;
    bool is_redis_full; /* it cannot write its file, and takes nothing */
    struct hosts hosts; /* the other machines; none without --hosts */
    struct fleet *fleet;
    struct reaper *reaper;
    struct blame *blame;
    struct trial *trial;
    uint64_t threads;                /* of each process here */
    struct connections *connections; /* NULL without --threads auto */
    unsigned crashes;        /* deaths over pages, while none was fetched */
    int64_t good_first;      /* pages fetched before this run; -1: not known */
    bool has_good;           /* one was fetched in this run */
    struct seeding *seeding; /* NULL: there is nothing (more) to seed */
    struct seeding_progress seeded;
    bool is_seed_noted; /* its end stands in Redis, or is on its way */

    enum job_phase phase;
    uint64_t begin_ms, phase_ms;                 /* of the loop's clock */
    uint64_t hurry_at_ms, kill_at_ms;            /* while stopping */
    uint64_t sum_at_ms, look_at_ms, touch_at_ms; /* not before */
    bool is_counting, is_summing;                /* a request is under way */
    uint64_t counted_ms, summed_ms;              /* when the last answer came */
    struct frontier_counts counts;
    int64_t stats[STAT_COUNT];
    int64_t pages_before, bytes_before;
    bool has_stats;
    struct progress_rate pages, bytes;
    struct buf request;

    struct http_door door; /* until the server has it */
    struct http *http;     /* NULL: none */
    bool is_live;          /* the block is on the terminal */
    uint64_t said_ms;
    char trouble[JOB_WHY_BYTES]; /* "" or what is wrong just now */
};

/* --- job_watch.c: the loop's callbacks --- */
void job_watch_start(struct job *j); /* opens conn, starts the timer */
void job_on_signal(uv_signal_t *handle, int signal_number);

/* The disk takes no more of path. */
void job_on_disk(void *arg, const char *path, int error);

/* --- job_view.c: what is shown --- */
void job_view_open(struct job *j);
void job_view_tick(struct job *j);
void job_view_close(struct job *j);
void job_view_http(struct job *j);    /* for those who look from outside */
void job_view_summary(struct job *j); /* and stats.json */

#endif
