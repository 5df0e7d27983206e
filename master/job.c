/* SPDX-License-Identifier: MIT */
#include "master/job.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/disk.h"
#include "common/exec_command.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/s3.h"
#include "common/site.h"
#include "master/display.h"
#include "master/job_parts.h"
#include "master/recent.h"
#include "common/secret.h"

enum { JOB_REDIS_OPEN_MS = 10000, JOB_REQUEST_BYTES = 1 << 20 };

/* --- start --- */

static bool
job_is_stopped(void *arg)
{
    return ((struct job *)arg)->signals_seen > 0;
}

/* Between the steps of something long: signals are taken. */
static bool
job_turn(void *arg)
{
    struct job *j = arg;

    uv_run(&j->loop, UV_RUN_NOWAIT);
    return job_is_stopped(j);
}

static void
job_open_loop(struct job *j)
{
    static const int taken[JOB_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    if (uv_loop_init(&j->loop) != 0)
        fatalx("no event loop");
    j->is_loop_up = true;
    sigaction(SIGPIPE, &ignore, NULL);
    for (size_t i = 0; i < JOB_SIGNALS; i++) {
        uv_signal_init(&j->loop, &j->signals[i]);
        j->signals[i].data = j;
        uv_signal_start(&j->signals[i], job_on_signal, taken[i]);
    }
    uv_timer_init(&j->loop, &j->tick);
    j->tick.data = j;
    uv_update_time(&j->loop);
    j->begin_ms = uv_now(&j->loop);
}

static void
job_choose_name(struct job *j)
{
    if (j->config->name)
        snprintf(j->name, sizeof(j->name), "%s", j->config->name);
    else
        folder_name_of_list(j->lists_count ? j->lists[0] : NULL, j->name);
    log_crawl(j->name);
}

static int64_t
job_procs(const struct job *j)
{
    int64_t n = j->config->procs;

    if (n < 0 && j->hosts.n > 0)
        return 0; /* the others do the work */
    if (n < 0)
        n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 0 ? 1 : n;
}

static uint64_t
job_threads(const struct job *j)
{
    return j->config->threads == CONFIG_AUTO
               ? limits_cpu_share((uint64_t)job_procs(j))
               : (uint64_t)j->config->threads;
}

/* Whether there is room, before anything is begun that needs it. */
static int
job_check_disk(const struct job *j)
{
    static const char *const parts[] = {"log", "warc", "files"};
    char why[DISK_WHY_BYTES];
    enum err e = disk_check(j->folder.path, why);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && e == ERR_OK;
         i++) {
        char *path = folder_join(&j->folder, parts[i]);

        if (access(path, F_OK) == 0) /* files/ comes with --save files */
            e = disk_check(path, why);
        free(path);
    }
    if (e == ERR_OK)
        return EXIT_FINISHED;
    log_warnx("%s", why);
    return EXIT_DISK;
}

static int
job_open_folder(struct job *j)
{
    char why[FOLDER_WHY_BYTES], here[FOLDER_NAME_MAX + 3];
    enum err e;

    snprintf(here, sizeof(here), "./%s", j->name);
    e = folder_open(j->config->output ? j->config->output : here, &j->folder,
                    why);
    if (e == ERR_OK)
        return job_check_disk(j);
    log_warnx("%s", why);
    return e == ERR_INVALID ? EXIT_ERROR : EXIT_DISK;
}

/* --hosts: all that can be wrong with it is said before anything begins. */
static int
job_read_hosts(struct job *j)
{
    const struct config *c = j->config;
    bool is_here = true;
    char why[FLEET_WHY_BYTES];

    if (fleet_command_check(c, &j->redis, why) != ERR_OK) {
        log_warnx("%s", why);
        return EXIT_USAGE;
    }
    if (hosts_read(c->hosts, &j->hosts) != ERR_OK)
        return EXIT_USAGE;
    for (size_t i = 0; i < j->hosts.n; i++)
        is_here = is_here && hosts_is_here(j->hosts.v[i].target);
    if (!is_here && hosts_is_here(j->redis.host))
        log_warnx("--redis %s is a different machine for each of --hosts: "
                  "give an address that all reach",
                  LOG_ESC(str_from(j->redis.host)));
    return EXIT_FINISHED;
}

