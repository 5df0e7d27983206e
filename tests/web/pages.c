/* SPDX-License-Identifier: MIT */
#include "tests/web/pages.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/mem.h"
#include "tests/web/put.h"
#include "tests/web/special.h"

/*
 * The filler: paragraphs of exactly PARAGRAPH bytes, markup and newline
 * included, so that pages are filled with whole ones by memcpy alone.
 */
enum { PARAGRAPH = 256, PARAGRAPHS = 128 };

/* What a link to another host or a hash is for, so that no two coincide. */
enum {
    MIX_LINK = 1,
    MIX_FORM,
    MIX_CROSS,
    MIX_ROBOTS,
    MIX_TRAPS,
    MIX_FILLER,
    MIX_ETAG
};

/* How robots.txt looks on one host of --robots mixed. */
enum robots_kind {
    ROBOTS_404,
    ROBOTS_ALL,        /* an empty Disallow */
    ROBOTS_NO_PRIVATE, /* Disallow: /private/ */
    ROBOTS_LONGEST,    /* the same, but Allow: /private/x0 */
    ROBOTS_SLOW        /* the same, and a Crawl-delay */
};

static uint64_t
page_mix(const struct web *w, unsigned what, uint32_t host, uint64_t page)
{
    return web_mix(web_mix(w->seed * 16 + what, host), page);
}

void
pages_init(struct web *w)
{
    static const char *const words[] = {
        "river",  "stone",  "paper",  "winter", "signal", "garden",
        "harbor", "window", "north",  "amber",  "cinder", "meadow",
        "copper", "anchor", "violet", "lantern"};
    char *at = w->filler = xmalloc((size_t)PARAGRAPH * PARAGRAPHS);
    uint64_t state = 1;

    for (size_t i = 0; i < PARAGRAPHS; i++, at += PARAGRAPH) {
        size_t n = 3, end = PARAGRAPH - 5;

        memcpy(at, "<p>", 3);
        for (;;) {
            struct str word = str_from(words[(state = web_mix(state, i)) % 16]);

            if (n + word.n + 1 > end)
                break;
            memcpy(at + n, word.p, word.n);
            n += word.n;
            at[n++] = ' ';
        }
        memset(at + n, '.', end - n);
        memcpy(at + end, "</p>\n", 5);
    }
}

uint32_t
pages_host_number(const struct web *w, struct str host)
{
    uint32_t n = 0;

    if (host.n != w->digits + 6 || host.p[0] != 's' ||
        memcmp(host.p + 1 + w->digits, ".test", 5) != 0)
        return 0;
    for (unsigned i = 1; i <= w->digits; i++) {
        if (!str_is_digit(host.p[i]))
            return 0;
        n = n * 10 + (uint32_t)(host.p[i] - '0');
    }
    return n <= w->hosts ? n : 0;
}

void
pages_put_host(struct buf *b, const struct web *w, uint32_t host)
{
    PUT(b, "s");
    put_padded(b, host, w->digits);
    PUT(b, ".test");
}

void
pages_put_origin(struct buf *b, const struct web *w, uint32_t host)
{
    PUT(b, "http://");
    pages_put_host(b, w, host);
    put_str(b, str_from(w->port));
}

static void
put_path(struct buf *b, uint64_t page)
{
    if (page == 0) {
        PUT(b, "/");
    } else {
        PUT(b, "/p");
        put_u64(b, page);
    }
}

/* Links come in the forms that a crawler must make one URL of. */
static void
put_link(struct buf *b, const struct web *w, uint32_t host, uint64_t page,
         uint64_t form)
{
    PUT(b, "<li><a href=\"");
    switch (form % 8) {
    case 0:
        pages_put_origin(b, w, host);
        put_path(b, page);
        break;
    case 1:
        PUT(b, ".");
        put_path(b, page);
        break;
    case 2:
        put_path(b, page);
        PUT(b, "#part");
        break;
    case 3:
        PUT(b, "/away/..");
        put_path(b, page);
        break;
    default:
        put_path(b, page);
    }
    PUT(b, "\">page ");
    put_u64(b, page);
    PUT(b, "</a></li>\n");
}

