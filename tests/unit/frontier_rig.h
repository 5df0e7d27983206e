/*
 * frontier_rig - a frontier on a redis-server of the test's own, with a clock
 * that the test sets.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_FRONTIER_RIG_H
#define TESTS_UNIT_FRONTIER_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/entry.h"
#include "common/fingerprint.h"
#include "common/frontier.h"
#include "tests/unit/local_redis.h"

enum { RIG_WORKERS = 8 };

static struct local_redis rig_server;
static struct redis *rig_db;
static struct frontier *rig_master;
static struct frontier *rig_worker[RIG_WORKERS];
static uint64_t rig_seq[RIG_WORKERS]; /* of each worker's last beat */
static struct buf rig_buf;
static int64_t rig_now;

static inline void
rig_at(int64_t now_ms)
{
    rig_now = now_ms;
    frontier_set_now(rig_master, now_ms);
    for (int i = 0; i < RIG_WORKERS; i++)
        frontier_set_now(rig_worker[i], now_ms);
}

/* Send what stands in rig_buf, one request; may be an error reply. */
static inline redisReply *
rig_send(void)
{
    redisReply *reply = NULL;

    if (redis_call(rig_db, buf_str(&rig_buf), 1, &reply) != ERR_OK)
        fail_msg("%s", redis_error(rig_db));
    buf_reset(&rig_buf);
    return reply;
}

static inline redisReply *
rig_call(void)
{
    redisReply *reply = rig_send();

    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s", reply->str);
    return reply;
}

static inline uint64_t
rig_count(void)
{
    redisReply *reply = rig_call();
    uint64_t count;

    assert_int_equal(frontier_read_count(reply, &count), ERR_OK);
    freeReplyObject(reply);
    return count;
}

/* One command of words; its number, or the length of its array. */
static inline int64_t
rig_number(const char *command, const char *key)
{
    redisReply *reply = redis_command(rig_db, command, key, NULL);
    int64_t n;

    assert_non_null(reply);
    assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
    n = reply->integer;
    freeReplyObject(reply);
    return n;
}

static inline void
rig_do(const char *a, const char *b, const char *c, const char *d)
{
    redisReply *reply = redis_command(rig_db, a, b, c, d, NULL);

    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s: %s", a, reply->str);
    freeReplyObject(reply);
}

static inline void
rig_state(enum frontier_state s)
{
    frontier_form_state_set(rig_master, &rig_buf, s);
    freeReplyObject(rig_call());
}

static inline struct frontier_beat
rig_beat(int worker)
{
    struct frontier_beat beat;
    redisReply *reply;

    frontier_form_beat(rig_worker[worker], &rig_buf, ++rig_seq[worker], NULL, 0,
                       STR(""));
    reply = rig_call();
    assert_int_equal(frontier_read_beat(reply, &beat), ERR_OK);
    freeReplyObject(reply);
    return beat;
}

static inline struct frontier_item
rig_item(const char *line)
{
    struct frontier_item item = {.entry = str_from(line)};
    struct entry e;

    assert_int_equal(entry_parse(item.entry, &e), ERR_OK);
    item.fingerprint = fingerprint(e.url);
    item.place = e.hops > 0 ? FRONTIER_NEXT : FRONTIER_LAST;
    return item;
}

/* Adds lines up to a NULL; how many were new. */
static inline uint64_t
rig_add(const char *const *lines)
{
    struct frontier_item items[64];
    size_t n = 0;

    while (*lines != NULL)
        items[n++] = rig_item(*lines++);
    frontier_form_add(rig_master, &rig_buf, items, n, 0);
    return rig_count();
}
#define RIG_ADD(...) rig_add((const char *const[]){__VA_ARGS__, NULL})

/*
 * A claim as text: "state wait | raw | raw || site: entry, entry | site: ..."
 * so that a test compares one string.
 */
static char rig_text[1 << 16];

