/*
 * glob - a pattern with * and ? against a string: * is any bytes, also
 * none and also slashes, ? is one.  Time is at most the product of the two
 * lengths.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_GLOB_H
#define COMMON_GLOB_H

#include <stdbool.h>

#include "common/str.h"

bool glob_matches(struct str pattern, struct str text); /* all of text */

#endif
