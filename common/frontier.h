/*
 * frontier - the crawl's queues in Redis: forms requests, reads replies.
 *
 * Only this module and common/lua/ know the keys (PROTOCOL.md lists them).
 * It never waits and holds no connection: each frontier_form_*() appends one
 * request's RESP bytes to a struct buf (an EVALSHA of that verb's script),
 * each frontier_read_*() takes the reply to it.  Each verb may arrive twice
 * with the same effect as once.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_FRONTIER_H
#define COMMON_FRONTIER_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/live.h"
#include "common/str.h"

enum {
    FRONTIER_LAYOUT = 2,       /* version of the key layout */
    FRONTIER_VISITS_MAX = 64,  /* visits one claim may give */
    FRONTIER_ENTRIES_MAX = 64, /* entries of one visit */
    FRONTIER_ADD_MAX = 1000,   /* entries one add may carry */
    /* wait_ms of a claim when --max-pages allows no more */
    FRONTIER_LIMIT_WAIT_MS = 250,
    /* bytes: the bound of a buffer that takes any one request */
    FRONTIER_REQUEST_MAX = 16 * 1024 * 1024
};

enum frontier_state {
    FRONTIER_NONE, /* no such crawl in this Redis */
    FRONTIER_SEEDING,
    FRONTIER_RUNNING,
    FRONTIER_PAUSED,
    FRONTIER_STOPPING,
    FRONTIER_FINISHED
};
const char *frontier_state_name(enum frontier_state s);

/* The key names of one crawl, as one worker (thread) or a master uses them. */
struct frontier;

/*
 * name: the crawl's, of [A-Za-z0-9._-], at most 64 bytes (else ERR_INVALID).
 * worker: this thread's identity "HOST-PID-RANDOM-T", "" for a master.
 */
enum err frontier_new(const char *name, const char *worker,
                      struct frontier **out) MUST_USE;
void frontier_free(struct frontier *f);
/* From now on the keys and requests of another worker. */
void frontier_rename(struct frontier *f, const char *worker);

/* For tests: what requests carry as the time; 0: Redis's own again. */
void frontier_set_now(struct frontier *f, int64_t now_ms);

/* SCRIPT LOAD of every verb: count of requests appended. */
size_t frontier_form_load(struct buf *b);

/* --- add: seen-test and queueing in one step --- */
enum frontier_place {
    FRONTIER_LAST, /* a link: the push end of the front queue */
    FRONTIER_NEXT, /* a redirect's target: the pop end */
};
struct frontier_item {
    struct str entry;     /* text of a struct entry */
    uint64_t fingerprint; /* of its URL */
    uint64_t host;        /* fingerprint of its host to be checked against
                             the seeds' hosts, or noted as one; 0: neither */
    enum frontier_place place;
    bool is_seed; /* host is noted, not checked */
};
/*
 * seed_row: where seeding has come to with this add, kept in crawl:NAME; 0
 * leaves it as it is.  Reply: how many were new.  ERR_NOT_FOUND when crawl:NAME
 * has no state: set that first; a Redis that came back empty stays empty.
 */
void frontier_form_add(const struct frontier *f, struct buf *b,
                       const struct frontier_item *items, size_t count,
                       uint64_t seed_row);
enum err frontier_read_add(const redisReply *r, uint64_t *added) MUST_USE;

