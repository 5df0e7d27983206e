/*
 * report - "master report": one HTML page, or JSON, about a crawl.
 *
 * From the log of one or several output folders, wherever they were copied
 * to; Redis is not asked.  stats.json adds what the log does not have, when
 * it is there.  The crawl may run meanwhile.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/report_view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "master/commands.h"
#include "master/progress.h"

#define COUNT_TEXT(n) progress_count((n), (char[PROGRESS_TEXT_BYTES]){0})

enum { REPORT_DAY_MS = 86400000, REPORT_OUT_BYTES = 1 << 16 };

struct report_job {
    const struct config *config;
    char **folders; /* owned */
    size_t count;
    char *name;         /* of the crawl; NULL: not known, owned */
    char *other;        /* a second one that has logs there, owned */
    json_t *stats;      /* owned */
    int64_t started_ms; /* of the crawl, 0: not known */
    struct report_view view;
};

static char *
report_join(const char *folder, const char *name)
{
    size_t n = strlen(folder) + strlen(name) + 2;
    char *path = xmalloc(n);

    snprintf(path, n, "%s/%s", folder, name);
    return path;
}

static bool
report_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* --- folders --- */

/* Whether log/ is in it, or such files themselves. */
static bool
report_has_log(const char *path)
{
    char *folder = report_join(path, "log");
    bool has = report_is_folder(folder);
    DIR *dir = has ? NULL : opendir(path);
    struct dirent *d;

    while (dir && !has && (d = readdir(dir)) != NULL)
        has = str_ends(str_from(d->d_name), STR(".jsonl"));
    if (dir)
        closedir(dir);
    free(folder);
    return has;
}

/* A folder that was named twice, or by two ways, counts once. */
static bool
report_is_known(const struct report_job *j, const char *path)
{
    struct stat a, b;

    for (size_t i = 0; i < j->count; i++)
        if (stat(j->folders[i], &a) == 0 && stat(path, &b) == 0 &&
            a.st_dev == b.st_dev && a.st_ino == b.st_ino)
            return true;
    return false;
}

static bool
report_add(struct report_job *j, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 ||
        (S_ISDIR(st.st_mode) && access(path, R_OK | X_OK) != 0)) {
        log_warn("%s", LOG_ESC(str_from(path)));
        return false;
    }
    if (!S_ISDIR(st.st_mode) || !report_has_log(path)) {
        log_warnx("%s: not a crawl's folder, there is no log/ in it",
                  LOG_ESC(str_from(path)));
        return false;
    }
    if (report_is_known(j, path))
        return true;
    j->folders = xreallocarray(j->folders, j->count + 1, sizeof(*j->folders));
    j->folders[j->count++] = xstrdup(path);
    return true;
}

/* The only crawl's folder below the current one. */
static bool
report_add_only(struct report_job *j)
{
    DIR *here = opendir(".");
    char *found = NULL;
    struct dirent *d;
    bool is_good = true;

    while (here && is_good && (d = readdir(here)) != NULL) {
        char *log = d->d_name[0] == '.' ? NULL : report_join(d->d_name, "log");

        if (log && report_is_folder(log)) {
            is_good = found == NULL;
            if (!is_good)
                log_warnx("which crawl? There are several here, as %s and %s: "
                          "master report DIR",
                          LOG_ESC(str_from(found)),
                          LOG_ESC(str_from(d->d_name)));
            else
                found = xstrdup(d->d_name);
        }
        free(log);
    }
    if (here)
        closedir(here);
    if (found == NULL)
        log_warnx("which crawl? There is none in this folder: master report "
                  "DIR");
    is_good = is_good && found && report_add(j, found);
    free(found);
    return is_good;
}

static bool
report_find_folders(struct report_job *j, char **args, size_t count)
{
    const struct config *c = j->config;
    bool is_good = true;

    for (size_t i = 0; i < count; i++)
        is_good = report_add(j, args[i]) && is_good;
    if (count > 0)
        return is_good;
    if (c->output)
        return report_add(j, c->output);
    if (c->name && report_is_folder(c->name))
        return report_add(j, c->name);
    if (report_has_log("."))
        return report_add(j, ".");
    return report_add_only(j);
}

