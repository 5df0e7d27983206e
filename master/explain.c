/*
 * master explain URL - what came of a URL, or what it waits for.
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing in the frontier says where an entry is: that would cost memory for
 * each URL, and this is asked by hand.  So the queues are looked through from
 * the end that is taken from, up to a bound, in the direction in which
 * entries travel: what moves on meanwhile is met again.
 */
#include "master/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/canon.h"
#include "common/fingerprint.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/site.h"
#include "master/commands.h"
#include "master/seed.h"

enum {
    EXPLAIN_CHUNK = 2000,    /* entries a request */
    EXPLAIN_DEPTH = 1000000, /* entries of one queue; some 100 MB */
    EXPLAIN_OUT_BYTES = 1 << 22
};

/* --- pieces --- */

static bool
explain_is_it(const struct explain *x, const redisReply *r)
{
    struct str line = {r->str, (size_t)r->len};
    struct entry entry;

    if (r->type != REDIS_REPLY_STRING)
        return false;
    if (entry_parse(line, &entry) == ERR_OK)
        return str_equal(entry.url, x->url.text);
    return str_equal(str_trim(line), x->url.text); /* pushed as it is */
}

static void
explain_found(struct explain *x, enum explain_place place, const redisReply *r)
{
    x->place = place;
    free(x->line);
    x->line = xmemdup0(r->str, (size_t)r->len);
}

static int
explain_ask_number(struct explain *x, bool *out)
{
    redisReply *reply;
    uint64_t n = 0;
    enum err e;

    if (command_ask(x->crawl, &reply) != ERR_OK)
        return EXIT_REDIS;
    e = frontier_read_count(reply, &n);
    freeReplyObject(reply);
    *out = n > 0;
    return command_read(e);
}

/* --- where it is --- */

/* One part of a queue; *is_end: there is nothing behind it. */
static int
explain_chunk(struct explain *x, enum explain_place place, int64_t at,
              bool *is_end)
{
    struct command_crawl *c = x->crawl;
    size_t step = place == EXPLAIN_RETRY ? 2 : 1;
    redisReply *r;

    if (place == EXPLAIN_QUEUE) /* its tail is taken from */
        frontier_form_queue_range(c->frontier, &c->request,
                                  -(at + EXPLAIN_CHUNK), -at - 1);
    else if (place == EXPLAIN_BACK)
        frontier_form_back_range(c->frontier, &c->request, x->site, at,
                                 at + EXPLAIN_CHUNK - 1);
    else
        frontier_form_retry_range(c->frontier, &c->request, at,
                                  at + EXPLAIN_CHUNK - 1);
    if (command_ask(c, &r) != ERR_OK)
        return EXIT_REDIS;
    *is_end =
        r->type != REDIS_REPLY_ARRAY || r->elements < EXPLAIN_CHUNK * step;
    for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i + step <= r->elements;
         i += step) {
        if (!explain_is_it(x, r->element[i]))
            continue;
        explain_found(x, place, r->element[i]);
        x->ahead = (uint64_t)at +
                   (place == EXPLAIN_QUEUE ? r->elements - 1 - i : i / step);
        if (step == 2 && r->element[i + 1]->type == REDIS_REPLY_STRING)
            x->at_ms = strtoll(r->element[i + 1]->str, NULL, 10);
        break;
    }
    freeReplyObject(r);
    return EXIT_FINISHED;
}

static int
explain_find_in(struct explain *x, enum explain_place place)
{
    bool is_end = false;
    int code = EXIT_FINISHED;

    for (int64_t at = 0;
         code == EXIT_FINISHED && !is_end &&
         (x->place == EXPLAIN_NOWHERE || x->place == EXPLAIN_DEEP) &&
         !command_is_stopped();
         at += EXPLAIN_CHUNK) {
        if (at >= EXPLAIN_DEPTH) {
            x->place = EXPLAIN_DEEP;
            break;
        }
        code = explain_chunk(x, place, at, &is_end);
    }
    return code;
}

/* What one worker holds, and whether the URL is in its hands. */
static int
explain_ask_worker(struct explain *x, struct str worker)
{
    struct command_crawl *c = x->crawl;
    redisReply *replies[2];

    frontier_form_holds(c->frontier, &c->request, worker, x->site);
    frontier_form_flight_of(c->frontier, &c->request, worker);
    if (command_ask_all(c, replies, 2) != ERR_OK)
        return EXIT_REDIS;
    if (replies[0]->type == REDIS_REPLY_STRING && x->holder == NULL)
        x->holder = xmemdup0(worker.p, worker.n);
    for (size_t i = 0; replies[1]->type == REDIS_REPLY_ARRAY &&
                       i + 1 < replies[1]->elements && x->worker == NULL;
         i += 2)
        if (explain_is_it(x, replies[1]->element[i])) {
            explain_found(x, EXPLAIN_FLIGHT, replies[1]->element[i]);
            x->worker = xmemdup0(worker.p, worker.n);
        }
    freeReplyObject(replies[0]);
    freeReplyObject(replies[1]);
    return EXIT_FINISHED;
}

