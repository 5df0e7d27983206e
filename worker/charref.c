/* SPDX-License-Identifier: MIT */
#include "worker/charref.h"

#include <stdlib.h>

enum { CHARREF_NAME_MAX = 31 /* "CounterClockwiseContourIntegral" */ };

struct charref {
    const char *name;
    uint32_t rune[2];
    bool is_legacy; /* HTML 3.2's: may come without its semicolon */
};

#define L(name, rune) {name, {rune, 0}, true},
#define N(name, rune) {name, {rune, 0}, false},
#define N2(name, rune, second) {name, {rune, second}, false},
static const struct charref charref_table[] = {
#include "worker/charref_table.h"
};

/*
 * HTML 13.2.5.80 "numeric character reference end state": the numbers that
 * mean windows-1252's characters.  0 where that has none.
 */
static const uint16_t charref_c1[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
    0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static int
charref_compare(const void *key, const void *entry)
{
    return strcmp(key, ((const struct charref *)entry)->name);
}

static const struct charref *
charref_find(const char *name)
{
    return bsearch(name, charref_table,
                   sizeof(charref_table) / sizeof(charref_table[0]),
                   sizeof(charref_table[0]), charref_compare);
}

/* Copy the letters and digits behind the '&': how many; 0: too many. */
static size_t
charref_name(struct str s, char name[CHARREF_NAME_MAX + 1])
{
    size_t n = 0;

    while (1 + n < s.n &&
           (str_is_alpha(s.p[1 + n]) || str_is_digit(s.p[1 + n]))) {
        if (n == CHARREF_NAME_MAX)
            return 0;
        name[n] = s.p[1 + n];
        n++;
    }
    name[n] = '\0';
    return n;
}

/*
 * HTML 13.2.5.73 "named character reference state".  The standard takes the
 * longest name of its table that matches, and in an attribute drops the match
 * when it has no semicolon and '=' or an ASCII alphanumeric follows.  All
 * names are alphanumeric, so the match that is left is the whole run.
 */
static size_t
charref_named(struct str s, uint32_t rune[2])
{
    char name[CHARREF_NAME_MAX + 1];
    const struct charref *ref;
    size_t n = charref_name(s, name);
    bool has_semicolon;

    has_semicolon = 1 + n < s.n && s.p[1 + n] == ';';
    if (n == 0 || (!has_semicolon && 1 + n < s.n && s.p[1 + n] == '='))
        return 0;
    ref = charref_find(name);
    if (ref == NULL || (!has_semicolon && !ref->is_legacy))
        return 0;
    rune[0] = ref->rune[0];
    rune[1] = ref->rune[1];
    return 1 + n + (has_semicolon ? 1 : 0);
}

static unsigned
charref_digit(char c, unsigned radix)
{
    unsigned value = 16;

    if (str_is_digit(c))
        value = (unsigned)(c - '0');
    else if (str_lower(c) >= 'a' && str_lower(c) <= 'f')
        value = (unsigned)(str_lower(c) - 'a') + 10;
    return value < radix ? value : radix;
}

/* HTML 13.2.5.75 to 13.2.5.80: "&#123;" and "&#x7b;", semicolon or not. */
static size_t
charref_numeric(struct str s, uint32_t rune[2])
{
    unsigned radix = s.n > 2 && str_lower(s.p[2]) == 'x' ? 16 : 10;
    size_t start = radix == 16 ? 3 : 2, at = start;
    uint32_t value = 0;

    for (; at < s.n; at++) {
        unsigned digit = charref_digit(s.p[at], radix);

        if (digit == radix)
            break;
        if (value <= 0x10ffff) /* stays above it once it is */
            value = value * radix + digit;
    }
    if (at == start)
        return 0;
    if (at < s.n && s.p[at] == ';')
        at++;
    if (value == 0 || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        value = 0xfffd;
    else if (value >= 0x80 && value < 0xa0 && charref_c1[value - 0x80] != 0)
        value = charref_c1[value - 0x80];
    rune[0] = value;
    rune[1] = 0;
    return at;
}

size_t
charref_read(struct str s, uint32_t rune[2])
{
    if (s.n > 1 && s.p[1] == '#')
        return charref_numeric(s, rune);
    return charref_named(s, rune);
}

size_t
charref_read_text(struct str s, uint32_t rune[2])
{
    char name[CHARREF_NAME_MAX + 1];
    size_t n = 1;

    if (s.n > 1 && s.p[1] == '#')
        return charref_numeric(s, rune);
    if ((n = charref_named(s, rune)) > 0)
        return n;
    /* the longest bare name that the run begins with, which may be longer
     * than any name is */
    if (s.n > 1 + CHARREF_NAME_MAX)
        s.n = 1 + CHARREF_NAME_MAX;
    for (n = charref_name(s, name); n > 0; n--) {
        const struct charref *ref;

        name[n] = '\0';
        ref = charref_find(name);
        if (ref == NULL || !ref->is_legacy)
            continue;
        rune[0] = ref->rune[0];
        rune[1] = ref->rune[1];
        return 1 + n;
    }
    return 0;
}
