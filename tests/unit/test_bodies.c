/*
 * bodies: who may begin a transfer when memory is short.
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "worker/bodies.h"

enum { KB = 1024, MB = 1024 * KB };

static struct bodies all;
static struct bodies_share one, other;

static int
set_up(void **state)
{
    (void)state;
    bodies_init(&all, 4 * MB);
    bodies_share_init(&one, &all, 2 * MB);
    bodies_share_init(&other, &all, 2 * MB);
    return 0;
}

/* Two large bodies, and each may be as large as the largest. */
static void
test_none_begins_beyond_the_budget_but_a_threads_first(void **state)
{
    size_t held[4] = {0};

    (void)state;
    bodies_learn(&one, 2 * MB);
    bodies_learn(&other, 2 * MB);
    assert_true(bodies_has_room(&one));
    bodies_begin(&one, &held[0]);
    assert_true(bodies_has_room(&one));
    bodies_begin(&one, &held[1]);
    assert_false(bodies_has_room(&one));
    assert_true(bodies_has_room(&other)); /* else it might wait for ever */
    bodies_begin(&other, &held[2]);
    assert_false(bodies_has_room(&other));
    assert_int_equal(atomic_load(&all.most), 6 * MB);
    bodies_end(&one, &held[0], 0);
    assert_false(bodies_has_room(&one));
    bodies_end(&one, &held[1], 0);
    assert_true(bodies_has_room(&one));
    assert_true(bodies_has_room(&other));
    bodies_end(&other, &held[2], 0);
    assert_int_equal(atomic_load(&all.used), 0);
}

/* The first ones are like most: else a crawl would begin with a few only. */
static void
test_what_is_not_known_is_taken_for_small(void **state)
{
    size_t held[64] = {0};
    int n = 0;

    (void)state;
    for (; n < 64 && bodies_has_room(&one); n++)
        bodies_begin(&one, &held[n]);
    assert_int_equal(n, 16);
    for (int i = 0; i < n; i++)
        bodies_end(&one, &held[i], 0);
    assert_int_equal(atomic_load(&all.used), 0);
}

/* What was taken for small and grows waits for room, but for one a thread. */
static void
test_what_grows_beyond_the_budget_waits(void **state)
{
    size_t held[3] = {0}, theirs = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        bodies_begin(&one, &held[i]);
    bodies_begin(&other, &theirs);
    assert_true(bodies_try_grow(&one, &held[0], 2 * MB));
    assert_true(bodies_try_grow(&one, &held[1], MB));
    assert_int_equal(atomic_load(&all.used), 3 * MB + 512 * KB);
    assert_true(bodies_try_grow(&one, &held[1], 2 * MB)); /* that one */
    assert_false(bodies_try_grow(&one, &held[2], 512 * KB));
    assert_int_equal(held[2], 256 * KB);
    assert_true(bodies_try_grow(&other, &theirs, 2 * MB)); /* and theirs */
    bodies_end(&one, &held[0], 0);
    assert_false(bodies_try_grow(&one, &held[2], 512 * KB));
    bodies_end(&one, &held[1], 0);
    assert_true(bodies_try_grow(&one, &held[2], 2 * MB));
    bodies_end(&one, &held[2], 0);
    bodies_end(&other, &theirs, 0);
    assert_int_equal(atomic_load(&all.used), 0);
}

static void
test_small_bodies_make_room_for_many(void **state)
{
    size_t held[64] = {0};
    int n = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        bodies_learn(&one, 10 * KB);
    for (; n < 64 && bodies_has_room(&one); n++)
        bodies_begin(&one, &held[n]);
    assert_int_equal(n, 64);
    assert_true(atomic_load(&all.used) <= 4 * MB);
    /* a large one: what is expected rises at once */
    bodies_grow(&one, &held[0], 2 * MB);
    bodies_learn(&one, 2 * MB);
    assert_false(bodies_has_room(&one));
    for (int i = 0; i < n; i++)
        bodies_end(&one, &held[i], 0);
    assert_int_equal(atomic_load(&all.used), 0);
}

/* What is kept for the next one counts, and is taken over by it. */
static void
test_memory_that_is_kept_counts_once(void **state)
{
    size_t held = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        bodies_learn(&one, 10 * KB);
    bodies_begin(&one, &held);
    bodies_grow(&one, &held, 128 * KB);
    bodies_end(&one, &held, 128 * KB);
    assert_int_equal(atomic_load(&all.used), 128 * KB);
    bodies_begin(&one, &held);
    assert_int_equal(atomic_load(&all.used), 128 * KB);
    bodies_end(&one, &held, 0);
    assert_int_equal(atomic_load(&all.used), 0);
    assert_true(bodies_may_keep(&one, 64 * KB));
    assert_false(bodies_may_keep(&one, 1 * MB));
    bodies_grow(&one, &held, 3 * MB);
    assert_false(bodies_may_keep(&one, 64 * KB)); /* others need it */
    bodies_begin(&one, &held);
    bodies_end(&one, &held, 0);
}

static void
test_without_a_budget_all_may_begin(void **state)
{
    struct bodies_share free_share;
    size_t held = 0;

    (void)state;
    bodies_share_init(&free_share, NULL, 1 * MB);
    bodies_begin(&free_share, &held);
    bodies_grow(&free_share, &held, 9 * MB);
    assert_true(bodies_has_room(&free_share));
    bodies_end(&free_share, &held, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_not_known_is_taken_for_small),
        TEST(test_none_begins_beyond_the_budget_but_a_threads_first),
        TEST(test_what_grows_beyond_the_budget_waits),
        TEST(test_small_bodies_make_room_for_many),
        TEST(test_memory_that_is_kept_counts_once),
        TEST(test_without_a_budget_all_may_begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
