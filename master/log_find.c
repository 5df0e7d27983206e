/*
 * SPDX-License-Identifier: MIT
 *
 * A log may have gigabytes, and it is asked for by hand: no index is kept, the
 * files are mapped and searched for the bytes that a line about the URL has.
 */
#include "master/log_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/json_line.h"
#include "common/log.h"
#include "common/mem.h"

enum {
    LOG_FIND_NEEDLE_BYTES = 1 << 16,
    LOG_FIND_LINE_BYTES = 1 << 18 /* far above any line of ours */
};

/* "\"url\":\"...\"" as a line has it. */
static enum err
log_find_needle(struct str url, struct buf *out)
{
    struct json_line line;
    enum err e;

    json_line_begin(&line, out);
    json_line_str(&line, "url", url);
    e = json_line_end(&line);
    if (e == ERR_OK) { /* without the braces and the newline */
        memmove(out->p, out->p + 1, out->n - 3);
        out->n -= 3;
    }
    return e;
}

static void
log_find_take(struct log_find *l, struct str line)
{
    if (l->count == LOG_FIND_MAX) {
        l->has_more = true;
        return;
    }
    l->lines[l->count++] = xmemdup0(line.p, line.n);
}

static void
log_find_in(struct log_find *l, const char *bytes, size_t n, struct str needle)
{
    const char *at = bytes, *end = bytes + n;

    while ((at = memmem(at, (size_t)(end - at), needle.p, needle.n)) != NULL) {
        const char *first = memrchr(bytes, '\n', (size_t)(at - bytes));
        const char *last = memchr(at, '\n', (size_t)(end - at));

        first = first ? first + 1 : bytes;
        if (last == NULL)
            return;
        if (last - first < LOG_FIND_LINE_BYTES)
            log_find_take(l, (struct str){first, (size_t)(last - first)});
        at = last;
    }
}

static enum err
log_find_file(struct log_find *l, int folder, const char *name,
              struct str needle)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *bytes;
    enum err e = ERR_OK;

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        e = ERR_IO;
    } else if (st.st_size > 0) {
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED) {
            e = ERR_IO;
        } else {
            madvise(bytes, (size_t)st.st_size, MADV_SEQUENTIAL);
            log_find_in(l, bytes, (size_t)st.st_size, needle);
            munmap(bytes, (size_t)st.st_size);
        }
    }
    if (fd >= 0)
        close(fd);
    l->files += e == ERR_OK;
    return e;
}

/* "NAME-WORKER.jsonl" */
static bool
log_find_is_ours(const char *file, const char *name)
{
    struct str s = str_from(file), crawl = str_from(name);

    return str_starts(s, crawl) && s.n > crawl.n && s.p[crawl.n] == '-' &&
           str_ends(s, STR(".jsonl"));
}

/* Each line begins with its time: {"time":"2026-..." */
static int
log_find_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err
log_find(const char *folder, const char *name, struct str url,
         struct log_find *out, char why[LOG_FIND_WHY_BYTES])
{
    struct buf needle;
    struct dirent *d;
    DIR *log = NULL;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), log_fd = -1;
    enum err e = ERR_OK;

    *out = (struct log_find){.lines = xcalloc(LOG_FIND_MAX, sizeof(char *))};
    buf_init(&needle, LOG_FIND_NEEDLE_BYTES);
    if (fd >= 0)
        log_fd = openat(fd, "log", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (log_fd >= 0)
        log = fdopendir(log_fd);
    if (log)
        e = log_find_needle(url, &needle);
    while (e == ERR_OK && log && (d = readdir(log)) != NULL)
        if (log_find_is_ours(d->d_name, name) &&
            log_find_file(out, log_fd, d->d_name, buf_str(&needle)) != ERR_OK) {
            e = ERR_IO;
            snprintf(why, LOG_FIND_WHY_BYTES, "%.200s/log/%.200s: %s",
                     LOG_ESC(str_from(folder)), LOG_ESC(str_from(d->d_name)),
                     strerror(errno));
        }
    qsort(out->lines, out->count, sizeof(out->lines[0]), log_find_compare);
    if (log)
        closedir(log);
    else if (log_fd >= 0)
        close(log_fd);
    if (fd >= 0)
        close(fd);
    buf_fini(&needle);
    return e;
}

void
log_find_fini(struct log_find *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->lines[i]);
    free(l->lines);
    *l = (struct log_find){.lines = NULL};
}
