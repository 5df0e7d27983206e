/*
 * media_types: what --accept-types takes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/media_types.h"

static bool
take(const char *list, const char *type)
{
    char *items[] = {(char *)(uintptr_t)list};
    struct config_list lists = {.v = items, .n = 1};

    return media_types_take(&lists, str_from(type));
}

/* RFC 9110 section 8.3.1: case does not matter, parameters follow a ';' */
static void
test_a_type_is_taken_when_a_range_fits(void **state)
{
    static const struct {
        const char *list, *type;
        bool want;
    } rows[] = {
        {"text/html", "text/html", true},
        {"text/html", "TEXT/HTML; charset=utf-8", true},
        {"Text/Html", "text/html ;q", true},
        {"text/html", "text/htmlx", false},
        {"text/html", "text/htm", false},
        {"text/html,application/xhtml+xml", "application/xhtml+xml", true},
        {"text/html , image/*", "image/png", true},
        {"image/*", "image/", true},
        {"image/*", "imagex/png", false},
        {"image/*", "image", false},
        {"image/*", "text/html", false},
        {"*/*", "anything", true},
        {"text/html", "", true},
        {"text/html", " ; charset=x", true},
        {"text/html", "garbage", false}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(take(rows[i].list, rows[i].type), rows[i].want);
}

static void
test_no_list_takes_all_and_several_add_up(void **state)
{
    char *items[] = {(char *)(uintptr_t) "text/html",
                     (char *)(uintptr_t) "image/png,image/gif"};
    struct config_list none = {0}, two = {.v = items, .n = 2};

    (void)state;
    assert_true(media_types_take(&none, STR("video/mp4")));
    assert_true(media_types_take(&two, STR("text/html")));
    assert_true(media_types_take(&two, STR("image/gif")));
    assert_false(media_types_take(&two, STR("image/jpeg")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_type_is_taken_when_a_range_fits),
        cmocka_unit_test(test_no_list_takes_all_and_several_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
