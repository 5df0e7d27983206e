/*
 * SPDX-License-Identifier: MIT
 *
 * Forms the requests; common/frontier_read.c takes the replies.  Each verb is
 * a script of common/lua/, whose head says what its arguments are.
 */
#include "common/frontier.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/entry.h"
#include "common/frontier_key.h"
#include "common/redis.h"

enum {
    FRONTIER_ORIGIN_MAX = 4096, /* bytes; far above any host and port */
    FRONTIER_SCAN_COUNT = 1000,
    FRONTIER_PACE_BYTES = 40 /* two numbers */
};

/* --- requests --- */

/* A plain command on one key with up to two more arguments. */
static void
frontier_plain(struct buf *b, struct str command, struct str key,
               const struct str *args, size_t count)
{
    resp_begin(b, 2 + count);
    resp_arg(b, command);
    resp_arg(b, key);
    for (size_t i = 0; i < count; i++)
        resp_arg(b, args[i]);
}

static struct str
frontier_key(const struct frontier *f, enum frontier_key k)
{
    return buf_str(&f->keys[k]);
}

void
frontier_form_claim(const struct frontier *f, struct buf *b, unsigned visits,
                    unsigned entries, unsigned per_site)
{
    assert(visits >= 1 && entries >= 1 && per_site >= 1);
    if (visits > FRONTIER_VISITS_MAX)
        visits = FRONTIER_VISITS_MAX;
    if (entries > FRONTIER_ENTRIES_MAX)
        entries = FRONTIER_ENTRIES_MAX;
    frontier_begin(f, b, VERB_CLAIM, 4);
    resp_arg(b, f->worker);
    resp_int(b, visits);
    resp_int(b, entries);
    resp_int(b, per_site);
}

void
frontier_form_hold_get(const struct frontier *f, struct buf *b)
{
    frontier_plain(b, STR("HGETALL"), frontier_key(f, KEY_HOLD), NULL, 0);
}

void
frontier_form_flight_get(const struct frontier *f, struct buf *b)
{
    frontier_plain(b, STR("HGETALL"), frontier_key(f, KEY_FLIGHT), NULL, 0);
}

/* The text of a site in pace:NAME. */
static struct str
frontier_pace(char text[FRONTIER_PACE_BYTES], int64_t spacing_ms,
              unsigned failures)
{
    snprintf(text, FRONTIER_PACE_BYTES, "%" PRId64 " %u", spacing_ms, failures);
    return str_from(text);
}

void
frontier_form_release(const struct frontier *f, struct buf *b,
                      const struct frontier_release *sites, size_t count,
                      unsigned per_site)
{
    size_t args = 1 + 5 * count;
    char pace[FRONTIER_PACE_BYTES];

    for (size_t i = 0; i < count; i++)
        args += sites[i].count;
    frontier_begin(f, b, VERB_RELEASE, args);
    resp_int(b, per_site);
    for (size_t i = 0; i < count; i++) {
        resp_arg(b, sites[i].site);
        resp_int(b, sites[i].wait_ms > 0 ? sites[i].wait_ms : 0);
        if (sites[i].spacing_ms < 0)
            resp_arg(b, STR(""));
        else if (sites[i].spacing_ms == 0 && sites[i].failures == 0)
            resp_arg(b, STR("0"));
        else
            resp_arg(
                b, frontier_pace(pace, sites[i].spacing_ms, sites[i].failures));
        resp_int(b, (int64_t)sites[i].unused);
        resp_int(b, (int64_t)sites[i].count);
        for (size_t j = 0; j < sites[i].count; j++)
            resp_arg(b, sites[i].entries[j]);
    }
}

void
frontier_form_ack(const struct frontier *f, struct buf *b,
                  const struct str *entries, size_t count, size_t pages,
                  bool is_raw)
{
    frontier_begin(f, b, VERB_ACK, 2 + count);
    resp_int(b, (int64_t)pages);
    resp_int(b, is_raw);
    for (size_t i = 0; i < count; i++)
        resp_arg(b, entries[i]);
}

void
frontier_form_retry(const struct frontier *f, struct buf *b,
                    const struct frontier_retry *items, size_t count)
{
    frontier_begin(f, b, VERB_RETRY, 3 * count);
    for (size_t i = 0; i < count; i++) {
        resp_arg(b, items[i].old);
        resp_arg(b, items[i].new);
        resp_int(b, items[i].wait_ms > 0 ? items[i].wait_ms : 0);
    }
}

