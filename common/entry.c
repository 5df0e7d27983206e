/* SPDX-License-Identifier: MIT */
#include "common/entry.h"

#include <assert.h>

enum { ENTRY_COUNT_MAX = 1000 }; /* hops and tries: both are cut far below */

/*
 * A number off the front of *s, written as entry_write() writes it: without a
 * leading zero, so that parse and write give the same bytes again.
 */
static bool
entry_take_number(struct str *s, uint64_t max, unsigned *out)
{
    struct str digits = {s->p, 0};
    uint64_t value;

    while (digits.n < s->n && str_is_digit(s->p[digits.n]))
        digits.n++;
    if (digits.n > 1 && digits.p[0] == '0')
        return false;
    if (!str_to_u64(digits, max, &value))
        return false;
    s->p += digits.n;
    s->n -= digits.n;
    *out = (unsigned)value;
    return true;
}

/* "r3": a letter and a number above 0, or neither of them. */
static bool
entry_take_count(struct str *s, char letter, uint64_t max, unsigned *out)
{
    *out = 0;
    if (s->n == 0 || s->p[0] != letter)
        return true;
    s->p++;
    s->n--;
    return entry_take_number(s, max, out) && *out > 0;
}

/* No blank, no control byte: a part stays one word on one line. */
static bool
entry_is_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n > 0;
}

enum err
entry_parse(struct str line, struct entry *e)
{
    struct str rest = line, head;

    *e = (struct entry){0};
    if (line.n == 0 || line.n > ENTRY_MAX_BYTES)
        return ERR_INVALID;
    head = str_cut(&rest, ' ');
    if (!entry_take_number(&head, ENTRY_DEPTH_MAX, &e->depth) ||
        !entry_take_count(&head, 'r', ENTRY_COUNT_MAX, &e->hops) ||
        !entry_take_count(&head, 't', ENTRY_COUNT_MAX, &e->tries) ||
        !entry_take_count(&head, 's', ENTRY_SITEMAP_MAX, &e->sitemap) ||
        head.n > 0)
        return ERR_INVALID;
    e->site = str_cut(&rest, ' ');
    if (!entry_is_word(e->site))
        return ERR_INVALID;
    if (rest.n > 0 && rest.p[rest.n - 1] == ' ')
        return ERR_INVALID; /* a blank announces a referrer */
    e->url = str_cut(&rest, ' ');
    e->referrer = rest;
    if (!entry_is_word(e->url) || (rest.n > 0 && !entry_is_word(rest)))
        return ERR_INVALID;
    return ERR_OK;
}

enum err
entry_write(const struct entry *e, struct buf *out)
{
    size_t start = out->n;
    enum err err;

    assert(e->depth <= ENTRY_DEPTH_MAX && e->sitemap <= ENTRY_SITEMAP_MAX);
    err = buf_addf(out, "%u", e->depth);
    if (err == ERR_OK && e->hops > 0)
        err = buf_addf(out, "r%u", e->hops);
    if (err == ERR_OK && e->tries > 0)
        err = buf_addf(out, "t%u", e->tries);
    if (err == ERR_OK && e->sitemap > 0)
        err = buf_addf(out, "s%u", e->sitemap);
    if (err == ERR_OK)
        err = buf_add_char(out, ' ');
    if (err == ERR_OK)
        err = buf_add_str(out, e->site);
    if (err == ERR_OK)
        err = buf_add_char(out, ' ');
    if (err == ERR_OK)
        err = buf_add_str(out, e->url);
    /* A referrer is a help, no part of the work: it goes when room ends. */
    if (err == ERR_OK && e->referrer.n > 0 &&
        out->n - start + 1 + e->referrer.n <= ENTRY_MAX_BYTES) {
        err = buf_add_char(out, ' ');
        if (err == ERR_OK)
            err = buf_add_str(out, e->referrer);
    }
    if (err == ERR_OK && out->n - start > ENTRY_MAX_BYTES)
        err = ERR_TOO_BIG;
    if (err != ERR_OK)
        out->n = start;
    return err;
}

void
entry_log(const struct entry *e, struct json_line *line)
{
    json_line_int(line, "depth", (int64_t)e->depth);
    if (e->hops > 0)
        json_line_int(line, "hops", (int64_t)e->hops);
    if (e->tries > 0)
        json_line_int(line, "tries", (int64_t)e->tries);
    if (e->referrer.n > 0)
        json_line_str(line, "referrer", e->referrer);
}
