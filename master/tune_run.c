/*
 * tune_run - one cell: a crawl of its own, as a child process, and its figures.
 *
 * The crawl is this program run again: what flags have set is given to it as
 * flags, environment and file it finds by itself.  Its folder is a temporary
 * one with a private Redis, which goes with it; its stats.json is kept.  CPU is
 * what the system counts for it and all that it has waited for, memory what is
 * found in /proc while it runs.
 *
 * The child has a process group of its own, so that Ctrl-C comes here only and
 * is handed on; it ends with us, however that comes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/tune.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/outcome.h"
#include "master/survey.h"
#include "master/verify_log.h"

enum {
    RUN_TICK_MS = 250,
    RUN_LATE_MS = 60000, /* behind --max-time: it hangs, and is told to end */
    RUN_KILL_MS = 120000,
    RUN_CHILDREN_MAX = 1100, /* --procs, and Redis */
    RUN_VALUE_BYTES = 1 << 20,
    RUN_SURVEY_ROOM = 1 << 10 /* its names are not looked at */
};

static const char RUN_NAME[] = "tune"; /* of the crawl */

struct run {
    struct tune_runner *runner;
    struct tune_cell *cell;
    char *folder; /* of the crawl */
    char *words;  /* the file that takes what it says */
    char **args;
    size_t args_count;
    int *fds; /* of files that it is given */
    size_t fds_count;
    pid_t pid;
    uint64_t begin_ms;
    int signals_sent; /* for being late */
};

/* --- time and signals --- */

static sigset_t run_signals, run_mask_before;

void
tune_open_signals(void)
{
    struct sigaction hup = {.sa_handler = SIG_DFL};
    struct sigaction child = {.sa_handler = SIG_DFL};

    sigemptyset(&run_signals);
    sigaddset(&run_signals, SIGINT);
    sigaddset(&run_signals, SIGTERM);
    sigaddset(&run_signals, SIGCHLD);
    if (sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler != SIG_IGN)
        sigaddset(&run_signals, SIGHUP); /* nohup wants it ignored */
    sigaction(SIGCHLD, &child, NULL);    /* ignored, nothing is waited for */
    sigprocmask(SIG_BLOCK, &run_signals, &run_mask_before);
}

static uint64_t
run_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
tune_pause(struct tune_runner *r, uint64_t ms)
{
    struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    int got = sigtimedwait(&run_signals, NULL, &time);

    if (got > 0 && got != SIGCHLD)
        r->stop_signal = got;
}

/* --- the command line --- */

static void PRINTF_LIKE(2, 3) run_arg(struct run *run, const char *fmt, ...)
{
    va_list args, again;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    run->args =
        xreallocarray(run->args, run->args_count + 2, sizeof(*run->args));
    run->args[run->args_count] = xmalloc((size_t)n + 1);
    vsnprintf(run->args[run->args_count], (size_t)n + 1, fmt, again);
    va_end(again);
    run->args[++run->args_count] = NULL;
}

/* Options of tune's own, and those that it answers itself. */
static bool
run_is_ours(const char *name)
{
    static const char *const ours[] = {"name",       "output",
                                       "restart",    "procs",
                                       "threads",    "max_seeds",
                                       "sample",     "connections",
                                       "rest",       "max_time",
                                       "redis",      "hosts",
                                       "proxy_file", "netrc",
                                       "log_file",   "quiet",
                                       "json",       "report_file",
                                       "dry_run",    "progress",
                                       "once",       "redis_password_file",
                                       "http",       "http_token"};

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcmp(ours[i], name) == 0)
            return true;
    return false;
}

/*
 * The bytes as a file that only who is us may open, in memory: what was given
 * may have been a pipe, which is read once.
 */
static void
run_give_file(struct run *run, const char *flag, struct str bytes)
{
    int fd = memfd_create("weft", MFD_CLOEXEC);

    if (fd < 0 || write(fd, bytes.p, bytes.n) != (ssize_t)bytes.n)
        fatal("--%s cannot be handed on", flag);
    run->fds = xreallocarray(run->fds, run->fds_count + 1, sizeof(*run->fds));
    run->fds[run->fds_count++] = fd;
    run_arg(run, "--%s=/proc/%ld/fd/%d", flag, (long)getpid(), fd);
}

static void
run_give(struct run *run, const struct config_given *given, struct str value)
{
    char flag[64];

    snprintf(flag, sizeof(flag), "%s", given->name);
    for (char *p = flag; *p; p++)
        if (*p == '_')
            *p = '-';
    if (given->is_switch) {
        run_arg(run, "--%s%s", str_equal(value, STR("yes")) ? "" : "no-", flag);
    } else if (given->is_file && value.n > 0) {
        run_give_file(run, flag, value);
    } else if (!given->is_list) {
        run_arg(run, "--%s=%.*s", flag, STR_ARG(value));
    } else {
        do { /* an empty list is given too */
            struct str item = str_cut(&value, '\n');

            run_arg(run, "--%s=%.*s", flag, STR_ARG(item));
        } while (value.n > 0);
    }
}

