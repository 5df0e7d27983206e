/*
 * exec_answer: what a command of --exec may print, and what it may not; with
 * json_scan, which reads it (RFC 8259).
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "common/json_scan.h"
#include "worker/exec_answer.h"

/* --- json_scan --- */

static bool
is_json(const char *text)
{
    struct json_value value;

    return json_scan(str_from(text), &value);
}

/* RFC 8259 sections 2 to 7 */
static void
test_json_is_told_from_what_is_none(void **state)
{
    static const char *const good[] = {
        "{}",
        "[]",
        " [ ] ",
        "{ }",
        "0",
        "-0",
        "-1.5e+10",
        "1E5",
        "0.5",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\\u00e9\\n\\/\"",
        "\"\xc3\xa9\"",
        "\"\\ud800\"",
        "{\"a\":1}",
        "{\"a\" : [1,2,{\"b\":null}] , \"c\":\"\\\"\"}",
        "[[[]],[]]",
        "[{},{\"a\":{}}]",
        "\"\x7f\"",
        "[1,\t2\r\n]"};
    static const char *const bad[] = {"",           " ",
                                      "{",          "}",
                                      "[",          "]",
                                      "{]",         "[}",
                                      "{\"a\"}",    "{\"a\":}",
                                      "{\"a\":1,}", "[1,]",
                                      "[,1]",       "[1 2]",
                                      "{,}",        "{a:1}",
                                      "{'a':1}",    "01",
                                      "1.",         ".5",
                                      "1e",         "+1",
                                      "-",          "--1",
                                      "0x10",       "tru",
                                      "nulll",      "True",
                                      "NaN",        "Infinity",
                                      "\"",         "\"\\\"",
                                      "\"\\x\"",    "\"\\u12g4\"",
                                      "\"\\u12",    "\"a\nb\"",
                                      "\"\t\"",     "\"\xff\"",
                                      "\"\xc3\"",   "\"\xed\xa0\x80\"",
                                      "{} {}",      "{}x",
                                      "[]]",        "{\"a\":1}}",
                                      "1 1",        "{\"a\":1 \"b\":2}",
                                      "{\"a\" 1}",  "{1:2}",
                                      "[\"a\":1]",  "// x",
                                      "{}//",       "\xef\xbb\xbf{}"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!is_json(good[i]))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (is_json(bad[i]))
            fail_msg("taken: %s", bad[i]);
}

static void
test_brackets_are_bounded(void **state)
{
    char text[2 * (JSON_SCAN_DEPTH + 1) + 1];

    (void)state;
    for (size_t n = JSON_SCAN_DEPTH; n <= JSON_SCAN_DEPTH + 1; n++) {
        memset(text, '[', n);
        memset(text + n, ']', n);
        text[2 * n] = '\0';
        assert_int_equal(is_json(text), n == JSON_SCAN_DEPTH);
    }
}

static void
test_a_nul_byte_is_no_json(void **state)
{
    struct json_value value;

    (void)state;
    assert_false(json_scan(STR("{}\0"), &value));
    assert_false(json_scan(STR("\"a\0b\""), &value));
    assert_false(json_scan(STR("\"\\\0\""), &value));
}

