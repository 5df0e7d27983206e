/*
 * thread_parts - what the files of a thread share; for worker/thread*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_THREAD_PARTS_H
#define WORKER_THREAD_PARTS_H

#include "worker/thread.h"

/* How many more visits it would take on now. */
size_t thread_wants_visits(const struct thread *t);
/* Ask for visits when it is time to; say that we live when it is time to. */
void thread_claim(struct thread *t);
void thread_beat(struct thread *t);

#endif
