/* SPDX-License-Identifier: MIT */
#include "worker/until_eof.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"

static void *
until_eof_read(void *arg)
{
    char bytes[512];
    ssize_t n;

    do {
        n = read(STDIN_FILENO, bytes, sizeof(bytes));
        for (ssize_t i = 0; i < n; i++)
            if (bytes[i] == '\n')
                kill(getpid(), SIGTERM);
    } while (n > 0 || (n < 0 && errno == EINTR));
    kill(getpid(), SIGTERM);
    return arg;
}

void
until_eof_start(void)
{
    pthread_t reader;

    if (pthread_create(&reader, NULL, until_eof_read, NULL) != 0)
        fatalx("cannot start a thread");
    pthread_detach(reader);
}

void
until_eof_say(const char *identity)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    printf("weft-worker %s %ld\n", identity, cpus > 0 ? cpus : 1);
    fflush(stdout);
}
