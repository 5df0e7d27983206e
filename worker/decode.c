/*
 * One loop, decode_stream(), drives all libraries: each is a step function
 * that takes from the input and fills the room it is given, so that bounds
 * and results are judged in one place.  Most bodies never get there: whole
 * gzip ones go through libdeflate in one call, twice as fast as zlib, since
 * the last four bytes of gzip say how long it becomes.  They are a hint of the
 * other side's: where it is wrong, or anything else is odd, zlib begins anew.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/decode.h"

#include <limits.h>
#include <stdlib.h>

#include <brotli/decode.h>
#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include "common/log.h"
#include "common/mem.h"

enum {
    CHUNK_BYTES = 16 * 1024,  /* the least the buffer grows by */
    GZIP_MIN_BYTES = 18,      /* RFC 1952, 2.3: a header and a trailer */
    DEFLATE_RATIO_MAX = 1032, /* 258 octets for 2 bits, and some overhead */
    WINDOW_BITS = 15,         /* RFC 1951: 32 KiB, and zlib's words for: */
    WINDOW_BITS_GZIP = WINDOW_BITS + 16,
    WINDOW_BITS_RAW = -WINDOW_BITS,
    ZSTD_BLOCK_HEADER_BYTES = 3, /* RFC 8878, 3.1.1.2 */
    ZSTD_HEADER_BYTES = 5, /* RFC 8878, 3.1.1: magic and the least header */
    ZSTD_WINDOW_LOG = 23   /* RFC 9659: at most 8 MB as a content encoding */
};

enum encoding {
    ENCODING_IDENTITY,
    ENCODING_GZIP,
    ENCODING_DEFLATE,
    ENCODING_BR,
    ENCODING_ZSTD,
    ENCODING_UNKNOWN
};

static const struct {
    const char *name;
    enum encoding encoding;
} encoding_names[] = {
    {"gzip", ENCODING_GZIP},         {"br", ENCODING_BR},
    {"deflate", ENCODING_DEFLATE},   {"zstd", ENCODING_ZSTD},
    {"identity", ENCODING_IDENTITY}, {"x-gzip", ENCODING_GZIP},
};

/* Each is made when it is first needed. */
struct decoder {
    struct libdeflate_decompressor *fast;
    z_stream zlib;
    bool has_zlib;
    ZSTD_DCtx *zstd;
    size_t zstd_next;           /* how many bytes it asks for */
    BrotliDecoderState *brotli; /* of one body: it cannot be used again */
};

enum step {
    STEP_MORE,    /* the room is full, there may be more */
    STEP_END,     /* that was all */
    STEP_STARVED, /* the input ended before the encoding did */
    STEP_BAD,     /* no such encoding */
    STEP_OVER     /* decode_stream(): the limit is reached, there is more */
};

/* Take from in, write to out, take what was written off *room. */
typedef enum step (*step_fn)(struct decoder *d, struct str *in, char *out,
                             size_t *room);

struct decoder *
decoder_new(void)
{
    return xcalloc(1, sizeof(struct decoder));
}

void
decoder_free(struct decoder *d)
{
    if (d == NULL)
        return;
    libdeflate_free_decompressor(d->fast);
    if (d->has_zlib)
        inflateEnd(&d->zlib);
    ZSTD_freeDCtx(d->zstd);
    if (d->brotli != NULL)
        BrotliDecoderDestroyInstance(d->brotli);
    free(d);
}

const char *
decode_result_str(enum decode_result result)
{
    switch (result) {
    case DECODE_OK:
        return "decoded";
    case DECODE_BROKEN:
        return "broken encoding";
    case DECODE_TOO_BIG:
        return "too big when decoded";
    case DECODE_BOMB:
        return "decompression bomb";
    case DECODE_UNKNOWN:
        return "unknown encoding";
    }
    return "unknown result";
}

