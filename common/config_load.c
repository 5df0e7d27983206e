/*
 * Flags, environment and file into struct config.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "common/config_rows.h"
#include "common/mem.h"
#include "common/proxy.h"
#include "common/version.h"

static const char config_default_file[] = "/etc/weft.conf";

/* --- the file --- */

enum { CONFIG_FILE_BYTES = 1 << 20 };

struct config_reading {
    struct config *c;
    enum config_who who;
    struct str rest; /* what is still to be read */
    int line;        /* read last */
    char *why;
    bool failed; /* in this line, for this reason */
};

/* inih's handler: 0 marks the line. */
static int
config_file_line(void *arg, const char *section, const char *name,
                 const char *value)
{
    struct config_reading *reading = arg;
    const struct config_row *row = config_find(str_from(name));
    enum config_who who = reading->who;

    (void)section; /* sections only group */
    if (reading->failed)
        return 1;
    /* one file serves both programs: the other's options are passed over */
    if (row && (row->who & who) == 0)
        return 1;
    if (config_set(reading->c, who, CONFIG_FROM_FILE, str_from(name),
                   str_from(value), reading->why) == ERR_OK)
        return 1;
    reading->failed = true;
    return 0;
}

/*
 * A line for inih, which has INI_MAX_LINE bytes of room, would take the rest
 * of a longer one for a line of its own, and one that begins with a blank for
 * more of the value before it.  NULL at the end or where it cannot go on.
 */
static char *
config_next_line(char *out, int room, void *stream)
{
    struct config_reading *reading = stream;
    struct str line;

    if (reading->rest.n == 0 || reading->failed || room < 2)
        return NULL;
    line = str_trim(str_cut(&reading->rest, '\n'));
    reading->line++;
    if (line.n > 0 && (line.p[0] == '#' || line.p[0] == ';'))
        line.n = 0;
    if (line.n > (size_t)room - 2 ||
        (line.n > 0 && memchr(line.p, '\0', line.n))) {
        snprintf(reading->why, CONFIG_WHY_BYTES,
                 "a NUL byte, or more than %d bytes in a line", room - 2);
        reading->failed = true;
        return NULL;
    }
    if (line.n > 0)
        memcpy(out, line.p, line.n);
    out[line.n] = '\n';
    out[line.n + 1] = '\0';
    return out;
}

enum err
config_load_text(struct config *c, enum config_who who, struct str text,
                 const char *path, char why[CONFIG_WHY_BYTES])
{
    char reason[CONFIG_WHY_BYTES] = "not of the form NAME = VALUE";
    struct config_reading reading = {c, who, text, 0, reason, false};
    int bad = ini_parse_stream(config_next_line, &reading, config_file_line,
                               &reading);

    if (reading.failed)
        bad = reading.line;
    if (bad == 0)
        return ERR_OK;
    snprintf(why, CONFIG_WHY_BYTES, "%.200s:%d: %.290s", path, bad, reason);
    return ERR_INVALID;
}

static enum err
config_load_file(struct config *c, enum config_who who, const char *path,
                 char why[CONFIG_WHY_BYTES])
{
    FILE *in = fopen(path, "re");
    char *text = xmalloc(CONFIG_FILE_BYTES);
    size_t n = in ? fread(text, 1, CONFIG_FILE_BYTES, in) : 0;
    enum err e = ERR_INVALID;

    if (in == NULL || ferror(in)) /* EISDIR is one */
        snprintf(why, CONFIG_WHY_BYTES, "%.200s: %s", path, strerror(errno));
    else if (n == CONFIG_FILE_BYTES)
        snprintf(why, CONFIG_WHY_BYTES,
                 "%.200s: longer than a MB: this is "
                 "no configuration file",
                 path);
    else
        e = config_load_text(c, who, (struct str){text, n}, path, why);
    if (in)
        fclose(in);
    free(text);
    return e;
}

/* --- the environment --- */

static enum err
config_load_env(struct config *c, enum config_who who,
                char why[CONFIG_WHY_BYTES])
{
    const char *redis_url = getenv("REDIS_URL");
    char text[CONFIG_WHY_BYTES];

    for (size_t i = 0; i < config_rows_count; i++) {
        const struct config_row *row = &config_rows[i];
        char name[64] = "WEFT_";
        const char *value;

        if ((row->who & who) == 0)
            continue;
        for (size_t k = 0; k < sizeof(name) - 6 && row->name[k] != '\0'; k++)
            name[5 + k] = (char)toupper((unsigned char)row->name[k]);
        value = getenv(name);
        if (value == NULL)
            continue;
        if (config_set_row(c, row, CONFIG_FROM_ENV, str_from(value), text) !=
            ERR_OK) {
            snprintf(why, CONFIG_WHY_BYTES, "environment %s: %.300s", name,
                     text);
            return ERR_INVALID;
        }
    }
    if (redis_url && getenv("WEFT_REDIS") == NULL)
        return config_set(c, who, CONFIG_FROM_ENV, STR("redis"),
                          str_from(redis_url), why);
    return ERR_OK;
}

