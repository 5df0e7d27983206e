/* SPDX-License-Identifier: MIT */
#include "common/limits.h"

#include <dirent.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is taken for open where /proc is not there to tell. */
enum { LIMITS_OPEN_GUESS = 16 };

uint64_t
limits_raise_files(uint64_t want)
{
    struct rlimit limit;
    rlim_t had;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return UINT64_MAX;
    had = limit.rlim_cur;
    if (had == RLIM_INFINITY || had >= want)
        return had;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= want
                         ? (rlim_t)want
                         : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : had;
}

uint64_t
limits_open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    struct dirent *entry;
    uint64_t n = 0;

    if (d == NULL)
        return LIMITS_OPEN_GUESS;
    while ((entry = readdir(d)) != NULL)
        n += entry->d_name[0] != '.';
    closedir(d);
    return n > 0 ? n - 1 : 0; /* without the folder's own */
}

bool
limits_has_no_file(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno == EMFILE || errno == ENFILE;
    close(fd);
    return false;
}
