/* SPDX-License-Identifier: MIT */
#include "common/upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/str.h"

enum { UPLOAD_READ_BYTES = 1 << 16, UPLOAD_NAMES_SHOWN = 5 };

struct upload_file {
    UT_hash_handle hh;
    bool is_up;
    bool is_others; /* another process has it in its hands */
    bool is_never;  /* it is too large: a later try will not help */
    bool is_here;   /* the folder still has it */
    char name[];
};

struct upload {
    struct s3 *s3;
    char *dir, *target;
    int dir_fd;
    bool deletes;
    const atomic_bool *stop;
    struct upload_file *files;
    size_t left, failures;
    bool is_failing; /* and that was said */
    struct upload_counts counts;
};

enum err
upload_open(const struct config *c, const char *dir, const atomic_bool *stop,
            struct upload **out, char why[S3_WHY_BYTES])
{
    struct upload *u = xcalloc(1, sizeof(*u));
    enum err e = s3_open(c, stop, &u->s3, why);

    *out = NULL;
    u->dir_fd = -1;
    if (e == ERR_OK) {
        u->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (u->dir_fd < 0) {
            snprintf(why, S3_WHY_BYTES, "%.200s: %s", LOG_ESC(str_from(dir)),
                     strerror(errno));
            e = ERR_IO;
        }
    }
    if (e != ERR_OK) {
        upload_close(u);
        return e;
    }
    u->dir = xstrdup(dir);
    u->target = xstrdup(c->upload);
    u->deletes = c->upload_delete;
    u->stop = stop;
    *out = u;
    return ERR_OK;
}

void
upload_close(struct upload *u)
{
    struct upload_file *f, *next;

    if (u == NULL)
        return;
    HASH_ITER(hh, u->files, f, next)
    {
        HASH_DEL(u->files, f);
        free(f);
    }
    s3_close(u->s3);
    if (u->dir_fd >= 0)
        close(u->dir_fd);
    free(u->dir);
    free(u->target);
    free(u);
}

/* --- which files --- */

static bool
upload_is_name(struct str name)
{
    if (name.n == 0 || name.p[0] == '.' ||
        !(str_ends(name, STR(".warc.gz")) || str_ends(name, STR(".warc.zst")) ||
          str_ends(name, STR(".warc"))))
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!str_is_alpha(name.p[i]) && !str_is_digit(name.p[i]) &&
            strchr("._-", name.p[i]) == NULL)
            return false;
    return true;
}

