/*
 * worker extract --base URL --extract NAME=EXPR FILE
 *
 * What a crawl extracts from a page (visit_extract.c), of one in a file.
 *
 * SPDX-License-Identifier: MIT
 */
#include <time.h>

#include "common/log.h"
#include "worker/extract.h"
#include "worker/page.h"
#include "worker/probe.h"

/* Lines of more than a page's values: each has its own URL, and escapes. */
enum { PROBE_OUT_MAX = 1 << 30 };

static void
probe_say(const struct extract_said *said, struct str body, struct str type)
{
    if (page_kind(type, body) != PAGE_HTML)
        log_warnx("it is no HTML: a crawl extracts nothing from it");
    if (said->failed > 0)
        log_warnx("%zu expressions took too many steps: no value of theirs",
                  said->failed);
    if (said->is_cut)
        log_warnx("there is more than --extract-max, or too many nodes");
    if (said->lines == 0)
        log_warnx("no line: nothing is asked of this URL, or --extract-each "
                  "finds nothing");
}

int
probe_extract(struct probe *p)
{
    const char *base = p->flag[PROBE_BASE], *type = p->flag[PROBE_CONTENT_TYPE];
    struct extract_page page = {.content_type =
                                    str_from(type ? type : "text/html")};
    struct extract_rules *rules;
    struct extract *x;
    struct extract_said said;
    char why[CONFIG_WHY_BYTES];
    struct buf text, file, out;
    struct url url;

    if (p->count != 1 || base == NULL)
        probe_usage(p);
    if (extract_rules_new(&p->config, &rules, why) != ERR_OK || rules == NULL)
        fatal_exit(EXIT_USAGE, "extract what? --extract NAME=EXPR, "
                               "--extract-from FILE or --text");
    buf_init(&text, (size_t)p->config.max_url_length);
    if (url_parse(str_from(base), NULL, &text, &url) != ERR_OK)
        fatal_exit(EXIT_USAGE, "--base \"%s\": no http or https URL",
                   LOG_ESC(str_from(base)));
    buf_init(&file, (size_t)p->config.max_filesize);
    buf_init(&out, PROBE_OUT_MAX);
    probe_read(p->words[0], &file, &page.is_cut);
    if (page.is_cut)
        log_warnx("%s is cut at --max-filesize",
                  LOG_ESC(str_from(p->words[0])));
    page.url = &url;
    page.body = buf_str(&file);
    page.fetched_us = (int64_t)time(NULL) * 1000000;
    x = extract_new(rules, (size_t)p->config.max_filesize);
    if (extract_head(rules, &out) != ERR_OK ||
        extract_page(x, &page, &out, &said) != ERR_OK)
        fatal_exit(EXIT_ERROR, "the lines of this page are too long");
    fwrite(out.p, 1, out.n, stdout);
    probe_say(&said, page.body, page.content_type);
    extract_free(x);
    extract_rules_free(rules);
    buf_fini(&out);
    buf_fini(&file);
    buf_fini(&text);
    return EXIT_FINISHED;
}
