/*
 * SPDX-License-Identifier: MIT
 *
 * What changes the crawl.  Orders to it and to a site are the verbs that the
 * commands and "master top" send, on the connection that asks for numbers;
 * what judges URLs (add, drop) is the command itself.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/site.h"
#include "master/http_parts.h"
#include "master/live_words.h"
#include "master/seed.h"

enum {
    HTTP_URLS_MAX = 1000, /* of one add */
    HTTP_SITE_BYTES = 256,
    HTTP_DAY_MS = 86400000
};

/* What config_table.h allows; common/live.h knows the others. */
#define HTTP_PAGES_MOST 1e15
#define HTTP_TIME_MOST 1e9

static const char *
http_order_name(const struct http_call *call)
{
    return strrchr(call->path, '/') + 1; /* by the table of routes */
}

/* --- to Redis --- */

static struct http_order *
http_order_take(struct http_call *call)
{
    struct http *h = call->http;

    for (size_t i = 0; i < HTTP_ORDERS_MAX; i++) {
        struct http_order *o = &h->orders[i];

        if (o->is_busy)
            continue;
        *o = (struct http_order){.http = h,
                                 .call = call,
                                 .is_busy = true,
                                 .max_pages = -1,
                                 .max_time_ms = -1};
        return o;
    }
    return NULL;
}

void
http_order_forget(struct http_call *call)
{
    for (size_t i = 0; i < HTTP_ORDERS_MAX; i++)
        if (call->http->orders[i].call == call)
            call->http->orders[i].call = NULL;
}

static void
http_order_say(struct http_call *call, unsigned status, json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT);

    json_decref(o);
    if (text == NULL)
        fatalx("out of memory");
    http_answer(call, status, HTTP_JSON, str_from(text));
    free(text);
}

static void
http_order_steered(struct http_call *call, const redisReply *reply)
{
    const char *name = http_order_name(call);
    enum frontier_state before, after;
    bool is_so;

    if (frontier_read_steer(reply, &before, &after) != ERR_OK) {
        http_error(call, MHD_HTTP_SERVICE_UNAVAILABLE,
                   "Redis gave an answer that it must not give");
        return;
    }
    is_so = strcmp(name, "pause") == 0 ? after == FRONTIER_PAUSED
            : strcmp(name, "stop") == 0
                ? after == FRONTIER_STOPPING || after == FRONTIER_FINISHED
                : after == FRONTIER_RUNNING || after == FRONTIER_SEEDING;
    if (is_so && before != after)
        log_info("%s, by the dashboard", name);
    http_order_say(call, is_so ? MHD_HTTP_OK : MHD_HTTP_CONFLICT,
                   json_pack("{s:b,s:s,s:s}", "ok", is_so, "state",
                             frontier_state_name(after), "was",
                             frontier_state_name(before)));
}

static void
http_order_changed(struct http_call *call, const redisReply *reply)
{
    enum frontier_state state;
    struct live now;
    char words[LIVE_WORDS_BYTES];
    bool is_so;

    if (frontier_read_change(reply, &state, &now) != ERR_OK) {
        http_error(call, MHD_HTTP_SERVICE_UNAVAILABLE,
                   "Redis gave an answer that it must not give");
        return;
    }
    is_so = state != FRONTIER_NONE && state != FRONTIER_FINISHED;
    http_order_say(call, is_so ? MHD_HTTP_OK : MHD_HTTP_CONFLICT,
                   json_pack("{s:b,s:s,s:s}", "ok", is_so, "state",
                             frontier_state_name(state), "changed",
                             live_words(&now, words)));
}

static void
http_on_ordered(void *arg, const redisReply *reply)
{
    struct http_order *o = arg;
    struct http_call *call = o->call;

    o->is_busy = false;
    o->call = NULL;
    if (reply != NULL)
        o->http->options.limit(o->http->options.arg, o->max_pages,
                               o->max_time_ms);
    if (call == NULL)
        return;
    if (reply == NULL)
        http_error(call, MHD_HTTP_SERVICE_UNAVAILABLE,
                   "Redis did not answer: it is done or not, try again");
    else if (o->is_change)
        http_order_changed(call, reply);
    else if (o->is_steer)
        http_order_steered(call, reply);
    else
        http_order_say(call, MHD_HTTP_OK, json_pack("{s:b}", "ok", 1));
}

