/*
 * scope: --level, --domains, --accept-regex and the like; connect_to.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "common/connect_to.h"
#include "common/scope.h"
#include "tests/unit/config_rig.h"

struct option_row {
    const char *name, *value;
};

static enum scope_answer
judge(const char *text, unsigned depth)
{
    char why[CONFIG_WHY_BYTES];
    struct scope *scope;
    struct scope_match *match;
    struct buf out;
    struct url url;
    enum scope_answer answer;

    buf_init(&out, URL_MAX_DEFAULT);
    assert_int_equal(url_parse(str_from(text), NULL, &out, &url), ERR_OK);
    assert_int_equal(scope_new(&config, &scope, why), ERR_OK);
    match = scope_match_new(scope);
    answer = scope_judge(scope, match, &url, depth);
    scope_match_free(match);
    scope_free(scope);
    buf_fini(&out);
    return answer;
}

static void
test_without_options_all_is_in_scope(void **state)
{
    (void)state;
    assert_int_equal(judge("http://a.test/", 1000), SCOPE_IN);
}

static void
test_level_bounds_depth(void **state)
{
    (void)state;
    set("level", "2");
    assert_int_equal(judge("http://a.test/", 2), SCOPE_IN);
    assert_int_equal(judge("http://a.test/", 3), SCOPE_TOO_DEEP);
}

static void
test_domains_are_names_and_what_is_below_them(void **state)
{
    (void)state;
    set("domains", "example.org, .b.test");
    set("exclude-domains", "x.example.org");
    assert_int_equal(judge("http://example.org/", 0), SCOPE_IN);
    assert_int_equal(judge("http://www.example.org/", 0), SCOPE_IN);
    assert_int_equal(judge("http://b.test/", 0), SCOPE_IN);
    assert_int_equal(judge("http://badexample.org/", 0), SCOPE_OTHER_DOMAIN);
    assert_int_equal(judge("http://org/", 0), SCOPE_OTHER_DOMAIN);
    assert_int_equal(judge("http://x.example.org/", 0), SCOPE_OTHER_DOMAIN);
    assert_int_equal(judge("http://y.x.example.org/", 0), SCOPE_OTHER_DOMAIN);
}

static void
test_any_accepting_and_no_rejecting_regex(void **state)
{
    (void)state;
    set("accept-regex", "/(index|view)");
    set("accept-regex", "\\.html$");
    set("reject-regex", "logout");
    assert_int_equal(judge("http://a.test/index", 0), SCOPE_IN);
    assert_int_equal(judge("http://a.test/x.html", 0), SCOPE_IN);
    assert_int_equal(judge("http://a.test/x.htm", 0), SCOPE_NOT_ACCEPTED);
    assert_int_equal(judge("http://a.test/logout.html", 0), SCOPE_REJECTED);
}

static void
test_catastrophic_regex_is_bounded(void **state)
{
    (void)state;
    set("reject-regex", "(a+)+$");
    assert_int_equal(
        judge("http://h.test/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
              0),
        SCOPE_IN);
}

static void
test_broken_regex_is_named(void **state)
{
    char why[CONFIG_WHY_BYTES];
    struct scope *scope;

    (void)state;
    set("accept-regex", "a(b");
    assert_int_equal(scope_new(&config, &scope, why), ERR_INVALID);
    assert_non_null(strstr(why, "a(b"));
    assert_null(scope);
}

static void
test_connect_to_and_resolve_take_curls_forms(void **state)
{
    static const struct {
        const char *option, *value, *url, *host;
        unsigned port;
        const char *addresses;
    } rows[] = {
        {"connect-to", "::127.0.0.1:8080", "http://a.test/", "127.0.0.1", 8080,
         ""},
        {"connect-to", ":443:127.0.0.1:8443", "http://a.test/", "a.test", 80,
         ""},
        {"connect-to", ":443:127.0.0.1:8443", "https://a.test/", "127.0.0.1",
         8443, ""},
        {"connect-to", "a.test:80::81", "http://a.test/", "a.test", 81, ""},
        {"connect-to", "b.test:80::81", "http://a.test/", "a.test", 80, ""},
        {"connect-to", "a.test:80:[::1]:81", "http://a.test/", "[::1]", 81, ""},
        {"resolve", "a.test:80:192.0.2.1", "http://a.test/", "a.test", 80,
         "192.0.2.1"},
        {"resolve", "*:80:192.0.2.1,[2001:db8::1]", "http://b.test/", "b.test",
         80, "192.0.2.1,[2001:db8::1]"},
        {"resolve", "a.test:80:192.0.2.1", "http://a.test:81/", "a.test", 81,
         ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct connect_to_target target;
        struct buf out;
        struct url url;
        char why[CONFIG_WHY_BYTES];

        config_fini(&config);
        config_init(&config);
        set(rows[i].option, rows[i].value);
        assert_int_equal(connect_to_check(&config, why), ERR_OK);
        buf_init(&out, URL_MAX_DEFAULT);
        assert_int_equal(url_parse(str_from(rows[i].url), NULL, &out, &url),
                         ERR_OK);
        connect_to_find(&config, &url, &target);
        assert_true(str_equal(target.host, str_from(rows[i].host)));
        assert_int_equal(target.port, rows[i].port);
        assert_true(str_equal(target.addresses, str_from(rows[i].addresses)));
        buf_fini(&out);
    }
}

static void
test_the_rule_that_keeps_out_is_named(void **state)
{
    static const struct {
        struct option_row options[2];
        unsigned depth;
        enum scope_answer answer;
        const char *why;
    } rows[] = {
        {{{0}}, 9, SCOPE_IN, ""},
        {{{"level", "2"}}, 3, SCOPE_TOO_DEEP, "its depth 3 is above --level 2"},
        {{{"domains", "b.test,c.test"}, {"domains", "d.test"}},
         0,
         SCOPE_OTHER_DOMAIN,
         "its host is in none of --domains b.test,c.test d.test"},
        {{{"exclude-domains", "a.test"}},
         0,
         SCOPE_OTHER_DOMAIN,
         "its host is in --exclude-domains a.test"},
        {{{"reject-regex", "zzz"}, {"reject-regex", "x\\.pdf$"}},
         0,
         SCOPE_REJECTED,
         "it matches --reject-regex x\\.pdf$"},
        {{{"accept-regex", "one"}, {"accept-regex", "\033two"}},
         0,
         SCOPE_NOT_ACCEPTED,
         "it matches no --accept-regex of one \\x1btwo"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[CONFIG_WHY_BYTES], said[SCOPE_WHY_BYTES] = "?";
        struct scope_match *m;
        struct scope *s;
        struct url url;

        config_fini(&config);
        config_init(&config);
        for (size_t k = 0; k < 2 && rows[i].options[k].name; k++)
            set(rows[i].options[k].name, rows[i].options[k].value);
        assert_int_equal(scope_new(&config, &s, why), ERR_OK);
        m = scope_match_new(s);
        assert_int_equal(url_split(STR("http://www.a.test/x.pdf"), &url),
                         ERR_OK);
        assert_int_equal(scope_explain(s, m, &url, rows[i].depth, said),
                         rows[i].answer);
        assert_string_equal(said, rows[i].why);
        scope_match_free(m);
        scope_free(s);
    }
}

static void
test_wrong_forms_are_refused(void **state)
{
    static const struct option_row rows[] = {
        {"connect-to", "a.test"},  {"connect-to", "a:b"},
        {"resolve", "a.test"},     {"resolve", "a.test:80"},
        {"resolve", "a.test:x:1"}, {"resolve", ":80:1.2.3.4"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[CONFIG_WHY_BYTES] = "";

        config_fini(&config);
        config_init(&config);
        set(rows[i].name, rows[i].value);
        assert_int_equal(connect_to_check(&config, why), ERR_INVALID);
        assert_non_null(strstr(why, rows[i].value));
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_without_options_all_is_in_scope),
        TEST(test_level_bounds_depth),
        TEST(test_domains_are_names_and_what_is_below_them),
        TEST(test_any_accepting_and_no_rejecting_regex),
        TEST(test_catastrophic_regex_is_bounded),
        TEST(test_broken_regex_is_named),
        TEST(test_the_rule_that_keeps_out_is_named),
        TEST(test_connect_to_and_resolve_take_curls_forms),
        TEST(test_wrong_forms_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
