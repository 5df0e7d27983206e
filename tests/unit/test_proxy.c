/*
 * Lists of proxies and of those who need none: what is one, and for whom.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/proxy.h"
#include "common/site.h"
#include "worker/proxies.h"

static void
test_proxy_is_scheme_credentials_host_and_port(void **state)
{
    static const struct {
        const char *in, *scheme, *shown; /* NULL: refused */
    } rows[] = {
        {"h:3128", "http", "h:3128"},
        {"h", "http", "h"},
        {" http://h:80/ ", "http", "h:80"},
        {"HTTPS://h", "https", "h"},
        {"socks4://h:1", "socks4", "h:1"},
        {"socks4a://h:1", "socks4a", "h:1"},
        {"socks5://u:p@h:1", "socks5", "h:1"},
        {"socks5h://u:p@ss@[::1]:1", "socks5h", "[::1]:1"},
        {"u:p@10.0.0.1:8080", "http", "10.0.0.1:8080"},
        {"ftp://h", NULL, NULL},
        {"://h", NULL, NULL},
        {"http://", NULL, NULL},
        {"http://u:p@", NULL, NULL},
        {"h:0", NULL, NULL},
        {"h:65536", NULL, NULL},
        {"h:", NULL, NULL},
        {"h:80:u:p", NULL, NULL},
        {"h/path", NULL, NULL},
        {"u:p@h?x", NULL, NULL},
        {"h h", NULL, NULL},
        {"u:\x01@h", NULL, NULL},
        {"[::1", NULL, NULL},
        {"[::1]x", NULL, NULL},
        {"", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct proxy_form form;
        char why[CONFIG_WHY_BYTES] = "";
        enum err e = proxy_read(str_from(rows[i].in), &form, why);

        if ((e == ERR_OK) != (rows[i].shown != NULL))
            fail_msg("\"%s\": %s", rows[i].in, e == ERR_OK ? "taken" : why);
        if (e != ERR_OK) {
            assert_null(strstr(why, "u:p"));
            continue;
        }
        if (!str_equal(form.scheme, str_from(rows[i].scheme)) ||
            !str_equal(form.shown, str_from(rows[i].shown)))
            fail_msg("\"%s\": %.*s", rows[i].in, STR_ARG(form.shown));
    }
}

