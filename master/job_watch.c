/*
 * SPDX-License-Identifier: MIT
 *
 * The loop's side of a run.  A tick looks at everything: fleet, Redis, limits,
 * the end.  Replies only take notes and send what follows; no callback waits.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/disk.h"
#include "common/health.h"
#include "common/log.h"
#include "common/service.h"
#include "master/job_parts.h"

enum {
    JOB_TICK_MS = 200,         /* how often is looked, in the long run ... */
    JOB_TICK_END_MS = 50,      /* ... when only what is in flight is left ... */
    JOB_TICK_SOON_MS = 20,     /* ... and where each look is waited for */
    JOB_SUM_MS = 1000,         /* counters */
    JOB_LOOK_MS = 2000,        /* silent workers */
    JOB_STOP_MS = 12000,       /* workers promise 10 s */
    JOB_HURRY_MS = 1000,       /* Redis is gone: nothing can go back */
    JOB_KILL_MS = 1000,        /* from \"at once\" to SIGKILL */
    JOB_SETTLE_MS = 5000,      /* last counts and reaps ... */
    JOB_SETTLE_FAST_MS = 2000, /* ... after a second signal */
    JOB_OTHERS_MS = 1500,      /* other machines' workers: one more beat */
    JOB_LOST_MS = 60000,       /* Redis away for longer: gone for good */
    JOB_LOADING_MS = 600000,   /* it may load for long */
    JOB_ODD_MS = 5000,         /* counts that nobody understands */
    JOB_CRASHES_MAX = 100      /* over pages, before one was fetched */
};

static void job_start_seeding(struct job *j, uint64_t row);

/* One formed request in j->request, on its way. */
static void
job_send(struct job *j, conn_reply_fn *fn)
{
    conn_send(j->conn, buf_str(&j->request), fn, j);
    buf_reset(&j->request);
}

/* Whether it is time for what is done every so many milliseconds. */
static bool
job_is_due(const struct job *j, uint64_t *at_ms, uint64_t every_ms)
{
    uint64_t now = uv_now(&j->loop);

    if (now < *at_ms)
        return false;
    *at_ms = now + every_ms;
    return true;
}

static void
job_set_phase(struct job *j, enum job_phase phase)
{
    j->phase = phase;
    j->phase_ms = uv_now(&j->loop);
}

/* --- the end --- */

/* Tell the workers to end; the first call's code and words count. */
static void
job_stop(struct job *j, int exit_code, const char *result)
{
    if (j->phase >= JOB_STOPS)
        return;
    j->exit_code = exit_code;
    j->result = result;
    job_set_phase(j, JOB_STOPS);
    service_stops();
    j->hurry_at_ms = j->phase_ms + JOB_STOP_MS - JOB_KILL_MS;
    if (j->config->upload &&
        (exit_code == EXIT_FINISHED || exit_code == EXIT_LIMIT))
        j->hurry_at_ms = UINT64_MAX; /* until the uploads are over */
    seeding_stop(j->seeding);
    j->seeding = NULL;
    fleet_signal(j->fleet, SIGTERM);
}

/* A second SIGTERM: workers close their files and go. */
static void
job_hurry(struct job *j)
{
    if (j->kill_at_ms != 0)
        return;
    fleet_signal(j->fleet, SIGTERM);
    j->kill_at_ms = uv_now(&j->loop) + JOB_KILL_MS;
}

static void
job_lost(struct job *j, const char *why)
{
    if (j->phase >= JOB_STOPS)
        return;
    log_warnx("%s; nothing is lost that it still holds: the same command "
              "again resumes",
              why);
    job_stop(j, EXIT_REDIS, "Redis lost");
    j->hurry_at_ms = j->phase_ms + JOB_HURRY_MS;
}

/* Its file is in our folder, or on another machine: say what is known. */
static void
job_redis_full(struct job *j, const char *words)
{
    j->is_redis_full = true;
    if (j->phase >= JOB_STOPS)
        return;
    log_warnx("%s: %s%s; make room, then start the same command again",
              LOG_ESC(str_from(j->folder.path)), words,
              j->server ? "" : " (on its machine)");
    job_stop(j, EXIT_DISK, "disk full");
    j->hurry_at_ms = j->phase_ms + JOB_HURRY_MS;
}

