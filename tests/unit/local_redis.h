/*
 * local_redis - a redis-server of the test's own: a unix socket in a fresh
 * directory, no TCP port, nothing saved.  Ended by its pid.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_LOCAL_REDIS_H
#define TESTS_UNIT_LOCAL_REDIS_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/redis.h"

struct local_redis {
    pid_t pid;
    char dir[64];
    char sock[80];
    struct redis_url url; /* points into sock; no memory of its own */
};

/* Forks it with up to 8 more arguments, a NULL behind the last. */
static inline void
local_redis_spawn(struct local_redis *s, const char *const *more)
{
    const char *argv[32] = {
        "redis-server", "--port", "0",    "--unixsocket",
        s->sock,        "--save", "",     "--appendonly",
        "no",           "--dir",  s->dir, "--set-max-intset-entries",
        "16384"};
    int n = 13;

    while (more && *more)
        argv[n++] = *more++;
    argv[n] = NULL;
    s->pid = fork();
    if (s->pid == 0) {
        int null = open("/dev/null", O_RDWR);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(null, 0);
        dup2(null, 1);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
}

static inline void
local_redis_kill(struct local_redis *s)
{
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
    }
    s->pid = 0;
    unlink(s->sock);
}

/* Waits until its socket answers; false when it did not within 10 s. */
static inline bool
local_redis_wait(const struct local_redis *s)
{
    for (int i = 0; i < 1000; i++) {
        struct redis *r;
        char why[256];

        if (access(s->sock, F_OK) == 0) {
            if (redis_open(&s->url, 1000, &r, why) == ERR_OK) {
                redis_close(r);
                return true;
            }
            if (strstr(why, "password") != NULL)
                return true;
        }
        poll(NULL, 0, 10);
    }
    return false;
}

static inline bool
local_redis_start(struct local_redis *s, const char *const *more)
{
    snprintf(s->dir, sizeof(s->dir), "/tmp/weft-test-XXXXXX");
    if (mkdtemp(s->dir) == NULL)
        return false;
    snprintf(s->sock, sizeof(s->sock), "%s/redis.sock", s->dir);
    s->url = (struct redis_url){.path = s->sock};
    local_redis_spawn(s, more);
    return local_redis_wait(s);
}

static inline void
local_redis_stop(struct local_redis *s)
{
    local_redis_kill(s);
    rmdir(s->dir);
}

#endif
