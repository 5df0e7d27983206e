/*
 * cache_value - what a re-crawl remembers of one URL, in few bytes.
 *
 * Some 40 bytes and the ETag, seldom above 64, up to which Redis keeps small
 * hashes in one piece (hash-max-listpack-value): the validators that a server
 * gave (RFC 9110 section 8.8), the digest of the body, when it came, and what
 * says whether a 304 may stand for its links too.  The bytes come back from
 * Redis, and may then be anything.  Pure.
 *
 *   byte 0      version 1 in the two high bits, six flags: see the .c file
 *        1, 2   generation          all numbers: the low byte first
 *        3      depth, 255 stands for more
 *        4-10   when the body came, us since 1970; the highest bit: the
 *               record that has it is another URL's
 *        11-14  when it was last asked for, s after that
 *        15-    SHA-1 (20 bytes) or XXH3 (8) of the body as received
 *        then   Last-Modified: s since 1970 (4 bytes, 0: none), or the text
 *               flag and a byte with the length of its text
 *        then   the ETag, to the end; "hex" and W/"hex" as the hex's bytes
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CACHE_VALUE_H
#define COMMON_CACHE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

enum {
    CACHE_ETAG_MAX = 128,    /* bytes; S3 and the like have 34 */
    CACHE_MODIFIED_MAX = 64, /* an IMF-fixdate has 29 */
    CACHE_DATE_BYTES = CACHE_MODIFIED_MAX + 1,
    CACHE_SHA1_BYTES = 20,
    CACHE_XXH3_BYTES = 8,
    CACHE_GENERATION_MAX = UINT16_MAX,
    CACHE_DEPTH_MAX = UINT8_MAX, /* so deep or deeper */
    CACHE_VALUE_MAX =
        15 + CACHE_SHA1_BYTES + 1 + CACHE_MODIFIED_MAX + CACHE_ETAG_MAX,
    /* "sha1:" and 32 letters of base32, or "xxh3:" and 16 hex digits */
    CACHE_DIGEST_BYTES = 38
};

struct cache_value {
    unsigned generation; /* of the last crawl that had its links */
    unsigned depth;      /* at which its links were judged */
    bool has_links;
    bool has_record;   /* WARC has the body, under its time */
    bool is_twin;      /* of another URL, where the same body came first */
    int64_t time_us;   /* when the body came: its record's date */
    int64_t checked_s; /* when the server last said that it is the same */
    bool is_sha1;      /* else XXH3 */
    unsigned char digest[CACHE_SHA1_BYTES];
    char modified[CACHE_DATE_BYTES]; /* Last-Modified; "" when none */
    /* Empty when none.  From unpack: in the bytes or in etag_text, so that a
     * copy of this struct borrows from the first one. */
    struct str etag;
    char etag_text[CACHE_ETAG_MAX];
};

/*
 * Append it.  ERR_INVALID: a validator that cache_etag_is_good() and
 * cache_modified_is_good() refuse, or a time before 1970.
 */
enum err cache_value_pack(const struct cache_value *v,
                          struct buf *out) MUST_USE;
/* out borrows from bytes.  ERR_INVALID: nothing that was packed here. */
enum err cache_value_unpack(struct str bytes, struct cache_value *out) MUST_USE;

/*
 * Whether they may be kept and sent back byte for byte.  An entity tag needs
 * no quotes here: servers that forget them know their own.
 */
bool cache_etag_is_good(struct str etag);
bool cache_modified_is_good(struct str modified);

/* "sha1:..." or "xxh3:...", as the log and WARC have it. */
void cache_digest_text(const struct cache_value *v,
                       char out[CACHE_DIGEST_BYTES]);

#endif
