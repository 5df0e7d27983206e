/*
 * worker links --base URL FILE
 *
 * What the step LINKS of a visit does (visit_links.c, visit_sitemaps.c),
 * without its queue.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <uthash.h>

#include "common/fingerprint.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/scope.h"
#include "worker/ftp_listing.h"
#include "worker/links_header.h"
#include "worker/page.h"
#include "worker/probe.h"
#include "worker/sitemap.h"

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
    struct links_header header;
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
        if (!c->ftp && str_equal_nocase(href, STR("ftp")))
            return "ftp is followed with --ftp only";
        if (!(c->ftp && str_equal_nocase(href, STR("ftp"))) &&
            !str_equal_nocase(href, STR("http")) &&
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
    if (f->said.base_href.n > 0 &&
        canon_resolve(f->p->canon, f->said.base_href, f->page->url,
                      &f->base_text, &base) == ERR_OK)
        f->base = base;
}

/*
 * A valid link that the page itself lets one follow.  depth: a seed's links
 * are 1 deep, its requisites are as near as itself.
 */
static void
probe_judge_link(struct probe_finding *f, const struct url *url, unsigned depth,
                 bool is_sitemap)
{
    char why[SCOPE_WHY_BYTES];
    enum scope_answer a = scope_explain(f->scope, f->match, url, depth, why);

    if (a != SCOPE_IN && !(a == SCOPE_NOT_ACCEPTED && is_sitemap))
        probe_take_link(f, url->text, why);
    else if (!f->p->config.span_hosts &&
             !str_equal(url->host, f->page->url->host))
        probe_take_link(f, url->text, "another host (--no-span-hosts)");
    else
        probe_take_link(f, url->text, "");
}

static void
probe_on_link(void *arg, const struct link *link)
{
    struct probe_finding *f = arg;
    const struct config *c = &f->p->config;
    struct url url;
    enum err e;

    if (!f->has_base && !link->is_of_header)
        probe_find_base(f);
    e = canon_parse(f->p->canon, link->href,
                    link->is_of_header ? f->page->url : &f->base, &f->url_text,
                    &url, NULL);
    if (e != ERR_OK)
        probe_take_link(f, link->href, probe_why_bad(c, e, link->href));
    else if (link->kind == LINK_REQUISITE && !c->page_requisites)
        probe_take_link(f, url.text, "page requisite (--page-requisites)");
    else if (link->kind == LINK_FORM && !c->page_requisites)
        probe_take_link(f, url.text, "form (--page-requisites)");
    else if (c->nofollow && f->said.robots.nofollow)
        probe_take_link(f, url.text, "nofollow (meta robots)");
    else if (c->nofollow && f->header.robots.nofollow)
        probe_take_link(f, url.text, "nofollow (X-Robots-Tag)");
    else if (c->nofollow && link->is_nofollow)
        probe_take_link(f, url.text, "nofollow (rel)");
    else
        probe_judge_link(f, &url,
                         c->page_requisites && link_is_requisite(link) ? 0 : 1,
                         false);
}

static void
probe_on_sitemap_link(void *arg, const struct sitemap_link *link)
{
    struct probe_finding *f = arg;
    struct url url;
    enum err e = canon_parse(f->p->canon, link->href, link->base, &f->url_text,
                             &url, NULL);

    if (e != ERR_OK)
        probe_take_link(f, link->href,
                        probe_why_bad(&f->p->config, e, link->href));
    else
        probe_judge_link(f, &url, 1, link->is_sitemap);
}

/*
 * As visit_find_sitemap().  Nobody names what worker fetch was given; a type
 * that worker links was told, and is not HTML's, is as good as a name.
 */
static bool
probe_run_sitemap(struct probe_finding *f)
{
    const struct probe_page *page = f->page;
    struct sitemap_options options = {.url = page->url,
                                      .content_type = page->content_type,
                                      .is_named = page->is_named};
    struct str rest = page->url->target, path = str_cut(&rest, '?');
    struct sitemap_said said;
    struct sitemap *s;
    struct decoder *d;

    if (!page->is_named &&
        !sitemap_is_likely(page->content_type, path, page->body))
        return false;
    s = sitemap_new((size_t)f->p->config.max_filesize);
    d = decoder_new();
    sitemap_read(s, d, page->body, &options, probe_on_sitemap_link, f, &said);
    decoder_free(d);
    sitemap_free(s);
    if (said.kind == SITEMAP_NONE ||
        (said.kind == SITEMAP_TEXT && said.count == 0))
        return false;
    f->found->sitemap = sitemap_kind_name(said.kind);
    f->found->is_broken = said.is_broken;
    f->found->is_cut = said.is_cut;
    f->found->charset = said.charset;
    f->found->how = "sitemap";
    return true;
}