/* --- claim: take sites and some of their entries --- */
struct frontier_visit {
    struct str site;
    int64_t spacing_ms;  /* least time between its requests, where that is more
                            than --delay; 0: nothing is known */
    unsigned failures;   /* 429, 503, no answer: in a row, over all holders */
    int64_t slow_ms;     /* an operator wants at least this; 0: none does */
    bool is_dropped;     /* ... and none of it: finish its entries unfetched */
    struct str *entries; /* borrowed from the reply, like site */
    size_t count;
    int64_t grants; /* so many of them may be asked, the first ones, by
                       --max-pages-per-site; -1: all */
};
struct frontier_claim {
    enum frontier_state state;
    int64_t wait_ms; /* until something is due; 0: ask again at once */
    struct frontier_visit visits[FRONTIER_VISITS_MAX];
    size_t count;
    struct str raw[FRONTIER_VISITS_MAX]; /* bare URLs and junk found in the
        queue, in flight now: canonicalise and add, then ack as raw */
    size_t raw_count;
    struct str *space; /* of entries; frontier_claim_fini() frees it */
};
/*
 * At most visits sites of at most entries entries, each site held by at most
 * per_site holders in the cluster.  A worker's first beat comes before its
 * first claim: who does not beat, or was reaped, is given nothing.
 */
void frontier_form_claim(const struct frontier *f, struct buf *b,
                         unsigned visits, unsigned entries, unsigned per_site);
enum err frontier_read_claim(const redisReply *r,
                             struct frontier_claim *out) MUST_USE;
void frontier_claim_fini(struct frontier_claim *c);

/*
 * What this worker holds (site, count, ...) and has in flight (entry, "0" or
 * "raw", ...) by Redis: HGETALL.  After a reconnect, what the worker does not
 * know of it came with a lost reply: release it.
 */
void frontier_form_hold_get(const struct frontier *f, struct buf *b);
void frontier_form_flight_get(const struct frontier *f, struct buf *b);

/* --- release: give sites back --- */
struct frontier_release {
    struct str site;
    int64_t wait_ms;           /* until the site may be visited again */
    const struct str *entries; /* not fetched: back to their queue, in order */
    size_t count;
    int64_t spacing_ms; /* as in struct frontier_visit; -1: no news of it */
    unsigned failures;
    uint64_t unused; /* grants of its visit that no entry has used */
};
void frontier_form_release(const struct frontier *f, struct buf *b,
                           const struct frontier_release *sites, size_t count,
                           unsigned per_site);

/* --- ack: entries are finished --- */
/*
 * pages: how many of them were pages in --max-pages' sense.  is_raw: they
 * were bare URLs and count neither as known nor as finished.
 */
void frontier_form_ack(const struct frontier *f, struct buf *b,
                       const struct str *entries, size_t count, size_t pages,
                       bool is_raw);

/* --- retry: try an entry again later --- */
struct frontier_retry {
    struct str old; /* as it was claimed */
    struct str new; /* with its tries raised */
    int64_t wait_ms;
};
void frontier_form_retry(const struct frontier *f, struct buf *b,
                         const struct frontier_retry *items, size_t count);

/* The reply of release, ack and retry: how many had an effect. */
enum err frontier_read_count(const redisReply *r, uint64_t *count) MUST_USE;

/* --- beat: I live, and what I counted since the last beat --- */
struct frontier_stat {
    const char *name;
    int64_t delta;
};
/*
 * seq counts the beats of this worker from 1: a repeated one is ignored.
 * info: what displays show of it, a JSON object or nothing.
 */
void frontier_form_beat(const struct frontier *f, struct buf *b, uint64_t seq,
                        const struct frontier_stat *stats, size_t count,
                        struct str info);
struct frontier_beat {
    enum frontier_state state;
    bool is_reaped; /* taken for dead: drop all claims, take a new identity */
    int64_t now_ms; /* Redis's clock: ms since 1970 */
    struct live live;
    bool is_live_odd; /* one of them stands there as no such value */
};
enum err frontier_read_beat(const redisReply *r,
                            struct frontier_beat *out) MUST_USE;

/* --- reap: take back what a dead worker held --- */
/*
 * wait_ms: how long its sites rest at least (it may just have asked them;
 * longer where pace:NAME says so).  Reply
 * (frontier_read_count): how much is still to be taken back; form it again
 * until 0.
 */
void frontier_form_reap(const struct frontier *f, struct buf *b,
                        struct str worker, int64_t wait_ms);
