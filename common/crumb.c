/*
 * SPDX-License-Identifier: MIT
 *
 * The file is one struct crumb_file, in this machine's byte order.  A thread
 * dies between two of its instructions, and all that stand before are done:
 * so it is enough that the length is 0 while the URL changes, and that the
 * compiler keeps the order.  The sum is for what the kernel cannot keep: a
 * power cut, after which a part of the file may be older than the rest.
 *
 * Rejected: one pwrite() a page instead of a map (a system call each, 0.3 us
 * that every page pays for the one that crashes), and a signal handler that
 * reports (it runs in a process whose memory is broken, and never on SIGKILL).
 */
#include "common/crumb.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/entry.h"
#include "common/fingerprint.h"
#include "common/mem.h"

/* The last byte is the version of the layout. */
static const char crumb_magic[8] = "weftcrm1";

struct crumb_file {
    char magic[8];
    char name[CRUMB_NAME_MAX + 8]; /* the rest is NUL */
    char run[CRUMB_RUN_MAX + 8];
    _Atomic uint32_t n; /* bytes of the URL; 0: none stands here */
    uint32_t spare;
    uint64_t sum; /* fingerprint of the URL */
    char url[ENTRY_MAX_BYTES];
};

struct crumb {
    struct crumb_file *file; /* the map */
    int fd;                  /* has the lock */
    char *path;
};

/* DIR/crumb, or DIR/crumb/WORKER. */
static char *
crumb_path(const char *dir, const char *worker)
{
    size_t n = strlen(dir) + strlen(worker) + sizeof("/crumb/");
    char *path = xmalloc(n);

    snprintf(path, n, "%s/crumb%s%s", dir, worker[0] ? "/" : "", worker);
    return path;
}

/* Whether the file has gone from its folder. */
static bool
crumb_is_gone(int fd)
{
    struct stat st;

    return fstat(fd, &st) != 0 || st.st_nlink == 0;
}

/* --- the writing side --- */

/*
 * A new file with our lock on it.  Between its birth and its lock it looks
 * like a dead one's; somebody who looks right then removes it: once more.
 */
static int
crumb_make(const char *path)
{
    int fd;

    for (int tries = 0; tries < 10; tries++) {
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  0644);
        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX) != 0) {
            int error = errno;

            unlink(path);
            close(fd);
            errno = error;
            return -1;
        }
        if (!crumb_is_gone(fd))
            return fd;
        close(fd);
    }
    errno = EAGAIN;
    return -1;
}

/*
 * All bytes are written once, so that they have their place on the disk: a
 * store into a hole of a full disk would be a SIGBUS.
 */
