/*
 * SPDX-License-Identifier: MIT
 *
 * Numbers: Redis is asked once a second while a stream is open or somebody
 * waits for an answer, and not at all else.  A moment's event is formed once
 * for all streams; a client that is slow skips moments, and is never owed
 * more than one.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/version.h"
#include "master/http_json.h"
#include "master/http_parts.h"
#include "master/metrics.h"

enum {
    HTTP_FRESH_MS = 900,
    HTTP_PATIENCE_MS = 3000, /* for numbers; then what there is */
    HTTP_FRAME_MAX = 1 << 20,
    HTTP_STREAM_BLOCK = 1 << 14
};

static void
http_state_now(const struct http *h, struct http_state *out)
{
    *out = (struct http_state){.phase = "crawling"};
    h->options.state(h->options.arg, out);
}

/* --- frames --- */

static void
http_frame_put(struct http_frame *f)
{
    if (f == NULL || --f->refs > 0)
        return;
    buf_fini(&f->bytes);
    free(f);
}

static void
http_make_frame(struct http *h)
{
    struct http_frame *f;
    struct http_state now;
    uint64_t number = h->frame ? h->frame->number : 0;
    char *json;
    enum err e;

    http_state_now(h, &now);
    json = http_json_view(top_feed_view(h->feed), &now);
    f = xcalloc(1, sizeof(*f));
    f->refs = 1;
    f->number = number + 1;
    buf_init(&f->bytes, HTTP_FRAME_MAX);
    e = buf_addf(&f->bytes, "event: view\ndata: ");
    if (e == ERR_OK)
        e = buf_add_str(&f->bytes, str_from(json));
    if (e == ERR_OK)
        e = buf_add(&f->bytes, "\n\n", 2);
    free(json);
    if (e != ERR_OK) /* bounded lists: it never is so much */
        buf_reset(&f->bytes);
    http_frame_put(h->frame);
    h->frame = f;
    for (struct http_call *c = h->calls; c; c = c->next)
        if (c->sleep == HTTP_FOR_FRAME)
            http_wake(c);
}

/* --- the feed --- */

static void
http_on_view(void *arg)
{
    struct http *h = arg;
    const struct top_view *v = top_feed_view(h->feed);
    bool is_new = top_feed_rounds(h->feed) != h->view_round;

    if (is_new) {
        h->view_round = top_feed_rounds(h->feed);
        h->view_ms = http_now(h);
    }
    if (!is_new && v->trouble == NULL)
        return;
    for (struct http_call *c = h->calls; c; c = c->next)
        if (c->sleep == HTTP_FOR_VIEW)
            c->on_view(c);
    if (h->streams > 0)
        http_make_frame(h);
}

struct top_feed *
http_feed(struct http *h)
{
    const struct http_options *o = &h->options;
    struct top_feed_setup setup = {.loop = o->loop,
                                   .url = o->redis,
                                   .frontier = o->frontier,
                                   .name = o->name,
                                   .delay_ms = o->config->delay,
                                   .max_pages = (uint64_t)o->config->max_pages,
                                   .has_info = o->has_info,
                                   .on_view = http_on_view,
                                   .arg = h};

    if (h->feed == NULL)
        h->feed = top_feed_open(&setup);
    return h->feed;
}

void
http_await_view(struct http_call *call, void (*on_view)(struct http_call *call))
{
    struct http *h = call->http;

    if (h->feed && h->view_round > 0 &&
        http_now(h) - h->view_ms < HTTP_FRESH_MS) {
        on_view(call);
        return;
    }
    call->on_view = on_view;
    http_put_to_sleep(call, HTTP_FOR_VIEW);
    top_feed_tick(http_feed(h));
}

static void
http_note_history(struct http *h)
{
    struct http_state now;

    http_state_now(h, &now);
    h->history[h->history_count++ % HTTP_HISTORY] =
        (struct http_sample){.at_s = (int64_t)time(NULL),
                             .pages_per_s = now.pages_per_s,
                             .bytes_per_s = now.bytes_per_s,
                             .left = now.left};
}

void
http_live_tick(struct http *h)
{
    bool is_wanted = h->streams > 0;

    http_note_history(h);
    for (struct http_call *c = h->calls; c; c = c->next) {
        if (c->sleep != HTTP_FOR_VIEW)
            continue;
        if (http_now(h) - c->slept_ms > HTTP_PATIENCE_MS)
            c->on_view(c);
        else
            is_wanted = true;
    }
    if (is_wanted)
        top_feed_tick(http_feed(h));
}

void
http_live_close(struct http *h)
{
    if (h->feed)
        top_feed_close(h->feed);
    h->feed = NULL;
    http_frame_put(h->frame);
    h->frame = NULL;
}

