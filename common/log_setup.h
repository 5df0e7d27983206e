/*
 * log_setup - messages as the options about them say.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_LOG_SETUP_H
#define COMMON_LOG_SETUP_H

#include "common/config.h"

/*
 * --quiet, --verbose, --log-file, --log-format, --color.  Ends the process with
 * EXIT_DISK when the file cannot be opened.  Before threads; program must
 * outlive the process.
 */
void log_setup(const char *program, const struct config *c);

#endif
