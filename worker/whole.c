/* SPDX-License-Identifier: MIT */
#include "worker/whole.h"

#include <assert.h>
#include <libxml/HTMLparser.h>
#include <limits.h>

enum { WHOLE_MAGIC = 0x77686f6c };

struct whole {
    unsigned magic;
    struct sieve *tags;
    struct values *d;
    size_t hidden; /* how many open elements hide what they hold */
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

/* The attributes that matter, by kind; NULL ends, the place is the slot. */
static const char *const whole_link[] = {"href", "rel", NULL};
static const char *const whole_frame[] = {"src", NULL};
static const char *const whole_meta[] = {"content", "http-equiv", "name",
                                         "charset", NULL};
static const struct {
    const char *name;
    enum sieve_kind kind;
    const char *const *attrs;
} whole_kinds[] = {
    {"a", SIEVE_A, whole_link},           {"area", SIEVE_AREA, whole_link},
    {"link", SIEVE_LINK, whole_link},     {"base", SIEVE_BASE, whole_link},
    {"frame", SIEVE_FRAME, whole_frame},  {"meta", SIEVE_META, whole_meta},
    {"iframe", SIEVE_IFRAME, whole_frame}};

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

static void
whole_on_start(void *arg, const xmlChar *name, const xmlChar **attrs)
{
    struct whole *w = arg;

    assert(w->magic == WHOLE_MAGIC);
    for (size_t i = 0; i < sizeof(whole_kinds) / sizeof(whole_kinds[0]); i++)
        if (w->hidden == 0 && attrs != NULL &&
            strcmp((const char *)name, whole_kinds[i].name) == 0)
            whole_keep(w, whole_kinds[i].kind, whole_kinds[i].attrs, attrs);
    if (whole_hides((const char *)name))
        w->hidden++;
}

static void
whole_on_end(void *arg, const xmlChar *name)
{
    struct whole *w = arg;

    assert(w->magic == WHOLE_MAGIC);
    if (w->hidden > 0 && whole_hides((const char *)name))
        w->hidden--;
}

void
whole_scan(struct str html, struct sieve *tags, size_t max_tags,
           struct values *d)
{
    struct whole w = {WHOLE_MAGIC, tags, d, 0};
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
    xml->userData = &w;
    if (html.n > 0)
        htmlCtxtReadMemory(xml, html.p, (int)html.n, NULL, "UTF-8",
                           HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                               HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                               HTML_PARSE_IGNORE_ENC);
    htmlFreeParserCtxt(xml);
}
