/*
 * live - what of a crawl's settings is changed while it runs.
 *
 * "master change", the API and the dashboard put --delay, --connections and
 * --limit-rate into fields of their own in crawl:NAME; each heartbeat brings
 * them to a thread.  Without such a field the options count.  Pure; the bytes
 * are Redis's, so they are bounded here and refused when they are no number
 * that the option would take.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_LIVE_H
#define COMMON_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/str.h"

enum live_id {
    LIVE_DELAY,       /* ms */
    LIVE_CONNECTIONS, /* of a thread */
    LIVE_LIMIT_RATE,  /* bytes a second of a worker process; 0: no limit */
    LIVE_CHANGEABLE,  /* how many of them people set */
    /* ms: the longest delay that counted since the first change */
    LIVE_REST = LIVE_CHANGEABLE,
    LIVE_COUNT
};

enum {
    LIVE_UNSET = -1, /* the option counts; in a change: as it is */
    LIVE_BACK = -2   /* in a change: the option counts again */
};

struct live {
    int64_t v[LIVE_COUNT];
};

/* Nothing is changed. */
void live_init(struct live *l);
/* Empty text is LIVE_UNSET; false: it is no such value, l has LIVE_UNSET. */
bool live_set(struct live *l, enum live_id id, struct str text);
/* A field of crawl:NAME: true when it is one of these, and right. */
bool live_take(struct live *l, struct str field, struct str value);
bool live_is_in_range(enum live_id id, int64_t value);
bool live_is_equal(const struct live *a, const struct live *b);
/* What people set of it, if anything is. */
bool live_is_changed(const struct live *l);
/* The value, or the option's. */
int64_t live_or(const struct live *l, enum live_id id, int64_t option);

#endif
