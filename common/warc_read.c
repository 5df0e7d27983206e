/*
 * Two windows: in, bytes of the file; out, bytes of records (for a plain file
 * the same ones, copied).  A record's named fields must fit into out at once,
 * its block passes through it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/warc_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "common/mem.h"

enum {
    WARC_READ_IN_BYTES = 65536,
    WARC_READ_OUT_BYTES = 4 * WARC_READ_FIELDS_MAX
};

struct warc_read {
    int fd;
    bool is_packed, is_started;
    bool is_member_over; /* what follows in the file is another member */
    enum err err;        /* sticks */
    const char *why;
    z_stream z;
    uint64_t file_at; /* of in[in_n] in the file */
    size_t in_at, in_n;
    size_t out_at, out_n;
    uint64_t offset;     /* of the record */
    uint64_t block_left; /* of its block */
    bool is_in_record;
    unsigned char in[WARC_READ_IN_BYTES];
    unsigned char out[WARC_READ_OUT_BYTES];
    char fields[WARC_READ_FIELDS_MAX]; /* of the record: out moves on */
};

struct warc_read *
warc_read_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), e = errno;
    struct warc_read *r;

    if (fd < 0)
        return NULL;
    r = xcalloc(1, sizeof(*r));
    if (inflateInit2(&r->z, 16 + MAX_WBITS) != Z_OK) { /* 16: gzip only */
        e = ENOMEM;
        close(fd);
        free(r);
        errno = e;
        return NULL;
    }
    r->fd = fd;
    return r;
}

void
warc_read_close(struct warc_read *r)
{
    if (r == NULL)
        return;
    inflateEnd(&r->z);
    close(r->fd);
    free(r);
}

static enum err
warc_read_fail(struct warc_read *r, enum err e, const char *why)
{
    if (r->err == ERR_OK) {
        r->err = e;
        r->why = why;
    }
    return r->err;
}

/* --- windows --- */

/* More of the file, when in is used up; false at its end and on errors. */
static bool
warc_read_in(struct warc_read *r)
{
    ssize_t n;

    if (r->in_at < r->in_n)
        return true;
    do
        n = read(r->fd, r->in, sizeof(r->in));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        warc_read_fail(r, ERR_IO, "cannot be read");
    if (n <= 0)
        return false;
    r->in_at = 0;
    r->in_n = (size_t)n;
    r->file_at += (uint64_t)n;
    return true;
}

/* Where in the file the next byte of in stands. */
static uint64_t
warc_read_at(const struct warc_read *r)
{
    return r->file_at - (r->in_n - r->in_at);
}

static bool
warc_read_inflate(struct warc_read *r)
{
    int code;

    r->z.next_in = r->in + r->in_at;
    r->z.avail_in = (uInt)(r->in_n - r->in_at);
    r->z.next_out = r->out + r->out_n;
    r->z.avail_out = (uInt)(sizeof(r->out) - r->out_n);
    code = inflate(&r->z, Z_NO_FLUSH);
    r->in_at = r->in_n - r->z.avail_in;
    r->out_n = sizeof(r->out) - r->z.avail_out;
    if (code == Z_STREAM_END)
        r->is_member_over = true;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        warc_read_fail(r, ERR_INVALID, "broken gzip data");
    return r->err == ERR_OK;
}

/* More bytes into out; false when its record has no more, or on an error. */
static bool
warc_read_fill(struct warc_read *r)
{
    size_t n, before = r->out_n - r->out_at;

    if (r->out_at > 0) {
        memmove(r->out, r->out + r->out_at, before);
        r->out_at = 0;
        r->out_n = before;
    }
    while (r->out_n == before && before < sizeof(r->out)) {
        if (r->is_member_over || r->err != ERR_OK || !warc_read_in(r))
            return false;
        if (r->is_packed) {
            warc_read_inflate(r);
            continue;
        }
        n = r->in_n - r->in_at;
        if (n > sizeof(r->out) - r->out_n)
            n = sizeof(r->out) - r->out_n;
        memcpy(r->out + r->out_n, r->in + r->in_at, n);
        r->out_n += n;
        r->in_at += n;
    }
    return r->out_n > before;
}

/* --- a record's end --- */

struct str
warc_read_block(struct warc_read *r)
{
    struct str piece;

    if (r->block_left == 0 || r->err != ERR_OK)
        return STR_NONE;
    if (r->out_at == r->out_n && !warc_read_fill(r)) {
        warc_read_fail(r, ERR_INVALID, "the record breaks off");
        return STR_NONE;
    }
    piece = (struct str){(char *)r->out + r->out_at, r->out_n - r->out_at};
    if (piece.n > r->block_left)
        piece.n = (size_t)r->block_left;
    r->out_at += piece.n;
    r->block_left -= piece.n;
    return piece;
}