/* --- what is beside the log --- */

/* stats.json of the first folder that has one of this crawl. */
static void
report_find_stats(struct report_job *j)
{
    for (size_t i = 0; i < j->count && j->stats == NULL; i++) {
        char *path = report_join(j->folders[i], "stats.json");
        json_t *stats = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
        const char *name = json_string_value(json_object_get(stats, "name"));
        struct stat st;

        if (name && (j->name == NULL || strcmp(j->name, name) == 0)) {
            j->stats = json_incref(stats);
            if (stat(path, &st) == 0)
                j->view.stats_ms = (int64_t)st.st_mtim.tv_sec * 1000;
        } else if (stats == NULL && access(path, F_OK) == 0) {
            log_warnx("%s: not to be read, left out", LOG_ESC(str_from(path)));
        }
        json_decref(stats);
        free(path);
    }
}

static void
report_count_warc(struct report_view *v, const char *path, const char *name)
{
    static const char *const ends[] = {".warc.gz", ".warc.zst", ".warc"};
    struct str s = str_from(name);
    struct stat st;
    bool is_warc = false;

    if (str_ends(s, STR(".open"))) {
        v->warc_open++;
        return;
    }
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        is_warc = is_warc || str_ends(s, str_from(ends[i]));
    if (!is_warc || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    v->warc_files++;
    v->warc_bytes += (uint64_t)st.st_size;
}

static void
report_find_warc(struct report_job *j)
{
    struct str name = str_from(j->name);

    for (size_t i = 0; i < j->count; i++) {
        char *folder = report_join(j->folders[i], "warc");
        DIR *dir = opendir(folder);
        struct dirent *d;

        while (dir && (d = readdir(dir)) != NULL) {
            struct str file = str_from(d->d_name);
            char *path = report_join(folder, d->d_name);

            if (name.n == 0 || (file.n > name.n && str_starts(file, name) &&
                                file.p[name.n] == '-'))
                report_count_warc(&j->view, path, d->d_name);
            free(path);
        }
        if (dir)
            closedir(dir);
        free(folder);
    }
}

/* --- the log --- */

static void
report_on_name(void *arg, struct str name)
{
    struct report_job *j = arg;

    if (j->name == NULL)
        j->name = xmemdup0(name.p, name.n);
    else if (!str_equal(name, str_from(j->name)) && j->other == NULL)
        j->other = xmemdup0(name.p, name.n);
}

static bool
report_add_logs(const struct report_job *j, struct verify_log *log)
{
    for (size_t i = 0; i < j->count; i++)
        if (verify_log_add_folder(log, j->folders[i]) != ERR_OK) {
            log_warn("%s", LOG_ESC(str_from(j->folders[i])));
            return false;
        }
    return true;
}

/* The crawl's name: as told, or the only one that has logs there. */
static int
report_find_name(struct report_job *j)
{
    struct verify_log *log;
    int code = EXIT_FINISHED;

    if (j->config->name) {
        j->name = xstrdup(j->config->name);
        return EXIT_FINISHED;
    }
    log = verify_log_new(NULL, 0);
    if (!report_add_logs(j, log))
        code = EXIT_USAGE;
    verify_log_names(log, report_on_name, j);
    if (j->other) {
        log_warnx("which crawl? There are logs of several, as %s and %s: name "
                  "one with --name",
                  LOG_ESC(str_from(j->name)), LOG_ESC(str_from(j->other)));
        code = EXIT_USAGE;
    }
    verify_log_free(log);
    return code;
}

static int64_t
report_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
report_read(struct report_job *j, struct survey *s)
{
    struct verify_log *log = verify_log_new(j->name, j->started_ms);
    char why[VERIFY_LOG_WHY_BYTES];
    int code = report_add_logs(j, log) ? EXIT_FINISHED : EXIT_USAGE;

    s->latest_ms = j->view.now_ms + REPORT_DAY_MS;
    if (code == EXIT_FINISHED &&
        verify_log_read(log, survey_take, s, why) != ERR_OK) {
        log_warnx("%s", why);
        code = EXIT_DISK;
    }
    j->view.log = verify_log_counts(log);
    if (s->bad > 0)
        verify_log_where(log, s->bad_place, j->view.bad_where);
    verify_log_free(log);
    return code;
}

/* --- the page's file --- */

static bool
report_write(const struct report_job *j, FILE *out)
{
    if (j->config->json)
        report_json(&j->view, out);
    else
        report_html(&j->view, out);
    return fflush(out) == 0 && !ferror(out);
}

/* As a whole or not at all; what is no plain file is written to as it is. */
static bool
report_write_file(const struct report_job *j, const char *path)
{
    size_t n = strlen(path) + sizeof(".new");
    char *new_path = xmalloc(n);
    struct stat st;
    bool is_plain = stat(path, &st) != 0 || S_ISREG(st.st_mode), is_good;
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, fd;
    FILE *out;

    snprintf(new_path, n, "%s%s", path, is_plain ? ".new" : "");
    fd = open(new_path, is_plain ? flags | O_NOFOLLOW : flags, 0644);
    out = fd >= 0 ? fdopen(fd, "w") : NULL;
    is_good = out && report_write(j, out);
    if (out && fclose(out) != 0)
        is_good = false;
    if (is_good && is_plain)
        is_good = rename(new_path, path) == 0;
    if (!is_good) {
        log_warn("cannot write %s", LOG_ESC(str_from(path)));
        if (is_plain && fd >= 0)
            unlink(new_path);
    }
    free(new_path);
    return is_good;
}

static int
report_put(const struct report_job *j)
{
    const struct config *c = j->config;
    const char *file = c->report_file ? c->report_file : c->json ? "-" : NULL;
    char *path;
    bool is_good;

    if (file && strcmp(file, "-") == 0) {
        if (report_write(j, stdout))
            return EXIT_FINISHED;
        log_warn("standard output");
        return EXIT_DISK;
    }
    path = file ? xstrdup(file) : report_join(j->folders[0], "report.html");
    is_good = report_write_file(j, path);
    if (is_good && !c->quiet)
        printf("%s: %s URLs of crawl %s, %s lines in %s log file%s\n",
               LOG_ESC(str_from(path)), COUNT_TEXT(j->view.survey->urls),
               LOG_ESC(str_from(j->view.name)),
               COUNT_TEXT(j->view.survey->lines), COUNT_TEXT(j->view.log.files),
               j->view.log.files == 1 ? "" : "s");
    free(path);
    return is_good ? EXIT_FINISHED : EXIT_DISK;
}

/* --- the command --- */

static int
report_make(struct report_job *j, struct survey *s)
{
    struct report_view *v = &j->view;
    int code;

    v->now_ms = report_now_ms();
    report_find_stats(j);
    if (j->name == NULL && j->stats)
        j->name = xstrdup(json_string_value(json_object_get(j->stats, "name")));
    j->started_ms =
        1000 * json_integer_value(json_object_get(j->stats, "started"));
    code = report_read(j, s);
    if (code != EXIT_FINISHED)
        return code;
    if (v->log.files == 0) {
        log_warnx("%s: no log of %s%s here yet (log/NAME-*.jsonl)",
                  LOG_ESC(str_from(j->folders[0])),
                  j->name ? "crawl " : "a crawl",
                  j->name ? LOG_ESC(str_from(j->name)) : "");
        return EXIT_ERROR;
    }
    report_find_warc(j);
    v->survey = s;
    v->name = j->name ? j->name : "without a name";
    v->folders = j->folders;
    v->folders_count = j->count;
    v->stats = j->stats;
    v->is_stale = j->stats && s->last_ms > v->stats_ms + 2000;
    return report_put(j);
}

int
report_run(struct config *config, char **args, size_t count)
{
    struct report_job j = {.config = config};
    struct survey *s = survey_new(SURVEY_ROOM);
    int code =
        report_find_folders(&j, args, count) ? EXIT_FINISHED : EXIT_USAGE;

    if (code == EXIT_FINISHED)
        code = report_find_name(&j);
    if (code == EXIT_FINISHED)
        code = report_make(&j, s);
    for (size_t i = 0; i < j.count; i++)
        free(j.folders[i]);
    free(j.folders);
    free(j.name);
    free(j.other);
    json_decref(j.stats);
    survey_free(s);
    return code;
}
