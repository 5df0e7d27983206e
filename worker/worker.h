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
#include "common/extract_rules.h"
#include "common/identity.h"
#include "common/redis.h"
#include "common/stats.h"
#include "common/canon.h"
#include "common/scope.h"
#include "worker/bodies.h"
#include "worker/line_file.h"
#include "worker/outage.h"
#include "worker/proxies.h"
#include "worker/rate.h"
#include "worker/save_files.h"
#include "worker/seen.h"
#include "worker/syncer.h"
#include "worker/twins.h"
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
    /* --cache: this crawl's generation, and the first and last of those whose
     * links are all in this crawl already (master/recrawl.h); 0: none */
    uint64_t generation, links_from, links_upto;
    bool is_auto;            /* --threads auto: see adapt.h ... */
    size_t connections_most; /* ... of each thread */
    size_t sockets;      /* each thread's, when files are few; 0: no bound */
    uint64_t files_held; /* open or spoken for before threads run */
    struct scope *scope;
    struct canon *canon;
    struct extract_rules *extract; /* NULL: nothing is extracted */
    struct warc_info warc_info;    /* how and by whom WARC files are written */

    /* shared, each safe by itself */
    struct seen *seen;        /* lock-free */
    struct warc_file *warc;   /* its own mutex; NULL with --no-warc */
    struct twins *twins;      /* its own mutex; NULL: no body is looked up */
    struct save_files *saved; /* read-only; NULL without --save files */
    struct conn_talk *talk; /* its own mutex; of Redis, once for all threads */
    struct outage *outage;  /* its own mutex, and atomics: our network */
    /* atomics; NULL: without one */
    struct proxies *proxies;
    struct rate rate;                    /* atomics: --limit-rate */
    struct line_file *files[LINE_KINDS]; /* a mutex each; NULL: none */
    struct syncer *syncer; /* its own mutex; NULL: acks do not wait for it */
    struct bodies bodies;  /* atomics: memory of the bodies in our hands */
    /* what was changed meanwhile and is told of once: a value that is none;
     * connections that did not fit */
    atomic_bool has_odd_live;
    atomic_llong connections_cut;
    atomic_int stop;      /* enum worker_stop */
    atomic_int exit_code; /* the first reason to end early, or 0 */
};

enum worker_stop {
    WORKER_RUNS,
    WORKER_DRAINS, /* finish or give back what is in flight */
    WORKER_ENDS    /* at once */
};

/* A reason to end with this exit code; every thread begins to drain. */
void worker_fail(struct worker *w, int exit_code);
/*
 * As worker_fail() with EXIT_DISK, and a line: where, what cannot be done
 * ("write the WARC file"), why; only the first such line is said.
 */
void worker_fail_disk(struct worker *w, const char *what, int error);
/*
 * Redis cannot write its file and so takes no word of ours: EXIT_DISK, a line
 * with its error, and every thread ends at once.
 */
void worker_fail_redis(struct worker *w, struct str error);

#endif
