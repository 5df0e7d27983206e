/*
 * SPDX-License-Identifier: MIT
 *
 * Most URLs are short: a path of fewer segments than may come in a row, and
 * no query, is done with one pass over it, and one that looks for digits.
 */
#include "common/traps.h"

#include <stdlib.h>

#include "common/fingerprint.h"

/* --- segments --- */

/* The next segment of *rest, which begins with a slash. */
static struct str
traps_cut_segment(struct str *rest)
{
    struct str s;

    rest->p++;
    rest->n--;
    s = *rest;
    if (s.n > 0) {
        const char *end = memchr(s.p, '/', s.n);

        if (end != NULL)
            s.n = (size_t)(end - s.p);
    }
    rest->p += s.n;
    rest->n -= s.n;
    return s;
}

size_t
traps_segments(struct str path)
{
    size_t n = 0;

    for (size_t i = 0; i < path.n; i++)
        n += path.p[i] == '/';
    return n > 0 && path.p[path.n - 1] == '/' ? n - 1 : n;
}

unsigned
traps_repeats(struct str path, unsigned max)
{
    struct str v[TRAPS_SEGMENTS_LOOKED];
    size_t n = 0;
    unsigned most = 1;

    while (path.n > 1 && n < TRAPS_SEGMENTS_LOOKED)
        v[n++] = traps_cut_segment(&path);
    /* a sequence of length comes run / length + 1 times where each of run
     * segments equals the one that far before it */
    for (size_t length = 1; length * (max + 1) <= n; length++) {
        size_t run = 0;

        for (size_t i = length; i < n; i++) {
            run = str_equal(v[i], v[i - length]) ? run + 1 : 0;
            if (run / length + 1 > most)
                most = (unsigned)(run / length + 1);
            if (most > max)
                return most;
        }
    }
    return most;
}

/* --- parameters --- */

unsigned
traps_same_parts(struct str query, unsigned max)
{
    struct str before = STR_NONE;
    unsigned run = 0, most = 0;

    while (query.n > 0 && most <= max) {
        struct str part = str_cut(&query, '&');

        run = run > 0 && str_equal(part, before) ? run + 1 : 1;
        if (part.n == 0)
            run = 1; /* "&&&" asks for nothing */
        if (run > most)
            most = run;
        before = part;
    }
    return most;
}

/* "x[]" is how forms give a list: that may be long. */
static bool
traps_is_list(struct str name)
{
    return str_ends(name, STR("[]")) || str_ends(name, STR("%5B%5D")) ||
           str_ends(name, STR("%5b%5d"));
}

struct traps_name {
    uint64_t mark;
    struct str text;
};

static int
traps_compare_names(const void *a, const void *b)
{
    const struct traps_name *x = a, *y = b;

    return x->mark < y->mark ? -1 : x->mark > y->mark;
}

unsigned
traps_same_param(struct str query, unsigned max, struct str *name)
{
    struct traps_name v[TRAPS_PARAMS_LOOKED];
    unsigned most = 0, run = 0;
    size_t n = 0, parts = 1;

    *name = STR_NONE;
    for (size_t i = 0; i < query.n; i++)
        parts += query.p[i] == '&';
    if (query.n == 0 || parts <= max)
        return 0;
    while (query.n > 0 && n < TRAPS_PARAMS_LOOKED) {
        struct str part = str_cut(&query, '&'), text = str_cut(&part, '=');

        if (text.n > 0 && !traps_is_list(text))
            v[n++] = (struct traps_name){fingerprint(text), text};
    }
    if (n > 0)
        qsort(v, n, sizeof(v[0]), traps_compare_names);
    for (size_t i = 0; i < n; i++) {
        run = i > 0 && v[i].mark == v[i - 1].mark ? run + 1 : 1;
        if (run > most) {
            most = run;
            *name = v[i].text;
        }
    }
    return most;
}

/* --- dates --- */

static unsigned
traps_number(struct str digits)
{
    unsigned n = 0;

    for (size_t i = 0; i < digits.n; i++)
        n = n * 10 + (unsigned)(digits.p[i] - '0');
    return n;
}

/* How many digits stand at i. */
static size_t
traps_digits(struct str s, size_t i)
{
    size_t n = 0;

    while (i + n < s.n && str_is_digit(s.p[i + n]))
        n++;
    return n;
}

static bool
traps_is_year(unsigned n)
{
    return n >= TRAPS_YEAR_FIRST && n <= TRAPS_YEAR_LAST;
}

/* What stands between the parts of a date, "%2F" too; its length or 0. */
static size_t
traps_between(struct str s, size_t i)
{
    if (i < s.n && s.p[i] != '\0' && strchr("-_./", s.p[i]) != NULL)
        return 1;
    if (i + 3 <= s.n && str_equal_nocase((struct str){s.p + i, 3}, STR("%2f")))
        return 3;
    return 0;
}

