/*
 * redis_server - the private redis-server of a crawl.
 *
 * Started in a session of its own, so that Ctrl-C does not reach it; it also
 * outlives a master that is killed, and the next master finds it by the files
 * redis/socket and redis/redis.pid in the output folder and takes it over.
 * Whoever has it at the end stops it, and it saves what it holds.
 *
 * Main thread only.  redis_server_start() and _stop() wait, turning the loop
 * meanwhile; everything else returns at once.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_REDIS_SERVER_H
#define MASTER_REDIS_SERVER_H

#include <stdbool.h>
#include <uv.h>

#include "common/err.h"
#include "master/folder.h"

enum { REDIS_SERVER_WHY_BYTES = 512 };

struct redis_server; /* opaque */

struct redis_server_options {
    const char *program; /* --redis-server */
    const char *conf;    /* --redis-conf; NULL: config/redis.conf */
    const struct folder *folder;
    /* Asked while it waits: true gives up (a signal came). */
    bool (*is_stopped)(void *arg);
    void *arg;
};

/*
 * Find a running one or start it, and wait until it answers.  ERR_NOT_FOUND:
 * no redis-server or configuration; ERR_REDIS: it does not start;
 * ERR_INVALID: is_stopped().  why has one line (none for the last).
 */
enum err redis_server_start(uv_loop_t *loop,
                            const struct redis_server_options *options,
                            struct redis_server **out,
                            char why[REDIS_SERVER_WHY_BYTES]) MUST_USE;

/*
 * The socket of the server that runs for folder, the caller's to free; waits
 * while it loads its data.  Starts, stops and locks nothing.  ERR_NOT_FOUND:
 * none runs; ERR_REDIS: it does not get on with loading.
 */
enum err redis_server_find(const struct folder *folder, char **path) MUST_USE;

/* "unix:///...": where it is; the server's own string. */
const char *redis_server_url(const struct redis_server *s);

/*
 * Call this every now and then: a server that died is started again, with a
 * growing pause.  ERR_REDIS with why once that failed too often.
 */
enum err redis_server_watch(struct redis_server *s,
                            char why[REDIS_SERVER_WHY_BYTES]) MUST_USE;

/* Whether a process of it runs, be it busy loading. */
bool redis_server_is_running(const struct redis_server *s);

/*
 * Ask it to save and end, wait up to a minute, and free s; NULL is fine.  The
 * loop must be turned once more before it is closed.
 */
void redis_server_stop(struct redis_server *s);
/* Free s and let the server live on: the next master takes it over. */
void redis_server_leave(struct redis_server *s);

#endif