/* --exec: what workers here will start is tried once, before they are. */
static int
job_try_exec(const struct job *j)
{
    const struct config *c = j->config;
    const struct exec_names names = {.crawl = j->name, .folder = c->output};
    char why[EXEC_WHY_BYTES];

    if (c->exec == NULL || c->procs == 0 || (c->procs < 0 && c->hosts) ||
        exec_command_try(c->exec, &names, c->exec_timeout, why) == ERR_OK)
        return EXIT_FINISHED;
    log_warnx("%s", why);
    return EXIT_USAGE;
}

/*
 * Open files: ours (a pipe for each worker, what starting one takes), and
 * Redis's, which inherits the limit: 32 of its own and one a client.
 */
static int
job_raise_files(struct job *j)
{
    enum {
        JOB_FILES = 24,
        JOB_FILES_EACH = 1,
        JOB_FILES_HOST = 256, /* two pipes to each of its workers, if we may */
        JOB_REDIS_FILES = 32 + 8
    };
    const struct config *c = j->config;
    uint64_t procs = (uint64_t)job_procs(j);
    uint64_t want = limits_open_files() + JOB_FILES + procs * JOB_FILES_EACH;
    uint64_t redis = JOB_REDIS_FILES + procs * j->threads;
    uint64_t limit;

    if (c->redis == NULL && want < redis)
        want = redis;
    limit = limits_raise_files(want + j->hosts.n * JOB_FILES_HOST +
                               HTTP_FILES); /* those if we may */
    if (limit >= want)
        return EXIT_FINISHED;
    log_warnx("%" PRIu64 " open files are allowed, --procs %" PRIu64
              " --threads %" PRIu64 " needs %" PRIu64
              ": raise ulimit -n, or lower them",
              limit, procs, j->threads, want);
    return EXIT_USAGE;
}

/* Somebody else's Redis: where, and the password. */
static int
job_name_redis(struct job *j)
{
    const struct config *c = j->config;
    char why[256];

    if (redis_url_parse(str_from(c->redis), &j->redis, why) != ERR_OK) {
        log_warnx("--redis: %s", why);
        return EXIT_USAGE;
    }
    if (c->redis_password_file &&
        secret_read_file(c->redis_password_file, &j->redis, why) != ERR_OK) {
        log_warnx("%s", why);
        return EXIT_USAGE;
    }
    return EXIT_FINISHED;
}

static int
job_start_redis(struct job *j)
{
    struct redis_server_options options = {.program = j->config->redis_server,
                                           .conf = j->config->redis_conf,
                                           .folder = &j->folder,
                                           .is_stopped = job_is_stopped,
                                           .arg = j};
    char why[REDIS_SERVER_WHY_BYTES], parse_why[128];
    enum err e = redis_server_start(&j->loop, &options, &j->server, why);

    if (e == ERR_INVALID)
        return EXIT_SIGINT; /* job_run() knows which signal */
    if (e != ERR_OK) {
        log_warnx("%s", why);
        if (e == ERR_REDIS && job_check_disk(j) != EXIT_FINISHED)
            return EXIT_DISK; /* that is why it does not start */
        return e == ERR_REDIS                     ? EXIT_REDIS
               : e == ERR_IO || e == ERR_NO_SPACE ? EXIT_DISK
                                                  : EXIT_ERROR;
    }
    if (redis_url_parse(str_from(redis_server_url(j->server)), &j->redis,
                        parse_why) == ERR_OK)
        return EXIT_FINISHED;
    log_warnx("the private Redis: %s", parse_why);
    return EXIT_ERROR;
}

static int
job_check_server(struct job *j, struct redis *redis)
{
    char why[256], warn[256], where[256];
    enum err e = redis_check_server(redis, why, warn);

    redis_url_show(&j->redis, where);
    if (e != ERR_OK) {
        log_warnx("%s: %s", where, LOG_ESC(str_from(why)));
        return EXIT_REDIS;
    }
    if (warn[0])
        log_warnx("%s: %s", where, LOG_ESC(str_from(warn)));
    return EXIT_FINISHED;
}

/* Whether INFO may be asked: not every Redis lets us. */
static bool
job_may_ask(struct redis *redis)
{
    redisReply *reply = redis_command(redis, "INFO", (char *)NULL);
    bool is_good = reply && reply->type != REDIS_REPLY_ERROR;

    if (reply)
        freeReplyObject(reply);
    return is_good;
}

