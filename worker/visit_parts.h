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

/* --- visit_jar.c --- */
/* The site's cookies are not known yet: PARKED until they are. */
enum visit_next visit_jar_ask(struct visit *v);
/* What the page's answer did to them. */
void visit_jar_take(struct visit *v);
/* The visit ends: for the next one of the site. */
void visit_jar_keep(struct visit *v);
/* Whether a redirect to that is to be asked again, for its cookie's sake. */
bool visit_jar_leads_back(struct visit *v, const struct url *to);
/* In place of an ack: the entry goes on as the page it leads back to. */
void visit_jar_ask_again(struct visit *v);

#endif
