/*
 * A connection is registered once, edge-triggered, for both directions, and
 * remembers what the kernel said: a busy connection costs one recv, one send
 * and its share of one epoll_wait for each request.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/web/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"

enum {
    CONN_MAGIC = 0x5eb0c011,
    CONN_OUT_MAX = 1 << 29,
    CONN_TURN_BYTES = 1 << 18, /* sent in one turn, for fairness */
    CONN_DRIPS = 20            /* portions a second of a dripping body */
};

enum conn_state { CONN_READING, CONN_DELAYED, CONN_SENDING, CONN_DRIPPING };

struct conn {
    struct source source; /* first: the loop's view of it */
    unsigned magic;
    int fd;
    enum conn_state state;
    bool may_read;    /* the kernel may have more bytes for us */
    bool was_delayed; /* the request at the front of in has waited */
    bool is_last;     /* close when the reply is out */
    bool is_reset;    /* and that by RST */
    struct timer timer;
    struct server *server;
    struct conn *next, **link; /* in the server's list */
    uint64_t id;
    uint64_t asked_us; /* when the request being answered arrived */
    uint32_t answered;
    uint32_t drip_bps;
    struct buf in;      /* bytes read but not yet parsed */
    struct buf out;     /* rest of a reply that the socket did not take */
    size_t out_at;      /* of out, bytes sent */
    struct str pattern; /* borrowed for ever, see struct reply */
    size_t pattern_at;
    uint64_t pattern_left;
    struct str tail;
};

static void
conn_close(struct conn *c)
{
    loop_timer_stop(c->server->loop, &c->timer);
    c->server->delayed -= c->state == CONN_DELAYED;
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    close(c->fd);
    buf_fini(&c->in);
    buf_fini(&c->out);
    c->magic = 0;
    free(c);
}

/* The client went away while its request waited: it did ask, so log it. */
static void
conn_abandon(struct conn *c)
{
    struct request req;

    if (c->state == CONN_DELAYED &&
        request_parse(c->in.p, c->in.n, &req) == REQUEST_WHOLE)
        access_log_add(c->server->log, c->asked_us, &req, 0, 0, c->id);
    conn_close(c);
}

/*
 * The functions below answer whether the connection is still there; what it
 * does next is in its state.
 */
/* The reply is out. */
static bool
conn_finish(struct conn *c)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};

    c->state = CONN_READING;
    c->was_delayed = false;
    if (!c->is_last && !c->is_reset)
        return true;
    if (c->is_reset) {
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    } else {
        /* Bytes left unread would make a RST of the close. */
        while (recv(c->fd, c->server->scratch, SERVER_SCRATCH_BYTES,
                    MSG_DONTWAIT) == SERVER_SCRATCH_BYTES)
            ;
    }
    conn_close(c);
    return false;
}

/* The bytes to be sent next; empty when there are no more. */
static struct str
conn_next_bytes(const struct conn *c)
{
    struct str s;

    if (c->out_at < c->out.n)
        return (struct str){c->out.p + c->out_at, c->out.n - c->out_at};
    if (c->pattern_left > 0) {
        s = (struct str){c->pattern.p + c->pattern_at,
                         c->pattern.n - c->pattern_at};
        if (s.n > c->pattern_left)
            s.n = (size_t)c->pattern_left;
        return s;
    }
    return c->tail;
}

static void
conn_sent(struct conn *c, size_t n)
{
    if (c->out_at < c->out.n) {
        c->out_at += n;
    } else if (c->pattern_left > 0) {
        if (c->pattern_left != REPLY_ENDLESS)
            c->pattern_left -= n;
        c->pattern_at = (c->pattern_at + n) % c->pattern.n;
    } else {
        c->tail.p += n;
        c->tail.n -= n;
    }
}

/*
 * Send up to limit bytes of what is left.  Returns how many went out, or -1
 * when the connection broke and is gone.  *is_full says whether the socket
 * refused more.
 */