/* What was formed in the feed's request; NULL: it is answered. */
static struct http_order *
http_order_send(struct http_call *call, bool is_steer)
{
    struct http_order *o = http_order_take(call);

    if (o == NULL) {
        buf_reset(top_feed_request(http_feed(call->http)));
        call->http->refused_busy++;
        http_error(call, MHD_HTTP_SERVICE_UNAVAILABLE, "too many orders");
        return NULL;
    }
    o->is_steer = is_steer;
    http_put_to_sleep(call, HTTP_FOR_ORDER);
    if (top_feed_send(http_feed(call->http), http_on_ordered, o))
        return o;
    o->is_busy = false;
    o->call = NULL;
    http_error(call, MHD_HTTP_SERVICE_UNAVAILABLE, "Redis is away");
    return NULL;
}

static void
http_order_steer(struct http_call *call)
{
    const char *name = http_order_name(call);
    enum frontier_order order = strcmp(name, "pause") == 0  ? FRONTIER_PAUSE
                                : strcmp(name, "stop") == 0 ? FRONTIER_STOP
                                                            : FRONTIER_RESUME;

    frontier_form_steer(call->http->options.frontier,
                        top_feed_request(http_feed(call->http)), order);
    http_order_send(call, true);
}

/* --- bodies --- */

/* The object that was sent, to be let go; NULL: it is answered. */
static json_t *
http_order_body(struct http_call *call)
{
    struct str type = http_header(call, "Content-Type");
    json_t *o;

    if (!str_starts_nocase(type, STR(HTTP_JSON))) {
        http_error(call, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
                   "send application/json");
        return NULL;
    }
    o = json_loadb(call->body.p ? call->body.p : "", call->body.n,
                   JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(o))
        return o;
    json_decref(o);
    http_error(call, MHD_HTTP_BAD_REQUEST, "that is no JSON object");
    return NULL;
}

/* The site that a URL, host or site is of; false: it is answered. */
static bool
http_order_site(struct http_call *call, const char *text,
                char out[HTTP_SITE_BYTES])
{
    struct seed_options options = {.allow_private = true};
    struct seeds *seeds;
    struct url url;
    struct str site = STR_NONE;

    if (text == NULL) {
        http_error(call, MHD_HTTP_BAD_REQUEST, "which site?");
        return false;
    }
    if (strcmp(text, "*") == 0) { /* all that have no order of their own */
        memcpy(out, text, 2);
        return true;
    }
    seeds = seeds_open(&options);
    if (seeds_judge(seeds, str_trim(str_from(text)), &url) == NULL)
        site = site_of_host(url.host);
    if (site.n > 0 && site.n < HTTP_SITE_BYTES) {
        memcpy(out, site.p, site.n);
        out[site.n] = '\0';
    }
    seeds_close(seeds);
    if (site.n > 0 && site.n < HTTP_SITE_BYTES)
        return true;
    http_error(call, MHD_HTTP_BAD_REQUEST, "that is no site");
    return false;
}

/* {"site": "a.test" or "*", "delay": seconds}; 0 takes the order back. */
static void
http_order_slow(struct http_call *call)
{
    json_t *o = http_order_body(call), *delay;
    char site[HTTP_SITE_BYTES], order[48];
    double ms;
    struct buf *b;

    if (o == NULL)
        return;
    delay = json_object_get(o, "delay");
    ms = json_number_value(delay) * 1000;
    if (!json_is_number(delay) || !(ms >= 0 && ms <= HTTP_DAY_MS)) {
        http_error(call, MHD_HTTP_BAD_REQUEST,
                   "delay: seconds from 0 to a day");
    } else if (http_order_site(
                   call, json_string_value(json_object_get(o, "site")), site)) {
        b = top_feed_request(http_feed(call->http));
        snprintf(order, sizeof(order), "delay %ld", (long)ms);
        if ((long)ms > 0)
            frontier_form_order_set(call->http->options.frontier, b,
                                    str_from(site), str_from(order));
        else
            frontier_form_order_del(call->http->options.frontier, b,
                                    str_from(site));
        http_order_send(call, false);
    }
    json_decref(o);
}

/* A number from 0 to most; -1 where there is none; false: it is no such. */
static bool
http_order_number(const json_t *value, double most, int64_t scale, int64_t *out)
{
    double n = json_number_value(value);
    bool is_good = json_is_number(value) && n >= 0 && n <= most;

    *out = is_good ? (int64_t)(n * (double)scale) : -1;
    return is_good || value == NULL;
}

struct http_limits {
    struct live live;
    int64_t max_pages, max_time_ms; /* -1: as it is */
};

/* A number that common/live.h takes, in units of 1/scale, or null: back. */
static bool
http_order_live(const json_t *value, enum live_id id, double scale,
                struct live *out)
{
    double n = json_number_value(value) * scale;

    if (value == NULL)
        return true;
    out->v[id] = LIVE_BACK;
    if (json_is_null(value))
        return true;
    if (!json_is_number(value) || !(n >= 0 && n <= HTTP_PAGES_MOST))
        return false;
    out->v[id] = (int64_t)(n + 0.5);
    return live_is_in_range(id, out->v[id]);
}

