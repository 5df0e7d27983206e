/*
 * crawl_log - a process's log of what it fetched: lines in, nothing half out.
 *
 * One file, shared by all threads; nobody else writes to it.  Whole lines at
 * a time, under a mutex with one write in it, so that what a full disk took
 * of them can be cut off again.
 *
 * errno says why after an error.  The process ignores SIGXFSZ.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_CRAWL_LOG_H
#define WORKER_CRAWL_LOG_H

#include "common/err.h"
#include "common/str.h"

struct crawl_log;

/* dir must be there; ERR_NO_SPACE and ERR_IO: it cannot be made or opened. */
enum err crawl_log_open(const char *dir, const char *name,
                        struct crawl_log **out) MUST_USE;

/*
 * Append lines.  After ERR_OK they survive the process's death.
 * ERR_NO_SPACE and ERR_IO leave none of them behind.  Any thread.
 */
enum err crawl_log_write(struct crawl_log *l, struct str lines) MUST_USE;

/*
 * Wait until the disk has all that was written before the call, and the
 * file's name.  One thread at a time; takes as long as the disk does.
 */
enum err crawl_log_sync(struct crawl_log *l) MUST_USE;

/* No other thread may use l any more.  NULL is fine. */
void crawl_log_close(struct crawl_log *l);

#endif