static void
str_skip(struct str *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

/* RFC 9110, 8.4: a list; we undo one coding, and identity is none. */
static enum encoding
decode_parse_encoding(struct str list)
{
    enum { NAMES = sizeof(encoding_names) / sizeof(encoding_names[0]) };
    enum encoding found = ENCODING_IDENTITY;

    while (list.n > 0) {
        struct str name = str_trim(str_cut(&list, ','));
        enum encoding this = ENCODING_UNKNOWN;

        if (name.n == 0)
            continue;
        for (size_t i = 0; i < NAMES; i++)
            if (str_equal_nocase(name, str_from(encoding_names[i].name)))
                this = encoding_names[i].encoding;
        if (this == ENCODING_IDENTITY)
            continue;
        if (this == ENCODING_UNKNOWN || found != ENCODING_IDENTITY)
            return ENCODING_UNKNOWN;
        found = this;
    }
    return found;
}

/* ---- the steps ---- */

/* RFC 1952, 2.3.1 */
static bool
decode_is_gzip(struct str s)
{
    return str_starts(s, STR("\x1f\x8b"));
}

/* RFC 8878, 3.1.1 and 3.1.2: a frame, or one to be skipped. */
static bool
decode_is_zstd(struct str s)
{
    return str_starts(s, STR("\x28\xb5\x2f\xfd")) ||
           (s.n >= 4 && (s.p[0] & 0xf0) == 0x50 &&
            memcmp(s.p + 1, "\x2a\x4d\x18", 3) == 0);
}

/* RFC 1950, 2.2: method 8, and a multiple of 31. */
static bool
decode_is_zlib(struct str s)
{
    unsigned first, second;

    if (s.n < 2)
        return false;
    first = (unsigned char)s.p[0];
    second = (unsigned char)s.p[1];
    return (first & 0x0f) == 8 && (first >> 4) <= 7 &&
           (first * 256 + second) % 31 == 0;
}

static enum step
decode_zlib_step(struct decoder *d, struct str *in, char *out, size_t *room)
{
    z_stream *z = &d->zlib;
    uInt given = in->n > UINT_MAX ? UINT_MAX : (uInt)in->n;
    uInt space = *room > UINT_MAX ? UINT_MAX : (uInt)*room;
    int code;

    z->next_in = (Bytef *)(uintptr_t)in->p; /* zlib's lacks a const */
    z->avail_in = given;
    z->next_out = (Bytef *)out;
    z->avail_out = space;
    code = inflate(z, Z_NO_FLUSH);
    str_skip(in, given - z->avail_in);
    *room -= space - z->avail_out;
    if (code == Z_STREAM_END)
        return STEP_END;
    if (code != Z_OK && code != Z_BUF_ERROR)
        return STEP_BAD;
    return in->n == 0 && z->avail_out > 0 ? STEP_STARVED : STEP_MORE;
}

/* RFC 1952, 2.2: members follow each other; other bytes behind are nothing. */
static enum step
decode_gzip_step(struct decoder *d, struct str *in, char *out, size_t *room)
{
    enum step step = decode_zlib_step(d, in, out, room);

    if (step != STEP_END || !decode_is_gzip(*in))
        return step;
    return inflateReset(&d->zlib) == Z_OK ? STEP_MORE : STEP_BAD;
}

static enum step
decode_brotli_step(struct decoder *d, struct str *in, char *out, size_t *room)
{
    const uint8_t *next = (const uint8_t *)in->p;
    size_t left = in->n;
    uint8_t *to = (uint8_t *)out;
    BrotliDecoderResult code;

    code =
        BrotliDecoderDecompressStream(d->brotli, &left, &next, room, &to, NULL);
    str_skip(in, in->n - left);
    switch (code) {
    case BROTLI_DECODER_RESULT_SUCCESS:
        return STEP_END;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT: /* or room, for what it has */
        return *room > 0 ? STEP_STARVED : STEP_MORE;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        return STEP_MORE;
    default:
        return STEP_BAD;
    }
}

/*
 * The library is given a block at a time, since of a call that fails it does
 * not say how much it had written: what it asks for, less the header of the
 * next block, which it likes to see beforehand.
 */
static enum step
decode_zstd_step(struct decoder *d, struct str *in, char *out, size_t *room)
{
    size_t given = d->zstd_next < in->n ? d->zstd_next : in->n;
    ZSTD_inBuffer from = {in->p, given, 0};
    ZSTD_outBuffer to = {out, *room, 0};
    size_t code = ZSTD_decompressStream(d->zstd, &to, &from);

    if (ZSTD_isError(code))
        return STEP_BAD;
    str_skip(in, from.pos);
    *room -= to.pos;
    if (code > ZSTD_BLOCK_HEADER_BYTES)
        code -= ZSTD_BLOCK_HEADER_BYTES;
    d->zstd_next = code > 0 ? code : ZSTD_HEADER_BYTES;
    if (code == 0) /* a frame is complete and written; others may follow */
        return decode_is_zstd(*in) ? STEP_MORE : STEP_END;
    return in->n == 0 && *room > 0 ? STEP_STARVED : STEP_MORE;
}

/* ---- contexts ---- */

static void
decode_start_zlib(struct decoder *d, int window_bits)
{
    int code;

    if (d->has_zlib)
        code = inflateReset2(&d->zlib, window_bits);
    else
        code = inflateInit2(&d->zlib, window_bits);
    if (code != Z_OK)
        fatalx("zlib: out of memory");
    d->has_zlib = true;
}

static void
decode_start_zstd(struct decoder *d)
{
    if (d->zstd == NULL) {
        d->zstd = ZSTD_createDCtx();
        if (d->zstd == NULL ||
            ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax,
                                                ZSTD_WINDOW_LOG)))
            fatalx("zstd: out of memory");
    }
    ZSTD_DCtx_reset(d->zstd, ZSTD_reset_session_only);
    d->zstd_next = ZSTD_HEADER_BYTES;
}

