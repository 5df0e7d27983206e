/*
 * xpath_check - whether libxml2 will be able to evaluate an XPath 1.0
 * expression on an HTML page.
 *
 * Compiles it, and looks for what fails only when it is evaluated: functions
 * that are not there, variables, namespace prefixes.  No locks, no I/O; the
 * caller is a process that has initialised libxml2, or has one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_XPATH_CHECK_H
#define COMMON_XPATH_CHECK_H

#include "common/err.h"
#include "common/str.h"

enum { XPATH_WHY_BYTES = 160 };

/* ERR_INVALID: *at is the offset of what is wrong, why says it. */
enum err xpath_check(const char *xpath, size_t *at,
                     char why[XPATH_WHY_BYTES]) MUST_USE;

#endif
