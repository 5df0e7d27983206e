/*
 * trial - the end of a crawl: pages set aside get one last try each.
 *
 * An entry whose page has killed three workers waits in the quarantine until
 * everything else is finished.  Then one at a time goes back into the queue,
 * with nothing else in flight that could be to blame.  One whose last try
 * kills a worker too is finished: a line of the crawl log says CRASH.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TRIAL_H
#define MASTER_TRIAL_H

#include <stdbool.h>

#include "common/conn.h"
#include "common/frontier.h"

struct trial; /* opaque */

struct trial_options {
    const struct frontier *frontier;
    const char *name;   /* of the crawl */
    const char *folder; /* the output folder, absolute */
    /* The log cannot be written: the entry stays in the quarantine. */
    void (*on_disk)(void *arg, const char *path, int error);
    void *arg;
};

/* What options point to is borrowed. */
struct trial *trial_new(const struct trial_options *options);
/* No reply may be under way any more: close the connection first. */
void trial_free(struct trial *t);

/*
 * Everything but the quarantine is finished: its next entry, unless a step is
 * under way.  The counts say when all is finished again.
 */
void trial_turn(struct trial *t, struct conn *conn);
bool trial_is_idle(const struct trial *t);

#endif