static inline const char *
rig_claim(int worker, unsigned visits, unsigned entries, unsigned per_site)
{
    struct frontier_claim c;
    redisReply *reply;
    struct buf b;

    frontier_form_claim(rig_worker[worker], &rig_buf, visits, entries,
                        per_site);
    reply = rig_call();
    assert_int_equal(frontier_read_claim(reply, &c), ERR_OK);
    buf_init(&b, sizeof(rig_text) - 1);
    assert_int_equal(
        buf_addf(&b, "%s %d", frontier_state_name(c.state), (int)c.wait_ms),
        ERR_OK);
    for (size_t i = 0; i < c.raw_count; i++)
        assert_int_equal(buf_addf(&b, " | %.*s", STR_ARG(c.raw[i])), ERR_OK);
    if (c.count > 0)
        assert_int_equal(buf_addf(&b, " |"), ERR_OK);
    for (size_t i = 0; i < c.count; i++) {
        assert_int_equal(buf_addf(&b, "| %.*s:", STR_ARG(c.visits[i].site)),
                         ERR_OK);
        for (size_t j = 0; j < c.visits[i].count; j++)
            assert_int_equal(
                buf_addf(&b, " %.*s,", STR_ARG(c.visits[i].entries[j])),
                ERR_OK);
    }
    memcpy(rig_text, b.p, b.n);
    rig_text[b.n] = '\0';
    buf_fini(&b);
    frontier_claim_fini(&c);
    freeReplyObject(reply);
    return rig_text;
}

/* Release one site with up to 8 entries, NULL behind the last. */
static inline uint64_t
rig_release(int worker, const char *site, int64_t wait_ms, unsigned per_site,
            const char *const *lines)
{
    struct str entries[8];
    struct frontier_release r = {.site = str_from(site),
                                 .wait_ms = wait_ms,
                                 .entries = entries,
                                 .spacing_ms = -1};

    while (lines != NULL && *lines != NULL)
        entries[r.count++] = str_from(*lines++);
    frontier_form_release(rig_worker[worker], &rig_buf, &r, 1, per_site);
    return rig_count();
}

static inline uint64_t
rig_ack(int worker, const char *line, size_t pages, bool is_raw)
{
    struct str entry = str_from(line);

    frontier_form_ack(rig_worker[worker], &rig_buf, &entry, 1, pages, is_raw);
    return rig_count();
}

static inline uint64_t
rig_retry(int worker, const char *old, const char *new, int64_t wait_ms)
{
    struct frontier_retry r = {str_from(old), str_from(new), wait_ms};

    frontier_form_retry(rig_worker[worker], &rig_buf, &r, 1);
    return rig_count();
}

static inline uint64_t
rig_reap(const char *worker, int64_t wait_ms)
{
    frontier_form_reap(rig_master, &rig_buf, str_from(worker), wait_ms);
    return rig_count();
}

static inline struct frontier_counts
rig_counts(void)
{
    struct frontier_counts c;
    redisReply *reply;

    frontier_form_counts(rig_master, &rig_buf);
    reply = rig_call();
    assert_int_equal(frontier_read_counts(reply, &c), ERR_OK);
    freeReplyObject(reply);
    return c;
}

/* An empty Redis with the scripts in it. */
static inline int
rig_empty(void **state)
{
    redisReply *replies[64];
    size_t count;

    (void)state;
    rig_do("FLUSHALL", NULL, NULL, NULL);
    buf_reset(&rig_buf);
    count = frontier_form_load(&rig_buf);
    assert_int_equal(redis_call(rig_db, buf_str(&rig_buf), count, replies),
                     ERR_OK);
    for (size_t i = 0; i < count; i++) {
        if (replies[i]->type == REDIS_REPLY_ERROR)
            fail_msg("script %zu: %s", i, replies[i]->str);
        freeReplyObject(replies[i]);
    }
    buf_reset(&rig_buf);
    return 0;
}

/* A running crawl at the time 1,000,000 with every worker's first beat. */
static inline int
rig_fresh(void **state)
{
    rig_empty(state);
    rig_state(FRONTIER_RUNNING);
    rig_at(1000000);
    for (int i = 0; i < RIG_WORKERS; i++) {
        rig_seq[i] = 0;
        rig_beat(i);
    }
    return 0;
}

static inline int
rig_start(void **state)
{
    char why[256];

    (void)state;
    buf_init(&rig_buf, FRONTIER_REQUEST_MAX);
    if (!local_redis_start(&rig_server, NULL) ||
        redis_open(&rig_server.url, 5000, &rig_db, why) != ERR_OK)
        return -1;
    if (frontier_new("t", "", &rig_master) != ERR_OK)
        return -1;
    for (int i = 0; i < RIG_WORKERS; i++) {
        char name[] = "w0";

        name[1] = (char)('0' + i);
        if (frontier_new("t", name, &rig_worker[i]) != ERR_OK)
            return -1;
    }
    return 0;
}

static inline int
rig_stop(void **state)
{
    (void)state;
    for (int i = 0; i < RIG_WORKERS; i++)
        frontier_free(rig_worker[i]);
    frontier_free(rig_master);
    redis_close(rig_db);
    buf_fini(&rig_buf);
    local_redis_stop(&rig_server);
    return 0;
}

#endif
