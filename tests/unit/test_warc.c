/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "worker/warc.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX = 1 << 22 };

static const struct warc_exchange plain = {
    .url = {"http://a.test/x?y", 17},
    .ip = {"192.0.2.1", 9},
    .request = {"GET /x?y HTTP/1.1\r\nHost: a.test\r\n\r\n", 35},
    .head = {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", 45},
    .body = {"abc", 3},
    .time_us = 1709208000000042,
};

/* One record, taken apart; all bytes are borrowed from text. */
struct record {
    char *text; /* the member, decompressed; free() ends it */
    size_t member_bytes;
    struct str fields, block;
};

/* Reads the first gzip member with zlib, another library than the writer's. */
static struct record
read_record(struct str bytes)
{
    struct record r = {.text = malloc(MAX)};
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes.p,
                  .avail_in = (uInt)bytes.n,
                  .next_out = (Bytef *)r.text,
                  .avail_out = MAX};
    struct str all;
    size_t at;

    assert_non_null(r.text);
    assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    r.member_bytes = bytes.n - z.avail_in;
    all = (struct str){r.text, z.total_out};
    inflateEnd(&z);
    assert_true(str_starts(all, STR("WARC/1.1\r\n")));
    at = str_find_nocase(all, STR("\r\n\r\n"));
    assert_true(at < all.n);
    r.fields = (struct str){all.p, at + 2};
    assert_true(str_ends(all, STR("\r\n\r\n")));
    assert_true(all.n >= at + 8);
    r.block = (struct str){all.p + at + 4, all.n - at - 8};
    return r;
}

/* The value of a named field; n is 0 when there is none. */
static struct str
field(const struct record *r, const char *name)
{
    char start[64];
    size_t at;
    struct str rest;

    snprintf(start, sizeof(start), "\r\n%s: ", name);
    at = str_find_nocase(r->fields, str_from(start));
    if (at == r->fields.n)
        return STR_NONE;
    rest = (struct str){r->fields.p + at + strlen(start),
                        r->fields.n - at - strlen(start)};
    return str_trim(str_cut(&rest, '\r'));
}

static void
assert_str(struct str got, struct str want)
{
    if (!str_equal(got, want))
        print_error("got  <%.*s>\nwant <%.*s>\n", STR_ARG(got), STR_ARG(want));
    assert_true(str_equal(got, want));
}

static void
assert_field(const struct record *r, const char *name, const char *want)
{
    assert_str(field(r, name), str_from(want));
}

/* Builds in and reads both records back. */
static void
round_trip(const struct warc_exchange *in, struct record *request,
           struct record *response)
{
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct buf out;
    size_t at = SIZE_MAX;
    char length[24];

    buf_init(&out, MAX);
    assert_int_equal(buf_add(&out, "before", 6), ERR_OK);
    assert_int_equal(warc_build_exchange(b, in, &out, &at), ERR_OK);
    if (in->request.n > 0) {
        *request = read_record((struct str){out.p + 6, out.n - 6});
        assert_int_equal(request->member_bytes, at);
    } else {
        assert_int_equal(at, 0);
    }
    *response = read_record((struct str){out.p + 6 + at, out.n - 6 - at});
    assert_int_equal(response->member_bytes, out.n - 6 - at);
    snprintf(length, sizeof(length), "%zu", response->block.n);
    assert_field(response, "Content-Length", length);
    assert_field(response, "WARC-Payload-Digest", warc_payload_digest(b));
    buf_fini(&out);
    warc_builder_free(b);
}

