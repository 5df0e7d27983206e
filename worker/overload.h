/*
 * overload - do entries fail because a thread has too many connections?
 *
 * Time-outs, no connection, broken ones, 429, 503.  A list of sites has its
 * share of dead ones at any limit, so what counts is a rise over the share seen
 * with half the connections or fewer; without 50 such entries, over what was
 * seen so far (at first: a fifth).  A rise is one beyond four standard errors
 * and 3 points, of 50 entries or more (10 after 10 s), seen for as long as
 * failures take: they come late, and in swarms.  Between two and four, more
 * entries are waited for.  Each counts for the connections there were when it
 * began; what began before a decrease does not count.  Entries tried before,
 * and sites that failed before, say nothing of us.
 *
 * The proof that it is us is that fewer connections help.  When as many fail
 * then (85 %), they are to be decreased again; when that does not help either
 * it was not us, and that share is what is usual from now on.
 *
 * A part of adapt, for adapt.c only.  Pure as that.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_OVERLOAD_H
#define WORKER_OVERLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OVERLOAD_BUCKETS = 16 /* of loads: 1, 2, 4, 8 ... */ };

enum overload_verdict {
    OVERLOAD_USUAL,    /* no more fail than usual */
    OVERLOAD_DOUBTFUL, /* or a few more: wait */
    OVERLOAD_RISEN,    /* far more: overload_decrease() */
    OVERLOAD_NOT_US    /* and fewer connections did not help: _restore() */
};

struct overload_tally {
    double n, failed;
    double ms, failed_ms; /* that they had their connections */
};

struct overload {
    /* of the last decrease: entries that failed, those that usually do, and
     * connections that failures had */
    double failed_share, usual_share, lost_share;
    uint64_t failure_ms, answer_ms; /* how long they take; the others */

    /* its own */
    size_t limit;
    uint64_t fresh_ms;   /* since a large change: no judgement before */
    uint64_t changed_ms; /* the last decrease: older ones do not count */
    uint64_t judged_ms;  /* the window of failures began */
    struct overload_tally recent; /* in it, beyond half the limit; and all */
    struct overload_tally all;
    struct overload_tally prior; /* what is usual before anything was seen */
    struct overload_tally loads[OVERLOAD_BUCKETS];
    uint64_t aged_ms;
    size_t accused; /* the limit before a decrease that is on trial; 0: none */
    double worst_share, worst_lost; /* of the decreases since ... */
    unsigned trials;                /* ... their number */
    uint64_t trial_ms;              /* that begins then */
};

void overload_init(struct overload *o, size_t limit, uint64_t now_ms);
/* We have another one; what was on trial stays so. */
void overload_set_limit(struct overload *o, size_t limit, uint64_t now_ms);
/* The same, by an operator: nothing is on trial. */
void overload_acquit(struct overload *o, size_t limit);

struct adapt_sample; /* adapt.h */
void overload_note(struct overload *o, const struct adapt_sample *s);
/* A fetch was answered after so long, in ms; never 0. */
void overload_answer(struct overload *o, uint64_t took_ms);

/* The thread begins, or begins anew. */
void overload_begin(struct overload *o, uint64_t now_ms);
/* As often as one likes. */
enum overload_verdict overload_judge(struct overload *o, uint64_t now_ms);
/*
 * What does that say which came so far, before a raise mixes it with others?
 * Doubtful too where the good ones are still to come; never not us.
 */
enum overload_verdict overload_peek(const struct overload *o, uint64_t now_ms);
/* It is us: the part of the limit that is to be kept; call set_limit then. */
double overload_decrease(struct overload *o, uint64_t now_ms);
/* It is not: the limit that was accused; call set_limit then. */
size_t overload_restore(struct overload *o);

#endif
