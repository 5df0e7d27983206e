/*
 * seed_source - where the bytes of a seed list come from.
 *
 * A file, "-" (standard input), or an http(s) URL; what is packed (gzip, zstd,
 * xz, bzip2, zip; known by its first bytes, not by its name) is unpacked on
 * the way by libarchive.  Everything streams: nothing is stored and no more
 * than a few buffers are held.  A source has members: one for all but a zip,
 * where each regular file is one.  Reading a plain file never waits for long;
 * seed_source_is_slow() tells which sources may.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SEED_SOURCE_H
#define MASTER_SEED_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "master/seed_http.h"

enum { SEED_SOURCE_WHY_BYTES = 256 };

struct seed_source; /* opaque */

/* Whether opening and reading spec may wait for a network or a pipe. */
bool seed_source_is_slow(const char *spec);

/*
 * How many bytes spec holds, packed as it is, without opening it; 0 when that
 * cannot be known (standard input, a URL, a missing file).
 */
uint64_t seed_source_file_size(const char *spec);

/*
 * Open spec and look at its first bytes.  On ERR_OK the caller ends *out with
 * seed_source_close().  Otherwise *out is NULL and why says in a few words,
 * without spec's name, what is wrong: no such file, a folder, no permission,
 * empty, the server's answer.  why may hold words of a server or of libarchive:
 * log it through log_esc().
 */
enum err seed_source_open(const char *spec, const struct seed_trust *trust,
                          struct seed_source **out,
                          char why[SEED_SOURCE_WHY_BYTES]) MUST_USE;
void seed_source_close(struct seed_source *s); /* NULL is fine */

/*
 * Go to the first or next member.  ERR_NOT_FOUND: there is no more.  *name,
 * the source's until the next call, is a zip member's path or NULL.  Other
 * errors end the source; seed_source_why() has the words.
 */
enum err seed_source_next(struct seed_source *s, const char **name) MUST_USE;

/* At least one byte of this member, or *got = 0 at its end. */
enum err seed_source_read(struct seed_source *s, char *into, size_t room,
                          size_t *got) MUST_USE;

const char *seed_source_why(const struct seed_source *s);

/* Packed bytes taken in so far, and the most there will be (0: not known). */
void seed_source_progress(const struct seed_source *s, uint64_t *done,
                          uint64_t *total);

#endif
