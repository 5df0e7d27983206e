/*
 * Who is dead, and when the next one starts.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "master/fleet.h"
#include "master/reaper.h"

static void
test_pause_doubles_until_a_worker_settles(void **state)
{
    static const struct {
        uint64_t last, ran, want;
    } rows[] = {{0, 0, 500},       {500, 100, 1000},   {16000, 2999, 30000},
                {30000, 0, 30000}, {30000, 3000, 500}, {4000, 3600000, 500}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(fleet_next_pause_ms(rows[i].last, rows[i].ran),
                         rows[i].want);
}

static void
test_pid_is_read_from_workers_of_this_host(void **state)
{
    static const struct {
        const char *name, *host;
        long want;
    } rows[] = {{"vm-123-0badcafe-4", "vm", 123},
                {"vm-123", "vm", 0},
                {"vm-0-0badcafe-4", "vm", 0},
                {"vm2-123-0badcafe-4", "vm", 0},
                {"vm", "vm", 0},
                {"vm-", "vm", 0},
                {"vm-12x-0badcafe-4", "vm", 0},
                {"vm--5-0badcafe-4", "vm", 0},
                {"vm-99999999999-0badcafe-4", "vm", 0},
                {"-123-0badcafe-4", "", 0},
                {"", "vm", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(reaper_pid_of(str_from(rows[i].name), rows[i].host),
                         rows[i].want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause_doubles_until_a_worker_settles),
        cmocka_unit_test(test_pid_is_read_from_workers_of_this_host)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
