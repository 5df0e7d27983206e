/*
 * SPDX-License-Identifier: MIT
 *
 * Strings are crossed by memchr() from quote to quote, since few have an
 * escape.  Of an array or an object inside a line only the brackets' balance
 * is looked at: our lines have none.
 */
#include "master/verify_line.h"

#include <stddef.h>
#include <time.h>

#include "common/utf8.h"

struct line_scan {
    const char *p, *end;
    struct buf *space;
    size_t next; /* of line_members, which probably comes now */
};

/* LINE_TEXT: may be null. */
enum line_kind { LINE_STR, LINE_TEXT, LINE_INT, LINE_BOOL, LINE_TIME };

/* In the order in which a line has them: see line_take_member(). */
static const struct line_member {
    struct str name;
    enum line_kind kind;
    size_t at; /* in struct verify_line */
} line_members[] = {
    /* clang-format off */
    {{"time",       4},  LINE_TIME, offsetof(struct verify_line, time_ms)},
    {{"url",        3},  LINE_STR,  offsetof(struct verify_line, url)},
    {{"outcome",    7},  LINE_STR,  offsetof(struct verify_line, outcome)},
    {{"status",     6},  LINE_INT,  offsetof(struct verify_line, status)},
    {{"ms",         2},  LINE_INT,  offsetof(struct verify_line, ms)},
    {{"bytes",      5},  LINE_INT,  offsetof(struct verify_line, bytes)},
    {{"type",       4},  LINE_TEXT, offsetof(struct verify_line, type)},
    {{"digest",     6},  LINE_STR,  offsetof(struct verify_line, digest)},
    {{"error",      5},  LINE_STR,  offsetof(struct verify_line, error)},
    {{"truncated",  9},  LINE_BOOL, offsetof(struct verify_line, is_truncated)},
    {{"warc",       4},  LINE_STR,  offsetof(struct verify_line, warc)},
    {{"file",       4},  LINE_STR,  offsetof(struct verify_line, file)},
    {{"offset",     6},  LINE_INT,  offsetof(struct verify_line, offset)},
    {{"revisit",    7},  LINE_BOOL, offsetof(struct verify_line, is_revisit)},
    {{"depth",      5},  LINE_INT,  offsetof(struct verify_line, depth)},
    {{"hops",       4},  LINE_INT,  offsetof(struct verify_line, hops)},
    {{"tries",      5},  LINE_INT,  offsetof(struct verify_line, tries)},
    {{"retry",      5},  LINE_BOOL, offsetof(struct verify_line, will_retry)},
    {{"referrer",   8},  LINE_STR,  offsetof(struct verify_line, referrer)},
    {{"redirect",   8},  LINE_STR,  offsetof(struct verify_line, redirect)},
    {{"robots_rule", 11}, LINE_STR, offsetof(struct verify_line, robots_rule)},
    {{"links",      5},  LINE_INT,  offsetof(struct verify_line, links)},
    {{"sent_ms",    7},  LINE_INT,  offsetof(struct verify_line, sent_ms)},
    {{"sent_error_ms", 13}, LINE_INT, offsetof(struct verify_line, sent_error_ms)},
    {{"spacing_ms", 10}, LINE_INT,  offsetof(struct verify_line, spacing_ms)},
    {{"site",       4},  LINE_STR,  offsetof(struct verify_line, site)},
    {{"worker",     6},  LINE_STR,  offsetof(struct verify_line, worker)},
    /* clang-format on */
};

/* --- bytes --- */

/* RFC 8259, section 2: what may stand between the tokens. */
static void
line_pass_blanks(struct line_scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r'))
        s->p++;
}