void
job_on_signal(uv_signal_t *handle, int signal_number)
{
    struct job *j = handle->data;

    j->signals_seen++;
    if (j->signal_number == 0)
        j->signal_number = signal_number;
    if (j->fleet == NULL || j->conn == NULL)
        return; /* still starting: job_run() looks at signals_seen */
    if (j->signals_seen == 1 && j->phase < JOB_STOPS) {
        log_info("stopping: what is in flight is finished or given back; "
                 "once more stops at once");
        job_stop(j, signal_number == SIGINT ? EXIT_SIGINT : EXIT_SIGTERM,
                 "interrupted");
    } else if (j->phase == JOB_STOPS) {
        job_hurry(j);
    }
}

static void
job_on_finished(void *arg, const redisReply *reply)
{
    struct job *j = arg;

    if (j->phase != JOB_FINISHES)
        return;
    if (reply == NULL) { /* look again when Redis is back */
        job_set_phase(j, JOB_CRAWLS);
        return;
    }
    j->counts.state = FRONTIER_FINISHED;
    job_stop(j, EXIT_FINISHED, "finished");
}

/* Every entry is finished. */
static void
job_finish(struct job *j)
{
    if (j->seeded.counts.lists_failed > 0) {
        log_warnx("a seed list could not be read to its end; the same command "
                  "again reads it once more");
        job_stop(j, EXIT_ERROR, "incomplete");
        return;
    }
    job_set_phase(j, JOB_FINISHES);
    frontier_form_state_set(j->crawl.frontier, &j->request, FRONTIER_FINISHED);
    job_send(j, job_on_finished);
}

/* A last file may not have come to disk: its pages are finished, so say so. */
static void
job_check_files(struct job *j)
{
    char why[FLEET_WHY_BYTES];

    if (j->exit_code != EXIT_FINISHED ||
        fleet_watch(j->fleet, why) != FLEET_DISK)
        return;
    log_warnx("%s: %s, its line says why: some of the last records may be "
              "lost",
              LOG_ESC(str_from(j->folder.path)), why);
    j->exit_code = EXIT_DISK;
}

/* Workers have ended: what they left goes back, then the last numbers. */
static void
job_settle(struct job *j)
{
    uint64_t now = uv_now(&j->loop);
    uint64_t limit = j->signals_seen > 1 ? JOB_SETTLE_FAST_MS : JOB_SETTLE_MS;

    if (j->phase == JOB_STOPS) {
        if (now >= j->hurry_at_ms)
            job_hurry(j);
        if (j->kill_at_ms != 0 && now >= j->kill_at_ms)
            fleet_signal(j->fleet, SIGKILL);
        if (fleet_running(j->fleet) == 0)
            job_set_phase(j, JOB_SETTLES);
        return;
    }
    if (now - j->phase_ms > limit || !j->is_ready || j->is_redis_full ||
        (reaper_is_idle(j->reaper) && blame_is_idle(j->blame) &&
         trial_is_idle(j->trial) && j->counted_ms > j->phase_ms &&
         j->summed_ms > j->phase_ms &&
         (j->counts.workers == 0 || now - j->phase_ms > JOB_OTHERS_MS))) {
        job_check_files(j);
        job_set_phase(j, JOB_OVER);
        uv_stop(&j->loop);
    }
}

/* --- numbers --- */

static void
job_check_end(struct job *j)
{
    const struct frontier_counts *c = &j->counts;

    if (j->phase != JOB_CRAWLS)
        return;
    if (c->state == FRONTIER_NONE) {
        job_lost(j, "Redis came back without this crawl");
    } else if (c->state == FRONTIER_FINISHED) {
        job_stop(j, EXIT_FINISHED, "finished");
    } else if (c->state == FRONTIER_STOPPING) {
        log_info("the crawl was told to stop");
        job_stop(j, EXIT_SIGTERM, "stopped");
    } else if (frontier_is_done(c) && j->seeding == NULL) {
        if (c->quarantined > 0) {
            j->crashes = 0; /* they had their tries: this is getting on */
            trial_turn(j->trial, j->conn);
        } else {
            job_finish(j);
        }
    } else if (j->config->max_pages > 0 && c->flight == 0 &&
               c->charged >= (uint64_t)j->config->max_pages) {
        log_info("--max-pages is reached; a higher one goes on from here");
        job_stop(j, EXIT_LIMIT, "limit reached");
    }
}

/* What is charged and not in flight was fetched: of pages, an exact count. */
static void
job_note_good(struct job *j)
{
    int64_t good = (int64_t)(j->counts.charged - j->counts.flight);

    if (j->good_first < 0)
        j->good_first = good > 0 ? good : 0;
    if (good > j->good_first)
        j->has_good = true;
}

