/*
 * SPDX-License-Identifier: MIT
 *
 * The server's life, its connections and their time.  libmicrohttpd ends a
 * connection on which nothing comes; who sends a byte now and then is ended
 * here, by shutting the socket down, which it then takes for the client's
 * end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "master/http_parts.h"
#include "master/recent.h"

enum {
    HTTP_TICK_MS = 1000,
    HTTP_LAST_TURNS = 4, /* streams say that they end; nothing is waited for */
    HTTP_REQUEST_BYTES = 1 << 14, /* of a request's line and headers */
    HTTP_IDLE_S = 20,             /* nothing was sent or taken */
    HTTP_ASK_MS = 10000,          /* for a request to come as a whole */
    HTTP_TAKE_MS = 120000         /* for its answer to be taken */
};

static void http_on_turn(uv_timer_t *timer);

uint64_t
http_now(const struct http *h)
{
    return uv_now(h->options.loop);
}

struct str
http_header(const struct http_call *call, const char *name)
{
    const char *value =
        MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);

    return value ? str_from(value) : STR_NONE;
}

/* --- answers --- */

/* Nothing of another place is loaded, framed, guessed or told. */
void
http_headers(struct MHD_Response *answer, const char *type)
{
    static const char *const rows[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; "
         "img-src 'self'; connect-src 'self'; base-uri 'none'; "
         "form-action 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cache-Control", "no-store"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        MHD_add_response_header(answer, rows[i][0], rows[i][1]);
    MHD_add_response_header(answer, "Content-Type", type);
}

static void
http_give(struct http_call *call)
{
    MHD_queue_response(call->connection, call->status, call->answer);
    MHD_destroy_response(call->answer);
    call->answer = NULL;
}

void
http_answer(struct http_call *call, unsigned status, const char *type,
            struct str bytes)
{
    if (call->answer)
        MHD_destroy_response(call->answer);
    call->answer = MHD_create_response_from_buffer(
        bytes.n, (void *)(uintptr_t)(bytes.p ? bytes.p : ""),
        MHD_RESPMEM_MUST_COPY);
    if (call->answer == NULL)
        fatalx("out of memory");
    http_headers(call->answer, type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(call->answer, "Allow",
                                call->is_post ? "GET, HEAD" : "POST");
    if (status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(call->answer, "WWW-Authenticate", "Bearer");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(call->answer, "Retry-After", "2");
    call->status = status;
    if (call->sleep != HTTP_AWAKE)
        http_wake(call);
}

void
http_error(struct http_call *call, unsigned status, const char *words)
{
    bool is_api = str_starts(str_from(call->path), STR("/api/"));
    struct buf b;

    buf_init(&b, 4096);
    if (buf_addf(&b, is_api ? "{\"error\": \"%s\"}\n" : "%s\n", words) ==
        ERR_OK) /* words are ours: there is nothing to escape in them */
        http_answer(call, status, is_api ? HTTP_JSON : HTTP_TEXT, buf_str(&b));
    buf_fini(&b);
}

void
http_put_to_sleep(struct http_call *call, enum http_sleep why)
{
    call->sleep = why;
    call->slept_ms = http_now(call->http);
}

/*
 * Not before its handler is at its end: until then the answer may come, and
 * who sleeps can be given none.
 */
void
http_suspend(struct http_call *call)
{
    if (call->sleep == HTTP_AWAKE || call->is_suspended)
        return;
    call->is_suspended = true;
    MHD_suspend_connection(call->connection);
}

void
http_wake(struct http_call *call)
{
    if (call->sleep == HTTP_AWAKE)
        return;
    call->sleep = HTTP_AWAKE;
    if (!call->is_suspended)
        return;
    call->is_suspended = false;
    MHD_resume_connection(call->connection);
    call->http->is_woken = true; /* it tells nobody: look at it ourselves */
    if (!call->http->is_closing)
        uv_timer_start(&call->http->turn, http_on_turn, 0, 0);
}

/* --- requests --- */

static struct http_call *
http_call_new(struct http *h, struct MHD_Connection *connection,
              const char *path, const char *method)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_call *call = xcalloc(1, sizeof(*call));

    call->http = h;
    call->connection = connection;
    call->peer = info ? info->socket_context : NULL;
    call->path = xstrdup(path);
    call->is_post = strcmp(method, "POST") == 0;
    call->is_read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    buf_init(&call->body, HTTP_BODY_MAX);
    call->next = h->calls;
    call->at = &h->calls;
    if (call->next)
        call->next->at = &call->next;
    h->calls = call;
    return call;
}

static void
http_on_completed(void *cls, struct MHD_Connection *connection, void **arg,
                  enum MHD_RequestTerminationCode why)
{
    struct http_call *call = *arg;

    (void)cls, (void)connection, (void)why;
    if (call == NULL)
        return;
    *arg = NULL;
    http_order_forget(call);
    http_run_forget(call);
    http_stream_end(call);
    if (call->peer) {
        call->peer->is_asked = call->peer->is_stream = false;
        call->peer->since_ms = http_now(call->http);
    }
    *call->at = call->next;
    if (call->next)
        call->next->at = call->at;
    if (call->answer)
        MHD_destroy_response(call->answer);
    buf_fini(&call->body);
    free(call->path);
    free(call);
}

static enum MHD_Result
http_on_call(void *cls, struct MHD_Connection *connection, const char *path,
             const char *method, const char *version, const char *bytes,
             size_t *len, void **arg)
{
    struct http *h = cls;
    struct http_call *call = *arg;

    (void)version;
    if (h->is_closing)
        return MHD_NO;
    if (call == NULL) { /* its headers; a body may follow */
        *arg = http_call_new(h, connection, path, method);
        return MHD_YES;
    }
    if (*len > 0) {
        if (buf_add(&call->body, bytes, *len) != ERR_OK)
            call->is_body_big = true;
        *len = 0;
        return MHD_YES;
    }
    if (call->peer && !call->peer->is_asked) {
        call->peer->is_asked = true;
        call->peer->since_ms = http_now(h);
    }
    if (call->answer == NULL)
        http_route(call);
    if (call->answer && call->sleep == HTTP_AWAKE)
        http_give(call);
    http_suspend(call);
    return MHD_YES;
}

/* --- connections --- */

static void
http_on_peer(void *cls, struct MHD_Connection *connection, void **arg,
             enum MHD_ConnectionNotificationCode what)
{
    struct http *h = cls;
    const union MHD_ConnectionInfo *info;
    struct http_peer *peer = *arg;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        info = MHD_get_connection_info(connection,
                                       MHD_CONNECTION_INFO_CONNECTION_FD);
        peer = xcalloc(1, sizeof(*peer));
        peer->fd = info ? info->connect_fd : -1;
        peer->since_ms = http_now(h);
        peer->next = h->peers;
        peer->at = &h->peers;
        if (peer->next)
            peer->next->at = &peer->next;
        h->peers = peer;
        *arg = peer;
    } else if (peer) {
        *peer->at = peer->next;
        if (peer->next)
            peer->next->at = peer->at;
        free(peer);
        *arg = NULL;
    }
}

static void
http_end_slow_peers(struct http *h)
{
    for (const struct http_peer *p = h->peers; p; p = p->next) {
        uint64_t ms = http_now(h) - p->since_ms;

        if (!p->is_stream && p->fd >= 0 &&
            ms > (p->is_asked ? HTTP_TAKE_MS : HTTP_ASK_MS))
            shutdown(p->fd, SHUT_RDWR);
    }
}

/* --- the loop --- */

static void
http_turn(struct http *h)
{
    MHD_UNSIGNED_LONG_LONG ms;

    h->is_woken = false;
    MHD_run(h->daemon);
    if (h->is_woken)
        uv_timer_start(&h->turn, http_on_turn, 0, 0);
    else if (MHD_get_timeout(h->daemon, &ms) != MHD_YES || ms > HTTP_TICK_MS)
        uv_timer_stop(&h->turn); /* the tick comes sooner */
    else
        uv_timer_start(&h->turn, http_on_turn, ms, 0);
}

static void
http_on_turn(uv_timer_t *timer)
{
    http_turn(timer->data);
}

static void
http_on_ready(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    http_turn(poll->data);
}

static void
http_on_tick(uv_timer_t *timer)
{
    struct http *h = timer->data;

    http_end_slow_peers(h);
    http_run_tick(h);
    http_live_tick(h);
    http_turn(h);
}

/* --- birth --- */

static bool
http_start(struct http *h)
{
    const union MHD_DaemonInfo *info;

    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, http_on_call,
        h, MHD_OPTION_LISTEN_SOCKET, h->door.fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)HTTP_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_REQUEST_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed,
        h, MHD_OPTION_NOTIFY_CONNECTION, http_on_peer, h, MHD_OPTION_END);
    if (h->daemon == NULL) {
        http_door_close(&h->door);
        return false;
    }
    info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL ||
        uv_poll_init(h->options.loop, &h->poll, info->epoll_fd) != 0) {
        MHD_stop_daemon(h->daemon);
        return false;
    }
    uv_timer_init(h->options.loop, &h->turn);
    uv_timer_init(h->options.loop, &h->tick);
    h->poll.data = h->turn.data = h->tick.data = h;
    h->handles = 3;
    uv_poll_start(&h->poll, UV_READABLE, http_on_ready);
    uv_timer_start(&h->tick, http_on_tick, HTTP_TICK_MS, HTTP_TICK_MS);
    return true;
}

