/*
 * A crawl is waited for by a question a second on a connection that blocks:
 * nothing else is to be done meanwhile.
 *
 * When a crawl is finished the worker begins anew by exec: the next one has
 * other settings, and all that hangs on them is set up once, in main.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/standby.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/frontier.h"
#include "common/health.h"
#include "common/log.h"

enum { STANDBY_OPEN_MS = 3000, STANDBY_WHY_BYTES = 256 };

bool
standby_is_always(const struct config *c)
{
    return strcmp(c->standby, "always") == 0;
}

/* A second, or the end. */
static void
standby_pause(void)
{
    struct timespec second = {HEALTH_TOUCH_MS / 1000, 0};
    sigset_t ends;
    int got;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    got = sigtimedwait(&ends, NULL, &second);
    if (got > 0) {
        log_info("stopped while waiting for a crawl");
        exit(EXIT_FINISHED);
    }
}

static bool
standby_is_state(const struct config *c, struct str state)
{
    static const enum frontier_state active[] = {
        FRONTIER_SEEDING, FRONTIER_RUNNING, FRONTIER_PAUSED};

    for (size_t i = 0; i < sizeof(active) / sizeof(active[0]); i++)
        if (str_equal(state, str_from(frontier_state_name(active[i]))))
            return true;
    return !standby_is_always(c) &&
           str_equal(state, str_from(frontier_state_name(FRONTIER_FINISHED)));
}

/* Whether the crawl is there; else why not, in a few words. */
static bool
standby_look(const struct config *c, const struct frontier *f,
             struct redis *redis, char why[STANDBY_WHY_BYTES])
{
    struct str state = STR_NONE;
    redisReply *reply = NULL;
    struct buf request;
    bool is_there;

    buf_init(&request, 4096);
    frontier_form_crawl_get(f, &request);
    if (redis_call(redis, buf_str(&request), 1, &reply) != ERR_OK ||
        reply->type != REDIS_REPLY_ARRAY) {
        snprintf(why, STANDBY_WHY_BYTES, "Redis: %.200s", redis_error(redis));
        is_there = false;
        goto out;
    }
    for (size_t i = 0; i + 1 < reply->elements; i += 2)
        if (reply->element[i]->type == REDIS_REPLY_STRING &&
            reply->element[i + 1]->type == REDIS_REPLY_STRING &&
            strcmp(reply->element[i]->str, "state") == 0)
            state = (struct str){reply->element[i + 1]->str,
                                 reply->element[i + 1]->len};
    is_there = standby_is_state(c, state);
    if (!is_there && state.n == 0)
        snprintf(why, STANDBY_WHY_BYTES, "waiting for crawl %s to begin",
                 c->name);
    else if (!is_there)
        snprintf(why, STANDBY_WHY_BYTES, "crawl %s is %.40s: waiting", c->name,
                 LOG_ESC(state));
out:
    if (reply)
        freeReplyObject(reply);
    buf_fini(&request);
    return is_there;
}

void
standby_wait(const struct config *c, const struct redis_url *url)
{
    char why[STANDBY_WHY_BYTES] = "", said[STANDBY_WHY_BYTES] = "";
    struct redis *redis = NULL;
    struct frontier *f;
    bool is_there = false;

    if (strcmp(c->standby, "no") == 0 ||
        frontier_new(c->name, "", &f) != ERR_OK)
        return; /* a bad name is said by who uses it next */
    for (;;) {
        health_touch(c->health_file);
        if (redis != NULL ||
            redis_open(url, STANDBY_OPEN_MS, &redis, why) == ERR_OK)
            is_there = standby_look(c, f, redis, why);
        if (is_there)
            break;
        if (strcmp(why, said) != 0) {
            log_info("%s", LOG_ESC(str_from(why)));
            memcpy(said, why, sizeof(said));
        }
        standby_pause();
    }
    redis_close(redis);
    frontier_free(f);
}

void
standby_again(char **argv)
{
    execv("/proc/self/exe", argv);
    fatal("--standby: cannot begin again");
}
