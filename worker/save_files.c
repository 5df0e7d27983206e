/*
 * SPDX-License-Identifier: MIT
 *
 * A name is placed by renameat2(RENAME_NOREPLACE), one call where it is new,
 * which is nearly always; only what it refuses is looked at.  The folder of
 * the last file is kept open, for most pages follow one of their own folder.
 */
#include "worker/save_files.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/disk.h"
#include "common/identity.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/save_name.h"

enum {
    SAVE_TRIES = 8, /* that others change what was looked at just now */
    SAVE_PATH_BYTES = SAVE_PATH_MAX + 2 * SAVE_NAME_MAX,
    SAVE_ATTRIBUTE_MAX = 1024, /* a longer URL's name has a mark anyway */
    SAVE_PART_NAME_BYTES = 24
};

static const char save_parts[] = ".part"; /* no host begins with a dot */
static const char save_attribute[] = "user.xdg.origin.url";

struct save_files {
    int root_fd;
    int parts_fd; /* .part */
    int own_fd;   /* .part/IDENTITY, locked as long as we live */
    char own[IDENTITY_BYTES];
    struct save_name_rules rules;
    bool adds_extension;
};

struct saver {
    const struct save_files *files;
    char part[SAVE_PART_NAME_BYTES];
    int dir_fd;      /* of dir; -1: none is kept */
    struct buf dir;  /* with a slash behind */
    struct buf path; /* with a NUL behind */
    struct buf other;
};

/* --- .part --- */

/* A folder of .part/ whose process is gone. */
static void
save_clean_one(int parts_fd, const char *name)
{
    int fd =
        openat(parts_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct dirent *entry;
    DIR *d;

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || (d = fdopendir(fd)) == NULL) {
        close(fd);
        return;
    }
    while ((entry = readdir(d)) != NULL)
        if (entry->d_name[0] != '.')
            unlinkat(fd, entry->d_name, 0);
    unlinkat(parts_fd, name, AT_REMOVEDIR);
    closedir(d);
}

static void
save_clean(int parts_fd)
{
    int fd = openat(parts_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (d == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(d)) != NULL)
        if (entry->d_name[0] != '.')
            save_clean_one(parts_fd, entry->d_name);
    closedir(d);
}

/* One that begins may take ours for a dead one's before it is locked. */
static int
save_make_own(int parts_fd, const char *name)
{
    for (int i = 0; i < SAVE_TRIES; i++) {
        struct stat st;
        int fd;

        if (mkdirat(parts_fd, name, 0777) != 0 && errno != EEXIST)
            return -1;
        fd = openat(parts_fd, name,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno != ENOENT)
            return -1;
        if (fd < 0)
            continue;
        flock(fd, LOCK_EX); /* without locks nobody removes it either */
        if (fstat(fd, &st) == 0 && st.st_nlink > 0)
            return fd;
        close(fd);
    }
    errno = EAGAIN;
    return -1;
}

enum err
save_files_open(const char *dir, const char *identity, const struct config *c,
                struct save_files **out)
{
    struct save_files *f = xcalloc(1, sizeof(*f));
    long name_max;

    *out = NULL;
    f->parts_fd = f->own_fd = -1;
    snprintf(f->own, sizeof(f->own), "%s", identity);
    f->root_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->root_fd < 0 ||
        (mkdirat(f->root_fd, save_parts, 0777) != 0 && errno != EEXIST))
        goto failed;
    f->parts_fd = openat(f->root_fd, save_parts,
                         O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (f->parts_fd < 0)
        goto failed;
    save_clean(f->parts_fd);
    f->own_fd = save_make_own(f->parts_fd, f->own);
    if (f->own_fd < 0)
        goto failed;
    name_max = fpathconf(f->root_fd, _PC_NAME_MAX);
    if (name_max < SAVE_NAME_LEAST || name_max > SAVE_NAME_MAX)
        name_max = name_max > SAVE_NAME_MAX ? SAVE_NAME_MAX : SAVE_NAME_LEAST;
    f->rules =
        (struct save_name_rules){str_from(c->default_page), (size_t)name_max};
    f->adds_extension = c->adjust_extension;
    *out = f;
    return ERR_OK;
failed : {
    int error = errno;

    save_files_close(f);
    errno = error;
    return disk_err(error);
}
}

enum err
save_files_sync(struct save_files *f)
{
    /* files, their names and the folders above them, at once */
    return syncfs(f->root_fd) == 0 ? ERR_OK : disk_err(errno);
}

void
save_files_close(struct save_files *f)
{
    if (f == NULL)
        return;
    if (f->own_fd >= 0) {
        unlinkat(f->parts_fd, f->own, AT_REMOVEDIR);
        close(f->own_fd);
    }
    if (f->parts_fd >= 0)
        close(f->parts_fd);
    if (f->root_fd >= 0)
        close(f->root_fd);
    free(f);
}

/* --- birth and end --- */

