/*
 * verify_frontier - all that Redis holds of a crawl, read piece by piece.
 *
 * Also from a crawl that runs: nothing is locked, each piece is a moment of
 * its own.  Entries that wait are read along the way that they take, front
 * queue, back queues, retries, flights, quarantine, so that one that moves on
 * meanwhile is met once more.  Waits for Redis; keeps a piece at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_VERIFY_FRONTIER_H
#define MASTER_VERIFY_FRONTIER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/entry.h"
#include "common/frontier.h"
#include "common/redis.h"

enum { VERIFY_FRONTIER_WHY_BYTES = 512 };

/* Set redis and frontier (a master's), the rest to zero. */
struct verify_frontier {
    struct redis *redis;
    const struct frontier *frontier;
    bool (*is_stopped)(void);            /* asked now and then; NULL: never */
    char why[VERIFY_FRONTIER_WHY_BYTES]; /* of the last ERR_REDIS */
};

/* All return ERR_REDIS with why, or ERR_NOT_FOUND when is_stopped(). */
enum err verify_frontier_counts(struct verify_frontier *v,
                                struct frontier_counts *out) MUST_USE;

/* How many workers beat within the last seconds; others move nothing. */
enum err verify_frontier_awake(struct verify_frontier *v,
                               uint64_t *count) MUST_USE;

/* Fingerprints, some of them twice; *junk: members that are none. */
enum err verify_frontier_seen(struct verify_frontier *v,
                              void (*on_seen)(void *arg, uint64_t fingerprint),
                              void *arg, uint64_t *junk) MUST_USE;

enum verify_place {
    VERIFY_IN_QUEUE,
    VERIFY_IN_SITE,
    VERIFY_IN_RETRY,
    VERIFY_IN_FLIGHT,
    VERIFY_IN_QUARANTINE,
    VERIFY_PLACES
};
/* Entries, some of them twice; *raw: lines that are none. */
typedef void verify_entry_fn(void *arg, enum verify_place place,
                             const struct entry *entry);
enum err verify_frontier_waiting(struct verify_frontier *v,
                                 verify_entry_fn *on_entry, void *arg,
                                 uint64_t *raw) MUST_USE;

/* deaths:NAME: workers, and the times when Redis came back. */
enum err verify_frontier_deaths(struct verify_frontier *v,
                                void (*on_death)(void *arg, struct str name),
                                void *arg) MUST_USE;

#endif
