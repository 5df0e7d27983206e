/*
 * thread_parts - what the files of a thread share; for worker/thread*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_THREAD_PARTS_H
#define WORKER_THREAD_PARTS_H

#include "worker/thread.h"

/* The clock of leases: it runs on while the machine sleeps. */
uint64_t thread_boot_ms(void);
/* How many more visits it would take on now. */
size_t thread_wants_visits(const struct thread *t);
/* More connections would have more to do now. */
bool thread_is_held_back(const struct thread *t);
/* --threads auto, else nothing: at birth; each turn. */
void thread_adapt_open(struct thread *t);
void thread_adapt(struct thread *t);
/* Redis leaves too much unconfirmed: no claims until it has caught up. */
bool thread_is_behind(const struct thread *t);
/* What a beat tells people, JSON; valid until the next one is asked for. */
struct str thread_report(struct thread *t);
/* Ask for visits when it is time to; say that we live when it is time to. */
void thread_claim(struct thread *t);
void thread_beat(struct thread *t);
/* What a beat brought of settings that were changed (thread_live.c). */
void thread_take_live(struct thread *t, const struct frontier_beat *beat);
/* Tell the frontier that this worker ends; sets has_parted when it knows. */
void thread_part(struct thread *t);
/* Counters that no beat has told yet. */
bool thread_has_untold(const struct thread *t);
/* Make a bare URL of the queue an entry; the bare one is acked. */
void thread_take_raw(struct thread *t, struct str raw);
/* Give back what Redis thinks we hold, once after each break. */
void thread_mend(struct thread *t);
/* Nothing answers: is it our network?  Each turn; and before the loop ends. */
void thread_look_at_outage(struct thread *t);
void thread_end_outage(struct thread *t);
/* The connection is back: no claim for a while, see thread_mend.c. */
void thread_rest(struct thread *t);

#endif
