/*
 * standby - waits until a crawl runs, before a worker takes part in it.
 *
 * For workers that are started by somebody who knows no order, and that stay
 * (--standby): containers.  Main thread only, before the other threads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_STANDBY_H
#define WORKER_STANDBY_H

#include <stdbool.h>

#include "common/config.h"
#include "common/redis.h"

/* Whether the worker waits for the next crawl when this one is finished. */
bool standby_is_always(const struct config *c);

/*
 * Returns when the crawl is there: seeding, running or paused, and by
 * "begin" also finished.  At once by "no".  Redis may be away meanwhile.
 * On one of the signals SIGINT, SIGTERM and SIGHUP, which are to be blocked,
 * it ends the program, exit code 0.
 */
void standby_wait(const struct config *c, const struct redis_url *redis);

/* Begin again, as another process image with the same pid and arguments. */
_Noreturn void standby_again(char **argv);

#endif
