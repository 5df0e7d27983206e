/* SPDX-License-Identifier: MIT */
#include "common/frontier_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/fingerprint.h"
#include "common/frontier_key.h"
#include "common/redis.h"

/* Keys that one SCAN looks at: a crawl may have a million back queues. */
enum { FRONTIER_NAMES_COUNT = 5000 };

/* The year 287,396: far from where sums of two end. */
#define LOOK_MAX_MS INT64_C(9000000000000000)

/* --- which crawls there are --- */

void
frontier_form_names(struct buf *b, const char *cursor)
{
    resp_begin(b, 6);
    resp_arg(b, STR("SCAN"));
    resp_arg(b, str_from(cursor));
    resp_arg(b, STR("MATCH"));
    resp_arg(b, STR("crawl:*"));
    resp_arg(b, STR("COUNT"));
    resp_int(b, FRONTIER_NAMES_COUNT);
}

enum err
frontier_read_names(const redisReply *r, char cursor[32],
                    void (*name)(void *arg, struct str s), void *arg)
{
    const redisReply *next, *keys;

    if (r == NULL || r->type != REDIS_REPLY_ARRAY || r->elements != 2)
        return ERR_REDIS;
    next = r->element[0];
    keys = r->element[1];
    if (next->type != REDIS_REPLY_STRING || next->len == 0 || next->len >= 32 ||
        keys->type != REDIS_REPLY_ARRAY)
        return ERR_REDIS;
    memcpy(cursor, next->str, (size_t)next->len);
    cursor[next->len] = '\0';
    for (size_t i = 0; i < keys->elements; i++) {
        struct str key = {keys->element[i]->str, (size_t)keys->element[i]->len};

        if (keys->element[i]->type != REDIS_REPLY_STRING)
            return ERR_REDIS;
        (void)str_cut(&key, ':');
        if (frontier_is_name(key))
            name(arg, key);
    }
    return ERR_OK;
}

/* --- requests --- */

/* A command on one key of the crawl; behind: what follows in its name. */
static void
look_begin(const struct frontier *f, struct buf *b, const char *command,
           enum frontier_key k, struct str behind, size_t args)
{
    struct str before = buf_str(&f->keys[k]);
    struct buf key;

    resp_begin(b, 2 + args);
    resp_arg(b, str_from(command));
    buf_init(&key, before.n + behind.n + 1);
    frontier_put(&key, before);
    frontier_put(&key, behind);
    resp_arg(b, buf_str(&key));
    buf_fini(&key);
}

static void
look_range(const struct frontier *f, struct buf *b, enum frontier_key k,
           struct str behind, int64_t first, int64_t last)
{
    look_begin(f, b, "LRANGE", k, behind, 2);
    resp_int(b, first);
    resp_int(b, last);
}

static void
look_member(const struct frontier *f, struct buf *b, enum frontier_key k,
            const char *family, uint64_t bucket, uint64_t fingerprint)
{
    char behind[24];

    snprintf(behind, sizeof(behind), "%s%" PRIu64, family, bucket);
    look_begin(f, b, "SISMEMBER", k, str_from(behind), 1);
    resp_int(b, (int64_t)fingerprint);
}

void
frontier_form_seen(const struct frontier *f, struct buf *b, struct str url)
{
    uint64_t print = fingerprint(url);
    unsigned bucket;

    if (frontier_is_among_hosts_pages(url, &bucket))
        look_member(f, b, KEY_SEEN, FRONTIER_HOST_PREFIX, bucket, print);
    else
        frontier_form_seen_apart(f, b, url);
}

void
frontier_form_seen_apart(const struct frontier *f, struct buf *b,
                         struct str url)
{
    uint64_t print = fingerprint(url);

    look_member(f, b, KEY_SEEN, "", print & FRONTIER_SEEN_MASK, print);
}

void
frontier_form_seed_host(const struct frontier *f, struct buf *b, uint64_t host)
{
    look_member(f, b, KEY_HOSTS, "", host & FRONTIER_HOSTS_MASK, host);
}

void
frontier_form_queue_range(const struct frontier *f, struct buf *b,
                          int64_t first, int64_t last)
{
    look_range(f, b, KEY_QUEUE, STR_NONE, first, last);
}

void
frontier_form_back_range(const struct frontier *f, struct buf *b,
                         struct str site, int64_t first, int64_t last)
{
    look_range(f, b, KEY_SITE, site, first, last);
}