/* --- answers --- */

static void
http_answer_view(struct http_call *call)
{
    struct http *h = call->http;
    struct http_state now;
    char *json;

    http_state_now(h, &now);
    json = http_json_view(top_feed_view(h->feed), &now);
    http_answer(call, MHD_HTTP_OK, HTTP_JSON, str_from(json));
    free(json);
}

void
http_show_view(struct http_call *call)
{
    http_await_view(call, http_answer_view);
}

static void
http_answer_metrics(struct http_call *call)
{
    struct http *h = call->http;
    struct http_state now;
    struct metrics m;
    struct buf out;

    http_state_now(h, &now);
    m = (struct metrics){
        .name = h->options.name,
        .version = weft_version(),
        .is_up = now.is_ready,
        .procs = now.procs,
        .procs_running = now.procs_running,
        .deaths = now.deaths,
        .reaped = now.reaped,
        .refused = {h->refused_host, h->refused_token, h->refused_busy},
        .view = top_feed_view(h->feed)};
    buf_init(&out, METRICS_MAX_BYTES);
    metrics_write(&m, &out);
    http_answer(call, MHD_HTTP_OK, METRICS_TYPE, buf_str(&out));
    buf_fini(&out);
}

void
http_show_metrics(struct http_call *call)
{
    http_await_view(call, http_answer_metrics);
}

/* [[seconds since 1970, pages/s, bytes/s, URLs left], ...], oldest first. */
void
http_show_history(struct http_call *call)
{
    struct http *h = call->http;
    size_t n =
        h->history_count < HTTP_HISTORY ? h->history_count : HTTP_HISTORY;
    json_t *list = json_array();
    char *text;

    for (size_t i = h->history_count - n; i < h->history_count; i++) {
        const struct http_sample *s = &h->history[i % HTTP_HISTORY];

        json_array_append_new(list, json_pack("[I,f,f,I]", (json_int_t)s->at_s,
                                              s->pages_per_s, s->bytes_per_s,
                                              (json_int_t)s->left));
    }
    text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(list);
    http_answer(call, MHD_HTTP_OK, HTTP_JSON, str_from(text));
    free(text);
}

/* --- streams --- */

/* That this is the end, not a connection that broke. */
static ssize_t
http_stream_bye(struct http_call *call, char *to, size_t max)
{
    struct str bye = STR("event: end\ndata: {}\n\n");

    if (call->is_told || call->frame || max < bye.n)
        return MHD_CONTENT_READER_END_OF_STREAM;
    call->is_told = true;
    memcpy(to, bye.p, bye.n);
    return (ssize_t)bye.n;
}

static ssize_t
http_on_stream(void *cls, uint64_t pos, char *to, size_t max)
{
    struct http_call *call = cls;
    struct http *h = call->http;
    struct http_frame *f = call->frame;
    size_t n;

    (void)pos;
    if (h->is_closing)
        return http_stream_bye(call, to, max);
    if (f == NULL) {
        if (h->frame == NULL || h->frame->number <= call->frame_number) {
            http_put_to_sleep(call, HTTP_FOR_FRAME);
            http_suspend(call);
            return 0;
        }
        f = call->frame = h->frame;
        f->refs++;
        call->frame_number = f->number;
        call->frame_at = 0;
    }
    n = f->bytes.n - call->frame_at;
    if (n > max)
        n = max;
    memcpy(to, f->bytes.p + call->frame_at, n);
    call->frame_at += n;
    if (call->frame_at == f->bytes.n) {
        call->frame = NULL;
        http_frame_put(f);
    }
    return (ssize_t)n;
}

void
http_stream(struct http_call *call)
{
    struct http *h = call->http;

    if (h->streams >= HTTP_STREAMS_MAX) {
        h->refused_busy++;
        http_error(call, MHD_HTTP_SERVICE_UNAVAILABLE, "too many look already");
        return;
    }
    call->answer = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, HTTP_STREAM_BLOCK, http_on_stream, call, NULL);
    if (call->answer == NULL) {
        http_error(call, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
        return;
    }
    http_headers(call->answer, "text/event-stream; charset=utf-8");
    call->status = MHD_HTTP_OK;
    call->is_stream = true;
    if (call->peer)
        call->peer->is_stream = true;
    if (h->streams++ == 0) {
        http_frame_put(h->frame); /* it is of long ago */
        h->frame = NULL;
    }
    top_feed_tick(http_feed(h));
}

void
http_stream_end(struct http_call *call)
{
    if (!call->is_stream)
        return;
    call->is_stream = false;
    call->http->streams--;
    http_frame_put(call->frame);
    call->frame = NULL;
}
