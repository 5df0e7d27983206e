/* SPDX-License-Identifier: MIT */
#include "worker/whole.h"

#include <assert.h>
#include <libxml/HTMLparser.h>
#include <limits.h>

#include "worker/anchor.h"

enum { WHOLE_MAGIC = 0x77686f6c };

struct whole {
    unsigned magic;
    struct sieve *tags;
    struct values *d;
    size_t hidden;       /* how many open elements hide what they hold */
    bool is_in_frameset; /* as tags->is_frameset has it: only frames count */
    /* with has_texts: */
    size_t open; /* the place of the open <a> among the tags, from 1; or 0 */
    struct buf text, alt; /* what it says so far, what its first image does */
};

/*
 * Elements whose content is no markup to HTML5, but is to libxml2, and
 * template, whose content is not in the page's tree.
 */
static bool
whole_hides(const char *name)
{
    static const char *const names[] = {"template", "textarea", "title",
                                        "xmp",      "iframe",   "noembed",
                                        "noframes"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The attributes that matter, by kind; NULL ends, the place is the slot. */
static const char *const whole_link[] = {"href", "rel", NULL};
static const char *const whole_area[] = {"href", "rel", "", "alt", NULL};
static const char *const whole_frame[] = {"src", NULL};
static const char *const whole_linked_set[] = {"href", "rel", "imagesrcset",
                                               NULL};
static const char *const whole_data[] = {"data", NULL};
static const char *const whole_background[] = {"background", NULL};
static const char *const whole_img[] = {"src", "", "srcset", NULL};
static const char *const whole_video[] = {"src", "", "poster", NULL};
static const char *const whole_input[] = {"src", "type", NULL};
static const char *const whole_form[] = {"action", "rel", "", "method", NULL};
static const char *const whole_meta[] = {"content", "http-equiv", "name",
                                         "charset", NULL};
static const struct whole_kind {
    const char *name;
    enum sieve_kind kind;
    const char *const *attrs;
} whole_kinds[] = {{"a", SIEVE_A, whole_link},
                   {"area", SIEVE_AREA, whole_link},
                   {"link", SIEVE_LINK, whole_link},
                   {"base", SIEVE_BASE, whole_link},
                   {"frame", SIEVE_FRAME, whole_frame},
                   {"meta", SIEVE_META, whole_meta},
                   {"iframe", SIEVE_IFRAME, whole_frame}},
  whole_requisites[] = {{"link", SIEVE_LINK, whole_linked_set},
                        {"img", SIEVE_IMG, whole_img},
                        {"image", SIEVE_IMG, whole_img},
                        {"source", SIEVE_IMG, whole_img},
                        {"script", SIEVE_SRC, whole_frame},
                        {"embed", SIEVE_SRC, whole_frame},
                        {"audio", SIEVE_SRC, whole_frame},
                        {"track", SIEVE_SRC, whole_frame},
                        {"video", SIEVE_VIDEO, whole_video},
                        {"object", SIEVE_SRC, whole_data},
                        {"input", SIEVE_INPUT, whole_input},
                        {"form", SIEVE_FORM, whole_form},
                        {"body", SIEVE_SRC, whole_background},
                        {"table", SIEVE_SRC, whole_background},
                        {"thead", SIEVE_SRC, whole_background},
                        {"tbody", SIEVE_SRC, whole_background},
                        {"tfoot", SIEVE_SRC, whole_background},
                        {"tr", SIEVE_SRC, whole_background},
                        {"td", SIEVE_SRC, whole_background},
                        {"th", SIEVE_SRC, whole_background}};

static const struct whole_kind *
whole_find(const struct whole_kind *kinds, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, kinds[i].name) == 0)
            return &kinds[i];
    return NULL;
}

static void
whole_keep(struct whole *w, enum sieve_kind kind, const char *const *wanted,
           const xmlChar **attrs)
{
    struct sieve_tag *t = NULL;

    for (; attrs[0] != NULL; attrs += 2) {
        for (int slot = 0; wanted[slot] != NULL; slot++) {
            struct str value = str_from((const char *)attrs[1]);

            if (strcmp((const char *)attrs[0], wanted[slot]) != 0)
                continue;
            if (value.n > SIEVE_VALUE_MAX &&
                (kind > SIEVE_META || slot == SIEVE_TEXT))
                break;
            if (value.n > SIEVE_VALUE_MAX) { /* as the sieve has it */
                w->tags->n -= t != NULL;
                return;
            }
            if (t == NULL)
                t = sieve_add(w->tags, kind);
            if (t == NULL || !values_set(w->d, t, slot, value))
                return;
        }
    }
}

/* As sieve_is_shadow() has it; its end finds nothing hidden. */
static bool
whole_is_shadow(const struct whole *w, const char *name, const xmlChar **attrs)
{
    if (w->hidden > 0 || strcmp(name, "template") != 0)
        return false;
    for (; attrs != NULL && attrs[0] != NULL; attrs += 2) {
        struct str mode = str_from((const char *)attrs[1]);

        if (strcmp((const char *)attrs[0], "shadowrootmode") == 0)
            return str_equal_nocase(mode, STR("open")) ||
                   str_equal_nocase(mode, STR("closed"));
    }
    return false;
}

/* --- what an <a> says --- */

