/*
 * twins - which record of this process has a body, by the body's digest.
 *
 * What Redis is asked for the whole crawl, without asking: a small table for
 * all threads, of records that were written here or that Redis told of.  A
 * record stands in its file when it is put in, so that others may refer to it
 * at once.  May forget, never invents: whole digests are compared.  Its own
 * mutex, held for a copy.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_TWINS_H
#define WORKER_TWINS_H

#include "common/buf.h"
#include "common/frontier_twin.h"

struct twins; /* opaque */

struct twins *twins_new(void);    /* never NULL */
void twins_free(struct twins *t); /* NULL is fine */

void twins_put(struct twins *t, const struct frontier_twin *twin);
/* Its record: the URL is copied into url, which out->url borrows. */
bool twins_find(struct twins *t, const unsigned char digest[TWIN_DIGEST_BYTES],
                struct buf *url, struct frontier_twin *out);

/* Of a batch of pages, until Redis is told: zeros to begin with. */
struct twin_notes {
    struct twin_note *v;
    size_t n, cap;
    struct buf urls;
};

void twin_notes_put(struct twin_notes *notes, const struct frontier_twin *twin);
/* A notetwin of them all, appended to request. */
void twin_notes_form(const struct twin_notes *notes, const struct frontier *f,
                     int64_t memory, struct buf *request);
void twin_notes_reset(struct twin_notes *notes);
void twin_notes_fini(struct twin_notes *notes);

#endif
