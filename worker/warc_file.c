/*
 * Who may touch a ".open" file is decided by flock alone, for the kernel ends
 * a lock with its process.  Between a file's creation and its lock another
 * process's repair may take it for a dead one's: so whoever has locked a file
 * looks whether its name still leads to it, and otherwise leaves it alone.
 *
 * Finishing a file means waiting for the disk, so it is done outside the
 * lock: the other threads write to the next file meanwhile.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/warc_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/disk.h"
#include "common/log.h"
#include "common/mem.h"
#include "worker/warc_tail.h"

#define WARC_OPEN_SUFFIX ".open"

enum {
    WARC_HOST_MAX = 64,         /* bytes of the host's name in a file's name */
    WARC_NAME_TRIES = 1000,     /* names taken in the same second */
    WARC_INFO_MAX = 65536,      /* bytes of a warcinfo record */
    WARC_READ_BYTES = 262144,   /* a repair's read */
    WARC_FLUSH_BYTES = 16 << 20 /* lets the disk begin early: see append */
};

/* One file that grows. */
struct warc_part {
    int fd; /* -1: none */
    char name[WARC_NAME_BYTES];
    uint64_t size;      /* whole records only */
    uint64_t info_size; /* of the first record, the warcinfo */
    uint64_t flushed;   /* the disk was told to begin with these */
    bool is_named;      /* the disk has its name */
};

struct warc_file {
    pthread_mutex_t mtx;
    pthread_cond_t finished;
    /* shared, guarded by mtx */
    struct warc_part part;
    unsigned serial;
    unsigned finishing; /* files that threads wait for the disk with */
    bool was_lost;      /* a finished file's bytes may not be on disk */
    bool was_left;      /* a file could not be kept whole: repair at close */
    struct warc_builder *builder;
    struct buf info_bytes;
    /* set at open, never changed */
    int dir_fd;
    char dir[4096];
    char prefix[WARC_PREFIX_MAX + 1];
    char host[WARC_HOST_MAX + 1];
    size_t rotate_bytes;
    struct warc_info info;
};

static bool
warc_is_name_char(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '.' || c == '-' ||
           c == '_';
}

/* name with ".open" behind it */
static const char *
warc_open_name(const char *name, char out[WARC_NAME_BYTES])
{
    snprintf(out, WARC_NAME_BYTES, "%.*s" WARC_OPEN_SUFFIX,
             WARC_NAME_BYTES - (int)sizeof(WARC_OPEN_SUFFIX), name);
    return out;
}

/*
 * Lock fd and look whether name still leads to it, see above: 1 it is ours,
 * 0 it is somebody else's or was, -1 the system cannot tell.
 */
