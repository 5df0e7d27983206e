/*
 * files - how many connections fit into the files a worker may open.
 *
 * Pure: numbers in, numbers out.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_FILES_H
#define WORKER_FILES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    /*
     * Connections to a transfer: a kept one for each visit that may wait for
     * its delay, four of them, and as many for visits that will come again.
     */
    FILES_KEPT = 8
};

struct files_plan {
    uint64_t connections; /* transfers at a time in each thread */
    uint64_t sockets;     /* that a thread may keep connected; 0: as it likes */
};

/* Files for all that is wished: open ones, threads and their connections. */
uint64_t files_wanted(uint64_t open, uint64_t threads, uint64_t connections);
/* With less than this not one connection fits. */
uint64_t files_least(uint64_t open, uint64_t threads);

/*
 * What fits when limit files may be open, open of which are already; false:
 * limit is below files_least().
 */
bool files_fit(uint64_t limit, uint64_t open, uint64_t threads,
               uint64_t connections, struct files_plan *out);

#endif
