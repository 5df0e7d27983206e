/*
 * Content encodings: each library's own encoder makes the bodies, but for
 * brotli, whose encoder is no dependency: its bodies are stored blocks built
 * here, and two compressed ones of its encoder's.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "common/mem.h"

enum { MIB = 1 << 20, BOUND = 64 * MIB };

static struct decoder *decoder; /* one for all: it must bear every order */

static int
start(void **state)
{
    (void)state;
    decoder = decoder_new();
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    decoder_free(decoder);
    decoder_free(NULL);
    return 0;
}

/* ---- bodies ---- */

static void
add(struct buf *b, const void *bytes, size_t n)
{
    assert_int_equal(buf_add(b, bytes, n), ERR_OK);
}

static void
encode_zlib(struct str s, int window_bits, struct buf *out)
{
    z_stream z = {0};
    size_t most;

    assert_int_equal(
        deflateInit2(&z, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY),
        Z_OK);
    most = deflateBound(&z, s.n);
    assert_int_equal(buf_reserve(out, most), ERR_OK);
    z.next_in = (Bytef *)(uintptr_t)s.p;
    z.avail_in = (uInt)s.n;
    z.next_out = (Bytef *)out->p + out->n;
    z.avail_out = (uInt)most;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += z.total_out;
    deflateEnd(&z);
}

static void
encode_gzip(struct str s, struct buf *out)
{
    encode_zlib(s, 15 + 16, out);
}

static void
encode_deflate(struct str s, struct buf *out)
{
    encode_zlib(s, 15, out);
}

static void
encode_deflate_raw(struct str s, struct buf *out)
{
    encode_zlib(s, -15, out);
}

static void
encode_gzip_fast(struct str s, struct buf *out)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t most = libdeflate_gzip_compress_bound(c, s.n), n;

    assert_int_equal(buf_reserve(out, most), ERR_OK);
    n = libdeflate_gzip_compress(c, s.p, s.n, out->p + out->n, most);
    assert_true(n > 0);
    out->n += n;
    libdeflate_free_compressor(c);
}

static void
encode_zstd(struct str s, struct buf *out)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    size_t most = ZSTD_compressBound(s.n), n;

    assert_int_equal(buf_reserve(out, most), ERR_OK);
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    n = ZSTD_compress2(c, out->p + out->n, most, s.p, s.n);
    assert_false(ZSTD_isError(n));
    out->n += n;
    ZSTD_freeCCtx(c);
}

/* RFC 7932, 9.1 and 9.2: a 64 KiB window, stored meta-blocks, an empty last. */
static void
encode_br(struct str s, struct buf *out)
{
    unsigned shift = 1; /* the first header stands behind the window's bit */

    while (s.n > 0) {
        size_t n = s.n < 65536 ? s.n : 65536;
        uint32_t bits = (uint32_t)((n - 1) << 3 | 1 << 19) << shift;
        uint8_t header[3] = {bits & 255, bits >> 8 & 255, bits >> 16 & 255};

        add(out, header, sizeof(header));
        add(out, s.p, n);
        s.p += n;
        s.n -= n;
        shift = 0;
    }
    add(out, shift ? "\x06" : "\x03", 1);
}

static const struct codec {
    const char *name;
    void (*encode)(struct str s, struct buf *out);
    bool is_checked;    /* the format has a checksum */
    bool is_compressed; /* the encoder does make it smaller */
} codecs[] = {
    {"gzip", encode_gzip, true, true},
    {"gzip", encode_gzip_fast, true, true},
    {"x-gzip", encode_gzip, true, true},
    {"deflate", encode_deflate, true, true},
    {"deflate", encode_deflate_raw, false, true},
    {"zstd", encode_zstd, true, true},
    {"br", encode_br, false, false},
};
enum { CODECS = sizeof(codecs) / sizeof(codecs[0]) };

/* Text that compresses as pages do. */
static struct buf
make_text(size_t n)
{
    uint32_t seed = 12345;
    struct buf b;

    buf_init(&b, BOUND);
    while (b.n < n) {
        seed = seed * 1664525 + 1013904223;
        assert_int_equal(buf_addf(&b, "<li><a href=\"/page/%u\">loom %u</a>\n",
                                  seed >> 20, seed >> 26),
                         ERR_OK);
    }
    b.n = n;
    return b;
}

