/*
 * utf8: how many columns a code point takes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/utf8.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Unicode's EastAsianWidth.txt, and the categories Mn, Me, Cf */
static void
test_width_is_that_of_terminals(void **state)
{
    static const struct {
        uint32_t rune;
        unsigned want;
    } rows[] = {
        {'a', 1},     {0xe9, 1},    {0x3b1, 1},   {0x300, 0},    {0x36f, 0},
        {0x370, 1},   {0x1100, 2},  {0x1160, 1},  {0x200b, 0},   {0x2010, 1},
        {0x202e, 0},  {0x2500, 1},  {0x3042, 2},  {0x4e2d, 2},   {0xac00, 2},
        {0xd7a4, 1},  {0xff21, 2},  {0xff61, 1},  {0xfe0f, 0},   {0x1f600, 2},
        {0x1f700, 1}, {0x20000, 2}, {0xe0001, 0}, {0x10ffff, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(utf8_width(rows[i].rune), rows[i].want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_width_is_that_of_terminals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
