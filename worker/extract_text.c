/* SPDX-License-Identifier: MIT */
#include "worker/extract_text.h"

#include <stdlib.h>
#include <string.h>

/* What goes out before the next letter. */
enum extract_gap { EXTRACT_NONE, EXTRACT_BLANK, EXTRACT_TAB, EXTRACT_LINE };

struct extract_text {
    struct buf *out;
    size_t start;
    enum extract_gap gap;
    unsigned pre; /* open elements that keep white space */
    enum err err;
};

enum extract_kind { EXTRACT_INLINE, EXTRACT_BLOCK, EXTRACT_CELL, EXTRACT_GONE };

/* Sorted, for bsearch(). */
static const struct extract_row {
    const char *name;
    enum extract_kind kind;
} extract_kinds[] = {{"address", EXTRACT_BLOCK},  {"article", EXTRACT_BLOCK},
                     {"aside", EXTRACT_BLOCK},    {"blockquote", EXTRACT_BLOCK},
                     {"body", EXTRACT_BLOCK},     {"br", EXTRACT_BLOCK},
                     {"button", EXTRACT_CELL},    {"caption", EXTRACT_BLOCK},
                     {"center", EXTRACT_BLOCK},   {"dd", EXTRACT_BLOCK},
                     {"details", EXTRACT_BLOCK},  {"dialog", EXTRACT_BLOCK},
                     {"dir", EXTRACT_BLOCK},      {"div", EXTRACT_BLOCK},
                     {"dl", EXTRACT_BLOCK},       {"dt", EXTRACT_BLOCK},
                     {"fieldset", EXTRACT_BLOCK}, {"figcaption", EXTRACT_BLOCK},
                     {"figure", EXTRACT_BLOCK},   {"footer", EXTRACT_BLOCK},
                     {"form", EXTRACT_BLOCK},     {"frameset", EXTRACT_GONE},
                     {"h1", EXTRACT_BLOCK},       {"h2", EXTRACT_BLOCK},
                     {"h3", EXTRACT_BLOCK},       {"h4", EXTRACT_BLOCK},
                     {"h5", EXTRACT_BLOCK},       {"h6", EXTRACT_BLOCK},
                     {"head", EXTRACT_GONE},      {"header", EXTRACT_BLOCK},
                     {"hgroup", EXTRACT_BLOCK},   {"hr", EXTRACT_BLOCK},
                     {"html", EXTRACT_BLOCK},     {"iframe", EXTRACT_GONE},
                     {"legend", EXTRACT_BLOCK},   {"li", EXTRACT_BLOCK},
                     {"main", EXTRACT_BLOCK},     {"menu", EXTRACT_BLOCK},
                     {"nav", EXTRACT_BLOCK},      {"noembed", EXTRACT_GONE},
                     {"noframes", EXTRACT_GONE},  {"noscript", EXTRACT_GONE},
                     {"ol", EXTRACT_BLOCK},       {"optgroup", EXTRACT_BLOCK},
                     {"option", EXTRACT_BLOCK},   {"p", EXTRACT_BLOCK},
                     {"pre", EXTRACT_BLOCK},      {"script", EXTRACT_GONE},
                     {"search", EXTRACT_BLOCK},   {"section", EXTRACT_BLOCK},
                     {"select", EXTRACT_BLOCK},   {"style", EXTRACT_GONE},
                     {"summary", EXTRACT_BLOCK},  {"table", EXTRACT_BLOCK},
                     {"tbody", EXTRACT_BLOCK},    {"td", EXTRACT_CELL},
                     {"template", EXTRACT_GONE},  {"textarea", EXTRACT_BLOCK},
                     {"tfoot", EXTRACT_BLOCK},    {"th", EXTRACT_CELL},
                     {"thead", EXTRACT_BLOCK},    {"title", EXTRACT_GONE},
                     {"tr", EXTRACT_BLOCK},       {"ul", EXTRACT_BLOCK},
                     {"xmp", EXTRACT_BLOCK}};

static bool
extract_is_element(const xmlNode *n, const char *name)
{
    return strcmp((const char *)n->name, name) == 0;
}

/* "display: none" in a style attribute; style sheets are not read. */
static bool
extract_is_undisplayed(struct str style)
{
    while (style.n > 0) {
        struct str rule = str_cut(&style, ';');
        struct str name = str_trim(str_cut(&rule, ':'));
        struct str value = str_trim(rule);

        if ((str_equal_nocase(name, STR("display")) &&
             str_starts_nocase(value, STR("none"))) ||
            (str_equal_nocase(name, STR("visibility")) &&
             str_starts_nocase(value, STR("hidden"))))
            return true;
    }
    return false;
}

static bool
extract_is_hidden(const xmlNode *n)
{
    for (const xmlAttr *a = n->properties; a; a = a->next) {
        if (strcmp((const char *)a->name, "hidden") == 0)
            return true;
        if (strcmp((const char *)a->name, "style") == 0 && a->children &&
            extract_is_undisplayed(
                str_from((const char *)a->children->content)))
            return true;
    }
    return false;
}

static int
extract_compare(const void *name, const void *row)
{
    return strcmp(name, ((const struct extract_row *)row)->name);
}