static void
run_args(struct run *run)
{
    const struct config *c = run->runner->config;
    const struct tune_cell *cell = run->cell;
    struct config_given given;
    struct buf value;

    buf_init(&value, RUN_VALUE_BYTES);
    run_arg(run, "master");
    for (size_t i = 0; config_next_given(c, i, &given, &value); i++)
        if (!run_is_ours(given.name))
            run_give(run, &given, buf_str(&value));
    explicit_bzero(value.p, value.n);
    buf_fini(&value);
    run_arg(run, "--name=%s", RUN_NAME);
    run_arg(run, "--output=%s", run->folder);
    run_arg(run, "--procs=%lld", (long long)cell->procs);
    run_arg(run, "--threads=%lld", (long long)cell->threads);
    run_arg(run, "--connections=%lld", (long long)cell->connections);
    run_arg(run, "--max-time=%llums", (unsigned long long)run->runner->max_ms);
    run_arg(run, "--max-seeds=0");
    run_arg(run, "--redis=");
    run_arg(run, "--hosts=");
    run_arg(run, "--proxy-file="); /* its proxies are given above */
    run_arg(run, "--log-file=");
    run_arg(run, "--http=no");
    run_arg(run, "--no-progress");
    run_arg(run, "--no-dry-run");
    if (!config_is_given(c, "level"))
        run_arg(run, "--level=0");
    if (!config_is_given(c, "tries"))
        run_arg(run, "--tries=1");
    if (!config_is_given(c, "save") && !config_is_given(c, "warc"))
        run_arg(run, "--save=none");
    run_arg(run, "--");
    run_arg(run, "%s", run->runner->list);
}

/* --- the child --- */

static _Noreturn void
run_exec(const struct run *run, pid_t parent)
{
    int in = open("/dev/null", O_RDONLY);
    int out = open(run->words, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);

    setpgid(0, 0);
    sigprocmask(SIG_SETMASK, &run_mask_before, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent || in < 0 || out < 0 || dup2(in, 0) < 0 ||
        dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(EXIT_DISK);
    execv("/proc/self/exe", run->args);
    _exit(EXIT_ERROR);
}

/* Proportional where the kernel tells: workers share their libraries. */
static uint64_t
run_memory_of(long pid)
{
    static const char *const files[] = {"smaps_rollup", "status"};
    static const char *const fields[] = {"Pss:", "VmRSS:"};

    for (size_t i = 0; i < 2; i++) {
        char path[64], line[256];
        unsigned long long kb = 0;
        FILE *in;

        snprintf(path, sizeof(path), "/proc/%ld/%s", pid, files[i]);
        in = fopen(path, "re");
        while (in && kb == 0 && fgets(line, sizeof(line), in))
            if (strncmp(line, fields[i], strlen(fields[i])) == 0)
                kb = strtoull(line + strlen(fields[i]), NULL, 10);
        if (in)
            fclose(in);
        if (kb > 0)
            return (uint64_t)kb * 1024;
    }
    return 0;
}

static void
run_look_at_memory(struct run *run)
{
    uint64_t sum = run_memory_of(run->pid);
    char path[64];
    long child;
    FILE *in;

    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long)run->pid,
             (long)run->pid);
    in = fopen(path, "re");
    for (int i = 0; in && i < RUN_CHILDREN_MAX; i++) {
        if (fscanf(in, "%ld", &child) != 1)
            break;
        sum += run_memory_of(child);
    }
    if (in)
        fclose(in);
    if (sum > run->cell->memory_bytes)
        run->cell->memory_bytes = sum;
}

/* Once a minute, harder each time; a master that hangs leaves its Redis. */
static void
run_press(struct run *run, uint64_t elapsed_ms)
{
    uint64_t late = run->runner->max_ms + RUN_LATE_MS;

    if (run->signals_sent == 0 && elapsed_ms > late) {
        run->signals_sent = 1;
        kill(run->pid, SIGTERM);
    } else if (run->signals_sent == 1 && elapsed_ms > late + RUN_KILL_MS) {
        run->signals_sent = 2;
        kill(run->pid, SIGKILL);
    }
}

