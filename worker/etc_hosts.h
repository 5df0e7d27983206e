/*
 * etc_hosts - the names of a file like /etc/hosts, as hosts(5) has it.
 *
 * Read once; bounded; broken lines are skipped.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_ETC_HOSTS_H
#define WORKER_ETC_HOSTS_H

#include "common/str.h"

#define ETC_HOSTS_PATH "/etc/hosts"

/* One name of a line, in small letters; family: AF_INET or AF_INET6. */
typedef void etc_hosts_fn(void *arg, struct str name, struct str address,
                          int family);

/* Nothing happens when path cannot be read. */
void etc_hosts_read(const char *path, etc_hosts_fn *fn, void *arg);

#endif