static int
explain_find_in_flight(struct explain *x)
{
    struct command_crawl *c = x->crawl;
    struct frontier_worker w;
    redisReply *names;
    int code = EXIT_FINISHED;

    frontier_form_workers(c->frontier, &c->request);
    if (command_ask(c, &names) != ERR_OK)
        return EXIT_REDIS;
    for (size_t i = 0; code == EXIT_FINISHED && !command_is_stopped() &&
                       frontier_read_worker(names, i, &w) == ERR_OK;
         i++)
        code = explain_ask_worker(x, w.name);
    freeReplyObject(names);
    return code;
}

/* The quarantine, and what the URL stands accused of. */
static int
explain_find_accused(struct explain *x)
{
    struct command_crawl *c = x->crawl;
    redisReply *r;

    frontier_form_quarantine_get(c->frontier, &c->request, 0,
                                 EXPLAIN_DEPTH - 1);
    if (command_ask(c, &r) != ERR_OK)
        return EXIT_REDIS;
    for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i < r->elements; i++)
        if (explain_is_it(x, r->element[i]))
            explain_found(x, EXPLAIN_SET_ASIDE, r->element[i]);
    freeReplyObject(r);
    frontier_form_suspects_get(c->frontier, &c->request);
    if (command_ask(c, &r) != ERR_OK)
        return EXIT_REDIS;
    for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i + 1 < r->elements;
         i += 2)
        if (explain_is_it(x, r->element[i]) &&
            r->element[i + 1]->type == REDIS_REPLY_STRING) {
            free(x->deaths);
            x->deaths = xstrdup(r->element[i + 1]->str);
        }
    freeReplyObject(r);
    return EXIT_FINISHED;
}

static int
explain_find_place(struct explain *x)
{
    static const enum explain_place queues[] = {EXPLAIN_QUEUE, EXPLAIN_BACK,
                                                EXPLAIN_RETRY};
    int code = EXIT_FINISHED;

    for (size_t i = 0; i < 3 && code == EXIT_FINISHED; i++)
        code = explain_find_in(x, queues[i]);
    if (code == EXIT_FINISHED)
        code = explain_find_in_flight(x);
    if (code == EXIT_FINISHED)
        code = explain_find_accused(x);
    return code;
}

/* --- the rest --- */

static int
explain_ask_counts(struct explain *x)
{
    struct command_crawl *c = x->crawl;
    redisReply *reply;
    enum err e;

    frontier_form_counts(c->frontier, &c->request);
    if (command_ask(c, &reply) != ERR_OK)
        return EXIT_REDIS;
    e = frontier_read_counts(reply, &x->counts);
    freeReplyObject(reply);
    if (e == ERR_OK)
        return EXIT_FINISHED;
    log_warnx("Redis holds no counts that could be ours");
    return EXIT_REDIS;
}

static int
explain_ask_added(struct explain *x, struct str url, bool *is_seen)
{
    struct command_crawl *c = x->crawl;
    int code;

    frontier_form_seen(c->frontier, &c->request, url);
    code = explain_ask_number(x, is_seen);
    if (code != EXIT_FINISHED || *is_seen)
        return code;
    frontier_form_seen_apart(c->frontier, &c->request, url);
    return explain_ask_number(x, is_seen);
}

static int
explain_ask_seen(struct explain *x)
{
    struct command_crawl *c = x->crawl;
    int code = explain_ask_added(x, x->url.text, &x->is_seen);

    if (code != EXIT_FINISHED || c->settings.span_hosts)
        return code;
    frontier_form_seed_host(c->frontier, &c->request, fingerprint(x->url.host));
    return explain_ask_number(x, &x->is_seed_host);
}

/* EXIT_FINISHED, or EXIT_REDIS after having said why; url and site are set. */
static int
explain_find(struct explain *x)
{
    struct command_crawl *c = x->crawl;
    int code = explain_ask_counts(x);

    if (code == EXIT_FINISHED)
        code = explain_ask_seen(x);
    if (code == EXIT_FINISHED)
        code = explain_find_place(x);
    if (code == EXIT_FINISHED)
        code = command_ask_site(x->crawl, x->site, &x->of_site);
    if (code == EXIT_FINISHED) {
        frontier_form_robots_get(c->frontier, &c->request, x->url.origin);
        if (command_ask(c, &x->robots) != ERR_OK)
            code = EXIT_REDIS;
    }
    return code == EXIT_FINISHED ? explain_ask_cache(x) : code;
}

