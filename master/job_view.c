/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/color.h"
#include "common/log.h"
#include "common/mem.h"
#include "master/display.h"
#include "master/job_parts.h"
#include "master/summary.h"

enum {
    JOB_SAY_MS = 10000, /* between two lines where no block can be */
    JOB_RATE_MS = 5000, /* rates are of the last so many */
    JOB_BLOCK_BYTES = 1 << 20
};

void
job_view_open(struct job *j)
{
    j->is_live = j->config->progress && !j->config->quiet &&
                 display_is_possible(STDERR_FILENO);
    if (j->is_live)
        display_open(STDERR_FILENO);
    j->said_ms = uv_now(&j->loop);
}

static const char *
job_state_word(const struct job *j)
{
    switch (j->phase) {
    case JOB_STOPS:
    case JOB_SETTLES:
    case JOB_OVER:
        return "stopping";
    case JOB_FINISHES:
        return "finishing";
    case JOB_CRAWLS:
        break;
    }
    return j->counts.state == FRONTIER_PAUSED ? "paused" : "crawling";
}

static void
job_view_fill(const struct job *j, struct progress_view *v)
{
    const struct seed_counts *seeds = &j->seeded.counts;

    *v = (struct progress_view){
        .name = j->name,
        .state = job_state_word(j),
        .trouble = j->trouble[0] ? j->trouble : NULL,
        .procs = j->fleet ? fleet_size(j->fleet) : 0,
        .procs_running = j->fleet ? fleet_running(j->fleet) : 0,
        .threads = j->threads,
        .connections = j->connections ? connections_now(j->connections) : 0,
        .elapsed_ms = uv_now(&j->loop) - j->begin_ms,
        .counts = j->counts,
        .pages_per_s = progress_rate_get(&j->pages, JOB_RATE_MS),
        .bytes_per_s = progress_rate_get(&j->bytes, JOB_RATE_MS),
        .is_seeding = j->seeding != NULL,
        .seed_rows = seeds->rows,
        .seed_bad = seeds->bad,
        .seed_bytes = seeds->bytes_read,
        .seed_bytes_total = seeds->bytes_total,
        .delay_ms = j->config->delay,
        .max_pages = (uint64_t)j->config->max_pages,
        .is_color = color_is_wanted(j->config->color, STDERR_FILENO)};
    memcpy(v->stats, j->stats, sizeof(v->stats));
}

/* The line for people; in JSON with its numbers. */
static void
job_view_say(const struct progress_view *v, struct str line)
{
    const struct frontier_counts *c = &v->counts;
    const struct log_field fields[] = {
        {"state", v->state, 0},
        {"elapsed_ms", NULL, (int64_t)v->elapsed_ms},
        {"known", NULL, (int64_t)c->known},
        {"finished", NULL, (int64_t)c->finished},
        {"flight", NULL, (int64_t)c->flight},
        {"queue", NULL, (int64_t)(c->queued + c->waiting + c->retry)},
        {"pages", NULL, v->stats[STAT_pages]},
        {"pages_per_s", NULL, (int64_t)(v->pages_per_s + 0.5)},
        {"bytes_per_s", NULL, (int64_t)(v->bytes_per_s + 0.5)},
        {"procs_running", NULL, (int64_t)v->procs_running},
        {"connections", NULL, (int64_t)v->connections}};
    size_t count = sizeof(fields) / sizeof(fields[0]);

    if (v->connections == 0) /* as they were given */
        count--;
    log_info_fields(fields, count, "%.*s", STR_ARG(line));
}

void
job_view_tick(struct job *j)
{
    uint64_t now = uv_now(&j->loop);
    struct progress_view v;
    struct buf text;

    if (!j->config->progress || j->config->quiet ||
        (!j->is_live && now - j->said_ms < JOB_SAY_MS))
        return;
    job_view_fill(j, &v);
    buf_init(&text, JOB_BLOCK_BYTES);
    if (j->is_live) {
        progress_render(&v, display_width(), &text);
        display_draw(buf_str(&text));
    } else {
        progress_line(&v, &text);
        job_view_say(&v, buf_str(&text));
        j->said_ms = now;
    }
    buf_fini(&text);
}

void
job_view_close(struct job *j)
{
    if (j->is_live)
        display_close();
    j->is_live = false;
}