static bool
line_take(struct line_scan *s, char c)
{
    line_pass_blanks(s);
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static bool
line_take_word(struct line_scan *s, struct str word)
{
    struct str rest = {s->p, (size_t)(s->end - s->p)};

    if (!str_starts(rest, word))
        return false;
    s->p += word.n;
    return true;
}

/* --- strings --- */

/* The bytes between the quotes, escapes as they are written. */
static bool
line_take_string(struct line_scan *s, struct str *raw, bool *has_escape)
{
    const char *at;

    *has_escape = false;
    if (!line_take(s, '"'))
        return false;
    raw->p = at = s->p;
    for (;;) {
        const char *quote = memchr(at, '"', (size_t)(s->end - at));
        const char *slash;

        if (quote == NULL)
            return false;
        slash = memchr(at, '\\', (size_t)(quote - at));
        if (slash == NULL) {
            raw->n = (size_t)(quote - raw->p);
            s->p = quote + 1;
            return true;
        }
        *has_escape = true;
        if (s->end - slash < 2)
            return false;
        at = slash + 2; /* what it escapes, be it a quote, ends nothing */
    }
}

static bool
line_take_hex(struct str *rest, uint32_t *out)
{
    if (rest->n < 4)
        return false;
    *out = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = str_lower(rest->p[i]);

        if (str_is_digit(c))
            *out = *out * 16 + (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *out = *out * 16 + (uint32_t)(c - 'a') + 10;
        else
            return false;
    }
    rest->p += 4;
    rest->n -= 4;
    return true;
}

/* Behind "\u": a code point, of two escapes where it is above U+FFFF. */
static bool
line_take_rune(struct str *rest, uint32_t *rune)
{
    uint32_t low;

    if (!line_take_hex(rest, rune))
        return false;
    if (*rune < 0xd800 || *rune > 0xdfff)
        return true;
    if (*rune > 0xdbff || !str_starts(*rest, STR("\\u")))
        return false;
    rest->p += 2;
    rest->n -= 2;
    if (!line_take_hex(rest, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *rune = 0x10000 + ((*rune - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* One escape, behind its backslash, to out; false: there is no such escape. */
static bool
line_unescape(struct str *rest, char out[4], size_t *n)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found = rest->n > 0 ? strchr(from, rest->p[0]) : NULL;
    bool is_rune = rest->n > 0 && rest->p[0] == 'u';
    uint32_t rune;

    if (rest->n == 0 || rest->p[0] == '\0' || (found == NULL && !is_rune))
        return false;
    rest->p++;
    rest->n--;
    *n = 1;
    if (found)
        out[0] = to[found - from];
    else if (line_take_rune(rest, &rune))
        *n = utf8_encode(rune, out);
    else
        return false;
    return true;
}

/* What raw stands for, in space: never longer than raw, for which is room. */
static bool
line_decode(struct line_scan *s, struct str raw, struct str *out)
{
    char *to = s->space->p + s->space->n;

    out->p = to;
    while (raw.n > 0) {
        const char *slash = memchr(raw.p, '\\', raw.n);
        size_t plain = slash ? (size_t)(slash - raw.p) : raw.n, n;

        memcpy(to, raw.p, plain);
        to += plain;
        raw.p += plain;
        raw.n -= plain;
        if (raw.n == 0)
            break;
        raw.p++;
        raw.n--;
        if (!line_unescape(&raw, to, &n))
            return false;
        to += n;
    }
    out->n = (size_t)(to - out->p);
    s->space->n += out->n;
    return true;
}

/* A string; it borrows from the line or from space. */
static bool
line_take_text(struct line_scan *s, struct str *out)
{
    bool has_escape;

    if (!line_take_string(s, out, &has_escape))
        return false;
    return !has_escape || line_decode(s, *out, out);
}

/* --- other values --- */

static size_t
line_pass_digits(struct str *rest)
{
    size_t n = 0;

    while (n < rest->n && str_is_digit(rest->p[n]))
        n++;
    rest->p += n;
    rest->n -= n;
    return n;
}

/* One byte of set, which is there or not. */
static bool
line_pass_one(struct str *rest, const char *set)
{
    if (rest->n == 0 || rest->p[0] == '\0' || strchr(set, rest->p[0]) == NULL)
        return false;
    rest->p++;
    rest->n--;
    return true;
}

/* RFC 8259, section 6; *is_whole: without fraction and exponent. */
static bool
line_is_number(struct str rest, bool *is_whole)
{
    const char *first;
    size_t n;

    line_pass_one(&rest, "-");
    first = rest.p;
    n = line_pass_digits(&rest);
    if (n == 0 || (n > 1 && first[0] == '0'))
        return false;
    *is_whole = rest.n == 0;
    if (line_pass_one(&rest, ".") && line_pass_digits(&rest) == 0)
        return false;
    if (line_pass_one(&rest, "eE")) {
        line_pass_one(&rest, "+-");
        if (line_pass_digits(&rest) == 0)
            return false;
    }
    return rest.n == 0;
}

static bool
line_int(struct str text, int64_t *out)
{
    bool is_negative = text.n > 0 && text.p[0] == '-', is_whole;
    uint64_t value;

    if (!line_is_number(text, &is_whole) || !is_whole)
        return false;
    if (is_negative) {
        text.p++;
        text.n--;
    }
    if (!str_to_u64(text, INT64_MAX, &value))
        return false;
    *out = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/* Digits at, count of them, as a number; -1 when they are none. */
static int
line_digits(struct str text, size_t at, size_t count)
{
    int value = 0;

    for (size_t i = at; i < at + count; i++) {
        if (!str_is_digit(text.p[i]))
            return -1;
        value = value * 10 + (text.p[i] - '0');
    }
    return value;
}

/* "2024-02-29T12:00:00.250Z" */
static bool
line_time(struct str text, int64_t *out)
{
    static const char shape[] = "0000-00-00T00:00:00.000Z";
    struct tm utc = {0};

    if (text.n != sizeof(shape) - 1)
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (shape[i] == '0' ? !str_is_digit(text.p[i]) : text.p[i] != shape[i])
            return false;
    utc.tm_year = line_digits(text, 0, 4) - 1900;
    utc.tm_mon = line_digits(text, 5, 2) - 1;
    utc.tm_mday = line_digits(text, 8, 2);
    utc.tm_hour = line_digits(text, 11, 2);
    utc.tm_min = line_digits(text, 14, 2);
    utc.tm_sec = line_digits(text, 17, 2);
    *out = (int64_t)timegm(&utc) * 1000 + line_digits(text, 20, 3);
    return true;
}

/* Numbers and the like: up to what ends them. */
static struct str
line_take_bare(struct line_scan *s)
{
    struct str bare = {s->p, 0};

    while (s->p < s->end && *s->p != ',' && *s->p != '}' && *s->p != ' ' &&
           *s->p != '\t' && *s->p != '\r')
        s->p++;
    bare.n = (size_t)(s->p - bare.p);
    return bare;
}

/* An array or object: to where its brackets balance. */
static bool
line_pass_nest(struct line_scan *s)
{
    size_t depth = 0;
    struct str text;

    while (s->p < s->end) {
        char c = *s->p;

        if (c == '"') {
            if (!line_take_text(s, &text))
                return false;
            continue;
        }
        s->p++;
        if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && --depth == 0)
            return true;
    }
    return false;
}

/* A value that nobody wants. */
static bool
line_pass_value(struct line_scan *s)
{
    struct str text;
    bool is_whole;

    line_pass_blanks(s);
    if (s->p == s->end)
        return false;
    if (*s->p == '"')
        return line_take_text(s, &text);
    if (*s->p == '[' || *s->p == '{')
        return line_pass_nest(s);
    return line_take_word(s, STR("true")) || line_take_word(s, STR("false")) ||
           line_take_word(s, STR("null")) ||
           line_is_number(line_take_bare(s), &is_whole);
}

static bool
line_take_value(struct line_scan *s, const struct line_member *m,
                struct verify_line *out)
{
    void *field = (char *)out + m->at;
    struct str text;

    line_pass_blanks(s);
    switch (m->kind) {
    case LINE_TEXT:
        if (line_take_word(s, STR("null"))) {
            *(struct str *)field = STR_NONE;
            return true;
        }
        /* fall through */
    case LINE_STR:
    case LINE_TIME:
        if (!line_take_text(s, &text))
            return false;
        if (m->kind == LINE_TIME)
            return line_time(text, field);
        *(struct str *)field = text;
        return true;
    case LINE_INT:
        return line_int(line_take_bare(s), field);
    case LINE_BOOL:
        *(bool *)field = line_take_word(s, STR("true"));
        return *(bool *)field || line_take_word(s, STR("false"));
    }
    return false;
}

/* --- the line --- */

static bool
line_take_member(struct line_scan *s, struct verify_line *out)
{
    enum { COUNT = sizeof(line_members) / sizeof(*line_members) };
    struct str name;

    if (!line_take_text(s, &name) || !line_take(s, ':'))
        return false;
    for (size_t i = 0; i < COUNT; i++) {
        size_t at = s->next;

        s->next = at + 1 < COUNT ? at + 1 : 0;
        if (name.n == line_members[at].name.n &&
            name.p[0] == line_members[at].name.p[0] && /* saves most calls */
            str_equal(name, line_members[at].name))
            return line_take_value(s, &line_members[at], out);
    }
    return line_pass_value(s);
}

enum err
verify_line_parse(struct str text, struct buf *space, struct verify_line *out)
{
    struct line_scan s = {text.p, text.p + text.n, space, 0};
    enum err e;

    *out = (struct verify_line){.offset = -1,
                                .status = -1,
                                .depth = -1,
                                .hops = -1,
                                .ms = -1,
                                .bytes = -1,
                                .tries = -1,
                                .links = -1,
                                .sent_ms = -1,
                                .spacing_ms = -1,
                                .time_ms = -1};
    buf_reset(space);
    e = buf_reserve(space, text.n);
    if (e != ERR_OK)
        return e;
    if (!line_take(&s, '{'))
        return ERR_INVALID;
    do {
        if (!line_take_member(&s, out))
            return ERR_INVALID;
    } while (line_take(&s, ','));
    if (!line_take(&s, '}'))
        return ERR_INVALID;
    line_pass_blanks(&s);
    if (s.p != s.end || out->url.n == 0 || out->outcome.n == 0 ||
        out->site.n == 0 || out->worker.n == 0)
        return ERR_INVALID;
    return ERR_OK;
}