struct saver *
saver_new(const struct save_files *f, unsigned index)
{
    struct saver *s = xcalloc(1, sizeof(*s));

    s->files = f;
    s->dir_fd = -1;
    snprintf(s->part, sizeof(s->part), "%u", index);
    buf_init(&s->dir, SAVE_PATH_BYTES);
    buf_init(&s->path, SAVE_PATH_BYTES);
    buf_init(&s->other, SAVE_PATH_BYTES);
    return s;
}

static void
saver_forget_dir(struct saver *s)
{
    if (s->dir_fd >= 0)
        close(s->dir_fd);
    s->dir_fd = -1;
    buf_reset(&s->dir);
}

void
saver_free(struct saver *s)
{
    if (s == NULL)
        return;
    saver_forget_dir(s);
    buf_fini(&s->dir);
    buf_fini(&s->path);
    buf_fini(&s->other);
    free(s);
}

/* --- the whole file, under its other name --- */

static int
save_put(int fd, struct str body)
{
    while (body.n > 0) {
        ssize_t n = write(fd, body.p, body.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return -1;
        }
        body.p += n;
        body.n -= (size_t)n;
    }
    return 0;
}

/* When it was made, by its server; not beyond now. */
static void
save_date(int fd, struct str modified)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
    char text[64];
    time_t when;

    if (modified.n == 0 || modified.n >= sizeof(text))
        return;
    memcpy(text, modified.p, modified.n);
    text[modified.n] = '\0';
    when = curl_getdate(text, NULL);
    if (when < 0 || when > time(NULL))
        return;
    times[1].tv_sec = when;
    futimens(fd, times); /* a file without it is as good */
}

