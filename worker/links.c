/*
 * Three steps: scan (the sieve, or libxml2 over the whole page) makes a list
 * of tags; decode makes UTF-8 without references of the values that need it;
 * emit gives the links out.  Charset, base and robots are read in between,
 * for they may stand behind the first link.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/links.h"

#include <assert.h>
#include <stdlib.h>
#include <xxhash.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "worker/anchor.h"
#include "worker/guess.h"
#include "worker/values.h"
#include "worker/page.h"
#include "worker/refresh.h"
#include "worker/rel.h"
#include "worker/sieve.h"
#include "worker/srcset.h"
#include "worker/whole.h"

enum {
    LINKS_MAGIC = 0x6c6e6b73,
    /* Tags that give no link: meta, base, style sheets. */
    LINKS_OTHER_MAX = 1000
};

struct links {
    unsigned magic;
    struct sieve sieve;
    struct values decode;
    struct buf converted; /* a page that was made UTF-8 before its scan */
    struct buf query;     /* one href with its query in the page's charset */
    struct anchor anchor; /* what one of them says */
};

/*
 * What a reference can depend on, so what its tag's hash is seeded with:
 * nothing ("http://..."), the origin ("/x"), the folder ("x"), all ("?x").
 */
struct links_seeds {
    uint64_t absolute;
    uint64_t origin;
    uint64_t folder;
    uint64_t url;
};

/* One call of links_find(). */
struct links_run {
    struct links *l;
    const struct links_options *opt;
    struct links_page *page;
    struct str html;       /* as given, or converted */
    const char *charset;   /* of html; NULL: not known yet */
    const char *query_set; /* the charset of queries, NULL for UTF-8 */
    struct links_seeds seeds;
};

struct links *
links_new(void)
{
    struct links *l = xcalloc(1, sizeof(*l));

    l->magic = LINKS_MAGIC;
    sieve_init(&l->sieve);
    values_init(&l->decode);
    buf_init(&l->converted, VALUES_BUF_MAX);
    buf_init(&l->query, 4 * SIEVE_VALUE_MAX);
    anchor_init(&l->anchor);
    return l;
}

void
links_free(struct links *l)
{
    if (l == NULL)
        return;
    assert(l->magic == LINKS_MAGIC);
    sieve_fini(&l->sieve);
    values_fini(&l->decode);
    buf_fini(&l->converted);
    buf_fini(&l->query);
    anchor_fini(&l->anchor);
    free(l);
}

/*
 * The charset of the first meta that names one (13.2.6.4.4): anywhere in the
 * page, where the prescan looks at 1,024 bytes.
 */
static const char *
links_meta_charset(const struct links_run *run)
{
    const struct sieve *tags = &run->l->sieve;

    for (size_t i = 0; i < tags->n; i++) {
        const struct sieve_tag *t = &tags->tags[i];
        struct str label = STR_NONE, equiv, content;
        const char *name = NULL;

        if (t->kind != SIEVE_META)
            continue;
        label = sieve_value(t, run->html.p, SIEVE_CHARSET);
        equiv = sieve_value(t, run->html.p, SIEVE_HTTP_EQUIV);
        content = sieve_value(t, run->html.p, SIEVE_CONTENT);
        if (label.p != NULL)
            name = page_charset_meta_label(label);
        else if (content.p != NULL &&
                 str_equal_nocase(equiv, STR("content-type")))
            name = page_charset_meta_content(content);
        if (name != NULL)
            return name;
    }
    return NULL;
}

/* Whether markup in this charset cannot be told by its bytes. */
static bool
links_must_convert(const char *charset)
{
    return charset == PAGE_UTF16LE || charset == PAGE_UTF16BE ||
           charset == PAGE_ISO2022JP;
}

/* Make all of the page UTF-8, so that it can be scanned. */
static enum err
links_convert(struct links_run *run)
{
    struct links *l = run->l;
    enum err e;

    buf_reset(&l->converted);
    e = recode_to_utf8(&l->decode.recode, run->charset, run->html,
                       &l->converted);
    if (e != ERR_OK)
        return e;
    run->html = buf_str(&l->converted);
    run->charset = PAGE_UTF8;
    return ERR_OK;
}

