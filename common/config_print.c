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
static config_command_fn *config_nth_command;
static const char *config_title = "";
static const char *config_which = "";

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

void
config_commands(config_command_fn *nth, const char *title, const char *which)
{
    config_nth_command = nth;
    config_title = title;
    config_which = which;
}

static const struct config_command *
config_command(size_t i)
{
    return config_nth_command ? config_nth_command(i) : NULL;
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

/* What the flag of that name does: the table says what the option does. */
static void
config_flag_text(const struct config_row *row, const char *name, char out[256])
{
    if (row->type == CONFIG_TYPE_BOOL && strncmp(name, "no-", 3) == 0)
        snprintf(out, 256, "Do not %c%s", tolower((unsigned char)row->text[0]),
                 row->text + 1);
    else
        snprintf(out, 256, "%s", row->text);
}

/* The row's other names in turn; *i from 0, false behind the last. */
static bool
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
static int
config_flag_letter(const struct config_row *row, const char *name)
{
    const struct config_alias *alias;
    int letter = row->letter;

    for (size_t i = 0; letter == 0 && config_next_alias(name, &i, &alias);)
        letter = alias->letter;
    return letter;
}

/* --- --help --- */

enum { COLUMN = 30, WIDTH = 79 };

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
    config_print_wrapped(out, text, COLUMN, WIDTH);
}

static void
config_print_row(const struct config_row *row, FILE *out)
{
    char name[64], flags[256], text[256], shown[384];
    const struct config_alias *alias;
    int letter, n;

    config_flag_name(row, name);
    config_flag_text(row, name, text);
    letter = config_flag_letter(row, name);
    n = letter ? snprintf(flags, sizeof(flags), "-%c, --%s", letter, name)
               : snprintf(flags, sizeof(flags), "    --%s", name);
    for (size_t i = 0; config_next_alias(name, &i, &alias);)
        n += snprintf(flags + n, sizeof(flags) - (size_t)n, ", --%s",
                      alias->name);
    snprintf(flags + n, sizeof(flags) - (size_t)n, "%s%s",
             row->arg[0] ? " " : "", row->arg);
    if (row->type != CONFIG_TYPE_BOOL && row->def[0] != '\0')
        snprintf(shown, sizeof(shown), "%s [%s]", text, row->def);
    else
        snprintf(shown, sizeof(shown), "%s", text);
    config_print_entry(out, flags, shown);
}

/* The program's name: the first word of its usage. */
static struct str
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
    config_print_wrapped(out, c->about, 0, WIDTH);
    config_print_wrapped(out, c->more, 0, WIDTH);
    if (strstr(c->options, " redis "))
        config_print_wrapped(out, config_which, 0, WIDTH);
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
static const struct {
    int letter;
    const char *name, *text;
} config_helps[] = {
    {'h', "help", "This list."},
    {'V', "version", "The version."},
    {0, "help-conf", "A configuration file with every option's default."},
    {0, "help-man", "The options for the manual page, in mdoc."}};
enum { CONFIG_HELPS = sizeof(config_helps) / sizeof(config_helps[0]) };

static void
config_print_helps(FILE *out)
{
    char flags[64];

    fputs("\nHelp:\n", out);
    for (size_t i = 0; i < CONFIG_HELPS; i++) {
        if (config_helps[i].letter)
            snprintf(flags, sizeof(flags), "-%c, --%s", config_helps[i].letter,
                     config_helps[i].name);
        else
            snprintf(flags, sizeof(flags), "    --%s", config_helps[i].name);
        config_print_entry(out, flags, config_helps[i].text);
    }
}

static const char config_values[] =
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
config_print_help(enum config_who who, FILE *out)
{
    fprintf(out, "usage: %s\n", config_usage);
    config_print_wrapped(out, config_about, 0, WIDTH);
    config_print_commands(out);
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
    config_print_helps(out);
    fputs(config_values, out);
    fputs(who == CONFIG_WORKER ? config_worker_end : config_master_end, out);
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
 * that begins a word would come out as a hyphen, which no shell takes.
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
        bool has_title = false;

        for (size_t i = 0; i < config_rows_count; i++) {
            if ((int)config_rows[i].group != g ||
                (config_rows[i].who & who) == 0)
                continue;
            if (!has_title)
                fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", config_titles[g]);
            has_title = true;
            config_print_man_row(out, &config_rows[i]);
        }
        if (has_title)
            fputs(".El\n", out);
    }
    fputs(".Ss Help\n.Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < CONFIG_HELPS; i++) {
        fputs(".It ", out);
        if (config_helps[i].letter)
            fprintf(out, "Fl %c , ", config_helps[i].letter);
        fprintf(out, "Fl Fl %s\n%s\n", config_helps[i].name,
                config_helps[i].text);
    }
    fputs(".El\n", out);
}
