/* SPDX-License-Identifier: MIT */
#include "tests/web/site_line.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SITE_WORD_MAX = 1 << 20,
    SITE_BODY_MAX = 64 << 20,
    SITE_PATH_MAX = 4096
};

void
site_line_init(struct site_line *l)
{
    *l = (struct site_line){.status = 0};
    buf_init(&l->host, SITE_WORD_MAX);
    buf_init(&l->path, SITE_WORD_MAX);
    buf_init(&l->type, SITE_WORD_MAX);
    buf_init(&l->etag, SITE_WORD_MAX);
    buf_init(&l->modified, SITE_WORD_MAX);
    buf_init(&l->headers, SITE_WORD_MAX);
    buf_init(&l->body, SITE_BODY_MAX);
    l->close_early = SITE_LINE_UNSET;
    l->content_length = SITE_LINE_UNSET;
    l->times = SITE_LINE_UNSET;
}

void
site_line_fini(struct site_line *l)
{
    buf_fini(&l->host);
    buf_fini(&l->path);
    buf_fini(&l->type);
    buf_fini(&l->etag);
    buf_fini(&l->modified);
    buf_fini(&l->headers);
    buf_fini(&l->body);
}

static int
digit_value(char c, int base)
{
    int v = -1;

    if (str_is_digit(c))
        v = c - '0';
    else if (str_lower(c) >= 'a' && str_lower(c) <= 'f')
        v = str_lower(c) - 'a' + 10;
    return v < base ? v : -1;
}

/* At most max digits of base at the front of *rest. */
static bool
take_number(struct str *rest, int base, int max, int *value)
{
    int digits = 0;

    *value = 0;
    while (digits < max && rest->n > 0 && digit_value(*rest->p, base) >= 0) {
        *value = *value * base + digit_value(*rest->p, base);
        rest->p++;
        rest->n--;
        digits++;
    }
    return digits > 0 && *value <= 255;
}

/* What follows a backslash, C11 section 6.4.4.4, and \e. */
static bool
take_escape(struct str *rest, char *c)
{
    static const char names[] = "abefnrtv\\\"'";
    static const char values[] = "\a\b\x1b\f\n\r\t\v\\\"'";
    const char *at;
    int value;

    if (rest->n == 0)
        return false;
    if (digit_value(*rest->p, 8) >= 0) {
        if (!take_number(rest, 8, 3, &value))
            return false;
        *c = (char)value;
        return true;
    }
    *c = *rest->p++;
    rest->n--;
    if (*c == 'x') {
        if (!take_number(rest, 16, 2, &value))
            return false;
        *c = (char)value;
        return true;
    }
    at = *c ? strchr(names, *c) : NULL;
    if (at == NULL)
        return false;
    *c = values[at - names];
    return true;
}

/* From behind the opening quote to behind the closing one. */
static bool
take_quoted(struct str *rest, struct buf *out)
{
    while (rest->n > 0) {
        char c = *rest->p++;

        rest->n--;
        if (c == '"')
            return true;
        if (c == '\\' && !take_escape(rest, &c))
            return false;
        if (buf_add_char(out, c) != ERR_OK)
            return false;
    }
    return false;
}

/*
 * The next word into out, which is emptied first; false when its quotes or
 * escapes are wrong.  No word left: an empty one.
 */
static bool
take_word(struct str *rest, struct buf *out)
{
    buf_reset(out);
    *rest = str_trim(*rest);
    while (rest->n > 0 && !str_is_space(*rest->p)) {
        char c = *rest->p++;

        rest->n--;
        if (c == '"') {
            if (!take_quoted(rest, out))
                return false;
        } else if (buf_add_char(out, c) != ERR_OK) {
            return false;
        }
    }
    return true;
}

static enum err
read_body(struct site_line *l, struct str name, const char *directory)
{
    char path[SITE_PATH_MAX], block[16384];
    enum err e = ERR_OK;
    size_t n;
    FILE *f;
    int len = snprintf(path, sizeof(path), "%s%s%.*s",
                       name.n > 0 && *name.p == '/' ? "" : directory,
                       name.n > 0 && *name.p == '/' ? "" : "/", STR_ARG(name));

    if (len < 0 || (size_t)len >= sizeof(path))
        return ERR_TOO_BIG;
    f = fopen(path, "re");
    if (f == NULL)
        return ERR_IO;
    while (e == ERR_OK && (n = fread(block, 1, sizeof(block), f)) > 0)
        e = buf_add(&l->body, block, n);
    if (e == ERR_OK && ferror(f))
        e = ERR_IO;
    fclose(f);
    return e;
}

