/*
 * worker links --base URL FILE
 *
 * What the step LINKS of a visit does (visit_links.c), without its queue.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <uthash.h>

#include "common/fingerprint.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/scope.h"
#include "worker/links.h"
#include "worker/page.h"
#include "worker/probe.h"

/* A line that was printed, by its fingerprint. */
struct probe_seen {
    uint64_t mark;
    UT_hash_handle hh;
};

/* One page's links on their way. */
struct probe_finding {
    const struct probe *p;
    const struct probe_page *page;
    struct probe_found *found;
    struct links_page said; /* by the page */
    struct scope *scope;
    struct scope_match *match;
    struct url base;
    bool has_base;
    struct buf base_text, url_text;
    struct probe_seen *seen;
};

static void
probe_note_charset(const struct probe_page *page, const struct links_page *said,
                   struct probe_found *found)
{
    static const char *const words[] = {
        [PAGE_CHARSET_BOM] = "BOM",        [PAGE_CHARSET_HEADER] = "header",
        [PAGE_CHARSET_META] = "meta",      [PAGE_CHARSET_XML] = "XML",
        [PAGE_CHARSET_GUESS] = "detected", [PAGE_CHARSET_FALLBACK] = "default"};
    enum page_charset_how how;
    const char *charset =
        page_charset(page->content_type, page->body, page->url->text, &how);

    /* a meta beyond what page_charset() looks at */
    if (said->is_charset_meta && how > PAGE_CHARSET_HEADER) {
        charset = said->charset;
        how = PAGE_CHARSET_META;
    }
    found->charset = charset;
    found->how = words[how];
}

/* Whether it is the first of its kind: of a URL, or of a URL and a reason. */
static bool
probe_is_first(struct probe_finding *f, struct str text, const char *reason)
{
    uint64_t mark = fingerprint(text) + fingerprint(str_from(reason));
    struct probe_seen *s;

    HASH_FIND(hh, f->seen, &mark, sizeof(mark), s);
    if (s != NULL)
        return false;
    s = xcalloc(1, sizeof(*s));
    s->mark = mark;
    HASH_ADD(hh, f->seen, mark, sizeof(s->mark), s);
    return true;
}

static void
probe_take_link(struct probe_finding *f, struct str text, const char *reason)
{
    bool is_followed = reason[0] == '\0';

    if (!probe_is_first(f, text, reason))
        return;
    if (is_followed)
        f->found->followed++;
    else
        f->found->others++;
    if (!f->page->is_printed || (!is_followed && !f->page->is_all))
        return;
    probe_put(stdout, text);
    if (!is_followed) {
        putchar('\t');
        probe_put(stdout, str_from(reason));
    }
    putchar('\n');
}

/* Why a reference is no URL of ours. */
static const char *
probe_why_bad(const struct config *c, enum err e, struct str href)
{
    static _Thread_local char text[80];
    size_t n = 0;

    snprintf(text, sizeof(text), "longer than %lld bytes (--max-url-length)",
             (long long)c->max_url_length);
    if (e == ERR_TOO_BIG)
        return text;
    while (n < href.n &&
           (str_is_alpha(href.p[n]) || str_is_digit(href.p[n]) ||
            strchr("+-.", href.p[n]) != NULL) &&
           href.p[n] != 0)
        n++;
    if (n > 0 && n < href.n && href.p[n] == ':') {
        href.n = n;
        if (!str_equal_nocase(href, STR("http")) &&
            !str_equal_nocase(href, STR("https")))
            return "not http or https";
    }
    return "not a valid URL";
}

static void
probe_find_base(struct probe_finding *f)
{
    struct url base;

    f->has_base = true;
    f->base = *f->page->url;
    if (f->said.base_href.n > 0 && url_parse(f->said.base_href, f->page->url,
                                             &f->base_text, &base) == ERR_OK)
        f->base = base;
}

