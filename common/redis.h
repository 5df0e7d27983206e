/*
 * redis - where Redis is, requests as bytes, and a connection that waits.
 *
 * A request is formed once, as RESP bytes in a struct buf; the same bytes go
 * to the blocking connection here (master, tests) or to hiredis's async one
 * on a worker's loop.  Remote bytes travel with their length, never in a
 * format string.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_REDIS_H
#define COMMON_REDIS_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

enum { REDIS_PLACES_MAX = 8 };

struct redis_place {
    char *host; /* a name or an address; NULL for a unix socket */
    int port;
};

/*
 * redis://[user:password@]host[:port][,host[:port]...][/db] or
 * unix:///path[?db=N]; %XX stands for a byte in user, password and path.
 * Several hosts are one Redis and its replicas: whichever is the primary is
 * used.
 */
struct redis_url {
    char *host;          /* the first; NULL for a unix socket */
    char *path;          /* NULL for TCP */
    char *user;          /* NULL: the default user */
    char *password;      /* NULL: none; never in a log or in argv */
    char *password_file; /* where it came from, to be read anew; or NULL */
    int port;
    int db;
    struct redis_place more[REDIS_PLACES_MAX - 1]; /* behind the first */
    size_t more_count;
};

/* On ERR_INVALID why says what is wrong, without the password. */
enum err redis_url_parse(struct str text, struct redis_url *out,
                         char why[128]) MUST_USE;
/* A copy with its own memory; redis_url_fini() ends it. */
void redis_url_copy(const struct redis_url *from, struct redis_url *to);
void redis_url_fini(struct redis_url *u);
/* "redis://host:port/db" or "unix:///path": safe to show. */
void redis_url_show(const struct redis_url *u, char out[256]);
/* How many places it names, and one of them (which modulo their number). */
size_t redis_url_places(const struct redis_url *u);
struct redis_place redis_url_place(const struct redis_url *u, size_t which);
/* One place, as redis_url_show(). */
void redis_url_show_place(const struct redis_url *u, size_t which,
                          char out[256]);

/*
 * Forming a request: begin with the number of arguments, then each of them.
 * A request has no half: like xmalloc() these end the program when the
 * buffer's bound or the memory does not suffice.
 */
void resp_begin(struct buf *b, size_t argc);
void resp_arg(struct buf *b, struct str arg);
void resp_int(struct buf *b, int64_t value);

/* A blocking connection.  Not for two threads. */
struct redis;

/*
 * Connect to the first place that is a primary, authenticate and select
 * within timeout_ms.  On failure why says in one line what to do about it
 * (refused, wrong password, loading).
 */
enum err redis_open(const struct redis_url *u, int timeout_ms,
                    struct redis **out, char why[256]) MUST_USE;
void redis_close(struct redis *r);

/*
 * Send the formed requests in b (count of them) and read as many replies.
 * ERR_REDIS when the connection broke; it is closed then and the next call
 * tries once to open it anew.  An error reply is a reply.  The caller ends
 * each with freeReplyObject().
 */
enum err redis_call(struct redis *r, struct str requests, size_t count,
                    redisReply **replies) MUST_USE;
/* The two halves of redis_call(), for keeping many requests under way. */
enum err redis_send(struct redis *r, struct str requests) MUST_USE;
enum err redis_receive(struct redis *r, redisReply **reply) MUST_USE;
const char *redis_error(const struct redis *r); /* the last one's words */
/* One command of C strings ending in NULL: redis_command(r, "PING", NULL). */
/* NULL when the connection broke; an error reply is a reply. */
redisReply *redis_command(struct redis *r, ...) __attribute__((sentinel));

/* --- for the two ways to connect --- */
/* AUTH with u's password, which must be there; SELECT its database. */
void redis_form_auth(const struct redis_url *u, struct buf *b);
void redis_form_select(const struct redis_url *u, struct buf *b);
/* What ROLE answers; an error (no right to ask) is no replica. */
bool redis_is_replica(const redisReply *role);
/*
 * For a socket to Redis: small requests go at once, and a peer that vanished
 * without a word (power, a cut cable) is noticed by the kernel.  Nothing for
 * a unix socket.
 */
void redis_tune_socket(int fd);

/*
 * Whether this server can carry a crawl: version 6.2 or newer, nothing
 * evicted (maxmemory-policy noeviction), else ERR_INVALID and why.  Raises
 * set-max-intset-entries to 16384, on which the seen-set's memory depends.
 * What could not be looked at or set stands in warn, else it is empty.
 */
enum err redis_check_server(struct redis *r, char why[256],
                            char warn[256]) MUST_USE;

#endif
