/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "master/verify_spacing.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BASE INT64_C(1795253400000)

struct request {
    const char *site;
    int64_t at_ms, spacing_ms, error_ms;
};

static struct verify_gap last;

static void
on_gap(void *arg, const struct verify_gap *g)
{
    (void)arg;
    last = *g;
}

static struct verify_spacing_counts
judge(const struct request *v, size_t n)
{
    struct verify_spacing *s = verify_spacing_new(BASE);
    struct verify_spacing_counts counts;

    for (size_t i = 0; i < n && v[i].site; i++)
        assert_true(verify_spacing_add(s, str_from(v[i].site),
                                       BASE + v[i].at_ms, v[i].error_ms,
                                       v[i].spacing_ms, i));
    verify_spacing_judge(s, &counts, on_gap, NULL);
    verify_spacing_free(s);
    return counts;
}

static void
test_too_close(void **state)
{
    const struct {
        struct request v[5];
        uint64_t gaps, first, second;
    } cases[] = {
        {{{"a", 0, 1000, 0}, {"a", 1000, 1000, 0}, {"a", 2000, 1000, 0}},
         0,
         0,
         0},
        {{{"a", 0, 1000, 0}, {"a", 999, 1000, 0}},
         0,
         0,
         0}, /* nine tenths pass */
        /* and two milliseconds, which the clocks may be off */
        {{{"a", 0, 1000, 0}, {"a", 898, 1000, 0}}, 0, 0, 0},
        {{{"a", 0, 1000, 0}, {"a", 897, 1000, 0}}, 1, 0, 1},
        {{{"a", 0, 3, 0}, {"a", 2, 3, 0}}, 0, 0, 0},
        {{{"a", 0, 3, 0}, {"a", 0, 3, 0}}, 1, 0, 1},
        {{{"a", 0, 1000, 0}, {"a", 0, 1000, 0}}, 1, 0, 1},
        /* in any order, of several machines */
        {{{"a", 2000, 1000, 0}, {"a", 500, 1000, 0}, {"a", 0, 10, 0}}, 0, 0, 0},
        {{{"a", 2000, 10, 0}, {"a", 500, 2000, 0}, {"a", 0, 10, 0}}, 1, 1, 0},
        /* sites are apart */
        {{{"a", 0, 1000, 0}, {"b", 1, 1000, 0}, {"c", 2, 1000, 0}}, 0, 0, 0},
        {{{"a", 0, 1000, 0}, {"b", 1, 1000, 0}, {"a", 2, 1000, 0}}, 1, 0, 2},
        /* it is the first one's spacing that counts */
        {{{"a", 0, 100, 0}, {"a", 100, 5000, 0}, {"a", 4598, 100, 0}}, 0, 0, 0},
        {{{"a", 0, 100, 0}, {"a", 100, 5000, 0}, {"a", 4597, 100, 0}}, 1, 1, 2},
        {{{"a", 0, 0, 0}, {"a", 0, 0, 0}}, 0, 0, 0},
        /* who knows the time badly has the benefit of it, once */
        {{{"a", 0, 1000, 40}, {"a", 856, 1000, 0}}, 1, 0, 1},
        {{{"a", 0, 1000, 40}, {"a", 858, 1000, 0}}, 0, 0, 0},
        {{{"a", 0, 1000, 0}, {"a", 857, 1000, 40}}, 1, 0, 1},
        {{{"a", 0, 1000, 0}, {"a", 858, 1000, 40}}, 0, 0, 0},
        {{{"a", 0, 1000, 40}, {"a", 821, 1000, 40}}, 0, 0, 0},
        {{{"a", 0, 1000, 40}, {"a", 1000, 1000, 0}, {"a", 1897, 9, 0}},
         1,
         1,
         2},
        {{{"a", 0, 40, 40}, {"a", 0, 40, 0}}, 0, 0, 0},
        {{{"a", 0, 60, 40}, {"a", 0, 60, 0}}, 1, 1, 0},
        {{{"a", 0, 100, 0}, {"a", 1, 100, 0}, {"a", 2, 100, 0}}, 2, 1, 2},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct verify_spacing_counts c = judge(cases[i].v, 5);

        if (c.gaps != cases[i].gaps)
            fail_msg("case %zu: %zu gaps", i, (size_t)c.gaps);
        if (c.gaps == 0)
            continue;
        assert_int_equal(last.first, cases[i].first);
        assert_int_equal(last.second, cases[i].second);
    }
}

static void
test_counts(void **state)
{
    const struct request v[] = {
        {"a", 0, 1, 0}, {"b", 0, 1, 0}, {"c.test", 0, 1, 0}, {"b", 9, 1, 0}};
    struct verify_spacing_counts c = judge(v, 4);

    (void)state;
    assert_int_equal(c.requests, 4);
    assert_int_equal(c.sites, 3);
    assert_int_equal(judge(v, 0).sites, 0);
}

/* A hundred thousand requests, one pair of them too close. */
static void
test_many(void **state)
{
    struct verify_spacing *s = verify_spacing_new(BASE);
    struct verify_spacing_counts c;
    char site[32];

    (void)state;
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t turn = i * 7919 % 100000; /* each once, in disorder */
        int64_t at = (int64_t)(turn / 1000) * 1000;

        snprintf(site, sizeof(site), "s%u.test", (unsigned)(turn % 1000));
        if (turn == 55555)
            at -= 200;
        assert_true(
            verify_spacing_add(s, str_from(site), BASE + at, 0, 1000, turn));
    }
    verify_spacing_judge(s, &c, on_gap, NULL);
    assert_int_equal(c.requests, 100000);
    assert_int_equal(c.sites, 1000);
    assert_int_equal(c.gaps, 1);
    assert_int_equal(last.first, 54555);
    assert_int_equal(last.second, 55555);
    assert_int_equal(last.gap_ms, 800);
    assert_int_equal(last.spacing_ms, 1000);
    verify_spacing_free(s);
}

static void
test_times_that_cannot_be(void **state)
{
    struct verify_spacing *s = verify_spacing_new(BASE);
    struct verify_spacing_counts c;

    (void)state;
    assert_false(verify_spacing_add(s, STR("a"), BASE - 1, 0, 1, 0));
    assert_false(verify_spacing_add(s, STR("a"), -1, 0, 1, 0));
    assert_false(verify_spacing_add(s, STR("a"), INT64_MAX, 0, 1, 0));
    assert_false(verify_spacing_add(s, STR("a"), BASE, 0, -1, 0));
    assert_false(verify_spacing_add(s, STR("a"), BASE, -1, 1, 0));
    assert_true(verify_spacing_add(s, STR("a"), BASE, 0, INT64_MAX, 1));
    assert_true(verify_spacing_add(s, STR("a"), BASE + 86400000, 0, 1, 2));
    verify_spacing_judge(s, &c, on_gap, NULL);
    assert_int_equal(c.gaps, 1); /* 24 hours behind one that asks for 37 */
    verify_spacing_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_close),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_times_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
