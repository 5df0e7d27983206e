/*
 * tune: the order of the grid, what its figures tell, what is still to come;
 * and the sample that it crawls.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "master/sample.h"
#include "master/tune.h"

static struct tune_grid grid;

#define WAITS TUNE_WAITS
#define DONE TUNE_DONE
#define CUT TUNE_CUT
#define FAILED TUNE_FAILED

/* --- the grid --- */

static void
test_each_setting_is_run_once_serial_first(void **state)
{
    static const struct tune_numbers procs = {{4, 1, 4}, 3},
                                     threads = {{5, 1}, 2},
                                     connections = {{8}, 1};
    static const char *const want[] = {"1 x 1 x 1", "1 x 1 x 8", "4 x 1 x 8",
                                       "1 x 5 x 8", "4 x 5 x 8"};
    char name[TUNE_NAME_BYTES];

    (void)state;
    assert_int_equal(tune_grid_make(&grid, &procs, &threads, &connections),
                     ERR_OK);
    assert_int_equal(grid.count, 5);
    for (size_t i = 0; i < grid.count; i++)
        assert_string_equal(tune_name(&grid.cells[i], name), want[i]);
    assert_string_equal(tune_file(&grid.cells[4], name), "p4-t5-c8");
}

static void
test_a_serial_setting_that_is_listed_is_not_added(void **state)
{
    static const struct tune_numbers one = {{1}, 1}, two = {{2, 1}, 2};

    (void)state;
    assert_int_equal(tune_grid_make(&grid, &one, &one, &two), ERR_OK);
    assert_int_equal(grid.count, 2);
    assert_true(tune_is_serial(&grid.cells[0]));
}

/* 1 x 4 and 4 x 1 are different settings with as many transfers. */
static void
test_as_many_transfers_are_not_the_same_setting(void **state)
{
    static const struct tune_numbers some = {{1, 2, 4}, 3};

    (void)state;
    assert_int_equal(tune_grid_make(&grid, &some, &some, &some), ERR_OK);
    assert_int_equal(grid.count, 27);
    for (size_t i = 1; i < grid.count; i++)
        assert_true(tune_transfers(&grid.cells[i - 1]) <=
                    tune_transfers(&grid.cells[i]));
}

static void
test_a_grid_is_bounded(void **state)
{
    struct tune_numbers many = {.n = 9};

    (void)state;
    for (size_t i = 0; i < many.n; i++)
        many.v[i] = (int64_t)i + 1;
    assert_int_equal(tune_grid_make(&grid, &many, &many, &many), ERR_TOO_BIG);
}

/* --- the verdict --- */

struct figures {
    int64_t threads;
    enum tune_state state;
    uint64_t pages, errors, ms;
};

static void
set_cells(const struct figures *f, size_t count)
{
    grid.count = count;
    for (size_t i = 0; i < count; i++)
        grid.cells[i] = (struct tune_cell){.procs = 1,
                                           .threads = f[i].threads,
                                           .connections = 1,
                                           .state = f[i].state,
                                           .pages = f[i].pages,
                                           .errors = f[i].errors,
                                           .crawl_ms = f[i].ms,
                                           .elapsed_ms = f[i].ms};
}

