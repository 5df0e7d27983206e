/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "common/fingerprint.h"
#include "tests/web/put.h"
#include "tests/web/special_rows.h"

/* The smallest PNG: one transparent pixel. */
void
special_image(struct ask *a)
{
    static const char png[] =
        "\x89PNG\r\n\x1a\n"
        "\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
        "\0\0\0\x0bIDAT\x78\x9c\x63\x60\0\2\0\0\5\0\1\x7a\x5e\xab\x3f"
        "\0\0\0\0IEND\xae\x42\x60\x82";

    reply_text(a->r, a->req, 200, STR("image/png"), STR(png));
}

/*
 * One word in many charsets.  The link's path must be asked for in UTF-8,
 * its query in the page's charset (UTF-8 for utf-16), as the WHATWG URL
 * standard has it.  The second byte of shift_jis's word is a backslash.
 */
struct charset {
    const char *name;
    struct str word;
    bool is_utf16;
};

static const struct charset charsets[] = {
    {"utf-8", STR_INIT("\xe4\xb8\xad\xe6\x96\x87"), false},
    {"gbk", STR_INIT("\xd6\xd0\xce\xc4"), false},
    {"shift_jis", STR_INIT("\x95\x5c\x8e\xa6"), false},
    {"windows-1251", STR_INIT("\xcf\xf0\xe8\xe2\xe5\xf2"), false},
    {"koi8-r", STR_INIT("\xf0\xd2\xc9\xd7\xc5\xd4"), false},
    {"windows-1252", STR_INIT("Z\xfcrich"), false},
    {"utf-16", STR_INIT("\x2d\x4e\x87\x65"), true}, /* little-endian */
};

/* ASCII in the page's charset. */
static void
put_ascii(struct buf *b, const struct charset *c, const char *text)
{
    if (!c->is_utf16) {
        put_str(b, str_from(text));
        return;
    }
    for (; *text != '\0'; text++) {
        put_bytes(b, text, 1);
        put_bytes(b, "", 1);
    }
}

static void
put_charset_page(struct buf *b, const struct charset *c, bool has_meta)
{
    if (c->is_utf16)
        PUT(b, "\xff\xfe");
    put_ascii(b, c, "<!doctype html>\n<html><head>");
    if (has_meta) {
        put_ascii(b, c, "<meta charset=\"");
        put_ascii(b, c, c->name);
        put_ascii(b, c, "\">");
    }
    put_ascii(b, c, "<title>");
    put_str(b, c->word);
    put_ascii(b, c, "</title></head>\n<body><p>id=/x/charset/");
    put_ascii(b, c, c->name);
    put_ascii(b, c, "</p>\n<a href=\"/x/page/");
    put_str(b, c->word);
    put_ascii(b, c, "?q=");
    put_str(b, c->word);
    put_ascii(b, c, "\">");
    put_str(b, c->word);
    put_ascii(b, c, "</a></body></html>\n");
}

void
special_charset(struct ask *a)
{
    struct str by = request_param(a->req, "by");
    bool has_meta = str_equal(by, STR("meta"));
    bool has_header = !has_meta && !str_equal(by, STR("none"));
    char type[64] = "text/html";

    for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++) {
        const struct charset *c = &charsets[i];

        if (!str_equal(a->rest, str_from(c->name)))
            continue;
        if (has_header)
            snprintf(type, sizeof(type), "text/html; charset=%s", c->name);
        reply_begin(a->r, 200, str_from(type));
        put_charset_page(&a->r->body, c, has_meta);
        reply_end(a->r, a->req);
        return;
    }
    reply_text(a->r, a->req, 404, REPLY_PLAIN, STR("no such charset\n"));
}

/*
 * Months without end, days, session ids, and a relative link that makes the
 * path one segment longer each time.
 */
void
special_trap(struct ask *a)
{
    struct str rest = a->rest;
    uint64_t year, month;
    struct buf *b = &a->r->body;

    if (!str_to_u64(str_cut(&rest, '/'), 1000000000, &year))
        year = 2024;
    if (!str_to_u64(str_cut(&rest, '/'), 12, &month) || month == 0)
        month = 1;
    reply_begin(a->r, 200, REPLY_HTML);
    special_put_top(a, "calendar");
    PUTF(b, "<a href=\"/x/trap/%" PRIu64 "/%" PRIu64 "\">next month</a>\n",
         month == 12 ? year + 1 : year, month % 12 + 1);
    PUTF(b, "<a href=\"/x/trap/%" PRIu64 "/%" PRIu64 "\">month before</a>\n",
         month == 1 && year > 0 ? year - 1 : year,
         month == 1 ? (uint64_t)12 : month - 1);
    for (unsigned day = 1; day <= 28; day += 9)
        PUTF(b, "<a href=\"/x/trap/%" PRIu64 "/%" PRIu64 "/%u\">day %u</a>\n",
             year, month, day, day);
    PUTF(b, "<a href=\"?sid=%016" PRIx64 "\">the same page</a>\n",
         fingerprint(a->req->target));
    PUT(b, "<a href=\"more/\">more</a>\n");
    special_put_end(a);
    reply_end(a->r, a->req);
}

