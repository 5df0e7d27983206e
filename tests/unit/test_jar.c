/*
 * Lines of cookies.txt, and jars of them through libcurl and back.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cookie_line.h"
#include "worker/jar.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
test_lines_are_read(void **state)
{
    static const struct {
        const char *in, *wrong; /* NULL: fine; then */
        const char *domain, *name, *value;
    } rows[] = {
        {".a.test\tTRUE\t/\tFALSE\t0\tn\tv", NULL, "a.test", "n", "v"},
        {"a.test\tFALSE\t/x\tTRUE\t99\tn\t", NULL, "a.test", "n", ""},
        {"a.test\tfalse\t/\tfalse\t99\tn", NULL, "a.test", "n", ""},
        {"#HttpOnly_a.test\tFALSE\t/\tFALSE\t0\tn\tv w=\"x\"", NULL, "a.test",
         "n", "v w=\"x\""},
        {"a.test FALSE / FALSE 0 n v", "tabs", NULL, NULL, NULL},
        {"a.test\tFALSE\t/\tFALSE\t0\tn\tv\tx", "tabs", NULL, NULL, NULL},
        {"a.test\tFALSE\t/\tFALSE\t0\t\tv", "name", NULL, NULL, NULL},
        {"\tFALSE\t/\tFALSE\t0\tn\tv", "domain", NULL, NULL, NULL},
        {".\tFALSE\t/\tFALSE\t0\tn\tv", "domain", NULL, NULL, NULL},
        {"a.test\t1\t/\tFALSE\t0\tn\tv", "TRUE", NULL, NULL, NULL},
        {"a.test\tTRUE\t/\t\t0\tn\tv", "TRUE", NULL, NULL, NULL},
        {"a.test\tTRUE\t/\tTRUE\t-1\tn\tv", "time", NULL, NULL, NULL},
        {"a.test\tTRUE\t/\tTRUE\tsoon\tn\tv", "time", NULL, NULL, NULL},
        {"a.test\tTRUE\t/\tTRUE\t0\tn\tv\x1b", "control", NULL, NULL, NULL},
    };
    char text[6000];
    struct cookie_line c;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *wrong = cookie_line_parse(str_from(rows[i].in), &c);

        assert_int_equal(wrong == NULL, rows[i].wrong == NULL);
        if (wrong) {
            assert_non_null(strstr(wrong, rows[i].wrong));
            continue;
        }
        assert_true(str_equal(c.domain, str_from(rows[i].domain)));
        assert_true(str_equal(c.name, str_from(rows[i].name)));
        assert_true(str_equal(c.value, str_from(rows[i].value)));
    }
    memset(text, 'x', sizeof(text));
    assert_non_null(cookie_line_parse((struct str){text, 5001}, &c));
}

