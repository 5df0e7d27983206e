/* SPDX-License-Identifier: MIT */
#include "common/conn_poll.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/mem.h"

/*
 * What is to be written goes out in the loop's next turn, all of a turn at
 * once, straight into the socket: only one that is full is waited for.  To
 * ask for EPOLLOUT each time took four epoll_ctl for each write.
 */
struct conn_poll {
    uv_poll_t handle;
    uv_idle_t soon;             /* active while there is something to write */
    unsigned open;              /* of these two */
    redisAsyncContext *context; /* NULL: hiredis has let go */
    int events;
    bool is_writing;
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
conn_on_soon(uv_idle_t *soon)
{
    struct conn_poll *p = soon->data;

    uv_idle_stop(soon);
    if (p->context == NULL)
        return;
    p->is_writing = true;
    redisAsyncHandleWrite(p->context);
    p->is_writing = false;
}

/* Until it is connected, or when the socket took only a part, it is polled. */
static void
conn_poll_write(void *arg)
{
    struct conn_poll *p = arg;

    if ((p->context->c.flags & REDIS_CONNECTED) && !p->is_writing &&
        !(p->events & UV_WRITABLE))
        uv_idle_start(&p->soon, conn_on_soon);
    else
        conn_poll_change(p, p->events | UV_WRITABLE);
}

static void
conn_poll_no_write(void *arg)
{
    struct conn_poll *p = arg;

    uv_idle_stop(&p->soon);
    conn_poll_change(p, p->events & ~UV_WRITABLE);
}

static void
conn_poll_on_closed(uv_handle_t *handle)
{
    struct conn_poll *p = handle->data;

    if (--p->open == 0)
        free(p);
}

static void
conn_poll_end(void *arg)
{
    struct conn_poll *p = arg;

    p->context = NULL;
    uv_close((uv_handle_t *)&p->handle, conn_poll_on_closed);
    uv_close((uv_handle_t *)&p->soon, conn_poll_on_closed);
}

void
conn_poll_attach(redisAsyncContext *context, uv_loop_t *loop)
{
    struct conn_poll *p = xcalloc(1, sizeof(*p));

    uv_poll_init(loop, &p->handle, context->c.fd);
    uv_idle_init(loop, &p->soon);
    p->open = 2;
    p->handle.data = p->soon.data = p;
    p->context = context;
    context->ev.data = p;
    context->ev.addRead = conn_poll_read;
    context->ev.delRead = conn_poll_no_read;
    context->ev.addWrite = conn_poll_write;
    context->ev.delWrite = conn_poll_no_write;
    context->ev.cleanup = conn_poll_end;
}
