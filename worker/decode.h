/*
 * decode - a body's Content-Encoding undone into a bounded buffer.
 *
 * Nothing is decoded twice, nothing beyond the buffer's bound, and nothing
 * that grows out of proportion: see enum decode_result.  A decoder belongs to
 * one thread.  Does no I/O.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_DECODE_H
#define WORKER_DECODE_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

/*
 * A bomb decodes to more than DECODE_RATIO times its own size; small pages
 * may: a page of blanks is none.  Text compresses to a tenth or so.
 */
enum { DECODE_RATIO = 100, DECODE_RATIO_FREE_BYTES = 1 << 20 };

enum decode_result {
    DECODE_OK,
    DECODE_BROKEN,  /* not what its label says, damaged, or ends too early */
    DECODE_TOO_BIG, /* there is more than fits: out is full */
    DECODE_BOMB,    /* there is more than the ratio lets be */
    DECODE_UNKNOWN  /* an encoding we did not ask for, or more than one */
};

struct decoder; /* opaque; what a thread keeps from one body to the next */

struct decoder *decoder_new(void);
void decoder_free(struct decoder *d); /* NULL is fine */

/*
 * Decode body by content_encoding, the value of its header (several headers
 * joined with commas; none: STR_NONE): identity, gzip, x-gzip, deflate (zlib,
 * or raw as some servers send it), br or zstd.  is_cut says that body is only
 * the head of what was sent: its early end is then no fault.
 *
 * The decoded bytes are appended to out, whose bound is the cap.  Whatever is
 * answered, what could be decoded before stays there.  A body that does not
 * begin as gzip or zstd must is DECODE_BROKEN and adds nothing: servers
 * label plain bytes so, and the caller may take them as they are.
 */
enum decode_result decode_body(struct decoder *d, struct str content_encoding,
                               struct str body, bool is_cut, struct buf *out);

/* A few words, never NULL, for any value. */
const char *decode_result_str(enum decode_result result);

#endif