/* A month behind the year that ends at i: "-05", "/5", "-W07". */
static bool
traps_month_behind(struct str s, size_t i)
{
    size_t gap = traps_between(s, i), n;
    bool is_week;
    unsigned value;

    if (gap == 0)
        return false;
    i += gap;
    is_week = i < s.n && (s.p[i] == 'W' || s.p[i] == 'w');
    if (is_week)
        i++;
    n = traps_digits(s, i);
    /* "2100-5" is a model's number, "2100/5" a month */
    if (n == 0 || n > 2 || (n == 1 && s.p[i - 1] != '/' && gap == 1))
        return false;
    if (i + n < s.n && str_is_alpha(s.p[i + n]))
        return false;
    value = traps_number((struct str){s.p + i, n});
    return value >= 1 && value <= (is_week ? 53 : 12);
}

/* A month before the year that begins at i: "05-", "31.05.". */
static bool
traps_month_before(struct str s, size_t i)
{
    unsigned value;

    if (i < 4 || traps_between(s, i - 1) != 1 || !str_is_digit(s.p[i - 2]) ||
        !str_is_digit(s.p[i - 3]) || str_is_digit(s.p[i - 4]) ||
        str_is_alpha(s.p[i - 4]))
        return false;
    value = traps_number((struct str){s.p + i - 3, 2});
    return value >= 1 && value <= 12;
}

/* The year of the date whose digits are n from i on; 0: it is none. */
static unsigned
traps_date_at(struct str s, size_t i, size_t n)
{
    unsigned year = traps_number((struct str){s.p + i, 4}), month, day;

    if (!traps_is_year(year))
        return 0;
    if (n == 4)
        return traps_month_behind(s, i + 4) || traps_month_before(s, i) ? year
                                                                        : 0;
    month = traps_number((struct str){s.p + i + 4, 2});
    day = traps_number((struct str){s.p + i + 6, 2});
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? year : 0;
}

/* The first date in s whose year is out of bounds. */
static unsigned
traps_date_in(struct str s, unsigned first, unsigned last)
{
    for (size_t i = 0; i < s.n; i++) {
        size_t n;
        unsigned year;

        if (!str_is_digit(s.p[i]))
            continue;
        n = traps_digits(s, i);
        year = n == 4 || n == 8 ? traps_date_at(s, i, n) : 0;
        if (year != 0 && (year < first || year > last))
            return year;
        i += n;
    }
    return 0;
}

static bool
traps_name_has(struct str name, const char *const *words)
{
    for (; *words != NULL; words++)
        if (str_find_nocase(name, str_from(*words)) < name.n)
            return true;
    return false;
}

static bool
traps_names_year(struct str name)
{
    static const char *const ends[] = {"year", "yr", "jahr", "annee"};

    if (name.n == 1)
        return str_lower(name.p[0]) == 'y';
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct str end = str_from(ends[i]);

        if (name.n >= end.n &&
            str_equal_nocase((struct str){name.p + name.n - end.n, end.n}, end))
            return true;
    }
    return false;
}

/* The year that YYYYMM or seconds since 1970 mean; 0: neither. */
static unsigned
traps_year_of_value(struct str value)
{
    uint64_t n;

    if (!str_to_u64(value, UINT32_MAX, &n))
        return 0;
    if (value.n == 10) /* a year of 365.2425 days */
        return 1970 + (unsigned)(n / 31556952);
    if (value.n == 6 && n % 100 >= 1 && n % 100 <= 12 &&
        traps_is_year((unsigned)(n / 100)))
        return (unsigned)(n / 100);
    return 0;
}

/* By the names of parameters. */
static unsigned
traps_year_in_params(struct str query, unsigned first, unsigned last)
{
    static const char *const dates[] = {"date",  "time", "day",
                                        "month", "cal",  NULL};
    unsigned year = 0;
    bool has_part = false;

    while (query.n > 0) {
        struct str value = str_cut(&query, '&'), name = str_cut(&value, '=');
        unsigned n = 0;

        if (name.n == 0 || value.n == 0 || traps_digits(value, 0) != value.n)
            continue;
        if (value.n == 4 && traps_names_year(name) &&
            traps_is_year(traps_number(value)))
            year = traps_number(value);
        else if (value.n <= 2 && strchr("mdw", str_lower(name.p[0])) != NULL)
            has_part = true;
        else if (value.n == 6 || value.n == 10)
            n = traps_name_has(name, dates) ? traps_year_of_value(value) : 0;
        if (n != 0 && (n < first || n > last))
            return n;
    }
    return has_part && year != 0 && (year < first || year > last) ? year : 0;
}

unsigned
traps_year(const struct url *u, unsigned last_year, unsigned depth)
{
    unsigned first = depth > TRAPS_OLD_DEPTH ? TRAPS_YEAR_OLD : 0;
    unsigned year = traps_date_in(u->target, first, last_year);

    if (year == 0 && u->query.n > 0)
        year = traps_year_in_params(u->query, first, last_year);
    return year;
}

bool
traps_is_chain(struct str a, struct str b)
{
    size_t i = 0, j = 0;

    if (str_equal(a, b))
        return false;
    while (i < a.n && j < b.n) {
        if (str_is_digit(a.p[i]) && str_is_digit(b.p[j])) {
            i += traps_digits(a, i);
            j += traps_digits(b, j);
        } else if (a.p[i++] != b.p[j++]) {
            return false;
        }
    }
    return i == a.n && j == b.n;
}
