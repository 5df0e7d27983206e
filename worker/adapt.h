/*
 * adapt - how many connections a thread should have: --threads auto.
 *
 * The number that more would not make faster, and that the machine and the
 * network bear.  Additive increase, multiplicative decrease (Chiu, Jain 1989)
 * behind a slow start, as TCP has them (RFC 5681); but a crawl loses no
 * packets, so what it goes by is
 *
 *   throughput  answers a second, in windows of 500 ms or more and a whole
 *               turn of all connections, behind what was under way before a
 *               raise.  The slow start has no time for that, and dead sites
 *               only begin to fill connections up: there it is connections
 *               over the mean time of an answer (Little's law), of the first
 *               half of what began with that limit.
 *   failures    of entries, whether their share rose: see overload.h.
 *   use         a limit that was not what held the thread back is not raised
 *               (RFC 7661), and only what began with more than half of it is
 *               held against it.
 *   the loop    one that is busy for 90 % of the time gets no more.
 *
 * States.
 *   START  the limit doubles as long as each doubling brings 10 % or more.
 *          One that does not, in two windows, is taken back: HOLD.
 *   HOLD   measures.  When it is time: PROBE.
 *   PROBE  four times a sixteenth more.  A third of what was promised keeps
 *          it, and begins the next; else it is taken back, and the next probe
 *          comes after twice the time, 1 s to 60 s.
 * When failures rise: 0.7 of the limit, or the connections that failures did
 * not have if that is less (a sixteenth at least); for 5 s, doubled up to
 * 60 s, the limit stays below the one that failed.  When as many fail with
 * fewer, twice, the limit comes back.
 *
 * What it does not find: a network whose time-outs come after seconds and that
 * bears less than half of what was begun with.  There the rise is seen late
 * and in part; up to a third of the first tries may fail.  And a short list all
 * of whose first tries had failed before a worker began: it has seen none of
 * them, so it takes what fails again for dead.
 *
 * Pure: one thread's, no I/O, no clock of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_ADAPT_H
#define WORKER_ADAPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/overload.h"

enum { ADAPT_MOST = 1024 }; /* connections of a thread, whatever is allowed */

enum adapt_state { ADAPT_START, ADAPT_HOLD, ADAPT_PROBE };

/* What adapt_look() did. */
enum adapt_move {
    ADAPT_STAYS,
    ADAPT_RISES,
    ADAPT_BACK,      /* a raise had brought nothing */
    ADAPT_DECREASES, /* failures rose: see overload */
    ADAPT_RESTORES   /* fewer connections did not make them fewer */
};

struct adapt {
    size_t limit; /* read it after each adapt_look() */
    size_t most;
    enum adapt_state state;
    uint64_t decreases;
    size_t largest;           /* that the limit ever was */
    struct overload overload; /* what it says of the last decrease */

    /* its own */
    uint64_t skip_until;  /* fetches done: what was under way before a change */
    uint64_t skip_ms;     /* ... or then, if they take long */
    uint64_t set_ms;      /* the limit is what it is since then ... */
    uint64_t set_busy_ms; /* ... as adapt_now has it */
    uint64_t since_ms, since_done, since_busy_ms; /* the window began */
    uint64_t answers, answers_ms; /* in the window, and the time they took */
    uint64_t looks, held;         /* in the window; those with a used limit */
    double rate;                  /* usual at base_limit; 0: not known */
    size_t base_limit;            /* what a raise began from */
    unsigned windows;             /* in a raise: judged, or steps of a probe */
    uint64_t probe_ms;            /* the next one */
    uint64_t probe_wait_ms;       /* after the next that brings nothing */
    size_t ceiling;               /* where failures rose; 0: nowhere */
    uint64_t ceiling_ms, ceiling_wait_ms;
    bool has_begun;
};

/* first connections to begin with, never more than most (both 1 at least). */
void adapt_init(struct adapt *a, size_t first, size_t most, uint64_t now_ms);
/* From now on never more than most: an operator's word. */
void adapt_set_most(struct adapt *a, size_t most, uint64_t now_ms);

/* An entry was done with. */
struct adapt_sample {
    uint64_t now_ms, began_ms;
    size_t load;     /* connections in use when it began */
    bool is_failure; /* that speaks of overload */
    bool is_known;   /* it, or its site, failed before; ... */
    bool is_retry;   /* ... it did */
    bool is_last;    /* it is not to be tried again */
};
void adapt_note(struct adapt *a, const struct adapt_sample *s);

/* A fetch was answered, whatever the answer, after so long. */
void adapt_answer(struct adapt *a, uint64_t now_ms, uint64_t took_ms);

/* Sums since any moment, but always the same one. */
struct adapt_now {
    uint64_t now_ms;
    uint64_t done;    /* fetches that ended, failed ones too */
    uint64_t busy_ms; /* in which the loop did not wait */
    bool is_held;     /* since the last look the limit was what held us back */
};
/* As often as one likes: some milliseconds apart. */
enum adapt_move adapt_look(struct adapt *a, const struct adapt_now *now);

#endif
