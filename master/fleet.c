/* SPDX-License-Identifier: MIT */
#include "master/fleet.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"

extern char **environ;

enum {
    FLEET_PAUSE_FIRST_MS = 500,
    FLEET_PAUSE_MAX_MS = 30000,
    FLEET_SETTLED_MS = 3000, /* ran so long: its next death is a first one */
    FLEET_QUICK_MS = 2000,   /* died before it did anything */
    FLEET_QUICK_MAX = 10,
    FLEET_ARGS_MAX = 24,
    FLEET_LINE_BYTES = 8192
};

/* A place in the fleet: a worker that runs, or the pause before the next. */
struct fleet_place {
    struct fleet *fleet;
    uv_process_t process;
    uv_pipe_t pipe; /* its stderr, when on_words wants it */
    long pid;       /* 0: none runs */
    bool is_closing, is_pipe_open;
    uint64_t started_ms, start_at_ms, pause_ms;
    char line[FLEET_LINE_BYTES];
    size_t line_n;
};

struct fleet {
    uv_loop_t *loop;
    struct fleet_options options;
    struct fleet_place *places;
    char *program;
    char *args[FLEET_ARGS_MAX];
    size_t argc;
    char **env;
    bool is_stopping;
    bool is_disk;
    bool is_refused; /* one does not take its options: no other will */
    unsigned quick;  /* quick deaths in a row, of all */
    size_t deaths;
    size_t handles; /* open ones, that must close before the memory goes */
    bool is_freed;
    char last_words[128];
};

/* --- what a worker is started with --- */

static void
fleet_arg(struct fleet *f, const char *arg)
{
    f->args[f->argc++] = xstrdup(arg);
}

static void
fleet_arg_int(struct fleet *f, const char *flag, int64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, value);
    fleet_arg(f, flag);
    fleet_arg(f, text);
}

/*
 * The crawl's settings come from Redis, where they were put from all layers
 * of ours; so no file may stand above them (and fleet_make_env() leaves out
 * the environment's).
 */
static void
fleet_make_args(struct fleet *f)
{
    const struct config *c = f->options.config;

    fleet_arg(f, f->program);
    fleet_arg(f, "--name");
    fleet_arg(f, f->options.name);
    fleet_arg(f, "--output");
    fleet_arg(f, f->options.folder);
    fleet_arg_int(f, "--threads", c->threads);
    fleet_arg_int(f, "--connections", c->connections);
    fleet_arg(f, "--config");
    fleet_arg(f, "/dev/null");
    if (c->redis && c->redis_password_file) {
        fleet_arg(f, "--redis-password-file");
        fleet_arg(f, c->redis_password_file);
    }
    if (c->quiet)
        fleet_arg(f, "--quiet");
    if (c->verbose)
        fleet_arg(f, "--verbose");
    if (c->log_file) {
        fleet_arg(f, "--log-file");
        fleet_arg(f, c->log_file);
    }
    f->args[f->argc] = NULL;
}

/* "NAME=value" on the heap. */
static char *
fleet_env_text(const char *name, const char *value)
{
    size_t n = strlen(name) + strlen(value) + 2;
    char *text = xmalloc(n);

    snprintf(text, n, "%s=%s", name, value);
    return text;
}

static void
fleet_make_env(struct fleet *f)
{
    size_t n = 0, count = 0;
    char pid[24];

    while (environ[count])
        count++;
    f->env = xcalloc(count + 3, sizeof(*f->env));
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "WEFT_", 5) != 0 &&
            strncmp(environ[i], "REDIS_URL=", 10) != 0)
            f->env[n++] = xstrdup(environ[i]);
    f->env[n++] = fleet_env_text("WEFT_REDIS", f->options.redis_url);
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    f->env[n++] = fleet_env_text("WEFT_MASTER_PID", pid);
}

/* --worker-program, else the worker beside this program. */
static enum err
fleet_find_program(struct fleet *f, char why[FLEET_WHY_BYTES])
{
    char exe[4096];
    size_t n = sizeof(exe) - sizeof("worker");
    char *slash;

    if (f->options.config->worker_program) {
        f->program = xstrdup(f->options.config->worker_program);
    } else if (uv_exepath(exe, &n) == 0 &&
               (slash = strrchr(exe, '/')) != NULL) {
        memcpy(slash + 1, "worker", sizeof("worker"));
        f->program = xstrdup(exe);
    } else {
        f->program = xstrdup("worker");
    }
    if (access(f->program, X_OK) == 0)
        return ERR_OK;
    snprintf(why, FLEET_WHY_BYTES,
             "cannot start the worker %.150s: %s (see --worker-program)",
             LOG_ESC(str_from(f->program)), strerror(errno));
    return ERR_NOT_FOUND;
}

