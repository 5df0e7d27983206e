/* SPDX-License-Identifier: MIT */
#include "common/conn_poll.h"

#include <stdlib.h>

#include "common/mem.h"

struct conn_poll {
    uv_poll_t handle;
    redisAsyncContext *context; /* NULL: hiredis has let go */
    int events;
};

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

void
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
