/* SPDX-License-Identifier: MIT */
#include "worker/recode.h"

#include <string.h>

#include "common/utf8.h"
#include "worker/page.h"

#define RECODE_BROKEN "\xef\xbf\xbd" /* U+FFFD */

void
recode_init(struct recode *r)
{
    *r = (struct recode){NULL, NULL};
}

void
recode_fini(struct recode *r)
{
    recode_init(r);
}

static const struct legacy *
recode_legacy(struct recode *r, const char *charset)
{
    if (r->charset != charset) {
        r->legacy = legacy_find(charset);
        r->charset = charset;
    }
    return r->legacy;
}

/*
 * How many bytes of a broken sequence one U+FFFD stands for: Encoding 8.1.1,
 * the UTF-8 decoder takes a lead byte and what could still follow it.
 */
static size_t
recode_broken_n(const unsigned char *s, size_t len)
{
    size_t need = s[0] < 0xc2   ? 1
                  : s[0] < 0xe0 ? 2
                  : s[0] < 0xf0 ? 3
                  : s[0] < 0xf5 ? 4
                                : 1;
    unsigned char low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    size_t n = 1;

    while (n < need && n < len && s[n] >= low && s[n] <= high) {
        n++;
        low = 0x80;
        high = 0xbf;
    }
    return n;
}

static enum err
recode_utf8(struct str in, struct buf *out)
{
    size_t at = 0, good = 0;
    enum err e = ERR_OK;

    if (utf8_is_valid(in.p, in.n))
        return buf_add_str(out, in);
    while (at < in.n && e == ERR_OK) {
        uint32_t rune;
        size_t n = utf8_decode(in.p + at, in.n - at, &rune);

        if (n > 0) {
            at += n;
            continue;
        }
        e = buf_add(out, in.p + good, at - good);
        if (e == ERR_OK)
            e = buf_add_str(out, STR(RECODE_BROKEN));
        at += recode_broken_n((const unsigned char *)in.p + at, in.n - at);
        good = at;
    }
    return e == ERR_OK ? buf_add(out, in.p + good, at - good) : e;
}

/* Encoding 15.2.1 "shared UTF-16 decoder" */
static enum err
recode_utf16(struct str in, bool is_big, struct buf *out)
{
    const unsigned char *p = (const unsigned char *)in.p;
    enum err e = ERR_OK;
    size_t at = 0;

    while (at + 1 < in.n && e == ERR_OK) {
        uint32_t rune = (uint32_t)p[at + !is_big] << 8 | p[at + is_big], low;
        char utf8[4];

        at += 2;
        if (rune >= 0xd800 && rune < 0xdc00 && at + 1 < in.n) {
            low = (uint32_t)p[at + !is_big] << 8 | p[at + is_big];
            if (low >= 0xdc00 && low < 0xe000) {
                at += 2;
                rune = 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
            }
        } else if (rune >= 0xd800 && rune < 0xdc00) {
            at = in.n; /* the end: one U+FFFD for all that is pending */
        }
        if (rune >= 0xd800 && rune < 0xe000)
            rune = 0xfffd;
        e = buf_add(out, utf8, utf8_encode(rune, utf8));
    }
    if (at < in.n && e == ERR_OK)
        e = buf_add_str(out, STR(RECODE_BROKEN));
    return e;
}

enum err
recode_to_utf8(struct recode *r, const char *charset, struct str in,
               struct buf *out)
{
    if (charset == PAGE_UTF8)
        return recode_utf8(in, out);
    if (charset == PAGE_UTF16LE || charset == PAGE_UTF16BE)
        return recode_utf16(in, charset == PAGE_UTF16BE, out);
    return legacy_decode(recode_legacy(r, charset), in, out);
}

bool
recode_is_missing(struct recode *r, const char *charset)
{
    const struct legacy *l = recode_legacy(r, charset);

    return l != NULL && legacy_is_missing(l);
}

/*
 * Bytes of one character.  Of those that stand for one beyond ASCII, only
 * what a URL's query may hold stays (URL 1.3, "special-query percent-encode
 * set"): ISO-2022-JP has a "#" in the middle of words.
 */
static enum err
recode_put(const char *bytes, size_t n, bool is_ascii, struct buf *out)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_last = i + 1 == n; /* before it stands an escape */

        if ((is_ascii && is_last) ||
            (c > ' ' && c < 0x7f && memchr("\"#<>'", c, 5) == NULL))
            e = buf_add_char(out, (char)c);
        else
            e = buf_addf(out, "%%%02X", c);
    }
    return e;
}

enum err
recode_query(struct recode *r, const char *charset, struct str query,
             struct buf *out)
{
    struct legacy_encoder encoder = {recode_legacy(r, charset), 0};
    char bytes[LEGACY_BYTES];
    enum err e = ERR_OK;
    bool is_known;
    size_t n;

    if (encoder.legacy == NULL)
        return buf_add_str(out, query);
    while (query.n > 0 && e == ERR_OK) {
        uint32_t rune;
        size_t len = utf8_decode(query.p, query.n, &rune);

        if (len == 0) { /* no UTF-8: never from a decoder of ours */
            len = 1;
            rune = 0xfffd;
        }
        query.p += len;
        query.n -= len;
        n = legacy_encode(&encoder, rune, bytes, &is_known);
        e = recode_put(bytes, n, rune < 0x80 && is_known, out);
        if (e == ERR_OK && !is_known)
            e = buf_addf(out, "%%26%%23%u%%3B",
                         (unsigned)(rune < 0x80 ? 0xfffd : rune));
    }
    n = legacy_encode(&encoder, LEGACY_END, bytes, &is_known);
    return e == ERR_OK ? recode_put(bytes, n, false, out) : e;
}