/* --- the command --- */

static void
explain_fini(struct explain *x)
{
    free(x->line);
    free(x->worker);
    free(x->holder);
    free(x->deaths);
    if (x->robots)
        freeReplyObject(x->robots);
    if (x->cached)
        freeReplyObject(x->cached);
    log_find_fini(&x->log);
    buf_fini(&x->text);
}

static int
explain_one(struct command_crawl *c, struct str canonical,
            const struct explain_form *form)
{
    struct explain x = {.crawl = c, .form = *form};
    char why[LOG_FIND_WHY_BYTES];
    struct buf out;
    int code = EXIT_ERROR;

    buf_init(&x.text, canonical.n + 1);
    buf_init(&out, EXPLAIN_OUT_BYTES);
    if (buf_add_str(&x.text, canonical) == ERR_OK &&
        url_split(buf_str(&x.text), &x.url) == ERR_OK) {
        x.site = site_of_host(x.url.host);
        code = explain_find(&x);
    }
    if (code == EXIT_FINISHED && c->folder &&
        log_find(c->folder, c->name, x.url.text, &x.log, why) != ERR_OK)
        log_warnx("%s", why);
    if (code == EXIT_FINISHED) {
        explain_render(&x, &out);
        fwrite(out.p, 1, out.n, stdout);
    }
    buf_fini(&out);
    explain_fini(&x);
    return code;
}

/* Whether the URL as it was given is in the crawl: a redirect's target may
 * be, where its canonical form is what redirected. */
static int
explain_ask_given(struct command_crawl *c, struct str given, bool *is_seen)
{
    struct explain x = {.crawl = c};

    return explain_ask_added(&x, given, is_seen);
}

static int
explain_url(struct command_crawl *c, const struct canon *canon,
            struct str given)
{
    struct explain_form form = {.given = given};
    struct buf text;
    struct url url;
    bool is_seen = false;
    int code = EXIT_FINISHED;

    buf_init(&text, given.n + 1); /* --trailing-slash add */
    if (canon_parse(canon, given, NULL, &text, &url, &form.rules) != ERR_OK) {
        log_warnx("%s: not a valid URL", LOG_ESC(given));
        code = EXIT_ERROR;
    } else if (form.rules != 0) {
        code = explain_ask_given(c, given, &is_seen);
    }
    if (code == EXIT_FINISHED && is_seen) {
        form.is_verbatim = true;
        code = explain_one(c, given, &form);
        form.is_verbatim = false;
        putchar('\n');
    }
    if (code == EXIT_FINISHED)
        code = explain_one(c, url.text, &form);
    buf_fini(&text);
    return code;
}

int
explain_run(struct config *config, char **args, size_t count)
{
    struct seed_options options = {.allow_private = true,
                                   .scheme = config->seed_scheme};
    struct command_crawl c;
    struct seeds *seeds;
    struct canon *canon;
    char why[CONFIG_WHY_BYTES];
    int code, worst = EXIT_FINISHED;

    if (count == 0) {
        log_warnx("explain what? master explain URL ...");
        return EXIT_USAGE;
    }
    code = command_open(config, COMMAND_STARTS, &c);
    if (code != EXIT_FINISHED)
        return code;
    if (canon_new(&c.settings, &canon, why) != ERR_OK) {
        log_warnx("the crawl's stored settings are broken: %s",
                  LOG_ESC(str_from(why)));
        command_close(&c);
        return EXIT_ERROR;
    }
    options.has_ftp = c.settings.ftp;
    seeds = seeds_open(&options);
    command_open_sites(&c);
    for (size_t i = 0;
         i < count && worst != EXIT_REDIS && !command_is_stopped(); i++) {
        struct str arg = str_trim(str_from(args[i]));
        const char *wrong;
        struct url url;

        wrong = seeds_judge(seeds, arg, &url);
        if (wrong) {
            log_warnx("%s: %s", LOG_ESC(arg), wrong);
            code = EXIT_ERROR;
        } else {
            if (i > 0)
                putchar('\n');
            code = explain_url(&c, canon, url.text);
        }
        if (code != EXIT_FINISHED)
            worst = code;
    }
    site_fini();
    seeds_close(seeds);
    canon_free(canon);
    command_close(&c);
    return command_exit_code(worst);
}
