/*
 * What systemd is told (sd_notify(3)).
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/service.h"

/* A socket that plays systemd, in the abstract namespace. */
static int
listen_at(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    memcpy(at.sun_path + 1, name, strlen(name));
    assert_return_code(bind(fd, (struct sockaddr *)&at,
                            (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
                                        1 + strlen(name))),
                       0);
    return fd;
}

static void
expect(int fd, const char *want)
{
    char got[64] = "";
    ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

    if (want == NULL) {
        assert_int_equal(n, -1);
        return;
    }
    assert_true(n > 0);
    assert_string_equal(got, want);
}

static void
test_ready_is_said_once_then_that_it_turns(void **state)
{
    char name[64];
    int fd;

    (void)state;
    snprintf(name, sizeof(name), "@weft-test-%ld", (long)getpid());
    fd = listen_at(name + 1);
    setenv("NOTIFY_SOCKET", name, 1);
    service_begin();
    assert_null(getenv("NOTIFY_SOCKET")); /* children are not the service */
    expect(fd, NULL);
    service_turns();
    expect(fd, "READY=1\nWATCHDOG=1");
    service_turns();
    service_turns();
    expect(fd, "WATCHDOG=1");
    expect(fd, "WATCHDOG=1");
    service_stops();
    service_stops();
    expect(fd, "STOPPING=1");
    expect(fd, NULL);
    close(fd);
    service_turns(); /* nobody listens any more */
    service_turns();
}

static void
test_without_systemd_nothing_is_said(void **state)
{
    static const char *const names[] = {"", "relative", "/", "/no/such/socket"};

    (void)state;
    log_init("test", LOG_WARN);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        service_begin();
        service_turns();
        service_stops();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_systemd_nothing_is_said),
        cmocka_unit_test(test_ready_is_said_once_then_that_it_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
