/*
 * frontier_audit - reads all that a crawl's keys hold, bounded piece by piece.
 *
 * For "master verify", which wants to see every fingerprint and every entry,
 * also while the crawl runs.  Forms requests and reads replies like
 * common/frontier.h, with which it shares the rest.  Nothing here writes.
 *
 * A list that moves while it is read in pieces shows some elements twice, and
 * none too seldom that stays in it, when it is read from the end at which
 * nothing is taken: the front queue from the left, back queues from the right.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_FRONTIER_AUDIT_H
#define COMMON_FRONTIER_AUDIT_H

#include "common/frontier.h"

enum {
    FRONTIER_SEEN_BUCKETS = 131072, /* the second half: of hosts' pages */
    FRONTIER_CURSOR_BYTES = 32
};

/* --- keys: SCAN of the whole Redis, see frontier_form_scan() --- */
enum frontier_family {
    FRONTIER_KEY_OTHER,  /* not the crawl's, or of no family below */
    FRONTIER_KEY_SITE,   /* a back queue */
    FRONTIER_KEY_FLIGHT, /* a worker's entries */
    FRONTIER_KEY_SEEN    /* a bucket of the seen-set */
};
enum frontier_family frontier_key_family(const struct frontier *f,
                                         struct str key);

/* --- pieces, each with a cursor: "0" first, until it is "0" again --- */
/* Fingerprints in a bucket of the seen-set, 0 to FRONTIER_SEEN_BUCKETS - 1. */
void frontier_form_seen_scan(const struct frontier *f, struct buf *b,
                             unsigned bucket, const char *cursor);
/* A key of FRONTIER_KEY_FLIGHT: entry, "0" or "raw", ... */
void frontier_form_flight_scan(struct buf *b, struct str key,
                               const char *cursor);
/* entry, time, ... */
void frontier_form_retry_scan(const struct frontier *f, struct buf *b,
                              const char *cursor);
/*
 * The reply to one of these and to frontier_form_scan(): *elements borrows
 * from it, all of them strings.
 */
enum err frontier_read_piece(const redisReply *r,
                             char cursor[FRONTIER_CURSOR_BYTES],
                             const redisReply **elements) MUST_USE;

/* --- lists: LRANGE, an array of strings --- */
/* From the left; first from 0 on. */
void frontier_form_queue_get(const struct frontier *f, struct buf *b,
                             uint64_t first, uint64_t count);
/* A key of FRONTIER_KEY_SITE, from the right: behind is 0 for its last ones. */
void frontier_form_site_get(struct buf *b, struct str key, uint64_t behind,
                            uint64_t count);
enum err frontier_read_list(const redisReply *r) MUST_USE;

/* --- one fingerprint --- */
/* As Redis has it; false when it is none, or none of this bucket. */
bool frontier_read_fingerprint(struct str text, unsigned bucket,
                               uint64_t *out) MUST_USE;

#endif