static void
put_own_links(struct buf *b, const struct web *w, uint32_t host, uint64_t page)
{
    uint64_t fan = w->links > 1 ? w->links / 2 : 1;
    uint64_t first = page * fan + 1;

    for (uint64_t i = 0; i < w->links; i++) {
        uint64_t mix = page_mix(w, MIX_LINK, host, page * WEB_LINKS_MAX + i);
        uint64_t to = first + i;

        if (i >= fan || to > w->pages)
            to = mix % ((uint64_t)w->pages + 1);
        put_link(b, w, host, to, mix >> 40);
    }
    if (w->robots == WEB_ROBOTS_MIXED) {
        PUT(b, "<li><a href=\"/private/x");
        put_u64(b, page % PAGES_PRIVATE);
        PUT(b, "\">private</a></li>\n");
    }
}

/* To the home page of another host, or to one of its inner pages. */
static void
put_cross_links(struct buf *b, const struct web *w, uint32_t host,
                uint64_t page)
{
    if (w->hosts < 2)
        return;
    for (uint64_t i = 0; i < w->cross; i++) {
        uint64_t mix = page_mix(w, MIX_CROSS, host, page * WEB_LINKS_MAX + i);
        uint32_t other = (uint32_t)(1 + mix % (w->hosts - 1));

        other += other >= host;
        PUT(b, "<li><a href=\"");
        pages_put_origin(b, w, other);
        put_path(b,
                 mix & (1u << 31) ? (mix >> 32) % ((uint64_t)w->pages + 1) : 0);
        PUT(b, "\">elsewhere</a></li>\n");
    }
}

static void
put_filler(struct buf *b, const struct web *w, uint32_t host, uint64_t page)
{
    size_t left = w->filler_bytes;
    size_t at = page_mix(w, MIX_FILLER, host, page) % PARAGRAPHS;

    while (left >= PARAGRAPH) {
        size_t whole = left / PARAGRAPH;

        if (whole > PARAGRAPHS - at)
            whole = PARAGRAPHS - at;
        put_bytes(b, w->filler + at * PARAGRAPH, whole * PARAGRAPH);
        left -= whole * PARAGRAPH;
        at = 0;
    }
    put_bytes(b, w->filler + 3, left); /* words only */
}

static void
put_title(struct buf *b, const struct web *w, uint32_t host, struct str path)
{
    PUT(b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
           "\n<title>");
    put_str(b, path);
    PUT(b, " of ");
    pages_put_host(b, w, host);
    PUT(b, "</title></head>\n<body>\n<p class=\"id\">id=");
    pages_put_host(b, w, host);
    put_str(b, path);
    PUT(b, "</p>\n");
}

static void
answer_page(const struct web *w, uint32_t host, uint64_t page,
            const struct request *req, struct reply *r)
{
    struct buf *b = &r->body;
    char etag[24];

    snprintf(etag, sizeof(etag), "\"%016" PRIx64 "\"",
             page_mix(w, MIX_ETAG, host, page));
    if (w->has_etags && str_equal(req->none_match, str_from(etag))) {
        reply_begin(r, 304, STR_NONE);
        PUTF(&r->head, "ETag: %s\r\n\r\n", etag);
        return;
    }
    reply_begin(r, 200, REPLY_HTML);
    if (w->has_etags)
        PUTF(&r->head, "ETag: %s\r\n", etag);
    put_title(b, w, host, req->path);
    PUT(b, "<ul>\n");
    put_own_links(b, w, host, page);
    put_cross_links(b, w, host, page);
    if (page == 0 && page_mix(w, MIX_TRAPS, host, 0) % 1000000 < w->traps_ppm)
        special_put_links(b);
    PUT(b, "</ul>\n");
    put_filler(b, w, host, page);
    PUT(b, "</body></html>\n");
    reply_end(r, req);
}

