/*
 * silence - whether a worker that does not beat is dead, or nobody heard it.
 *
 * A Redis that stood still (a save, DEBUG SLEEP, a stopped process) has had
 * no beats, and answers whoever asks first: its list of workers then looks
 * as if all of them were gone.  So one look proves nothing.  A worker is dead
 * when two looks at least 2 s apart found it silent for longer than the
 * limit, and these looks and all between them were answered promptly.
 *
 * Pure; times are the caller's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SILENCE_H
#define MASTER_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/str.h"

struct silence; /* opaque */

struct silence *silence_new(int64_t limit_ms);
void silence_free(struct silence *s); /* NULL is fine */

/* The list of workers is asked for. */
void silence_asked(struct silence *s, uint64_t now_ms);
/* Its answer is there, or will never be (the connection broke). */
void silence_answered(struct silence *s, uint64_t now_ms);
void silence_broken(struct silence *s);
/* For each worker of an answer: is it dead? */
bool silence_is_death(struct silence *s, struct str name, int64_t silent_ms,
                      uint64_t now_ms);
/* No more workers in this answer: who was not in it is forgotten. */
void silence_end(struct silence *s);

#endif
