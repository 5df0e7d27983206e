/*
 * Any bytes as Redis's append-only file: what is kept is whole, keeping it
 * again changes nothing, and whole commands before it are kept.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/aof_tail.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t
find(int fd, const void *bytes, size_t size)
{
    uint64_t good = 0;

    if (ftruncate(fd, 0) != 0 || pwrite(fd, bytes, size, 0) != (ssize_t)size ||
        lseek(fd, 0, SEEK_SET) != 0)
        abort();
    /* so little behind the good part is always a torn end */
    if (aof_tail_find(fd, size, &good) != ERR_OK || good > size)
        abort();
    return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char whole[] = "*1\r\n$4\r\nPING\r\n";
    static char longer[sizeof(whole) - 1 + 4096];
    static int fd = -1; /* of memory */
    uint64_t good;

    if (fd < 0)
        fd = memfd_create("aof", MFD_CLOEXEC);
    if (fd < 0)
        abort();
    if (size > 4096)
        return 0;
    good = find(fd, data, size);
    assert(find(fd, data, (size_t)good) == good);
    for (size_t i = 0; i < sizeof(whole) - 1; i++)
        longer[i] = whole[i];
    for (size_t i = 0; i < size; i++)
        longer[sizeof(whole) - 1 + i] = (char)data[i];
    assert(find(fd, longer, sizeof(whole) - 1 + size) ==
           sizeof(whole) - 1 + good);
    return 0;
}
