/* SPDX-License-Identifier: MIT */
#include "master/aof_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/str.h"

enum {
    AOF_READ_BYTES = 1 << 16,
    AOF_ARGS_MAX = 1 << 20,    /* as Redis: 1,024 x 1,024 arguments */
    AOF_BULK_MAX = 1 << 29,    /* ... of 512 MB each */
    AOF_CUT_MAX = 64 << 20,    /* more than a disk takes in two seconds */
    AOF_MANIFEST_MAX = 1 << 16 /* a line for each of a handful of files */
};

/* The file, read through a window. */
struct aof {
    int fd;
    char window[AOF_READ_BYTES];
    size_t at, n;
    uint64_t offset;   /* of window[at] in the file */
    bool is_in_multi;  /* behind MULTI, before EXEC */
    bool has_io_error; /* errno has it */
};

enum aof_step { AOF_GOOD, AOF_END, AOF_BAD };

/* --- reading --- */

/* At least one byte in the window; false at the end. */
static bool
aof_fill(struct aof *a)
{
    ssize_t n;

    if (a->at < a->n)
        return true;
    do
        n = read(a->fd, a->window, sizeof(a->window));
    while (n < 0 && errno == EINTR);
    a->at = 0;
    a->n = n > 0 ? (size_t)n : 0;
    if (n < 0)
        a->has_io_error = true;
    return n > 0;
}

static bool
aof_get(struct aof *a, char *out)
{
    if (!aof_fill(a))
        return false;
    *out = a->window[a->at++];
    a->offset++;
    return true;
}

/* Over count bytes; the first of them, as many as fit, go into head. */
static bool
aof_skip(struct aof *a, uint64_t count, char *head, size_t room)
{
    while (count > 0) {
        size_t n;

        if (!aof_fill(a))
            return false;
        n = a->n - a->at < count ? a->n - a->at : (size_t)count;
        if (room > 0) {
            size_t kept = n < room ? n : room;

            memcpy(head, a->window + a->at, kept);
            head += kept;
            room -= kept;
        }
        a->at += n;
        a->offset += n;
        count -= n;
    }
    return true;
}

static enum aof_step
aof_expect(struct aof *a, const char *text)
{
    char c;

    for (; *text != '\0'; text++) {
        if (!aof_get(a, &c))
            return AOF_END;
        if (c != *text)
            return AOF_BAD;
    }
    return AOF_GOOD;
}

/* Digits up to CRLF. */
static enum aof_step
aof_number(struct aof *a, uint64_t max, uint64_t *out)
{
    char c;

    *out = 0;
    for (size_t digits = 0; digits < 20; digits++) {
        if (!aof_get(a, &c))
            return AOF_END;
        if (c == '\r' && digits > 0)
            return *out <= max ? aof_expect(a, "\n") : AOF_BAD;
        if (!str_is_digit(c))
            return AOF_BAD;
        *out = *out * 10 + (uint64_t)(c - '0');
        if (*out > max)
            return AOF_BAD;
    }
    return AOF_BAD;
}

/* --- what stands in it --- */

/* One command: RESP's array of bulk strings, behind its '*'. */
static enum aof_step
aof_command(struct aof *a)
{
    uint64_t argc, len;
    char name[8] = "";
    size_t name_n = 0;
    enum aof_step step = aof_number(a, AOF_ARGS_MAX, &argc);

    if (step == AOF_GOOD && argc == 0)
        step = AOF_BAD;
    for (uint64_t i = 0; step == AOF_GOOD && i < argc; i++) {
        step = aof_expect(a, "$");
        if (step == AOF_GOOD)
            step = aof_number(a, AOF_BULK_MAX, &len);
        if (step != AOF_GOOD)
            break;
        if (i == 0)
            name_n = len < sizeof(name) ? (size_t)len : sizeof(name);
        if (!aof_skip(a, len, name, i == 0 ? name_n : 0))
            return AOF_END;
        step = aof_expect(a, "\r\n");
    }
    if (step != AOF_GOOD)
        return step;
    if (str_equal_nocase((struct str){name, name_n}, STR("multi")))
        a->is_in_multi = true;
    else if (str_equal_nocase((struct str){name, name_n}, STR("exec")))
        a->is_in_multi = false;
    return AOF_GOOD;
}

