/*
 * fleet - the worker processes: started, watched, started again.
 *
 * Each runs in a session of its own, so that Ctrl-C reaches the master only.
 * One that dies comes back after a pause that doubles with each quick death.
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

enum { FLEET_WHY_BYTES = 256 };

struct fleet; /* opaque */

struct fleet_options {
    const struct config *config; /* procs, threads, connections, messages */
    size_t procs;
    const char *name;      /* of the crawl */
    const char *folder;    /* output, absolute */
    const char *redis_url; /* with its password; goes by the environment */
    /*
     * A worker's process is gone; is_clean: by itself, exit code 0.  True: a
     * page is to blame, so that the next worker may well live.
     */
    bool (*on_death)(void *arg, long pid, bool is_clean);
    /* What workers say, in whole lines; NULL: straight to our stderr. */
    void (*on_words)(void *arg, const char *bytes, size_t len);
    void *arg;
};

/* ERR_NOT_FOUND with why: there is no worker program. */
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

/* Start no more, and send this to those that run. */
void fleet_signal(struct fleet *f, int signal_number);
size_t fleet_running(const struct fleet *f);
/* Deaths that were not asked for. */
size_t fleet_deaths(const struct fleet *f);

/* Kills what still runs.  The loop must turn once more before it is closed. */
void fleet_free(struct fleet *f);

/*
 * Pure, for tests: the pause before the next start, from the last one (0:
 * none) and how long the worker ran.
 */
uint64_t fleet_next_pause_ms(uint64_t last_ms, uint64_t ran_ms);

#endif
