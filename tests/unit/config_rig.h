/*
 * config_rig - settings of a test's own, as the defaults have them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_CONFIG_RIG_H
#define TESTS_UNIT_CONFIG_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/config.h"

static struct config config;

static int
set_up(void **state)
{
    (void)state;
    config_init(&config);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    config_fini(&config);
    return 0;
}

/* As the flag --name does; it must be right. */
static inline void
set(const char *name, const char *value)
{
    char why[CONFIG_WHY_BYTES];

    assert_int_equal(config_set(&config, CONFIG_WORKER, CONFIG_FROM_FLAG,
                                str_from(name), str_from(value), why),
                     ERR_OK);
}

#endif