static bool
set_flag(struct str value, bool *flag)
{
    *flag = str_equal(value, STR("1"));
    return *flag || str_equal(value, STR("0"));
}

static bool
set_key(struct site_line *l, struct str key, struct str value)
{
    const struct {
        struct str name;
        uint64_t *number;
        uint64_t max;
    } numbers[] = {
        {STR("delay"), &l->delay_ms, 86400000},
        {STR("drip"), &l->drip_bps, 1 << 30},
        {STR("close_early"), &l->close_early, UINT32_MAX},
        {STR("content_length"), &l->content_length, UINT64_MAX - 1},
        {STR("times"), &l->times, UINT32_MAX},
    };

    if (str_equal(key, STR("header")))
        return buf_add_str(&l->headers, value) == ERR_OK &&
               buf_add(&l->headers, "\r\n", 2) == ERR_OK;
    if (str_equal(key, STR("etag")))
        return buf_add_str(&l->etag, value) == ERR_OK;
    if (str_equal(key, STR("modified")))
        return buf_add_str(&l->modified, value) == ERR_OK;
    if (str_equal(key, STR("refused")))
        return set_flag(value, &l->is_refused);
    if (str_equal(key, STR("reset")))
        return set_flag(value, &l->is_reset);
    if (str_equal(key, STR("chunked")))
        return set_flag(value, &l->is_chunked);
    if (str_equal(key, STR("gzip")))
        return set_flag(value, &l->is_gzip);
    if (str_equal(key, STR("endless")))
        return set_flag(value, &l->is_endless);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (str_equal(key, numbers[i].name))
            return str_to_u64(value, numbers[i].max, numbers[i].number);
    return false;
}

/* The words behind CONTENT-TYPE. */
static enum err
parse_rest(struct site_line *l, struct str rest, const char *directory,
           const char **why)
{
    struct buf word;
    enum err e = ERR_INVALID;

    buf_init(&word, SITE_BODY_MAX);
    while ((rest = str_trim(rest)).n > 0) {
        char first = *rest.p;
        struct str key, value;

        *why = "the quotes or escapes are wrong";
        if (!take_word(&rest, first == '"' ? &l->body : &word))
            goto out;
        *why = "something follows the body";
        if ((first == '"' || first == '@') && str_trim(rest).n > 0)
            goto out;
        if (first == '"')
            break;
        value = buf_str(&word);
        if (first == '@') {
            *why = "the body's file cannot be read";
            e = read_body(l, (struct str){value.p + 1, value.n - 1}, directory);
            goto out;
        }
        key = str_cut(&value, '=');
        *why = "no such key, or no such value for it";
        if (!set_key(l, key, value))
            goto out;
    }
    e = ERR_OK;
out:
    buf_fini(&word);
    return e;
}

enum err
site_line_parse(struct site_line *l, struct str text, const char *directory,
                const char **why)
{
    struct str rest = str_trim(text);
    struct buf status;
    uint64_t code = 0;
    bool is_good;

    if (rest.n == 0 || *rest.p == '#')
        return ERR_NOT_FOUND;
    buf_init(&status, SITE_WORD_MAX);
    is_good = take_word(&rest, &l->host) && take_word(&rest, &l->path) &&
              take_word(&rest, &status) && take_word(&rest, &l->type);
    if (is_good && !str_to_u64(buf_str(&status), 999, &code))
        is_good = false;
    buf_fini(&status);
    *why = "want HOST /path STATUS CONTENT-TYPE [key=value ...] BODY";
    if (!is_good || code < 100 || l->type.n == 0 || l->path.p[0] != '/')
        return ERR_INVALID;
    l->status = (int)code;
    if (str_equal(buf_str(&l->type), STR("-")))
        buf_reset(&l->type);
    for (size_t i = 0; i < l->host.n; i++)
        l->host.p[i] = str_lower(l->host.p[i]);
    return parse_rest(l, rest, directory, why);
}
