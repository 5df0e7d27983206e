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

/* config_print.c: the program's command of that name, or NULL. */
const struct config_command *config_find_command(const char *name);

void config_show_value(const struct config *c, const struct config_row *row,
                       struct buf *out);

#endif
