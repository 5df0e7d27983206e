/*
 * disk - what a full or broken disk asks of both programs.
 *
 * Room and rights are looked at before anything is begun, so that the user
 * hears of it in one line and not from the middle of a crawl.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_DISK_H
#define COMMON_DISK_H

#include <sys/types.h>

#include "common/err.h"
#include "common/str.h"

/*
 * With less free a crawl is not begun: room for a page or two of the largest
 * size (--max-filesize 5m), with Redis's file beside it.
 */
#define DISK_LEAST_BYTES ((unsigned long long)4 << 20)

enum { DISK_WHY_BYTES = 512 };

/* Disk, quota or file size limit: ERR_NO_SPACE; else ERR_IO. */
enum err disk_err(int error);

/*
 * Whether files can be made in the folder dir and there is room for them;
 * why names it and says what to do.
 */
enum err disk_check(const char *dir, char why[DISK_WHY_BYTES]) MUST_USE;

/*
 * Redis cannot write its own file: it refuses every write then, until there
 * is room, but lives and answers.  What the error says of that, within it;
 * empty when it says something else.
 */
struct str disk_redis_full(const char *error);

/* As the calls they are named after, again after EINTR: 0, or -1 and errno. */
int disk_sync(int fd); /* fdatasync */
int disk_truncate(int fd, off_t size);
/* The entries of a folder on disk; file systems without it have it done. */
int disk_sync_dir(int dir_fd);
int disk_sync_path(const char *dir);

#endif
