/*
 * spent FILE COMMAND ... - runs it and says in FILE what it has spent.
 *
 * One line: wall, own user, own system, children's user, children's system
 * (all in seconds) and the largest resident set of any of them in KiB.  The
 * children's time is kept apart because a master's workers are what a crawl
 * is measured by, and its own time is not.  It counts only children that the
 * command has waited for.  The kernel keeps these four in clock ticks, 10 ms.
 *
 * SIGINT and SIGTERM go on to the command.  Exits with its code.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

static volatile sig_atomic_t spent_pid;

static void
spent_pass_on(int number)
{
    if (spent_pid > 0)
        kill((pid_t)spent_pid, number);
}

static double
spent_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Fields 14 to 17 of proc(5)'s stat: utime, stime, cutime, cstime. */
static void
spent_read_ticks(pid_t pid, double seconds[4])
{
    char path[64], text[1024];
    unsigned long ticks[4];
    FILE *f;
    size_t n = 0;
    char *end;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (f) {
        n = fread(text, 1, sizeof(text) - 1, f);
        fclose(f);
    }
    text[n] = '\0';
    end = strrchr(text, ')'); /* the name may hold anything */
    if (end == NULL || sscanf(end + 1,
                              " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
                              " %lu %lu %lu %lu",
                              &ticks[0], &ticks[1], &ticks[2], &ticks[3]) != 4)
        fatalx("%s cannot be read", path);
    for (size_t i = 0; i < 4; i++)
        seconds[i] = (double)ticks[i] / (double)sysconf(_SC_CLK_TCK);
}

static pid_t
spent_start(char **argv)
{
    struct sigaction action = {.sa_handler = spent_pass_on};
    pid_t parent = getpid(), pid;

    pid = fork();
    if (pid < 0)
        fatal("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(127);
        execvp(argv[0], argv);
        fprintf(stderr, "spent: %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    spent_pid = pid;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return pid;
}

int
main(int argc, char **argv)
{
    double start = spent_now(), wall, s[4];
    struct rusage usage;
    siginfo_t info;
    int status;
    pid_t pid;
    FILE *out;

    log_init("spent", LOG_INFO);
    if (argc < 3) {
        fprintf(stderr, "usage: spent FILE COMMAND ...\n");
        return 2;
    }
    pid = spent_start(argv + 2);
    /* As long as nobody has reaped it, its numbers stand in /proc. */
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0)
        if (errno != EINTR)
            fatal("waitid");
    wall = spent_now() - start;
    spent_read_ticks(pid, s);
    if (wait4(pid, &status, 0, &usage) != pid)
        fatal("wait4");
    out = fopen(argv[1], "w");
    if (out == NULL ||
        fprintf(out, "%.3f %.2f %.2f %.2f %.2f %ld\n", wall, s[0], s[1], s[2],
                s[3], usage.ru_maxrss) < 0 ||
        fclose(out) != 0)
        fatal("%s", argv[1]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
