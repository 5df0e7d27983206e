/*
 * job - one run of the master: everything that it owns, from start to end.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_JOB_H
#define MASTER_JOB_H

#include <stddef.h>

#include "common/config.h"

/*
 * Crawl the lists, or go on with the crawl of that name.  Waits until it is
 * done or stopped; returns the exit code.  config may be changed: an unfinished
 * crawl's stored settings come into it.
 */
int job_run(struct config *config, char **lists, size_t count);

#endif
