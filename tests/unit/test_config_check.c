/*
 * config_check: what is well formed and cannot work is refused at the start.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/config_check.h"

static enum err
check(const char *name, const char *value, char why[CONFIG_WHY_BYTES])
{
    struct config config;
    enum err e;

    config_init(&config);
    assert_int_equal(config_set(&config, CONFIG_MASTER, CONFIG_FROM_FLAG,
                                str_from(name), str_from(value), why),
                     ERR_OK);
    e = config_check(&config, why);
    config_fini(&config);
    return e;
}

static void
test_what_cannot_work_is_named(void **state)
{
    static const struct {
        const char *name, *value, *said;
    } rows[] = {{"accept_regex", "(", "missing closing parenthesis"},
                {"reject_regex", "[a", "[a"},
                {"resolve", "a.test", "HOST:PORT:ADDR"},
                {"connect_to", "a.test", "HOST1:PORT1:HOST2:PORT2"},
                {"dns_servers", "not an address", "dns-servers"},
                {"dns_servers", "127.0.0.1,,x", "dns-servers"},
                {"proxy", "gopher://a.test", "socks5"},
                {"cacert", "/nonexistent/ca.pem", "/nonexistent/ca.pem"},
                {"accept_types", "text", "\"text\" is not"},
                {"accept_types", "text/html,,image/png", "TYPE/SUBTYPE"},
                {"accept_types", "*/html", "TYPE/SUBTYPE"},
                {"accept_types", "text/html;q=1", "TYPE/SUBTYPE"},
                {"accept_types", "text/a/b", "TYPE/SUBTYPE"},
                {"header", "no colon", "NAME: VALUE"},
                {"header", "A: b\r\nHost: x", "NAME: VALUE"},
                {"upload", "archive/x", "s3://BUCKET/PREFIX"},
                {"upload", "s3://ab/x", "s3://BUCKET/PREFIX"},
                {"upload", "s3://arc/../x", "s3://BUCKET/PREFIX"},
                {"upload", "s3://arc//x", "s3://BUCKET/PREFIX"},
                {"upload", "s3://arc/a b", "s3://BUCKET/PREFIX"},
                {"upload", "s3://u:p@arc/x", "s3://BUCKET/PREFIX"},
                {"s3_endpoint", "a.test", "https://HOST"},
                {"s3_endpoint", "https://u:p@a.test", "https://HOST"},
                {"s3_endpoint", "https://a.test/?x", "https://HOST"},
                {"user_agent", "a\nb", "one line"},
                {"contact", "a\rb", "one line"}};
    char why[CONFIG_WHY_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(check(rows[i].name, rows[i].value, why), ERR_INVALID);
        assert_non_null(strstr(why, rows[i].said));
    }
}

static void
test_what_can_work_passes(void **state)
{
    static const struct {
        const char *name, *value;
    } rows[] = {{"accept_regex", "^https?://a\\.test/"},
                {"resolve", "*:80:127.0.0.1"},
                {"connect_to", "::127.0.0.1:8080"},
                {"dns_servers", "127.0.0.1:5353,::1"},
                {"proxy", "socks5h://user:secret@127.0.0.1:1080"},
                {"proxy", "127.0.0.1:3128"},
                {"cacert", "/dev/null"},
                {"accept_types", "text/html, image/*,*/*"},
                {"header", "Accept-Language: de"},
                {"upload", "s3://my.bucket-1"},
                {"upload", "s3://arc/2026/x_y/"},
                {"s3_endpoint", "https://[::1]:9000/"},
                {"user_agent", "bot/1.0 (+https://a.test)"}};
    char why[CONFIG_WHY_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(check(rows[i].name, rows[i].value, why), ERR_OK);
}

static void
test_one_family_at_most(void **state)
{
    struct config config;
    char why[CONFIG_WHY_BYTES];

    (void)state;
    config_init(&config);
    config.ipv4 = true;
    assert_int_equal(config_check(&config, why), ERR_OK);
    config.ipv6 = true;
    assert_int_equal(config_check(&config, why), ERR_INVALID);
    assert_non_null(strstr(why, "ipv4, ipv6"));
    config_fini(&config);
}

static void
test_a_proxys_password_is_not_said(void **state)
{
    char why[CONFIG_WHY_BYTES];

    (void)state;
    assert_int_equal(check("proxy", "ftp://u:hunter2@a.test", why),
                     ERR_INVALID);
    assert_null(strstr(why, "hunter2"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_work_is_named),
        cmocka_unit_test(test_what_can_work_passes),
        cmocka_unit_test(test_one_family_at_most),
        cmocka_unit_test(test_a_proxys_password_is_not_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
