/*
 * Two layers.  The input gives raw bytes: a file descriptor or seed_http.  On
 * top of it stands either nothing (plain text) or libarchive, which pulls from
 * the input by its read callback.  The first bytes of the input are looked at
 * to choose, then handed on as if nothing had happened.
 *
 * libarchive is asked only when a magic number says so.  Left to guess it
 * would take a plain list for one of its many formats now and then.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/seed_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "common/mem.h"
#include "common/str.h"
#include "common/url.h"
#include "master/seed_http.h"

enum {
    SEED_SOURCE_BLOCK_BYTES = 64 * 1024,
    SEED_SOURCE_SNIFF_BYTES = 6, /* the longest magic number below */
    SEED_SOURCE_PATIENCE_S = 30  /* a slow server of a list is still a server */
};

struct seed_source {
    int fd; /* -1: http */
    struct seed_http *http;
    struct archive *archive; /* NULL: plain */
    uint64_t done_bytes, total_bytes;
    uint64_t unpacked_bytes; /* over all members */
    bool is_started;         /* a member was entered */
    size_t at, n; /* bytes at..n of block are read, not yet handed on */
    char block[SEED_SOURCE_BLOCK_BYTES];
    char why[SEED_SOURCE_WHY_BYTES];
};

static bool
seed_source_is_url(const char *spec)
{
    struct str s = str_from(spec);

    return str_starts_nocase(s, STR("http://")) ||
           str_starts_nocase(s, STR("https://"));
}

