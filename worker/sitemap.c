/*
 * sitemap_read() undoes gzip and the charset, markup.c reads the XML,
 * sitemap_look() knows which elements carry links.  Those are told by their
 * local name and their parent's, and by having the parent's prefix: so
 * <image:loc> is no <loc>, whatever prefixes the namespaces have.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/sitemap.h"

#include <assert.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "worker/charref.h"
#include "worker/markup.h"
#include "worker/page.h"
#include "worker/recode.h"

enum {
    SITEMAP_MAGIC = 0x73746d70,
    SITEMAP_DEPTH = 32,         /* elements whose names are kept; links stand
                                   in the fourth at most, but for strange ones */
    SITEMAP_BASES = 4,          /* xml:base inside of xml:base */
    SITEMAP_TEXT_BYTES = 8192,  /* of a <loc>; no URL of ours is so long */
    SITEMAP_PEEK_BYTES = 4096,  /* of a gzip file, to see what it is */
    SITEMAP_KEEP_BYTES = 262144 /* of memory, from document to document */
};

struct sitemap_base {
    size_t depth; /* of its element */
    struct url url;
    struct buf text;
};

struct sitemap {
    unsigned magic;
    struct buf plain;     /* what a gzip file holds */
    struct buf converted; /* a document that was made UTF-8 */
    struct buf text;      /* of the element that is read, or of an attribute */
    struct buf base_ref;
    struct recode recode;
    struct sitemap_base bases[SITEMAP_BASES];
};

/* One document. */
struct sitemap_run {
    struct sitemap *s;
    const struct sitemap_options *opt;
    struct sitemap_said *said;
    sitemap_fn *fn;
    void *arg;
    struct markup_name open[SITEMAP_DEPTH];
    size_t depth;     /* open elements; of the first ones we know the names */
    size_t text_at;   /* the depth of the element whose text is a link; or 0 */
    bool is_too_long; /* that text */
    bool is_done;     /* no sitemap, or enough links */
    size_t bases;
};

/* What of an element's attributes matters; raw, p NULL without. */
struct sitemap_attrs {
    struct str href, rel, is_permalink, base;
    bool is_rss; /* a namespace of RSS 0.9 or 1.0 */
};

struct sitemap *
sitemap_new(size_t max_bytes)
{
    struct sitemap *s = xcalloc(1, sizeof(*s));

    s->magic = SITEMAP_MAGIC;
    buf_init(&s->plain, max_bytes);
    buf_init(&s->converted, 3 * max_bytes); /* a byte is three at most */
    buf_init(&s->text, SITEMAP_TEXT_BYTES);
    buf_init(&s->base_ref, SITEMAP_TEXT_BYTES);
    recode_init(&s->recode);
    for (size_t i = 0; i < SITEMAP_BASES; i++)
        buf_init(&s->bases[i].text, SITEMAP_TEXT_BYTES);
    return s;
}

void
sitemap_free(struct sitemap *s)
{
    if (s == NULL)
        return;
    assert(s->magic == SITEMAP_MAGIC);
    buf_fini(&s->plain);
    buf_fini(&s->converted);
    buf_fini(&s->text);
    buf_fini(&s->base_ref);
    recode_fini(&s->recode);
    for (size_t i = 0; i < SITEMAP_BASES; i++)
        buf_fini(&s->bases[i].text);
    free(s);
}

const char *
sitemap_kind_name(enum sitemap_kind kind)
{
    static const char *const names[] = {
        [SITEMAP_NONE] = "none",          [SITEMAP_URLSET] = "urlset",
        [SITEMAP_INDEX] = "sitemapindex", [SITEMAP_RSS] = "rss",
        [SITEMAP_ATOM] = "atom",          [SITEMAP_TEXT] = "text"};

    return names[kind];
}

/* --- links --- */

