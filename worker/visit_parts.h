/*
 * visit_parts - what the files of a visit share; for worker/visit*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_VISIT_PARTS_H
#define WORKER_VISIT_PARTS_H

#include "worker/visit.h"

enum visit_next { VISIT_GO_ON, VISIT_PARKED };
typedef enum visit_next visit_step_fn(struct visit *v);

#define VISIT_STEP_FN(name, function) visit_step_fn visit_step_##function;
VISIT_STEPS(VISIT_STEP_FN)
#undef VISIT_STEP_FN

void visit_free(struct visit *v);

#endif
