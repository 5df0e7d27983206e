/*
 * SPDX-License-Identifier: MIT
 *
 * Commands of ours as processes: what they take long for (a million entries
 * looked through, a log read) holds nobody up, and they judge and say the
 * same as on a terminal.
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "common/utf8.h"
#include "master/http_parts.h"

enum {
    HTTP_RUN_MS = 60000, /* then it is killed */
    HTTP_RUN_OUT_MAX = 1 << 24,
    HTTP_RUN_WORDS_MAX = 1 << 18,
    HTTP_RUN_FIXED = 12 /* words beside the caller's */
};

extern char **environ;

/* --- its end --- */

/* Lines without the log's own head: "... master[123]: text". */
static void
http_run_lines(struct str text, json_t *list)
{
    while (text.n > 0) {
        struct str line = str_cut(&text, '\n');
        size_t head = str_find_nocase(line, STR("]: "));
        bool is_log = line.n > 24 && line.p[4] == '-' && line.p[10] == 'T' &&
                      head < line.n;

        if (is_log)
            line = (struct str){line.p + head + 3, line.n - head - 3};
        json_array_append_new(list,
                              utf8_is_valid(line.p ? line.p : "", line.n)
                                  ? json_stringn(line.p ? line.p : "", line.n)
                                  : json_string(LOG_ESC(line)));
    }
}

static unsigned
http_run_status(int exit_code)
{
    return exit_code == EXIT_FINISHED ? MHD_HTTP_OK
           : exit_code == EXIT_REDIS  ? MHD_HTTP_SERVICE_UNAVAILABLE
           : exit_code == EXIT_USAGE  ? MHD_HTTP_BAD_REQUEST
                                      : MHD_HTTP_CONFLICT;
}

static void
http_run_tell(struct http_run *r, struct http_call *call)
{
    json_t *o, *lines;
    char *text;

    if (r->is_json && r->exit_code == EXIT_FINISHED) {
        http_answer(call, MHD_HTTP_OK, HTTP_JSON, buf_str(&r->texts[0]));
        return;
    }
    o = json_object();
    lines = json_array();
    http_run_lines(buf_str(&r->texts[0]), lines);
    http_run_lines(buf_str(&r->texts[1]), lines);
    json_object_set_new(o, "ok", json_boolean(r->exit_code == EXIT_FINISHED));
    json_object_set_new(o, "exit", json_integer(r->exit_code));
    json_object_set_new(o, "lines", lines);
    text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (text == NULL)
        fatalx("out of memory");
    http_answer(call, http_run_status(r->exit_code), HTTP_JSON, str_from(text));
    free(text);
}

/* Its process has ended and both its pipes are at their end. */
static void
http_run_on_closed(uv_handle_t *handle)
{
    struct http_run *r = handle->data;
    struct http *h = r->http;
    struct http_call *call = r->call;

    if (--r->handles == 0) {
        r->is_busy = false;
        r->call = NULL;
        if (call)
            http_run_tell(r, call);
    }
    http_handle_gone(h);
}

static void
http_run_on_exit(uv_process_t *process, int64_t code, int signal_number)
{
    struct http_run *r = process->data;

    r->exit_code = signal_number ? EXIT_ERROR : (int)code;
    uv_close((uv_handle_t *)process, http_run_on_closed);
}

static void
http_run_room(uv_handle_t *handle, size_t wish, uv_buf_t *out)
{
    struct http_run *r = handle->data;

    (void)wish;
    *out = uv_buf_init(r->room, sizeof(r->room));
}

static void
http_run_on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct http_run *r = stream->data;
    struct buf *text = &r->texts[stream == (uv_stream_t *)&r->pipes[1]];

    if (n > 0 && buf_add(text, bytes->base, (size_t)n) == ERR_OK)
        return;
    if (n > 0) /* more than anybody wants to have */
        uv_process_kill(&r->process, SIGTERM);
    if (n != 0 && !uv_is_closing((uv_handle_t *)stream))
        uv_close((uv_handle_t *)stream, http_run_on_closed);
}

/* --- its beginning --- */

/* Ours, without options of ours; the address of Redis only there. */
static char **
http_run_env(const struct http *h)
{
    size_t count = 0, n = 0;
    struct buf url;
    char **env;

    while (environ[count])
        count++;
    env = xcalloc(count + 3, sizeof(*env));
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "WEFT_", 5) != 0 &&
            strncmp(environ[i], "REDIS_URL=", 10) != 0)
            env[n++] = xstrdup(environ[i]);
    if (h->options.is_private)
        return env;
    buf_init(&url, 1 << 14);
    secret_write_url(h->options.redis, &url); /* ends in a NUL */
    env[n] = xmalloc(url.n + sizeof("WEFT_REDIS="));
    snprintf(env[n++], url.n + sizeof("WEFT_REDIS="), "WEFT_REDIS=%s", url.p);
    explicit_bzero(url.p, url.n);
    buf_fini(&url);
    if (h->options.config->redis_password_file) {
        size_t size = strlen(h->options.config->redis_password_file) + 32;

        env[n] = xmalloc(size);
        snprintf(env[n], size, "WEFT_REDIS_PASSWORD_FILE=%s",
                 h->options.config->redis_password_file);
    }
    return env;
}

