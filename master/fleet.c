/* SPDX-License-Identifier: MIT */
#include "master/fleet.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "master/fleet_parts.h"

enum {
    FLEET_PAUSE_FIRST_MS = 500,
    FLEET_PAUSE_MAX_MS = 30000,
    FLEET_SETTLED_MS = 3000, /* ran so long: its next death is a first one */
    FLEET_QUICK_MS = 2000,   /* died before it did anything */
    FLEET_QUICK_MAX = 10,
    FLEET_READ_MS = 2000,  /* for the last words, once it has ended */
    FLEET_ALONE_MS = 60000 /* no worker runs anywhere for so long: give up */
};

/* --- handles and their end --- */

static void
fleet_free_memory(struct fleet *f)
{
    for (size_t i = 0; i < f->hosts_count; i++)
        fleet_command_fini(&f->hosts[i].command);
    for (size_t i = 0; i < f->places_count; i++)
        free(f->places[i]);
    fleet_command_fini(&f->here);
    free(f->hosts);
    free(f->places);
    free(f);
}

static void fleet_place_over(struct fleet_place *p);

static void
fleet_on_handle_closed(uv_handle_t *handle)
{
    struct fleet_place *p = handle->data;
    struct fleet *f = p->fleet;

    p->handles--;
    f->handles--;
    if (f->is_freed) {
        if (f->handles == 0)
            fleet_free_memory(f);
    } else if (p->handles == 0) {
        fleet_place_over(p);
    }
}

static void
fleet_close(void *handle)
{
    uv_handle_t *h = handle;

    if (h->data != NULL && !uv_is_closing(h))
        uv_close(h, fleet_on_handle_closed);
}

static void
fleet_open_pipe(struct fleet_place *p, uv_pipe_t *pipe)
{
    uv_pipe_init(p->fleet->loop, pipe, 0);
    pipe->data = p;
    p->handles++;
    p->fleet->handles++;
}

/* --- its words --- */

/* A line of a worker on this machine, which wants to be shown. */
static void
fleet_say_here(void *arg, struct str line)
{
    struct fleet_place *p = arg;
    char text[FLEET_LINE_BYTES + 1];

    memcpy(text, line.p, line.n);
    text[line.n] = '\n';
    p->fleet->options.on_words(p->fleet->options.arg, text, line.n + 1);
}

static struct fleet_words *
fleet_words_of(struct fleet_place *p, const void *handle)
{
    return handle == &p->out ? &p->answer : &p->words;
}

static void
fleet_pipe_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    size_t room;
    char *bytes = fleet_words_room(fleet_words_of(handle->data, handle), &room);

    (void)suggested;
    *out = uv_buf_init(bytes, (unsigned)room);
}

static void
fleet_on_pipe(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct fleet_place *p = stream->data;
    fleet_words_fn *fn = p->host == NULL                     ? fleet_say_here
                         : (void *)stream == (void *)&p->out ? fleet_host_answer
                                                             : fleet_host_words;

    (void)buf;
    if (!p->fleet->is_freed)
        fleet_words_take(fleet_words_of(p, stream), n > 0 ? (size_t)n : 0,
                         n < 0, fn, p);
    if (n < 0)
        fleet_close(stream);
}

/* --- death --- */

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
    for (size_t i = 0; i < f->places_count; i++)
        if (f->places[i]->pid != 0 && f->places[i]->is_up &&
            uv_now(f->loop) - f->places[i]->up_ms >= FLEET_QUICK_MS)
            return true;
    return false;
}

void
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

/* A worker of this machine. */
static void
fleet_here_over(struct fleet_place *p, long pid)
{
    struct fleet *f = p->fleet;
    bool is_clean = p->status == 0 && p->signal_number == 0;
    bool is_page = f->options.on_death(f->options.arg, pid, is_clean);

    if (p->signal_number != 0)
        snprintf(f->last_words, sizeof(f->last_words), "was ended by %s",
                 strsignal(p->signal_number));
    else
        snprintf(f->last_words, sizeof(f->last_words),
                 "ended with exit code %d", (int)p->status);
    if (p->status == EXIT_DISK && p->signal_number == 0)
        f->is_disk = true;
    if (!f->is_stopping) {
        fleet_plan_next(p, p->ended_ms - p->up_ms, is_page);
        if (p->status == EXIT_USAGE && p->signal_number == 0)
            f->is_refused = true;
        if (!f->is_disk && !is_clean) {
            f->deaths++;
            log_warnx("worker %ld %s; another in %.1f s", pid, f->last_words,
                      (double)p->pause_ms / 1000);
        }
    }
}

