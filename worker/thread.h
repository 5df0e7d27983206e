/*
 * thread - one event loop and what it owns.
 *
 * Shared-nothing: a thread has its loop, its transfers, its connection to
 * Redis, its resolver, its visits and its counters; while it holds a site
 * nobody else does, so politeness needs no lock.  What threads share is
 * listed in worker/worker.h.  Nothing blocks a loop but writes to local files.
 *
 * A turn of the loop: run the visits that became ready, claim more, send what
 * has gathered for the frontier; then wait for sockets and timers.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_THREAD_H
#define WORKER_THREAD_H

#include <pthread.h>
#include <uv.h>

#include "common/crumb.h"
#include "common/frontier.h"
#include "common/stats.h"
#include "common/conn.h"
#include "worker/adapt.h"
#include "worker/decode.h"
#include "worker/exec.h"
#include "worker/exec_page.h"
#include "worker/extract.h"
#include "worker/fetch.h"
#include "worker/links.h"
#include "worker/outbox.h"
#include "worker/report.h"
#include "worker/resolve.h"
#include "worker/robots_cache.h"
#include "common/scope.h"
#include "worker/sitemap.h"
#include "worker/store.h"
#include "worker/worker.h"

struct visit;
struct thread_trial;

/* Visits in a row, linked through their own field next. */
struct visit_queue {
    struct visit *first, **last;
};

enum { THREAD_KNOWN_TAGS = 1 << 15 };

struct thread {
    /* shared; see worker.h */
    struct worker *worker;
    struct stats stats;              /* written here only, read by anybody */
    atomic_uint_least64_t turned_ms; /* its last turn; UINT64_MAX: it ended */

    /* owned by the thread */
    char identity[160];   /* "HOST-PID-RANDOM-T", after a reap with ".LIFE" */
    unsigned index, life; /* T; how often it was taken for dead */
    pthread_t pthread;
    uv_loop_t loop;
    uv_async_t wake;   /* the only handle that others may touch */
    uv_prepare_t turn; /* the beginning of each turn */
    uv_timer_t alarm;  /* the next of: beat, batch, claim, drain */
    struct frontier *frontier;
    struct conn *conn;
    struct resolve *resolve;
    struct fetcher *fetcher;
    struct outbox *outbox;
    struct store *store;
    struct exec *exec; /* --exec's command; NULL: none */
    struct exec_page_writer exec_page;
    uint64_t exec_garbage_ms; /* when an answer that is none was told of */
    struct crumb *crumb;      /* the page in work; NULL: none is kept */
    struct decoder *decoder;
    struct robots_cache *robots;
    struct links *links;
    struct extract *extract; /* NULL: nothing is extracted */
    struct sitemap *sitemap;
    struct scope_match *scope_match;

    struct visit_queue ready;      /* may take their next step now */
    struct visit_queue slot_queue; /* wait for a free connection */
    struct visit_queue twin_queue; /* want to know of their bodies */
    struct visit *visits;          /* all of them */
    size_t visits_count;
    size_t slots;      /* connections it may use just now */
    size_t slots_used; /* of them */
    size_t sockets;    /* all it may have open; 0: no bound */
    size_t waiting;    /* visits that only wait for their delay */

    bool is_auto; /* adapt says how many connections: --threads auto */
    struct adapt adapt;
    uint64_t adapt_at_ms;    /* the next look */
    bool was_held;           /* since the last one: by the connections */
    unsigned decreases_told; /* in the log */

    bool is_claiming;       /* a claim is under way */
    uint64_t claim_at_ms;   /* not before */
    uint64_t claim_wait_ms; /* grows while claims bring nothing */
    uint64_t claim_rest_ms; /* since a break: not before, whatever is new */
    bool is_page_limit;     /* the last one said that --max-pages is reached */
    struct buf request;

    uint64_t down_at_ms; /* when the connection broke */
    uint64_t up_at_ms;   /* when it was mended; 0: it never broke */
    bool has_to_mend;    /* the connection broke: what is held must be asked */
    bool is_mending;