static void
http_run_free_env(char **env)
{
    for (size_t i = 0; env[i]; i++) {
        explicit_bzero(env[i], strlen(env[i]));
        free(env[i]);
    }
    free(env);
}

static int
http_run_spawn(struct http_run *r, char **args, char **env)
{
    struct http *h = r->http;
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}};
    uv_process_options_t options = {.exit_cb = http_run_on_exit,
                                    .file = args[0],
                                    .args = args,
                                    .env = env,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    int e;

    for (size_t i = 0; i < 2; i++) {
        uv_pipe_init(h->options.loop, &r->pipes[i], 0);
        r->pipes[i].data = r;
        stdio[i + 1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
        stdio[i + 1].data.stream = (uv_stream_t *)&r->pipes[i];
    }
    r->process.data = r;
    r->handles = 3;
    h->handles += 3;
    e = uv_spawn(h->options.loop, &r->process, &options);
    if (e != 0) {
        r->exit_code = EXIT_ERROR;
        uv_close((uv_handle_t *)&r->process, http_run_on_closed);
    }
    for (size_t i = 0; i < 2; i++)
        if (e != 0)
            uv_close((uv_handle_t *)&r->pipes[i], http_run_on_closed);
        else
            uv_read_start((uv_stream_t *)&r->pipes[i], http_run_room,
                          http_run_on_bytes);
    return e;
}

static struct http_run *
http_run_take(struct http_call *call, bool is_json)
{
    struct http *h = call->http;

    for (size_t i = 0; i < HTTP_RUNS_MAX; i++) {
        struct http_run *r = &h->runs[i];

        if (r->is_busy)
            continue;
        r->http = h;
        r->call = call;
        r->is_busy = true;
        r->is_json = is_json;
        r->exit_code = EXIT_ERROR;
        r->since_ms = http_now(h);
        buf_fini(&r->texts[0]);
        buf_fini(&r->texts[1]);
        buf_init(&r->texts[0], HTTP_RUN_OUT_MAX);
        buf_init(&r->texts[1], HTTP_RUN_WORDS_MAX);
        return r;
    }
    return NULL;
}

void
http_run(struct http_call *call, const char *command, const char *const *args,
         bool is_json)
{
    struct http *h = call->http;
    struct http_run *r = http_run_take(call, is_json);
    char exe[4096];
    size_t n = 0, k = 0, len = sizeof(exe);
    const char **words;
    char **env;

    if (r == NULL) {
        h->refused_busy++;
        http_error(call, MHD_HTTP_SERVICE_UNAVAILABLE,
                   "busy: ask again in a moment");
        return;
    }
    while (args[n])
        n++;
    words = xcalloc(n + HTTP_RUN_FIXED, sizeof(*words));
    words[k++] = uv_exepath(exe, &len) == 0 ? exe : "master";
    words[k++] = command;
    words[k++] = "--config";
    words[k++] = "/dev/null";
    words[k++] = "--name";
    words[k++] = h->options.name;
    words[k++] = "--output";
    words[k++] = h->options.folder;
    if (is_json)
        words[k++] = "--json";
    words[k++] = "--";
    for (size_t i = 0; i < n; i++)
        words[k++] = args[i];
    env = http_run_env(h);
    http_put_to_sleep(call, HTTP_FOR_RUN);
    if (http_run_spawn(r, (char **)(uintptr_t)words, env) != 0)
        log_warnx("%s for the dashboard did not start", command);
    http_run_free_env(env);
    free(words);
}

/* --- nobody waits any more --- */

static void
http_run_kill(struct http_run *r, int signal_number)
{
    if (r->is_busy && !uv_is_closing((uv_handle_t *)&r->process))
        uv_process_kill(&r->process, signal_number);
}

void
http_run_forget(struct http_call *call)
{
    for (size_t i = 0; i < HTTP_RUNS_MAX; i++) {
        struct http_run *r = &call->http->runs[i];

        if (!r->is_busy || r->call != call)
            continue;
        r->call = NULL;
        http_run_kill(r, SIGTERM);
    }
}

void
http_run_tick(struct http *h)
{
    for (size_t i = 0; i < HTTP_RUNS_MAX; i++)
        if (h->runs[i].is_busy &&
            http_now(h) - h->runs[i].since_ms > HTTP_RUN_MS)
            http_run_kill(&h->runs[i], SIGKILL);
}

void
http_run_close(struct http *h)
{
    for (size_t i = 0; i < HTTP_RUNS_MAX; i++)
        http_run_kill(&h->runs[i], SIGKILL);
}
