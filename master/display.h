/*
 * display - the live block on a terminal, out of the way of log lines.
 *
 * One display per process; its hook hides the block around each log line, in
 * whichever thread that is written.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_DISPLAY_H
#define MASTER_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/str.h"

/* Whether fd is a terminal that can move its cursor. */
bool display_is_possible(int fd);

/* Take the terminal; at most one at a time. */
void display_open(int fd);
int display_width(void); /* columns that a line may have */
/* Show this block (lines ended by newlines) instead of the last one. */
void display_draw(struct str block);
/* Foreign lines above the block. */
void display_print(const char *bytes, size_t len);
/* Take the block off, for good. */
void display_close(void);

#endif
