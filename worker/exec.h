/*
 * exec - a thread's page callback: the command of --exec, kept running.
 *
 * One line in for each page, one line back, in order.  Pages that wait keep
 * their body where it is; a line is made when its turn has come, a few ahead
 * of the answers so that the command need not wait for us.
 *
 * A command that ends, or does not answer in time, is ended for good and
 * started again, after a pause that grows.  The page whose answer was due is
 * asked once more, alone, and given up when it happens again; the others are
 * asked anew.  What is given up waits for an answer to another page, or for a
 * command that stands still: if it dies over and over without any answer, the
 * pages are not to blame, on_hopeless is told and nobody is given up.
 *
 * Nothing here waits: pipes, and one timer, on the thread's loop.  The pipe
 * to it being closed ends a command, whatever becomes of us.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_EXEC_H
#define WORKER_EXEC_H

#include <uv.h>

#include "common/buf.h"
#include "common/exec_command.h"
#include "common/stats.h"

struct exec;

enum exec_result {
    EXEC_ANSWERED,
    EXEC_TOO_LONG, /* it did answer, with more than EXEC_LINE_MAX */
    EXEC_GIVEN_UP
};

enum {
    EXEC_LINE_MAX = 16 << 20, /* of an answer */
    EXEC_WAITING_MAX = 32     /* pages; then exec_is_full() */
};

/* A page that waits for its answer; part of a visit. */
struct exec_job {
    struct exec_job *next;
    bool is_here; /* it waits, was sent, or is to be given up */
    bool is_sent;
    unsigned deaths; /* of the command, over this page */
};

struct exec_setup {
    uv_loop_t *loop;
    const char *command;
    struct exec_names names; /* must outlive exec */
    uint64_t timeout_ms;
    size_t line_max; /* of what write makes */
    struct stats *stats;
    /*
     * The job's line, with its end.  From inside exec_ask() for that job
     * only, or later.  What fails gives the job up.
     */
    enum err (*write)(void *arg, struct exec_job *job, struct buf *out);
    /* Never from inside exec_ask(); line ends with it. */
    void (*done)(void *arg, struct exec_job *job, enum exec_result result,
                 struct str line);
    const char *(*name)(const struct exec_job *job); /* for messages */
    void (*on_hopeless)(void *arg);
    void *arg;
};

struct exec *exec_new(const struct exec_setup *setup);
/* done() will be called for it, unless exec_drop() is. */
void exec_ask(struct exec *x, struct exec_job *job);
/* No longer: its answer is passed over.  Fine for a job that is not here. */
void exec_drop(struct exec *x, struct exec_job *job);
/* So many wait that no further pages should be fetched. */
bool exec_is_full(const struct exec *x);
/* on_hopeless was told: nobody gets an answer any more. */
bool exec_is_hopeless(const struct exec *x);
/*
 * No more jobs: end the command, which sees the end of its input.  True when
 * it is over; false: ask again, it has a few seconds.
 */
bool exec_finish(struct exec *x);
/* Handles close with the loop: then exec_free(). */
void exec_close(struct exec *x);
void exec_free(struct exec *x);

#endif
