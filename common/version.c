/* SPDX-License-Identifier: MIT */
#include "common/version.h"

#include "weft_version.h" /* made by the Makefile, in its build folder */

const char *
weft_version(void)
{
    return WEFT_VERSION;
}