static void
test_cookies_know_their_site(void **state)
{
    static const struct {
        const char *domain, *site;
        bool for_subdomains, is;
    } rows[] = {
        {"a.test", "a.test", false, true},
        {"A.Test", "a.test", true, true},
        {"www.a.test", "a.test", false, true},
        {"a.test", "www.a.test", true, true}, /* --polite-by host */
        {"a.test", "www.a.test", false, false},
        {"ba.test", "a.test", true, false},
        {"a.test", "ba.test", true, false},
        {"b.test", "a.test", true, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cookie_line c = {.domain = str_from(rows[i].domain),
                                .is_for_subdomains = rows[i].for_subdomains};

        assert_int_equal(cookie_line_is_of_site(&c, str_from(rows[i].site)),
                         rows[i].is);
    }
}

static void
test_a_bad_file_is_named(void **state)
{
    static const struct {
        const char *in, *said; /* NULL: fine */
    } rows[] = {
        {"# a comment\n\r\n\na.test\tTRUE\t/\tTRUE\t0\tn\tv\r\n", NULL},
        {"localhost\tFALSE\t/\tFALSE\t0\tn\tv\n", NULL},
        {"# x\na.test\tTRUE\n", "c.txt:2: "},
        {".co.uk\tTRUE\t/\tFALSE\t0\tn\tv\n", "c.txt:1: .*"},
        {".COM\tTRUE\t/\tFALSE\t0\tn\tv\n", "c.txt:1: "},
    };
    char why[CONFIG_WHY_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char path[] = "c.txt";
        struct config_file f = {(char *)(uintptr_t)rows[i].in,
                                strlen(rows[i].in), path};

        assert_int_equal(cookie_line_check_file(&f, why),
                         rows[i].said ? ERR_INVALID : ERR_OK);
        if (rows[i].said)
            assert_non_null(strstr(why, "c.txt:"));
    }
}

#define A ".a.test\tTRUE\t/\tFALSE\t0\tn\tv\n"
#define B "b.test\tFALSE\t/\tFALSE\t0\tn\tv\n"
#define OLD "a.test\tFALSE\t/\tFALSE\t1\told\tv\n"

static void
test_a_jar_has_its_sites_lines_only(void **state)
{
    struct jar j;

    (void)state;
    jar_init(&j);
    jar_fill(&j, STR("junk\n" A "# x\n" B), STR("a.test"));
    assert_true(str_equal(buf_str(&j.text), STR(A)));
    assert_true(j.is_filled);
    assert_false(j.is_changed);
    jar_fini(&j);
}

/* What one site left in a handle, the next one that uses it does not find. */
static void
test_a_handle_forgets(void **state)
{
    CURL *easy = curl_easy_init();
    struct jar a, b;

    (void)state;
    jar_init(&a);
    jar_init(&b);
    jar_fill(&a, STR(OLD A), STR("a.test"));
    jar_lend(&a, easy);
    assert_true(jar_take(&a, easy).is_new); /* one has expired */
    assert_true(str_equal(buf_str(&a.text), STR(A)));
    assert_false(jar_take(&a, easy).is_new);
    jar_wash(easy);
    assert_false(jar_take(&b, easy).is_new);
    assert_int_equal(b.text.n, 0);
    jar_fini(&a);
    jar_fini(&b);
    curl_easy_cleanup(easy);
}

static void
test_news_is_another_value(void **state)
{
    static const struct {
        const char *before, *line;
        bool is_new;
    } rows[] = {
        {"", "a.test\tFALSE\t/\tFALSE\t0\tn\tv", true},
        {A, ".a.test\tTRUE\t/\tFALSE\t0\tn\tw", true},
        {A, ".a.test\tTRUE\t/\tFALSE\t4102444800\tn\tv", false},
        {A, ".a.test\tTRUE\t/x\tFALSE\t0\tn\tv", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CURL *easy = curl_easy_init();
        struct jar j;

        jar_init(&j);
        jar_fill(&j, str_from(rows[i].before), STR("a.test"));
        jar_lend(&j, easy);
        curl_easy_setopt(easy, CURLOPT_COOKIELIST, rows[i].line);
        assert_int_equal(jar_take(&j, easy).is_new, rows[i].is_new);
        assert_true(j.is_changed);
        jar_fini(&j);
        curl_easy_cleanup(easy);
    }
}

static void
test_a_jar_is_bounded(void **state)
{
    CURL *easy = curl_easy_init();
    struct jar_news news;
    char line[5000];
    struct jar j;

    (void)state;
    jar_init(&j);
    for (int i = 0; i < 60; i++) {
        snprintf(line, sizeof(line), "a.test\tFALSE\t/\tFALSE\t0\tn%d\tv", i);
        curl_easy_setopt(easy, CURLOPT_COOKIELIST, line);
    }
    news = jar_take(&j, easy);
    assert_int_equal(news.dropped, 10);
    jar_wash(easy);
    for (int i = 0; i < 10; i++) {
        snprintf(line, sizeof(line), "a.test\tFALSE\t/\tFALSE\t0\tn%d\t%03000d",
                 i, 7);
        curl_easy_setopt(easy, CURLOPT_COOKIELIST, line);
    }
    news = jar_take(&j, easy);
    assert_int_equal(news.dropped, 5);
    assert_true(j.text.n <= JAR_BYTES_MAX);
    jar_fini(&j);
    curl_easy_cleanup(easy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_read),
        cmocka_unit_test(test_cookies_know_their_site),
        cmocka_unit_test(test_a_bad_file_is_named),
        cmocka_unit_test(test_a_jar_has_its_sites_lines_only),
        cmocka_unit_test(test_a_handle_forgets),
        cmocka_unit_test(test_news_is_another_value),
        cmocka_unit_test(test_a_jar_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