/* --- flags --- */

enum { FLAG_HELP = 1, FLAG_VERSION, FLAG_HELP_CONF, FLAG_HELP_MAN, FLAG_ROW };

/* getopt's table: a place per option, its "no-" form and its aliases. */
struct config_flags {
    struct option *longs;
    size_t n;
    char shorts[256];
};

static void
config_flag_add(struct config_flags *f, const char *prefix, const char *name,
                bool takes_value)
{
    size_t len = strlen(prefix) + strlen(name) + 1;
    char *text = xmalloc(len);

    snprintf(text, len, "%s%s", prefix, name);
    for (char *p = text; *p; p++)
        if (*p == '_')
            *p = '-';
    f->longs = xreallocarray(f->longs, f->n + 2, sizeof(*f->longs));
    f->longs[f->n++] = (struct option){
        text, takes_value ? required_argument : no_argument, NULL, FLAG_ROW};
    f->longs[f->n] = (struct option){0};
}

static void
config_short_add(struct config_flags *f, int letter, bool takes_value)
{
    size_t n = strlen(f->shorts);

    if (letter != 0)
        snprintf(f->shorts + n, sizeof(f->shorts) - n, "%c%s", letter,
                 takes_value ? ":" : "");
}

static void
config_flags_make(struct config_flags *f, enum config_who who)
{
    snprintf(f->shorts, sizeof(f->shorts), ":hV");
    for (size_t i = 0; i < config_rows_count; i++) {
        const struct config_row *row = &config_rows[i];
        bool takes_value = row->type != CONFIG_TYPE_BOOL;

        if ((row->who & who) == 0)
            continue;
        config_flag_add(f, "", row->name, takes_value);
        if (config_has_no(row))
            config_flag_add(f, "no-", row->name, false);
        config_short_add(f, row->letter, takes_value);
    }
    for (size_t i = 0; i < config_aliases_count; i++) {
        const struct config_alias *alias = &config_aliases[i];
        const char *option = alias->option;
        bool is_no = strncmp(option, "no-", 3) == 0;
        const struct config_row *row =
            config_find(str_from(is_no ? option + 3 : option));

        if (row == NULL || (row->who & who) == 0)
            continue;
        config_flag_add(f, "", alias->name, row->type != CONFIG_TYPE_BOOL);
        config_short_add(f, alias->letter, row->type != CONFIG_TYPE_BOOL);
    }
    config_flag_add(f, "", "help", false);
    config_flag_add(f, "", "help-conf", false);
    config_flag_add(f, "", "help-man", false);
    config_flag_add(f, "", "version", false);
}

static void
config_flags_free(struct config_flags *f)
{
    for (size_t i = 0; i < f->n; i++)
        free((char *)(uintptr_t)f->longs[i].name);
    free(f->longs);
}

/* The option's name that a letter stands for. */
static const char *
config_letter_name(int letter)
{
    for (size_t i = 0; i < config_rows_count; i++)
        if (config_rows[i].letter == letter)
            return config_rows[i].name;
    for (size_t i = 0; i < config_aliases_count; i++)
        if (config_aliases[i].letter == letter)
            return config_aliases[i].option;
    return NULL;
}

static _Noreturn void
config_exit_printed(void)
{
    exit(fflush(stdout) == 0 ? EXIT_FINISHED : EXIT_ERROR);
}

/* All flags are looked at: argv's first word may be a command by then. */
static _Noreturn void
config_help_and_exit(enum config_who who, int argc, char **argv, int first)
{
    if (first >= argc || !config_print_command(argv[first], stdout))
        config_print_help(who, stdout);
    config_exit_printed();
}

static void
config_print_and_exit(const char *name, enum config_who who)
{
    if (strcmp(name, "help-conf") == 0)
        config_print_conf(stdout);
    else if (strcmp(name, "help-man") == 0)
        config_print_man(who, stdout);
    else if (strcmp(name, "version") == 0)
        printf("weft %s\n", weft_version());
    else
        return;
    config_exit_printed();
}

