/* SPDX-License-Identifier: MIT */
#include "worker/exec_child.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"

enum {
    EXEC_READ_BYTES = 65536,  /* at a time */
    EXEC_KEEP_BYTES = 262144, /* of memory, from line to line */
    EXEC_TICK_MS = 10,        /* between two looks at the process */
    EXEC_STATUS_MS = 500,     /* from the end of its output to its own */
    EXEC_GRACE_MS = 5000,     /* from the end of its input to SIGTERM */
    EXEC_KILL_MS = 2000,      /* from there to SIGKILL */
    EXEC_SAID_MAX = 500,      /* bytes of a line for the log */
    EXEC_SAID_LINES = 10      /* a second */
};

struct exec_child {
    struct exec_child_setup setup;
    pid_t pid;
    int status;
    bool is_reaped;
    uv_pipe_t in, out, err;
    uv_timer_t timer;
    uint64_t signal_at_ms; /* SIGTERM, or the next one; 0: none */
    uint64_t status_at_ms; /* no longer is its exit code waited for; 0: n/a */
    bool is_termed;
    bool is_silent;  /* nothing of it is heard any more */
    bool is_closing; /* all its handles are */
    unsigned handles;
    /* what it prints */
    struct buf text;
    bool is_skipping; /* the rest of a line that is too long */
    /* what it says */
    char said[EXEC_SAID_MAX];
    size_t said_n;
    uint64_t said_second;
    unsigned said_lines, said_more;
};

struct exec_write {
    uv_write_t request;
    struct buf line;
};

static uint64_t
exec_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* --- what it says on standard error --- */

static void
exec_say(struct exec_child *c)
{
    uint64_t second = exec_now_ms() / 1000;

    if (second != c->said_second) {
        if (c->said_more > 0)
            log_warnx("--exec: %u more lines of its standard error, not shown",
                      c->said_more);
        c->said_second = second;
        c->said_lines = c->said_more = 0;
    }
    if (c->said_lines < EXEC_SAID_LINES)
        log_warnx("--exec: %s", LOG_ESC(((struct str){c->said, c->said_n})));
    else
        c->said_more++;
    c->said_lines++;
    c->said_n = 0;
}

static void
exec_hear(struct exec_child *c, struct str bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        if (bytes.p[i] == '\n') {
            if (c->said_n > 0)
                exec_say(c);
        } else if (c->said_n < sizeof(c->said)) {
            c->said[c->said_n++] = bytes.p[i];
        }
}

static void
exec_on_err_alloc(uv_handle_t *handle, size_t size, uv_buf_t *out)
{
    static _Thread_local char bytes[4096];

    (void)handle;
    (void)size;
    *out = uv_buf_init(bytes, sizeof(bytes));
}

static void
exec_on_err_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct exec_child *c = stream->data;

    if (n > 0)
        exec_hear(c, (struct str){bytes->base, (size_t)n});
    else if (n < 0)
        uv_read_stop(stream);
}

/* --- what it prints --- */

static void
exec_give_line(struct exec_child *c, struct str line)
{
    bool is_too_long = c->is_skipping;

    c->is_skipping = false;
    if (!c->is_silent)
        c->setup.on_line(c->setup.arg, is_too_long ? STR_NONE : line,
                         is_too_long);
}

/* The lines that are whole; scanned bytes of text are known to have no end. */
static void
exec_cut_lines(struct exec_child *c, size_t scanned)
{
    size_t at = 0;

    while (!c->is_silent && scanned < c->text.n) {
        const char *end =
            memchr(c->text.p + scanned, '\n', c->text.n - scanned);

        if (end == NULL)
            break;
        exec_give_line(
            c, (struct str){c->text.p + at, (size_t)(end - c->text.p) - at});
        at = scanned = (size_t)(end - c->text.p) + 1;
    }
    if (at > 0) {
        memmove(c->text.p, c->text.p + at, c->text.n - at);
        c->text.n -= at;
    }
    if (c->is_skipping || c->text.n > c->setup.line_max) {
        c->is_skipping = true;
        buf_reset(&c->text);
    }
    if (c->text.n == 0 && c->text.cap > EXEC_KEEP_BYTES)
        buf_fini(&c->text);
}

static void
exec_on_out_alloc(uv_handle_t *handle, size_t size, uv_buf_t *out)
{
    struct exec_child *c = handle->data;

    (void)size;
    *out = uv_buf_init(NULL, 0); /* which is told as UV_ENOBUFS */
    if (buf_reserve(&c->text, EXEC_READ_BYTES) == ERR_OK)
        *out = uv_buf_init(c->text.p + c->text.n, EXEC_READ_BYTES);
}

/* Its exit code is worth a moment: most have ended by now. */
static void
exec_on_out_end(struct exec_child *c)
{
    uv_read_stop((uv_stream_t *)&c->out);
    if (c->text.n > 0 || c->is_skipping) /* its last line, without an end */
        exec_give_line(c, buf_str(&c->text));
    buf_reset(&c->text);
    if (c->is_silent)
        return;
    c->status_at_ms = exec_now_ms() + EXEC_STATUS_MS;
}

static void exec_set_timer(struct exec_child *c);

static void
exec_on_out_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct exec_child *c = stream->data;
    size_t scanned = c->text.n;

    (void)bytes;
    if (n > 0) {
        c->text.n += (size_t)n;
        exec_cut_lines(c, scanned);
    } else if (n < 0) {
        exec_on_out_end(c);
        exec_set_timer(c);
    }
}

/* --- the process --- */

/*
 * Whether it has ended.  Its group is ended with it, as long as its zombie
 * keeps the number from being another's.
 */