/* curl's CURLOPT_NOPROXY. */
static void
test_who_needs_no_proxy(void **state)
{
    static const struct {
        const char *list, *host;
        bool want;
    } rows[] = {
        {"*", "a.test", true},
        {"", "a.test", false},
        {"a.test", "a.test", true},
        {"a.test", "www.a.test", true},
        {".a.test", "a.test", true},
        {".a.test", "www.a.test", true},
        {"a.test", "ba.test", false},
        {"www.a.test", "a.test", false},
        {"A.Test", "a.test", true},
        {"a.test.", "a.test", true},
        {"a.test", "a.test.", true},
        {"b.test,  a.test", "a.test", true},
        {"b.test a.test", "a.test", true},
        {",,b.test,", "a.test", false},
        {"localhost", "localhost", true},
        {".", "a.test", false},
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.10", false},
        {"0.0.1", "10.0.0.1", false}, /* no suffix of an address */
        {"10.0.0.0/8", "10.200.3.4", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"192.168.0.0/22", "192.168.3.255", true},
        {"192.168.0.0/22", "192.168.4.0", false},
        {"0.0.0.0/0", "8.8.8.8", true},
        {"10.0.0.0/33", "10.0.0.0", false},
        {"10.0.0.0/x", "10.0.0.0", false},
        {"10.0.0.0/8", "a.test", false},
        {"::1", "[::1]", true},
        {"[::1]", "[::1]", true},
        {"2001:db8::/32", "[2001:db8:1::5]", true},
        {"2001:db8::/32", "[2001:db9::5]", false},
        {"2001:db8::/129", "[2001:db8::]", false},
        {"10.0.0.0/8", "[::1]", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (proxy_is_bypassed(str_from(rows[i].list), str_from(rows[i].host)) !=
            rows[i].want)
            fail_msg("\"%s\" and \"%s\"", rows[i].list, rows[i].host);
}

/* --- which one --- */

static struct proxies *
make(const char *list, const char *bypass)
{
    struct config c;
    struct proxies *p;
    char why[CONFIG_WHY_BYTES];

    config_init(&c);
    if (list)
        assert_int_equal(config_set(&c, CONFIG_WORKER, CONFIG_FROM_FLAG,
                                    STR("proxy"), str_from(list), why),
                         ERR_OK);
    if (bypass)
        assert_int_equal(config_set(&c, CONFIG_WORKER, CONFIG_FROM_FLAG,
                                    STR("no-proxy"), str_from(bypass), why),
                         ERR_OK);
    assert_int_equal(proxies_new(&c, &p, why), ERR_OK);
    config_fini(&c);
    return p;
}

static struct url
at(const char *host, bool is_https)
{
    return (struct url){.host = str_from(host),
                        .scheme = is_https ? URL_HTTPS : URL_HTTP};
}

static void
test_site_keeps_its_proxy_until_that_fails(void **state)
{
    struct proxies *p = make("a:1,b:1,c:1", NULL);
    struct url url = at("www.site.test", false), other = at("site.test", true);
    struct proxy *first = proxies_pick(p, &url, 1000, false), *second, *third;
    bool seen = false;

    (void)state;
    assert_ptr_equal(first, proxies_pick(p, &url, 2000, false));
    assert_ptr_equal(first, proxies_pick(p, &other, 2000, false));
    for (int i = 0; i < 50 && !seen; i++) { /* others have others */
        char host[32];
        struct url u;

        snprintf(host, sizeof(host), "s%d.test", i);
        u = at(host, false);
        seen = proxies_pick(p, &u, 1000, false) != first;
    }
    assert_true(seen);

    proxy_fails(first, 1000, 1100, "no");
    second = proxies_pick(p, &url, 1200, true);
    assert_ptr_not_equal(second, first);
    proxy_fails(second, 1000, 1300, "no");
    third = proxies_pick(p, &url, 1400, true);
    assert_ptr_not_equal(third, first);
    assert_ptr_not_equal(third, second);
    proxy_fails(third, 1000, 1500, "no");
    assert_null(proxies_pick(p, &url, 1600, true));
    /* who has not tried yet gets the one that rested longest */
    assert_ptr_equal(proxies_pick(p, &url, 1600, false), first);
    /* after its rest it has its sites again */
    assert_ptr_equal(proxies_pick(p, &url, 11101, true), first);
    /* a failure of one that began before the rest is none; the next doubles */
    proxy_fails(first, 1050, 11200, "no");
    assert_ptr_equal(proxies_pick(p, &url, 11201, true), first);
    proxy_fails(first, 11200, 11300, "no");
    proxy_fails(second, 11200, 11300, "no");
    proxy_fails(third, 11200, 11300, "no");
    assert_null(proxies_pick(p, &url, 31299, true));
    assert_ptr_equal(proxies_pick(p, &url, 31300, true), first);
    proxy_serves(first);
    assert_ptr_equal(proxies_pick(p, &url, 11400, true), first);
    proxies_free(p);
}

static void
test_silence_counts_in_a_row(void **state)
{
    struct proxies *p = make("a:1", NULL);
    struct url url = at("site.test", false);
    struct proxy *x = proxies_pick(p, &url, 0, false);

    (void)state;
    assert_false(proxy_is_silent(x, 1, 10));
    assert_false(proxy_is_silent(x, 1, 20));
    proxy_serves(x);
    assert_false(proxy_is_silent(x, 1, 30));
    assert_false(proxy_is_silent(x, 1, 40));
    assert_true(proxy_is_silent(x, 1, 50));
    assert_null(proxies_pick(p, &url, 60, true));
    proxies_free(p);
}

static void
test_environment_counts_without_the_option(void **state)
{
    struct url http = at("a.test", false), https = at("a.test", true);
    struct url near = at("b.near.test", false);
    struct proxies *p;

    (void)state;
    assert_null(make(NULL, NULL));
    setenv("HTTP_PROXY", "upper:1", 1); /* a CGI's header: never */
    assert_null(make(NULL, NULL));
    setenv("http_proxy", "http://u:p@one:1", 1);
    setenv("no_proxy", "near.test", 1);
    p = make(NULL, NULL);
    assert_true(proxies_apply(p, &http));
    assert_false(proxies_apply(p, &https));
    assert_false(proxies_apply(p, &near));
    assert_string_equal(proxy_shown(proxies_pick(p, &http, 0, false)), "one:1");
    proxies_free(p);
    setenv("ALL_PROXY", "socks5://two:1", 1);
    p = make(NULL, "other.test"); /* beats no_proxy */
    assert_true(proxies_apply(p, &near));
    assert_string_equal(proxy_shown(proxies_pick(p, &http, 0, false)), "one:1");
    assert_string_equal(proxy_shown(proxies_pick(p, &https, 0, false)),
                        "two:1");
    assert_false(proxy_looks_up(proxies_pick(p, &https, 0, false)));
    proxies_free(p);
    p = make("three:1", NULL);
    assert_string_equal(proxy_shown(proxies_pick(p, &https, 0, false)),
                        "three:1");
    proxies_free(p);
    assert_null(make(NULL, "*"));
    assert_null(make("three:1", "a.test,*"));
    assert_false(proxies_apply(NULL, &http));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proxy_is_scheme_credentials_host_and_port),
        cmocka_unit_test(test_who_needs_no_proxy),
        cmocka_unit_test(test_site_keeps_its_proxy_until_that_fails),
        cmocka_unit_test(test_silence_counts_in_a_row),
        cmocka_unit_test(test_environment_counts_without_the_option),
    };

    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("all_proxy");
    unsetenv("no_proxy");
    unsetenv("HTTPS_PROXY");
    unsetenv("ALL_PROXY");
    unsetenv("NO_PROXY");
    site_init(SITE_BY_DOMAIN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
