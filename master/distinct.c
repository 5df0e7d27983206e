/* SPDX-License-Identifier: MIT */
#include "master/distinct.h"

#include <math.h>
#include <stdlib.h>

#include "common/fingerprint.h"
#include "common/mem.h"

void
distinct_init(struct distinct *d, size_t most)
{
    *d = (struct distinct){.most = most};
    d->registers = xcalloc(DISTINCT_REGISTERS, 1);
    verify_set_init(&d->set, 0);
}

void
distinct_fini(struct distinct *d)
{
    free(d->registers);
    verify_set_fini(&d->set);
    *d = (struct distinct){.most = 0};
}

void
distinct_add(struct distinct *d, struct str thing)
{
    uint64_t hash = fingerprint(thing);
    uint64_t rest = hash << DISTINCT_BITS | 1u << (DISTINCT_BITS - 1);
    uint8_t *r = &d->registers[hash >> (64 - DISTINCT_BITS)];
    uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);

    if (rank > *r)
        *r = rank;
    if (d->is_estimate)
        return;
    verify_set_put(&d->set, hash);
    if (d->set.count > d->most) {
        d->is_estimate = true;
        verify_set_fini(&d->set);
    }
}

uint64_t
distinct_count(const struct distinct *d)
{
    const double m = DISTINCT_REGISTERS;
    double sum = 0;

    if (!d->is_estimate)
        return d->set.count;
    /* Never few here: the bound is above 5/2 m, where no correction is due. */
    for (size_t i = 0; i < DISTINCT_REGISTERS; i++)
        sum += ldexp(1, -d->registers[i]);
    return (uint64_t)(0.7213 / (1 + 1.079 / m) * m * m / sum + 0.5);
}
