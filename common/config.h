/*
 * config - the options of both programs, from one table.
 *
 * Order: default < settings of the crawl in Redis (a worker's) < file <
 * environment < flag; each layer overrides only what it names.  Wrong values
 * stop the start with the place that holds them.  Read-only once threads run.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONFIG_H
#define COMMON_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

struct config_list {
    char **v;
    size_t n;
};

struct config_file {
    char *bytes; /* with a NUL behind; NULL: none was given */
    size_t n;
    char *path; /* for people; NULL when the bytes came from Redis */
};

typedef bool config_BOOL;
typedef int64_t config_INT;
typedef int64_t config_INTS; /* the first; see config_numbers() */
typedef int64_t config_MS;
typedef int64_t config_BYTES;
typedef char *config_TEXT; /* NULL when empty */
typedef struct config_list config_LIST;
typedef struct config_file config_FILE;

struct config {
#define OPT(field, type, letter, def, min, max, who, group, arg, text) \
    config_##type field;
#define ALIAS(name, option, letter)
#include "common/config_table.h"
#undef OPT
#undef ALIAS
    unsigned char *source; /* for each option: which layer set it */
    char **several;        /* for each INTS that has a list: as it was given */
};

enum config_who {
    CONFIG_MASTER = 1,
    CONFIG_WORKER = 2,
    CONFIG_BOTH = 3,
    CONFIG_CRAWL = 7 /* both, and kept in Redis */
};

enum config_source {
    CONFIG_FROM_DEFAULT,
    CONFIG_FROM_CRAWL,
    CONFIG_FROM_FILE,
    CONFIG_FROM_ENV,
    CONFIG_FROM_FLAG
};

enum { CONFIG_WHY_BYTES = 512 };

void config_init(struct config *c);
void config_fini(struct config *c);

/*
 * Set one option by its name ("max-pages" or "max_pages") from text.  A layer
 * never overrides a higher one.  ERR_NOT_FOUND: no such option for who;
 * ERR_INVALID: the value; why says what is allowed.
 */
enum err config_set(struct config *c, enum config_who who,
                    enum config_source from, struct str name, struct str value,
                    char why[CONFIG_WHY_BYTES]) MUST_USE;

/*
 * Flags, environment and file (--config, else /etc/weft.conf when it is
 * there).  argv is permuted: what is no option stands from *first on.
 * Returns ERR_OK, or ERR_INVALID with why set.  --help, --help-conf,
 * --help-man and --version print and exit(0); --help WORD, or with a command's
 * name in argv, is about that.
 */
enum err config_load(struct config *c, enum config_who who, int argc,
                     char **argv, int *first,
                     char why[CONFIG_WHY_BYTES]) MUST_USE;

/*
 * The layer of the file alone, whose bytes are text; path is for why.  For
 * config_load(), and for who has the bytes but no file.
 */
enum err config_load_text(struct config *c, enum config_who who,
                          struct str text, const char *path,
                          char why[CONFIG_WHY_BYTES]) MUST_USE;

/*
 * The settings that travel: index from 0; false behind the last.  *name is
 * static; the value's text is written to value (a LIST's items are joined by
 * newlines).  is_default: nobody set it.
 */
bool config_crawl_setting(const struct config *c, size_t index,
                          const char **name, struct buf *value,
                          bool *is_default);
/* Whether its value is not to be shown: it may hold a password or a key. */
bool config_is_secret(const char *name);
/* Take a setting as config_crawl_setting() gave it. */
enum err config_take_setting(struct config *c, struct str name,
                             struct str value,
                             char why[CONFIG_WHY_BYTES]) MUST_USE;

/*
 * The numbers of an option of type INTS, CONFIG_NUMBERS at most, as they were
 * given; returns how many, 1 as a rule.
 */
enum { CONFIG_NUMBERS = 32 };
/* The word auto, where an INTS takes it. */
enum { CONFIG_AUTO = 0 };
size_t config_numbers(const struct config *c, const char *name,
                      int64_t out[CONFIG_NUMBERS]);

/* Whether anything but its default sets it. */
bool config_is_given(const struct config *c, const char *name);

/*
 * The options that flags have set, for another run of the program, which finds
 * file and environment by itself: index from 0; false behind the last.  The
 * value is as of config_crawl_setting(); of a FILE its bytes.
 */
struct config_given {
    const char *name; /* static */
    bool is_switch, is_list, is_file;
};
bool config_next_given(const struct config *c, size_t index,
                       struct config_given *out, struct buf *value);

/* A program's command, for --help: "master NAME ARGS". */
struct config_command {
    const char *name;
    const char *args;  /* "URL ...", or "" */
    const char *about; /* one line */
    const char *more;  /* the rest of what COMMAND --help says */
    /* Names of those that matter, blanks between; those of type INTS may be
     * lists for it. */
    const char *options;
};
/*
 * The i-th from 0, NULL behind the last; call before config_load().  title:
 * of their list; which: a paragraph that is true of those with --redis.
 */
typedef const struct config_command *config_command_fn(size_t i);
void config_commands(config_command_fn *nth, const char *title,
                     const char *which);

/* The command that was meant by a word that is none; empty: no one knows. */
struct str config_command_meant(const char *word);

/* What a program is called and takes, for --help. */
void config_program(enum config_who who, const char *usage, const char *about);
/* What is used most, on a screen of 80 columns and 24 lines. */
void config_print_help(enum config_who who, FILE *out);
void config_print_all(enum config_who who, FILE *out);
/* About a command, a subject or an option; false when word is none. */
bool config_print_about(enum config_who who, const char *word, FILE *out);
/* What the command of that name takes; false when there is none. */
bool config_print_command(const char *name, FILE *out);
void config_print_conf(FILE *out);                     /* config/weft.conf */
void config_print_man(enum config_who who, FILE *out); /* options in mdoc */

/* The User-Agent that the settings make. */
void config_user_agent(const struct config *c, struct buf *out);

#endif
