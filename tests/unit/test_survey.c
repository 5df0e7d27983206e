/*
 * What a log comes to in sum, and how it is written into a page.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "master/html.h"
#include "master/plot.h"
#include "master/report_view.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A line of a site, with more members, which begin with a comma. */
static void
take(struct survey *s, const char *url, const char *outcome, const char *site,
     const char *more)
{
    static char line[1024];
    int n = snprintf(line, sizeof(line),
                     "{\"time\":\"2026-11-21T16:00:00.000Z\",\"url\":\"%s\","
                     "\"outcome\":\"%s\",\"site\":\"%s\","
                     "\"worker\":\"a-b-1-2-3\"%s}",
                     url, outcome, site, more);

    survey_take(s, (struct str){line, (size_t)n}, 0);
}

static void
test_a_url_counts_by_its_last_try(void **state)
{
    struct survey *s = survey_new(100);

    (void)state;
    take(s, "http://a.t/", "TIMEOUT", "a.t", ",\"ms\":9,\"retry\":true");
    take(s, "http://a.t/", "OK", "a.t",
         ",\"ms\":5,\"status\":200,\"bytes\":700,\"tries\":1,\"depth\":2");
    take(s, "http://a.t/b", "ROBOTS", "a.t", "");
    take(s, "http://a.t/c", "NEWFANGLED", "a.t", ",\"ms\":1");
    survey_take(s, STR("{\"url\":"), 77);
    assert_int_equal(s->lines, 5);
    assert_int_equal(s->bad, 1);
    assert_int_equal(s->bad_place, 77);
    assert_int_equal(s->urls, 3);
    assert_int_equal(s->fetches, 3);
    assert_int_equal(s->retries, 1);
    assert_int_equal(s->kinds[SURVEY_GOT], 1);
    assert_int_equal(s->kinds[SURVEY_LEFT], 1);
    assert_int_equal(s->kinds[SURVEY_FAILED], 1);
    assert_int_equal(s->outcomes[OUTCOME_TIMEOUT].urls, 0);
    assert_int_equal(s->outcomes[OUTCOME_TIMEOUT].retries, 1);
    assert_int_equal(s->outcomes[OUTCOME_COUNT].urls, 1);
    assert_int_equal(s->tries[0], 1); /* by robots.txt, never asked */
    assert_int_equal(s->tries[1], 1);
    assert_int_equal(s->tries[2], 1);
    assert_int_equal(s->depths[2], 1);
    assert_int_equal(distinct_count(&s->urls_seen), 3);
    assert_int_equal(distinct_count(&s->hosts), 1);
    assert_string_equal(tally_put(s->machines, STR("a-b"))->name, "a-b");
    assert_int_equal(tally_count(s->machines), 1);
    survey_free(s);
}

