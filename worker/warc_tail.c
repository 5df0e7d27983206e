/*
 * zlib does the walk, since libdeflate wants a member's bytes all at once and
 * a file may be larger than memory.  Only the first WARC_HEADER_MAX bytes of
 * a record are kept: its named fields, which no builder makes longer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/warc_tail.h"

#include <stdlib.h>

#include <zlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "worker/warc.h"

enum {
    TAIL_OUT_BYTES = 65536,
    TAIL_PIECE_BYTES = 1 << 30 /* zlib counts in unsigned int */
};

struct warc_tail {
    z_stream z;
    bool is_broken;
    uint64_t fed;     /* bytes that zlib has taken */
    uint64_t end;     /* of the last whole record, in those */
    uint64_t records; /* up to end */
    uint64_t size;    /* of the record being read, decompressed, so far */
    char head[WARC_HEADER_MAX]; /* its first bytes */
    unsigned char out[TAIL_OUT_BYTES];
};

struct warc_tail *
warc_tail_new(void)
{
    struct warc_tail *t = xcalloc(1, sizeof(*t));

    if (inflateInit2(&t->z, 16 + MAX_WBITS) != Z_OK) /* 16: gzip only */
        fatalx("out of memory for reading a WARC file");
    return t;
}

void
warc_tail_free(struct warc_tail *t)
{
    if (t == NULL)
        return;
    inflateEnd(&t->z);
    free(t);
}

/* Whether the member just ended held one record: WARC/1.1 section 4. */
static bool
warc_tail_is_record(const struct warc_tail *t)
{
    size_t kept = t->size < sizeof(t->head) ? t->size : sizeof(t->head);
    const char *blank = memmem(t->head, kept, "\r\n\r\n", 4);
    struct str rest = {t->head, kept};
    uint64_t fields_bytes, block_bytes;

    if (blank == NULL || !str_starts(rest, STR("WARC/1.")))
        return false;
    fields_bytes = (uint64_t)(blank - t->head) + 4;
    rest.n = fields_bytes - 2;
    while (rest.n > 0) {
        struct str value = str_cut(&rest, '\n'), name = str_cut(&value, ':');

        if (!str_equal_nocase(name, STR("content-length")))
            continue;
        return str_to_u64(str_trim(value), UINT64_MAX / 2, &block_bytes) &&
               t->size == fields_bytes + block_bytes + 4;
    }
    return false;
}

/* Keep the first bytes of a record, count all. */
static void
warc_tail_take(struct warc_tail *t, size_t n)
{
    if (t->size < sizeof(t->head)) {
        size_t room = sizeof(t->head) - t->size;

        memcpy(t->head + t->size, t->out, n < room ? n : room);
    }
    t->size += n;
}

/* Feed at most TAIL_PIECE_BYTES. */
static void
warc_tail_feed_piece(struct warc_tail *t, struct str piece)
{
    t->z.next_in = (Bytef *)(uintptr_t)piece.p; /* zlib only reads it */
    t->z.avail_in = (uInt)piece.n;
    do {
        uInt before = t->z.avail_in;
        int result;

        t->z.next_out = t->out;
        t->z.avail_out = sizeof(t->out);
        result = inflate(&t->z, Z_NO_FLUSH);
        t->fed += before - t->z.avail_in;
        warc_tail_take(t, sizeof(t->out) - t->z.avail_out);
        if (result == Z_STREAM_END) {
            if (!warc_tail_is_record(t) || inflateReset(&t->z) != Z_OK) {
                t->is_broken = true;
                return;
            }
            t->end = t->fed;
            t->records++;
            t->size = 0;
        } else if (result == Z_BUF_ERROR && t->z.avail_in == 0) {
            return; /* it had given all and waits for more */
        } else if (result != Z_OK) {
            t->is_broken = true;
            return;
        }
    } while (t->z.avail_in > 0 || t->z.avail_out == 0);
}

bool
warc_tail_feed(struct warc_tail *t, struct str bytes)
{
    while (bytes.n > 0 && !t->is_broken) {
        struct str piece = bytes;

        if (piece.n > TAIL_PIECE_BYTES)
            piece.n = TAIL_PIECE_BYTES;
        warc_tail_feed_piece(t, piece);
        bytes.p += piece.n;
        bytes.n -= piece.n;
    }
    return !t->is_broken;
}

uint64_t
warc_tail_end(const struct warc_tail *t)
{
    return t->end;
}

uint64_t
warc_tail_records(const struct warc_tail *t)
{
    return t->records;
}
