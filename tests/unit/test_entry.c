/* Entries: the line of text that is queued.  SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/entry.h"

static void
test_a_line_is_read_and_written_the_same(void **state)
{
    static const struct {
        const char *line, *site, *url, *referrer;
        unsigned depth, hops, tries, sitemap;
    } rows[] = {
        {"0 a.test http://a.test/", "a.test", "http://a.test/", "", 0, 0, 0, 0},
        {"2 example.org http://www.example.org/x http://example.org/",
         "example.org", "http://www.example.org/x", "http://example.org/", 2, 0,
         0, 0},
        {"0r1t2 a.test http://a.test/", "a.test", "http://a.test/", "", 0, 1, 2,
         0},
        {"10t3 [::1] http://[::1]/", "[::1]", "http://[::1]/", "", 10, 0, 3, 0},
        {"0s1 a.test http://a.test/s.txt http://a.test/robots.txt", "a.test",
         "http://a.test/s.txt", "http://a.test/robots.txt", 0, 0, 0, 1},
        {"1000000r1000t1000s9 a b c", "a", "b", "c", 1000000, 1000, 1000, 9},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct entry e;
        struct buf b;

        print_message("%s\n", rows[i].line);
        assert_int_equal(entry_parse(str_from(rows[i].line), &e), ERR_OK);
        assert_int_equal(e.depth, rows[i].depth);
        assert_int_equal(e.hops, rows[i].hops);
        assert_int_equal(e.tries, rows[i].tries);
        assert_int_equal(e.sitemap, rows[i].sitemap);
        assert_true(str_equal(e.site, str_from(rows[i].site)));
        assert_true(str_equal(e.url, str_from(rows[i].url)));
        assert_true(str_equal(e.referrer, str_from(rows[i].referrer)));
        buf_init(&b, ENTRY_MAX_BYTES + 1);
        assert_int_equal(entry_write(&e, &b), ERR_OK);
        assert_true(str_equal(buf_str(&b), str_from(rows[i].line)));
        buf_fini(&b);
    }
}

static void
test_anything_else_is_invalid(void **state)
{
    const struct str rows[] = {
        STR(""),
        STR(" "),
        STR("http://a.test/"),
        STR("a.test"),
        STR("0"),
        STR("0 "),
        STR("0 a.test"),
        STR("0 a.test "),
        STR("0  http://a.test/"),
        STR(" 0 a.test http://a.test/"),
        STR("0 a.test http://a.test/ "),
        STR("0 a.test  http://a.test/"),
        STR("0 a.test http://a.test/ r extra"),
        STR("00 a.test http://a.test/"),
        STR("-1 a.test http://a.test/"),
        STR("+1 a.test http://a.test/"),
        STR("1000001 a.test http://a.test/"),
        STR("99999999999999999999999 a.test http://a.test/"),
        STR("0r a.test http://a.test/"),
        STR("0r0 a.test http://a.test/"),
        STR("0t a.test http://a.test/"),
        STR("0t1r1 a.test http://a.test/"),
        STR("0r1r1 a.test http://a.test/"),
        STR("0s0 a.test http://a.test/"),
        STR("0s10 a.test http://a.test/"),
        STR("0s1t1 a.test http://a.test/"),
        STR("0x a.test http://a.test/"),
        STR("r1 a.test http://a.test/"),
        STR("0 a\ttest http://a.test/"),
        STR("0 a.test http://a.test/\n"),
        STR("0 a.test http://a.test/\0x"),
        STR("0 a.test http://a.test/\x7f"),
        STR("0 a.test http://a.test/ http://b\r\n"),
    };
    struct entry e;
    char *big;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("row %zu: %.*s\n", i, STR_ARG(rows[i]));
        assert_int_equal(entry_parse(rows[i], &e), ERR_INVALID);
    }
    big = malloc(ENTRY_MAX_BYTES + 1);
    assert_non_null(big);
    memset(big, 'a', ENTRY_MAX_BYTES + 1);
    memcpy(big, "0 a ", 4);
    assert_int_equal(entry_parse((struct str){big, ENTRY_MAX_BYTES}, &e),
                     ERR_OK);
    assert_int_equal(entry_parse((struct str){big, ENTRY_MAX_BYTES + 1}, &e),
                     ERR_INVALID);
    free(big);
}

/* The URL is the work, the referrer only says where it came from. */
static void
test_a_referrer_that_does_not_fit_is_left_out(void **state)
{
    static char far[ENTRY_MAX_BYTES];
    struct entry e = {.site = STR("a"), .url = STR("b"), .referrer = {far, 0}};
    struct buf b;

    (void)state;
    memset(far, 'r', sizeof(far));
    buf_init(&b, 2 * ENTRY_MAX_BYTES);
    e.referrer.n = ENTRY_MAX_BYTES - sizeof("0 a b"); /* the NUL: its blank */
    assert_int_equal(entry_write(&e, &b), ERR_OK);
    assert_int_equal(b.n, ENTRY_MAX_BYTES);
    buf_reset(&b);
    e.referrer.n++;
    assert_int_equal(entry_write(&e, &b), ERR_OK);
    assert_true(str_equal(buf_str(&b), STR("0 a b")));
    e.url = (struct str){far, sizeof(far)};
    assert_int_equal(entry_write(&e, &b), ERR_TOO_BIG);
    assert_true(str_equal(buf_str(&b), STR("0 a b"))); /* as it was */
    buf_fini(&b);
    buf_init(&b, 4);
    e.url = STR("b");
    e.referrer = STR_NONE;
    assert_int_equal(entry_write(&e, &b), ERR_TOO_BIG);
    assert_int_equal(b.n, 0);
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_is_read_and_written_the_same),
        cmocka_unit_test(test_anything_else_is_invalid),
        cmocka_unit_test(test_a_referrer_that_does_not_fit_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
