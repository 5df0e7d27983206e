/* SPDX-License-Identifier: MIT */
#include "worker/values.h"

#include <assert.h>
#include <stdlib.h>

#include "common/mem.h"
#include "common/utf8.h"
#include "worker/charref.h"

enum { VALUES_MAGIC = 0x6465636f };

static void values_silence(void *arg, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
values_silence(void *arg, const char *fmt, ...)
{
    (void)arg;
    (void)fmt;
}

static void
values_drop(struct values *d, struct sieve_tag *t)
{
    for (int slot = 0; slot < SIEVE_SLOTS; slot++)
        t->value[slot].at = SIEVE_ABSENT;
    d->is_cut = true;
}

bool
values_set(struct values *d, struct sieve_tag *t, enum sieve_slot slot,
           struct str value)
{
    size_t start = d->text.n;

    /* one byte more: so that text has a place even for the empty value */
    if (buf_reserve(&d->text, value.n + 1) != ERR_OK ||
        buf_add_str(&d->text, value) != ERR_OK) {
        values_drop(d, t);
        return false;
    }
    t->flags |= SIEVE_IS_MOVED;
    t->value[slot].at = (uint32_t)start;
    t->value[slot].n = (uint32_t)value.n;
    return true;
}

/*
 * A start tag of the small document: <a a="value of slot 0" b="..."> is the
 * next pending tag.  The others, without attributes, are elements that
 * libxml2 implies.
 */
static void
values_on_element(void *arg, const xmlChar *name, const xmlChar **attrs)
{
    struct values *d = arg;
    struct sieve_tag *t;

    assert(d->magic == VALUES_MAGIC);
    (void)name;
    if (attrs == NULL || d->next_pending == d->n_pending)
        return;
    t = &d->tags->tags[d->pending[d->next_pending++]];
    for (; attrs[0] != NULL; attrs += 2) {
        unsigned slot = (unsigned)(attrs[0][0] - 'a');

        if (slot < SIEVE_SLOTS &&
            !values_set(d, t, slot, str_from((const char *)attrs[1])))
            return;
    }
}

void
values_init(struct values *d)
{
    *d = (struct values){.magic = VALUES_MAGIC};
    d->xml = htmlNewParserCtxt();
    assert(d->xml != NULL);
    memset(d->xml->sax, 0, sizeof(*d->xml->sax));
    d->xml->sax->startElement = values_on_element;
    d->xml->userData = d;
    xmlSetGenericErrorFunc(NULL, values_silence); /* of this thread */
    recode_init(&d->recode);
    buf_init(&d->text, VALUES_BUF_MAX);
    buf_init(&d->small, VALUES_BUF_MAX);
    buf_init(&d->scratch, VALUES_BUF_MAX);
}

void
values_fini(struct values *d)
{
    htmlFreeParserCtxt(d->xml);
    recode_fini(&d->recode);
    buf_fini(&d->text);
    buf_fini(&d->small);
    buf_fini(&d->scratch);
    free(d->pending);
}

void
values_begin(struct values *d, struct str html, const char *charset)
{
    buf_reset(&d->text);
    if (d->text.cap > VALUES_BUF_KEEP)
        buf_fini(&d->text);
    if (d->small.cap > VALUES_BUF_KEEP)
        buf_fini(&d->small);
    d->html = html;
    d->charset = charset;
    d->is_cut = false;
}

/* Write rune so that libxml2 reads it back. */
static enum err
values_write_rune(struct buf *out, uint32_t rune)
{
    char utf8[4];

    if (rune == '&' || rune == '"')
        return buf_addf(out, "&#%u;", (unsigned)rune);
    return buf_add(out, utf8, utf8_encode(rune, utf8));
}

/* What stands for the '&' or '"' that *value begins with, taken off it. */
static enum err
values_write_special(struct buf *out, struct str *value)
{
    uint32_t rune[2];
    size_t n = 1;
    enum err e;

    if (value->p[0] == '"') {
        e = buf_add_str(out, STR("&quot;"));
    } else if (str_starts(*value, STR("&amp;"))) {
        n = 5;
        e = buf_add_str(out, STR("&amp;"));
    } else if ((n = charref_read(*value, rune)) > 0) {
        e = values_write_rune(out, rune[0]);
        if (e == ERR_OK && rune[1] != 0)
            e = values_write_rune(out, rune[1]);
    } else {
        n = 1;
        e = buf_add_str(out, STR("&amp;"));
    }
    value->p += n;
    value->n -= n;
    return e;
}

/*
 * Write value, UTF-8, into the small document.  libxml2 2.9 and HTML5 agree
 * on "&amp;" but not on "&copy" without a semicolon, "&colon;", "&#150;",
 * "&#0;" and their like.  So each of those is settled here, by HTML5's rules,
 * and an '&' that begins none of them becomes "&amp;".
 */
static enum err
values_write_value(struct buf *out, struct str value)
{
    enum err e = ERR_OK;

    while (e == ERR_OK && value.n > 0) {
        size_t n = 0;

        while (n < value.n && value.p[n] != '&' && value.p[n] != '"')
            n++;
        e = buf_add(out, value.p, n);
        value.p += n;
        value.n -= n;
        if (e == ERR_OK && value.n > 0)
            e = values_write_special(out, &value);
    }
    return e;
}

/* Append value as UTF-8; a NUL is U+FFFD (13.2.5.36 to .38). */
static enum err
values_to_utf8(struct values *d, struct str value, struct buf *out)
{
    enum err e = ERR_OK;

    for (;;) {
        const char *nul = memchr(value.p, '\0', value.n);
        struct str head = {value.p, nul ? (size_t)(nul - value.p) : value.n};

        if (head.n > 0)
            e = recode_to_utf8(&d->recode, d->charset, head, out);
        if (e != ERR_OK || nul == NULL)
            return e;
        e = buf_add_str(out, STR("\xef\xbf\xbd"));
        if (e != ERR_OK)
            return e;
        value.p += head.n + 1;
        value.n -= head.n + 1;
    }
}

/* A tag of bytes above 0x7f but without references: UTF-8 is all it takes. */
static void
values_high(struct values *d, struct sieve_tag *t)
{
    struct sieve_tag from = *t;

    for (int slot = 0; slot < SIEVE_SLOTS; slot++) {
        struct str value = sieve_value(&from, d->html.p, slot);

        if (value.p == NULL)
            continue;
        buf_reset(&d->scratch);
        if (values_to_utf8(d, value, &d->scratch) != ERR_OK) {
            values_drop(d, t);
            return;
        }
        if (!values_set(d, t, slot, buf_str(&d->scratch)))
            return;
    }
}

static enum err
values_write_attr(struct values *d, int slot, struct str value, bool is_high)
{
    char head[4] = {' ', (char)('a' + slot), '=', '"'};
    enum err e = ERR_OK;

    if (is_high) {
        buf_reset(&d->scratch);
        e = values_to_utf8(d, value, &d->scratch);
        value = buf_str(&d->scratch);
    }
    if (e == ERR_OK)
        e = buf_add(&d->small, head, sizeof(head));
    if (e == ERR_OK)
        e = values_write_value(&d->small, value);
    return e == ERR_OK ? buf_add_char(&d->small, '"') : e;
}

/* Write a tag into the small document and remember which one it is. */
static void
values_write_tag(struct values *d, struct sieve_tag *t)
{
    size_t start = d->small.n;
    enum err e = buf_add_str(&d->small, STR("<a"));

    for (int slot = 0; slot < SIEVE_SLOTS && e == ERR_OK; slot++) {
        struct str value = sieve_value(t, d->html.p, slot);

        if (value.p != NULL)
            e = values_write_attr(d, slot, value, t->flags & SIEVE_HAS_HIGH);
        t->value[slot].at = SIEVE_ABSENT; /* until libxml2 gives it back */
    }
    if (e == ERR_OK)
        e = buf_add_char(&d->small, '>');
    if (e != ERR_OK) {
        d->small.n = start;
        values_drop(d, t);
        return;
    }
    if (d->n_pending == d->cap_pending) {
        d->cap_pending = d->cap_pending ? d->cap_pending * 2 : 64;
        d->pending =
            xreallocarray(d->pending, d->cap_pending, sizeof(*d->pending));
    }
    d->pending[d->n_pending++] = (uint32_t)(t - d->tags->tags);
}

void
values_tags(struct values *d, struct sieve *tags, bool is_head)
{
    buf_reset(&d->small);
    d->tags = tags;
    d->n_pending = d->next_pending = 0;
    for (size_t i = 0; i < tags->n; i++) {
        struct sieve_tag *t = &tags->tags[i];

        if ((t->flags & (SIEVE_HAS_REF | SIEVE_HAS_HIGH)) == 0 ||
            (t->flags & (SIEVE_IS_MOVED | SIEVE_IS_KNOWN)) != 0 ||
            is_head != (t->kind == SIEVE_BASE || t->kind == SIEVE_META))
            continue;
        if (t->flags & SIEVE_HAS_REF)
            values_write_tag(d, t);
        else
            values_high(d, t);
    }
    if (d->n_pending > 0)
        htmlCtxtReadMemory(d->xml, d->small.p, (int)d->small.n, NULL, "UTF-8",
                           HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                               HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                               HTML_PARSE_IGNORE_ENC);
    if (d->next_pending != d->n_pending)
        d->is_cut = true;
}
