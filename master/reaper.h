/*
 * reaper - takes back what dead workers held.
 *
 * Three kinds are dead: children of ours that ended, by their pid, at once,
 * and those behind an ssh of ours, by their identity;
 * workers of this machine whose process is gone (a master before us was
 * killed), as soon as they miss a few beats; and any that is silent for
 * longer than the limit (silence.h: and not because Redis stood still).  A
 * process has a worker for each of its threads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_REAPER_H
#define MASTER_REAPER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/conn.h"
#include "common/frontier.h"

struct reaper; /* opaque */

/*
 * limit_ms: silent for longer is dead.  wait_ms: how long the sites of a dead
 * worker rest, which may just have asked them.
 */
struct reaper *reaper_new(const struct frontier *f, int64_t limit_ms,
                          int64_t wait_ms);
/* No reply may be under way any more: close the connection first. */
void reaper_free(struct reaper *r);

/*
 * A child ended: its workers are looked for at the next turn.  is_clean: it
 * drained and said so, so that nobody need be told.
 */
void reaper_note_death(struct reaper *r, long pid, bool is_clean);
/*
 * The same of a worker on another machine; identity: "HOST-PID-RANDOM", what
 * its threads' names begin with.
 */
void reaper_note_far_death(struct reaper *r, const char *identity,
                           bool is_clean);
/* Look at all workers at the next turn. */
void reaper_look(struct reaper *r);
/* One step, when none is under way; call it often. */
void reaper_turn(struct reaper *r, struct conn *conn);
/* Whether everything noted has been taken back. */
bool reaper_is_idle(const struct reaper *r);
/* How many workers were reaped that had not ended cleanly. */
uint64_t reaper_count(const struct reaper *r);

/*
 * Pure, for tests: whether the worker NAME ("HOST-PID-RANDOM-T") belongs to
 * host, and its pid then, else 0.
 */
long reaper_pid_of(struct str name, const char *host);
/* Pure: whether NAME is a thread of the process with that identity. */
bool reaper_is_of(struct str name, const char *identity);

#endif
