/*
 * verify - "master verify": proves from the logs that nothing was lost.
 *
 * Two readings of the logs and one of all that Redis holds:
 *
 *   verify_urls.c   every entry ever added is finished, waits, is in a
 *                   worker's hands or in quarantine; the counters agree
 *   verify_lines.c  no URL was finished twice but behind a crash, no site was
 *                   asked too soon, each record named is there, each line is
 *                   whole and has its URL's site
 *
 * The first needs 10 to 15 bytes a URL, the second 24 bytes a request, one
 * after the other.  Nothing is written and nothing is locked: the crawl may
 * run meanwhile.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "common/site.h"
#include "master/command.h"
#include "master/commands.h"
#include "master/progress.h"
#include "master/verify_parts.h"

/* "1,204" where several stand in one call */
#define COUNT_TEXT(n) progress_count((n), (char[PROGRESS_TEXT_BYTES]){0})

/* --- folders --- */

static bool
verify_add_folder(struct verify *v, struct verify_warc *warc, const char *path)
{
    if (verify_log_add_folder(v->log, path) == ERR_OK) {
        verify_warc_add_folder(warc, path);
        verify_files_add_folder(v->files, path);
        return true;
    }
    log_warnx("%s: %s", LOG_ESC(str_from(path)), strerror(errno));
    return false;
}

