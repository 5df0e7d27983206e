/*
 * conn - a connection to Redis that never waits: async, on a libuv loop.
 *
 * Connects, authenticates, loads the scripts, and only then is up.  When it
 * breaks, every request under way is answered with NULL, on_down is called
 * once, and it tries again with a growing pause until conn_close().  Any
 * error reply to a request counts as a break: the request's owner sends it
 * again when the connection is back, and every verb bears that.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONN_H
#define COMMON_CONN_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <uv.h>

#include "common/redis.h"
#include "common/str.h"

struct conn;

/* reply is NULL when the connection broke; borrowed until it returns. */
typedef void conn_reply_fn(void *arg, const redisReply *reply);

struct conn_events {
    void (*on_up)(void *arg);
    void (*on_down)(void *arg, const char *why);
    void *arg;
};

/* url must outlive the connection. */
struct conn *conn_open(uv_loop_t *loop, const struct redis_url *url,
                       const struct conn_events *events);
bool conn_is_up(const struct conn *c);
/* One formed request; its bytes are copied.  Only while up. */
void conn_send(struct conn *c, struct str request, conn_reply_fn *fn,
               void *arg);
/* Requests whose replies have not come yet. */
size_t conn_pending(const struct conn *c);
/*
 * Ends it for good, no event is called any more; the memory is freed once
 * the loop has closed its handles.
 */
void conn_close(struct conn *c);

#endif