/* Behind the block stand two line ends, and with gzip nothing else. */
static enum err
warc_read_close_record(struct warc_read *r)
{
    while (warc_read_block(r).n > 0)
        ;
    while (r->err == ERR_OK && r->out_n - r->out_at < 4 && warc_read_fill(r))
        ;
    if (r->err != ERR_OK)
        return r->err;
    if (r->out_n - r->out_at < 4 ||
        memcmp(r->out + r->out_at, "\r\n\r\n", 4) != 0)
        return warc_read_fail(r, ERR_INVALID,
                              "no blank lines behind the block");
    r->out_at += 4;
    if (r->is_packed && r->out_at == r->out_n)
        warc_read_fill(r); /* the member's trailer */
    if (r->is_packed && (r->out_at < r->out_n || !r->is_member_over))
        return warc_read_fail(r, ERR_INVALID,
                              "more than one record in a gzip member");
    r->is_in_record = false;
    return r->err;
}

enum err
warc_read_end(struct warc_read *r, uint64_t *end)
{
    enum err e = r->is_in_record ? warc_read_close_record(r) : r->err;

    *end = warc_read_at(r) - (r->is_packed ? 0 : r->out_n - r->out_at);
    return e;
}

/* --- a record's head --- */

struct str
warc_record_field(const struct warc_record *record, struct str name)
{
    struct str rest = record->fields;

    while (rest.n > 0) {
        struct str value = str_cut(&rest, '\n');
        struct str key = str_cut(&value, ':');

        if (str_equal_nocase(key, name))
            return str_trim(value);
    }
    return STR_NONE;
}

/* ERR_NOT_FOUND at the end of the file. */
static enum err
warc_read_begin(struct warc_read *r)
{
    bool is_there = r->out_at < r->out_n || warc_read_in(r);

    if (!r->is_started && is_there) {
        r->is_started = true;
        r->is_packed = r->in[r->in_at] == 0x1f; /* RFC 1952, 2.3.1 */
    }
    r->offset = warc_read_at(r) - (r->is_packed ? 0 : r->out_n - r->out_at);
    if (r->err == ERR_OK && !is_there)
        return warc_read_fail(r, ERR_NOT_FOUND, "the end");
    if (r->is_packed && inflateReset(&r->z) != Z_OK)
        return warc_read_fail(r, ERR_NOMEM, "no memory");
    r->is_member_over = false;
    return r->err;
}

/* The named fields are whole: copy them, and see that they are some. */
static enum err
warc_read_take_fields(struct warc_read *r, size_t n, struct warc_record *out)
{
    struct str head = {r->fields, n}, version;

    memcpy(r->fields, r->out + r->out_at, n);
    r->out_at += n + 4;
    version = str_trim(str_cut(&head, '\n'));
    if (!str_equal(version, STR("WARC/1.1")) &&
        !str_equal(version, STR("WARC/1.0")))
        return warc_read_fail(r, ERR_INVALID, "no WARC/1.0 or 1.1 record");
    *out = (struct warc_record){.offset = r->offset, .fields = head};
    if (!str_to_u64(warc_record_field(out, STR("Content-Length")),
                    UINT64_MAX / 2, &out->block_bytes))
        return warc_read_fail(r, ERR_INVALID, "no good Content-Length");
    r->block_left = out->block_bytes;
    r->is_in_record = true;
    return ERR_OK;
}

enum err
warc_read_next(struct warc_read *r, struct warc_record *out)
{
    if (r->is_in_record && warc_read_close_record(r) != ERR_OK)
        return r->err;
    if (r->err != ERR_OK || warc_read_begin(r) != ERR_OK)
        return r->err;
    for (;;) {
        const unsigned char *head = r->out + r->out_at, *blank;
        size_t n = r->out_n - r->out_at;

        blank = memmem(head, n, "\r\n\r\n", 4);
        if (blank && blank - head <= WARC_READ_FIELDS_MAX)
            return warc_read_take_fields(r, (size_t)(blank - head), out);
        if (blank || n > WARC_READ_FIELDS_MAX + 4)
            return warc_read_fail(r, ERR_INVALID, "no end of named fields");
        if (!warc_read_fill(r))
            return warc_read_fail(r, ERR_INVALID, "the record breaks off");
    }
}

const char *
warc_read_why(const struct warc_read *r)
{
    return r->why ? r->why : "";
}

uint64_t
warc_read_where(const struct warc_read *r)
{
    return r->offset;
}
