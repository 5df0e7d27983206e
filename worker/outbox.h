/*
 * outbox - what a thread tells the frontier: links, acks, retries, releases.
 *
 * What is put in gathers in a batch.  A batch goes out in an order that is
 * the whole of the crash safety: its lines to disk, its links to Redis,
 * and only when Redis has confirmed those, its acks and retries.  (A page's
 * WARC record is on disk before its entry is put in at all.)  Batches keep
 * that order among each other.  When the connection breaks, all that was not
 * confirmed is sent again; every verb bears that.
 *
 * With a syncer (--durability power) the acks and retries wait once more, for
 * the disk to have the records and lines of their batch; links do not.
 *
 * With --cache what is to be remembered of a page goes before its ack, and so
 * behind its record; nobody waits for it, and a full Redis may refuse it.
 *
 * A stored body's digest goes the same way (--dedup): before its ack, behind
 * its record, so that a record that somebody refers to is there.
 *
 * Releases do not wait for acks: they go out with the next turn of the loop.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_OUTBOX_H
#define WORKER_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/frontier.h"
#include "common/frontier_twin.h"
#include "common/stats.h"
#include "common/conn.h"
#include "worker/line_file.h"
#include "worker/seen.h"
#include "worker/syncer.h"

struct outbox;

struct outbox_setup {
    const struct frontier *frontier;
    struct conn *conn;
    struct seen *seen; /* takes fingerprints that Redis has confirmed */
    struct stats *stats;
    struct line_file *const *files; /* by enum line_kind; NULL: none */
    struct syncer *syncer;          /* NULL: acks do not wait for the disk */
    unsigned per_site;
    int64_t dedup_memory;
    void (*on_new)(void *arg, uint64_t count); /* links that were new */
    void (*on_disk)(void *arg, int error);     /* lines cannot be written */
    void *arg;
};

struct outbox *outbox_new(const struct outbox_setup *setup);
void outbox_free(struct outbox *o); /* what was not sent is dropped */

/* Bytes are copied.  fingerprint and host as in struct frontier_item. */
void outbox_link(struct outbox *o, struct str entry, uint64_t fingerprint,
                 uint64_t host, enum frontier_place place);
/* Sent to Redis by this thread since the last break: need not go again. */
bool outbox_knows(const struct outbox *o, uint64_t fingerprint);
void outbox_ack(struct outbox *o, struct str entry, bool is_page);
void outbox_ack_raw(struct outbox *o, struct str raw);
void outbox_retry(struct outbox *o, struct str old_entry, struct str new_entry,
                  int64_t wait_ms);
/* value: common/cache_value.h's; empty: forget it. */
void outbox_remember(struct outbox *o, uint64_t fingerprint, struct str value);
/* The record is written; others are told of it when it is sure to last. */
void outbox_note_twin(struct outbox *o, const struct frontier_twin *twin);
/* Where the lines of the entries in the current batch are gathered. */
struct buf *outbox_lines(struct outbox *o, enum line_kind kind);
void outbox_release(struct outbox *o, const struct frontier_release *release);

/*
 * Send the current batch now; nothing to send is fine.  Lines that cannot be
 * written are told once by on_disk: then no batch goes out any more, what is
 * in the current one stays in flight, for others.
 */
void outbox_flush(struct outbox *o);
/* Send the releases that have gathered. */
void outbox_flush_releases(struct outbox *o);
/* Something waits in the current batch. */
bool outbox_has_news(const struct outbox *o);
/* Acks and the like in the current batch, and its lines in blocks of
 * 64 KB: a reason to flush it. */
size_t outbox_size(const struct outbox *o);
/*
 * Batches and releases under way; 0 and no news: all is confirmed, but for
 * what a disk that failed will never confirm.
 */
size_t outbox_pending(const struct outbox *o);
/* Of these, the ones that Redis is too slow for, or the disk far too slow. */
size_t outbox_unconfirmed(const struct outbox *o);
/* To be called each turn: acks that the disk has been waited for go out. */
void outbox_look_at_disk(struct outbox *o);
/* The end is near: wait for the disk at once, not about once a second. */
void outbox_hurry(struct outbox *o);

/* Every entry, raw line and site that is on its way out: acked, put off or
 * released, and not confirmed. */
void outbox_each(const struct outbox *o, void (*fn)(void *arg, struct str text),
                 void *arg);

/*
 * We were taken for dead, others have our claims: acks, retries and releases
 * that were not sent are dropped.  Links go on, they are true whoever asks.
 */
void outbox_disown(struct outbox *o);

/* The connection broke; it is back, or a full Redis may have room again. */
void outbox_down(struct outbox *o);
void outbox_up(struct outbox *o);

#endif
