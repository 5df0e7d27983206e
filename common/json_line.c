/* SPDX-License-Identifier: MIT */
#include "common/json_line.h"

#include <stdio.h>
#include <time.h>

#include "common/utf8.h"

static void
json_line_add(struct json_line *l, const char *p, size_t n)
{
    if (l->err == ERR_OK)
        l->err = buf_add(l->out, p, n);
}

/* A comma but behind an opening bracket, and the key but in a list. */
static void
json_line_add_key(struct json_line *l, const char *key)
{
    if (l->err != ERR_OK)
        return;
    if (strchr("{[", l->out->p[l->out->n - 1]) == NULL)
        json_line_add(l, ",", 1);
    if (key == NULL)
        return;
    json_line_add(l, "\"", 1);
    json_line_add(l, key, strlen(key));
    json_line_add(l, "\":", 2);
}

/*
 * What may stand in a string unescaped: RFC 8259 section 7 without what would
 * break or turn round a shown line (DEL, C1, bidi controls, U+2028, U+2029).
 */
static bool
json_line_is_plain(uint32_t rune)
{
    if (rune < 0x20 || rune == '"' || rune == '\\')
        return false;
    if (rune < 0x7f)
        return true;
    if (rune <= 0x9f || rune == 0x61c || rune == 0x200e || rune == 0x200f)
        return false;
    return !((rune >= 0x2028 && rune <= 0x202e) ||
             (rune >= 0x2066 && rune <= 0x2069));
}

/* rune is below U+10000: nothing that is escaped lies above. */
static void
json_line_add_escape(struct json_line *l, uint32_t rune)
{
    static const char hex[] = "0123456789abcdef";
    char six[6] = {'\\', 'u'};

    switch (rune) {
    case '"':
        json_line_add(l, "\\\"", 2);
        return;
    case '\\':
        json_line_add(l, "\\\\", 2);
        return;
    case '\n':
        json_line_add(l, "\\n", 2);
        return;
    case '\r':
        json_line_add(l, "\\r", 2);
        return;
    case '\t':
        json_line_add(l, "\\t", 2);
        return;
    default:
        for (int i = 0; i < 4; i++)
            six[2 + i] = hex[rune >> (12 - 4 * i) & 15];
        json_line_add(l, six, sizeof(six));
    }
}

void
json_line_begin(struct json_line *l, struct buf *out)
{
    *l = (struct json_line){.out = out, .start = out->n};
    json_line_add(l, "{", 1);
}

/* Whether one of eight bytes may not be plain; each byte by itself in a word.
 */
static bool
json_line_is_odd(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
    uint64_t quote = eight ^ ones * '"', slash = eight ^ ones * '\\';
    uint64_t del = eight ^ ones * 0x7f;

    return ((eight | ((eight - ones * ' ') & ~eight) |
             ((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
             ((del - ones) & ~del)) &
            tops) != 0;
}

/* How many bytes from p on are ASCII that is_plain() lets stand. */
static size_t
json_line_run(const char *p, const char *end)
{
    const char *from = p;
    uint64_t eight;

    for (; end - p >= 8; p += 8) {
        memcpy(&eight, p, 8);
        if (json_line_is_odd(eight))
            break;
    }
    while (p < end && *p >= ' ' && *p < 0x7f && *p != '"' && *p != '\\')
        p++;
    return (size_t)(p - from);
}

void
json_line_str(struct json_line *l, const char *key, struct str value)
{
    size_t at = 0, copied = 0; /* what lies between is plain */

    json_line_add_key(l, key);
    if (value.p == NULL) {
        json_line_add(l, "null", 4);
        return;
    }
    json_line_add(l, "\"", 1);
    while (at < value.n && l->err == ERR_OK) {
        uint32_t rune;
        size_t len;

        at += json_line_run(value.p + at, value.p + value.n);
        if (at == value.n)
            break;
        len = utf8_decode(value.p + at, value.n - at, &rune);
        if (len > 0 && json_line_is_plain(rune)) {
            at += len;
            continue;
        }
        json_line_add(l, value.p + copied, at - copied);
        if (len > 0)
            json_line_add_escape(l, rune);
        else
            json_line_add(l, "\xef\xbf\xbd", 3); /* U+FFFD */
        at += len > 0 ? len : 1;
        copied = at;
    }
    json_line_add(l, value.p + copied, at - copied);
    json_line_add(l, "\"", 1);
}

/* Digits by hand: printf() took two fifths of a page's log line. */
void
json_line_int(struct json_line *l, const char *key, int64_t value)
{
    char text[24], *end = text + sizeof(text), *p = end;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--p = '-';
    json_line_add_key(l, key);
    json_line_add(l, p, (size_t)(end - p));
}

void
json_line_bool(struct json_line *l, const char *key, bool value)
{
    json_line_add_key(l, key);
    json_line_add(l, value ? "true" : "false", value ? 4 : 5);
}

void
json_time_text(int64_t epoch_us, char out[JSON_TIME_BYTES])
{
    /* downwards also before 1970: the milliseconds are never negative */
    int64_t rest_us = epoch_us % 1000000;
    int64_t us = rest_us < 0 ? rest_us + 1000000 : rest_us;
    time_t seconds = (time_t)(epoch_us / 1000000 - (rest_us < 0));
    struct tm utc = {0};
    size_t n;

    if (gmtime_r(&seconds, &utc) == NULL)
        utc = (struct tm){.tm_year = 70, .tm_mday = 1};
    n = strftime(out, JSON_TIME_BYTES - 8, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + n, JSON_TIME_BYTES - n, ".%03dZ", (int)(us / 1000));
}

void
json_line_time(struct json_line *l, const char *key, int64_t epoch_us)
{
    char text[JSON_TIME_BYTES];

    json_time_text(epoch_us, text);
    json_line_add_key(l, key);
    json_line_add(l, "\"", 1);
    json_line_add(l, text, strlen(text));
    json_line_add(l, "\"", 1);
}

/* RFC 8259, section 6: digits, a point, an exponent; no NaN, no Infinity. */
void
json_line_number(struct json_line *l, const char *key, struct str text)
{
    bool is_number = text.n > 0;

    for (size_t i = 0; i < text.n; i++)
        is_number = is_number && (str_is_digit(text.p[i]) ||
                                  memchr("+-.e", text.p[i], 4) != NULL);
    json_line_add_key(l, key);
    json_line_add(l, is_number ? text.p : "null", is_number ? text.n : 4);
}

void
json_line_list(struct json_line *l, const char *key)
{
    json_line_add_key(l, key);
    json_line_add(l, "[", 1);
}

void
json_line_list_end(struct json_line *l)
{
    json_line_add(l, "]", 1);
}

void
json_line_object(struct json_line *l, const char *key)
{
    json_line_add_key(l, key);
    json_line_add(l, "{", 1);
}

void
json_line_object_end(struct json_line *l)
{
    json_line_add(l, "}", 1);
}

enum err
json_line_end(struct json_line *l)
{
    json_line_add(l, "}\n", 2);
    if (l->err != ERR_OK)
        l->out->n = l->start;
    return l->err;
}
