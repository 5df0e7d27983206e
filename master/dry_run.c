/* SPDX-License-Identifier: MIT */
#include "master/dry_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fingerprint.h"
#include "common/json_line.h"
#include "common/log.h"
#include "common/scope.h"
#include "common/site.h"
#include "master/distinct.h"
#include "master/folder.h"
#include "master/progress.h"
#include "master/seed.h"
#include "master/tally.h"
#include "master/verify_set.h"

enum {
    DRY_RUN_KNOWN = 1 << 25, /* URLs told apart: some 400 MB */
    DRY_RUN_SITES = 1 << 18, /* counted exactly */
    DRY_RUN_HEAVY = 1 << 14, /* of which the busiest are known by name */
    DRY_RUN_LINE_BYTES = 1 << 16,
    DRY_RUN_ROW = 120 /* bytes of a refused row that are shown */
};

#define COUNT(n) progress_count((uint64_t)(n), (char[PROGRESS_TEXT_BYTES]){0})
#define TIME(n) progress_time((uint64_t)(n), (char[PROGRESS_TEXT_BYTES]){0})

struct dry_run {
    const struct config *config;
    struct seeds *seeds;
    struct scope *scope;
    struct scope_match *match;
    struct verify_set known; /* fingerprints of URLs */
    struct distinct sites;
    struct tally *heavy; /* sites by their URLs */
    struct buf line;     /* of JSON */
    uint64_t accepted, again, outside;
    int code;
    bool is_over; /* standard output takes no more */
};

/* --- lines --- */

static void
dry_run_failed(struct dry_run *d)
{
    d->is_over = true;
    if (errno == EPIPE) /* "| head": the reader has what it wanted */
        return;
    d->code = errno == ENOSPC ? EXIT_DISK : EXIT_ERROR;
    log_warn("standard output");
}

static void
dry_run_put(struct dry_run *d, struct str text)
{
    if (!d->is_over && fwrite(text.p, 1, text.n, stdout) != text.n)
        dry_run_failed(d);
}

/* One row in JSON; url or text with a reason. */
static void
dry_run_put_json(struct dry_run *d, const char *result, const char *list,
                 uint64_t line, struct str url, struct str text,
                 const char *why)
{
    struct json_line l;

    buf_reset(&d->line);
    json_line_begin(&l, &d->line);
    json_line_str(&l, "row", str_from(result));
    json_line_str(&l, "list", str_from(list));
    json_line_int(&l, "line", (int64_t)line);
    if (url.p)
        json_line_str(&l, "url", url);
    if (text.p)
        json_line_str(&l, "text", text);
    if (why)
        json_line_str(&l, "reason", str_from(why));
    if (json_line_end(&l) == ERR_OK)
        dry_run_put(d, buf_str(&d->line));
}

static void
dry_run_refused(void *arg, const struct seed_refused *r)
{
    struct dry_run *d = arg;
    struct str head = r->row;

    if (d->config->json) {
        dry_run_put_json(d, "refused", r->list, r->line, STR_NONE, r->row,
                         r->why);
        return;
    }
    if (head.n > DRY_RUN_ROW)
        head.n = DRY_RUN_ROW;
    fprintf(stderr, "%s:%" PRIu64 ": refused, %s: \"%s%s\"\n", r->list, r->line,
            r->why, LOG_ESC(head), head.n < r->row.n ? "..." : "");
}

static void
dry_run_again(struct dry_run *d, const struct seed *seed)
{
    d->again++;
    if (d->config->json)
        dry_run_put_json(d, "duplicate", seed->list, seed->line, seed->url,
                         STR_NONE, NULL);
    else if (!d->config->quiet)
        fprintf(stderr, "%s:%" PRIu64 ": duplicate: %s\n", seed->list,
                seed->line, LOG_ESC(seed->url));
}

static bool
dry_run_is_new(struct dry_run *d, struct str url)
{
    uint64_t print = fingerprint(url);
    uint8_t *flags = verify_set_find(&d->known, print ? print : 1);

    if (flags == NULL && d->known.count < DRY_RUN_KNOWN)
        *verify_set_put(&d->known, print ? print : 1) = 1;
    return flags == NULL;
}

