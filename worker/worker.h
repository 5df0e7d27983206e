/*
 * worker - what all threads of a worker process share.
 *
 * The complete list.  Everything else belongs to one thread (thread.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <stdatomic.h>

#include "common/config.h"
#include "common/conn_talk.h"
#include "common/crumb.h"
#include "common/identity.h"
#include "common/redis.h"
#include "common/stats.h"
#include "common/scope.h"
#include "worker/seen.h"
#include "worker/warc_file.h"

struct worker {
    /* read-only once threads run */
    struct config config;
    struct redis_url redis;
    struct buf user_agent;  /* with a NUL behind */
    struct str agent_token; /* robots.txt's name for us: head of user_agent */
    char identity[IDENTITY_BYTES]; /* "HOST-PID-RANDOM" */
    const char *folder;            /* for the output */
    char run[CRUMB_RUN_MAX + 1];   /* the crawl's: crawl:NAME has it */
    struct scope *scope;
    int log_fd; /* the crawl log: O_APPEND, whole lines at a time */

    /* shared, each safe by itself */
    struct seen *seen;      /* lock-free */
    struct warc_file *warc; /* its own mutex; NULL with --no-warc */
    struct conn_talk *talk; /* its own mutex; of Redis, once for all threads */
    atomic_int stop;        /* enum worker_stop */
    atomic_int exit_code;   /* the first reason to end early, or 0 */
};

enum worker_stop {
    WORKER_RUNS,
    WORKER_DRAINS, /* finish or give back what is in flight */
    WORKER_ENDS    /* at once */
};

/* A reason to end with this exit code; every thread begins to drain. */
void worker_fail(struct worker *w, int exit_code);

#endif