/* Redis 7 may note the time: "#TS:1700000000\r\n". */
static enum aof_step
aof_note(struct aof *a)
{
    char c;

    for (size_t i = 0; i < 1024; i++) {
        if (!aof_get(a, &c))
            return AOF_END;
        if (c == '\r')
            return aof_expect(a, "\n");
    }
    return AOF_BAD;
}

static enum aof_step
aof_item(struct aof *a)
{
    char c;

    if (!aof_get(a, &c))
        return AOF_END;
    return c == '*' ? aof_command(a) : c == '#' ? aof_note(a) : AOF_BAD;
}

enum err
aof_tail_find(int fd, uint64_t size, uint64_t *good)
{
    struct aof a = {.fd = fd};

    *good = 0;
    while (aof_item(&a) == AOF_GOOD)
        if (!a.is_in_multi)
            *good = a.offset;
    if (a.has_io_error)
        return ERR_IO;
    return size - *good <= AOF_CUT_MAX ? ERR_OK : ERR_INVALID;
}

/* --- which file --- */

/* The last line "file NAME seq N type i" of the manifest names it. */
static bool
aof_read_manifest(const char *dir, char name[256])
{
    char path[4096], text[AOF_MANIFEST_MAX];
    struct str rest;
    bool is_found = false;
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "%s/appendonlydir/appendonly.aof.manifest",
             dir);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, text, sizeof(text)) : 0;
    if (fd >= 0)
        close(fd);
    rest = (struct str){text, n > 0 ? (size_t)n : 0};
    while (rest.n > 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        struct str word = str_cut(&line, ' '), file = str_cut(&line, ' ');

        if (!str_equal(word, STR("file")) || !str_ends(line, STR(" type i")) ||
            file.n == 0 || file.n > 200 || file.p[0] == '"' ||
            memchr(file.p, '/', file.n) != NULL)
            continue;
        snprintf(name, 256, "%.*s", STR_ARG(file));
        is_found = true;
    }
    return is_found;
}

/* Opened for reading and cutting; -1: there is none. */
static int
aof_open(const char *dir, char path[4096])
{
    char name[256], head[5] = "";
    int fd;

    if (aof_read_manifest(dir, name)) {
        snprintf(path, 4096, "%s/appendonlydir/%s", dir, name);
        return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    }
    snprintf(path, 4096, "%s/appendonly.aof", dir);
    fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
        memcmp(head, "REDIS", sizeof(head)) == 0) {
        close(fd);
        errno = ENOENT;
        return -1;
    }
    return fd;
}

enum err
aof_tail_mend(const char *dir, uint64_t *cut, char why[AOF_TAIL_WHY_BYTES])
{
    char path[4096];
    struct stat about = {0};
    uint64_t good = 0;
    enum err e = ERR_OK;
    int fd = aof_open(dir, path);

    *cut = 0;
    if (fd < 0 && errno == ENOENT)
        return ERR_OK;
    if (fd < 0 || fstat(fd, &about) != 0)
        e = ERR_IO;
    if (e == ERR_OK)
        e = aof_tail_find(fd, (uint64_t)about.st_size, &good);
    if (e == ERR_OK && good < (uint64_t)about.st_size) {
        *cut = (uint64_t)about.st_size - good;
        if (ftruncate(fd, (off_t)good) != 0 || fsync(fd) != 0)
            e = ERR_IO;
    }
    if (e == ERR_IO)
        snprintf(why, AOF_TAIL_WHY_BYTES, "Redis's file %.300s: %s", path,
                 strerror(errno));
    else if (e == ERR_INVALID)
        snprintf(
            why, AOF_TAIL_WHY_BYTES,
            "Redis's file %.300s is broken at byte %llu: \"redis-check-aof "
            "--fix\" cuts it off there, what is lost is crawled again",
            path, (unsigned long long)good);
    if (fd >= 0)
        close(fd);
    return e;
}