static enum extract_kind
extract_kind_of(const xmlNode *n)
{
    const struct extract_row *row =
        bsearch(n->name, extract_kinds,
                sizeof(extract_kinds) / sizeof(extract_kinds[0]),
                sizeof(extract_kinds[0]), extract_compare);

    return row ? row->kind : EXTRACT_INLINE;
}

/* --- a walk --- */

/* The node behind n in the order of the page, within top; NULL: none. */
static const xmlNode *
extract_behind(const xmlNode *n, const xmlNode *top)
{
    while (n != top && n->next == NULL)
        n = n->parent;
    return n == top ? NULL : n->next;
}

static bool
extract_is_text(const xmlNode *n)
{
    return n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
}

static bool
extract_has_children(const xmlNode *n)
{
    return (n->type == XML_ELEMENT_NODE || n->type == XML_DOCUMENT_NODE ||
            n->type == XML_HTML_DOCUMENT_NODE ||
            n->type == XML_ATTRIBUTE_NODE) &&
           n->children != NULL;
}

enum err
extract_text_of(const xmlNode *node, struct buf *out)
{
    enum err e = ERR_OK;

    if (node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE)
        return buf_add_str(out, str_from((const char *)node->content));
    for (const xmlNode *n = node; n && e == ERR_OK;) {
        if (extract_is_text(n))
            e = buf_add_str(out, str_from((const char *)n->content));
        n = extract_has_children(n) ? n->children : extract_behind(n, node);
    }
    return e;
}

/* --- what a reader sees --- */

static void
extract_want(struct extract_text *t, enum extract_gap gap)
{
    if (t->gap < gap)
        t->gap = gap;
}

/* Letters, behind the gap that was left. */
static void
extract_add(struct extract_text *t, struct str s)
{
    static const char gaps[] = {0, ' ', '\t', '\n'};

    if (s.n == 0 || t->err != ERR_OK)
        return;
    if (t->gap != EXTRACT_NONE && t->out->n > t->start)
        t->err = buf_add_char(t->out, gaps[t->gap]);
    t->gap = EXTRACT_NONE;
    if (t->err == ERR_OK)
        t->err = buf_add_str(t->out, s);
}

static void
extract_add_words(struct extract_text *t, struct str s)
{
    while (s.n > 0) {
        size_t n = 0;

        while (n < s.n && !str_is_space(s.p[n]))
            n++;
        extract_add(t, (struct str){s.p, n});
        if (n == s.n)
            return;
        extract_want(t, EXTRACT_BLANK);
        s = (struct str){s.p + n + 1, s.n - n - 1};
    }
}

/* As it stands, but for its first line end, which is none (HTML 13.1.2.5). */
static void
extract_add_pre(struct extract_text *t, struct str s, bool is_first)
{
    if (is_first && str_starts(s, STR("\n")))
        s = (struct str){s.p + 1, s.n - 1};
    extract_add(t, s);
}

static bool
extract_keeps_space(const xmlNode *n)
{
    return extract_is_element(n, "pre") || extract_is_element(n, "textarea");
}

/* On both sides of an element. */
static void
extract_border(struct extract_text *t, const xmlNode *n)
{
    enum extract_kind kind = extract_kind_of(n);

    if (kind == EXTRACT_BLOCK)
        extract_want(t, EXTRACT_LINE);
    else if (kind == EXTRACT_CELL)
        extract_want(t, EXTRACT_TAB);
}

static void
extract_see(struct extract_text *t, const xmlNode *n)
{
    struct str s = str_from((const char *)n->content);

    if (t->pre > 0)
        extract_add_pre(t, s,
                        n->prev == NULL && n->parent &&
                            n->parent->type == XML_ELEMENT_NODE &&
                            extract_is_element(n->parent, "pre"));
    else
        extract_add_words(t, s);
}

/* Whether what n holds is to be walked as well. */
static bool
extract_begin(struct extract_text *t, const xmlNode *n, bool is_top)
{
    if (extract_is_text(n))
        extract_see(t, n);
    if (n->type != XML_ELEMENT_NODE)
        return extract_has_children(n);
    if (!is_top && (extract_kind_of(n) == EXTRACT_GONE || extract_is_hidden(n)))
        return false;
    extract_border(t, n);
    if (n->children == NULL)
        return false;
    t->pre += extract_keeps_space(n);
    return true;
}

enum err
extract_text_readable(const xmlNode *node, struct buf *out)
{
    struct extract_text t = {.out = out, .start = out->n};
    const xmlNode *n = node;

    if (node->type == XML_ATTRIBUTE_NODE || node->type == XML_COMMENT_NODE)
        return extract_text_of(node, out);
    while (t.err == ERR_OK) {
        if (extract_begin(&t, n, n == node)) {
            n = n->children;
            continue;
        }
        while (n != node && n->next == NULL) {
            n = n->parent;
            if (n->type != XML_ELEMENT_NODE)
                continue;
            extract_border(&t, n);
            t.pre -= extract_keeps_space(n);
        }
        if (n == node)
            break;
        n = n->next;
    }
    return t.err;
}

void
extract_text_collapse(struct buf *text, size_t from)
{
    size_t to = from;
    bool has_gap = false;

    for (size_t i = from; i < text->n; i++) {
        if (str_is_space(text->p[i])) {
            has_gap = to > from;
            continue;
        }
        if (has_gap)
            text->p[to++] = ' ';
        has_gap = false;
        text->p[to++] = text->p[i];
    }
    text->n = to;
}
