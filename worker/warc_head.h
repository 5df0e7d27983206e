/*
 * warc_head - the head of an HTTP message as a record has it.
 *
 * As it came, but for what readers cannot take: see worker/warc.h.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_WARC_HEAD_H
#define WORKER_WARC_HEAD_H

#include "common/buf.h"

/*
 * Lay head, which is not empty, out in to, whole with the empty line that ends
 * it.  protocol: an ALPN id when it is not HTTP/1's, else STR_NONE.
 */
enum err warc_head_put(struct str head, struct buf *to,
                       struct str *protocol) MUST_USE;

#endif
