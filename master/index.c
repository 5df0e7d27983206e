/*
 * index - "master index": CDXJ for WARC files.
 *
 * Each X.warc.gz (.warc.zst, .warc) gets an X.cdxj beside it, made once, since
 * a finished file does not change; all of them, sorted together, are
 * index.cdxj.  sort(1) does the sorting: it is there wherever we run, and
 * bounds its memory whatever the size.  Needs no Redis; a crawl may run
 * meanwhile.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "master/cdxj.h"
#include "master/commands.h"
#include "master/progress.h"

#define COUNT_TEXT(n) progress_count((n), (char[PROGRESS_TEXT_BYTES]){0})

extern char **environ;

struct index {
    char **parts;       /* paths of the .cdxj files, owned */
    struct stat *files; /* their WARC files */
    size_t count;
    uint64_t lines, made, still_written, failed;
};

/* "FOLDER/name" or "STEMsuffix": the caller's to free. */
static char *
index_text(const char *a, const char *b, const char *c)
{
    size_t n = strlen(a) + strlen(b) + strlen(c) + 1;
    char *text = xmalloc(n);

    snprintf(text, n, "%s%s%s", a, b, c);
    return text;
}

static void
index_say(struct index *x, const char *path, const char *why)
{
    log_warnx("%s: %s", LOG_ESC(str_from(path)), why);
    x->failed++;
}

/* --- sort(1) --- */

