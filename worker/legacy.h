/*
 * legacy - the Encoding standard's encodings of one and more bytes, all but
 * UTF-8 and UTF-16 (WHATWG Encoding, sections 9 to 14).
 *
 * The algorithms are the standard's.  Its indexes, pointer to code point, are
 * made of iconv's tables and of what differs from them (legacy_table.h), each
 * at the first page that needs it: some milliseconds, once a process.  Ready
 * they are read-only, so that threads share them; the making is guarded by a
 * mutex of their own, inside of which no other is taken.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_LEGACY_H
#define WORKER_LEGACY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

struct legacy; /* opaque, lives for ever */

/* By a name of page.h's; NULL for UTF-8, UTF-16 and what it does not know. */
const struct legacy *legacy_find(const char *charset);

/*
 * Whether iconv has no such table here: then ASCII is all that is known of
 * it, in either direction.
 */
bool legacy_is_missing(const struct legacy *l);

/*
 * Append in as UTF-8 to out.  What is broken becomes U+FFFD as the standard
 * has it: a byte of ASCII behind a broken lead byte is kept.
 */
enum err legacy_decode(const struct legacy *l, struct str in,
                       struct buf *out) MUST_USE;

/* An encoder on its way; ISO-2022-JP has a state. */
struct legacy_encoder {
    const struct legacy *legacy;
    int state; /* enum legacy_state; 0 at first */
};

enum {
    LEGACY_END = 0x110000, /* no code point: the text is at its end */
    LEGACY_BYTES = 8       /* ISO-2022-JP: an escape and two bytes */
};

/*
 * Write the bytes for rune and return how many those are.  *is_known is false
 * when the encoding has no such character; an escape may come out even then.
 */
size_t legacy_encode(struct legacy_encoder *e, uint32_t rune,
                     char bytes[LEGACY_BYTES], bool *is_known);

#endif