/* Bytes of the document as text: XML 1.0, 4.1, its references undone. */
static bool
sitemap_add_text(struct buf *out, struct str raw)
{
    while (raw.n > 0) {
        const char *amp = memchr(raw.p, '&', raw.n);
        size_t plain = amp ? (size_t)(amp - raw.p) : raw.n, n = 0;
        uint32_t rune[2];
        char bytes[4];

        if (buf_add(out, raw.p, plain) != ERR_OK)
            return false;
        raw.p += plain;
        raw.n -= plain;
        if (raw.n == 0)
            break;
        /* by the rule for attributes "&copy=1" is no reference: a bare "&"
         * of a URL stays what it is.  Entities of a DTD stay as they are */
        n = charref_read(raw, rune);
        if (n == 0) {
            n = 1;
            if (buf_add_char(out, '&') != ERR_OK)
                return false;
        } else {
            for (size_t i = 0; i < 2 && (i == 0 || rune[i] != 0); i++)
                if (buf_add(out, bytes, utf8_encode(rune[i], bytes)) != ERR_OK)
                    return false;
        }
        raw.p += n;
        raw.n -= n;
    }
    return true;
}

static void
sitemap_emit(struct sitemap_run *r, struct str href, bool is_sitemap)
{
    size_t max = r->opt->max_links ? r->opt->max_links : SITEMAP_LINKS_MAX;
    struct sitemap_link link = {
        .href = str_trim(href),
        .base = r->bases ? &r->s->bases[r->bases - 1].url : r->opt->url,
        .is_sitemap = is_sitemap};

    if (link.href.n == 0)
        return;
    if (r->said->count == max) {
        r->said->is_cut = r->is_done = true;
        return;
    }
    r->said->count++;
    r->fn(r->arg, &link);
}

static void
sitemap_emit_href(struct sitemap_run *r, const struct sitemap_attrs *attrs)
{
    buf_reset(&r->s->text);
    if (sitemap_add_text(&r->s->text, attrs->href))
        sitemap_emit(r, buf_str(&r->s->text), false);
    buf_reset(&r->s->text);
}

/* Whether list, words between white space, has one of words. */
static bool
sitemap_has_word(struct str list, const char *const *words)
{
    while (list.n > 0) {
        struct str word = {list.p, 0};

        while (word.n < list.n && !str_is_space(list.p[word.n]))
            word.n++;
        for (size_t i = 0; words[i] != NULL; i++)
            if (str_equal_nocase(word, str_from(words[i])))
                return true;
        word.n += word.n < list.n;
        list.p += word.n;
        list.n -= word.n;
    }
    return false;
}

/*
 * RFC 4287, 4.2.7.2, and RFC 5005's paging: relations that lead to pages and
 * to more of the feed; not to itself, to files or to services.
 */
static bool
sitemap_is_atom_link(const struct sitemap_attrs *attrs)
{
    static const char *const rels[] = {
        "alternate",    "related", "via",
        "next",         "prev",    "previous",
        "first",        "last",    "prev-archive",
        "next-archive", "current", "replies",
        "canonical",    NULL};

    return attrs->href.p != NULL &&
           (attrs->rel.p == NULL || sitemap_has_word(attrs->rel, rels));
}

/* --- elements --- */

static bool
sitemap_is(struct str name, const char *word)
{
    return str_equal(name, str_from(word));
}

static enum sitemap_kind
sitemap_kind_of_root(struct str name, const struct sitemap_attrs *attrs)
{
    if (sitemap_is(name, "urlset"))
        return SITEMAP_URLSET;
    if (sitemap_is(name, "sitemapindex"))
        return SITEMAP_INDEX;
    if (sitemap_is(name, "rss") || (sitemap_is(name, "RDF") && attrs->is_rss))
        return SITEMAP_RSS;
    return sitemap_is(name, "feed") ? SITEMAP_ATOM : SITEMAP_NONE;
}

/* XML Base: what references inside of this element are relative to. */
static void
sitemap_take_base(struct sitemap_run *r, struct str raw)
{
    struct sitemap *s = r->s;
    struct sitemap_base *b = &s->bases[r->bases];
    const struct url *outer = r->bases ? &b[-1].url : r->opt->url;

    if (r->bases == SITEMAP_BASES)
        return;
    buf_reset(&s->base_ref);
    if (!sitemap_add_text(&s->base_ref, raw) ||
        url_parse(buf_str(&s->base_ref), outer, &b->text, &b->url) != ERR_OK)
        return;
    b->depth = r->depth;
    r->bases++;
}

/* The element's text is a link. */
static void
sitemap_begin_text(struct sitemap_run *r)
{
    r->text_at = r->depth;
    r->is_too_long = false;
    buf_reset(&r->s->text);
}

