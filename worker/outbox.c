/* SPDX-License-Identifier: MIT */
#include "worker/outbox.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "common/log.h"
#include "common/mem.h"
#include "worker/outbox_parts.h"

enum {
    OUTBOX_TEXT_MAX = 64 << 20,  /* of one batch; flushed long before */
    OUTBOX_LINES_BYTES = 65536,  /* of lines that count like an ack */
    OUTBOX_LINES_KEEP = 1 << 20, /* of memory, from batch to batch */
    /*
     * Batches that wait for the disk and are no reason to wait with more: at
     * 64 pages or 50 ms each, those of half a minute or more.
     */
    OUTBOX_HELD_MAX = 1024
};

static uint64_t
outbox_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* --- memory --- */

static struct outbox_batch *
outbox_batch_new(struct outbox *o)
{
    struct outbox_batch *b = o->spare;

    if (b) {
        o->spare = NULL;
        return b;
    }
    b = xcalloc(1, sizeof(*b));
    b->o = o;
    buf_init(&b->text, OUTBOX_TEXT_MAX);
    for (size_t i = 0; i < LINE_KINDS; i++)
        buf_init(&b->lines[i], OUTBOX_TEXT_MAX);
    return b;
}

static void
outbox_batch_free(struct outbox_batch *b)
{
    if (b == NULL)
        return;
    buf_fini(&b->text);
    for (size_t i = 0; i < LINE_KINDS; i++)
        buf_fini(&b->lines[i]);
    free(b->links.v);
    free(b->acks.v);
    free(b->raws.v);
    free(b->retries.v);
    memories_fini(&b->memories);
    twin_notes_fini(&b->twins);
    free(b);
}

static void outbox_advance(struct outbox *o);

static void
outbox_batch_done(struct outbox_batch *b)
{
    struct outbox *o = b->o;

    assert(o->oldest == b); /* acks go out, and are answered, in order */
    o->oldest = b->next;
    if (o->oldest == NULL)
        o->newest = &o->oldest;
    o->pending--;
    if (o->spare) {
        outbox_batch_free(b);
        outbox_advance(o);
        return;
    }
    buf_reset(&b->text);
    for (size_t i = 0; i < LINE_KINDS; i++) {
        if (b->lines[i].cap > OUTBOX_LINES_KEEP)
            buf_fini(&b->lines[i]);
        buf_reset(&b->lines[i]);
    }
    b->links.n = b->acks.n = b->raws.n = b->retries.n = b->pages = 0;
    memories_reset(&b->memories);
    twin_notes_reset(&b->twins);
    b->state = OUTBOX_FILLING;
    b->has_failed = false;
    b->next = NULL;
    o->spare = b;
    outbox_advance(o);
}

static struct outbox_span
outbox_copy(struct buf *text, struct str bytes)
{
    struct outbox_span span = {text->n, bytes.n};

    if (buf_add_str(text, bytes) != ERR_OK) /* flushed long before its max */
        fatalx("out of memory: a batch of %zu bytes", text->n);
    return span;
}

static struct str
outbox_str(const struct buf *text, struct outbox_span span)
{
    return (struct str){text->p + span.at, span.n};
}

/* --- putting in --- */

void
outbox_link(struct outbox *o, struct str entry, uint64_t fingerprint,
            uint64_t host, enum frontier_place place)
{
    struct outbox_batch *b = o->filling;
    struct outbox_item item = {outbox_copy(&b->text, entry), fingerprint, host,
                               place};

    OUTBOX_PUSH(b->links, item);
    if (host == 0) /* else the frontier may not want it, from this page */
        o->known[fingerprint % OUTBOX_KNOWN] = fingerprint;
}

bool
outbox_knows(const struct outbox *o, uint64_t fingerprint)
{
    return o->known[fingerprint % OUTBOX_KNOWN] == fingerprint;
}

void
outbox_ack(struct outbox *o, struct str entry, bool is_page)
{
    OUTBOX_PUSH(o->filling->acks, outbox_copy(&o->filling->text, entry));
    o->filling->pages += is_page;
}

void
outbox_ack_raw(struct outbox *o, struct str raw)
{
    OUTBOX_PUSH(o->filling->raws, outbox_copy(&o->filling->text, raw));
}

