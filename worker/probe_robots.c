/*
 * worker robots-test --agent A FILE URL ...
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/robots.h"
#include "worker/agent.h"
#include "worker/probe.h"

/* A command line's word is no longer, and a byte becomes three at most. */
enum { PROBE_TARGET_MAX = 3 * 131072 };

/* Path and query of a URL, or of a path; false when it is neither. */
static bool
probe_target(const char *word, struct buf *text, struct str *target)
{
    struct str given = str_from(word);
    struct buf whole;
    struct url url;
    enum err e = ERR_OK;

    buf_init(&whole, PROBE_TARGET_MAX);
    if (given.n > 0 && given.p[0] == '/') /* "//x" is a path here, too */
        e = buf_add_str(&whole, STR("http://a.invalid"));
    if (e == ERR_OK)
        e = buf_add_str(&whole, given);
    if (e == ERR_OK)
        e = url_parse(buf_str(&whole), NULL, text, &url);
    if (e == ERR_OK)
        *target = url.target;
    buf_fini(&whole);
    return e == ERR_OK;
}

/* The line of that number, from 1: RFC 9309, 2.2: NL is CR, LF or both. */
static struct str
probe_line(struct str rest, unsigned number)
{
    if (str_starts(rest, STR("\xef\xbb\xbf")))
        rest = (struct str){rest.p + 3, rest.n - 3};
    for (;;) {
        struct str line = rest;

        line.n = 0;
        while (line.n < rest.n && line.p[line.n] != '\n' &&
               line.p[line.n] != '\r')
            line.n++;
        if (--number == 0 || line.n == rest.n)
            return str_trim(line);
        rest = (struct str){rest.p + line.n + 1, rest.n - line.n - 1};
        if (line.p[line.n] == '\r' && rest.n > 0 && rest.p[0] == '\n')
            rest = (struct str){rest.p + 1, rest.n - 1};
    }
}

static void
probe_judge(const struct robots *rules, struct str file, struct str target)
{
    struct robots_match why;

    fputs(robots_allows(rules, target, &why) ? "allow" : "disallow", stdout);
    if (why.line > 0) {
        putchar(' ');
        probe_put(stdout, probe_line(file, why.line));
    }
    putchar('\n');
}

/* "10", "1.5" */
static void
probe_print_delay(long ms)
{
    int digits = ms % 1000 == 0 ? 0 : ms % 100 == 0 ? 1 : ms % 10 == 0 ? 2 : 3;

    if (ms >= 0)
        printf("%.*f\n", digits, (double)ms / 1000);
}

/* All URLs are looked at before the first answer. */
static void
probe_check_urls(const struct probe *p)
{
    struct buf text;
    struct str target;

    buf_init(&text, PROBE_TARGET_MAX);
    for (int i = 1; i < p->count; i++)
        if (!probe_target(p->words[i], &text, &target))
            fatal_exit(EXIT_USAGE, "\"%s\" is no http or https URL, nor a path",
                       LOG_ESC(str_from(p->words[i])));
    buf_fini(&text);
}

int
probe_robots(struct probe *p)
{
    bool is_more = p->flag[PROBE_DELAY] || p->flag[PROBE_SITEMAPS];
    struct robots *rules;
    struct buf file, text;
    struct str target;

    if (p->count < (is_more ? 1 : 2))
        probe_usage(p);
    if (p->flag[PROBE_AGENT])
        p->agent = agent_token(str_from(p->flag[PROBE_AGENT]));
    probe_check_urls(p);
    buf_init(&file, ROBOTS_MAX_BYTES + 1); /* what a crawl takes of it */
    buf_init(&text, PROBE_TARGET_MAX);
    probe_read(p->words[0], &file, NULL);
    if (robots_parse(buf_str(&file), p->agent, &rules) != ERR_OK)
        fatal_exit(EXIT_ERROR, "out of memory");
    for (int i = 1; i < p->count; i++)
        if (probe_target(p->words[i], &text, &target))
            probe_judge(rules, buf_str(&file), target);
    if (p->flag[PROBE_DELAY])
        probe_print_delay(robots_crawl_delay_ms(rules));
    for (size_t i = 0;
         p->flag[PROBE_SITEMAPS] && i < robots_sitemap_count(rules); i++) {
        probe_put(stdout, robots_sitemap(rules, i));
        putchar('\n');
    }
    robots_free(rules);
    buf_fini(&file);
    buf_fini(&text);
    return EXIT_FINISHED;
}
