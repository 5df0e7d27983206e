/*
 * complete_parts - what the scripts of all shells are made from.
 *
 * For common/complete*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_COMPLETE_PARTS_H
#define COMMON_COMPLETE_PARTS_H

#include "common/complete.h"
#include "common/config_rows.h"

enum complete_kind {
    COMPLETE_NOTHING, /* it takes no value */
    COMPLETE_ANY,     /* a value that nobody can guess */
    COMPLETE_WORDS,
    COMPLETE_FILE,
    COMPLETE_DIR
};

struct complete {
    FILE *out;
    enum config_who who;
    complete_own_fn *own;
    char program[32];
};

struct complete_option {
    char name[64]; /* without dashes; "" for a letter alone */
    int letter;    /* 0: none */
    enum complete_kind kind;
    bool is_list; /* it may stand there several times */
    const char *words, *arg;
    char text[256];
};

/*
 * The program's options in turn, those of the table, also --no-NAME of one
 * that takes a value, and --help; *i from 0.
 */
bool complete_next_option(const struct complete *c, size_t *i,
                          struct complete_option *out);
/* Of a command: its rows of the table, then its own flags. */
bool complete_next_of_command(const struct complete *c,
                              const struct config_command *command, size_t *i,
                              struct complete_option *out);
/* What the words behind a command are. */
enum complete_kind complete_kind_of_args(const char *args, const char **words);

/* text where each byte of special has the one escape before it. */
void complete_escaped(const struct complete *c, const char *text,
                      const char *special, const char *escape);
/* The commands', and the subjects' names with that text between. */
void complete_commands(const struct complete *c, const char *between);
void complete_topics(const struct complete *c, const char *between);

typedef void complete_shell_fn(const struct complete *c);
complete_shell_fn complete_bash, complete_zsh, complete_fish;

#endif