/* RFC 8259 section 7 */
static void
test_a_string_stands_for_characters(void **state)
{
    static const struct {
        const char *in, *want;
    } rows[] = {{"\"\"", ""},
                {"\"a\\/b\"", "a/b"},
                {"\"\\\"\\\\\\b\\f\\n\\r\\t\"", "\"\\\b\f\n\r\t"},
                {"\"\\u00e9\\u20AC\"", "\xc3\xa9\xe2\x82\xac"},
                {"\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!"},
                {"\"\\ud83d!\"", "\xef\xbf\xbd!"},
                {"\"\\ude00\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd"},
                {"\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                                       "A"}};
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(is_json(rows[i].in));
        buf_reset(&out);
        assert_int_equal(json_scan_unquote(str_from(rows[i].in), &out), ERR_OK);
        assert_int_equal(out.n, strlen(rows[i].want));
        if (out.n > 0)
            assert_memory_equal(out.p, rows[i].want, out.n);
    }
    buf_fini(&out);
}

/* --- exec_answer --- */

static void
add(struct buf *out, const char *what, struct str s)
{
    assert_int_equal(buf_addf(out, "%s%.*s ", what, STR_ARG(s)), ERR_OK);
}

static void
on_link(void *arg, struct str reference, int64_t depth)
{
    char what[32];

    snprintf(what, sizeof(what), "L%lld:", (long long)depth);
    add(arg, what, reference);
}

static void
on_record(void *arg, struct str object)
{
    add(arg, "R", object);
}

/* What the line brings, in a row; "?" and why when it is wrong. */
static const char *
read_line(struct str line, struct buf *out)
{
    const struct exec_answer_sink sink = {on_link, on_record, out};
    struct buf scratch;
    const char *why;
    enum err e;

    buf_reset(out);
    buf_init(&scratch, 1000);
    e = exec_answer_read(line, &sink, &scratch, &why);
    buf_fini(&scratch);
    if (e == ERR_INVALID) {
        assert_int_equal(out->n, 0); /* nothing of a wrong line */
        add(out, "?", str_from(why));
    } else if (e != ERR_OK) {
        add(out, "!", str_from(err_str(e)));
    }
    assert_int_equal(buf_add_char(out, '\0'), ERR_OK);
    return out->p;
}

static const struct {
    const char *line, *want;
} answers[] = {
    {"", ""},
    {"  \r", ""},
    {"{}", ""},
    {" { } ", ""},
    {"{\"links\":[]}", ""},
    {"{\"links\":[\"a\",\"http://b/?x=1&y=2\"]}",
     "L-1:a L-1:http://b/?x=1&y=2 "},
    {"{\"links\":[{\"url\":\"\\/a\"},{\"depth\":0,\"url\":\"b\"}]}",
     "L-1:/a L0:b "},
    {"{\"links\":[{\"url\":\"a\",\"text\":[1],\"depth\":7}]}", "L7:a "},
    {"{\"links\":[\"\"]}", "L-1: "},
    {"{\"record\":{\"a\":1}}", "R{\"a\":1} "},
    {"{\"record\":{}}", "R{} "},
    {"{\"records\":[]}", ""},
    {"{\"records\":[{\"a\":1}, {\"b\": 2.50}]}", "R{\"a\":1} R{\"b\": 2.50} "},
    {"{\"a\":1,\"b\":[2]}", "R{\"a\":1,\"b\":[2]} "},
    {"{\"a\":12345678901234567890123,\"b\":0.10}",
     "R{\"a\":12345678901234567890123,\"b\":0.10} "},
    {"{\"title\":\"x\",\"links\":[\"a\"], \"n\" : 1}",
     "L-1:a R{\"title\":\"x\",\"n\":1} "},
    {"{\"record\":{\"a\":1},\"links\":[\"b\"]}", "R{\"a\":1} L-1:b "},
    {"{\"Links\":3}", "R{\"Links\":3} "},
    {"{\"error\":null}", "R{\"error\":null} "},
    /* garbage */
    {"hello", "?it is no JSON "},
    {"{\"links\":[\"a\"]", "?it is no JSON "},
    {"{\"a\":1}{\"b\":2}", "?it is no JSON "},
    {"[]", "?it is no JSON object "},
    {"\"a\"", "?it is no JSON object "},
    {"null", "?it is no JSON object "},
    {"{\"links\":\"a\"}", "?links is no array "},
    {"{\"links\":null}", "?links is no array "},
    {"{\"links\":{\"url\":\"a\"}}", "?links is no array "},
    {"{\"links\":[\"a\",1]}", "?a link is neither a string nor an object "},
    {"{\"links\":[[\"a\"]]}", "?a link is neither a string nor an object "},
    {"{\"links\":[{}]}", "?a link has no url "},
    {"{\"links\":[{\"url\":1}]}", "?a link's url is no string "},
    {"{\"links\":[\"a\",{\"url\":\"a\",\"depth\":-1}]}",
     "?a link's depth is no whole number from 0 to 1000000 "},
    {"{\"links\":[{\"url\":\"a\",\"depth\":1.5}]}",
     "?a link's depth is no whole number from 0 to 1000000 "},
    {"{\"links\":[{\"url\":\"a\",\"depth\":1000001}]}",
     "?a link's depth is no whole number from 0 to 1000000 "},
    {"{\"links\":[{\"url\":\"a\",\"depth\":\"1\"}]}",
     "?a link's depth is no whole number from 0 to 1000000 "},
    {"{\"record\":[]}", "?record is no object "},
    {"{\"links\":[\"a\"],\"record\":1}", "?record is no object "},
    {"{\"records\":{}}", "?records is no array "},
    {"{\"record\":{\"a\":1},\"records\":[{},1]}",
     "?one of records is no object "},
};

static void
test_an_answer_brings_links_and_records(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 10000);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct str line = str_from(answers[i].line);
        /* of its own size, so that a byte too far is found out */
        char *copy = malloc(line.n + 1);

        assert_non_null(copy);
        memcpy(copy, line.p, line.n);
        assert_string_equal(read_line((struct str){copy, line.n}, &out),
                            answers[i].want);
        free(copy);
    }
    buf_fini(&out);
}

