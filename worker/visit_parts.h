/*
 * visit_parts - what the files of a visit share; for worker/visit*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_VISIT_PARTS_H
#define WORKER_VISIT_PARTS_H

#include "common/outcome.h"
#include "worker/fetch.h"
#include "worker/visit.h"

enum visit_next { VISIT_GO_ON, VISIT_PARKED };
typedef enum visit_next visit_step_fn(struct visit *v);

#define VISIT_STEP_FN(name, function) visit_step_fn visit_step_##function;
VISIT_STEPS(VISIT_STEP_FN)
#undef VISIT_STEP_FN

void visit_free(struct visit *v);
/* The site goes back, with the entries from at on. */
void visit_end(struct visit *v);
/*
 * The reply that v was parked for is here: false when v ended meanwhile, it
 * may be gone then.
 */
bool visit_is_back(struct visit *v);

/* --- visit_grant.c: --max-pages-per-site --- */
/* The current entry begins: whether it may be asked. */
bool visit_take_grant(struct visit *v);
/* It is done; will_retry: for now, the next claim grants it anew. */
void visit_end_grant(struct visit *v, bool will_retry);
/* What is left when the visit ends: for its release. */
uint64_t visit_unused_grants(const struct visit *v);

/* --- visit_wait.c --- */
/* When may the site's next request start?  sent_ms: when the last one did. */
void visit_set_ready(struct visit *v, int64_t sent_ms, int64_t response_ms);
/*
 * 429, 503 and failures to answer at all move the site's clock; any other
 * answer heals.  outcome: of the page, or of robots.txt.
 */
void visit_back_off(struct visit *v, enum outcome outcome,
                    const struct fetch_answer *a);
/*
 * The site's Crawl-delay is known: GO_ON, or PARKED until Redis knows it too,
 * so that whoever has the site next keeps it, whatever becomes of us.
 */
enum visit_next visit_keep_pace(struct visit *v);
/* We may be taken for dead: PARKED until a heartbeat says that we are not. */
enum visit_next visit_wait_lease(struct visit *v);

#endif