static void
decode_start_brotli(struct decoder *d)
{
    d->brotli = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    if (d->brotli == NULL)
        fatalx("brotli: out of memory");
}

/* ---- the ways through ---- */

/* Let step decode in to the end of out, which may grow to end bytes. */
static enum step
decode_stream(struct decoder *d, step_fn step, struct str in, struct buf *out,
              size_t end)
{
    enum step s = STEP_MORE;

    while (s == STEP_MORE && out->n < end) {
        size_t space, room = end - out->n;

        if (out->cap == out->n &&
            buf_reserve(out, room < CHUNK_BYTES ? room : CHUNK_BYTES) != ERR_OK)
            return STEP_OVER;
        space = out->cap - out->n;
        room = space = space < room ? space : room;
        s = step(d, &in, out->p + out->n, &room);
        out->n += space - room;
    }
    /* full: whether there is more shows when one octet more is asked for */
    while (s == STEP_MORE) {
        char spare;
        size_t room = 1;

        s = step(d, &in, &spare, &room);
        if (room == 0)
            return STEP_OVER;
    }
    return s;
}

/*
 * Decode whole members with libdeflate as long as that goes; what is left of
 * *in when it does not is the streams'.  True when nothing is left.
 */
static bool
decode_gzip_fast(struct decoder *d, struct str *in, struct buf *out, size_t end)
{
    if (d->fast == NULL)
        d->fast = libdeflate_alloc_decompressor();
    if (d->fast == NULL)
        fatalx("libdeflate: out of memory");
    while (decode_is_gzip(*in)) {
        const unsigned char *tail;
        size_t hint, space, used, made;

        if (in->n < GZIP_MIN_BYTES)
            return false;
        tail = (const unsigned char *)in->p + in->n - 4; /* ISIZE */
        hint = tail[0] | (size_t)tail[1] << 8 | (size_t)tail[2] << 16 |
               (size_t)tail[3] << 24;
        if (hint > end - out->n || hint / DEFLATE_RATIO_MAX > in->n ||
            buf_reserve(out, hint) != ERR_OK || out->p == NULL)
            return false;
        space = (out->cap < end ? out->cap : end) - out->n;
        if (libdeflate_gzip_decompress_ex(d->fast, in->p, in->n,
                                          out->p + out->n, space, &used,
                                          &made) != LIBDEFLATE_SUCCESS)
            return false;
        out->n += made;
        str_skip(in, used);
    }
    return true;
}

