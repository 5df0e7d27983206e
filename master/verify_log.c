/* SPDX-License-Identifier: MIT */
#include "master/verify_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "master/verify_line.h"

enum {
    /* A page's type and redirect, each byte of them escaped, stay below. */
    LOG_LINE_MAX = 1 << 20,
    LOG_PLACE_BITS = 40 /* of a place: bytes into the file; the rest: which */
};

enum log_state {
    LOG_UNDECIDED, /* no whole line in it yet */
    LOG_TAKEN,
    LOG_EARLIER,
    LOG_FOREIGN
};

struct log_file {
    char *path;
    const char *base; /* in path */
    enum log_state state;
    size_t name_len; /* of base: its crawl's, 0 where that is not known */
    uint64_t at;     /* so far it was read, whole lines */
    uint64_t size;   /* as last seen */
    bool is_long;    /* at stands in the middle of a line that is too long */
};

struct verify_log {
    char *prefix; /* "NAME-", or "" for any */
    int64_t started_ms;
    char **folders;
    size_t folders_count;
    struct log_file *files;
    size_t count, room;
    uint64_t lines;
    char *bytes;      /* LOG_LINE_MAX of them, what is being read */
    struct buf space; /* of verify_line_parse() */
};

struct verify_log *
verify_log_new(const char *name, int64_t started_ms)
{
    struct verify_log *l = xcalloc(1, sizeof(*l));
    size_t n = name ? strlen(name) : 0;

    l->prefix = xmalloc(n + 2);
    snprintf(l->prefix, n + 2, "%s%s", name ? name : "", name ? "-" : "");
    l->started_ms = started_ms;
    l->bytes = xmalloc(LOG_LINE_MAX);
    buf_init(&l->space, LOG_LINE_MAX);
    return l;
}

void
verify_log_free(struct verify_log *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->count; i++)
        free(l->files[i].path);
    for (size_t i = 0; i < l->folders_count; i++)
        free(l->folders[i]);
    free(l->files);
    free(l->folders);
    free(l->prefix);
    free(l->bytes);
    buf_fini(&l->space);
    free(l);
}

static char *
log_join(const char *folder, const char *name)
{
    size_t n = strlen(folder) + strlen(name) + 2;
    char *path = xmalloc(n);

    snprintf(path, n, "%s/%s", folder, name);
    return path;
}

enum err
verify_log_add_folder(struct verify_log *l, const char *path)
{
    char *folder = log_join(path, "log");
    struct stat st;

    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        free(folder);
        if (stat(path, &st) != 0)
            return ERR_NOT_FOUND;
        if (!S_ISDIR(st.st_mode)) {
            errno = ENOTDIR;
            return ERR_NOT_FOUND;
        }
        folder = xstrdup(path);
    }
    l->folders =
        xreallocarray(l->folders, l->folders_count + 1, sizeof(*l->folders));
    l->folders[l->folders_count++] = folder;
    return ERR_OK;
}

/* --- which files --- */

static void
log_note_file(struct verify_log *l, const char *folder, const char *base)
{
    char *path = log_join(folder, base);
    struct log_file *f = l->files;
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        free(path);
        return;
    }
    while (f < l->files + l->count && strcmp(f->base, base) != 0)
        f++;
    if (f == l->files + l->count) {
        if (l->count == l->room) {
            l->room = l->room * 2 + 16;
            l->files = xreallocarray(l->files, l->room, sizeof(*l->files));
        }
        f = &l->files[l->count++];
        *f = (struct log_file){.path = NULL};
    } else if (f->at > 0 || f->is_long || (uint64_t)st.st_size <= f->size) {
        free(path); /* one of them, the longest, and no other once begun */
        return;
    }
    free(f->path);
    f->path = path;
    f->base = path + strlen(folder) + 1;
    f->size = (uint64_t)st.st_size;
}

static void
log_look(struct verify_log *l)
{
    for (size_t i = 0; i < l->folders_count; i++) {
        DIR *dir = opendir(l->folders[i]);
        struct dirent *d;

        while (dir && (d = readdir(dir)) != NULL)
            if (str_starts(str_from(d->d_name), str_from(l->prefix)) &&
                str_ends(str_from(d->d_name), STR(".jsonl")))
                log_note_file(l, l->folders[i], d->d_name);
        if (dir)
            closedir(dir);
    }
}

