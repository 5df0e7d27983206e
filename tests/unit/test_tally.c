/*
 * What a survey counts with: tally, distinct, spread, timeline.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "master/distinct.h"
#include "master/spread.h"
#include "master/tally.h"
#include "master/timeline.h"

static struct str
name_of(size_t i)
{
    static char text[32];

    snprintf(text, sizeof(text), "s%zu.test", i);
    return str_from(text);
}

static void
test_sums_by_name_are_exact(void **state)
{
    struct tally *t = tally_new(1000);
    const struct tally_row *top[3];
    size_t sum = 1;

    (void)state;
    for (size_t round = 0; round < 3; round++)
        for (size_t i = 0; i < 1000; i++) {
            struct tally_row *row = tally_put(t, name_of(i));

            row->sums[0]++;
            row->sums[1] += i < 999 ? i : 0;
        }
    assert_int_equal(tally_count(t), 1000);
    assert_false(tally_is_cut(t));
    assert_int_equal(tally_lost(t, 0), 0);
    assert_int_equal(tally_top(t, tally_by_sum, &sum, top, 3), 3);
    assert_string_equal(top[0]->name, "s998.test");
    assert_int_equal(top[0]->sums[1], 3 * 998);
    assert_string_equal(top[2]->name, "s996.test");
    sum = 2; /* nobody has any of it */
    assert_int_equal(tally_top(t, tally_by_sum, &sum, top, 3), 0);
    sum = 0; /* all the same: by name */
    assert_int_equal(tally_top(t, tally_by_sum, &sum, top, 2), 2);
    assert_string_equal(top[0]->name, "s0.test");
    assert_string_equal(top[1]->name, "s1.test");
    tally_free(t);
}

/* Zipf's web: far more names than room; the heavy ones stay, and are right. */
static void
test_the_heavy_stay_when_room_ends(void **state)
{
    struct tally *t = tally_new(256);
    const struct tally_row *top[10];
    size_t sum = 0;
    uint64_t next = 10;

    (void)state;
    for (size_t i = 0; i < 20000; i++) {
        for (size_t heavy = 0; heavy < 10; heavy++)
            tally_put(t, name_of(heavy))->sums[0] += 10 - heavy;
        tally_put(t, name_of(next++))->sums[0]++; /* each comes once */
    }
    assert_true(tally_is_cut(t));
    assert_true(tally_count(t) <= 256);
    assert_int_equal(tally_top(t, tally_by_sum, &sum, top, 10), 10);
    for (size_t heavy = 0; heavy < 10; heavy++) {
        struct str want = name_of(heavy);

        assert_memory_equal(top[heavy]->name, want.p, want.n);
        assert_int_equal(top[heavy]->sums[0], 20000 * (10 - heavy));
    }
    assert_true(tally_lost(t, 0) > 0);
    tally_free(t);
}

/* What a sum lacks is never more than is said. */
static void
test_what_a_sum_may_lack(void **state)
{
    struct tally *t = tally_new(64);
    uint64_t n = 0;

    (void)state;
    for (size_t i = 0; i < 50000; i++) {
        tally_put(t, name_of(i % 700))->sums[3] += 1 + i % 5;
        if (i % 700 == 77)
            n += 1 + i % 5;
    }
    assert_true(tally_put(t, name_of(77))->sums[3] <= n);
    assert_true(tally_put(t, name_of(77))->sums[3] + tally_lost(t, 3) >= n);
    tally_free(t);
}

static void
test_long_names_are_cut(void **state)
{
    static char text[2 * TALLY_NAME_BYTES];
    struct tally *t = tally_new(8);

    (void)state;
    memset(text, 'a', sizeof(text));
    tally_put(t, (struct str){text, sizeof(text)})->sums[0]++;
    tally_put(t, (struct str){text, sizeof(text) - 1})->sums[0]++;
    assert_int_equal(tally_count(t), 1);
    tally_put(t, STR(""))->sums[0]++;
    assert_int_equal(tally_count(t), 2);
    tally_free(t);
}

