/* SPDX-License-Identifier: MIT */
#include "common/service.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"

static int service_fd = -1;
static bool service_is_ready, service_is_over;

static int
service_connect(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t n = strlen(name);
    int fd;

    if ((name[0] != '/' && name[0] != '@') || n < 2 ||
        n >= sizeof(at.sun_path)) {
        errno = EINVAL;
        return -1;
    }
    memcpy(at.sun_path, name, n);
    if (name[0] == '@')
        at.sun_path[0] = '\0'; /* in the abstract namespace */
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 &&
        connect(fd, (struct sockaddr *)&at,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

void
service_begin(void)
{
    const char *name = getenv("NOTIFY_SOCKET");

    service_is_ready = service_is_over = false;
    if (name == NULL || name[0] == '\0')
        return;
    service_fd = service_connect(name);
    if (service_fd < 0)
        log_warn("NOTIFY_SOCKET %s", LOG_ESC(str_from(name)));
    unsetenv("NOTIFY_SOCKET");
}

/* A full socket has words of ours that nobody read: no more are needed. */
static void
service_say(const char *words)
{
    if (service_fd >= 0 &&
        send(service_fd, words, strlen(words), MSG_NOSIGNAL) < 0 &&
        errno != EAGAIN && errno != EINTR) {
        close(service_fd); /* systemd's own end */
        service_fd = -1;
    }
}

void
service_turns(void)
{
    service_say(service_is_ready ? "WATCHDOG=1" : "READY=1\nWATCHDOG=1");
    service_is_ready = true;
}

void
service_stops(void)
{
    if (!service_is_over)
        service_say("STOPPING=1");
    service_is_over = true;
}
