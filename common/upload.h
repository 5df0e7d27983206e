/*
 * upload - the finished WARC files of a folder into a bucket (--upload).
 *
 * A file is up when the bucket says that it has one of its name and size, and
 * its SHA-256 where it tells that; before that it is never touched, then it is
 * removed if --upload-delete says so.  What is there already is not sent
 * again.  Of several processes in a folder one at a time has a file, by its
 * lock.  Files that are still written (.open) are passed over.
 *
 * Waits for the network: for a thread or a command of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_UPLOAD_H
#define COMMON_UPLOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "common/s3.h"

struct upload;

struct upload_counts {
    uint64_t sent, bytes; /* in this process; what was there is not in it */
    uint64_t up;          /* files of the folder that are up */
    uint64_t failed;      /* requests or files that failed */
    uint64_t too_large;   /* files that no bucket takes: not tried again */
};

/* dir: the folder; when *stop becomes true a call ends early. */
enum err upload_open(const struct config *c, const char *dir,
                     const atomic_bool *stop, struct upload **out,
                     char why[S3_WHY_BYTES]) MUST_USE;
void upload_close(struct upload *u); /* NULL is fine */

/*
 * Try each file that is not up once.  Returns how many are left: failed, or
 * in another process's hands; those that are too large are not among them.  The
 * first failure in a row is said, and that it goes on again.
 */
size_t upload_turn(struct upload *u);
/* Of those, how many failed. */
size_t upload_failures(const struct upload *u);
/* A line with the names of those that are left and in nobody's hands. */
void upload_say_left(const struct upload *u);
struct upload_counts upload_counts(const struct upload *u);

#endif
