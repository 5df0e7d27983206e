/* SPDX-License-Identifier: MIT */
#include "common/json_scan.h"

#include <stdint.h>

#include "common/utf8.h"

/* Where we are: p is NULL as soon as the text is found to be no JSON. */
struct json_cursor {
    const char *p, *end;
};

static void
json_skip_space(struct json_cursor *c)
{
    while (c->p && c->p < c->end &&
           (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
        c->p++;
}

static bool
json_take(struct json_cursor *c, char want)
{
    if (c->p == NULL || c->p == c->end || *c->p != want)
        return false;
    c->p++;
    return true;
}

static void
json_skip_literal(struct json_cursor *c, struct str word)
{
    if ((size_t)(c->end - c->p) >= word.n && memcmp(c->p, word.p, word.n) == 0)
        c->p += word.n;
    else
        c->p = NULL;
}

static int
json_hex(char ch)
{
    if (str_is_digit(ch))
        return ch - '0';
    ch = str_lower(ch);
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* Four hexadecimal digits at p, or -1. */
static int32_t
json_read_hex(const char *p, const char *end)
{
    int32_t rune = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = json_hex(p[i]);

        if (digit < 0)
            return -1;
        rune = rune << 4 | digit;
    }
    return rune;
}

/* Behind the backslash. */
static void
json_skip_escape(struct json_cursor *c)
{
    if (c->p == c->end) {
        c->p = NULL;
    } else if (*c->p == 'u') {
        c->p = json_read_hex(c->p + 1, c->end) < 0 ? NULL : c->p + 5;
    } else if (memchr("\"\\/bfnrt", *c->p, 8)) {
        c->p++;
    } else {
        c->p = NULL;
    }
}

static void
json_skip_string(struct json_cursor *c)
{
    if (!json_take(c, '"')) {
        c->p = NULL;
        return;
    }
    while (c->p && c->p < c->end) {
        unsigned char ch = (unsigned char)*c->p;

        if (ch == '"') {
            c->p++;
            return;
        }
        if (ch == '\\') {
            c->p++;
            json_skip_escape(c);
        } else if (ch < 0x20) {
            c->p = NULL;
        } else if (ch < 0x80) {
            c->p++;
        } else {
            uint32_t rune;
            size_t len = utf8_decode(c->p, (size_t)(c->end - c->p), &rune);

            c->p = len > 0 ? c->p + len : NULL;
        }
    }
    c->p = NULL; /* no quote at its end */
}

static size_t
json_skip_digits(struct json_cursor *c)
{
    const char *from = c->p;

    while (c->p < c->end && str_is_digit(*c->p))
        c->p++;
    return (size_t)(c->p - from);
}

static void
json_skip_number(struct json_cursor *c)
{
    json_take(c, '-');
    if (!json_take(c, '0') && json_skip_digits(c) == 0) {
        c->p = NULL;
        return;
    }
    if (json_take(c, '.') && json_skip_digits(c) == 0) {
        c->p = NULL;
        return;
    }
    if (json_take(c, 'e') || json_take(c, 'E')) {
        if (!json_take(c, '+'))
            json_take(c, '-');
        if (json_skip_digits(c) == 0)
            c->p = NULL;
    }
}

/* A value that is no object and no array. */
static enum json_kind
json_skip_plain(struct json_cursor *c)
{
    if (c->p == c->end) {
        c->p = NULL;
        return JSON_KIND_WORD;
    }
    switch (*c->p) {
    case '"':
        json_skip_string(c);
        return JSON_KIND_STRING;
    case 't':
        json_skip_literal(c, STR("true"));
        return JSON_KIND_WORD;
    case 'f':
        json_skip_literal(c, STR("false"));
        return JSON_KIND_WORD;
    case 'n':
        json_skip_literal(c, STR("null"));
        return JSON_KIND_WORD;
    default:
        json_skip_number(c);
        return JSON_KIND_NUMBER;
    }
}

static void
json_skip_name(struct json_cursor *c)
{
    json_skip_space(c);
    json_skip_string(c);
    json_skip_space(c);
    if (!json_take(c, ':'))
        c->p = NULL;
}

/* Past one value at p; the brackets that are open are bits, 1 an object. */
static enum json_kind
json_skip_value(struct json_cursor *c)
{
    enum json_kind kind = JSON_KIND_WORD;
    uint64_t objects = 0;
    unsigned depth = 0;

    for (bool is_first = true; c->p; is_first = false) {
        bool is_object, is_open = false;

        json_skip_space(c);
        is_object = json_take(c, '{');
        if (is_object || json_take(c, '[')) {
            if (is_first)
                kind = is_object ? JSON_KIND_OBJECT : JSON_KIND_ARRAY;
            if (++depth > JSON_SCAN_DEPTH) {
                c->p = NULL;
                break;
            }
            objects = objects << 1 | is_object;
            is_open = true;
        } else {
            enum json_kind plain = json_skip_plain(c);

            if (is_first)
                kind = plain;
        }
        /* what stands behind it: brackets that close, a comma */
        while (c->p && depth > 0) {
            json_skip_space(c);
            if (json_take(c, objects & 1 ? '}' : ']')) {
                depth--;
                objects >>= 1;
                is_open = false;
                continue;
            }
            if (!is_open && !json_take(c, ','))
                c->p = NULL;
            else if (objects & 1)
                json_skip_name(c);
            break;
        }
        if (depth == 0)
            break;
    }
    return kind;
}

bool
json_scan(struct str text, struct json_value *out)
{
    struct json_cursor c = {text.p, text.p + text.n};
    const char *from;

    if (text.n == 0)
        return false;
    json_skip_space(&c);
    from = c.p;
    out->kind = json_skip_value(&c);
    if (c.p == NULL)
        return false;
    out->text = (struct str){from, (size_t)(c.p - from)};
    json_skip_space(&c);
    return c.p == c.end;
}

bool
json_scan_next(struct str *rest, struct str *name, struct json_value *out)
{
    struct json_cursor c = {rest->p, rest->p + rest->n};
    const char *from;

    /* an opening bracket at first, behind a member a comma or nothing */
    if (rest->n == 0)
        return false;
    c.p++;
    json_skip_space(&c);
    if (c.p == c.end || *c.p == '}' || *c.p == ']')
        return false;
    *name = STR_NONE;
    from = c.p;
    if (rest->p[rest->n - 1] == '}') {
        json_skip_string(&c);
        if (c.p == NULL)
            return false;
        *name = (struct str){from, (size_t)(c.p - from)};
        json_skip_space(&c);
        json_take(&c, ':');
        json_skip_space(&c);
        from = c.p;
    }
    out->kind = json_skip_value(&c);
    if (c.p == NULL)
        return false;
    out->text = (struct str){from, (size_t)(c.p - from)};
    json_skip_space(&c);
    *rest = (struct str){c.p, (size_t)(c.end - c.p)};
    return true;
}

/* --- strings --- */

/* The character at *at, which is behind a backslash; moves behind it. */
static uint32_t
json_read_escape(const char **at, const char *end)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *p = *at, *which;
    int32_t high, low;

    *at = p + 1;
    if (*p != 'u') {
        which = strchr(from, *p);
        return which && *which ? (unsigned char)to[which - from]
                               : (unsigned char)*p;
    }
    *at = p + 5;
    high = json_read_hex(p + 1, end);
    if (high < 0xd800 || high > 0xdfff)
        return (uint32_t)high;
    low = high < 0xdc00 && end - *at > 6 && (*at)[0] == '\\' && (*at)[1] == 'u'
              ? json_read_hex(*at + 2, end)
              : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return 0xfffd;
    *at += 6;
    return 0x10000 + ((uint32_t)(high - 0xd800) << 10) +
           (uint32_t)(low - 0xdc00);
}

enum err
json_scan_unquote(struct str string, struct buf *out)
{
    const char *p = string.p + 1, *end = string.p + string.n - 1;
    enum err e = ERR_OK;

    while (p < end && e == ERR_OK) {
        const char *escape = memchr(p, '\\', (size_t)(end - p));
        char utf8[4];
        uint32_t rune;

        e = buf_add(out, p, (size_t)((escape ? escape : end) - p));
        if (escape == NULL || e != ERR_OK)
            break;
        p = escape + 1;
        rune = json_read_escape(&p, end);
        e = buf_add(out, utf8, utf8_encode(rune, utf8));
    }
    return e;
}

bool
json_scan_is(struct str string, struct str want)
{
    struct str inside = {string.p + 1, string.n - 2};

    return string.n >= 2 && str_equal(inside, want);
}