static struct buf
make_zeros(size_t n)
{
    struct buf b;

    buf_init(&b, BOUND);
    assert_int_equal(buf_reserve(&b, n), ERR_OK);
    memset(b.p, 0, n);
    b.n = n;
    return b;
}

static struct buf
make_body(const struct codec *c, struct str s)
{
    struct buf b;

    buf_init(&b, BOUND);
    c->encode(s, &b);
    return b;
}

/* A copy of exactly the bytes, so that a sanitizer sees one read too many. */
static enum decode_result
decode_exact(const char *name, struct str body, bool is_cut, struct buf *out)
{
    char *copy = xmalloc(body.n ? body.n : 1);
    enum decode_result result;

    if (body.n > 0)
        memcpy(copy, body.p, body.n);
    result = decode_body(decoder, str_from(name), (struct str){copy, body.n},
                         is_cut, out);
    free(copy);
    return result;
}

/* Eight list items, by the reference encoder at quality 9. */
static const char br_page[] =
    "\x1b\x9b\x01\x00\x64\xb7\x61\xb7\xa4\x61\x28\xfb\x6c\x16\x53\x37\x88\x08"
    "\x8a\xea\xe4\x80\xba\x5d\xad\x85\x67\x0b\xe3\xc0\xd3\xc0\x03\x09\x36\xc6"
    "\x96\x63\x0b\xad\x4e\xd0\x3a\x03\x4c\xfc\x63\x4d\xa4\xda\xa3\x14\x10\x14"
    "\x56\x9f\xf7\xee\xe1\xfd\x77\x76\x2f\x96\x45\x4c\x24\x1b\x37\x6c\x50\x58"
    "\x24\x8c\x8c\x49\xaa\x6b\xd4\x69\x22\x32\x41\x73\x34";

/* 20 MiB of zeros, by the same. */
static const char br_zeros[] =
    "\xcb\xff\xff\x3f\x00\x24\x00\xe2\xb1\x40\x72\xef\xff\xf8\xff\xff\x07\x80"
    "\x04\x40\x1c\x16\x80\xee\xfd\x5f\xfe\xff\xff\x00\x90\x00\x88\xc3\x02\xd0"
    "\xbd\xff\x01";

/* ---- labels ---- */

static void
test_content_encoding_is_a_list_of_one(void **state)
{
    static const struct {
        const char *name; /* NULL: no such header */
        bool is_gzip;     /* what is sent; otherwise plain text */
        enum decode_result want;
    } rows[] = {
        {NULL, false, DECODE_OK},
        {"", false, DECODE_OK},
        {" , ,", false, DECODE_OK},
        {"identity", false, DECODE_OK},
        {"Identity , identity", false, DECODE_OK},
        {"gzip", true, DECODE_OK},
        {"GZip", true, DECODE_OK},
        {" gzip\t", true, DECODE_OK},
        {"x-gzip", true, DECODE_OK},
        {"X-GZIP", true, DECODE_OK},
        {"gzip, identity", true, DECODE_OK},
        {"identity,gzip", true, DECODE_OK},
        {",gzip,", true, DECODE_OK},
        {"gzip, gzip", true, DECODE_UNKNOWN},
        {"gzip, x-gzip", true, DECODE_UNKNOWN},
        {"gzip,br", true, DECODE_UNKNOWN},
        {"gzip;q=1", true, DECODE_UNKNOWN},
        {"gzip gzip", true, DECODE_UNKNOWN},
        {"gzi", true, DECODE_UNKNOWN},
        {"gzipp", true, DECODE_UNKNOWN},
        {"compress", false, DECODE_UNKNOWN},
        {"utf-8", false, DECODE_UNKNOWN},
        {"identity, none", false, DECODE_UNKNOWN},
    };
    struct str text = STR("<p>Hello.</p>");
    struct buf gzip = make_body(&codecs[0], text);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out;
        enum decode_result result;

        buf_init(&out, BOUND);
        result =
            decode_body(decoder, str_from(rows[i].name),
                        rows[i].is_gzip ? buf_str(&gzip) : text, false, &out);
        if (result != rows[i].want)
            fail_msg("%s: %s", rows[i].name, decode_result_str(result));
        if (result == DECODE_OK)
            assert_true(str_equal(buf_str(&out), text));
        else
            assert_int_equal(out.n, 0);
        buf_fini(&out);
    }
    buf_fini(&gzip);
}

