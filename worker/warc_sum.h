/*
 * warc_sum - digests as WARC writes them.
 *
 * "sha1:" and base32, as the field has always had it, or "sha256:" and hex
 * digits, as newer tools do.  Belongs to one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_WARC_SUM_H
#define WORKER_WARC_SUM_H

#include <stdbool.h>

#include "common/str.h"

enum warc_hash { WARC_SHA1, WARC_SHA256 };

enum {
    WARC_SUM_MAX = 32,     /* bytes of the longest */
    WARC_DIGEST_BYTES = 72 /* of its text: "sha256:", 64 digits, NUL */
};

/* Of WARC_SHA1 the first 20 bytes count. */
struct warc_sum {
    unsigned char bytes[WARC_SUM_MAX];
};

struct warc_summer;

struct warc_summer *warc_summer_new(enum warc_hash hash); /* never NULL */
void warc_summer_free(struct warc_summer *s);             /* NULL is fine */

/* Of a followed by c.  False: no memory. */
bool warc_sum(struct warc_summer *s, struct str a, struct str c,
              struct warc_sum *out);
void warc_sum_text(enum warc_hash hash, const struct warc_sum *sum,
                   char out[WARC_DIGEST_BYTES]);

#endif
