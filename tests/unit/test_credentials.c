/*
 * Where log-ins go: .netrc's words, --auth-hosts, and what finds what.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/auth_host.h"
#include "common/credentials.h"
#include "common/mem.h"
#include "common/netrc.h"
#include "common/userinfo.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct url
url_of(struct buf *b, const char *text)
{
    struct url u;

    buf_init(b, 1000);
    assert_int_equal(url_parse_ftp(str_from(text), NULL, b, &u), ERR_OK);
    return u;
}

static void
test_a_host_is_its_origins_and_no_other(void **state)
{
    static const struct {
        const char *host, *url;
        bool is;
    } rows[] = {
        {"a.test", "http://a.test/x", true},
        {"a.test", "https://a.test/", true},
        {"a.test", "http://a.test:8080/", false},
        {"a.test", "https://a.test:80/", false},
        {"a.test", "http://b.a.test/", false},
        {"a.test", "http://test/", false},
        {"A.Test", "http://a.test/", true},
        {"a.test.", "http://a.test/", false},
        {"b\xc3\xbc"
         "cher.test",
         "http://xn--bcher-kva.test/", true},
        {"https://a.test", "https://a.test/", true},
        {"https://a.test/", "http://a.test/", false},
        {"http://a.test", "https://a.test/", false},
        {"a.test:8443", "https://a.test:8443/", true},
        {"a.test:8443", "http://a.test:8443/", true},
        {"a.test:8443", "https://a.test/", false},
        {"a.test:80", "http://a.test/", true},
        {"a.test:80", "https://a.test/", false},
        {"[::1]", "http://[::1]/", true},
        {"[::1]:81", "http://[0:0::1]:81/", true},
        {"0x7f.1", "http://127.0.0.1/", true},
        {"a.test", "ftp://a.test/x", true},
        {"a.test", "ftp://a.test:2121/", false},
        {"a.test:21", "ftp://a.test/", true},
        {"ftp://a.test", "ftp://a.test/", true},
        {"ftp://a.test", "http://a.test/", false},
        {"ftp://a.test", "https://a.test/", false},
        {"http://a.test", "ftp://a.test/", false},
        {"https://a.test", "ftp://a.test/", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct auth_host h;
        struct buf b;
        struct url u = url_of(&b, rows[i].url);

        assert_int_equal(auth_host_parse(str_from(rows[i].host), &h), ERR_OK);
        assert_int_equal(auth_host_is(&h, &u), rows[i].is);
        auth_host_fini(&h);
        buf_fini(&b);
    }
}

static void
test_what_is_no_host_is_refused(void **state)
{
    static const char *const rows[] = {
        "",        "http://",       "a.test/x", "a.test?x",     "u@a.test",
        "u:p@a.t", "ftps://a.test", "a b.test", "a.test:x",     "a.test:99999",
        "*.test/", "a.test\\x",     "a.test#x", "https:a.test", ":80"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct auth_host h;

        if (auth_host_parse(str_from(rows[i]), &h) == ERR_OK)
            fail_msg("\"%s\" was taken", rows[i]);
        assert_null(h.host);
    }
}

static void
test_netrc_is_read_as_others_do(void **state)
{
    static const struct {
        const char *in, *want; /* "name login password;" each */
    } rows[] = {
        {"", ""},
        {"machine a.test login u password p", "a.test u p;"},
        {"machine a.test\n\tlogin u\r\n  password p\n", "a.test u p;"},
        {"machine a password p login u machine b login v", "a u p;b v ;"},
        {"machine a login u account x password p", "a u p;"},
        {"machine a login \"a b\\\"c\" password \"\"", "a a b\"c ;"},
        {"machine a login \"\\t\\\\\" password p", "a \t\\ p;"},
        {"# machine x\nmachine a login u password #p #c\n", "a u #p;"},
        {"macdef init\nmachine no\nlogin no\n\nmachine a login u", "a u ;"},
        {"machine a login u\nmacdef m\nx\n", "a u ;"},
        {"default login u password p", ""},
        {"machine a login u password p\ndefault login x password y", "a u p;"},
        {"default login x password y\nmachine a login u", "a u ;"},
        {"machine a", "a  ;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct netrc_machine m;
        struct netrc n;
        struct buf got;
        const char *why;
        enum err e;

        buf_init(&got, 1000);
        netrc_init(&n, str_from(rows[i].in));
        while ((e = netrc_next(&n, &m, &why)) == ERR_OK)
            assert_int_equal(buf_addf(&got, "%.*s %.*s %.*s;", STR_ARG(m.name),
                                      STR_ARG(m.login), STR_ARG(m.password)),
                             ERR_OK);
        assert_int_equal(e, ERR_NOT_FOUND);
        assert_int_equal(buf_add_char(&got, '\0'), ERR_OK);
        assert_string_equal(got.p, rows[i].want);
        netrc_fini(&n);
        buf_fini(&got);
    }
}