/* --- its words --- */

static void
fleet_say(struct fleet_place *p, bool is_all)
{
    size_t n = p->line_n;

    while (n > 0 && p->line[n - 1] != '\n')
        n--;
    if (n == 0 && (is_all || p->line_n == sizeof(p->line)))
        n = p->line_n;
    if (n == 0)
        return;
    p->fleet->options.on_words(p->fleet->options.arg, p->line, n);
    memmove(p->line, p->line + n, p->line_n - n);
    p->line_n -= n;
}

static void
fleet_pipe_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct fleet_place *p = handle->data;

    (void)suggested;
    *out = uv_buf_init(p->line + p->line_n,
                       (unsigned)(sizeof(p->line) - p->line_n));
}

static void fleet_on_handle_closed(uv_handle_t *handle);

static void
fleet_on_pipe(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct fleet_place *p = stream->data;

    (void)buf;
    if (n > 0)
        p->line_n += (size_t)n;
    if (!p->fleet->is_freed)
        fleet_say(p, n < 0);
    if (n < 0 && !uv_is_closing((uv_handle_t *)stream))
        uv_close((uv_handle_t *)stream, fleet_on_handle_closed);
}

/* --- start and death --- */

static void
fleet_free_memory(struct fleet *f)
{
    for (size_t i = 0; i < f->argc; i++)
        free(f->args[i]);
    for (size_t i = 0; f->env && f->env[i]; i++) {
        explicit_bzero(f->env[i], strlen(f->env[i])); /* a password's in it */
        free(f->env[i]);
    }
    free(f->env);
    free(f->program);
    free(f->places);
    free(f);
}

static void
fleet_on_handle_closed(uv_handle_t *handle)
{
    struct fleet_place *p = handle->data;
    struct fleet *f = p->fleet;

    if (handle == (uv_handle_t *)&p->process)
        p->is_closing = false;
    else
        p->is_pipe_open = false;
    if (--f->handles == 0 && f->is_freed)
        fleet_free_memory(f);
}

uint64_t
fleet_next_pause_ms(uint64_t last_ms, uint64_t ran_ms)
{
    if (last_ms == 0 || ran_ms >= FLEET_SETTLED_MS)
        return FLEET_PAUSE_FIRST_MS;
    return last_ms * 2 < FLEET_PAUSE_MAX_MS ? last_ms * 2 : FLEET_PAUSE_MAX_MS;
}

/* Whether a worker has been running long enough to count as alive. */
static bool
fleet_has_settled(const struct fleet *f)
{
    for (size_t i = 0; i < f->options.procs; i++)
        if (f->places[i].pid != 0 &&
            uv_now(f->loop) - f->places[i].started_ms >= FLEET_QUICK_MS)
            return true;
    return false;
}

static void
fleet_plan_next(struct fleet_place *p, uint64_t ran_ms, bool is_page)
{
    struct fleet *f = p->fleet;

    p->pause_ms = fleet_next_pause_ms(is_page ? 0 : p->pause_ms, ran_ms);
    p->start_at_ms = uv_now(f->loop) + p->pause_ms;
    if (is_page)
        return; /* it did work: neither hopeless nor the contrary */
    f->quick =
        ran_ms < FLEET_QUICK_MS && !fleet_has_settled(f) ? f->quick + 1 : 0;
}

static void
fleet_on_exit(uv_process_t *process, int64_t status, int signal_number)
{
    struct fleet_place *p = process->data;
    struct fleet *f = p->fleet;
    long pid = p->pid;
    bool is_page;

    p->pid = 0;
    p->is_closing = true;
    uv_close((uv_handle_t *)process, fleet_on_handle_closed);
    if (f->is_freed)
        return;
    is_page = f->options.on_death(f->options.arg, pid,
                                  status == 0 && signal_number == 0);
    if (signal_number != 0)
        snprintf(f->last_words, sizeof(f->last_words), "was ended by %s",
                 strsignal(signal_number));
    else
        snprintf(f->last_words, sizeof(f->last_words),
                 "ended with exit code %d", (int)status);
    if (status == EXIT_DISK && signal_number == 0)
        f->is_disk = true;
    if (!f->is_stopping) {
        fleet_plan_next(p, uv_now(f->loop) - p->started_ms, is_page);
        if (status == EXIT_USAGE && signal_number == 0)
            f->is_refused = true;
        if (!f->is_disk && (status != 0 || signal_number != 0)) {
            f->deaths++;
            log_warnx("worker %ld %s; another in %.1f s", pid, f->last_words,
                      (double)p->pause_ms / 1000);
        }
    }
}