/* argv[0] is "sort"; false after having said why. */
static bool
index_sort(struct index *x, const char **argv, const char *about)
{
    int status = 0, e = 0;
    pid_t pid;

    /* posix_spawn() takes it so for old compilers' sake; it only reads */
    e = posix_spawnp(&pid, argv[0], NULL, NULL, (char **)(uintptr_t)argv,
                     environ);
    if (e != 0) {
        log_warnx("cannot run sort(1): %s; install coreutils", strerror(e));
        x->failed++;
        return false;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    index_say(x, about, "sort(1) failed");
    return false;
}

/* Sort the file part in place, then give it its name. */
static bool
index_finish(struct index *x, const char *part, const char *path)
{
    const char *argv[] = {"sort", "-u", "-o", part, "--", part, NULL};

    if (!index_sort(x, argv, part))
        return false;
    if (rename(part, path) == 0)
        return true;
    index_say(x, path, strerror(errno));
    return false;
}

/* --- one file --- */

static bool
index_is_current(const char *warc, const char *cdxj)
{
    struct stat w, c;

    return stat(warc, &w) == 0 && stat(cdxj, &c) == 0 &&
           (c.st_mtim.tv_sec > w.st_mtim.tv_sec ||
            (c.st_mtim.tv_sec == w.st_mtim.tv_sec &&
             c.st_mtim.tv_nsec >= w.st_mtim.tv_nsec));
}

/* The lines of warc, called name, into the file part. */
static bool
index_write(struct index *x, const char *warc, const char *name,
            const char *part)
{
    char why[CDXJ_WHY_BYTES] = "";
    struct cdxj_counts counts;
    FILE *out = fopen(part, "we");
    enum err e;

    if (out == NULL) {
        index_say(x, part, strerror(errno));
        return false;
    }
    e = cdxj_write(warc, name, out, &counts, why);
    if (fclose(out) != 0 && e == ERR_OK) {
        index_say(x, part, strerror(errno));
        return false;
    }
    if (e != ERR_OK)
        index_say(x, warc, why);
    if (counts.odd > 0)
        log_warnx("%s: %" PRIu64 " records have no good URL or date",
                  LOG_ESC(str_from(warc)), counts.odd);
    x->lines += counts.lines;
    x->made++;
    return e != ERR_IO; /* what stands before a broken record counts */
}

/* A file that was named twice, or by two ways, counts once. */
static bool
index_is_known(const struct index *x, const struct stat *st)
{
    for (size_t i = 0; i < x->count; i++)
        if (x->files[i].st_dev == st->st_dev &&
            x->files[i].st_ino == st->st_ino)
            return true;
    return false;
}

/* X.warc and X.warc.gz in one folder have one X.cdxj, the first one's. */
static bool
index_is_taken(const struct index *x, const char *cdxj)
{
    for (size_t i = 0; i < x->count; i++)
        if (strcmp(x->parts[i], cdxj) == 0)
            return true;
    return false;
}

/* stem: the path without ".warc.gz" and the like. */
static void
index_file(struct index *x, const char *warc, const char *name, char *stem)
{
    char *cdxj = index_text(stem, ".cdxj", "");
    char *part = index_text(cdxj, ".part", "");
    struct stat st = {0};
    bool is_known = stat(warc, &st) == 0 && index_is_known(x, &st);
    bool is_taken = !is_known && index_is_taken(x, cdxj);
    bool is_good =
        !is_known && !is_taken &&
        (index_is_current(warc, cdxj) ||
         (index_write(x, warc, name, part) && index_finish(x, part, cdxj)));

    if (is_taken)
        index_say(x, warc,
                  "not indexed: its .cdxj is another file's, rename one");
    else if (!is_good && !is_known)
        unlink(part);
    free(part);
    if (!is_good) {
        free(cdxj);
        return;
    }
    x->parts = xreallocarray(x->parts, x->count + 1, sizeof(*x->parts));
    x->files = xreallocarray(x->files, x->count + 1, sizeof(*x->files));
    x->files[x->count] = st;
    x->parts[x->count++] = cdxj;
}

/* --- folders --- */

/* Whether path is a WARC file; one that is being written is counted only. */
static void
index_take(struct index *x, const char *path)
{
    static const struct str ends[] = {
        {".warc.gz", 8}, {".warc.zst", 9}, {".warc", 5}};
    const char *name = strrchr(path, '/');
    struct str s = str_from(path);

    struct str grown = s;

    if (str_ends(s, STR(".open")))
        grown.n -= 5;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (grown.n < s.n && str_ends(grown, ends[i])) {
            x->still_written++;
        } else if (str_ends(s, ends[i])) {
            char *stem = xmemdup0(s.p, s.n - ends[i].n);

            index_file(x, path, name ? name + 1 : path, stem);
            free(stem);
            return;
        }
}

/* A crawl's folder stands for its warc/. */
static char *
index_warc_folder(const char *path)
{
    char *folder = index_text(path, "/warc", "");
    struct stat st;

    if (stat(folder, &st) == 0 && S_ISDIR(st.st_mode))
        return folder;
    free(folder);
    return xstrdup(path);
}

static void
index_folder(struct index *x, const char *path)
{
    char *folder = index_warc_folder(path);
    struct dirent **names = NULL;
    int count = scandir(folder, &names, NULL, alphasort);

    if (count < 0)
        index_say(x, folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *file = index_text(folder, "/", names[i]->d_name);

        index_take(x, file);
        free(file);
        free(names[i]);
    }
    free(names);
    free(folder);
}

static void
index_argument(struct index *x, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        index_say(x, path, strerror(errno));
    else if (S_ISDIR(st.st_mode))
        index_folder(x, path);
    else
        index_take(x, path);
}

/* --- all together --- */

static bool
index_merge(struct index *x, const char *folder)
{
    enum { OWN = 6 };
    char *path = index_text(folder, "/index.cdxj", "");
    char *part = index_text(path, ".part", "");
    const char **argv = xcalloc(x->count + OWN + 1, sizeof(*argv));
    const char *own[OWN] = {"sort", "-m", "-u", "-o", part, "--"};
    bool is_good;

    memcpy(argv, own, sizeof(own));
    memcpy(argv + OWN, x->parts, x->count * sizeof(*argv));
    is_good = index_sort(x, argv, part);
    if (is_good && rename(part, path) != 0) {
        index_say(x, path, strerror(errno));
        is_good = false;
    }
    if (is_good)
        printf("%s: %s WARC file%s, %s indexed now with %s records\n",
               LOG_ESC(str_from(path)), COUNT_TEXT(x->count),
               x->count == 1 ? "" : "s", COUNT_TEXT(x->made),
               COUNT_TEXT(x->lines));
    else
        unlink(part);
    free(argv);
    free(part);
    free(path);
    return is_good;
}

/* Where index.cdxj goes: --output, or the first folder that was named. */
static char *
index_output(const struct config *config, const char *first)
{
    const char *slash = strrchr(first, '/');
    struct stat st;

    if (config->output)
        return xstrdup(config->output);
    if (stat(first, &st) == 0 && S_ISDIR(st.st_mode))
        return xstrdup(first);
    return slash ? xmemdup0(first, (size_t)(slash - first)) : xstrdup(".");
}

int
index_run(struct config *config, char **args, size_t count)
{
    char dot[] = ".";
    char *here[] = {config->output ? config->output : dot};
    struct index x = {0};
    char *folder;

    if (count == 0) {
        args = here;
        count = 1;
    }
    setenv("LC_ALL", "C", 1); /* sorted by bytes, as readers search it */
    for (size_t i = 0; i < count; i++)
        index_argument(&x, args[i]);
    folder = index_output(config, args[0]);
    if (x.still_written > 0)
        log_warnx("%" PRIu64 " WARC file%s still being written (.open), not "
                  "indexed",
                  x.still_written, x.still_written == 1 ? " is" : "s are");
    if (x.count > 0 && mkdir(folder, 0777) != 0 && errno != EEXIST)
        index_say(&x, folder, strerror(errno));
    else if (x.count > 0)
        index_merge(&x, folder);
    else if (x.failed == 0)
        index_say(&x, folder,
                  "no finished WARC file here: name a crawl's folder");
    for (size_t i = 0; i < x.count; i++)
        free(x.parts[i]);
    free(x.parts);
    free(x.files);
    free(folder);
    return x.failed > 0 ? EXIT_ERROR : EXIT_FINISHED;
}
