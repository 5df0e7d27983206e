/* Bytes of a selector in, words of XPath out.  SPDX-License-Identifier: MIT */
#include "common/css_parts.h"

#include <stdio.h>

#include "common/utf8.h"

/* --- reading --- */

bool
css_fail(struct css *c, size_t at, const char *why)
{
    if (c->why == NULL) {
        c->why = why;
        c->why_at = at;
    }
    return false;
}

/* The byte i behind the current one; 0 behind the end. */
char
css_peek(const struct css *c, size_t i)
{
    return c->at + i < c->in.n ? c->in.p[c->at + i] : '\0';
}

bool
css_take(struct css *c, char byte)
{
    if (c->at >= c->in.n || c->in.p[c->at] != byte)
        return false;
    c->at++;
    return true;
}

void
css_skip_space(struct css *c)
{
    while (c->at < c->in.n && str_is_space(c->in.p[c->at]))
        c->at++;
}

bool
css_put(struct css *c, struct buf *out, struct str s)
{
    if (buf_add_str(out, s) == ERR_OK)
        return true;
    c->is_full = true;
    return css_fail(c, c->at, "too long");
}

bool
css_puts(struct css *c, struct buf *out, const char *text)
{
    return css_put(c, out, str_from(text));
}

bool
css_put_int(struct css *c, struct buf *out, long n)
{
    char text[24];

    snprintf(text, sizeof(text), "%ld", n);
    return css_puts(c, out, text);
}

bool
css_is_name(char byte)
{
    return str_is_alpha(byte) || str_is_digit(byte) || byte == '-' ||
           byte == '_' || (unsigned char)byte >= 0x80;
}

static int
css_hex(char byte)
{
    if (str_is_digit(byte))
        return byte - '0';
    byte = str_lower(byte);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* "\26 B" is "&B"; c->at is behind the backslash. */
static bool
css_escape(struct css *c, struct buf *out)
{
    uint32_t rune = 0;
    char text[4] = {0};
    int digits = 0;

    if (c->at >= c->in.n || css_peek(c, 0) == '\n')
        return css_fail(c, c->at, "nothing is escaped here");
    if (css_hex(css_peek(c, 0)) < 0)
        return css_put(c, out, (struct str){c->in.p + c->at++, 1});
    while (digits < CSS_HEX_MAX && css_hex(css_peek(c, 0)) >= 0) {
        rune = rune * 16 + (uint32_t)css_hex(c->in.p[c->at++]);
        digits++;
    }
    if (str_is_space(css_peek(c, 0)))
        c->at++;
    if (rune < 0x20 || rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
        rune = 0xfffd;
    return css_put(c, out, (struct str){text, utf8_encode(rune, text)});
}

bool
css_is_name_start(const struct css *c)
{
    char first = css_peek(c, 0), second = css_peek(c, 1);

    if (first == '-')
        return second == '-' || second == '\\' ||
               (css_is_name(second) && !str_is_digit(second));
    return first == '\\' || (css_is_name(first) && !str_is_digit(first));
}

/* The rest of a name: letters, digits, -, _, escapes, all beyond ASCII. */
bool
css_name_rest(struct css *c, struct buf *out)
{
    size_t start = c->at;

    for (;;) {
        if (css_take(c, '\\')) {
            if (!css_escape(c, out))
                return false;
        } else if (css_is_name(css_peek(c, 0))) {
            if (!css_put(c, out, (struct str){c->in.p + c->at++, 1}))
                return false;
        } else {
            return c->at > start || css_fail(c, start, "a name is missing");
        }
    }
}

bool
css_name(struct css *c, struct buf *out)
{
    if (!css_is_name_start(c))
        return css_fail(c, c->at,
                        str_is_digit(css_peek(c, 0))
                            ? "a name begins with no digit (\"\\31 \" is 1)"
                            : "a name is missing");
    return css_name_rest(c, out);
}

static bool
css_string(struct css *c, struct buf *out)
{
    size_t start = c->at;
    char quote = c->in.p[c->at++];

    while (c->at < c->in.n) {
        char byte = c->in.p[c->at++];

        if (byte == quote)
            return true;
        if (byte == '\n')
            break;
        if (byte == '\\') {
            if (!css_escape(c, out))
                return false;
        } else if (!css_put(c, out, (struct str){&byte, 1})) {
            return false;
        }
    }
    return css_fail(c, start, "the string does not end");
}

bool
css_value(struct css *c, struct buf *out)
{
    if (css_peek(c, 0) == '"' || css_peek(c, 0) == '\'')
        return css_string(c, out);
    return css_name(c, out);
}

/* --- XPath's words --- */

/* XPath has no escapes: a string with both quotes is put together. */
bool
css_put_literal(struct css *c, struct buf *out, struct str s)
{
    bool is_first = true;

    if (memchr(s.p ? s.p : "", '\'', s.n) == NULL)
        return css_puts(c, out, "'") && css_put(c, out, s) &&
               css_puts(c, out, "'");
    if (memchr(s.p, '"', s.n) == NULL)
        return css_puts(c, out, "\"") && css_put(c, out, s) &&
               css_puts(c, out, "\"");
    if (!css_puts(c, out, "concat("))
        return false;
    while (s.n > 0) {
        const char *quote = s.p[0] == '\'' ? "\"" : "'";
        size_t n = 0;

        while (n < s.n && s.p[n] != quote[0])
            n++;
        if (!css_puts(c, out, is_first ? "" : ",") ||
            !css_puts(c, out, quote) ||
            !css_put(c, out, (struct str){s.p, n}) || !css_puts(c, out, quote))
            return false;
        is_first = false;
        s = (struct str){s.p + n, s.n - n};
    }
    return css_puts(c, out, ")");
}

/* Whether XPath takes it for a name: else it is asked for by name(). */
static bool
css_is_plain(struct str name)
{
    if (name.n == 0 || str_is_digit(name.p[0]) || name.p[0] == '-')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!css_is_name(name.p[i]) || (unsigned char)name.p[i] >= 0x80)
            return false;
    return true;
}

void
css_lower_case(struct buf *name)
{
    for (size_t i = 0; i < name->n; i++)
        name->p[i] = str_lower(name->p[i]);
}

/* prefix is "" for an element, "@" for an attribute. */
bool
css_put_test(struct css *c, struct buf *out, const char *prefix,
             struct str name)
{
    if (!css_puts(c, out, prefix))
        return false;
    if (css_is_plain(name))
        return css_put(c, out, name);
    return css_puts(c, out, "*[name()=") && css_put_literal(c, out, name) &&
           css_puts(c, out, "]");
}

/* "[contains(concat(' ',normalize-space(ATTR),' '),' WORD ')]" */
bool
css_put_word(struct css *c, struct buf *out, struct str attr, struct str word)
{
    struct buf padded;
    bool is_ok;

    buf_init(&padded, CSS_BYTES_MAX);
    is_ok = css_puts(c, &padded, " ") && css_put(c, &padded, word) &&
            css_puts(c, &padded, " ") &&
            css_puts(c, out, "[contains(concat(' ',normalize-space(") &&
            css_put(c, out, attr) && css_puts(c, out, "),' '),") &&
            css_put_literal(c, out, buf_str(&padded)) && css_puts(c, out, ")]");
    buf_fini(&padded);
    return is_ok;
}