/* Somebody wrote into our keys, or a torn file of Redis's was loaded. */
static void
job_on_odd_counts(struct job *j)
{
    uint64_t now = uv_now(&j->loop);

    if (j->odd_at_ms == 0) {
        log_warnx("Redis's counts of this crawl make no sense (stats:%s)",
                  j->name);
        j->odd_at_ms = now;
    } else if (now - j->odd_at_ms > JOB_ODD_MS && j->phase < JOB_STOPS) {
        log_warnx("they stay so: what crawl %s has in Redis is broken; "
                  "--restart drops it and begins anew",
                  j->name);
        job_stop(j, EXIT_REDIS, "Redis broken");
    }
}

static void
job_on_counts(void *arg, const redisReply *reply)
{
    struct job *j = arg;
    struct frontier_counts counts;

    j->is_counting = false;
    if (reply == NULL)
        return;
    if (frontier_read_counts(reply, &counts) != ERR_OK) {
        job_on_odd_counts(j);
        return;
    }
    j->odd_at_ms = 0;
    j->counts = counts;
    j->counted_ms = uv_now(&j->loop);
    job_note_good(j);
    job_check_end(j);
}

static void
job_on_stats(void *arg, const redisReply *reply)
{
    struct job *j = arg;
    uint64_t now = uv_now(&j->loop);

    j->is_summing = false;
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY)
        return;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *name = reply->element[i];
        const redisReply *value = reply->element[i + 1];
        enum stats_id which;

        if (name->type != REDIS_REPLY_STRING ||
            value->type != REDIS_REPLY_STRING)
            continue;
        which = stats_by_name(name->str, name->len);
        if (which < STAT_COUNT)
            j->stats[which] = strtoll(value->str, NULL, 10);
    }
    if (!j->has_stats)
        j->pages_before = j->stats[STAT_pages];
    j->has_stats = true;
    j->summed_ms = now;
    progress_rate_add(&j->pages, now, j->stats[STAT_pages]);
    progress_rate_add(&j->bytes, now, j->stats[STAT_bytes_received]);
}

static void
job_ask(struct job *j)
{
    bool is_last = j->phase == JOB_SETTLES;

    if (!j->is_ready)
        return;
    if (!j->is_counting) {
        frontier_form_counts(j->crawl.frontier, &j->request);
        j->is_counting = true;
        job_send(j, job_on_counts);
    }
    if (!j->is_summing && (is_last || !j->has_stats ||
                           job_is_due(j, &j->sum_at_ms, JOB_SUM_MS))) {
        frontier_form_stats_get(j->crawl.frontier, &j->request);
        j->is_summing = true;
        job_send(j, job_on_stats);
        if (j->connections && j->phase == JOB_CRAWLS)
            connections_look(j->connections, j->conn);
    }
    if (!is_last && job_is_due(j, &j->look_at_ms, JOB_LOOK_MS)) {
        reaper_look(j->reaper);
        blame_look(j->blame);
    }
    blame_turn(j->blame, j->conn);
    reaper_turn(j->reaper, j->conn);
}

/* --- seeding --- */

static void
job_on_seed_noted(void *arg, const redisReply *reply)
{
    struct job *j = arg;

    if (reply == NULL) {
        j->is_seed_noted = false;
        return;
    }
    if (j->seeding && j->is_seed_noted) {
        seeding_stop(j->seeding);
        j->seeding = NULL;
    }
}

static void
job_on_nothing(void *arg, const redisReply *reply)
{
    (void)arg;
    (void)reply;
}

/* All seeds are in.  A list that failed is to be read once more next time. */
static void
job_seeding_done(struct job *j)
{
    const struct frontier *f = j->crawl.frontier;
    bool has_failed = j->seeded.counts.lists_failed > 0;

    if (j->seeded.confirmed == 0 && j->counted_ms != 0 &&
        j->counts.known == 0 && j->counts.queued == 0 &&
        j->crawl.start == CRAWL_NEW) {
        log_warnx("there is no good row in the lists: nothing to crawl");
        job_stop(j, EXIT_ERROR, "nothing to crawl");
        return;
    }
    if (j->is_seed_noted || j->counted_ms == 0 || !j->is_ready)
        return;
    j->is_seed_noted = true;
    if (has_failed) {
        frontier_form_crawl_set(f, &j->request, STR("seed_row"), STR("0"));
        job_send(j, job_on_nothing);
    }
    frontier_form_steer(f, &j->request,
                        has_failed ? FRONTIER_SEEDED_BADLY : FRONTIER_SEEDED);
    job_send(j, job_on_nothing);
    frontier_form_crawl_get(f, &j->request);
    job_send(j, job_on_seed_noted);
    log_info("all seeds are in: %" PRIu64 " good rows, %" PRIu64 " bad ones, "
             "%" PRIu64 " new URLs",
             j->seeded.counts.good, j->seeded.counts.bad, j->seeded.added);
    if (j->seeded.again > 0)
        log_info("%" PRIu64 " URLs of the crawl before are asked for again",
                 j->seeded.again);
}

