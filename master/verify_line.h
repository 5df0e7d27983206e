/*
 * verify_line - what one line of the crawl log says.
 *
 * A log line is one flat JSON object (worker(8), "The crawl log"), written by
 * common/json_line.c; but what is read here are bytes from a disk, and may be
 * anything.  Members that are not wanted are passed over, whatever they hold.
 * jansson takes nine times as long, and would be most of a verification;
 * this takes half a microsecond and allocates nothing.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_VERIFY_LINE_H
#define MASTER_VERIFY_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

/* Strings are empty and numbers -1 where the line has no such member. */
struct verify_line {
    struct str url;
    struct str outcome;
    struct str site;
    struct str worker;
    struct str referrer;
    struct str redirect;
    struct str warc;
    struct str file;
    struct str type, digest, error, robots_rule;
    int64_t offset;
    int64_t status, depth, hops;
    int64_t ms, bytes, tries, links;
    int64_t sent_ms;       /* Redis's clock, ms since 1970 */
    int64_t sent_error_ms; /* more or less, when it is known worse than usual */
    int64_t spacing_ms;
    int64_t time_ms; /* the worker's machine's clock, ms since 1970 */
    bool will_retry; /* else it is the final word on its URL */
    bool is_truncated, is_revisit;
};

/*
 * The line of text, without its newline.  Strings are borrowed from text or,
 * where they have escapes, from space, which is emptied first and whose bound
 * must be text's length at least.  ERR_INVALID: no JSON object, or one
 * without url, outcome, site and worker, or with a member of another type;
 * ERR_NOMEM, ERR_TOO_BIG: space.
 */
enum err verify_line_parse(struct str text, struct buf *space,
                           struct verify_line *out) MUST_USE;

#endif
