/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "common/json_line.h"
#include "common/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
assert_line(const struct buf *b, const char *want)
{
    assert_int_equal(b->n, strlen(want));
    assert_memory_equal(b->p, want, b->n);
}

/* RFC 8259 section 7, and what a terminal must not get */
static void
test_strings_are_escaped(void **state)
{
    const struct {
        struct str in;
        const char *want;
    } cases[] = {
        {STR(""), "{\"k\":\"\"}\n"},
        {STR("plain /?&'<>~"), "{\"k\":\"plain /?&'<>~\"}\n"},
        {STR("a\"b\\c"), "{\"k\":\"a\\\"b\\\\c\"}\n"},
        {STR("\n\r\t"), "{\"k\":\"\\n\\r\\t\"}\n"},
        {STR("\0\x01\x1b[31m\x1f"),
         "{\"k\":\"\\u0000\\u0001\\u001b[31m\\u001f\"}\n"},
        {STR("\x7f"), "{\"k\":\"\\u007f\"}\n"},
        /* C1, which some terminals obey */
        {STR("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0"),
         "{\"k\":\"\\u0080\\u009b\\u009f\xc2\xa0\"}\n"},
        {STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
         "{\"k\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}\n"},
        /* U+202E, U+2066, U+200F, U+061C, U+2028 */
        {STR("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8"),
         "{\"k\":\"\\u202e\\u2066\\u200f\\u061c\\u2028\"}\n"},
        /* a stray byte, an over-long form, a surrogate, a cut-off one */
        {STR("a\xff\x62"), "{\"k\":\"a\xef\xbf\xbd\x62\"}\n"},
        {STR("\xc0\xaf"), "{\"k\":\"\xef\xbf\xbd\xef\xbf\xbd\"}\n"},
        {STR("\xed\xa0\x80"),
         "{\"k\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}\n"},
        {STR("x\xe2\x82"), "{\"k\":\"x\xef\xbf\xbd\xef\xbf\xbd\"}\n"},
        {STR_NONE, "{\"k\":null}\n"},
    };
    struct buf b;
    struct json_line l;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < COUNT(cases); i++) {
        buf_reset(&b);
        json_line_begin(&l, &b);
        json_line_str(&l, "k", cases[i].in);
        assert_int_equal(json_line_end(&l), ERR_OK);
        assert_line(&b, cases[i].want);
    }
    buf_fini(&b);
}

static void
test_fields_follow_each_other(void **state)
{
    struct buf b;
    struct json_line l;

    (void)state;
    buf_init(&b, 4096);
    assert_int_equal(buf_add(&b, "kept\n", 5), ERR_OK);
    json_line_begin(&l, &b);
    assert_int_equal(json_line_end(&l), ERR_OK);
    json_line_begin(&l, &b);
    json_line_int(&l, "status", 200);
    json_line_str(&l, "url", STR("http://a.test/"));
    json_line_bool(&l, "t", true);
    json_line_bool(&l, "f", false);
    json_line_int(&l, "low", INT64_MIN);
    assert_int_equal(json_line_end(&l), ERR_OK);
    assert_line(&b, "kept\n{}\n{\"status\":200,\"url\":\"http://a.test/\","
                    "\"t\":true,\"f\":false,\"low\":-9223372036854775808}\n");
    buf_fini(&b);
}

static void
test_lists_hold_values_and_lists(void **state)
{
    struct buf b;
    struct json_line l;

    (void)state;
    buf_init(&b, 4096);
    json_line_begin(&l, &b);
    json_line_list(&l, "none");
    json_line_list_end(&l);
    json_line_list(&l, "sites");
    for (int i = 0; i < 2; i++) {
        json_line_list(&l, NULL);
        json_line_str(&l, NULL, STR("a["));
        json_line_int(&l, NULL, i);
        json_line_bool(&l, NULL, true);
        json_line_list_end(&l);
    }
    json_line_list_end(&l);
    json_line_int(&l, "behind", 7);
    assert_int_equal(json_line_end(&l), ERR_OK);
    assert_line(&b, "{\"none\":[],\"sites\":[[\"a[\",0,true],"
                    "[\"a[\",1,true]],\"behind\":7}\n");
    buf_fini(&b);
}

/* RFC 3339 section 5.6, in UTC */
static void
test_times_are_utc_with_milliseconds(void **state)
{
    static const struct {
        int64_t in;
        const char *want;
    } cases[] = {
        {0, "{\"t\":\"1970-01-01T00:00:00.000Z\"}\n"},
        {1709208000250999, "{\"t\":\"2024-02-29T12:00:00.250Z\"}\n"},
        {-1, "{\"t\":\"1969-12-31T23:59:59.999Z\"}\n"},
        {-1000000, "{\"t\":\"1969-12-31T23:59:59.000Z\"}\n"},
        {253402300799999999, "{\"t\":\"9999-12-31T23:59:59.999Z\"}\n"},
    };
    struct buf b;
    struct json_line l;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < COUNT(cases); i++) {
        buf_reset(&b);
        json_line_begin(&l, &b);
        json_line_time(&l, "t", cases[i].in);
        assert_int_equal(json_line_end(&l), ERR_OK);
        assert_line(&b, cases[i].want);
    }
    /* a clock gone mad writes something, whole, and no more */
    json_line_begin(&l, &b);
    json_line_time(&l, "t", INT64_MIN);
    json_line_time(&l, "u", INT64_MAX);
    assert_int_equal(json_line_end(&l), ERR_OK);
    buf_fini(&b);
}

