/*
 * verify_log - the crawl log's files, of this machine and of others.
 *
 * They are read by whole lines, as far as they are written, and may grow
 * meanwhile: the next reading goes on there.  A file NAME-WORKER.jsonl is
 * taken once, also when several folders have it (the longest one), and not at
 * all when its lines are another crawl's (the crawl "a-b" writes a-b-....jsonl,
 * which looks like one of "a") or of an earlier life of this one, before
 * --restart: when its last line is older than the crawl.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_VERIFY_LOG_H
#define MASTER_VERIFY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

struct verify_log; /* opaque */

/*
 * started_ms: when the crawl began, ms since 1970.  name NULL: all that there
 * is, of whatever crawl; verify_log_names() tells of which.
 */
struct verify_log *verify_log_new(const char *name, int64_t started_ms);
void verify_log_free(struct verify_log *l);

/* A folder with such files, or with a folder log/ of them.  ERR_NOT_FOUND. */
enum err verify_log_add_folder(struct verify_log *l, const char *path) MUST_USE;

/*
 * Look which files there are, and hand the name of each one's crawl to
 * on_name, as its last line's worker tells it; some do not.
 */
typedef void verify_log_name_fn(void *arg, struct str name);
void verify_log_names(struct verify_log *l, verify_log_name_fn *on_name,
                      void *arg);

/*
 * Hand each line that was not read yet to on_line, with a number that finds it
 * again; a line of more than a megabyte comes empty.  Files that are new are
 * taken too.  ERR_IO: a file cannot be read, why says which.
 */
enum { VERIFY_LOG_WHY_BYTES = 512 };
typedef void verify_log_fn(void *arg, struct str line, uint64_t place);
enum err verify_log_read(struct verify_log *l, verify_log_fn *on_line,
                         void *arg, char why[VERIFY_LOG_WHY_BYTES]) MUST_USE;
/* From the beginning once more: the lines that were read until now. */
enum err verify_log_again(struct verify_log *l, verify_log_fn *on_line,
                          void *arg, char why[VERIFY_LOG_WHY_BYTES]) MUST_USE;

/* The line at a place into out; on an error out is empty. */
void verify_log_get(struct verify_log *l, uint64_t place, struct buf *out);
/* "FILE, byte 123", to show. */
void verify_log_where(const struct verify_log *l, uint64_t place,
                      char out[VERIFY_LOG_WHY_BYTES]);

struct verify_log_counts {
    size_t files;   /* of this crawl */
    size_t earlier; /* of before --restart, not read */
    size_t torn;    /* end in the middle of a line */
    uint64_t lines;
};
struct verify_log_counts verify_log_counts(const struct verify_log *l);

#endif
