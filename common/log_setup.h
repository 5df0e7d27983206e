/*
 * log_setup - messages as the options about them say.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_LOG_SETUP_H
#define COMMON_LOG_SETUP_H

#include "common/config.h"

/*
 * Before config_load(): JSON when argv or the environment says so, so that what
 * is wrong with an option is told in that form too.
 */
void log_early(int argc, char **argv);

/*
 * --quiet, --verbose, --log-file, --log-format, --color.  Ends the process with
 * EXIT_DISK when the file cannot be opened.  Before threads; program must
 * outlive the process.
 */
void log_setup(const char *program, const struct config *c);

#endif
