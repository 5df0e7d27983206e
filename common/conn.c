/* SPDX-License-Identifier: MIT */
#include "common/conn.h"

#include <assert.h>
#include <hiredis/async.h>
#include <stdlib.h>
#include <string.h>

#include "common/lua_scripts.h"
#include "common/mem.h"

enum { CONN_PAUSE_FIRST_MS = 50, CONN_PAUSE_MAX_MS = 2000 };

struct conn {
    uv_loop_t *loop;
    const struct redis_url *url;
    struct conn_events events;
    redisAsyncContext *context; /* NULL: none, or being taken down */
    uv_timer_t pause;
    uint64_t pause_ms;
    size_t handshakes; /* replies the handshake still waits for */
    size_t pending;
    bool is_up;
    bool is_closed;
};

/*
 * What hiredis asks of the loop.  Its own libuv adapter passes over a poll
 * that ends in an error, so that a refused connection is never noticed.
 */
struct conn_poll {
    uv_poll_t handle;
    redisAsyncContext *context; /* NULL: hiredis has let go */
    int events;
};

/* One request under way: hiredis gives its reply to conn_on_reply(). */
struct conn_request {
    struct conn *c;
    conn_reply_fn *fn;
    void *arg;
};

static void conn_connect(struct conn *c);

static void
conn_on_pause_over(uv_timer_t *timer)
{
    conn_connect(timer->data);
}

/* The connection is gone or of no use: say so once and try again later. */
static void
conn_down(struct conn *c, const char *why)
{
    bool was_up = c->is_up;

    c->is_up = false;
    c->context = NULL;
    if (c->is_closed)
        return;
    c->pause_ms = c->pause_ms == 0 ? CONN_PAUSE_FIRST_MS : c->pause_ms * 2;
    if (c->pause_ms > CONN_PAUSE_MAX_MS)
        c->pause_ms = CONN_PAUSE_MAX_MS;
    uv_timer_start(&c->pause, conn_on_pause_over, c->pause_ms, 0);
    if (was_up || c->pause_ms == CONN_PAUSE_FIRST_MS)
        c->events.on_down(c->events.arg, why);
}

/* Drop the connection from inside one of its callbacks. */
static void
conn_break(struct conn *c, const char *why)
{
    redisAsyncContext *context = c->context;

    if (context == NULL)
        return;
    context->data = NULL; /* its further callbacks find no owner */
    conn_down(c, why);
    redisAsyncFree(context);
}

static void
conn_on_connect(const redisAsyncContext *context, int status)
{
    struct conn *c = context->data;

    if (c && status != REDIS_OK) /* hiredis frees the context itself */
        conn_down(c, context->errstr);
}

static void
conn_on_disconnect(const redisAsyncContext *context, int status)
{
    struct conn *c = context->data;

    if (c)
        conn_down(c, status == REDIS_OK ? "closed" : context->errstr);
}

static void
conn_on_poll(uv_poll_t *handle, int status, int events)
{
    struct conn_poll *p = handle->data;

    if (status < 0) /* let hiredis read the socket's error */
        events = UV_READABLE | UV_WRITABLE;
    if (p->context && (events & UV_WRITABLE))
        redisAsyncHandleWrite(p->context);
    if (p->context && (events & UV_READABLE))
        redisAsyncHandleRead(p->context);
}

static void
conn_poll_change(struct conn_poll *p, int events)
{
    if (p->events == events)
        return;
    p->events = events;
    if (events)
        uv_poll_start(&p->handle, events, conn_on_poll);
    else
        uv_poll_stop(&p->handle);
}

static void
conn_poll_read(void *arg)
{
    conn_poll_change(arg, ((struct conn_poll *)arg)->events | UV_READABLE);
}

static void
conn_poll_no_read(void *arg)
{
    conn_poll_change(arg, ((struct conn_poll *)arg)->events & ~UV_READABLE);
}

static void
conn_poll_write(void *arg)
{
    conn_poll_change(arg, ((struct conn_poll *)arg)->events | UV_WRITABLE);
}

static void
conn_poll_no_write(void *arg)
{
    conn_poll_change(arg, ((struct conn_poll *)arg)->events & ~UV_WRITABLE);
}

static void
conn_poll_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void
conn_poll_end(void *arg)
{
    struct conn_poll *p = arg;

    p->context = NULL;
    uv_close((uv_handle_t *)&p->handle, conn_poll_on_closed);
}

