/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

#include "common/json_line.h"
#include "master/verify_line.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What every line has, and room for more behind it. */
#define HEAD                                                         \
    "{\"time\":\"2026-11-21T09:30:00.250Z\",\"url\":\"http://a.t/\"" \
    ",\"outcome\":\"OK\",\"site\":\"a.t\",\"worker\":\"w\""

static struct buf space;

static enum err
parse(struct str text, struct verify_line *out)
{
    return verify_line_parse(text, &space, out);
}

static void
assert_str(struct str got, const char *want)
{
    assert_int_equal(got.n, strlen(want));
    if (got.n > 0)
        assert_memory_equal(got.p, want, got.n);
}

static void
test_members_of_a_whole_line(void **state)
{
    struct verify_line l;

    (void)state;
    assert_int_equal(
        parse(STR(HEAD ",\"status\":200,\"ms\":12,\"type\":\"text/html\","
                       "\"warc\":\"t-1.warc.gz\",\"offset\":1234,\"depth\":2,"
                       "\"retry\":true,\"referrer\":\"http://b.t/\","
                       "\"redirect\":\"http://c.t/\",\"truncated\":false,"
                       "\"sent_ms\":1795253400000,\"spacing_ms\":1500}"),
              &l),
        ERR_OK);
    assert_str(l.url, "http://a.t/");
    assert_str(l.outcome, "OK");
    assert_str(l.site, "a.t");
    assert_str(l.worker, "w");
    assert_str(l.warc, "t-1.warc.gz");
    assert_str(l.referrer, "http://b.t/");
    assert_str(l.redirect, "http://c.t/");
    assert_int_equal(l.offset, 1234);
    assert_int_equal(l.sent_ms, 1795253400000);
    assert_int_equal(l.spacing_ms, 1500);
    assert_int_equal(l.time_ms, 1795253400250);
    assert_true(l.will_retry);
    assert_int_equal(l.status, 200);
    assert_int_equal(l.ms, 12);
    assert_int_equal(l.depth, 2);
    assert_str(l.type, "text/html");
    assert_false(l.is_truncated);
}

/* They may come in any order; a page without a Content-Type has null. */
static void
test_members_out_of_order(void **state)
{
    struct verify_line l;

    (void)state;
    assert_int_equal(parse(STR("{\"worker\":\"w\",\"type\":null,\"ms\":7,"
                               "\"site\":\"a.t\",\"revisit\":true,"
                               "\"url\":\"http://a.t/\",\"bytes\":0,"
                               "\"outcome\":\"OK\",\"error\":\"e\"}"),
                           &l),
                     ERR_OK);
    assert_str(l.worker, "w");
    assert_str(l.site, "a.t");
    assert_str(l.type, "");
    assert_str(l.error, "e");
    assert_int_equal(l.ms, 7);
    assert_int_equal(l.bytes, 0);
    assert_true(l.is_revisit);
}

static void
test_members_that_are_not_there(void **state)
{
    struct verify_line l;

    (void)state;
    assert_int_equal(parse(STR(HEAD "}"), &l), ERR_OK);
    assert_str(l.warc, "");
    assert_str(l.referrer, "");
    assert_int_equal(l.offset, -1);
    assert_int_equal(l.sent_ms, -1);
    assert_int_equal(l.spacing_ms, -1);
    assert_false(l.will_retry);
}

static void
test_lines_that_are_none(void **state)
{
    static const char *const none[] = {
        "",
        "{",
        "}",
        "{}",
        "[]",
        "null",
        "junk",
        HEAD,             /* cut off */
        HEAD ",",         /* ... there */
        HEAD ",\"x",      /* ... in a name */
        HEAD ",\"x\"",    /* ... behind it */
        HEAD ",\"x\":",   /* ... before the value */
        HEAD ",\"x\":\"", /* ... in the value */
        HEAD ",\"x\":\"\\",
        HEAD ",\"x\":\"\\\"}",
        HEAD ",\"x\":1",
        HEAD ",}",
        HEAD ",\"x\":}",
        HEAD ",\"x\":-}",
        HEAD ",\"x\":nul}",
        HEAD ",\"x\":[1,{\"y\":2}}",
        HEAD ",\"x\" 1}",
        HEAD ",x:1}",
        HEAD "}}",
        HEAD "}x",
        HEAD "} {}",
        HEAD ",\"offset\":1.5}",
        HEAD ",\"offset\":\"1\"}",
        HEAD ",\"offset\":99999999999999999999}",
        HEAD ",\"retry\":1}",
        HEAD ",\"retry\":trueish}",
        HEAD ",\"warc\":5}",
        HEAD ",\"warc\":null}",
        HEAD ",\"time\":\"2026-11-21T09:30:00Z\"}",
        HEAD ",\"time\":\"2026-11-21 09:30:00.250Z\"}",
        HEAD ",\"referrer\":\"\\x\"}",
        HEAD ",\"referrer\":\"\\u12\"}",
        HEAD ",\"referrer\":\"\\ud83d\"}",
        HEAD ",\"referrer\":\"\\ude00\"}",
        HEAD ",\"referrer\":\"\\ud83d\\u0041\"}",
        "{\"url\":\"http://a.t/\",\"site\":\"a.t\",\"worker\":\"w\"}",
        "{\"outcome\":\"OK\",\"site\":\"a.t\",\"worker\":\"w\"}",
        "{\"url\":\"http://a.t/\",\"outcome\":\"OK\",\"worker\":\"w\"}",
        "{\"url\":\"http://a.t/\",\"outcome\":\"OK\",\"site\":\"a.t\"}",
    };
    struct verify_line l;

    (void)state;
    for (size_t i = 0; i < COUNT(none); i++) {
        /* in memory of its own, so that a sanitizer sees a read behind it */
        size_t n = strlen(none[i]);
        char *text = malloc(n ? n : 1);

        assert_non_null(text);
        memcpy(text, none[i], n);
        if (parse((struct str){text, n}, &l) == ERR_OK)
            fail_msg("taken for a line: %s", none[i]);
        free(text);
    }
    /* NUL bytes, as a disk leaves them where a write never came */
    assert_int_equal(parse(STR("\0\0\0\0\0\0\0\0"), &l), ERR_INVALID);
    assert_int_equal(parse(STR(HEAD ",\"x\":\0}"), &l), ERR_INVALID);
    assert_int_equal(parse(STR(HEAD ",\"warc\":\"\\\0\"}"), &l), ERR_INVALID);
}

