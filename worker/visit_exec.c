/*
 * The step EXEC: the page goes to --exec's command, and what it answers goes
 * the way of the page's own links and lines.  So nothing of it is acked before
 * it is in Redis and in a file.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "common/log.h"
#include "common/media_types.h"
#include "worker/exec_answer.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"
#include "worker/warc.h"

enum {
    VISIT_EXEC_LOG_MS = 10000, /* between two lines about garbage */
    VISIT_EXEC_SCRATCH = EXEC_LINE_MAX
};

static struct visit *
visit_of_job(const struct exec_job *job)
{
    return (struct visit *)((uintptr_t)job - offsetof(struct visit, exec));
}

/* --- the page as a line --- */

static bool
visit_exec_wants(const struct visit *v)
{
    const struct config *c = &v->thread->worker->config;
    struct str type;

    if (v->outcome != OUTCOME_OK && v->outcome != OUTCOME_TOO_BIG)
        return false;
    if (c->exec_types.n == 0)
        return v->is_page;
    type = fetch_header(fetch_answer(v->fetch), STR("content-type"));
    /* one without a type is what it looks like */
    return media_types_take(
        &c->exec_types, type.n == 0 && v->is_page ? STR("text/html") : type);
}

static enum err
visit_exec_write(void *arg, struct exec_job *job, struct buf *out)
{
    struct thread *t = arg;
    struct visit *v = visit_of_job(job);
    const struct fetch_answer *a = fetch_answer(v->fetch);
    enum err e;
    struct exec_page page = {.url = v->entry.url,
                             .referrer = v->entry.referrer,
                             .time_us = a->started_us,
                             .status = a->status,
                             .depth = v->entry.depth,
                             .headers = buf_str(&a->headers),
                             .type = fetch_header(a, STR("content-type"))};
    char id[WARC_ID_BYTES], record[WARC_ID_BYTES + 2];

    if (t->worker->warc) { /* STORE comes later, but the name is known */
        warc_response_id(page.url, page.time_us, id);
        snprintf(record, sizeof(record), "<%s>", id);
        page.record = str_from(record);
    }
    crumb_set(t->crumb, v->entry.url); /* its bytes are decoded once more */
    page.body = visit_body(v);
    page.is_truncated = v->outcome == OUTCOME_TOO_BIG;
    exec_page_body_word(str_from(t->worker->config.exec_body), &page.how);
    e = exec_page_write(&t->exec_page, &page, out);
    crumb_clear(t->crumb);
    thread_trim(t);
    return e;
}

static const char *
visit_exec_name(const struct exec_job *job)
{
    static _Thread_local char name[256];
    const struct visit *v = visit_of_job(job);

    snprintf(name, sizeof(name), "%.*s", STR_ARG(v->entry.url));
    return name;
}

/* --- the answer --- */

struct visit_answer {
    struct visit *v;
    size_t links, records;
    bool is_lost; /* a record found no room */
};

static void
visit_exec_on_link(void *arg, struct str reference, int64_t depth)
{
    struct visit_answer *answer = arg;
    struct visit *v = answer->v;
    struct thread *t = v->thread;

    if (answer->links == (size_t)t->worker->config.max_links) {
        if (!v->is_links_cut)
            stats_add(&t->stats, STAT_links_capped, 1);
        v->is_links_cut = true;
        return;
    }
    answer->links++;
    visit_queue_reference(v, reference,
                          depth >= 0 ? (unsigned)depth : v->entry.depth + 1);
}

static void
visit_exec_on_record(void *arg, struct str object)
{
    struct visit_answer *answer = arg;
    struct visit *v = answer->v;

    if (exec_answer_write_record(
            object, v->entry.url,
            outbox_lines(v->thread->outbox, LINE_RECORDS)) == ERR_OK)
        answer->records++;
    else
        answer->is_lost = true;
}