/* No header, no BOM and no meta in the tree said it. */
static const char *
links_guess_charset(struct str html, struct str url)
{
    const char *name = page_charset_prescan(html, PAGE_PRESCAN_BYTES, NULL);
    bool is_default;

    if (name != NULL && !links_must_convert(name))
        return name;
    name = guess_charset(html, url, &is_default);
    return links_must_convert(name) ? PAGE_WINDOWS1252 : name;
}

static size_t
links_max(const struct links_options *opt)
{
    return opt->max_links ? opt->max_links : (size_t)LINKS_MAX_DEFAULT;
}

static bool
links_has_high(const struct sieve *tags)
{
    for (size_t i = 0; i < tags->n; i++)
        if (tags->tags[i].flags & SIEVE_HAS_HIGH)
            return true;
    return false;
}

/* Find the tags and the charset, by the sieve. */
static enum err
links_scan(struct links_run *run)
{
    struct sieve *tags = &run->l->sieve;
    size_t max = links_max(run->opt) + LINKS_OTHER_MAX;
    enum err e;

    tags->has_requisites = run->opt->has_requisites;
    tags->has_texts = run->opt->has_texts;
    run->charset = run->opt->charset;
    if (run->charset != NULL && links_must_convert(run->charset)) {
        run->page->charset = run->charset;
        e = links_convert(run);
        if (e != ERR_OK)
            return e;
    }
    sieve_run(tags, run->html, max);
    if (run->charset == NULL) {
        run->charset = links_meta_charset(run);
        run->page->is_charset_meta = run->charset != NULL;
        if (run->charset != NULL && links_must_convert(run->charset)) {
            run->page->charset = run->charset;
            e = links_convert(run);
            if (e != ERR_OK)
                return e;
            sieve_run(tags, run->html, max);
        }
    }
    if (run->charset == NULL &&
        (run->opt->is_full || run->opt->has_texts || links_has_high(tags)))
        run->charset = links_guess_charset(run->html, run->opt->page_url);
    if (run->page->charset == NULL)
        run->page->charset = run->charset;
    /* Encoding 4.3 "get an output encoding": UTF-16 has UTF-8 */
    if (run->page->charset != NULL && run->page->charset != PAGE_UTF8 &&
        run->page->charset != PAGE_UTF16LE &&
        run->page->charset != PAGE_UTF16BE)
        run->query_set = run->page->charset;
    if (run->query_set != NULL && links_has_high(tags))
        run->page->is_charset_missing =
            recode_is_missing(&run->l->decode.recode, run->query_set);
    return ERR_OK;
}

/* Find them once more, by libxml2; the sieve has found the charset. */
static enum err
links_scan_whole(struct links_run *run)
{
    enum err e;

    if (run->l->sieve.most_attrs > WHOLE_ATTRS_MAX)
        return ERR_OK;
    if (run->charset != PAGE_UTF8 || !utf8_is_valid(run->html.p, run->html.n)) {
        /* a page that is converted already is valid */
        e = links_convert(run);
        if (e != ERR_OK)
            return e;
    }
    values_begin(&run->l->decode, run->html, run->charset);
    whole_scan(run->html, &run->l->sieve, links_max(run->opt) + LINKS_OTHER_MAX,
               &run->l->decode);
    return ERR_OK;
}

/* HTML 4.2.3: the first base with an href counts. */
static struct str
links_base(const struct links_run *run)
{
    const struct sieve *tags = &run->l->sieve;

    for (size_t i = 0; i < tags->n; i++)
        if (tags->tags[i].kind == SIEVE_BASE &&
            tags->tags[i].value[SIEVE_URL].at != SIEVE_ABSENT)
            return str_trim(
                values_value(&run->l->decode, &tags->tags[i], SIEVE_URL));
    return STR_NONE;
}