/* Servers label plain bytes: they are told apart, and nothing is added. */
static void
test_plain_bytes_labelled_encoded_are_broken(void **state)
{
    static const struct {
        const char *name, *body;
    } rows[] = {
        {"gzip", "<!DOCTYPE html><p>x"}, {"gzip", "x"},
        {"gzip", "\x8b\x1f\x08"},        {"x-gzip", "{\"a\": 1}"},
        {"zstd", "<!DOCTYPE html><p>x"}, {"deflate", "<!DOCTYPE html><p>x"},
        {"br", "<!DOCTYPE html><p>x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out;

        buf_init(&out, BOUND);
        assert_int_equal(
            decode_exact(rows[i].name, str_from(rows[i].body), false, &out),
            DECODE_BROKEN);
        assert_int_equal(out.n, 0);
        buf_fini(&out);
    }
}

/* A page without a body may still say how it would be encoded. */
static void
test_no_bytes_are_no_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < CODECS; i++) {
        struct buf out;

        buf_init(&out, BOUND);
        assert_int_equal(decode_exact(codecs[i].name, STR_NONE, false, &out),
                         DECODE_OK);
        assert_int_equal(out.n, 0);
        buf_fini(&out);
    }
}

/* ---- whole bodies ---- */

static void
test_what_was_encoded_comes_back(void **state)
{
    static const size_t sizes[] = {0,     1,     2,     100,   16383,  16384,
                                   16385, 65535, 65536, 65537, 300000, 2 * MIB};

    (void)state;
    for (size_t c = 0; c < CODECS; c++)
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            struct buf text = make_text(sizes[i]), out;
            struct buf body = make_body(&codecs[c], buf_str(&text));
            enum decode_result result;

            buf_init(&out, BOUND);
            result = decode_exact(codecs[c].name, buf_str(&body), i % 2, &out);
            if (result != DECODE_OK ||
                !str_equal(buf_str(&out), buf_str(&text)))
                fail_msg("%s, %zu bytes: %s", codecs[c].name, sizes[i],
                         decode_result_str(result));
            buf_fini(&out);
            buf_fini(&body);
            buf_fini(&text);
        }
}

/* The cap: what just fits is whole, one byte more fills the buffer. */
static void
test_cap_is_kept_to_the_byte(void **state)
{
    static const size_t caps[] = {1, 63, 64, 65, 16384, 99999, 100000, 100001};
    struct buf text = make_text(100000);

    (void)state;
    for (size_t c = 0; c <= CODECS; c++) {
        const char *name = c < CODECS ? codecs[c].name : "identity";
        struct buf body;

        buf_init(&body, BOUND);
        if (c < CODECS)
            codecs[c].encode(buf_str(&text), &body);
        else
            add(&body, text.p, text.n);
        for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
            size_t want = caps[i] < text.n ? caps[i] : text.n;
            enum decode_result result;
            struct buf out;

            buf_init(&out, caps[i]);
            result = decode_exact(name, buf_str(&body), false, &out);
            if (result != (want < text.n ? DECODE_TOO_BIG : DECODE_OK) ||
                out.n != want || memcmp(out.p, text.p, want) != 0)
                fail_msg("%s, %zu of %zu bytes: %s", name, out.n, caps[i],
                         decode_result_str(result));
            /* 64: what a buffer begins with */
            assert_true(out.cap <= (caps[i] < 64 ? 64 : caps[i]));
            buf_fini(&out);
        }
        buf_fini(&body);
    }
    buf_fini(&text);
}

static void
test_output_is_appended(void **state)
{
    struct buf text = make_text(5000);

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        struct buf body = make_body(&codecs[c], buf_str(&text)), out;

        buf_init(&out, 4 + 4990);
        add(&out, "head", 4);
        assert_int_equal(
            decode_exact(codecs[c].name, buf_str(&body), false, &out),
            DECODE_TOO_BIG);
        assert_int_equal(out.n, 4 + 4990);
        assert_memory_equal(out.p, "head", 4);
        assert_memory_equal(out.p + 4, text.p, 4990);
        /* a full buffer takes no more, and says so */
        assert_int_equal(
            decode_exact(codecs[c].name, buf_str(&body), false, &out),
            DECODE_TOO_BIG);
        buf_fini(&out);
        buf_fini(&body);
    }
    buf_fini(&text);
}

/* ---- cut and damaged bodies ---- */

