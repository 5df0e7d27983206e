/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "common/log.h"
#include "master/http_parts.h"
#include "master/web_files.h"

enum { HTTP_URL_MAX = 8192 };

/* --- small answers --- */

/* The loop turns, or this would not be said. */
static void
http_show_health(struct http_call *call)
{
    http_answer(call, MHD_HTTP_OK, HTTP_TEXT, STR("ok\n"));
}

/* Whether the crawl gets on: for what sends others here, or waits for us. */
static void
http_show_ready(struct http_call *call)
{
    const struct http_options *o = &call->http->options;
    struct http_state now;

    o->state(o->arg, &now);
    if (now.is_ready)
        http_answer(call, MHD_HTTP_OK, HTTP_TEXT, STR("ready\n"));
    else
        http_answer(call, MHD_HTTP_SERVICE_UNAVAILABLE, HTTP_TEXT,
                    STR("not ready: no Redis with this crawl just now\n"));
}

static void
http_show_status(struct http_call *call)
{
    static const char *const args[] = {NULL};

    http_run(call, "status", args, true);
}

static void
http_show_explain(struct http_call *call)
{
    const char *args[] = {NULL, NULL};

    args[0] = MHD_lookup_connection_value(call->connection,
                                          MHD_GET_ARGUMENT_KIND, "url");
    if (args[0] == NULL || args[0][0] == '\0' || strlen(args[0]) > HTTP_URL_MAX)
        http_error(call, MHD_HTTP_BAD_REQUEST, "explain what? ?url=URL");
    else
        http_run(call, "explain", args, false);
}

/* --- routes --- */

enum http_need { HTTP_OPEN, HTTP_DATA, HTTP_CONTROL };

static const struct {
    const char *path;
    enum http_need need;
    void (*show)(struct http_call *call);
} http_routes[] = {
    {"/healthz", HTTP_OPEN, http_show_health},
    {"/readyz", HTTP_OPEN, http_show_ready},
    {"/metrics", HTTP_DATA, http_show_metrics},
    {"/api/v1/status", HTTP_DATA, http_show_status},
    {"/api/v1/explain", HTTP_DATA, http_show_explain},
    {"/api/v1/view", HTTP_DATA, http_show_view},
    {"/api/v1/history", HTTP_DATA, http_show_history},
    {"/api/v1/events", HTTP_DATA, http_stream},
    {"/api/v1/pause", HTTP_CONTROL, http_order_post},
    {"/api/v1/resume", HTTP_CONTROL, http_order_post},
    {"/api/v1/stop", HTTP_CONTROL, http_order_post},
    {"/api/v1/slow", HTTP_CONTROL, http_order_post},
    {"/api/v1/limits", HTTP_CONTROL, http_order_post},
    {"/api/v1/add", HTTP_CONTROL, http_order_post},
    {"/api/v1/drop", HTTP_CONTROL, http_order_post},
    {"/api/v1/undrop", HTTP_CONTROL, http_order_post},
};

/* The page and its parts: the same for all, nothing of the crawl. */
static bool
http_show_file(struct http_call *call)
{
    const char *name =
        strcmp(call->path, "/") == 0 ? "index.html" : call->path + 1;

    for (size_t i = 0; i < web_files_count; i++) {
        const struct web_file *f = &web_files[i];

        if (strcmp(f->name, name) != 0)
            continue;
        if (call->is_read)
            http_answer(call, MHD_HTTP_OK, f->type,
                        (struct str){f->bytes, f->len});
        else
            http_error(call, MHD_HTTP_METHOD_NOT_ALLOWED, "GET it");
        return true;
    }
    return false;
}

static bool
http_has_token(const struct http_call *call)
{
    return http_guard_token(http_header(call, "Authorization"),
                            call->http->secret);
}

/* Whether the call may; otherwise it is answered. */
static bool
http_may(struct http_call *call, enum http_need need)
{
    struct http *h = call->http;
    bool is_control = need == HTTP_CONTROL;

    if (is_control ? !call->is_post : !call->is_read) {
        http_error(call, MHD_HTTP_METHOD_NOT_ALLOWED,
                   is_control ? "POST it" : "GET it");
        return false;
    }
    if (!http_guard_fetch(http_header(call, "Sec-Fetch-Site")) ||
        (is_control && !http_guard_origin(http_header(call, "Origin"),
                                          http_header(call, "Host")))) {
        h->refused_host++;
        http_error(call, MHD_HTTP_FORBIDDEN, "asked by a foreign page");
        return false;
    }
    if ((is_control || (need == HTTP_DATA && !h->door.is_loopback)) &&
        !http_has_token(call)) {
        h->refused_token++;
        http_error(call, MHD_HTTP_UNAUTHORIZED,
                   "that takes the token: Authorization: Bearer TOKEN");
        return false;
    }
    if (call->is_body_big) {
        http_error(call, MHD_HTTP_CONTENT_TOO_LARGE, "too much");
        return false;
    }
    return true;
}

void
http_route(struct http_call *call)
{
    struct http *h = call->http;

    if (!http_guard_host(http_header(call, "Host"), h->door.is_loopback,
                         str_from(h->machine))) {
        h->refused_host++;
        http_error(call, MHD_HTTP_FORBIDDEN,
                   "not for this Host: ask by address");
        return;
    }
    for (size_t i = 0; i < sizeof(http_routes) / sizeof(http_routes[0]); i++)
        if (strcmp(http_routes[i].path, call->path) == 0) {
            if (http_may(call, http_routes[i].need))
                http_routes[i].show(call);
            return;
        }
    if (!http_show_file(call))
        http_error(call, MHD_HTTP_NOT_FOUND, "there is nothing of that name");
}
