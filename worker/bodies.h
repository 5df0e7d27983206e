/*
 * bodies - a budget of memory for the bodies that a worker has in its hands.
 *
 * struct bodies is shared by all threads: atomics, no lock.  Who wants to
 * begin a transfer asks whether there is room for one as large as they lately
 * were, and waits if not; so does a body that grows beyond what was expected.
 * A thread without any transfer may always begin one, and one body of each
 * thread may always grow, so that it never ends in all waiting for all.  What
 * is used stays within the limit and one largest body a thread.
 *
 * A struct bodies_share belongs to one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_BODIES_H
#define WORKER_BODIES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct bodies {
    size_t limit; /* --body-memory */
    atomic_size_t used;
    atomic_size_t most; /* that was ever used */
};

struct bodies_share {
    struct bodies *all;  /* NULL: there is no budget */
    size_t largest;      /* a body gets no larger */
    size_t expected;     /* how large the next one may become */
    size_t under_way;    /* transfers of this thread */
    const size_t *first; /* what is held for the one that may always grow */
};

void bodies_init(struct bodies *b, size_t limit);

/* largest: --max-filesize; until something was learnt 256 KB are expected. */
void bodies_share_init(struct bodies_share *s, struct bodies *all,
                       size_t largest);
bool bodies_has_room(const struct bodies_share *s);

/*
 * A transfer begins, its body grows to bytes, it ends with kept bytes of
 * memory kept for another one.  *held is what is counted for it.
 */
void bodies_begin(struct bodies_share *s, size_t *held);
/* The same, if there is room for it; else it has to wait. */
bool bodies_try_grow(struct bodies_share *s, size_t *held, size_t bytes);
void bodies_grow(struct bodies_share *s, size_t *held, size_t bytes);
void bodies_end(struct bodies_share *s, size_t *held, size_t kept);
/* Whether that much memory may be kept: it counts, and others may need it. */
bool bodies_may_keep(const struct bodies_share *s, size_t bytes);
/* A page's body took this much: what is expected rises to it at once. */
void bodies_learn(struct bodies_share *s, size_t bytes);

#endif
