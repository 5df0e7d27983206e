/*
 * put - appending to a struct buf where its bound cannot be reached.
 *
 * The test web's buffers have bounds far above all that is put into them, so
 * a refusal is our own bug or the end of memory: the program ends.  The plain
 * numbers and bytes avoid printf, which would cost more than the page.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_PUT_H
#define TESTS_WEB_PUT_H

#include "common/buf.h"
#include "common/log.h"

static inline void
put_bytes(struct buf *b, const void *bytes, size_t len)
{
    if (b->cap - b->n >= len && len > 0) {
        memcpy(b->p + b->n, bytes, len);
        b->n += len;
    } else if (buf_add(b, bytes, len) != ERR_OK) {
        fatalx("a reply outgrew its buffer");
    }
}

static inline void
put_str(struct buf *b, struct str s)
{
    put_bytes(b, s.p, s.n);
}

/* STR() for the initializer of a static struct str. */
#define STR_INIT(literal)              \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }

#define PUT(b, literal) put_bytes((b), (literal), sizeof(literal) - 1)

/* At least width digits, zeros in front. */
static inline void
put_padded(struct buf *b, uint64_t n, unsigned width)
{
    char digits[20];
    unsigned at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    while (sizeof(digits) - at < width && at > 0)
        digits[--at] = '0';
    put_bytes(b, digits + at, sizeof(digits) - at);
}

static inline void
put_u64(struct buf *b, uint64_t n)
{
    put_padded(b, n, 1);
}

/* buf_addf() that ends the program when it fails. */
#define PUTF(b, ...)                              \
    do {                                          \
        if (buf_addf((b), __VA_ARGS__) != ERR_OK) \
            fatalx("a reply outgrew its buffer"); \
    } while (0)

#endif