static void
probe_on_link(void *arg, const struct link *link)
{
    struct probe_finding *f = arg;
    const struct config *c = &f->p->config;
    char why[SCOPE_WHY_BYTES];
    struct url url;
    enum err e;

    if (!f->has_base)
        probe_find_base(f);
    e = url_parse(link->href, &f->base, &f->url_text, &url);
    if (e != ERR_OK)
        probe_take_link(f, link->href, probe_why_bad(c, e, link->href));
    else if (c->nofollow && f->said.meta_nofollow)
        probe_take_link(f, url.text, "nofollow (meta robots)");
    else if (c->nofollow && link->is_nofollow)
        probe_take_link(f, url.text, "nofollow (rel)");
    else if (scope_explain(f->scope, f->match, &url, 1, why) != SCOPE_IN)
        probe_take_link(f, url.text, why);
    else if (!c->span_hosts && !str_equal(url.host, f->page->url->host))
        probe_take_link(f, url.text, "another host (--no-span-hosts)");
    else
        probe_take_link(f, url.text, "");
}

static void
probe_run_links(struct probe_finding *f)
{
    const struct probe *p = f->p;
    struct links *links = links_new();
    struct links_options options = {
        .charset =
            page_charset_sure(f->page->content_type, f->page->body, NULL),
        .page_url = f->page->url->text,
        .agent_token = p->agent,
        .max_links = (size_t)p->config.max_links,
        .is_full = str_equal(str_from(p->config.parser), STR("full"))};
    enum err e =
        links_find(links, f->page->body, &options, probe_on_link, f, &f->said);

    if (e != ERR_OK)
        log_warnx("no links of this page: %s", err_str(e));
    if (f->said.is_charset_missing)
        log_warnx("iconv lacks %s here: its links are only ASCII",
                  f->said.charset);
    f->found->is_cut = f->said.is_cut;
    probe_note_charset(f->page, &f->said, f->found);
    links_free(links);
}

void
probe_find_links(const struct probe *p, const struct probe_page *page,
                 struct probe_found *found)
{
    struct probe_finding f = {.p = p, .page = page, .found = found};
    char why[CONFIG_WHY_BYTES];
    struct probe_seen *s, *next;

    *found = (struct probe_found){0};
    found->is_html = page_kind(page->content_type, page->body) == PAGE_HTML;
    if (scope_new(&p->config, &f.scope, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
    f.match = scope_match_new(f.scope);
    buf_init(&f.base_text, (size_t)p->config.max_url_length);
    buf_init(&f.url_text, (size_t)p->config.max_url_length);
    if (found->is_html)
        probe_run_links(&f);
    else
        probe_note_charset(page, &f.said, found);
    HASH_ITER(hh, f.seen, s, next)
    {
        HASH_DEL(f.seen, s);
        free(s);
    }
    buf_fini(&f.base_text);
    buf_fini(&f.url_text);
    scope_match_free(f.match);
    scope_free(f.scope);
}

int
probe_links(struct probe *p)
{
    const char *base = p->flag[PROBE_BASE], *type = p->flag[PROBE_CONTENT_TYPE];
    struct probe_page page = {.is_printed = !p->flag[PROBE_CHARSET],
                              .is_all = p->flag[PROBE_ALL] != NULL};
    struct probe_found found;
    struct buf text, file;
    struct url url;
    bool is_cut;

    if (p->count != 1 || (base == NULL && !p->flag[PROBE_CHARSET]))
        probe_usage(p);
    buf_init(&text, (size_t)p->config.max_url_length);
    if (url_parse(str_from(base ? base : "http://a.invalid/"), NULL, &text,
                  &url) != ERR_OK)
        fatal_exit(EXIT_USAGE, "--base \"%s\": no http or https URL",
                   LOG_ESC(str_from(base)));
    buf_init(&file, (size_t)p->config.max_filesize);
    probe_read(p->words[0], &file, &is_cut);
    if (is_cut)
        log_warnx("%s is cut at --max-filesize",
                  LOG_ESC(str_from(p->words[0])));
    page.url = &url;
    page.body = buf_str(&file);
    page.content_type = str_from(type ? type : "text/html");
    probe_find_links(p, &page, &found);
    if (p->flag[PROBE_CHARSET])
        printf("%s %s\n", found.charset, found.how);
    else if (!found.is_html)
        log_warnx("not HTML: a crawl looks for no links in it");
    if (found.is_cut)
        log_warnx("there are more links than --max-links");
    buf_fini(&file);
    buf_fini(&text);
    return EXIT_FINISHED;
}
