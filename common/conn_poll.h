/*
 * conn_poll - hiredis's async connections on a libuv loop.
 *
 * hiredis's own adapter for libuv passes over a poll that ends in an error,
 * so that a refused connection is never noticed.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONN_POLL_H
#define COMMON_CONN_POLL_H

#include <hiredis/async.h>
#include <uv.h>

/* context lives on loop from now on; its end is hiredis's to say. */
void conn_poll_attach(redisAsyncContext *context, uv_loop_t *loop);

#endif
