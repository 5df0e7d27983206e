/*
 * cache_value: what a re-crawl remembers of a URL.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "common/cache_value.h"

static struct cache_value
sample(const char *etag, const char *modified)
{
    struct cache_value v = {.generation = 513,
                            .depth = 3,
                            .has_links = true,
                            .has_record = true,
                            .time_us = 1795264000123456,
                            .checked_s = 1795264000 + 86400,
                            .is_sha1 = true,
                            .etag = str_from(etag)};

    for (size_t i = 0; i < sizeof(v.digest); i++)
        v.digest[i] = (unsigned char)(i * 11);
    snprintf(v.modified, sizeof(v.modified), "%s", modified);
    return v;
}

static void
assert_comes_back(const struct cache_value *v, size_t bytes)
{
    struct cache_value back;
    struct buf b;

    buf_init(&b, CACHE_VALUE_MAX);
    assert_int_equal(cache_value_pack(v, &b), ERR_OK);
    assert_int_equal(b.n, bytes);
    assert_int_equal(cache_value_unpack(buf_str(&b), &back), ERR_OK);
    assert_int_equal(back.generation, v->generation);
    assert_int_equal(back.depth,
                     v->depth < CACHE_DEPTH_MAX ? v->depth : CACHE_DEPTH_MAX);
    assert_int_equal(back.has_links, v->has_links);
    assert_int_equal(back.has_record, v->has_record);
    assert_int_equal(back.time_us, v->time_us);
    assert_int_equal(back.checked_s, v->checked_s);
    assert_memory_equal(back.digest, v->digest, v->is_sha1 ? 20 : 8);
    assert_string_equal(back.modified, v->modified);
    assert_true(str_equal(back.etag, v->etag));
    buf_fini(&b);
}

static void
test_what_is_packed_comes_back(void **state)
{
    /* the bytes: 15, the digest's 20, then what these two take */
    static const struct {
        const char *etag, *modified;
        size_t bytes;
    } rows[] = {
        {"", "", 39},
        {"\"65f1a2b3-1a2b\"", "Wed, 13 Mar 2024 12:57:23 GMT", 54},
        {"W/\"x\"", "", 44},
        {"\"a-gzip\"", "", 47},
        /* hex is packed, what is not quite hex is not */
        {"\"d41d8cd98f00b204e9800998ecf8427e\"", "", 39 + 16},
        {"W/\"d41d8cd98f00b204e9800998ecf8427e\"", "", 39 + 16},
        {"\"d41d8cd98f00b204e9800998ecf8427e-2\"", "", 39 + 36},
        {"\"D41D8CD9\"", "", 39 + 10},
        {"\"d41d8cd\"", "", 39 + 9},
        {"\"d41d8c\"", "", 39 + 8},
        {"d41d8cd98f", "", 39 + 10},
        {"unquoted", "", 47},
        {"\"\xe9\"", "", 42},
        {"", "Sun, 06 Nov 1994 08:49:37 GMT", 39},
        /* not to the byte what four bytes would give back: kept as text */
        {"", "Mon, 06 Nov 1994 08:49:37 GMT", 65},
        {"", "Sun, 6 Nov 1994 08:49:37 GMT", 64},
        {"", "Sunday, 06-Nov-94 08:49:37 GMT", 66},
        {"", "Sun Nov  6 08:49:37 1994", 60},
        {"", "Thu, 01 Jan 1970 00:00:00 GMT", 65},
        {"", "Fri, 01 Jan 2200 00:00:00 GMT", 65},
        {"", "Wed, 30 Feb 2022 00:00:00 GMT", 65},
        {"", "yesterday", 45},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cache_value v = sample(rows[i].etag, rows[i].modified);

        assert_comes_back(&v, rows[i].bytes);
    }
}

static void
test_every_flag_and_bound_comes_back(void **state)
{
    struct cache_value v = sample("\"e\"", "");

    (void)state;
    v.is_sha1 = v.has_links = v.has_record = false;
    v.generation = CACHE_GENERATION_MAX;
    v.depth = 1000;
    v.checked_s = v.time_us / 1000000;
    memset(v.digest + 8, 0, 12);
    assert_comes_back(&v, 15 + 8 + 4 + 3);
    v.depth = 0;
    v.generation = 0;
    v.time_us = 0;
    v.checked_s = UINT32_MAX;
    assert_comes_back(&v, 15 + 8 + 4 + 3);
}

