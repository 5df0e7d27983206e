/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "master/verify_set.h"

/* Spread over all bits, never 0, each once. */
static uint64_t
key(uint64_t i)
{
    return (i + 1) * 0x9e3779b97f4a7c15u;
}

static void
test_what_was_put_in_is_found(void **state)
{
    const size_t n = 100000;
    struct verify_set s;

    (void)state;
    verify_set_init(&s, 0); /* so it grows on the way */
    for (size_t i = 0; i < n; i++)
        *verify_set_put(&s, key(i)) = (uint8_t)i;
    for (size_t i = 0; i < n; i += 2)
        *verify_set_put(&s, key(i)) |= 1;
    assert_int_equal(s.count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(*verify_set_find(&s, key(i)), (uint8_t)(i | !(i % 2)));
    for (size_t i = n; i < 2 * n; i++)
        assert_null(verify_set_find(&s, key(i)));
    assert_null(verify_set_find(&s, 0));
    verify_set_fini(&s);
}

/* Neighbours by number, the least and the greatest. */
static void
test_any_number_is_a_fingerprint(void **state)
{
    struct verify_set s;

    (void)state;
    verify_set_init(&s, 10);
    for (uint64_t i = 1; i <= 5000; i++) {
        *verify_set_put(&s, i) = 1;
        *verify_set_put(&s, UINT64_MAX - i) = 2;
        *verify_set_put(&s, i << 48) = 3;
    }
    assert_int_equal(s.count, 15000);
    assert_int_equal(*verify_set_find(&s, 5000), 1);
    assert_int_equal(*verify_set_find(&s, UINT64_MAX - 5000), 2);
    assert_int_equal(*verify_set_find(&s, UINT64_C(5000) << 48), 3);
    assert_null(verify_set_find(&s, UINT64_MAX));
    verify_set_fini(&s);
}

static void
test_each_comes_once(void **state)
{
    struct verify_set s;
    uint64_t fingerprint, sum = 0, want = 0;
    size_t at = 0, n = 0;
    uint8_t *flags;

    (void)state;
    verify_set_init(&s, 300);
    assert_null(verify_set_next(&s, &at, &fingerprint));
    for (size_t i = 0; i < 3000; i++) {
        verify_set_put(&s, key(i));
        want += key(i);
    }
    at = 0;
    while ((flags = verify_set_next(&s, &at, &fingerprint)) != NULL) {
        assert_int_equal(*flags, 0);
        *flags = 1;
        sum += fingerprint;
        n++;
    }
    assert_int_equal(n, 3000);
    assert_int_equal(sum, want);
    assert_null(verify_set_next(&s, &at, &fingerprint));
    verify_set_fini(&s);
}

/* What the manual says of the memory: 9 bytes a place. */
static void
test_expected_ones_need_no_growth(void **state)
{
    struct verify_set s;
    size_t places;

    (void)state;
    verify_set_init(&s, 600000);
    places = s.places;
    for (size_t i = 0; i < 600000; i++)
        verify_set_put(&s, key(i));
    assert_int_equal(s.places, places);
    assert_true(places * 9 <= 600000 * 11);
    verify_set_fini(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_put_in_is_found),
        cmocka_unit_test(test_any_number_is_a_fingerprint),
        cmocka_unit_test(test_each_comes_once),
        cmocka_unit_test(test_expected_ones_need_no_growth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
