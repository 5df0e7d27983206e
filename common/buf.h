/*
 * buf - a byte buffer that grows up to a bound given at its birth.
 *
 * The buffer owns its bytes.  No call writes past the bound or grows beyond
 * it: it answers ERR_TOO_BIG and leaves the buffer as it was.  Memory that the
 * system refuses ends the process: nobody goes on with half of something.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include "common/err.h"
#include "common/str.h"

struct buf {
    char *p;    /* the bytes; NULL as long as nothing was added */
    size_t n;   /* how many are used */
    size_t cap; /* how many are allocated */
    size_t max; /* how many there may ever be */
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_fini(struct buf *b);  /* frees; the buffer may be used again */
void buf_reset(struct buf *b); /* empties, keeps the memory */

/* Room for at least extra more bytes behind n. */
enum err buf_reserve(struct buf *b, size_t extra) MUST_USE;
enum err buf_add(struct buf *b, const void *bytes, size_t len) MUST_USE;
enum err buf_addf(struct buf *b, const char *fmt, ...) MUST_USE
    PRINTF_LIKE(2, 3);

static inline enum err MUST_USE
buf_add_str(struct buf *b, struct str s)
{
    return buf_add(b, s.p, s.n);
}

static inline enum err MUST_USE
buf_add_char(struct buf *b, char c)
{
    if (b->n < b->cap) {
        b->p[b->n++] = c;
        return ERR_OK;
    }
    return buf_add(b, &c, 1);
}

static inline struct str
buf_str(const struct buf *b)
{
    return (struct str){b->p, b->n};
}

#endif