static enum step
decode_gzip(struct decoder *d, struct str in, bool is_cut, struct buf *out,
            size_t end)
{
    /* what is left of the magic is all that a cut body may be judged by */
    if (!decode_is_gzip(in))
        return str_equal(in, STR("\x1f")) ? STEP_STARVED : STEP_BAD;
    if (!is_cut && decode_gzip_fast(d, &in, out, end))
        return STEP_END;
    decode_start_zlib(d, WINDOW_BITS_GZIP);
    return decode_stream(d, decode_gzip_step, in, out, end);
}

/*
 * RFC 9110, 8.4.1.2: zlib's format.  Its note: some servers send it without
 * the wrapper; whose first bytes may look like one.
 */
static enum step
decode_deflate(struct decoder *d, struct str in, struct buf *out, size_t end)
{
    size_t before = out->n;
    enum step step;

    if (decode_is_zlib(in)) {
        decode_start_zlib(d, WINDOW_BITS);
        step = decode_stream(d, decode_zlib_step, in, out, end);
        if (step != STEP_BAD || out->n > before)
            return step;
    }
    decode_start_zlib(d, WINDOW_BITS_RAW);
    return decode_stream(d, decode_zlib_step, in, out, end);
}

static enum step
decode_br(struct decoder *d, struct str in, struct buf *out, size_t end)
{
    enum step step;

    decode_start_brotli(d);
    step = decode_stream(d, decode_brotli_step, in, out, end);
    BrotliDecoderDestroyInstance(d->brotli);
    d->brotli = NULL;
    return step;
}

static enum step
decode_zstd(struct decoder *d, struct str in, struct buf *out, size_t end)
{
    if (in.n >= 4 && !decode_is_zstd(in))
        return STEP_BAD;
    decode_start_zstd(d);
    return decode_stream(d, decode_zstd_step, in, out, end);
}

static enum decode_result
decode_identity(struct str body, struct buf *out, size_t room)
{
    size_t n = body.n < room ? body.n : room;

    return buf_add(out, body.p, n) != ERR_OK || n < body.n ? DECODE_TOO_BIG
                                                           : DECODE_OK;
}

enum decode_result
decode_body(struct decoder *d, struct str content_encoding, struct str body,
            bool is_cut, struct buf *out)
{
    enum encoding encoding = decode_parse_encoding(content_encoding);
    size_t room = out->max - out->n, fair = DECODE_RATIO_FREE_BYTES, end;
    enum step step = STEP_BAD;

    if (encoding == ENCODING_UNKNOWN)
        return DECODE_UNKNOWN;
    if (body.n == 0) /* nothing, by any name */
        return DECODE_OK;
    if (encoding == ENCODING_IDENTITY)
        return decode_identity(body, out, room);
    if (body.n > SIZE_MAX / DECODE_RATIO)
        fair = SIZE_MAX;
    else if (body.n * DECODE_RATIO > fair)
        fair = body.n * DECODE_RATIO;
    end = out->n + (room < fair ? room : fair);

    if (encoding == ENCODING_GZIP)
        step = decode_gzip(d, body, is_cut, out, end);
    else if (encoding == ENCODING_DEFLATE)
        step = decode_deflate(d, body, out, end);
    else if (encoding == ENCODING_BR)
        step = decode_br(d, body, out, end);
    else
        step = decode_zstd(d, body, out, end);

    if (step == STEP_OVER)
        return room <= fair ? DECODE_TOO_BIG : DECODE_BOMB;
    if (step == STEP_STARVED && is_cut)
        return DECODE_OK;
    return step == STEP_END ? DECODE_OK : DECODE_BROKEN;
}
