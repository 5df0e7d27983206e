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

#include "common/mem.h"
#include "common/warc_unpack.h"

enum {
    WARC_READ_IN_BYTES = 65536,
    WARC_READ_OUT_BYTES = 4 * WARC_READ_FIELDS_MAX
};

struct warc_read {
    int fd;
    enum warc_packing packing;
    bool is_started;
    bool is_member_over; /* what follows in the file is another member */
    enum err err;        /* sticks */
    const char *why;
    struct warc_unpack *unpack;
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
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? NULL : warc_read_open_at(fd, 0);
}

struct warc_read *
warc_read_open_at(int fd, uint64_t offset)
{
    struct warc_read *r = xcalloc(1, sizeof(*r));
    int e = ENOMEM;

    r->fd = fd;
    r->file_at = offset;
    r->unpack = warc_unpack_new();
    if (r->unpack) {
        if (lseek(fd, (off_t)offset, SEEK_SET) >= 0)
            return r;
        e = errno;
    }
    warc_read_close(r);
    errno = e;
    return NULL;
}

void
warc_read_close(struct warc_read *r)
{
    if (r == NULL)
        return;
    warc_unpack_free(r->unpack);
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

/* The same, of what follows the record: a plain file's is in out already. */
static uint64_t
warc_read_record_at(const struct warc_read *r)
{
    bool is_plain = r->packing == WARC_IS_PLAIN;

    return warc_read_at(r) - (is_plain ? r->out_n - r->out_at : 0);
}

/* Whether that moved anything. */
static bool
warc_read_unpack(struct warc_read *r)
{
    size_t in_n = r->in_n - r->in_at, out_n = sizeof(r->out) - r->out_n;
    enum warc_unpacked code = warc_unpack(r->unpack, r->in + r->in_at, &in_n,
                                          r->out + r->out_n, &out_n);

    r->in_at += in_n;
    r->out_n += out_n;
    if (code == WARC_UNPACK_END)
        r->is_member_over = true;
    else if (code == WARC_UNPACK_BROKEN)
        warc_read_fail(r, ERR_INVALID, warc_unpack_why(r->unpack));
    return in_n + out_n > 0;
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
        bool has_in;

        if (r->is_member_over || r->err != ERR_OK)
            return false;
        has_in = warc_read_in(r);
        if (r->packing != WARC_IS_PLAIN) {
            if (!warc_read_unpack(r) && !has_in) /* it may hold some bytes */
                return false;
            continue;
        }
        if (!has_in)
            return false;
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
    if (r->packing != WARC_IS_PLAIN && r->out_at == r->out_n)
        warc_read_fill(r); /* the member's trailer */
    if (r->packing != WARC_IS_PLAIN &&
        (r->out_at < r->out_n || !r->is_member_over))
        return warc_read_fail(r, ERR_INVALID,
                              "more than one record in a member");
    r->is_in_record = false;
    return r->err;
}

enum err
warc_read_end(struct warc_read *r, uint64_t *end)
{
    enum err e = r->is_in_record ? warc_read_close_record(r) : r->err;

    *end = warc_read_record_at(r);
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
        r->packing = warc_packing_of(r->in[r->in_at]);
    }
    r->offset = warc_read_record_at(r);
    if (r->err == ERR_OK && !is_there)
        return warc_read_fail(r, ERR_NOT_FOUND, "the end");
    if (r->packing != WARC_IS_PLAIN)
        warc_unpack_begin(r->unpack, r->packing);
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
        if (warc_read_fill(r))
            continue;
        if (!r->is_member_over || r->out_n > r->out_at)
            return warc_read_fail(r, ERR_INVALID, "the record breaks off");
        if (warc_read_begin(r) != ERR_OK) /* that was a zstd dictionary */
            return r->err;
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