static void
probe_run_links(struct probe_finding *f, size_t max_links)
{
    const struct probe *p = f->p;
    struct links *links = links_new();
    struct links_options options = {
        .charset =
            page_charset_sure(f->page->content_type, f->page->body, NULL),
        .page_url = f->page->url->text,
        .agent_token = p->agent,
        .max_links = max_links,
        .is_full = str_equal(str_from(p->config.parser), STR("full")),
        .has_requisites = p->config.page_requisites || f->page->is_all};
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

static void
probe_run_listing(struct probe_finding *f, size_t max_links)
{
    struct ftp_listing_said said;

    ftp_listing_links(f->page->body, max_links, probe_on_link, f, &said);
    f->found->is_listing = true;
    f->found->is_cut = said.is_cut;
    probe_note_charset(f->page, &f->said, f->found);
    if (said.odd > 0)
        log_warnx("%zu lines of the listing could not be read", said.odd);
}

void
probe_find_links(const struct probe *p, const struct probe_page *page,
                 struct probe_found *found)
{
    struct probe_finding f = {.p = p, .page = page, .found = found};
    char why[CONFIG_WHY_BYTES];
    struct probe_seen *s, *next;
    size_t max = (size_t)p->config.max_links, n;

    *found = (struct probe_found){0};
    found->is_html = page_kind(page->content_type, page->body) == PAGE_HTML;
    if (scope_new(&p->config, &f.scope, why) != ERR_OK)
        fatal_exit(EXIT_USAGE, "%s", why);
    f.match = scope_match_new(f.scope);
    buf_init(&f.base_text, (size_t)p->config.max_url_length);
    buf_init(&f.url_text, (size_t)p->config.max_url_length);
    if (probe_run_sitemap(&f)) {
        found->is_html = false;
        goto out;
    }
    f.header = links_header_read(page->headers, p->agent);
    n = links_header_find(&f.header, p->config.page_requisites || page->is_all,
                          max, probe_on_link, &f);
    found->is_cut = n == max;
    if (found->is_html && n < max)
        probe_run_links(&f, max - n);
    else if (page->url->scheme == URL_FTP &&
             ftp_listing_is_type(page->content_type))
        probe_run_listing(&f, max);
    else
        probe_note_charset(page, &f.said, found);
out:
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
    struct buf headers;
    bool is_cut;

    if (p->count != 1 || (base == NULL && !p->flag[PROBE_CHARSET]))
        probe_usage(p);
    buf_init(&text, (size_t)p->config.max_url_length);
    if (canon_resolve(p->canon, str_from(base ? base : "http://a.invalid/"),
                      NULL, &text, &url) != ERR_OK)
        fatal_exit(EXIT_USAGE, "--base \"%s\": no http or https URL",
                   LOG_ESC(str_from(base)));
    buf_init(&file, (size_t)p->config.max_filesize);
    probe_read(p->words[0], &file, &is_cut);
    if (is_cut)
        log_warnx("%s is cut at --max-filesize",
                  LOG_ESC(str_from(p->words[0])));
    buf_init(&headers, 1 << 20);
    for (size_t i = 0; i < p->config.header.n; i++)
        if (buf_addf(&headers, "%s\n", p->config.header.v[i]) != ERR_OK)
            fatal_exit(EXIT_USAGE, "the --header lines are too long");
    page.url = &url;
    page.headers = buf_str(&headers);
    page.body = buf_str(&file);
    page.content_type = str_from(type ? type : "text/html");
    page.is_named = page.content_type.n > 0 &&
                    page_kind(page.content_type, page.body) != PAGE_HTML;
    probe_find_links(p, &page, &found);
    if (p->flag[PROBE_CHARSET])
        printf("%s %s\n", found.charset, found.how);
    else if (!found.is_html && !found.is_listing && found.sitemap == NULL)
        log_warnx("neither HTML nor a sitemap or feed: a crawl looks for no "
                  "links in it");
    if (found.is_broken)
        log_warnx("the %s has an error: what can be read counts",
                  found.sitemap);
    if (found.is_cut && found.sitemap)
        log_warnx("the %s has more than %d links, or than --max-filesize",
                  found.sitemap, SITEMAP_LINKS_MAX);
    else if (found.is_cut)
        log_warnx("there are more links than --max-links");
    buf_fini(&headers);
    buf_fini(&file);
    buf_fini(&text);
    return EXIT_FINISHED;
}
