/*
 * Who may ask the master's HTTP server what, and where it listens.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/http_place.h"
#include "master/http_guard.h"

static void
test_a_foreign_page_may_not_ask(void **state)
{
    (void)state;
    assert_true(http_guard_fetch(STR_NONE));
    assert_true(http_guard_fetch(STR("same-origin")));
    assert_true(http_guard_fetch(STR("none")));
    assert_false(http_guard_fetch(STR("same-site")));
    assert_false(http_guard_fetch(STR("cross-site")));
    assert_false(http_guard_fetch(STR("")));
}

static void
test_a_host_that_others_chose_is_refused(void **state)
{
    static const struct {
        const char *host;
        bool loopback, wide; /* allowed, by where we listen */
    } rows[] = {
        {"127.0.0.1:8900", true, true},
        {"127.0.0.1", true, true},
        {"127.9.8.7:1", true, true},
        {"localhost:8900", true, true},
        {"LocalHost", true, true},
        {"[::1]:8900", true, true},
        {"[::1]", true, true},
        {"crawler", false, true},
        {"Crawler:8900", false, true},
        {"192.0.2.1:8900", false, true},
        {"[2001:db8::1]:80", false, true},
        {"evil.test", false, false},
        {"localhost.evil.test:8900", false, false},
        {"127.0.0.1.evil.test", false, false},
        {"127.0.0.1:8900:1", false, false},
        {"127.0.0.1:port", false, false},
        {"127.0.0.1:99999", false, false},
        {"2130706433", false, false},
        {"0x7f.1", false, false},
        {"[::1", false, false},
        {"[::1]x", false, false},
        {"[]:1", false, false},
        {":8900", false, false},
        {"", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str host = str_from(rows[i].host);

        assert_int_equal(http_guard_host(host, true, STR("crawler")),
                         rows[i].loopback);
        assert_int_equal(http_guard_host(host, false, STR("crawler")),
                         rows[i].wide);
    }
    assert_false(http_guard_host(STR_NONE, true, STR("crawler")));
    assert_false(http_guard_host(STR("x"), false, STR_NONE));
}

static void
test_only_our_own_origin_may_give_orders(void **state)
{
    struct str host = STR("127.0.0.1:8900");

    (void)state;
    assert_true(http_guard_origin(STR_NONE, host));
    assert_true(http_guard_origin(STR("http://127.0.0.1:8900"), host));
    assert_false(http_guard_origin(STR("http://127.0.0.1"), host));
    assert_false(http_guard_origin(STR("https://127.0.0.1:8900"), host));
    assert_false(http_guard_origin(STR("http://127.0.0.1:8901"), host));
    assert_false(http_guard_origin(STR("http://evil.test"), host));
    assert_false(http_guard_origin(STR("null"), host));
    assert_false(http_guard_origin(STR(""), host));
}

static void
test_a_token_is_right_or_wrong_as_a_whole(void **state)
{
    static const struct {
        const char *in;
        bool want;
    } rows[] = {
        {"Bearer 0123456789abcdef", true},
        {"bearer 0123456789abcdef", true},
        {"Bearer 0123456789abcdeF", false},
        {"Bearer 0123456789abcde", false},
        {"Bearer 0123456789abcdef ", false},
        {"Bearer 0123456789abcdeff", false},
        {"Basic 0123456789abcdef", false},
        {"0123456789abcdef", false},
        {"Bearer ", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(
            http_guard_token(str_from(rows[i].in), STR("0123456789abcdef")),
            rows[i].want);
    assert_false(http_guard_token(STR_NONE, STR("0123456789abcdef")));
    assert_false(http_guard_token(STR("Bearer "), STR_NONE));
}

static void
test_tokens_differ(void **state)
{
    char a[HTTP_TOKEN_BYTES], b[HTTP_TOKEN_BYTES];

    (void)state;
    http_guard_make_token(a);
    http_guard_make_token(b);
    assert_int_equal(strlen(a), 32);
    assert_int_equal(strspn(a, "0123456789abcdef"), 32);
    assert_string_not_equal(a, b);
}

static void
test_a_place_is_an_address_and_a_port(void **state)
{
    static const struct {
        const char *in;
        const char *want; /* NULL: refused */
        bool is_loopback;
    } rows[] = {
        {"127.0.0.1:8900", "127.0.0.1:8900", true},
        {"localhost:0", "127.0.0.1:0", true},
        {"[::1]:80", "[::1]:80", true},
        {"0.0.0.0:8900", "0.0.0.0:8900", false},
        {"[::]:8900", "[::]:8900", false},
        {"192.0.2.7:65535", "192.0.2.7:65535", false},
        {"192.0.2.7:65536", NULL, false},
        {"127.0.0.1", NULL, false},
        {"8900", NULL, false},
        {":8900", NULL, false},
        {"a.test:8900", NULL, false},
        {"127.0.0.1:", NULL, false},
        {"[]:1", NULL, false},
        {"", NULL, false},
    };
    char why[HTTP_PLACE_WHY_BYTES], text[HTTP_PLACE_BYTES];
    struct http_place place;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum err e = http_place_parse(str_from(rows[i].in), &place, why);

        assert_int_equal(e, rows[i].want ? ERR_OK : ERR_INVALID);
        if (e != ERR_OK)
            continue;
        assert_true(place.is_on);
        assert_int_equal(place.is_loopback, rows[i].is_loopback);
        http_place_show(&place.at.any, text);
        assert_string_equal(text, rows[i].want);
    }
    assert_int_equal(http_place_parse(STR("no"), &place, why), ERR_OK);
    assert_false(place.is_on);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_foreign_page_may_not_ask),
        cmocka_unit_test(test_a_host_that_others_chose_is_refused),
        cmocka_unit_test(test_only_our_own_origin_may_give_orders),
        cmocka_unit_test(test_a_token_is_right_or_wrong_as_a_whole),
        cmocka_unit_test(test_tokens_differ),
        cmocka_unit_test(test_a_place_is_an_address_and_a_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