static ssize_t
conn_push(struct conn *c, size_t limit, bool *is_full)
{
    size_t done = 0;

    *is_full = false;
    while (done < limit) {
        struct str s = conn_next_bytes(c);
        ssize_t n;

        if (s.n == 0)
            break;
        if (s.n > limit - done)
            s.n = limit - done;
        n = send(c->fd, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            *is_full = true;
            break;
        }
        if (n < 0) {
            conn_close(c);
            return -1;
        }
        conn_sent(c, (size_t)n);
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* Send what is left, as far as it goes for now. */
static bool
conn_send(struct conn *c)
{
    struct loop *loop = c->server->loop;
    bool is_full;
    size_t limit = CONN_TURN_BYTES;
    ssize_t n;

    if (c->state == CONN_DRIPPING)
        limit = c->drip_bps > CONN_DRIPS ? c->drip_bps / CONN_DRIPS : 1;
    n = conn_push(c, limit, &is_full);
    if (n < 0)
        return false;
    if (conn_next_bytes(c).n == 0) {
        buf_fini(&c->out);
        c->out_at = 0;
        return conn_finish(c);
    }
    if (c->state == CONN_DRIPPING)
        loop_timer_set(loop, &c->timer,
                       loop->now_us + limit * 1000000 / c->drip_bps);
    else if (!is_full)
        loop_timer_set(loop, &c->timer, loop->now_us); /* next turn */
    return true;
}

/* Keep what the socket did not take of the first sent bytes of iov. */
static void
conn_keep_rest(struct conn *c, const struct reply *r, size_t sent,
               bool with_body)
{
    size_t at = sent < r->head.n ? sent : r->head.n;

    if (buf_add(&c->out, r->head.p + at, r->head.n - at) != ERR_OK)
        fatalx("a reply does not fit");
    sent -= at;
    if (with_body &&
        buf_add(&c->out, r->body.p + sent, r->body.n - sent) != ERR_OK)
        fatalx("a reply does not fit");
}

/* Send the server's reply. */
static bool
conn_reply(struct conn *c, bool with_body)
{
    struct reply *r = &c->server->reply;
    struct iovec iov[2] = {{r->head.p, r->head.n}, {r->body.p, r->body.n}};
    struct msghdr m = {.msg_iov = iov,
                       .msg_iovlen = with_body && !r->drip_bps ? 2 : 1};
    size_t all = r->head.n + (with_body ? r->body.n : 0);
    ssize_t n = 0;

    if (!with_body)
        r->pattern_bytes = r->tail.n = 0;
    if (all > 0)
        n = sendmsg(c->fd, &m, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        conn_close(c);
        return false;
    }
    if (n < 0)
        n = 0;
    c->is_last = c->is_last || r->is_last;
    c->is_reset = r->is_reset;
    if ((size_t)n == all && r->pattern_bytes == 0 && r->tail.n == 0)
        return conn_finish(c);
    conn_keep_rest(c, r, (size_t)n, with_body);
    c->pattern = r->pattern;
    c->pattern_at = 0;
    c->pattern_left = r->pattern_bytes;
    c->tail = r->tail;
    c->drip_bps = r->drip_bps;
    c->state = r->drip_bps ? CONN_DRIPPING : CONN_SENDING;
    return conn_send(c);
}

/* Answer one request; its bytes may be thrown away afterwards. */
static bool
conn_answer(struct conn *c, struct request *req)
{
    struct server *s = c->server;
    struct reply *r = &s->reply;

    s->requests++;
    req->before = c->answered++;
    if (s->requests_per_conn > 0 && c->answered >= s->requests_per_conn)
        req->keep_alive = false;
    c->is_last = !req->keep_alive || !req->is_known;
    reply_reset(r);
    r->is_last = c->is_last;
    web_answer(s->web, req, r);
    access_log_add(s->log, c->asked_us, req, r->status,
                   req->is_head ? 0 : reply_body_bytes(r), c->id);
    return conn_reply(c, !req->is_head);
}

static bool
conn_answer_bad(struct conn *c)
{
    struct reply *r = &c->server->reply;
    struct request none = {.keep_alive = false};

    reply_reset(r);
    r->is_last = true;
    reply_text(r, &none, 400, REPLY_PLAIN, STR("no request of HTTP/1.1\n"));
    access_log_add(c->server->log, c->asked_us, &none, 400, r->body.n, c->id);
    return conn_reply(c, true);
}

/*
 * recv(2), and when the kernel got the bytes: on a busy machine this process
 * may read them much later, and the log is to prove a crawler's spacing.
 */
static ssize_t
conn_recv(int fd, char *into, size_t room, uint64_t *arrived_us)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
    } control;
    struct iovec part = {into, room};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t n = recvmsg(fd, &message, 0);

    for (struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL; c;
         c = CMSG_NXTHDR(&message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec at;

            memcpy(&at, CMSG_DATA(c), sizeof(at));
            *arrived_us =
                (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
        }
    return n;
}

/* More bytes behind the len in scratch. */
static bool
conn_fill(struct conn *c, size_t *len)
{
    size_t room = SERVER_SCRATCH_BYTES - 1 - *len;
    uint64_t arrived_us = 0;
    ssize_t n = conn_recv(c->fd, c->server->scratch + *len, room, &arrived_us);

    if (n < 0 && errno == EINTR)
        return true;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        c->may_read = false;
        return true;
    }
    if (n <= 0) {
        conn_close(c);
        return false;
    }
    /* A short read has emptied the socket; more would be a new edge. */
    c->may_read = (size_t)n == room;
    c->asked_us = arrived_us ? arrived_us : access_log_now_us();
    *len += (size_t)n;
    return true;
}

/* --bears: what is asked beyond that is cut off. */
static bool
conn_is_too_much(const struct conn *c)
{
    const struct server *s = c->server;

    return s->bears > 0 && s->delayed >= s->bears && !c->was_delayed;
}

static bool
conn_refuse(struct conn *c, const struct request *req)
{
    access_log_add(c->server->log, c->asked_us, req, 0, 0, c->id);
    c->is_reset = true;
    return conn_finish(c);
}

static bool
conn_must_wait(struct conn *c, const struct request *req)
{
    struct loop *loop = c->server->loop;
    uint64_t delay_ms;

    if (c->was_delayed)
        return false;
    delay_ms = web_delay_ms(c->server->web, req);
    if (delay_ms == 0)
        return false;
    c->state = CONN_DELAYED;
    c->server->delayed++;
    /* Not the turn's now: it may be old, and a delay is a promise. */
    loop_timer_set(loop, &c->timer, loop_clock_us() + delay_ms * 1000);
    return true;
}

/*
 * Read and answer for as long as it goes.  All parsing happens in the
 * server's scratch bytes; only what is left over is kept by the connection.
 */
static void
conn_run(struct conn *c)
{
    char *scratch = c->server->scratch;
    size_t at = 0, len = c->in.n;

    assert(c->magic == CONN_MAGIC && len < SERVER_SCRATCH_BYTES);
    if (len > 0)
        memcpy(scratch, c->in.p, len);
    buf_reset(&c->in);
    while (c->state == CONN_READING) {
        struct request req;
        enum request_state state = REQUEST_MORE;
        bool is_alive;

        if (at < len)
            state = request_parse(scratch + at, len - at, &req);
        if (state == REQUEST_MORE) {
            memmove(scratch, scratch + at, len - at);
            len -= at;
            at = 0;
            if (!c->may_read)
                break;
            is_alive = conn_fill(c, &len);
        } else if (state == REQUEST_BAD) {
            is_alive = conn_answer_bad(c);
        } else if (conn_is_too_much(c)) {
            is_alive = conn_refuse(c, &req);
        } else if (conn_must_wait(c, &req)) {
            break;
        } else {
            at += req.bytes;
            is_alive = conn_answer(c, &req);
        }
        if (!is_alive)
            return;
    }
    if (at < len && buf_add(&c->in, scratch + at, len - at) != ERR_OK)
        fatalx("requests do not fit");
}

static void
conn_ready(struct source *source, uint32_t events)
{
    struct conn *c = (struct conn *)source;

    assert(c->magic == CONN_MAGIC);
    if (events & (EPOLLERR | EPOLLHUP)) {
        conn_abandon(c);
        return;
    }
    if (events & (EPOLLIN | EPOLLRDHUP))
        c->may_read = true;
    if ((events & EPOLLRDHUP) &&
        (c->state == CONN_DELAYED || c->state == CONN_DRIPPING)) {
        conn_abandon(c);
        return;
    }
    if (c->state == CONN_SENDING && (events & EPOLLOUT) && !conn_send(c))
        return;
    if (c->state == CONN_READING)
        conn_run(c);
}

static void
conn_timer(struct timer *timer)
{
    struct conn *c =
        (struct conn *)((char *)timer - offsetof(struct conn, timer));

    assert(c->magic == CONN_MAGIC);
    if (c->state == CONN_DELAYED) {
        c->was_delayed = true;
        c->state = CONN_READING;
        c->server->delayed--;
    } else if (!conn_send(c)) {
        return;
    }
    if (c->state == CONN_READING)
        conn_run(c);
}

void
conn_open(struct server *server, int fd)
{
    struct conn *c = xcalloc(1, sizeof(*c));

    c->magic = CONN_MAGIC;
    c->source.ready = conn_ready;
    c->timer.fire = conn_timer;
    c->server = server;
    c->fd = fd;
    c->id = ++server->connections;
    buf_init(&c->in, SERVER_SCRATCH_BYTES);
    buf_init(&c->out, CONN_OUT_MAX);
    c->link = &server->conns;
    c->next = server->conns;
    if (c->next != NULL)
        c->next->link = &c->next;
    server->conns = c;
    loop_add(server->loop, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
             &c->source);
}

void
conn_close_all(struct server *server)
{
    while (server->conns != NULL)
        conn_abandon(server->conns);
}
