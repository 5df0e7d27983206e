/* SPDX-License-Identifier: MIT */
#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"

enum { BUF_FIRST_BYTES = 64 };

void
buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){.max = max_bytes};
}

void
buf_fini(struct buf *b)
{
    free(b->p);
    buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
    b->n = 0;
}

enum err
buf_reserve(struct buf *b, size_t extra)
{
    size_t want, cap = b->cap ? b->cap : (size_t)BUF_FIRST_BYTES;
    char *p;

    if (cap > b->max) /* buf_add_char() trusts that cap is within max */
        cap = b->max;
    if (extra > b->max || b->n > b->max - extra)
        return ERR_TOO_BIG;
    want = b->n + extra;
    if (want <= b->cap)
        return ERR_OK;
    while (cap < want)
        cap = cap > b->max / 2 ? b->max : cap * 2;
    p = realloc(b->p, cap);
    if (p == NULL)
        fatalx("out of memory: %zu bytes", cap);
    b->p = p;
    b->cap = cap;
    return ERR_OK;
}

enum err
buf_add(struct buf *b, const void *bytes, size_t len)
{
    enum err e = buf_reserve(b, len);

    if (e == ERR_OK && len > 0) {
        memcpy(b->p + b->n, bytes, len);
        b->n += len;
    }
    return e;
}

enum err
buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    enum err e;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0)
        return ERR_INVALID;
    /* vsnprintf writes a NUL behind the text: it takes a byte, not a place */
    e = buf_reserve(b, (size_t)len + 1);
    if (e != ERR_OK)
        return e;
    va_start(args, fmt);
    vsnprintf(b->p + b->n, (size_t)len + 1, fmt, args);
    va_end(args);
    b->n += (size_t)len;
    return ERR_OK;
}
