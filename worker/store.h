/*
 * store - keeps what came of a fetch: a WARC record and a line of the log.
 *
 * One per thread.  The record is written when store_page() returns; the line
 * goes into the outbox's batch, on disk before the entry is acked.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_STORE_H
#define WORKER_STORE_H

#include "common/cache_value.h"
#include "common/entry.h"
#include "common/frontier_twin.h"
#include "worker/fetch.h"
#include "worker/worker.h"

struct store;

/* index: of the thread among those of its process. */
struct store *store_new(struct worker *w, unsigned index, const char *identity,
                        struct stats *stats);
void store_free(struct store *s);

/* What the line says; all borrowed. */
struct store_item {
    const struct entry *entry;
    enum outcome outcome;
    const struct fetch *fetch; /* NULL: none was made */
    struct str redirect;       /* where it points, canonical; or empty */
    struct str robots_rule;    /* which line refused it; or empty */
    bool is_of_robots;         /* it was robots.txt that met the failure */
    const char *no_address;    /* why its name has none, or NULL */
    size_t decoded_bytes;
    struct str body;     /* without its content coding; of OK */
    bool is_body_broken; /* the coding was damaged: what could be read of it */
    size_t links;        /* found on the page */
    bool is_links_cut;   /* and more of them passed over: --max-links */
    struct str sitemap;  /* what kind of one it is; or empty */
    struct str exec;     /* why --exec's command gave nothing; or empty */
    bool will_retry;
    int64_t sent_ms; /* Redis's clock: the request went out; 0: it did not */
    int64_t sent_error_ms; /* that clock is known so well only */
    int64_t spacing_ms;    /* from then to the site's next, at least */
    const struct cache_value *known;  /* of an earlier body; NULL: nothing is */
    const struct warc_sum *sum;       /* of the body; NULL: not yet taken */
    const struct frontier_twin *twin; /* a record with that sum; or NULL */
    struct str metadata;              /* for a record of its own; or empty */
};

/* The digest of the body, as the WARC record will have it. */
void store_sum(struct store *s, const struct fetch_answer *a,
               struct warc_sum *out);

/*
 * ERR_NO_SPACE, ERR_IO: the record or the file could not be written, the line
 * was not; the entry must not be acked.
 */
enum err store_page(struct store *s, const struct store_item *item,
                    struct buf *log) MUST_USE;
/* A record that is no page's; as above, and others: it cannot be framed. */
enum err store_resource(struct store *s,
                        const struct warc_resource *in) MUST_USE;
/* What that could not do: "write the WARC file". */
const char *store_trouble(const struct store *s);
/* Whether what is to be kept besides records is here already. */
bool store_has_file(struct store *s, struct str url);
/*
 * Whether the page that store_page() kept last has its body in a record of
 * its own: of what date and digest, others may refer to it.
 */
bool store_has_body(const struct store *s);
/* Whether its record says that another one has its body. */
bool store_is_revisit(const struct store *s);
/*
 * Of the page that store_page() kept last, whose answer is a: digest, date and
 * whether WARC has it.  One that is the known body has the known one's date.
 */
void store_note(const struct store *s, const struct fetch_answer *a,
                const struct cache_value *known, struct cache_value *out);

#endif
