/*
 * Options that are files: read when they are named, so that what stands in
 * them can travel to workers on machines that do not have them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config_rows.h"
#include "common/log.h"
#include "common/mem.h"

/* Cookies of thousands of sites, or any chain of certificates. */
enum { CONFIG_FILE_MAX = 256 * 1024 };

void
config_file_fini(struct config_file *f)
{
    if (f->bytes)
        explicit_bzero(f->bytes, f->n);
    free(f->bytes);
    free(f->path);
    *f = (struct config_file){0};
}

/* A pipe is fine too: "--netrc-file <(pass show netrc)". */
static ssize_t
config_file_read(const char *path, char *into, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t n = 0;
    ssize_t got = -1;
    int saved;

    while (fd >= 0 && n < room && (got = read(fd, into + n, room - n)) != 0) {
        if (got < 0 && errno != EINTR)
            break;
        n += got > 0 ? (size_t)got : 0;
    }
    saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return got < 0 ? -1 : (ssize_t)n;
}

enum err
config_file_set(struct config_file *f, const char *name,
                enum config_source from, struct str value,
                char why[CONFIG_WHY_BYTES])
{
    char path[4096], *bytes;
    ssize_t n;

    config_file_fini(f);
    if (value.n == 0)
        return ERR_OK;
    if (from == CONFIG_FROM_CRAWL) {
        *f = (struct config_file){xmemdup0(value.p, value.n), value.n, NULL};
        return ERR_OK;
    }
    if (value.n >= sizeof(path) || memchr(value.p, '\0', value.n)) {
        snprintf(why, CONFIG_WHY_BYTES, "%s: no file's name", name);
        return ERR_INVALID;
    }
    memcpy(path, value.p, value.n);
    path[value.n] = '\0';
    bytes = xmalloc(CONFIG_FILE_MAX + 1);
    n = config_file_read(path, bytes, CONFIG_FILE_MAX + 1);
    if (n > 0 && n <= CONFIG_FILE_MAX)
        *f = (struct config_file){xmemdup0(bytes, (size_t)n), (size_t)n,
                                  xstrdup(path)};
    else
        snprintf(why, CONFIG_WHY_BYTES, "%s: %.200s: %s", name, LOG_ESC(value),
                 n < 0    ? strerror(errno)
                 : n == 0 ? "it is empty"
                          : "longer than 256 KB");
    explicit_bzero(bytes, CONFIG_FILE_MAX + 1);
    free(bytes);
    return f->bytes ? ERR_OK : ERR_INVALID;
}
