/* SPDX-License-Identifier: MIT */
#include "worker/memories.h"

#include <stdlib.h>

#include "common/frontier_cache.h"
#include "common/log.h"
#include "common/mem.h"

enum { MEMORIES_MAX = 64 << 20 /* bytes of one batch; sent long before */ };

struct memories_item {
    uint64_t fingerprint;
    size_t at, n; /* of its value, in values */
};

void
memories_put(struct memories *m, uint64_t fingerprint, struct str value)
{
    if (m->n == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 64;
        m->v = xreallocarray(m->v, m->cap, sizeof(*m->v));
    }
    m->values.max = MEMORIES_MAX;
    m->v[m->n++] = (struct memories_item){fingerprint, m->values.n, value.n};
    if (buf_add_str(&m->values, value) != ERR_OK)
        fatalx("out of memory: a batch of what to remember");
}

void
memories_form(const struct memories *m, const struct frontier *f,
              struct buf *request)
{
    struct frontier_memory *items = xcalloc(m->n, sizeof(*items));

    for (size_t i = 0; i < m->n; i++) {
        items[i].value = (struct str){m->values.p + m->v[i].at, m->v[i].n};
        items[i].fingerprint = m->v[i].fingerprint;
    }
    frontier_form_remember(f, request, items, m->n);
    free(items);
}

void
memories_reset(struct memories *m)
{
    m->n = 0;
    buf_reset(&m->values);
}

void
memories_fini(struct memories *m)
{
    free(m->v);
    buf_fini(&m->values);
    *m = (struct memories){0};
}