void
outbox_retry(struct outbox *o, struct str old_entry, struct str new_entry,
             int64_t wait_ms)
{
    struct outbox_batch *b = o->filling;
    struct outbox_retry retry = {outbox_copy(&b->text, old_entry),
                                 outbox_copy(&b->text, new_entry),
                                 outbox_now_ms() + (uint64_t)wait_ms};

    OUTBOX_PUSH(b->retries, retry);
}

void
outbox_remember(struct outbox *o, uint64_t fingerprint, struct str value)
{
    memories_put(&o->filling->memories, fingerprint, value);
}

void
outbox_note_twin(struct outbox *o, const struct frontier_twin *twin)
{
    twin_notes_put(&o->filling->twins, twin);
}

struct buf *
outbox_lines(struct outbox *o, enum line_kind kind)
{
    return &o->filling->lines[kind];
}

static size_t
outbox_lines_bytes(const struct outbox_batch *b)
{
    size_t bytes = 0;

    for (size_t i = 0; i < LINE_KINDS; i++)
        bytes += b->lines[i].n;
    return bytes;
}

bool
outbox_has_news(const struct outbox *o)
{
    const struct outbox_batch *b = o->filling;

    if (o->is_lost)
        return false;
    return b->acks.n + b->raws.n + b->retries.n + b->links.n > 0 ||
           outbox_lines_bytes(b) > 0;
}

size_t
outbox_size(const struct outbox *o)
{
    const struct outbox_batch *b = o->filling;

    return b->acks.n + b->retries.n + b->links.n / 8 +
           outbox_lines_bytes(b) / OUTBOX_LINES_BYTES;
}

size_t
outbox_pending(const struct outbox *o)
{
    if (o->setup.syncer && syncer_has_failed(o->setup.syncer))
        return o->pending - o->held;
    return o->pending;
}

size_t
outbox_unconfirmed(const struct outbox *o)
{
    return o->held < OUTBOX_HELD_MAX ? o->pending - o->held : o->pending;
}

/* --- a batch's way out --- */

static void outbox_batch_ack(struct outbox_batch *b);

/* All replies of a stage have come: go on, or wait for the connection. */
static void
outbox_stage_done(struct outbox_batch *b)
{
    struct outbox *o = b->o;

    if (b->has_failed)
        return; /* outbox_up() sends the stage again */
    if (b->state == OUTBOX_ADDING) {
        for (size_t i = 0; i < b->links.n; i++)
            if (b->links.v[i].host == 0)
                seen_put(o->setup.seen, b->links.v[i].fingerprint, b->era);
        b->state = OUTBOX_ADDED;
        outbox_advance(o);
    } else {
        outbox_batch_done(b);
    }
}

static void
outbox_hold(struct outbox_batch *b, bool is_held)
{
    b->o->held += (size_t)is_held - (size_t)b->is_held;
    b->is_held = is_held;
}

/*
 * Acks of a batch wait for the links of all older ones: a page may have left
 * out a link because an earlier page had it.  The generation is looked at
 * once: one published meanwhile must not let a batch overtake its elders.
 */
static void
outbox_advance(struct outbox *o)
{
    struct outbox_batch *b = o->oldest, *next;
    uint64_t on_disk = o->setup.syncer ? syncer_done(o->setup.syncer) : 0;

    o->generation = on_disk;
    for (; b && b->state != OUTBOX_ADDING; b = next) {
        bool is_empty = b->acks.n + b->raws.n + b->retries.n == 0;

        next = b->next;
        if (b->state != OUTBOX_ADDED)
            continue;
        if (b->generation > on_disk) {
            outbox_hold(b, true);
            continue;
        }
        if (b != o->oldest && is_empty)
            break; /* it would be done at once, before its elders */
        outbox_hold(b, false);
        outbox_batch_ack(b);
        if (is_empty)
            break; /* it is done, and outbox_batch_done() went on from here */
    }
}

void
outbox_look_at_disk(struct outbox *o)
{
    if (o->held > 0 && syncer_done(o->setup.syncer) != o->generation)
        outbox_advance(o);
}

void
outbox_hurry(struct outbox *o)
{
    if (o->setup.syncer == NULL || o->is_hurried)
        return;
    o->is_hurried = true;
    if (o->pending > 0)
        syncer_want(o->setup.syncer, true);
}

static void
outbox_on_added(void *arg, const redisReply *reply)
{
    struct outbox_batch *b = arg;
    struct outbox *o = b->o;
    uint64_t added = 0;

    b->waiting--;
    if (reply == NULL || frontier_read_add(reply, &added) != ERR_OK)
        b->has_failed = true;
    if (added > 0) {
        stats_add(o->setup.stats, STAT_links_new, (int64_t)added);
        o->setup.on_new(o->setup.arg, added);
    }
    if (b->waiting == 0)
        outbox_stage_done(b);
}

