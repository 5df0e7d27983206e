/*
 * curl's sockets and its timer on the loop.
 *
 * The sockets are in an epoll set of their own, and libuv watches that: a poll
 * handle of libuv for each socket came and went with each transfer, six
 * epoll_ctl() a request.  Here a socket stays in the set when curl is done
 * with a transfer, since the next one on that connection wants it again; what
 * happens to it meanwhile (the server closes it) takes it out.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch_parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"

enum { FETCH_LOOP_READY_MAX = 64 }; /* told of at a time; the rest next time */

/* What curl wants to know of a socket, and what the set tells: by its number.
 */
struct fetch_socket {
    uint8_t wanted, armed; /* EPOLLIN | EPOLLOUT */
    bool is_ours;          /* opened by us, and counted */
    bool is_tls;           /* of those: for https */
};

/* --- the set --- */

static struct fetch_socket *
fetch_loop_at(struct fetch_loop *l, int fd)
{
    size_t need = (size_t)fd + 1, count = l->count > 0 ? l->count : 64;

    if (need <= l->count)
        return &l->sockets[fd];
    while (count < need)
        count *= 2;
    l->sockets = xreallocarray(l->sockets, count, sizeof(*l->sockets));
    memset(l->sockets + l->count, 0, (count - l->count) * sizeof(*l->sockets));
    l->count = count;
    return &l->sockets[fd];
}

static void
fetch_loop_arm(struct fetch_loop *l, int fd, uint8_t events)
{
    struct fetch_socket *s = fetch_loop_at(l, fd);
    struct epoll_event e = {.events = events, .data.fd = fd};
    int how = s->armed == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    if (s->armed == events)
        return;
    s->armed = events;
    if (events == 0) /* it may be closed: then it is out already */
        (void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
    else if (epoll_ctl(l->epoll, how, fd, &e) != 0)
        fatal("epoll_ctl"); /* the crawl goes on without this worker */
}

/* The set keeps the loop alive as long as curl waits for something. */
static void
fetch_loop_want(struct fetch_loop *l, int fd, uint8_t events)
{
    struct fetch_socket *s = fetch_loop_at(l, fd);

    l->waited_for += (events != 0) - (s->wanted != 0);
    s->wanted = events;
    if (l->waited_for > 0)
        uv_ref((uv_handle_t *)&l->poll);
    else
        uv_unref((uv_handle_t *)&l->poll);
}

static void
fetch_loop_forget(struct fetcher *f, int fd)
{
    struct fetch_socket *s = fetch_loop_at(&f->curl, fd);

    f->sockets -= s->is_ours;
    f->tls_sockets -= s->is_tls;
    fetch_loop_want(&f->curl, fd, 0);
}

void
fetch_loop_add(struct fetcher *f, int fd, bool is_tls)
{
    fetch_loop_forget(f, fd); /* if curl closed it without a word */
    f->curl.sockets[fd] =
        (struct fetch_socket){.is_ours = true, .is_tls = is_tls};
    f->sockets++;
    f->tls_sockets += is_tls;
}

void
fetch_loop_drop(struct fetcher *f, int fd)
{
    fetch_loop_forget(f, fd);
    /* by hand: a child before its exec() may have it open as well */
    fetch_loop_arm(&f->curl, fd, 0);
    f->curl.sockets[fd] = (struct fetch_socket){0};
}

/* --- what happens --- */

static void
fetch_loop_tell(struct fetcher *f, int fd, uint32_t events)
{
    uint8_t wanted = f->curl.sockets[fd].wanted;
    int flags = 0, running;

    if (wanted == 0) { /* nobody is interested any more */
        fetch_loop_arm(&f->curl, fd, 0);
        return;
    }
    /* An error, a reset say, curl is to read for itself: told of it, it would
     * not send a request anew that a closing connection swallowed. */
    if (events & (EPOLLERR | EPOLLHUP))
        events |= EPOLLIN | EPOLLOUT;
    if (events & EPOLLIN)
        flags |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        flags |= CURL_CSELECT_OUT;
    curl_multi_socket_action(f->multi, fd, flags, &running);
    fetch_collect(f);
}

static void
fetch_on_ready_sockets(uv_poll_t *handle, int status, int events)
{
    struct fetcher *f = handle->data;
    struct epoll_event ready[FETCH_LOOP_READY_MAX];
    int n = epoll_wait(f->curl.epoll, ready, FETCH_LOOP_READY_MAX, 0);

    (void)status;
    (void)events;
    for (int i = 0; i < n; i++)
        fetch_loop_tell(f, ready[i].data.fd, ready[i].events);
}

/* The transfer f, if it is one of ours, has no more interest in the socket. */
static void
fetch_loop_rest(struct fetcher *fetcher, const struct fetch *f, int fd)
{
    fetch_loop_want(&fetcher->curl, fd, 0);
    /* One that did not connect, libcurl 7.88 closes without telling us; and
     * those that it opened by itself, always. */
    if (f && !f->answer.is_sent)
        fetch_loop_drop(fetcher, fd);
    else if (!fetcher->curl.sockets[fd].is_ours)
        fetch_loop_arm(&fetcher->curl, fd, 0);
}

static int
fetch_on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
                void *socket_arg)
{
    struct fetcher *fetcher = arg;
    struct fetch *f = NULL;
    uint8_t wanted = 0;

    (void)socket_arg;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&f);
    if (what == CURL_POLL_IN && f && f->header_lines == 0)
        f->waits_since_ms = (int64_t)(uv_hrtime() / 1000000);
    if (what == CURL_POLL_REMOVE) {
        fetch_loop_rest(fetcher, f, fd);
        return 0;
    }
    if (what & CURL_POLL_IN)
        wanted |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        wanted |= EPOLLOUT;
    fetch_loop_want(&fetcher->curl, fd, wanted);
    fetch_loop_arm(&fetcher->curl, fd, wanted);
    return 0;
}

static void
fetch_on_timer(uv_timer_t *timer)
{
    struct fetcher *f = timer->data;
    int running;

    curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    fetch_collect(f);
}

static int
fetch_on_timer_wish(CURLM *multi, long timeout_ms, void *arg)
{
    struct fetcher *f = arg;

    (void)multi;
    if (f->is_closed)
        return 0;
    if (timeout_ms < 0)
        uv_timer_stop(&f->curl.timer);
    else
        uv_timer_start(&f->curl.timer, fetch_on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

/* --- birth and end --- */

enum err
fetch_loop_open(struct fetcher *f)
{
    struct fetch_loop *l = &f->curl;

    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll < 0)
        return ERR_IO;
    uv_poll_init(f->loop, &l->poll, l->epoll);
    uv_timer_init(f->loop, &l->timer);
    l->poll.data = f;
    l->timer.data = f;
    f->handles += 2;
    uv_poll_start(&l->poll, UV_READABLE, fetch_on_ready_sockets);
    uv_unref((uv_handle_t *)&l->poll);
    curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, fetch_on_socket);
    curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
    curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, fetch_on_timer_wish);
    curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
    return ERR_OK;
}

void
fetch_loop_close(struct fetcher *f, uv_close_cb on_closed)
{
    uv_close((uv_handle_t *)&f->curl.poll, on_closed);
    uv_close((uv_handle_t *)&f->curl.timer, on_closed);
    close(f->curl.epoll);
    free(f->curl.sockets);
}