/*
 * Of worker "HOST-PID-RANDOM-T" and its file "NAME-HOST-PID-RANDOM.jsonl" the
 * length of NAME; 0 when the file is not that worker's.
 */
static size_t
log_name_len(const struct log_file *f, struct str worker)
{
    struct str process = worker, who = str_from(f->base);

    who.n -= strlen(".jsonl");
    while (process.n > 0 && process.p[process.n - 1] != '-')
        process.n--;
    if (process.n < 2)
        return 0;
    process.n--;
    if (who.n <= process.n + 1 || !str_ends(who, process) ||
        who.p[who.n - process.n - 1] != '-')
        return 0;
    return who.n - process.n - 1;
}

/* The last whole line of what was read; false: there is none. */
static bool
log_last_line(struct str bytes, struct str *out)
{
    while (bytes.n > 0 && bytes.p[bytes.n - 1] != '\n')
        bytes.n--;
    if (bytes.n == 0)
        return false;
    bytes.n--;
    *out = bytes;
    for (size_t i = bytes.n; i > 0; i--)
        if (bytes.p[i - 1] == '\n') {
            *out = (struct str){bytes.p + i, bytes.n - i};
            break;
        }
    return true;
}

/* By its last line; one that cannot be read is taken, and found wrong. */
static void
log_decide(struct verify_log *l, struct log_file *f, int fd)
{
    off_t end = lseek(fd, 0, SEEK_END);
    off_t from = end > LOG_LINE_MAX ? end - LOG_LINE_MAX : 0;
    ssize_t n = end > 0 ? pread(fd, l->bytes, LOG_LINE_MAX, from) : 0;
    struct verify_line line;
    struct str last;
    int64_t when;

    if (n <= 0 || !log_last_line((struct str){l->bytes, (size_t)n}, &last)) {
        f->state = from > 0 ? LOG_TAKEN : LOG_UNDECIDED;
        return;
    }
    f->state = LOG_TAKEN;
    if (verify_line_parse(last, &l->space, &line) != ERR_OK)
        return;
    when = line.sent_ms >= 0 ? line.sent_ms : line.time_ms;
    f->name_len = log_name_len(f, line.worker);
    if (l->prefix[0] != '\0' && f->name_len >= strlen(l->prefix))
        f->state = LOG_FOREIGN; /* the crawl "a-b", looked for is "a" */
    else if (when >= 0 && when < l->started_ms)
        f->state = LOG_EARLIER;
}

void
verify_log_names(struct verify_log *l, verify_log_name_fn *on_name, void *arg)
{
    log_look(l);
    for (size_t i = 0; i < l->count; i++) {
        struct log_file *f = &l->files[i];
        int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

        if (fd >= 0 && f->state == LOG_UNDECIDED)
            log_decide(l, f, fd);
        if (fd >= 0)
            close(fd);
        if (f->name_len > 0 && f->state == LOG_TAKEN)
            on_name(arg, (struct str){f->base, f->name_len});
    }
}

/* --- reading --- */

struct log_reading {
    struct verify_log *log;
    struct log_file *file;
    uint64_t index;
    verify_log_fn *on_line;
    void *arg;
};

static void
log_hand(struct log_reading *r, struct str line, uint64_t at)
{
    r->on_line(r->arg, line, r->index << LOG_PLACE_BITS | at);
}

/* The whole lines of n bytes, which stand at f->at; how many bytes they are. */
static size_t
log_cut(struct log_reading *r, size_t n)
{
    struct log_file *f = r->file;
    const char *bytes = r->log->bytes, *end;
    size_t at = 0;

    while ((end = memchr(bytes + at, '\n', n - at)) != NULL) {
        struct str line = {bytes + at, (size_t)(end - bytes) - at};

        if (f->is_long)
            line.n = 0;
        f->is_long = false;
        log_hand(r, line, f->at + at);
        at = (size_t)(end - bytes) + 1;
    }
    return at;
}

/* From f->at to the file's end, or to limit. */
static enum err
log_read_fd(struct log_reading *r, int fd, uint64_t limit)
{
    struct log_file *f = r->file;
    size_t have = 0;

    for (;;) {
        uint64_t from = f->at + have, most = limit - from;
        size_t room = LOG_LINE_MAX - have, done;
        ssize_t n = pread(fd, r->log->bytes + have, most < room ? most : room,
                          (off_t)from);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            f->size = from;
            return n < 0 ? ERR_IO : ERR_OK;
        }
        have += (size_t)n;
        done = log_cut(r, have);
        if (done == 0 && have == LOG_LINE_MAX) {
            f->is_long = true;
            done = have;
        }
        f->at += done;
        have -= done;
        memmove(r->log->bytes, r->log->bytes + done, have);
    }
}

