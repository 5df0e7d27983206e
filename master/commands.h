/*
 * commands - what "master COMMAND ..." runs instead of a crawl.
 *
 * Each waits until it is done and returns the exit code; each has a file of
 * its own, and a row in main.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_COMMANDS_H
#define MASTER_COMMANDS_H

#include <stddef.h>

#include "common/config.h"

int status_run(struct config *config, char **args, size_t count);
int add_run(struct config *config, char **args, size_t count);
int explain_run(struct config *config, char **args, size_t count);
int drop_run(struct config *config, char **args, size_t count);
int undrop_run(struct config *config, char **args, size_t count);
int pause_run(struct config *config, char **args, size_t count);
int resume_run(struct config *config, char **args, size_t count);
int change_run(struct config *config, char **args, size_t count);
int stop_run(struct config *config, char **args, size_t count);
/* master/verify.c: DIR ... */
int verify_run(struct config *config, char **args, size_t count);
/* master/index.c: DIR or WARC file ... */
int index_run(struct config *config, char **args, size_t count);
int upload_run(struct config *config, char **args, size_t count);
/* master/report.c: DIR ... */
int report_run(struct config *config, char **args, size_t count);
/* master/tune.c: LIST ... */
int tune_run(struct config *config, char **args, size_t count);
int top_run(struct config *config, char **args, size_t count);

#endif