static bool
config_is_help(int got, const char *long_name)
{
    return got == 'h' || (got == FLAG_ROW && strcmp(long_name, "help") == 0);
}

static enum err
config_flag_take(struct config *c, enum config_who who, int got,
                 const char *long_name, char why[CONFIG_WHY_BYTES])
{
    const char *name = got == FLAG_ROW ? long_name : config_letter_name(got);
    char text[CONFIG_WHY_BYTES];

    if (got == 'V')
        config_print_and_exit("version", who);
    if (got == FLAG_ROW)
        config_print_and_exit(name, who);
    for (size_t i = 0; i < config_aliases_count; i++)
        if (strcmp(name, config_aliases[i].name) == 0)
            name = config_aliases[i].option;
    if (config_set(c, who, CONFIG_FROM_FLAG, str_from(name),
                   optarg ? str_from(optarg) : STR("yes"), text) == ERR_OK)
        return ERR_OK;
    snprintf(why, CONFIG_WHY_BYTES, "--%.300s", text);
    return ERR_INVALID;
}

static enum err
config_load_flags(struct config *c, enum config_who who, int argc, char **argv,
                  int *first, char why[CONFIG_WHY_BYTES])
{
    struct config_flags flags = {0};
    bool is_help = false;
    enum err e = ERR_OK;
    int got, at = 0;

    config_flags_make(&flags, who);
    optind = 1;
    opterr = 0;
    while (e == ERR_OK && (got = getopt_long(argc, argv, flags.shorts,
                                             flags.longs, &at)) != -1) {
        if (got == ':' || got == '?') {
            snprintf(why, CONFIG_WHY_BYTES, "%s %.100s (see --help)",
                     got == ':' ? "a value is missing behind"
                                : "unknown or ambiguous option",
                     argv[optind - 1]);
            e = ERR_INVALID;
        } else if (config_is_help(got, flags.longs[at].name)) {
            is_help = true;
        } else {
            e = config_flag_take(c, who, got, flags.longs[at].name, why);
        }
    }
    *first = optind;
    config_flags_free(&flags);
    if (is_help)
        config_help_and_exit(who, argc, argv, *first);
    return e;
}

/* --netrc: the file that other programs use, as if it had been named. */
static enum err
config_load_netrc(struct config *c, enum config_who who,
                  char why[CONFIG_WHY_BYTES])
{
    const char *path = getenv("NETRC"), *home = getenv("HOME");
    char text[4096];

    if (path == NULL) {
        snprintf(text, sizeof(text), "%s/.netrc", home ? home : "");
        path = text;
    }
    return config_set(c, who, CONFIG_FROM_FLAG, STR("netrc_file"),
                      str_from(path), why);
}

/* Whether the command, if word is one's name, knows the option. */
static bool
config_is_of_command(const char *word, const struct config_row *row)
{
    const struct config_command *command =
        word ? config_find_command(word) : NULL;
    struct str rest = str_from(command ? command->options : NULL);

    while (rest.n > 0)
        if (str_equal(str_cut(&rest, ' '), str_from(row->name)))
            return true;
    return false;
}

/* "1,5,10" is for a command that works with several; word may be its name. */
static enum err
config_check_lists(const struct config *c, const char *word,
                   char why[CONFIG_WHY_BYTES])
{
    for (size_t i = 0; i < config_rows_count; i++)
        if (c->several[i] && !config_is_of_command(word, &config_rows[i])) {
            snprintf(why, CONFIG_WHY_BYTES,
                     "%s: \"%.100s\" is a list: give one whole number",
                     config_rows[i].name, c->several[i]);
            return ERR_INVALID;
        }
    return ERR_OK;
}

enum err
config_load(struct config *c, enum config_who who, int argc, char **argv,
            int *first, char why[CONFIG_WHY_BYTES])
{
    enum err e = config_load_flags(c, who, argc, argv, first, why);

    if (e == ERR_OK)
        e = config_load_env(c, who, why);
    if (e == ERR_OK && c->config)
        e = config_load_file(c, who, c->config, why);
    else if (e == ERR_OK && access(config_default_file, R_OK) == 0)
        e = config_load_file(c, who, config_default_file, why);
    if (e == ERR_OK && c->netrc && c->netrc_file.bytes == NULL)
        e = config_load_netrc(c, who, why);
    if (e == ERR_OK)
        e = proxy_read_file(c, who, why);
    if (e == ERR_OK)
        e = config_check_lists(c, *first < argc ? argv[*first] : NULL, why);
    return e;
}
