/*
 * seen: what Redis has confirmed, and for how long that counts.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "worker/seen.h"

static void
test_it_knows_what_was_put_in_and_nothing_else(void **state)
{
    struct seen *s = seen_new(1024);

    (void)state;
    for (uint64_t i = 1; i <= 200; i++)
        seen_put(s, i * 0x9e3779b97f4a7c15u, seen_era(s));
    for (uint64_t i = 1; i <= 200; i++)
        assert_true(seen_has(s, i * 0x9e3779b97f4a7c15u));
    for (uint64_t i = 201; i <= 2000; i++)
        assert_false(seen_has(s, i * 0x9e3779b97f4a7c15u));
    seen_free(s);
}

/* A reply of the Redis that died, read by a thread that does not know yet. */
static void
test_what_was_asked_before_a_break_is_not_put_in(void **state)
{
    struct seen *s = seen_new(1024);
    uint64_t before = seen_era(s);

    (void)state;
    seen_put(s, 11, before);
    seen_end_era(s);
    assert_false(seen_has(s, 11));
    seen_put(s, 12, before);
    assert_false(seen_has(s, 12));
    seen_put(s, 12, seen_era(s));
    assert_true(seen_has(s, 12));
    seen_end_era(s);
    seen_end_era(s);
    assert_false(seen_has(s, 12));
    seen_free(s);
}

struct race {
    struct seen *s;
    uint64_t era;
    atomic_bool is_over;
};

static void *
put_without_end(void *arg)
{
    struct race *r = arg;

    while (!atomic_load(&r->is_over))
        for (uint64_t i = 1; i < 256; i++)
            seen_put(r->s, i, r->era);
    return NULL;
}

/* Whoever is faster, a put or the end of its era. */
static void
test_no_fingerprint_outlives_its_era(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct race r = {.s = seen_new(256)};
        pthread_t thread;

        r.era = seen_era(r.s);
        assert_int_equal(pthread_create(&thread, NULL, put_without_end, &r), 0);
        while (!seen_has(r.s, 255))
            continue;
        seen_end_era(r.s);
        atomic_store(&r.is_over, true);
        pthread_join(thread, NULL);
        for (uint64_t i = 1; i < 256; i++)
            assert_false(seen_has(r.s, i));
        seen_free(r.s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_knows_what_was_put_in_and_nothing_else),
        cmocka_unit_test(test_what_was_asked_before_a_break_is_not_put_in),
        cmocka_unit_test(test_no_fingerprint_outlives_its_era),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
