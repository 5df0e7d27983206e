/*
 * exec_child - a running command of --exec: its process and three pipes.
 *
 * Lines in, lines out, on a loop; nothing waits.  What it writes to standard
 * error goes to our log, escaped, a bounded number of lines a second.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_EXEC_CHILD_H
#define WORKER_EXEC_CHILD_H

#include <uv.h>

#include "common/buf.h"
#include "common/exec_command.h"

struct exec_child;

struct exec_child_setup {
    uv_loop_t *loop;
    const char *command;
    const struct exec_names *names;
    size_t line_max;
    /* Without its end; is_too_long: line is empty, it was passed over. */
    void (*on_line)(void *arg, struct str line, bool is_too_long);
    /*
     * Once: it has ended, or closed its output.  how: "ended with exit code
     * 1".  Not after exec_child_end() or exec_child_close().
     */
    void (*on_end)(void *arg, const char *how);
    void *arg;
};

/* NULL: it cannot be started, errno says why. */
struct exec_child *exec_child_new(const struct exec_child_setup *setup);
/* Its bytes become the child's, line is empty then. */
void exec_child_write(struct exec_child *c, struct buf *line);
/* It sees the end of its input; some seconds later a SIGTERM. */
void exec_child_hang_up(struct exec_child *c);
/* SIGTERM to its group, soon SIGKILL; nothing of it is heard any more. */
void exec_child_end(struct exec_child *c);
/* The process is reaped, all handles are closed: it can be freed. */
bool exec_child_is_over(struct exec_child *c);
/*
 * At once: killed, reaped; handles close with the loop, which has to run once
 * more before exec_child_free().
 */
void exec_child_close(struct exec_child *c);
void exec_child_free(struct exec_child *c);

#endif
