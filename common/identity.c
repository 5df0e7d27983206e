/* SPDX-License-Identifier: MIT */
#include "common/identity.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/fingerprint.h"
#include "common/str.h"

enum {
    IDENTITY_MARK_BYTES = 8,  /* ".", six hex digits and the NUL */
    IDENTITY_BOOT_BYTES = 36, /* a UUID */
    IDENTITY_MARK_MASK = 0xffffff
};

/* Zero where there is no /proc: then the host's name has to do. */
static uint32_t
identity_mark(void)
{
    char text[IDENTITY_BOOT_BYTES + 64];
    struct stat pids;
    ssize_t got = -1;
    int n, fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        got = read(fd, text, IDENTITY_BOOT_BYTES);
        close(fd);
    }
    if (got != IDENTITY_BOOT_BYTES || stat("/proc/self/ns/pid", &pids) != 0)
        return 0;
    n = snprintf(text + got, sizeof(text) - (size_t)got, " %ju %ju",
                 (uintmax_t)pids.st_dev, (uintmax_t)pids.st_ino);
    return (uint32_t)fingerprint((struct str){text, (size_t)(got + n)}) &
           IDENTITY_MARK_MASK;
}

void
identity_host(char out[IDENTITY_HOST_BYTES])
{
    size_t n;

    if (gethostname(out, IDENTITY_HOST_BYTES) != 0 || out[0] == '\0')
        snprintf(out, IDENTITY_HOST_BYTES, "host");
    /* a long one is cut */
    out[IDENTITY_HOST_BYTES - IDENTITY_MARK_BYTES] = '\0';
    for (n = 0; out[n] != '\0'; n++)
        if (!str_is_alpha(out[n]) && !str_is_digit(out[n]) && out[n] != '.')
            out[n] = '_';
    snprintf(out + n, IDENTITY_HOST_BYTES - n, ".%06" PRIx32, identity_mark());
}

void
identity_new(char out[IDENTITY_BYTES])
{
    char host[IDENTITY_HOST_BYTES];
    struct timespec now;
    uint32_t random;

    identity_host(host);
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        random = (uint32_t)now.tv_nsec ^ (uint32_t)now.tv_sec << 16;
    }
    snprintf(out, IDENTITY_BYTES, "%s-%ld-%08x", host, (long)getpid(), random);
}
