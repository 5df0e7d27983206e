/*
 * worker - fetches what the frontier gives it.
 *
 * Started by a master, or by hand on any machine that reaches Redis.  Sets
 * everything up that threads share, starts them, waits for signals, sums up.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cache_value.h"
#include "common/config_check.h"
#include "common/disk.h"
#include "common/exec_command.h"
#include "common/health.h"
#include "common/log.h"
#include "common/log_setup.h"
#include "common/limits.h"
#include "common/save.h"
#include "common/secret.h"
#include "common/service.h"
#include "common/version.h"
#include "worker/adapt.h"
#include "worker/agent.h"
#include "worker/collect.h"
#include "worker/extract.h"
#include "worker/files.h"
#include "worker/libraries.h"
#include "worker/probe.h"
#include "worker/standby.h"
#include "worker/thread.h"
#include "worker/until_eof.h"
#include "worker/uploader.h"

static struct worker worker;
static struct thread *threads;
static size_t threads_count;

void
worker_fail(struct worker *w, int exit_code)
{
    int none = 0;

    atomic_compare_exchange_strong(&w->exit_code, &none, exit_code);
    if (atomic_exchange(&w->stop, WORKER_DRAINS) == WORKER_RUNS)
        kill(getpid(), SIGUSR1); /* main wakes the threads */
}

static atomic_flag disk_was_said = ATOMIC_FLAG_INIT;

void
worker_fail_disk(struct worker *w, const char *what, int error)
{
    if (!atomic_flag_test_and_set(&disk_was_said))
        log_warnx("%s: cannot %s: %s; stopping, nothing is lost",
                  LOG_ESC(str_from(w->folder)), what, strerror(error));
    worker_fail(w, EXIT_DISK);
}

void
worker_fail_redis(struct worker *w, struct str error)
{
    if (!atomic_flag_test_and_set(&disk_was_said))
        log_warnx("%s; stopping, nothing is lost", LOG_ESC(error));
    worker_fail(w, EXIT_DISK);
    atomic_store(&w->stop, WORKER_ENDS);
    kill(getpid(), SIGUSR1);
}

/* --- settings --- */

/* What is no number, or is not there, stays 0: then pages come whole. */
static void
worker_take_generation(struct str key, struct str value)
{
    uint64_t *to = NULL;

    if (str_equal(key, STR("generation")))
        to = &worker.generation;
    else if (str_equal(key, STR("links_from")))
        to = &worker.links_from;
    else if (str_equal(key, STR("links_upto")))
        to = &worker.links_upto;
    if (to && !str_to_u64(value, CACHE_GENERATION_MAX, to))
        *to = 0;
}

static void
worker_take_settings(struct redis *redis, const char *name)
{
    struct frontier *f;
    struct buf request;
    redisReply *reply = NULL;
    char why[CONFIG_WHY_BYTES];

    buf_init(&request, 4096);
    if (frontier_new(name, "", &f) != ERR_OK)
        fatal_exit(EXIT_USAGE, "--name \"%s\": letters, digits and ._- only",
                   LOG_ESC(str_from(name)));
    frontier_form_crawl_get(f, &request);
    if (redis_call(redis, buf_str(&request), 1, &reply) != ERR_OK ||
        reply->type != REDIS_REPLY_ARRAY)
        fatal_exit(EXIT_REDIS, "Redis: %s", redis_error(redis));
    if (reply->elements == 0)
        fatal_exit(EXIT_REDIS,
                   "Redis holds no crawl \"%s\": start its master first", name);
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        struct str key = {reply->element[i]->str,
                          (size_t)reply->element[i]->len};
        struct str value = {reply->element[i + 1]->str,
                            (size_t)reply->element[i + 1]->len};

        if (str_equal(key, STR("run")) && value.n <= CRUMB_RUN_MAX)
            memcpy(worker.run, value.p, value.n);
        worker_take_generation(key, value);
        if (str_equal(key, STR("has_exec")) && str_equal(value, STR("yes")) &&
            worker.config.exec == NULL)
            fatal_exit(EXIT_USAGE,
                       "the crawl's pages go to a command, and this worker "
                       "has none: give it --exec COMMAND");
        if (config_take_setting(&worker.config, key, value, why) == ERR_INVALID)
            fatal_exit(EXIT_ERROR, "the crawl's setting %s", why);
    }
    freeReplyObject(reply);
    buf_fini(&request);
    frontier_free(f);
}