struct http *
http_open(const struct http_options *options)
{
    const struct config *c = options->config;
    struct http *h;

    if (options->door->fd < 0)
        return NULL;
    h = xcalloc(1, sizeof(*h));
    h->options = *options;
    h->door = *options->door;
    options->door->fd = -1;
    if (gethostname(h->machine, sizeof(h->machine) - 1) != 0)
        h->machine[0] = '\0';
    if (c->http_token == NULL)
        http_guard_make_token(h->token);
    h->secret = str_from(c->http_token ? c->http_token : h->token);
    if (!http_start(h)) {
        log_warnx("--http %s: the server does not start; going on without",
                  h->door.where);
        free(h);
        return NULL;
    }
    recent_hold(true); /* the page shows what is kept, to all */
    if (c->http_token)
        log_info("dashboard: http://%s/", h->door.where);
    else
        log_info("dashboard: http://%s/#token=%s", h->door.where, h->token);
    recent_hold(false);
    return h;
}

/* --- end --- */

void
http_handle_gone(struct http *h)
{
    if (--h->handles > 0 || !h->is_closing)
        return;
    for (size_t i = 0; i < HTTP_RUNS_MAX; i++)
        for (size_t k = 0; k < 2; k++)
            buf_fini(&h->runs[i].texts[k]);
    explicit_bzero(h->token, sizeof(h->token));
    free(h);
}

static void
http_on_closed(uv_handle_t *handle)
{
    http_handle_gone(handle->data);
}

void
http_close(struct http *h)
{
    if (h == NULL)
        return;
    h->is_closing = true;
    uv_poll_stop(&h->poll);
    for (struct http_call *c = h->calls; c; c = c->next)
        http_wake(c); /* a daemon with sleepers cannot be stopped */
    for (int i = 0; i < HTTP_LAST_TURNS; i++)
        MHD_run(h->daemon);
    MHD_stop_daemon(h->daemon);
    http_live_close(h);
    http_run_close(h);
    uv_close((uv_handle_t *)&h->poll, http_on_closed);
    uv_close((uv_handle_t *)&h->turn, http_on_closed);
    uv_close((uv_handle_t *)&h->tick, http_on_closed);
}