bool
seed_source_is_slow(const char *spec)
{
    struct stat st;

    if (seed_source_is_url(spec))
        return true;
    if (strcmp(spec, "-") == 0)
        return fstat(STDIN_FILENO, &st) == 0 && !S_ISREG(st.st_mode);
    /* what is missing or a folder is refused at once */
    return stat(spec, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

uint64_t
seed_source_file_size(const char *spec)
{
    struct stat st;

    if (seed_source_is_url(spec) || strcmp(spec, "-") == 0 ||
        stat(spec, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
        return 0;
    return (uint64_t)st.st_size;
}

/* ---- the input: raw bytes ---- */

static enum err
seed_source_fd_read(struct seed_source *s, char *into, size_t room, size_t *got)
{
    for (;;) {
        ssize_t n = read(s->fd, into, room);

        if (n >= 0) {
            *got = (size_t)n;
            return ERR_OK;
        }
        if (errno == EAGAIN) { /* somebody made our standard input so */
            struct pollfd p = {.fd = s->fd, .events = POLLIN};

            poll(&p, 1, -1);
        } else if (errno != EINTR) {
            snprintf(s->why, sizeof(s->why), "%s", strerror(errno));
            return ERR_IO;
        }
    }
}

/* Bytes that were sniffed first, then those that follow. */
static enum err
seed_source_raw_read(struct seed_source *s, char *into, size_t room,
                     size_t *got)
{
    enum err e = ERR_OK;

    *got = 0;
    if (s->at < s->n) {
        *got = s->n - s->at < room ? s->n - s->at : room;
        memcpy(into, s->block + s->at, *got);
        s->at += *got;
        return ERR_OK;
    }
    if (s->http != NULL)
        e = seed_http_read(s->http, into, room, got, s->why, sizeof(s->why));
    else
        e = seed_source_fd_read(s, into, room, got);
    s->done_bytes += *got;
    return e;
}

/* Fill block up to the longest magic number, or to the end. */
static enum err
seed_source_sniff(struct seed_source *s)
{
    enum err e = ERR_OK;
    size_t got = 1;

    while (e == ERR_OK && got > 0 && s->n < SEED_SOURCE_SNIFF_BYTES) {
        s->at = s->n; /* nothing to hand on yet */
        e = seed_source_raw_read(s, s->block + s->n, sizeof(s->block) - s->n,
                                 &got);
        s->n += got;
    }
    s->at = 0;
    if (e == ERR_OK && s->n == 0) {
        snprintf(s->why, sizeof(s->why), "empty");
        return ERR_INVALID;
    }
    return e;
}

static enum err
seed_source_open_file(struct seed_source *s, const char *spec)
{
    bool is_stdin = strcmp(spec, "-") == 0;
    struct stat st;

    s->fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                     : open(spec, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (s->fd < 0 || fstat(s->fd, &st) != 0) {
        snprintf(s->why, sizeof(s->why), "%s", strerror(errno));
        return ERR_IO;
    }
    if (S_ISDIR(st.st_mode)) {
        snprintf(s->why, sizeof(s->why), "is a folder, not a list");
        return ERR_INVALID;
    }
    if (S_ISREG(st.st_mode) && st.st_size > 0)
        s->total_bytes = (uint64_t)st.st_size;
    return ERR_OK;
}

/* libcurl gets what url.c makes of it, never the raw text; userinfo goes. */
static enum err
seed_source_open_url(struct seed_source *s, const char *spec,
                     const struct seed_trust *trust)
{
    struct buf canonical;
    struct url u;
    enum err e;

    buf_init(&canonical, URL_MAX_DEFAULT + 1);
    e = url_parse(str_from(spec), NULL, &canonical, &u);
    if (e == ERR_OK)
        e = buf_add_char(&canonical, '\0');
    if (e != ERR_OK) {
        snprintf(s->why, sizeof(s->why), "not a valid URL: %s", err_str(e));
        goto out;
    }
    e = seed_http_open(canonical.p, trust, SEED_SOURCE_PATIENCE_S, &s->http,
                       s->why, sizeof(s->why));
    if (e == ERR_OK)
        s->total_bytes = seed_http_size(s->http);
out:
    buf_fini(&canonical);
    return e;
}

/* ---- libarchive on top of it ---- */

static bool
seed_source_is_packed(const struct seed_source *s)
{
    static const struct {
        const char *magic;
        size_t n;
    } known[] = {
        {"\x1f\x8b", 2},         /* gzip, RFC 1952 */
        {"\x28\xb5\x2f\xfd", 4}, /* zstd, RFC 8878 */
        {"\xfd"
         "7zXZ",
         6},               /* xz, with the NUL behind */
        {"BZh", 3},        /* bzip2 */
        {"PK\x03\x04", 4}, /* zip: a local file header */
        {"PK\x05\x06", 4}, /* zip: empty */
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (s->n >= known[i].n &&
            memcmp(s->block, known[i].magic, known[i].n) == 0)
            return true;
    return false;
}

/*
 * The archive's bytes, a block a call.  The sniffed ones already stand in
 * block, so they are given from there.
 */
static la_ssize_t
seed_source_on_read(struct archive *a, void *arg, const void **bytes)
{
    struct seed_source *s = arg;
    size_t got;

    if (s->at == s->n) {
        if (seed_source_raw_read(s, s->block, sizeof(s->block), &got) !=
            ERR_OK) {
            archive_set_error(a, EIO, "%s", s->why);
            return -1;
        }
        s->at = 0;
        s->n = got;
    }
    *bytes = s->block + s->at;
    got = s->n - s->at;
    s->at = s->n;
    return (la_ssize_t)got;
}

/* Words for what libarchive refused; the input's own come first. */
static enum err
seed_source_broken(struct seed_source *s)
{
    const char *text = archive_error_string(s->archive);

    if (s->why[0] == '\0')
        snprintf(s->why, sizeof(s->why), "broken archive: %s",
                 text ? text : "not readable");
    return ERR_INVALID;
}

static enum err
seed_source_unpack(struct seed_source *s)
{
    struct archive *a = s->archive = archive_read_new();

    if (a == NULL)
        return ERR_NOMEM;
    /* a filter may be missing in libarchive's build: opening tells */
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_zstd(a);
    archive_read_support_format_raw(a);
    archive_read_support_format_empty(a);
    archive_read_support_format_zip_streamable(a);
    if (archive_read_open(a, s, NULL, seed_source_on_read, NULL) != ARCHIVE_OK)
        return seed_source_broken(s);
    return ERR_OK;
}

/* "__MACOSX/._top.csv", ".hidden": what some packers put beside the file. */
static bool
seed_source_is_beside(const char *path)
{
    const char *base = strrchr(path, '/');

    base = base ? base + 1 : path;
    return base[0] == '.' || strncmp(path, "__MACOSX/", 9) == 0;
}

static enum err
seed_source_next_packed(struct seed_source *s, const char **name)
{
    struct archive_entry *entry;
    int format;

    for (;;) {
        int r = archive_read_next_header(s->archive, &entry);

        if (r == ARCHIVE_EOF)
            return ERR_NOT_FOUND;
        if (r == ARCHIVE_RETRY)
            continue;
        if (r < ARCHIVE_WARN) /* a warning is about a name's charset */
            return seed_source_broken(s);
        format = archive_format(s->archive) & ARCHIVE_FORMAT_BASE_MASK;
        if (format == ARCHIVE_FORMAT_RAW) {
            /* no filter took it: its magic number promised more */
            if (archive_filter_code(s->archive, 0) == ARCHIVE_FILTER_NONE)
                return seed_source_broken(s);
            return ERR_OK;
        }
        *name = archive_entry_pathname(entry);
        if (*name == NULL)
            *name = archive_entry_pathname_utf8(entry);
        if (*name == NULL)
            *name = "?";
        if (archive_entry_filetype(entry) != AE_IFREG ||
            seed_source_is_beside(*name))
            continue;
        if (archive_entry_is_encrypted(entry)) {
            snprintf(s->why, sizeof(s->why), "the archive is encrypted");
            return ERR_INVALID;
        }
        return ERR_OK;
    }
}

/* ---- what the reader sees ---- */

enum err
seed_source_open(const char *spec, const struct seed_trust *trust,
                 struct seed_source **out, char why[SEED_SOURCE_WHY_BYTES])
{
    struct seed_source *s = xcalloc(1, sizeof(*s));
    enum err e;

    *out = NULL;
    s->fd = -1;
    e = seed_source_is_url(spec) ? seed_source_open_url(s, spec, trust)
                                 : seed_source_open_file(s, spec);
    if (e == ERR_OK)
        e = seed_source_sniff(s);
    if (e == ERR_OK && seed_source_is_packed(s))
        e = seed_source_unpack(s);
    if (e == ERR_OK) {
        *out = s;
        s = NULL; /* given away */
    } else {
        snprintf(why, SEED_SOURCE_WHY_BYTES, "%s",
                 s->why[0] ? s->why : err_str(e));
    }
    seed_source_close(s);
    return e;
}

void
seed_source_close(struct seed_source *s)
{
    if (s == NULL)
        return;
    archive_read_free(s->archive); /* NULL is fine */
    seed_http_close(s->http);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

enum err
seed_source_next(struct seed_source *s, const char **name)
{
    enum err e = ERR_NOT_FOUND;

    *name = NULL;
    if (s->archive != NULL)
        e = seed_source_next_packed(s, name);
    else if (!s->is_started)
        e = ERR_OK;
    if (e == ERR_NOT_FOUND && s->unpacked_bytes == 0) {
        snprintf(s->why, sizeof(s->why), "empty: the archive holds no list");
        return ERR_INVALID;
    }
    s->is_started = true;
    return e;
}

enum err
seed_source_read(struct seed_source *s, char *into, size_t room, size_t *got)
{
    la_ssize_t n;

    *got = 0;
    if (s->archive == NULL) {
        enum err e = seed_source_raw_read(s, into, room, got);

        s->unpacked_bytes += *got;
        return e;
    }
    do
        n = archive_read_data(s->archive, into, room);
    while (n == ARCHIVE_RETRY);
    if (n < 0)
        return seed_source_broken(s);
    *got = (size_t)n;
    s->unpacked_bytes += *got;
    return ERR_OK;
}

const char *
seed_source_why(const struct seed_source *s)
{
    return s->why;
}

void
seed_source_progress(const struct seed_source *s, uint64_t *done,
                     uint64_t *total)
{
    *done = s->done_bytes;
    *total = s->total_bytes;
}
