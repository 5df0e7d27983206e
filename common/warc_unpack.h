/*
 * warc_unpack - the bytes of a WARC file's members, in pieces of any size.
 *
 * A gzip member or zstd frame holds one record; a plain file has no members.
 * The decoder's memory is bounded whatever the bytes are.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_WARC_UNPACK_H
#define COMMON_WARC_UNPACK_H

#include <stddef.h>
#include <stdint.h>

enum warc_packing { WARC_IS_PLAIN, WARC_IS_GZIP, WARC_IS_ZSTD };

/* By the first byte of a file; a plain one begins with "WARC". */
enum warc_packing warc_packing_of(unsigned char first);

enum warc_unpacked {
    WARC_UNPACK_MORE, /* of the same member is to come: go on */
    WARC_UNPACK_END,  /* the member is over, and its checksum right */
    WARC_UNPACK_BROKEN
};

struct warc_unpack; /* opaque */

/* NULL: no memory. */
struct warc_unpack *warc_unpack_new(void);
void warc_unpack_free(struct warc_unpack *u); /* NULL is fine */

/* The next bytes are those of a member's beginning.  Not of a plain file. */
void warc_unpack_begin(struct warc_unpack *u, enum warc_packing packing);

/*
 * From in to out as far as both reach; *in_n and *out_n become how many bytes
 * were taken and given.  MORE with all of out used: there may be more to give
 * without any more in.
 */
enum warc_unpacked warc_unpack(struct warc_unpack *u, const void *in,
                               size_t *in_n, void *out, size_t *out_n);

/* What BROKEN means, in a few words. */
const char *warc_unpack_why(const struct warc_unpack *u);

#endif
