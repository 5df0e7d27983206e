/*
 * config_check - settings that are well formed and still cannot work.
 *
 * What config.c cannot see in a single value: patterns that do not compile,
 * files that cannot be read, addresses of another form.  Asked once at the
 * start, before anything is begun or dropped.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONFIG_CHECK_H
#define COMMON_CONFIG_CHECK_H

#include "common/config.h"

/* ERR_INVALID: why names the option, its value and what is wrong. */
enum err config_check(const struct config *c,
                      char why[CONFIG_WHY_BYTES]) MUST_USE;

#endif