/* Until it has ended: its status, and what it has used. */
static int
run_wait(struct run *run, struct rusage *used)
{
    struct tune_runner *r = run->runner;
    int status = 0, told = 0;

    for (;;) {
        pid_t got = wait4(run->pid, &status, WNOHANG, used);
        uint64_t elapsed_ms = run_now_ms() - run->begin_ms;

        if (got == run->pid)
            return status;
        if (got < 0 && errno != EINTR)
            fatal("waiting for a crawl");
        run_look_at_memory(run);
        run_press(run, elapsed_ms);
        r->tick(r->arg, elapsed_ms);
        tune_pause(r, RUN_TICK_MS);
        if (r->stop_signal != told) { /* once; it stops within 10 s */
            told = r->stop_signal;
            kill(run->pid, told);
        }
    }
}

/* --- its figures --- */

static enum tune_class
run_class(enum outcome o)
{
    switch (o) {
    case OUTCOME_NO_DNS:
    case OUTCOME_DNS_ERROR:
        return TUNE_DNS;
    case OUTCOME_NO_CONNECT:
    case OUTCOME_NO_PROXY:
        return TUNE_CONNECT;
    case OUTCOME_TIMEOUT:
        return TUNE_TIMEOUT;
    case OUTCOME_TLS:
        return TUNE_TLS;
    case OUTCOME_BUSY:
        return TUNE_BUSY;
    case OUTCOME_HTTP_4XX:
        return TUNE_HTTP_4XX;
    case OUTCOME_HTTP_5XX:
        return TUNE_HTTP_5XX;
    case OUTCOME_ROBOTS_ERROR:
    case OUTCOME_BROKEN:
    case OUTCOME_HEADERS_BIG:
    case OUTCOME_BAD_ENCODING:
    case OUTCOME_BAD_REDIRECT:
    case OUTCOME_TOO_MANY_HOPS:
    case OUTCOME_GAVE_UP:
    case OUTCOME_CRASH:
        return TUNE_OTHER;
    default: /* fetched, moved, or not to be asked for */
        return TUNE_CLASSES;
    }
}

static uint64_t
run_figure(const json_t *stats, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(stats, name));

    return n > 0 ? (uint64_t)n : 0;
}

static bool
run_read_stats(struct run *run, const char *path)
{
    struct tune_cell *c = run->cell;
    json_t *stats = json_load_file(path, 0, NULL);

    if (stats == NULL)
        return false;
    c->elapsed_ms = run_figure(stats, "elapsed_ms");
    c->pages = run_figure(stats, "pages");
    c->finished = run_figure(stats, "finished");
    for (enum outcome o = 0; o < OUTCOME_COUNT; o++) {
        enum tune_class class = run_class(o);
        char name[64];

        if (class == TUNE_CLASSES)
            continue;
        snprintf(name, sizeof(name), "outcome_%s", outcome_name(o));
        c->classes[class] += run_figure(stats, name);
        c->errors += run_figure(stats, name);
    }
    json_decref(stats);
    return true;
}

struct run_log {
    struct survey *survey;
    int64_t first_ms; /* -1: none yet */
};

/*
 * A line has when its request was begun, and how long after the site's one
 * before: the first of all, for a robots.txt, has no line of its own.
 */
static void
run_on_line(void *arg, struct str text, uint64_t place)
{
    struct run_log *log = arg;
    json_t *line = json_loadb(text.p, text.n, 0, NULL);
    int64_t sent_ms = json_integer_value(json_object_get(line, "sent_ms"));
    int64_t ms = json_integer_value(json_object_get(line, "spacing_ms"));

    survey_take(log->survey, text, place);
    if (sent_ms > 0 && ms >= 0 && ms < sent_ms &&
        (log->first_ms < 0 || sent_ms - ms < log->first_ms))
        log->first_ms = sent_ms - ms;
    json_decref(line);
}

/* From the first request to the last answer. */
static void
run_read_log(struct run *run)
{
    struct run_log read = {survey_new(RUN_SURVEY_ROOM), -1};
    const struct survey *s = read.survey;
    struct verify_log *log = verify_log_new(RUN_NAME, 0);
    char why[VERIFY_LOG_WHY_BYTES];
    int64_t first_ms;

    read.survey->latest_ms = INT64_MAX;
    if (verify_log_add_folder(log, run->folder) != ERR_OK ||
        verify_log_read(log, run_on_line, &read, why) != ERR_OK)
        log_warnx("the log of a run cannot be read");
    first_ms = s->first_ms;
    if (read.first_ms >= 0 && read.first_ms < first_ms)
        first_ms = read.first_ms;
    if (first_ms >= 0 && s->last_ms > first_ms)
        run->cell->crawl_ms = (uint64_t)(s->last_ms - first_ms);
    else
        run->cell->crawl_ms = run->cell->elapsed_ms;
    run->cell->answer_ms = spread_percentile(&s->times, 0.5);
    verify_log_free(log);
    survey_free(read.survey);
}

