/*
 * A row that holds no quote is cut by memchr; only one that does is walked.
 *
 * The layout (separator, column) is settled once per input: by a header, else
 * by the first row in which some column looks like a host or URL.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/seed_columns.h"

enum {
    SEED_COLUMNS_MAX = 64, /* more are not looked at */
    SEED_COLUMNS_NONE = -1,
    SEED_COLUMNS_NO_SEP = 256 /* a separator that no byte equals */
};

void
seed_columns_init(struct seed_columns *k)
{
    k->is_begun = k->is_settled = false;
    k->sep = SEED_COLUMNS_NO_SEP;
    k->column = SEED_COLUMNS_NONE;
}

/* ---- fields ---- */

static bool
seed_columns_is_blank(char c, int sep)
{
    return c == ' ' || (c == '\t' && sep != '\t');
}

static bool
seed_columns_is_eol(char c)
{
    return c == '\n' || c == '\r';
}

/* CRLF, CR and LF each count one. */
static size_t
seed_columns_count_breaks(struct str s)
{
    size_t count = 0;

    for (size_t i = 0; i < s.n; i++)
        count += s.p[i] == '\n' ||
                 (s.p[i] == '\r' && !(i + 1 < s.n && s.p[i + 1] == '\n'));
    return count;
}

static struct str
seed_columns_trim(struct str s, int sep)
{
    while (s.n > 0 && seed_columns_is_blank(s.p[0], sep)) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && seed_columns_is_blank(s.p[s.n - 1], sep))
        s.n--;
    return s;
}

/*
 * Behind the closing quote of the field whose opening quote stands at s.p[0],
 * or s.n + 1 when it does not close; *has_pairs: there is a "" inside.
 */
static size_t
seed_columns_quote_end(struct str s, bool *has_pairs)
{
    size_t i = 1;

    *has_pairs = false;
    while (i < s.n) {
        const char *q = memchr(s.p + i, '"', s.n - i);

        if (q == NULL)
            break;
        i = (size_t)(q - s.p) + 1;
        if (i == s.n || s.p[i] != '"')
            return i;
        *has_pairs = true;
        i++;
    }
    return s.n + 1;
}

/*
 * Cut the first field off *rest; false when there is none left.  Quotes are
 * taken away; "" becomes " in unquoted.  The row was checked before.
 */
static bool
seed_columns_field(struct seed_columns *k, struct str *rest, struct str *field)
{
    const int sep = k->sep;
    struct str s = *rest;
    const char *at;
    bool has_pairs;

    if (s.p == NULL)
        return false;
    while (s.n > 0 && seed_columns_is_blank(s.p[0], sep)) {
        s.p++;
        s.n--;
    }
    if (s.n > 0 && s.p[0] == '"') {
        size_t end = seed_columns_quote_end(s, &has_pairs), n = 0;

        if (end > s.n)
            end = s.n;
        *field = (struct str){s.p + 1, end >= 2 ? end - 2 : 0};
        if (has_pairs) {
            for (size_t i = 0; i < field->n; i++) {
                k->unquoted[n++] = field->p[i];
                i += field->p[i] == '"';
            }
            *field = (struct str){k->unquoted, n};
        }
        s.p += end;
        s.n -= end;
        at = s.n && sep != SEED_COLUMNS_NO_SEP ? memchr(s.p, sep, s.n) : NULL;
    } else {
        at = s.n && sep != SEED_COLUMNS_NO_SEP ? memchr(s.p, sep, s.n) : NULL;
        *field = (struct str){s.p, at ? (size_t)(at - s.p) : s.n};
    }
    *field = seed_columns_trim(*field, sep);
    if (at == NULL)
        *rest = STR_NONE;
    else
        *rest = (struct str){at + 1, s.n - (size_t)(at - s.p) - 1};
    return true;
}

/* What may stand behind a closing quote; any separator if none is known. */
static bool
seed_columns_may_close(int sep, char c)
{
    if (sep == SEED_COLUMNS_NO_SEP)
        return seed_columns_is_eol(c) || c == ',' || c == ';' || c == '\t';
    return seed_columns_is_eol(c) || c == sep;
}

size_t
seed_columns_check_quotes(const struct seed_columns *k, struct str s,
                          size_t line, size_t *breaks, const char **wrong)
{
    const int sep = k->sep;
    size_t i = 0;
    bool has_pairs;

    *breaks = 0;
    while (i < s.n && !seed_columns_is_eol(s.p[i])) {
        if (seed_columns_is_blank(s.p[i], sep)) {
            i++;
            continue;
        }
        if (s.p[i] == '"') {
            struct str quoted = {s.p + i, s.n - i};

            i += seed_columns_quote_end(quoted, &has_pairs);
            while (i < s.n && seed_columns_is_blank(s.p[i], sep))
                i++;
            if (i > s.n || (i < s.n && !seed_columns_may_close(sep, s.p[i]))) {
                *breaks = 0;
                *wrong = i > line ? "a quote is not closed"
                                  : "text behind a closing quote";
                return line;
            }
            quoted.n = (size_t)(s.p + i - quoted.p);
            *breaks += seed_columns_count_breaks(quoted);
        }
        while (i < s.n && s.p[i] != sep && !seed_columns_is_eol(s.p[i]))
            i++;
        if (i < s.n && s.p[i] == sep)
            i++;
    }
    if (*breaks > 0)
        *wrong = "a line break inside quotes";
    return i;
}