static enum err
crumb_fill(struct crumb *c, struct crumb_crawl crawl)
{
    struct crumb_file *new = xcalloc(1, sizeof(*new));
    ssize_t n;
    void *map;

    memcpy(new->magic, crumb_magic, sizeof(new->magic));
    snprintf(new->name, sizeof(new->name), "%s", crawl.name);
    snprintf(new->run, sizeof(new->run), "%s", crawl.run);
    n = write(c->fd, new, sizeof(*new));
    free(new);
    if (n != (ssize_t)sizeof(*new)) {
        if (n >= 0)
            errno = ENOSPC;
        return ERR_IO;
    }
    map =
        mmap(NULL, sizeof(*new), PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
    if (map == MAP_FAILED)
        return ERR_IO;
    c->file = map;
    return ERR_OK;
}

enum err
crumb_open(const char *dir, struct crumb_crawl crawl, const char *worker,
           struct crumb **out)
{
    char *folder = crumb_path(dir, "");
    struct crumb *c = NULL;
    int error;

    assert(strlen(crawl.name) <= CRUMB_NAME_MAX &&
           strlen(crawl.run) <= CRUMB_RUN_MAX && worker[0] != '\0' &&
           strlen(worker) <= CRUMB_WORKER_MAX);
    *out = NULL;
    if (mkdir(folder, 0777) == 0 || errno == EEXIST) {
        c = xcalloc(1, sizeof(*c));
        c->path = crumb_path(dir, worker);
        c->fd = crumb_make(c->path);
    }
    error = errno;
    free(folder);
    if (c && c->fd >= 0 && crumb_fill(c, crawl) == ERR_OK) {
        *out = c;
        return ERR_OK;
    }
    if (c && c->fd >= 0) {
        error = errno;
        unlink(c->path);
        close(c->fd);
    }
    if (c)
        free(c->path);
    free(c);
    errno = error;
    return ERR_IO;
}

void
crumb_clear(struct crumb *c)
{
    if (c == NULL)
        return;
    atomic_store_explicit(&c->file->n, 0, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

void
crumb_set(struct crumb *c, struct str url)
{
    if (c == NULL)
        return;
    crumb_clear(c);
    if (url.n > sizeof(c->file->url)) /* no entry holds such a one */
        return;
    memcpy(c->file->url, url.p, url.n);
    c->file->sum = fingerprint(url);
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&c->file->n, (uint32_t)url.n, memory_order_relaxed);
}

void
crumb_close(struct crumb *c)
{
    if (c == NULL)
        return;
    unlink(c->path);
    munmap(c->file, sizeof(*c->file));
    close(c->fd);
    free(c->path);
    free(c);
}

/* --- the reading side --- */

/* Text of 1 to max bytes in a field of NULs, else empty. */
static struct str
crumb_field(const char *field, size_t max)
{
    size_t n = strnlen(field, max + 1);

    return n <= max ? (struct str){field, n} : STR_NONE;
}

static bool
crumb_is_url(struct str url)
{
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f)
            return false;
    return true;
}

enum crumb_kind
crumb_read(struct str file, struct crumb_text *out)
{
    struct crumb_file f;
    size_t n;

    *out = (struct crumb_text){.url = STR_NONE};
    if (file.n == 0)
        return CRUMB_EMPTY; /* it died between its birth and its first words */
    if (file.n > sizeof(f) || file.n < offsetof(struct crumb_file, n))
        return CRUMB_STRANGE;
    memset(&f, 0, sizeof(f));
    memcpy(&f, file.p, file.n); /* bytes may stand anywhere */
    out->name =
        crumb_field(file.p + offsetof(struct crumb_file, name), CRUMB_NAME_MAX);
    out->run =
        crumb_field(file.p + offsetof(struct crumb_file, run), CRUMB_RUN_MAX);
    if (memcmp(f.magic, crumb_magic, sizeof(f.magic)) != 0 ||
        out->name.n == 0 || out->run.n == 0)
        return CRUMB_STRANGE;
    if (file.n < sizeof(f))
        return CRUMB_EMPTY; /* killed in its first write(2) */
    n = f.n;
    if (n == 0)
        return CRUMB_EMPTY;
    if (n > sizeof(f.url))
        return CRUMB_STRANGE;
    out->url = (struct str){file.p + offsetof(struct crumb_file, url), n};
    if (fingerprint(out->url) != f.sum)
        return CRUMB_EMPTY; /* some of it did not reach the disk */
    return crumb_is_url(out->url) ? CRUMB_PAGE : CRUMB_STRANGE;
}

static bool
crumb_is_worker(const char *name)
{
    size_t n = 0;

    for (; name[n]; n++)
        if (n == CRUMB_WORKER_MAX ||
            (!str_is_alpha(name[n]) && !str_is_digit(name[n]) &&
             strchr("._-", name[n]) == NULL))
            return false;
    return n > 0;
}

static void
crumb_note_strange(struct crumb_look *out, const char *name)
{
    out->strange++;
    snprintf(out->one, sizeof(out->one), "%.*s", CRUMB_WORKER_MAX, name);
}

/*
 * The file of that name, with our lock on it; -1 when its owner lives, or
 * somebody else has just collected it.
 */
static int
crumb_take(int folder, const char *name, struct crumb_look *out)
{
    struct stat st;
    int fd;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (!S_ISREG(st.st_mode)) {
        crumb_note_strange(out, name);
        return -1;
    }
    fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        flock(fd, LOCK_EX | LOCK_NB) == 0 && !crumb_is_gone(fd))
        return fd;
    close(fd);
    return -1;
}

static struct crumb_dead *
crumb_new_dead(const char *dir, const char *worker, int fd, struct str url)
{
    struct crumb_dead *d = xcalloc(1, sizeof(*d));

    snprintf(d->worker, sizeof(d->worker), "%s", worker);
    d->path = crumb_path(dir, worker);
    d->url = xmemdup0(url.p, url.n);
    d->fd = fd;
    return d;
}

/* One file of the folder; true: it went to out, which holds its lock now. */
static bool
crumb_look_at(const char *dir, struct crumb_crawl crawl, int folder,
              const char *name, struct crumb_look *out)
{
    char bytes[sizeof(struct crumb_file) + 1];
    struct crumb_text text;
    struct crumb_dead *d;
    enum crumb_kind kind;
    int fd = crumb_take(folder, name, out);
    ssize_t n;

    if (fd < 0)
        return false;
    n = pread(fd, bytes, sizeof(bytes), 0);
    kind = n < 0 ? CRUMB_STRANGE
                 : crumb_read((struct str){bytes, (size_t)n}, &text);
    if (kind == CRUMB_STRANGE) {
        crumb_note_strange(out, name);
    } else if (n > 0 && !str_equal(text.name, str_from(crawl.name))) {
        ; /* of another crawl, which collects it itself */
    } else if (kind == CRUMB_EMPTY ||
               !str_equal(text.run, str_from(crawl.run))) {
        unlinkat(folder, name, 0);
    } else {
        d = crumb_new_dead(dir, name, fd, text.url);
        d->next = out->found;
        out->found = d;
        return true;
    }
    close(fd);
    return false;
}

void
crumb_find(const char *dir, struct crumb_crawl crawl, struct crumb_look *out)
{
    char *path = crumb_path(dir, "");
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    size_t found = 0;

    *out = (struct crumb_look){.found = NULL};
    free(path);
    if (folder == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while (found < CRUMB_FOUND_MAX && (e = readdir(folder)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        if (!crumb_is_worker(e->d_name))
            crumb_note_strange(out, e->d_name);
        else
            found += crumb_look_at(dir, crawl, fd, e->d_name, out);
    }
    closedir(folder);
}

void
crumb_dead_end(struct crumb_dead *d, bool is_told)
{
    if (d == NULL)
        return;
    if (is_told)
        unlink(d->path);
    close(d->fd);
    free(d->path);
    free(d->url);
    free(d);
}