/* Workers and the ms since their last beat: reply is read pair by pair. */
void frontier_form_workers(const struct frontier *f, struct buf *b);
struct frontier_worker {
    struct str name; /* borrowed from the reply */
    int64_t silent_ms;
};
/* i-th of the reply; ERR_NOT_FOUND behind the last. */
enum err frontier_read_worker(const redisReply *r, size_t i,
                              struct frontier_worker *out) MUST_USE;

/* --- counts: what a master and a display need --- */
struct frontier_counts {
    enum frontier_state state;
    uint64_t known;      /* entries ever added */
    uint64_t finished;   /* acked */
    uint64_t queued;     /* in the front queue */
    uint64_t waiting;    /* in back queues */
    uint64_t flight;     /* in workers' hands */
    uint64_t retry;      /* waiting for their next try */
    uint64_t sites_held; /* sites in somebody's hands */
    uint64_t sites_due;  /* sites in play and not held */
    uint64_t workers;
    int64_t next_due_ms;   /* until a site is due; -1: none */
    int64_t next_retry_ms; /* until a retry is due; -1: none */
    uint64_t seed_row;     /* where seeding has come to */
    uint64_t charged;      /* pages fetched or in flight: for --max-pages */
    char long_site[256];   /* the site with the most work left ... */
    uint64_t long_entries; /* ... its entries ... */
    int64_t long_ms;       /* ... and the least time they take */
    uint64_t quarantined;  /* set aside: their pages killed workers */
};
void frontier_form_counts(const struct frontier *f, struct buf *b);
enum err frontier_read_counts(const redisReply *r,
                              struct frontier_counts *out) MUST_USE;
/* Seeding is done and every entry finished, but for those set aside. */
bool frontier_is_done(const struct frontier_counts *c);

/* --- quarantine: pages that kill workers --- */
/*
 * An entry's URL was being worked on when the worker died.  Reply
 * (frontier_read_count): the deaths it stands accused of; with three a claim
 * sets it aside.
 */
void frontier_form_blame(const struct frontier *f, struct buf *b,
                         struct str worker, struct str url);
/*
 * Nothing else is left (frontier_is_done()): the oldest that was set aside
 * goes back for one last try.
 */
void frontier_form_trial(const struct frontier *f, struct buf *b);
struct frontier_trial {
    struct str entry; /* borrowed from the reply; empty: there is none */
    bool is_dead;     /* it had its last try: log it, then bury it */
};
enum err frontier_read_trial(const redisReply *r,
                             struct frontier_trial *out) MUST_USE;
/* It is finished.  Reply: frontier_read_count, 0 when it was not there. */
void frontier_form_bury(const struct frontier *f, struct buf *b,
                        struct str entry);
/* LRANGE of the quarantine; HGETALL of suspects: URL, its accusations. */
void frontier_form_quarantine_get(const struct frontier *f, struct buf *b,
                                  int64_t first, int64_t last);
void frontier_form_suspects_get(const struct frontier *f, struct buf *b);

/* --- what is known of sites, and ordered --- */
/* In pace:NAME, or gone from it with nothing to be known (0, 0). */
void frontier_form_pace_set(const struct frontier *f, struct buf *b,
                            struct str site, int64_t spacing_ms,
                            unsigned failures);
/* text: "drop" or "delay MS".  _get: HGETALL, site, text, ... */
void frontier_form_order_set(const struct frontier *f, struct buf *b,
                             struct str site, struct str text);
void frontier_form_order_del(const struct frontier *f, struct buf *b,
                             struct str site);
void frontier_form_orders_get(const struct frontier *f, struct buf *b);

/*
 * --ip-delay: the next slot of an address, ip_delay_ms after the one before
 * it, whoever asks.  A slot more than most_ms away is not promised.
 */
void frontier_form_slot(const struct frontier *f, struct buf *b,
                        struct str address, int64_t ip_delay_ms,
                        int64_t most_ms);
