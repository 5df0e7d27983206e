/* SPDX-License-Identifier: MIT */
#include "master/html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/utf8.h"

void
html_raw(FILE *out, const char *html)
{
    fputs(html, out);
}

void
html_rawf(FILE *out, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vfprintf(out, fmt, args);
    va_end(args);
}

/* Unicode's Cc, Cf and the separators, as far as they can mislead. */
static bool
html_is_unseen(uint32_t rune)
{
    static const struct {
        uint32_t from, to;
    } unseen[] = {{0, 0x1f},        {0x7f, 0x9f},      {0xad, 0xad},
                  {0x34f, 0x34f},   {0x61c, 0x61c},    {0x115f, 0x1160},
                  {0x17b4, 0x17b5}, {0x180b, 0x180f},  {0x200b, 0x200f},
                  {0x2028, 0x202e}, {0x2060, 0x206f},  {0x3164, 0x3164},
                  {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},  {0xffa0, 0xffa0},
                  {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}};

    for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
        if (rune >= unseen[i].from && rune <= unseen[i].to)
            return true;
    return false;
}

static void
html_rune(FILE *out, uint32_t rune, struct str bytes)
{
    switch (rune) {
    case '<':
        html_raw(out, "&lt;");
        return;
    case '>':
        html_raw(out, "&gt;");
        return;
    case '&':
        html_raw(out, "&amp;");
        return;
    case '"':
        html_raw(out, "&quot;");
        return;
    case '\'':
        html_raw(out, "&#39;");
        return;
    default:
        if (html_is_unseen(rune))
            html_rawf(out, "\\u{%" PRIx32 "}", rune);
        else
            fwrite(bytes.p, 1, bytes.n, out);
    }
}

void
html_text(FILE *out, struct str text)
{
    while (text.n > 0) {
        uint32_t rune;
        size_t n = utf8_decode(text.p, text.n, &rune);

        if (n > 0)
            html_rune(out, rune, (struct str){text.p, n});
        else
            html_raw(out, "\xef\xbf\xbd");
        n = n > 0 ? n : 1;
        text.p += n;
        text.n -= n;
    }
}

void
html_web(FILE *out, struct str text)
{
    bool is_cut = text.n > HTML_WEB_BYTES;

    if (is_cut) { /* not in the middle of a character */
        text.n = HTML_WEB_BYTES;
        while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
            text.n--;
    }
    html_raw(out, "<bdi>");
    html_text(out, text);
    html_raw(out, is_cut ? "&hellip;</bdi>" : "</bdi>");
}