/* A cut body is too big as soon as its head is. */
static void
check_cut_and_capped(const char *name, struct str head)
{
    struct buf all, out;

    buf_init(&all, BOUND);
    assert_int_equal(decode_exact(name, head, true, &all), DECODE_OK);
    for (size_t less = 0; less <= 3 && less < all.n; less++) {
        enum decode_result result;

        buf_init(&out, all.n - less);
        result = decode_exact(name, head, true, &out);
        if (result != (less ? DECODE_TOO_BIG : DECODE_OK))
            fail_msg("%s, %zu of %zu: %s", name, out.max, all.n,
                     decode_result_str(result));
        assert_int_equal(out.n, out.max);
        buf_fini(&out);
    }
    buf_fini(&all);
}

static void
test_cut_body_may_be_too_big(void **state)
{
    struct buf text = make_text(2000);

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        struct buf body = make_body(&codecs[c], buf_str(&text));

        for (size_t n = 1; n < body.n; n++)
            check_cut_and_capped(codecs[c].name, (struct str){body.p, n});
        buf_fini(&body);
    }
    for (size_t n = 1; n < sizeof(br_page) - 1; n++)
        check_cut_and_capped("br", (struct str){br_page, n});
    buf_fini(&text);
}

/* What came before the end is decoded; only is_cut makes it no fault. */
static void
test_cut_at_every_byte(void **state)
{
    struct buf text = make_text(700);

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        struct buf body = make_body(&codecs[c], buf_str(&text));

        for (size_t n = 1; n < body.n; n++)
            for (int is_cut = 0; is_cut <= 1; is_cut++) {
                struct str head = {body.p, n};
                enum decode_result result;
                struct buf out;

                buf_init(&out, BOUND);
                result = decode_exact(codecs[c].name, head, is_cut, &out);
                if (result != (is_cut ? DECODE_OK : DECODE_BROKEN) ||
                    !str_starts(buf_str(&text), buf_str(&out)))
                    fail_msg("%s, %zu of %zu bytes, cut %d: %s", codecs[c].name,
                             n, body.n, is_cut, decode_result_str(result));
                buf_fini(&out);
            }
        buf_fini(&body);
    }
    buf_fini(&text);
}

/* Half of a long body gives about half of its text. */
static void
test_half_a_body_gives_half_its_text(void **state)
{
    struct buf text = make_text(1000000);

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        struct buf body = make_body(&codecs[c], buf_str(&text));

        for (int is_cut = 0; is_cut <= 1; is_cut++) {
            struct str head = {body.p, body.n / 2};
            struct buf out;

            buf_init(&out, BOUND);
            assert_int_equal(decode_exact(codecs[c].name, head, is_cut, &out),
                             is_cut ? DECODE_OK : DECODE_BROKEN);
            assert_in_range(out.n, text.n / 3, text.n * 2 / 3);
            assert_memory_equal(out.p, text.p, out.n);
            buf_fini(&out);
        }
        buf_fini(&body);
    }
    buf_fini(&text);
}

/* A damaged body is never taken for the whole where there is a checksum. */
static void
test_any_damaged_byte_is_borne(void **state)
{
    static const unsigned char flips[] = {0x01, 0x80, 0xff};
    struct buf text = make_text(700);

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        struct buf body = make_body(&codecs[c], buf_str(&text));

        for (size_t i = 0; i < body.n * sizeof(flips); i++) {
            char *byte = &body.p[i / sizeof(flips)], old = *byte;
            enum decode_result result;
            struct buf out;

            *byte = (char)(old ^ flips[i % sizeof(flips)]);
            buf_init(&out, 4096);
            result = decode_exact(codecs[c].name, buf_str(&body), false, &out);
            assert_true(out.n <= 4096);
            if (result == DECODE_OK && codecs[c].is_checked &&
                !str_equal(buf_str(&out), buf_str(&text)))
                fail_msg("%s: byte %zu", codecs[c].name, i / sizeof(flips));
            buf_fini(&out);
            *byte = old;
        }
        buf_fini(&body);
    }
    buf_fini(&text);
}

/* The text before the damage stays. */
static void
test_text_before_damage_stays(void **state)
{
    struct buf text = make_text(1000000);

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        struct buf body = make_body(&codecs[c], buf_str(&text)), out;

        if (!codecs[c].is_compressed) {
            buf_fini(&body);
            continue; /* stored bytes may be anything */
        }
        memset(body.p + body.n / 2, 0xff, body.n - body.n / 2);
        buf_init(&out, BOUND);
        assert_int_equal(
            decode_exact(codecs[c].name, buf_str(&body), false, &out),
            DECODE_BROKEN);
        if (out.n <= text.n / 3)
            fail_msg("%s: %zu bytes", codecs[c].name, out.n);
        assert_memory_equal(out.p, text.p, text.n / 3);
        buf_fini(&out);
        buf_fini(&body);
    }
    buf_fini(&text);
}

