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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_paid_one_behind_the_other),
        cmocka_unit_test(test_large_rates_and_pieces_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
