/*
 * /x/raw/NAME: answers byte by byte, as no server should write them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/web/put.h"
#include "tests/web/special_rows.h"

#define OK "HTTP/1.1 200 OK\r\n"
#define TYPE "Content-Type: text/html\r\n"
#define BODY "<p>page" /* seven bytes */
#define CHUNKED OK TYPE "Transfer-Encoding: chunked\r\n\r\n"

/* The connection closes behind each; as STR_INIT, for some hold a NUL. */
static const struct {
    const char *name;
    struct str bytes;
} raws[] = {
    /* clang-format off */
    /* lengths */
    {"length-more",     STR_INIT(OK TYPE "Content-Length: 70\r\n\r\n" BODY)},
    {"length-less",     STR_INIT(OK TYPE "Content-Length: 3\r\n\r\n" BODY)},
    {"length-twice",    STR_INIT(OK TYPE "Content-Length: 7\r\nContent-Length: 7\r\n\r\n" BODY)},
    {"length-two",      STR_INIT(OK TYPE "Content-Length: 7\r\nContent-Length: 5\r\n\r\n" BODY)},
    {"length-minus",    STR_INIT(OK TYPE "Content-Length: -7\r\n\r\n" BODY)},
    {"length-word",     STR_INIT(OK TYPE "Content-Length: seven\r\n\r\n" BODY)},
    {"length-none",     STR_INIT(OK TYPE "Content-Length:\r\n\r\n" BODY)},
    {"length-huge",     STR_INIT(OK TYPE "Content-Length: 99999999999999999999\r\n\r\n" BODY)},
    {"length-big",      STR_INIT(OK TYPE "Content-Length: 9000000000000000000\r\n\r\n" BODY)},
    {"length-plus",     STR_INIT(OK TYPE "Content-Length: +7\r\n\r\n" BODY)},
    /* chunks, RFC 9112 section 7.1 */
    {"chunk-word",      STR_INIT(CHUNKED "seven\r\n" BODY "\r\n0\r\n\r\n")},
    {"chunk-no-end",    STR_INIT(CHUNKED "7\r\n" BODY "\r\n")},
    {"chunk-cut",       STR_INIT(CHUNKED "70\r\n" BODY)},
    {"chunk-huge",      STR_INIT(CHUNKED "7fffffffffffffff\r\n" BODY)},
    {"chunk-over",      STR_INIT(CHUNKED "fffffffffffffffff\r\n" BODY)},
    {"chunk-minus",     STR_INIT(CHUNKED "-7\r\n" BODY "\r\n0\r\n\r\n")},
    {"chunk-trailer",   STR_INIT(CHUNKED "7\r\n" BODY "\r\n0\r\nX-End: yes\r\n\r\n")},
    {"chunk-extension", STR_INIT(CHUNKED "7;a=b;c=\"d\"\r\n" BODY "\r\n0;x\r\n\r\n")},
    {"chunk-zeros",     STR_INIT(CHUNKED "0000007\r\n" BODY "\r\n000\r\n\r\n")},
    {"chunk-lf",        STR_INIT(CHUNKED "7\n" BODY "\n0\n\n")},
    {"chunk-no-crlf",   STR_INIT(CHUNKED "7\r\n" BODY "0\r\n\r\n")},
    {"te-word",         STR_INIT(OK TYPE "Transfer-Encoding: sevenfold\r\n\r\n" BODY)},
    {"te-identity",     STR_INIT(OK TYPE "Transfer-Encoding: identity\r\n\r\n" BODY)},
    {"te-and-length",   STR_INIT(OK TYPE "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n" BODY "\r\n0\r\n\r\n")},
    {"te-unasked-gzip", STR_INIT(OK TYPE "Transfer-Encoding: gzip, chunked\r\n\r\n7\r\n" BODY "\r\n0\r\n\r\n")},
    /* status lines, RFC 9112 section 4 */
    {"http09",          STR_INIT("<html><p>as it was in 1991</html>")},
    {"status-none",     STR_INIT("HTTP/1.1\r\n" TYPE "\r\n" BODY)},
    {"status-000",      STR_INIT("HTTP/1.1 000 Nothing\r\n" TYPE "\r\n" BODY)},
    {"status-999",      STR_INIT("HTTP/1.1 999 Go away\r\n" TYPE "\r\n" BODY)},
    {"status-word",     STR_INIT("HTTP/1.1 two hundred\r\n" TYPE "\r\n" BODY)},
    {"status-20",       STR_INIT("HTTP/1.1 20 OK\r\n" TYPE "\r\n" BODY)},
    {"status-2000",     STR_INIT("HTTP/1.1 2000 OK\r\n" TYPE "\r\n" BODY)},
    {"status-http3",    STR_INIT("HTTP/7.3 200 OK\r\n" TYPE "\r\n" BODY)},
    {"status-icy",      STR_INIT("ICY 200 OK\r\n" TYPE "\r\n" BODY)},
    {"status-bare",     STR_INIT("HTTP/1.1 200\r\n" TYPE "\r\n" BODY)},
    {"status-10",       STR_INIT("HTTP/1.0 200 OK\r\n" TYPE "\r\n" BODY)},
    {"nothing",         STR_INIT("")},
    {"head-cut",        STR_INIT(OK TYPE "X-Cut: of")},
    {"head-only",       STR_INIT(OK TYPE)},
    /* 1xx come before; a 101 was not asked for */
    {"100",             STR_INIT("HTTP/1.1 100 Continue\r\n\r\n" OK TYPE "\r\n" BODY)},
    {"101",             STR_INIT("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n" OK TYPE "\r\n" BODY)},
    {"102",             STR_INIT("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" OK TYPE "\r\n" BODY)},
    {"103",             STR_INIT("HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" OK TYPE "\r\n" BODY)},
    {"100-alone",       STR_INIT("HTTP/1.1 100 Continue\r\n\r\n")},
    /* statuses with bodies they should not have, or that nobody asked for */
    {"204-body",        STR_INIT("HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n" BODY)},
    {"205-body",        STR_INIT("HTTP/1.1 205 Reset Content\r\n" TYPE "Content-Length: 7\r\n\r\n" BODY)},
    {"206-unasked",     STR_INIT("HTTP/1.1 206 Partial Content\r\n" TYPE "Content-Range: bytes 0-6/100\r\nContent-Length: 7\r\n\r\n" BODY)},
    {"304-unasked",     STR_INIT("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n" BODY)},
    {"416-unasked",     STR_INIT("HTTP/1.1 416 Range Not Satisfiable\r\n" TYPE "\r\n" BODY)},
    /* header lines, RFC 9112 section 5 */
    {"lf-only",         STR_INIT("HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 7\n\n" BODY)},
    {"cr-only",         STR_INIT("HTTP/1.1 200 OK\rContent-Type: text/html\rContent-Length: 7\r\r" BODY)},
    {"nul",             STR_INIT(OK TYPE "X-Nul: a\0b\r\n\r\n" BODY)},
    {"fold",            STR_INIT(OK "Content-Type: text/html;\r\n charset=utf-8\r\nX-Fold: a\r\n\tb\r\n\r\n" BODY)},
    {"fold-first",      STR_INIT(OK " X-Fold: a\r\n" TYPE "\r\n" BODY)},
    {"no-colon",        STR_INIT(OK TYPE "no colon here\r\n\r\n" BODY)},
    {"blank-name",      STR_INIT(OK TYPE "Content-Length : 7\r\n\r\n" BODY)},
    {"no-name",         STR_INIT(OK TYPE ": value\r\n\r\n" BODY)},
    {"control",         STR_INIT("HTTP/1.1 200 \x1b[2J\r\n" TYPE "X-Esc: \x1b]0;owned\x07\r\n\r\n" BODY)},
    {"8-bit",           STR_INIT(OK TYPE "X-Latin: \xe4\xf6\xfc\xff\r\n\r\n" BODY)},
    {"type-twice",      STR_INIT(OK "Content-Type: image/png\r\n" TYPE "\r\n" BODY)},
    {"coding-word",     STR_INIT(OK TYPE "Content-Encoding: sevenfold\r\n\r\n" BODY)},
    {"leftover",        STR_INIT(OK TYPE "Content-Length: 7\r\n\r\n" BODY "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmugg")},
    /* redirects */
    {"location-none",   STR_INIT("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")},
    {"location-empty",  STR_INIT("HTTP/1.1 302 Found\r\nLocation:\r\nContent-Length: 0\r\n\r\n")},
    {"location-twice",  STR_INIT("HTTP/1.1 302 Found\r\nLocation: /x/page/first\r\nLocation: /x/page/last\r\nContent-Length: 0\r\n\r\n")},
    {"location-8-bit",  STR_INIT("HTTP/1.1 302 Found\r\nLocation: /x/page/\xc3\xa4\r\nContent-Length: 0\r\n\r\n")},
    {"location-blanks", STR_INIT("HTTP/1.1 302 Found\r\nLocation:   /x/page/blanks \t\r\nContent-Length: 0\r\n\r\n")},
    {"location-300",    STR_INIT("HTTP/1.1 300 Multiple Choices\r\n" TYPE "\r\n<a href=\"/x/page/choice\">one</a>")},
    {"location-305",    STR_INIT("HTTP/1.1 305 Use Proxy\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")},
    {"location-201",    STR_INIT("HTTP/1.1 201 Created\r\n" TYPE "Location: /x/page/created\r\nContent-Length: 7\r\n\r\n" BODY)},
    /* clang-format on */
};
enum { RAWS = sizeof(raws) / sizeof(raws[0]) };

