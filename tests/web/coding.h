/*
 * coding - bytes as gzip and as brotli, and a gzip bomb.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_CODING_H
#define TESTS_WEB_CODING_H

#include "common/buf.h"

enum { CODING_BOMBS = 5 }; /* of 1, 10 ... 10000 MiB */

/* One gzip member, appended to out. */
void coding_gzip(struct str plain, struct buf *out);
/* A brotli stream (RFC 7932) of uncompressed blocks, appended to out. */
void coding_brotli_stored(struct str plain, struct buf *out);

/*
 * Deflate blocks that make 1 MiB of zeros and may stand in a row, and the
 * end of a gzip member that has 10^size of them.  Both live for ever.
 */
struct str coding_bomb(void);
struct str coding_bomb_tail(unsigned size);

#endif
