/*
 * http - the master's HTTP server: dashboard, metrics, API.
 *
 * libmicrohttpd on the master's own loop, without a thread: it watches its
 * sockets by an epoll descriptor, and the loop watches that.  No answer waits
 * for anything: what needs Redis's numbers, or a command's words, is put to
 * sleep until they are there.  Numbers are asked of Redis only while somebody
 * looks, by what "master top" asks with; the commands status, explain, add
 * and drop are run as processes, as a user would run them.
 *
 * What anybody can do to it is bounded: connections, streams, bytes of a
 * request, the time that a request takes to come, commands at a time.
 *
 * One thread; nothing waits.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_HTTP_H
#define MASTER_HTTP_H

#include <uv.h>

#include "common/config.h"
#include "common/frontier.h"
#include "common/redis.h"
#include "master/http_door.h"

enum { HTTP_CONNECTIONS = 64, HTTP_FILES = HTTP_CONNECTIONS + 24 };

/* What the master itself knows just now. */
struct http_state {
    const char *phase;   /* "crawling", "paused", "stopping" ... */
    bool is_ready;       /* Redis is there, and the crawl in it is ours */
    const char *trouble; /* a line about what is wrong, or NULL */
    uint64_t procs, procs_running, deaths, reaped;
    uint64_t left; /* URLs not yet finished */
    double pages_per_s, bytes_per_s;
    int64_t max_pages, max_time_ms;  /* 0: none */
    int64_t connections, limit_rate; /* as the options say */
};

struct http_options {
    uv_loop_t *loop;
    const struct config *config;   /* outlives the server, like these */
    const struct redis_url *redis; /* where the crawl is */
    const struct frontier *frontier;
    struct http_door *door; /* becomes the server's */
    const char *name;       /* of the crawl */
    const char *folder;     /* absolute */
    bool is_private;        /* Redis is the folder's own */
    bool has_info;          /* it lets us ask INFO */
    void (*state)(void *arg, struct http_state *out);
    /* Limits of the crawl from now on; 0 is none, -1 as it was. */
    void (*limit)(void *arg, int64_t max_pages, int64_t max_time_ms);
    void *arg;
};

struct http;

/*
 * Answer who comes to the door, and say where that is.  NULL if it is not
 * open, or if the server does not start, which is said: the crawl goes on.
 */
struct http *http_open(const struct http_options *options);
/* The loop still has handles to close.  NULL is fine. */
void http_close(struct http *h);

#endif
