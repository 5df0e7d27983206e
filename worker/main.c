/*
 * worker - fetches what the frontier gives it.
 *
 * Started by a master, or by hand on any machine that reaches Redis.  Sets
 * everything up that threads share, starts them, waits for signals, sums up.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ares.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config_check.h"
#include "common/health.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/secret.h"
#include "common/site.h"
#include "common/version.h"
#include "worker/collect.h"
#include "worker/standby.h"
#include "worker/thread.h"

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

/* --- settings --- */

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
        fatal_exit(EXIT_REDIS, "%s", why);
    worker_take_settings(redis, worker.config.name);
    worker.folder =
        worker.config.output ? worker.config.output : worker.config.name;
    if (getenv("WEFT_MASTER_PID") == NULL) /* else a master here does it */
        collect_crumbs(redis, worker.folder,
                       (struct crumb_crawl){worker.config.name, worker.run});
    redis_close(redis);
}

/* --- what threads share --- */

/* robots.txt knows us by the head of the User-Agent: RFC 9309, 2.2.1. */
static void
worker_name_agent(void)
{
    struct buf *b = &worker.user_agent;
    size_t n = 0;

    buf_init(b, 4096);
    config_user_agent(&worker.config, b);
    while (n < b->n &&
           (str_is_alpha(b->p[n]) || b->p[n] == '-' || b->p[n] == '_'))
        n++;
    worker.agent_token = (struct str){b->p, n};
    if (buf_add_char(b, '\0') != ERR_OK)
        fatal_exit(EXIT_USAGE, "--user-agent is too long");
    worker.agent_token.p = b->p;
}

static void
worker_open_log(const char *dir)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/log", dir);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fatal_exit(EXIT_DISK, "%s: %s", path, strerror(errno));
    snprintf(path, sizeof(path), "%s/log/%s-%s.jsonl", dir, worker.config.name,
             worker.identity);
    worker.log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (worker.log_fd < 0)
        fatal_exit(EXIT_DISK, "%s: %s", path, strerror(errno));
}

static struct warc_info warc_info;

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
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        fatal_exit(EXIT_DISK, "%s: %s", path, strerror(errno));
    warc_repair_dir(path);
    snprintf(software, sizeof(software), "weft/%s", weft_version());
    gethostname(hostname, sizeof(hostname) - 1);
    warc_info = (struct warc_info){
        .software = str_from(software),
        .robots = c->robots ? STR("obey") : STR("ignore"),
        .operator= str_from(c->contact),
        .hostname = str_from(hostname),
        .is_part_of = str_from(c->name),
        .user_agent = {worker.user_agent.p, worker.user_agent.n - 1}};
    e = warc_file_open(path, c->name, (size_t)c->warc_max_size, &warc_info,
                       &worker.warc);
    if (e != ERR_OK)
        fatal_exit(EXIT_DISK, "%s: %s (%s)", path, err_str(e), strerror(errno));
}

/* Each transfer is a descriptor, and each kept connection one more. */
static void
worker_raise_limits(void)
{
    const struct config *c = &worker.config;
    rlim_t want = (rlim_t)(c->threads * (c->connections * 5 + 16) + 64);
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_cur < want) {
        limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < (rlim_t)(c->threads * (c->connections + 8) + 32))
        log_warnx("only %llu open files allowed, %lld may be needed: raise "
                  "ulimit -n, or lower --threads or --connections",
                  (unsigned long long)limit.rlim_cur,
                  (long long)(c->threads * (c->connections + 8) + 32));
}

static void
worker_init_libraries(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    ares_library_init(ARES_LIB_INIT_ALL);
    xmlInitParser();
    site_init(strcmp(worker.config.polite_by, "host") == 0 ? SITE_BY_HOST
                                                           : SITE_BY_DOMAIN);
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
    atomic_store(&worker.stop, how);
    for (size_t i = 0; i < threads_count; i++)
        thread_wake(&threads[i]);
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
            worker_stop_threads(WORKER_DRAINS);
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

static void
worker_configure(int argc, char **argv)
{
    char why[CONFIG_WHY_BYTES];
    int first;

    config_program(CONFIG_WORKER, "worker --redis URL --name NAME [options]",
                   "Fetches for a crawl; its settings come from Redis.");
    config_init(&worker.config);
    if (config_load(&worker.config, CONFIG_WORKER, argc, argv, &first, why) !=
        ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
    if (first < argc)
        fatal_exit(EXIT_USAGE, "what is \"%s\"? (see --help)", argv[first]);
    if (worker.config.name == NULL)
        fatal_exit(EXIT_USAGE, "which crawl? --name NAME");
    log_init("worker", worker.config.verbose ? LOG_DEBUG
                       : worker.config.quiet ? LOG_WARN
                                             : LOG_INFO);
    if (worker.config.log_file && log_to_file(worker.config.log_file) != ERR_OK)
        fatal_exit(EXIT_DISK, "--log-file %s: %s", worker.config.log_file,
                   strerror(errno));
    if (config_check(&worker.config, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
    worker_find_redis();
    if (config_check(&worker.config, why) != ERR_OK ||
        scope_new(&worker.config, &worker.scope, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
}

static void
worker_fini(void)
{
    for (size_t i = 0; i < threads_count; i++)
        thread_fini(&threads[i]);
    free(threads);
    if (worker.warc && warc_file_close(worker.warc) != ERR_OK) {
        log_warn("cannot finish the WARC file");
        atomic_store(&worker.exit_code, EXIT_DISK);
    }
    close(worker.log_fd);
    seen_free(worker.seen);
    conn_talk_free(worker.talk);
    scope_free(worker.scope);
    buf_fini(&worker.user_agent);
    redis_url_fini(&worker.redis);
    config_fini(&worker.config);
    site_fini();
    ares_library_cleanup();
    curl_global_cleanup();
    xmlCleanupParser();
}

int
main(int argc, char **argv)
{
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    bool was_told, is_always;
    const char *dir;
    sigset_t signals;
    int code;

    log_init("worker", LOG_INFO);
    sigemptyset(&signals);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        sigaddset(&signals, taken[i]);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* threads inherit it */
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    worker_follow_master();
    worker_configure(argc, argv);
    worker_name_agent();
    identity_new(worker.identity);
    dir = worker.folder;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        fatal_exit(EXIT_DISK, "%s: %s", dir, strerror(errno));
    worker_open_log(dir);
    worker_open_warc(dir);
    worker_raise_limits();
    worker_init_libraries();
    worker.seen = seen_new((size_t)worker.config.seen_cache);
    worker.talk = conn_talk_new();
    worker_start_threads();
    was_told = worker_wait(&signals);
    is_always = standby_is_always(&worker.config);
    worker_fini();
    code = atomic_load(&worker.exit_code);
    if (is_always && !was_told && code == EXIT_FINISHED)
        standby_again(argv);
    return code;
}