/* The crawl's own: with --redis it is where a master would have put it. */
static bool
verify_add_folders(struct verify *v, struct verify_warc *warc,
                   const struct command_crawl *c, char **dirs, size_t count)
{
    struct stat st;
    bool is_good = true;
    const char *own = c->folder ? c->folder : c->name;

    if (c->folder || (stat(own, &st) == 0 && S_ISDIR(st.st_mode)))
        is_good = verify_add_folder(v, warc, own);
    else if (count == 0) {
        log_warnx("where are the logs of crawl %s? Name its folder with "
                  "--output, or folders that have some",
                  c->name);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        is_good = verify_add_folder(v, warc, dirs[i]) && is_good;
    return is_good;
}

/* --- the summary --- */

static void
verify_say_entries(const struct verify *v)
{
    printf("  %s finished, %s waiting, %s in flight, %s in quarantine; %s "
           "lost\n",
           COUNT_TEXT(v->finished),
           COUNT_TEXT(v->waiting[VERIFY_IN_QUEUE] + v->waiting[VERIFY_IN_SITE] +
                      v->waiting[VERIFY_IN_RETRY]),
           COUNT_TEXT(v->waiting[VERIFY_IN_FLIGHT]),
           COUNT_TEXT(v->waiting[VERIFY_IN_QUARANTINE]), COUNT_TEXT(v->lost));
    printf("  %s fetched again after a crash (by %s dead workers), %s without "
           "one\n",
           COUNT_TEXT(v->again), COUNT_TEXT(v->again_workers),
           COUNT_TEXT(v->report.counts[VERIFY_TWICE]));
    if (v->forgotten > 0)
        printf("  %s finished and then forgotten by Redis when it broke\n",
               COUNT_TEXT(v->forgotten));
}

static void
verify_say_files(const struct verify *v)
{
    struct verify_files_counts files = verify_files_counts(v->files);

    if (files.files + files.away == 0)
        return;
    printf("\n  %s saved files, %s of them missing", COUNT_TEXT(files.files),
           COUNT_TEXT(v->report.counts[VERIFY_FILE]));
    if (files.away > 0)
        printf("; %s more of hosts of which nothing is here",
               COUNT_TEXT(files.away));
}

static void
verify_say_lines(const struct verify *v)
{
    struct verify_log_counts log = verify_log_counts(v->log);

    if (v->per_site > 1)
        printf("  the delay is not checked: --per-site is %u\n", v->per_site);
    else
        printf("  %s requests to %s sites, %s too close (under nine tenths "
               "of the delay)\n",
               COUNT_TEXT(v->spacing.requests), COUNT_TEXT(v->spacing.sites),
               COUNT_TEXT(v->spacing.gaps));
    printf("  %s WARC records in %s files, %s of them missing",
           COUNT_TEXT(v->warc.records), COUNT_TEXT(v->warc.files),
           COUNT_TEXT(v->report.counts[VERIFY_RECORD]));
    if (v->warc.files_away > 0)
        printf("; %s more in %s files that are not here",
               COUNT_TEXT(v->warc.records_away),
               COUNT_TEXT(v->warc.files_away));
    verify_say_files(v);
    printf("\n  %s lines in %s log files", COUNT_TEXT(log.lines),
           COUNT_TEXT(log.files));
    if (log.torn > 0)
        printf(", %s of them cut off at the end", COUNT_TEXT(log.torn));
    if (log.earlier > 0)
        printf("; %s more of before --restart, not read",
               COUNT_TEXT(log.earlier));
    putchar('\n');
}

static int
verify_say(const struct verify *v, const char *name, bool is_short)
{
    uint64_t wrong = verify_report_total(&v->report);

    verify_report_end(&v->report);
    if (!is_short) {
        printf("crawl %s, %s: %s entries\n", name,
               frontier_state_name(v->counts.state), COUNT_TEXT(v->entries));
        verify_say_entries(v);
        verify_say_lines(v);
        if (wrong == 0)
            printf("all is right\n");
        else
            printf("%s wrong\n", COUNT_TEXT(wrong));
    }
    if (v->lost > 0)
        log_info("entries that workers of other machines finished look lost "
                 "until the folders of their logs are given too");
    if (fflush(stdout) != 0 || ferror(stdout)) {
        log_warn("standard output");
        return EXIT_DISK;
    }
    return wrong == 0 ? EXIT_FINISHED : EXIT_ERROR;
}

/* --- the command --- */

static int
verify_crawl(struct verify *v, struct verify_warc *warc)
{
    enum err e = verify_urls(v);

    if (e == ERR_OK)
        e = verify_lines(v, warc);
    if (e == ERR_OK)
        return EXIT_FINISHED;
    if (e == ERR_NOT_FOUND)
        return EXIT_SIGTERM;
    log_warnx("%s", v->why);
    return e == ERR_REDIS ? EXIT_REDIS : EXIT_DISK;
}

static int
verify_open(const struct config *config, const struct command_crawl *c,
            char **dirs, size_t count)
{
    struct verify_warc *warc = verify_warc_new();
    uint64_t started = 0;
    struct verify v = {.frontier = {.redis = c->redis,
                                    .frontier = c->frontier,
                                    .is_stopped = command_is_stopped},
                       .report = {.shows_all = config->verbose},
                       .timeout_ms = c->settings.timeout,
                       .delay_ms = live_or(&c->live, LIVE_REST, c->delay_ms),
                       .has_changed = c->live.v[LIVE_REST] != LIVE_UNSET,
                       .per_site = (unsigned)c->settings.per_site};
    int code = EXIT_USAGE;

    if (!str_to_u64(command_field(c, "started"), INT64_MAX / 1000, &started))
        log_warnx("Redis does not say when crawl %s began", c->name);
    v.started_ms = (int64_t)started * 1000;
    v.log = verify_log_new(c->name, v.started_ms);
    v.files = verify_files_new();
    verify_set_init(&v.odd, 0);
    command_open_sites(c);
    if (verify_add_folders(&v, warc, c, dirs, count))
        code = verify_crawl(&v, warc);
    if (code == EXIT_FINISHED)
        code = verify_say(&v, c->name, config->quiet);
    site_fini();
    verify_set_fini(&v.odd);
    verify_files_free(v.files);
    verify_log_free(v.log);
    verify_warc_free(warc);
    return code;
}

int
verify_run(struct config *config, char **args, size_t count)
{
    struct command_crawl crawl;
    int code = command_open(config, COMMAND_STARTS, &crawl);

    if (code != EXIT_FINISHED)
        return code;
    code = verify_open(config, &crawl, args, count);
    command_close(&crawl);
    return code;
}