static bool
http_order_read_limits(const json_t *o, struct http_limits *out)
{
    live_init(&out->live);
    return http_order_number(json_object_get(o, "max_pages"), HTTP_PAGES_MOST,
                             1, &out->max_pages) &&
           http_order_number(json_object_get(o, "max_time"), HTTP_TIME_MOST,
                             1000, &out->max_time_ms) &&
           http_order_live(json_object_get(o, "delay"), LIVE_DELAY, 1000,
                           &out->live) &&
           http_order_live(json_object_get(o, "connections"), LIVE_CONNECTIONS,
                           1, &out->live) &&
           http_order_live(json_object_get(o, "limit_rate"), LIVE_LIMIT_RATE, 1,
                           &out->live) &&
           (out->max_pages >= 0 || out->max_time_ms >= 0 ||
            live_is_changed(&out->live));
}

/* Of max_time Redis need not know, but one way is enough. */
static void
http_order_send_limits(struct http_call *call, const struct http_limits *limits)
{
    const struct http_options *options = &call->http->options;
    struct frontier_change change = {.live = limits->live,
                                     .delay_ms = options->config->delay,
                                     .max_pages = limits->max_pages};
    struct http_order *order;
    const int64_t *v = limits->live.v;

    frontier_form_change(options->frontier,
                         top_feed_request(http_feed(call->http)), &change);
    order = http_order_send(call, false);
    if (order == NULL)
        return;
    order->is_change = true;
    order->max_pages = limits->max_pages;
    order->max_time_ms = limits->max_time_ms;
    log_info("limits, by the dashboard: max_pages %" PRId64
             ", max_time %" PRId64 " ms, delay %" PRId64
             " ms, connections %" PRId64 ", limit_rate %" PRId64
             " (-1: as it was, -2: as the options say)",
             limits->max_pages, limits->max_time_ms, v[LIVE_DELAY],
             v[LIVE_CONNECTIONS], v[LIVE_LIMIT_RATE]);
}

/*
 * {"max_pages": N, "max_time": seconds, "delay": seconds, "connections": N,
 * "limit_rate": bytes}, at least one; 0 of the first two and the last is none,
 * null of the last three what the options say.
 */
static void
http_order_limits(struct http_call *call)
{
    json_t *o = http_order_body(call);
    struct http_limits limits;

    if (o == NULL)
        return;
    if (http_order_read_limits(o, &limits))
        http_order_send_limits(call, &limits);
    else
        http_error(call, MHD_HTTP_BAD_REQUEST,
                   "at least one of max_pages, max_time (seconds), delay "
                   "(seconds), connections (1 to 10000), limit_rate (bytes)");
    json_decref(o);
}

/* --- commands --- */

/* No option, and not the "-" that stands for standard input. */
static bool
http_order_is_word(const char *s)
{
    return s != NULL && s[0] != '\0' && s[0] != '-';
}

/* {"urls": ["http://a.test/", ...]} or {"site": "a.test"} */
static void
http_order_command(struct http_call *call)
{
    const char *name = http_order_name(call);
    const char *args[HTTP_URLS_MAX + 1] = {NULL};
    json_t *o = http_order_body(call), *urls;
    size_t n = 0;
    bool is_good = true;

    if (o == NULL)
        return;
    urls = json_object_get(o, "urls");
    if (strcmp(name, "add") != 0) {
        args[n++] = json_string_value(json_object_get(o, "site"));
    } else {
        is_good = json_array_size(urls) <= HTTP_URLS_MAX;
        for (size_t i = 0; is_good && i < json_array_size(urls); i++)
            args[n++] = json_string_value(json_array_get(urls, i));
    }
    is_good = is_good && n > 0;
    for (size_t i = 0; i < n; i++)
        is_good = is_good && http_order_is_word(args[i]);
    if (is_good)
        http_run(call, name, args, false);
    else
        http_error(call, MHD_HTTP_BAD_REQUEST,
                   strcmp(name, "add") == 0 ? "which? urls: up to 1000"
                                            : "which site?");
    json_decref(o);
}

void
http_order_post(struct http_call *call)
{
    const char *name = http_order_name(call);

    if (strcmp(name, "slow") == 0)
        http_await_view(call, http_order_slow);
    else if (strcmp(name, "limits") == 0)
        http_await_view(call, http_order_limits);
    else if (strcmp(name, "add") == 0 || strcmp(name, "drop") == 0 ||
             strcmp(name, "undrop") == 0)
        http_order_command(call);
    else
        http_await_view(call, http_order_steer);
}
