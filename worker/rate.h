/*
 * rate - --limit-rate: the bytes a second of a whole worker process.
 *
 * Each piece of a body that comes is paid for with time, one after the other
 * for all threads; who brought it pauses until its piece is paid, so the sum
 * keeps to the rate, however many transfers there are.  libcurl's own limit
 * is per transfer, and libcurl 7.88 reads a body that is there at once at any
 * rate.  Two atomics, shared by all threads; the rate may change at any time
 * ("master change").
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_RATE_H
#define WORKER_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rate {
    atomic_llong bytes_s; /* 0: no limit */
    atomic_llong paid_until_us;
};

void rate_init(struct rate *r, int64_t bytes_s);
int64_t rate_bytes_s(const struct rate *r);
/*
 * Another rate from now on: what is owed is paid by it.  false: it is that
 * already.  Any thread, several at once too.
 */
bool rate_set(struct rate *r, int64_t bytes_s, int64_t now_us);
/* bytes came at now_us, monotonic: until when their transfer pauses. */
int64_t rate_take(struct rate *r, size_t bytes, int64_t now_us);
/* How far behind it is: what came and is not paid yet. */
int64_t rate_owed_us(const struct rate *r, int64_t now_us);

#endif
