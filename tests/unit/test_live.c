/*
 * Settings that were changed while a crawl runs, as Redis has them: hostile.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/live.h"
#include "master/live_words.h"

static void
test_only_what_an_option_takes_is_taken(void **state)
{
    static const struct {
        const char *field, *value;
        enum live_id id;
        bool is_taken;
        int64_t want;
    } rows[] = {
        {"live_delay", "500", LIVE_DELAY, true, 500},
        {"live_delay", "0", LIVE_DELAY, true, 0},
        {"live_delay", "86400000", LIVE_DELAY, true, 86400000},
        {"live_delay", "86400001", LIVE_DELAY, false, LIVE_UNSET},
        {"live_delay", "-1", LIVE_DELAY, false, LIVE_UNSET},
        {"live_delay", "1e3", LIVE_DELAY, false, LIVE_UNSET},
        {"live_delay", " 5", LIVE_DELAY, false, LIVE_UNSET},
        {"live_delay", "", LIVE_DELAY, true, LIVE_UNSET},
        {"live_connections", "0", LIVE_CONNECTIONS, false, LIVE_UNSET},
        {"live_connections", "10000", LIVE_CONNECTIONS, true, 10000},
        {"live_connections", "10001", LIVE_CONNECTIONS, false, LIVE_UNSET},
        {"live_connections", "99999999999999999999", LIVE_CONNECTIONS, false,
         LIVE_UNSET},
        {"live_limit_rate", "0", LIVE_LIMIT_RATE, true, 0},
        {"live_limit_rate", "1000000000000", LIVE_LIMIT_RATE, true,
         1000000000000},
        {"live_rest", "2000", LIVE_REST, true, 2000},
        {"delay", "500", LIVE_DELAY, false, 77},
        {"live_", "500", LIVE_DELAY, false, 77},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct live l;

        live_init(&l);
        l.v[rows[i].id] = 77;
        assert_int_equal(
            live_take(&l, str_from(rows[i].field), str_from(rows[i].value)),
            rows[i].is_taken);
        assert_int_equal(l.v[rows[i].id], rows[i].want);
    }
}

static void
test_what_is_changed_comes_before_the_option(void **state)
{
    struct live a, b;

    (void)state;
    live_init(&a);
    live_init(&b);
    assert_false(live_is_changed(&a));
    assert_int_equal(live_or(&a, LIVE_DELAY, 1000), 1000);
    a.v[LIVE_REST] = 5;
    assert_false(live_is_changed(&a));
    assert_false(live_is_equal(&a, &b));
    a.v[LIVE_DELAY] = 0;
    assert_true(live_is_changed(&a));
    assert_int_equal(live_or(&a, LIVE_DELAY, 1000), 0);
}

static void
test_people_are_told_what_is_changed(void **state)
{
    static const struct {
        struct live live;
        const char *want;
    } rows[] = {
        {{{-1, -1, -1, 5}}, ""},
        {{{500, -1, -1, 500}}, "delay 0.5 s"},
        {{{-1, 1, 0, -1}}, "1 connection in a thread, no limit of the rate"},
        {{{86400000, 10000, 999999999999, -1}},
         "delay 86400 s, 10000 connections in a thread, at most 1.0 TB/s in a "
         "process"},
    };
    char words[LIVE_WORDS_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(live_words(&rows[i].live, words), rows[i].want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_an_option_takes_is_taken),
        cmocka_unit_test(test_what_is_changed_comes_before_the_option),
        cmocka_unit_test(test_people_are_told_what_is_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
