/*
 * loop - one epoll loop with timers: what the whole test web runs on.
 *
 * One thread only.  Sources and timers sit in their owners' structs; the
 * loop borrows them until they are closed or stopped.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_LOOP_H
#define TESTS_WEB_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

/* First member of whatever owns a descriptor. */
struct source {
    void (*ready)(struct source *s, uint32_t events);
};

struct timer {
    void (*fire)(struct timer *t);
    uint64_t due_us; /* on loop_now_us()'s clock */
    size_t place;    /* in the heap, from 1; 0: not set */
};

struct loop {
    int epoll_fd;
    bool is_stopping;
    uint64_t now_us; /* monotonic; read once a turn */
    struct timer **heap;
    size_t timers; /* used places; heap[0] is never used */
    size_t room;
};

void loop_init(struct loop *l);
void loop_fini(struct loop *l);
/* Closing fd takes it out again. */
void loop_add(struct loop *l, int fd, uint32_t events, struct source *s);
/* Sets or moves the timer; it fires once, in a later turn. */
void loop_timer_set(struct loop *l, struct timer *t, uint64_t due_us);
void loop_timer_stop(struct loop *l, struct timer *t); /* not set: is fine */
void loop_run(struct loop *l);                         /* until loop_stop() */
void loop_stop(struct loop *l);

uint64_t loop_clock_us(void); /* the monotonic clock, read now */

#endif
