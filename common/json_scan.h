/*
 * json_scan - finding one's way in a JSON text (RFC 8259) without building it.
 *
 * For text that comes from programs of others and is kept as it stands: a
 * tree of values would change its numbers and cost an allocation each.  What
 * is given out are spans of the text.  No recursion, depth bounded, one pass a
 * call.  Pure: no I/O, no locks.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_JSON_SCAN_H
#define COMMON_JSON_SCAN_H

#include "common/buf.h"

enum { JSON_SCAN_DEPTH = 64 }; /* brackets within each other, at most */

enum json_kind {
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY,
    JSON_KIND_STRING,
    JSON_KIND_NUMBER,
    JSON_KIND_WORD /* true, false, null */
};

struct json_value {
    enum json_kind kind;
    struct str text; /* as it stands, with its quotes or brackets */
};

/*
 * The value that text is, with white space around it and nothing else.  False
 * when it is no JSON: strings must be UTF-8 without raw control characters.
 */
bool json_scan(struct str text, struct json_value *out);

/*
 * The next member of an object, or of an array (name is empty then), that
 * json_scan() has found.  *rest is its text at first; false behind the last.
 * name is the text of a string, with its quotes.
 */
bool json_scan_next(struct str *rest, struct str *name, struct json_value *out);

/* Whether the text of a string stands for want, plain ASCII. */
bool json_scan_is(struct str string, struct str want);

/*
 * Append what the text of a string stands for, UTF-8.  Half a surrogate
 * becomes U+FFFD.  Fails as buf_add() does.
 */
enum err json_scan_unquote(struct str string, struct buf *out) MUST_USE;

#endif
