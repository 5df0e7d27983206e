/*
 * exec_page: what the command of --exec reads of a page.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/json_scan.h"
#include "worker/exec_page.h"

#define HEAD "{\"url\":\"http://a/\",\"time\":\"2024-02-29T12:00:00.250Z\","

static const struct {
    enum exec_body how;
    const char *type;
    struct str body;
    const char *want; /* behind HEAD and the status */
} rows[] = {
    {EXEC_BODY_TEXT,
     "Text/HTML; charset=utf-8",
     {"a\xc3\xa9\"\n", 5},
     "\"type\":\"text/html\",\"charset\":\"UTF-8\",\"depth\":0,"
     "\"headers\":[],\"body\":\"a\xc3\xa9\\\"\\n\"}\n"},
    {EXEC_BODY_TEXT,
     "text/html; charset=latin1",
     {"\xe9", 1},
     "\"type\":\"text/html\",\"charset\":\"windows-1252\",\"depth\":0,"
     "\"headers\":[],\"body\":\"\xc3\xa9\"}\n"},
    {EXEC_BODY_TEXT,
     "text/html",
     {"\xef\xbb\xbf<", 4},
     "\"type\":\"text/html\",\"charset\":\"UTF-8\",\"depth\":0,"
     "\"headers\":[],\"body\":\"<\"}\n"},
    {EXEC_BODY_TEXT,
     "text/html",
     {"\xff\xfe<\0", 4},
     "\"type\":\"text/html\",\"charset\":\"UTF-16LE\",\"depth\":0,"
     "\"headers\":[],\"body\":\"<\"}\n"},
    {EXEC_BODY_TEXT,
     "text/html;charset=utf-8",
     {"\xff\0\xc3", 3},
     "\"type\":\"text/html\",\"charset\":\"UTF-8\",\"depth\":0,"
     "\"headers\":[],\"body\":\"\xef\xbf\xbd\\u0000\xef\xbf\xbd\"}\n"},
    {EXEC_BODY_TEXT,
     "text/html",
     {"", 0},
     "\"type\":\"text/html\",\"charset\":\"UTF-8\",\"depth\":0,"
     "\"headers\":[],\"body\":\"\"}\n"},
    {EXEC_BODY_TEXT,
     "application/ld+json",
     {"{}", 2},
     "\"type\":\"application/ld+json\",\"charset\":\"UTF-8\",\"depth\":0,"
     "\"headers\":[],\"body\":\"{}\"}\n"},
    {EXEC_BODY_TEXT,
     "image/png",
     {"\x89PN", 3},
     "\"type\":\"image/png\",\"depth\":0,\"headers\":[],"
     "\"body_base64\":\"iVBO\"}\n"},
    {EXEC_BODY_TEXT,
     "",
     {"\0\1", 2},
     "\"depth\":0,\"headers\":[],\"body_base64\":\"AAE=\"}\n"},
    {EXEC_BODY_BASE64,
     "text/plain",
     {"f", 1},
     "\"type\":\"text/plain\",\"charset\":\"UTF-8\",\"depth\":0,"
     "\"headers\":[],\"body_base64\":\"Zg==\"}\n"},
    {EXEC_BODY_BASE64,
     "x/y",
     {"foobar", 6},
     "\"type\":\"x/y\",\"depth\":0,\"headers\":[],"
     "\"body_base64\":\"Zm9vYmFy\"}\n"},
    {EXEC_BODY_BASE64,
     "x/y",
     {"", 0},
     "\"type\":\"x/y\",\"depth\":0,\"headers\":[],\"body_base64\":\"\"}\n"},
    {EXEC_BODY_NONE,
     "text/html;charset=utf-8",
     {"abc", 3},
     "\"type\":\"text/html\",\"charset\":\"UTF-8\",\"depth\":0,"
     "\"headers\":[]}\n"},
};

