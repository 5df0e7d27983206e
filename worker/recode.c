/* SPDX-License-Identifier: MIT */
#include "worker/recode.h"

#include <errno.h>

#include "common/utf8.h"
#include "worker/page.h"

#define RECODE_NONE ((iconv_t)-1)
#define RECODE_BROKEN "\xef\xbf\xbd" /* U+FFFD */

void
recode_init(struct recode *r)
{
    *r = (struct recode){NULL, RECODE_NONE, RECODE_NONE, NULL};
}

void
recode_fini(struct recode *r)
{
    if (r->to_utf8 != RECODE_NONE)
        iconv_close(r->to_utf8);
    if (r->from_utf8 != RECODE_NONE)
        iconv_close(r->from_utf8);
    recode_init(r);
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

/*
 * iconv cannot read on at p, n bytes are left: write what the broken ones
 * become, and return how many they are.
 */
static size_t
recode_skip(const char *charset, const char *p, size_t n, struct buf *out,
            enum err *e)
{
    unsigned char c = (unsigned char)*p;
    char c1[4];

    if (charset == PAGE_UTF16LE || charset == PAGE_UTF16BE) {
        *e = buf_add_str(out, STR(RECODE_BROKEN));
        return n < 2 ? n : 2;
    }
    /* Encoding 9, the indexes of windows-125x and 874: what iconv has not
     * between 0x80 and 0x9f is a control character of the same number. */
    if (c >= 0x80 && c < 0xa0 &&
        (strncmp(charset, "CP12", 4) == 0 || strcmp(charset, "CP874") == 0))
        *e = buf_add(out, c1, utf8_encode(c, c1));
    else
        *e = buf_add_str(out, STR(RECODE_BROKEN));
    return 1;
}

enum err
recode_to_utf8(struct recode *r, const char *charset, struct str in,
               struct buf *out)
{
    char *p = (char *)(uintptr_t)in.p; /* iconv does not write to it */
    size_t left = in.n;
    enum err e = ERR_OK;

    if (charset == PAGE_UTF8)
        return recode_utf8(in, out);
    if (r->charset != charset) {
        if (r->to_utf8 != RECODE_NONE)
            iconv_close(r->to_utf8);
        r->charset = charset;
        r->to_utf8 = iconv_open("UTF-8", charset);
    }
    if (r->to_utf8 == RECODE_NONE)
        return ERR_NOT_FOUND;
    iconv(r->to_utf8, NULL, NULL, NULL, NULL);
    while (e == ERR_OK) {
        bool is_flush = left == 0;
        size_t done, room;
        char *to;

        e = buf_reserve(out, left + left / 2 + 16);
        if (e != ERR_OK)
            break;
        to = out->p + out->n;
        room = out->cap - out->n;
        done = iconv(r->to_utf8, is_flush ? NULL : &p, &left, &to, &room);
        out->n = (size_t)(to - out->p);
        if (is_flush) /* Big5-HKSCS holds a letter back for its accent */
            break;
        if (done == (size_t)-1 && errno != E2BIG) {
            bool is_cut_off = errno == EINVAL; /* by the end: one U+FFFD */
            size_t n = recode_skip(charset, p, left, out, &e);

            if (is_cut_off)
                n = left;
            p += n;
            left -= n;
        }
    }
    return e;
}

size_t
recode_rune(struct recode *r, const char *charset, uint32_t rune, char bytes[8])
{
    char utf8[4], *in = utf8, *to = bytes;
    size_t left, room = 8;

    if (r->from_set != charset) {
        if (r->from_utf8 != RECODE_NONE)
            iconv_close(r->from_utf8);
        r->from_set = charset;
        r->from_utf8 = iconv_open(charset, "UTF-8");
    }
    if (r->from_utf8 == RECODE_NONE)
        return 0;
    left = utf8_encode(rune, utf8);
    iconv(r->from_utf8, NULL, NULL, NULL, NULL);
    if (iconv(r->from_utf8, &in, &left, &to, &room) == (size_t)-1 ||
        iconv(r->from_utf8, NULL, NULL, &to, &room) == (size_t)-1)
        return 0;
    return (size_t)(to - bytes);
}