/* Other writers' blanks, order and members do no harm. */
static void
test_values_that_are_passed_over(void **state)
{
    static const char *const more[] = {
        ",\"x\":null",
        ",\"x\":true",
        ",\"x\":-1.5e+3",
        ", \"x\" : \"a\\\"b\" ",
        ",\"x\":[]",
        ",\"x\":{\"url\":\"http://evil.t/\",\"y\":[1,\"]}\",{}]}",
        ",\"x\":[[[\"\\\"]\"]]]",
        ",\t\"url2\":\"http://evil.t/\"",
        ",\"\":0",
    };
    struct verify_line l;
    char text[512];

    (void)state;
    for (size_t i = 0; i < COUNT(more); i++) {
        snprintf(text, sizeof(text), "%s%s}", HEAD, more[i]);
        if (parse(str_from(text), &l) != ERR_OK)
            fail_msg("not taken: %s", text);
        assert_str(l.url, "http://a.t/");
    }
}

/* json_line.c and jansson agree on what was written. */
static void
test_escapes(void **state)
{
    const struct str cases[] = {
        STR("http://a.t/?\\\"'<>"),
        STR("\n\r\t\b\f/"),
        STR("\x01\x1f\x7f"),
        STR("\xc2\x9b\xe2\x80\xae\xc3\xa9\xf0\x9f\x98\x80"),
        STR("\\"),
        STR("\\\\\\u0041"),
    };
    struct buf b;
    struct json_line line;
    struct verify_line l;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < COUNT(cases); i++) {
        buf_reset(&b);
        json_line_begin(&line, &b);
        json_line_str(&line, "url", cases[i]);
        json_line_str(&line, "outcome", STR("OK"));
        json_line_str(&line, "site", cases[i]);
        json_line_str(&line, "worker", STR("w"));
        assert_int_equal(json_line_end(&line), ERR_OK);
        assert_int_equal(parse((struct str){b.p, b.n - 1}, &l), ERR_OK);
        assert_true(str_equal(l.url, cases[i]));
        assert_true(str_equal(l.site, cases[i]));
    }
    assert_int_equal(
        parse(STR(HEAD ",\"referrer\":\"\\ud83d\\ude00\\/\"}"), &l), ERR_OK);
    assert_str(l.referrer, "\xf0\x9f\x98\x80/");
    buf_fini(&b);
}

/* Whatever is cut out of a line or changed in it: taken only if jansson does.
 */
static void
test_nothing_is_taken_that_is_no_json(void **state)
{
    static const char whole[] =
        HEAD ",\"offset\":12,\"retry\":false,\"referrer\":\"\\u00e9\\\"x\"}";
    static const char bytes[] = "\"\\{}[]:,1-.tx \t";
    char text[sizeof(whole)];
    struct verify_line l;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(whole); i++)
        for (size_t j = 0; j < sizeof(bytes); j++) {
            size_t n = sizeof(whole) - 1;
            json_t *json;

            memcpy(text, whole, sizeof(whole));
            if (j == sizeof(bytes) - 1)
                memmove(text + i, text + i + 1, n-- - i);
            else
                text[i] = bytes[j];
            if (parse((struct str){text, n}, &l) != ERR_OK)
                continue;
            json = json_loadb(text, n, 0, NULL);
            /* a raw tab in a string is passed, it does no harm */
            if (json == NULL && strchr(text, '\t') == NULL)
                fail_msg("taken: %s", text);
            json_decref(json);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_of_a_whole_line),
        cmocka_unit_test(test_members_out_of_order),
        cmocka_unit_test(test_members_that_are_not_there),
        cmocka_unit_test(test_lines_that_are_none),
        cmocka_unit_test(test_values_that_are_passed_over),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_nothing_is_taken_that_is_no_json),
    };
    int failed;

    buf_init(&space, 1 << 20);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_fini(&space);
    return failed;
}
