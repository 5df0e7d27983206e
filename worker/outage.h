/*
 * outage - is it a site that gives no answer, or is our own network away?
 *
 * A failure without any answer is the site's own as long as others answer.
 * When nothing has answered for a while and several sites fell silent, one
 * that answered before is tried (the caller does it): if that one is silent
 * too there is an outage.  Then nothing more is begun, and what fails is not
 * held against its site, until something answers again.  Connections and name
 * servers are judged each for itself: names that are known already may go on
 * being fetched while no other can be looked up.
 *
 * So a few dead sites never make an outage, nor does a list of mostly dead
 * ones, nor a crawl's end where only dead ones are left: what answered before
 * answers the trial.  When all that was ever heard of is dead at once it is
 * taken for an outage for --outage-wait at most.
 *
 * One for a process, shared by its threads: what is asked before each request
 * is an atomic, the rest has a mutex.  Does no I/O; times are of a monotonic
 * clock that all threads share, in milliseconds.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_OUTAGE_H
#define WORKER_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"

enum {
    OUTAGE_SITES = 5, /* silent ones that make it suspicious */
    OUTAGE_ORIGIN_BYTES = 300
};

enum outage_kind { OUTAGE_NET, OUTAGE_DNS, OUTAGE_KINDS };

struct outage;

/* wait_ms: how long one may last; 0: there is none, ever. */
struct outage *outage_new(int64_t wait_ms);
void outage_free(struct outage *o);

/* Whether one is: nothing is to be begun. */
bool outage_is_on(const struct outage *o);
/* How many are over. */
uint64_t outage_count(const struct outage *o);

/* What came to pass by a call; the caller says it to people. */
struct outage_news {
    enum outage_event { OUTAGE_NOTHING, OUTAGE_BEGAN, OUTAGE_ENDED } event;
    enum outage_kind kind;
    bool is_given_up;    /* ended, and nothing answers yet */
    int64_t duration_ms; /* without any answer until now */
};

/* Something answered, at now_ms or before. */
struct outage_news outage_answer(struct outage *o, enum outage_kind kind,
                                 uint64_t now_ms);
/*
 * That server answered: one to be tried in doubt.  is_name: its name was
 * looked up.  Only now and then one is wanted.
 */
bool outage_wants_witness(const struct outage *o, uint64_t now_ms);
void outage_witness(struct outage *o, struct str origin, bool is_name,
                    uint64_t now_ms);

/* A fetch that ended without any answer. */
struct outage_silence {
    enum outage_kind kind;
    struct str site, origin;
    bool is_local; /* the machine has no route, or no name server answers */
    uint64_t began_ms, ended_ms;
};
/*
 * Whose fault.  UNSURE: the caller asks again in a moment, with the same
 * silence, until it is told.  OURS: as if the fetch had not been.
 */
enum outage_verdict { OUTAGE_THEIRS, OUTAGE_UNSURE, OUTAGE_OURS };
enum outage_verdict outage_judge(struct outage *o,
                                 const struct outage_silence *silence,
                                 uint64_t now_ms);
/* Whether an outage was between the two, or is. */
bool outage_covers(struct outage *o, uint64_t began_ms, uint64_t ended_ms);

/*
 * One is to be tried now, by the caller and by nobody else, who tells of it by
 * outage_tried().  NET: a connection is made and closed, without a request;
 * DNS: its name is looked up anew.
 */
struct outage_trial {
    enum outage_kind kind;
    char origin[OUTAGE_ORIGIN_BYTES];
};
bool outage_wants_trial(struct outage *o, uint64_t now_ms,
                        struct outage_trial *out);
struct outage_news outage_tried(struct outage *o, enum outage_kind kind,
                                bool is_answered, uint64_t now_ms);

#endif