/* What the page's metas say to robots; several add up. */
static void
links_read_robots(struct links_run *run)
{
    const struct sieve *tags = &run->l->sieve;
    const struct values *d = &run->l->decode;
    struct str token = run->opt->agent_token;

    for (size_t i = 0; i < tags->n; i++) {
        const struct sieve_tag *t = &tags->tags[i];
        struct str content, name;

        if (t->kind != SIEVE_META)
            continue;
        content = values_value(d, t, SIEVE_CONTENT);
        name = str_trim(values_value(d, t, SIEVE_NAME));
        if (content.p != NULL &&
            (str_equal_nocase(name, STR("robots")) ||
             (token.n > 0 && str_equal_nocase(name, token))))
            robots_tag_meta(&run->page->robots, content);
    }
}

static uint64_t
links_hash(struct str s, uint64_t seed)
{
    return XXH3_64bits_withSeed(s.p, s.n, seed);
}

/* Whether s names its own scheme and host, whatever the base. */
static bool
links_is_absolute(struct str s)
{
    return str_starts_nocase(s, STR("http://")) ||
           str_starts_nocase(s, STR("https://"));
}

static void
links_make_seeds(struct links_run *run)
{
    struct str url = run->opt->page_url, base = links_base(run);
    struct str folder = url, origin = url;
    size_t slashes = 0;

    if (base.p != NULL) { /* no need to know where a base leads */
        uint64_t seed = links_is_absolute(base) ? 0 : links_hash(url, 1);

        seed = links_hash(base, seed);
        run->seeds = (struct links_seeds){0, seed, seed, seed};
        return;
    }
    for (size_t i = 0; i < url.n && url.p[i] != '?'; i++) {
        if (url.p[i] != '/')
            continue;
        folder.n = i + 1;
        if (++slashes == 3) /* "http://host/" */
            origin.n = i;
    }
    run->seeds = (struct links_seeds){
        0, links_hash(origin, 1), links_hash(folder, 2), links_hash(url, 3)};
}

/*
 * No URL of ours has a fragment, so what differs only by that is one link.  A
 * '#' behind an '&' is part of a character reference.
 */
static struct str
links_without_fragment(struct str href)
{
    const char *hash = href.p, *end = href.p + href.n;

    for (; (hash = memchr(hash, '#', (size_t)(end - hash))) != NULL; hash++)
        if (hash == href.p || hash[-1] != '&')
            return (struct str){href.p, (size_t)(hash - href.p)};
    return href;
}

/* See links_options.is_known.  t's values are not decoded yet. */
static uint64_t
links_tag_hash(const struct links_run *run, const struct sieve_tag *t)
{
    struct str href =
        links_without_fragment(values_value(&run->l->decode, t, SIEVE_URL));
    struct str rel = values_value(&run->l->decode, t, SIEVE_REL);
    uint64_t seed = run->seeds.folder;

    if (links_is_absolute(href))
        seed = run->seeds.absolute;
    else if (href.n > 0 && href.p[0] == '/')
        seed = run->seeds.origin;
    else if (href.n == 0 || (unsigned char)href.p[0] <= ' ' ||
             strchr("?#&", href.p[0]) != NULL)
        seed = run->seeds.url; /* an '&' may stand for any of them */
    seed = links_hash(href, seed + t->kind);
    if (rel.p != NULL)
        seed = links_hash(rel, seed + 1);
    if (t->flags & SIEVE_HAS_HIGH)
        seed = links_hash(str_from(run->page->charset), seed);
    return seed != 0 ? seed : 1;
}

/* Whether t has more URLs than the one of SIEVE_URL. */
static bool
links_has_set(const struct sieve_tag *t)
{
    return t->kind != SIEVE_META && t->value[SIEVE_SRCSET].at != SIEVE_ABSENT;
}

