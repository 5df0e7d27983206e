/* SPDX-License-Identifier: MIT */
#include "worker/rate.h"

/* Microseconds: no rate is so low that buffers take longer. */
#define RATE_OWED_MAX 1e15

void
rate_init(struct rate *r, int64_t bytes_s)
{
    atomic_init(&r->bytes_s, bytes_s);
    atomic_init(&r->paid_until_us, 0);
}

int64_t
rate_bytes_s(const struct rate *r)
{
    return atomic_load_explicit(&r->bytes_s, memory_order_relaxed);
}

bool
rate_set(struct rate *r, int64_t bytes_s, int64_t now_us)
{
    long long was = atomic_exchange(&r->bytes_s, bytes_s);
    long long old = atomic_load(&r->paid_until_us), until;
    double ratio = bytes_s > 0 ? (double)was / (double)bytes_s : 0;

    if (was == bytes_s)
        return false;
    do {
        double owed = old > now_us ? (double)(old - now_us) * ratio : 0;

        until =
            now_us + (long long)(owed < RATE_OWED_MAX ? owed : RATE_OWED_MAX);
    } while (!atomic_compare_exchange_weak(&r->paid_until_us, &old, until));
    return true;
}

int64_t
rate_take(struct rate *r, size_t bytes, int64_t now_us)
{
    /* bytes are a buffer's, so this is far from what 64 bits hold */
    int64_t bytes_s = rate_bytes_s(r);
    int64_t cost = bytes_s > 0 ? (int64_t)bytes * 1000000 / bytes_s : 0;
    long long old = atomic_load(&r->paid_until_us);
    int64_t until;

    do /* time in which nothing came is lost, not saved up */
        until = (old > now_us ? old : now_us) + cost;
    while (!atomic_compare_exchange_weak(&r->paid_until_us, &old, until));
    return until;
}

int64_t
rate_owed_us(const struct rate *r, int64_t now_us)
{
    int64_t until = atomic_load(&r->paid_until_us);

    return until > now_us ? until - now_us : 0;
}
