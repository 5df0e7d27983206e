/*
 * config_rows - the option table as data; for common/config*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONFIG_ROWS_H
#define COMMON_CONFIG_ROWS_H

#include "common/config.h"

enum config_type {
    CONFIG_TYPE_BOOL,
    CONFIG_TYPE_INT,
    CONFIG_TYPE_INTS,
    CONFIG_TYPE_MS,
    CONFIG_TYPE_BYTES,
    CONFIG_TYPE_TEXT,
    CONFIG_TYPE_LIST,
    CONFIG_TYPE_FILE
};

enum config_group {
    SEEDS_GROUP,
    CRAWL_JOB_GROUP,
    FLEET_GROUP,
    REDIS_GROUP,
    POLITE_GROUP,
    FETCH_GROUP,
    SCOPE_GROUP,
    STORE_GROUP,
    TALK_GROUP,
    HTTP_GROUP,
    GROUP_COUNT
};

struct config_row {
    const char *name; /* the field: "max_pages" */
    enum config_type type;
    size_t offset; /* of the field in struct config */
    int letter;    /* 0: none */
    const char *def;
    double min, max;
    enum config_who who;
    enum config_group group;
    const char *arg; /* what its value is called */
    const char *text;
};

struct config_alias {
    const char *name, *option;
    int letter;
};

extern const struct config_row config_rows[];
extern const size_t config_rows_count;
extern const struct config_alias config_aliases[];
extern const size_t config_aliases_count;

/* "max-pages" and "max_pages" are the same name. */
bool config_name_equal(struct str given, const char *name);
const struct config_row *config_find(struct str name);
/* It has a form --no-NAME. */
bool config_has_no(const struct config_row *row);
enum err config_set_row(struct config *c, const struct config_row *row,
                        enum config_source from, struct str value,
                        char why[CONFIG_WHY_BYTES]) MUST_USE;
/*
 * config_file.c: read the file of that name, or take its bytes when they come
 * from the crawl's settings.
 */
enum err config_file_set(struct config_file *f, const char *name,
                         enum config_source from, struct str value,
                         char why[CONFIG_WHY_BYTES]) MUST_USE;
void config_file_fini(struct config_file *f);

/*
 * config_near.c: what is to be said behind a name that is no option's:
 * ", did you mean --NAME?"; "" when nothing is like it.
 */
void config_say_meant(enum config_who who, struct str name, bool is_flag,
                      char *why, size_t size);

/* --- config_print.c: what a row is for people --- */

extern const char *const config_titles[GROUP_COUNT];
/* The group's rows that are of who in turn; *i from 0, NULL behind the last. */
const struct config_row *config_next_row(int group, enum config_who who,
                                         size_t *i);
void config_flag_name(const struct config_row *row, char out[64]);
void config_flag_text(const struct config_row *row, const char *name,
                      char out[256]);
bool config_next_alias(const char *name, size_t *i,
                       const struct config_alias **out);
int config_flag_letter(const struct config_row *row, const char *name);

/* --- config_load.c --- */

/* "WEFT_DELAY" */
void config_env_name(const struct config_row *row, char out[64]);
/* The option's name that a letter stands for, or NULL. */
const char *config_letter_name(int letter);

/* --- config_topics.c --- */

/* The subjects of --help, from *i on; NULL behind the last. */
const char *config_topic_word(enum config_who who, size_t *i);
/* --help WORD: there is nothing about it. */
void config_say_no_help(enum config_who who, struct str word, FILE *out);

/* --- config_help.c --- */

enum { CONFIG_WIDTH = 79, CONFIG_HELPS = 4 };

struct config_help_flag {
    int letter;
    const char *name, *arg, *text;
};
extern const struct config_help_flag config_helps[CONFIG_HELPS];
extern const char config_values[]; /* what values may be, for people */

/* text in lines of at most width columns, behind an indent of at. */
void config_print_wrapped(FILE *out, const char *text, int at, int width);
void config_print_row(const struct config_row *row, FILE *out);
/* "-w, --delay, --wait SECONDS" */
void config_print_flags(const struct config_row *row, char flags[256]);
void config_print_usage(FILE *out);
struct str config_program_name(void);
/* The program's i-th command; NULL behind the last. */
const struct config_command *config_command(size_t i);
/* The one of that name, or NULL. */
const struct config_command *config_find_command(const char *name);

void config_show_value(const struct config *c, const struct config_row *row,
                       struct buf *out);

#endif
