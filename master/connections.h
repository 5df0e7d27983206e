/*
 * connections - how many all workers' threads may have: --threads auto.
 *
 * Asks Redis for the threads' reports, of CONNECTIONS_REPORTS of them at
 * most; with more the sum is scaled up.  One thread; nothing waits.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_CONNECTIONS_H
#define MASTER_CONNECTIONS_H

#include "common/conn.h"
#include "common/frontier.h"

enum { CONNECTIONS_REPORTS = 256 };

struct connections; /* opaque */

struct connections *connections_new(const struct frontier *f);
/* No reply may be under way any more: close the connection first. */
void connections_free(struct connections *c); /* NULL is fine */

/* Ask, unless an answer is still under way. */
void connections_look(struct connections *c, struct conn *conn);

/*
 * The sum as of the last answer in which a thread told of its own, and the
 * largest there was; 0: none did.
 */
uint64_t connections_now(const struct connections *c);
uint64_t connections_most(const struct connections *c);

#endif
