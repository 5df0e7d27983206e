/*
 * canon: --strip-params, --sort-params, --trailing-slash, --index-pages.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "common/canon.h"
#include "tests/unit/config_rig.h"

static struct canon *
compile(void)
{
    char why[CONFIG_WHY_BYTES];
    struct canon *canon;

    assert_int_equal(canon_new(&config, &canon, why), ERR_OK);
    return canon;
}

struct row {
    const char *in, *want; /* behind "http://a.test"; want NULL: unchanged */
};

static void
check_parts(const struct url *u, const struct buf *out)
{
    struct url again;

    assert_ptr_equal(u->text.p, out->p);
    assert_int_equal(u->text.n, out->n);
    assert_int_equal(url_split(u->text, &again), ERR_OK);
    assert_true(str_equal(u->path, again.path));
    assert_true(str_equal(u->query, again.query));
    assert_int_equal(u->query.p == NULL, again.query.p == NULL);
    assert_true(str_equal(u->target, again.target));
    assert_true(str_equal(u->host, again.host));
    assert_true(str_equal(u->origin, again.origin));
}

static void
check(const struct row *rows, size_t n)
{
    struct canon *canon = compile();

    for (size_t i = 0; i < n; i++) {
        char in[600], want[600];
        struct buf out, again;
        struct url u, v;
        unsigned rules;

        snprintf(in, sizeof(in), "http://a.test%s", rows[i].in);
        snprintf(want, sizeof(want), "http://a.test%s",
                 rows[i].want ? rows[i].want : rows[i].in);
        buf_init(&out, URL_MAX_DEFAULT);
        buf_init(&again, URL_MAX_DEFAULT);
        assert_int_equal(
            canon_parse(canon, str_from(in), NULL, &out, &u, &rules), ERR_OK);
        if (!str_equal(u.text, str_from(want)))
            fail_msg("%s: got %.*s, want %s", in, STR_ARG(u.text), want);
        assert_int_equal(rules != 0, rows[i].want != NULL);
        check_parts(&u, &out);
        assert_int_equal(canon_parse(canon, u.text, NULL, &again, &v, &rules),
                         ERR_OK);
        assert_true(str_equal(u.text, v.text));
        assert_int_equal(rules, 0);
        buf_fini(&out);
        buf_fini(&again);
    }
    canon_free(canon);
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void
test_default_strips_tracking_and_sessions(void **state)
{
    static const struct row rows[] = {
        {"/", NULL},
        {"/x?utm_source=a&utm_medium=b", "/x"},
        {"/x?id=1&UTM_Source=a&b", "/x?id=1&b"},
        {"/x?gclid=1&id=2", "/x?id=2"},
        {"/x?fbclid=1&&id=2", "/x?&id=2"},
        {"/x?a&b=&&=c&%41=%e4", NULL},
        {"/x?", NULL},
        {"/x?utm_x", "/x"},
        {"/x?utm_x&", "/x"},
        {"/x?&utm_x", "/x"},
        {"/x?utm_source", "/x"},
        {"/x?utm=1&outm_x=2", NULL},
        {"/x?PHPSESSID=0123456789abcdef&p=1", "/x?p=1"},
        {"/x?p=1;jsessionid=AB.node1&q=2", "/x?p=1&q=2"},
        {"/x?a=1;b=2", NULL},
        {"/x?ASPSESSIONIDQQBTSQCA=LDDJMIJBOFLCCKMBIDKJ", "/x"},
        /* one name, two meanings: only a value that can be no number */
        {"/x?sid=4711", NULL},
        {"/x?sid=0123456789abcdef0123456789abcdef", "/x"},
        {"/x?sid=0123456789abcdef", "/x"},
        {"/x?sid=0123456789abcde", NULL},
        {"/x?session_id=12&s=shoes", NULL},
        {"/x?sessionid=5f0c8a4e-77aa-11ee-b962-0242ac120002&a", "/x?a"},
        {"/x?s=0123456789abcdef0123456789abcde", NULL},
        {"/x?s=averylongwordwithoutanydigitinitatall", NULL},
        {"/x?%75tm_source=a", NULL},
        {"/x?ref=a&source=b&id=c&lang=d&page=e&token=f", NULL},
    };

    (void)state;
    CHECK(rows);
}

static void
test_path_parameters_are_stripped(void **state)
{
    static const struct row rows[] = {
        {"/x;jsessionid=ABC", "/x"},
        {"/x;JSESSIONID=ABC.n1?y=1", "/x?y=1"},
        {"/a;jsessionid=1/b;phpsessid=2/c", "/a/b/c"},
        {"/x;a=1;jsessionid=2;b", "/x;a=1;b"},
        {"/x;", NULL},
        {"/x;;y", NULL},
        {"/;jsessionid=1", "/"},
        {"/;jsessionid=1/b", "//b"},
        {"/x;y=1", NULL},
        /* what is left would be another folder */
        {"/a/..;jsessionid=1/b", NULL},
        {"/a/%2E.;jsessionid=1;phpsessid=2", NULL},
        {"/a/..;jsessionid=1;x/b", "/a/..;x/b"},
        /* ASP.NET's */
        {"/(S(lit3py55t21z5v55vlm25s55))/default.aspx", "/default.aspx"},
        {"/a/(X(1)S(lit3py55t21z5v55vlm25s55))/b?c", "/a/b?c"},
        {"/(S(lit3py55t21z5v55vlm25s55))", "/"},
        {"/(s(1))/x", NULL},
        {"/wiki/Mercury_(planet)", NULL},
        {"/(x)/(S(lit3py55t21z5v55vlm25s55)", NULL},
    };

    (void)state;
    CHECK(rows);
}

static void
test_list_can_be_emptied_and_extended(void **state)
{
    static const struct row none[] = {
        {"/x;jsessionid=1?utm_source=a", NULL},
        {"/(S(lit3py55t21z5v55vlm25s55))/x", NULL}};
    static const struct row mine[] = {{"/x?utm_source=1&foo=2", "/x"},
                                      {"/x?bar_x=1&xbar=2", "/x?xbar=2"},
                                      {"/x?axb=1&axbc=2", "/x?axbc=2"}};
    static const struct row only[] = {
        {"/x?utm_source=1&foo=2", "/x?utm_source=1"}};
    static const struct row all[] = {{"/x?a=1&b", "/x"}, {"/x?=1", NULL}};

    (void)state;
    set("strip-params", "");
    CHECK(none);
    set("strip-params", "foo , default,BAR_*,a*b");
    CHECK(mine);
    set("strip-params", "foo");
    CHECK(only);
    set("strip-params", "*");
    CHECK(all);
}

static void
test_parameters_are_sorted_by_name_only(void **state)
{
    static const struct row rows[] = {
        {"/x?b=1&a=2", "/x?a=2&b=1"},
        {"/x?a[]=2&a[]=1", NULL},
        {"/x?b&a&b=0&a=1", "/x?a&a=1&b&b=0"},
        {"/x?ab=1&a=2", "/x?a=2&ab=1"},
        {"/x?b&&a", "/x?&a&b"},
        {"/x?c&utm_x&b", "/x?b&c"},
        {"/x?c;b;a", NULL},
        {"/x?", NULL},
        {"/x?a", NULL},
    };

    (void)state;
    set("sort-params", "yes");
    CHECK(rows);
}

static void
test_trailing_slash(void **state)
{
    static const struct row strip[] = {
        {"/a/", "/a"},     {"/", NULL},  {"//", "/"},    {"/a//", "/a"},
        {"/a/?b", "/a?b"}, {"/a", NULL}, {"/a?b/", NULL}};
    static const struct row add[] = {
        {"/a", "/a/"},         {"/a/", NULL},         {"/a.html", NULL},
        {"/a.b/c", "/a.b/c/"}, {"/a?b=c", "/a/?b=c"}, {"/a?", "/a/?"},
        {"/a?utm_x=1", "/a/"}};

    (void)state;
    set("trailing-slash", "strip");
    CHECK(strip);
    set("trailing-slash", "add");
    CHECK(add);
}

static void
test_index_pages(void **state)
{
    static const struct row keep[] = {
        {"/a/index.html", "/a/"}, {"/INDEX.PHP?x=1", "/?x=1"},
        {"/index.html/", NULL},   {"/index.htm", NULL},
        {"/a/xindex.html", NULL}, {"/a/index.php;jsessionid=1", "/a/"}};
    static const struct row strip[] = {{"/a/index.html", "/a"},
                                       {"/index.html/index.php/", "/"},
                                       {"/a//index.html//", "/a"}};

    (void)state;
    set("index-pages", "index.html, index.php");
    CHECK(keep);
    set("trailing-slash", "strip");
    CHECK(strip);
}

/* A slash that does not fit any more is one too many. */
static void
test_an_added_slash_counts(void **state)
{
    struct canon *canon;
    struct buf out;
    struct url u;

    (void)state;
    set("trailing-slash", "add");
    canon = compile();
    buf_init(&out, 16);
    assert_int_equal(
        canon_parse(canon, STR("http://a.test/ab"), NULL, &out, &u, NULL),
        ERR_TOO_BIG);
    assert_int_equal(out.n, 0);
    assert_int_equal(
        canon_parse(canon, STR("http://a.test/a"), NULL, &out, &u, NULL),
        ERR_OK);
    assert_true(str_equal(u.text, STR("http://a.test/a/")));
    buf_fini(&out);
    canon_free(canon);
}

static void
test_redirects_to_themselves_are_taken_verbatim(void **state)
{
    static const struct {
        const char *from, *to, *want;
        bool has_rule; /* one was used */
    } rows[] = {
        {"/a", "/a/", "/a/", false},
        {"/a", "/b/", "/b", true},
        {"/a", "/a?phpsessid=1", "/a?phpsessid=1", false},
        /* from there on nothing is */
        {"/a?phpsessid=1", "/a?phpsessid=2", "/a", true},
        {"/a/", "/a", "/a", false},
        {"/a", "/a", "/a", false},
    };
    struct canon *canon;

    (void)state;
    set("trailing-slash", "strip");
    canon = compile();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf base, out;
        struct url from, u;
        char text[200];
        unsigned rules;

        buf_init(&base, 200);
        buf_init(&out, 200);
        snprintf(text, sizeof(text), "http://a.test%s", rows[i].from);
        assert_int_equal(url_parse(str_from(text), NULL, &base, &from), ERR_OK);
        assert_int_equal(canon_parse_redirect(canon, str_from(rows[i].to),
                                              &from, &out, &u, &rules),
                         ERR_OK);
        assert_true(str_equal(u.target, str_from(rows[i].want)));
        assert_int_equal(rules != 0, rows[i].has_rule);
        buf_fini(&base);
        buf_fini(&out);
    }
    canon_free(canon);
}

static void
test_wrong_settings_are_told(void **state)
{
    static const struct {
        const char *name, *value, *why;
    } rows[] = {{"strip-params", "a,b=c", "b=c"},
                {"strip-params", "a b", "a b"},
                {"strip-params", "sid=#0", "sid=#0"},
                {"strip-params", "=#3", "=#3"},
                {"index-pages", "/index.html", "index-pages"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[CONFIG_WHY_BYTES] = "";
        struct canon *canon;

        config_fini(&config);
        config_init(&config);
        set(rows[i].name, rows[i].value);
        assert_int_equal(canon_new(&config, &canon, why), ERR_INVALID);
        assert_null(canon);
        assert_non_null(strstr(why, rows[i].why));
    }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_default_strips_tracking_and_sessions),
        TEST(test_path_parameters_are_stripped),
        TEST(test_list_can_be_emptied_and_extended),
        TEST(test_parameters_are_sorted_by_name_only),
        TEST(test_trailing_slash),
        TEST(test_index_pages),
        TEST(test_an_added_slash_counts),
        TEST(test_redirects_to_themselves_are_taken_verbatim),
        TEST(test_wrong_settings_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
