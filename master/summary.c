/* SPDX-License-Identifier: MIT */
#include "master/summary.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/outcome.h"
#include "master/progress.h"

#define COUNT(n) progress_count((uint64_t)(n), (char[PROGRESS_TEXT_BYTES]){0})
#define BYTES(n) progress_bytes((double)(n), (char[PROGRESS_TEXT_BYTES]){0})
#define TIME(n) progress_time((n), (char[PROGRESS_TEXT_BYTES]){0})

enum { SUMMARY_LABEL = 24, SUMMARY_VALUE_BYTES = 512 };

static void PRINTF_LIKE(3, 4)
    summary_row(struct buf *out, const char *label, const char *fmt, ...)
{
    char value[SUMMARY_VALUE_BYTES];
    va_list args;
    enum err e;

    va_start(args, fmt);
    vsnprintf(value, sizeof(value), fmt, args);
    va_end(args);
    e = buf_addf(out, "  %-*s %s\n", SUMMARY_LABEL, label, value);
    (void)e; /* far below its bound */
}

static void
summary_failures(const struct summary *s, struct buf *out)
{
    for (enum outcome o = 0; o < OUTCOME_COUNT; o++) {
        int64_t n = s->stats[STAT_OUTCOMES + o];
        char label[SUMMARY_VALUE_BYTES];

        if (n == 0 || o == OUTCOME_OK || o == OUTCOME_REDIRECT)
            continue;
        snprintf(label, sizeof(label), "  %s", outcome_words(o));
        summary_row(out, label, "%s", COUNT(n));
    }
}

static void
summary_left(const struct summary *s, struct buf *out)
{
    const struct frontier_counts *c = &s->counts;
    uint64_t left = c->queued + c->waiting + c->retry + c->flight;

    if (left > 0)
        summary_row(out, "still to do", "%s", COUNT(left));
    if (c->quarantined > 0)
        summary_row(out, "set aside", "%s, whose pages killed workers",
                    COUNT(c->quarantined));
}

/* Each machine, and where its files are: nobody else says that. */
static void
summary_hosts(const struct summary *s, struct buf *out)
{
    for (size_t i = 0; i < s->hosts_count; i++) {
        const struct fleet_host_view *h = &s->hosts[i];
        char times[64] = "";

        if (h->unreachable > 0)
            snprintf(times, sizeof(times), ", unreachable %s time%s%s",
                     COUNT(h->unreachable), h->unreachable > 1 ? "s" : "",
                     h->is_unreachable ? ", still so" : "");
        summary_row(out, "host", "%.64s: %s started, %s died%s", h->name,
                    COUNT(h->started), COUNT(h->died), times);
        if (h->started > 0)
            summary_row(out, "  its log and WARC", "%.64s:%.300s", h->name,
                        LOG_ESC(str_from(s->remote_output)));
    }
}

/* Where things are; what this run made none of is left out. */
static void
summary_folders(const struct summary *s, struct buf *out)
{
    const char *folder = LOG_ESC(str_from(s->folder));
    const int64_t *v = s->stats;

    if (s->has_log_here)
        summary_row(out, "log", "%s/log", folder);
    if (s->has_warc_here && s->has_warc)
        summary_row(out, "pages as WARC", "%s/warc", folder);
    if (s->has_files_here && v[STAT_files] > 0)
        summary_row(out, "pages as files", "%s/files", folder);
    if (s->has_log_here && v[STAT_links_written] > 0)
        summary_row(out, "link graph", "%s/links, %s lines", folder,
                    COUNT(v[STAT_links_written]));
    if (s->has_log_here && v[STAT_extract_lines] > 0)
        summary_row(out, "extracted", "%s/extract, %s lines", folder,
                    COUNT(v[STAT_extract_lines]));
    if (s->has_log_here && v[STAT_exec_records] > 0)
        summary_row(out, "from --exec", "%s/records, %s lines", folder,
                    COUNT(v[STAT_exec_records]));
    summary_row(out, "counters", "%s/stats.json", folder);
}

