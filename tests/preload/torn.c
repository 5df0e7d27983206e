/*
 * A library for LD_PRELOAD: kill -9 in the middle of a write.  Of the writes to
 * files whose path fits one of the shell patterns in $WEFT_TEST_TORN (with
 * colons between), one in $WEFT_TEST_TORN_ODDS puts only some of its bytes into
 * the file, none at times and all at others, and the process is gone: what the
 * kernel does with a process that is killed while it writes much.  Each is
 * noted in the file $WEFT_TEST_TORN_LOG, as "PATH SIZE BYTES OF", SIZE that of
 * the file before; while there is no such log nobody dies.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

typedef ssize_t write_fn(int, const void *, size_t);

static write_fn *
real_write(void)
{
    write_fn *real = NULL;
    void *found = dlsym(RTLD_NEXT, "write");

    if (found == NULL)
        abort();
    memcpy(&real, &found, sizeof(real)); /* ISO C has no cast for it */
    return real;
}

/* A number below n, another one in each process. */
static size_t
draw(size_t n)
{
    size_t number = 0;

    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        abort();
    return number % n;
}

static bool
is_drawn(void)
{
    const char *odds = getenv("WEFT_TEST_TORN_ODDS");
    long n = odds == NULL ? 0 : strtol(odds, NULL, 10);

    return n > 0 && draw((size_t)n) == 0;
}

/* Whether fd's file is one of those; path has room for n bytes. */
static bool
is_meant(int fd, char *path, size_t n)
{
    const char *at = getenv("WEFT_TEST_TORN");
    char name[64], pattern[256];
    ssize_t length;

    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    length = readlink(name, path, n - 1);
    if (length <= 0 || at == NULL)
        return false;
    path[length] = '\0';
    while (*at != '\0') {
        size_t part = strcspn(at, ":");

        snprintf(pattern, sizeof(pattern), "%.*s", (int)part, at);
        if (fnmatch(pattern, path, 0) == 0)
            return true;
        at += part + (at[part] == ':');
    }
    return false;
}

/* Note it; false: nobody is to die. */
static bool
is_noted(const char *path, off_t size, size_t bytes, size_t of)
{
    const char *log = getenv("WEFT_TEST_TORN_LOG");
    int fd = log == NULL ? -1 : open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    char line[4352];
    int n = snprintf(line, sizeof(line), "%s %jd %zu %zu\n", path,
                     (intmax_t)size, bytes, of);
    bool is_done = fd >= 0 && n > 0 && real_write()(fd, line, (size_t)n) == n;

    if (fd >= 0)
        close(fd);
    return is_done;
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
    write_fn *real = real_write();
    char path[4096];

    if (n > 0 && is_drawn() && is_meant(fd, path, sizeof(path))) {
        size_t some = draw(n + 1);

        if (is_noted(path, lseek(fd, 0, SEEK_END), some, n)) {
            if (some > 0 && real(fd, bytes, some) != (ssize_t)some)
                abort();
            kill(getpid(), SIGKILL);
            for (;;)
                pause();
        }
    }
    return real(fd, bytes, n);
}
