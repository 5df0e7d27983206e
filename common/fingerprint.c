/* SPDX-License-Identifier: MIT */
#include "common/fingerprint.h"

#include <xxhash.h>

uint64_t
fingerprint(struct str canonical_url)
{
    uint64_t value = XXH3_64bits(canonical_url.p, canonical_url.n);

    return value != 0 ? value : 1;
}