/* Its handles are closed or were never opened. */
static int
fleet_spawn(struct fleet_place *p)
{
    struct fleet *f = p->fleet;
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDOUT_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO}};
    uv_process_options_t options = {.exit_cb = fleet_on_exit,
                                    .file = f->program,
                                    .args = f->args,
                                    .env = f->env,
                                    .flags = UV_PROCESS_DETACHED,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    int e;

    if (f->options.on_words) {
        uv_pipe_init(f->loop, &p->pipe, 0);
        p->pipe.data = p;
        p->is_pipe_open = true;
        p->line_n = 0;
        f->handles++;
        stdio[2].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
        stdio[2].data.stream = (uv_stream_t *)&p->pipe;
    }
    p->process.data = p;
    f->handles++;
    e = uv_spawn(f->loop, &p->process, &options);
    if (e == 0 && f->options.on_words)
        uv_read_start((uv_stream_t *)&p->pipe, fleet_pipe_room, fleet_on_pipe);
    if (e == 0)
        return 0;
    p->is_closing = true;
    uv_close((uv_handle_t *)&p->process, fleet_on_handle_closed);
    if (f->options.on_words)
        uv_close((uv_handle_t *)&p->pipe, fleet_on_handle_closed);
    return e;
}

enum fleet_state
fleet_watch(struct fleet *f, char why[FLEET_WHY_BYTES])
{
    uint64_t now = uv_now(f->loop);

    if (f->is_disk) {
        snprintf(why, FLEET_WHY_BYTES, "a worker cannot write");
        return FLEET_DISK;
    }
    if (f->is_refused) {
        snprintf(why, FLEET_WHY_BYTES, "the worker refuses its settings");
        return FLEET_HOPELESS;
    }
    if (f->quick >= FLEET_QUICK_MAX) {
        snprintf(why, FLEET_WHY_BYTES,
                 "%d workers in a row died at once; the last one %s",
                 FLEET_QUICK_MAX, f->last_words);
        return FLEET_HOPELESS;
    }
    for (size_t i = 0; i < f->options.procs && !f->is_stopping; i++) {
        struct fleet_place *p = &f->places[i];
        int e;

        if (p->pid != 0 || p->is_closing || p->is_pipe_open ||
            now < p->start_at_ms)
            continue;
        e = fleet_spawn(p);
        if (e == 0) {
            p->pid = p->process.pid;
            p->started_ms = now;
            continue;
        }
        snprintf(f->last_words, sizeof(f->last_words), "did not start: %s",
                 uv_strerror(e));
        fleet_plan_next(p, 0, false);
    }
    return FLEET_RUNS;
}

enum err
fleet_new(uv_loop_t *loop, const struct fleet_options *options,
          struct fleet **out, char why[FLEET_WHY_BYTES])
{
    struct fleet *f = xcalloc(1, sizeof(*f));

    f->loop = loop;
    f->options = *options;
    *out = NULL;
    if (options->procs > 0 && fleet_find_program(f, why) != ERR_OK) {
        fleet_free_memory(f);
        return ERR_NOT_FOUND;
    }
    if (options->procs > 0) {
        f->places = xcalloc(options->procs, sizeof(*f->places));
        fleet_make_args(f);
        fleet_make_env(f);
    }
    for (size_t i = 0; i < options->procs; i++)
        f->places[i].fleet = f;
    *out = f;
    return ERR_OK;
}

void
fleet_signal(struct fleet *f, int signal_number)
{
    f->is_stopping = true;
    for (size_t i = 0; i < f->options.procs; i++)
        if (f->places[i].pid != 0)
            uv_process_kill(&f->places[i].process, signal_number);
}

size_t
fleet_running(const struct fleet *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->options.procs; i++)
        n += f->places[i].pid != 0;
    return n;
}

size_t
fleet_deaths(const struct fleet *f)
{
    return f->deaths;
}

void
fleet_free(struct fleet *f)
{
    if (f == NULL)
        return;
    fleet_signal(f, SIGKILL);
    f->is_freed = true;
    f->handles++; /* ours, until all are asked to close */
    for (size_t i = 0; i < f->options.procs; i++) {
        struct fleet_place *p = &f->places[i];

        if (p->pid != 0)
            uv_close((uv_handle_t *)&p->process, fleet_on_handle_closed);
        if (p->is_pipe_open && !uv_is_closing((uv_handle_t *)&p->pipe))
            uv_close((uv_handle_t *)&p->pipe, fleet_on_handle_closed);
    }
    if (--f->handles == 0)
        fleet_free_memory(f);
}