static enum robots_kind
host_robots_kind(const struct web *w, uint32_t host)
{
    static const enum robots_kind kinds[8] = {
        ROBOTS_404,        ROBOTS_404,        ROBOTS_ALL,     ROBOTS_NO_PRIVATE,
        ROBOTS_NO_PRIVATE, ROBOTS_NO_PRIVATE, ROBOTS_LONGEST, ROBOTS_SLOW};

    return kinds[page_mix(w, MIX_ROBOTS, host, 0) % 8];
}

bool
pages_private_allowed(const struct web *w, uint32_t host, unsigned n)
{
    enum robots_kind kind = host_robots_kind(w, host);

    if (kind == ROBOTS_LONGEST)
        return n == 0; /* RFC 9309 section 2.2.2: the longest rule wins */
    return kind == ROBOTS_404 || kind == ROBOTS_ALL;
}

static void
answer_robots_mixed(const struct web *w, uint32_t host,
                    const struct request *req, struct reply *r)
{
    struct buf *b = &r->body;
    enum robots_kind kind = host_robots_kind(w, host);

    if (kind == ROBOTS_404) {
        reply_text(r, req, 404, REPLY_PLAIN, STR("no robots.txt\n"));
        return;
    }
    reply_begin(r, 200, REPLY_PLAIN);
    PUT(b, "# rules for others come first\n"
           "User-agent: some-other-bot\nDisallow: /\n\n"
           "User-agent: *\n");
    if (kind == ROBOTS_ALL)
        PUT(b, "Disallow:\n");
    else
        PUT(b, "Disallow: /private/\n");
    if (kind == ROBOTS_LONGEST)
        PUT(b, "Allow: /private/x0\n");
    if (kind == ROBOTS_SLOW)
        PUTF(b, "Crawl-delay: %s\n", w->robots_delay);
    reply_end(r, req);
}

static void
answer_robots(const struct web *w, uint32_t host, const struct request *req,
              struct reply *r)
{
    switch (w->robots) {
    case WEB_ROBOTS_NONE:
        reply_text(r, req, 404, REPLY_PLAIN, STR("no robots.txt\n"));
        return;
    case WEB_ROBOTS_ALLOW:
        reply_text(r, req, 200, REPLY_PLAIN, STR("User-agent: *\nDisallow:\n"));
        return;
    case WEB_ROBOTS_DELAY:
        reply_begin(r, 200, REPLY_PLAIN);
        PUTF(&r->body, "User-agent: *\nDisallow:\nCrawl-delay: %s\n",
             w->robots_delay);
        reply_end(r, req);
        return;
    case WEB_ROBOTS_MIXED:
        answer_robots_mixed(w, host, req, r);
    }
}

/* They are leaves: a link home and no other. */
static void
answer_private(const struct web *w, uint32_t host, const struct request *req,
               struct reply *r)
{
    reply_begin(r, 200, REPLY_HTML);
    put_title(&r->body, w, host, req->path);
    PUT(&r->body, "<p><a href=\"/\">home</a></p>\n</body></html>\n");
    reply_end(r, req);
}

bool
pages_answer(const struct web *w, uint32_t host, const struct request *req,
             struct reply *r)
{
    struct str path = req->path, rest;
    uint64_t n;

    if (str_equal(path, STR("/"))) {
        answer_page(w, host, 0, req, r);
        return true;
    }
    if (str_starts(path, STR("/p"))) {
        rest = (struct str){path.p + 2, path.n - 2};
        if (rest.n > 0 && rest.p[0] != '0' && str_to_u64(rest, w->pages, &n)) {
            answer_page(w, host, n, req, r);
            return true;
        }
    }
    if (str_equal(path, STR("/robots.txt"))) {
        answer_robots(w, host, req, r);
        return true;
    }
    if (w->robots == WEB_ROBOTS_MIXED && path.n == 11 &&
        str_starts(path, STR("/private/x")) && path.p[10] >= '0' &&
        path.p[10] < '0' + PAGES_PRIVATE) {
        answer_private(w, host, req, r);
        return true;
    }
    return false;
}
