/*
 * The states of the HTML standard's tokenizer (13.2.5), those that matter:
 * text, tags, comments, and the elements whose content is text.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/extract_html.h"

#include "common/utf8.h"
#include "worker/charref.h"

enum { EXTRACT_TAG_NAME_MAX = 64 }; /* bytes; longer ones have no use here */

struct extract_html {
    struct str in;
    size_t at;
    struct buf *out;
    enum err err;       /* the first one sticks */
    unsigned foreign;   /* open svg and math elements */
    struct str literal; /* the element whose content is text; n 0: none */
    bool has_references;
    bool is_verbatim; /* libxml2 takes it for text as well */
};

/* Elements that hold text: whether with references, and libxml2's own. */
static const struct {
    const char *name;
    bool has_references, is_verbatim;
} extract_literals[] = {{"script", false, true},   {"style", false, true},
                        {"title", true, false},    {"textarea", true, false},
                        {"xmp", false, false},     {"iframe", false, false},
                        {"noembed", false, false}, {"noframes", false, false}};

/* --- writing --- */

static void
extract_put(struct extract_html *x, const char *p, size_t n)
{
    if (x->err == ERR_OK)
        x->err = buf_add(x->out, p, n);
}

static void
extract_puts(struct extract_html *x, const char *text)
{
    extract_put(x, text, strlen(text));
}

static void
extract_put_rune(struct extract_html *x, uint32_t rune)
{
    char utf8[4];

    switch (rune) {
    case '<':
        extract_puts(x, "&lt;");
        break;
    case '&':
        extract_puts(x, "&amp;");
        break;
    case '"':
        extract_puts(x, "&quot;");
        break;
    default:
        extract_put(x, utf8, utf8_encode(rune, utf8));
    }
}

/* The '&' at the beginning of *s, and what belongs to it. */
static void
extract_reference(struct extract_html *x, struct str *s, bool is_value)
{
    uint32_t rune[2] = {0, 0};
    size_t n = is_value ? charref_read(*s, rune) : charref_read_text(*s, rune);

    if (n == 0) {
        extract_puts(x, "&amp;");
        n = 1;
    } else {
        extract_put_rune(x, rune[0]);
        if (rune[1] != 0)
            extract_put_rune(x, rune[1]);
    }
    *s = (struct str){s->p + n, s->n - n};
}

/* Text, or a value: what libxml2 would take for more is escaped. */
static void
extract_put_text(struct extract_html *x, struct str s, bool has_references,
                 bool is_value)
{
    while (s.n > 0) {
        size_t n = 0;

        while (n < s.n && s.p[n] != '&' && s.p[n] != '<' && s.p[n] != '"' &&
               s.p[n] != '\0')
            n++;
        extract_put(x, s.p, n);
        s = (struct str){s.p + n, s.n - n};
        if (s.n == 0)
            return;
        if (s.p[0] == '&' && has_references) {
            extract_reference(x, &s, is_value);
            continue;
        }
        extract_put_rune(x, s.p[0] == '\0' ? 0xfffd : (uint32_t)s.p[0]);
        s = (struct str){s.p + 1, s.n - 1};
    }
}

/* Text that libxml2, too, takes for nothing else: but a NUL ends its page. */
static void
extract_put_verbatim(struct extract_html *x, struct str s)
{
    while (s.n > 0) {
        const char *nul = memchr(s.p, '\0', s.n);
        size_t n = nul ? (size_t)(nul - s.p) : s.n;

        extract_put(x, s.p, n);
        if (nul) {
            extract_put_rune(x, 0xfffd);
            n++;
        }
        s = (struct str){s.p + n, s.n - n};
    }
}

/* --- tags --- */

static bool
extract_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static char
extract_peek(const struct extract_html *x, size_t i)
{
    return x->at + i < x->in.n ? x->in.p[x->at + i] : '\0';
}

static bool
extract_is_name_char(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '-' || c == '_' ||
           c == ':' || c == '.';
}