static void
dry_run_accepted(struct dry_run *d, const struct seed *seed)
{
    struct str site = site_of_host(seed->host);
    struct url url;

    d->accepted++;
    tally_put(d->heavy, site)->sums[0]++;
    distinct_add(&d->sites, site);
    if (url_split(seed->url, &url) == ERR_OK &&
        scope_judge(d->scope, d->match, &url, 0) != SCOPE_IN)
        d->outside++;
    if (d->config->json) {
        dry_run_put_json(d, "accepted", seed->list, seed->line, seed->url,
                         STR_NONE, NULL);
        return;
    }
    dry_run_put(d, seed->url);
    dry_run_put(d, STR("\n"));
}

/* --- the end --- */

static void PRINTF_LIKE(2, 3)
    dry_run_row(const char *label, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fprintf(stderr, "  %-10s", label);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
}

static const char *
dry_run_rows(const struct dry_run *d, const struct seed_counts *c,
             char out[256])
{
    snprintf(out, 256, "%s: %s to crawl, %s %s, %s refused", COUNT(c->rows),
             COUNT(d->accepted), COUNT(d->again),
             d->again == 1 ? "duplicate" : "duplicates", COUNT(c->bad));
    return out;
}

static void
dry_run_say_sites(const struct dry_run *d)
{
    static const size_t by_urls = 0;
    const struct tally_row *top;
    uint64_t urls, ms;

    if (tally_top(d->heavy, tally_by_sum, (void *)(uintptr_t)&by_urls, &top,
                  1) == 0)
        return;
    urls = top->sums[0];
    ms =
        (urls - 1) * (uint64_t)d->config->delay / (uint64_t)d->config->per_site;
    dry_run_row("sites", "%s%s; the busiest is %s: %s URL%s, %s at least",
                d->sites.is_estimate ? "about " : "",
                COUNT(distinct_count(&d->sites)), LOG_ESC(str_from(top->name)),
                COUNT(urls), urls == 1 ? "" : "s", TIME(ms));
}

static void
dry_run_say_scope(const struct dry_run *d)
{
    const struct config *c = d->config;
    char deep[64] = "links without end";

    if (c->level == 0)
        snprintf(deep, sizeof(deep), "no links");
    else if (c->level > 0)
        snprintf(deep, sizeof(deep), "links %" PRId64 " deep", c->level);
    dry_run_row("scope", "%s%s; robots.txt is %s", deep,
                c->level == 0   ? ""
                : c->span_hosts ? ", into any host"
                                : ", on the seeds' hosts",
                c->robots ? "asked first and obeyed" : "not looked at");
    if (d->outside > 0)
        dry_run_row("",
                    "%s of the URLs would not be followed as links; those "
                    "of a list are fetched all the same",
                    COUNT(d->outside));
}

static void
dry_run_say_limits(const struct dry_run *d)
{
    const struct config *c = d->config;
    char text[256] = "";
    size_t n = 0;

    if (c->max_seeds > 0)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s seeds, ",
                              COUNT(c->max_seeds));
    if (c->max_pages > 0)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s pages, ",
                              COUNT(c->max_pages));
    if (c->max_time > 0)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s, ",
                              TIME(c->max_time));
    if (c->max_pages_per_site > 0)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s URLs a site, ",
                              COUNT(c->max_pages_per_site));
    dry_run_row("limits", "%.*s", n > 2 ? (int)n - 2 : 32,
                n > 2 ? text : "neither pages nor time are bound");
}

/* What somebody set, in words that may be given again. */
static void
dry_run_say_settings(const struct dry_run *d)
{
    struct buf value;
    const char *name;
    bool is_default;

    buf_init(&value, DRY_RUN_LINE_BYTES);
    for (size_t i = 0;
         config_crawl_setting(d->config, i, &name, &value, &is_default); i++)
        if (!is_default)
            dry_run_row("set", "%s = %s", name,
                        config_is_secret(name) ? "(not shown)"
                                               : LOG_ESC(buf_str(&value)));
    buf_fini(&value);
}

static void
dry_run_say_folder(const struct dry_run *d, char **lists)
{
    char name[FOLDER_NAME_MAX + 1], path[4096];

    if (d->config->name)
        snprintf(name, sizeof(name), "%s", d->config->name);
    else
        folder_name_of_list(lists[0], name);
    if (d->config->output)
        snprintf(path, sizeof(path), "%s", d->config->output);
    else
        snprintf(path, sizeof(path), "./%s", name);
    dry_run_row("output", "%s%s", LOG_ESC(str_from(path)),
                access(path, F_OK) != 0 ? ""
                : d->config->restart
                    ? " is there; the crawl in Redis would be dropped"
                    : " is there: an unfinished crawl would go on");
}