/* An element that may carry a link; it is the last open one. */
static void
sitemap_look(struct sitemap_run *r, const struct sitemap_attrs *attrs)
{
    static const char *const alternate[] = {"alternate", NULL};
    const struct markup_name *me = &r->open[r->depth - 1], *up = me - 1;
    bool is_own = str_equal(me->prefix, up->prefix);
    bool is_link = sitemap_is(me->local, "link");

    switch (r->said->kind) {
    case SITEMAP_URLSET:
    case SITEMAP_INDEX:
        if (!sitemap_is(up->local,
                        r->said->kind == SITEMAP_INDEX ? "sitemap" : "url"))
            break;
        if (is_own && sitemap_is(me->local, "loc"))
            sitemap_begin_text(r);
        else if (is_link && attrs->href.p != NULL &&
                 sitemap_has_word(attrs->rel, alternate))
            sitemap_emit_href(r, attrs);
        break;
    case SITEMAP_RSS:
        if (!sitemap_is(up->local, "item") && !sitemap_is(up->local, "channel"))
            break;
        if (is_link && is_own)
            sitemap_begin_text(r);
        else if (is_link && sitemap_is_atom_link(attrs))
            sitemap_emit_href(r, attrs);
        else if (is_own && sitemap_is(me->local, "guid") &&
                 !str_equal_nocase(attrs->is_permalink, STR("false")))
            sitemap_begin_text(r);
        break;
    case SITEMAP_ATOM:
        if (is_link && is_own && sitemap_is_atom_link(attrs) &&
            (sitemap_is(up->local, "entry") || sitemap_is(up->local, "feed")))
            sitemap_emit_href(r, attrs);
        break;
    case SITEMAP_NONE:
    case SITEMAP_TEXT:
        break;
    }
}

static void
sitemap_open(struct sitemap_run *r, const struct markup_name *name,
             const struct sitemap_attrs *attrs)
{
    r->depth++;
    if (r->depth > SITEMAP_DEPTH)
        return;
    r->open[r->depth - 1] = *name;
    if (r->said->kind == SITEMAP_NONE) {
        r->said->kind = sitemap_kind_of_root(name->local, attrs);
        r->is_done = r->said->kind == SITEMAP_NONE;
    } else {
        r->said->is_broken |= r->depth == 1; /* a second root */
    }
    if (attrs->base.p != NULL)
        sitemap_take_base(r, attrs->base);
    if (r->depth > 1 && r->text_at == 0)
        sitemap_look(r, attrs);
}

/* A guid that is no URL is just an id, although it says that it is one. */
static bool
sitemap_is_absolute(struct str s)
{
    s = str_trim(s);
    return str_starts_nocase(s, STR("http://")) ||
           str_starts_nocase(s, STR("https://"));
}

/* The last open element ends. */
static void
sitemap_close(struct sitemap_run *r)
{
    struct str text = buf_str(&r->s->text);

    if (r->depth == r->text_at) {
        if (!r->is_too_long &&
            (!sitemap_is(r->open[r->depth - 1].local, "guid") ||
             sitemap_is_absolute(text)))
            sitemap_emit(r, text, r->said->kind == SITEMAP_INDEX);
        r->text_at = 0;
        buf_reset(&r->s->text);
    }
    if (r->bases > 0 && r->s->bases[r->bases - 1].depth == r->depth)
        r->bases--;
    r->depth--;
}

/* An end tag; one that fits no open element is passed over. */
static void
sitemap_end_tag(struct sitemap_run *r, const struct markup_name *name)
{
    size_t at;

    if (r->depth > SITEMAP_DEPTH) { /* we do not know the names */
        r->depth--;
        return;
    }
    for (at = r->depth; at > 0; at--)
        if (str_equal(r->open[at - 1].local, name->local) &&
            str_equal(r->open[at - 1].prefix, name->prefix))
            break;
    r->said->is_broken |= at != r->depth || at == 0;
    while (at > 0 && r->depth >= at && !r->is_done)
        sitemap_close(r);
}

static void
sitemap_text(struct sitemap_run *r, struct str text, bool is_cdata)
{
    bool is_added;

    if (r->text_at == 0 || r->depth != r->text_at || r->is_too_long)
        return;
    is_added = is_cdata ? buf_add_str(&r->s->text, text) == ERR_OK
                        : sitemap_add_text(&r->s->text, text);
    r->is_too_long = !is_added;
}