static int
job_begin_crawl(struct job *j, struct redis *redis)
{
    struct crawl_options options = {.name = j->name,
                                    .lists = j->lists,
                                    .count = j->lists_count,
                                    .folder = j->folder.path,
                                    .is_restart = j->config->restart,
                                    .turn = job_turn,
                                    .arg = j};
    char why[CRAWL_WHY_BYTES];
    enum err e = crawl_begin(redis, j->config, &options, &j->crawl, why);

    if (e == ERR_OK)
        return EXIT_FINISHED;
    if (e == ERR_NOT_FOUND)
        return EXIT_SIGINT;
    log_warnx("%s", why);
    if (disk_redis_full(why).n > 0)
        return EXIT_DISK;
    return e == ERR_REDIS ? EXIT_REDIS : EXIT_ERROR;
}

static int
job_open_crawl(struct job *j)
{
    struct redis *redis = NULL;
    char why[256];
    int code = EXIT_FINISHED;

    if (j->config->redis == NULL)
        code = job_start_redis(j);
    if (code != EXIT_FINISHED)
        return code;
    if (redis_open(&j->redis, JOB_REDIS_OPEN_MS, &redis, why) != ERR_OK) {
        log_warnx("%s", LOG_ESC(str_from(why)));
        return disk_redis_full(why).n > 0 ? EXIT_DISK : EXIT_REDIS;
    }
    code = job_check_server(j, redis);
    j->has_info = job_may_ask(redis);
    if (code == EXIT_FINISHED)
        code = job_begin_crawl(j, redis);
    redis_close(redis);
    return code;
}

/* What it died over is told before what it held is given out again. */
static bool
job_on_death(void *arg, long pid, bool is_clean)
{
    struct job *j = arg;
    bool is_page;

    if (!is_clean)
        blame_look(j->blame);
    is_page = blame_has(j->blame, pid);
    j->crashes += is_page;
    reaper_note_death(j->reaper, pid, is_clean);
    if (j->is_ready) {
        blame_turn(j->blame, j->conn);
        reaper_turn(j->reaper, j->conn);
    }
    return is_page;
}

static void
job_on_far_death(void *arg, const char *identity, bool is_clean, bool is_crash)
{
    struct job *j = arg;

    j->crashes += is_crash;
    reaper_note_far_death(j->reaper, identity, is_clean);
    if (j->is_ready)
        reaper_turn(j->reaper, j->conn);
}

static void
job_on_words(void *arg, const char *bytes, size_t len)
{
    (void)arg;
    recent_add(bytes, len);
    display_print(bytes, len);
}

static int
job_open_fleet(struct job *j)
{
    struct fleet_options options = {.config = j->config,
                                    .name = j->name,
                                    .folder = j->folder.path,
                                    .on_death = job_on_death,
                                    .on_far_death = job_on_far_death,
                                    .on_words =
                                        j->is_live ? job_on_words : NULL,
                                    .arg = j};
    char why[FLEET_WHY_BYTES];
    struct buf url;
    enum err e;

    buf_init(&url, 1 << 14);
    secret_write_url(&j->redis, &url);
    options.redis_url = url.p;
    options.procs = (size_t)j->config->procs;
    options.hosts = j->hosts.n > 0 ? &j->hosts : NULL;
    e = fleet_new(&j->loop, &options, &j->fleet, why);
    explicit_bzero(url.p, url.n);
    buf_fini(&url);
    if (e == ERR_OK)
        return EXIT_FINISHED;
    log_warnx("%s", why);
    return EXIT_ERROR;
}

/* --- end --- */

static void
job_say_finished(const struct job *j)
{
    log_info("crawl %s is finished already (%" PRIu64 " URLs); --restart drops "
             "it and begins anew, --name names another%s",
             j->name, j->crawl.counts.finished,
             j->config->cache ? ", --cache asks for what changed" : "");
}

static void
job_say_resume(const struct job *j)
{
    if (j->exit_code != EXIT_FINISHED && j->exit_code != EXIT_ERROR &&
        j->crawl.frontier && j->crawl.start != CRAWL_WAS_FINISHED)
        log_info("the same command again resumes crawl %s", j->name);
}

