/*
 * SPDX-License-Identifier: MIT
 *
 * A look-up cannot be ended, and with a silent name server it takes as long as
 * it likes.  A loop waits at its end for what libuv's threads do, and so does
 * a process; so this has a detached thread of its own for each look-up.  Loop
 * and thread both have the struct, and who leaves last frees it.
 */
#include "common/conn_find.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"

struct conn_find {
    /* owned by the loop */
    uv_async_t found;
    size_t number;
    conn_find_fn *fn;
    void *arg;

    char *host; /* read-only */

    /* owned by the thread, until it sends found */
    struct addrinfo *list;
    int error; /* of getaddrinfo() */

    /* shared, guarded by mtx */
    pthread_mutex_t mtx;
    bool is_left; /* nobody wants to hear of it any more */
    unsigned users;
};

static void
conn_find_put(struct conn_find *f)
{
    bool is_last;

    pthread_mutex_lock(&f->mtx);
    is_last = --f->users == 0;
    pthread_mutex_unlock(&f->mtx);
    if (!is_last)
        return;
    pthread_mutex_destroy(&f->mtx);
    if (f->list)
        freeaddrinfo(f->list);
    free(f->host);
    free(f);
}

static void *
conn_find_run(void *arg)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM};
    struct conn_find *f = arg;

    f->error = getaddrinfo(f->host, NULL, &hints, &f->list);
    pthread_mutex_lock(&f->mtx);
    if (!f->is_left)
        uv_async_send(&f->found);
    pthread_mutex_unlock(&f->mtx);
    conn_find_put(f);
    return NULL;
}

/* Signals are for other threads. */
static bool
conn_find_start(struct conn_find *f)
{
    sigset_t all, before;
    pthread_t thread;
    bool is_started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    is_started = pthread_create(&thread, NULL, conn_find_run, f) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (is_started)
        pthread_detach(thread);
    return is_started;
}

static void
conn_find_on_closed(uv_handle_t *found)
{
    conn_find_put(found->data);
}

static void
conn_find_leave(struct conn_find *f)
{
    pthread_mutex_lock(&f->mtx);
    f->is_left = true;
    pthread_mutex_unlock(&f->mtx);
    uv_close((uv_handle_t *)&f->found, conn_find_on_closed);
}

static void
conn_find_on_found(uv_async_t *found)
{
    struct conn_find *f = found->data;
    struct addrinfo *at = f->list;
    size_t count = 0;
    char address[NI_MAXHOST];
    int e = f->error;

    conn_find_leave(f);
    for (struct addrinfo *a = f->list; a; a = a->ai_next)
        if (count++ <= f->number)
            at = a;
    if (e == 0)
        e = getnameinfo(at->ai_addr, at->ai_addrlen, address, sizeof(address),
                        NULL, 0, NI_NUMERICHOST);
    if (e == 0)
        f->fn(f->arg, address, count, NULL);
    else
        f->fn(f->arg, NULL, 0, gai_strerror(e));
}

struct conn_find *
conn_find(uv_loop_t *loop, const char *host, size_t number, conn_find_fn *fn,
          void *arg)
{
    struct conn_find *f = xcalloc(1, sizeof(*f));

    f->number = number;
    f->fn = fn;
    f->arg = arg;
    f->host = xstrdup(host);
    f->users = 2;
    pthread_mutex_init(&f->mtx, NULL);
    uv_async_init(loop, &f->found, conn_find_on_found);
    f->found.data = f;
    if (!conn_find_start(f)) {
        f->error = EAI_AGAIN;
        f->users = 1;
        uv_async_send(&f->found);
    }
    return f;
}

void
conn_find_cancel(struct conn_find *f)
{
    if (f)
        conn_find_leave(f);
}
