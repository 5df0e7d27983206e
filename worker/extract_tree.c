/* SPDX-License-Identifier: MIT */
#include "worker/extract_tree.h"

#include <assert.h>
#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <limits.h>

enum { EXTRACT_TREE_MAGIC = 0x74726565 };

struct extract_tree {
    unsigned magic;
    htmlParserCtxtPtr xml;
    size_t nodes;
    size_t skipped; /* open elements that got no node */
    bool is_cut;
};

/* libxml2 hands its context to the handlers; ours stands in it. */
static struct extract_tree *
extract_tree_of(void *arg)
{
    struct extract_tree *t = ((htmlParserCtxtPtr)arg)->_private;

    assert(t->magic == EXTRACT_TREE_MAGIC);
    return t;
}

static void
extract_on_start(void *arg, const xmlChar *name, const xmlChar **attrs)
{
    struct extract_tree *t = extract_tree_of(arg);

    t->nodes++;
    for (size_t i = 0; attrs != NULL && attrs[i] != NULL; i += 2)
        t->nodes++;
    if (t->nodes > EXTRACT_NODES_MAX) {
        t->is_cut = true;
        xmlStopParser(t->xml);
        return;
    }
    if (t->skipped > 0 || t->xml->nodeNr >= EXTRACT_DEPTH_MAX) {
        t->skipped++;
        return;
    }
    xmlSAX2StartElement(arg, name, attrs);
}

static void
extract_on_end(void *arg, const xmlChar *name)
{
    struct extract_tree *t = extract_tree_of(arg);

    if (t->skipped > 0)
        t->skipped--;
    else
        xmlSAX2EndElement(arg, name);
}

xmlDocPtr
extract_tree_parse(struct str html, size_t *nodes, bool *is_cut)
{
    struct extract_tree t = {.magic = EXTRACT_TREE_MAGIC};
    xmlDocPtr doc = NULL;

    *nodes = 0;
    *is_cut = false;
    if (html.n == 0 || html.n > INT_MAX)
        return NULL;
    /* A fresh one each time: its dictionary keeps every name it ever saw. */
    t.xml = htmlNewParserCtxt();
    if (t.xml == NULL)
        return NULL;
    t.xml->_private = &t;
    t.xml->sax->startElement = extract_on_start;
    t.xml->sax->endElement = extract_on_end;
    doc = htmlCtxtReadMemory(t.xml, html.p, (int)html.n, NULL, "UTF-8",
                             HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                 HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                 HTML_PARSE_IGNORE_ENC | HTML_PARSE_COMPACT);
    *nodes = t.nodes;
    *is_cut = t.is_cut;
    htmlFreeParserCtxt(t.xml);
    return doc;
}