static void
test_binary_is_no_answer(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    assert_string_equal(read_line(STR("\x7f"
                                      "ELF\x02\0\0"),
                                  &out),
                        "?it is no JSON ");
    assert_string_equal(read_line(STR("{\"a\":\"\xff\"}"), &out),
                        "?it is no JSON ");
    assert_string_equal(read_line(STR("{\"a\0\":1}"), &out), "?it is no JSON ");
    buf_fini(&out);
}

static void
test_a_link_too_long_for_us_is_an_error(void **state)
{
    char line[1200] = "{\"links\":[\"";
    struct buf out;

    (void)state;
    buf_init(&out, 5000);
    memset(line + strlen(line), 'a', 1100);
    memcpy(line + 1111, "\"]}", 4);
    assert_string_equal(read_line(str_from(line), &out), "!too big ");
    buf_fini(&out);
}

static void
test_a_record_is_stored_with_its_page(void **state)
{
    static const struct {
        const char *object, *want;
    } rows[] = {
        {"{}", "{\"url\":\"http://a/\\\"\"}\n"},
        {"{ }", "{\"url\":\"http://a/\\\"\"}\n"},
        {"{\"a\":1.0}", "{\"url\":\"http://a/\\\"\",\"a\":1.0}\n"},
        {"{ \"a\" : [ 1 ] }", "{\"url\":\"http://a/\\\"\",\"a\" : [ 1 ]}\n"},
        {"{\"a\":{\"url\":1}}",
         "{\"url\":\"http://a/\\\"\",\"a\":{\"url\":1}}\n"},
        {"{\"a\":1,\"url\":\"b\"}", "{\"a\":1,\"url\":\"b\"}\n"}};
    struct buf out;

    (void)state;
    buf_init(&out, 60);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        buf_reset(&out);
        assert_int_equal(exec_answer_write_record(str_from(rows[i].object),
                                                  STR("http://a/\""), &out),
                         ERR_OK);
        assert_int_equal(out.n, strlen(rows[i].want));
        assert_memory_equal(out.p, rows[i].want, out.n);
    }
    buf_reset(&out);
    assert_int_equal(exec_answer_write_record(
                         STR("{\"a\":\"012345678901234567890123456789\"}"),
                         STR("http://a.example/"), &out),
                     ERR_TOO_BIG);
    assert_int_equal(out.n, 0);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_is_told_from_what_is_none),
        cmocka_unit_test(test_brackets_are_bounded),
        cmocka_unit_test(test_a_nul_byte_is_no_json),
        cmocka_unit_test(test_a_string_stands_for_characters),
        cmocka_unit_test(test_an_answer_brings_links_and_records),
        cmocka_unit_test(test_binary_is_no_answer),
        cmocka_unit_test(test_a_link_too_long_for_us_is_an_error),
        cmocka_unit_test(test_a_record_is_stored_with_its_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
