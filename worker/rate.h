/*
 * rate - --limit-rate: the bytes a second of a whole worker process.
 *
 * Each piece of a body that comes is paid for with time, one after the other
 * for all threads; who brought it pauses until its piece is paid, so the sum
 * keeps to the rate, however many transfers there are.  libcurl's own limit
 * is per transfer, and libcurl 7.88 reads a body that is there at once at any
 * rate.  One atomic, shared by all threads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_RATE_H
#define WORKER_RATE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct rate {
    int64_t bytes_s; /* 0: no limit; fixed at birth */
    atomic_llong paid_until_us;
};

void rate_init(struct rate *r, int64_t bytes_s);
/* bytes came at now_us, monotonic: until when their transfer pauses. */
int64_t rate_take(struct rate *r, size_t bytes, int64_t now_us);
/* How far behind it is: what came and is not paid yet. */
int64_t rate_owed_us(const struct rate *r, int64_t now_us);

#endif
