/*
 * The option table for people: --help all, --help of a command or an option.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <string.h>

#include "common/config.h"
#include "common/config_rows.h"

static const char *config_usage = "";
static const char *config_about = "";
static config_command_fn *config_nth_command;
static const char *config_title = "";
static const char *config_which = "";

void
config_program(enum config_who who, const char *usage, const char *about)
{
    (void)who;
    config_usage = usage;
    config_about = about;
}

void
config_commands(config_command_fn *nth, const char *title, const char *which)
{
    config_nth_command = nth;
    config_title = title;
    config_which = which;
}

const struct config_command *
config_command(size_t i)
{
    return config_nth_command ? config_nth_command(i) : NULL;
}

/* --- --help --- */

enum { COLUMN = 30 };

void
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

/* Flags, then what they do from a fixed column on. */
static void
config_print_entry(FILE *out, const char *flags, const char *text)
{
    int n = fprintf(out, "  %s", flags);

    if (n >= COLUMN - 1) {
        fputc('\n', out);
        n = 0;
    }
    fprintf(out, "%*s", COLUMN - n, "");
    config_print_wrapped(out, text, COLUMN, CONFIG_WIDTH);
}

void
config_print_flags(const struct config_row *row, char flags[256])
{
    const struct config_alias *alias;
    char name[64];
    int letter, n;

    config_flag_name(row, name);
    letter = config_flag_letter(row, name);
    n = letter ? snprintf(flags, 256, "-%c, --%s", letter, name)
               : snprintf(flags, 256, "    --%s", name);
    for (size_t i = 0; config_next_alias(name, &i, &alias);)
        n += snprintf(flags + n, 256 - (size_t)n, ", --%s", alias->name);
    snprintf(flags + n, 256 - (size_t)n, "%s%s", row->arg[0] ? " " : "",
             row->arg);
}

void
config_print_row(const struct config_row *row, FILE *out)
{
    char name[64], flags[256], text[256], shown[384];

    config_print_flags(row, flags);
    config_flag_name(row, name);
    config_flag_text(row, name, text);
    if (row->type != CONFIG_TYPE_BOOL && row->def[0] != '\0')
        snprintf(shown, sizeof(shown), "%s [%s]", text, row->def);
    else
        snprintf(shown, sizeof(shown), "%s", text);
    config_print_entry(out, flags, shown);
}

/* The first word of its usage. */
struct str
config_program_name(void)
{
    struct str rest = str_from(config_usage);

    return str_cut(&rest, ' ');
}

static void
config_print_commands(FILE *out)
{
    const struct config_command *c = config_command(0);
    char words[64];

    if (c == NULL)
        return;
    fprintf(out, "\n%s (%.*s COMMAND --help):\n", config_title,
            STR_ARG(config_program_name()));
    for (size_t i = 0; (c = config_command(i)) != NULL; i++) {
        snprintf(words, sizeof(words), "%s%s%s", c->name, c->args[0] ? " " : "",
                 c->args);
        config_print_entry(out, words, c->about);
    }
}

const struct config_command *
config_find_command(const char *name)
{
    const struct config_command *c = NULL;

    for (size_t i = 0; (c = config_command(i)) != NULL; i++)
        if (strcmp(c->name, name) == 0)
            break;
    return c;
}

bool
config_print_command(const char *name, FILE *out)
{
    const struct config_command *c = config_find_command(name);
    struct str rest;

    if (c == NULL)
        return false;
    fprintf(out, "usage: %.*s %s [options]%s%s\n",
            STR_ARG(config_program_name()), c->name, c->args[0] ? " " : "",
            c->args);
    config_print_wrapped(out, c->about, 0, CONFIG_WIDTH);
    config_print_wrapped(out, c->more, 0, CONFIG_WIDTH);
    if (strstr(c->options, " redis "))
        config_print_wrapped(out, config_which, 0, CONFIG_WIDTH);
    rest = str_from(c->options);
    fputs("\nOptions:\n", out);
    while (rest.n > 0) {
        const struct config_row *row = config_find(str_cut(&rest, ' '));

        if (row)
            config_print_row(row, out);
    }
    return true;
}

