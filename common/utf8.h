/*
 * utf8 - reading and writing one code point (RFC 3629).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The code point at p, at most len bytes: returns its length in bytes, 1 to
 * 4, and sets *rune; 0 for an over-long form, a surrogate, a value above
 * U+10FFFF, a stray byte or a cut-off sequence.
 */
size_t utf8_decode(const char *p, size_t len, uint32_t *rune);

/* Writes rune (a valid one) to out, returns how many bytes: 1 to 4. */
size_t utf8_encode(uint32_t rune, char out[4]);

/*
 * How many columns a terminal gives it: 2 for East Asian wide and emoji, 0
 * for what combines with the one before it or is not seen, else 1.  Of
 * control characters it says nothing sensible.
 */
unsigned utf8_width(uint32_t rune);

/* Whether all of the bytes are UTF-8. */
bool utf8_is_valid(const char *p, size_t len);

#endif
