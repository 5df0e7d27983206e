/* SPDX-License-Identifier: MIT */
#include "master/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/str.h"

/* Commands hold the lock while they look into a crawl that does not run. */
enum {
    FOLDER_AGAIN_MS = 50,
    FOLDER_PATIENCE_MS = 2000,
    FOLDER_LOCK_BYTES = 32
};
static const char folder_command_mark[] = " command";

static bool
folder_is_name_byte(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '.' || c == '_' ||
           c == '-';
}

void
folder_name_of_list(const char *list, char out[FOLDER_NAME_MAX + 1])
{
    struct str name = str_from(list);
    size_t n = 0;

    if (list == NULL || strcmp(list, "-") == 0)
        name = STR("crawl");
    if (str_starts_nocase(name, STR("http://")) ||
        str_starts_nocase(name, STR("https://"))) {
        name = str_cut(&name, '#');
        name = str_cut(&name, '?');
    }
    while (name.n > 0 && name.p[name.n - 1] == '/')
        name.n--;
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '/') {
            name = (struct str){name.p + i, name.n - i};
            break;
        }
    while (name.n > 0 && name.p[0] == '.') /* no hidden folder */
        name = (struct str){name.p + 1, name.n - 1};
    name = str_cut(&name, '.');
    for (size_t i = 0; i < name.n && n < FOLDER_NAME_MAX; i++)
        out[n++] = folder_is_name_byte(name.p[i]) ? name.p[i] : '-';
    out[n] = '\0';
    if (n == 0)
        snprintf(out, FOLDER_NAME_MAX + 1, "crawl");
}

static enum err
folder_fail(char why[FOLDER_WHY_BYTES], const char *path)
{
    int error = errno;

    snprintf(why, FOLDER_WHY_BYTES, "cannot make the folder %.300s: %s",
             LOG_ESC(str_from(path)), strerror(error));
    return error == ENOSPC ? ERR_NO_SPACE : ERR_IO;
}

/* As mkdir -p: path is cut at each slash and mended again. */
static enum err
folder_make(char *path, mode_t mode, char why[FOLDER_WHY_BYTES])
{
    struct stat st;

    for (char *p = path + 1;; p++) {
        char kept = *p;

        if (kept != '/' && kept != '\0')
            continue;
        *p = '\0';
        if (mkdir(path, kept == '\0' ? mode : 0755) != 0) {
            if (errno == EEXIST && stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
                errno = ENOTDIR;
            if (errno != EEXIST)
                return folder_fail(why, path);
        }
        *p = kept;
        if (kept == '\0')
            return ERR_OK;
    }
}

static enum err
folder_make_in(const struct folder *f, const char *name, mode_t mode,
               char why[FOLDER_WHY_BYTES])
{
    char *path = folder_join(f, name);
    enum err e = folder_make(path, mode, why);

    free(path);
    return e;
}

/* Who holds the lock wrote its pid into the file, and a command that it is. */
static bool
folder_read_lock(int fd, char text[FOLDER_LOCK_BYTES])
{
    ssize_t n = pread(fd, text, FOLDER_LOCK_BYTES - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    return strstr(text, folder_command_mark) != NULL;
}

static enum err
folder_locked(const struct folder *f, char why[FOLDER_WHY_BYTES])
{
    char text[FOLDER_LOCK_BYTES];
    bool is_command = folder_read_lock(f->lock_fd, text);

    text[strspn(text, "0123456789")] = '\0';
    snprintf(why, FOLDER_WHY_BYTES, "%s%s%s uses %.300s",
             is_command ? "a command" : "another master",
             text[0] ? " of process " : "", text, LOG_ESC(str_from(f->path)));
    return ERR_INVALID;
}

static enum err
folder_write_lock(struct folder *f, const char *mark,
                  char why[FOLDER_WHY_BYTES])
{
    char text[FOLDER_LOCK_BYTES];
    int n = snprintf(text, sizeof(text), "%ld%s\n", (long)getpid(), mark);

    if (ftruncate(f->lock_fd, 0) == 0 &&
        pwrite(f->lock_fd, text, (size_t)n, 0) == n)
        return ERR_OK;
    return folder_fail(why, f->path);
}

static enum err
folder_lock(struct folder *f, char why[FOLDER_WHY_BYTES])
{
    char *path = folder_join(f, ".lock");
    int waited_ms = 0;

    f->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (f->lock_fd < 0) {
        enum err e = folder_fail(why, path);

        free(path);
        return e;
    }
    free(path);
    while (flock(f->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (waited_ms >= FOLDER_PATIENCE_MS)
            return folder_locked(f, why);
        poll(NULL, 0, FOLDER_AGAIN_MS);
        waited_ms += FOLDER_AGAIN_MS;
    }
    return folder_write_lock(f, "", why);
}

enum err
folder_open(const char *path, struct folder *out, char why[FOLDER_WHY_BYTES])
{
    char *copy = xstrdup(path);
    enum err e;

    *out = (struct folder){NULL, -1};
    e = path[0] ? folder_make(copy, 0755, why) : ERR_INVALID;
    free(copy);
    if (e == ERR_INVALID)
        snprintf(why, FOLDER_WHY_BYTES, "the output folder has no name");
    if (e != ERR_OK)
        return e;
    out->path = realpath(path, NULL);
    if (out->path == NULL)
        return folder_fail(why, path);
    e = folder_lock(out, why);
    if (e == ERR_OK)
        e = folder_make_in(out, "log", 0755, why);
    if (e == ERR_OK)
        e = folder_make_in(out, "warc", 0755, why);
    if (e != ERR_OK)
        folder_close(out);
    return e;
}

void
folder_note_command(struct folder *f)
{
    char why[FOLDER_WHY_BYTES];

    if (folder_write_lock(f, folder_command_mark, why) != ERR_OK)
        log_warnx("%s", why); /* others take it for a master: no harm */
}

/* A shared lock and at once given back: flock(2) has no way just to ask. */
enum folder_user
folder_user(const char *path)
{
    struct folder f = {(char *)(uintptr_t)path, -1};
    enum folder_user user = FOLDER_FREE;
    char *lock = folder_join(&f, ".lock"), text[FOLDER_LOCK_BYTES];
    int fd = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        user = folder_read_lock(fd, text) ? FOLDER_COMMAND : FOLDER_MASTER;
    if (fd >= 0)
        close(fd);
    free(lock);
    return user;
}

void
folder_close(struct folder *f)
{
    if (f->lock_fd >= 0)
        close(f->lock_fd);
    free(f->path);
    *f = (struct folder){NULL, -1};
}

char *
folder_join(const struct folder *f, const char *name)
{
    size_t n = strlen(f->path) + strlen(name) + 2;
    char *path = xmalloc(n);

    snprintf(path, n, "%s%s%s", f->path,
             f->path[strlen(f->path) - 1] == '/' ? "" : "/", name);
    return path;
}
