/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "common/mem.h"
#include "tests/web/loop.h"
#include "tests/web/pages.h"
#include "tests/web/put.h"
#include "tests/web/sites.h"
#include "tests/web/special_rows.h"

void
special_leaf(struct ask *a)
{
    special_page(a, "a page", STR("<p>nothing else here</p>\n"));
}

/* The head up to the value of Location; the caller writes that. */
static void
redirect_begin(struct ask *a, uint64_t missing)
{
    reply_begin(a->r, (int)request_number(a->req, "code", 399, missing),
                REPLY_HTML);
    PUT(&a->r->head, "Location: ");
}

static void
redirect_end(struct ask *a)
{
    PUT(&a->r->head, "\r\n");
    PUT(&a->r->body, "<!doctype html><title>moved</title><p>moved\n");
    reply_end(a->r, a->req);
}

void
special_redirect(struct ask *a)
{
    uint64_t hops;

    if (!str_to_u64(a->rest, 1000000, &hops) || hops == 0) {
        special_leaf(a);
        return;
    }
    redirect_begin(a, 302);
    PUT(&a->r->head, "/x/redirect/");
    put_u64(&a->r->head, hops - 1);
    redirect_end(a);
}

void
special_redirect_loop(struct ask *a)
{
    redirect_begin(a, 302);
    if (str_equal(a->rest, STR("b")))
        PUT(&a->r->head, "/x/redirect-loop/a");
    else
        PUT(&a->r->head, "/x/redirect-loop/b");
    redirect_end(a);
}

void
special_redirect_self(struct ask *a)
{
    redirect_begin(a, 301);
    put_str(&a->r->head, a->req->target);
    redirect_end(a);
}

void
special_redirect_other(struct ask *a)
{
    redirect_begin(a, 302);
    if (a->w->hosts > 0)
        pages_put_origin(&a->r->head, a->w,
                         a->host < a->w->hosts ? a->host + 1 : 1);
    PUT(&a->r->head, "/x/page/from-");
    put_str(&a->r->head, a->req->host);
    redirect_end(a);
}

static int
hex_value(char c)
{
    if (str_is_digit(c))
        return c - '0';
    c = str_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoded; CR and LF are left out, they would end the line. */
void
special_redirect_to(struct ask *a)
{
    struct str url = request_param(a->req, "url");

    redirect_begin(a, 302);
    for (size_t i = 0; i < url.n; i++) {
        char c = url.p[i];

        if (c == '%' && i + 2 < url.n && hex_value(url.p[i + 1]) >= 0 &&
            hex_value(url.p[i + 2]) >= 0) {
            c = (char)(hex_value(url.p[i + 1]) * 16 + hex_value(url.p[i + 2]));
            i += 2;
        }
        if (c != '\r' && c != '\n')
            put_bytes(&a->r->head, &c, 1);
    }
    redirect_end(a);
}

/* RFC 9110 section 8.6: a 204 has no Content-Length, a 304 no body. */
static void
answer_bare(struct ask *a, int status)
{
    reply_begin(a->r, status, STR_NONE);
    PUT(&a->r->head, "\r\n");
}

void
special_204(struct ask *a)
{
    answer_bare(a, 204);
}

void
special_status(struct ask *a)
{
    uint64_t code;

    if (!str_to_u64(a->rest, 999, &code) || code < 100)
        code = 404;
    if (code == 204 || code == 304) {
        answer_bare(a, (int)code);
        return;
    }
    reply_begin(a->r, (int)code, REPLY_HTML);
    special_put_top(a, "a status");
    special_put_end(a);
    reply_end(a->r, a->req);
}

/* When this host's /x/429 was asked first: the only thing remembered. */
static uint64_t
first_asked_us(struct ask *a)
{
    struct web *w = a->w;

    if (w->first_asked == NULL)
        w->first_asked = xcalloc((size_t)w->hosts + sites_hosts(w->sites) + 1,
                                 sizeof(uint64_t));
    if (w->first_asked[a->host] == 0)
        w->first_asked[a->host] = loop_clock_us();
    return w->first_asked[a->host];
}

void
special_429(struct ask *a)
{
    uint64_t after_s = request_number(a->req, "after", 86400, 2);
    uint64_t first_us = first_asked_us(a);
    uint64_t since_us = loop_clock_us() - first_us;

    if (since_us >= after_s * 1000000) {
        special_leaf(a);
        return;
    }
    reply_begin(a->r, 429, REPLY_HTML);
    /* What is left, rounded up. */
    PUTF(&a->r->head, "Retry-After: %u\r\n",
         (unsigned)((after_s * 1000000 - since_us + 999999) / 1000000));
    PUT(&a->r->body, "<!doctype html><title>429</title><p>slow down\n");
    reply_end(a->r, a->req);
}

void
special_503(struct ask *a)
{
    struct str after = request_param(a->req, "after");

    reply_begin(a->r, 503, REPLY_HTML);
    if (after.n > 0) {
        PUT(&a->r->head, "Retry-After: ");
        put_str(&a->r->head, after);
        PUT(&a->r->head, "\r\n");
    }
    PUT(&a->r->body, "<!doctype html><title>503</title><p>out of order\n");
    reply_end(a->r, a->req);
}