/* A tag's name, lower case; what XPath could not ask for becomes '_'. */
static size_t
extract_tag_name(struct extract_html *x, char name[EXTRACT_TAG_NAME_MAX])
{
    size_t n = 0;

    for (; x->at < x->in.n; x->at++) {
        char c = x->in.p[x->at];

        if (extract_is_blank(c) || c == '/' || c == '>')
            break;
        if (n < EXTRACT_TAG_NAME_MAX)
            name[n++] = extract_is_name_char(c) ? str_lower(c) : '_';
    }
    return n;
}

/* Behind "=": quoted or not, as it stands. */
static struct str
extract_value(struct extract_html *x)
{
    char quote = extract_peek(x, 0);
    struct str value = {x->in.p + x->at, 0};

    if (quote == '"' || quote == '\'') {
        const char *end;

        value.p++;
        x->at++;
        end = memchr(value.p, quote, x->in.n - x->at);
        value.n = end ? (size_t)(end - value.p) : x->in.n - x->at;
        x->at += value.n + (end != NULL);
        return value;
    }
    while (x->at < x->in.n && !extract_is_blank(x->in.p[x->at]) &&
           x->in.p[x->at] != '>') {
        x->at++;
        value.n++;
    }
    return value;
}

static void
extract_skip_blanks(struct extract_html *x)
{
    while (extract_is_blank(extract_peek(x, 0)))
        x->at++;
}

static void
extract_put_attribute(struct extract_html *x, struct str name, struct str value)
{
    extract_puts(x, " ");
    for (size_t i = 0; i < name.n; i++)
        extract_put(x, (char[1]){str_lower(name.p[i])}, 1);
    extract_puts(x, "=\"");
    extract_put_text(x, value, true, true);
    extract_puts(x, "\"");
}

/* Up to the ">", with it; is_closed: a "/" stands before it. */
static void
extract_attributes(struct extract_html *x, bool is_written, bool *is_closed)
{
    *is_closed = false;
    for (size_t count = 0; x->at < x->in.n;) {
        struct str name = {NULL, 0}, value = STR("");
        bool is_plain = true;
        char c = x->in.p[x->at];

        if (c == '>') {
            x->at++;
            return;
        }
        if (extract_is_blank(c) || c == '/') {
            *is_closed = c == '/';
            x->at++;
            continue;
        }
        *is_closed = false;
        name.p = x->in.p + x->at;
        do { /* a first "=" belongs to the name */
            is_plain = is_plain && extract_is_name_char(x->in.p[x->at]);
            x->at++;
            name.n++;
            c = extract_peek(x, 0);
        } while (x->at < x->in.n && !extract_is_blank(c) &&
                 memchr("/>=", c, 3) == NULL);
        extract_skip_blanks(x);
        if (extract_peek(x, 0) == '=') {
            x->at++;
            extract_skip_blanks(x);
            value = extract_value(x);
        }
        if (is_written && is_plain &&
            (str_is_alpha(name.p[0]) || name.p[0] == '_' || name.p[0] == ':') &&
            count++ < EXTRACT_ATTRS_MAX)
            extract_put_attribute(x, name, value);
    }
}

static void
extract_begin_literal(struct extract_html *x, struct str name)
{
    for (size_t i = 0;
         i < sizeof(extract_literals) / sizeof(extract_literals[0]); i++)
        if (str_equal(name, str_from(extract_literals[i].name))) {
            x->literal = str_from(extract_literals[i].name);
            x->has_references = extract_literals[i].has_references;
            x->is_verbatim = extract_literals[i].is_verbatim;
        }
}

/* At the "<" of "<a" or "</a". */
static void
extract_tag(struct extract_html *x)
{
    bool is_end = extract_peek(x, 1) == '/', is_closed, is_foreign;
    size_t start = x->out->n;
    char bytes[EXTRACT_TAG_NAME_MAX];
    struct str name = {bytes, 0};

    x->at += is_end ? 2 : 1;
    name.n = extract_tag_name(x, bytes);
    is_foreign = str_equal(name, STR("svg")) || str_equal(name, STR("math"));
    extract_puts(x, is_end ? "</" : "<");
    extract_put(x, name.p, name.n);
    extract_attributes(x, !is_end, &is_closed);
    if (x->at >= x->in.n && x->in.p[x->in.n - 1] != '>') {
        x->out->n = start; /* the page ends within the tag: it is none */
        return;
    }
    if (is_end && is_foreign && x->foreign > 0)
        x->foreign--;
    /* "<div/>" is open, "<path/>" is not */
    extract_puts(
        x, !is_end && is_closed && (x->foreign > 0 || is_foreign) ? "/>" : ">");
    if (!is_end && is_foreign && !is_closed)
        x->foreign++;
    if (!is_end && x->foreign == 0)
        extract_begin_literal(x, name);
}

