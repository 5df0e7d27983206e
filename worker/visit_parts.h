/*
 * visit_parts - what the files of a visit share; for worker/visit*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_VISIT_PARTS_H
#define WORKER_VISIT_PARTS_H

#include "common/outcome.h"
#include "common/robots.h"
#include "worker/fetch.h"
#include "worker/visit.h"

enum visit_next { VISIT_GO_ON, VISIT_PARKED };
typedef enum visit_next visit_step_fn(struct visit *v);

#define VISIT_STEP_FN(name, function) visit_step_fn visit_step_##function;
VISIT_STEPS(VISIT_STEP_FN)
#undef VISIT_STEP_FN

/* --- visit_links.c --- */
struct visit_link {
    const struct url *url;
    unsigned depth, hops, sitemap; /* as of an entry */
    struct str referrer;
    enum frontier_place place;
};
/* Make it an entry of the outbox, unless somebody has it already. */
void visit_queue_link(struct visit *v, const struct visit_link *link);
/*
 * By the scope.  A sitemap leads to pages: only what is to be kept out
 * (domains, --reject-regex) counts for it.
 */
bool visit_is_in_scope(const struct visit *v, const struct url *url,
                       unsigned depth, bool is_sitemap);
/*
 * A reference that the user's own command gave: resolved against the page,
 * by the scope.  depth: the link's.
 */
void visit_queue_reference(struct visit *v, struct str reference,
                           unsigned depth);
/* A reference that url_parse() refused. */
void visit_count_bad(struct thread *t, enum err e);

/* The body without its content coding, if it has one, into the thread's. */
void visit_decode(struct visit *v);
/* What came without its content coding; anew, where others have used the
 * thread's memory since.  Borrowed until the next visit_decode(). */
struct str visit_body(struct visit *v);

/* --- visit_exec.c --- */
/* It waits for an answer that will not come any more. */
bool visit_exec_is_vain(const struct visit *v);

/* --- visit_sitemaps.c --- */
/* Whether the body was a sitemap or a feed: its links are queued then. */
bool visit_find_sitemap(struct visit *v, const struct fetch_answer *a,
                        struct str body);
/* --sitemaps: those that the robots.txt of the entry's origin names. */
void visit_queue_sitemaps(struct visit *v, const struct robots *rules);

/* The site goes back, with the entries from at on. */
void visit_end(struct visit *v);
/*
 * The reply that v was parked for is here: false when v ended meanwhile, it
 * may be gone then.
 */
bool visit_is_back(struct visit *v);

/* --- visit_extract.c --- */
/* The page is HTML and its record is stored: what is to be taken out of it. */
void visit_extract(struct visit *v);

/* --- visit_cache.c: with --cache, else they do nothing --- */
void visit_cache_open(struct visit *v);
void visit_cache_close(struct visit *v);
/* The current entry is a new one. */
void visit_cache_begin(struct visit *v);
/* It was asked for so lately that it is not asked for now (--revisit). */
bool visit_cache_is_fresh(const struct visit *v);
/* What to send along; NULL: ask for it whole. */
const struct fetch_condition *visit_cache_ask(struct visit *v);
/*
 * The answer's outcome is known: a 304 that was not asked for is another one.
 * True: the server refused the condition, ask without it.
 */
bool visit_cache_is_refused(struct visit *v);
/* Whether an earlier record of this URL has a body of that sum. */
struct warc_sum;
bool visit_cache_has(const struct visit *v, const struct warc_sum *sum);
/* If a 304 was asked for and another URL's record has the body: its sum. */
bool visit_cache_twin(const struct visit *v, struct warc_sum *sum);
/* What the record and the line may refer to; NULL: nothing. */
const struct cache_value *visit_cache_known(const struct visit *v);
/* The page is stored: note it for the next crawl. */
void visit_cache_note(struct visit *v);
/* --- visit_twin.c: with --dedup, else they do nothing --- */
struct store_item;
void visit_twin_open(struct visit *v);
void visit_twin_close(struct visit *v);
/* What is known of the body's digest, for the record. */
void visit_twin_lend(struct visit *v, struct store_item *item);
/* The page is stored: whoever meets such a body may refer to it. */
void visit_twin_note(struct visit *v);

/* --- visit_metadata.c: with --warc-metadata, else they do nothing --- */
struct link;
void visit_metadata_open(struct visit *v);
void visit_metadata_close(struct visit *v);
/* A link of the page, whatever becomes of it; only with --warc-metadata. */
void visit_metadata_link(struct visit *v, const struct link *link,
                         const struct url *base);
/* For the record, until visit_metadata_end(); empty: there is to be none. */
struct str visit_metadata_text(struct visit *v);
void visit_metadata_end(struct visit *v);

/* --- visit_grant.c: --max-pages-per-site --- */
/* The current entry begins: whether it may be asked. */
bool visit_take_grant(struct visit *v);
/* It is done; will_retry: for now, the next claim grants it anew. */
void visit_end_grant(struct visit *v, bool will_retry);
/* What is left when the visit ends: for its release. */
uint64_t visit_unused_grants(const struct visit *v);

/* --- visit_wait.c --- */
/* When may the site's next request start?  sent_ms: when the last one did. */
void visit_set_ready(struct visit *v, int64_t sent_ms, int64_t response_ms);
/*
 * 429, 503 and failures to answer at all move the site's clock; any other
 * answer heals.  outcome: of the page, or of robots.txt.
 */
void visit_back_off(struct visit *v, enum outcome outcome,
                    const struct fetch_answer *a);
/*
 * The site's Crawl-delay is known: GO_ON, or PARKED until Redis knows it too,
 * so that whoever has the site next keeps it, whatever becomes of us.
 */
enum visit_next visit_keep_pace(struct visit *v);
/*
 * Ask for the host's addresses before a connection is taken: PARKED until
 * they are known, or known not to be had.  A slow name server, or a name that
 * nobody answers for, must not keep others from their connections.
 */
enum visit_next visit_look_up(struct visit *v);
/* We may be taken for dead: PARKED until a heartbeat says that we are not. */
enum visit_next visit_wait_lease(struct visit *v);

enum visit_next visit_sleep(struct visit *v, uint64_t ms);

/* --- visit_outage.c --- */
/* A fetch begins, or the look-up before it has failed. */
void visit_note_asked(struct visit *v);
/*
 * The fetch has ended.  PARKED: nothing answered, and whether that is our own
 * network's fault is not known yet; or it is, and the visit has been given
 * back.  GO_ON: take it as it is.
 */
enum visit_next visit_hear(struct visit *v);

/* --- visit_jar.c --- */
/* The site's cookies are not known yet: PARKED until they are. */
enum visit_next visit_jar_ask(struct visit *v);
/* What the page's answer did to them. */
void visit_jar_take(struct visit *v);
/* The visit ends: for the next one of the site. */
void visit_jar_keep(struct visit *v);
/* Whether a redirect to that is to be asked again, for its cookie's sake. */
bool visit_jar_leads_back(struct visit *v, const struct url *to);
/* In place of an ack: the entry goes on as the page it leads back to. */
void visit_jar_ask_again(struct visit *v);

#endif
