/* SPDX-License-Identifier: MIT */
#include "common/str.h"

bool
str_equal_nocase(struct str a, struct str b)
{
    return a.n == b.n && str_starts_nocase(a, b);
}

bool
str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n &&
           (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool
str_starts_nocase(struct str s, struct str prefix)
{
    if (s.n < prefix.n)
        return false;
    for (size_t i = 0; i < prefix.n; i++)
        if (str_lower(s.p[i]) != str_lower(prefix.p[i]))
            return false;
    return true;
}

bool
str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 ||
            memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

size_t
str_find_nocase(struct str s, struct str needle)
{
    for (size_t at = 0; at + needle.n <= s.n; at++)
        if (str_starts_nocase((struct str){s.p + at, s.n - at}, needle))
            return at;
    return s.n;
}

struct str
str_trim(struct str s)
{
    while (s.n > 0 && str_is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && str_is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str
str_cut(struct str *rest, char sep)
{
    const char *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
    struct str head = *rest;

    if (at == NULL) {
        if (rest->n > 0) /* none: p may be NULL, and NULL + 0 is undefined */
            rest->p += rest->n;
        rest->n = 0;
        return head;
    }
    head.n = (size_t)(at - rest->p);
    rest->p += head.n + 1;
    rest->n -= head.n + 1;
    return head;
}

bool
str_to_u64(struct str s, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;

    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        uint64_t digit = (uint64_t)(s.p[i] - '0');

        if (!str_is_digit(s.p[i]) || value > (max - digit) / 10 || digit > max)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}
