/*
 * exec_command - starting the command of --exec, and whether it can be.
 *
 * /bin/sh -c runs it, in a process group of its own, with none of our open
 * files, no signal blocked or ignored, and an environment without what is
 * ours (WEFT_..., REDIS_URL: there may be a password in it).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_EXEC_COMMAND_H
#define COMMON_EXEC_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"

enum { EXEC_COMMAND_MAX = 4096, EXEC_WHY_BYTES = 1024 };

/* What it finds in its environment; each may be NULL. */
struct exec_names {
    const char *crawl;  /* WEFT_NAME */
    const char *folder; /* WEFT_OUTPUT */
    const char *worker; /* WEFT_WORKER */
};

struct exec_pipes {
    int in, out, err; /* our ends, non-blocking; -1: none */
    pid_t pid;        /* also of its group */
};

/*
 * Start it.  When the calling thread ends, however, it has one more second,
 * then SIGTERM, and SIGKILL after two.  ERR_IO: errno says why.  The caller
 * closes the pipes and reaps it.
 */
enum err exec_command_start(const char *command, const struct exec_names *names,
                            struct exec_pipes *out) MUST_USE;

/* To its whole group. */
void exec_command_kill(pid_t pid, int signal_number);

/* "ended with exit code 1", "was ended by Killed": of a status of waitpid(). */
const char *exec_command_how(int status, char out[64]);

/*
 * Run it once without input, waiting: it must end by itself, with code 0,
 * within timeout_ms.  ERR_INVALID: why says what it did, and what it said.
 */
enum err exec_command_try(const char *command, const struct exec_names *names,
                          int64_t timeout_ms,
                          char why[EXEC_WHY_BYTES]) MUST_USE;

#endif