static void
test_garbage_is_borne(void **state)
{
    static const char *const heads[] = {
        "",         "\x1f\x8b\x08",     "\x1f\x8b\x08\x1f",
        "\x78\x9c", "\x28\xb5\x2f\xfd", "\x28\xb5\x2f\xfd\x24",
        "\x0b"};
    uint32_t seed = 1;

    (void)state;
    for (size_t round = 0; round < 3000; round++) {
        const char *head = heads[round % (sizeof(heads) / sizeof(heads[0]))];
        struct buf body, out;

        buf_init(&body, 256);
        add(&body, head, strlen(head));
        while (body.n < round % 200) {
            seed = seed * 1664525 + 1013904223;
            assert_int_equal(buf_add_char(&body, (char)(seed >> 24)), ERR_OK);
        }
        for (size_t c = 0; c < CODECS; c++) {
            enum decode_result result;

            buf_init(&out, 2 * MIB);
            result =
                decode_exact(codecs[c].name, buf_str(&body), round & 1, &out);
            assert_true(result != DECODE_UNKNOWN && out.n <= out.max);
            buf_fini(&out);
        }
        buf_fini(&body);
    }
}

/* ---- bombs ---- */

static void
test_bomb_is_stopped_at_its_ratio(void **state)
{
    struct buf zeros = make_zeros(20 * MIB);

    (void)state;
    for (size_t c = 0; c < CODECS; c++) {
        struct buf body, out;
        size_t fair;

        if (!codecs[c].is_compressed)
            continue;
        body = make_body(&codecs[c], buf_str(&zeros));
        fair = DECODE_RATIO * body.n > DECODE_RATIO_FREE_BYTES
                   ? DECODE_RATIO * body.n
                   : DECODE_RATIO_FREE_BYTES;
        assert_true(fair < zeros.n);
        buf_init(&out, BOUND);
        assert_int_equal(
            decode_exact(codecs[c].name, buf_str(&body), false, &out),
            DECODE_BOMB);
        assert_int_equal(out.n, fair);
        buf_fini(&out);
        /* the head of one is one too */
        body.n /= 2;
        buf_init(&out, BOUND);
        if (DECODE_RATIO * body.n > 1000)
            assert_int_equal(
                decode_exact(codecs[c].name, buf_str(&body), true, &out),
                DECODE_BOMB);
        buf_fini(&out);
        /* where the cap comes first, it is that */
        buf_init(&out, MIB / 2);
        assert_int_equal(
            decode_exact(codecs[c].name, buf_str(&body), false, &out),
            DECODE_TOO_BIG);
        assert_int_equal(out.n, MIB / 2);
        buf_fini(&out);
        buf_fini(&body);
    }
    buf_fini(&zeros);
}

/* Small pages may be as empty as they like. */
static void
test_one_mib_is_no_bomb(void **state)
{
    (void)state;
    for (size_t c = 0; c < CODECS; c++)
        for (size_t more = 0; more <= 1; more++) {
            struct buf zeros = make_zeros(DECODE_RATIO_FREE_BYTES + more);
            struct buf body = make_body(&codecs[c], buf_str(&zeros)), out;

            buf_init(&out, BOUND);
            assert_int_equal(
                decode_exact(codecs[c].name, buf_str(&body), false, &out),
                more && codecs[c].is_compressed ? DECODE_BOMB : DECODE_OK);
            buf_fini(&out);
            buf_fini(&body);
            buf_fini(&zeros);
        }
}

/* A bomb of many small members is one all the same. */
static void
test_bomb_of_many_members(void **state)
{
    struct buf zeros = make_zeros(MIB / 4);
    struct buf member = make_body(&codecs[1], buf_str(&zeros)), body, out;

    (void)state;
    buf_init(&body, BOUND);
    for (int i = 0; i < 100; i++)
        add(&body, member.p, member.n);
    buf_init(&out, BOUND);
    assert_int_equal(decode_exact("gzip", buf_str(&body), false, &out),
                     DECODE_BOMB);
    assert_int_equal(out.n,
                     DECODE_RATIO * body.n > MIB ? DECODE_RATIO * body.n : MIB);
    buf_fini(&out);
    buf_fini(&body);
    buf_fini(&member);
    buf_fini(&zeros);
}