/* Options that are not in the table, for they set nothing. */
const struct config_help_flag config_helps[CONFIG_HELPS] = {
    {'h', "help", "WORD",
     "What is used most; about WORD, a subject, command or option; all."},
    {'V', "version", NULL, "The version."},
    {0, "help-conf", NULL, "A configuration file with every option's default."},
    {0, "help-man", NULL, "The options for the manual page, in mdoc."}};

static void
config_print_helps(FILE *out)
{
    char flags[64];

    fputs("\nHelp:\n", out);
    for (size_t i = 0; i < CONFIG_HELPS; i++) {
        const char *arg = config_helps[i].arg;
        int letter = config_helps[i].letter;

        snprintf(flags, sizeof(flags), "%c%c%s --%s%s%s%s", letter ? '-' : ' ',
                 letter ? letter : ' ', letter ? "," : " ",
                 config_helps[i].name, arg ? " [" : "", arg ? arg : "",
                 arg ? "]" : "");
        config_print_entry(out, flags, config_helps[i].text);
    }
}

const char config_values[] =
    "\n"
    "Times are seconds, or 500ms, 2m, 1h, 1d; sizes are bytes, or 64k, 5m, "
    "1g.\n"
    "[ ] is the default. --NAME and --no-NAME switch what is on or off.\n"
    "Every option may also stand in a file (delay = 2; see --config) or in "
    "the\n"
    "environment (WEFT_DELAY=2). Flags win over the environment, that over "
    "the file.\n";

static const char config_master_end[] =
    "\n"
    "Examples:\n"
    "  master --procs 8 --threads 5 top-1m.csv    a top-sites list, all its "
    "links\n"
    "  master --level 0 --max-seeds 500 top.csv   500 home pages, no links\n"
    "  master --no-span-hosts --delay 2 list.txt  these hosts only, gently\n"
    "  master --dry-run top-1m.csv.zip            what would be the seeds\n"
    "Set --contact before you crawl the web: site owners want to reach you.\n"
    "Ctrl-C stops; the same command goes on.\n"
    "\n"
    "Exit codes: 0 finished, 1 error, 2 usage, 3 disk, 4 Redis lost, 5 a "
    "limit was\n"
    "reached, 130 and 143 stopped by a signal.\n";

static const char config_worker_end[] =
    "A setting given here counts for this worker instead of the crawl's.\n"
    "\n"
    "Examples:\n"
    "  worker --redis redis://10.0.0.1 --name top-1m\n"
    "  REDIS_URL=redis://:PASSWORD@10.0.0.1 worker --name top-1m --threads "
    "8\n"
    "\n"
    "Exit codes: 0 finished or stopped, 1 error, 2 usage, 3 disk, 4 Redis "
    "lost.\n";

void
config_print_usage(FILE *out)
{
    fprintf(out, "usage: %s\n       %.*s COMMAND [options] [ARGUMENT ...]\n",
            config_usage, STR_ARG(config_program_name()));
    config_print_wrapped(out, config_about, 0, CONFIG_WIDTH);
}

void
config_print_all(enum config_who who, FILE *out)
{
    config_print_usage(out);
    config_print_commands(out);
    for (int g = 0; g < GROUP_COUNT; g++) {
        size_t i = 0;
        const struct config_row *row = config_next_row(g, who, &i);

        if (row)
            fprintf(out, "\n%s:\n", config_titles[g]);
        for (; row; row = config_next_row(g, who, &i))
            config_print_row(row, out);
    }
    config_print_helps(out);
    fputs(config_values, out);
    fputs(who == CONFIG_WORKER ? config_worker_end : config_master_end, out);
}
