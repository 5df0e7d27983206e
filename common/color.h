/*
 * color - whether what is written may have colours.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_COLOR_H
#define COMMON_COLOR_H

#include <stdbool.h>

/*
 * when is --color: "always", "never", else "auto": fd is a terminal that is
 * not dumb, and the environment has no NO_COLOR (no-color.org).
 */
bool color_is_wanted(const char *when, int fd);

#endif