/* ---- gzip, RFC 1952 ---- */

static void
lie_about_size(struct buf *gzip, uint32_t size)
{
    for (size_t k = 0; k < 4; k++)
        gzip->p[gzip->n - 4 + k] = (char)(size >> 8 * k & 255);
}

/* 2.3.1: ISIZE is the other side's word: no memory is taken on it. */
static void
test_isize_is_only_a_hint(void **state)
{
    static const uint32_t lies[] = {0,    1,       4999,       5001,
                                    9999, 3000000, 0x7fffffff, 0xffffffff};
    struct buf text = make_text(5000);

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct buf body = make_body(&codecs[0], buf_str(&text)), out;

        lie_about_size(&body, lies[i]);
        buf_init(&out, BOUND);
        assert_int_equal(decode_exact("gzip", buf_str(&body), false, &out),
                         DECODE_BROKEN);
        assert_true(str_equal(buf_str(&out), buf_str(&text)));
        assert_true(out.cap <= MIB);
        buf_fini(&out);
        buf_fini(&body);
    }
    buf_fini(&text);
}

static void
test_isize_takes_no_memory(void **state)
{
    static const struct {
        size_t text;
        uint32_t lie;
        size_t most;
    } rows[] = {
        {20, 1000000, 65536},       /* more than deflate can make of it */
        {200000, 20 * MIB, 6 * MIB} /* more than the ratio lets be */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text = make_text(rows[i].text), out;
        struct buf body = make_body(&codecs[0], buf_str(&text));

        lie_about_size(&body, rows[i].lie);
        buf_init(&out, BOUND);
        assert_int_equal(decode_exact("gzip", buf_str(&body), false, &out),
                         DECODE_BROKEN);
        assert_int_equal(out.n, text.n);
        assert_in_range(out.cap, text.n, rows[i].most);
        buf_fini(&out);
        buf_fini(&body);
        buf_fini(&text);
    }
}

