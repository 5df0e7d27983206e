/*
 * css_parts - what the files of css share; for common/css*.c only.
 *
 * A css_* function that takes a struct css reads one production at c->at, or
 * writes; false: c->why is set.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CSS_PARTS_H
#define COMMON_CSS_PARTS_H

#include "common/buf.h"

enum {
    CSS_BYTES_MAX = 1 << 16, /* of an expression, or a part of one */
    CSS_NAME_MAX = 1024,
    CSS_DEPTH_MAX = 8,     /* of :not(:not(...)) */
    CSS_NTH_MAX = 1000000, /* of a and b in an+b */
    CSS_HEX_MAX = 6        /* digits of an escape */
};

struct css {
    struct str in;
    size_t at;
    const char *why; /* the first problem; NULL: none */
    size_t why_at;
    bool is_full;
    unsigned depth;
};

/* --- css_read.c --- */
bool css_fail(struct css *c, size_t at, const char *why);
char css_peek(const struct css *c, size_t i);
bool css_take(struct css *c, char byte);
void css_skip_space(struct css *c);
bool css_put(struct css *c, struct buf *out, struct str s);
bool css_puts(struct css *c, struct buf *out, const char *text);
bool css_put_int(struct css *c, struct buf *out, long n);
bool css_is_name(char byte);
bool css_is_name_start(const struct css *c);
bool css_name_rest(struct css *c, struct buf *out);
bool css_name(struct css *c, struct buf *out);
bool css_value(struct css *c, struct buf *out);
bool css_put_literal(struct css *c, struct buf *out, struct str s);
void css_lower_case(struct buf *name);
bool css_put_test(struct css *c, struct buf *out, const char *prefix,
                  struct str name);
bool css_put_word(struct css *c, struct buf *out, struct str attr,
                  struct str word);

#endif
