/*
 * seeding - the seed lists into the frontier, while workers already crawl.
 *
 * A thread of its own reads rows and forms requests, since a list may be a
 * pipe or a slow server; the loop sends them, SEEDING_UNDER_WAY at a time, and
 * a bounded number is ever made ahead.  Each request carries the row that it
 * ends at, so what Redis has confirmed is always a head of the lists.
 *
 * Behind the lists of a re-crawl come the URLs of the crawl before it, out of
 * its logs (master/recrawl_log.h), as rows that are counted on.
 *
 * All functions belong to the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SEEDING_H
#define MASTER_SEEDING_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/conn.h"
#include "common/frontier.h"
#include "master/seed.h"

enum { SEEDING_UNDER_WAY = 8 };

struct seeding; /* opaque */

struct seeding_options {
    struct seed_options seeds; /* its strings are copied */
    bool notes_hosts;          /* for --no-span-hosts */
    char *const *logs;         /* of the crawl before; copied */
    size_t logs_count;
    const struct config *config; /* for the scope of what they name */
    const struct frontier *frontier;
    void (*on_change)(void *arg); /* sent, confirmed or read to the end */
    void *arg;
};

struct seeding_progress {
    struct seed_counts counts; /* as read */
    uint64_t again;            /* URLs of the crawl before */
    uint64_t row;              /* confirmed by Redis up to here */
    uint64_t confirmed, added; /* seeds that Redis took; of them new */
    bool is_done;              /* all is read and confirmed */
};

struct seeding *seeding_start(uv_loop_t *loop,
                              const struct seeding_options *options);
/* Send what is ready; call it whenever conn came up and now and then. */
void seeding_pump(struct seeding *s, struct conn *conn);
void seeding_progress(struct seeding *s, struct seeding_progress *out);
/* Whether the thread may be stuck in a pipe, so that it cannot begin anew. */
bool seeding_is_slow(const struct seeding *s);
/* Stop early or after the end; NULL is fine.  The loop must turn once more. */
void seeding_stop(struct seeding *s);

#endif
