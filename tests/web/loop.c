/* SPDX-License-Identifier: MIT */
#include "tests/web/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"

enum { LOOP_EVENTS = 512 }; /* taken from the kernel in one call */

uint64_t
loop_clock_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void
loop_init(struct loop *l)
{
    *l = (struct loop){.room = 64, .now_us = loop_clock_us()};
    l->heap = xcalloc(l->room, sizeof(struct timer *));
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0)
        fatal("epoll_create1");
}

void
loop_fini(struct loop *l)
{
    close(l->epoll_fd);
    free(l->heap);
    l->heap = NULL;
}

void
loop_add(struct loop *l, int fd, uint32_t events, struct source *s)
{
    struct epoll_event ev = {.events = events, .data.ptr = s};

    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
        fatal("epoll_ctl");
}

/* A binary heap: heap[i]'s children are heap[2i] and heap[2i + 1]. */
static void
heap_put(struct loop *l, struct timer *t, size_t place)
{
    l->heap[place] = t;
    t->place = place;
}

static void
heap_up(struct loop *l, struct timer *t)
{
    size_t at = t->place;

    for (; at > 1 && l->heap[at / 2]->due_us > t->due_us; at /= 2)
        heap_put(l, l->heap[at / 2], at);
    heap_put(l, t, at);
}

static void
heap_down(struct loop *l, struct timer *t)
{
    size_t at = t->place;

    for (;;) {
        size_t child = at * 2;

        if (child > l->timers)
            break;
        if (child < l->timers &&
            l->heap[child + 1]->due_us < l->heap[child]->due_us)
            child++;
        if (l->heap[child]->due_us >= t->due_us)
            break;
        heap_put(l, l->heap[child], at);
        at = child;
    }
    heap_put(l, t, at);
}

void
loop_timer_set(struct loop *l, struct timer *t, uint64_t due_us)
{
    loop_timer_stop(l, t);
    if (l->timers + 1 >= l->room) {
        l->room *= 2;
        l->heap = xreallocarray(l->heap, l->room, sizeof(struct timer *));
    }
    /* Never in this turn: a timer that sets itself again cannot hang us. */
    t->due_us = due_us > l->now_us ? due_us : l->now_us + 1;
    heap_put(l, t, ++l->timers);
    heap_up(l, t);
}

void
loop_timer_stop(struct loop *l, struct timer *t)
{
    size_t at = t->place;
    struct timer *last;

    if (at == 0)
        return;
    t->place = 0;
    last = l->heap[l->timers--];
    if (last == t)
        return;
    heap_put(l, last, at);
    heap_up(l, last);
    heap_down(l, last);
}

/* Milliseconds to sleep, rounded up so that no timer fires early. */
static int
loop_timeout_ms(const struct loop *l)
{
    uint64_t now, due;

    if (l->timers == 0)
        return -1;
    now = loop_clock_us();
    due = l->heap[1]->due_us;
    if (due <= now)
        return 0;
    return due - now > 60000000 ? 60000 : (int)((due - now + 999) / 1000);
}

void
loop_run(struct loop *l)
{
    struct epoll_event events[LOOP_EVENTS];

    while (!l->is_stopping) {
        uint64_t turn_us;
        int n =
            epoll_wait(l->epoll_fd, events, LOOP_EVENTS, loop_timeout_ms(l));

        if (n < 0 && errno != EINTR)
            fatal("epoll_wait");
        l->now_us = loop_clock_us();
        for (int i = 0; i < n; i++) {
            struct source *s = events[i].data.ptr;

            s->ready(s, events[i].events);
        }
        turn_us = l->now_us;
        while (l->timers > 0 && l->heap[1]->due_us <= turn_us) {
            struct timer *t = l->heap[1];

            loop_timer_stop(l, t);
            t->fire(t);
        }
    }
}

void
loop_stop(struct loop *l)
{
    l->is_stopping = true;
}
