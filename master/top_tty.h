/*
 * top_tty - the terminal as "master top" needs it, and back again.
 *
 * Keys come unechoed and one by one, signals' keys still make signals; the
 * screen is the alternate one, so that what stood there comes back.  However
 * the process ends (but SIGKILL), the terminal is as it was.
 *
 * One per process; main thread only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TOP_TTY_H
#define MASTER_TOP_TTY_H

#include <stdbool.h>

#include "common/err.h"
#include "common/str.h"

/* Whether stdin and stdout are a terminal that can do it. */
bool top_tty_is_possible(void);

/* ERR_IO: it does not let itself be set; nothing has changed then. */
enum err top_tty_open(void) MUST_USE;
/* As it was.  May be called at any time, and again. */
void top_tty_close(void);

/* At most those of a grid; 80 by 24 where it does not tell. */
void top_tty_size(int *columns, int *lines);
/* false: the terminal is gone. */
bool top_tty_write(struct str bytes);

#endif