static void
outbox_on_acked(void *arg, const redisReply *reply)
{
    struct outbox_batch *b = arg;
    uint64_t count;

    b->waiting--;
    if (reply == NULL || frontier_read_count(reply, &count) != ERR_OK)
        b->has_failed = true;
    if (b->waiting == 0)
        outbox_stage_done(b);
}

/* Send the request that was just formed; it is part of b's stage. */
static void
outbox_send(struct outbox_batch *b, conn_reply_fn *fn)
{
    struct outbox *o = b->o;

    b->waiting++;
    conn_send(o->setup.conn, buf_str(&o->request), fn, b);
    buf_reset(&o->request);
}

/* The links, in requests of a bounded size each. */
static void
outbox_batch_add(struct outbox_batch *b)
{
    struct frontier_item items[FRONTIER_ADD_MAX];
    struct outbox *o = b->o;

    b->state = OUTBOX_ADDING;
    b->era = seen_era(o->setup.seen);
    b->has_failed = false;
    b->waiting = 1; /* so that no reply ends the stage before all are sent */
    for (size_t at = 0; at < b->links.n;) {
        size_t n = 0;

        for (; n < FRONTIER_ADD_MAX && at < b->links.n; n++, at++) {
            const struct outbox_item *from = &b->links.v[at];

            items[n] = (struct frontier_item){
                .entry = outbox_str(&b->text, from->entry),
                .fingerprint = from->fingerprint,
                .host = from->host,
                .place = from->place};
        }
        frontier_form_add(o->setup.frontier, &o->request, items, n, 0);
        b->waiting++;
        conn_offer(o->setup.conn, buf_str(&o->request), outbox_on_added, b);
        buf_reset(&o->request);
    }
    if (--b->waiting == 0)
        outbox_stage_done(b);
}

static void
outbox_form_acks(struct outbox_batch *b, const struct outbox_span *spans,
                 size_t count, size_t pages, bool is_raw)
{
    struct outbox *o = b->o;
    struct str *entries;

    if (count == 0)
        return;
    entries = xcalloc(count, sizeof(*entries));
    for (size_t i = 0; i < count; i++)
        entries[i] = outbox_str(&b->text, spans[i]);
    frontier_form_ack(o->setup.frontier, &o->request, entries, count, pages,
                      is_raw);
    free(entries);
    outbox_send(b, outbox_on_acked);
}

static void
outbox_form_retries(struct outbox_batch *b)
{
    struct outbox *o = b->o;
    struct frontier_retry *items;
    uint64_t now = outbox_now_ms();

    if (b->retries.n == 0)
        return;
    items = xcalloc(b->retries.n, sizeof(*items));
    for (size_t i = 0; i < b->retries.n; i++) {
        const struct outbox_retry *from = &b->retries.v[i];

        items[i].old = outbox_str(&b->text, from->old);
        items[i].new = outbox_str(&b->text, from->new);
        items[i].wait_ms =
            from->due_ms > now ? (int64_t)(from->due_ms - now) : 0;
    }
    frontier_form_retry(o->setup.frontier, &o->request, items, b->retries.n);
    free(items);
    outbox_send(b, outbox_on_acked);
}

static void
outbox_on_remembered(void *arg, const redisReply *reply)
{
    (void)arg, (void)reply; /* without it a page is fetched or stored again */
}

/* Send the request that was just formed; it may get lost. */
static void
outbox_offer(struct outbox *o)
{
    conn_offer(o->setup.conn, buf_str(&o->request), outbox_on_remembered, NULL);
    buf_reset(&o->request);
}

/* Links are in Redis: what the entries came to may be said. */
static void
outbox_batch_ack(struct outbox_batch *b)
{
    b->state = OUTBOX_ACKING;
    b->has_failed = false;
    if (!conn_is_up(b->o->setup.conn)) {
        b->has_failed = true;
        return;
    }
    b->waiting = 1;
    if (b->memories.n > 0) {
        memories_form(&b->memories, b->o->setup.frontier, &b->o->request);
        outbox_offer(b->o);
    }
    if (b->twins.n > 0) {
        twin_notes_form(&b->twins, b->o->setup.frontier,
                        b->o->setup.dedup_memory, &b->o->request);
        outbox_offer(b->o);
    }
    outbox_form_acks(b, b->acks.v, b->acks.n, b->pages, false);
    outbox_form_acks(b, b->raws.v, b->raws.n, 0, true);
    outbox_form_retries(b);
    if (--b->waiting == 0)
        outbox_stage_done(b);
}