/* What does not fit is not needed either. */
static void
whole_add(struct buf *to, struct str text)
{
    if (text.n > to->max - to->n)
        text.n = to->max - to->n;
    if (text.n > 0 && buf_add_str(to, text) != ERR_OK)
        buf_reset(to);
}

static void
whole_end_text(struct whole *w)
{
    struct sieve_tag *t;

    if (w->open == 0)
        return;
    t = &w->tags->tags[w->open - 1];
    w->open = 0;
    if (w->text.n == 0 || str_trim(buf_str(&w->text)).n == 0)
        whole_add(&w->text, buf_str(&w->alt));
    if (t->value[SIEVE_URL].at != SIEVE_ABSENT)
        values_set(w->d, t, SIEVE_TEXT,
                   w->text.n > 0 ? buf_str(&w->text) : STR(""));
}

/* A start tag, behind whole_keep(): count tags were there before it. */
static void
whole_start_text(struct whole *w, const char *name, const xmlChar **attrs,
                 size_t count)
{
    if (strcmp(name, "a") == 0) {
        whole_end_text(w);
        if (w->tags->n > count) {
            w->open = w->tags->n;
            buf_reset(&w->text);
            buf_reset(&w->alt);
        }
        return;
    }
    if (w->open == 0)
        return;
    if (anchor_parts_words(str_from(name)))
        whole_add(&w->text, STR(" "));
    if (strcmp(name, "img") != 0)
        return;
    for (; attrs != NULL && attrs[0] != NULL; attrs += 2)
        if (strcmp((const char *)attrs[0], "alt") == 0 && w->alt.n == 0)
            whole_add(&w->alt, str_from((const char *)attrs[1]));
}

static void
whole_on_text(void *arg, const xmlChar *text, int n)
{
    struct whole *w = arg;

    assert(w->magic == WHOLE_MAGIC);
    if (w->open > 0 && w->hidden == 0)
        whole_add(&w->text, (struct str){(const char *)text, (size_t)n});
}

/* Of script and style; without it they would go to whole_on_text(). */
static void
whole_on_cdata(void *arg, const xmlChar *text, int n)
{
    (void)arg;
    (void)text;
    (void)n;
}

static void
whole_on_start(void *arg, const xmlChar *name, const xmlChar **attrs)
{
    struct whole *w = arg;
    const struct whole_kind *k = NULL;
    size_t count = w->tags->n;

    assert(w->magic == WHOLE_MAGIC);
    if (w->hidden == 0 && attrs != NULL) {
        if (w->tags->has_requisites)
            k = whole_find(whole_requisites, COUNT(whole_requisites),
                           (const char *)name);
        if (k == NULL)
            k = whole_find(whole_kinds, COUNT(whole_kinds), (const char *)name);
        if (k != NULL && (!w->is_in_frameset || k->kind == SIEVE_FRAME))
            whole_keep(w, k->kind,
                       k->kind == SIEVE_AREA && w->tags->has_texts ? whole_area
                                                                   : k->attrs,
                       attrs);
    }
    if (w->tags->has_texts && w->hidden == 0)
        whole_start_text(w, (const char *)name, attrs, count);
    if (w->tags->is_frameset && strcmp((const char *)name, "frameset") == 0)
        w->is_in_frameset = true;
    if (whole_is_shadow(w, (const char *)name, attrs))
        return;
    if (whole_hides((const char *)name))
        w->hidden++;
}

static void
whole_on_end(void *arg, const xmlChar *name)
{
    struct whole *w = arg;

    assert(w->magic == WHOLE_MAGIC);
    if (w->open > 0 && strcmp((const char *)name, "a") == 0)
        whole_end_text(w);
    else if (w->open > 0 && anchor_parts_words(str_from((const char *)name)))
        whole_add(&w->text, STR(" "));
    if (w->hidden > 0 && whole_hides((const char *)name))
        w->hidden--;
}

void
whole_scan(struct str html, struct sieve *tags, size_t max_tags,
           struct values *d)
{
    struct whole w = {.magic = WHOLE_MAGIC, .tags = tags, .d = d};
    /* A fresh one each time: its dictionary keeps every name it ever saw. */
    htmlParserCtxtPtr xml = htmlNewParserCtxt();

    tags->n = 0;
    tags->max = max_tags;
    tags->is_cut = false;
    if (xml == NULL || html.n > INT_MAX) {
        htmlFreeParserCtxt(xml);
        d->is_cut = true;
        return;
    }
    memset(xml->sax, 0, sizeof(*xml->sax));
    xml->sax->startElement = whole_on_start;
    xml->sax->endElement = whole_on_end;
    if (tags->has_texts) {
        xml->sax->characters = xml->sax->ignorableWhitespace = whole_on_text;
        xml->sax->cdataBlock = whole_on_cdata;
    }
    xml->userData = &w;
    buf_init(&w.text, ANCHOR_LOOK_MAX);
    buf_init(&w.alt, ANCHOR_LOOK_MAX);
    if (html.n > 0)
        htmlCtxtReadMemory(xml, html.p, (int)html.n, NULL, "UTF-8",
                           HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                               HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                               HTML_PARSE_IGNORE_ENC);
    whole_end_text(&w);
    buf_fini(&w.text);
    buf_fini(&w.alt);
    htmlFreeParserCtxt(xml);
}
