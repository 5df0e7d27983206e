/*
 * master change - another delay, connections or rate for a crawl that runs.
 *
 * The options are those of a crawl; what is given on the command line, and
 * only there, is written beside the crawl's own settings.  Each heartbeat
 * brings it to a thread (worker/thread_live.c).
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "master/command.h"
#include "master/commands.h"
#include "master/live_words.h"

/* What finds the crawl, or is about talk: it changes nothing. */
static bool
change_is_about_us(const char *name)
{
    static const char *const names[] = {
        "name",   "output",  "redis",      "redis_password_file",
        "config", "verbose", "log_format", "quiet",
        "color"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* An option that cannot change: what to do instead. */
static int
change_refuse(const char *name)
{
    if (strcmp(name, "threads") == 0 || strcmp(name, "procs") == 0)
        log_warnx("--%s cannot change while a crawl runs: start another worker "
                  "(worker --redis URL --name NAME), or stop the crawl and "
                  "start its command again with another number",
                  name);
    else if (strcmp(name, "max_pages") == 0 || strcmp(name, "max_time") == 0)
        log_warnx("--max-%s is changed on the dashboard or by its API (POST "
                  "/api/v1/limits): the master keeps it",
                  name + strlen("max_"));
    else
        log_warnx("change takes --delay, --connections and --limit-rate; for "
                  "other options stop the crawl and start its command again "
                  "with them");
    return EXIT_USAGE;
}

/* What the command line says: EXIT_FINISHED, or an exit code, having said why.
 */
static int
change_take(const struct config *config, struct live *out)
{
    const int64_t given[LIVE_CHANGEABLE] = {
        [LIVE_DELAY] = config->delay,
        [LIVE_CONNECTIONS] = config->connections,
        [LIVE_LIMIT_RATE] = config->limit_rate};
    static const char *const names[LIVE_CHANGEABLE] = {
        [LIVE_DELAY] = "delay",
        [LIVE_CONNECTIONS] = "connections",
        [LIVE_LIMIT_RATE] = "limit_rate"};
    struct config_given option;
    struct buf value;
    int code = EXIT_FINISHED;

    buf_init(&value, 1 << 20);
    for (size_t i = 0;
         code == EXIT_FINISHED && config_next_given(config, i, &option, &value);
         i++) {
        enum live_id id = 0;

        while (id < LIVE_CHANGEABLE && strcmp(option.name, names[id]) != 0)
            id++;
        if (id < LIVE_CHANGEABLE)
            out->v[id] = given[id];
        else if (!change_is_about_us(option.name))
            code = change_refuse(option.name);
        buf_reset(&value);
    }
    buf_fini(&value);
    return code;
}

static int
change_ask(struct command_crawl *c, const struct live *live,
           enum frontier_state *state, struct live *now)
{
    struct frontier_change change = {
        .live = *live, .delay_ms = c->delay_ms, .max_pages = LIVE_UNSET};
    redisReply *reply;
    enum err e;

    frontier_form_change(c->frontier, &c->request, &change);
    if (command_ask(c, &reply) != ERR_OK)
        return EXIT_REDIS;
    e = frontier_read_change(reply, state, now);
    freeReplyObject(reply);
    return command_read(e);
}

static int
change_say(const struct command_crawl *c, enum frontier_state state,
           const struct live *now)
{
    char words[LIVE_WORDS_BYTES];

    if (state == FRONTIER_FINISHED || state == FRONTIER_NONE) {
        log_warnx("crawl %s is %s: start it again with the options wished for",
                  c->name, frontier_state_name(state));
        return EXIT_ERROR;
    }
    if (live_is_changed(now))
        printf("crawl %s from now on: %s; the rest as its options say\n",
               c->name, live_words(now, words));
    else
        printf("crawl %s is as its options say\n", c->name);
    return EXIT_FINISHED;
}

int
change_run(struct config *config, char **args, size_t count)
{
    struct command_crawl c;
    struct live live, now;
    enum frontier_state state;
    bool is_reset = count == 1 && strcmp(args[0], "reset") == 0;
    int code;

    live_init(&live);
    for (enum live_id i = 0; is_reset && i < LIVE_CHANGEABLE; i++)
        live.v[i] = LIVE_BACK;
    code = change_take(config, &live);
    if (code != EXIT_FINISHED)
        return code;
    if ((count > 0 && !is_reset) || !(is_reset || live_is_changed(&live))) {
        log_warnx("change what? master change [--delay SECONDS] [--connections "
                  "N] [--limit-rate BYTES], or master change reset");
        return EXIT_USAGE;
    }
    code = command_open(config, COMMAND_STARTS, &c);
    if (code != EXIT_FINISHED)
        return code;
    code = change_ask(&c, &live, &state, &now);
    if (code == EXIT_FINISHED)
        code = change_say(&c, state, &now);
    command_close(&c);
    return code;
}
