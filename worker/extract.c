/* SPDX-License-Identifier: MIT */
#include "worker/extract.h"

#include <libxml/HTMLtree.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>

#include "common/json_line.h"
#include "common/mem.h"
#include "worker/extract_html.h"
#include "worker/extract_row.h"
#include "worker/extract_text.h"
#include "worker/extract_tree.h"
#include "worker/page.h"
#include "worker/recode.h"

enum {
    EXTRACT_KEEP_BYTES = 512 << 10, /* of memory, from page to page */
    EXTRACT_OWN_COLUMNS = 5,
    /* rows of --extract-each from one page: its nodes are bounded too */
    EXTRACT_LINES_MAX = 100000
};

/* An expression, compiled when it is first needed. */
struct extract_code {
    xmlXPathCompExprPtr code;
    bool is_there;
};

struct extract_compiled {
    struct extract_code each;
    struct extract_code *fields;
};

struct extract {
    const struct extract_rules *rules;
    struct extract_compiled *sets;
    struct extract_code title, description;
    xmlXPathContextPtr xpath;
    struct recode recode;
    struct buf utf8, html; /* the page, converted; and plain */
    struct buf url_text;
    struct extract_row row;
    const char **columns; /* of CSV */
    size_t columns_count;

    /* the current page */
    const struct extract_page *page;
    xmlDocPtr doc;
    struct url base; /* its <base href> counted in */
    struct buf base_text;
    size_t nodes; /* of doc */
    size_t steps; /* that its expressions took */
    size_t left;  /* bytes of values that may still be taken */
    struct extract_said *said;
};

static const struct extract_field extract_title = {
    .name = (char[]){"title"},
    .xpath = (char[]){"//title[not(ancestor::svg)]"}};
static const struct extract_field extract_description = {
    .name = (char[]){"description"},
    .xpath = (char[]){"//meta[translate(@name,'DESCRIPTON','descripton')="
                      "'description']/@content"}};

static const struct extract_field extract_base = {
    .xpath = (char[]){"//base[@href]"}};

/* libxml2 would tell stderr. */
static void
extract_on_error(void *arg, xmlErrorPtr error)
{
    (void)arg;
    (void)error;
}

/* --- birth and end --- */

static const char **
extract_columns(const struct extract_rules *rules, size_t *count)
{
    const char **names =
        xcalloc(rules->columns_count + EXTRACT_OWN_COLUMNS, sizeof(*names));
    size_t n = 0;

    names[n++] = "url";
    names[n++] = "fetched";
    if (rules->has_text) {
        names[n++] = "title";
        names[n++] = "description";
        names[n++] = "text";
    }
    for (size_t i = 0; i < rules->columns_count; i++)
        names[n++] = rules->columns[i];
    *count = n;
    return names;
}

enum err
extract_head(const struct extract_rules *rules, struct buf *out)
{
    size_t count;
    const char **names;
    enum err e;

    if (!rules->is_csv)
        return ERR_OK;
    names = extract_columns(rules, &count);
    e = extract_row_head(names, count, out);
    free(names);
    return e;
}

struct extract *
extract_new(const struct extract_rules *rules, size_t body_max)
{
    struct extract *x = xcalloc(1, sizeof(*x));

    x->rules = rules;
    x->sets = xcalloc(rules->count, sizeof(*x->sets));
    for (size_t i = 0; i < rules->count; i++)
        x->sets[i].fields =
            xcalloc(rules->sets[i].count + 1, sizeof(*x->sets[i].fields));
    x->xpath = xmlXPathNewContext(NULL);
    if (x->xpath == NULL)
        abort(); /* memory that is refused has ended the process already */
    x->xpath->error = extract_on_error;
    recode_init(&x->recode);
    /* a byte becomes three of UTF-8 at most */
    buf_init(&x->utf8, 3 * body_max + 16);
    buf_init(&x->html, EXTRACT_HTML_GROWTH * (3 * body_max + 16));
    buf_init(&x->url_text, 1 << 16);
    buf_init(&x->base_text, 1 << 16);
    /* url and time, and what is taken before it is seen that it is too much */
    extract_row_init(&x->row, EXTRACT_HTML_GROWTH * (3 * body_max + 16) +
                                  2 * rules->bytes_max + (1 << 16));
    x->columns = extract_columns(rules, &x->columns_count);
    return x;
}

