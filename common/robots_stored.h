/*
 * robots_stored - the text that robots:NAME:ORIGIN holds.
 *
 * A first line, "ok" or "error OUTCOME", and behind "ok" the rules that
 * concern our agent as a small robots.txt (or, where that gets too long, the
 * file itself).  Written by worker/robots_cache.c.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_ROBOTS_STORED_H
#define COMMON_ROBOTS_STORED_H

#include <stdbool.h>

#include "common/outcome.h"
#include "common/str.h"

/*
 * *failure: OUTCOME_OK with *rules, borrowed from stored, or why the file is
 * not had.  False for a text that nobody of ours wrote.
 */
bool robots_stored_read(struct str stored, enum outcome *failure,
                        struct str *rules);

#endif
