/*
 * blame - tells the frontier over which pages workers died.
 *
 * Finds the crumbs of dead workers in the output folder (common/crumb.h) and
 * sends an accusation for each; the file goes when Redis has confirmed it.
 * An accusation must arrive before the reap of the same worker, or the page
 * is given out once more first: so call blame_turn() before reaper_turn() on
 * the same connection, whose order Redis keeps.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_BLAME_H
#define MASTER_BLAME_H

#include <stdbool.h>
#include <stddef.h>

#include "common/conn.h"
#include "common/crumb.h"
#include "common/frontier.h"

struct blame; /* opaque */

/* All are borrowed.  folder: the output folder. */
struct blame *blame_new(const struct frontier *f, const char *folder,
                        struct crumb_crawl crawl);
/* No reply may be under way any more: close the connection first. */
void blame_free(struct blame *b);

/* Look into the folder now. */
void blame_look(struct blame *b);
/* Send what was found; call it often. */
void blame_turn(struct blame *b, struct conn *conn);
/* Whether a crumb of that process of this machine was found lately. */
bool blame_has(const struct blame *b, long pid);
/* Whether everything found has been confirmed. */
bool blame_is_idle(const struct blame *b);

#endif