static void
test_kinds_of_redirects(void **state)
{
    static const struct {
        const char *from, *to;
        enum survey_redirect want;
    } cases[] = {
        {"http://a.t/", "https://a.t/", SURVEY_TO_HTTPS},
        {"http://a.t:80/", "https://a.t/x", SURVEY_TO_HTTPS},
        {"http://a.t/", "http://www.a.t/", SURVEY_TO_WWW},
        {"https://www.a.t/", "http://a.t/", SURVEY_TO_WWW},
        {"http://a.t/x", "http://a.t/x/", SURVEY_TO_PATH},
        {"http://a.t/", "http://m.a.t/", SURVEY_TO_SITE},
        {"https://a.t/", "http://a.t/", SURVEY_TO_SITE},
        {"http://a.t/", "http://xa.t/", SURVEY_TO_OTHER},
        {"http://a.t/", "http://b.t/", SURVEY_TO_OTHER},
        {"http://a.t/", "http://", SURVEY_TO_OTHER},
        {"http://a.t/", "nonsense", SURVEY_TO_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct survey *s = survey_new(100);
        char more[128];

        snprintf(more, sizeof(more), ",\"status\":301,\"redirect\":\"%s\"",
                 cases[i].to);
        take(s, cases[i].from, "REDIRECT", "a.t", more);
        assert_int_equal(s->redirect_kinds[cases[i].want], 1);
        survey_free(s);
    }
}

/* RFC 9110, 8.3.1: parameters, quoted or not, in any case. */
static void
test_types_and_charsets(void **state)
{
    static const struct {
        const char *type, *name, *charset;
    } cases[] = {
        {"\"Text/HTML; Charset=UTF-8\"", "text/html", "utf-8"},
        {"\"text/html;a=b; charset=\\\"x\\\" ;c\"", "text/html", "x"},
        {"\"text/plain\"", "text/plain", "(none)"},
        {"\"image/png\"", "image/png", NULL},
        {"\"\"", "(none)", NULL},
        {"null", "(none)", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct survey *s = survey_new(100);
        const struct tally_row *row;
        size_t sum = SURVEY_N;
        char more[128];

        snprintf(more, sizeof(more), ",\"status\":200,\"ms\":1,\"type\":%s",
                 cases[i].type);
        take(s, "http://a.t/", "OK", "a.t", more);
        assert_int_equal(tally_top(s->types, tally_by_sum, &sum, &row, 1), 1);
        assert_string_equal(row->name, cases[i].name);
        assert_int_equal(tally_top(s->charsets, tally_by_sum, &sum, &row, 1),
                         cases[i].charset ? 1 : 0);
        if (cases[i].charset)
            assert_string_equal(row->name, cases[i].charset);
        survey_free(s);
    }
}

/* A clock that was not set does not stretch the plot over decades. */
static void
test_times_that_cannot_be(void **state)
{
    struct survey *s = survey_new(100);

    (void)state;
    s->latest_ms = 1795277958000;
    take(s, "http://a.t/1", "OK", "a.t", ",\"sent_ms\":5");
    take(s, "http://a.t/2", "OK", "a.t", ",\"sent_ms\":1795277958001");
    take(s, "http://a.t/3", "OK", "a.t",
         ",\"sent_ms\":1795277957000,\"ms\":500");
    assert_int_equal(s->timeless, 2);
    assert_int_equal(s->urls, 3);
    assert_int_equal(s->first_ms, 1795277957000);
    assert_int_equal(s->last_ms, 1795277957500);
    assert_int_equal(timeline_count(&s->time), 1);
    survey_free(s);
}

/* Among the slowest are those with five tries, if ten sites have as many. */
static void
test_slowest_sites(void **state)
{
    struct survey *s = survey_new(100);
    struct report_view v = {.survey = s};
    const struct tally_row *rows[SURVEY_TOP];
    char site[16];

    (void)state;
    take(s, "http://once.t/", "OK", "once.t", ",\"ms\":9000");
    assert_int_equal(report_slow_tries(&v), 1);
    assert_int_equal(report_sites(&v, REPORT_SLOWEST, rows), 1);
    for (int i = 0; i < 50; i++) {
        snprintf(site, sizeof(site), "s%d.t", i % 10);
        take(s, "http://x/", "OK", site,
             i % 10 == 3 ? ",\"ms\":70" : ",\"ms\":7");
    }
    assert_int_equal(report_slow_tries(&v), 5);
    assert_int_equal(report_sites(&v, REPORT_SLOWEST, rows), 10);
    assert_string_equal(rows[0]->name, "s3.t");
    assert_int_equal(report_mean_ms(rows[0]), 70);
    assert_int_equal(report_sites(&v, REPORT_BUSIEST, rows), 11);
    assert_int_equal(report_sites(&v, REPORT_GIVEN_UP, rows), 0);
    survey_free(s);
}

static char *
written(void (*write)(FILE *, struct str), struct str text)
{
    char *bytes = NULL;
    size_t n;
    FILE *out = open_memstream(&bytes, &n);

    assert_non_null(out);
    write(out, text);
    assert_int_equal(fclose(out), 0);
    return bytes;
}

static void
test_bytes_of_the_web_are_text(void **state)
{
    const struct {
        struct str in;
        const char *want;
    } cases[] = {
        {STR("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;"},
        {STR("\xe2\x80\xae"
             "evil"),
         "\\u{202e}evil"},
        {STR("\0\n\x7f"), "\\u{0}\\u{a}\\u{7f}"},
        {STR("\xc2\x85\xe2\x81\xa6\xef\xbb\xbf"), "\\u{85}\\u{2066}\\u{feff}"},
        {STR("\xf3\xa0\x81\x81"), "\\u{e0041}"},
        {STR("\xff\xc0\xaf\xed\xa0\x80"),
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
         "\xef\xbf\xbd"},
        {STR("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *got = written(html_text, cases[i].in);

        assert_string_equal(got, cases[i].want);
        free(got);
    }
}

/* Cut between characters, and never in one. */
static void
test_long_texts_are_cut(void **state)
{
    char text[HTML_WEB_BYTES + 2];
    char *got;

    (void)state;
    memset(text, 'a', sizeof(text));
    got = written(html_web, (struct str){text, HTML_WEB_BYTES});
    assert_int_equal(strlen(got), HTML_WEB_BYTES + strlen("<bdi></bdi>"));
    free(got);
    memcpy(text + HTML_WEB_BYTES - 1, "\xc3\xbc", 2);
    got = written(html_web, (struct str){text, HTML_WEB_BYTES + 1});
    assert_null(strchr(got, '\xc3'));
    assert_non_null(strstr(got, "aaa&hellip;</bdi>"));
    free(got);
}

static void
test_steps_of_an_axis(void **state)
{
    static const struct {
        double most;
        int count;
        double want;
    } cases[] = {{0, 4, 1},     {3, 4, 1},          {4, 4, 1},
                 {5, 4, 2},     {426, 4, 200},      {2000, 4, 500},
                 {0.3, 4, 0.1}, {999999, 4, 500000}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(plot_step(cases[i].most, cases[i].count) == cases[i].want);
}

/* A page of nothing is a page: the crawl has just begun. */
static void
test_a_report_of_no_line(void **state)
{
    struct survey *s = survey_new(100);
    struct report_view v = {.name = "a<b", .survey = s};
    char *bytes = NULL;
    size_t n;
    FILE *out = open_memstream(&bytes, &n);

    (void)state;
    report_html(&v, out);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(bytes, "<h1>Crawl <bdi>a&lt;b</bdi></h1>"));
    assert_non_null(strstr(bytes, "no line in its log yet"));
    assert_non_null(strstr(bytes, "</html>"));
    assert_null(strstr(bytes, "nan"));
    assert_null(strstr(bytes, "inf"));
    free(bytes);
    survey_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_url_counts_by_its_last_try),
        cmocka_unit_test(test_kinds_of_redirects),
        cmocka_unit_test(test_types_and_charsets),
        cmocka_unit_test(test_times_that_cannot_be),
        cmocka_unit_test(test_slowest_sites),
        cmocka_unit_test(test_bytes_of_the_web_are_text),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_steps_of_an_axis),
        cmocka_unit_test(test_a_report_of_no_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