/* ---- the layout ---- */

/*
 * The separator a row speaks for: the first tab, or the first comma or
 * semicolon before any path, since URLs may hold those.
 */
static int
seed_columns_guess_sep(struct str s)
{
    bool is_path = false, is_quoted = false;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '"')
            is_quoted = !is_quoted;
        if (is_quoted)
            continue;
        if (c == '\t' || (!is_path && (c == ',' || c == ';')))
            return c;
        if (c == ':' && s.n - i > 2 && s.p[i + 1] == '/' && s.p[i + 2] == '/')
            i += 2;
        else if (c == '/' || c == '?')
            is_path = true;
    }
    return SEED_COLUMNS_NO_SEP;
}

static bool
seed_columns_is_word(struct str s)
{
    if (s.n == 0 || !str_is_alpha(s.p[0]))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!str_is_alpha(s.p[i]) && !str_is_digit(s.p[i]) &&
            memchr(" _-()#", s.p[i], 6) == NULL)
            return false;
    return true;
}

static bool
seed_columns_has_scheme(struct str s)
{
    return str_starts_nocase(s, STR("http://")) ||
           str_starts_nocase(s, STR("https://"));
}

/*
 * A URL, or a name: no blanks, a dot inside, and behind the last dot something
 * else than a number, unless all is a dotted IPv4 address.
 */
static bool
seed_columns_looks_like_host(struct str s)
{
    size_t dots = 0, last = 0, digits = 0, n = 0;

    if (seed_columns_has_scheme(s))
        return true;
    if (s.n > 0 && s.p[0] == '[')
        return memchr(s.p, ']', s.n) != NULL;
    while (n < s.n && memchr("/?#:", s.p[n], 4) == NULL) {
        char c = s.p[n];

        if (c == '.') {
            dots++;
            last = n + 1;
        } else if (str_is_digit(c)) {
            digits++;
        } else if (!str_is_alpha(c) && c != '-' && c != '_' &&
                   (unsigned char)c < 0x80) {
            return false;
        }
        n++;
    }
    if (n > 1 && last == n) { /* the root's dot: look before it */
        dots--;
        n--;
        for (last = n; last > 0 && s.p[last - 1] != '.';)
            last--;
    }
    if (dots == 0 || last == n || last < 2)
        return false;
    return !str_is_digit(s.p[last]) || (dots == 3 && digits + dots == n);
}

/* The column whose header is the best of the names; or none. */
static int
seed_columns_header_column(struct seed_columns *k, struct str row)
{
    /* best first: a URL says more than a host */
    static const char *const names[] = {
        "url",      "urls",    "origin",      "domain",      "domains",
        "hostname", "host",    "hosts",       "fqdn",        "site",
        "sites",    "website", "domain name", "root domain",
    };
    const size_t count = sizeof(names) / sizeof(names[0]);
    size_t best = count;
    int column = SEED_COLUMNS_NONE;
    struct str field;

    for (int c = 0; c < SEED_COLUMNS_MAX && seed_columns_field(k, &row, &field);
         c++)
        for (size_t i = 0; i < best; i++)
            if (str_equal_nocase(field, str_from(names[i]))) {
                best = i;
                column = c;
            }
    return column;
}

/* Two or more columns of words: a header whose names say nothing to us. */
static bool
seed_columns_is_header(struct seed_columns *k, struct str row)
{
    struct str field;
    int count = 0;

    while (count < SEED_COLUMNS_MAX && seed_columns_field(k, &row, &field)) {
        if (!seed_columns_is_word(field))
            return false;
        count++;
    }
    return count > 1;
}

static int
seed_columns_host_column(struct seed_columns *k, struct str row)
{
    struct str field;

    for (int c = 0; c < SEED_COLUMNS_MAX && seed_columns_field(k, &row, &field);
         c++)
        if (seed_columns_looks_like_host(field))
            return c;
    return SEED_COLUMNS_NONE;
}

void
seed_columns_look(struct seed_columns *k, struct str row)
{
    if (!k->is_settled)
        k->sep = seed_columns_guess_sep(row);
}

bool
seed_columns_learn(struct seed_columns *k, struct str row)
{
    bool is_first = !k->is_begun;
    struct str rest = row, field;
    uint64_t rank;
    int c = SEED_COLUMNS_NONE;

    if (k->is_settled)
        return false;
    k->is_begun = true;
    if (is_first)
        c = seed_columns_header_column(k, row);
    if (c != SEED_COLUMNS_NONE) {
        k->column = c;
        k->is_settled = true;
        return true;
    }
    c = seed_columns_host_column(k, row);
    if (c != SEED_COLUMNS_NONE) {
        k->column = c;
        k->is_settled = true;
        return false;
    }
    if (is_first && seed_columns_is_header(k, row))
        return true;
    /* nothing told yet: behind a number, or else the first */
    k->column = seed_columns_field(k, &rest, &field) && rest.p != NULL &&
                        str_to_u64(field, UINT64_MAX, &rank)
                    ? 1
                    : 0;
    return false;
}

bool
seed_columns_cut(struct seed_columns *k, struct str row, struct str *field)
{
    for (int c = 0; c <= k->column; c++)
        if (!seed_columns_field(k, &row, field))
            return false;
    return true;
}
