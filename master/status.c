/*
 * SPDX-License-Identifier: MIT
 *
 * The state that stands in Redis is what was ordered last; whether anybody
 * acts on it is another question.  The condition that is shown puts both
 * together: a crawl whose state is "running" but whose processes are gone is
 * "stopped".
 */
#include "master/status.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/mem.h"
#include "master/commands.h"

enum {
    STATUS_QUARANTINE_MAX = 1000, /* of those set aside, as many are read */
    STATUS_OUT_BYTES = 1 << 24,
    STATUS_REPORT_BYTES = 1 << 16 /* of a worker: far above any of ours */
};

/* --- replies --- */

static struct str
status_str(const redisReply *r)
{
    if (r == NULL || r->type != REDIS_REPLY_STRING)
        return STR_NONE;
    return (struct str){r->str, (size_t)r->len};
}

bool
status_pair(const redisReply *r, size_t i, struct str *name, struct str *value)
{
    if (r == NULL || r->type != REDIS_REPLY_ARRAY || 2 * i + 1 >= r->elements)
        return false;
    *name = status_str(r->element[2 * i]);
    *value = status_str(r->element[2 * i + 1]);
    return true;
}

struct str
status_value(const redisReply *r, struct str name)
{
    struct str key, value;

    for (size_t i = 0; status_pair(r, i, &key, &value); i++)
        if (str_equal(key, name))
            return value;
    return STR_NONE;
}

uint64_t
status_left(const struct frontier_counts *c)
{
    return c->queued + c->waiting + c->flight + c->retry;
}

/* --- asking --- */

static void
status_take_stats(struct status *s, const redisReply *r)
{
    struct str name, value;

    for (size_t i = 0; status_pair(r, i, &name, &value); i++) {
        enum stats_id which = stats_by_name(name.p ? name.p : "", name.n);

        if (which < STAT_COUNT && value.p)
            s->stats[which] = strtoll(value.p, NULL, 10);
    }
}

static int
status_ask_numbers(struct command_crawl *c, struct status *s)
{
    redisReply *reply;
    enum err e;

    frontier_form_counts(c->frontier, &c->request);
    if (command_ask(c, &reply) != ERR_OK)
        return EXIT_REDIS;
    e = frontier_read_counts(reply, &s->counts);
    freeReplyObject(reply);
    if (e != ERR_OK) {
        log_warnx("Redis holds no counts that could be ours");
        return EXIT_REDIS;
    }
    frontier_form_stats_get(c->frontier, &c->request);
    if (command_ask(c, &reply) != ERR_OK)
        return EXIT_REDIS;
    status_take_stats(s, reply);
    freeReplyObject(reply);
    return EXIT_FINISHED;
}

static int
status_ask_lists(struct command_crawl *c, struct status *s)
{
    frontier_form_quarantine_get(c->frontier, &c->request, 0,
                                 STATUS_QUARANTINE_MAX - 1);
    if (command_ask(c, &s->quarantine) != ERR_OK)
        return EXIT_REDIS;
    frontier_form_suspects_get(c->frontier, &c->request);
    if (command_ask(c, &s->suspects) != ERR_OK)
        return EXIT_REDIS;
    frontier_form_orders_get(c->frontier, &c->request);
    if (command_ask(c, &s->orders) != ERR_OK)
        return EXIT_REDIS;
    frontier_form_deaths_get(c->frontier, &c->request);
    return command_ask(c, &s->deaths) == ERR_OK ? EXIT_FINISHED : EXIT_REDIS;
}

/* The report is a worker's own word: whatever it is, it is only shown. */
static void
status_take_report(struct status_worker *w)
{
    const char *why;
    json_int_t span_ms, pages;
    json_t *o;

    if (w->info.n == 0 || w->info.n > STATUS_REPORT_BYTES)
        return;
    o = json_loadb(w->info.p, w->info.n, 0, NULL);
    why = json_string_value(json_object_get(o, "why"));
    if (why)
        snprintf(w->why, sizeof(w->why), "%s", LOG_ESC(str_from(why)));
    w->visits = (uint64_t)json_integer_value(json_object_get(o, "visits"));
    w->connections =
        (uint64_t)json_integer_value(json_object_get(o, "connections"));
    w->is_auto = json_is_true(json_object_get(o, "auto"));
    span_ms = json_integer_value(json_object_get(o, "span_ms"));
    pages = json_integer_value(json_object_get(o, "pages"));
    if (span_ms > 0 && pages > 0)
        w->pages_per_s = (double)pages * 1000 / (double)span_ms;
    json_decref(o);
}

