/*
 * A .warc.zst of others may begin with a dictionary, in a skippable frame
 * (WARC-zstd specification, section 3): its bytes are kept as they come, and
 * the frames behind it are read by it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/warc_unpack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "common/mem.h"

enum {
    UNPACK_PIECE_MAX = 1 << 30, /* zlib counts in unsigned int */
    UNPACK_DICT_MAX = 16 << 20,
    UNPACK_SKIP_HEAD = 8 /* a skippable frame's: magic, length */
};

static const uint32_t UNPACK_DICT_MAGIC = 0x184d2a5d;

struct warc_unpack {
    enum warc_packing packing;
    z_stream z;
    ZSTD_DCtx *zstd; /* made when it is needed */
    const char *why;
    /* the skippable frame with the dictionary */
    bool is_begun; /* the first byte of the member was seen */
    bool is_in_dict;
    unsigned char head[UNPACK_SKIP_HEAD];
    size_t head_n;
    char *dict;
    size_t dict_n, dict_want;
};

enum warc_packing
warc_packing_of(unsigned char first)
{
    switch (first) {
    case 0x1f: /* RFC 1952, 2.3.1 */
        return WARC_IS_GZIP;
    case 0x28: /* RFC 8878, 3.1.1 */
    case 0x5d: /* the dictionary's skippable frame, low byte first */
        return WARC_IS_ZSTD;
    default:
        return WARC_IS_PLAIN;
    }
}

struct warc_unpack *
warc_unpack_new(void)
{
    struct warc_unpack *u = xcalloc(1, sizeof(*u));

    u->why = "";
    if (inflateInit2(&u->z, 16 + MAX_WBITS) == Z_OK) /* 16: gzip only */
        return u;
    free(u);
    return NULL;
}

void
warc_unpack_free(struct warc_unpack *u)
{
    if (u == NULL)
        return;
    inflateEnd(&u->z);
    ZSTD_freeDCtx(u->zstd);
    free(u->dict);
    free(u);
}

const char *
warc_unpack_why(const struct warc_unpack *u)
{
    return u->why;
}

static enum warc_unpacked
warc_unpack_fail(struct warc_unpack *u, const char *why)
{
    u->why = why;
    return WARC_UNPACK_BROKEN;
}

void
warc_unpack_begin(struct warc_unpack *u, enum warc_packing packing)
{
    u->packing = packing;
    u->is_begun = u->is_in_dict = false;
    if (packing == WARC_IS_GZIP)
        inflateReset(&u->z);
    else if (packing == WARC_IS_ZSTD && u->zstd)
        ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only);
}

/* --- gzip --- */

static enum warc_unpacked
warc_unpack_gzip(struct warc_unpack *u, const void *in, size_t *in_n, void *out,
                 size_t *out_n)
{
    int code;

    u->z.next_in = (Bytef *)(uintptr_t)in; /* zlib only reads it */
    u->z.avail_in = (uInt)(*in_n < UNPACK_PIECE_MAX ? *in_n : UNPACK_PIECE_MAX);
    u->z.next_out = out;
    u->z.avail_out =
        (uInt)(*out_n < UNPACK_PIECE_MAX ? *out_n : UNPACK_PIECE_MAX);
    code = inflate(&u->z, Z_NO_FLUSH);
    *in_n = (size_t)(u->z.next_in - (const Bytef *)in);
    *out_n = (size_t)(u->z.next_out - (Bytef *)out);
    if (code == Z_STREAM_END)
        return WARC_UNPACK_END;
    if (code != Z_OK && code != Z_BUF_ERROR) /* that one: no room, no bytes */
        return warc_unpack_fail(u, "broken gzip data");
    return WARC_UNPACK_MORE;
}

/* --- zstd --- */

/* The dictionary is whole: raw, or itself a zstd frame. */
static enum warc_unpacked
warc_unpack_use_dict(struct warc_unpack *u)
{
    unsigned long long size = ZSTD_getFrameContentSize(u->dict, u->dict_n);
    size_t code;

    u->is_in_dict = false;
    if (size != ZSTD_CONTENTSIZE_ERROR) {
        char *plain;

        if (size > UNPACK_DICT_MAX) /* or it does not say */
            return warc_unpack_fail(u, "a zstd dictionary of odd size");
        plain = xmalloc((size_t)size + 1);
        code = ZSTD_decompress(plain, (size_t)size, u->dict, u->dict_n);
        free(u->dict);
        u->dict = plain;
        u->dict_n = ZSTD_isError(code) ? 0 : code;
    }
    code = ZSTD_DCtx_loadDictionary(u->zstd, u->dict, u->dict_n);
    if (ZSTD_isError(code) || u->dict_n == 0)
        return warc_unpack_fail(u, "a broken zstd dictionary");
    return WARC_UNPACK_END;
}

/* In a skippable frame: its head, then what it holds. */
static enum warc_unpacked
warc_unpack_dict(struct warc_unpack *u, const unsigned char *in, size_t *in_n)
{
    size_t n = *in_n, at = 0;

    while (u->head_n < UNPACK_SKIP_HEAD && at < n)
        u->head[u->head_n++] = in[at++];
    *in_n = at;
    if (u->head_n < UNPACK_SKIP_HEAD)
        return WARC_UNPACK_MORE;
    if (u->dict == NULL) {
        uint32_t magic = 0, size = 0;

        for (int i = 3; i >= 0; i--) {
            magic = magic << 8 | u->head[i];
            size = size << 8 | u->head[4 + i];
        }
        if (magic != UNPACK_DICT_MAGIC || size == 0 || size > UNPACK_DICT_MAX)
            return warc_unpack_fail(u, "broken zstd data");
        u->dict = xmalloc(size);
        u->dict_want = size;
    }
    if (n - at > u->dict_want - u->dict_n)
        n = at + (u->dict_want - u->dict_n);
    memcpy(u->dict + u->dict_n, in + at, n - at);
    u->dict_n += n - at;
    *in_n = n;
    return u->dict_n == u->dict_want ? warc_unpack_use_dict(u)
                                     : WARC_UNPACK_MORE;
}

static enum warc_unpacked
warc_unpack_zstd(struct warc_unpack *u, const void *in, size_t *in_n, void *out,
                 size_t *out_n)
{
    ZSTD_inBuffer from = {in, *in_n, 0};
    ZSTD_outBuffer to = {out, *out_n, 0};
    size_t code;

    if (u->zstd == NULL)
        u->zstd = ZSTD_createDCtx();
    if (u->zstd == NULL)
        return warc_unpack_fail(u, "no memory");
    if (!u->is_begun && from.size > 0) {
        u->is_begun = true;
        u->is_in_dict = *(const unsigned char *)in == 0x5d && u->dict == NULL;
    }
    if (u->is_in_dict) {
        *out_n = 0;
        return warc_unpack_dict(u, in, in_n);
    }
    code = ZSTD_decompressStream(u->zstd, &to, &from);
    *in_n = from.pos;
    *out_n = to.pos;
    if (ZSTD_isError(code))
        return warc_unpack_fail(u, "broken zstd data");
    return code == 0 ? WARC_UNPACK_END : WARC_UNPACK_MORE;
}

enum warc_unpacked
warc_unpack(struct warc_unpack *u, const void *in, size_t *in_n, void *out,
            size_t *out_n)
{
    if (u->packing == WARC_IS_ZSTD)
        return warc_unpack_zstd(u, in, in_n, out, out_n);
    return warc_unpack_gzip(u, in, in_n, out, out_n);
}