static void
test_distinct_is_exact_then_close(void **state)
{
    const size_t many = 500000;
    struct distinct d;

    (void)state;
    distinct_init(&d, 1 << 18);
    for (size_t i = 0; i < 2000; i++)
        distinct_add(&d, name_of(i % 1000));
    assert_int_equal(distinct_count(&d), 1000);
    assert_false(d.is_estimate);
    for (size_t i = 0; i < many; i++)
        distinct_add(&d, name_of(i));
    assert_true(d.is_estimate);
    assert_in_range(distinct_count(&d), many * 98 / 100, many * 102 / 100);
    distinct_fini(&d);
}

static void
test_spread_of_numbers(void **state)
{
    static const uint64_t edges[] = {0, 1, 10, 100, 1000};
    static struct spread s;

    (void)state;
    spread_init(&s, edges, 5);
    assert_int_equal(spread_percentile(&s, 0.5), 0);
    for (uint64_t i = 0; i < 1000; i++)
        spread_add(&s, i);
    spread_add(&s, INT64_MAX);
    assert_int_equal(s.count, 1001);
    assert_int_equal(s.least, 0);
    assert_int_equal(s.most, INT64_MAX);
    assert_int_equal(s.bar[0], 1);
    assert_int_equal(s.bar[1], 9);
    assert_int_equal(s.bar[2], 90);
    assert_int_equal(s.bar[3], 900);
    assert_int_equal(s.bar[4], 1);
    assert_int_equal(spread_percentile(&s, 0.01), 10);
    assert_in_range(spread_percentile(&s, 0.5), 500, 516);
    assert_in_range(spread_percentile(&s, 0.9), 900, 930);
    assert_int_equal(spread_percentile(&s, 1), INT64_MAX);
}

static uint64_t
timeline_total(const struct timeline *t)
{
    uint64_t n = 0;

    for (size_t i = 0; i < timeline_count(t); i++)
        n += timeline_get(t, i)->sums[0];
    return n;
}

static void
test_timeline_widens_both_ways(void **state)
{
    static struct timeline t;
    const int64_t base = 1795278000000;

    (void)state;
    assert_int_equal(timeline_count(&t), 0);
    timeline_at(&t, base)->sums[0]++;
    timeline_at(&t, base + 999)->sums[0]++;
    assert_int_equal(timeline_count(&t), 1);
    timeline_at(&t, base + 2000 * 1000)->sums[0]++;
    assert_int_equal(t.width_ms, 1000);
    timeline_at(&t, base - 100 * 1000)->sums[0]++; /* another machine's log */
    assert_int_equal(t.width_ms, 2000);
    assert_int_equal(timeline_total(&t), 4);
    timeline_at(&t, base + INT64_C(86400000) * 365)->sums[0]++;
    timeline_at(&t, base - INT64_C(86400000) * 365)->sums[0]++;
    assert_int_equal(timeline_total(&t), 6);
    assert_true(timeline_count(&t) <= TIMELINE_BINS);
    assert_int_equal(timeline_get(&t, 0)->sums[0], 1);
    assert_int_equal(timeline_get(&t, timeline_count(&t) - 1)->sums[0], 1);
}

static void
test_timeline_idle(void **state)
{
    static struct timeline t;

    (void)state;
    for (int64_t s = 0; s < 100; s++)
        if (s < 10 || s == 40 || s >= 99)
            timeline_at(&t, s * 1000)->sums[0]++;
    assert_int_equal(timeline_idle(&t, 30000), (40 - 10) * 1000 + 58 * 1000);
    assert_int_equal(timeline_idle(&t, 31000), 58 * 1000);
    assert_int_equal(timeline_idle(&t, 60000), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_by_name_are_exact),
        cmocka_unit_test(test_the_heavy_stay_when_room_ends),
        cmocka_unit_test(test_what_a_sum_may_lack),
        cmocka_unit_test(test_long_names_are_cut),
        cmocka_unit_test(test_distinct_is_exact_then_close),
        cmocka_unit_test(test_spread_of_numbers),
        cmocka_unit_test(test_timeline_widens_both_ways),
        cmocka_unit_test(test_timeline_idle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