static int
status_ask_infos(struct command_crawl *c, struct status *s)
{
    size_t n = s->workers_count;

    if (n == 0)
        return EXIT_FINISHED;
    s->infos = xcalloc(n, sizeof(redisReply *));
    for (size_t i = 0; i < n; i++)
        frontier_form_worker_info(c->frontier, &c->request, s->workers[i].name);
    if (command_ask_all(c, s->infos, n) != ERR_OK) {
        free(s->infos);
        s->infos = NULL;
        return EXIT_REDIS;
    }
    for (size_t i = 0; i < n; i++) {
        s->workers[i].info = status_str(s->infos[i]);
        status_take_report(&s->workers[i]);
    }
    return EXIT_FINISHED;
}

static int
status_ask_workers(struct command_crawl *c, struct status *s)
{
    struct frontier_worker w;
    size_t n = 0;

    frontier_form_workers(c->frontier, &c->request);
    if (command_ask(c, &s->names) != ERR_OK)
        return EXIT_REDIS;
    while (frontier_read_worker(s->names, n, &w) == ERR_OK)
        n++;
    s->workers = xcalloc(n + 1, sizeof(*s->workers));
    for (; s->workers_count < n; s->workers_count++) {
        struct status_worker *to = &s->workers[s->workers_count];

        if (frontier_read_worker(s->names, s->workers_count, &w) != ERR_OK)
            break;
        to->name = w.name;
        to->silent_ms = w.silent_ms;
    }
    return status_ask_infos(c, s);
}

/* --- what that means --- */

static bool
status_is_alive(const struct command_crawl *c, const struct status *s)
{
    for (size_t i = 0; i < s->workers_count; i++)
        if (s->workers[i].silent_ms < c->settings.heartbeat_limit)
            return true;
    return c->folder && c->url.path && folder_user(c->folder) == FOLDER_MASTER;
}

static const char *
status_condition(const struct status *s)
{
    if (s->counts.state == FRONTIER_FINISHED)
        return "finished";
    return s->is_alive ? frontier_state_name(s->counts.state) : "stopped";
}

static void
status_free_reply(redisReply *r)
{
    if (r)
        freeReplyObject(r);
}

static void
status_fini(struct status *s)
{
    for (size_t i = 0; s->infos && i < s->workers_count; i++)
        status_free_reply(s->infos[i]);
    free(s->infos);
    free(s->workers);
    status_free_reply(s->names);
    status_free_reply(s->quarantine);
    status_free_reply(s->suspects);
    status_free_reply(s->orders);
    status_free_reply(s->deaths);
    *s = (struct status){.crawl = NULL};
}

/* EXIT_FINISHED, or EXIT_REDIS after having said why. */
static int
status_gather(struct command_crawl *c, struct status *out)
{
    int code;

    *out = (struct status){.crawl = c};
    code = status_ask_numbers(c, out);
    if (code == EXIT_FINISHED)
        code = status_ask_lists(c, out);
    if (code == EXIT_FINISHED)
        code = status_ask_workers(c, out);
    if (code != EXIT_FINISHED) {
        status_fini(out);
        return code;
    }
    out->is_alive = status_is_alive(c, out);
    out->condition = status_condition(out);
    if (command_field(c, "started").n > 0) /* replies end in a NUL */
        out->started = strtoll(command_field(c, "started").p, NULL, 10);
    return EXIT_FINISHED;
}

/* --- the command --- */

static void
status_print(const struct status *s, bool is_json)
{
    struct buf out;
    char *json;

    if (is_json) {
        json = status_json(s);
        puts(json);
        free(json);
        return;
    }
    buf_init(&out, STATUS_OUT_BYTES);
    status_render(s, (int64_t)time(NULL), &out);
    fwrite(out.p, 1, out.n, stdout);
    buf_fini(&out);
}

int
status_run(struct config *config, char **args, size_t count)
{
    struct command_crawl c;
    struct status s;
    int code = command_takes_none(count, "status");

    (void)args;
    if (code == EXIT_FINISHED)
        code = command_open(config, COMMAND_STARTS, &c);
    if (code != EXIT_FINISHED)
        return code;
    code = status_gather(&c, &s);
    if (code == EXIT_FINISHED) {
        status_print(&s, config->json);
        status_fini(&s);
        if (fflush(stdout) != 0)
            code = EXIT_DISK;
    }
    command_close(&c);
    return code;
}
