/*
 * memories - what --cache is to remember of a batch's pages.
 *
 * Gathers until Redis is told; zeros to begin with.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_MEMORIES_H
#define WORKER_MEMORIES_H

#include "common/buf.h"
#include "common/frontier.h"

struct memories {
    struct memories_item *v;
    size_t n, cap;
    struct buf values;
};

/* value: common/cache_value.h's; empty: forget it. */
void memories_put(struct memories *m, uint64_t fingerprint, struct str value);
/* A remember of them all, appended to request. */
void memories_form(const struct memories *m, const struct frontier *f,
                   struct buf *request);
void memories_reset(struct memories *m);
void memories_fini(struct memories *m);

#endif