/* No page lists them. */
void
special_raw(struct ask *a)
{
    a->r->status = 200;
    a->r->is_last = true;
    for (size_t i = 0; i < RAWS; i++)
        if (str_equal(a->rest, str_from(raws[i].name))) {
            put_str(&a->r->head, raws[i].bytes);
            return;
        }
    a->r->is_last = false;
    special_leaf(a);
}

/* n header lines, or one of kb, or n answers 100. */
void
special_headers(struct ask *a)
{
    uint64_t n = request_number(a->req, "n", 100000, 0);
    uint64_t kb = request_number(a->req, "kb", 1024, 0);

    reply_begin(a->r, 200, REPLY_HTML);
    for (uint64_t i = 0; i < n; i++)
        PUTF(&a->r->head, "X-%u: filler\r\n", (unsigned)i);
    if (kb > 0) {
        PUT(&a->r->head, "X-Long: ");
        for (uint64_t i = 0; i < kb * 1024; i += 16)
            PUT(&a->r->head, "fillerfillerfill");
        PUT(&a->r->head, "\r\n");
    }
    special_put_top(a, "headers");
    special_put_end(a);
    reply_end(a->r, a->req);
}

/* A server's keep-alive that ends just as the next request comes. */
void
special_drop_reused(struct ask *a)
{
    if (a->req->before == 0) {
        special_leaf(a);
        return;
    }
    a->r->is_last = true;
    a->r->is_reset = request_number(a->req, "reset", 1, 0) != 0;
}