static void
conn_poll_attach(redisAsyncContext *context, uv_loop_t *loop)
{
    struct conn_poll *p = xcalloc(1, sizeof(*p));

    uv_poll_init(loop, &p->handle, context->c.fd);
    p->handle.data = p;
    p->context = context;
    context->ev.data = p;
    context->ev.addRead = conn_poll_read;
    context->ev.delRead = conn_poll_no_read;
    context->ev.addWrite = conn_poll_write;
    context->ev.delWrite = conn_poll_no_write;
    context->ev.cleanup = conn_poll_end;
}

static void
conn_on_reply(redisAsyncContext *context, void *raw, void *arg)
{
    struct conn_request *request = arg;
    struct conn *c = request->c;
    redisReply *reply = raw;
    char why[160] = "";

    (void)context;
    c->pending--;
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        snprintf(why, sizeof(why), "%.*s",
                 (int)(reply->len < 150 ? reply->len : 150), reply->str);
        reply = NULL;
    }
    request->fn(request->arg, reply);
    free(request);
    if (why[0] != '\0' && !c->is_closed)
        conn_break(c, why);
}

static void
conn_queue(struct conn *c, struct str request, conn_reply_fn *fn, void *arg)
{
    struct conn_request *r = xcalloc(1, sizeof(*r));

    *r = (struct conn_request){c, fn, arg};
    c->pending++;
    if (redisAsyncFormattedCommand(c->context, conn_on_reply, r, request.p,
                                   request.n) != REDIS_OK) {
        c->pending--;
        fn(arg, NULL); /* it is being taken down already */
        free(r);
    }
}

void
conn_send(struct conn *c, struct str request, conn_reply_fn *fn, void *arg)
{
    assert(c->is_up);
    conn_queue(c, request, fn, arg);
}

static void
conn_on_handshake(void *arg, const redisReply *reply)
{
    struct conn *c = arg;

    if (reply == NULL || c->is_closed)
        return; /* conn_on_reply() breaks the connection */
    if (--c->handshakes > 0)
        return;
    c->is_up = true;
    c->pause_ms = 0;
    c->events.on_up(c->events.arg);
}

/* The formed request in b is one of the handshake; empties b. */
static void
conn_shake(struct conn *c, struct buf *b)
{
    c->handshakes++;
    conn_queue(c, buf_str(b), conn_on_handshake, c);
    buf_reset(b);
}

static void
conn_handshake(struct conn *c)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    c->handshakes = 0;
    if (c->url->password) {
        resp_begin(&b, c->url->user ? 3 : 2);
        resp_arg(&b, STR("AUTH"));
        if (c->url->user)
            resp_arg(&b, str_from(c->url->user));
        resp_arg(&b, str_from(c->url->password));
        conn_shake(c, &b);
    }
    if (c->url->db != 0) {
        resp_begin(&b, 2);
        resp_arg(&b, STR("SELECT"));
        resp_int(&b, c->url->db);
        conn_shake(c, &b);
    }
    for (size_t i = 0; i < lua_scripts_count; i++) {
        resp_begin(&b, 3);
        resp_arg(&b, STR("SCRIPT"));
        resp_arg(&b, STR("LOAD"));
        resp_arg(&b, (struct str){lua_scripts[i].src, lua_scripts[i].len});
        conn_shake(c, &b);
    }
    buf_fini(&b);
}

static void
conn_connect(struct conn *c)
{
    redisAsyncContext *context =
        c->url->path ? redisAsyncConnectUnix(c->url->path)
                     : redisAsyncConnect(c->url->host, c->url->port);

    if (context == NULL || context->err) {
        char why[128];

        snprintf(why, sizeof(why), "%s",
                 context ? context->errstr : "out of memory");
        if (context)
            redisAsyncFree(context);
        conn_down(c, why);
        return;
    }
    context->data = c;
    c->context = context;
    conn_poll_attach(context, c->loop);
    redisAsyncSetConnectCallback(context, conn_on_connect);
    redisAsyncSetDisconnectCallback(context, conn_on_disconnect);
    conn_handshake(c);
}

struct conn *
conn_open(uv_loop_t *loop, const struct redis_url *url,
          const struct conn_events *events)
{
    struct conn *c = xcalloc(1, sizeof(*c));

    c->loop = loop;
    c->url = url;
    c->events = *events;
    uv_timer_init(loop, &c->pause);
    c->pause.data = c;
    conn_connect(c);
    return c;
}

bool
conn_is_up(const struct conn *c)
{
    return c->is_up;
}

size_t
conn_pending(const struct conn *c)
{
    return c->pending;
}

static void
conn_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void
conn_close(struct conn *c)
{
    redisAsyncContext *context = c->context;

    c->is_closed = true;
    c->is_up = false;
    c->context = NULL;
    if (context) {
        context->data = NULL;
        redisAsyncFree(context);
    }
    uv_close((uv_handle_t *)&c->pause, conn_on_closed);
}
