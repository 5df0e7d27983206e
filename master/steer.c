/*
 * master pause, resume, stop - orders to a crawl that runs.
 *
 * The order is the crawl's state in Redis; workers read it with their next
 * heartbeat, within a second, and the master with its next look.
 *
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <stdio.h>

#include "common/log.h"
#include "master/command.h"
#include "master/commands.h"

enum {
    STEER_LOOK_MS = 100,
    STEER_STOP_MS = 20000, /* workers promise 10 s, then the master sums up */
    STEER_PAUSE_MS = 4000  /* for two beats of all, on a slow machine */
};

/* Send the order; what the state was and is. */
static int
steer_order(struct command_crawl *c, enum frontier_order order,
            enum frontier_state *before, enum frontier_state *after)
{
    redisReply *reply;
    enum err e;

    frontier_form_steer(c->frontier, &c->request, order);
    if (command_ask(c, &reply) != ERR_OK)
        return EXIT_REDIS;
    e = frontier_read_steer(reply, before, after);
    freeReplyObject(reply);
    return command_read(e);
}

/* As redis says now; false when the connection is gone. */
static bool
steer_counts(struct command_crawl *c, struct frontier_counts *out)
{
    redisReply *reply = NULL;
    bool is_good;

    frontier_form_counts(c->frontier, &c->request);
    is_good = redis_call(c->redis, buf_str(&c->request), 1, &reply) == ERR_OK &&
              frontier_read_counts(reply, out) == ERR_OK;
    buf_reset(&c->request);
    if (reply)
        freeReplyObject(reply);
    return is_good;
}

/* Nothing was written that would not be so already. */
static int
steer_unmoved(const struct command_crawl *c, enum frontier_state state,
              const char *order, bool is_so)
{
    const char *word = frontier_state_name(state);

    if (is_so) {
        printf("crawl %s is %s already\n", c->name, word);
        return EXIT_FINISHED;
    }
    log_warnx("crawl %s is %s: it cannot %s", c->name, word, order);
    return EXIT_ERROR;
}

/* --- pause --- */

int
pause_run(struct config *config, char **args, size_t count)
{
    struct command_crawl c;
    struct frontier_counts counts = {.flight = 1};
    enum frontier_state before, after;
    int code = command_takes_none(count, "pause"), waited_ms = 0;

    (void)args;
    if (code == EXIT_FINISHED)
        code = command_open(config, COMMAND_RUNNING, &c);
    if (code != EXIT_FINISHED)
        return code;
    code = steer_order(&c, FRONTIER_PAUSE, &before, &after);
    if (code == EXIT_FINISHED && before == after) {
        code = steer_unmoved(&c, after, "pause", after == FRONTIER_PAUSED);
    } else if (code == EXIT_FINISHED) {
        /* What is on the wire comes to its end first. */
        while (waited_ms < STEER_PAUSE_MS && steer_counts(&c, &counts) &&
               counts.state == FRONTIER_PAUSED && counts.flight > 0) {
            poll(NULL, 0, STEER_LOOK_MS);
            waited_ms += STEER_LOOK_MS;
        }
        printf("crawl %s is paused%s; \"master resume\" goes on\n", c.name,
               counts.flight > 0 ? ", what is on its way still comes in" : "");
    }
    command_close(&c);
    return code;
}

/* --- resume --- */

int
resume_run(struct config *config, char **args, size_t count)
{
    struct command_crawl c;
    enum frontier_state before, after;
    int code = command_takes_none(count, "resume");

    (void)args;
    if (code == EXIT_FINISHED)
        code = command_open(config, COMMAND_RUNNING, &c);
    if (code != EXIT_FINISHED)
        return code;
    code = steer_order(&c, FRONTIER_RESUME, &before, &after);
    if (code == EXIT_FINISHED && before == after)
        code = steer_unmoved(
            &c, after, "resume: start master again with its lists or --name",
            after == FRONTIER_RUNNING || after == FRONTIER_SEEDING);
    else if (code == EXIT_FINISHED)
        printf("crawl %s goes on\n", c.name);
    command_close(&c);
    return code;
}

/* --- stop --- */

/*
 * Until no worker beats; with a private Redis also until its master has let
 * go of the folder, so that the next one may begin.
 */
static bool
stop_is_done(struct command_crawl *c, struct frontier_counts *counts)
{
    bool is_private = c->folder && c->url.path;

    if (steer_counts(c, counts) && counts->workers > 0)
        return false;
    if (is_private)
        return folder_user(c->folder) != FOLDER_MASTER;
    return true;
}

static void
stop_await(struct command_crawl *c)
{
    struct frontier_counts counts = {.workers = 0};
    int waited_ms = 0;

    while (!stop_is_done(c, &counts)) {
        if (waited_ms >= STEER_STOP_MS) {
            printf("crawl %s is stopping: %llu threads still finish what they "
                   "have (\"master status\" shows them)\n",
                   c->name, (unsigned long long)counts.workers);
            return;
        }
        poll(NULL, 0, STEER_LOOK_MS);
        waited_ms += STEER_LOOK_MS;
    }
    printf("crawl %s is stopped; master with its lists or --name goes on\n",
           c->name);
}

int
stop_run(struct config *config, char **args, size_t count)
{
    struct command_crawl c;
    enum frontier_state before, after;
    int code = command_takes_none(count, "stop");

    (void)args;
    if (code == EXIT_FINISHED)
        code = command_open(config, COMMAND_RUNNING, &c);
    if (code != EXIT_FINISHED)
        return code;
    code = steer_order(&c, FRONTIER_STOP, &before, &after);
    if (code == EXIT_FINISHED && after == FRONTIER_STOPPING)
        stop_await(&c);
    else if (code == EXIT_FINISHED)
        code = steer_unmoved(&c, after, "stop", true);
    command_close(&c);
    return code;
}
