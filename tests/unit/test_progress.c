/*
 * The progress block and its line, from made-up views.
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

#include "master/progress.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_counts_have_commas(void **state)
{
    static const struct {
        uint64_t in;
        const char *want;
    } rows[] = {{0, "0"},
                {999, "999"},
                {1000, "1,000"},
                {1204567, "1,204,567"},
                {UINT64_MAX, "18,446,744,073,709,551,615"}};
    char out[PROGRESS_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(progress_count(rows[i].in, out), rows[i].want);
}

static void
test_bytes_have_three_digits_and_a_unit(void **state)
{
    static const struct {
        double in;
        const char *want;
    } rows[] = {{0, "0 B"},           {999, "999 B"},      {1000, "1.0 kB"},
                {28.14e6, "28.1 MB"}, {999.4e3, "999 kB"}, {999.9e3, "1.0 MB"},
                {1.5e12, "1.5 TB"},   {4e18, "4000 PB"}};
    char out[PROGRESS_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(progress_bytes(rows[i].in, out), rows[i].want);
}

static void
test_times_grow_a_part_when_needed(void **state)
{
    static const struct {
        uint64_t in;
        const char *want;
    } rows[] = {{0, "0:00"},
                {59999, "0:59"},
                {252000, "4:12"},
                {3600000, "1:00:00"},
                {90061000, "1d 1:01:01"}};
    char out[PROGRESS_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(progress_time(rows[i].in, out), rows[i].want);
}

static void
test_rate_is_of_the_last_span_only(void **state)
{
    struct progress_rate r = {.n = 0};

    (void)state;
    assert_true(progress_rate_get(&r, 5000) == 0);
    progress_rate_add(&r, 1000, 100);
    assert_true(progress_rate_get(&r, 5000) == 0); /* one point is no rate */
    progress_rate_add(&r, 2000, 300);
    assert_true(progress_rate_get(&r, 5000) == 200);
    for (int i = 3; i <= 60; i++) /* more than there are places */
        progress_rate_add(&r, (uint64_t)i * 1000, 300 + (i - 2) * 10);
    assert_true(progress_rate_get(&r, 5000) == 10);
    progress_rate_add(&r, 60000, 5000); /* no time between: no division */
    assert_true(progress_rate_get(&r, 0) == 0);
}

/* The view of the README's example. */
static struct progress_view
usual_view(void)
{
    struct progress_view v = {.name = "top-1m",
                              .state = "crawling",
                              .procs = 8,
                              .procs_running = 8,
                              .threads = 5,
                              .elapsed_ms = 252000,
                              .counts = {.state = FRONTIER_RUNNING,
                                         .known = 5021,
                                         .finished = 2913,
                                         .queued = 2000,
                                         .waiting = 108,
                                         .flight = 512,
                                         .sites_held = 114,
                                         .sites_due = 204,
                                         .next_due_ms = 800,
                                         .next_retry_ms = -1,
                                         .long_site = "docs.example",
                                         .long_entries = 31,
                                         .long_ms = 31000},
                              .pages_per_s = 1204,
                              .bytes_per_s = 28.1e6};

    v.stats[STAT_status_2xx] = 2702;
    v.stats[STAT_status_3xx] = 181;
    v.stats[STAT_status_4xx] = 30;
    v.stats[STAT_OUTCOMES + OUTCOME_OK] = 2702;
    v.stats[STAT_OUTCOMES + OUTCOME_ROBOTS] = 14;
    v.stats[STAT_OUTCOMES + OUTCOME_NO_DNS] = 3;
    return v;
}

static void
expect_block(const struct progress_view *v, int width, const char *want)
{
    struct buf out;

    buf_init(&out, 1 << 16);
    progress_render(v, width, &out);
    assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
    assert_string_equal(out.p, want);
    buf_fini(&out);
}

static void
test_block_tells_all_there_is(void **state)
{
    struct progress_view v = usual_view();

    (void)state;
    expect_block(&v, 99,
                 "weft top-1m   8 x 5   crawling 4:12\n"
                 "[################------------]  58 %   2,913 of 5,021 known\n"
                 "1,204 pages/s  28.1 MB/s   in flight 512   sites 318 (204 "
                 "cooling down)   queue 2,108\n"
                 "2xx 2,702  3xx 181  4xx 30  5xx 0  robots 14  no dns 3\n"
                 "at least 0:31 more, held by docs.example (31 entries x 1.0 "
                 "s)\n");
}

static void
test_found_connections_are_shown(void **state)
{
    struct progress_view v = usual_view();
    struct buf out;

    (void)state;
    v.connections = 1536;
    buf_init(&out, 1 << 16);
    progress_render(&v, 99, &out);
    assert_true(buf_add_char(&out, '\0') == ERR_OK);
    assert_non_null(strstr(
        out.p, "weft top-1m   8 x 5   connections 1,536 (auto)   crawling"));
    buf_reset(&out);
    progress_line(&v, &out);
    assert_true(buf_add_char(&out, '\0') == ERR_OK);
    assert_non_null(strstr(out.p, "queue 2,108, connections 1,536 (auto)"));
    buf_fini(&out);
}