static void
links_drop_known(struct links_run *run, void *arg)
{
    struct sieve *tags = &run->l->sieve;

    links_make_seeds(run);
    for (size_t i = 0; i < tags->n; i++) {
        struct sieve_tag *t = &tags->tags[i];

        struct str href = values_value(&run->l->decode, t, SIEVE_URL);

        if (t->kind == SIEVE_BASE || t->kind == SIEVE_META || href.p == NULL)
            continue;
        if (links_has_set(t)) /* several links: too much for one hash */
            continue;
        if (href.n > 0 && href.p[0] == '#') /* never the same on two pages */
            continue;
        t->hash = links_tag_hash(run, t);
        if (run->opt->is_known(arg, t->hash)) {
            t->flags |= SIEVE_IS_KNOWN;
            run->page->known++;
        }
    }
}

/* href with its query in the page's charset; all else of a URL is UTF-8. */
static struct str
links_encode_query(struct links_run *run, struct str href)
{
    const char *query = memchr(href.p, '?', href.n);
    const char *hash = memchr(href.p, '#', href.n);
    struct buf *out = &run->l->query;
    const char *end = hash ? hash : href.p + href.n;
    enum err e;

    if (query == NULL || query > end)
        return href;
    buf_reset(out);
    e = buf_add(out, href.p, (size_t)(query - href.p));
    if (e == ERR_OK)
        e = recode_query(&run->l->decode.recode, run->query_set,
                         (struct str){query, (size_t)(end - query)}, out);
    if (e == ERR_OK)
        e = buf_add(out, end, (size_t)(href.p + href.n - end));
    return e == ERR_OK ? buf_str(out) : href;
}

/* Whether t's URL is a link, and of which kind. */
static bool
links_judge(const struct links_run *run, const struct sieve_tag *t,
            enum link_kind *kind)
{
    static const enum link_kind kinds[] = {[SIEVE_A] = LINK_A,
                                           [SIEVE_AREA] = LINK_AREA,
                                           [SIEVE_LINK] = LINK_REL,
                                           [SIEVE_FRAME] = LINK_FRAME,
                                           [SIEVE_IFRAME] = LINK_IFRAME,
                                           [SIEVE_META] = LINK_REFRESH,
                                           [SIEVE_SRC] = LINK_REQUISITE,
                                           [SIEVE_IMG] = LINK_REQUISITE,
                                           [SIEVE_VIDEO] = LINK_REQUISITE,
                                           [SIEVE_INPUT] = LINK_REQUISITE,
                                           [SIEVE_FORM] = LINK_FORM};
    const struct values *d = &run->l->decode;
    enum rel_class class;

    *kind = kinds[t->kind];
    switch (t->kind) {
    case SIEVE_BASE:
        return false;
    case SIEVE_META: /* 4.2.5.3: the keyword and nothing around it */
        return str_equal_nocase(values_value(d, t, SIEVE_HTTP_EQUIV),
                                STR("refresh"));
    case SIEVE_LINK:
        class = rel_class(values_value(d, t, SIEVE_REL));
        if (class == REL_REQUISITE && run->opt->has_requisites)
            *kind = LINK_REQUISITE;
        else if (class != REL_LINK)
            return false;
        return true;
    case SIEVE_INPUT: /* 4.10.5.1.19: only an image button has a src */
        return str_equal_nocase(values_value(d, t, SIEVE_TYPE), STR("image"));
    case SIEVE_FORM: /* 4.10.18.6: without a method, or an odd one, it is GET */
        return !str_equal_nocase(values_value(d, t, SIEVE_METHOD),
                                 STR("post")) &&
               !str_equal_nocase(values_value(d, t, SIEVE_METHOD),
                                 STR("dialog"));
    default:
        return true;
    }
}

/* How links_emit() gives them out. */
struct links_giving {
    struct links_run *run;
    const struct sieve_tag *tag;
    struct link link; /* all but its href */
    links_fn *fn;
    void *arg;
};

/* False when the page has too many. */
static bool
links_give(struct links_giving *g, struct str href)
{
    struct links_run *run = g->run;

    if (href.p == NULL)
        return true;
    if (run->page->count == links_max(run->opt)) {
        run->page->is_cut = true;
        return false;
    }
    href = str_trim(href);
    if (run->query_set != NULL && (g->tag->flags & SIEVE_IS_MOVED))
        href = links_encode_query(run, href);
    g->link.href = href;
    run->page->count++;
    g->fn(g->arg, &g->link);
    return true;
}

