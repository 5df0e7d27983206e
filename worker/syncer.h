/*
 * syncer - waits for the disk, so that no event loop has to.
 *
 * With --durability power an entry is acked only when the disk has its WARC
 * record and its lines.  A thread of the process does that about once a
 * second, for all threads together: it syncs the files and publishes a
 * generation.  Whoever wrote asks for the generation of a sync that begins
 * only now, and acks when that one is done.
 *
 * A sync that fails is the last: what the disk has is not known then, the
 * kernel tells of it once only, and no generation is published any more.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_SYNCER_H
#define WORKER_SYNCER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "worker/line_file.h"
#include "worker/save_files.h"
#include "worker/warc_file.h"

struct syncer;

struct syncer_setup {
    struct line_file *const *files; /* by enum line_kind; NULL: none */
    struct warc_file *warc;         /* NULL: none is written */
    struct save_files *saved;       /* likewise */
    /* Both from the syncer's thread. */
    void (*on_done)(void *arg); /* a generation was published */
    void (*on_failed)(void *arg, const char *what, int error);
    void *arg;
};

/* Borrows what setup points to.  Syncs nothing before syncer_start(). */
struct syncer *syncer_new(const struct syncer_setup *setup);
enum err syncer_start(struct syncer *s) MUST_USE; /* its thread */
/* Ends the thread, which does not sync once more; NULL is fine. */
void syncer_free(struct syncer *s);

/*
 * The generation that covers all that the caller has written so far; that
 * will be synced, and at once if is_hurried.  Never less than before.  Any
 * thread.
 */
uint64_t syncer_want(struct syncer *s, bool is_hurried);
/* The newest generation on disk.  Any thread, no lock. */
uint64_t syncer_done(const struct syncer *s);
bool syncer_has_failed(const struct syncer *s);

/*
 * One sync of all that is wanted, in the caller's thread: what the thread of
 * syncer_start() does.  ERR_OK also when nothing is wanted.
 */
enum err syncer_turn(struct syncer *s) MUST_USE;

#endif
