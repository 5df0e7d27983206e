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

void
config_env_name(const struct config_row *row, char out[64])
{
    snprintf(out, 64, "WEFT_%s", row->name);
    for (char *p = out; *p; p++)
        *p = (char)toupper((unsigned char)*p);
}

static enum err
config_load_env(struct config *c, enum config_who who,
                char why[CONFIG_WHY_BYTES])
{
    const char *redis_url = getenv("REDIS_URL");
    char text[CONFIG_WHY_BYTES];

    for (size_t i = 0; i < config_rows_count; i++) {
        const struct config_row *row = &config_rows[i];
        char name[64];
        const char *value;

        if ((row->who & who) == 0)
            continue;
        config_env_name(row, name);
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

/*
 * getopt's value of a long option: its row, with FLAG_NO for its "no-" form;
 * behind the rows those that set nothing.  Names of one option have one value,
 * so that a beginning of several of them is not ambiguous; getopt takes the
 * first of all names with one value.
 */
enum { FLAG_LONG = 1 << 8, FLAG_NO = 1 << 16 };

/* getopt's table: a place per option, its "no-" form and its aliases. */
struct config_flags {
    struct option *longs;
    size_t n;
    char shorts[256];
};

static void
config_flag_add(struct config_flags *f, const char *prefix, const char *name,
                bool takes_value, size_t value)
{
    size_t len = strlen(prefix) + strlen(name) + 1;
    char *text = xmalloc(len);

    snprintf(text, len, "%s%s", prefix, name);
    for (char *p = text; *p; p++)
        if (*p == '_')
            *p = '-';
    f->longs = xreallocarray(f->longs, f->n + 2, sizeof(*f->longs));
    f->longs[f->n++] =
        (struct option){text, takes_value ? required_argument : no_argument,
                        NULL, FLAG_LONG + (int)value};
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

static const char *const config_plain_flags[] = {"help", "help-conf",
                                                 "help-man", "version"};

static void
config_flags_make(struct config_flags *f, enum config_who who)
{
    snprintf(f->shorts, sizeof(f->shorts), ":hV");
    for (size_t i = 0; i < config_rows_count; i++) {
        const struct config_row *row = &config_rows[i];
        bool takes_value = row->type != CONFIG_TYPE_BOOL;

        if ((row->who & who) == 0)
            continue;
        config_flag_add(f, "", row->name, takes_value, i);
        if (config_has_no(row))
            config_flag_add(f, "no-", row->name, false, i + FLAG_NO);
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
        config_flag_add(f, "", alias->name, row->type != CONFIG_TYPE_BOOL,
                        (size_t)(row - config_rows) + (is_no ? FLAG_NO : 0));
        config_short_add(f, alias->letter, row->type != CONFIG_TYPE_BOOL);
    }
    for (size_t i = 0;
         i < sizeof(config_plain_flags) / sizeof(config_plain_flags[0]); i++)
        config_flag_add(f, "", config_plain_flags[i], false,
                        config_rows_count + i);
}

static void
config_flags_free(struct config_flags *f)
{
    for (size_t i = 0; i < f->n; i++)
        free((char *)(uintptr_t)f->longs[i].name);
    free(f->longs);
}

const char *
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

/*
 * All flags are looked at: argv's first word may be a command by then.  word:
 * what stands behind --help, NULL if nothing does.
 */
static _Noreturn void
config_help_and_exit(enum config_who who, const char *word, const char *first)
{
    const char *about = word ? word : first;

    if (about == NULL || !config_print_about(who, about, stdout)) {
        if (word && access(word, F_OK) != 0) {
            config_say_no_help(who, str_from(word), stderr);
            exit(EXIT_USAGE);
        }
        config_print_help(who, stdout);
    }
    config_exit_printed();
}

/* "--help WORD", where getopt would have WORD for an option or an operand. */
static const char *
config_help_word(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strncmp(argv[i], "--help=", 7) == 0)
            return argv[i] + 7;
        else if (i + 1 < argc &&
                 (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0))
            return argv[i + 1];
    return NULL;
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
    return got == 'h' || (got >= FLAG_LONG && strcmp(long_name, "help") == 0);
}

static enum err
config_flag_take(struct config *c, enum config_who who, int got,
                 const char *long_name, char why[CONFIG_WHY_BYTES])
{
    const char *name = got >= FLAG_LONG ? long_name : config_letter_name(got);
    char text[CONFIG_WHY_BYTES];

    if (got == 'V')
        config_print_and_exit("version", who);
    if (got >= FLAG_LONG)
        config_print_and_exit(name, who);
    for (size_t i = 0; i < config_aliases_count; i++)
        if (strcmp(name, config_aliases[i].name) == 0)
            name = config_aliases[i].option;
    if (config_set(c, who, CONFIG_FROM_FLAG, str_from(name),
                   optarg ? str_from(optarg) : STR("yes"), text) == ERR_OK)
        return ERR_OK;
    for (char *p = text; *p && *p != ':'; p++)
        if (*p == '_')
            *p = '-';
    snprintf(why, CONFIG_WHY_BYTES, "--%.300s", text);
    return ERR_INVALID;
}

/* The flags that begin with name, if it is no whole one: "--a, --b, ..." */
static bool
config_say_ambiguous(const struct config_flags *f, struct str name,
                     char why[CONFIG_WHY_BYTES])
{
    size_t count = 0;
    int n = snprintf(why, CONFIG_WHY_BYTES, "--%.*s may be", STR_ARG(name));

    for (size_t i = 0; i < f->n; i++) {
        if (!str_starts(str_from(f->longs[i].name), name))
            continue;
        if (++count <= 5)
            n += snprintf(why + n, CONFIG_WHY_BYTES - (size_t)n, "%s --%s",
                          count > 1 ? "," : "", f->longs[i].name);
    }
    snprintf(why + n, CONFIG_WHY_BYTES - (size_t)n, "%s (see --help)",
             count > 5 ? ", ..." : "");
    return count > 1;
}

/* What getopt does not take; got is ':' or '?'. */
static void
config_say_flag(const struct config_flags *f, enum config_who who, int got,
                const char *word, char why[CONFIG_WHY_BYTES])
{
    struct str rest = str_from(word + (strncmp(word, "--", 2) == 0 ? 2 : 0));
    struct str name = str_cut(&rest, '=');
    char meant[128];

    if (name.n > 64)
        name.n = 64;
    if (optopt > 0 && optopt < FLAG_LONG) {
        snprintf(why, CONFIG_WHY_BYTES, "%s -%c (see --help)",
                 got == ':' ? "a value is missing behind" : "unknown option",
                 optopt);
    } else if (got == ':') {
        snprintf(why, CONFIG_WHY_BYTES,
                 "a value is missing behind --%.*s (see --help)",
                 STR_ARG(name));
    } else if (optopt >= FLAG_LONG) {
        snprintf(why, CONFIG_WHY_BYTES, "--%.*s takes no value (see --help)",
                 STR_ARG(name));
    } else if (!config_say_ambiguous(f, name, why)) {
        config_say_meant(who, name, true, meant, sizeof(meant));
        snprintf(why, CONFIG_WHY_BYTES, "unknown option --%.*s%s (see --help)",
                 STR_ARG(name), meant);
    }
}

static enum err
config_load_flags(struct config *c, enum config_who who, int argc, char **argv,
                  int *first, char why[CONFIG_WHY_BYTES])
{
    struct config_flags flags = {0};
    const char *help = config_help_word(argc, argv);
    bool is_help = help != NULL;
    enum err e = ERR_OK;
    int got, at = 0;

    config_flags_make(&flags, who);
    optind = 1;
    opterr = 0;
    if (help && (help[0] == '-' || strcmp(help, "all") == 0))
        config_help_and_exit(who, help, NULL);
    while (e == ERR_OK && (got = getopt_long(argc, argv, flags.shorts,
                                             flags.longs, &at)) != -1) {
        if (got == ':' || got == '?') {
            config_say_flag(&flags, who, got, argv[optind - 1], why);
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
        config_help_and_exit(who, help, *first < argc ? argv[*first] : NULL);
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