void
extract_free(struct extract *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->rules->count; i++) {
        xmlXPathFreeCompExpr(x->sets[i].each.code);
        for (size_t j = 0; j < x->rules->sets[i].count; j++)
            xmlXPathFreeCompExpr(x->sets[i].fields[j].code);
        free(x->sets[i].fields);
    }
    free(x->sets);
    xmlXPathFreeCompExpr(x->title.code);
    xmlXPathFreeCompExpr(x->description.code);
    xmlXPathFreeContext(x->xpath);
    recode_fini(&x->recode);
    buf_fini(&x->utf8);
    buf_fini(&x->html);
    buf_fini(&x->url_text);
    buf_fini(&x->base_text);
    extract_row_fini(&x->row);
    free(x->columns);
    free(x);
}

/* --- one value --- */

static unsigned long
extract_steps(const struct extract *x, const struct extract_field *f)
{
    size_t heavy = EXTRACT_COMPARES_MAX / (x->nodes + 1);

    return f->is_heavy && heavy < EXTRACT_STEPS_MAX ? heavy : EXTRACT_STEPS_MAX;
}

/* NULL: it took too many steps. */
static xmlXPathObjectPtr
extract_evaluate(struct extract *x, struct extract_code *code,
                 const struct extract_field *f, xmlNodePtr node)
{
    xmlXPathObjectPtr found = NULL;

    if (!code->is_there) {
        code->code = xmlXPathCtxtCompile(x->xpath, (const xmlChar *)f->xpath);
        code->is_there = true;
    }
    if (code->code == NULL)
        return NULL;
    x->xpath->node = node;
    x->xpath->opCount = 0;
    x->xpath->opLimit = extract_steps(x, f);
    if (x->steps < EXTRACT_STEPS_PAGE_MAX)
        found = xmlXPathCompiledEval(code->code, x->xpath);
    x->steps += x->xpath->opCount;
    if (found == NULL)
        x->said->failed++;
    return found;
}

/* The first <base href>, as LINKS has it; found when it is needed. */
static void
extract_find_base(struct extract *x)
{
    xmlXPathObjectPtr found;
    struct extract_code code = {0};
    const xmlNode *n;

    if (x->base.text.n > 0)
        return;
    x->base = *x->page->url;
    found = extract_evaluate(x, &code, &extract_base, (xmlNodePtr)x->doc);
    if (found && found->type == XPATH_NODESET && found->nodesetval &&
        found->nodesetval->nodeNr > 0) {
        xmlChar *href;
        struct url base;

        n = found->nodesetval->nodeTab[0];
        href = xmlGetNoNsProp(n, (const xmlChar *)"href");
        if (href && url_parse(str_from((const char *)href), x->page->url,
                              &x->base_text, &base) == ERR_OK)
            x->base = base;
        xmlFree(href);
    }
    xmlXPathFreeObject(found);
    xmlXPathFreeCompExpr(code.code);
}

/* What stands in the row's text from the offset on, as an absolute URL. */
static void
extract_resolve(struct extract *x, size_t at)
{
    struct buf *text = &x->row.text;
    struct str ref = {text->p + at, text->n - at};
    struct url url;

    extract_find_base(x);
    if (url_parse(str_trim(ref), &x->base, &x->url_text, &url) != ERR_OK)
        return; /* "mailto:", "javascript:": as they are */
    text->n = at;
    if (buf_add_str(text, url.text) != ERR_OK)
        text->n = at;
}

static enum err
extract_markup_of(struct extract *x, xmlNodePtr node)
{
    xmlOutputBufferPtr markup;
    enum err e = ERR_OK;

    if (node->type == XML_ATTRIBUTE_NODE)
        return extract_text_of(node, &x->row.text);
    markup = xmlAllocOutputBuffer(NULL);
    if (markup == NULL)
        return ERR_NOMEM;
    htmlNodeDumpFormatOutput(markup, x->doc, node, "UTF-8", 0);
    e = buf_add(&x->row.text, xmlOutputBufferGetContent(markup),
                xmlOutputBufferGetSize(markup));
    xmlOutputBufferClose(markup);
    return e;
}

