/*
 * fleet - the worker processes, here and on other machines: started, watched,
 * started again.
 *
 * Each runs in a session of its own, so that Ctrl-C reaches the master only.
 * One that dies comes back after a pause that doubles with each quick death.
 * One on another machine is an ssh here, whose stdin is its life line: a line
 * there asks it to end, and so does its end, whatever brought that about.
 * Main thread only; nothing here waits.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_FLEET_H
#define MASTER_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "common/config.h"
#include "common/err.h"
#include "master/fleet_command.h"
#include "master/hosts.h"

struct fleet; /* opaque */

struct fleet_options {
    const struct config *config; /* procs, threads, connections, messages */
    size_t procs;                /* on this machine */
    const struct hosts *hosts;   /* the others; must outlive the fleet */
    const char *name;            /* of the crawl */
    const char *folder;          /* output, absolute */
    const char *redis_url;       /* with its password */
    /*
     * A worker's process is gone; is_clean: by itself, exit code 0.  True: a
     * page is to blame, so that the next worker may well live.
     */
    bool (*on_death)(void *arg, long pid, bool is_clean);
    /*
     * The same of one on another machine, when it is sure to be gone.
     * identity: "HOST-PID-RANDOM", what its threads' names begin with;
     * is_crash: by itself, over a page perhaps (its crumb is there, not here).
     */
    void (*on_far_death)(void *arg, const char *identity, bool is_clean,
                         bool is_crash);
    /* What workers here say, line by line; NULL: straight to our stderr. */
    void (*on_words)(void *arg, const char *bytes, size_t len);
    void *arg;
};

/*
 * Copies what options point to, but for config and hosts.  ERR_NOT_FOUND with
 * why: there is no worker program.
 */
enum err fleet_new(uv_loop_t *loop, const struct fleet_options *options,
                   struct fleet **out, char why[FLEET_WHY_BYTES]) MUST_USE;

enum fleet_state {
    FLEET_RUNS,
    FLEET_DISK,    /* a worker could not write: exit code 3 */
    FLEET_HOPELESS /* all die at once, again and again */
};
/*
 * Start what is due; call it now and then.  why is set when the state is not
 * FLEET_RUNS.
 */
enum fleet_state fleet_watch(struct fleet *f, char why[FLEET_WHY_BYTES]);

/*
 * Start no more, and send this to those that run: SIGTERM, again to hurry
 * them, then SIGKILL.
 */
void fleet_signal(struct fleet *f, int signal_number);
size_t fleet_running(const struct fleet *f);
/* How many run when all do. */
size_t fleet_size(const struct fleet *f);
/* Deaths that were not asked for. */
size_t fleet_deaths(const struct fleet *f);

/* How it went on another machine. */
struct fleet_host_view {
    const char *name;     /* as in the file of --hosts */
    uint64_t started;     /* workers that ran there */
    uint64_t died;        /* of them, without being asked to end */
    uint64_t unreachable; /* how often ssh began to fail */
    bool is_unreachable;  /* and still does */
};
/* index from 0; false behind the last. */
bool fleet_view_host(const struct fleet *f, size_t index,
                     struct fleet_host_view *out);

/* Kills what still runs.  The loop must turn once more before it is closed. */
void fleet_free(struct fleet *f);

/*
 * Pure, for tests: the pause before the next start, from the last one (0:
 * none) and how long the worker ran.
 */
uint64_t fleet_next_pause_ms(uint64_t last_ms, uint64_t ran_ms);

#endif
