/*
 * collect - tells the frontier over which pages workers of a folder died.
 *
 * For a worker at its start that has no master on its machine to do it.
 * Waits for Redis.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_COLLECT_H
#define WORKER_COLLECT_H

#include "common/crumb.h"
#include "common/redis.h"

/* What cannot be told now stays where it is, for the next one. */
void collect_crumbs(struct redis *redis, const char *folder,
                    struct crumb_crawl crawl);

#endif
