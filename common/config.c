/*
 * The table, its values and their layers.  Flags, file and environment are
 * read in config_load.c, shown in config_print.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/config.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/config_rows.h"
#include "common/config_words.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/save.h"
#include "common/save_name.h"
#include "common/version.h"

const struct config_row config_rows[] = {
#define OPT(field, type, letter, def, min, max, who, group, arg, text) \
    {#field,                                                           \
     CONFIG_TYPE_##type,                                               \
     offsetof(struct config, field),                                   \
     letter,                                                           \
     def,                                                              \
     min,                                                              \
     max,                                                              \
     CONFIG_##who,                                                     \
     group##_GROUP,                                                    \
     arg,                                                              \
     text},
#define ALIAS(name, option, letter)
#include "common/config_table.h"
#undef OPT
#undef ALIAS
};
const size_t config_rows_count = sizeof(config_rows) / sizeof(config_rows[0]);

const struct config_alias config_aliases[] = {
#define OPT(field, type, letter, def, min, max, who, group, arg, text)
#define ALIAS(name, option, letter) {name, option, letter},
#include "common/config_table.h"
#undef OPT
#undef ALIAS
};
const size_t config_aliases_count =
    sizeof(config_aliases) / sizeof(config_aliases[0]);

static void *
config_field(const struct config *c, const struct config_row *row)
{
    return (char *)(uintptr_t)c + row->offset;
}

static void
config_list_clear(struct config_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->v[i]);
    free(list->v);
    *list = (struct config_list){0};
}

static void
config_list_add(struct config_list *list, struct str value)
{
    list->v = xreallocarray(list->v, list->n + 1, sizeof(*list->v));
    list->v[list->n++] = xmemdup0(value.p, value.n);
}

/* --- values --- */

static bool
config_read_bool(struct str s, bool *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"yes", true}, {"true", true},   {"on", true},   {"1", true},
                 {"no", false}, {"false", false}, {"off", false}, {"0", false}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_equal_nocase(s, str_from(words[i].word))) {
            *out = words[i].value;
            return true;
        }
    return false;
}

/* A decimal number and, behind it, the unit's factor. */
static bool
config_read_number(struct str s, const struct config_row *row, int64_t *out)
{
    static const struct {
        const char *unit;
        enum config_type type;
        double factor;
    } units[] = {
        {"", CONFIG_TYPE_INT, 1},          {"k", CONFIG_TYPE_INT, 1e3},
        {"", CONFIG_TYPE_INTS, 1},         {"", CONFIG_TYPE_BYTES, 1},
        {"k", CONFIG_TYPE_BYTES, 1024},    {"m", CONFIG_TYPE_BYTES, 1 << 20},
        {"g", CONFIG_TYPE_BYTES, 1 << 30}, {"", CONFIG_TYPE_MS, 1000},
        {"s", CONFIG_TYPE_MS, 1000},       {"ms", CONFIG_TYPE_MS, 1},
        {"m", CONFIG_TYPE_MS, 60e3},       {"h", CONFIG_TYPE_MS, 3600e3},
        {"d", CONFIG_TYPE_MS, 86400e3}};
    char text[64], *end;
    double value;

    if (s.n == 0 || s.n >= sizeof(text))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (!str_is_digit(text[0]) && text[0] != '-' && text[0] != '.')
        return false;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return false;
    value = strtod(text, &end);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (units[i].type == row->type &&
            str_equal_nocase(str_from(end), str_from(units[i].unit))) {
            value *= units[i].factor;
            if (!isfinite(value) || value < row->min || value > row->max ||
                ((row->type == CONFIG_TYPE_INT ||
                  row->type == CONFIG_TYPE_INTS) &&
                 value != floor(value)))
                return false;
            *out = (int64_t)llround(value);
            return true;
        }
    return false;
}

/* ARG "N|auto" */
static bool
config_takes_auto(const struct config_row *row)
{
    const char *bar = strchr(row->arg, '|');

    return row->type == CONFIG_TYPE_INTS && bar && strcmp(bar, "|auto") == 0;
}

static bool
config_read_one(struct str s, const struct config_row *row, int64_t *out)
{
    if (!config_takes_auto(row) || !str_equal_nocase(s, STR("auto")))
        return config_read_number(s, row, out);
    *out = CONFIG_AUTO;
    return true;
}

/* "1,5,10": each is looked at, the first goes to the field. */
static bool
config_write_numbers(struct config *c, const struct config_row *row,
                     struct str value)
{
    char **several = &c->several[row - config_rows];
    struct str rest = value;
    int64_t first = 0, number;
    size_t count = 0;

