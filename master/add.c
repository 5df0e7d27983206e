/*
 * master add URL ... - URLs into a crawl, as seeds.
 *
 * Each is canonicalised, judged by the crawl's scope and tested against its
 * seen-set, and told of: added, seen already, or why not.  With --no-span-hosts
 * its host becomes one of the seeds' hosts.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/entry.h"
#include "common/fingerprint.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/scope.h"
#include "common/site.h"
#include "common/userinfo.h"
#include "master/command.h"
#include "master/commands.h"
#include "master/seed.h"
#include "master/seed_reader.h"

/* Requests under way: some hundred URLs a round trip, no more memory. */
enum { ADD_BATCH = 256, ADD_ENTRY_BYTES = ENTRY_MAX_BYTES + 1 };

struct add {
    struct command_crawl *crawl;
    struct seeds *seeds; /* judges texts; reads no list */
    struct scope *scope;
    struct scope_match *match;
    struct buf entry;
    char *sent[ADD_BATCH]; /* URLs whose answers are still to come */
    size_t sent_count;
    bool is_quiet;
    uint64_t added, seen, refused;
};

static void
add_say(const struct add *a, const char *word, struct str url)
{
    if (!a->is_quiet)
        printf("%-14s %s\n", word, LOG_ESC(url));
}

static void
add_refuse(struct add *a, struct str text, const char *why)
{
    a->refused++;
    log_warnx("not added: %s: %s", LOG_ESC(userinfo_shown(text)), why);
}

/* --- Redis --- */

/* The answers to all that was sent. */
static int
add_flush(struct add *a)
{
    struct command_crawl *c = a->crawl;
    redisReply *replies[ADD_BATCH];
    const char *refusal = NULL;
    int code = EXIT_FINISHED;

    if (a->sent_count == 0)
        return EXIT_FINISHED;
    if (redis_call(c->redis, buf_str(&c->request), a->sent_count, replies) !=
        ERR_OK) {
        log_warnx("Redis is gone: %s; what was not told of may be added or "
                  "not: the same command again is no harm",
                  LOG_ESC(str_from(redis_error(c->redis))));
        return EXIT_REDIS;
    }
    for (size_t i = 0; i < a->sent_count; i++) {
        uint64_t added;

        if (frontier_read_add(replies[i], &added) != ERR_OK) {
            code = EXIT_REDIS;
            if (refusal == NULL)
                refusal = replies[i]->type == REDIS_REPLY_ERROR
                              ? replies[i]->str
                              : "an answer that it must not give";
        } else if (added > 0) {
            a->added++;
            add_say(a, "added", str_from(a->sent[i]));
        } else {
            a->seen++;
            add_say(a, "seen already", str_from(a->sent[i]));
        }
        free(a->sent[i]);
    }
    if (refusal)
        log_warnx("Redis refuses: %s", LOG_ESC(str_from(refusal)));
    for (size_t i = 0; i < a->sent_count; i++)
        freeReplyObject(replies[i]);
    a->sent_count = 0;
    buf_reset(&c->request);
    return code;
}

static int
add_send(struct add *a, const struct url *url)
{
    struct command_crawl *c = a->crawl;
    struct entry entry = {.site = site_of_host(url->host), .url = url->text};
    struct frontier_item item = {.fingerprint = fingerprint(url->text),
                                 .place = FRONTIER_LAST,
                                 .is_seed = true};

    buf_reset(&a->entry);
    if (entry_write(&entry, &a->entry) != ERR_OK) {
        add_refuse(a, url->text, "too long");
        return EXIT_FINISHED;
    }
    item.entry = buf_str(&a->entry);
    if (!c->settings.span_hosts)
        item.host = fingerprint(url->host);
    frontier_form_add(c->frontier, &c->request, &item, 1, 0);
    a->sent[a->sent_count++] = xmemdup0(url->text.p, url->text.n);
    return a->sent_count == ADD_BATCH ? add_flush(a) : EXIT_FINISHED;
}

/* --- one URL --- */

static int
add_text(struct add *a, struct str text)
{
    char why[SCOPE_WHY_BYTES];
    const char *wrong;
    struct url url;

    text = str_trim(text);
    wrong = seeds_judge(a->seeds, text, &url);
    if (wrong == NULL && url.text.n > (size_t)a->crawl->settings.max_url_length)
        wrong = "longer than --max-url-length";
    if (wrong == NULL &&
        scope_explain(a->scope, a->match, &url, 0, why) != SCOPE_IN)
        wrong = why;
    if (wrong == NULL)
        return add_send(a, &url);
    add_refuse(a, text, wrong);
    return EXIT_FINISHED;
}