/* Counters that the scripts keep exact; a worker's may not have their names. */
static bool
frontier_is_own_counter(const char *name)
{
    static const char *const own[] = {"added",  "finished", "back",
                                      "flight", "charged",  "bad_entries",
                                      "pages"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (strcmp(name, own[i]) == 0)
            return true;
    return false;
}

void
frontier_form_beat(const struct frontier *f, struct buf *b, uint64_t seq,
                   const struct frontier_stat *stats, size_t count,
                   struct str info)
{
    assert(seq >= 1);
    frontier_begin(f, b, VERB_BEAT, 3 + 2 * count);
    resp_arg(b, f->worker);
    resp_int(b, (int64_t)seq);
    resp_arg(b, info);
    for (size_t i = 0; i < count; i++) {
        assert(!frontier_is_own_counter(stats[i].name));
        resp_arg(b, str_from(stats[i].name));
        resp_int(b, stats[i].delta);
    }
}

void
frontier_form_reap(const struct frontier *f, struct buf *b, struct str worker,
                   int64_t wait_ms)
{
    struct frontier *dead = frontier_make(f->name, worker); /* for its keys */

    dead->now_ms = f->now_ms;
    frontier_begin(dead, b, VERB_REAP, 2);
    resp_arg(b, worker);
    resp_int(b, wait_ms > 0 ? wait_ms : 0);
    frontier_free(dead);
}

void
frontier_form_workers(const struct frontier *f, struct buf *b)
{
    frontier_begin(f, b, VERB_WORKERS, 0);
}

void
frontier_form_counts(const struct frontier *f, struct buf *b)
{
    frontier_begin(f, b, VERB_COUNTS, 0);
}

/* --- quarantine --- */

void
frontier_form_blame(const struct frontier *f, struct buf *b, struct str worker,
                    struct str url)
{
    frontier_begin(f, b, VERB_BLAME, 2);
    resp_arg(b, worker);
    resp_arg(b, url);
}

void
frontier_form_trial(const struct frontier *f, struct buf *b)
{
    frontier_begin(f, b, VERB_TRIAL, 0);
}

void
frontier_form_bury(const struct frontier *f, struct buf *b, struct str entry)
{
    frontier_begin(f, b, VERB_BURY, 1);
    resp_arg(b, entry);
}

void
frontier_form_quarantine_get(const struct frontier *f, struct buf *b,
                             int64_t first, int64_t last)
{
    resp_begin(b, 4);
    resp_arg(b, STR("LRANGE"));
    resp_arg(b, frontier_key(f, KEY_QUARANTINE));
    resp_int(b, first);
    resp_int(b, last);
}

void
frontier_form_suspects_get(const struct frontier *f, struct buf *b)
{
    frontier_plain(b, STR("HGETALL"), frontier_key(f, KEY_SUSPECTS), NULL, 0);
}

/* --- sites --- */

void
frontier_form_pace_set(const struct frontier *f, struct buf *b, struct str site,
                       int64_t spacing_ms, unsigned failures)
{
    char pace[FRONTIER_PACE_BYTES];

    frontier_begin(f, b, VERB_PACE, 2);
    resp_arg(b, site);
    resp_arg(b, spacing_ms == 0 && failures == 0
                    ? STR("0")
                    : frontier_pace(pace, spacing_ms, failures));
}

void
frontier_form_order_set(const struct frontier *f, struct buf *b,
                        struct str site, struct str text)
{
    struct str args[2] = {site, text};

    frontier_plain(b, STR("HSET"), frontier_key(f, KEY_ORDERS), args, 2);
}

void
frontier_form_order_del(const struct frontier *f, struct buf *b,
                        struct str site)
{
    frontier_plain(b, STR("HDEL"), frontier_key(f, KEY_ORDERS), &site, 1);
}

void
frontier_form_orders_get(const struct frontier *f, struct buf *b)
{
    frontier_plain(b, STR("HGETALL"), frontier_key(f, KEY_ORDERS), NULL, 0);
}

void
frontier_form_slot(const struct frontier *f, struct buf *b, struct str address,
                   int64_t ip_delay_ms, int64_t most_ms)
{
    frontier_begin(f, b, VERB_SLOT, 3);
    resp_arg(b, address);
    resp_int(b, ip_delay_ms);
    resp_int(b, most_ms);
}

/* --- what died --- */

void
frontier_form_break_note(const struct frontier *f, struct buf *b,
                         int64_t now_ms)
{
    char field[40];
    struct str args[2] = {{field, 0}, STR("1")};

    snprintf(field, sizeof(field), "redis-%" PRId64, now_ms / 1000);
    args[0] = str_from(field);
    frontier_plain(b, STR("HSET"), frontier_key(f, KEY_DEATHS), args, 2);
}

void
frontier_form_deaths_get(const struct frontier *f, struct buf *b)
{
    frontier_plain(b, STR("HGETALL"), frontier_key(f, KEY_DEATHS), NULL, 0);
}

void
frontier_form_worker_info(const struct frontier *f, struct buf *b,
                          struct str worker)
{
    struct frontier *named = frontier_make(f->name, worker); /* for its key */
    struct str field = STR("info");

    frontier_plain(b, STR("HGET"), frontier_key(named, KEY_WORKER), &field, 1);
    frontier_free(named);
}

/* --- crawl and statistics --- */

void
frontier_form_steer(const struct frontier *f, struct buf *b,
                    enum frontier_order order)
{
    static const char *const words[] = {[FRONTIER_PAUSE] = "pause",
                                        [FRONTIER_RESUME] = "resume",
                                        [FRONTIER_STOP] = "stop",
                                        [FRONTIER_SEEDED] = "seeded",
                                        [FRONTIER_SEEDED_BADLY] = "failed"};

    frontier_begin(f, b, VERB_STEER, 1);
    resp_arg(b, str_from(words[order]));
}

/* '': as it is. */
static void
frontier_put_change(struct buf *b, int64_t value)
{
    if (value >= 0)
        resp_int(b, value);
    else
        resp_arg(b, value == LIVE_BACK ? STR("-") : STR(""));
}

void
frontier_form_change(const struct frontier *f, struct buf *b,
                     const struct frontier_change *change)
{
    frontier_begin(f, b, VERB_CHANGE, LIVE_CHANGEABLE + 2);
    for (enum live_id i = 0; i < LIVE_CHANGEABLE; i++)
        frontier_put_change(b, change->live.v[i]);
    resp_int(b, change->delay_ms);
    frontier_put_change(b, change->max_pages);
}

void
frontier_form_crawl_get(const struct frontier *f, struct buf *b)
{
    frontier_plain(b, STR("HGETALL"), frontier_key(f, KEY_CRAWL), NULL, 0);
}

void
frontier_form_stats_get(const struct frontier *f, struct buf *b)
{
    frontier_plain(b, STR("HGETALL"), frontier_key(f, KEY_STATS), NULL, 0);
}

void
frontier_form_crawl_set(const struct frontier *f, struct buf *b,
                        struct str field, struct str value)
{
    struct str args[2] = {field, value};

    frontier_plain(b, STR("HSET"), frontier_key(f, KEY_CRAWL), args, 2);
}

void
frontier_form_state_set(const struct frontier *f, struct buf *b,
                        enum frontier_state s)
{
    frontier_form_crawl_set(f, b, STR("state"),
                            str_from(frontier_state_name(s)));
}

/* GET or SET of one key of a family. */
static void
frontier_form_text(const struct frontier *f, struct buf *b, size_t argc,
                   struct str command, enum frontier_key family,
                   struct str name)
{
    struct buf key;

    resp_begin(b, argc);
    resp_arg(b, command);
    buf_init(&key, FRONTIER_ORIGIN_MAX + name.n);
    frontier_put(&key, frontier_key(f, family));
    frontier_put(&key, name);
    resp_arg(b, buf_str(&key));
    buf_fini(&key);
}

static void
frontier_form_text_set(const struct frontier *f, struct buf *b,
                       enum frontier_key family, struct str name,
                       struct str value, int64_t ttl_ms)
{
    frontier_form_text(f, b, 5, STR("SET"), family, name);
    resp_arg(b, value);
    resp_arg(b, STR("PX"));
    resp_int(b, ttl_ms > 0 ? ttl_ms : 1); /* 0 would be an error */
}

void
frontier_form_robots_get(const struct frontier *f, struct buf *b,
                         struct str origin)
{
    frontier_form_text(f, b, 2, STR("GET"), KEY_ROBOTS, origin);
}

void
frontier_form_robots_set(const struct frontier *f, struct buf *b,
                         struct str origin, struct str value, int64_t ttl_ms)
{
    frontier_form_text_set(f, b, KEY_ROBOTS, origin, value, ttl_ms);
}

void
frontier_form_cookies_get(const struct frontier *f, struct buf *b,
                          struct str site)
{
    frontier_form_text(f, b, 2, STR("GET"), KEY_COOKIES, site);
}

void
frontier_form_cookies_set(const struct frontier *f, struct buf *b,
                          struct str site, struct str value, int64_t ttl_ms)
{
    frontier_form_text_set(f, b, KEY_COOKIES, site, value, ttl_ms);
}

void
frontier_form_scan(const struct frontier *f, struct buf *b, const char *cursor)
{
    char pattern[FRONTIER_NAME_MAX + 8];
    size_t n = strlen(f->name);

    /* Wider than ours by names that begin alike; frontier_owns() decides. */
    pattern[0] = '*';
    pattern[1] = ':';
    memcpy(pattern + 2, f->name, n);
    pattern[2 + n] = '*';
    resp_begin(b, 6);
    resp_arg(b, STR("SCAN"));
    resp_arg(b, str_from(cursor));
    resp_arg(b, STR("MATCH"));
    resp_arg(b, (struct str){pattern, n + 3});
    resp_arg(b, STR("COUNT"));
    resp_int(b, FRONTIER_SCAN_COUNT);
}
