/*
 * SPDX-License-Identifier: MIT
 *
 * hiredis opens the socket and takes replies apart; sending is done here,
 * with poll(2), so that a long row of requests and the replies to its first
 * ones cross on the wire instead of filling the server's memory, and so that
 * a server that stands still is noticed in both directions.
 */
#include "common/redis.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"

enum {
    REDIS_REPLY_MS = 60000, /* a stalled server (a save, a slow disk) may take
                               20 s and more; three times that is a dead one */
    REDIS_LOADING_MS = 100, /* between two looks at a server that loads */
    REDIS_SEND_BYTES = 65536,
    REDIS_ARGS_MAX = 32 /* of redis_command() */
};

struct redis {
    redisContext *c; /* NULL: broken, to be opened anew */
    struct redis_url url;
    int timeout_ms;
    char error[256];
};

/* --- forming requests --- */

/* A request has no half: like xmalloc() this ends the program, not the call. */
static char *
resp_room(struct buf *b, size_t extra)
{
    if (buf_reserve(b, extra) != ERR_OK)
        fatalx("a request to Redis of more than %zu bytes does not fit", b->n);
    return b->p + b->n;
}

static size_t
resp_digits(char out[24], int64_t value)
{
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char text[24];
    size_t at = sizeof(text);

    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        text[--at] = '-';
    memcpy(out, text + at, sizeof(text) - at);
    return sizeof(text) - at;
}

static void
resp_line(struct buf *b, char type, size_t value)
{
    char *p = resp_room(b, 27);
    size_t n;

    p[0] = type;
    n = 1 + resp_digits(p + 1, (int64_t)value);
    memcpy(p + n, "\r\n", 2);
    b->n += n + 2;
}

void
resp_begin(struct buf *b, size_t argc)
{
    resp_line(b, '*', argc);
}

void
resp_arg(struct buf *b, struct str arg)
{
    char *p;

    resp_line(b, '$', arg.n);
    p = resp_room(b, arg.n + 3);
    if (arg.n > 0)
        memcpy(p, arg.p, arg.n);
    /* the NUL is not sent: hiredis 0.14 looks through requests with strchr() */
    memcpy(p + arg.n, "\r\n", 3);
    b->n += arg.n + 2;
}

void
resp_int(struct buf *b, int64_t value)
{
    char text[24];

    resp_arg(b, (struct str){text, resp_digits(text, value)});
}

/* --- the connection --- */

static int64_t
redis_clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum err PRINTF_LIKE(2, 3)
    redis_break(struct redis *r, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(r->error, sizeof(r->error), fmt, args);
    va_end(args);
    if (r->c != NULL)
        redisFree(r->c);
    r->c = NULL;
    return ERR_REDIS;
}

/*
 * Wait until the socket can do one of events; what it can do is *ready.
 */
static enum err
redis_poll(struct redis *r, short events, int64_t deadline, short *ready)
{
    struct pollfd p = {.fd = r->c->fd, .events = events};

    for (;;) {
        int64_t left = deadline - redis_clock_ms();
        int n = left > 0 ? poll(&p, 1, (int)left) : 0;

        if (n == 0)
            return redis_break(r, "Redis does not answer");
        if (n > 0) {
            *ready = p.revents;
            return ERR_OK;
        }
        if (errno != EINTR)
            return redis_break(r, "poll: %s", strerror(errno));
    }
}

static enum err
redis_read(struct redis *r)
{
    if (redisBufferRead(r->c) == REDIS_OK)
        return ERR_OK;
    return redis_break(r, "the connection to Redis broke: %s", r->c->errstr);
}

