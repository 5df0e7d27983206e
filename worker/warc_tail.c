/*
 * A file may be larger than memory: it is unpacked in pieces.  Only the first
 * WARC_HEADER_MAX bytes of a record are kept: its named fields, which no
 * builder makes longer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/warc_tail.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/warc_unpack.h"
#include "worker/warc.h"

enum { TAIL_OUT_BYTES = 65536 };

struct warc_tail {
    struct warc_unpack *unpack;
    enum warc_packing packing; /* once a byte was fed */
    bool is_broken, is_begun;
    uint64_t fed;     /* bytes that were taken */
    uint64_t end;     /* of the last whole record, in those */
    uint64_t records; /* up to end */
    uint64_t size;    /* of the record being read, unpacked, so far */
    uint64_t want;    /* of a plain record: its whole size; 0: not known yet */
    char head[WARC_HEADER_MAX]; /* its first bytes */
    char last[4];               /* of a plain one: its last bytes */
    unsigned char out[TAIL_OUT_BYTES];
};

struct warc_tail *
warc_tail_new(void)
{
    struct warc_tail *t = xcalloc(1, sizeof(*t));

    t->unpack = warc_unpack_new();
    if (t->unpack == NULL)
        fatalx("out of memory for reading a WARC file");
    return t;
}

void
warc_tail_free(struct warc_tail *t)
{
    if (t == NULL)
        return;
    warc_unpack_free(t->unpack);
    free(t);
}

/* The size of the record whose first bytes are in head; 0: it is none. */
static uint64_t
warc_tail_record_size(const struct warc_tail *t, size_t kept)
{
    const char *blank = memmem(t->head, kept, "\r\n\r\n", 4);
    struct str rest = {t->head, kept};
    uint64_t fields_bytes, block_bytes;

    if (blank == NULL || !str_starts(rest, STR("WARC/1.")))
        return 0;
    fields_bytes = (uint64_t)(blank - t->head) + 4;
    rest.n = fields_bytes - 2;
    while (rest.n > 0) {
        struct str value = str_cut(&rest, '\n'), name = str_cut(&value, ':');

        if (str_equal_nocase(name, STR("content-length")))
            return str_to_u64(str_trim(value), UINT64_MAX / 2, &block_bytes)
                       ? fields_bytes + block_bytes + 4
                       : 0;
    }
    return 0;
}

static size_t
warc_tail_kept(const struct warc_tail *t)
{
    return t->size < sizeof(t->head) ? t->size : sizeof(t->head);
}

/* Keep the first bytes of a record, count all. */
static void
warc_tail_take(struct warc_tail *t, const void *bytes, size_t n)
{
    if (t->size < sizeof(t->head)) {
        size_t room = sizeof(t->head) - t->size;

        memcpy(t->head + t->size, bytes, n < room ? n : room);
    }
    t->size += n;
}

/* A whole record ends here. */
static void
warc_tail_end_record(struct warc_tail *t)
{
    t->end = t->fed;
    t->records++;
    t->size = t->want = 0;
}

/* --- members --- */

static void
warc_tail_feed_packed(struct warc_tail *t, struct str bytes)
{
    size_t in_n, out_n;

    do {
        enum warc_unpacked code;

        in_n = bytes.n;
        out_n = sizeof(t->out);
        code = warc_unpack(t->unpack, bytes.p, &in_n, t->out, &out_n);
        bytes.p += in_n;
        bytes.n -= in_n;
        t->fed += in_n;
        warc_tail_take(t, t->out, out_n);
        if (code == WARC_UNPACK_MORE)
            continue;
        if (code == WARC_UNPACK_BROKEN || t->size == 0 ||
            t->size != warc_tail_record_size(t, warc_tail_kept(t))) {
            t->is_broken = true;
            return;
        }
        warc_tail_end_record(t);
        warc_unpack_begin(t->unpack, t->packing);
        in_n = 1; /* there may be another one */
    } while (bytes.n > 0 || (in_n + out_n > 0 && out_n == sizeof(t->out)));
}

/* --- a plain file --- */

/* The last bytes so far, over pieces. */
static void
warc_tail_keep_last(struct warc_tail *t, struct str piece)
{
    size_t n = piece.n < sizeof(t->last) ? piece.n : sizeof(t->last);

    memmove(t->last, t->last + n, sizeof(t->last) - n);
    memcpy(t->last + sizeof(t->last) - n, piece.p + piece.n - n, n);
}

/* Bytes of the record's fields: as many as there are, up to its block. */
static size_t
warc_tail_find_fields(struct warc_tail *t, struct str bytes)
{
    size_t before = (size_t)t->size, n = sizeof(t->head) - before;

    if (n > bytes.n)
        n = bytes.n;
    memcpy(t->head + before, bytes.p, n);
    t->want = warc_tail_record_size(t, before + n);
    if (t->want > 0 && t->want - before < n)
        n = (size_t)(t->want - before); /* a short one, and another behind */
    t->size += n;
    if (t->want > 0 && t->size > t->want)
        t->is_broken = true;
    if (t->want == 0 && (t->size == sizeof(t->head) ||
                         memmem(t->head, before + n, "\r\n\r\n", 4)))
        t->is_broken = true; /* fields without an end, or of no record */
    return n;
}

static void
warc_tail_feed_plain(struct warc_tail *t, struct str bytes)
{
    while (bytes.n > 0 && !t->is_broken) {
        struct str piece = bytes;

        if (t->want == 0) {
            piece.n = warc_tail_find_fields(t, bytes);
        } else {
            if (piece.n > t->want - t->size)
                piece.n = (size_t)(t->want - t->size);
            t->size += piece.n;
        }
        warc_tail_keep_last(t, piece);
        t->fed += piece.n;
        bytes.p += piece.n;
        bytes.n -= piece.n;
        if (t->is_broken || t->want == 0 || t->size < t->want)
            continue;
        if (memcmp(t->last, "\r\n\r\n", 4) == 0)
            warc_tail_end_record(t);
        else
            t->is_broken = true;
    }
}

bool
warc_tail_feed(struct warc_tail *t, struct str bytes)
{
    if (bytes.n == 0 || t->is_broken)
        return !t->is_broken;
    if (!t->is_begun) {
        t->is_begun = true;
        t->packing = warc_packing_of((unsigned char)bytes.p[0]);
        if (t->packing != WARC_IS_PLAIN)
            warc_unpack_begin(t->unpack, t->packing);
    }
    if (t->packing == WARC_IS_PLAIN)
        warc_tail_feed_plain(t, bytes);
    else
        warc_tail_feed_packed(t, bytes);
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