void
summary_render(const struct summary *s, struct buf *out)
{
    const int64_t *v = s->stats;
    double seconds = (double)(s->elapsed_ms ? s->elapsed_ms : 1) / 1000;
    int64_t pages = v[STAT_pages] - s->pages_before;
    enum err e = buf_addf(out, "weft %s: %s in %s\n", s->name, s->result,
                          TIME(s->elapsed_ms));

    (void)e;
    summary_row(out, "pages", "%s (%.1f a second)", COUNT(v[STAT_pages]),
                (double)(pages > 0 ? pages : 0) / seconds);
    summary_row(out, "answers", "2xx %s, 3xx %s, 4xx %s, 5xx %s",
                COUNT(v[STAT_status_2xx]), COUNT(v[STAT_status_3xx]),
                COUNT(v[STAT_status_4xx]), COUNT(v[STAT_status_5xx]));
    summary_row(out, "robots.txt", "%s fetched", COUNT(v[STAT_robots_fetches]));
    summary_row(out, "received", "%s, %s decoded",
                BYTES(v[STAT_bytes_received]), BYTES(v[STAT_bytes_decoded]));
    if (s->has_warc)
        summary_row(out, "stored", "%s of WARC", BYTES(v[STAT_bytes_warc]));
    if (v[STAT_files] > 0)
        summary_row(out, "saved", "%s files, %s", COUNT(v[STAT_files]),
                    BYTES(v[STAT_bytes_files]));
    if (s->seed_rows > 0)
        summary_row(out, "seed rows", "%s, %s bad", COUNT(s->seed_rows),
                    COUNT(s->seed_bad));
    if (s->has_counts) {
        summary_row(out, "URLs known", "%s, %s finished",
                    COUNT(s->counts.known), COUNT(s->counts.finished));
        summary_left(s, out);
    }
    summary_failures(s, out);
    if (s->connections > 0)
        summary_row(out, "connections (auto)", "%s at the end, %s at most",
                    COUNT(s->connections), COUNT(s->connections_most));
    if (s->worker_deaths > 0)
        summary_row(out, "workers that died", "%s", COUNT(s->worker_deaths));
    summary_hosts(s, out);
    summary_folders(s, out);
}

/* --- JSON --- */

static void
summary_int(json_t *o, const char *name, uint64_t value)
{
    json_object_set_new(o, name, json_integer((json_int_t)value));
}

static json_t *
summary_json_hosts(const struct summary *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->hosts_count; i++) {
        json_t *o = json_object();

        json_object_set_new(o, "host", json_string(s->hosts[i].name));
        summary_int(o, "started", s->hosts[i].started);
        summary_int(o, "died", s->hosts[i].died);
        summary_int(o, "unreachable", s->hosts[i].unreachable);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *
summary_json(const struct summary *s)
{
    const struct frontier_counts *c = &s->counts;
    json_t *o = json_object();

    if (o == NULL)
        fatalx("out of memory");
    json_object_set_new(o, "name", json_string(s->name));
    json_object_set_new(o, "result", json_string(s->result));
    summary_int(o, "exit_code", (uint64_t)s->exit_code);
    if (s->started > 0)
        summary_int(o, "started", s->started);
    summary_int(o, "elapsed_ms", s->elapsed_ms);
    if (s->has_counts) {
        summary_int(o, "known", c->known);
        summary_int(o, "finished", c->finished);
        summary_int(o, "queued", c->queued);
        summary_int(o, "waiting", c->waiting);
        summary_int(o, "flight", c->flight);
        summary_int(o, "retry", c->retry);
        summary_int(o, "quarantined", c->quarantined);
        summary_int(o, "charged", c->charged);
        summary_int(o, "sites_held", c->sites_held);
        summary_int(o, "workers", c->workers);
    }
    summary_int(o, "seed_rows", s->seed_rows);
    summary_int(o, "seeds_good", s->seed_good);
    summary_int(o, "seeds_bad", s->seed_bad);
    summary_int(o, "worker_deaths", s->worker_deaths);
    if (s->connections > 0) {
        summary_int(o, "connections", s->connections);
        summary_int(o, "connections_most", s->connections_most);
    }
    if (s->hosts_count > 0)
        json_object_set_new(o, "hosts", summary_json_hosts(s));
    for (enum stats_id i = 0; i < STAT_COUNT; i++)
        summary_int(o, stats_name(i), (uint64_t)s->stats[i]);
    return o;
}

enum err
summary_write_json(const struct summary *s, const char *path)
{
    size_t n = strlen(path) + sizeof(".new");
    char *new_path = xmalloc(n);
    json_t *o = summary_json(s);
    FILE *file = NULL; /* jansson writes byte by byte */
    int fd, error = 0;

    snprintf(new_path, n, "%s.new", path);
    fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
              0644);
    if (fd >= 0)
        file = fdopen(fd, "w");
    if (file == NULL || json_dumpf(o, file, JSON_INDENT(2)) != 0 ||
        fputc('\n', file) == EOF)
        error = errno ? errno : EIO;
    if (file != NULL && fclose(file) != 0 && error == 0)
        error = errno;
    if (file == NULL && fd >= 0)
        close(fd);
    if (error == 0 && rename(new_path, path) != 0)
        error = errno;
    json_decref(o);
    free(new_path);
    errno = error;
    return error == 0 ? ERR_OK : error == ENOSPC ? ERR_NO_SPACE : ERR_IO;
}