static void
upload_look(struct upload *u)
{
    int fd = openat(u->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct upload_file *f, *next;
    struct dirent *entry;

    if (d == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    HASH_ITER(hh, u->files, f, next)
    f->is_here = false;
    while ((entry = readdir(d)) != NULL) {
        size_t n = strlen(entry->d_name);

        if (!upload_is_name((struct str){entry->d_name, n}))
            continue;
        HASH_FIND(hh, u->files, entry->d_name, n, f);
        if (f == NULL) {
            f = xcalloc(1, sizeof(*f) + n + 1);
            memcpy(f->name, entry->d_name, n);
            HASH_ADD_KEYPTR(hh, u->files, f->name, n, f);
        }
        f->is_here = true;
    }
    closedir(d);
    HASH_ITER(hh, u->files, f, next)
    if (!f->is_here) { /* another process's upload, or somebody took it */
        HASH_DEL(u->files, f);
        free(f);
    }
}

/* --- a file --- */

/* Of all of fd; false: it cannot be read, or we are to stop. */
static bool
upload_digest(const struct upload *u, int fd, int64_t size,
              char out[S3_SHA256_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char *bytes = xmalloc(UPLOAD_READ_BYTES);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    int64_t at = 0;
    bool is_good = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;

    while (is_good && at < size) {
        ssize_t n = pread(fd, bytes, UPLOAD_READ_BYTES, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        is_good = n > 0 && !atomic_load(u->stop) &&
                  EVP_DigestUpdate(md, bytes, (size_t)n) == 1;
        at += n;
    }
    is_good = is_good && EVP_DigestFinal_ex(md, digest, NULL) == 1;
    EVP_MD_CTX_free(md);
    free(bytes);
    for (size_t i = 0; is_good && i < (S3_SHA256_BYTES - 1) / 2; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return is_good;
}

/*
 * Whether the bucket has it; ERR_NOT_FOUND: not, or another one.  sha256: what
 * was sent; NULL: an earlier run's, whose name says enough, for it has a time,
 * a host and a process in it.
 */
static enum err
upload_confirm(struct upload *u, const char *name, int64_t size,
               const char *sha256, char why[S3_WHY_BYTES])
{
    struct s3_object object;
    enum err e = s3_head(u->s3, name, &object, why);

    if (e != ERR_OK)
        return e;
    if (object.size == size && (object.sha256[0] == '\0' || sha256 == NULL ||
                                strcmp(object.sha256, sha256) == 0))
        return ERR_OK;
    snprintf(why, S3_WHY_BYTES, "it has another one, of %" PRId64 " bytes",
             object.size);
    return ERR_NOT_FOUND;
}

static enum err
upload_send(struct upload *u, const char *name, int fd, int64_t size,
            char why[S3_WHY_BYTES])
{
    char sha256[S3_SHA256_BYTES];
    enum err e;

    if (size > S3_FILE_MAX) {
        snprintf(why, S3_WHY_BYTES, "it is larger than 5 GB, S3's bound");
        return ERR_TOO_BIG;
    }
    e = upload_confirm(u, name, size, NULL, why);
    if (e != ERR_NOT_FOUND)
        return e;
    if (!upload_digest(u, fd, size, sha256)) {
        snprintf(why, S3_WHY_BYTES, "it cannot be read");
        return ERR_IO;
    }
    e = s3_put(u->s3, name, fd, size, sha256, why);
    if (e == ERR_OK)
        e = upload_confirm(u, name, size, sha256, why);
    if (e == ERR_OK) {
        u->counts.sent++;
        u->counts.bytes += (uint64_t)size;
    }
    return e;
}

/* Locked, whole, and still of that name; -1: another process has it. */
static int
upload_take(const struct upload *u, const char *name, int64_t *size)
{
    int fd =
        openat(u->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct stat st, named;

    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        goto out;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        fstatat(u->dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
        named.st_ino != st.st_ino)
        goto out;
    *size = st.st_size;
    return fd;
out:
    close(fd);
    return -1;
}

static void
upload_file(struct upload *u, struct upload_file *f)
{
    char why[S3_WHY_BYTES];
    int64_t size;
    int fd = upload_take(u, f->name, &size);
    enum err e;

    f->is_others = fd < 0;
    if (fd < 0) {
        u->left++;
        return;
    }
    e = upload_send(u, f->name, fd, size, why);
    if (e == ERR_TOO_BIG) {
        f->is_never = true;
        u->counts.too_large++;
        log_warnx("%s cannot go to %s: %s; it stays here", f->name, u->target,
                  why);
    } else if (e == ERR_OK) {
        f->is_up = true;
        u->counts.up++;
        if (u->deletes && unlinkat(u->dir_fd, f->name, 0) != 0)
            log_warn("%s/%s is in %s but cannot be removed", u->dir, f->name,
                     u->target);
        if (u->is_failing)
            log_info("%s takes files again", u->target);
        u->is_failing = false;
    } else {
        u->left++;
        u->failures++;
        u->counts.failed++;
        if (!u->is_failing && !atomic_load(u->stop))
            log_warnx("%s cannot go to %s: %s; it stays here and is tried "
                      "again",
                      f->name, u->target, why);
        u->is_failing = true;
    }
    close(fd);
}

/* --- for callers --- */

size_t
upload_turn(struct upload *u)
{
    struct upload_file *f, *next;

    u->left = u->failures = 0;
    upload_look(u);
    HASH_ITER(hh, u->files, f, next)
    {
        if (f->is_up || f->is_never)
            continue;
        if (atomic_load(u->stop))
            u->left++;
        else
            upload_file(u, f);
    }
    return u->left;
}

size_t
upload_failures(const struct upload *u)
{
    return u->failures;
}

void
upload_say_left(const struct upload *u)
{
    const struct upload_file *f;
    char names[1024] = "";
    size_t n = 0, at = 0;

    for (f = u->files; f != NULL; f = f->hh.next) {
        if (f->is_up || f->is_others || f->is_never)
            continue;
        if (n++ < UPLOAD_NAMES_SHOWN && at < sizeof(names))
            at += (size_t)snprintf(names + at, sizeof(names) - at, " %s",
                                   f->name);
    }
    if (n > 0)
        log_warnx("%zu WARC file%s not in %s, but here in %s:%s%s; the same "
                  "command, or master upload, sends %s",
                  n, n == 1 ? " is" : "s are", u->target, u->dir, names,
                  n > UPLOAD_NAMES_SHOWN ? " ..." : "", n == 1 ? "it" : "them");
}

struct upload_counts
upload_counts(const struct upload *u)
{
    return u->counts;
}
