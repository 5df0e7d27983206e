/* SPDX-License-Identifier: MIT */
#include "tests/web/put.h"
#include "tests/web/special_rows.h"

/* unit many times over, made once for each of the kinds. */
enum wire_kind { WIRE_TEXT, WIRE_CHUNKS, WIRE_HEADERS, WIRE_KINDS };

static struct str
wire_pattern(enum wire_kind kind)
{
    static const struct str units[WIRE_KINDS] = {
        STR_INIT("<p>filler filler filler filler filler filler</p>\n"),
        STR_INIT("22\r\n<p>more and more and more more</p>\r\n"),
        STR_INIT("X-Filler: filler filler filler filler filler\r\n"),
    };
    static struct buf patterns[WIRE_KINDS];
    struct buf *b = &patterns[kind];

    if (b->n == 0) {
        buf_init(b, 2 * REPLY_PATTERN_BYTES);
        reply_repeat(b, units[kind]);
    }
    return buf_str(b);
}

/* The wait itself was special_delay_ms()'s. */
void
special_slow(struct ask *a)
{
    special_page(a, "a slow page", STR("<p>at last</p>\n"));
}

void
special_drip(struct ask *a)
{
    uint64_t kb = request_number(a->req, "kb", 1 << 20, 1);

    a->r->drip_bps = (uint32_t)request_number(a->req, "bps", 1 << 30, 100);
    a->r->pattern = wire_pattern(WIRE_TEXT);
    a->r->pattern_bytes = kb * 1024;
    if (a->r->drip_bps == 0)
        a->r->drip_bps = 1;
    reply_begin(a->r, 200, REPLY_HTML);
    special_put_top(a, "drip");
    reply_end(a->r, a->req);
}

void
special_drip_head(struct ask *a)
{
    special_drip(a);
    /* The head goes where the body is, and drips with it. */
    put_str(&a->r->head, buf_str(&a->r->body));
    buf_reset(&a->r->body);
    put_str(&a->r->body, buf_str(&a->r->head));
    buf_reset(&a->r->head);
}

void
special_endless(struct ask *a)
{
    a->r->pattern_bytes = REPLY_ENDLESS;
    reply_begin(a->r, 200, REPLY_HTML);
    if (request_number(a->req, "chunked", 1, 0) == 0) {
        a->r->pattern = wire_pattern(WIRE_TEXT);
        special_put_top(a, "endless");
        reply_end_unsized(a->r);
        return;
    }
    a->r->pattern = wire_pattern(WIRE_CHUNKS);
    a->r->is_last = true;
    reply_line(a->r, STR("Transfer-Encoding: chunked"));
    PUT(&a->r->head, "Connection: close\r\n\r\n");
}

void
special_endless_headers(struct ask *a)
{
    reply_begin(a->r, 200, REPLY_HTML);
    a->r->pattern = wire_pattern(WIRE_HEADERS);
    a->r->pattern_bytes = REPLY_ENDLESS;
    a->r->is_last = true;
}

void
special_early_hints(struct ask *a)
{
    uint64_t n = request_number(a->req, "n", 10000, 10);

    while (n-- > 0)
        PUT(&a->r->head, "HTTP/1.1 103 Early Hints\r\n"
                         "Link: </x/page/hint>; rel=preload\r\n\r\n");
    special_page(a, "after the hints", STR("<p>here it is</p>\n"));
}

/* A page of a few KB, so that there is a middle to break off in. */
static void
wire_page(struct ask *a, const char *title)
{
    struct str filler = wire_pattern(WIRE_TEXT);

    special_put_top(a, title);
    PUT(&a->r->body, "<p><a href=\"/x/page/a\">a page</a></p>\n");
    put_bytes(&a->r->body, filler.p, 4096);
    special_put_end(a);
}

void
special_reset(struct ask *a)
{
    uint64_t after = request_number(a->req, "after", 1 << 20, 0);

    a->r->is_reset = true;
    if (after == 0)
        return;
    reply_begin(a->r, 200, REPLY_HTML);
    wire_page(a, "reset");
    reply_end(a->r, a->req);
    reply_cut(a->r, after);
}

void
special_close_early(struct ask *a)
{
    reply_begin(a->r, 200, REPLY_HTML);
    wire_page(a, "closed early");
    reply_end(a->r, a->req);
    reply_cut(a->r, request_number(a->req, "after", 1 << 20, a->r->body.n / 2));
}

void
special_length_lie(struct ask *a)
{
    reply_begin(a->r, 200, REPLY_HTML);
    wire_page(a, "a lie");
    reply_end_length(a->r, a->req,
                     request_number(a->req, "n", UINT64_MAX, 100));
}

void
special_chunked(struct ask *a)
{
    uint64_t size = request_number(a->req, "size", 1 << 20, 100);

    reply_begin(a->r, 200, REPLY_HTML);
    wire_page(a, "chunked");
    reply_end_chunked(a->r, a->req, size > 0 ? (size_t)size : 1);
}

void
special_chunked_broken(struct ask *a)
{
    reply_begin(a->r, 200, REPLY_HTML);
    reply_line(a->r, STR("Transfer-Encoding: chunked"));
    PUT(&a->r->head, "\r\n");
    PUT(&a->r->body, "5\r\n<p>go\r\nnonsense\r\n<p>od\r\n0\r\n\r\n");
    a->r->is_last = true;
}

void
special_nolength(struct ask *a)
{
    reply_begin(a->r, 200, REPLY_HTML);
    wire_page(a, "no length");
    reply_end_unsized(a->r);
}

void
special_big(struct ask *a)
{
    uint64_t kb = request_number(a->req, "kb", 100u << 20, 1024);

    a->r->pattern = wire_pattern(WIRE_TEXT);
    a->r->pattern_bytes = kb * 1024;
    reply_begin(a->r, 200, REPLY_HTML);
    special_put_top(a, "big");
    reply_end(a->r, a->req);
}

void
special_empty(struct ask *a)
{
    reply_text(a->r, a->req, 200, REPLY_HTML, STR(""));
}

void
special_bad_header(struct ask *a)
{
    static const struct str heads[] = {
        STR_INIT(
            "HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 6\r\n\r\n"),
        STR_INIT("HTTP/1.1 200 OK\r\nContent-Length : 6\r\n\r\n"),
        STR_INIT("HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 6\r\n\r\n"),
        STR_INIT("HTTP/1.1 abc OK\r\nContent-Length: 6\r\n\r\n"),
        STR_INIT("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n"
                 "Content-Length: 7\r\n\r\n"),
        STR_INIT("HTTP/1.1 200 \x1b[2J\r\nX-Esc: \x1b]0;owned\x07\r\n"
                 "Content-Length: 6\r\n\r\n"),
        STR_INIT(""), /* no head at all, as HTTP/0.9 */
    };
    uint64_t last = sizeof(heads) / sizeof(heads[0]) - 1;

    a->r->status = 200;
    put_str(&a->r->head, heads[request_number(a->req, "kind", last, 0)]);
    PUT(&a->r->body, "<p>bad");
    a->r->is_last = true;
}