static void
job_on_seeding(void *arg)
{
    struct job *j = arg;

    if (j->seeding == NULL || !j->is_ready)
        return;
    if (conn_has_room(j->conn))
        seeding_pump(j->seeding, j->conn);
    seeding_progress(j->seeding, &j->seeded);
    if (j->seeded.is_done)
        job_seeding_done(j);
}

static void
job_start_seeding(struct job *j, uint64_t row)
{
    struct seeding_options options = {
        .seeds = {.lists = j->lists,
                  .count = j->lists_count,
                  .scheme = j->config->seed_scheme,
                  .allow_private = j->config->allow_private,
                  .settings = j->config,
                  .max_seeds = (uint64_t)j->config->max_seeds,
                  .skip_rows = row},
        .notes_hosts = !j->config->span_hosts,
        .logs = j->crawl.recrawl.logs,
        .logs_count = j->crawl.recrawl.count,
        .config = j->config,
        .frontier = j->crawl.frontier,
        .on_change = job_on_seeding,
        .arg = j};

    j->is_seed_noted = false;
    j->seeded = (struct seeding_progress){0};
    j->seeding = seeding_start(&j->loop, &options);
}

/*
 * Redis came back.  It may have lost its last second (appendfsync everysec),
 * and so forgotten seeds that it had confirmed: read them again.
 */
static void
job_check_seeding(struct job *j, uint64_t row, bool is_seeded)
{
    if (!j->crawl.is_seeding || j->lists_count == 0)
        return;
    if (j->seeding ? row >= j->seeded.row : is_seeded)
        return;
    if (j->seeding == NULL && j->seeded.counts.lists_failed > 0)
        return; /* it stays unseeded on purpose */
    if (j->seeding && seeding_is_slow(j->seeding)) {
        job_lost(j, "Redis lost some seeds that came by a pipe or a server");
        return;
    }
    log_warnx("Redis forgot some seeds: reading again behind row %" PRIu64,
              row);
    seeding_stop(j->seeding);
    job_start_seeding(j, j->config->max_seeds > 0 ? 0 : row);
}

/* --- Redis --- */

static void
job_on_crawl(void *arg, const redisReply *reply)
{
    struct job *j = arg;
    uint64_t row;
    bool is_seeded;

    if (reply == NULL)
        return;
    if (!crawl_is_same(reply, j->crawl.run, &row, &is_seeded)) {
        job_lost(j, "Redis came back with another crawl, or with none");
        return;
    }
    j->is_ready = true;
    j->down_at_ms = 0;
    j->trouble[0] = '\0';
    if (j->phase >= JOB_STOPS)
        return;
    job_check_seeding(j, row, is_seeded);
    reaper_look(j->reaper);
    job_on_seeding(j);
}

static void
job_on_up(void *arg)
{
    struct job *j = arg;

    frontier_form_crawl_get(j->crawl.frontier, &j->request);
    job_send(j, job_on_crawl);
}

/* A full Redis refused seeds: some more. */
static void
job_on_room(void *arg)
{
    struct job *j = arg;

    if (j->seeding && j->is_ready)
        seeding_pump(j->seeding, j->conn);
}

static void
job_on_down(void *arg, const char *why)
{
    struct job *j = arg;
    const char *words;

    j->is_ready = false;
    if (j->down_at_ms == 0)
        j->down_at_ms = uv_now(&j->loop);
    if (conn_trouble(j->conn, &words) == REDIS_UNSAVED)
        job_redis_full(j, words);
    /* an add into a Redis that came back empty says so itself */
    if (strstr(why, "NOCRAWL") != NULL)
        job_lost(j, "Redis came back without this crawl");
}

