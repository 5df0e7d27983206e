/*
 * access_log - a line for every request, the end-to-end tests' ground truth.
 *
 *     EPOCH_US HOST METHOD TARGET STATUS BYTES CONN_ID
 *
 * EPOCH_US is when the request was read, STATUS and BYTES (of the body) what
 * it was answered with; STATUS 0 when the client left before its answer or
 * the answer was a reset.  Lines are written when the answer begins, so with
 * delays they are not in the order of their times.  Buffered: call
 * access_log_flush() now and then.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_ACCESS_LOG_H
#define TESTS_WEB_ACCESS_LOG_H

#include "common/buf.h"
#include "tests/web/request.h"

struct access_log {
    int fd; /* -1: nothing is logged */
    struct buf lines;
};

/* NULL logs nothing; an existing file is emptied. */
enum err access_log_open(struct access_log *log, const char *path) MUST_USE;
void access_log_close(struct access_log *log); /* flushes */
void access_log_add(struct access_log *log, uint64_t asked_us,
                    const struct request *req, int status, uint64_t bytes,
                    uint64_t conn_id);
void access_log_flush(struct access_log *log);
uint64_t access_log_now_us(void); /* the wall clock */

#endif