    uint64_t beat_seq;
    uint64_t beat_at_ms;
    bool is_beating;
    bool is_beat_unsure;     /* its reply was lost: the same one again */
    uint64_t beat_sent_ms;   /* of the one under way, by thread_boot_ms() */
    uint64_t lease_until_ms; /* by that clock: nobody takes us for dead */
    int64_t clock_ms;        /* Redis's clock less thread_now_ms() ... */
    uint64_t clock_error_ms; /* ... known so exactly ... */
    uint64_t clock_at_ms;    /* ... since then */
    bool has_break_to_note;
    struct stats beat_stats; /* what the last beat has told */
    struct stats beat_next;  /* what the one under way tells */
    struct report report;    /* what beats tell people */
    struct buf report_text;
    enum frontier_state state;

    struct live live; /* what was changed, by the last beat ... */
    int64_t delay_ms; /* ... so --delay is this just now ... */
    int64_t rest_ms;  /* ... and never was longer than this */

    uint64_t flush_at_ms;       /* when the current batch is to go out */
    struct thread_trial *trial; /* thread_outage.c; NULL: none runs */
    uint64_t outages;           /* that it has taken note of */
    bool is_draining;
    uint64_t drain_until_ms;
    bool is_parting; /* the frontier is being told that we go */
    bool has_parted;
    uint64_t random; /* state of thread_random() */

    /* scratch of the steps; nothing in them outlives a step */
    struct buf body, url_text, base_text, entry_text, robots_text;
    const struct visit *body_of; /* whose decoded body stands in body */
    uint64_t known_tags[THREAD_KNOWN_TAGS]; /* novelty filter: hashes */
};

/* Milliseconds of the monotonic clock. */
uint64_t thread_now_ms(const struct thread *t);
/* By so many, at most, Redis's clock is another one than clock_ms says. */
uint64_t thread_clock_error_ms(const struct thread *t);
uint64_t thread_random(struct thread *t);
/*
 * Whether what we hold is ours for sure: a heartbeat was confirmed so lately
 * that nobody can have taken us for dead.  Without it no request goes out; a
 * process that slept, or was cut off, must not break somebody's delay.
 */
bool thread_has_lease(const struct thread *t);
/* It has, there is memory and a file for one more, and a network. */
bool thread_may_fetch(const struct thread *t);
/* That our network is away, or back: for people, and counted. */
void thread_say_outage(struct thread *t, const struct outage_news *news);
/* The page is done: scratch that a large one made is not kept. */
void thread_trim(struct thread *t);

/* ERR_INVALID: a setting, why says which. */
enum err thread_init(struct thread *t, struct worker *w, unsigned index,
                     char why[CONFIG_WHY_BYTES]) MUST_USE;
/* The body of the pthread: runs until drained. */
void *thread_main(void *arg);
void thread_fini(struct thread *t);
/* From any thread: look at worker.stop. */
void thread_wake(struct thread *t);

/* --warc-dns: what name servers say becomes WARC records (thread_dns.c). */
void thread_keep_dns(struct thread *t);

/* Each turn: what gathered in twin_queue is asked of Redis (visit_twin.c). */
void thread_ask_twins(struct thread *t);

/* --- for visits --- */
/* A connection for the visit: true, or it waits in slot_queue. */
bool thread_slot_take(struct thread *t, struct visit *v);
void thread_slot_give(struct thread *t, struct visit *v);
/* How many there may be from now on; who has one keeps it to its end. */
void thread_set_slots(struct thread *t, size_t slots);
/* --threads auto: a fetch ended; an entry was done with (thread_adapt.c). */
void thread_adapt_answer(struct thread *t, const struct fetch_answer *a);
void thread_adapt_note(struct thread *t, const struct visit *v,
                       bool will_retry);
/* Run it in this turn or the next, not from inside the caller. */
void thread_ready(struct thread *t, struct visit *v);

void visit_queue_init(struct visit_queue *q);
void visit_queue_push(struct visit_queue *q, struct visit *v);
struct visit *visit_queue_pop(struct visit_queue *q);
void visit_queue_remove(struct visit_queue *q, struct visit *v);

#endif
