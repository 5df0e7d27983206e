/*
 * json_line - writing one JSON object a line (RFC 8259, JSON Lines).
 *
 * For the crawl log: a line a page, hostile bytes in it.  jansson reads JSON
 * for us; writing through it builds and walks a tree of allocations for every
 * page, so lines are written here, straight into a bounded buffer, without an
 * allocation once the buffer has grown.
 *
 * A line never holds a raw control, DEL, C1, bidirectional control or line
 * separator (they are escaped), nor a byte that is not UTF-8: each such byte
 * becomes U+FFFD.  So a line is one line, and safe to show on a terminal.
 *
 * Errors stick: after the first failed call the others do nothing, and
 * json_line_end() takes the half line off the buffer and returns the error.
 * Pure: no I/O, no locks.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_JSON_LINE_H
#define COMMON_JSON_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

struct json_line {
    struct buf *out; /* borrowed; lines are appended to it */
    size_t start;    /* where in out this line begins */
    enum err err;    /* the first error, or ERR_OK */
};

/* out must outlive the line; nobody else writes to it before json_line_end. */
void json_line_begin(struct json_line *l, struct buf *out);

/*
 * key is a literal of ours: plain ASCII without quotes, each once a line.  A
 * value whose p is NULL is written as null.  In a list the key is NULL.
 */
void json_line_str(struct json_line *l, const char *key, struct str value);
void json_line_int(struct json_line *l, const char *key, int64_t value);
void json_line_bool(struct json_line *l, const char *key, bool value);
/* A number that is written already, "12.5"; null for what is none in JSON. */
void json_line_number(struct json_line *l, const char *key, struct str text);
/* "2024-02-29T12:00:00.250Z": UTC, RFC 3339, from microseconds since 1970. */
void json_line_time(struct json_line *l, const char *key, int64_t epoch_us);

/* The same text by itself, without quotes, with a NUL behind. */
enum { JSON_TIME_BYTES = 64 };
void json_time_text(int64_t epoch_us, char out[JSON_TIME_BYTES]);

/* What is written between the two is the list's; lists may stand in lists. */
void json_line_list(struct json_line *l, const char *key);
void json_line_list_end(struct json_line *l);
/* The same for an object within. */
void json_line_object(struct json_line *l, const char *key);
void json_line_object_end(struct json_line *l);

/* Closes the object and the line.  On an error out is as it was at begin. */
enum err json_line_end(struct json_line *l) MUST_USE;

#endif