/* whatever the bound is, the buffer holds whole lines only */
static void
test_a_line_that_does_not_fit_leaves_nothing(void **state)
{
    const struct str value = STR("a\"\x01\xff end");
    size_t whole = 0;

    (void)state;
    for (size_t max = 0; max < 120; max++) {
        struct buf b;
        struct json_line l;
        enum err e;

        buf_init(&b, max);
        if (buf_add(&b, "x\n", 2) != ERR_OK)
            continue;
        json_line_begin(&l, &b);
        json_line_str(&l, "key", value);
        json_line_int(&l, "int", 123456);
        json_line_time(&l, "time", 1);
        json_line_list(&l, "list");
        json_line_bool(&l, NULL, false);
        json_line_list_end(&l);
        e = json_line_end(&l);
        if (e == ERR_OK) {
            assert_true(b.n > 2 && b.p[b.n - 1] == '\n');
            whole++;
        } else {
            assert_int_equal(e, ERR_TOO_BIG);
            assert_line(&b, "x\n");
            assert_int_equal(whole, 0);
        }
        buf_fini(&b);
    }
    assert_true(whole > 0);
}

/* an independent reader agrees, for every byte and pair of bytes */
static void
test_another_reader_reads_it(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    for (unsigned pair = 0; pair < 65536; pair++) {
        char in[3] = {(char)(pair >> 8), (char)pair, 'z'};
        struct json_line l;
        json_t *root;
        const char *got;

        buf_reset(&b);
        json_line_begin(&l, &b);
        json_line_str(&l, "k", (struct str){in, 3});
        assert_int_equal(json_line_end(&l), ERR_OK);
        assert_ptr_equal(memchr(b.p, '\n', b.n), b.p + b.n - 1);
        root = json_loadb(b.p, b.n, JSON_ALLOW_NUL, NULL);
        assert_non_null(root);
        got = json_string_value(json_object_get(root, "k"));
        assert_non_null(got);
        if (utf8_is_valid(in, 3))
            assert_memory_equal(got, in, 3);
        json_decref(root);
    }
    buf_fini(&b);
}

/* Eight bytes are looked at at a time: none may hide among the others. */
static void
test_a_character_is_escaped_wherever_it_stands(void **state)
{
    struct buf alone, among;

    (void)state;
    buf_init(&alone, 100);
    buf_init(&among, 200);
    for (int c = 0; c < 256; c++) {
        char text[24], one = (char)c;
        struct json_line line;
        size_t n;

        buf_reset(&alone);
        json_line_begin(&line, &alone);
        json_line_str(&line, "k", (struct str){&one, 1});
        assert_int_equal(json_line_end(&line), ERR_OK);
        n = alone.n - 9; /* of {"k":"..."} and the line's end */
        for (size_t at = 0; at < sizeof(text); at++) {
            memset(text, 'z', sizeof(text));
            text[at] = one;
            buf_reset(&among);
            json_line_begin(&line, &among);
            json_line_str(&line, "k", (struct str){text, sizeof(text)});
            assert_int_equal(json_line_end(&line), ERR_OK);
            assert_int_equal(among.n, 9 + sizeof(text) - 1 + n);
            assert_memory_equal(among.p + 6 + at, alone.p + 6, n);
        }
    }
    buf_fini(&among);
    buf_fini(&alone);
}

static void
test_objects_stand_in_lists(void **state)
{
    struct json_line line;
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    json_line_begin(&line, &out);
    json_line_list(&line, "l");
    for (int i = 0; i < 2; i++) {
        json_line_object(&line, NULL);
        json_line_int(&line, "i", i);
        json_line_bool(&line, "b", true);
        json_line_object_end(&line);
    }
    json_line_list_end(&line);
    json_line_object(&line, "o");
    json_line_object_end(&line);
    assert_int_equal(json_line_end(&line), ERR_OK);
    assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
    assert_string_equal(out.p, "{\"l\":[{\"i\":0,\"b\":true},"
                               "{\"i\":1,\"b\":true}],\"o\":{}}\n");
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings_are_escaped),
        cmocka_unit_test(test_fields_follow_each_other),
        cmocka_unit_test(test_lists_hold_values_and_lists),
        cmocka_unit_test(test_times_are_utc_with_milliseconds),
        cmocka_unit_test(test_a_line_that_does_not_fit_leaves_nothing),
        cmocka_unit_test(test_another_reader_reads_it),
        cmocka_unit_test(test_a_character_is_escaped_wherever_it_stands),
        cmocka_unit_test(test_objects_stand_in_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
