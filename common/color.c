/* SPDX-License-Identifier: MIT */
#include "common/color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
color_is_wanted(const char *when, int fd)
{
    const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

    if (when && strcmp(when, "always") == 0)
        return true;
    if (when && strcmp(when, "never") == 0)
        return false;
    return isatty(fd) && term && term[0] != '\0' && strcmp(term, "dumb") != 0 &&
           (no == NULL || no[0] == '\0');
}