/*
 * The batch's lines are in the file: which sync will have them on disk?  One
 * of links alone is done when its elders are, and so waits for theirs.
 */
static void
outbox_want_sync(struct outbox *o, struct outbox_batch *b)
{
    if (o->setup.syncer && b->acks.n + b->raws.n + b->retries.n > 0)
        o->wanted = syncer_want(o->setup.syncer, o->is_hurried);
    b->generation = o->wanted;
}

static enum err
outbox_write_lines(struct outbox *o, struct outbox_batch *b)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < LINE_KINDS && e == ERR_OK; i++)
        if (b->lines[i].n > 0)
            e = line_file_write(o->setup.files[i], buf_str(&b->lines[i]));
    return e;
}

void
outbox_flush(struct outbox *o)
{
    struct outbox_batch *b = o->filling;

    if (!outbox_has_news(o))
        return;
    if (outbox_write_lines(o, b) != ERR_OK) {
        o->is_lost = true; /* nothing of it is acked */
        o->setup.on_disk(o->setup.arg, errno);
        return;
    }
    outbox_want_sync(o, b);
    o->filling = outbox_batch_new(o);
    b->next = NULL;
    *o->newest = b;
    o->newest = &b->next;
    o->pending++;
    b->state = OUTBOX_ADDING;
    b->has_failed = true; /* not sent yet */
    if (conn_is_up(o->setup.conn))
        outbox_batch_add(b);
}

/* --- releases --- */

static void
outbox_releases_free(struct outbox_releases *r)
{
    buf_fini(&r->text);
    free(r->sites.v);
    free(r->entries.v);
    free(r);
}

void
outbox_release(struct outbox *o, const struct frontier_release *release)
{
    struct outbox_releases *r = o->gathering;
    struct outbox_site site = {.count = release->count,
                               .due_ms =
                                   outbox_now_ms() + (uint64_t)release->wait_ms,
                               .spacing_ms = release->spacing_ms,
                               .failures = release->failures,
                               .unused = release->unused};

    if (r == NULL) {
        r = o->gathering = xcalloc(1, sizeof(*r));
        r->o = o;
        buf_init(&r->text, OUTBOX_TEXT_MAX);
    }
    site.name = outbox_copy(&r->text, release->site);
    OUTBOX_PUSH(r->sites, site);
    for (size_t i = 0; i < release->count; i++)
        OUTBOX_PUSH(r->entries, outbox_copy(&r->text, release->entries[i]));
}

static void
outbox_on_released(void *arg, const redisReply *reply)
{
    struct outbox_releases *r = arg;
    struct outbox *o = r->o;
    uint64_t count;

    r->is_sent = false;
    if (reply == NULL || frontier_read_count(reply, &count) != ERR_OK)
        return; /* outbox_up() sends it again */
    for (struct outbox_releases **p = &o->releases; *p; p = &(*p)->next)
        if (*p == r) {
            *p = r->next;
            break;
        }
    o->pending--;
    outbox_releases_free(r);
}

static void
outbox_releases_send(struct outbox_releases *r)
{
    struct outbox *o = r->o;
    struct frontier_release *sites = xcalloc(r->sites.n, sizeof(*sites));
    struct str *entries = xcalloc(r->entries.n + 1, sizeof(*entries));
    uint64_t now = outbox_now_ms();
    size_t at = 0;

    for (size_t i = 0; i < r->entries.n; i++)
        entries[i] = outbox_str(&r->text, r->entries.v[i]);
    for (size_t i = 0; i < r->sites.n; i++) {
        const struct outbox_site *from = &r->sites.v[i];

        sites[i] = (struct frontier_release){
            .site = outbox_str(&r->text, from->name),
            .wait_ms = from->due_ms > now ? (int64_t)(from->due_ms - now) : 0,
            .entries = entries + at,
            .count = from->count,
            .spacing_ms = from->spacing_ms,
            .failures = from->failures,
            .unused = from->unused};
        at += from->count;
    }
    frontier_form_release(o->setup.frontier, &o->request, sites, r->sites.n,
                          o->setup.per_site);
    free(sites);
    free(entries);
    r->is_sent = true;
    conn_send(o->setup.conn, buf_str(&o->request), outbox_on_released, r);
    buf_reset(&o->request);
}