static void
sitemap_read_attrs(struct markup *m, struct sitemap_attrs *attrs)
{
    struct str name, value;

    *attrs = (struct sitemap_attrs){0};
    while (markup_attr(m, &name, &value)) {
        if (sitemap_is(name, "href"))
            attrs->href = value;
        else if (sitemap_is(name, "rel"))
            attrs->rel = value;
        else if (sitemap_is(name, "isPermaLink"))
            attrs->is_permalink = value;
        else if (sitemap_is(name, "xml:base"))
            attrs->base = value;
        else if (str_starts(name, STR("xmlns")))
            attrs->is_rss |=
                str_starts(value, STR("http://purl.org/rss/")) ||
                str_starts(value, STR("http://my.netscape.com/rdf/"));
    }
}

static void
sitemap_scan(struct sitemap_run *r, struct str body)
{
    struct markup m = {.p = body.p, .end = body.p + body.n};
    struct sitemap_attrs attrs;
    bool is_over = false;

    while (!r->is_done && !is_over)
        switch (markup_next(&m)) {
        case MARKUP_OPEN:
            sitemap_read_attrs(&m, &attrs);
            if (!m.is_short)
                sitemap_open(r, &m.name, &attrs);
            break;
        case MARKUP_CLOSE:
            sitemap_end_tag(r, &m.name);
            break;
        case MARKUP_TEXT:
            sitemap_text(r, m.text, false);
            break;
        case MARKUP_CDATA:
            sitemap_text(r, m.text, true);
            break;
        case MARKUP_END:
            is_over = true;
            break;
        }
    if (r->said->kind == SITEMAP_NONE)
        return;
    /* a head that ends somewhere is not broken */
    r->said->is_broken |= m.is_broken || (is_over && !r->said->is_cut &&
                                          (m.is_short || r->depth > 0));
}

/* --- documents --- */

/* A URL a line; lines that are none are passed over. */
static void
sitemap_scan_text(struct sitemap_run *r, struct str rest)
{
    bool is_head = r->said->is_cut;

    r->said->kind = SITEMAP_TEXT;
    while (rest.n > 0 && !r->is_done) {
        bool is_last_cut = is_head && !memchr(rest.p, '\n', rest.n);
        struct str line = str_trim(str_cut(&rest, '\n'));

        if (line.n == 0)
            continue;
        if (!sitemap_is_absolute(line))
            r->said->is_broken |= !is_last_cut;
        else if (!is_last_cut)
            sitemap_emit(r, line, false);
    }
}

/* The label in <?xml ... encoding="label" ?>; XML 1.0, 4.3.3. */
static const char *
sitemap_declared(struct str body)
{
    struct str s = {body.p, body.n < 256 ? body.n : 256};
    const char *end = s.n > 0 ? memmem(s.p, s.n, "?>", 2) : NULL;
    size_t at;
    char quote;

    if (end == NULL || !str_starts(s, STR("<?xml")))
        return NULL;
    s.n = (size_t)(end - s.p);
    at = str_find_nocase(s, STR("encoding"));
    if (at == s.n)
        return NULL;
    s = str_trim((struct str){s.p + at + 8, s.n - at - 8});
    if (s.n == 0 || s.p[0] != '=')
        return NULL;
    s = str_trim((struct str){s.p + 1, s.n - 1});
    if (s.n == 0 || (s.p[0] != '"' && s.p[0] != '\''))
        return NULL;
    quote = *s.p++;
    s.n--;
    return page_charset_meta_label(str_cut(&s, quote));
}

/* RFC 7303, 3: BOM, then header, then the document itself. */
static const char *
sitemap_charset(struct str content_type, struct str body)
{
    const char *name = page_charset_sure(content_type, body, NULL);

    if (name == NULL && str_starts(body, STR("<\0?\0")))
        name = PAGE_UTF16LE;
    if (name == NULL && str_starts(body, STR("\0<\0?")))
        name = PAGE_UTF16BE;
    if (name == NULL)
        name = sitemap_declared(body);
    return name ? name : PAGE_UTF8;
}

static bool
sitemap_is_gzip(struct str body)
{
    return str_starts(body, STR("\x1f\x8b\x08"));
}