static void
fleet_place_over(struct fleet_place *p)
{
    if (!p->is_busy)
        return; /* it did not even start */
    p->is_busy = false;
    if (p->host)
        fleet_host_over(p);
    else
        fleet_here_over(p, p->ended_pid);
    p->is_up = false;
}

static void
fleet_on_exit(uv_process_t *process, int64_t status, int signal_number)
{
    struct fleet_place *p = process->data;

    p->ended_pid = p->pid;
    p->pid = 0;
    p->status = status;
    p->signal_number = signal_number;
    p->ended_ms = uv_now(p->fleet->loop);
    fleet_close(process);
    if (p->host)
        fleet_close(&p->in);
}

/* --- start --- */

/* The address of Redis, at once: it fits any pipe. */
static bool
fleet_send_input(struct fleet_place *p)
{
    const char *input = p->host->command.input;
    uv_buf_t bytes =
        uv_buf_init(p->host->command.input, (unsigned)strlen(input));

    return uv_try_write((uv_stream_t *)&p->in, &bytes, 1) == (int)bytes.len;
}

static void
fleet_wire(struct fleet_place *p, uv_stdio_container_t stdio[3])
{
    if (p->host) {
        fleet_open_pipe(p, &p->in);
        stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
        stdio[0].data.stream = (uv_stream_t *)&p->in;
        fleet_open_pipe(p, &p->out);
        stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
        stdio[1].data.stream = (uv_stream_t *)&p->out;
        fleet_words_begin(&p->answer);
    }
    if (p->host || p->fleet->options.on_words) {
        fleet_open_pipe(p, &p->err);
        stdio[2].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
        stdio[2].data.stream = (uv_stream_t *)&p->err;
        fleet_words_begin(&p->words);
    }
}

/* Its handles are closed or were never opened. */
static int
fleet_spawn(struct fleet_place *p)
{
    struct fleet *f = p->fleet;
    struct fleet_command *command = p->host ? &p->host->command : &f->here;
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDOUT_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO}};
    uv_process_options_t options = {.exit_cb = fleet_on_exit,
                                    .file = command->args[0],
                                    .args = command->args,
                                    .env = command->env,
                                    .flags = UV_PROCESS_DETACHED,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    int e;

    p->in.data = p->out.data = p->err.data = NULL; /* not open */
    fleet_wire(p, stdio);
    p->process.data = p;
    p->handles++;
    f->handles++;
    e = uv_spawn(f->loop, &p->process, &options);
    if (e != 0) {
        fleet_close(&p->process);
        fleet_close(&p->in);
        fleet_close(&p->out);
        fleet_close(&p->err);
        return e;
    }
    if (p->out.data)
        uv_read_start((uv_stream_t *)&p->out, fleet_pipe_room, fleet_on_pipe);
    if (p->err.data)
        uv_read_start((uv_stream_t *)&p->err, fleet_pipe_room, fleet_on_pipe);
    if (p->host && !fleet_send_input(p))
        fleet_close(&p->in); /* it ends, and says why */
    return 0;
}

static void
fleet_start(struct fleet_place *p)
{
    struct fleet *f = p->fleet;
    int e = fleet_spawn(p);

    if (e != 0) {
        snprintf(f->last_words, sizeof(f->last_words), "did not start: %s",
                 uv_strerror(e));
        fleet_plan_next(p, 0, false);
        return;
    }
    p->pid = p->process.pid;
    p->is_busy = true;
    p->is_up = p->host == NULL;
    p->stops = 0;
    p->spawned_ms = p->up_ms = uv_now(f->loop);
    if (p->host)
        p->host->starting++;
}

/* What has ended but left its pipes open to somebody is over as well. */
static void
fleet_read_no_more(struct fleet_place *p)
{
    fleet_close(&p->out);
    fleet_close(&p->err);
}

/* --- the whole --- */

