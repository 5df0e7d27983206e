/* SPDX-License-Identifier: MIT */
#include "common/machine.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fingerprint.h"
#include "common/str.h"

enum {
    MACHINE_MARK_BYTES = 8,  /* ".", six hex digits and the NUL */
    MACHINE_BOOT_BYTES = 36, /* a UUID */
    MACHINE_MARK_MASK = 0xffffff
};

/* Zero where there is no /proc: then the host's name has to do. */
static uint32_t
machine_mark(void)
{
    char text[MACHINE_BOOT_BYTES + 64];
    struct stat pids;
    ssize_t got = -1;
    int n, fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        got = read(fd, text, MACHINE_BOOT_BYTES);
        close(fd);
    }
    if (got != MACHINE_BOOT_BYTES || stat("/proc/self/ns/pid", &pids) != 0)
        return 0;
    n = snprintf(text + got, sizeof(text) - (size_t)got, " %ju %ju",
                 (uintmax_t)pids.st_dev, (uintmax_t)pids.st_ino);
    return (uint32_t)fingerprint((struct str){text, (size_t)(got + n)}) &
           MACHINE_MARK_MASK;
}

void
machine_name(char out[MACHINE_NAME_BYTES])
{
    size_t n;

    if (gethostname(out, MACHINE_NAME_BYTES) != 0 || out[0] == '\0')
        snprintf(out, MACHINE_NAME_BYTES, "host");
    out[MACHINE_NAME_BYTES - MACHINE_MARK_BYTES] = '\0'; /* a long one is cut */
    for (n = 0; out[n] != '\0'; n++)
        if (!str_is_alpha(out[n]) && !str_is_digit(out[n]) && out[n] != '.')
            out[n] = '_';
    snprintf(out + n, MACHINE_NAME_BYTES - n, ".%06" PRIx32, machine_mark());
}