static enum err
log_read_file(struct log_reading *r, uint64_t limit,
              char why[VERIFY_LOG_WHY_BYTES])
{
    struct log_file *f = r->file;
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum err e = fd >= 0 ? ERR_OK : ERR_IO;

    if (e == ERR_OK && f->state == LOG_UNDECIDED)
        log_decide(r->log, f, fd);
    if (e == ERR_OK && f->state == LOG_TAKEN)
        e = log_read_fd(r, fd, limit);
    if (e != ERR_OK)
        snprintf(why, VERIFY_LOG_WHY_BYTES, "%.300s: %s",
                 LOG_ESC(str_from(f->path)), strerror(errno));
    if (fd >= 0)
        close(fd);
    return e;
}

/* Counts on the way to whom the lines are for. */
struct log_counter {
    struct verify_log *log;
    verify_log_fn *on_line;
    void *arg;
};

static void
log_count(void *arg, struct str line, uint64_t place)
{
    struct log_counter *c = arg;

    c->log->lines++;
    c->on_line(c->arg, line, place);
}

enum err
verify_log_read(struct verify_log *l, verify_log_fn *on_line, void *arg,
                char why[VERIFY_LOG_WHY_BYTES])
{
    struct log_counter counter = {l, on_line, arg};
    enum err e = ERR_OK;

    log_look(l);
    for (size_t i = 0; i < l->count && e == ERR_OK; i++) {
        struct log_reading r = {l, &l->files[i], i, log_count, &counter};

        if (r.file->state == LOG_UNDECIDED || r.file->state == LOG_TAKEN)
            e = log_read_file(&r, INT64_MAX, why);
    }
    return e;
}

enum err
verify_log_again(struct verify_log *l, verify_log_fn *on_line, void *arg,
                 char why[VERIFY_LOG_WHY_BYTES])
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < l->count && e == ERR_OK; i++) {
        struct log_file file = l->files[i]; /* a reader of its own */
        struct log_reading r = {l, &file, i, on_line, arg};

        file.at = 0;
        file.is_long = false;
        if (file.state == LOG_TAKEN)
            e = log_read_file(&r, l->files[i].at, why);
    }
    return e;
}

/* --- one line --- */

void
verify_log_get(struct verify_log *l, uint64_t place, struct buf *out)
{
    uint64_t index = place >> LOG_PLACE_BITS;
    off_t at = (off_t)(place & ((UINT64_C(1) << LOG_PLACE_BITS) - 1));
    const char *end = NULL;
    ssize_t n = -1;
    int fd;

    buf_reset(out);
    if (index >= l->count)
        return;
    fd = open(l->files[index].path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    n = pread(fd, l->bytes, LOG_LINE_MAX, at);
    close(fd);
    if (n > 0)
        end = memchr(l->bytes, '\n', (size_t)n);
    if (end == NULL || buf_add(out, l->bytes, (size_t)(end - l->bytes)))
        buf_reset(out);
}

void
verify_log_where(const struct verify_log *l, uint64_t place,
                 char out[VERIFY_LOG_WHY_BYTES])
{
    uint64_t index = place >> LOG_PLACE_BITS;
    uint64_t at = place & ((UINT64_C(1) << LOG_PLACE_BITS) - 1);

    snprintf(out, VERIFY_LOG_WHY_BYTES, "%.400s, byte %" PRIu64,
             index < l->count ? LOG_ESC(str_from(l->files[index].path)) : "?",
             at);
}

struct verify_log_counts
verify_log_counts(const struct verify_log *l)
{
    struct verify_log_counts c = {.lines = l->lines};

    for (size_t i = 0; i < l->count; i++) {
        const struct log_file *f = &l->files[i];

        c.earlier += f->state == LOG_EARLIER;
        if (f->state == LOG_EARLIER || f->state == LOG_FOREIGN)
            continue;
        c.files++;
        c.torn += f->is_long || f->size > f->at;
    }
    return c;
}
