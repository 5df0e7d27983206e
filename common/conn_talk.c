/* SPDX-License-Identifier: MIT */
#include "common/conn_talk.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "common/log.h"
#include "common/mem.h"

enum { CONN_TALK_AGAIN_MS = 30000 };

struct conn_talk {
    pthread_mutex_t mtx; /* guards all below */
    size_t bad;          /* connections in trouble */
    uint64_t since_ms;   /* when the first of them came into it */
    bool was_lost;       /* there was more to it than being full or flushed */
    bool was_full;
    uint64_t said_ms;                 /* the last line */
    uint64_t kind_ms[REDIS_TROUBLES]; /* ... of each kind, 0: none yet */
};

struct conn_talk *
conn_talk_new(void)
{
    struct conn_talk *t = xcalloc(1, sizeof(*t));

    pthread_mutex_init(&t->mtx, NULL);
    return t;
}

void
conn_talk_free(struct conn_talk *t)
{
    if (t == NULL)
        return;
    pthread_mutex_destroy(&t->mtx);
    free(t);
}

static void
conn_talk_begin(struct conn_talk *t, uint64_t now_ms)
{
    t->since_ms = now_ms;
    t->was_lost = t->was_full = false;
    memset(t->kind_ms, 0, sizeof(t->kind_ms));
}

static void
conn_talk_say_first(enum redis_trouble trouble, const char *words,
                    char line[CONN_TALK_BYTES])
{
    const char *before = "", *behind = "; trying again";

    if (trouble == REDIS_GONE || trouble == REDIS_SILENT) {
        before = "Redis is gone (";
        behind = "); waiting for it";
    } else if (trouble == REDIS_FULL) {
        behind = ": new links wait until it has room";
    } else if (trouble == REDIS_FLUSHED) {
        behind = ": loading them again";
    } else if (trouble == REDIS_REPLICA) {
        behind = "; looking for its primary";
    }
    snprintf(line, CONN_TALK_BYTES, "%s%s%s", before, words, behind);
}

bool
conn_talk_bad_line(struct conn_talk *t, bool is_new, enum redis_trouble trouble,
                   const char *words, uint64_t now_ms,
                   char line[CONN_TALK_BYTES])
{
    bool is_first;

    if (is_new && t->bad++ == 0)
        conn_talk_begin(t, now_ms);
    if (trouble == REDIS_UNSAVED) /* whoever meets it ends, and says so */
        return false;
    if (trouble == REDIS_FULL)
        t->was_full = true;
    else if (trouble != REDIS_FLUSHED)
        t->was_lost = true;
    /* each kind once, then whatever it is now and then */
    is_first = t->kind_ms[trouble] == 0;
    if (!is_first && now_ms - t->said_ms < CONN_TALK_AGAIN_MS)
        return false;
    t->kind_ms[trouble] = t->said_ms = now_ms;
    if (is_first)
        conn_talk_say_first(trouble, words, line);
    else
        snprintf(line, CONN_TALK_BYTES, "still waiting, for %" PRIu64 " s: %s",
                 (now_ms - t->since_ms) / 1000, words);
    return true;
}

bool
conn_talk_good_line(struct conn_talk *t, uint64_t now_ms,
                    char line[CONN_TALK_BYTES])
{
    uint64_t ms = now_ms - t->since_ms;

    assert(t->bad > 0);
    if (--t->bad > 0 || (!t->was_lost && !t->was_full))
        return false;
    snprintf(line, CONN_TALK_BYTES, "Redis %s after %" PRIu64 ".%" PRIu64 " s",
             t->was_lost ? "is back" : "has room again", ms / 1000,
             ms % 1000 / 100);
    return true;
}

static uint64_t
conn_talk_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

void
conn_talk_bad(struct conn_talk *t, bool is_new, enum redis_trouble trouble,
              const char *words)
{
    char line[CONN_TALK_BYTES];
    bool has_line;

    if (t == NULL)
        return;
    pthread_mutex_lock(&t->mtx);
    has_line =
        conn_talk_bad_line(t, is_new, trouble, words, conn_talk_now_ms(), line);
    pthread_mutex_unlock(&t->mtx);
    if (has_line)
        log_warnx("%s", line);
}

void
conn_talk_good(struct conn_talk *t)
{
    char line[CONN_TALK_BYTES];
    bool has_line;

    if (t == NULL)
        return;
    pthread_mutex_lock(&t->mtx);
    has_line = conn_talk_good_line(t, conn_talk_now_ms(), line);
    pthread_mutex_unlock(&t->mtx);
    if (has_line)
        log_info("%s", line);
}

void
conn_talk_leave(struct conn_talk *t)
{
    char line[CONN_TALK_BYTES];

    if (t == NULL)
        return;
    pthread_mutex_lock(&t->mtx);
    (void)conn_talk_good_line(t, conn_talk_now_ms(), line);
    pthread_mutex_unlock(&t->mtx);
}