void
outbox_flush_releases(struct outbox *o)
{
    struct outbox_releases *r = o->gathering;

    if (r == NULL)
        return;
    o->gathering = NULL;
    r->next = o->releases;
    o->releases = r;
    o->pending++;
    if (conn_is_up(o->setup.conn))
        outbox_releases_send(r);
}

/* --- the claims are gone --- */

static void
outbox_batch_disown(struct outbox_batch *b)
{
    b->acks.n = b->raws.n = b->retries.n = b->pages = 0;
}

void
outbox_disown(struct outbox *o)
{
    struct outbox_releases **p = &o->releases, *r;

    for (struct outbox_batch *b = o->oldest; b; b = b->next)
        outbox_batch_disown(b);
    outbox_batch_disown(o->filling);
    while ((r = *p) != NULL) {
        if (r->is_sent) { /* its reply is on the way */
            p = &r->next;
            continue;
        }
        *p = r->next;
        o->pending--;
        outbox_releases_free(r);
    }
    if (o->gathering)
        outbox_releases_free(o->gathering);
    o->gathering = NULL;
}

/* --- the connection --- */

void
outbox_down(struct outbox *o)
{
    /* what Redis confirmed in its last second may be forgotten */
    memset(o->known, 0, sizeof(o->known));
    seen_end_era(o->setup.seen);
    for (struct outbox_batch *b = o->oldest; b; b = b->next) {
        outbox_hold(b, false);
        b->state = OUTBOX_ADDING; /* links once more, then acks */
        b->has_failed = true;
    }
}

void
outbox_up(struct outbox *o)
{
    struct outbox_batch *b = o->oldest, *next;

    for (; b; b = next) {
        next = b->next;
        if (b->waiting == 0 && b->has_failed)
            outbox_batch_add(b);
    }
    for (struct outbox_releases *r = o->releases; r; r = r->next)
        if (!r->is_sent)
            outbox_releases_send(r);
}

static void
outbox_batch_each(const struct outbox_batch *b,
                  void (*fn)(void *arg, struct str text), void *arg)
{
    for (size_t i = 0; i < b->acks.n; i++)
        fn(arg, outbox_str(&b->text, b->acks.v[i]));
    for (size_t i = 0; i < b->raws.n; i++)
        fn(arg, outbox_str(&b->text, b->raws.v[i]));
    for (size_t i = 0; i < b->retries.n; i++)
        fn(arg, outbox_str(&b->text, b->retries.v[i].old));
}

static void
outbox_releases_each(const struct outbox_releases *r,
                     void (*fn)(void *arg, struct str text), void *arg)
{
    for (size_t i = 0; i < r->sites.n; i++)
        fn(arg, outbox_str(&r->text, r->sites.v[i].name));
    for (size_t i = 0; i < r->entries.n; i++)
        fn(arg, outbox_str(&r->text, r->entries.v[i]));
}

void
outbox_each(const struct outbox *o, void (*fn)(void *arg, struct str text),
            void *arg)
{
    for (const struct outbox_batch *b = o->oldest; b; b = b->next)
        outbox_batch_each(b, fn, arg);
    outbox_batch_each(o->filling, fn, arg);
    for (const struct outbox_releases *r = o->releases; r; r = r->next)
        outbox_releases_each(r, fn, arg);
    if (o->gathering)
        outbox_releases_each(o->gathering, fn, arg);
}

/* --- birth and end --- */

struct outbox *
outbox_new(const struct outbox_setup *setup)
{
    struct outbox *o = xcalloc(1, sizeof(*o));

    o->setup = *setup;
    o->newest = &o->oldest;
    buf_init(&o->request, OUTBOX_TEXT_MAX);
    o->filling = outbox_batch_new(o);
    return o;
}

void
outbox_free(struct outbox *o)
{
    struct outbox_batch *b, *next;
    struct outbox_releases *r, *after;

    if (o == NULL)
        return;
    for (b = o->oldest; b; b = next) {
        next = b->next;
        outbox_batch_free(b);
    }
    for (r = o->releases; r; r = after) {
        after = r->next;
        outbox_releases_free(r);
    }
    if (o->gathering)
        outbox_releases_free(o->gathering);
    outbox_batch_free(o->filling);
    outbox_batch_free(o->spare);
    buf_fini(&o->request);
    free(o);
}
