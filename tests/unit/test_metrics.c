/*
 * What Prometheus is told, from made-up views.
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
#include <string.h>

#include <jansson.h>

#include "master/http_json.h"
#include "master/metrics.h"

static struct top_view *
usual_view(void)
{
    struct top_view *v = calloc(1, sizeof(*v));

    assert_non_null(v);
    v->has_numbers = true;
    v->name = "t";
    v->counts = (struct frontier_counts){.state = FRONTIER_PAUSED,
                                         .known = 20,
                                         .finished = 7,
                                         .queued = 11,
                                         .long_ms = 1500};
    v->stats[STAT_pages] = 5;
    v->stats[STAT_status_2xx] = 5;
    v->stats[STAT_status_4xx] = 1;
    v->stats[STAT_bytes_received] = 1234567890123;
    v->stats[STAT_dns_ms] = 2500;
    v->stats[STAT_fetch_ms] = 61234;
    v->stats[STAT_fetch_50ms] = 3;
    v->stats[STAT_fetch_1000ms] = 2;
    v->stats[STAT_fetch_longer] = 1;
    v->stats[STAT_reaped] = 1;
    v->stats[STAT_OUTCOMES + OUTCOME_OK] = 5;
    v->stats[STAT_OUTCOMES + OUTCOME_TIMEOUT] = 2;
    return v;
}

static char *
text_of(const struct metrics *m)
{
    struct buf out;
    char *text;

    buf_init(&out, METRICS_MAX_BYTES);
    assert_int_equal(buf_add_char(&out, '\n'), ERR_OK);
    metrics_write(m, &out);
    assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
    text = strdup(out.p);
    buf_fini(&out);
    return text;
}

static void
expect_line(const char *text, const char *line, int times)
{
    char whole[512];
    int n = 0;

    snprintf(whole, sizeof(whole), "\n%s\n", line);
    for (const char *at = text; (at = strstr(at, whole)) != NULL; at++)
        n++;
    if (n != times)
        print_error("%s\n%s: %d times\n", text, line, n);
    assert_int_equal(n, times);
}

static void
test_each_number_has_its_family(void **state)
{
    static const char *const lines[] = {
        "weft_info{crawl=\"t\",version=\"v1\\\"\"} 1",
        "weft_redis_up 1",
        "weft_state{state=\"paused\"} 1",
        "weft_state{state=\"running\"} 0",
        "# TYPE weft_pages_total counter",
        "weft_pages_total{status=\"2xx\"} 5",
        "weft_pages_total{status=\"4xx\"} 1",
        "weft_pages_fetched_total 5",
        "weft_bytes_total{kind=\"received\"} 1234567890123",
        "weft_failures_total{class=\"TIMEOUT\"} 2",
        "weft_outcomes_total{outcome=\"OK\"} 5",
        "weft_dns_seconds_total 2.5",
        "# HELP weft_dns_seconds_total Seconds of all name look-ups.",
        "# TYPE weft_fetch_seconds histogram",
        "weft_fetch_seconds_bucket{le=\"0.05\"} 3",
        "weft_fetch_seconds_bucket{le=\"0.5\"} 3",
        "weft_fetch_seconds_bucket{le=\"1\"} 5",
        "weft_fetch_seconds_bucket{le=\"30\"} 5",
        "weft_fetch_seconds_bucket{le=\"+Inf\"} 6",
        "weft_fetch_seconds_sum 61.234",
        "weft_fetch_seconds_count 6",
        "weft_frontier_urls{state=\"queued\"} 11",
        "weft_urls_known_total 20",
        "weft_longest_site_seconds 1.5",
        "weft_reaped_total 3",
        "weft_http_refused_total{reason=\"token\"} 4",
    };
    struct top_view *v = usual_view();
    struct metrics m = {.name = "t",
                        .version = "v1\"",
                        .is_up = true,
                        .reaped = 2,
                        .refused = {0, 4, 0},
                        .view = v};
    char *text = text_of(&m);

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        expect_line(text, lines[i], 1);
    assert_null(strstr(text, "_ms"));
    assert_null(strstr(text, "failures_total{class=\"OK\"}"));
    assert_null(strstr(text, "weft_redis_memory")); /* it may not be asked */
    free(text);
    free(v);
}

static void
test_without_numbers_none_are_made_up(void **state)
{
    struct top_view *v = usual_view();
    struct metrics m = {.name = "t", .version = "v1", .view = v};
    char *text;

    (void)state;
    v->has_numbers = false;
    text = text_of(&m);
    expect_line(text, "weft_redis_up 0", 1);
    assert_null(strstr(text, "weft_pages_total"));
    free(text);
    free(v);
}

static void
test_labels_are_escaped(void **state)
{
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"plain", "plain"},
        {"a\"b", "a\\\"b"},
        {"a\\b", "a\\\\b"},
        {"a\nb", "a\\nb"},
        {"b\303\274cher", "b\303\274cher"},
        {"\377", "\\\\xff"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out;

        buf_init(&out, 256);
        metrics_label(str_from(rows[i].in), &out);
        assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
        assert_string_equal(out.p, rows[i].want);
        buf_fini(&out);
    }
}

static void
test_a_duration_has_one_bucket(void **state)
{
    (void)state;
    assert_int_equal(stats_of_fetch(-1), STAT_fetch_50ms);
    assert_int_equal(stats_of_fetch(50), STAT_fetch_50ms);
    assert_int_equal(stats_of_fetch(51), STAT_fetch_100ms);
    assert_int_equal(stats_of_fetch(30000), STAT_fetch_30000ms);
    assert_int_equal(stats_of_fetch(30001), STAT_fetch_longer);
    assert_int_equal(stats_of_fetch(INT64_MAX), STAT_fetch_longer);
}

/* Whatever a site is called, the page gets JSON of one line. */
static void
test_hostile_names_are_strings(void **state)
{
    static const char *const names[] = {"</script><b>", "a\"\n\ndata: x",
                                        "\377\376", "\033[1m"};
    struct http_state now = {.phase = "crawling", .trouble = "a\nb"};
    struct top_view *v = usual_view();

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct top_sites_list *l = &v->sites[TOP_BUSIEST];
        char *text;
        json_t *o;

        l->count = l->total = 1;
        snprintf(l->rows[0].name, sizeof(l->rows[0].name), "%s", names[i]);
        text = http_json_view(v, &now);
        assert_null(strchr(text, '\n'));
        o = json_loads(text, 0, NULL);
        assert_non_null(o);
        assert_int_equal(json_integer_value(json_object_get(o, "version")), 1);
        if (i < 2)
            assert_string_equal(
                json_string_value(json_object_get(
                    json_array_get(
                        json_object_get(
                            json_object_get(json_object_get(o, "sites"),
                                            "busiest"),
                            "rows"),
                        0),
                    "name")),
                names[i]);
        json_decref(o);
        free(text);
    }
    free(v);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_number_has_its_family),
        cmocka_unit_test(test_without_numbers_none_are_made_up),
        cmocka_unit_test(test_labels_are_escaped),
        cmocka_unit_test(test_a_duration_has_one_bucket),
        cmocka_unit_test(test_hostile_names_are_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
