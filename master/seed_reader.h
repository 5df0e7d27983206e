/*
 * seed_reader - rows of a seed list, and the one column of them that matters.
 *
 * Reads rank,domain lists (Alexa, Tranco, Umbrella), lists with a header
 * (Majestic, CrUX), and plain lists of names or URLs: comma, tab or semicolon,
 * quotes by RFC 4180, LF, CRLF or CR, a BOM, blank lines, # comments.  The
 * bytes are anybody's: a row is at most SEED_ROW_MAX bytes, memory is one
 * fixed buffer, and every row is judged alone.  Knows no URLs; does no I/O but
 * by the function it is given, and no allocation after its birth.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SEED_READER_H
#define MASTER_SEED_READER_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"
#include "master/seed_columns.h"

enum {
    SEED_READER_PAUSE_BYTES = 4 << 20 /* about 2 ms of skipping */
};

/* At least one byte to into, or *got = 0 at the end. */
typedef enum err (*seed_read_fn)(void *arg, char *into, size_t room,
                                 size_t *got);

enum seed_read {
    SEED_READ_ROW,   /* *row holds one */
    SEED_READ_END,   /* no more rows */
    SEED_READ_ERROR, /* the read function failed; no more rows */
    SEED_READ_PAUSE  /* much was skipped without a row; call again */
};

/* All bytes are the reader's, until the next call. */
struct seed_row {
    struct str text;   /* as it stands, without its end; cut if too long */
    struct str field;  /* the domain or URL: unquoted, trimmed */
    const char *wrong; /* why there is no field; NULL: there is */
    uint64_t line;     /* where it starts, from 1 */
};

struct seed_reader; /* opaque */

struct seed_reader *seed_reader_new(seed_read_fn read, void *arg);
void seed_reader_free(struct seed_reader *r); /* NULL is fine */

/* Start afresh on another input: line 1, columns not known. */
void seed_reader_reset(struct seed_reader *r);

/* Never returns a blank line, a comment or a header. */
enum seed_read seed_reader_next(struct seed_reader *r,
                                struct seed_row *row) MUST_USE;

/*
 * How many rows were passed since the reset, blank ones, comments and headers
 * among them: the same input always gives the same number for the same row.
 */
uint64_t seed_reader_passed(const struct seed_reader *r);

#endif
