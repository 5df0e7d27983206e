/* SPDX-License-Identifier: MIT */
#include "common/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/log.h"

enum err
disk_err(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? ERR_NO_SPACE
                                                                : ERR_IO;
}

enum err
disk_check(const char *dir, char why[DISK_WHY_BYTES])
{
    unsigned long long room;
    struct statvfs fs;

    if (access(dir, W_OK | X_OK) != 0 || statvfs(dir, &fs) != 0) {
        enum err e = disk_err(errno);

        snprintf(why, DISK_WHY_BYTES, "cannot write in %.300s: %s",
                 LOG_ESC(str_from(dir)), strerror(errno));
        return e;
    }
    room = (unsigned long long)fs.f_bavail * fs.f_frsize;
    if (room < DISK_LEAST_BYTES)
        snprintf(why, DISK_WHY_BYTES,
                 "%.300s: the disk is full: %llu KB are free, at least %llu KB "
                 "are needed: make room, then start the same command again",
                 LOG_ESC(str_from(dir)), room >> 10, DISK_LEAST_BYTES >> 10);
    else if (fs.f_files > 0 && fs.f_favail == 0) /* some count no files */
        snprintf(why, DISK_WHY_BYTES,
                 "%.300s: the disk has room for no more files: remove some, "
                 "then start the same command again",
                 LOG_ESC(str_from(dir)));
    else
        return ERR_OK;
    return ERR_NO_SPACE;
}

struct str
disk_redis_full(const char *error)
{
    /* from inside a script it says where, before (Redis 6) or behind it */
    const char *from = strstr(error, "MISCONF "), *to;

    if (from == NULL)
        return STR_NONE;
    to = strstr(from, " script: ");
    return (struct str){from, to ? (size_t)(to - from) : strlen(from)};
}

int
disk_sync(int fd)
{
    int result;

    do
        result = fdatasync(fd);
    while (result != 0 && errno == EINTR);
    return result;
}

int
disk_truncate(int fd, off_t size)
{
    int result;

    do
        result = ftruncate(fd, size);
    while (result != 0 && errno == EINTR);
    return result;
}

int
disk_sync_dir(int dir_fd)
{
    int result;

    do
        result = fsync(dir_fd);
    while (result != 0 && errno == EINTR);
    return result == 0 || errno == EINVAL ? 0 : -1;
}

int
disk_sync_path(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result, error;

    if (fd < 0)
        return -1;
    result = disk_sync_dir(fd);
    error = errno;
    close(fd);
    errno = error;
    return result;
}