/* --- what is no tag --- */

/* Behind "<!--": the comment, and where it ends. */
static struct str
extract_find_comment(struct extract_html *x)
{
    struct str body = {x->in.p + x->at, 0};
    size_t left = x->in.n - x->at;

    if (left >= 1 && body.p[0] == '>') {
        x->at += 1;
        return body;
    }
    if (left >= 2 && body.p[0] == '-' && body.p[1] == '>') {
        x->at += 2;
        return body;
    }
    for (size_t i = 0; i + 2 < left; i++) {
        size_t n = 0;

        if (body.p[i] != '-' || body.p[i + 1] != '-')
            continue;
        if (body.p[i + 2] == '>')
            n = 3;
        else if (i + 3 < left && body.p[i + 2] == '!' && body.p[i + 3] == '>')
            n = 4;
        if (n > 0) {
            body.n = i;
            x->at += i + n;
            return body;
        }
    }
    body.n = left;
    x->at = x->in.n;
    return body;
}

static void
extract_comment(struct extract_html *x)
{
    struct str body;

    x->at += 4;
    body = extract_find_comment(x);
    extract_puts(x, "<!--");
    for (size_t i = 0; i < body.n; i++) {
        if (body.p[i] != '\0')
            extract_put(x, body.p + i, 1);
        if (body.p[i] == '-') /* no end of it may stand in it */
            extract_puts(x, " ");
    }
    extract_puts(x, "-->");
}

/* "<!doctype>", "<?xml>", "</ >": nothing that a tree shows. */
static void
extract_skip_odd(struct extract_html *x)
{
    const char *end = memchr(x->in.p + x->at, '>', x->in.n - x->at);

    x->at = end ? (size_t)(end - x->in.p) + 1 : x->in.n;
}

/* All up to the end tag of x->literal, which is left to be read. */
static void
extract_literal(struct extract_html *x)
{
    struct str text = {x->in.p + x->at, x->in.n - x->at};
    size_t end = 0;

    for (; end < text.n; end++) {
        struct str rest = {text.p + end + 2, 0};
        char c;

        if (text.p[end] != '<' || end + 2 + x->literal.n > text.n ||
            text.p[end + 1] != '/')
            continue;
        rest.n = x->literal.n;
        c = end + 2 + rest.n < text.n ? rest.p[rest.n] : '>';
        if (str_equal_nocase(rest, x->literal) &&
            (extract_is_blank(c) || c == '/' || c == '>'))
            break;
    }
    text.n = end;
    x->at += end;
    if (x->is_verbatim)
        extract_put_verbatim(x, text);
    else
        extract_put_text(x, text, x->has_references, false);
    x->literal.n = 0;
}

static void
extract_markup(struct extract_html *x)
{
    char second = extract_peek(x, 1), third = extract_peek(x, 2);

    if (str_is_alpha(second) || (second == '/' && str_is_alpha(third))) {
        extract_tag(x);
    } else if (second == '!' && third == '-' && extract_peek(x, 3) == '-') {
        extract_comment(x);
    } else if (second == '!' || second == '?' ||
               (second == '/' && x->at + 2 < x->in.n)) {
        extract_skip_odd(x);
    } else {
        extract_puts(x, "&lt;");
        x->at++;
    }
}

enum err
extract_html_write(struct str html, struct buf *out)
{
    struct extract_html x = {.in = html, .out = out};

    while (x.at < html.n && x.err == ERR_OK) {
        const char *p = html.p + x.at, *end;
        size_t n;

        if (x.literal.n > 0) {
            extract_literal(&x);
            continue;
        }
        end = memchr(p, '<', html.n - x.at);
        n = end ? (size_t)(end - p) : html.n - x.at;
        extract_put_text(&x, (struct str){p, n}, true, false);
        x.at += n;
        if (x.at < html.n)
            extract_markup(&x);
    }
    return x.err;
}