static void
job_close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void
job_close(struct job *j)
{
    /* The loop still turns below: nothing may call back into the job. */
    if (j->is_loop_up)
        uv_timer_stop(&j->tick);
    seeding_stop(j->seeding);
    http_close(j->http);
    j->http = NULL;
    http_door_close(&j->door);
    if (j->conn)
        conn_close(j->conn);
    conn_talk_free(j->talk);
    fleet_free(j->fleet);
    j->conn = NULL;
    j->fleet = NULL;
    reaper_free(j->reaper);
    connections_free(j->connections);
    blame_free(j->blame);
    trial_free(j->trial);
    crawl_fini(&j->crawl);
    redis_server_stop(j->server);
    redis_url_fini(&j->redis);
    hosts_fini(&j->hosts);
    buf_fini(&j->request);
    if (j->is_loop_up) {
        for (size_t i = 0; i < JOB_SIGNALS; i++)
            job_close_handle((uv_handle_t *)&j->signals[i], NULL);
        job_close_handle((uv_handle_t *)&j->tick, NULL);
        uv_run(&j->loop, UV_RUN_DEFAULT);
        uv_loop_close(&j->loop);
    }
    folder_close(&j->folder);
    site_fini();
}

/* Workers here would end at once; those elsewhere look for themselves. */
static int
job_check_upload(const struct job *j)
{
    char why[S3_WHY_BYTES];

    if (j->config->upload == NULL || job_procs(j) == 0 ||
        s3_check_environment(why) == ERR_OK)
        return EXIT_FINISHED;
    log_warnx("%s", why);
    return EXIT_USAGE;
}

static void
job_crawl(struct job *j)
{
    struct trial_options trial = {.frontier = j->crawl.frontier,
                                  .name = j->name,
                                  .folder = j->folder.path,
                                  .on_disk = job_on_disk,
                                  .arg = j};

    site_init(strcmp(j->config->polite_by, "host") == 0 ? SITE_BY_HOST
                                                        : SITE_BY_DOMAIN);
    j->config->procs = job_procs(j);
    j->reaper = reaper_new(j->crawl.frontier, j->config->heartbeat_limit,
                           j->config->delay);
    j->blame = blame_new(j->crawl.frontier, j->folder.path,
                         (struct crumb_crawl){j->name, j->crawl.run});
    blame_look(j->blame); /* what died with an earlier master */
    j->trial = trial_new(&trial);
    if (j->config->threads == CONFIG_AUTO)
        j->connections = connections_new(j->crawl.frontier);
    job_view_open(j);
    j->exit_code = job_open_fleet(j);
    if (j->exit_code == EXIT_FINISHED) {
        if (!j->config->robots)
            log_warnx("--no-robots: robots.txt is not looked at; only for "
                      "servers whose owner agrees");
        job_view_http(j);
        job_watch_start(j);
        uv_run(&j->loop, UV_RUN_DEFAULT);
    }
    job_view_close(j);
    if (j->conn)
        job_view_summary(j);
}

int
job_run(struct config *config, char **lists, size_t count)
{
    struct job j = {.config = config,
                    .lists = lists,
                    .lists_count = count,
                    .folder = {NULL, -1},
                    .good_first = -1,
                    .door = {.fd = -1},
                    .result = "failed"};

    recent_begin();
    buf_init(&j.request, JOB_REQUEST_BYTES);
    job_choose_name(&j);
    if (config->redis)
        j.exit_code = job_name_redis(&j);
    if (j.exit_code == EXIT_FINISHED && config->hosts)
        j.exit_code = job_read_hosts(&j);
    if (j.exit_code == EXIT_FINISHED)
        j.exit_code = job_try_exec(&j);
    j.threads = job_threads(&j);
    if (j.exit_code == EXIT_FINISHED)
        j.exit_code = job_raise_files(&j);
    if (j.exit_code == EXIT_FINISHED)
        j.exit_code = job_check_upload(&j);
    if (j.exit_code == EXIT_FINISHED)
        j.exit_code = http_door_open(config, &j.door);
    if (j.exit_code == EXIT_FINISHED)
        j.exit_code = job_open_folder(&j);
    if (j.exit_code == EXIT_FINISHED) {
        job_open_loop(&j);
        j.exit_code = job_open_crawl(&j);
    }
    if (j.exit_code == EXIT_FINISHED) /* --upload may be the stored one */
        j.exit_code = job_check_upload(&j);
    if (j.exit_code == EXIT_FINISHED && !job_is_stopped(&j)) {
        if (j.crawl.start == CRAWL_WAS_FINISHED)
            job_say_finished(&j);
        else
            job_crawl(&j);
    }
    if (job_is_stopped(&j) && j.conn == NULL)
        j.exit_code = j.signal_number == SIGINT ? EXIT_SIGINT : EXIT_SIGTERM;
    job_say_resume(&j);
    job_close(&j);
    recent_end();
    return j.exit_code;
}
