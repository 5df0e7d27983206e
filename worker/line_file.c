/* SPDX-License-Identifier: MIT */
#include "worker/line_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/disk.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/line_gzip.h"

#define LINE_FILE_OPEN ".open"

enum {
    LINE_FILE_READ_BYTES = 65536, /* of a repair */
    LINE_FILE_YOUNG_S = 60        /* an empty file may be just made */
};

struct line_file {
    pthread_mutex_t mtx;
    /* shared, guarded by mtx */
    off_t size;   /* whole lines only */
    bool is_torn; /* half a line could not be cut off */
    /* set at open, never changed */
    int fd, dir_fd;
    struct line_gzip *gzip; /* NULL: not compressed */
    char name[NAME_MAX + 1];
    /* of the thread that syncs */
    bool is_named; /* the disk has the file's name */
};

const char *
line_kind_name(enum line_kind kind)
{
    static const char *const names[] = {[LINE_RECORDS] = "the records file",
                                        [LINE_LINKS] = "the link graph",
                                        [LINE_EXTRACT] = "what is extracted",
                                        [LINE_LOG] = "the crawl log"};

    return names[kind];
}

/* --- what a killed process left --- */

/* Where the last whole line of a file of size bytes ends; -1: errno. */
static off_t
line_file_whole(int fd, off_t size, bool has_quotes)
{
    char bytes[LINE_FILE_READ_BYTES];
    bool is_quoted = false;
    off_t end = 0, at = 0;

    if (size > (off_t)sizeof(bytes) && !has_quotes) {
        /* a line is seldom longer than that; if so, all of it is read */
        at = size - (off_t)sizeof(bytes);
        end = -1;
    }
    while (at < size) {
        ssize_t n = pread(fd, bytes, sizeof(bytes), at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        for (ssize_t i = 0; i < n; i++) {
            if (has_quotes && bytes[i] == '"')
                is_quoted = !is_quoted;
            else if (bytes[i] == '\n' && !is_quoted)
                end = at + i + 1;
        }
        at += n;
        if (at >= size && end < 0)
            at = end = 0; /* from the beginning, then */
    }
    return end;
}

static void
line_file_repair(int dir_fd, const char *name, bool has_quotes)
{
    int fd = openat(dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    off_t end;

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        flock(fd, LOCK_EX | LOCK_NB) == 0) {
        end = line_file_whole(fd, st.st_size, has_quotes);
        if (end < 0 || (end < st.st_size && disk_truncate(fd, end) != 0))
            log_warn("%s: cannot cut off half a line", LOG_ESC(str_from(name)));
        else if (end < st.st_size)
            log_warnx("%s: cut off half a line of a process that was killed",
                      LOG_ESC(str_from(name)));
    }
    close(fd);
}

static bool
line_file_ends(const char *name, const char *suffix)
{
    size_t n = strlen(name), end = strlen(suffix);

    return n > end + 1 && name[n - end - 1] == '.' &&
           strcmp(name + n - end, suffix) == 0;
}

void
line_file_repair_dir(const char *dir, const char *suffix, bool has_quotes)
{
    DIR *d = opendir(dir);
    struct dirent *entry;

    if (d == NULL)
        return;
    while ((entry = readdir(d)) != NULL)
        if (line_file_ends(entry->d_name, suffix))
            line_file_repair(dirfd(d), entry->d_name, has_quotes);
    closedir(d);
}

/* Take the ".open" off, never over another file. */
static int
line_file_rename(int dir_fd, const char *name)
{
    char to[NAME_MAX + 1];
    struct stat other;

    snprintf(to, sizeof(to), "%.*s",
             (int)(strlen(name) - strlen(LINE_FILE_OPEN)), name);
    if (fstatat(dir_fd, to, &other, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(dir_fd, name, dir_fd, to);
}

/*
 * A locked file of a process that died; 0, or -1 and errno.  One of no bytes
 * may be somebody's who is about to lock it.
 */
static int
line_file_mend_gzip(int dir_fd, const char *name, int fd)
{
    struct stat st, named;
    off_t end;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return -1;
    if (fstatat(dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
        st.st_ino != named.st_ino)
        return 0; /* somebody else has mended it meanwhile */
    end = line_gzip_whole(fd);
    if (end < 0)
        return -1; /* what cannot be read is not cut */
    if (end == 0 && st.st_size == 0 &&
        time(NULL) - st.st_mtime < LINE_FILE_YOUNG_S)
        return 0;
    if (end == 0)
        return unlinkat(dir_fd, name, 0);
    if (end < st.st_size) {
        if (disk_truncate(fd, end) != 0)
            return -1;
        log_warnx("%s: cut off half a write of a process that was killed",
                  LOG_ESC(str_from(name)));
    }
    return disk_sync(fd) != 0 ? -1 : line_file_rename(dir_fd, name);
}

void
line_file_repair_gzip(const char *dir, const char *suffix)
{
    char open_suffix[NAME_MAX + 1];
    DIR *d = opendir(dir);
    struct dirent *entry;

    if (d == NULL)
        return;
    snprintf(open_suffix, sizeof(open_suffix), "%s" LINE_FILE_OPEN, suffix);
    while ((entry = readdir(d)) != NULL) {
        int fd;

        if (!line_file_ends(entry->d_name, open_suffix))
            continue;
        fd = openat(dirfd(d), entry->d_name,
                    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
            continue;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
            line_file_mend_gzip(dirfd(d), entry->d_name, fd) != 0)
            log_warn("%s: cannot be mended", LOG_ESC(str_from(entry->d_name)));
        close(fd);
    }
    closedir(d);
}

/* --- opening --- */

/* A file system without locks has nobody who would cut it meanwhile. */
static enum err
line_file_begin(struct line_file *l, struct str head)
{
    struct stat st;

    while (flock(l->fd, LOCK_EX) != 0 && errno == EINTR)
        ;
    if (fstat(l->fd, &st) != 0)
        return disk_err(errno);
    l->size = st.st_size;
    return l->size == 0 ? line_file_write(l, head) : ERR_OK;
}

enum err
line_file_open(const struct line_file_setup *setup, struct line_file **out)
{
    struct line_file *l = xcalloc(1, sizeof(*l));
    enum err e;
    int error;

    *out = NULL;
    if (setup->is_gzip) {
        line_file_repair_gzip(setup->dir, setup->suffix);
        l->gzip = line_gzip_new();
    } else {
        line_file_repair_dir(setup->dir, setup->suffix, setup->has_quotes);
    }
    snprintf(l->name, sizeof(l->name), "%s-%s.%s%s", setup->name,
             setup->process, setup->suffix,
             setup->is_gzip ? LINE_FILE_OPEN : "");
    pthread_mutex_init(&l->mtx, NULL);
    l->dir_fd = open(setup->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    l->fd = l->dir_fd < 0
                ? -1
                : openat(l->dir_fd, l->name,
                         O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                         0644);
    e = l->fd < 0 ? disk_err(errno) : line_file_begin(l, setup->head);
    if (e == ERR_OK) {
        *out = l;
        return ERR_OK;
    }
    error = errno;
    line_file_close(l);
    errno = error;
    return e;
}

/* --- writing --- */

/* 0 or errno; *done says how many bytes stand in the file. */
static int
line_file_append(const struct line_file *l, struct str bytes, size_t *done)
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

/*
 * What a failed write left behind is no line: text gets a line end, so that it
 * is a broken line by itself, which readers pass over; in a compressed file
 * it would hide all that follows, and must go.
 */
static int
line_file_untear(struct line_file *l)
{
    size_t done = 0;
    int error;

    if (!l->is_torn)
        return 0;
    if (l->gzip != NULL) {
        error = disk_truncate(l->fd, l->size) != 0 ? errno : 0;
    } else {
        error = line_file_append(l, STR("\n"), &done);
        l->size += (off_t)done;
    }
    l->is_torn = error != 0;
    return error;
}

static int
line_file_write_bytes(struct line_file *l, struct str bytes)
{
    size_t done = 0;
    int error;

    pthread_mutex_lock(&l->mtx);
    error = line_file_untear(l);
    if (error == 0)
        error = line_file_append(l, bytes, &done);
    if (error == 0) {
        l->size += (off_t)bytes.n;
    } else if (done > 0 && disk_truncate(l->fd, l->size) != 0) {
        if (l->gzip == NULL)
            l->size += (off_t)done;
        l->is_torn = true;
    }
    pthread_mutex_unlock(&l->mtx);
    return error;
}

enum err
line_file_write(struct line_file *l, struct str lines)
{
    struct line_pack *pack = NULL;
    int error;

    if (lines.n == 0)
        return ERR_OK;
    if (l->gzip != NULL)
        pack = line_gzip_pack(l->gzip, lines, &lines);
    error = line_file_write_bytes(l, lines);
    if (l->gzip != NULL)
        line_gzip_done(l->gzip, pack);
    errno = error;
    return error == 0 ? ERR_OK : disk_err(error);
}

enum err
line_file_sync(struct line_file *l)
{
    if (disk_sync(l->fd) != 0 ||
        (!l->is_named && disk_sync_dir(l->dir_fd) != 0))
        return disk_err(errno);
    l->is_named = true;
    return ERR_OK;
}

/* A compressed file gets its name when the disk has it. */
static enum err
line_file_finish(struct line_file *l)
{
    if (l->is_torn && line_file_untear(l) != 0)
        return disk_err(errno);
    if (l->size == 0)
        return unlinkat(l->dir_fd, l->name, 0) != 0 ? disk_err(errno) : ERR_OK;
    if (disk_sync(l->fd) != 0 || line_file_rename(l->dir_fd, l->name) != 0 ||
        disk_sync_dir(l->dir_fd) != 0)
        return disk_err(errno);
    return ERR_OK;
}

enum err
line_file_close(struct line_file *l)
{
    enum err e = ERR_OK;
    int error = 0;

    if (l == NULL)
        return ERR_OK;
    if (l->gzip != NULL && l->fd >= 0) {
        e = line_file_finish(l);
        error = errno;
    }
    line_gzip_free(l->gzip);
    if (l->fd >= 0)
        close(l->fd);
    if (l->dir_fd >= 0)
        close(l->dir_fd);
    pthread_mutex_destroy(&l->mtx);
    free(l);
    errno = error;
    return e;
}
