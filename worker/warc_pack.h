/*
 * warc_pack - a record's bytes into a file's: one member for each record.
 *
 * gzip as WARC/1.1 annex D has it, zstd as the WARC-zstd specification does
 * (a frame for each record, with its length and a checksum, no dictionary),
 * or as they are.  Belongs to one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_WARC_PACK_H
#define WORKER_WARC_PACK_H

#include <stdbool.h>

#include "common/buf.h"

enum warc_compress { WARC_GZIP, WARC_ZSTD, WARC_PLAIN };

struct warc_packer;

struct warc_packer *warc_packer_new(enum warc_compress how); /* never NULL */
void warc_packer_free(struct warc_packer *p);                /* NULL is fine */

/*
 * Append record to out.  is_packed: most of it is compressed already, so no
 * time is spent on it.  ERR_TOO_BIG, ERR_NOMEM: out is as it was.
 */
enum err warc_packer_add(struct warc_packer *p, struct str record,
                         bool is_packed, struct buf *out) MUST_USE;

/* ".warc.gz", ".warc.zst" or ".warc". */
const char *warc_pack_suffix(enum warc_compress how);

#endif