static void
test_a_body_is_text_or_base64(void **state)
{
    struct exec_page_writer w;
    struct buf out;

    (void)state;
    exec_page_init(&w, 100);
    buf_init(&out, exec_page_line_max(100));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct exec_page page = {.url = STR("http://a/"),
                                 .time_us = 1709208000250000,
                                 .status = 200,
                                 .type = str_from(rows[i].type),
                                 .body = rows[i].body,
                                 .how = rows[i].how};

        buf_reset(&out);
        assert_int_equal(exec_page_write(&w, &page, &out), ERR_OK);
        assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
        assert_memory_equal(out.p, HEAD "\"status\":200,",
                            sizeof(HEAD "\"status\":200,") - 1);
        assert_string_equal(out.p + sizeof(HEAD "\"status\":200,") - 1,
                            rows[i].want);
    }
    buf_fini(&out);
    exec_page_fini(&w);
}

static void
test_headers_are_in_order_as_they_came(void **state)
{
    struct exec_page page = {
        .url = STR("http://a/"),
        .referrer = STR("http://b/"),
        .time_us = 1709208000250000,
        .status = 203,
        .depth = 3,
        .type = STR("a/b"),
        .headers = STR("HTTP/1.1 203 X\r\nContent-Type: a/b\r\n"
                       "Set-Cookie: a=1; path=/\r\nset-cookie:b=\"2\"\r\n"
                       "X-Empty:\r\nno colon\r\n: no name\r\n"
                       "X-\xff: \xe9\x1b\r\n\r\n"),
        .record = STR("<urn:uuid:8>"),
        .is_truncated = true,
        .how = EXEC_BODY_NONE};
    struct exec_page_writer w;
    struct json_value value;
    struct buf out;

    (void)state;
    exec_page_init(&w, 100);
    buf_init(&out, exec_page_line_max(100));
    assert_int_equal(exec_page_write(&w, &page, &out), ERR_OK);
    assert_true(json_scan(buf_str(&out), &value));
    assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
    assert_string_equal(
        out.p,
        HEAD "\"status\":203,\"type\":\"a/b\",\"depth\":3,\"referrer\":\"http:/"
             "/b/\","
             "\"truncated\":true,\"warc_record_id\":\"<urn:uuid:8>\","
             "\"headers\":["
             "{\"name\":\"Content-Type\",\"value\":\"a/b\"},"
             "{\"name\":\"Set-Cookie\",\"value\":\"a=1; path=/\"},"
             "{\"name\":\"set-cookie\",\"value\":\"b=\\\"2\\\"\"},"
             "{\"name\":\"X-Empty\",\"value\":\"\"},"
             "{\"name\":\"X-\xef\xbf\xbd\",\"value\":\"\xef\xbf\xbd\\u001b\"}"
             "]}\n");
    buf_fini(&out);
    exec_page_fini(&w);
}

/* The longest line there can be has room; one that has none leaves nothing. */
static void
test_bounds_hold(void **state)
{
    char body[100];
    struct exec_page page = {.url = STR("http://a/"),
                             .type = STR("text/html;charset=windows-1252"),
                             .body = {body, sizeof(body)}};
    struct exec_page_writer w;
    struct buf out;

    (void)state;
    exec_page_init(&w, sizeof(body));
    for (unsigned c = 0; c < 256; c++) {
        memset(body, (int)c, sizeof(body));
        buf_init(&out, exec_page_line_max(sizeof(body)));
        assert_int_equal(exec_page_write(&w, &page, &out), ERR_OK);
        buf_fini(&out);
        buf_init(&out, 150);
        assert_int_equal(exec_page_write(&w, &page, &out), ERR_TOO_BIG);
        assert_int_equal(out.n, 0);
        buf_fini(&out);
    }
    exec_page_fini(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_body_is_text_or_base64),
        cmocka_unit_test(test_headers_are_in_order_as_they_came),
        cmocka_unit_test(test_bounds_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
