/*
 * server - the listening sockets and what every connection shares.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_SERVER_H
#define TESTS_WEB_SERVER_H

#include "common/buf.h"
#include "tests/web/access_log.h"
#include "tests/web/loop.h"
#include "tests/web/reply.h"
#include "tests/web/web.h"

enum {
    SERVER_LISTENERS_MAX = 16,
    SERVER_SCRATCH_BYTES = 1 << 16 /* at least two REQUEST_MAX_BYTES */
};

struct conn;

struct listener {
    struct source source;
    struct server *server;
    int fd;
    char name[32]; /* "127.0.0.1:8080", with the bound port */
    uint16_t port;
};

struct server {
    struct loop *loop;
    struct web *web;
    struct access_log *log;
    uint32_t requests_per_conn; /* then the server closes it; 0: never */
    uint32_t bears;   /* requests that may wait for their answers; 0: any */
    uint32_t delayed; /* that do now */
    struct listener listeners[SERVER_LISTENERS_MAX];
    size_t listening;
    struct reply reply;                 /* the one being made */
    char scratch[SERVER_SCRATCH_BYTES]; /* of the connection being run */
    struct conn *conns;                 /* a list of all */
    int spare_fd;         /* given up to refuse a client without descriptors */
    uint64_t connections; /* ever opened */
    uint64_t requests;    /* ever answered */
};

void server_init(struct server *s, struct loop *loop, struct web *web,
                 struct access_log *log);
void server_fini(struct server *s);

/*
 * Listen on "127.0.0.1:PORT", any other address of 127/8, or "lo:PORT" for
 * all of 127/8 at once; port 0 takes a free one.  ERR_INVALID when where is
 * none of these, ERR_IO with errno when the system refuses.
 */
enum err server_listen(struct server *s, const char *where) MUST_USE;

/* "127.0.0.1:PORT" and "lo:PORT" as listening and DNS take them. */
enum err server_parse_address(const char *where, uint32_t *address,
                              uint16_t *port, bool *is_lo) MUST_USE;

#endif
