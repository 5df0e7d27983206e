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
 * began; what began before a decrease does not count.  Where none begins any
 * more, failures that take longer than the others come alone: what is seen in a
 * window must be true of those that began in the one before as well.
 *
 * Two classes.  Entries never tried before, of sites that did not fail before,
 * have the word.  When there are fewer than 10 of them, the others have it: at
 * the end of a list, or when all of a short one failed at once.  Of those as
 * many are expected to fail as the list's own dead ones are among all that
 * failed and are to be tried again.  Its own are all the failures of a window
 * of the first class that was found usual; of others the usual share.  So where
 * only dead sites are left all may fail.
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

enum overload_kind {
    OVERLOAD_FRESH, /* nothing is known of the entry, nor of its site */
    OVERLOAD_KNOWN, /* it was tried before, or its site failed before */
    OVERLOAD_KINDS
};

struct overload_class {
    uint64_t failure_ms, good_ms;  /* how long failures take; the others */
    uint64_t since_ms, earlier_ms; /* the window began; and the one before */
    struct overload_tally recent;  /* in it, beyond half the limit; and all */
    struct overload_tally all;
    struct overload_tally begun;   /* of the recent: those that began in it */
    struct overload_tally earlier; /* that began in the one before, of both */
    struct overload_tally prior;   /* what is usual before anything was seen */
    struct overload_tally loads[OVERLOAD_BUCKETS];
    /* of the decreases since a limit is accused, their number */
    double worst_share, worst_lost;
    unsigned trials;
};

struct overload {
    /* of the last decrease: entries that failed, those that usually do, and
     * connections that failures had; of which class */
    double failed_share, usual_share, lost_share;
    enum overload_kind speaker;
    size_t accused; /* the limit before a decrease that is on trial; 0: none */

    /* its own */
    size_t limit;
    uint64_t answer_ms;  /* how long answers take */
    uint64_t fresh_ms;   /* since a large change: no judgement before */
    uint64_t changed_ms; /* the last decrease: older ones do not count */
    struct overload_class classes[OVERLOAD_KINDS];
    uint64_t aged_ms;
    uint64_t trial_ms; /* that begins then */
    double pool;       /* entries that failed and are to be tried again ... */
    double own;        /* ... of them the list's own, as far as judged; ... */
    double heard, heard_failed; /* ... first tries that were not judged yet */
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

/* How long failures of first tries take; 0: none was seen. */
uint64_t overload_failure_ms(const struct overload *o);

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