    for (; rest.n > 0 || count == 0; count++) {
        bool has_more = memchr(rest.p, ',', rest.n) != NULL;

        if (count == CONFIG_NUMBERS ||
            !config_read_one(str_trim(str_cut(&rest, ',')), row, &number) ||
            (has_more && rest.n == 0))
            return false;
        first = count == 0 ? number : first;
    }
    free(*several);
    *several = count > 1 ? xmemdup0(value.p, value.n) : NULL;
    *(int64_t *)config_field(c, row) = first;
    return true;
}

static bool
config_write_value(struct config *c, const struct config_row *row,
                   struct str value)
{
    void *field = config_field(c, row);
    char **text = field;

    switch (row->type) {
    case CONFIG_TYPE_BOOL:
        return config_read_bool(value, field);
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_MS:
    case CONFIG_TYPE_BYTES:
        return config_read_number(value, row, field);
    case CONFIG_TYPE_INTS:
        return value.n > 0 && config_write_numbers(c, row, value);
    case CONFIG_TYPE_TEXT:
        free(*text);
        *text = value.n > 0 ? xmemdup0(value.p, value.n) : NULL;
        return true;
    case CONFIG_TYPE_LIST:
        if (value.n > 0)
            config_list_add(field, value);
        return true;
    case CONFIG_TYPE_FILE: /* config_file_set() */
        break;
    }
    return false;
}

/*
 * The beginning of what somebody gave, harmless for a terminal: each byte may
 * become four, and what it should have been has to fit behind it.
 */
#define CONFIG_SHOW(s) LOG_ESC(((struct str){(s).p, (s).n > 40 ? 40 : (s).n}))

/* What the value may be, for the line that refuses another. */
static void
config_say_allowed(const struct config_row *row, struct str value,
                   char why[CONFIG_WHY_BYTES])
{
    struct buf b;
    enum err e;

    buf_init(&b, CONFIG_WHY_BYTES);
    e = buf_addf(&b, "%s: \"%s\" is not ", row->name, CONFIG_SHOW(value));
    if (e == ERR_OK && row->type == CONFIG_TYPE_BOOL)
        e = buf_addf(&b, "yes or no");
    else if (e == ERR_OK && row->type == CONFIG_TYPE_MS)
        e = buf_addf(&b, "a time from %g to %g seconds", row->min / 1000,
                     row->max / 1000);
    else if (e == ERR_OK)
        e = buf_addf(&b, "a %s from %.15g to %.15g",
                     row->type == CONFIG_TYPE_BYTES ? "size" : "whole number",
                     row->min, row->max);
    if (e == ERR_OK && config_takes_auto(row))
        e = buf_addf(&b, ", or auto");
    snprintf(why, CONFIG_WHY_BYTES, "%.*s", (int)b.n, b.p ? b.p : "");
    buf_fini(&b);
    (void)e;
}

/* Checked here so that nobody else must. */
static bool
config_is_fit(const struct config_row *row, struct str value,
              char why[CONFIG_WHY_BYTES])
{
    if (strcmp(row->name, "default_page") == 0 && !save_name_is_page(value)) {
        snprintf(why, CONFIG_WHY_BYTES,
                 "default_page: \"%s\" is no plain name of a file",
                 CONFIG_SHOW(value));
        return false;
    }
    return config_words_check(row->name, value, why);
}

/* --- rows --- */

/*
 * "save" and "warc" tell of one thing: of the two the one of the higher layer
 * counts, in the same one what came last.  Then both say the same.
 */
static void
config_keep_together(struct config *c, const struct config_row *row)
{
    const struct config_row *save = config_find(STR("save"));
    const struct config_row *warc = config_find(STR("warc"));
    int of_save = c->source[save - config_rows];
    int of_warc = c->source[warc - config_rows];
    unsigned what;

    if ((row != save && row != warc) || !save_parse(str_from(c->save), &what))
        return;
    if (of_warc > of_save || (of_warc == of_save && row == warc)) {
        what &= ~(unsigned)SAVE_WARC;
        if (c->warc)
            what |= SAVE_WARC;
    }
    c->warc = (what & SAVE_WARC) != 0;
    free(c->save);
    c->save = xstrdup(save_word(what));
}

