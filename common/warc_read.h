/*
 * warc_read - the records of a WARC file, one after the other.
 *
 * Reads WARC/1.0 and 1.1 (ISO 28500), plain or with each record in a gzip
 * member (annex D) or zstd frame of its own, ours and others'.  A record's
 * block comes in pieces, so that memory does not grow with it.  Whatever bytes
 * a file has, they are bounded and checked; nothing is written.
 *
 *   while ((e = warc_read_next(r, &record)) == ERR_OK)
 *       while ((piece = warc_read_block(r)).n > 0)
 *           ...;
 *   if (e != ERR_NOT_FOUND) ... warc_read_why(r) ...
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_WARC_READ_H
#define COMMON_WARC_READ_H

#include <stdint.h>

#include "common/err.h"
#include "common/str.h"

enum { WARC_READ_FIELDS_MAX = 32768 }; /* bytes of a record's named fields */

struct warc_read; /* opaque */

struct warc_record {
    uint64_t offset;      /* where it (its member) begins in the file */
    uint64_t block_bytes; /* Content-Length */
    struct str fields;    /* "Name: value" lines; until the next call on r */
};

/* NULL when the file cannot be opened: errno says why. */
struct warc_read *warc_read_open(const char *path);
/* From the record at offset on; fd is r's now, and closed if that fails. */
struct warc_read *warc_read_open_at(int fd, uint64_t offset);
void warc_read_close(struct warc_read *r); /* NULL is fine */

/*
 * The next record; what was left of the one before is skipped.  ERR_NOT_FOUND:
 * there is none, the file is at its end.  ERR_INVALID: no whole record here,
 * ERR_IO: errno says why; nothing more can be read from r then.
 */
enum err warc_read_next(struct warc_read *r, struct warc_record *out) MUST_USE;

/* The next piece of its block, until the next call; empty at its end. */
struct str warc_read_block(struct warc_read *r);

/*
 * The offset behind the record, its block being read to the end if it was
 * not.  ERR_INVALID when the record breaks off.
 */
enum err warc_read_end(struct warc_read *r, uint64_t *end) MUST_USE;

/* A named field's value, without blanks around it; STR_NONE without one. */
struct str warc_record_field(const struct warc_record *record, struct str name);

/* What is wrong, in a few words, behind ERR_INVALID; and where. */
const char *warc_read_why(const struct warc_read *r);
uint64_t warc_read_where(const struct warc_read *r);

#endif
