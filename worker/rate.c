/* SPDX-License-Identifier: MIT */
#include "worker/rate.h"

void
rate_init(struct rate *r, int64_t bytes_s)
{
    r->bytes_s = bytes_s;
    atomic_init(&r->paid_until_us, 0);
}

int64_t
rate_take(struct rate *r, size_t bytes, int64_t now_us)
{
    /* bytes are a buffer's, so this is far from what 64 bits hold */
    int64_t cost = (int64_t)bytes * 1000000 / r->bytes_s;
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