/*
 * The next line of standard input, of which no more is kept than what is too
 * long for any URL; false at the end.
 */
static bool
add_read_line(struct buf *line)
{
    int c = getc(stdin);

    buf_reset(line);
    if (c == EOF)
        return false;
    for (; c != EOF && c != '\n'; c = getc(stdin))
        if (line->n < line->max && buf_add_char(line, (char)c) != ERR_OK)
            return false;
    return true;
}

/* A URL a line; blank lines and comments do no harm. */
static int
add_stdin(struct add *a)
{
    struct buf line;
    int code = EXIT_FINISHED;

    buf_init(&line, SEED_ROW_MAX + 1);
    while (code == EXIT_FINISHED && !command_is_stopped() &&
           add_read_line(&line)) {
        struct str text = str_trim(buf_str(&line));

        if (text.n > 0 && text.p[0] != '#')
            code = add_text(a, text);
    }
    if (code == EXIT_FINISHED && ferror(stdin) && !command_is_stopped()) {
        log_warn("standard input");
        code = EXIT_ERROR;
    }
    buf_fini(&line);
    return code;
}

static int
add_all(struct add *a, char **args, size_t count)
{
    int code = EXIT_FINISHED, last;

    for (size_t i = 0;
         i < count && code == EXIT_FINISHED && !command_is_stopped(); i++)
        code = strcmp(args[i], "-") == 0 ? add_stdin(a)
                                         : add_text(a, str_from(args[i]));
    last = code == EXIT_REDIS ? EXIT_REDIS : add_flush(a);
    for (size_t i = 0; i < a->sent_count; i++)
        free(a->sent[i]);
    return code == EXIT_FINISHED ? last : code;
}

/* What becomes of them, where nobody is at work on them now. */
static void
add_say_state(struct add *a)
{
    struct command_crawl *c = a->crawl;
    struct frontier_counts counts;
    redisReply *reply;

    printf("%" PRIu64 " added, %" PRIu64 " seen already, %" PRIu64
           " not taken\n",
           a->added, a->seen, a->refused);
    frontier_form_counts(c->frontier, &c->request);
    if (a->added == 0 || command_ask(c, &reply) != ERR_OK)
        return;
    if (frontier_read_counts(reply, &counts) == ERR_OK) {
        if (counts.state == FRONTIER_FINISHED)
            printf("crawl %s is finished: start master again with its lists "
                   "or --name, and it goes on with them\n",
                   c->name);
        else if (counts.state == FRONTIER_PAUSED)
            printf("crawl %s is paused: they wait until it goes on\n", c->name);
        else if (c->server != NULL || counts.workers == 0)
            printf("crawl %s does not run: they wait until its master is "
                   "started again\n",
                   c->name);
    }
    freeReplyObject(reply);
}

static int
add_open(struct add *a, const struct config *config, struct command_crawl *c)
{
    struct seed_options options = {.scheme = config->seed_scheme,
                                   .allow_private = c->settings.allow_private,
                                   .settings = &c->settings};
    char why[CONFIG_WHY_BYTES];

    a->crawl = c;
    a->is_quiet = config->quiet;
    if (scope_new(&c->settings, &a->scope, why) != ERR_OK) {
        log_warnx("the crawl's stored settings are broken: %s",
                  LOG_ESC(str_from(why)));
        return EXIT_ERROR;
    }
    a->match = scope_match_new(a->scope);
    a->seeds = seeds_open(&options);
    buf_init(&a->entry, ADD_ENTRY_BYTES);
    command_open_sites(c);
    return EXIT_FINISHED;
}

static void
add_close(struct add *a)
{
    site_fini();
    buf_fini(&a->entry);
    seeds_close(a->seeds);
    scope_match_free(a->match);
    scope_free(a->scope);
}

int
add_run(struct config *config, char **args, size_t count)
{
    struct add a = {.crawl = NULL};
    struct command_crawl c;
    int code;

    if (count == 0) {
        log_warnx("what is to be added? master add URL ..., or - for a list "
                  "on standard input");
        return EXIT_USAGE;
    }
    code = command_open(config, COMMAND_STARTS, &c);
    if (code != EXIT_FINISHED)
        return code;
    code = add_open(&a, config, &c);
    if (code == EXIT_FINISHED) {
        code = add_all(&a, args, count);
        if (code != EXIT_REDIS)
            add_say_state(&a);
        if (code == EXIT_FINISHED && a.refused > 0)
            code = EXIT_ERROR;
        code = command_exit_code(code);
        add_close(&a);
    }
    command_close(&c);
    return code;
}
