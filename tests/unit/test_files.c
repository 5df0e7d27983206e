/*
 * files: how many connections fit into few open files.
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "worker/files.h"

static void
test_all_fits_into_what_is_wanted(void **state)
{
    struct files_plan plan;
    uint64_t want = files_wanted(10, 5, 64);

    (void)state;
    assert_true(files_fit(want, 10, 5, 64, &plan));
    assert_int_equal(plan.connections, 64);
    assert_int_equal(plan.sockets, 0); /* no bound */
    assert_true(files_fit(want - 1, 10, 5, 64, &plan));
    assert_int_equal(plan.connections, 64);
    assert_true(plan.sockets >= 64);
}

/* Whatever is planned fits, two addresses at a time and all. */
static void
test_a_plan_never_needs_more_than_the_limit(void **state)
{
    (void)state;
    for (uint64_t threads = 1; threads <= 20; threads++)
        for (uint64_t limit = 16; limit < 3000; limit += 7) {
            uint64_t least = files_least(12, threads);
            struct files_plan plan;
            bool fits = files_fit(limit, 12, threads, 50, &plan);

            assert_int_equal(fits, limit >= least);
            if (!fits)
                continue;
            assert_in_range(plan.connections, 1, 50);
            if (plan.sockets == 0)
                continue;
            assert_true(plan.sockets >= plan.connections);
            /* the part that least leaves out is the one pair of each thread */
            assert_true(least +
                            threads * (plan.sockets + plan.connections - 2) <=
                        limit);
        }
}

static void
test_the_least_is_one_connection_a_thread(void **state)
{
    struct files_plan plan;
    uint64_t least = files_least(10, 5);

    (void)state;
    assert_false(files_fit(least - 1, 10, 5, 64, &plan));
    assert_true(files_fit(least, 10, 5, 64, &plan));
    assert_int_equal(plan.connections, 1);
    assert_int_equal(plan.sockets, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fits_into_what_is_wanted),
        cmocka_unit_test(test_a_plan_never_needs_more_than_the_limit),
        cmocka_unit_test(test_the_least_is_one_connection_a_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