void
special_links(struct ask *a)
{
    uint64_t n = request_number(a->req, "n", 1000000, 20000);

    reply_begin(a->r, 200, REPLY_HTML);
    special_put_top(a, "many links");
    for (uint64_t i = 0; i < n; i++) {
        PUT(&a->r->body, "<a href=\"/x/page/n");
        put_u64(&a->r->body, i);
        PUT(&a->r->body, "\">n</a>\n");
    }
    special_put_end(a);
    reply_end(a->r, a->req);
}

void
special_deep(struct ask *a)
{
    uint64_t n = request_number(a->req, "n", 10000000, 100000);

    reply_begin(a->r, 200, REPLY_HTML);
    special_put_top(a, "deep");
    while (n-- > 0)
        PUT(&a->r->body, "<div>");
    PUT(&a->r->body, "<a href=\"/x/page/deep\">at the bottom</a>\n");
    reply_end(a->r, a->req);
}

/* A page with these bytes in its head and those in its body. */
static void
answer_with_head(struct ask *a, const char *head, const char *body)
{
    reply_begin(a->r, 200, REPLY_HTML);
    PUT(&a->r->body, "<!doctype html>\n<html><head>");
    put_str(&a->r->body, str_from(head));
    PUT(&a->r->body, "</head>\n<body><p class=\"id\">id=");
    put_str(&a->r->body, a->req->host);
    put_str(&a->r->body, a->req->path);
    PUT(&a->r->body, "</p>\n");
    put_str(&a->r->body, str_from(body));
    special_put_end(a);
    reply_end(a->r, a->req);
}

void
special_meta_refresh(struct ask *a)
{
    answer_with_head(a,
                     "<meta http-equiv=\"Refresh\" content=\"0; "
                     "URL='/x/page/refreshed'\"><title>refresh</title>",
                     "");
}

void
special_base(struct ask *a)
{
    answer_with_head(a, "<base href=\"/x/page/\"><title>base</title>",
                     "<a href=\"below-base\">below</a>\n"
                     "<a href=\"../page/dots\">dots</a>\n"
                     "<a href=\"?only-query\">query</a>\n");
}

void
special_canonical(struct ask *a)
{
    answer_with_head(a,
                     "<link rel=\"canonical\" href=\"/x/page/canonical\">"
                     "<title>canonical</title>",
                     "");
}

void
special_nofollow(struct ask *a)
{
    answer_with_head(a,
                     "<meta name=\"robots\" content=\"nofollow\">"
                     "<title>nofollow</title>",
                     "<a href=\"/x/page/not-followed\">no</a>\n");
}

void
special_rel_nofollow(struct ask *a)
{
    answer_with_head(a, "<title>rel nofollow</title>",
                     "<a rel=\"nofollow\" href=\"/x/page/rel-nofollow\">no"
                     "</a>\n<a href=\"/x/page/rel-follow\">yes</a>\n");
}

void
special_noindex(struct ask *a)
{
    answer_with_head(a,
                     "<meta name=\"robots\" content=\"noindex\">"
                     "<title>noindex</title>",
                     "<a href=\"/x/page/from-noindex\">yes</a>\n");
}

void
special_hostile_title(struct ask *a)
{
    answer_with_head(a,
                     "<title>\x1b[2J\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07"
                     "&lt;script&gt;alert(1)&lt;/script&gt;<script>alert(2)"
                     "</script>\xe2\x80\xae\xff\r\n\"';--</title>",
                     "<a href=\"/x/page/\x1b[31m\">red</a>\n");
}

/* Of these only /x/page/fine and, trimmed, /x/page/trimmed are links. */
void
special_hostile_links(struct ask *a)
{
    struct buf *b = &a->r->body;

    reply_begin(a->r, 200, REPLY_HTML);
    special_put_top(a, "hostile links");
    PUT(b, "<a href=\"javascript:alert(1)\">1</a>\n"
           "<a href=\"mailto:a@b.test\">2</a>\n"
           "<a href=\"data:text/html,x\">3</a>\n"
           "<a href=\"file:///etc/passwd\">4</a>\n"
           "<a href=\"ftp://127.0.0.1/\">5</a>\n"
           "<a href=\"gopher://127.0.0.1:6379/_FLUSHALL\">6</a>\n"
           "<a href=\"http://[::1\">7</a>\n"
           "<a href=\"http://\">8</a>\n"
           "<a href=\"http://a b.test/\">9</a>\n"
           "<a href=\"http://a.test:99999/\">10</a>\n"
           "<a href=\"/x/page/fine\">11</a>\n"
           "<a href=\" \n /x/page/tri\nmmed\t \">12</a>\n"
           "<!-- <a href=\"/x/page/in-comment\">13</a> -->\n"
           "<script>'<a href=\"/x/page/in-script\">14</a>'</script>\n"
           "<textarea><a href=\"/x/page/in-textarea\">15</a></textarea>\n"
           "<a title='<a href=\"/x/page/in-attribute\">'>16</a>\n"
           "<a href=\"/x/page/");
    for (int i = 0; i < 2000; i++)
        PUT(b, "overlong");
    PUT(b, "\">17</a>\n");
    special_put_end(a);
    reply_end(a->r, a->req);
}
