/* SPDX-License-Identifier: MIT */
#include "tests/web/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/web/conn.h"

enum {
    SERVER_BACKLOG = 4096,
    SERVER_ACCEPTS = 256 /* a turn; the rest waits for the next one */
};

void
server_init(struct server *s, struct loop *loop, struct web *web,
            struct access_log *log)
{
    s->loop = loop;
    s->web = web;
    s->log = log;
    reply_init(&s->reply);
    s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void
server_fini(struct server *s)
{
    conn_close_all(s);
    for (size_t i = 0; i < s->listening; i++)
        close(s->listeners[i].fd);
    s->listening = 0;
    if (s->spare_fd >= 0)
        close(s->spare_fd);
    reply_fini(&s->reply);
}

/*
 * Out of descriptors: the client is taken and dropped with the spare one, or
 * the listening socket would stay readable and the loop would spin.
 */
static void
server_refuse(struct server *s, int listen_fd)
{
    int fd;

    close(s->spare_fd);
    fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
server_accept(struct source *source, uint32_t events)
{
    struct listener *l = (struct listener *)source;

    (void)events;
    for (int i = 0; i < SERVER_ACCEPTS; i++) {
        int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            conn_open(l->server, fd);
        } else if (errno == EMFILE || errno == ENFILE) {
            log_warn("accept");
            server_refuse(l->server, l->fd);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            log_warn("accept");
            return;
        }
    }
}

enum err
server_parse_address(const char *where, uint32_t *address, uint16_t *port,
                     bool *is_lo)
{
    struct str rest = str_from(where);
    struct str host = str_cut(&rest, ':');
    struct in_addr in = {.s_addr = 0};
    char text[INET_ADDRSTRLEN];
    uint64_t n;

    if (host.n >= sizeof(text) || !str_to_u64(rest, UINT16_MAX, &n))
        return ERR_INVALID;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    *is_lo = str_equal(host, STR("lo"));
    if (str_equal(host, STR("any"))) {
        in.s_addr = htonl(INADDR_ANY); /* asked for by name only */
    } else if (!*is_lo) {
        if (inet_pton(AF_INET, text, &in) != 1)
            return ERR_INVALID;
        if (ntohl(in.s_addr) >> 24 != 127)
            return ERR_INVALID; /* a test server stays on loopback */
    }
    *address = in.s_addr;
    *port = (uint16_t)n;
    return ERR_OK;
}

/*
 * 127/8 cannot be bound as a whole: "lo" binds all addresses but only on the
 * loopback device.
 */
static int
listener_bind(struct sockaddr_in *at, bool is_lo)
{
    int one = 1,
        fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(*at);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
        /* Connections inherit it: one call less for each. */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0 &&
        /* inherited by accepted sockets; see conn_recv() */
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) == 0 &&
        (!is_lo || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) == 0) &&
        bind(fd, (struct sockaddr *)at, len) == 0 &&
        listen(fd, SERVER_BACKLOG) == 0 &&
        getsockname(fd, (struct sockaddr *)at, &len) == 0)
        return fd;
    one = errno;
    close(fd);
    errno = one;
    return -1;
}

enum err
server_listen(struct server *s, const char *where)
{
    struct listener *l = &s->listeners[s->listening];
    struct sockaddr_in at = {.sin_family = AF_INET};
    char text[INET_ADDRSTRLEN];
    uint16_t port;
    bool is_lo;
    enum err e =
        server_parse_address(where, &at.sin_addr.s_addr, &port, &is_lo);

    if (e != ERR_OK || s->listening == SERVER_LISTENERS_MAX)
        return e != ERR_OK ? e : ERR_TOO_BIG;
    at.sin_port = htons(port);
    *l = (struct listener){.source.ready = server_accept, .server = s};
    l->fd = listener_bind(&at, is_lo);
    if (l->fd < 0)
        return ERR_IO;
    l->port = ntohs(at.sin_port);
    snprintf(l->name, sizeof(l->name), "%s:%u",
             is_lo ? "127.0.0.1"
                   : inet_ntop(AF_INET, &at.sin_addr, text, sizeof(text)),
             l->port);
    loop_add(s->loop, l->fd, EPOLLIN, &l->source);
    s->listening++;
    return ERR_OK;
}