static void
test_broken_netrc_says_where_and_no_secret(void **state)
{
    static const struct {
        const char *in;
        size_t line;
    } rows[] = {{"machine", 1},
                {"login u", 1},
                {"machine a\nlogin u\npasswort hunter2", 3},
                {"machine a login \"hunter2\n\"", 2},
                {"machine a login", 1},
                {"hunter2", 1}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct netrc_machine m;
        struct netrc n;
        const char *why = NULL;

        netrc_init(&n, str_from(rows[i].in));
        assert_int_equal(netrc_next(&n, &m, &why), ERR_INVALID);
        assert_non_null(why);
        assert_null(strstr(why, "hunter2"));
        assert_int_equal(n.line, rows[i].line);
        netrc_fini(&n);
    }
}

static void
set(struct config *c, const char *name, const char *value)
{
    char why[CONFIG_WHY_BYTES];

    assert_int_equal(config_set(c, CONFIG_MASTER, CONFIG_FROM_FLAG,
                                str_from(name), str_from(value), why),
                     ERR_OK);
}

static void
test_each_request_finds_its_own(void **state)
{
    static const char text[] = "machine a.test login n password np\n"
                               "machine c.test login c password cp\n";
    static const struct {
        const char *url, *user, *password;
        bool is_auth_host;
    } rows[] = {{"http://a.test/", "u", "p", true}, /* --user comes first */
                {"https://b.test:8443/", "u", "p", true},
                {"https://b.test/", NULL, NULL, false},
                {"http://c.test/", "c", "cp", false},
                {"http://c.test:81/", NULL, NULL, false},
                {"http://d.test/", NULL, NULL, false}};
    struct credentials *all;
    struct config c;
    char why[CONFIG_WHY_BYTES];

    (void)state;
    config_init(&c);
    set(&c, "user", "u");
    set(&c, "password", "p");
    set(&c, "auth_hosts", "a.test, https://b.test:8443");
    c.netrc_file = (struct config_file){xstrdup(text), strlen(text), NULL};
    assert_int_equal(credentials_new(&c, &all, why), ERR_OK);
    assert_true(credentials_are_given(all));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b;
        struct url u = url_of(&b, rows[i].url);
        struct credential found = credentials_find(all, &u);

        assert_int_equal(found.is_auth_host, rows[i].is_auth_host);
        assert_int_equal(found.user == NULL, rows[i].user == NULL);
        if (found.user) {
            assert_string_equal(found.user, rows[i].user);
            assert_string_equal(found.password, rows[i].password);
        }
        buf_fini(&b);
    }
    credentials_free(all);
    config_fini(&c);
}

static void
test_a_password_file_is_its_first_line(void **state)
{
    static const struct {
        const char *in, *want; /* NULL: refused */
    } rows[] = {{"pw", "pw"},       {"pw\n", "pw"},   {"pw\r\nx", "pw"},
                {" p w ", " p w "}, {"p:w\n", "p:w"}, {"\npw", NULL}};
    char why[CONFIG_WHY_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct credentials *all;
        struct config c;
        struct buf b;
        struct url u = url_of(&b, "http://a.test/");

        config_init(&c);
        set(&c, "user", "u");
        set(&c, "auth_hosts", "a.test");
        c.password_file =
            (struct config_file){xstrdup(rows[i].in), strlen(rows[i].in), NULL};
        assert_int_equal(credentials_new(&c, &all, why),
                         rows[i].want ? ERR_OK : ERR_INVALID);
        if (rows[i].want)
            assert_string_equal(credentials_find(all, &u).password,
                                rows[i].want);
        credentials_free(all);
        config_fini(&c);
        buf_fini(&b);
    }
}

static void
test_secret_lines_are_known(void **state)
{
    (void)state;
    assert_true(credentials_is_secret_line(STR("Authorization: x")));
    assert_true(credentials_is_secret_line(STR("cookie:x")));
    assert_true(credentials_is_secret_line(STR("PROXY-authorization: x")));
    assert_false(credentials_is_secret_line(STR("Cookies: x")));
    assert_false(credentials_is_secret_line(STR("Accept: cookie:")));
}

static void
test_users_in_urls_are_seen(void **state)
{
    static const struct {
        const char *in;
        bool is_in;
        const char *shown;
    } rows[] = {{"http://u:p@a.test/", true, "a.test/"},
                {"HTTPS://u@a.test", true, "a.test"},
                {"http:///\\u:p@a.test/", true, "a.test/"},
                {"ftp://u:p@a.test/", true, "a.test/"},
                {"ftp://a.test/@x", false, "x"},
                {"http://a.test/@x", false, "x"},
                {"http://a.test?u@x", false, "x"},
                {"http://a.test/", false, "http://a.test/"},
                {"u:p@a.test", false, "a.test"},
                {"u@a.test", false, "u@a.test"},
                {"", false, ""}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str shown = userinfo_shown(str_from(rows[i].in));

        assert_int_equal(userinfo_is_in(str_from(rows[i].in)), rows[i].is_in);
        assert_true(str_equal(shown, str_from(rows[i].shown)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_host_is_its_origins_and_no_other),
        cmocka_unit_test(test_what_is_no_host_is_refused),
        cmocka_unit_test(test_netrc_is_read_as_others_do),
        cmocka_unit_test(test_broken_netrc_says_where_and_no_secret),
        cmocka_unit_test(test_each_request_finds_its_own),
        cmocka_unit_test(test_a_password_file_is_its_first_line),
        cmocka_unit_test(test_secret_lines_are_known),
        cmocka_unit_test(test_users_in_urls_are_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