bool
config_name_equal(struct str given, const char *name)
{
    size_t i = 0;

    for (; i < given.n && name[i] != '\0'; i++)
        if ((given.p[i] == '-' ? '_' : given.p[i]) !=
            (name[i] == '-' ? '_' : name[i]))
            return false;
    return i == given.n && name[i] == '\0';
}

const struct config_row *
config_find(struct str name)
{
    for (size_t i = 0; i < config_aliases_count; i++)
        if (config_name_equal(name, config_aliases[i].name))
            name = str_from(config_aliases[i].option);
    for (size_t i = 0; i < config_rows_count; i++)
        if (config_name_equal(name, config_rows[i].name))
            return &config_rows[i];
    return NULL;
}

bool
config_has_no(const struct config_row *row)
{
    size_t n = strlen(row->arg);

    return row->type == CONFIG_TYPE_BOOL ||
           (n > 3 && strcmp(row->arg + n - 3, "|no") == 0);
}

enum err
config_set_row(struct config *c, const struct config_row *row,
               enum config_source from, struct str value,
               char why[CONFIG_WHY_BYTES])
{
    size_t i = (size_t)(row - config_rows);

    if (c->source[i] > from)
        return ERR_OK;
    if (row->type == CONFIG_TYPE_LIST && c->source[i] < from)
        config_list_clear(config_field(c, row));
    if (row->type == CONFIG_TYPE_FILE) {
        enum err e =
            config_file_set(config_field(c, row), row->name, from, value, why);

        if (e == ERR_OK)
            c->source[i] = (unsigned char)from;
        return e;
    }
    if (value.n > 0 && memchr(value.p, '\0', value.n)) {
        snprintf(why, CONFIG_WHY_BYTES, "%s: a NUL byte in it", row->name);
        return ERR_INVALID; /* as a C string it would be another value */
    }
    if (!config_is_fit(row, value, why))
        return ERR_INVALID;
    if (!config_write_value(c, row, value)) {
        config_say_allowed(row, value, why);
        return ERR_INVALID;
    }
    c->source[i] = (unsigned char)from;
    config_keep_together(c, row);
    return ERR_OK;
}

enum err
config_set(struct config *c, enum config_who who, enum config_source from,
           struct str name, struct str value, char why[CONFIG_WHY_BYTES])
{
    const struct config_row *row = config_find(name);
    static const struct str no = {"no-", 3};

    if (row == NULL && (str_starts(name, no) || str_starts(name, STR("no_")))) {
        row = config_find((struct str){name.p + 3, name.n - 3});
        if (row && row->type == CONFIG_TYPE_BOOL) {
            bool is_on;

            if (!config_read_bool(value, &is_on))
                is_on = true;
            value = is_on ? STR("no") : STR("yes");
        } else if (row && config_has_no(row)) {
            value = STR("no");
        } else {
            row = NULL;
        }
    }
    if (row == NULL || (row->who & who) == 0) {
        char meant[128];

        config_say_meant(who, name, false, meant, sizeof(meant));
        snprintf(why, CONFIG_WHY_BYTES, "no option \"%s\"%s", CONFIG_SHOW(name),
                 meant);
        return ERR_NOT_FOUND;
    }
    return config_set_row(c, row, from, value, why);
}

/* --- birth and end --- */

void
config_init(struct config *c)
{
    char why[CONFIG_WHY_BYTES];

    *c = (struct config){0};
    c->source = xcalloc(config_rows_count, 1);
    c->several = xcalloc(config_rows_count, sizeof(*c->several));
    for (size_t i = 0; i < config_rows_count; i++)
        if (config_set_row(c, &config_rows[i], CONFIG_FROM_DEFAULT,
                           str_from(config_rows[i].def), why) != ERR_OK)
            abort(); /* a default of ours that its own row refuses */
}

void
config_fini(struct config *c)
{
    for (size_t i = 0; i < config_rows_count; i++) {
        void *field = config_field(c, &config_rows[i]);

        if (config_rows[i].type == CONFIG_TYPE_TEXT)
            free(*(char **)field);
        else if (config_rows[i].type == CONFIG_TYPE_LIST)
            config_list_clear(field);
        else if (config_rows[i].type == CONFIG_TYPE_FILE)
            config_file_fini(field);
        if (c->several)
            free(c->several[i]);
    }
    free(c->source);
    free(c->several);
    *c = (struct config){0};
}

/* --- settings that travel --- */

void
config_show_value(const struct config *c, const struct config_row *row,
                  struct buf *out)
{
    const void *field = config_field(c, row);
    const struct config_list *list = field;
    const struct config_file *file = field;
    enum err e = ERR_OK;

