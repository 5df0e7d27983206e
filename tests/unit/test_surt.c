/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/surt.h"

/* 32 and 24 letters, as sessions have them. */
#define S32 "0123456789abcdefghijklemopqrstuv"
#define S24 "ABCDEFGHIJKLMNOPQRSTUVWX"

static const struct {
    const char *url, *key;
} rows[] = {
    {"http://example.com/", "com,example)/"},
    {"https://WWW.Example.com/A/B/", "com,example)/a/b"},
    {"http://www2.example.com/", "com,example)/"},
    {"http://wwwx.example.com/", "com,example,wwwx)/"},
    {"http://example.com:8080/", "com,example:8080)/"},
    {"https://example.com:443/", "com,example)/"},
    {"http://192.168.1.254/info/", "254,1,168,192)/info"},
    {"http://example.com/goo/?", "com,example)/goo"},
    {"http://example.com/goo/?a=2&b&a=1", "com,example)/goo?a=1&a=2&b"},
    {"http://example.com/?b&a", "com,example)/?a&b"},
    {"http://example.com/?a=&a", "com,example)/?a&a="},
    {"http://example.com/?ab=1&a=2", "com,example)/?a=2&ab=1"},
    {"http://example.com//a///b", "com,example)/a/b"},
    {"http://example.com/%2541%25", "com,example)/a%25"},
    {"http://example.com/a%20b%23", "com,example)/a%20b%23"},
    {"http://example.com/%C3%A9?%C3%A9", "com,example)/%c3%a9?%c3%a9"},
    {"http://example.com/a%2F%2E%2E%2Fb", "com,example)/b"},
    {"http://example.com/?x=1&jsessionid=" S32, "com,example)/?&x=1"},
    {"http://example.com/?jsessionid=" S32 "&x=1", "com,example)/?x=1"},
    {"http://example.com/?jsessionid=" S32, "com,example)/"},
    {"http://example.com/?jsessionid=" S32 "0",
     "com,example)/?jsessionid=" S32 "0"},
    {"http://example.com/?PHPSESSID=" S32 "&b&a", "com,example)/?a&b"},
    {"http://example.com/?aspsessionidABCDEFGH=" S24 "&x", "com,example)/?x"},
    {"http://example.com/?CFID=1&CFTOKEN=2-3&z=1", "com,example)/?z=1"},
    {"http://example.com/a/(S(" S24 "))/x.aspx", "com,example)/a/x.aspx"},
    {"http://example.com/a/(" S24 ")/x.aspx?q", "com,example)/a/x.aspx?q"},
    {"http://example.com/a/(" S24 ")/x.html",
     "com,example)/a/(abcdefghijklmnopqrstuvwx)/x.html"},
};

static void
test_keys(void **state)
{
    struct buf text, key;

    (void)state;
    buf_init(&text, 4096);
    buf_init(&key, 4096);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct url url;

        buf_reset(&key);
        assert_int_equal(url_parse(str_from(rows[i].url), NULL, &text, &url),
                         ERR_OK);
        assert_int_equal(surt_key(&url, &key), ERR_OK);
        assert_int_equal(buf_add_char(&key, '\0'), ERR_OK);
        assert_string_equal(key.p, rows[i].key);
    }
    buf_fini(&text);
    buf_fini(&key);
}

static void
test_bound(void **state)
{
    struct buf text, key;
    struct url url;

    (void)state;
    buf_init(&text, 4096);
    buf_init(&key, 8);
    assert_int_equal(buf_add_str(&key, STR("kept")), ERR_OK);
    assert_int_equal(url_parse(STR("http://example.com/?a"), NULL, &text, &url),
                     ERR_OK);
    assert_int_equal(surt_key(&url, &key), ERR_TOO_BIG);
    assert_int_equal(key.n, 4);
    buf_fini(&text);
    buf_fini(&key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