static void
dry_run_put_totals(struct dry_run *d, const struct seed_counts *c)
{
    struct buf value;
    struct json_line l;
    const char *name;
    bool is_default;

    buf_init(&value, DRY_RUN_LINE_BYTES);
    buf_reset(&d->line);
    json_line_begin(&l, &d->line);
    json_line_int(&l, "rows", (int64_t)c->rows);
    json_line_int(&l, "accepted", (int64_t)d->accepted);
    json_line_int(&l, "duplicate", (int64_t)d->again);
    json_line_int(&l, "refused", (int64_t)c->bad);
    json_line_int(&l, "lists_failed", (int64_t)c->lists_failed);
    json_line_int(&l, "sites", (int64_t)distinct_count(&d->sites));
    json_line_int(&l, "outside_scope", (int64_t)d->outside);
    json_line_object(&l, "settings");
    for (size_t i = 0;
         config_crawl_setting(d->config, i, &name, &value, &is_default); i++)
        if (!is_default && !config_is_secret(name))
            json_line_str(&l, name, buf_str(&value));
    json_line_object_end(&l);
    if (json_line_end(&l) == ERR_OK)
        dry_run_put(d, buf_str(&d->line));
    buf_fini(&value);
}

static void
dry_run_end(struct dry_run *d, char **lists)
{
    struct seed_counts counts;
    char rows[256];

    seeds_counts(d->seeds, &counts);
    if (d->config->json)
        dry_run_put_totals(d, &counts);
    if (!d->is_over && fflush(stdout) != 0)
        dry_run_failed(d);
    if (!d->config->json && !d->config->quiet && !d->is_over) {
        fputs("dry run: nothing was fetched, nothing was written\n", stderr);
        dry_run_row("rows", "%s", dry_run_rows(d, &counts, rows));
        dry_run_say_sites(d);
        dry_run_say_scope(d);
        dry_run_say_limits(d);
        dry_run_say_settings(d);
        dry_run_say_folder(d, lists);
        if (d->known.count >= DRY_RUN_KNOWN)
            dry_run_row("", "duplicates are noticed among the first %s URLs",
                        COUNT(DRY_RUN_KNOWN));
    }
    if (d->code == EXIT_FINISHED && counts.lists_failed > 0)
        d->code = EXIT_ERROR;
    if (d->code == EXIT_FINISHED && counts.good == 0) {
        log_warnx("there is no good row in the lists: nothing to crawl");
        d->code = EXIT_ERROR;
    }
}

int
dry_run(const struct config *config, char **lists, size_t count)
{
    struct dry_run d = {.config = config, .code = EXIT_FINISHED};
    struct seed_options options = {.lists = lists,
                                   .count = count,
                                   .scheme = config->seed_scheme,
                                   .allow_private = config->allow_private,
                                   .settings = config,
                                   .max_seeds = (uint64_t)config->max_seeds,
                                   .refused = dry_run_refused,
                                   .refused_arg = &d};
    char why[CONFIG_WHY_BYTES];
    enum seed_next next;
    struct seed seed;

    if (scope_new(config, &d.scope, why) != ERR_OK)
        fatalx("%s", why); /* config_check() has let it pass */
    d.match = scope_match_new(d.scope);
    d.seeds = seeds_open(&options);
    d.heavy = tally_new(DRY_RUN_HEAVY);
    verify_set_init(&d.known, 0);
    distinct_init(&d.sites, DRY_RUN_SITES);
    buf_init(&d.line, DRY_RUN_LINE_BYTES);
    site_init(strcmp(config->polite_by, "host") == 0 ? SITE_BY_HOST
                                                     : SITE_BY_DOMAIN);
    while (!d.is_over && (next = seeds_next(d.seeds, &seed)) != SEED_NEXT_END) {
        if (next != SEED_NEXT_SEED)
            continue;
        if (dry_run_is_new(&d, seed.url))
            dry_run_accepted(&d, &seed);
        else
            dry_run_again(&d, &seed);
    }
    dry_run_end(&d, lists);
    buf_fini(&d.line);
    distinct_fini(&d.sites);
    verify_set_fini(&d.known);
    tally_free(d.heavy);
    seeds_close(d.seeds);
    scope_match_free(d.match);
    scope_free(d.scope);
    site_fini();
    return d.code;
}