static int
saver_put_part(struct saver *s, const struct save_page *page)
{
    int own = s->files->own_fd, error;
    int fd =
        openat(own, s->part,
               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    bool is_done;

    if (fd < 0)
        return -1;
    is_done = save_put(fd, page->body) == 0;
    if (is_done) {
        save_date(fd, page->modified);
        /* a file system without attributes keeps the file all the same */
        if (page->url.n <= SAVE_ATTRIBUTE_MAX)
            fsetxattr(fd, save_attribute, page->url.p, page->url.n, 0);
    }
    error = errno;
    if (close(fd) != 0 && is_done) { /* NFS tells of a full disk here */
        error = errno;
        is_done = false;
    }
    if (!is_done)
        unlinkat(own, s->part, 0);
    errno = error;
    return is_done ? 0 : -1;
}

/* --- its folder --- */

/* Whatever has the name of a folder and is none goes beside it. */
static int
saver_move_aside(struct saver *s, int fd, const char *name)
{
    buf_reset(&s->other);
    if (save_name_marked(str_from(name), SAVE_MARK_ASIDE, &s->other) !=
            ERR_OK ||
        buf_add_char(&s->other, '\0') != ERR_OK) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return renameat(fd, name, fd, s->other.p) == 0 || errno == ENOENT ? 0 : -1;
}

/* The folder name in fd, made when it is not there; -1 and errno. */
static int
saver_enter(struct saver *s, int fd, const char *name, bool may_make)
{
    for (int i = 0; i < SAVE_TRIES; i++) {
        int next =
            openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (next >= 0 || !may_make)
            return next;
        if (errno == ENOENT) {
            if (mkdirat(fd, name, 0777) != 0 && errno != EEXIST)
                return -1;
        } else if (errno == ENOTDIR || errno == ELOOP) {
            if (saver_move_aside(s, fd, name) != 0)
                return -1;
        } else {
            return -1;
        }
    }
    errno = EAGAIN;
    return -1;
}

/* Go down to the folder dir, which ends with a slash; s->dir_fd is it. */
static int
saver_walk(struct saver *s, struct str dir, bool may_make)
{
    int fd = s->files->root_fd, next;
    char part[SAVE_NAME_MAX + 1];
    struct str rest = dir;

    if (s->dir_fd >= 0 && str_equal(buf_str(&s->dir), dir))
        return 0;
    saver_forget_dir(s);
    while (rest.n > 0) {
        struct str name = str_cut(&rest, '/');
        int error;

        memcpy(part, name.p, name.n); /* bounded by save_name() */
        part[name.n] = '\0';
        next = saver_enter(s, fd, part, may_make);
        error = errno;
        if (fd != s->files->root_fd)
            close(fd);
        errno = error;
        if (next < 0)
            return -1;
        fd = next;
    }
    s->dir_fd = fd;
    if (buf_add_str(&s->dir, dir) != ERR_OK) {
        saver_forget_dir(s);
        errno = ENAMETOOLONG;
        return -1;
    }
    return 0;
}

/* --- its name --- */

/* Whether another URL's file has the name. */
static bool
saver_is_others(const struct saver *s, const char *name, struct str url)
{
    char owner[SAVE_ATTRIBUTE_MAX];
    /* O_NONBLOCK: whatever a user put there must not hold us up */
    int fd =
        openat(s->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    ssize_t n;

    if (fd < 0)
        return false;
    n = fgetxattr(fd, save_attribute, owner, sizeof(owner));
    close(fd);
    return n > 0 && !str_equal((struct str){owner, (size_t)n}, url);
}

/* s->path gets the mark in the name of its file, and a NUL. */
static int
saver_mark_path(struct saver *s, const char *mark)
{
    buf_reset(&s->other);
    if (save_name_marked((struct str){s->path.p, s->path.n - 1}, mark,
                         &s->other) != ERR_OK ||
        buf_add_char(&s->other, '\0') != ERR_OK) {
        errno = ENAMETOOLONG;
        return -1;
    }
    buf_reset(&s->path);
    return buf_add_str(&s->path, buf_str(&s->other)) == ERR_OK ? 0 : -1;
}

/*
 * The name is taken, or was just now: which one is it to be?  The mark of an
 * owner is not the one of a folder, so that at most one of each is set.
 */
static int
saver_choose(struct saver *s, size_t name_at, struct str url,
             struct save_place *place)
{
    char mark[SAVE_MARK_BYTES];
    struct stat st;

    if (fstatat(s->dir_fd, s->path.p + name_at, &st, AT_SYMLINK_NOFOLLOW) ==
            0 &&
        S_ISDIR(st.st_mode)) {
        place->is_aside = true;
        if (saver_mark_path(s, SAVE_MARK_ASIDE) != 0)
            return -1;
    }
    if (!saver_is_others(s, s->path.p + name_at, url))
        return 0;
    place->is_shared = true;
    save_name_mark(url, mark);
    return saver_mark_path(s, mark);
}

static enum err
saver_name(struct saver *s, const struct url *url, struct str extension,
           bool *is_cut)
{
    enum err e;

    buf_reset(&s->path);
    e = save_name(&s->files->rules, url, extension, &s->path, is_cut);
    return e == ERR_OK ? buf_add_char(&s->path, '\0') : e;
}

static size_t
saver_name_at(const struct saver *s)
{
    const char *slash = memrchr(s->path.p, '/', s->path.n);

    return (size_t)(slash - s->path.p) + 1; /* behind HOST there is one */
}

/* From .part/ to where it belongs. */
static int
saver_place(struct saver *s, const struct url *url, struct str extension,
            struct save_place *place)
{
    int own = s->files->own_fd;

    for (int i = 0; i < SAVE_TRIES; i++) {
        size_t at;

        *place = (struct save_place){0};
        if (saver_name(s, url, extension, &place->is_cut) != ERR_OK) {
            errno = ENAMETOOLONG;
            return -1;
        }
        at = saver_name_at(s);
        if (saver_walk(s, (struct str){s->path.p, at}, true) != 0)
            return -1;
        if (renameat2(own, s->part, s->dir_fd, s->path.p + at,
                      RENAME_NOREPLACE) == 0)
            return 0;
        if (errno == ENOENT) { /* somebody removed the folder we kept */
            saver_forget_dir(s);
            continue;
        }
        if (errno != EEXIST && errno != EINVAL && errno != ENOSYS)
            return -1;
        if (saver_choose(s, at, url->text, place) != 0)
            return -1;
        if (renameat(own, s->part, s->dir_fd, s->path.p + at) == 0)
            return 0;
        if (errno != EISDIR && errno != ENOENT)
            return -1;
    }
    return -1;
}

/* --- for callers --- */

static struct str
saver_extension(const struct saver *s, struct str content_type)
{
    struct str type = str_trim(str_cut(&content_type, ';'));

    if (!s->files->adds_extension)
        return STR_NONE;
    if (str_equal_nocase(type, STR("text/html")) ||
        str_equal_nocase(type, STR("application/xhtml+xml")))
        return STR("html");
    return str_equal_nocase(type, STR("text/css")) ? STR("css") : STR_NONE;
}

enum err
saver_write(struct saver *s, const struct save_page *page,
            struct save_place *place)
{
    struct url url;

    if (url_split(page->url, &url) != ERR_OK) {
        errno = EINVAL; /* which nobody stores */
        return ERR_INVALID;
    }
    if (saver_put_part(s, page) != 0)
        return disk_err(errno);
    if (saver_place(s, &url, saver_extension(s, page->content_type), place) !=
        0) {
        int error = errno;

        unlinkat(s->files->own_fd, s->part, 0);
        saver_forget_dir(s);
        errno = error;
        return disk_err(error);
    }
    place->path = (struct str){s->path.p, s->path.n - 1};
    return ERR_OK;
}

static bool
saver_has_name(struct saver *s, const struct url *url, struct str extension)
{
    struct save_place place = {0};
    struct stat st;
    size_t at;

    if (saver_name(s, url, extension, &place.is_cut) != ERR_OK)
        return false;
    at = saver_name_at(s);
    if (saver_walk(s, (struct str){s->path.p, at}, false) != 0 ||
        saver_choose(s, at, url->text, &place) != 0)
        return false;
    return fstatat(s->dir_fd, s->path.p + at, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode);
}

bool
saver_has(struct saver *s, struct str text)
{
    struct url url;

    if (url_split(text, &url) != ERR_OK)
        return false;
    if (saver_has_name(s, &url, STR_NONE))
        return true;
    return s->files->adds_extension && (saver_has_name(s, &url, STR("html")) ||
                                        saver_has_name(s, &url, STR("css")));
}