/* Over the bound: cut between characters. */
static void
extract_count_bytes(struct extract *x, size_t at)
{
    struct buf *text = &x->row.text;

    if (text->n - at <= x->left) {
        x->left -= text->n - at;
        return;
    }
    x->said->is_cut = true;
    text->n = at + x->left;
    while (text->n > at && ((unsigned char)text->p[text->n] & 0xc0) == 0x80)
        text->n--;
    x->left = 0;
}

static void
extract_node(struct extract *x, const struct extract_field *f, xmlNodePtr node)
{
    size_t at = x->row.text.n;
    enum err e;

    if (node->type == XML_NAMESPACE_DECL)
        return;
    if (f->is_html)
        e = extract_markup_of(x, node);
    else if (f->is_text)
        e = extract_text_readable(node, &x->row.text);
    else
        e = extract_text_of(node, &x->row.text);
    if (e != ERR_OK)
        x->said->is_cut = true;
    if (!f->is_html && !f->is_text && !f->is_raw)
        extract_text_collapse(&x->row.text, at);
    if (f->is_url)
        extract_resolve(x, at);
    extract_count_bytes(x, at);
    extract_row_item(&x->row, EXTRACT_TEXT, at);
}

/* A number, a boolean, a string. */
static void
extract_scalar(struct extract *x, const struct extract_field *f,
               xmlXPathObjectPtr found)
{
    static const enum extract_type types[] = {
        [XPATH_BOOLEAN] = EXTRACT_BOOL, [XPATH_NUMBER] = EXTRACT_NUMBER};
    enum extract_type type = EXTRACT_TEXT;
    xmlChar *text = xmlXPathCastToString(found);
    size_t at = x->row.text.n;

    if (found->type == XPATH_BOOLEAN || found->type == XPATH_NUMBER)
        type = types[found->type];
    if (text &&
        buf_add_str(&x->row.text, str_from((const char *)text)) == ERR_OK) {
        if (!f->is_raw)
            extract_text_collapse(&x->row.text, at);
        if (f->is_url)
            extract_resolve(x, at);
        extract_count_bytes(x, at);
        extract_row_item(&x->row, type, at);
    }
    xmlFree(text);
}

static void
extract_field(struct extract *x, const struct extract_field *f,
              struct extract_code *code, xmlNodePtr node)
{
    xmlXPathObjectPtr found = extract_evaluate(x, code, f, node);
    const xmlNodeSet *nodes;

    extract_row_cell(&x->row, f->name, f->is_list);
    if (found && found->type == XPATH_NODESET) {
        nodes = found->nodesetval;
        for (int i = 0; nodes && i < nodes->nodeNr && (i == 0 || f->is_list);
             i++) {
            if (x->left == 0) {
                x->said->is_cut = true;
                break;
            }
            extract_node(x, f, nodes->nodeTab[i]);
        }
    } else if (found) {
        extract_scalar(x, f, found);
    }
    xmlXPathFreeObject(found);
}

/* --- one line --- */

static void
extract_readable(struct extract *x, xmlNodePtr node)
{
    size_t at = x->row.text.n;

    extract_row_cell(&x->row, "text", false);
    if (extract_text_readable(node, &x->row.text) != ERR_OK)
        x->said->is_cut = true;
    extract_count_bytes(x, at);
    extract_row_item(&x->row, EXTRACT_TEXT, at);
}

/* What each line of the page begins with. */
static void
extract_begin_rows(struct extract *x)
{
    char when[JSON_TIME_BYTES];

    extract_row_keep(&x->row, 0);
    extract_row_add(&x->row, "url", x->page->url->text);
    json_time_text(x->page->fetched_us, when);
    extract_row_add(&x->row, "fetched", str_from(when));
    if (!x->rules->has_text)
        return;
    extract_field(x, &extract_title, &x->title, (xmlNodePtr)x->doc);
    extract_field(x, &extract_description, &x->description, (xmlNodePtr)x->doc);
}

