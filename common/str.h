/*
 * str - borrowed bytes: a pointer and a length, never a C string.
 *
 * A struct str owns nothing; whoever fills one says who owns the bytes.
 * Everything here is plain ASCII work and looks at no locale.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_STR_H
#define COMMON_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

static inline struct str
str_from(const char *text)
{
    return (struct str){text, text ? strlen(text) : 0};
}

static inline bool
str_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline char
str_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool
str_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
str_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* HTML's and HTTP's white space: tab, LF, FF, CR and blank. */
static inline bool
str_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool str_equal_nocase(struct str a, struct str b); /* ASCII letters only */
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Offset of needle in s, ASCII case ignored; s.n when it is not there. */
size_t str_find_nocase(struct str s, struct str needle);
struct str str_trim(struct str s); /* white space off both ends */

/*
 * Cut *rest at the first sep: returns what stands before it and moves *rest
 * behind it; without a sep returns all and empties *rest.
 */
struct str str_cut(struct str *rest, char sep);

/* A decimal number of digits only, at most max; false for anything else. */
bool str_to_u64(struct str s, uint64_t max, uint64_t *out);

#endif
