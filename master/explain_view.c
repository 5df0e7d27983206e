/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/canon.h"
#include "common/log.h"
#include "common/outcome.h"
#include "common/robots.h"
#include "common/robots_stored.h"
#include "common/save_name.h"
#include "common/scope.h"
#include "master/explain.h"
#include "master/progress.h"

enum {
    EXPLAIN_LABEL = 12,
    EXPLAIN_LINE_BYTES = 4096, /* some escaped texts of 512 */
    EXPLAIN_LOG_SHOWN = 20     /* the newest */
};

#define COUNT(n) progress_count((uint64_t)(n), (char[PROGRESS_TEXT_BYTES]){0})
#define TIME(n) explain_time((n), (char[PROGRESS_TEXT_BYTES]){0})

/* "0.4 s", "12 s", "1:02:03" */
static const char *
explain_time(int64_t ms, char out[PROGRESS_TEXT_BYTES])
{
    if (ms < 0)
        ms = 0;
    if (ms < 60000)
        snprintf(out, PROGRESS_TEXT_BYTES, "%.1f s", (double)ms / 1000);
    else
        progress_time((uint64_t)ms, out);
    return out;
}

void
explain_row(struct buf *out, const char *label, const char *fmt, ...)
{
    char value[EXPLAIN_LINE_BYTES];
    va_list args;
    enum err e;

    va_start(args, fmt);
    vsnprintf(value, sizeof(value), fmt, args);
    va_end(args);
    e = buf_addf(out, "  %-*s%s\n", EXPLAIN_LABEL, label, value);
    (void)e; /* rows are few, and the bound is far above them */
}

/* --- the log --- */

static struct str
explain_text(const json_t *line, const char *name)
{
    const json_t *v = json_object_get(line, name);

    if (!json_is_string(v))
        return STR_NONE;
    return (struct str){json_string_value(v), json_string_length(v)};
}

static json_int_t
explain_number(const json_t *line, const char *name)
{
    return json_integer_value(json_object_get(line, name));
}

/* What came of it: the last line that is final, or NULL. */
static json_t *
explain_final(const struct explain *x)
{
    for (size_t i = x->log.count; i > 0; i--) {
        json_t *line = json_loads(x->log.lines[i - 1], 0, NULL);

        if (line && !json_is_true(json_object_get(line, "retry")))
            return line;
        json_decref(line);
    }
    return NULL;
}