struct frontier_slot {
    int64_t wait_ms;
    bool is_promised; /* else: ask anew then */
};
enum err frontier_read_slot(const redisReply *r,
                            struct frontier_slot *out) MUST_USE;

/* --- what died --- */
/* A worker found Redis back after a break; it may have lost a second then. */
void frontier_form_break_note(const struct frontier *f, struct buf *b,
                              int64_t now_ms);
/* HGETALL of deaths:NAME: worker or "redis-SECONDS", what it held. */
void frontier_form_deaths_get(const struct frontier *f, struct buf *b);
/* HGET: what the worker reported with its last beat. */
void frontier_form_worker_info(const struct frontier *f, struct buf *b,
                               struct str worker);

/* --- steer: pause, resume, stop, or say that all seeds are in --- */
enum frontier_order {
    FRONTIER_PAUSE,       /* a crawl that seeds or runs */
    FRONTIER_RESUME,      /* a paused one */
    FRONTIER_STOP,        /* one of these three */
    FRONTIER_SEEDED,      /* all seeds are in: a crawl that seeds runs then */
    FRONTIER_SEEDED_BADLY /* so are those that could be read */
};
void frontier_form_steer(const struct frontier *f, struct buf *b,
                         enum frontier_order order);
/* Both the same: its state did not allow it, or it was so already. */
enum err frontier_read_steer(const redisReply *r, enum frontier_state *before,
                             enum frontier_state *after) MUST_USE;

/* --- change: settings that count from now on, see common/live.h --- */
struct frontier_change {
    struct live live;  /* LIVE_UNSET: as it is; LIVE_BACK: as the options say */
    int64_t delay_ms;  /* what --delay says */
    int64_t max_pages; /* LIVE_UNSET: as it is */
};
void frontier_form_change(const struct frontier *f, struct buf *b,
                          const struct frontier_change *change);
/*
 * What counts now.  FRONTIER_NONE, FRONTIER_FINISHED: nothing was changed.
 */
enum err frontier_read_change(const redisReply *r, enum frontier_state *state,
                              struct live *out) MUST_USE;

/* --- crawl, stats, robots:NAME:ORIGIN, cookies:NAME:SITE, plain commands ---
 */
/* HGETALL of crawl:NAME and of stats:NAME: an array of name, value, ... */
void frontier_form_crawl_get(const struct frontier *f, struct buf *b);
void frontier_form_stats_get(const struct frontier *f, struct buf *b);
/* HSET of one field of crawl:NAME. */
void frontier_form_crawl_set(const struct frontier *f, struct buf *b,
                             struct str field, struct str value);
void frontier_form_state_set(const struct frontier *f, struct buf *b,
                             enum frontier_state s);
void frontier_form_robots_get(const struct frontier *f, struct buf *b,
                              struct str origin);
void frontier_form_robots_set(const struct frontier *f, struct buf *b,
                              struct str origin, struct str value,
                              int64_t ttl_ms);
/* What one visit of a site leaves to the next: lines of cookies.txt. */
void frontier_form_cookies_get(const struct frontier *f, struct buf *b,
                               struct str site);
void frontier_form_cookies_set(const struct frontier *f, struct buf *b,
                               struct str site, struct str value,
                               int64_t ttl_ms);
/*
 * One step of removing every key of the crawl (SCAN and UNLINK): pass cursor
 * "0" first, then what the last step gave, until it is "0" again.
 */
void frontier_form_scan(const struct frontier *f, struct buf *b,
                        const char *cursor);
/*
 * Appends the UNLINK of the scan's keys to b, count: how many requests that
 * is (0 or 1); cursor takes the next one.
 */
enum err frontier_read_scan(const struct frontier *f, const redisReply *r,
                            char cursor[32], struct buf *b,
                            size_t *count) MUST_USE;

#endif
