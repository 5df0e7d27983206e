/*
 * frontier_twin - which record has the body of this digest: in Redis.
 *
 * As frontier.h: forms requests, reads replies, never waits.  twins:NAME:B
 * are lists of a bounded size; what falls out of one is stored once more.
 *
 *   byte 0-19  the digest: SHA-1, or the first of SHA-256's bytes
 *        20-26 the record's date, us since 1970, the low byte first
 *        27-   its URL
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_FRONTIER_TWIN_H
#define COMMON_FRONTIER_TWIN_H

#include "common/frontier.h"

enum {
    TWIN_DIGEST_BYTES = 20,
    TWIN_URL_MAX = 4000, /* bytes: --max-url-length's own bound */
    TWIN_ASK_MAX = 64    /* digests of one findtwin */
};

struct frontier_twin {
    unsigned char digest[TWIN_DIGEST_BYTES];
    int64_t time_us; /* its WARC-Date */
    struct str url;  /* its WARC-Target-URI; borrowed */
};

/* memory: what all of them may take in Redis, about: --dedup-memory. */
void frontier_form_findtwin(const struct frontier *f, struct buf *b,
                            int64_t memory,
                            const unsigned char (*digests)[TWIN_DIGEST_BYTES],
                            size_t count);
/* The i-th of the reply's; false: none is known, or what is there is odd. */
bool frontier_read_twin(const redisReply *r, size_t i,
                        struct frontier_twin *out);

/* Whether it can be noted: a URL and a date that fit. */
bool frontier_twin_fits(const struct frontier_twin *twin);
/* Each one fits.  Reply: frontier_read_count, of those that were new. */
void frontier_form_notetwin(const struct frontier *f, struct buf *b,
                            int64_t memory, const struct frontier_twin *twins,
                            size_t count);

#endif
