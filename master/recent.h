/*
 * recent - the last lines that this process said, for those who look later.
 *
 * Whoever logs gives lines, in any thread; a mutex is held for the copy of
 * one line.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_RECENT_H
#define MASTER_RECENT_H

#include <stdbool.h>
#include <stddef.h>

enum { RECENT_LINES = 60, RECENT_LINE_BYTES = 400 };

/* From now on lines of the log are kept; recent_end() lets them go. */
void recent_begin(void);
void recent_end(void);
/* What is said meanwhile is not kept: it is for the terminal only. */
void recent_hold(bool is_held);

/* Whole lines, a newline behind each; what is longer is cut. */
void recent_add(const char *bytes, size_t len);
/* The i-th line, the oldest first, without its newline; false behind it. */
bool recent_get(size_t i, char out[RECENT_LINE_BYTES]);

#endif
