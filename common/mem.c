/* SPDX-License-Identifier: MIT */
#include "common/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

static void *
mem_checked(void *p, size_t size)
{
    if (p == NULL && size > 0)
        fatalx("out of memory: %zu bytes", size);
    return p;
}

void *
xmalloc(size_t size)
{
    return mem_checked(malloc(size), size);
}

void *
xcalloc(size_t count, size_t size)
{
    return mem_checked(calloc(count, size), count && size);
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        fatalx("out of memory: %zu x %zu bytes", count, size);
    return mem_checked(realloc(old, count * size), count * size);
}

char *
xstrdup(const char *text)
{
    return xmemdup0(text, strlen(text));
}

char *
xmemdup0(const void *bytes, size_t len)
{
    char *copy = xmalloc(len + 1);

    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}
