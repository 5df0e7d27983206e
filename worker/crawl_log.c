/* SPDX-License-Identifier: MIT */
#include "worker/crawl_log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/disk.h"
#include "common/mem.h"

struct crawl_log {
    pthread_mutex_t mtx;
    /* shared, guarded by mtx */
    off_t size;   /* whole lines only */
    bool is_torn; /* half a line could not be cut off */
    /* set at open, never changed */
    int fd, dir_fd;
    /* of the thread that syncs */
    bool is_named; /* the disk has the file's name */
};

enum err
crawl_log_open(const char *dir, const char *name, struct crawl_log **out)
{
    struct crawl_log *l = xcalloc(1, sizeof(*l));
    struct stat st;

    *out = NULL;
    pthread_mutex_init(&l->mtx, NULL);
    l->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    l->fd = l->dir_fd < 0
                ? -1
                : openat(l->dir_fd, name,
                         O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                         0644);
    if (l->fd < 0 || fstat(l->fd, &st) != 0) {
        int error = errno;

        crawl_log_close(l);
        errno = error;
        return disk_err(error);
    }
    l->size = st.st_size;
    *out = l;
    return ERR_OK;
}

/* 0 or errno; *done says how many bytes stand in the file. */
static int
crawl_log_append(const struct crawl_log *l, struct str bytes, size_t *done)
{
    *done = 0;
    while (*done < bytes.n) {
        ssize_t n = write(l->fd, bytes.p + *done, bytes.n - *done);

        if (n > 0)
            *done += (size_t)n;
        else if (n == 0)
            return ENOSPC;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

enum err
crawl_log_write(struct crawl_log *l, struct str lines)
{
    size_t done = 0;
    int error = 0;

    if (lines.n == 0)
        return ERR_OK;
    pthread_mutex_lock(&l->mtx);
    if (l->is_torn) { /* a broken line by itself: readers pass over it */
        error = crawl_log_append(l, STR("\n"), &done);
        l->size += (off_t)done;
        l->is_torn = error != 0;
    }
    if (error == 0)
        error = crawl_log_append(l, lines, &done);
    if (error == 0) {
        l->size += (off_t)lines.n;
    } else if (done > 0 && disk_truncate(l->fd, l->size) != 0) {
        l->size += (off_t)done;
        l->is_torn = true;
    }
    pthread_mutex_unlock(&l->mtx);
    errno = error;
    return error == 0 ? ERR_OK : disk_err(error);
}

enum err
crawl_log_sync(struct crawl_log *l)
{
    if (disk_sync(l->fd) != 0 ||
        (!l->is_named && disk_sync_dir(l->dir_fd) != 0))
        return disk_err(errno);
    l->is_named = true;
    return ERR_OK;
}

void
crawl_log_close(struct crawl_log *l)
{
    if (l == NULL)
        return;
    if (l->fd >= 0)
        close(l->fd);
    if (l->dir_fd >= 0)
        close(l->dir_fd);
    pthread_mutex_destroy(&l->mtx);
    free(l);
}
