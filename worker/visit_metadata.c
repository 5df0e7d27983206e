/*
 * --warc-metadata: what a page's metadata record says.
 *
 * SPDX-License-Identifier: MIT
 *
 * The names and forms are Heritrix's, which other tools read: how the page
 * was found, how long it took, and each of its links, followed or not, with
 * the kind of hop and what carries it.
 */
#include <stdlib.h>

#include "common/mem.h"
#include "worker/links.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"

enum {
    METADATA_MAX = 4 << 20, /* bytes: links beyond it are left out */
    METADATA_KEEP = 64 << 10
};

struct visit_metadata {
    struct buf outlinks, text;
};

void
visit_metadata_open(struct visit *v)
{
    v->metadata = xcalloc(1, sizeof(*v->metadata));
    buf_init(&v->metadata->outlinks, METADATA_MAX);
    buf_init(&v->metadata->text, 2 * METADATA_MAX);
}

void
visit_metadata_close(struct visit *v)
{
    if (v->metadata == NULL)
        return;
    buf_fini(&v->metadata->outlinks);
    buf_fini(&v->metadata->text);
    free(v->metadata);
    v->metadata = NULL;
}

/* L: a link, E: what is shown with the page, R: it leads away by itself. */
static const char *
metadata_context(const struct link *link)
{
    if (link->is_of_header)
        return link->kind == LINK_REFRESH ? "R Refresh:" : "L Link:";
    switch (link->kind) {
    case LINK_A:
        return "L a/@href";
    case LINK_AREA:
        return "L area/@href";
    case LINK_REL:
        return "L link/@href";
    case LINK_FRAME:
        return "E frame/@src";
    case LINK_IFRAME:
        return "E iframe/@src";
    case LINK_REFRESH:
        return "R meta/@content";
    case LINK_FORM:
        return "L form/@action";
    case LINK_REQUISITE:
        break;
    }
    return "E =EMBED_MISC";
}

static void
metadata_add(struct visit_metadata *m, struct str url, const char *context)
{
    size_t before = m->outlinks.n;

    if (buf_add_str(&m->outlinks, STR("outlink: ")) == ERR_OK &&
        buf_add_str(&m->outlinks, url) == ERR_OK &&
        buf_add_char(&m->outlinks, ' ') == ERR_OK &&
        buf_add_str(&m->outlinks, str_from(context)) == ERR_OK &&
        buf_add_str(&m->outlinks, STR("\r\n")) == ERR_OK)
        return;
    m->outlinks.n = before;
}

void
visit_metadata_link(struct visit *v, const struct link *link,
                    const struct url *base)
{
    struct thread *t = v->thread;
    struct url url;

    if (str_starts(link->href, STR("#")))
        return; /* it leads nowhere else */
    if (canon_resolve(t->worker->canon, link->href, base, &t->url_text, &url) ==
        ERR_OK)
        metadata_add(v->metadata, url.text, metadata_context(link));
}

/* As far as an entry knows: links, then the redirects behind the last. */
static enum err
metadata_hops(const struct entry *entry, struct buf *to)
{
    enum err e = buf_add_str(to, STR("hopsFromSeed: "));

    for (unsigned i = 0; i < entry->depth && e == ERR_OK; i++)
        e = buf_add_char(to, 'L');
    for (unsigned i = 0; i < entry->hops && e == ERR_OK; i++)
        e = buf_add_char(to, 'R');
    return e == ERR_OK ? buf_add_str(to, STR("\r\n")) : e;
}

struct str
visit_metadata_text(struct visit *v)
{
    struct visit_metadata *m = v->metadata;
    enum err e = ERR_OK;

    if (m == NULL || v->fetch == NULL)
        return STR_NONE;
    buf_reset(&m->text);
    if (v->outcome == OUTCOME_REDIRECT && v->note.n > 0)
        metadata_add(m, buf_str(&v->note), "R Location:");
    if (v->entry.referrer.n > 0)
        e = buf_addf(&m->text, "via: %.*s\r\n", STR_ARG(v->entry.referrer));
    if (e == ERR_OK && v->entry.depth + v->entry.hops > 0)
        e = metadata_hops(&v->entry, &m->text);
    if (e == ERR_OK)
        e = buf_addf(&m->text, "fetchTimeMs: %lld\r\n",
                     (long long)fetch_answer(v->fetch)->took_ms);
    if (e == ERR_OK)
        e = buf_add_str(&m->text, buf_str(&m->outlinks));
    return e == ERR_OK ? buf_str(&m->text) : STR_NONE;
}

void
visit_metadata_end(struct visit *v)
{
    struct visit_metadata *m = v->metadata;

    if (m == NULL)
        return;
    buf_reset(&m->outlinks);
    if (m->outlinks.cap > METADATA_KEEP)
        buf_fini(&m->outlinks);
    if (m->text.cap > METADATA_KEEP)
        buf_fini(&m->text);
}
