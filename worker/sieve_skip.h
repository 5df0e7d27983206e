/*
 * sieve_skip - to the end of a tag of which nothing is wanted.
 *
 * Most tags of a page are such, so most of its bytes are passed here: sixteen
 * at a time where the machine can (SSE2, which every x86-64 has).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_SIEVE_SKIP_H
#define WORKER_SIEVE_SKIP_H

#include <stdbool.h>
#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "common/str.h"

enum {
    /* A longer tag is for who counts attributes: this has 1,024 at most. */
    SIEVE_SKIP_MAX = 2048
};

/* The first of two bytes from p on, or end. */
static inline const char *
sieve_find(const char *p, const char *end, char one, char other)
{
#ifdef __SSE2__
    const __m128i ones = _mm_set1_epi8(one), others = _mm_set1_epi8(other);

    for (; end - p >= 16; p += 16) {
        __m128i bytes = _mm_loadu_si128((const void *)p);
        int hits = _mm_movemask_epi8(_mm_or_si128(
            _mm_cmpeq_epi8(bytes, ones), _mm_cmpeq_epi8(bytes, others)));

        if (hits != 0)
            return p + __builtin_ctz((unsigned)hits);
    }
#endif
    while (p < end && *p != one && *p != other)
        p++;
    return p;
}

/* Whether some byte is NUL or above 0x7f. */
static inline bool
sieve_has_high(struct str s)
{
    const char *p = s.p, *end = s.p + s.n;

#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i bytes = _mm_loadu_si128((const void *)p);

        if (_mm_movemask_epi8(_mm_or_si128(
                bytes, _mm_cmpeq_epi8(bytes, _mm_setzero_si128()))) != 0)
            return true;
    }
#endif
    while (p < end && (signed char)*p > 0)
        p++;
    return p < end;
}

/*
 * Whether the '=' at p, behind a tag's name or a quoted value, can only be the
 * one between an attribute's name and a quoted value (13.2.5.33, .35): behind
 * these bytes it may begin a name (13.2.5.32).
 */
static inline bool
sieve_is_quoted_at(const char *p, const char *end)
{
    return end - p > 1 && (p[1] == '"' || p[1] == '\'') &&
           !str_is_space(p[-1]) && p[-1] != '/' && p[-1] != '"' &&
           p[-1] != '\'';
}

/*
 * p stands behind a tag's name.  Behind its '>', or NULL: it is written in a
 * way that has to be read byte by byte, is cut off, or long.  Between the
 * values in quotes nothing hides a '>', so only these are to be found.
 */
static inline const char *
sieve_skip(const char *p, const char *end)
{
    if (end - p > SIEVE_SKIP_MAX)
        end = p + SIEVE_SKIP_MAX;
    while ((p = sieve_find(p, end, '>', '=')) < end) {
        if (*p == '>')
            return p + 1;
        if (!sieve_is_quoted_at(p, end))
            return NULL;
        p = sieve_find(p + 2, end, p[1], p[1]);
        if (p++ == end)
            return NULL;
    }
    return NULL;
}

#endif
