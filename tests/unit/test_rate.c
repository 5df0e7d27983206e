/*
 * The rate of a process: pieces are paid for one behind the other.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "worker/rate.h"

static void
test_pieces_are_paid_one_behind_the_other(void **state)
{
    struct rate r;

    (void)state;
    rate_init(&r, 1000);
    assert_int_equal(rate_owed_us(&r, 5000000), 0);
    assert_int_equal(rate_take(&r, 500, 5000000), 5500000);
    assert_int_equal(rate_take(&r, 500, 5000000), 6000000); /* another's */
    assert_int_equal(rate_owed_us(&r, 5200000), 800000);
    assert_int_equal(rate_take(&r, 1, 5900000), 6001000);
    /* what was not used in between is lost */
    assert_int_equal(rate_take(&r, 1000, 9000000), 10000000);
    assert_int_equal(rate_owed_us(&r, 10000000), 0);
}

static void
test_large_rates_and_pieces_fit(void **state)
{
    struct rate r;

    (void)state;
    rate_init(&r, 1000000000000);
    assert_int_equal(rate_take(&r, 65536, 1), 1); /* less than a microsecond */
    rate_init(&r, 1);
    assert_int_equal(rate_take(&r, 1 << 20, 0), (int64_t)(1 << 20) * 1000000);
}

static void
test_what_is_owed_is_paid_by_the_new_rate(void **state)
{
    struct rate r;

    (void)state;
    rate_init(&r, 1000);
    rate_take(&r, 1000, 5000000);
    assert_false(rate_set(&r, 1000, 5500000));
    assert_true(rate_set(&r, 4000, 5500000));
    assert_int_equal(rate_bytes_s(&r), 4000);
    assert_int_equal(rate_owed_us(&r, 5500000), 125000);
    assert_true(rate_set(&r, 1000, 5500000));
    assert_int_equal(rate_owed_us(&r, 5500000), 500000);
    assert_true(rate_set(&r, 0, 5500000)); /* no limit: nothing is owed */
    assert_int_equal(rate_owed_us(&r, 5500000), 0);
    assert_int_equal(rate_take(&r, 1000, 5500000), 5500000);
    assert_true(rate_set(&r, 1, 5500000));
    assert_int_equal(rate_take(&r, 1, 5500000), 6500000);
    rate_init(&r, 1000000000000);
    rate_take(&r, 1 << 30, 0);
    rate_set(&r, 1, 0); /* far, but no overflow */
    assert_in_range(rate_owed_us(&r, 0), 1, INT64_MAX / 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_paid_one_behind_the_other),
        cmocka_unit_test(test_large_rates_and_pieces_fit),
        cmocka_unit_test(test_what_is_owed_is_paid_by_the_new_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