static int
warc_own(int dir_fd, const char *name, int fd)
{
    struct stat ours, named;

    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? 0 : -1;
    if (fstat(fd, &ours) != 0)
        return -1;
    if (fstatat(dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : -1;
    return ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/* Take the suffix off, never over another file. */
static int
warc_rename(int dir_fd, const char *from, const char *to)
{
    struct stat other;

    if (renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    /* a file system without it; names hold host, pid, time and serial */
    if (fstatat(dir_fd, to, &other, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(dir_fd, from, dir_fd, to);
}

/*
 * One write in the common case.  On an error the file is cut back to the
 * whole records; if that fails too the part is given up, for repair to cut.
 */
static enum err
warc_part_append(struct warc_part *p, struct str bytes)
{
    size_t done = 0;

    while (done < bytes.n) {
        ssize_t n = write(p->fd, bytes.p + done, bytes.n - done);
        int error = n == 0 ? ENOSPC : errno;

        if (n > 0) {
            done += (size_t)n;
            continue;
        }
        if (n < 0 && error == EINTR)
            continue;
        if (disk_truncate(p->fd, (off_t)p->size) != 0) {
            log_warn("%s: cannot cut off half a record", p->name);
            close(p->fd);
            p->fd = -1;
        }
        errno = error;
        return disk_err(error);
    }
    p->size += bytes.n;
    /*
     * Have the disk begin now and then, without waiting, so that the end of
     * a file of a gigabyte is not a wait for all of it.
     */
    if (p->size - p->flushed >= WARC_FLUSH_BYTES) {
        sync_file_range(p->fd, (off_t)p->flushed, (off_t)(p->size - p->flushed),
                        SYNC_FILE_RANGE_WRITE);
        p->flushed = p->size;
    }
    return ERR_OK;
}

/* Write the warcinfo; mtx is held or f not yet shared. */
static enum err
warc_part_begin(struct warc_file *f, struct warc_part *p, int64_t now_us)
{
    enum err e;

    buf_reset(&f->info_bytes);
    e = warc_build_info(f->builder, &f->info, str_from(p->name), now_us,
                        &f->info_bytes);
    if (e == ERR_OK)
        e = warc_part_append(p, buf_str(&f->info_bytes));
    p->info_size = p->size;
    return e;
}

/* Create and lock the file of a name that nobody has; ERR_OK: p->fd is it. */
static enum err
warc_part_create(struct warc_file *f, struct warc_part *p, const char *when)
{
    char open_name[WARC_NAME_BYTES];

    for (int i = 0; i < WARC_NAME_TRIES; i++, f->serial++) {
        struct stat other;
        int owned, error;

        snprintf(p->name, sizeof(p->name), "%s-%s-%05u-%s-%ld%s", f->prefix,
                 when, f->serial, f->host, (long)getpid(),
                 warc_pack_suffix(f->info.compress));
        warc_open_name(p->name, open_name);
        p->fd = openat(f->dir_fd, open_name,
                       O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW |
                           O_CLOEXEC,
                       0644);
        if (p->fd < 0 && errno == EEXIST)
            continue;
        if (p->fd < 0)
            return disk_err(errno);
        owned = warc_own(f->dir_fd, open_name, p->fd);
        if (owned == 1 &&
            fstatat(f->dir_fd, p->name, &other, AT_SYMLINK_NOFOLLOW) != 0) {
            f->serial++;
            return ERR_OK;
        }
        error = errno;
        if (owned != 0) /* else a repair has it, and removes it */
            unlinkat(f->dir_fd, open_name, 0);
        close(p->fd);
        if (owned < 0) {
            errno = error;
            return disk_err(error);
        }
    }
    p->fd = -1;
    errno = EEXIST;
    return ERR_IO;
}

/* Begin a new file; mtx is held or f not yet shared. */
static enum err
warc_part_open(struct warc_file *f)
{
    struct warc_part p = {.fd = -1};
    struct timespec now;
    struct tm utc;
    char when[32];
    enum err e;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(when, sizeof(when), "%Y%m%d%H%M%S", &utc);
    e = warc_part_create(f, &p, when);
    if (e != ERR_OK)
        return e;
    e = warc_part_begin(f, &p,
                        (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    if (e != ERR_OK) {
        char open_name[WARC_NAME_BYTES];
        int error = errno;

        unlinkat(f->dir_fd, warc_open_name(p.name, open_name), 0);
        if (p.fd >= 0)
            close(p.fd);
        errno = error;
        return e;
    }
    f->part = p;
    return ERR_OK;
}

/*
 * The last of a file: on disk, then its final name, then the lock goes.  A
 * file the disk does not have keeps its suffix, for repair to look at.
 */
static enum err
warc_part_finish(struct warc_file *f, struct warc_part *p)
{
    char open_name[WARC_NAME_BYTES];
    enum err e = ERR_OK;
    int error = 0;

    warc_open_name(p->name, open_name);
    if (p->size == p->info_size) {
        if (unlinkat(f->dir_fd, open_name, 0) != 0)
            e = ERR_IO;
    } else if (disk_sync(p->fd) != 0 ||
               warc_rename(f->dir_fd, open_name, p->name) != 0 ||
               disk_sync_dir(f->dir_fd) != 0) {
        e = disk_err(errno);
    }
    if (e != ERR_OK) {
        error = errno;
        log_warn("%s: cannot be finished", open_name);
    }
    close(p->fd);
    p->fd = -1;
    errno = error;
    return e;
}

static enum err
warc_file_init(struct warc_file *f, const char *dir, const char *prefix)
{
    size_t n = strlen(prefix);

    if (n == 0 || n > WARC_PREFIX_MAX || prefix[0] == '.' || prefix[0] == '-' ||
        strlen(dir) >= sizeof(f->dir))
        return ERR_INVALID;
    for (size_t i = 0; i < n; i++)
        if (!warc_is_name_char(prefix[i]))
            return ERR_INVALID;
    memcpy(f->prefix, prefix, n + 1);
    memcpy(f->dir, dir, strlen(dir) + 1);
    if (gethostname(f->host, sizeof(f->host)) != 0 || f->host[0] == '\0')
        memcpy(f->host, "host", 5);
    f->host[WARC_HOST_MAX] = '\0'; /* a longer one is cut */
    for (char *c = f->host; *c != '\0'; c++)
        if (!warc_is_name_char(*c))
            *c = '-';
    f->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return f->dir_fd < 0 ? ERR_IO : ERR_OK;
}

static void
warc_file_free(struct warc_file *f)
{
    if (f->dir_fd >= 0)
        close(f->dir_fd);
    pthread_mutex_destroy(&f->mtx);
    pthread_cond_destroy(&f->finished);
    warc_builder_free(f->builder);
    buf_fini(&f->info_bytes);
    free(f);
}

enum err
warc_file_open(const char *dir, const char *prefix, size_t rotate_bytes,
               const struct warc_info *info, struct warc_file **out)
{
    struct warc_file *f = xcalloc(1, sizeof(*f));
    enum err e;

    *out = NULL;
    pthread_mutex_init(&f->mtx, NULL);
    pthread_cond_init(&f->finished, NULL);
    f->part.fd = f->dir_fd = -1;
    f->builder = warc_builder_new(WARC_INFO_MAX, info->compress, info->hash);
    buf_init(&f->info_bytes, WARC_INFO_MAX * 2);
    f->rotate_bytes = rotate_bytes;
    f->info = *info;
    e = warc_file_init(f, dir, prefix);
    if (e == ERR_OK)
        e = warc_part_open(f);
    if (e == ERR_OK) {
        *out = f;
    } else {
        int error = errno;

        warc_file_free(f);
        errno = error;
    }
    return e;
}

/* Finish a file that is no longer f->part, outside the lock. */
static void
warc_file_finish_old(struct warc_file *f, struct warc_part *old)
{
    int error = errno;
    enum err e = warc_part_finish(f, old);

    pthread_mutex_lock(&f->mtx);
    f->finishing--;
    if (e != ERR_OK)
        f->was_lost = f->was_left = true;
    pthread_cond_broadcast(&f->finished);
    pthread_mutex_unlock(&f->mtx);
    errno = error;
}

enum err
warc_file_write(struct warc_file *f, struct str bytes, struct warc_place *place)
{
    struct warc_part old = {.fd = -1};
    enum err e = ERR_OK;

    pthread_mutex_lock(&f->mtx);
    if (f->part.fd >= 0 && f->part.size > f->part.info_size &&
        f->part.size + bytes.n > f->rotate_bytes) {
        old = f->part;
        f->part.fd = -1;
        f->finishing++;
    }
    if (f->part.fd < 0)
        e = warc_part_open(f);
    if (e == ERR_OK) {
        memcpy(place->file, f->part.name, sizeof(place->file));
        place->offset = f->part.size;
        e = warc_part_append(&f->part, bytes);
        if (f->part.fd < 0)
            f->was_lost = f->was_left = true;
    }
    pthread_mutex_unlock(&f->mtx);
    if (old.fd >= 0)
        warc_file_finish_old(f, &old);
    return e;
}

/* The disk does not take this file: give it up, the next write opens anew. */
static void
warc_file_give_up(struct warc_file *f, const char *name)
{
    int error = errno;

    log_warn("%s: cannot be put on disk", name);
    pthread_mutex_lock(&f->mtx);
    if (f->part.fd >= 0 && strcmp(f->part.name, name) == 0) {
        close(f->part.fd);
        f->part.fd = -1;
        f->was_left = true;
    }
    pthread_mutex_unlock(&f->mtx);
    errno = error;
}

/* Put the open file on disk, and its name, when that is new. */
static enum err
warc_file_sync_part(struct warc_file *f)
{
    struct warc_part part;
    int fd = -1, error;

    pthread_mutex_lock(&f->mtx);
    part = f->part;
    if (part.fd >= 0) /* a copy, since another thread may finish the file */
        fd = fcntl(part.fd, F_DUPFD_CLOEXEC, 0);
    error = errno;
    pthread_mutex_unlock(&f->mtx);
    if (part.fd < 0)
        return ERR_OK;
    if (fd < 0) {
        errno = error;
        return ERR_IO;
    }
    if (disk_sync(fd) != 0 ||
        (!part.is_named && disk_sync_dir(f->dir_fd) != 0)) {
        enum err e = disk_err(errno);

        warc_file_give_up(f, part.name);
        error = errno;
        close(fd);
        errno = error;
        return e;
    }
    close(fd);
    pthread_mutex_lock(&f->mtx);
    if (strcmp(f->part.name, part.name) == 0)
        f->part.is_named = true;
    pthread_mutex_unlock(&f->mtx);
    return ERR_OK;
}

enum err
warc_file_sync(struct warc_file *f)
{
    enum err e = warc_file_sync_part(f);
    int error = e == ERR_OK ? EIO : errno;
    bool was_lost;

    /* what was written before this call to files that are being finished */
    pthread_mutex_lock(&f->mtx);
    while (f->finishing > 0)
        pthread_cond_wait(&f->finished, &f->mtx);
    was_lost = f->was_lost;
    f->was_lost = false;
    pthread_mutex_unlock(&f->mtx);
    errno = error;
    return e == ERR_OK && was_lost ? ERR_IO : e;
}

enum err
warc_file_close(struct warc_file *f)
{
    enum err e = ERR_OK;
    int error;

    if (f == NULL)
        return ERR_OK;
    pthread_mutex_lock(&f->mtx);
    while (f->finishing > 0)
        pthread_cond_wait(&f->finished, &f->mtx);
    pthread_mutex_unlock(&f->mtx);
    if (f->part.fd >= 0)
        e = warc_part_finish(f, &f->part);
    error = errno;
    if (f->was_left)
        warc_repair_dir(f->dir);
    if (e == ERR_OK && f->was_lost)
        e = ERR_IO;
    warc_file_free(f);
    errno = error;
    return e;
}

/* Repair */

/* "X.warc.gz.open" and the like. */
static bool
warc_is_open_name(struct str name)
{
    if (!str_ends(name, STR(WARC_OPEN_SUFFIX)))
        return false;
    name.n -= sizeof(WARC_OPEN_SUFFIX) - 1;
    for (enum warc_compress how = WARC_GZIP; how <= WARC_PLAIN; how++)
        if (str_ends(name, str_from(warc_pack_suffix(how))))
            return true;
    return false;
}

/* The end of the last whole record in fd, by reading all of it. */
static enum err
warc_find_end(int fd, uint64_t *end)
{
    struct warc_tail *t = warc_tail_new();
    char *bytes = xmalloc(WARC_READ_BYTES);
    enum err e = ERR_OK;

    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    for (;;) {
        ssize_t n = read(fd, bytes, WARC_READ_BYTES);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            e = ERR_IO;
        if (n <= 0 || !warc_tail_feed(t, (struct str){bytes, (size_t)n}))
            break;
    }
    *end = warc_tail_end(t);
    warc_tail_free(t);
    free(bytes);
    return e;
}

/* Put the locked file in order; whether it could be. */
static bool
warc_repair_locked(int dir_fd, const char *open_name, int fd)
{
    char name[WARC_NAME_BYTES];
    struct stat st;
    uint64_t end;

    if (fstat(fd, &st) != 0 || warc_find_end(fd, &end) != ERR_OK)
        return false; /* a file that cannot be read is not cut */
    if (end == 0)
        return unlinkat(dir_fd, open_name, 0) == 0;
    if (end < (uint64_t)st.st_size) {
        log_warnx("%s: cut back from %jd bytes to its last whole record, %ju",
                  LOG_ESC(str_from(open_name)), (intmax_t)st.st_size,
                  (uintmax_t)end);
        if (disk_truncate(fd, (off_t)end) != 0)
            return false;
    }
    snprintf(name, sizeof(name), "%.*s",
             (int)(strlen(open_name) - strlen(WARC_OPEN_SUFFIX)), open_name);
    return disk_sync(fd) == 0 && warc_rename(dir_fd, open_name, name) == 0;
}

static bool
warc_repair_one(int dir_fd, const char *open_name)
{
    /* O_NONBLOCK: a FIFO of that name must not hold us up */
    int fd =
        openat(dir_fd, open_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    bool is_done = false;
    struct stat st;

    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        warc_own(dir_fd, open_name, fd) == 1) {
        is_done = warc_repair_locked(dir_fd, open_name, fd);
        if (!is_done)
            log_warn("%s: cannot be repaired", LOG_ESC(str_from(open_name)));
    }
    close(fd);
    return is_done;
}

size_t
warc_repair_dir(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    size_t done = 0;

    if (d == NULL) {
        log_warn("%s: cannot be read", dir);
        return 0;
    }
    while ((entry = readdir(d)) != NULL)
        if (warc_is_open_name(str_from(entry->d_name)) &&
            warc_repair_one(dirfd(d), entry->d_name))
            done++;
    if (done > 0 && disk_sync_dir(dirfd(d)) != 0)
        log_warn("%s: cannot be put on disk", dir);
    closedir(d);
    return done;
}
