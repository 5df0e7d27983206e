/*
 * verify_set - fingerprints, each with eight flags.
 *
 * An open table: 9 bytes a place, filled to seven eighths at most, so 10 to
 * 15 bytes a fingerprint; while it grows the old one is there too, so it is
 * told how many are to be expected.  Nothing is ever taken out.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_VERIFY_SET_H
#define MASTER_VERIFY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct verify_set {
    uint64_t *keys; /* 0: an empty place */
    uint8_t *flags;
    size_t places, count;
};

void verify_set_init(struct verify_set *s, size_t expected);
void verify_set_fini(struct verify_set *s);

/* Adds a fingerprint (not 0) unless it is there; its flags until the next. */
uint8_t *verify_set_put(struct verify_set *s, uint64_t fingerprint);
/* NULL when it is not there. */
uint8_t *verify_set_find(const struct verify_set *s, uint64_t fingerprint);

/*
 * One after another, in no order: *at is 0 first; NULL behind the last.  Its
 * flags may be changed, nothing may be put in meanwhile.
 */
uint8_t *verify_set_next(const struct verify_set *s, size_t *at,
                         uint64_t *fingerprint);

#endif
