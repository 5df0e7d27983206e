/* SPDX-License-Identifier: MIT */
#include "master/http_door.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"

enum { HTTP_DOOR_WAITING = 64 /* connections not yet taken */ };

/* The socket, or -1 and errno. */
static int
http_door_listen(const struct http_place *p)
{
    int fd = socket(p->at.any.sa_family,
                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1, error;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, &p->at.any, p->at_len) == 0 &&
        listen(fd, HTTP_DOOR_WAITING) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

static const char *
http_door_why(int error)
{
    return error == EADDRINUSE ? "taken, perhaps by another crawl"
                               : strerror(error);
}

/* On a free port of the default address: false, there is none either. */
static bool
http_door_elsewhere(struct http_place *p, struct http_door *out)
{
    if (p->at.any.sa_family == AF_INET6)
        p->at.v6.sin6_port = 0;
    else
        p->at.v4.sin_port = 0;
    out->fd = http_door_listen(p);
    return out->fd >= 0;
}

int
http_door_open(const struct config *c, struct http_door *out)
{
    char why[HTTP_PLACE_WHY_BYTES];
    struct http_place p;
    socklen_t len;
    int error = 0;

    *out = (struct http_door){.fd = -1};
    if (http_place_parse(str_from(c->http ? c->http : "no"), &p, why) !=
            ERR_OK ||
        !p.is_on)
        return EXIT_FINISHED;
    out->is_loopback = p.is_loopback;
    out->fd = http_door_listen(&p);
    if (out->fd < 0) {
        error = errno;
        if (config_is_given(c, "http")) {
            log_warnx("--http %s: %s; give another port, 0 for any, or "
                      "--no-http",
                      c->http, http_door_why(error));
            return EXIT_USAGE;
        }
        if (!http_door_elsewhere(&p, out)) {
            log_warnx("no dashboard: %s: %s; --http says where", c->http,
                      http_door_why(error));
            return EXIT_FINISHED;
        }
    }
    len = p.at_len;
    if (getsockname(out->fd, &p.at.any, &len) != 0)
        fatal("getsockname");
    http_place_show(&p.at.any, out->where);
    if (error != 0)
        log_info("--http %s: %s; %s instead", c->http, http_door_why(error),
                 out->where);
    return EXIT_FINISHED;
}

void
http_door_close(struct http_door *d)
{
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
}
