/*
 * distinct - how many different things came by.
 *
 * Exact up to a bound (a set of fingerprints), then an estimate by
 * HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with 2^16 registers:
 * off by 0.4 % as a rule.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_DISTINCT_H
#define MASTER_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"
#include "master/verify_set.h"

enum { DISTINCT_BITS = 16, DISTINCT_REGISTERS = 1 << DISTINCT_BITS };

struct distinct {
    struct verify_set set; /* until it is full */
    size_t most;
    bool is_estimate;
    uint8_t *registers;
};

void distinct_init(struct distinct *d, size_t most);
void distinct_fini(struct distinct *d);

void distinct_add(struct distinct *d, struct str thing);
uint64_t distinct_count(const struct distinct *d);

#endif
