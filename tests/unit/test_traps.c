/*
 * traps: what a site makes up without end, and what only looks like it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/traps.h"

static void
test_segments(void **state)
{
    static const struct {
        const char *path;
        size_t n;
    } rows[] = {{"/", 0},  {"/a", 1},   {"/a/", 1},  {"/a/b", 2},
                {"//", 1}, {"//a/", 2}, {"/a//", 2}, {"/a.html", 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(traps_segments(str_from(rows[i].path)), rows[i].n);
}

static void
test_repeats(void **state)
{
    static const struct {
        const char *path;
        unsigned max, want;
    } rows[] = {
        {"/a", 3, 1},
        {"/x/x/x", 3, 3},
        {"/x/x/x/x", 3, 4},
        {"/a/x/x/x/x/b", 3, 4},
        {"/x/x/x/x/", 3, 4},
        {"/a/b/a/b/a/b", 2, 3},
        {"/z/a/b/a/b/a/b/c", 2, 3},
        {"/a/b/a/b/a", 2, 2},
        {"/a/b/c/a/b/c", 1, 2},
        {"/a/b/x/a/b/y/a/b", 2, 1},
        {"/2011/11/11/11", 3, 3}, /* an hour of a day */
        {"////", 3, 3},
        {"/////", 3, 4},
        {"/x/xx/xxx", 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned got = traps_repeats(str_from(rows[i].path), rows[i].max);

        if ((got > rows[i].max) != (rows[i].want > rows[i].max))
            fail_msg("%s: %u, want %u", rows[i].path, got, rows[i].want);
    }
}

static void
test_same_parts_and_parameters(void **state)
{
    struct str name;

    (void)state;
    assert_int_equal(traps_same_parts(STR(""), 2), 0);
    assert_int_equal(traps_same_parts(STR("a=1"), 2), 1);
    assert_int_equal(traps_same_parts(STR("a=1&a=1&a=1"), 2), 3);
    assert_int_equal(traps_same_parts(STR("a=1&b&a=1&b&a=1"), 2), 1);
    assert_int_equal(traps_same_parts(STR("a=1&a=2&a=3"), 2), 1);
    assert_int_equal(traps_same_parts(STR("&&&&&&"), 2), 1);

    assert_int_equal(traps_same_param(STR("p=1&p=2&q&p=3"), 2, &name), 3);
    assert_true(str_equal(name, STR("p")));
    assert_int_equal(traps_same_param(STR("p=1&p=2"), 2, &name), 0);
    assert_int_equal(traps_same_param(STR("a&b&c&d"), 2, &name), 1);
    assert_int_equal(
        traps_same_param(STR("f[]=1&f[]=2&f[]=3&f%5B%5D=4"), 2, &name), 0);
    assert_int_equal(traps_same_param(STR("=1&=2&=3"), 2, &name), 0);
}

struct date_row {
    const char *target;
    unsigned year; /* out of bounds; 0: none */
};

static void
check_dates(const struct date_row *rows, size_t n, unsigned depth)
{
    for (size_t i = 0; i < n; i++) {
        char text[300];
        struct buf out;
        struct url u;
        unsigned got;

        snprintf(text, sizeof(text), "http://a.test%s", rows[i].target);
        buf_init(&out, sizeof(text));
        assert_int_equal(url_parse(str_from(text), NULL, &out, &u), ERR_OK);
        got = traps_year(&u, 2028, depth);
        if (got != rows[i].year)
            fail_msg("%s: %u, want %u", text, got, rows[i].year);
        buf_fini(&out);
    }
}
#define CHECK_DATES(rows, depth) \
    check_dates(rows, sizeof(rows) / sizeof((rows)[0]), depth)

static void
test_dates_ahead(void **state)
{
    static const struct date_row rows[] = {
        {"/", 0},
        {"/2028/12", 0},
        {"/2029/01", 2029},
        {"/2029/1/", 2029},
        {"/cal/2031-05", 2031},
        {"/cal/2031-05-01.html", 2031},
        {"/cal/2031_05_01", 2031},
        {"/cal/2031.05.01", 2031},
        {"/cal/20310501", 2031},
        {"/cal/01.05.2031", 2031},
        {"/cal/05/2031", 2031},
        {"/cal/2031-W07", 2031},
        {"/x?date=2031-05-01", 2031},
        {"/x?d=2031%2F05%2F01", 2031},
        {"/x?d=2031%2f5", 2031},
        {"/x?month=203105", 2031},
        {"/x?time=1924992000", 2031},
        {"/x?year=2031&month=5", 2031},
        {"/x?m=05&y=2031", 2031},
        {"/x?cal_year=2031&d=1", 2031},
        {"/x?a=2020-01&b=2031-01", 2031},
        /* no dates */
        {"/2031", 0},
        {"/2031/", 0},
        {"/2031/13", 0},
        {"/2031/00", 0},
        {"/2031/05abc", 0},
        {"/model-2100-5", 0},
        {"/rfc7231-05", 0},
        {"/iso-9001-12", 0},
        {"/2031/123", 0},
        {"/12031/05", 0},
        {"/203105", 0},
        {"/20311301", 0},
        {"/20310532", 0},
        {"/203105011", 0},
        {"/id/99991231", 0},
        {"/x?id=203105", 0},
        {"/x?id=1924992000", 0},
        {"/x?year=2031", 0},
        {"/x?population=2031&m=5", 0},
        {"/x?year=2031&month=may", 0},
        {"/1234-2031-05", 2031},
        {"/v2031.105", 0},
    };

    (void)state;
    CHECK_DATES(rows, 1);
}

/* Archives have old dates: they count deep in a crawl only. */
static void
test_dates_long_past(void **state)
{
    static const struct date_row deep[] = {
        {"/1989/12/31", 1989}, {"/1990/01/01", 0},       {"/1850-05-01", 1850},
        {"/1799/05/01", 0},    {"/x?y=1970&m=1", 1970},  {"/2020/01", 0},
        {"/1989", 0},          {"/x?date=0912345678", 0}};
    static const struct date_row shallow[] = {{"/1989/12/31", 0},
                                              {"/1850-05-01", 0}};

    (void)state;
    CHECK_DATES(deep, TRAPS_OLD_DEPTH + 1);
    CHECK_DATES(shallow, TRAPS_OLD_DEPTH);
}

static void
test_chains(void **state)
{
    static const struct {
        const char *a, *b;
        bool is_chain;
    } rows[] = {{"http://a.test/1", "http://a.test/2", true},
                {"http://a.test/9", "http://a.test/10", true},
                {"http://a.test/x?p=9&q=1", "http://a.test/x?p=10&q=7", true},
                {"http://a.test/1", "http://a.test/1", false},
                {"http://a.test/1", "http://a.test/x", false},
                {"http://a.test/1", "http://a.test/", false},
                {"http://a.test/1", "http://a.test/2/", false},
                {"http://a1.test/", "http://a2.test/", true},
                {"http://a.test/", "", false}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(
            traps_is_chain(str_from(rows[i].a), str_from(rows[i].b)),
            rows[i].is_chain);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_repeats),
        cmocka_unit_test(test_same_parts_and_parameters),
        cmocka_unit_test(test_dates_ahead),
        cmocka_unit_test(test_dates_long_past),
        cmocka_unit_test(test_chains),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
