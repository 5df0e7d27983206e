/*
 * http_parts - what the files of the HTTP server share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_HTTP_PARTS_H
#define MASTER_HTTP_PARTS_H

#include <microhttpd.h>

#include "common/buf.h"
#include "common/mem.h"
#include "master/http.h"
#include "master/http_guard.h"
#include "master/top_feed.h"

enum {
    HTTP_BODY_MAX = 1 << 16,
    HTTP_STREAMS_MAX = 24,
    HTTP_ORDERS_MAX = 8,
    HTTP_RUNS_MAX = 4, /* commands at a time */
    HTTP_HISTORY = 600 /* seconds */
};

#define HTTP_JSON "application/json"
#define HTTP_TEXT "text/plain; charset=utf-8"

/* One moment's numbers as an event, shared by all who are sent it. */
struct http_frame {
    unsigned refs;
    uint64_t number;
    struct buf bytes;
};

enum http_sleep {
    HTTP_AWAKE,
    HTTP_FOR_VIEW,  /* until Redis's numbers are there */
    HTTP_FOR_ORDER, /* until Redis has taken an order */
    HTTP_FOR_RUN,   /* until a command has ended */
    HTTP_FOR_FRAME  /* a stream, until there is news */
};

/* A connection, for how long it takes with its requests. */
struct http_peer {
    struct http_peer *next, **at;
    int fd;
    uint64_t since_ms;
    bool is_asked;  /* a whole request has come: it is our turn */
    bool is_stream; /* and that lasts */
};

/* A request, from its headers until it is answered. */
struct http_call {
    struct http *http;
    struct http_call *next, **at;
    struct MHD_Connection *connection;
    struct http_peer *peer;
    char *path;
    bool is_post, is_read; /* else another method */
    struct buf body;
    bool is_body_big;

    enum http_sleep sleep;
    bool is_suspended; /* asleep, and libmicrohttpd knows */
    uint64_t asked_round, slept_ms;
    void (*on_view)(struct http_call *call); /* HTTP_FOR_VIEW */
    struct MHD_Response *answer;             /* formed while it slept */
    unsigned status;

    /* a stream */
    struct http_frame *frame; /* being sent, or NULL */
    size_t frame_at;
    bool is_stream, is_told; /* that the end has come */
    uint64_t frame_number;   /* the last one that was begun */
};

struct http_order {
    struct http *http;
    struct http_call *call; /* NULL: nobody waits any more */
    bool is_busy;
    bool is_steer;
    bool is_change;                 /* frontier_form_change() */
    int64_t max_pages, max_time_ms; /* once Redis has it; -1: as it was */
};

/* A command of ours as a process. */
struct http_run {
    struct http *http;
    struct http_call *call; /* NULL: nobody waits any more */
    bool is_busy;
    bool is_json; /* its output is the answer */
    int handles, exit_code;
    uint64_t since_ms;
    uv_process_t process;
    uv_pipe_t pipes[2]; /* its output, its words */
    struct buf texts[2];
    char room[4096];
};

struct http_sample {
    int64_t at_s; /* since 1970 */
    double pages_per_s, bytes_per_s;
    uint64_t left;
};

struct http {
    struct http_options options;
    struct http_door door;
    char machine[256]; /* its name */
    char token[HTTP_TOKEN_BYTES];
    struct str secret; /* the token that counts */
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t turn, tick;
    int handles;
    bool is_closing;
    bool is_woken; /* somebody, since the daemon was last run */

    struct http_peer *peers;
    struct http_call *calls;
    size_t streams;

    struct top_feed *feed; /* NULL until somebody looked */
    uint64_t view_ms;      /* when its last numbers came */
    uint64_t view_round;
    struct http_frame *frame; /* the latest, or NULL */
    struct http_order orders[HTTP_ORDERS_MAX];
    struct http_run runs[HTTP_RUNS_MAX];
    struct http_sample history[HTTP_HISTORY];
    size_t history_count; /* ever */
    uint64_t refused_host, refused_token, refused_busy;
};

/* --- http.c --- */
/* Answer with bytes (copied), or keep them until the call is awake. */
void http_answer(struct http_call *call, unsigned status, const char *type,
                 struct str bytes);
/* {"error": "..."} for the API, else a line of text. */
void http_error(struct http_call *call, unsigned status, const char *words);
/*
 * No thread is blocked: the connection is looked at again by http_wake().
 * Behind the handler of a request it is suspended; where a stream's bytes are
 * asked for, that is the caller's to do.
 */
void http_put_to_sleep(struct http_call *call, enum http_sleep why);
void http_suspend(struct http_call *call);
void http_wake(struct http_call *call);
void http_headers(struct MHD_Response *answer, const char *type);
uint64_t http_now(const struct http *h);
/* A handle of ours is closed; behind the last one nothing is left. */
void http_handle_gone(struct http *h);
struct str http_header(const struct http_call *call, const char *name);

/* --- http_route.c: what there is --- */
void http_route(struct http_call *call);

/* --- http_live.c: numbers --- */
/* Fresh numbers, then call->on_view; at once where they are fresh. */
void http_await_view(struct http_call *call,
                     void (*on_view)(struct http_call *call));
void http_live_tick(struct http *h);
void http_live_close(struct http *h);
void http_stream(struct http_call *call);
void http_stream_end(struct http_call *call);
void http_show_view(struct http_call *call);
void http_show_metrics(struct http_call *call);
void http_show_history(struct http_call *call);
struct top_feed *http_feed(struct http *h); /* opened when needed */

/* --- http_orders.c: what changes something --- */
void http_order_post(struct http_call *call);
void http_order_forget(struct http_call *call);

/* --- http_run.c: commands --- */
/* args end in NULL; the answer is the command's output where is_json. */
void http_run(struct http_call *call, const char *command,
              const char *const *args, bool is_json);
void http_run_forget(struct http_call *call);
void http_run_tick(struct http *h);
void http_run_close(struct http *h);

#endif
