/*
 * Pages that are hard on whoever parses or unpacks them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/fingerprint.h"
#include "tests/web/put.h"
#include "tests/web/special_rows.h"

/* mb of one thing: begins, then goes on with unit, and never ends. */
static const struct hostile_one {
    const char *what, *begin;
    struct str unit;
} hostile_ones[] = {
    {"line", "<p>", STR_INIT("word after word ")},
    {"tag", "<div ", STR_INIT("a=b ")},
    {"name", "<", STR_INIT("a")},
    {"attribute", "<a href=\"", STR_INIT("x")},
    {"url", "<a href=\"http://", STR_INIT("x.")},
    {"references", "<a href=\"", STR_INIT("&amp;")},
    {"comment", "<!--", STR_INIT(" - ")},
    {"script", "<script>", STR_INIT("if (a<b) c();\n")},
    {"tags", "", STR_INIT("<a>")},
    {"quotes", "", STR_INIT("<a href='\"")},
    {"less", "", STR_INIT("<")},
    {"nuls", "", STR_INIT("\0")},
};
enum { HOSTILE_ONES = sizeof(hostile_ones) / sizeof(hostile_ones[0]) };

static void
answer_pattern(struct ask *a, struct str pattern)
{
    uint64_t mb = request_number(a->req, "mb", 10000, 10);

    a->r->pattern = pattern;
    a->r->pattern_bytes = mb << 20;
    reply_begin(a->r, 200, REPLY_HTML);
    reply_end(a->r, a->req);
}

void
special_one(struct ask *a)
{
    static struct buf patterns[HOSTILE_ONES];
    struct str what = request_param(a->req, "what");

    for (size_t i = 0; i < HOSTILE_ONES; i++) {
        const struct hostile_one *one = &hostile_ones[i];

        if (!str_equal(what, str_from(one->what)))
            continue;
        if (patterns[i].n == 0) {
            buf_init(&patterns[i], 2 * REPLY_PATTERN_BYTES);
            reply_repeat(&patterns[i], one->unit);
        }
        PUT(&a->r->body, "<!doctype html><title>one</title>"
                         "<a href=/x/page/before-one>before</a>");
        put_str(&a->r->body, str_from(one->begin));
        answer_pattern(a, buf_str(&patterns[i]));
        return;
    }
    reply_text(a->r, a->req, 404, REPLY_PLAIN, STR("no such thing\n"));
}

/* Bytes without any order, as text/html. */
void
special_random(struct ask *a)
{
    static struct buf noise;
    uint64_t x = 0x9e3779b97f4a7c15u;

    if (noise.n == 0) {
        buf_init(&noise, 2 * REPLY_PATTERN_BYTES);
        while (noise.n < REPLY_PATTERN_BYTES) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            put_bytes(&noise, &x, sizeof(x));
        }
    }
    answer_pattern(a, buf_str(&noise));
}

/*
 * RFC 8878: a frame of run-length blocks, each 128 KiB of zeros in 4 bytes;
 * mb of them when unpacked.
 */
void
special_zstd_bomb(struct ask *a)
{
    static const char head[] = {0x28, (char)0xb5, 0x2f, (char)0xfd, 0, 0x38};
    static const char end[] = {1, 0, 0}; /* the last block, raw and empty */
    static struct buf blocks;

    if (blocks.n == 0) {
        buf_init(&blocks, 2 * REPLY_PATTERN_BYTES);
        reply_repeat(&blocks, STR("\x02\x00\x10\x00"));
    }
    put_bytes(&a->r->body, head, sizeof(head));
    a->r->pattern = buf_str(&blocks);
    a->r->pattern_bytes = request_number(a->req, "mb", 100000, 1000) * 8 * 4;
    a->r->tail = (struct str){end, sizeof(end)};
    reply_begin(a->r, 200, REPLY_HTML);
    reply_line(a->r, STR("Content-Encoding: zstd"));
    reply_end(a->r, a->req);
}

/* Ten levels of entities, and some that lie in files and on other hosts. */
void
special_entities(struct ask *a)
{
    struct str xhtml = STR("application/xhtml+xml");
    bool is_xml = str_equal(request_param(a->req, "as"), STR("xml"));
    struct buf *b = &a->r->body;

    reply_begin(a->r, 200, is_xml ? xhtml : REPLY_HTML);
    PUT(b, "<?xml version=\"1.0\"?>\n<!DOCTYPE html SYSTEM "
           "\"http://entities.test/x/page/dtd\" [\n"
           "<!ENTITY a0 \"aaaaaaaaaa\">\n");
    for (unsigned i = 1; i < 10; i++) {
        PUTF(b, "<!ENTITY a%u \"", i);
        for (unsigned k = 0; k < 10; k++)
            PUTF(b, "&a%u;", i - 1);
        PUT(b, "\">\n");
    }
    PUT(b, "<!ENTITY file SYSTEM \"file:///etc/passwd\">\n"
           "<!ENTITY page SYSTEM \"http://entities.test/x/page/entity\">\n"
           "<!ENTITY % more SYSTEM \"http://entities.test/x/page/more\">\n"
           "%more;]>\n<html xmlns=\"http://www.w3.org/1999/xhtml\"><body>\n"
           "<a href=\"/x/page/a?&a9;\">a</a>&a9;\n"
           "<a href=\"/x/page/b?&file;\">b</a>&file;\n"
           "<a href=\"/x/page/c?&page;\">c</a>&page;\n</body></html>\n");
    reply_end(a->r, a->req);
}