/* Whether it makes no sense to go on, and why. */
static enum fleet_state
fleet_judge(struct fleet *f, uint64_t now, char why[FLEET_WHY_BYTES])
{
    for (size_t i = 0; i < f->places_count; i++)
        if (f->places[i]->pid != 0 && f->places[i]->is_up)
            f->alive_ms = now;
    if (f->is_disk) {
        snprintf(why, FLEET_WHY_BYTES, "a worker cannot write");
        return FLEET_DISK;
    }
    if (f->is_refused) {
        snprintf(why, FLEET_WHY_BYTES, "the worker refuses its settings%s",
                 f->options.config->exec ? ", or has no use of --exec" : "");
        return FLEET_HOPELESS;
    }
    if (f->quick >= FLEET_QUICK_MAX) {
        snprintf(why, FLEET_WHY_BYTES,
                 "%d workers in a row died at once; the last one %s",
                 FLEET_QUICK_MAX, f->last_words);
        return FLEET_HOPELESS;
    }
    if (f->hosts_count > 0 && now - f->alive_ms >= FLEET_ALONE_MS) {
        snprintf(why, FLEET_WHY_BYTES,
                 "for %d s no worker could be started on any host",
                 FLEET_ALONE_MS / 1000);
        return FLEET_HOPELESS;
    }
    return FLEET_RUNS;
}

enum fleet_state
fleet_watch(struct fleet *f, char why[FLEET_WHY_BYTES])
{
    uint64_t now = uv_now(f->loop);
    enum fleet_state state;

    if (f->alive_ms == 0)
        f->alive_ms = now;
    state = fleet_judge(f, now, why);
    for (size_t i = 0; i < f->places_count && state == FLEET_RUNS; i++) {
        struct fleet_place *p = f->places[i];

        if (p->is_busy && p->pid == 0 && now - p->ended_ms >= FLEET_READ_MS)
            fleet_read_no_more(p);
        if (!f->is_stopping && p->handles == 0 && now >= p->start_at_ms &&
            (p->host == NULL || fleet_host_may_start(p->host, now)))
            fleet_start(p);
    }
    return state;
}

void
fleet_add_place(struct fleet *f, struct fleet_host *host)
{
    struct fleet_place *p = xcalloc(1, sizeof(*p));

    p->fleet = f;
    p->host = host;
    f->places =
        xreallocarray(f->places, f->places_count + 1, sizeof(*f->places));
    f->places[f->places_count++] = p;
}

enum err
fleet_new(uv_loop_t *loop, const struct fleet_options *options,
          struct fleet **out, char why[FLEET_WHY_BYTES])
{
    struct fleet *f = xcalloc(1, sizeof(*f));
    struct fleet_command_options start = {options->config, options->name,
                                          options->folder, options->redis_url};

    f->loop = loop;
    f->options = *options;
    *out = NULL;
    if (options->procs > 0 &&
        fleet_command_here(&start, &f->here, why) != ERR_OK) {
        fleet_free_memory(f);
        return ERR_NOT_FOUND;
    }
    for (size_t i = 0; i < options->procs; i++)
        fleet_add_place(f, NULL);
    if (options->hosts)
        fleet_host_open(f, &start);
    *out = f;
    return ERR_OK;
}

/*
 * ssh forwards no signal.  A worker behind it takes a line, or the end of its
 * input, for one; before it has said that it runs, the end of ssh is enough.
 */
static void
fleet_signal_there(struct fleet_place *p, int signal_number)
{
    uv_buf_t line = uv_buf_init((char[]){'\n'}, 1);

    if (signal_number == SIGKILL || !p->is_up)
        uv_process_kill(&p->process, signal_number);
    else if (p->stops > 1 || uv_is_closing((uv_handle_t *)&p->in) ||
             uv_try_write((uv_stream_t *)&p->in, &line, 1) != 1)
        fleet_close(&p->in);
}

void
fleet_signal(struct fleet *f, int signal_number)
{
    f->is_stopping = true;
    for (size_t i = 0; i < f->places_count; i++) {
        struct fleet_place *p = f->places[i];

        p->stops++;
        if (p->pid != 0 && p->host)
            fleet_signal_there(p, signal_number);
        else if (p->pid != 0)
            uv_process_kill(&p->process, signal_number);
        else if (p->is_busy && signal_number == SIGKILL)
            fleet_read_no_more(p);
    }
}

size_t
fleet_running(const struct fleet *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->places_count; i++)
        n += f->places[i]->is_busy;
    return n;
}

size_t
fleet_size(const struct fleet *f)
{
    return f->places_count;
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
    for (size_t i = 0; i < f->places_count; i++) {
        struct fleet_place *p = f->places[i];

        if (p->handles == 0)
            continue;
        fleet_close(&p->process);
        fleet_close(&p->in);
        fleet_close(&p->out);
        fleet_close(&p->err);
    }
    if (--f->handles == 0)
        fleet_free_memory(f);
}