/* Whether a folder stands where the file was: worker/save_files.h. */
static bool
explain_is_aside(const char *folder, struct str file)
{
    char path[EXPLAIN_LINE_BYTES];
    struct stat st;

    snprintf(path, sizeof(path), "%s/files/%.*s", folder, STR_ARG(file));
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void
explain_log_line(const json_t *line, const char *folder, bool is_first,
                 struct buf *out)
{
    struct str file = explain_text(line, "file");
    struct str warc = explain_text(line, "warc");
    struct str error = explain_text(line, "error");
    struct str redirect = explain_text(line, "redirect");
    struct str from = explain_text(line, "referrer");
    struct str first = explain_text(line, "revisit_of");
    char status[32] = "";

    if (json_object_get(line, "status"))
        snprintf(status, sizeof(status), " %d",
                 (int)explain_number(line, "status"));
    explain_row(out, is_first ? "log" : "", "%s %s%s%s",
                LOG_ESC(explain_text(line, "time")),
                LOG_ESC(explain_text(line, "outcome")), status,
                json_is_true(json_object_get(line, "retry"))
                    ? ", to be tried again"
                    : "");
    if (error.n)
        explain_row(out, "", "  %s", LOG_ESC(error));
    if (json_object_get(line, "ms"))
        explain_row(out, "", "  %s ms, %s bytes, %s, depth %s",
                    COUNT(explain_number(line, "ms")),
                    COUNT(explain_number(line, "bytes")),
                    explain_text(line, "type").n
                        ? LOG_ESC(explain_text(line, "type"))
                        : "no type",
                    COUNT(explain_number(line, "depth")));
    if (json_is_true(json_object_get(line, "truncated")))
        explain_row(out, "", "  its body was cut off");
    if (json_is_true(json_object_get(line, "links_capped")))
        explain_row(out, "",
                    "  more links than --max-links: the rest were "
                    "passed over");
    if (explain_text(line, "exec").n)
        explain_row(out, "", "  of --exec's answer nothing was taken: %s",
                    LOG_ESC(explain_text(line, "exec")));
    if (redirect.n)
        explain_row(out, "", "  redirects to %s", LOG_ESC(redirect));
    if (from.n)
        explain_row(out, "", "  found on %s", LOG_ESC(from));
    if (file.n)
        explain_row(out, "", "  in files/%s%s", LOG_ESC(file),
                    explain_is_aside(folder, file)
                        ? ", now with " SAVE_MARK_ASIDE " in its name: a "
                          "folder took that"
                        : "");
    if (warc.n)
        explain_row(out, "", "  in %s at %" JSON_INTEGER_FORMAT, LOG_ESC(warc),
                    explain_number(line, "offset"));
    if (first.n)
        explain_row(out, "", "  its body is that of %s, stored %s",
                    LOG_ESC(first),
                    LOG_ESC(explain_text(line, "revisit_time")));
}

static void
explain_log(const struct explain *x, struct buf *out)
{
    size_t first =
        x->log.count > EXPLAIN_LOG_SHOWN ? x->log.count - EXPLAIN_LOG_SHOWN : 0;

    if (x->crawl->folder == NULL || x->log.files == 0) {
        explain_row(
            out, "log", "not here%s%s", x->crawl->folder ? ": none in " : "",
            x->crawl->folder ? LOG_ESC(str_from(x->crawl->folder)) : "");
        explain_row(out, "",
                    "(--output DIR says where; each machine has its "
                    "own)");
        return;
    }
    if (x->log.count == 0)
        explain_row(out, "log", "no line in the %zu file%s here", x->log.files,
                    x->log.files == 1 ? "" : "s");
    for (size_t i = first; i < x->log.count; i++) {
        json_t *line = json_loads(x->log.lines[i], 0, NULL);

        if (line)
            explain_log_line(line, x->crawl->folder, i == first, out);
        else
            explain_row(out, i == first ? "log" : "", "a broken line: %s",
                        LOG_ESC(str_from(x->log.lines[i])));
        json_decref(line);
    }
    if (first > 0)
        explain_row(out, "", "and %s%s before them",
                    x->log.has_more ? "more than " : "", COUNT(first));
}

/* --- whether it may be asked for --- */

/*
 * Its depth and referrer, as far as they are known: of where it waits, or of
 * the log; *held: what from borrows from, NULL or to be given back.
 */
static unsigned
explain_depth(const struct explain *x, bool *is_known, struct str *from,
              json_t **held)
{
    struct entry entry;
    json_t *line;
    unsigned depth = 0;

    *is_known = false;
    *from = STR_NONE;
    *held = NULL;
    if (x->line && entry_parse(str_from(x->line), &entry) == ERR_OK) {
        *is_known = true;
        *from = entry.referrer;
        return entry.depth;
    }
    line = explain_final(x);
    if (line && json_object_get(line, "depth")) {
        *is_known = true;
        depth = (unsigned)explain_number(line, "depth");
        *from = explain_text(line, "referrer");
    }
    *held = line;
    return depth;
}

static void
explain_scope(const struct explain *x, struct buf *out)
{
    const struct config *c = &x->crawl->settings;
    char why[CONFIG_WHY_BYTES], rule[SCOPE_WHY_BYTES];
    struct scope *scope;
    struct scope_match *match;
    bool is_known;
    struct str from;
    json_t *line;
    unsigned depth = explain_depth(x, &is_known, &from, &line);

    if (scope_new(c, &scope, why) != ERR_OK) {
        explain_row(out, "scope", "broken settings: %s",
                    LOG_ESC(str_from(why)));
        json_decref(line);
        return;
    }
    match = scope_match_new(scope);
    if (scope_explain_link(scope, match, &x->url, depth, from, rule) !=
        SCOPE_IN)
        explain_row(out, "scope", "out: %s", rule);
    else if ((int64_t)x->url.text.n > c->max_url_length)
        explain_row(out, "scope", "out: longer than --max-url-length %" PRId64,
                    c->max_url_length);
    else if (!c->span_hosts && !x->is_seed_host)
        explain_row(out, "scope",
                    "out: its host is no seed's, and --no-span-hosts");
    else if (c->level >= 0 && !is_known)
        explain_row(out, "scope", "in, if it is found within --level %" PRId64,
                    c->level);
    else
        explain_row(out, "scope", "in");
    json_decref(line);
    scope_match_free(match);
    scope_free(scope);
}

/* As a worker names itself to robots.txt: the head of the User-Agent. */
static struct str
explain_agent(const struct config *c, struct buf *agent)
{
    size_t n = 0;

    config_user_agent(c, agent);
    while (n < agent->n && (str_is_alpha(agent->p[n]) || agent->p[n] == '-' ||
                            agent->p[n] == '_'))
        n++;
    return (struct str){agent->p, n};
}

static void
explain_rules(const struct explain *x, struct str rules, struct buf *out)
{
    struct robots_match match;
    struct robots *robots;
    struct buf agent;
    bool is_allowed;

    buf_init(&agent, EXPLAIN_LINE_BYTES);
    if (robots_parse(rules, explain_agent(&x->crawl->settings, &agent),
                     &robots) != ERR_OK) {
        buf_fini(&agent);
        return;
    }
    is_allowed = robots_allows(robots, x->url.target, &match);
    if (match.pattern.n == 0)
        explain_row(out, "robots.txt", "allowed: no line is about it");
    else
        explain_row(out, "robots.txt", "%s by \"%s: %s\"",
                    is_allowed ? "allowed" : "disallowed",
                    match.is_allow ? "Allow" : "Disallow",
                    LOG_ESC(match.pattern));
    if (robots_crawl_delay_ms(robots) >= 0)
        explain_row(out, "", "Crawl-delay: %s",
                    TIME(robots_crawl_delay_ms(robots)));
    robots_free(robots);
    buf_fini(&agent);
}

static void
explain_robots(const struct explain *x, struct buf *out)
{
    enum outcome failure;
    struct str rules;

    if (!x->crawl->settings.robots)
        explain_row(out, "robots.txt", "not looked at (--no-robots)");
    else if (x->robots->type != REDIS_REPLY_STRING ||
             !robots_stored_read(
                 (struct str){x->robots->str, (size_t)x->robots->len}, &failure,
                 &rules))
        explain_row(out, "robots.txt", "not fetched yet, or too long ago");
    else if (failure != OUTCOME_OK)
        explain_row(out, "robots.txt", "nothing is asked until it is had: %s",
                    failure == OUTCOME_ROBOTS_ERROR ? "5xx, 429 or unreachable"
                                                    : outcome_words(failure));
    else
        explain_rules(x, rules, out);
}

/* --- where it is --- */

/* It is nowhere in the frontier, or not any more. */
static void
explain_end(const struct explain *x, struct buf *out)
{
    json_t *line = explain_final(x);
    struct str name = explain_text(line, "outcome");
    const char *words = NULL;

    for (int o = 0; o < OUTCOME_COUNT; o++)
        if (str_equal(name, str_from(outcome_name((enum outcome)o))))
            words = outcome_words((enum outcome)o);
    if (line && words)
        explain_row(out, "now", "finished: %s", words);
    else if (x->is_seen)
        explain_row(out, "now", "finished, by the log of another machine");
    else
        explain_row(out, "now",
                    "not in the crawl: no page that was read has a "
                    "link to it in scope");
    json_decref(line);
}

static void
explain_place(const struct explain *x, struct buf *out)
{
    const struct frontier_site *s = &x->of_site;

    switch (x->place) {
    case EXPLAIN_QUEUE:
        explain_row(out, "now", "waits in the front queue of %s, behind %s",
                    COUNT(x->counts.queued), COUNT(x->ahead));
        break;
    case EXPLAIN_BACK:
        if (x->ahead == 0)
            explain_row(out, "now", "waits for its site, as the next of it");
        else
            explain_row(out, "now", "waits for its site, behind %s of it",
                        COUNT(x->ahead));
        break;
    case EXPLAIN_RETRY:
        explain_row(out, "now", "waits for another try, due in %s",
                    TIME(x->at_ms - s->now_ms));
        break;
    case EXPLAIN_FLIGHT:
        explain_row(out, "now", "in the hands of worker %s",
                    LOG_ESC(str_from(x->worker)));
        break;
    case EXPLAIN_SET_ASIDE:
        explain_row(out, "now",
                    "set aside until the end: its page killed workers");
        break;
    case EXPLAIN_DEEP:
        if (x->is_seen && x->log.count == 0) {
            explain_row(out, "now",
                        "waits far back in its queue, or is "
                        "finished by another's log");
            break;
        }
        explain_end(x, out);
        break;
    case EXPLAIN_NOWHERE:
        explain_end(x, out);
        break;
    }
    if (x->deaths)
        explain_row(out, "", "workers that died over it: %s",
                    LOG_ESC(str_from(x->deaths)));
}

/* Depth, tries and where it was found, of an entry that waits. */
static void
explain_entry(const struct explain *x, struct buf *out)
{
    struct entry entry;

    if (x->line == NULL)
        return;
    if (entry_parse(str_from(x->line), &entry) != ERR_OK) {
        explain_row(out, "", "as a bare URL, which somebody pushed");
        return;
    }
    explain_row(out, "", "depth %u, %s%s%s", entry.depth,
                entry.tries ? "failed tries: " : "not tried yet",
                entry.tries ? COUNT(entry.tries) : "",
                entry.hops ? ", target of a redirect" : "");
    if (entry.referrer.n)
        explain_row(out, "", "found on %s", LOG_ESC(entry.referrer));
}

/* Milliseconds of "delay MS"; 0 for other orders. */
static int64_t
explain_slowed_ms(const char *order)
{
    uint64_t ms = 0;

    if (!str_starts(str_from(order), STR("delay ")) ||
        !str_to_u64(str_from(order + strlen("delay ")), INT32_MAX, &ms))
        return 0;
    return (int64_t)ms;
}

/* The order of its own, else that for all sites, and what it means here. */
static void
explain_order(const struct frontier_site *s, struct buf *out)
{
    const char *order = s->order[0] ? s->order : s->order_all;
    const char *whose = s->order[0] ? "" : " for all sites";

    if (strcmp(order, "drop") == 0)
        explain_row(out, "", "dropped by order%s: nothing is asked of it",
                    whose);
    else if (explain_slowed_ms(order) > 0)
        explain_row(out, "", "slowed by order%s: %s from request to request",
                    whose, TIME(explain_slowed_ms(order)));
    else if (order[0])
        explain_row(out, "", "by order%s: %s", whose, LOG_ESC(str_from(order)));
    if (s->order[0] && s->order_all[0])
        explain_row(out, "",
                    "so the order for all sites (%s) does not count for it",
                    LOG_ESC(str_from(s->order_all)));
}

/* From request to request: the longest of delay, order, and its own pace. */
static void
explain_spacing(const struct frontier_site *s, int64_t delay, struct buf *out)
{
    int64_t slowed = explain_slowed_ms(s->order[0] ? s->order : s->order_all);
    int64_t spacing = s->spacing_ms > delay ? s->spacing_ms : delay;

    explain_row(out, "", "at least %s from request to request%s",
                TIME(spacing > slowed ? spacing : slowed),
                slowed > spacing        ? " (by order)"
                : s->spacing_ms > delay ? " (slow, or by its Crawl-delay)"
                                        : "");
}

static void
explain_site(const struct explain *x, struct buf *out)
{
    const struct frontier_site *s = &x->of_site;
    const struct config *c = &x->crawl->settings;

    explain_row(out, "site", "%s, %s waiting", LOG_ESC(x->site),
                COUNT(s->waiting));
    if (x->holder)
        explain_row(out, "", "in the hands of worker %s",
                    LOG_ESC(str_from(x->holder)));
    else if (s->holders > 0)
        explain_row(out, "", "in the hands of a worker");
    if (s->due_ms > 0)
        explain_row(out, "", "may be asked again in %s", TIME(s->due_ms));
    else if (s->due_ms == 0)
        explain_row(out, "", "may be asked now");
    explain_spacing(s, c->delay, out);
    if (c->max_pages_per_site > 0)
        explain_row(out, "", "%s of --max-pages-per-site %s asked%s",
                    COUNT(s->asked), COUNT(c->max_pages_per_site),
                    s->asked >= (uint64_t)c->max_pages_per_site
                        ? ": nothing more of it"
                        : "");
    if (s->failures > 0)
        explain_row(out, "", "failures in a row: %u%s", s->failures,
                    c->max_failures > 0 && s->failures >= c->max_failures
                        ? ": given up (--max-failures)"
                        : "");
    explain_order(s, out);
}

/* Why nothing of it may happen, whatever stands above. */
static void
explain_state(const struct explain *x, struct buf *out)
{
    if (x->place == EXPLAIN_NOWHERE || x->place == EXPLAIN_FLIGHT)
        return;
    if (x->counts.state == FRONTIER_PAUSED)
        explain_row(out, "crawl", "paused");
    else if (x->counts.workers == 0)
        explain_row(out, "crawl", "does not run: no worker is there");
}

/* What the crawl's options make of the URL that was asked for. */
static void
explain_form(const struct explain *x, struct buf *out)
{
    char why[CANON_WHY_BYTES];

    if (x->form.rules == 0)
        return;
    canon_say(x->form.rules, why);
    explain_row(out, "canonical", "%s", why);
    if (x->form.is_verbatim)
        explain_row(out, "",
                    "but taken as it is: its canonical form redirects to it");
    else
        explain_row(out, "", "of %s", LOG_ESC(x->form.given));
}

void
explain_render(const struct explain *x, struct buf *out)
{
    enum err e = buf_addf(out, "%s\n", LOG_ESC(x->url.text));

    (void)e;
    explain_form(x, out);
    explain_place(x, out);
    explain_entry(x, out);
    explain_scope(x, out);
    explain_robots(x, out);
    explain_site(x, out);
    explain_cache(x, out);
    explain_log(x, out);
    explain_state(x, out);
}