/* The URLs of a tag that stand beside its first one. */
static bool
links_give_set(struct links_giving *g)
{
    struct str rest = values_value(&g->run->l->decode, g->tag, SIEVE_SRCSET);
    struct str url;

    if (g->tag->kind == SIEVE_VIDEO)
        return links_give(g, rest); /* its poster */
    while (srcset_next(&rest, &url))
        if (!links_give(g, url))
            return false;
    return true;
}

/* What the link of a tag says. */
static struct str
links_text(const struct links_run *run, const struct sieve_tag *t)
{
    struct links *l = run->l;
    struct str said = STR_NONE;

    if (t->kind != SIEVE_A && t->kind != SIEVE_AREA)
        return STR_NONE;
    said = values_value(&l->decode, t, SIEVE_TEXT);
    if (said.p != NULL || t->kind == SIEVE_AREA || run->opt->is_full)
        return anchor_tidy(&l->anchor, said);
    return anchor_read(
        &l->anchor, &l->decode.recode, run->charset,
        (struct str){run->html.p + t->end, run->html.n - t->end});
}

/* The links of one tag; false when the page has too many. */
static bool
links_give_tag(struct links_giving *g)
{
    const struct values *d = &g->run->l->decode;
    struct str href = values_value(d, g->tag, SIEVE_URL);
    struct link *link = &g->link;

    if (!links_judge(g->run, g->tag, &link->kind))
        return true;
    if (link->kind == LINK_REFRESH)
        href = refresh_url(href);
    link->rel = STR_NONE;
    if (g->tag->kind != SIEVE_META && g->tag->kind != SIEVE_INPUT)
        link->rel = values_value(d, g->tag, SIEVE_REL);
    link->is_nofollow = link->rel.n > 0 && rel_has(link->rel, STR("nofollow"));
    link->tag_hash = g->tag->hash;
    if (g->run->opt->has_texts)
        link->text = links_text(g->run, g->tag);
    /* 4.10.18.3: a form without a URL leads to the page itself; nor is an
     * empty src or data one of an image */
    if (g->tag->kind > SIEVE_META && str_trim(href).n == 0)
        href = STR_NONE;
    return links_give(g, href) && (!links_has_set(g->tag) || links_give_set(g));
}

static void
links_emit(struct links_run *run, links_fn *fn, void *arg)
{
    const struct sieve *tags = &run->l->sieve;
    struct links_giving g = {.run = run, .fn = fn, .arg = arg};

    for (size_t i = 0; i < tags->n; i++) {
        g.tag = &tags->tags[i];
        if (g.tag->flags & SIEVE_IS_KNOWN)
            continue;
        /* one that came further up in this page, most likely */
        if (g.tag->hash != 0 && run->opt->is_known(arg, g.tag->hash))
            run->page->known++;
        else if (!links_give_tag(&g))
            return;
    }
}

enum err
links_find(struct links *l, struct str html, const struct links_options *opt,
           links_fn *fn, void *arg, struct links_page *page)
{
    struct links_run run = {.l = l, .opt = opt, .page = page, .html = html};
    enum err e;

    assert(l->magic == LINKS_MAGIC);
    *page = (struct links_page){0};
    if (l->converted.cap > VALUES_BUF_KEEP)
        buf_fini(&l->converted);
    e = links_scan(&run);
    if (e != ERR_OK)
        return e;
    values_begin(&l->decode, run.html, run.charset ? run.charset : PAGE_UTF8);
    if (opt->is_full)
        e = links_scan_whole(&run);
    if (e != ERR_OK)
        return e;
    page->is_cut = l->sieve.is_cut;
    values_tags(&l->decode, &l->sieve, true);
    links_read_robots(&run);
    if (opt->is_known != NULL)
        links_drop_known(&run, arg);
    values_tags(&l->decode, &l->sieve, false);
    page->is_cut |= l->decode.is_cut;
    page->base_href = links_base(&run); /* decoded text moves no more */
    links_emit(&run, fn, arg);
    return ERR_OK;
}