static void
test_no_line_is_wider_than_the_terminal(void **state)
{
    struct progress_view v = usual_view();
    struct buf out;

    (void)state;
    v.is_seeding = true;
    v.seed_rows = 123456789;
    v.counts.flight = v.counts.queued = 0;
    buf_init(&out, 1 << 16);
    for (int width = PROGRESS_WIDTH_MIN; width <= 120; width++) {
        struct str rest;

        buf_reset(&out);
        progress_render(&v, width, &out);
        rest = buf_str(&out);
        assert_true(rest.n > 0);
        while (rest.n > 0)
            assert_true(str_cut(&rest, '\n').n <= (size_t)width);
    }
    buf_fini(&out);
}

static void
expect_line_in_block(const struct progress_view *v, const char *want)
{
    struct buf out;

    buf_init(&out, 1 << 16);
    progress_render(v, 100, &out);
    assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
    if (strstr(out.p, want) == NULL)
        print_error("%s\nlacks: %s\n", out.p, want);
    assert_non_null(strstr(out.p, want));
    buf_fini(&out);
}

static void
test_idle_block_says_why(void **state)
{
    struct progress_view v = usual_view();

    (void)state;
    v.counts.flight = v.counts.queued = 0;
    v.counts.sites_due = 12;
    expect_line_in_block(&v, "\nall 12 sites are cooling down; next in 0.8 s; "
                             "at least 0:31 more, held by docs.example");
    v.counts.long_entries = 0;
    expect_line_in_block(&v,
                         "\nall 12 sites are cooling down; next in 0.8 s\n");
    v.counts.sites_due = 1;
    v.counts.next_due_ms = 0;
    expect_line_in_block(&v, "\nthe only site is cooling down; next now\n");
    v.counts.sites_due = 0;
    v.counts.waiting = 0;
    v.counts.retry = 3;
    v.counts.next_due_ms = -1;
    v.counts.next_retry_ms = 9500;
    expect_line_in_block(&v, "\n3 URLs wait for another try; next in 9.5 s\n");
}

static void
test_pages_that_kill_are_shown(void **state)
{
    struct progress_view v = usual_view();
    struct buf out;

    (void)state;
    v.counts.quarantined = 2;
    v.stats[STAT_OUTCOMES + OUTCOME_CRASH] = 1;
    expect_line_in_block(&v, "   queue 2,108   set aside 2\n");
    expect_line_in_block(&v, "  crash 1\n");
    buf_init(&out, 1 << 16);
    progress_line(&v, &out);
    assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
    assert_non_null(strstr(out.p, " 4 failed, "));
    assert_non_null(strstr(out.p, "queue 2,108, set aside 2; "));
    buf_fini(&out);
}

static void
test_trouble_stands_instead_of_the_reason(void **state)
{
    struct progress_view v = usual_view();

    (void)state;
    v.trouble = "Redis: it is gone; trying again";
    v.is_color = true;
    expect_line_in_block(&v,
                         "\033[33mRedis: it is gone; trying again\033[0m\n");
}

static void
test_a_hundred_percent_only_when_all_is_done(void **state)
{
    struct progress_view v = usual_view();

    (void)state;
    v.counts.known = 100000;
    v.counts.finished = 99999;
    expect_line_in_block(&v, "  99 %   99,999 of 100,000 known");
    v.counts.finished = 100000;
    expect_line_in_block(&v, " 100 %   100,000 of 100,000 known");
    v.counts.known = v.counts.finished = 0;
    expect_line_in_block(&v, "   0 %   0 of 0 known");
}

static void
test_names_from_outside_are_harmless(void **state)
{
    struct progress_view v = usual_view();

    (void)state;
    snprintf(v.counts.long_site, sizeof(v.counts.long_site),
             "\033]0;x\007\xc3\xa9\xff");
    expect_line_in_block(&v, "held by \\x1b]0;x\\x07??\\xff (31");
}

static void
test_line_tells_the_same_in_one_line(void **state)
{
    struct progress_view v = usual_view();
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 16);
    progress_line(&v, &out);
    assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
    assert_string_equal(
        out.p, "crawling 4:12: 2,913 of 5,021 known finished, 0 pages, 3 "
               "failed, 14 disallowed, 1204.0 pages/s, 28.1 MB/s, in flight "
               "512, queue 2,108; "
               "at least 0:31 more, held by docs.example (31 entries x 1.0 s)");
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_have_commas),
        cmocka_unit_test(test_bytes_have_three_digits_and_a_unit),
        cmocka_unit_test(test_times_grow_a_part_when_needed),
        cmocka_unit_test(test_rate_is_of_the_last_span_only),
        cmocka_unit_test(test_block_tells_all_there_is),
        cmocka_unit_test(test_found_connections_are_shown),
        cmocka_unit_test(test_no_line_is_wider_than_the_terminal),
        cmocka_unit_test(test_idle_block_says_why),
        cmocka_unit_test(test_pages_that_kill_are_shown),
        cmocka_unit_test(test_trouble_stands_instead_of_the_reason),
        cmocka_unit_test(test_a_hundred_percent_only_when_all_is_done),
        cmocka_unit_test(test_names_from_outside_are_harmless),
        cmocka_unit_test(test_line_tells_the_same_in_one_line)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