    buf_reset(out);
    switch (row->type) {
    case CONFIG_TYPE_BOOL:
        e = buf_addf(out, "%s", *(const bool *)field ? "yes" : "no");
        break;
    case CONFIG_TYPE_INTS:
        if (config_takes_auto(row) && *(const int64_t *)field == CONFIG_AUTO) {
            e = buf_addf(out, "auto");
            break;
        }
        e = buf_addf(out, "%lld", (long long)*(const int64_t *)field);
        break;
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_BYTES:
        e = buf_addf(out, "%lld", (long long)*(const int64_t *)field);
        break;
    case CONFIG_TYPE_MS:
        e = buf_addf(out, "%lldms", (long long)*(const int64_t *)field);
        break;
    case CONFIG_TYPE_TEXT:
        e = buf_add_str(out, str_from(*(char *const *)field));
        break;
    case CONFIG_TYPE_LIST:
        for (size_t i = 0; e == ERR_OK && i < list->n; i++)
            e = buf_addf(out, "%s%s", i ? "\n" : "", list->v[i]);
        break;
    case CONFIG_TYPE_FILE:
        e = buf_add(out, file->bytes, file->n);
        break;
    }
    (void)e; /* options are bounded by the command line's own length */
}

bool
config_crawl_setting(const struct config *c, size_t index, const char **name,
                     struct buf *value, bool *is_default)
{
    for (size_t i = 0; i < config_rows_count; i++) {
        if (config_rows[i].who != CONFIG_CRAWL || index-- > 0)
            continue;
        *name = config_rows[i].name;
        *is_default = c->source[i] == CONFIG_FROM_DEFAULT;
        config_show_value(c, &config_rows[i], value);
        return true;
    }
    return false;
}

bool
config_next_given(const struct config *c, size_t index,
                  struct config_given *out, struct buf *value)
{
    for (size_t i = 0; i < config_rows_count; i++) {
        const struct config_row *row = &config_rows[i];

        if (c->source[i] != CONFIG_FROM_FLAG || index-- > 0)
            continue;
        *out = (struct config_given){row->name, row->type == CONFIG_TYPE_BOOL,
                                     row->type == CONFIG_TYPE_LIST,
                                     row->type == CONFIG_TYPE_FILE};
        config_show_value(c, row, value);
        return true;
    }
    return false;
}

bool
config_is_given(const struct config *c, const char *name)
{
    const struct config_row *row = config_find(str_from(name));

    return row && c->source[row - config_rows] != CONFIG_FROM_DEFAULT;
}

size_t
config_numbers(const struct config *c, const char *name,
               int64_t out[CONFIG_NUMBERS])
{
    const struct config_row *row = config_find(str_from(name));
    struct str rest;
    size_t n = 0;

    if (row == NULL || row->type != CONFIG_TYPE_INTS)
        return 0;
    rest = str_from(c->several[row - config_rows]);
    while (rest.n > 0 && n < CONFIG_NUMBERS &&
           config_read_one(str_trim(str_cut(&rest, ',')), row, &out[n]))
        n++;
    if (n == 0)
        out[n++] = *(const int64_t *)config_field(c, row);
    return n;
}

bool
config_is_secret(const char *name)
{
    static const char *const names[] = {"proxy", "header", "user", "password"};
    const struct config_row *row = config_find(str_from(name));

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return row && row->type == CONFIG_TYPE_FILE;
}

enum err
config_take_setting(struct config *c, struct str name, struct str value,
                    char why[CONFIG_WHY_BYTES])
{
    const struct config_row *row = config_find(name);
    enum err e = ERR_OK;

    if (row == NULL || row->who != CONFIG_CRAWL)
        return ERR_NOT_FOUND;
    if (row->type != CONFIG_TYPE_LIST)
        return config_set_row(c, row, CONFIG_FROM_CRAWL, value, why);
    while (e == ERR_OK && value.n > 0)
        e = config_set_row(c, row, CONFIG_FROM_CRAWL, str_cut(&value, '\n'),
                           why);
    return e;
}

void
config_user_agent(const struct config *c, struct buf *out)
{
    enum err e;

    buf_reset(out);
    if (c->user_agent)
        e = buf_add_str(out, str_from(c->user_agent));
    else if (c->contact)
        e = buf_addf(out, "weft/%s (+%s)", weft_version(), c->contact);
    else
        e = buf_addf(out, "weft/%s", weft_version());
    (void)e;
}
