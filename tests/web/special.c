/* SPDX-License-Identifier: MIT */
#include "tests/web/special.h"

#include <inttypes.h>

#include "tests/web/put.h"
#include "tests/web/special_rows.h"

/* To add a path: a handler in one of the special_*.c, and its row here. */
static const struct {
    const char *name;
    void (*answer)(struct ask *a);
    const char *example; /* behind /x/; what --traps links to */
    const char *what;
} rows[] = {
    /* clang-format off */
    {"page",            special_leaf,            "page/a",           "a plain page, any name"},
    {"redirect",        special_redirect,        "redirect/3",       "N hops, then a page; ?code="},
    {"redirect-loop",   special_redirect_loop,   "redirect-loop/a",  "a to b to a"},
    {"redirect-self",   special_redirect_self,   "redirect-self",    "to itself"},
    {"redirect-other",  special_redirect_other,  "redirect-other",   "to another host"},
    {"redirect-to",     special_redirect_to,     "redirect-to?url=file:///etc/passwd", "to ?url="},
    {"status",          special_status,          "status/418",       "any status"},
    {"429",             special_429,             "429?after=2",      "429 until S seconds after the first request"},
    {"503",             special_503,             "503",              "503; ?after= gives Retry-After"},
    {"slow",            special_slow,            "slow?ms=2000",     "waits ?ms="},
    {"drip",            special_drip,            "drip?bps=50",      "?kb= at ?bps= bytes a second"},
    {"drip-head",       special_drip_head,       "drip-head?bps=10", "the head drips too"},
    {"endless",         special_endless,         "endless",          "a body without end; ?chunked=1"},
    {"endless-headers", special_endless_headers, "endless-headers",  "a head without end"},
    {"early-hints",     special_early_hints,     "early-hints?n=2000", "n answers 103, then a page"},
    {"gzip",            special_gzip,            "gzip",             "Content-Encoding: gzip"},
    {"gzip-bomb",       special_gzip_bomb,       "gzip-bomb?mb=1000", "mb of zeros: 1, 10 ... 10000"},
    {"gzip-broken",     special_gzip_broken,     "gzip-broken",      "says gzip, is cut off"},
    {"gzip-twice",      special_gzip_twice,      "gzip-twice",       "Content-Encoding: gzip, gzip"},
    {"br",              special_br,              "br",               "Content-Encoding: br"},
    {"reset",           special_reset,           "reset",            "RST; ?after= bytes of the body"},
    {"close-early",     special_close_early,     "close-early",      "ends in the middle of the body"},
    {"length-lie",      special_length_lie,      "length-lie",       "Content-Length ?n= and a longer body"},
    {"chunked",         special_chunked,         "chunked",          "chunks of ?size="},
    {"chunked-broken",  special_chunked_broken,  "chunked-broken",   "a chunk size that is none"},
    {"nolength",        special_nolength,        "nolength",         "the end of the connection ends the body"},
    {"big",             special_big,             "big?kb=20000",     "?kb= of text"},
    {"empty",           special_empty,           "empty",            "no bytes of text/html"},
    {"204",             special_204,             "204",              "204"},
    {"bad-header",      special_bad_header,      "bad-header?kind=0", "?kind=0 to 6"},
    {"raw",             special_raw,             "raw/length-more",  "any of special_raw.c's answers"},
    {"headers",         special_headers,         "headers?n=100",    "?n= header lines, one of ?kb="},
    {"drop-reused",     special_drop_reused,     "drop-reused",      "no answer on a connection that was used; ?reset=1"},
    {"image",           special_image,           "image",            "a PNG"},
    {"charset",         special_charset,         "charset/gbk",      "utf-8 gbk shift_jis windows-1251 koi8-r utf-16; ?by=header|meta|none"},
    {"trap",            special_trap,            "trap/2024/1",      "a calendar without end"},
    {"maze",            special_maze,            "maze/deep/",       "one trap each: cal/Y/M deep/ same/ grow?p=1 sid chain/1"},
    {"links",           special_links,           "links?n=20000",    "n links"},
    {"deep",            special_deep,            "deep?n=100000",    "n elements inside each other"},
    {"meta-refresh",    special_meta_refresh,    "meta-refresh",     "refresh to /x/page/refreshed"},
    {"base",            special_base,            "base",             "a base element, /x/page/"},
    {"canonical",       special_canonical,       "canonical",        "link rel=canonical"},
    {"nofollow",        special_nofollow,        "nofollow",         "meta robots nofollow"},
    {"rel-nofollow",    special_rel_nofollow,    "rel-nofollow",     "a link with rel=nofollow"},
    {"noindex",         special_noindex,         "noindex",          "meta robots noindex"},
    {"hostile-title",   special_hostile_title,   "hostile-title",    "ESC and <script> in the title"},
    {"hostile-links",   special_hostile_links,   "hostile-links",    "links that nobody must follow"},
    {"one",             special_one,             "one?what=tag&mb=2", "?mb= of one: line tag name attribute url references comment script tags quotes less nuls"},
    {"random",          special_random,          "random?mb=1",      "?mb= of noise as text/html"},
    {"zstd-bomb",       special_zstd_bomb,       "zstd-bomb?mb=1000", "?mb= of zeros"},
    {"entities",        special_entities,        "entities",         "a billion laughs, entities of other hosts; ?as=xml"},
    /* clang-format on */
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

bool
special_is(struct str path)
{
    return str_starts(path, STR("/x/"));
}

uint64_t
special_delay_ms(const struct request *req)
{
    if (!str_equal(req->path, STR("/x/slow")))
        return 0;
    return request_number(req, "ms", 3600000, 1000);
}

void
special_put_links(struct buf *b)
{
    for (size_t i = 0; i < ROWS; i++) {
        PUT(b, "<li><a href=\"/x/");
        put_str(b, str_from(rows[i].example));
        PUT(b, "\">");
        put_str(b, str_from(rows[i].name));
        PUT(b, "</a></li>\n");
    }
}

void
special_put_top(struct ask *a, const char *title)
{
    struct buf *b = &a->r->body;

    PUT(b, "<!doctype html>\n<html><head><title>");
    put_str(b, str_from(title));
    PUT(b, "</title></head>\n<body>\n<p class=\"id\">id=");
    put_str(b, a->req->host);
    put_str(b, a->req->path);
    PUT(b, "</p>\n");
}

void
special_put_end(struct ask *a)
{
    PUT(&a->r->body, "</body></html>\n");
}

void
special_page(struct ask *a, const char *title, struct str html)
{
    reply_begin(a->r, 200, REPLY_HTML);
    special_put_top(a, title);
    put_str(&a->r->body, html);
    special_put_end(a);
    reply_end(a->r, a->req);
}

static void
special_index(struct ask *a)
{
    struct buf *b = &a->r->body;

    reply_begin(a->r, 200, REPLY_HTML);
    special_put_top(a, "special paths");
    for (size_t i = 0; i < ROWS; i++)
        PUTF(b, "<p><a href=\"/x/%s\">%s</a> %s</p>\n", rows[i].example,
             rows[i].name, rows[i].what);
    special_put_end(a);
    reply_end(a->r, a->req);
}

void
special_answer(struct web *w, uint32_t host, const struct request *req,
               struct reply *r)
{
    struct ask a = {.w = w, .host = host, .req = req, .r = r};
    struct str name;

    a.rest = (struct str){req->path.p + 3, req->path.n - 3};
    name = str_cut(&a.rest, '/');
    if (name.n == 0) {
        special_index(&a);
        return;
    }
    for (size_t i = 0; i < ROWS; i++)
        if (str_equal(name, str_from(rows[i].name))) {
            rows[i].answer(&a);
            return;
        }
    reply_text(r, req, 404, REPLY_HTML,
               STR("<!doctype html><title>404</title>"
                   "<p>no such special path\n"));
}