/* 2.2: a file is a series of members. */
static void
test_gzip_members(void **state)
{
    static const struct {
        size_t sizes[4];
        const char *behind;
        size_t cut; /* bytes off the end */
        enum decode_result want;
    } rows[] = {
        {{100, 200, 0}, "", 0, DECODE_OK},
        {{200, 100, 0}, "", 0, DECODE_OK},
        {{50000, 10, 20000, 0}, "", 0, DECODE_OK},
        {{10, 50000, 10, 0}, "", 0, DECODE_OK},
        /* bytes behind that are no member: padding, as gzip itself has it */
        {{100, 0}, "junk", 0, DECODE_OK},
        {{100, 200, 0}, "\n", 0, DECODE_OK},
        {{100, 0}, "\x1f", 0, DECODE_OK},
        {{50000, 0}, "a long line of other bytes", 0, DECODE_OK},
        /* the last one cut or none */
        {{100, 200, 0}, "", 1, DECODE_BROKEN},
        {{100, 200, 0}, "", 30, DECODE_BROKEN},
        {{100, 0}, "\x1f\x8b", 0, DECODE_BROKEN},
        {{100, 0},
         "\x1f\x8b\x08\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"
         "\x0d\x0e\x0f\x10\x11\x12",
         0,
         DECODE_BROKEN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text, body, out;
        enum decode_result result;

        buf_init(&text, BOUND);
        buf_init(&body, BOUND);
        buf_init(&out, BOUND);
        for (const size_t *size = rows[i].sizes; *size > 0; size++) {
            struct buf part = make_text(*size);

            codecs[*size % 2].encode(buf_str(&part), &body);
            add(&text, part.p, part.n);
            buf_fini(&part);
        }
        add(&body, rows[i].behind, strlen(rows[i].behind));
        body.n -= rows[i].cut;
        result = decode_exact("gzip", buf_str(&body), false, &out);
        if (result != rows[i].want ||
            !str_starts(buf_str(&text), buf_str(&out)) ||
            out.n < rows[i].sizes[0])
            fail_msg("row %zu: %s, %zu bytes", i, decode_result_str(result),
                     out.n);
        if (rows[i].cut == 0)
            assert_int_equal(out.n, text.n);
        buf_reset(&out);
        result = decode_exact("gzip", buf_str(&body), true, &out);
        if (rows[i].cut > 0)
            assert_int_equal(result, DECODE_OK);
        buf_fini(&out);
        buf_fini(&body);
        buf_fini(&text);
    }
}

/* 2.3: FTEXT, FEXTRA, FNAME, FCOMMENT and FHCRC may be there. */
static void
test_gzip_header_fields(void **state)
{
    struct str text = STR("<p>a page with a name</p>");
    Bytef extra[] = "xx\4\0data", name[] = "page.html", comment[] = "by hand";
    gz_header header = {.text = 1,
                        .time = 1,
                        .os = 3,
                        .extra = extra,
                        .extra_len = 8,
                        .name = name,
                        .comment = comment,
                        .hcrc = 1};
    char body[256];
    z_stream z = {0};

    (void)state;
    assert_int_equal(
        deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    deflateSetHeader(&z, &header);
    z.next_in = (Bytef *)(uintptr_t)text.p;
    z.avail_in = (uInt)text.n;
    z.next_out = (Bytef *)body;
    z.avail_out = sizeof(body);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    for (int is_cut = 0; is_cut <= 1; is_cut++) {
        struct buf out;

        buf_init(&out, BOUND);
        assert_int_equal(
            decode_exact("gzip", (struct str){body, z.total_out}, is_cut, &out),
            DECODE_OK);
        assert_true(str_equal(buf_str(&out), text));
        buf_fini(&out);
    }
    deflateEnd(&z);
}

/* ---- zlib, RFC 1950 ---- */

/* 2.2, FDICT: a dictionary nobody agreed upon. */
static void
test_zlib_dictionary_is_broken(void **state)
{
    struct str text = STR("href href href href");
    char body[256];
    struct buf out;
    z_stream z = {0};

    (void)state;
    assert_int_equal(deflateInit(&z, 9), Z_OK);
    deflateSetDictionary(&z, (const Bytef *)"href ", 5);
    z.next_in = (Bytef *)(uintptr_t)text.p;
    z.avail_in = (uInt)text.n;
    z.next_out = (Bytef *)body;
    z.avail_out = sizeof(body);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    buf_init(&out, BOUND);
    assert_int_equal(
        decode_exact("deflate", (struct str){body, z.total_out}, false, &out),
        DECODE_BROKEN);
    assert_int_equal(out.n, 0);
    buf_fini(&out);
    deflateEnd(&z);
}

/*
 * Raw deflate may begin as zlib does: a stored block (RFC 1951, 3.2.4) whose
 * idle bits make the first byte 0x78, and of a length whose low byte makes
 * the two a multiple of 31.
 */
static void
test_raw_deflate_that_looks_like_zlib(void **state)
{
    struct buf text = make_text(0x0101), body, out;

    (void)state;
    buf_init(&body, BOUND);
    add(&body, "\x78\x01\x01\xfe\xfe", 5);
    add(&body, text.p, text.n);
    add(&body, "\x01\x00\x00\xff\xff", 5);
    buf_init(&out, BOUND);
    assert_int_equal(decode_exact("deflate", buf_str(&body), false, &out),
                     DECODE_OK);
    assert_true(str_equal(buf_str(&out), buf_str(&text)));
    buf_fini(&out);
    buf_fini(&body);
    buf_fini(&text);
}

/* ---- zstd, RFC 8878 ---- */

static void
test_zstd_frames(void **state)
{
    struct str skip = STR("\x53\x2a\x4d\x18\x04\0\0\0skip");
    struct buf text = make_text(70000), body, out;

    (void)state;
    buf_init(&body, BOUND);
    add(&body, skip.p, skip.n);
    encode_zstd((struct str){text.p, 69990}, &body);
    add(&body, skip.p, skip.n);
    encode_zstd((struct str){text.p + 69990, 10}, &body);
    add(&body, "behind", 6);
    buf_init(&out, BOUND);
    assert_int_equal(decode_exact("zstd", buf_str(&body), false, &out),
                     DECODE_OK);
    assert_true(str_equal(buf_str(&out), buf_str(&text)));
    /* exactly full between two frames: there is more all the same */
    buf_fini(&out);
    buf_init(&out, 69990);
    assert_int_equal(decode_exact("zstd", buf_str(&body), false, &out),
                     DECODE_TOO_BIG);
    assert_int_equal(out.n, 69990);
    buf_fini(&out);
    buf_fini(&body);
    buf_fini(&text);
}

/* RFC 9659: as a content encoding its window is at most 8 MB. */
static void
test_zstd_window_is_bounded(void **state)
{
    struct buf text = make_text(1000);

    (void)state;
    for (int log = 22; log <= 25; log++) {
        ZSTD_CCtx *c = ZSTD_createCCtx();
        ZSTD_inBuffer in = {text.p, text.n, 0};
        char bytes[2000];
        ZSTD_outBuffer to = {bytes, sizeof(bytes), 0};
        struct buf out;

        ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, log);
        /* in two calls: it must not know the size, or it takes less */
        in.size = 500;
        ZSTD_compressStream2(c, &to, &in, ZSTD_e_flush);
        in.size = text.n;
        assert_int_equal(ZSTD_compressStream2(c, &to, &in, ZSTD_e_end), 0);
        buf_init(&out, BOUND);
        assert_int_equal(
            decode_exact("zstd", (struct str){bytes, to.pos}, false, &out),
            log <= 23 ? DECODE_OK : DECODE_BROKEN);
        assert_int_equal(out.n, log <= 23 ? text.n : 0);
        buf_fini(&out);
        ZSTD_freeCCtx(c);
    }
    buf_fini(&text);
}

/* ---- brotli, RFC 7932 ---- */

static void
test_brotli_compressed(void **state)
{
    struct buf text, out;

    (void)state;
    buf_init(&text, 4096);
    for (int i = 0; i < 8; i++)
        assert_int_equal(
            buf_addf(&text,
                     "<li><a href=\"/page/%d\">Page %d of the loom</a>"
                     "</li>\n",
                     i * 7, i * 7),
            ERR_OK);
    for (size_t n = 1; n < sizeof(br_page); n++)
        for (int is_cut = 0; is_cut <= 1; is_cut++) {
            bool is_whole = n == sizeof(br_page) - 1;

            buf_init(&out, BOUND);
            assert_int_equal(
                decode_exact("br", (struct str){br_page, n}, is_cut, &out),
                is_whole || is_cut ? DECODE_OK : DECODE_BROKEN);
            assert_true(str_starts(buf_str(&text), buf_str(&out)));
            assert_true(!is_whole || out.n == text.n);
            buf_fini(&out);
        }
    for (size_t cap = 1; cap <= text.n; cap++) {
        buf_init(&out, cap);
        assert_int_equal(decode_exact("br", STR(br_page), false, &out),
                         cap < text.n ? DECODE_TOO_BIG : DECODE_OK);
        assert_int_equal(out.n, cap);
        buf_fini(&out);
    }
    buf_fini(&text);
}

static void
test_brotli_bomb(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, BOUND);
    assert_int_equal(decode_exact("br", STR(br_zeros), false, &out),
                     DECODE_BOMB);
    assert_int_equal(out.n, DECODE_RATIO_FREE_BYTES);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_encoding_is_a_list_of_one),
        cmocka_unit_test(test_plain_bytes_labelled_encoded_are_broken),
        cmocka_unit_test(test_no_bytes_are_no_fault),
        cmocka_unit_test(test_what_was_encoded_comes_back),
        cmocka_unit_test(test_cap_is_kept_to_the_byte),
        cmocka_unit_test(test_output_is_appended),
        cmocka_unit_test(test_cut_body_may_be_too_big),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_half_a_body_gives_half_its_text),
        cmocka_unit_test(test_any_damaged_byte_is_borne),
        cmocka_unit_test(test_text_before_damage_stays),
        cmocka_unit_test(test_garbage_is_borne),
        cmocka_unit_test(test_bomb_is_stopped_at_its_ratio),
        cmocka_unit_test(test_one_mib_is_no_bomb),
        cmocka_unit_test(test_bomb_of_many_members),
        cmocka_unit_test(test_isize_is_only_a_hint),
        cmocka_unit_test(test_isize_takes_no_memory),
        cmocka_unit_test(test_gzip_members),
        cmocka_unit_test(test_gzip_header_fields),
        cmocka_unit_test(test_zlib_dictionary_is_broken),
        cmocka_unit_test(test_raw_deflate_that_looks_like_zlib),
        cmocka_unit_test(test_zstd_frames),
        cmocka_unit_test(test_zstd_window_is_bounded),
        cmocka_unit_test(test_brotli_compressed),
        cmocka_unit_test(test_brotli_bomb),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