void
frontier_form_retry_range(const struct frontier *f, struct buf *b,
                          int64_t first, int64_t last)
{
    look_begin(f, b, "ZRANGE", KEY_RETRY, STR_NONE, 3);
    resp_int(b, first);
    resp_int(b, last);
    resp_arg(b, STR("WITHSCORES"));
}

/* The keys of another worker than f's own. */
static void
look_worker(const struct frontier *f, struct buf *b, const char *command,
            enum frontier_key k, struct str worker, size_t args)
{
    struct frontier *other = frontier_make(f->name, worker);

    look_begin(other, b, command, k, STR_NONE, args);
    frontier_free(other);
}

void
frontier_form_holds(const struct frontier *f, struct buf *b, struct str worker,
                    struct str site)
{
    look_worker(f, b, "HGET", KEY_HOLD, worker, 1);
    resp_arg(b, site);
}

void
frontier_form_flight_of(const struct frontier *f, struct buf *b,
                        struct str worker)
{
    look_worker(f, b, "HGETALL", KEY_FLIGHT, worker, 0);
}

/* --- one site --- */

void
frontier_form_site(const struct frontier *f, struct buf *b, struct str site)
{
    static const struct {
        const char *command;
        enum frontier_key key;
    } asked[] = {{"HGET", KEY_HELD},
                 {"ZSCORE", KEY_DUE},
                 {"HGET", KEY_PACE},
                 {"HGET", KEY_ORDERS},
                 {"HGET", KEY_ASKED}};

    resp_begin(b, 1);
    resp_arg(b, STR("TIME"));
    look_begin(f, b, "LLEN", KEY_SITE, site, 0);
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        look_begin(f, b, asked[i].command, asked[i].key, STR_NONE, 1);
        resp_arg(b, site);
    }
    look_begin(f, b, "HGET", KEY_ORDERS, STR_NONE, 1);
    resp_arg(b, STR("*"));
}

/* A string reply's text, or "": replies end in a NUL. */
static const char *
look_text(const redisReply *r)
{
    return r->type == REDIS_REPLY_STRING ? r->str : "";
}

/*
 * A number off *text, cut to 0 and max: no Redis of ours has another, and
 * none may lead a sum with it over the edge.
 */
static int64_t
look_number(const char **text, int64_t max)
{
    char *end;
    long long value = strtoll(*text, &end, 10);

    *text = end;
    return value < 0 ? 0 : value > max ? max : value;
}

static int64_t
look_reply_number(const redisReply *r, int64_t max)
{
    const char *text = look_text(r);

    return look_number(&text, max);
}

enum err
frontier_read_site(redisReply *const *replies, struct frontier_site *out)
{
    const redisReply *time = replies[0], *count = replies[1];
    const char *pace;

    *out = (struct frontier_site){.due_ms = -1};
    for (size_t i = 0; i < FRONTIER_SITE_REQUESTS; i++)
        if (replies[i] == NULL || replies[i]->type == REDIS_REPLY_ERROR)
            return ERR_REDIS;
    if (time->type != REDIS_REPLY_ARRAY || time->elements != 2 ||
        count->type != REDIS_REPLY_INTEGER || count->integer < 0)
        return ERR_REDIS;
    out->now_ms =
        look_reply_number(time->element[0], LOOK_MAX_MS / 1000) * 1000 +
        look_reply_number(time->element[1], 999999) / 1000;
    out->waiting = (uint64_t)count->integer;
    out->holders = (uint64_t)look_reply_number(replies[2], INT32_MAX);
    if (replies[3]->type == REDIS_REPLY_STRING) {
        out->due_ms = look_reply_number(replies[3], LOOK_MAX_MS) - out->now_ms;
        if (out->due_ms < 0)
            out->due_ms = 0;
    }
    pace = look_text(replies[4]);
    out->spacing_ms = look_number(&pace, LOOK_MAX_MS);
    out->failures = (unsigned)look_number(&pace, INT32_MAX);
    snprintf(out->order, sizeof(out->order), "%s", look_text(replies[5]));
    out->asked = (uint64_t)look_reply_number(replies[6], INT64_MAX);
    snprintf(out->order_all, sizeof(out->order_all), "%s",
             look_text(replies[7]));
    return ERR_OK;
}
