/*
 * dry_run - master --dry-run LIST ...: what would be crawled, and why not.
 *
 * Reads and judges the lists as a crawl does.  Seed URLs go to standard
 * output, one a line; rows that are refused or came before, and in the end
 * totals, scope and limits, to standard error.  With --json all of it goes to
 * standard output, an object a line.  Asks neither Redis nor the web for
 * anything (a list may be behind a URL), and writes no file.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_DRY_RUN_H
#define MASTER_DRY_RUN_H

#include <stddef.h>

#include "common/config.h"

/*
 * The exit code: EXIT_FINISHED, also with bad rows, as a crawl's; EXIT_ERROR
 * when a list failed, no row was good or nothing can be printed; EXIT_DISK if
 * the disk is full.
 */
int dry_run(const struct config *config, char **lists, size_t count);

#endif