static void
test_verdict(void **state)
{
    enum { NONE = 5 };
    static const struct {
        struct figures f[5]; /* 1000 ms: pages are pages a second */
        size_t fastest, best, knee, errors_from;
    } cases[] = {
        /* it pays to the end */
        {{{1, DONE, 10, 0, 1000},
          {2, DONE, 20, 0, 1000},
          {4, DONE, 40, 0, 1000},
          {8, DONE, 80, 0, 1000},
          {16, DONE, 160, 0, 1000}},
         4,
         4,
         4,
         NONE},
        /* less than a tenth more: the knee; within 5 %: the best */
        {{{1, DONE, 10, 0, 1000},
          {2, DONE, 92, 0, 1000},
          {4, DONE, 96, 0, 1000},
          {8, DONE, 100, 0, 1000},
          {16, DONE, 98, 0, 1000}},
         3,
         2,
         1,
         NONE},
        /* the fastest is not the best when more fails; a few always do */
        {{{1, DONE, 95, 5, 9000},
          {2, DONE, 94, 6, 5000},
          {4, DONE, 95, 5, 2500},
          {8, DONE, 70, 30, 1000},
          {16, DONE, 40, 60, 500}},
         4,
         2,
         2,
         3},
        /* a cut cell counts by its rate, a failed one not at all */
        {{{1, CUT, 10, 0, 1000},
          {2, CUT, 20, 0, 1000},
          {4, FAILED, 0, 0, 0},
          {8, DONE, 90, 0, 1000},
          {16, FAILED, 0, 0, 0}},
         3,
         3,
         3,
         NONE},
        /* one error in ten more is chance */
        {{{1, DONE, 9, 1, 1000},
          {2, DONE, 8, 2, 500},
          {4, DONE, 9, 1, 250},
          {8, DONE, 8, 2, 125},
          {16, DONE, 9, 1, 60}},
         4,
         4,
         4,
         NONE},
        /* nothing was fetched */
        {{{1, DONE, 0, 9, 1000},
          {2, DONE, 0, 9, 1000},
          {4, FAILED, 0, 0, 0},
          {8, DONE, 0, 9, 1000},
          {16, WAITS, 0, 0, 0}},
         NONE,
         NONE,
         NONE,
         NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tune_verdict v;

        set_cells(cases[i].f, 5);
        tune_judge(&grid, &v);
        assert_int_equal(v.fastest, cases[i].fastest);
        assert_int_equal(v.best, cases[i].best);
        assert_int_equal(v.knee, cases[i].knee);
        assert_int_equal(v.errors_from, cases[i].errors_from);
    }
}

static void
test_speed_up_is_by_pages_a_second(void **state)
{
    static const struct figures f[] = {{1, CUT, 50, 0, 10000},
                                       {2, DONE, 100, 0, 2000}};

    (void)state;
    set_cells(f, 2);
    assert_true(tune_speed_up(&grid, &grid.cells[1]) == 10);
    assert_int_equal(tune_whole_ms(&grid.cells[0], 100), 20000);
    assert_int_equal(tune_whole_ms(&grid.cells[1], 100), 2000);
    grid.cells[0].pages = 0;
    assert_true(tune_speed_up(&grid, &grid.cells[1]) == 0);
}

static void
test_what_is_to_come_is_guessed_from_the_nearest(void **state)
{
    static const struct {
        struct figures f[3];
        uint64_t want; /* with 100 ms of rest, and 5,000 ms at most */
    } cases[] = {
        {{{1, WAITS, 0, 0, 0}, {2, WAITS, 0, 0, 0}, {4, WAITS, 0, 0, 0}},
         15200},
        {{{1, DONE, 9, 0, 900}, {2, WAITS, 0, 0, 0}, {4, WAITS, 0, 0, 0}},
         2000},
        {{{1, DONE, 9, 0, 900}, {2, DONE, 9, 0, 500}, {4, WAITS, 0, 0, 0}},
         600},
        {{{1, WAITS, 0, 0, 0}, {2, DONE, 9, 0, 500}, {4, DONE, 9, 0, 9}}, 1000},
        {{{1, DONE, 9, 0, 900}, {2, DONE, 9, 0, 500}, {4, DONE, 9, 0, 9}}, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        set_cells(cases[i].f, 3);
        assert_int_equal(tune_eta_ms(&grid, 5000, 100), cases[i].want);
    }
}

/* --- the sample --- */

static void
test_a_sample_is_evenly_drawn(void **state)
{
    static const struct {
        size_t want;
        unsigned rows;
    } cases[] = {{1, 1},     {1, 1000},  {10, 3},    {10, 10},
                 {10, 11},   {10, 19},   {10, 20},   {10, 21},
                 {10, 1000}, {7, 12345}, {500, 999}, {500, 100000}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t want = cases[i].want;
        double mean = (double)cases[i].rows / (double)want;
        struct sample s;
        long last = -1;

        sample_init(&s, want);
        for (unsigned row = 0; row < cases[i].rows; row++) {
            char text[16];

            snprintf(text, sizeof(text), "%u", row);
            sample_add(&s, str_from(text));
        }
        sample_draw(&s);
        assert_int_equal(s.seen, cases[i].rows);
        assert_int_equal(s.count, cases[i].rows < want ? cases[i].rows : want);
        for (size_t k = 0; k < s.count; k++) {
            long row = strtol(s.kept[k], NULL, 10);

            assert_true(row > last);
            if (k > 0 && mean >= 1) /* no gap is twice the mean one */
                assert_true((double)(row - last) <= 2 * mean + 1);
            last = row;
        }
        if (mean >= 1) /* and the end has its part */
            assert_true((double)cases[i].rows - (double)last <= 2 * mean + 1);
        sample_fini(&s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_setting_is_run_once_serial_first),
        cmocka_unit_test(test_a_serial_setting_that_is_listed_is_not_added),
        cmocka_unit_test(test_as_many_transfers_are_not_the_same_setting),
        cmocka_unit_test(test_a_grid_is_bounded),
        cmocka_unit_test(test_verdict),
        cmocka_unit_test(test_speed_up_is_by_pages_a_second),
        cmocka_unit_test(test_what_is_to_come_is_guessed_from_the_nearest),
        cmocka_unit_test(test_a_sample_is_evenly_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