/* WARC/1.1 sections 5 and 6: the named fields of each type */
static void
test_an_exchange_is_two_records(void **state)
{
    struct record q, r;
    struct str id;

    (void)state;
    round_trip(&plain, &q, &r);
    assert_field(&q, "WARC-Type", "request");
    assert_field(&q, "Content-Type", "application/http;msgtype=request");
    assert_field(&q, "Content-Length", "35");
    assert_str(q.block, plain.request);
    assert_field(&r, "WARC-Type", "response");
    assert_field(&r, "Content-Type", "application/http;msgtype=response");
    assert_str(r.block, STR("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                            "\r\nabc"));
    for (int i = 0; i < 2; i++) {
        assert_field(i ? &q : &r, "WARC-Date", "2024-02-29T12:00:00.000042Z");
        assert_field(i ? &q : &r, "WARC-Target-URI", "http://a.test/x?y");
        assert_field(i ? &q : &r, "WARC-IP-Address", "192.0.2.1");
        assert_int_equal(field(i ? &q : &r, "WARC-Truncated").n, 0);
        assert_int_equal(field(i ? &q : &r, "WARC-Protocol").n, 0);
    }
    id = field(&r, "WARC-Record-ID");
    assert_true(str_starts(id, STR("<urn:uuid:")) && id.n == 47);
    assert_str(field(&q, "WARC-Concurrent-To"), id);
    assert_str(field(&r, "WARC-Concurrent-To"), field(&q, "WARC-Record-ID"));
    assert_false(str_equal(field(&q, "WARC-Record-ID"), id));
    free(q.text);
    free(r.text);
}

/* 5.8, 5.9; the first is FIPS 180's own example, the last is of no bytes */
static void
test_digests_are_sha1_in_base32(void **state)
{
    struct warc_exchange in = plain;
    struct record q, r;

    (void)state;
    round_trip(&in, &q, &r);
    assert_field(&r, "WARC-Payload-Digest",
                 "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5");
    /* of the 48 bytes of head and body together, by sha1sum and base32 */
    assert_field(&r, "WARC-Block-Digest",
                 "sha1:YS65BES4VUH7KGDBK5A36TTCGRSBY563");
    assert_int_equal(field(&q, "WARC-Payload-Digest").n, 0);
    free(q.text);
    free(r.text);
    in.body = STR_NONE;
    round_trip(&in, &q, &r);
    assert_field(&r, "WARC-Payload-Digest",
                 "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ");
    free(q.text);
    free(r.text);
}

/* The head is verbatim but for what readers would trip over. */
static void
test_heads_are_kept_as_they_came(void **state)
{
    static const struct {
        const char *in, *want, *protocol;
    } cases[] = {
        {"HTTP/1.0 404 nope\r\nA: b\r\n\r\n",
         "HTTP/1.0 404 nope\r\nA: b\r\n\r\n", ""},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n",
         "HTTP/1.1 200 OK\r\nX-Archive-Orig-Transfer-Encoding: chunked\r\n"
         "X: y\r\n\r\n",
         ""},
        /* each of them, in any case, folded or with a blank before the colon */
        {"HTTP/1.1 200 OK\r\ntransfer-ENCODING : gzip\r\n"
         "Transfer-Encoding:\r\n chunked\r\n\r\n",
         "HTTP/1.1 200 OK\r\nX-Archive-Orig-transfer-ENCODING : gzip\r\n"
         "X-Archive-Orig-Transfer-Encoding:\r\n chunked\r\n\r\n",
         ""},
        {"HTTP/1.1 200 OK\r\nX-Transfer-Encoding: a\r\nTransfer-Encodings: "
         "b\r\n"
         "TE: c\r\nContent-Encoding: gzip\r\n\r\n",
         "HTTP/1.1 200 OK\r\nX-Transfer-Encoding: a\r\nTransfer-Encodings: "
         "b\r\n"
         "TE: c\r\nContent-Encoding: gzip\r\n\r\n",
         ""},
        {"HTTP/2 200 \r\na: b\r\n\r\n", "HTTP/1.1 200 OK\r\na: b\r\n\r\n",
         "h2"},
        {"HTTP/2 299 \r\n\r\n", "HTTP/1.1 299 \r\n\r\n", "h2"},
        {"HTTP/2 200 Fine\r\n\r\n", "HTTP/1.1 200 Fine\r\n\r\n", "h2"},
        {"HTTP/3 404 \r\n\r\n", "HTTP/1.1 404 Not Found\r\n\r\n", "h3"},
        /* bare line feeds */
        {"HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 200 OK\nA: b\n\n", ""},
        /* cut off: the end is put where a reader will look for it */
        {"HTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", ""},
        {"HTTP/1.1 200 OK\r\nA: b", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", ""},
        {"HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n\r\n", ""},
        {"HTTP/2", "HTTP/1.1 \r\n\r\n", "h2"},
        {"HTTP/", "HTTP/\r\n\r\n", ""},
        /* a second head would be taken for body */
        {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
         "HTTP/1.1 103 Early Hints\r\n\r\n", ""},
        {"HTTP/1.1 200 \x1b]0;\xff\r\n: \r\n\r\n",
         "HTTP/1.1 200 \x1b]0;\xff\r\n: \r\n\r\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct warc_exchange in = plain;
        struct record r;
        struct str want = str_from(cases[i].want);

        in.request = STR_NONE;
        in.head = str_from(cases[i].in);
        round_trip(&in, NULL, &r);
        assert_str((struct str){r.block.p, r.block.n - 3}, want);
        assert_str((struct str){r.block.p + r.block.n - 3, 3}, STR("abc"));
        assert_field(&r, "WARC-Protocol", cases[i].protocol);
        assert_int_equal(field(&r, "WARC-Concurrent-To").n, 0);
        free(r.text);
    }
}

static void
test_request_lines_name_http_1_1(void **state)
{
    static const struct {
        const char *in, *want, *protocol;
    } cases[] = {
        {"GET / HTTP/2\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
         "h2"},
        {"GET /HTTP/2 HTTP/1.0\r\n\r\n", "GET /HTTP/2 HTTP/1.0\r\n\r\n", ""},
        {"GET", "GET\r\n\r\n", ""},
        {" \n", " \n\r\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct warc_exchange in = plain;
        struct record q, r;

        in.request = str_from(cases[i].in);
        round_trip(&in, &q, &r);
        assert_str(q.block, str_from(cases[i].want));
        assert_field(&q, "WARC-Protocol", cases[i].protocol);
        assert_int_equal(field(&r, "WARC-Protocol").n, 0);
        free(q.text);
        free(r.text);
    }
}

/* 5.13 */
static void
test_cut_bodies_say_why(void **state)
{
    static const struct {
        enum warc_cut in;
        const char *want;
    } cases[] = {
        {WARC_CUT_NONE, ""},
        {WARC_CUT_LENGTH, "length"},
        {WARC_CUT_TIME, "time"},
        {WARC_CUT_DISCONNECT, "disconnect"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct warc_exchange in = plain;
        struct record q, r;

        in.cut = cases[i].in;
        round_trip(&in, &q, &r);
        assert_field(&r, "WARC-Truncated", cases[i].want);
        assert_int_equal(field(&q, "WARC-Truncated").n, 0);
        free(q.text);
        free(r.text);
    }
}

static void
test_addresses_are_written_bare(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"2001:db8::1", "2001:db8::1"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"", ""},
        {"fe80::1%eth0", ""},
        {"1.2.3.4\r\nX: y", ""},
        {"1111111111111111111111111111111111111111111111", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct warc_exchange in = plain;
        struct record q, r;

        in.ip = str_from(cases[i].in);
        round_trip(&in, &q, &r);
        assert_field(&r, "WARC-IP-Address", cases[i].want);
        assert_int_equal(field(&r, "X").n, 0);
        free(q.text);
        free(r.text);
    }
}

/* WARC/1.1 section 6.7: the head alone, and where the body is */
static void
test_a_known_body_is_a_revisit_record(void **state)
{
    static const char profile[] = "http://netpreserve.org/warc/1.1/revisit/";
    static const char abc[] = "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5";
    static const struct {
        struct warc_known known;
        enum warc_cut cut;
        const char *type, *profile, *digest, *truncated;
    } rows[] = {
        {{.digest = abc, .time_us = 1},
         WARC_CUT_NONE,
         "revisit",
         "identical-payload-digest",
         abc,
         "length"},
        {{.digest = abc, .time_us = 1, .url = {"http://b.test/z", 15}},
         WARC_CUT_NONE,
         "revisit",
         "identical-payload-digest",
         abc,
         "length"},
        /* the server's word counts, not the body that did not come */
        {{.digest = "sha1:X", .time_us = 1000000, .is_not_modified = true},
         WARC_CUT_NONE,
         "revisit",
         "server-not-modified",
         "sha1:X",
         ""},
        {{.digest = "sha1:X", .time_us = 1},
         WARC_CUT_NONE,
         "response",
         "",
         abc,
         ""},
        {{.time_us = 1}, WARC_CUT_NONE, "response", "", abc, ""},
        /* the beginning of a body is not that body */
        {{.digest = abc, .time_us = 1},
         WARC_CUT_TIME,
         "response",
         "",
         abc,
         "time"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct warc_exchange in = plain;
        bool is_revisit = rows[i].profile[0] != '\0';
        char want[128], id[WARC_ID_BYTES];
        struct str refers_to;
        struct record q, r;

        in.known = &rows[i].known;
        in.cut = rows[i].cut;
        round_trip(&in, &q, &r);
        snprintf(want, sizeof(want), "%s%s", is_revisit ? profile : "",
                 rows[i].profile);
        assert_field(&r, "WARC-Type", rows[i].type);
        assert_field(&r, "WARC-Profile", want);
        assert_field(&r, "WARC-Payload-Digest", rows[i].digest);
        assert_field(&r, "WARC-Truncated", rows[i].truncated);
        refers_to = rows[i].known.url.n > 0 ? rows[i].known.url : in.url;
        assert_str(field(&r, "WARC-Refers-To-Target-URI"),
                   is_revisit ? refers_to : STR_NONE);
        warc_response_id(refers_to, rows[i].known.time_us, id);
        snprintf(want, sizeof(want), "<%s>", id);
        assert_field(&r, "WARC-Refers-To", is_revisit ? want : "");
        snprintf(want, sizeof(want), "1970-01-01T00:00:0%d.00000%dZ",
                 (int)(rows[i].known.time_us / 1000000),
                 (int)(rows[i].known.time_us % 1000000));
        assert_field(&r, "WARC-Refers-To-Date", is_revisit ? want : "");
        assert_int_equal(str_ends(r.block, STR("\r\n\r\nabc")), !is_revisit);
        assert_true(is_revisit ? str_ends(r.block, STR("\r\n\r\n")) : true);
        free(q.text);
        free(r.text);
    }
}

/* Nothing from outside may end a named field or begin another. */
static void
test_bad_input_leaves_nothing(void **state)
{
    static char long_url[WARC_URL_MAX + 2];
    const struct {
        struct str url, head;
        enum err want;
    } cases[] = {
        {STR(""), plain.head, ERR_INVALID},
        {STR("http://a.test/ b"), plain.head, ERR_INVALID},
        {STR("http://a.test/\r\nX: y"), plain.head, ERR_INVALID},
        {STR("http://a.test/\0"), plain.head, ERR_INVALID},
        {STR("http://a.test/\x7f"), plain.head, ERR_INVALID},
        {{long_url, WARC_URL_MAX + 1}, plain.head, ERR_TOO_BIG},
        {{long_url, WARC_URL_MAX}, plain.head, ERR_OK},
        {plain.url, STR_NONE, ERR_INVALID},
        {plain.url, STR("\r\nHTTP/1.1 200\r\n\r\n"), ERR_INVALID},
        {plain.url, STR("ICY 200 OK\r\n\r\n"), ERR_INVALID},
    };
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct buf out;
    size_t at;

    (void)state;
    memset(long_url, 'u', sizeof(long_url) - 1);
    buf_init(&out, MAX);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct warc_exchange in = plain;

        in.url = cases[i].url;
        in.head = cases[i].head;
        buf_reset(&out);
        assert_int_equal(buf_add(&out, "kept", 4), ERR_OK);
        assert_int_equal(warc_build_exchange(b, &in, &out, &at), cases[i].want);
        if (cases[i].want != ERR_OK) {
            assert_str(buf_str(&out), STR("kept"));
        } else {
            struct record r =
                read_record((struct str){out.p + 4 + at, out.n - 4 - at});

            assert_str(field(&r, "WARC-Target-URI"), in.url);
            assert_true(r.fields.n + 2 <= WARC_HEADER_MAX);
            free(r.text);
        }
    }
    buf_fini(&out);
    warc_builder_free(b);
}

/* Whether the builder's or the buffer's bound is reached: all or nothing. */
static void
test_bounds_hold(void **state)
{
    static char body[100000];
    struct warc_exchange in = plain;
    size_t at, fitted = 0;

    (void)state;
    in.body = (struct str){body, sizeof(body)};
    in.is_packed = true; /* stored: as long as it is */
    for (size_t max = 0; max < 110000; max += 997) {
        struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
        struct buf out;
        enum err e;

        buf_init(&out, max);
        e = warc_build_exchange(b, &in, &out, &at);
        assert_true(e == ERR_OK ? out.n <= max && max > sizeof(body)
                                : e == ERR_TOO_BIG && out.n == 0);
        fitted += e == ERR_OK;
        buf_fini(&out);
        buf_init(&out, MAX);
        warc_builder_free(b);
        b = warc_builder_new(max, WARC_GZIP, WARC_SHA1);
        e = warc_build_exchange(b, &in, &out, &at);
        assert_int_equal(e, max + WARC_HEADER_MAX > sizeof(body) + 500
                                ? ERR_OK
                                : ERR_TOO_BIG);
        /* the builder is none the worse for it */
        in.body.n = 10;
        if (max > 100) {
            buf_reset(&out);
            assert_int_equal(warc_build_exchange(b, &in, &out, &at), ERR_OK);
        }
        in.body.n = sizeof(body);
        buf_fini(&out);
        warc_builder_free(b);
    }
    assert_true(fitted > 0 && fitted < 110);
}

static void
test_packed_bodies_are_stored_not_squeezed(void **state)
{
    static char body[200000]; /* zeros: squeezed they would be nothing */
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct warc_exchange in = plain;
    struct buf out;
    size_t at;

    (void)state;
    buf_init(&out, MAX);
    in.body = (struct str){body, sizeof(body)};
    for (int is_packed = 0; is_packed < 2; is_packed++) {
        struct record r;

        in.is_packed = is_packed;
        buf_reset(&out);
        assert_int_equal(warc_build_exchange(b, &in, &out, &at), ERR_OK);
        assert_true(is_packed ? out.n > sizeof(body) : out.n < 5000);
        r = read_record((struct str){out.p + at, out.n - at});
        assert_memory_equal(r.block.p + plain.head.n, body, sizeof(body));
        free(r.text);
    }
    /* a page above what is kept: its memory went back, all still works */
    in.body.n = 0;
    for (int i = 0; i < 3; i++) {
        static char big[3 << 20];

        in.body = (struct str){big, i == 1 ? sizeof(big) : 5};
        buf_reset(&out);
        assert_int_equal(warc_build_exchange(b, &in, &out, &at), ERR_OK);
    }
    buf_fini(&out);
    warc_builder_free(b);
}

/* 6.2 warcinfo: application/warc-fields, one per line */
static void
test_warcinfo_tells_of_the_crawl(void **state)
{
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    const struct warc_info info = {
        .software = STR("weft/1"),
        .robots = STR("obey"),
        .operator= STR("A <a@a.test>\r\nevil: yes"),
        .hostname = STR("host"),
        .is_part_of = STR("crawl"),
    };
    struct buf out;
    struct record r;

    (void)state;
    buf_init(&out, MAX);
    assert_int_equal(warc_build_info(b, &info, STR("x.warc.gz"), -5, &out),
                     ERR_OK);
    r = read_record(buf_str(&out));
    assert_int_equal(r.member_bytes, out.n);
    assert_field(&r, "WARC-Type", "warcinfo");
    assert_field(&r, "WARC-Filename", "x.warc.gz");
    assert_field(&r, "WARC-Date", "1970-01-01T00:00:00.000000Z");
    assert_field(&r, "Content-Type", "application/warc-fields");
    assert_int_equal(field(&r, "WARC-Target-URI").n, 0);
    assert_str(r.block,
               STR("software: weft/1\r\nformat: WARC File Format 1.1\r\n"
                   "conformsTo: http://iipc.github.io/warc-specifications/"
                   "specifications/warc-format/warc-1.1/\r\n"
                   "robots: obey\r\noperator: A <a@a.test>  evil: yes\r\n"
                   "hostname: host\r\nisPartOf: crawl\r\n"));
    free(r.text);
    buf_fini(&out);
    warc_builder_free(b);
}

/* 6.3 resource: of another scheme than http, with its own content type */
static void
test_a_resource_is_its_block(void **state)
{
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    struct warc_resource in = {.url = STR("dns:a.test"),
                               .ip = STR("192.0.2.53"),
                               .content_type = "text/dns",
                               .block = STR("20261121175000\nx\n"),
                               .time_us = 1};
    struct buf out;
    struct record r;

    (void)state;
    buf_init(&out, MAX);
    assert_int_equal(warc_build_resource(b, &in, &out), ERR_OK);
    r = read_record(buf_str(&out));
    assert_int_equal(r.member_bytes, out.n);
    assert_field(&r, "WARC-Type", "resource");
    assert_field(&r, "WARC-Target-URI", "dns:a.test");
    assert_field(&r, "WARC-Date", "1970-01-01T00:00:00.000001Z");
    assert_field(&r, "WARC-IP-Address", "192.0.2.53");
    assert_field(&r, "Content-Type", "text/dns");
    assert_true(str_starts(field(&r, "WARC-Payload-Digest"), STR("sha1:")));
    assert_str(field(&r, "WARC-Payload-Digest"),
               field(&r, "WARC-Block-Digest"));
    assert_str(r.block, in.block);
    free(r.text);
    buf_reset(&out);
    in.url = STR("dns:a test");
    assert_int_equal(warc_build_resource(b, &in, &out), ERR_INVALID);
    assert_int_equal(out.n, 0);
    buf_fini(&out);
    warc_builder_free(b);
}

/* Ids */

enum { IDS = 1000, FORKS = 4, THREADS = 3 };

static int
compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, WARC_ID_BYTES);
}

static void
assert_all_differ(char (*ids)[WARC_ID_BYTES], size_t count)
{
    qsort(ids, count, WARC_ID_BYTES, compare_ids);
    for (size_t i = 1; i < count; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
}

/* RFC 9562 section 5.4 */
static void
test_ids_are_version_4(void **state)
{
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    char id[WARC_ID_BYTES];

    (void)state;
    for (int i = 0; i < 100; i++) {
        warc_new_id(b, id);
        assert_int_equal(strlen(id), WARC_ID_BYTES - 1);
        assert_memory_equal(id, "urn:uuid:", 9);
        assert_int_equal(strspn(id + 9, "0123456789abcdef-"), 36);
        assert_true(id[9 + 14] == '4' && strchr("89ab", id[9 + 19]));
    }
    warc_builder_free(b);
}

/* A builder with drawn bytes left, used on both sides of forks. */
static void
test_ids_differ_over_forks(void **state)
{
    static char ids[(FORKS + 1) * IDS][WARC_ID_BYTES];
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    int fds[FORKS][2];

    (void)state;
    warc_new_id(b, ids[0]); /* the pool is filled now */
    for (int f = 0; f < FORKS; f++) {
        pid_t child;

        assert_int_equal(pipe(fds[f]), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            for (int i = 0; i < IDS; i++) {
                warc_new_id(b, ids[0]);
                if (write(fds[f][1], ids[0], WARC_ID_BYTES) != WARC_ID_BYTES)
                    _exit(1);
            }
            _exit(0);
        }
        for (int i = 0; i < IDS; i++) {
            char *to = ids[(f + 1) * IDS + i];
            int got = 0;

            while (got < WARC_ID_BYTES) {
                ssize_t n =
                    read(fds[f][0], to + got, (size_t)(WARC_ID_BYTES - got));

                assert_true(n > 0);
                got += (int)n;
            }
        }
        assert_int_equal(waitpid(child, NULL, 0), child);
        close(fds[f][0]);
        close(fds[f][1]);
    }
    for (int i = 0; i < IDS; i++)
        warc_new_id(b, ids[i]);
    assert_all_differ(ids, COUNT(ids));
    warc_builder_free(b);
}

static void *
draw_ids(void *to)
{
    struct warc_builder *b = warc_builder_new(MAX, WARC_GZIP, WARC_SHA1);
    char(*ids)[WARC_ID_BYTES] = to;

    for (int i = 0; i < IDS; i++)
        warc_new_id(b, ids[i]);
    warc_builder_free(b);
    return NULL;
}

static void
test_ids_differ_over_threads(void **state)
{
    static char ids[THREADS * IDS][WARC_ID_BYTES];
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, draw_ids, ids[i * IDS]), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_all_differ(ids, COUNT(ids));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_exchange_is_two_records),
        cmocka_unit_test(test_digests_are_sha1_in_base32),
        cmocka_unit_test(test_heads_are_kept_as_they_came),
        cmocka_unit_test(test_request_lines_name_http_1_1),
        cmocka_unit_test(test_cut_bodies_say_why),
        cmocka_unit_test(test_addresses_are_written_bare),
        cmocka_unit_test(test_a_known_body_is_a_revisit_record),
        cmocka_unit_test(test_bad_input_leaves_nothing),
        cmocka_unit_test(test_bounds_hold),
        cmocka_unit_test(test_packed_bodies_are_stored_not_squeezed),
        cmocka_unit_test(test_warcinfo_tells_of_the_crawl),
        cmocka_unit_test(test_a_resource_is_its_block),
        cmocka_unit_test(test_ids_are_version_4),
        cmocka_unit_test(test_ids_differ_over_forks),
        cmocka_unit_test(test_ids_differ_over_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
