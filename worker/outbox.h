/*
 * outbox - what a thread tells the frontier: links, acks, retries, releases.
 *
 * What is put in gathers in a batch.  A batch goes out in an order that is
 * the whole of the crash safety: its log lines to disk, its links to Redis,
 * and only when Redis has confirmed those, its acks and retries.  (A page's
 * WARC record is on disk before its entry is put in at all.)  Batches keep
 * that order among each other.  When the connection breaks, all that was not
 * confirmed is sent again; every verb bears that.
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
#include "common/stats.h"
#include "common/conn.h"
#include "worker/seen.h"

struct outbox;

struct outbox_setup {
    const struct frontier *frontier;
    struct conn *conn;
    struct seen *seen; /* takes fingerprints that Redis has confirmed */
    struct stats *stats;
    int log_fd; /* the crawl log, O_APPEND */
    unsigned per_site;
    void (*on_new)(void *arg, uint64_t count); /* links that were new */
    void (*on_disk)(void *arg, int error);     /* the log cannot be written */
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
/* Where the log lines of the entries in the current batch are gathered. */
struct buf *outbox_log(struct outbox *o);
void outbox_release(struct outbox *o, const struct frontier_release *release);

/* Send the current batch now; nothing to send is fine. */
void outbox_flush(struct outbox *o);
/* Send the releases that have gathered. */
void outbox_flush_releases(struct outbox *o);
/* Something waits in the current batch. */
bool outbox_has_news(const struct outbox *o);
/* Acks and the like in the current batch: a reason to flush it. */
size_t outbox_size(const struct outbox *o);
/* Batches and releases under way; 0 and no news: all is confirmed. */
size_t outbox_pending(const struct outbox *o);

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
