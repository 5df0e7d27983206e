/*
 * limits - how many files a process may have open, and CPUs use.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_LIMITS_H
#define COMMON_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Have want files allowed, or as many as may be: returns how many are.  What
 * was allowed before stays allowed.
 */
uint64_t limits_raise_files(uint64_t want);

/* How many are open now, also those that somebody left to us. */
uint64_t limits_open_files(void);

/* Whether not a single one could be opened just now, by us or by anybody. */
bool limits_has_no_file(void);

/*
 * Threads for each of so many processes that share the CPUs which we may run
 * on (taskset, a container's cpuset or quota), 1 at least.
 */
uint64_t limits_cpu_share(uint64_t procs);

#endif
