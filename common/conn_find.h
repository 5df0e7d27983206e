/*
 * conn_find - a host's addresses, without waiting for them.
 *
 * By the system's resolver in a thread of its own, anew each time: the
 * name of a Redis that failed over may have moved.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONN_FIND_H
#define COMMON_CONN_FIND_H

#include <stddef.h>
#include <uv.h>

struct conn_find;

/*
 * address: one of count, as a number; NULL: there is none, why says so.
 * Both are borrowed.
 */
typedef void conn_find_fn(void *arg, const char *address, size_t count,
                          const char *why);

/*
 * Look host up; fn is called from the loop, with the address of this number
 * (the last one when there are fewer).  Keep what it returns for
 * conn_find_cancel(), until fn is called.
 */
struct conn_find *conn_find(uv_loop_t *loop, const char *host, size_t number,
                            conn_find_fn *fn, void *arg);
void conn_find_cancel(struct conn_find *f); /* NULL is fine; fn is not called */

#endif
