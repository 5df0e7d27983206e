/* SPDX-License-Identifier: MIT */
#include "master/verify_warc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "common/mem.h"
#include "common/warc_read.h"

enum {
    WARC_OPEN_MAX = 64, /* files held open at a time */
    WARC_NAME_MAX = NAME_MAX - 5
};

struct warc_known {
    UT_hash_handle hh;
    int fd; /* -1: not open at present */
    bool is_away;
    uint64_t records;
    int64_t last; /* the greatest offset asked for; -1: none was there */
    uint64_t last_place;
    size_t name_n;
    char name[];
};

struct verify_warc {
    char **folders;
    size_t folders_count;
    struct warc_known *known;
    struct warc_known *open[WARC_OPEN_MAX]; /* a ring: the oldest goes */
    size_t open_next;
};

struct verify_warc *
verify_warc_new(void)
{
    return xcalloc(1, sizeof(struct verify_warc));
}

void
verify_warc_free(struct verify_warc *w)
{
    struct warc_known *k, *next;

    if (w == NULL)
        return;
    HASH_ITER(hh, w->known, k, next)
    {
        HASH_DEL(w->known, k);
        if (k->fd >= 0)
            close(k->fd);
        free(k);
    }
    for (size_t i = 0; i < w->folders_count; i++)
        free(w->folders[i]);
    free(w->folders);
    free(w);
}

void
verify_warc_add_folder(struct verify_warc *w, const char *path)
{
    size_t n = strlen(path) + sizeof("/warc");
    char *folder = xmalloc(n);
    struct stat st;

    snprintf(folder, n, "%s/warc", path);
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
        snprintf(folder, n, "%s", path);
    w->folders =
        xreallocarray(w->folders, w->folders_count + 1, sizeof(*w->folders));
    w->folders[w->folders_count++] = folder;
}

/* --- files --- */

static int
warc_open_in(const char *folder, const char *name, const char *suffix)
{
    size_t n = strlen(folder) + strlen(name) + strlen(suffix) + 2;
    char *path = xmalloc(n);
    struct stat st;
    int fd;

    snprintf(path, n, "%s/%s%s", folder, name, suffix);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    free(path);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* A file may lose its ".open" between two looks, so the name comes again. */
static int
warc_open_file(const struct verify_warc *w, const char *name)
{
    static const char *const suffixes[] = {"", ".open", ""};

    for (size_t i = 0; i < w->folders_count; i++)
        for (size_t j = 0; j < sizeof(suffixes) / sizeof(suffixes[0]); j++) {
            int fd = warc_open_in(w->folders[i], name, suffixes[j]);

            if (fd >= 0)
                return fd;
        }
    return -1;
}

/* Open k's file, at the cost of the one that was opened longest ago. */
static void
warc_open(struct verify_warc *w, struct warc_known *k)
{
    struct warc_known **slot = &w->open[w->open_next];

    k->fd = warc_open_file(w, k->name);
    k->is_away = k->fd < 0;
    if (k->is_away)
        return;
    if (*slot && (*slot)->fd >= 0) {
        close((*slot)->fd);
        (*slot)->fd = -1;
    }
    *slot = k;
    w->open_next = (w->open_next + 1) % WARC_OPEN_MAX;
}

static struct warc_known *
warc_find(struct verify_warc *w, struct str name)
{
    struct warc_known *k;

    HASH_FIND(hh, w->known, name.p, name.n, k);
    if (k == NULL) {
        k = xcalloc(1, sizeof(*k) + name.n + 1);
        memcpy(k->name, name.p, name.n);
        k->name_n = name.n;
        k->last = -1;
        k->fd = -1;
        HASH_ADD_KEYPTR(hh, w->known, k->name, k->name_n, k);
    }
    if (k->fd < 0 && !k->is_away)
        warc_open(w, k);
    return k;
}

/* A plain name: what a line says opens nothing outside of the folders. */
static bool
warc_is_name(struct str name)
{
    return name.n > 0 && name.n <= WARC_NAME_MAX && name.p[0] != '.' &&
           memchr(name.p, '/', name.n) == NULL &&
           memchr(name.p, '\0', name.n) == NULL;
}

/* --- records --- */

/* What a record begins with in a file of that name, or cannot be without. */
static struct str
warc_magic(struct str file)
{
    if (str_ends(file, STR(".gz")))
        return (struct str){"\x1f\x8b", 2}; /* RFC 1952, section 2.3.1 */
    if (str_ends(file, STR(".zst")))
        return (struct str){"\x28\xb5\x2f\xfd", 4}; /* RFC 8878, 3.1.1 */
    return STR("WARC/1.");
}

enum verify_record
verify_warc_check(struct verify_warc *w, struct str file, int64_t offset,
                  uint64_t place)
{
    struct str magic = warc_magic(file);
    char found[8];
    struct warc_known *k;
    ssize_t n;

    if (!warc_is_name(file) || offset < 0)
        return VERIFY_RECORD_BAD;
    k = warc_find(w, file);
    k->records++;
    if (k->is_away)
        return VERIFY_RECORD_AWAY;
    do
        n = pread(k->fd, found, magic.n, (off_t)offset);
    while (n < 0 && errno == EINTR);
    if (n < (ssize_t)magic.n)
        return VERIFY_RECORD_BEHIND;
    if (memcmp(found, magic.p, magic.n) != 0)
        return VERIFY_RECORD_NONE;
    if (offset > k->last) {
        k->last = offset;
        k->last_place = place;
    }
    return VERIFY_RECORD_THERE;
}

/* Whether the record at offset can be read to its end. */
static bool
warc_is_whole(int fd, int64_t offset)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    struct warc_read *r =
        own < 0 ? NULL : warc_read_open_at(own, (uint64_t)offset);
    struct warc_record record;
    bool is_whole;
    uint64_t end;

    if (r == NULL)
        return false;
    is_whole = warc_read_next(r, &record) == ERR_OK &&
               warc_read_end(r, &end) == ERR_OK;
    warc_read_close(r);
    return is_whole;
}

void
verify_warc_tails(struct verify_warc *w,
                  void (*on_broken)(void *arg, uint64_t place), void *arg)
{
    for (struct warc_known *k = w->known; k != NULL; k = k->hh.next) {
        if (k->last < 0)
            continue;
        if (k->fd < 0)
            warc_open(w, k);
        if (k->fd < 0 || !warc_is_whole(k->fd, k->last))
            on_broken(arg, k->last_place);
    }
}

struct verify_warc_counts
verify_warc_counts(const struct verify_warc *w)
{
    struct verify_warc_counts c = {0, 0, 0, 0};

    for (const struct warc_known *k = w->known; k != NULL; k = k->hh.next) {
        *(k->is_away ? &c.files_away : &c.files) += 1;
        *(k->is_away ? &c.records_away : &c.records) += k->records;
    }
    return c;
}
