/*
 * conn - a connection to Redis that never waits: async, on a libuv loop.
 *
 * Finds the primary among the places of its address, authenticates, loads the
 * scripts, and only then is up.  When it breaks, every request under way is
 * answered with NULL, on_down is called once, and it tries again with a
 * growing pause until conn_close().  Any error reply to a request counts as a
 * break: the request's owner sends it again when the connection is back, and
 * every verb bears that.
 *
 * A Redis that stands still is waited for, half a minute without any reply; a
 * machine or network that vanished is given up sooner (redis_tune_socket()).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONN_H
#define COMMON_CONN_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <uv.h>

#include "common/conn_talk.h"
#include "common/redis.h"
#include "common/str.h"

struct conn;

/* reply is NULL when the connection broke; borrowed until it returns. */
typedef void conn_reply_fn(void *arg, const redisReply *reply);

struct conn_events {
    void (*on_up)(void *arg);
    void (*on_down)(void *arg, const char *why); /* a line, safe to show */
    /* What conn_offer() could not place may be offered again; or NULL. */
    void (*on_room)(void *arg);
    void *arg;
    struct conn_talk *talk; /* says what happens, once a process; or NULL */
};

/* url is copied; its password file is read again for each try. */
struct conn *conn_open(uv_loop_t *loop, const struct redis_url *url,
                       const struct conn_events *events);
bool conn_is_up(const struct conn *c);
/* What is wrong just now; words (NULL is fine) are the connection's own. */
enum redis_trouble conn_trouble(const struct conn *c, const char **words);
/* One formed request; its bytes are copied.  Only while up. */
void conn_send(struct conn *c, struct str request, conn_reply_fn *fn,
               void *arg);
/*
 * As conn_send(), for what a full Redis may refuse: that is no break, but
 * reply is NULL, and on_room is called when it is worth another try.
 */
void conn_offer(struct conn *c, struct str request, conn_reply_fn *fn,
                void *arg);
/* The last offer was not refused. */
bool conn_has_room(const struct conn *c);
/*
 * Ends it for good, no event is called any more; the memory is freed once
 * the loop has closed its handles.
 */
void conn_close(struct conn *c);

#endif
