/*
 * polite: spacing, back-off, Retry-After (RFC 9110, section 10.2.3).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "worker/polite.h"
#include "tests/unit/config_rig.h"

static void
test_the_largest_wish_spaces_requests(void **state)
{
    static const struct {
        int64_t delay, crawl_delay, response, factor, want;
    } rows[] = {
        {1000, -1, 20, 1, 1000},  {1000, 3000, 20, 1, 3000},
        {1000, 500, 20, 1, 1000}, {1000, -1, 4000, 1, 4000},
        {1000, -1, 300, 5, 1500}, {0, -1, 300, 0, 0},
        {0, 99000, 0, 1, 30000}, /* --max-crawl-delay */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        config.delay_factor = rows[i].factor;
        assert_int_equal(polite_spacing_ms(&config, rows[i].delay,
                                           rows[i].crawl_delay,
                                           rows[i].response, 7),
                         rows[i].want);
    }
}

static void
test_random_wait_stays_within_half_and_one_and_a_half(void **state)
{
    int64_t least = INT64_MAX, most = 0;

    (void)state;
    config.random_wait = true;
    for (uint64_t random = 0; random < 5000; random++) {
        int64_t got = polite_spacing_ms(&config, 1000, -1, 0, random * 7919);

        least = got < least ? got : least;
        most = got > most ? got : most;
    }
    assert_in_range(least, 500, 510);
    assert_in_range(most, 1490, 1500);
}

static void
test_backoff_doubles_up_to_five_minutes(void **state)
{
    (void)state;
    config.waitretry = 10000;
    assert_int_equal(polite_backoff_ms(&config, 1), 10000);
    assert_int_equal(polite_backoff_ms(&config, 2), 20000);
    assert_int_equal(polite_backoff_ms(&config, 5), 160000);
    assert_int_equal(polite_backoff_ms(&config, 100), 300000);
    config.waitretry = 900000; /* who asks for more gets it */
    assert_int_equal(polite_backoff_ms(&config, 1), 900000);
    assert_int_equal(polite_backoff_ms(&config, 3), 900000);
}

static void
test_the_next_holder_keeps_what_exceeds_the_delay(void **state)
{
    static const struct {
        int64_t crawl_delay, response, want;
    } rows[] = {{-1, 0, 0},        {-1, 1000, 0},        {-1, 1500, 1500},
                {500, 0, 0},       {5000, 0, 5000},      {5000, 7000, 7000},
                {90000, 0, 30000}, {90000, 31000, 31000}};

    (void)state;
    config.delay_factor = 1;
    config.max_crawl_delay = 30000;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(polite_pace_ms(&config, 1000, rows[i].crawl_delay,
                                        rows[i].response),
                         rows[i].want);
}

/* A remembered failure must not answer the retry that it led to. */
static void
test_a_failure_is_forgotten_by_its_first_retry(void **state)
{
    static const struct {
        int64_t waitretry, want;
    } rows[] = {{10000, 5000}, {0, 100}, {300, 150}, {600000, 60000}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        config.waitretry = rows[i].waitretry;
        assert_int_equal(polite_failure_ms(&config), rows[i].want);
    }
}

static void
test_retry_after_is_seconds_or_a_date(void **state)
{
    static const struct {
        const char *value, *date;
        int64_t want;
    } rows[] = {
        {"120", "", 120000},
        {" 2 ", "", 2000},
        {"0", "", 0},
        {"-5", "", -1},
        {"1.5", "", -1},
        {"", "", -1},
        {"soon", "", -1},
        {"99999999999999999999999", "", -1},
        {"999999", "", 3600000}, /* --max-retry-after */
        /* measured against the answer's own Date */
        {"Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:29 GMT",
         30000},
        /* without one against our clock, 1000000000: 2001-09-09 01:46:40 */
        {"Sun, 09 Sep 2001 01:47:00 GMT", "", 20000},
        /* the past: at once */
        {"Fri, 31 Dec 1999 23:59:59 GMT", "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(polite_retry_after_ms(&config, str_from(rows[i].value),
                                               str_from(rows[i].date),
                                               1000000000),
                         rows[i].want);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_the_largest_wish_spaces_requests),
        TEST(test_random_wait_stays_within_half_and_one_and_a_half),
        TEST(test_backoff_doubles_up_to_five_minutes),
        TEST(test_the_next_holder_keeps_what_exceeds_the_delay),
        TEST(test_a_failure_is_forgotten_by_its_first_retry),
        TEST(test_retry_after_is_seconds_or_a_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
