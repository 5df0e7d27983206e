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
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/redis_trouble.h"
#include "common/secret.h"

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
    size_t place; /* of url: where the last connection went */
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

/*
 * Numbers: a cut of a few seconds is sat out by TCP itself, a longer one is
 * known within 20 s, less than a worker's --heartbeat-limit.  A Redis that
 * only stands still is no such case: its kernel goes on confirming.
 */
void
redis_tune_socket(int fd)
{
    static const struct {
        int level, name, value;
    } rows[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, 10}, /* s without a byte, then ... */
        {IPPROTO_TCP, TCP_KEEPINTVL, 5},
        {IPPROTO_TCP, TCP_KEEPCNT, 2},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, 20000}, /* ms without a confirmation */
        {IPPROTO_TCP, TCP_NODELAY, 1},
    };
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);

    if (getsockname(fd, (struct sockaddr *)&peer, &len) != 0 ||
        peer.ss_family == AF_UNIX)
        return;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (setsockopt(fd, rows[i].level, rows[i].name, &rows[i].value,
                       sizeof(rows[i].value)) != 0)
            log_debug("socket option %d of Redis's connection: %s",
                      rows[i].name, strerror(errno));
}

static enum err
redis_connect(struct redis *r, int64_t deadline)
{
    int64_t left = deadline - redis_clock_ms();
    struct timeval tv;
    const struct redis_url *u = &r->url;
    struct redis_place place = redis_url_place(u, r->place);
    char where[256];

    if (left < 1)
        left = 1;
    tv = (struct timeval){left / 1000, left % 1000 * 1000};
    r->c = u->path ? redisConnectUnixWithTimeout(u->path, tv)
                   : redisConnectWithTimeout(place.host, place.port, tv);
    if (r->c == NULL)
        return redis_break(r, "no memory for a connection to Redis");
    if (!r->c->err) {
        redis_tune_socket(r->c->fd);
        return ERR_OK;
    }
    redis_url_show_place(u, r->place, where);
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

/* The formed request of the greeting, and its reply; empties request. */
static enum err
redis_ask(struct redis *r, struct buf *request, int64_t deadline,
          redisReply **reply)
{
    int64_t left = deadline - redis_clock_ms();
    enum err e = redis_write_all(r, buf_str(request), left);

    *reply = NULL;
    if (e == ERR_OK)
        e = redis_read_reply(r, left, reply);
    buf_reset(request);
    return e;
}

/* One command of the greeting that must succeed. */
static enum err
redis_greet(struct redis *r, struct buf *request, int64_t deadline,
            enum redis_trouble *trouble)
{
    char words[REDIS_WORDS_BYTES];
    redisReply *reply;
    enum err e = redis_ask(r, request, deadline, &reply);

    if (e != ERR_OK)
        return e;
    if (reply->type == REDIS_REPLY_ERROR) {
        *trouble =
            redis_trouble_of((struct str){reply->str, reply->len}, words);
        e = redis_break(r, "%s", words);
    }
    freeReplyObject(reply);
    return e;
}

/* A replica takes no writes.  A user who may not ask finds out by trying. */
static enum err
redis_greet_role(struct redis *r, struct buf *request, int64_t deadline,
                 enum redis_trouble *trouble)
{
    char where[256];
    redisReply *reply;
    enum err e;

    resp_begin(request, 1);
    resp_arg(request, STR("ROLE"));
    e = redis_ask(r, request, deadline, &reply);
    if (e != ERR_OK)
        return e;
    if (redis_is_replica(reply)) {
        *trouble = REDIS_REPLICA;
        redis_url_show_place(&r->url, r->place, where);
        e = redis_break(r, "%.160s is a replica: name its primary", where);
    }
    freeReplyObject(reply);
    return e;
}

bool
redis_is_replica(const redisReply *role)
{
    return role->type == REDIS_REPLY_ARRAY && role->elements > 0 &&
           role->element[0]->type == REDIS_REPLY_STRING &&
           strcmp(role->element[0]->str, "slave") == 0;
}

void
redis_form_auth(const struct redis_url *u, struct buf *b)
{
    resp_begin(b, u->user ? 3 : 2);
    resp_arg(b, STR("AUTH"));
    if (u->user)
        resp_arg(b, str_from(u->user));
    resp_arg(b, str_from(u->password));
}

void
redis_form_select(const struct redis_url *u, struct buf *b)
{
    resp_begin(b, 2);
    resp_arg(b, STR("SELECT"));
    resp_int(b, u->db);
}

static enum err
redis_greet_all(struct redis *r, int64_t deadline, enum redis_trouble *trouble)
{
    const struct redis_url *u = &r->url;
    struct buf b;
    enum err e = ERR_OK;

    buf_init(&b, 1 << 16);
    if (u->password) {
        redis_form_auth(u, &b);
        e = redis_greet(r, &b, deadline, trouble);
    }
    if (e == ERR_OK && u->db != 0) {
        redis_form_select(u, &b);
        e = redis_greet(r, &b, deadline, trouble);
    }
    if (e == ERR_OK) {
        resp_begin(&b, 1);
        resp_arg(&b, STR("PING"));
        e = redis_greet(r, &b, deadline, trouble);
    }
    if (e == ERR_OK)
        e = redis_greet_role(r, &b, deadline, trouble);
    if (b.p != NULL)
        explicit_bzero(b.p, b.cap); /* the password was in it */
    buf_fini(&b);
    return e;
}

/* One look at each place; *is_loading: one of them may be of use soon. */
static enum err
redis_dial_round(struct redis *r, int64_t deadline, bool *is_loading)
{
    size_t places = redis_url_places(&r->url), begin = r->place;
    enum err e = ERR_REDIS;

    *is_loading = false;
    for (size_t i = 0; i < places && e != ERR_OK; i++) {
        int64_t now = redis_clock_ms();
        int64_t share = now + (deadline - now) / (int64_t)(places - i);
        enum redis_trouble trouble = REDIS_FINE;

        r->place = (begin + i) % places;
        e = redis_connect(r, share);
        if (e == ERR_OK)
            e = redis_greet_all(r, share, &trouble);
        if (trouble == REDIS_LOADING)
            *is_loading = true;
    }
    return e;
}

/* A new connection for r, greeted; waits while the server loads its data. */
static enum err
redis_dial(struct redis *r)
{
    int64_t deadline = redis_clock_ms() + r->timeout_ms;
    char where[256], last[sizeof(r->error)];
    bool is_loading;

    for (;;) {
        enum err e;

        secret_refresh(&r->url);
        e = redis_dial_round(r, deadline, &is_loading);
        if (e == ERR_OK)
            return e;
        if (!is_loading || redis_clock_ms() + REDIS_LOADING_MS > deadline)
            break;
        poll(NULL, 0, REDIS_LOADING_MS);
    }
    if (is_loading)
        return redis_break(r, "Redis is still loading its data from disk: "
                              "try again when it is done");
    if (redis_url_places(&r->url) == 1)
        return ERR_REDIS; /* its words are there already */
    memcpy(last, r->error, sizeof(last));
    redis_url_show(&r->url, where);
    return redis_break(r, "no primary at %.120s; the last one: %.110s", where,
                       last);
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
