/*
 * The option table for people: config/weft.conf, the manual.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <string.h>

#include "common/config.h"
#include "common/config_rows.h"

const char *const config_titles[GROUP_COUNT] = {
    [SEEDS_GROUP] = "Seeds",
    [CRAWL_JOB_GROUP] = "The crawl",
    [FLEET_GROUP] = "Processes and threads",
    [REDIS_GROUP] = "Redis",
    [POLITE_GROUP] = "Politeness",
    [FETCH_GROUP] = "Fetching",
    [SCOPE_GROUP] = "What to follow",
    [STORE_GROUP] = "What to keep",
    [TALK_GROUP] = "Messages",
    [HTTP_GROUP] = "Dashboard, metrics and API",
};

const struct config_row *
config_next_row(int group, enum config_who who, size_t *i)
{
    for (; *i < config_rows_count; (*i)++)
        if ((int)config_rows[*i].group == group &&
            (config_rows[*i].who & who) != 0)
            return &config_rows[(*i)++];
    return NULL;
}

/* "max-pages", and "no-robots" where switching off is what one does. */
void
config_flag_name(const struct config_row *row, char out[64])
{
    bool is_on = row->type == CONFIG_TYPE_BOOL && strcmp(row->def, "yes") == 0;

    snprintf(out, 64, "%s%s", is_on ? "no-" : "", row->name);
    for (char *p = out; *p; p++)
        if (*p == '_')
            *p = '-';
}

/* What the flag of that name does: the table says what the option does. */
void
config_flag_text(const struct config_row *row, const char *name, char out[256])
{
    if (row->type == CONFIG_TYPE_BOOL && strncmp(name, "no-", 3) == 0)
        snprintf(out, 256, "Do not %c%s", tolower((unsigned char)row->text[0]),
                 row->text + 1);
    else
        snprintf(out, 256, "%s", row->text);
}

/* The row's other names in turn; *i from 0, false behind the last. */
bool
config_next_alias(const char *name, size_t *i, const struct config_alias **out)
{
    for (; *i < config_aliases_count; (*i)++)
        if (config_name_equal(str_from(config_aliases[*i].option), name)) {
            *out = &config_aliases[(*i)++];
            return true;
        }
    return false;
}

/* The letter of the row or of one of its other names; 0: none. */
int
config_flag_letter(const struct config_row *row, const char *name)
{
    const struct config_alias *alias;
    int letter = row->letter;

    for (size_t i = 0; letter == 0 && config_next_alias(name, &i, &alias);)
        letter = alias->letter;
    return letter;
}

/* --- config/weft.conf --- */

void
config_print_conf(FILE *out)
{
    fputs("# weft.conf - every option with its default.\n"
          "# Made by: master --help-conf.  Uncomment what you change; read "
          "with --config\n# FILE, or from /etc/weft.conf.  Environment and "
          "flags win over it.\n",
          out);
    for (int g = 0; g < GROUP_COUNT; g++) {
        fprintf(out, "\n# --- %s ---\n", config_titles[g]);
        for (size_t i = 0; i < config_rows_count; i++) {
            const struct config_row *row = &config_rows[i];

            if ((int)row->group != g || strcmp(row->name, "config") == 0)
                continue;
            fprintf(out, "\n# %s\n#%s =%s%s\n", row->text, row->name,
                    row->def[0] ? " " : "", row->def);
        }
    }
}

/* --- the manual --- */

/*
 * Text for mdoc: a backslash and a leading dot would be commands, and a minus
 * that begins a word would come out as a hyphen, which no shell takes.  A
 * sentence begins a line, so that the blank before it is a sentence's.
 */
static void
config_print_mdoc(FILE *out, const char *text)
{
    char before = ' ';

    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; before = *text++)
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-' && (before == ' ' || before == '-'))
            fputs("\\-", out);
        else if (*text == ' ' && before == '.' &&
                 isupper((unsigned char)text[1]))
            fputc('\n', out);
        else
            fputc(*text, out);
    fputc('\n', out);
}

/* What the value may be: the table's bounds in the unit that one writes. */
static void
config_print_bounds(FILE *out, const struct config_row *row)
{
    enum { ENDLESS = 1000000000 };
    double unit = row->type == CONFIG_TYPE_MS ? 1000 : 1;
    const char *def = row->def;

    if (row->type == CONFIG_TYPE_BOOL)
        return;
    if (row->type == CONFIG_TYPE_LIST) {
        fputs("May be given several times.\n", out);
        return;
    }
    if (def[0] == '\0')
        return;
    fprintf(out, "Default %s%s", def[0] == '-' ? "\\" : "", def);
    if (row->type == CONFIG_TYPE_TEXT) {
        fputs(".\n", out);
        return;
    }
    if (row->max / unit < ENDLESS)
        fprintf(out, "; %s%.15g to %.15g", row->min < 0 ? "\\" : "",
                row->min / unit, row->max / unit);
    fputs(".\n", out);
}

static void
config_print_man_row(FILE *out, const struct config_row *row)
{
    const struct config_alias *alias;
    char name[64], text[256];
    int letter;

    config_flag_name(row, name);
    config_flag_text(row, name, text);
    letter = config_flag_letter(row, name);
    fputs(".It ", out);
    if (letter)
        fprintf(out, "Fl %c , ", letter);
    fprintf(out, "Fl Fl %s", name);
    for (size_t i = 0; config_next_alias(name, &i, &alias);)
        fprintf(out, " , Fl Fl %s", alias->name);
    if (row->arg[0])
        fprintf(out, " Ar %s", row->arg);
    if (row->type != CONFIG_TYPE_BOOL && config_has_no(row))
        fprintf(out, " , Fl Fl no-%s", name);
    fputc('\n', out);
    config_print_mdoc(out, text);
    config_print_bounds(out, row);
}

void
config_print_man(enum config_who who, FILE *out)
{
    for (int g = 0; g < GROUP_COUNT; g++) {
        size_t i = 0;
        const struct config_row *row = config_next_row(g, who, &i);

        if (row == NULL)
            continue;
        fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", config_titles[g]);
        for (; row; row = config_next_row(g, who, &i))
            config_print_man_row(out, row);
        fputs(".El\n", out);
    }
    fputs(".Ss Help\n.Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < CONFIG_HELPS; i++) {
        fputs(".It ", out);
        if (config_helps[i].letter)
            fprintf(out, "Fl %c , ", config_helps[i].letter);
        fprintf(out, "Fl Fl %s", config_helps[i].name);
        if (config_helps[i].arg)
            fprintf(out, " Op Ar %s", config_helps[i].arg);
        fprintf(out, "\n%s\n", config_helps[i].text);
    }
    fputs(".El\n", out);
}