/* A clock that went back, or an age beyond a century, is no error. */
static void
test_an_age_is_kept_within_its_bytes(void **state)
{
    struct cache_value v = sample("", ""), back;
    struct buf b;

    (void)state;
    buf_init(&b, CACHE_VALUE_MAX);
    v.checked_s = 5;
    assert_int_equal(cache_value_pack(&v, &b), ERR_OK);
    assert_int_equal(cache_value_unpack(buf_str(&b), &back), ERR_OK);
    assert_int_equal(back.checked_s, v.time_us / 1000000);
    buf_reset(&b);
    v.checked_s = INT64_MAX;
    assert_int_equal(cache_value_pack(&v, &b), ERR_OK);
    assert_int_equal(cache_value_unpack(buf_str(&b), &back), ERR_OK);
    assert_int_equal(back.checked_s, v.time_us / 1000000 + UINT32_MAX);
    buf_fini(&b);
}

static void
test_validators_that_cannot_be_sent_are_refused(void **state)
{
    char longest[CACHE_ETAG_MAX + 2];
    struct cache_value v;
    struct buf b;

    (void)state;
    buf_init(&b, CACHE_VALUE_MAX);
    memset(longest, 'x', sizeof(longest));
    assert_true(cache_etag_is_good((struct str){longest, CACHE_ETAG_MAX}));
    assert_false(cache_etag_is_good((struct str){longest, CACHE_ETAG_MAX + 1}));
    assert_true(
        cache_modified_is_good((struct str){longest, CACHE_MODIFIED_MAX}));
    assert_false(
        cache_modified_is_good((struct str){longest, CACHE_MODIFIED_MAX + 1}));
    assert_false(cache_etag_is_good(STR("\"a\r\nX: y\"")));
    assert_false(cache_etag_is_good(STR("\"a\0b\"")));
    assert_false(cache_etag_is_good(STR("\"\x7f\"")));
    assert_false(cache_etag_is_good(STR(" \"a\"")));
    assert_false(cache_etag_is_good(STR("")));
    assert_false(cache_modified_is_good(STR("\xe9")));
    v = sample("\"a\r\nX: y\"", "");
    assert_int_equal(cache_value_pack(&v, &b), ERR_INVALID);
    v = sample("", "a\nb");
    assert_int_equal(cache_value_pack(&v, &b), ERR_INVALID);
    v = sample("", "");
    v.time_us = -1;
    assert_int_equal(cache_value_pack(&v, &b), ERR_INVALID);
    assert_int_equal(b.n, 0);
    buf_fini(&b);
}

/* Every head of a good value, each of its bytes turned: read or refused. */
static void
test_broken_bytes_are_refused_or_read(void **state)
{
    struct cache_value v = sample("\"e\"", "yesterday"), back;
    struct buf b;

    (void)state;
    buf_init(&b, CACHE_VALUE_MAX);
    assert_int_equal(cache_value_pack(&v, &b), ERR_OK);
    for (size_t n = 0; n < 36 + 9; n++)
        assert_int_equal(cache_value_unpack((struct str){b.p, n}, &back),
                         ERR_INVALID);
    b.p[0] = (char)(b.p[0] ^ 0x80);
    assert_int_equal(cache_value_unpack(buf_str(&b), &back), ERR_INVALID);
    b.p[0] = (char)(b.p[0] ^ 0x80);
    b.p[35] = 127; /* a text that ends behind the value */
    assert_int_equal(cache_value_unpack(buf_str(&b), &back), ERR_INVALID);
    b.p[35] = 9;
    b.p[b.n - 1] = '\n';
    assert_int_equal(cache_value_unpack(buf_str(&b), &back), ERR_INVALID);
    buf_fini(&b);
}

/* RFC 4648 section 6, by the digest of nothing: FIPS 180-4. */
static void
test_digests_are_written_as_in_warc(void **state)
{
    static const unsigned char nothing[20] = {
        0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55,
        0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8, 0x07, 0x09};
    struct cache_value v = {.is_sha1 = true};
    char text[CACHE_DIGEST_BYTES];

    (void)state;
    memcpy(v.digest, nothing, sizeof(nothing));
    cache_digest_text(&v, text);
    assert_string_equal(text, "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ");
    v.is_sha1 = false;
    cache_digest_text(&v, text);
    assert_string_equal(text, "xxh3:0d4b6b5eeea339da");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_packed_comes_back),
        cmocka_unit_test(test_every_flag_and_bound_comes_back),
        cmocka_unit_test(test_an_age_is_kept_within_its_bytes),
        cmocka_unit_test(test_validators_that_cannot_be_sent_are_refused),
        cmocka_unit_test(test_broken_bytes_are_refused_or_read),
        cmocka_unit_test(test_digests_are_written_as_in_warc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
