/*
 * In the step STORE: what --extract and --text ask for goes to the outbox,
 * and from there to the process's file before the entry is acked.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/log.h"
#include "worker/extract.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"

enum {
    /* A batch may hold 64 MB of lines: it goes out before it must refuse. */
    VISIT_LINES_FULL = 16 << 20
};

void
visit_extract(struct visit *v)
{
    struct thread *t = v->thread;
    const struct fetch_answer *a = fetch_answer(v->fetch);
    struct extract_page page = {
        .url = &v->url,
        .content_type = fetch_header(a, STR("content-type")),
        .body = visit_body(v),
        .fetched_us = a->started_us,
        .is_cut = v->outcome == OUTCOME_TOO_BIG || a->is_cut};
    struct extract_said said;

    if (extract_page(t->extract, &page, outbox_lines(t->outbox, LINE_EXTRACT),
                     &said) != ERR_OK) {
        log_warnx("the lines of %s are too long: none is written",
                  LOG_ESC(v->entry.url));
        said.is_cut = true;
    }
    stats_add(&t->stats, STAT_extract_pages, said.lines > 0);
    stats_add(&t->stats, STAT_extract_lines, (int64_t)said.lines);
    stats_add(&t->stats, STAT_extract_failed, (int64_t)said.failed);
    stats_add(&t->stats, STAT_extract_cut, said.is_cut);
    if (outbox_lines(t->outbox, LINE_EXTRACT)->n > VISIT_LINES_FULL)
        outbox_flush(t->outbox);
}
