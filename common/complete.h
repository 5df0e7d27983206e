/*
 * complete - what a shell needs to complete a program's command line.
 *
 * Prints a script for bash, zsh or fish, made from the option table and the
 * program's commands, as kubectl and gh do: it asks nothing of the program
 * when a key is pressed.  To be called after config_commands().
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_COMPLETE_H
#define COMMON_COMPLETE_H

#include <stdio.h>

#include "common/config.h"

/* The shells, with blanks between, for usage lines. */
#define COMPLETE_SHELLS "bash zsh fish"

/*
 * A flag that only one command has, the i-th from 0: "--all", or "--base URL"
 * when it takes a value; NULL behind the last.
 */
typedef const char *complete_own_fn(const char *command, size_t i);

/*
 * The script; own may be NULL.  False when there is no such shell: nothing is
 * printed then.
 */
bool complete_print(enum config_who who, const char *shell,
                    complete_own_fn *own, FILE *out) MUST_USE;

/* The whole command: "completion SHELL"; says what is wrong.  An exit code. */
int complete_run(enum config_who who, complete_own_fn *own, char **args,
                 size_t count);

#endif
