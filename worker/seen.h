/*
 * seen - the process's memory of fingerprints that Redis has confirmed.
 *
 * A fixed table shared by all threads without a lock: each place is one
 * atomic word, a fingerprint may stand in one of four.  It may forget, it
 * never claims to know what was not put in: a wrong "new" costs one question
 * to Redis, a wrong "known" would lose a URL.
 *
 * So it has an era, which ends when any thread's connection breaks.  Another
 * thread may read replies of the Redis that died a little later: what it asked
 * in an era that has ended is not put in any more.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_SEEN_H
#define WORKER_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seen;

struct seen *seen_new(size_t places); /* rounded up to a power of two */
void seen_free(struct seen *s);
bool seen_has(const struct seen *s, uint64_t fingerprint);
/* To be asked for before Redis is. */
uint64_t seen_era(const struct seen *s);
/* Redis was asked in that era, and has it. */
void seen_put(struct seen *s, uint64_t fingerprint, uint64_t era);
/* A Redis connection broke: it may have lost its last second. */
void seen_end_era(struct seen *s);

#endif
