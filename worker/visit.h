/*
 * visit - a claimed site in a thread's hands, and the steps of each entry.
 *
 *   (RECALL ->) ROBOTS -> (RULES ->) WAIT -> SLOT -> FETCH (-> TWIN) -> PAGE
 *                 ^                                                     |
 *                 +-- next entry <- FINISH <- STORE (<- EXEC) <- LINKS <+
 *
 * One transfer at a time.  Each step is a function that returns GO_ON, or
 * PARKED when a timer, a reply or a transfer will run the visit again; only
 * visit_run() moves on.  When the entries are used up, or the site asks for
 * a longer pause, the site is released and what was not fetched goes back.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_VISIT_H
#define WORKER_VISIT_H

#include <uv.h>

#include "common/entry.h"
#include "common/frontier.h"
#include "common/outcome.h"
#include "common/url.h"
#include "worker/exec.h"
#include "worker/jar.h"

/* clang-format off */
#define VISIT_STEPS(STEP)                                                     \
    STEP(RECALL, recall) /* --cache: what is remembered of the entries */     \
    STEP(ROBOTS, robots) /* may we? what is known of robots.txt says */       \
    STEP(RULES,  rules)  /* nothing is known: fetch robots.txt */             \
    STEP(WAIT,   wait)   /* the delay since the site's last request */        \
    STEP(SLOT,   slot)   /* --ip-delay: the turn of its address */            \
    STEP(FETCH,  fetch)  /* a connection, the request, its answer */          \
    STEP(TWIN,   twin)   /* --dedup: is such a body stored already? */        \
    STEP(PAGE,   page)   /* what came of it: outcome, decoding, type */       \
    STEP(LINKS,  links)  /* links and redirects to the outbox */              \
    STEP(EXEC,   exec)   /* --exec: what the command answers */               \
    STEP(STORE,  store)  /* WARC record and log line */                       \
    STEP(FINISH, finish) /* ack or retry; the next entry or the end */
/* clang-format on */

enum visit_step {
#define VISIT_ENUM(name, function) VISIT_##name,
    VISIT_STEPS(VISIT_ENUM)
#undef VISIT_ENUM
};

enum { VISIT_MAGIC = 0x76697374 };

struct thread;
struct fetch;
struct visit_cache;
struct visit_twin;
struct visit_metadata;

struct visit {
    unsigned magic;
    enum visit_step step;
    struct thread *thread;
    struct visit *next;  /* in ready or slot_queue */
    struct visit *after; /* among all of the thread's visits */
    struct visit **before;
    bool is_queued; /* in ready or slot_queue */
    bool has_slot;
    size_t slot_load;  /* connections in use with it, when it was taken */
    uint64_t slot_ms;  /* ... when that was; 0: not for this entry */
    bool awaits_reply; /* of Redis or the resolver: it must live so long */
    bool is_orphan;    /* ended while that reply was under way */
    bool is_waiting;   /* for its delay only */

    /* the claim */
    struct buf text; /* owns site and entries */
    struct str site;
    struct str entries[FRONTIER_ENTRIES_MAX];
    size_t count, at;  /* at: the current one */
    uint64_t ready_ms; /* the site's next request may start then */
    int64_t crawl_delay_ms;
    int64_t spacing_ms; /* what pace:NAME is to have of the site ... */
    int64_t told_ms;    /* ... and what it has for sure */
    unsigned failures;  /* in a row: 429, 503, no answer */
    int64_t slow_ms;    /* an operator's least delay */
    bool is_dropped;    /* by an operator: nothing of it is fetched */
    int64_t grants;     /* entries that may be asked, the first ones; -1: all */
    size_t spare;       /* grants that their entries had no use for */
    bool has_news;      /* spacing_ms or failures are not in Redis yet */
    uv_timer_t timer;   /* until ready_ms */
    struct jar jar;     /* its cookies */
    char address[64];   /* --ip-delay: where the slot is; "" none yet */

    /* the current entry */
    struct entry entry;
    struct url url;
    struct fetch *fetch;    /* of the page, or of robots.txt in RULES */
    bool is_looked_up;      /* its host's addresses were asked for ... */
    const char *no_address; /* ... and not found, why; or NULL */
    uint64_t asked_ms;      /* when it was begun to be asked for */
    uint64_t silent_ms;     /* when that ended; 0: it has not */
    unsigned robots_hops;
    struct buf robots_url; /* where robots.txt was redirected to */
    struct buf robots_via; /* origins whose own one that was, in lines */
    enum outcome outcome;
    bool is_of_robots;    /* robots.txt met it: nothing else was asked */
    bool is_page;         /* HTML worth looking for links */
    bool is_body_decoded; /* the thread's body has it, else the answer */
    bool is_body_broken;  /* that is what could be read of a damaged one */
    size_t decoded_bytes;
    size_t links;
    const char *sitemap;    /* the kind of sitemap or feed that it is; NULL */
    bool is_links_cut;      /* there were more than --max-links */
    int64_t retry_after_ms; /* what the site asked for; -1: nothing */
    struct buf note;        /* redirect target or robots rule, for the log */
    bool must_end;          /* release after this entry */
    struct visit_cache *cache;       /* NULL without --cache */
    struct visit_twin *twin;         /* NULL without --dedup */
    struct visit_metadata *metadata; /* NULL without --warc-metadata */
    int64_t answered_ms;             /* monotonic: the whole answer was there */
    bool has_new_cookie;             /* by this answer */
    bool is_led_back;     /* a redirect to what was asked before: again */
    struct exec_job exec; /* the page, while --exec's command has it */
    const char *exec_how; /* what went wrong with it there; NULL: nothing */
    bool has_grant;       /* its own, or a spare one */
};

/* Takes a copy of what was claimed and begins with the next turn. */
struct visit *visit_new(struct thread *t, const struct frontier_visit *claimed);
void visit_run(struct visit *v);
/*
 * Give the site and all entries that are not finished back.  A transfer that
 * runs is cut off.
 */
void visit_give_back(struct visit *v);
/* The same, of one that somebody else has by now: nobody is told. */
void visit_forsake(struct visit *v);
/* --exec's command, for all visits of a thread. */
void visit_exec_open(struct thread *t);
void visit_exec_close(struct thread *t); /* behind the loop's end */
/* Whether a transfer is under way: worth a moment's patience when draining. */
bool visit_is_busy(const struct visit *v);

#endif
