/*
 * warc_tail - finds where the last whole record of a file ends.
 *
 * Fed a WARC file's bytes from its beginning, in pieces of any size, it walks
 * the gzip members or zstd frames, or the records of a plain file.  A member
 * counts when its checksum and length are right and what it holds is one whole
 * record by its own Content-Length.  The first that does not ends the walk:
 * behind it nothing can be told apart from the bytes of a stored page, which
 * may well be a WARC file itself.
 *
 * Pure: no files, no locks; memory is fixed whatever the bytes are.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_WARC_TAIL_H
#define WORKER_WARC_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/str.h"

struct warc_tail;

struct warc_tail *warc_tail_new(void);    /* never NULL */
void warc_tail_free(struct warc_tail *t); /* NULL is fine */

/* The next bytes.  False: broken, no later byte can change the answer. */
bool warc_tail_feed(struct warc_tail *t, struct str bytes);

/* How many bytes from the beginning are whole records, so far. */
uint64_t warc_tail_end(const struct warc_tail *t);
/* How many records that are. */
uint64_t warc_tail_records(const struct warc_tail *t);

#endif
