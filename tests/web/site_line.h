/*
 * site_line - one line of a site file, parsed.
 *
 *     HOST /path STATUS CONTENT-TYPE [key=value ...] BODY
 *
 * Words are separated by blanks; "..." with C escapes stands for any bytes,
 * also within a word.  BODY is a quoted string, @file, or nothing.  Pure but
 * for reading the @file.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_SITE_LINE_H
#define TESTS_WEB_SITE_LINE_H

#include <stdbool.h>

#include "common/buf.h"

#define SITE_LINE_UNSET UINT64_MAX

struct site_line {
    struct buf host;
    struct buf path;
    struct buf type;           /* empty for "-" */
    struct buf etag, modified; /* sent, and 304 to who has them */
    struct buf headers;        /* whole lines, each with CR LF */
    struct buf body;
    int status;
    uint64_t delay_ms;
    uint64_t drip_bps;
    uint64_t close_early;    /* bytes of body, or SITE_LINE_UNSET */
    uint64_t content_length; /* or SITE_LINE_UNSET */
    uint64_t times;          /* or SITE_LINE_UNSET */
    bool is_reset, is_chunked, is_gzip, is_endless;
    bool is_refused; /* 412 to any condition */
};

void site_line_init(struct site_line *l);
void site_line_fini(struct site_line *l);

/*
 * Parse a line without its end.  An @file is sought from directory unless its
 * path begins with "/".  ERR_NOT_FOUND for an empty line or a comment (#);
 * ERR_INVALID or ERR_IO with *why, a few words, for a bad one.
 */
enum err site_line_parse(struct site_line *l, struct str text,
                         const char *directory, const char **why) MUST_USE;

#endif
