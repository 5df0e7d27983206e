/*
 * userinfo - "user:password@" in a URL that somebody wrote.
 *
 * url.c drops it, as links want it; where a person wrote it, it is said
 * instead, and never shown.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_USERINFO_H
#define COMMON_USERINFO_H

#include <stdbool.h>

#include "common/str.h"

#define USERINFO_WRONG \
    "a user or password in a URL goes nowhere: --netrc-file or --user"

/* Whether text, an absolute http(s) or ftp URL, has one before its host. */
bool userinfo_is_in(struct str text);
/*
 * What of text may be shown: all of it, or what stands behind the last "@"
 * when before that there is a colon, as in a password.
 */
struct str userinfo_shown(struct str text);

#endif
