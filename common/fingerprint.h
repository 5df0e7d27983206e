/*
 * fingerprint - 64 bits that stand for a canonical URL (XXH3).
 *
 * The seen-set holds nothing else of a URL.  The chance that two of a billion
 * URLs share a fingerprint is about 2.7 %; the second would not be crawled.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_FINGERPRINT_H
#define COMMON_FINGERPRINT_H

#include <stdint.h>

#include "common/str.h"

/* Never 0, so that 0 can mean an empty place in a table. */
uint64_t fingerprint(struct str canonical_url);

#endif