static enum err
redis_write_all(struct redis *r, struct str bytes, int64_t patience_ms)
{
    int64_t deadline = redis_clock_ms() + patience_ms;

    while (bytes.n > 0) {
        short ready;
        size_t n = bytes.n < REDIS_SEND_BYTES ? bytes.n : REDIS_SEND_BYTES;
        ssize_t sent = send(r->c->fd, bytes.p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        enum err e;

        if (sent > 0) {
            bytes.p += sent;
            bytes.n -= (size_t)sent;
            deadline = redis_clock_ms() + patience_ms;
            continue;
        }
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return redis_break(r, "the connection to Redis broke: %s",
                               strerror(errno));
        e = redis_poll(r, POLLOUT | POLLIN, deadline, &ready);
        if (e == ERR_OK && (ready & POLLIN))
            e = redis_read(r); /* kept in hiredis's reader until asked for */
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static enum err
redis_read_reply(struct redis *r, int64_t patience_ms, redisReply **out)
{
    int64_t deadline = redis_clock_ms() + patience_ms;

    for (;;) {
        void *reply = NULL;
        short ready;
        enum err e;

        if (redisGetReplyFromReader(r->c, &reply) != REDIS_OK)
            return redis_break(r, "not Redis's language: %s", r->c->errstr);
        if (reply != NULL) {
            *out = reply;
            return ERR_OK;
        }
        e = redis_poll(r, POLLIN, deadline, &ready);
        if (e == ERR_OK)
            e = redis_read(r);
        if (e != ERR_OK)
            return e;
    }
}

/* --- opening --- */

static enum err
redis_connect(struct redis *r, int64_t deadline)
{
    int64_t left = deadline - redis_clock_ms();
    struct timeval tv;
    const struct redis_url *u = &r->url;
    char where[256];

    if (left < 1)
        left = 1;
    tv = (struct timeval){left / 1000, left % 1000 * 1000};
    r->c = u->path ? redisConnectUnixWithTimeout(u->path, tv)
                   : redisConnectWithTimeout(u->host, u->port, tv);
    if (r->c == NULL)
        return redis_break(r, "no memory for a connection to Redis");
    if (!r->c->err)
        return ERR_OK;
    redis_url_show(u, where);
    if (strstr(r->c->errstr, strerror(ECONNREFUSED)) != NULL)
        return redis_break(r,
                           "nothing listens at %.160s: start redis-server, "
                           "or name another one with --redis",
                           where);
    if (u->path && strstr(r->c->errstr, strerror(ENOENT)) != NULL)
        return redis_break(r, "there is no socket %.200s: is Redis running?",
                           u->path);
    return redis_break(r, "cannot connect to %.120s: %.100s", where,
                       r->c->errstr);
}

/* What an error reply to the greeting means, with what to do about it. */
static enum err
redis_refused(struct redis *r, const char *reply)
{
    if (strncmp(reply, "WRONGPASS", 9) == 0 ||
        strstr(reply, "invalid password") != NULL)
        return redis_break(r, "Redis refuses the password or user name");
    if (strncmp(reply, "NOAUTH", 6) == 0)
        return redis_break(r, "Redis asks for a password: write it into the "
                              "address, redis://:PASSWORD@HOST");
    if (strncmp(reply, "NOPERM", 6) == 0)
        return redis_break(r, "this user may not use Redis: %.180s", reply);
    if (strstr(reply, "without any password") != NULL)
        return redis_break(r, "this Redis has no password set, but the "
                              "address gives one");
    if (strncmp(reply, "DENIED", 6) == 0)
        return redis_break(r, "Redis runs in protected mode: set a password "
                              "there, or connect from its own machine");
    if (strstr(reply, "DB index") != NULL)
        return redis_break(r, "Redis has no database %d", r->url.db);
    return redis_break(r, "Redis answers: %.200s", reply);
}

/* One command of the greeting.  *is_loading: ask again a little later. */
static enum err
redis_greet(struct redis *r, struct buf *request, int64_t deadline,
            bool *is_loading)
{
    int64_t left = deadline - redis_clock_ms();
    redisReply *reply = NULL;
    enum err e;

    *is_loading = false;
    e = redis_write_all(r, buf_str(request), left);
    if (e == ERR_OK)
        e = redis_read_reply(r, left, &reply);
    buf_reset(request);
    if (e != ERR_OK)
        return e;
    if (reply->type == REDIS_REPLY_ERROR) {
        *is_loading = strncmp(reply->str, "LOADING", 7) == 0;
        if (!*is_loading)
            e = redis_refused(r, reply->str);
    }
    freeReplyObject(reply);
    return e;
}

static enum err
redis_greet_all(struct redis *r, int64_t deadline, bool *is_loading)
{
    const struct redis_url *u = &r->url;
    struct buf b;
    enum err e = ERR_OK;

    buf_init(&b, 1 << 16);
    *is_loading = false;
    if (u->password) {
        resp_begin(&b, u->user ? 3 : 2);
        resp_arg(&b, STR("AUTH"));
        if (u->user)
            resp_arg(&b, str_from(u->user));
        resp_arg(&b, str_from(u->password));
        e = redis_greet(r, &b, deadline, is_loading);
    }
    if (e == ERR_OK && !*is_loading && u->db != 0) {
        resp_begin(&b, 2);
        resp_arg(&b, STR("SELECT"));
        resp_int(&b, u->db);
        e = redis_greet(r, &b, deadline, is_loading);
    }
    if (e == ERR_OK && !*is_loading) {
        resp_begin(&b, 1);
        resp_arg(&b, STR("PING"));
        e = redis_greet(r, &b, deadline, is_loading);
    }
    if (b.p != NULL)
        explicit_bzero(b.p, b.cap); /* the password was in it */
    buf_fini(&b);
    return e;
}

/* A new connection for r, greeted; waits while the server loads its data. */
static enum err
redis_dial(struct redis *r)
{
    int64_t deadline = redis_clock_ms() + r->timeout_ms;
    bool is_loading = false;
    enum err e = redis_connect(r, deadline);

    while (e == ERR_OK) {
        e = redis_greet_all(r, deadline, &is_loading);
        if (e != ERR_OK || !is_loading)
            return e;
        if (redis_clock_ms() + REDIS_LOADING_MS > deadline)
            return redis_break(r, "Redis is still loading its data from disk: "
                                  "try again when it is done");
        poll(NULL, 0, REDIS_LOADING_MS);
    }
    return e;
}

enum err
redis_open(const struct redis_url *u, int timeout_ms, struct redis **out,
           char why[256])
{
    struct redis *r = xcalloc(1, sizeof(*r));
    enum err e;

    redis_url_copy(u, &r->url);
    r->timeout_ms = timeout_ms;
    e = redis_dial(r);
    why[0] = '\0';
    if (e != ERR_OK) {
        memcpy(why, r->error, sizeof(r->error));
        redis_close(r);
        r = NULL;
    }
    *out = r;
    return e;
}

void
redis_close(struct redis *r)
{
    if (r == NULL)
        return;
    if (r->c != NULL)
        redisFree(r->c);
    redis_url_fini(&r->url);
    free(r);
}

/* --- calls --- */

enum err
redis_send(struct redis *r, struct str requests)
{
    if (r->c == NULL) {
        enum err e = redis_dial(r);
        if (e != ERR_OK)
            return e;
    }
    return redis_write_all(r, requests, REDIS_REPLY_MS);
}

enum err
redis_receive(struct redis *r, redisReply **reply)
{
    *reply = NULL;
    if (r->c == NULL)
        return ERR_REDIS; /* the words are still those of the break */
    return redis_read_reply(r, REDIS_REPLY_MS, reply);
}

enum err
redis_call(struct redis *r, struct str requests, size_t count,
           redisReply **replies)
{
    enum err e = redis_send(r, requests);
    size_t got = 0;

    for (size_t i = 0; i < count; i++)
        replies[i] = NULL;
    while (e == ERR_OK && got < count) {
        e = redis_receive(r, &replies[got]);
        if (e == ERR_OK)
            got++;
    }
    if (e == ERR_OK)
        return ERR_OK;
    while (got > 0) {
        freeReplyObject(replies[--got]);
        replies[got] = NULL;
    }
    return e;
}

const char *
redis_error(const struct redis *r)
{
    return r->error;
}

redisReply *
redis_command(struct redis *r, ...)
{
    struct str args[REDIS_ARGS_MAX];
    size_t argc = 0;
    redisReply *reply = NULL;
    struct buf b;
    va_list list;
    const char *word;

    va_start(list, r);
    while ((word = va_arg(list, const char *)) != NULL) {
        assert(argc < REDIS_ARGS_MAX);
        args[argc++] = str_from(word);
    }
    va_end(list);
    buf_init(&b, SIZE_MAX / 2);
    resp_begin(&b, argc);
    for (size_t i = 0; i < argc; i++)
        resp_arg(&b, args[i]);
    if (redis_call(r, buf_str(&b), 1, &reply) != ERR_OK)
        reply = NULL;
    buf_fini(&b);
    return reply;
}
