/*
 * log_find - the lines of a crawl's log that are about one URL.
 *
 * Reads FOLDER/log/NAME-*.jsonl as they lie there, also while workers append
 * to them: a line without its end is no line yet.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_LOG_FIND_H
#define MASTER_LOG_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/str.h"

enum { LOG_FIND_MAX = 1000, LOG_FIND_WHY_BYTES = 512 };

struct log_find {
    char **lines; /* JSON, in the order of their times; owned */
    size_t count;
    size_t files;  /* that were read */
    bool has_more; /* than LOG_FIND_MAX lines */
};

/*
 * url: canonical.  ERR_IO when a file cannot be read, and why has a line; what
 * was found until then is in out.  No folder or no files is no error.  End it
 * with log_find_fini() in any case.
 */
enum err log_find(const char *folder, const char *name, struct str url,
                  struct log_find *out, char why[LOG_FIND_WHY_BYTES]) MUST_USE;
void log_find_fini(struct log_find *l);

#endif