static void
job_http_state(void *arg, struct http_state *out)
{
    const struct job *j = arg;
    const struct frontier_counts *c = &j->counts;

    *out = (struct http_state){
        .phase = job_state_word(j),
        .is_ready = j->is_ready,
        .trouble = j->trouble[0] ? j->trouble : NULL,
        .procs = j->fleet ? fleet_size(j->fleet) : 0,
        .procs_running = j->fleet ? fleet_running(j->fleet) : 0,
        .deaths = j->fleet ? fleet_deaths(j->fleet) : 0,
        .reaped = j->reaper ? reaper_count(j->reaper) : 0,
        .left = c->queued + c->waiting + c->retry + c->flight,
        .pages_per_s = progress_rate_get(&j->pages, JOB_RATE_MS),
        .bytes_per_s = progress_rate_get(&j->bytes, JOB_RATE_MS),
        .max_pages = j->config->max_pages,
        .max_time_ms = j->config->max_time,
        .connections = j->config->connections,
        .limit_rate = j->config->limit_rate};
}

static void
job_http_limit(void *arg, int64_t max_pages, int64_t max_time_ms)
{
    struct job *j = arg;

    if (max_pages >= 0)
        j->config->max_pages = max_pages;
    if (max_time_ms >= 0)
        j->config->max_time = max_time_ms;
}

void
job_view_http(struct job *j)
{
    struct http_options options = {.loop = &j->loop,
                                   .config = j->config,
                                   .redis = &j->redis,
                                   .frontier = j->crawl.frontier,
                                   .door = &j->door,
                                   .name = j->name,
                                   .folder = j->folder.path,
                                   .is_private = j->server != NULL,
                                   .has_info = j->has_info,
                                   .state = job_http_state,
                                   .limit = job_http_limit,
                                   .arg = j};

    j->http = http_open(&options);
}

/* Whether files are in that folder: with --hosts alone there are none. */
static bool
job_view_has(const struct job *j, const char *name)
{
    char *path = folder_join(&j->folder, name);
    DIR *dir = opendir(path);
    const struct dirent *file = NULL;

    while (dir && (file = readdir(dir)) != NULL && file->d_name[0] == '.')
        ;
    if (dir)
        closedir(dir);
    free(path);
    return j->hosts.n == 0 || file != NULL;
}

static struct fleet_host_view *
job_view_hosts(const struct job *j)
{
    struct fleet_host_view *views = xcalloc(j->hosts.n + 1, sizeof(*views));

    for (size_t i = 0; j->fleet && i < j->hosts.n; i++)
        fleet_view_host(j->fleet, i, &views[i]);
    return views;
}

static void
job_view_print(const struct summary *s)
{
    struct buf text;

    buf_init(&text, JOB_BLOCK_BYTES);
    summary_render(s, &text);
    if (fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout) != 0)
        log_warn("cannot print the summary");
    buf_fini(&text);
}

void
job_view_summary(struct job *j)
{
    struct fleet_host_view *hosts = job_view_hosts(j);
    struct summary s = {.name = j->name,
                        .result = j->result,
                        .folder = j->folder.path,
                        .exit_code = j->exit_code,
                        .started = j->crawl.started,
                        .elapsed_ms = uv_now(&j->loop) - j->begin_ms,
                        .pages_before = j->pages_before,
                        .worker_deaths = j->fleet ? fleet_deaths(j->fleet) : 0,
                        .hosts = hosts,
                        .hosts_count = j->fleet ? j->hosts.n : 0,
                        .remote_output =
                            fleet_command_output(j->config, j->name),
                        .seed_rows = j->seeded.counts.rows,
                        .seed_good = j->seeded.counts.good,
                        .seed_bad = j->seeded.counts.bad,
                        .has_log_here = job_view_has(j, "log"),
                        .has_warc_here = job_view_has(j, "warc"),
                        .has_files_here = job_view_has(j, "files"),
                        .has_warc = j->config->warc,
                        .has_counts = j->counted_ms != 0,
                        .counts = j->counts};
    char *path = folder_join(&j->folder, "stats.json");

    memcpy(s.stats, j->stats, sizeof(s.stats));
    if (j->connections) {
        s.connections = connections_now(j->connections);
        s.connections_most = connections_most(j->connections);
    }
    if (j->reaper)
        s.stats[STAT_reaped] += (int64_t)reaper_count(j->reaper);
    if (summary_write_json(&s, path) != ERR_OK) {
        log_warn("cannot write %s", LOG_ESC(str_from(path)));
        if (j->exit_code == EXIT_FINISHED)
            j->exit_code = EXIT_DISK;
    }
    free(path);
    if (!j->config->quiet)
        job_view_print(&s);
    free(hosts);
}