static void
run_keep_stats(const struct run *run, const char *path)
{
    const char *folder = run->runner->folder;
    char name[TUNE_NAME_BYTES], *kept;
    size_t n = strlen(folder) + sizeof(name) + sizeof("/.json");

    kept = xmalloc(n);
    snprintf(kept, n, "%s/%s.json", folder, tune_file(run->cell, name));
    if (rename(path, kept) != 0)
        log_warn("%s", LOG_ESC(str_from(kept)));
    free(kept);
}

/* The last line that it said. */
static void
run_last_words(const struct run *run, char out[TUNE_WHY_BYTES])
{
    FILE *in = fopen(run->words, "re");
    char line[1024];

    while (in && fgets(line, sizeof(line), in)) {
        struct str text = str_trim(str_from(line));

        if (text.n > 0)
            snprintf(out, TUNE_WHY_BYTES, "%s", LOG_ESC(text));
    }
    if (in)
        fclose(in);
}

static void
run_take(struct run *run, int status, const struct rusage *used)
{
    struct tune_cell *c = run->cell;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    size_t n = strlen(run->folder) + sizeof("/stats.json");
    char *path;

    if (run->runner->stop_signal != 0)
        return; /* it was not let finish: no measurement */
    path = xmalloc(n);
    snprintf(path, n, "%s/stats.json", run->folder);
    c->cpu_us =
        (uint64_t)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000000 +
        (uint64_t)(used->ru_utime.tv_usec + used->ru_stime.tv_usec);
    if (c->memory_bytes == 0) /* gone before it was looked at */
        c->memory_bytes = (uint64_t)used->ru_maxrss * 1024;
    if ((code == EXIT_FINISHED || code == EXIT_LIMIT) &&
        run_read_stats(run, path)) {
        c->state = code == EXIT_LIMIT ? TUNE_CUT : TUNE_DONE;
        run_read_log(run);
        run_keep_stats(run, path);
    } else {
        c->state = TUNE_FAILED;
        if (code >= 0)
            snprintf(c->why, sizeof(c->why), "exit code %d", code);
        else
            snprintf(c->why, sizeof(c->why), "signal %d", WTERMSIG(status));
        run_last_words(run, c->why);
    }
    free(path);
}

/* --- around it --- */

static int
run_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

/* A Redis whose master was killed goes on by itself: end it. */
static void
run_end_redis(const struct run *run)
{
    size_t n = strlen(run->folder) + sizeof("/redis/redis.pid");
    char *path = xmalloc(n);
    long pid = 0;
    FILE *in;

    snprintf(path, n, "%s/redis/redis.pid", run->folder);
    in = fopen(path, "re");
    if (in && fscanf(in, "%ld", &pid) == 1 && pid > 1)
        kill((pid_t)pid, SIGTERM);
    if (in)
        fclose(in);
    free(path);
}

static void
run_close(struct run *run)
{
    for (size_t i = 0; i < run->args_count; i++) {
        explicit_bzero(run->args[i], strlen(run->args[i]));
        free(run->args[i]);
    }
    free(run->args);
    for (size_t i = 0; i < run->fds_count; i++)
        close(run->fds[i]);
    free(run->fds);
    free(run->words);
    free(run->folder);
}

static bool
run_open(struct run *run)
{
    size_t n = strlen(run->runner->folder) + sizeof("/.run-XXXXXX");

    run->folder = xmalloc(n);
    snprintf(run->folder, n, "%s/.run-XXXXXX", run->runner->folder);
    if (mkdtemp(run->folder) == NULL) {
        run->cell->state = TUNE_FAILED;
        snprintf(run->cell->why, sizeof(run->cell->why), "%s", strerror(errno));
        return false;
    }
    n = strlen(run->folder) + sizeof("/words");
    run->words = xmalloc(n);
    snprintf(run->words, n, "%s/words", run->folder);
    run_args(run);
    return true;
}

void
tune_run_cell(struct tune_runner *r, struct tune_cell *c)
{
    struct run run = {.runner = r, .cell = c};
    struct rusage used = {0};
    pid_t parent = getpid();
    int status;

    if (!run_open(&run)) {
        run_close(&run);
        return;
    }
    run.begin_ms = run_now_ms();
    run.pid = fork();
    if (run.pid == 0)
        run_exec(&run, parent);
    if (run.pid < 0)
        fatal("fork");
    status = run_wait(&run, &used);
    if (!WIFEXITED(status))
        run_end_redis(&run);
    run_take(&run, status, &used);
    if (nftw(run.folder, run_remove, 16, FTW_DEPTH | FTW_PHYS) != 0)
        log_warn("%s is left", LOG_ESC(str_from(run.folder)));
    run_close(&run);
}
