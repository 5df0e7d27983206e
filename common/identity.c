/* SPDX-License-Identifier: MIT */
#include "common/identity.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "common/str.h"

void
identity_host(char out[IDENTITY_HOST_BYTES])
{
    memset(out, 0, IDENTITY_HOST_BYTES);
    if (gethostname(out, IDENTITY_HOST_BYTES - 1) != 0 || out[0] == '\0')
        snprintf(out, IDENTITY_HOST_BYTES, "host");
    for (char *p = out; *p; p++)
        if (!str_is_alpha(*p) && !str_is_digit(*p) && *p != '.')
            *p = '_';
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