static void
visit_exec_say_garbage(struct visit *v, const char *why, struct str line)
{
    struct thread *t = v->thread;
    uint64_t now = thread_now_ms(t);

    stats_add(&t->stats, STAT_exec_garbage, 1);
    v->exec_how = "garbage";
    if (t->exec_garbage_ms != 0 && now < t->exec_garbage_ms + VISIT_EXEC_LOG_MS)
        return;
    t->exec_garbage_ms = now;
    log_warnx("--exec: its answer to %s is passed over, %s: %s",
              LOG_ESC(v->entry.url), why,
              LOG_ESC(((struct str){line.p, line.n < 200 ? line.n : 200})));
}

static void
visit_exec_take(struct visit *v, struct str line)
{
    struct thread *t = v->thread;
    struct visit_answer answer = {.v = v};
    const struct exec_answer_sink sink = {visit_exec_on_link,
                                          visit_exec_on_record, &answer};
    const char *why;
    struct buf scratch;
    enum err e;

    buf_init(&scratch, VISIT_EXEC_SCRATCH);
    e = exec_answer_read(line, &sink, &scratch, &why);
    buf_fini(&scratch);
    stats_add(&t->stats, STAT_exec_pages, 1);
    stats_add(&t->stats, STAT_exec_links, (int64_t)answer.links);
    stats_add(&t->stats, STAT_exec_records, (int64_t)answer.records);
    if (e == ERR_INVALID)
        visit_exec_say_garbage(v, why, line);
    else if (e != ERR_OK || answer.is_lost)
        v->exec_how = "too long";
}

static void
visit_exec_done(void *arg, struct exec_job *job, enum exec_result result,
                struct str line)
{
    struct thread *t = arg;
    struct visit *v = visit_of_job(job);

    crumb_set(t->crumb, v->entry.url); /* until it is stored */
    switch (result) {
    case EXEC_ANSWERED:
        visit_exec_take(v, line);
        break;
    case EXEC_TOO_LONG:
        stats_add(&t->stats, STAT_exec_too_long, 1);
        v->exec_how = "too long";
        break;
    case EXEC_GIVEN_UP:
        v->exec_how = "given up";
        break;
    }
    v->step = VISIT_STORE;
    visit_run(v);
}

/* --- the step --- */

enum visit_next
visit_step_exec(struct visit *v)
{
    struct thread *t = v->thread;

    v->exec_how = NULL;
    if (t->exec == NULL || !visit_exec_wants(v)) {
        v->step = VISIT_STORE;
        return VISIT_GO_ON;
    }
    crumb_clear(t->crumb);
    if (exec_is_hopeless(t->exec)) { /* nothing is stored: it goes back */
        fetch_end(v->fetch);
        v->fetch = NULL;
        visit_end(v);
        return VISIT_PARKED;
    }
    exec_ask(t->exec, &v->exec);
    return VISIT_PARKED;
}

bool
visit_exec_is_vain(const struct visit *v)
{
    return v->exec.is_here && exec_is_hopeless(v->thread->exec);
}

/* --- birth and end --- */

static void
visit_exec_on_hopeless(void *arg)
{
    struct thread *t = arg;

    worker_fail(t->worker, EXIT_USAGE);
}

void
visit_exec_open(struct thread *t)
{
    const struct worker *w = t->worker;
    size_t max_body = (size_t)w->config.max_filesize;
    const struct exec_setup setup = {.loop = &t->loop,
                                     .command = w->config.exec,
                                     .names = {.crawl = w->config.name,
                                               .folder = w->folder,
                                               .worker = t->identity},
                                     .timeout_ms =
                                         (uint64_t)w->config.exec_timeout,
                                     .line_max = exec_page_line_max(max_body),
                                     .stats = &t->stats,
                                     .write = visit_exec_write,
                                     .done = visit_exec_done,
                                     .name = visit_exec_name,
                                     .on_hopeless = visit_exec_on_hopeless,
                                     .arg = t};

    exec_page_init(&t->exec_page, max_body);
    t->exec = exec_new(&setup);
}

void
visit_exec_close(struct thread *t)
{
    if (t->exec == NULL)
        return;
    exec_free(t->exec);
    exec_page_fini(&t->exec_page);
}