static bool
exec_reap(struct exec_child *c)
{
    siginfo_t info = {0};

    if (c->is_reaped ||
        (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0))
        return c->is_reaped;
    exec_command_kill(c->pid, SIGKILL);
    waitpid(c->pid, &c->status, 0);
    c->is_reaped = true;
    return true;
}

static void
exec_signal(struct exec_child *c, int signal_number)
{
    if (!c->is_reaped)
        exec_command_kill(c->pid, signal_number);
}

static void
exec_on_closed(uv_handle_t *handle)
{
    struct exec_child *c = handle->data;

    c->handles--;
}

static void
exec_close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, exec_on_closed);
}

static void
exec_close_handles(struct exec_child *c)
{
    c->is_silent = true;
    c->is_closing = true;
    exec_close_handle((uv_handle_t *)&c->in);
    exec_close_handle((uv_handle_t *)&c->out);
    exec_close_handle((uv_handle_t *)&c->err);
    exec_close_handle((uv_handle_t *)&c->timer);
}

static void
exec_tell_end(struct exec_child *c)
{
    char how[64] = "closed its output";

    c->status_at_ms = 0;
    if (c->is_reaped)
        exec_command_how(c->status, how);
    if (!c->is_silent) {
        c->is_silent = true;
        c->setup.on_end(c->setup.arg, how);
    }
}

static void
exec_on_timer(uv_timer_t *timer)
{
    struct exec_child *c = timer->data;
    uint64_t now = exec_now_ms();

    exec_reap(c);
    if (c->status_at_ms != 0 && (c->is_reaped || now >= c->status_at_ms))
        exec_tell_end(c);
    if (c->is_closing)
        return;
    if (c->signal_at_ms != 0 && now >= c->signal_at_ms) {
        exec_signal(c, c->is_termed ? SIGKILL : SIGTERM);
        c->signal_at_ms = now + EXEC_KILL_MS;
        c->is_termed = true;
    }
    exec_set_timer(c);
}

/* Ticks as long as its end is awaited. */
static void
exec_set_timer(struct exec_child *c)
{
    if (!c->is_closing && (c->status_at_ms != 0 || c->signal_at_ms != 0))
        uv_timer_start(&c->timer, exec_on_timer, EXEC_TICK_MS, 0);
}

bool
exec_child_is_over(struct exec_child *c)
{
    if (!exec_reap(c))
        return false;
    if (!c->is_closing)
        exec_close_handles(c);
    return c->handles == 0;
}

void
exec_child_hang_up(struct exec_child *c)
{
    c->signal_at_ms = exec_now_ms() + EXEC_GRACE_MS;
    exec_close_handle((uv_handle_t *)&c->in);
    exec_set_timer(c);
}

void
exec_child_end(struct exec_child *c)
{
    c->is_silent = true;
    c->is_termed = true;
    exec_signal(c, SIGTERM);
    exec_close_handle((uv_handle_t *)&c->in);
    uv_read_stop((uv_stream_t *)&c->out);
    c->signal_at_ms = exec_now_ms() + EXEC_KILL_MS;
    exec_set_timer(c);
}

void
exec_child_close(struct exec_child *c)
{
    if (!exec_reap(c)) {
        exec_signal(c, SIGKILL);
        waitpid(c->pid, &c->status, 0); /* it cannot be long */
        c->is_reaped = true;
    }
    exec_close_handles(c);
}

/* --- birth --- */

static void
exec_open_handles(struct exec_child *c, const struct exec_pipes *pipes)
{
    uv_loop_t *loop = c->setup.loop;

    uv_pipe_init(loop, &c->in, 0);
    uv_pipe_init(loop, &c->out, 0);
    uv_pipe_init(loop, &c->err, 0);
    uv_timer_init(loop, &c->timer);
    c->handles = 4;
    c->in.data = c->out.data = c->err.data = c->timer.data = c;
    if (uv_pipe_open(&c->in, pipes->in) != 0 ||
        uv_pipe_open(&c->out, pipes->out) != 0 ||
        uv_pipe_open(&c->err, pipes->err) != 0)
        fatalx("cannot watch the pipes of --exec's command");
    uv_read_start((uv_stream_t *)&c->out, exec_on_out_alloc, exec_on_out_read);
    uv_read_start((uv_stream_t *)&c->err, exec_on_err_alloc, exec_on_err_read);
}

struct exec_child *
exec_child_new(const struct exec_child_setup *setup)
{
    struct exec_child *c = xcalloc(1, sizeof(*c));
    struct exec_pipes pipes;

    c->setup = *setup;
    if (exec_command_start(setup->command, setup->names, &pipes) != ERR_OK) {
        free(c);
        return NULL;
    }
    c->pid = pipes.pid;
    buf_init(&c->text, setup->line_max + 2 * EXEC_READ_BYTES);
    exec_open_handles(c, &pipes);
    return c;
}

static void
exec_on_written(uv_write_t *request, int status)
{
    struct exec_write *w = (struct exec_write *)request;

    (void)status; /* one that reads no more is told by its output's end */
    buf_fini(&w->line);
    free(w);
}

void
exec_child_write(struct exec_child *c, struct buf *line)
{
    struct exec_write *w = xcalloc(1, sizeof(*w));
    uv_buf_t bytes;

    w->line = *line;
    *line = (struct buf){.max = line->max};
    bytes = uv_buf_init(w->line.p, (unsigned)w->line.n);
    if (uv_is_closing((uv_handle_t *)&c->in) ||
        uv_write(&w->request, (uv_stream_t *)&c->in, &bytes, 1,
                 exec_on_written) != 0)
        exec_on_written(&w->request, 0);
}

void
exec_child_free(struct exec_child *c)
{
    if (c == NULL)
        return;
    if (c->said_more > 0)
        log_warnx("--exec: %u more lines of its standard error, not shown",
                  c->said_more);
    buf_fini(&c->text);
    free(c);
}