static void
worker_find_redis(void)
{
    char why[256];
    struct redis *redis;
    const char *text = worker.config.redis;

    if (text == NULL)
        fatal_exit(EXIT_USAGE, "which Redis? --redis redis://HOST or "
                               "REDIS_URL (a master starts its own workers)");
    if (redis_url_parse(str_from(text), &worker.redis, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "--redis: %s", why);
    if (worker.config.redis_password_file &&
        secret_read_file(worker.config.redis_password_file, &worker.redis,
                         why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
    standby_wait(&worker.config, &worker.redis);
    if (redis_open(&worker.redis, 10000, &redis, why) != ERR_OK)
        fatal_exit(disk_redis_full(why).n > 0 ? EXIT_DISK : EXIT_REDIS, "%s",
                   why);
    worker_take_settings(redis, worker.config.name);
    worker.folder =
        worker.config.output ? worker.config.output : worker.config.name;
    if (getenv("WEFT_MASTER_PID") == NULL) /* else a master here does it */
        collect_crumbs(redis, worker.folder,
                       (struct crumb_crawl){worker.config.name, worker.run});
    redis_close(redis);
}

/* --- what threads share --- */

/* Make a folder when it is not there; there must be room in it. */
static void
worker_make_folder(const char *path)
{
    char why[DISK_WHY_BYTES];

    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fatal_exit(EXIT_DISK, "%s: %s", path, strerror(errno));
    if (disk_check(path, why) != ERR_OK)
        fatal_exit(EXIT_DISK, "%s", why);
}

/* Lines of that kind go to files of their own, in a folder in dir. */
static void
worker_open_lines(enum line_kind kind, const char *dir, const char *folder,
                  struct line_file_setup setup)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", dir, folder);
    worker_make_folder(path);
    setup.dir = path;
    setup.name = worker.config.name;
    setup.process = worker.identity;
    if (line_file_open(&setup, &worker.files[kind]) != ERR_OK)
        fatal_exit(EXIT_DISK, "%s: cannot open %s: %s", path,
                   line_kind_name(kind), strerror(errno));
}

static void
worker_open_extract(const char *dir)
{
    struct line_file_setup setup = {.suffix = "jsonl"};
    struct buf head;

    if (worker.extract == NULL)
        return;
    buf_init(&head, 1 << 20);
    if (extract_head(worker.extract, &head) != ERR_OK)
        fatal_exit(EXIT_USAGE, "too many columns");
    if (worker.extract->is_csv) {
        setup.suffix = "csv";
        setup.has_quotes = true;
        setup.head = buf_str(&head);
    }
    worker_open_lines(LINE_EXTRACT, dir, "extract", setup);
    buf_fini(&head);
}

static struct uploader *uploader; /* NULL without --upload */
/*
 * The crawl's settings that are not the defaults, "delay=2; level=3", for
 * who reads the archive in years; no secrets.
 */
static struct str
worker_settings(const struct config *c)
{
    static struct buf text; /* the WARC files' as long as they are written */
    struct config plain;
    struct buf value, def;
    const char *name;
    bool is_default;

    config_init(&plain);
    buf_init(&text, 16384); /* what does not fit is left out */
    buf_init(&value, 1 << 20);
    buf_init(&def, 1 << 20);
    for (size_t i = 0; config_crawl_setting(c, i, &name, &value, &is_default);
         i++) {
        config_crawl_setting(&plain, i, &name, &def, &is_default);
        if (!config_is_secret(name) &&
            !str_equal(buf_str(&value), buf_str(&def)) &&
            buf_addf(&text, "%s%s=%.*s", text.n > 0 ? "; " : "", name,
                     STR_ARG(buf_str(&value))) != ERR_OK)
            log_debug("the warcinfo record does not have %s", name);
        buf_reset(&value);
        buf_reset(&def);
    }
    buf_fini(&value);
    buf_fini(&def);
    config_fini(&plain);
    return buf_str(&text);
}

static void
worker_open_warc(const char *dir)
{
    static char software[64];
    static char hostname[65];
    const struct config *c = &worker.config;
    char path[4096];
    enum err e;

    if (!c->warc)
        return;
    snprintf(path, sizeof(path), "%s/warc", dir);
    worker_make_folder(path);
    warc_repair_dir(path);
    snprintf(software, sizeof(software), "weft/%s", weft_version());
    gethostname(hostname, sizeof(hostname) - 1);
    worker.warc_info = (struct warc_info){
        .software = str_from(software),
        .robots = c->robots ? STR("obey") : STR("ignore"),
        .operator= str_from(c->contact),
        .hostname = str_from(hostname),
        .is_part_of = str_from(c->name),
        .user_agent = {worker.user_agent.p, worker.user_agent.n - 1},
        .settings = worker_settings(c)};
    if (strcmp(c->warc_compress, "zstd") == 0)
        worker.warc_info.compress = WARC_ZSTD;
    else if (strcmp(c->warc_compress, "none") == 0)
        worker.warc_info.compress = WARC_PLAIN;
    if (strcmp(c->warc_digest, "sha256") == 0)
        worker.warc_info.hash = WARC_SHA256;
    if (c->dedup)
        worker.twins = twins_new();
    e = warc_file_open(path, c->name, (size_t)c->warc_max_size,
                       &worker.warc_info, &worker.warc);
    if (e != ERR_OK)
        fatal_exit(EXIT_DISK, "%s: %s (%s)", path, err_str(e), strerror(errno));
}

static void
worker_open_uploader(const char *dir)
{
    char path[4096], why[S3_WHY_BYTES];

    if (worker.config.upload == NULL || !worker.config.warc)
        return;
    snprintf(path, sizeof(path), "%s/warc", dir);
    if (uploader_new(&worker.config, path, &uploader, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
}

/*
 * The last files go up; a signal, the second one where a master sent the
 * first, leaves them here.
 */
static void
worker_finish_uploads(const sigset_t *signals)
{
    static const struct timespec moment = {0, 100000000};

    if (uploader == NULL)
        return;
    if (atomic_load(&worker.stop) == WORKER_ENDS)
        uploader_stop(uploader);
    uploader_finish(uploader);
    while (!uploader_is_over(uploader)) {
        int got = sigtimedwait(signals, NULL, &moment);

        if (got == SIGINT || got == SIGTERM || got == SIGHUP)
            uploader_stop(uploader);
        health_touch(worker.config.health_file);
    }
    uploader_free(uploader);
}

static void
worker_open_files(const char *dir)
{
    char path[4096];
    unsigned what;

    if (!save_parse(str_from(worker.config.save), &what) ||
        (what & SAVE_FILES) == 0)
        return;
    snprintf(path, sizeof(path), "%s/" SAVE_FOLDER, dir);
    worker_make_folder(path);
    if (save_files_open(path, worker.identity, &worker.config, &worker.saved) !=
        ERR_OK)
        fatal_exit(EXIT_DISK, "%s: %s", path, strerror(errno));
}

/*
 * Each transfer is an open file, and each kept connection one more.  When
 * they are few, fewer at a time; never none at run time.
 */
static void
worker_fit_files(void)
{
    struct config *c = &worker.config;
    uint64_t count = (uint64_t)c->threads, open_now = limits_open_files();
    /* --save files; --exec: as many as a start of its command takes */
    uint64_t held = (worker.saved ? count * SAVE_FDS_PER_THREAD : 0) +
                    (c->exec ? 6 * count : 0);
    uint64_t wish = worker.is_auto ? ADAPT_MOST : (uint64_t)c->connections;
    uint64_t limit;
    struct files_plan plan;

    open_now += held;
    limit = limits_raise_files(files_wanted(open_now, count, wish));
    if (!files_fit(limit, open_now, count, wish, &plan))
        fatal_exit(EXIT_USAGE,
                   "%" PRIu64 " open files are allowed, --threads %" PRIu64
                   " needs %" PRIu64 ": raise ulimit -n, or lower --threads",
                   limit, count, files_least(open_now, count));
    if (plan.connections < (uint64_t)c->connections) {
        log_warnx("%" PRIu64 " open files are allowed: --connections %" PRIu64
                  " instead of %" PRId64 " (which needs ulimit -n %" PRIu64 ")",
                  limit, plan.connections, c->connections,
                  files_wanted(open_now, count, (uint64_t)c->connections));
        c->connections = (int64_t)plan.connections;
    } else if (plan.connections < wish) {
        log_info("%" PRIu64 " open files are allowed: at most %" PRIu64
                 " connections a thread",
                 limit, plan.connections);
    }
    worker.connections_most = (size_t)plan.connections;
    worker.sockets = (size_t)plan.sockets;
    worker.files_held = open_now;
}

/* --threads auto: as many as there are CPUs for. */
static void
worker_size(void)
{
    struct config *c = &worker.config;

    worker.is_auto = c->threads == CONFIG_AUTO;
    if (!worker.is_auto)
        return;
    c->threads = (int64_t)limits_cpu_share((uint64_t)c->share);
    if (c->connections > ADAPT_MOST)
        c->connections = ADAPT_MOST;
}

/* What --threads auto came to, for the log. */
static void
worker_tell_size(void)
{
    uint64_t connections = 0, most = 0, decreases = 0;

    if (!worker.is_auto)
        return;
    for (size_t i = 0; i < threads_count; i++) {
        connections += threads[i].adapt.limit;
        most += threads[i].adapt.largest;
        decreases += threads[i].adapt.decreases;
    }
    log_info("--threads auto: %zu thread%s, %" PRIu64
             " connections at the end, %" PRIu64 " at most, begun with %" PRId64
             "; %" PRIu64 " decrease%s",
             threads_count, threads_count == 1 ? "" : "s", connections, most,
             worker.config.connections * (int64_t)threads_count, decreases,
             decreases == 1 ? "" : "s");
}

/* --exec: a master that is here has tried it. */
static void
worker_try_exec(void)
{
    const struct config *c = &worker.config;
    const struct exec_names names = {
        .crawl = c->name, .folder = worker.folder, .worker = worker.identity};
    char why[EXEC_WHY_BYTES];

    if (c->exec && getenv("WEFT_MASTER_PID") == NULL &&
        exec_command_try(c->exec, &names, c->exec_timeout, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
}

/* --- waiting for the disk --- */

static void
worker_wake_threads(void)
{
    for (size_t i = 0; i < threads_count; i++)
        thread_wake(&threads[i]);
}

static void
worker_on_synced(void *arg)
{
    (void)arg;
    worker_wake_threads();
}

static void
worker_on_sync_failed(void *arg, const char *what, int error)
{
    char text[64];

    snprintf(text, sizeof(text), "put %s on disk", what);
    worker_fail_disk(arg, text, error);
}

/* The folders must outlive a power cut as well as the files in them. */
static void
worker_open_syncer(const char *dir)
{
    struct syncer_setup setup = {.files = worker.files,
                                 .warc = worker.warc,
                                 .saved = worker.saved,
                                 .on_done = worker_on_synced,
                                 .on_failed = worker_on_sync_failed,
                                 .arg = &worker};
    char above[4096];

    if (strcmp(worker.config.durability, "power") != 0)
        return;
    snprintf(above, sizeof(above), "%s/..", dir);
    if (disk_sync_path(dir) != 0 || disk_sync_path(above) != 0)
        fatal_exit(EXIT_DISK, "%s: cannot be put on disk: %s", dir,
                   strerror(errno));
    worker.syncer = syncer_new(&setup);
}

/* --- threads and signals --- */

static void
worker_start_threads(void)
{
    char why[CONFIG_WHY_BYTES];

    threads_count = (size_t)worker.config.threads;
    threads = aligned_alloc(64, sizeof(*threads) * threads_count);
    if (threads == NULL)
        fatalx("out of memory: %zu threads", threads_count);
    for (size_t i = 0; i < threads_count; i++)
        if (thread_init(&threads[i], &worker, (unsigned)i, why) != ERR_OK)
            fatal_exit(EXIT_USAGE, "%s", why);
    if ((worker.syncer && syncer_start(worker.syncer) != ERR_OK) ||
        (uploader && uploader_start(uploader) != ERR_OK))
        fatal_exit(EXIT_ERROR, "cannot start a thread: %s", strerror(errno));
    for (size_t i = 0; i < threads_count; i++) {
        int error =
            pthread_create(&threads[i].pthread, NULL, thread_main, &threads[i]);

        if (error != 0)
            fatal_exit(EXIT_ERROR, "cannot start thread %zu: %s", i + 1,
                       strerror(error));
    }
}

static void
worker_stop_threads(enum worker_stop how)
{
    service_stops();
    atomic_store(&worker.stop, how);
    worker_wake_threads();
}

/* The last thread that ends sends SIGUSR2, so that main can just wait. */
static void *
worker_join(void *arg)
{
    for (size_t i = 0; i < threads_count; i++)
        pthread_join(threads[i].pthread, NULL);
    kill(getpid(), SIGUSR2);
    return arg;
}

/* One second: whoever looks at --health-file hears that all threads turn. */
static void
worker_tell_health(void)
{
    uint64_t now = uv_hrtime() / 1000000;

    for (size_t i = 0; i < threads_count; i++) {
        uint64_t turned =
            atomic_load_explicit(&threads[i].turned_ms, memory_order_relaxed);

        if (turned < now && now - turned > HEALTH_STUCK_MS)
            return;
    }
    health_touch(worker.config.health_file);
}

/* Whether a signal ended it, else the crawl did, or worker_fail(). */
static bool
worker_wait(const sigset_t *signals)
{
    static const struct timespec second = {HEALTH_TOUCH_MS / 1000, 0};
    bool was_told = false;
    pthread_t joiner;
    int got;

    if (pthread_create(&joiner, NULL, worker_join, NULL) != 0)
        fatalx("cannot start a thread");
    while ((got = sigtimedwait(signals, NULL, &second)) != SIGUSR2) {
        if (got == SIGUSR1) {
            worker_wake_threads(); /* worker_fail() has said how */
        } else if (got > 0) {
            was_told = true;
            worker_stop_threads(atomic_load(&worker.stop) == WORKER_RUNS
                                    ? WORKER_DRAINS
                                    : WORKER_ENDS);
        }
        worker_tell_health();
    }
    pthread_join(joiner, NULL);
    return was_told;
}

/* A worker that a master started ends with it. */
static void
worker_follow_master(void)
{
    const char *parent = getenv("WEFT_MASTER_PID");

    if (parent == NULL)
        return;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (strtol(parent, NULL, 10) != (long)getppid())
        fatal_exit(EXIT_ERROR, "the master is gone");
}

static _Noreturn void
worker_odd_word(const char *word)
{
    struct str meant = config_command_meant(word);

    fatal_exit(EXIT_USAGE, "what is \"%s\"%s%.*s? (see --help)",
               LOG_ESC(str_from(word)), meant.n > 0 ? ", did you mean " : "",
               STR_ARG(meant));
}

static void
worker_configure(int argc, char **argv)
{
    char why[CONFIG_WHY_BYTES];
    int first;

    config_program(CONFIG_WORKER, "worker --redis URL --name NAME [options]",
                   "Fetches for a crawl; its settings come from Redis.");
    config_commands(probe_nth_command, PROBE_TITLE, PROBE_WHICH);
    config_init(&worker.config);
    if (config_load(&worker.config, CONFIG_WORKER, argc, argv, &first, why) !=
        ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
    if (first < argc)
        worker_odd_word(argv[first]);
    if (worker.config.name == NULL)
        fatal_exit(EXIT_USAGE, "which crawl? --name NAME");
    log_setup("worker", &worker.config);
    if (config_check(&worker.config, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
    worker_find_redis();
    if (config_check(&worker.config, why) != ERR_OK ||
        scope_new(&worker.config, &worker.scope, why) != ERR_OK ||
        canon_new(&worker.config, &worker.canon, why) != ERR_OK ||
        extract_rules_new(&worker.config, &worker.extract, why) != ERR_OK ||
        proxies_new(&worker.config, &worker.proxies, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
}

static void
worker_fini(const sigset_t *signals)
{
    syncer_free(worker.syncer); /* it wakes threads */
    log_debug("bodies took %zu bytes of memory at most",
              atomic_load(&worker.bodies.most));
    worker_tell_size();
    for (size_t i = 0; i < threads_count; i++)
        thread_fini(&threads[i]);
    free(threads);
    if (worker.warc && warc_file_close(worker.warc) != ERR_OK) {
        log_warn("cannot finish the WARC file");
        atomic_store(&worker.exit_code, EXIT_DISK);
    }
    worker_finish_uploads(signals);
    save_files_close(worker.saved);
    for (size_t i = 0; i < LINE_KINDS; i++) {
        if (line_file_close(worker.files[i]) != ERR_OK) {
            log_warn("cannot finish %s", line_kind_name(i));
            atomic_store(&worker.exit_code, EXIT_DISK);
        }
    }
    seen_free(worker.seen);
    twins_free(worker.twins);
    conn_talk_free(worker.talk);
    outage_free(worker.outage);
    proxies_free(worker.proxies);
    scope_free(worker.scope);
    canon_free(worker.canon);
    extract_rules_free(worker.extract);
    buf_fini(&worker.user_agent);
    redis_url_fini(&worker.redis);
    config_fini(&worker.config);
    libraries_fini();
}

static void
worker_open_output(void)
{
    const char *dir = worker.folder;

    worker_make_folder(dir);
    if (worker.config.exec)
        worker_open_lines(LINE_RECORDS, dir, "records",
                          (struct line_file_setup){.suffix = "jsonl"});
    worker_open_lines(LINE_LOG, dir, "log",
                      (struct line_file_setup){.suffix = "jsonl"});
    if (worker.config.links)
        worker_open_lines(
            LINE_LINKS, dir, "links",
            (struct line_file_setup){.suffix = "tsv.gz", .is_gzip = true});
    worker_open_extract(dir);
    worker_open_warc(dir);
    worker_open_files(dir);
    worker_open_uploader(dir);
    worker_open_syncer(dir);
}

int
main(int argc, char **argv)
{
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    bool was_told, is_always;
    sigset_t signals;
    int code;

    log_init("worker", LOG_INFO);
    log_early(argc, argv);
    service_begin();
    argv = secret_take_arguments(argc, argv);
    if (argc > 1 && probe_is_named(argv[1]))
        return probe_run(argc, argv);
    sigemptyset(&signals);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        sigaddset(&signals, taken[i]);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* threads inherit it */
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    worker_follow_master();
    worker_configure(argc, argv);
    if (worker.config.until_eof)
        until_eof_start();
    worker_size();
    worker.agent_token = agent_name(&worker.config, &worker.user_agent);
    identity_new(worker.identity);
    worker_try_exec();
    worker_open_output();
    worker_fit_files();
    rate_init(&worker.rate, worker.config.limit_rate);
    bodies_init(&worker.bodies, (size_t)worker.config.body_memory);
    libraries_init(&worker.config);
    worker.seen = seen_new((size_t)worker.config.seen_cache);
    worker.talk = conn_talk_new();
    worker.outage = outage_new(worker.config.outage_wait);
    worker_start_threads();
    if (worker.config.until_eof)
        until_eof_say(worker.identity);
    was_told = worker_wait(&signals);
    is_always = standby_is_always(&worker.config);
    worker_fini(&signals);
    code = atomic_load(&worker.exit_code);
    if (is_always && !was_told && code == EXIT_FINISHED)
        standby_again(argv);
    return code;
}
