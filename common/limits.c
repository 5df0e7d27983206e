/* SPDX-License-Identifier: MIT */
#include "common/limits.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
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

/*
 * CPUs that a container may use by quota (cpu.max of control groups, version
 * 2: "150000 100000" is one and a half), rounded up; no bound: UINT64_MAX.
 */
static uint64_t
limits_cpu_quota(void)
{
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
    uint64_t quota = 0, period = 0;

    if (f == NULL)
        return UINT64_MAX;
    if (fscanf(f, "%" SCNu64 " %" SCNu64, &quota, &period) != 2)
        quota = 0; /* "max 100000" */
    fclose(f);
    if (quota == 0 || period == 0)
        return UINT64_MAX;
    return quota / period + (quota % period > 0);
}

uint64_t
limits_cpu_share(uint64_t procs)
{
    uint64_t cpus = 1, quota = limits_cpu_quota();
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        cpus = (uint64_t)CPU_COUNT(&set);
    } else { /* more CPUs than a cpu_set_t has */
        long online = sysconf(_SC_NPROCESSORS_ONLN);

        cpus = online > 0 ? (uint64_t)online : 1;
    }
    if (cpus > quota)
        cpus = quota;
    return procs == 0 || cpus < procs ? 1 : cpus / procs;
}
