/*
 * Bytes from a terminal into keys, and seconds as typed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "master/top_keys.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ECMA-48 section 5.4, and what terminals send */
static void
test_sequences_are_keys(void **state)
{
    static const struct {
        const char *in;
        int want[4]; /* up to the first 0 */
    } rows[] = {
        {"q", {'q'}},
        {"qp", {'q', 'p'}},
        {"\t", {'\t'}},
        {"\xff", {0xff}},
        {"\033[A", {TOP_KEY_UP}},
        {"\033OA", {TOP_KEY_UP}},
        {"\033[B\033[B", {TOP_KEY_DOWN, TOP_KEY_DOWN}},
        {"\033[5~", {TOP_KEY_PAGE_UP}},
        {"\033[6~x", {TOP_KEY_PAGE_DOWN, 'x'}},
        {"\033[H", {TOP_KEY_HOME}},
        {"\033OF", {TOP_KEY_END}},
        {"\033[Z", {TOP_KEY_BACK_TAB}},
        /* known to nobody: the keys behind are not taken for its parts */
        {"\033[1;5Cq", {TOP_KEY_OTHER, 'q'}},
        {"\033xq", {TOP_KEY_OTHER, 'q'}},
        {"\033[0123456789012345678901234567890Aq", {TOP_KEY_OTHER, 'q'}},
        {"\033[1\033[A", {TOP_KEY_UP}},
        {"\033\033[A", {TOP_KEY_UP}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct top_keys k = {.n = 0};
        size_t n = 0;

        for (const char *p = rows[i].in; *p; p++) {
            int key = top_keys_take(&k, *p);

            if (key == TOP_KEY_NONE)
                continue;
            assert_true(n < 4);
            assert_int_equal(key, rows[i].want[n++]);
        }
        assert_true(n == 4 || rows[i].want[n] == 0);
        assert_false(top_keys_is_waiting(&k));
    }
}

static void
test_a_lone_escape_is_a_key_after_a_while(void **state)
{
    struct top_keys k = {.n = 0};

    (void)state;
    assert_int_equal(top_keys_timeout(&k), TOP_KEY_NONE);
    assert_int_equal(top_keys_take(&k, '\033'), TOP_KEY_NONE);
    assert_true(top_keys_is_waiting(&k));
    assert_int_equal(top_keys_timeout(&k), TOP_KEY_ESCAPE);
    assert_false(top_keys_is_waiting(&k));
    /* half a sequence is none */
    assert_int_equal(top_keys_take(&k, '\033'), TOP_KEY_NONE);
    assert_int_equal(top_keys_take(&k, '['), TOP_KEY_NONE);
    assert_int_equal(top_keys_timeout(&k), TOP_KEY_NONE);
    assert_int_equal(top_keys_take(&k, 'A'), 'A');
}

static void
test_seconds_are_read_to_the_millisecond(void **state)
{
    static const struct {
        const char *in;
        long want; /* -1: none */
    } rows[] = {
        {"0", 0},          {"5", 5000},
        {"0.5", 500},      {".25", 250},
        {"1,5", 1500},     {"7.", 7000},
        {"1.2345", 1234},  {"86400", 86400000},
        {"86400.001", -1}, {"99999999999999999999", -1},
        {"", -1},          {".", -1},
        {"-1", -1},        {"1.5.2", -1},
        {"5s", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        long ms = 0;

        assert_int_equal(top_keys_seconds(rows[i].in, &ms), rows[i].want >= 0);
        if (rows[i].want >= 0)
            assert_int_equal(ms, rows[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences_are_keys),
        cmocka_unit_test(test_a_lone_escape_is_a_key_after_a_while),
        cmocka_unit_test(test_seconds_are_read_to_the_millisecond),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