static void
job_check_redis(struct job *j)
{
    char why[REDIS_SERVER_WHY_BYTES];
    uint64_t away = j->down_at_ms ? uv_now(&j->loop) - j->down_at_ms : 0;
    uint64_t limit = JOB_LOST_MS;
    const char *words;
    enum redis_trouble trouble = conn_trouble(j->conn, &words);

    if (j->phase >= JOB_STOPS)
        return;
    if (trouble != REDIS_FINE)
        snprintf(j->trouble, sizeof(j->trouble), "Redis: %s; trying again",
                 words);
    else if (j->is_ready)
        j->trouble[0] = '\0';
    if (j->server && redis_server_watch(j->server, why) != ERR_OK)
        job_lost(j, why);
    if (trouble == REDIS_LOADING ||
        (j->server && redis_server_is_running(j->server)))
        limit = JOB_LOADING_MS;
    if (away > limit) {
        snprintf(why, sizeof(why), "Redis has been away for %" PRIu64 " s",
                 away / 1000);
        job_lost(j, why);
    }
}

/* --- the tick --- */

void
job_on_disk(void *arg, const char *path, int error)
{
    log_warnx("%s: %s; make room and start the same command again",
              LOG_ESC(str_from(path)), strerror(error));
    job_stop(arg, EXIT_DISK, "disk full");
}

/*
 * A page that kills workers is set aside, and the crawl gets on, if slowly.
 * When so many kill them and none does not, it is the workers that are broken.
 */
static bool
job_is_hopeless(const struct job *j)
{
    return !j->has_good && j->crashes >= JOB_CRASHES_MAX;
}

static void
job_check_fleet(struct job *j)
{
    char why[FLEET_WHY_BYTES];

    if (j->phase != JOB_CRAWLS || !j->has_stats)
        return;
    if (job_is_hopeless(j)) {
        log_warnx("giving up: %u workers died over pages, and none was fetched "
                  "in between; the same command goes on all the same",
                  j->crashes);
        job_stop(j, EXIT_ERROR, "failed");
        return;
    }
    switch (fleet_watch(j->fleet, why)) {
    case FLEET_RUNS:
        break;
    case FLEET_DISK:
        log_warnx("%s: %s, its line says why: make room, or let it be written "
                  "to, then start the same command again",
                  LOG_ESC(str_from(j->folder.path)), why);
        job_stop(j, EXIT_DISK, "disk full");
        break;
    case FLEET_HOPELESS:
        log_warnx("giving up: %s", why);
        job_stop(j, EXIT_ERROR, "failed");
        break;
    }
}

static void
job_check_time(struct job *j)
{
    if (j->phase == JOB_CRAWLS && j->config->max_time > 0 &&
        uv_now(&j->loop) - j->begin_ms >= (uint64_t)j->config->max_time) {
        log_info("--max-time is over");
        job_stop(j, EXIT_LIMIT, "limit reached");
    }
}

/*
 * Until the next look.  A crawl of a second or two is not to spend a third of
 * it on waiting for its master.
 */
static uint64_t
job_tick_ms(const struct job *j)
{
    const struct frontier_counts *c = &j->counts;

    if (!j->has_stats || j->phase >= JOB_STOPS)
        return JOB_TICK_SOON_MS;
    if (c->flight > 0 && c->queued + c->waiting + c->retry == 0)
        return JOB_TICK_END_MS;
    return JOB_TICK_MS;
}

static void
job_on_tick(uv_timer_t *timer)
{
    struct job *j = timer->data;

    job_check_redis(j);
    job_check_fleet(j);
    job_check_time(j);
    job_on_seeding(j);
    job_ask(j);
    if (j->phase >= JOB_STOPS)
        job_settle(j);
    job_view_tick(j);
    if (job_is_due(j, &j->touch_at_ms, HEALTH_TOUCH_MS))
        health_touch(j->config->health_file);
    uv_timer_start(timer, job_on_tick, job_tick_ms(j), 0);
}

void
job_watch_start(struct job *j)
{
    struct conn_events events = {.on_up = job_on_up,
                                 .on_down = job_on_down,
                                 .on_room = job_on_room,
                                 .arg = j,
                                 .talk = j->talk = conn_talk_new()};

    uv_update_time(&j->loop);
    j->begin_ms = uv_now(&j->loop);
    j->conn = conn_open(&j->loop, &j->redis, &events);
    if (j->crawl.is_seeding)
        job_start_seeding(j, j->crawl.seed_row);
    uv_timer_start(&j->tick, job_on_tick, JOB_TICK_SOON_MS, 0);
}