static enum err
extract_line(struct extract *x, size_t set, xmlNodePtr node, struct buf *out)
{
    size_t own = x->row.count;
    bool is_cut;
    enum err e;

    if (x->rules->has_text)
        extract_readable(x, node);
    for (size_t i = 0; i < x->rules->sets[set].count; i++)
        extract_field(x, &x->rules->sets[set].fields[i],
                      &x->sets[set].fields[i], node);
    is_cut = x->said->is_cut || x->page->is_cut;
    e = x->rules->is_csv ? extract_row_csv(&x->row, x->columns,
                                           x->columns_count, is_cut, out)
                         : extract_row_json(&x->row, is_cut, out);
    extract_row_keep(&x->row, own);
    x->said->lines += e == ERR_OK;
    return e;
}

static enum err
extract_lines(struct extract *x, size_t set, struct buf *out)
{
    const struct extract_field *each = &x->rules->sets[set].each;
    xmlXPathObjectPtr found;
    enum err e = ERR_OK;
    int count;

    extract_begin_rows(x);
    if (each->xpath == NULL)
        return extract_line(x, set, (xmlNodePtr)x->doc, out);
    found = extract_evaluate(x, &x->sets[set].each, each, (xmlNodePtr)x->doc);
    count = found && found->type == XPATH_NODESET && found->nodesetval
                ? found->nodesetval->nodeNr
                : 0;
    if (count > EXTRACT_LINES_MAX) {
        x->said->is_cut = true;
        count = EXTRACT_LINES_MAX;
    }
    for (int i = 0; i < count && e == ERR_OK; i++) {
        if (x->left == 0) {
            x->said->is_cut = true;
            break;
        }
        e = extract_line(x, set, found->nodesetval->nodeTab[i], out);
    }
    xmlXPathFreeObject(found);
    return e;
}

/* --- one page --- */

/* As UTF-8; a meta that stands further down than it should counts too. */
static enum err
extract_convert(struct extract *x, const struct extract_page *page)
{
    enum page_charset_how how;
    const char *charset =
        page_charset(page->content_type, page->body, page->url->text, &how);

    if (how > PAGE_CHARSET_XML) {
        const char *late = page_charset_prescan(page->body, page->body.n, NULL);

        charset = late ? late : charset;
    }
    return recode_to_utf8(&x->recode, charset, page->body, &x->utf8);
}

static xmlDocPtr
extract_parse(struct extract *x, const struct extract_page *page)
{
    bool is_cut = false;
    xmlDocPtr doc = NULL;

    if (extract_convert(x, page) == ERR_OK &&
        extract_html_write(buf_str(&x->utf8), &x->html) == ERR_OK)
        doc = extract_tree_parse(buf_str(&x->html), &x->nodes, &is_cut);
    x->said->is_cut = is_cut;
    if (x->utf8.cap > EXTRACT_KEEP_BYTES)
        buf_fini(&x->utf8);
    if (x->html.cap > EXTRACT_KEEP_BYTES)
        buf_fini(&x->html);
    buf_reset(&x->utf8);
    buf_reset(&x->html);
    return doc;
}

enum err
extract_page(struct extract *x, const struct extract_page *page,
             struct buf *out, struct extract_said *said)
{
    size_t set = extract_rules_match(x->rules, page->url->text);
    size_t start = out->n;
    enum err e;

    *said = (struct extract_said){0};
    if (x->rules->sets[set].count == 0 && !x->rules->has_text)
        return ERR_OK;
    x->page = page;
    x->said = said;
    x->base = (struct url){0};
    x->left = x->rules->bytes_max;
    x->doc = extract_parse(x, page);
    if (x->doc == NULL)
        return ERR_OK; /* an empty page */
    x->xpath->doc = x->doc;
    x->steps = 0;
    e = extract_lines(x, set, out);
    if (e != ERR_OK) {
        out->n = start;
        said->lines = 0;
    }
    x->xpath->doc = NULL;
    x->xpath->node = NULL;
    xmlFreeDoc(x->doc);
    return e;
}
