/*
 * The option table for people: --help, config/weft.conf, the manual.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <string.h>

#include "common/config.h"
#include "common/config_rows.h"

static const char *config_usage = "";
static const char *config_about = "";

static const char *const config_titles[GROUP_COUNT] = {
    [SEEDS_GROUP] = "Seeds",
    [CRAWL_JOB_GROUP] = "The crawl",
    [FLEET_GROUP] = "Processes and threads",
    [REDIS_GROUP] = "Redis",
    [POLITE_GROUP] = "Politeness",
    [FETCH_GROUP] = "Fetching",
    [SCOPE_GROUP] = "What to follow",
    [STORE_GROUP] = "What to keep",
    [TALK_GROUP] = "Messages",
};

void
config_program(enum config_who who, const char *usage, const char *about)
{
    (void)who;
    config_usage = usage;
    config_about = about;
}

/* "max-pages", and "no-robots" where switching off is what one does. */
static void
config_flag_name(const struct config_row *row, char out[64])
{
    bool is_on = row->type == CONFIG_TYPE_BOOL && strcmp(row->def, "yes") == 0;

    snprintf(out, 64, "%s%s", is_on ? "no-" : "", row->name);
    for (char *p = out; *p; p++)
        if (*p == '_')
            *p = '-';
}

/* text broken into lines of at most width behind an indent of at. */
static void
config_print_wrapped(FILE *out, const char *text, int at, int width)
{
    int column = at;

    while (*text) {
        int word = (int)strcspn(text, " ");

        if (column > at && column + 1 + word > width) {
            fprintf(out, "\n%*s", at, "");
            column = at;
        } else if (column > at) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void
config_print_row(const struct config_row *row, FILE *out)
{
    enum { COLUMN = 32, WIDTH = 79 };
    char name[64], text[256];
    int n = 0;

    config_flag_name(row, name);
    if (row->letter)
        n = fprintf(out, "  -%c, --%s %s", row->letter, name, row->arg);
    else
        n = fprintf(out, "      --%s %s", name, row->arg);
    for (size_t i = 0; i < config_aliases_count; i++)
        if (config_name_equal(str_from(config_aliases[i].option), name))
            n += config_aliases[i].letter
                     ? fprintf(out, " -%c", config_aliases[i].letter)
                     : 0;
    if (n >= COLUMN - 1)
        n = fprintf(out, "\n") * 0;
    fprintf(out, "%*s", COLUMN - n, "");
    snprintf(text, sizeof(text), "%s", row->text);
    if (row->type != CONFIG_TYPE_BOOL && row->def[0] != '\0')
        snprintf(text, sizeof(text), "%s [%s]", row->text, row->def);
    else if (strncmp(name, "no-", 3) == 0)
        snprintf(text, sizeof(text), "Do not %c%s",
                 tolower((unsigned char)row->text[0]), row->text + 1);
    config_print_wrapped(out, text, COLUMN, WIDTH);
}

void
config_print_help(enum config_who who, FILE *out)
{
    fprintf(out, "usage: %s\n%s\n", config_usage, config_about);
    for (int g = 0; g < GROUP_COUNT; g++) {
        bool has_title = false;

        for (size_t i = 0; i < config_rows_count; i++) {
            if ((int)config_rows[i].group != g ||
                (config_rows[i].who & who) == 0)
                continue;
            if (!has_title)
                fprintf(out, "\n%s:\n", config_titles[g]);
            has_title = true;
            config_print_row(&config_rows[i], out);
        }
    }
    fputs("\nOther names: ", out);
    for (size_t i = 0; i < config_aliases_count; i++)
        fprintf(out, "%s--%s = --%s", i ? ", " : "", config_aliases[i].name,
                config_aliases[i].option);
    fputs("\n\n  -h, --help   -V, --version   --help-conf (the configuration "
          "file)\n\n"
          "Times are seconds, or 500ms, 2m, 1h, 1d; sizes are bytes, or 64k, "
          "5m, 1g.\n"
          "Every option may stand in a file (NAME = VALUE) and in the "
          "environment\n(WEFT_MAX_PAGES=1000). Flags win over the "
          "environment, it wins over the file.\n"
          "A setting that is on is switched off by --no-NAME.\n",
          out);
}

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
            fprintf(out, "\n# %s\n#%s = %s\n", row->text, row->name, row->def);
        }
    }
}

/* Text for mdoc: a backslash and a leading dot would be commands. */
static void
config_print_mdoc(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; text++)
        fputs(*text == '\\' ? "\\e" : (char[]){*text, '\0'}, out);
    fputc('\n', out);
}

void
config_print_man(enum config_who who, FILE *out)
{
    for (int g = 0; g < GROUP_COUNT; g++) {
        fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", config_titles[g]);
        for (size_t i = 0; i < config_rows_count; i++) {
            const struct config_row *row = &config_rows[i];
            char name[64];

            if ((int)row->group != g || (row->who & who) == 0)
                continue;
            config_flag_name(row, name);
            fputs(".It ", out);
            if (row->letter)
                fprintf(out, "Fl %c , ", row->letter);
            fprintf(out, "Fl Fl %s", name);
            if (row->arg[0])
                fprintf(out, " Ar %s", row->arg);
            fputc('\n', out);
            if (strncmp(name, "no-", 3) == 0)
                fputs("Switched off by this flag: ", out);
            config_print_mdoc(out, row->text);
            if (row->type != CONFIG_TYPE_BOOL && row->def[0])
                fprintf(out, "The default is %s.\n", row->def);
        }
        fputs(".El\n", out);
    }
}