/* Behind a BOM and white space, the first byte is a '<'; UTF-16 too. */
static bool
sitemap_begins_markup(struct str body)
{
    if (str_starts(body, STR("\xef\xbb\xbf"))) {
        body.p += 3;
        body.n -= 3;
    }
    for (size_t i = 0; i < body.n; i++)
        if (!str_is_space(body.p[i]))
            return body.p[i] == '<' || str_starts(body, STR("\xff\xfe")) ||
                   str_starts(body, STR("\xfe\xff")) ||
                   str_starts(body, STR("\0<\0?"));
    return false;
}

/* What most pages begin with: they need no second look. */
static bool
sitemap_begins_html(struct str body)
{
    while (body.n > 0 && str_is_space(body.p[0])) {
        body.p++;
        body.n--;
    }
    return str_starts_nocase(body, STR("<!doctype html")) ||
           str_starts_nocase(body, STR("<html"));
}

bool
sitemap_is_likely(struct str content_type, struct str path, struct str body)
{
    if (!sitemap_is_gzip(body))
        return sitemap_begins_markup(body) && !sitemap_begins_html(body);
    return str_starts_nocase(content_type, STR("application/gzip")) ||
           str_starts_nocase(content_type, STR("application/x-gzip")) ||
           str_ends(path, STR(".gz"));
}

/*
 * What the gzip file holds, as far as there is room; false when it is no
 * document of ours.  Some servers pack a file once more on its way: that was
 * Content-Encoding, and is undone already.
 */
static bool
sitemap_gunzip(struct sitemap_run *r, struct decoder *d, struct str *body)
{
    struct buf *plain = &r->s->plain;
    size_t max = plain->max;

    buf_reset(plain);
    if (!r->opt->is_named) { /* it may be anybody's archive: look first */
        if (max > SITEMAP_PEEK_BYTES)
            plain->max = SITEMAP_PEEK_BYTES;
        decode_body(d, STR("gzip"), *body, r->opt->is_cut, plain);
        plain->max = max;
        if (!sitemap_begins_markup(buf_str(plain)))
            return false;
        buf_reset(plain);
    }
    r->said->is_gzip = true;
    switch (decode_body(d, STR("gzip"), *body, r->opt->is_cut, plain)) {
    case DECODE_OK:
        break;
    case DECODE_TOO_BIG:
        r->said->is_cut = true;
        break;
    case DECODE_BROKEN:
    case DECODE_BOMB:
    case DECODE_UNKNOWN:
        r->said->is_broken = true;
        break;
    }
    *body = buf_str(plain);
    return body->n > 0;
}

/* The document as UTF-8, without a BOM. */
static struct str
sitemap_convert(struct sitemap_run *r, struct str body)
{
    struct sitemap *s = r->s;
    struct str type = r->said->is_gzip ? STR_NONE : r->opt->content_type;

    r->said->charset = sitemap_charset(type, body);
    if (r->said->charset != PAGE_UTF8) {
        buf_reset(&s->converted);
        if (recode_to_utf8(&s->recode, r->said->charset, body, &s->converted) !=
            ERR_OK)
            r->said->is_broken = true;
        body = buf_str(&s->converted);
    }
    if (str_starts(body, STR("\xef\xbb\xbf"))) {
        body.p += 3;
        body.n -= 3;
    }
    return body;
}

void
sitemap_read(struct sitemap *s, struct decoder *d, struct str body,
             const struct sitemap_options *opt, sitemap_fn *fn, void *arg,
             struct sitemap_said *said)
{
    struct sitemap_run r = {
        .s = s, .opt = opt, .said = said, .fn = fn, .arg = arg};

    assert(s->magic == SITEMAP_MAGIC);
    *said = (struct sitemap_said){.is_cut = opt->is_cut};
    if (sitemap_is_gzip(body) && !sitemap_gunzip(&r, d, &body))
        return;
    body = sitemap_convert(&r, body);
    buf_reset(&s->text);
    if (sitemap_begins_markup(body))
        sitemap_scan(&r, body);
    else if (opt->is_named && body.n > 0)
        sitemap_scan_text(&r, body);
    if (s->plain.cap > SITEMAP_KEEP_BYTES)
        buf_fini(&s->plain);
    if (s->converted.cap > SITEMAP_KEEP_BYTES)
        buf_fini(&s->converted);
}
