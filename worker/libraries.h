/*
 * libraries - the libraries of a worker: begun before its threads, ended after.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_LIBRARIES_H
#define WORKER_LIBRARIES_H

#include "common/config.h"

/* libcurl, c-ares, libxml2 and the public suffix list (--polite-by). */
void libraries_init(const struct config *c);
void libraries_fini(void);

#endif
