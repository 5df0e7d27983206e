/*
 * warc_file - a process's WARC files: whole records in, nothing half out.
 *
 * One open file at a time, shared by all threads.  Callers build records
 * outside the lock (worker/warc.h); under it there is one write.  A file is
 * named PREFIX-YYYYMMDDHHMMSS-SERIAL-HOST-PID.warc.gz (.warc.zst, .warc), with
 * ".open" behind it
 * and an exclusive flock on it while it grows; the suffix goes when it is
 * complete and on disk.  A name never takes a byte from a URL or a header.
 *
 * Whatever fails, a file ends with a whole record: a failed write is cut off
 * again, and what a killed process left is cut back by warc_repair_dir().
 *
 * The process ignores SIGXFSZ and SIGPIPE.  errno says why after ERR_IO and
 * ERR_NO_SPACE.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_WARC_FILE_H
#define WORKER_WARC_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"
#include "worker/warc.h"

#define WARC_ROTATE_BYTES \
    ((size_t)1000000000) /* what WARC/1.1 annex C advises */

enum {
    WARC_PREFIX_MAX = 100, /* so that no name is longer than NAME_MAX */
    WARC_NAME_BYTES = 256
};

struct warc_file;

/* Where bytes went. */
struct warc_place {
    char file[WARC_NAME_BYTES]; /* the final name, without ".open" */
    uint64_t offset;            /* of their first byte */
};

/*
 * Open the first file in dir, which must be there.  A file is finished and
 * the next one begun when it would grow over rotate_bytes.  prefix is letters,
 * digits, dot, underscore and hyphen, not beginning with a dot or hyphen, at
 * most WARC_PREFIX_MAX long: ERR_INVALID otherwise.  What info points to must
 * live until warc_file_close().
 */
enum err warc_file_open(const char *dir, const char *prefix,
                        size_t rotate_bytes, const struct warc_info *info,
                        struct warc_file **out) MUST_USE;

/*
 * Append bytes, which are one or more whole members, never split over files.
 * After ERR_OK they survive the process's death.  ERR_NO_SPACE (disk, quota
 * or file size limit) and ERR_IO leave none of them behind; the call may be
 * tried again later.  Any thread.  The call that fills a file also waits for
 * the disk to have it.
 */
enum err warc_file_write(struct warc_file *f, struct str bytes,
                         struct warc_place *place) MUST_USE;

/*
 * Wait until the disk has all that was written before the call.  Any thread,
 * one at a time; takes as long as the disk does: not for an event loop.  On an
 * error nothing written since the last good call is certain to survive a power
 * cut.
 */
enum err warc_file_sync(struct warc_file *f) MUST_USE;

/*
 * Finish the last file (one without a page is removed) and free f.  No other
 * thread may use f any more.  NULL is fine.
 */
enum err warc_file_close(struct warc_file *f) MUST_USE;

/*
 * Put in order what dead processes left in dir: each ".open" file that nobody
 * holds is cut back to its last whole record and gets its final name; one
 * without any record is removed.  Returns how many that were.  Several
 * processes may do this at once, beside others that write.  Reads each such
 * file whole.
 */
size_t warc_repair_dir(const char *dir);

#endif
