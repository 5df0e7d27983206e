/*
 * mem - allocation that cannot fail: the program ends when memory does.
 *
 * For small things of ours.  Page-sized memory sits in a bounded struct buf
 * and may fail.  free() ends what these give.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *text);
char *xmemdup0(const void *bytes, size_t len); /* with a NUL behind */

#endif
