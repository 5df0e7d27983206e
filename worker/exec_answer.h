/*
 * exec_answer - one line of what --exec's command prints.
 *
 * A line answers a page.  It is empty, or an object of JSON:
 *
 *   {"links": [...]}     each a string, or {"url": STRING, "depth": NUMBER}
 *   {"record": {...}}    an object to store
 *   {"records": [...]}   several
 *
 * all of them or none, and what else stands in the object is a record by
 * itself.  A line that breaks this brings nothing at all.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_EXEC_ANSWER_H
#define WORKER_EXEC_ANSWER_H

#include "common/buf.h"

enum { EXEC_ANSWER_DEPTH_MAX = 1000000 };

struct exec_answer_sink {
    /* As printed, to be resolved; depth: -1 when it was not given. */
    void (*on_link)(void *arg, struct str reference, int64_t depth);
    void (*on_record)(void *arg, struct str object);
    void *arg;
};

/*
 * ERR_INVALID: *why says what is wrong, a literal; the sink was not called.
 * ERR_TOO_BIG: scratch, which is emptied first, is too small for a piece.
 */
enum err exec_answer_read(struct str line, const struct exec_answer_sink *sink,
                          struct buf *scratch, const char **why) MUST_USE;

/*
 * Append a record as it is stored, one line: its members as they stand, "url"
 * before them unless it has one of its own.
 */
enum err exec_answer_write_record(struct str object, struct str url,
                                  struct buf *out) MUST_USE;

#endif
