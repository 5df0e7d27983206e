/*
 * --help: the first screen, and what there is about a subject or an option.
 *
 * A subject is a group of the table, or a few options of several groups.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "common/config.h"
#include "common/config_rows.h"
#include "common/config_words.h"
#include "common/log.h"
#include "common/near.h"

/* clang-format off */
static const struct config_topic {
    const char *word;
    int group;           /* -1: the options below */
    const char *title, *options;
} config_topics[] = {
    {"seeds",      SEEDS_GROUP,     NULL, NULL},
    {"crawl",      CRAWL_JOB_GROUP, NULL, NULL},
    {"processes",  FLEET_GROUP,     NULL, NULL},
    {"redis",      REDIS_GROUP,     NULL, NULL},
    {"politeness", POLITE_GROUP,    NULL, NULL},
    {"fetching",   FETCH_GROUP,     NULL, NULL},
    {"following",  SCOPE_GROUP,     NULL, NULL},
    {"output",     STORE_GROUP,     NULL, NULL},
    {"messages",   TALK_GROUP,      NULL, NULL},
    {"dashboard",  HTTP_GROUP,      NULL, NULL},
    {"limits", -1, "What ends or bounds a crawl",
     "max_seeds max_pages max_time max_pages_per_site level max_failures tries "
     "timeout connect_timeout max_redirect max_filesize max_links "
     "max_url_length max_path_segments max_repeats max_same_param "
     "max_years_ahead max_chain limit_rate speed_limit speed_time dns_rate "
     "body_memory dedup_memory extract_max warc_max_size max_crawl_delay "
     "max_retry_after"},
    {"network", -1, "Addresses, names, proxies and TLS",
     "ipv4 ipv6 allow_private dns_servers dns_timeout dns_rate resolve "
     "connect_to proxy proxy_file no_proxy cacert check_certificate http2 "
     "connect_timeout limit_rate outage_wait"},
    {"login", -1, "Who asks: names, log-ins and cookies",
     "user_agent contact referer header auth_hosts user password "
     "password_file netrc netrc_file certificate certificate_type "
     "private_key cookies load_cookies"},
    {"extracting", -1, "What to take out of pages",
     "extract extract_each extract_from extract_format extract_max text links "
     "exec exec_types exec_body exec_timeout"},
};

/* The first screen: an option and what it does, in half a line. */
static const struct config_first {
    const char *name, *text;
} config_master_first[] = {
    {"level",      "how many links deep; 0: seeds only, -1: no end"},
    {"span_hosts", "stay on the hosts of the list"},
    {"delay",      "least time between requests to a site"},
    {"contact",    "a page or mailto: for owners of sites"},
    {"max_pages",  "stop after N pages; 0: no limit"},
    {"save",       "pages as warc, files, both or none"},
    {"output",     "where everything goes; default: ./NAME/"},
    {"procs",      "worker processes; -1: one for each CPU"},
    {"dry_run",    "show what would be crawled, and why not"},
    {NULL, NULL}
}, config_worker_first[] = {
    {"redis",      "where the crawl's Redis is"},
    {"name",       "which crawl"},
    {"output",     "where pages and logs go; default: ./NAME/"},
    {"threads",    "threads, each an event loop"},
    {"connections","transfers at a time in each thread"},
    {"standby",    "no, begin or always: wait for a crawl"},
    {"config",     "read options from FILE"},
    {NULL, NULL}
};
/* clang-format on */
enum { TOPICS = sizeof(config_topics) / sizeof(config_topics[0]) };

static bool
config_topic_has(const struct config_topic *t, enum config_who who,
                 const struct config_row *row)
{
    struct str rest = str_from(t->options);

    if ((row->who & who) == 0)
        return false;
    if (t->group >= 0)
        return t->group == (int)row->group;
    while (rest.n > 0)
        if (str_equal(str_cut(&rest, ' '), str_from(row->name)))
            return true;
    return false;
}

/* A worker has no options about seeds. */
static bool
config_topic_is_of(const struct config_topic *t, enum config_who who)
{
    for (size_t i = 0; i < config_rows_count; i++)
        if (config_topic_has(t, who, &config_rows[i]))
            return true;
    return false;
}

const char *
config_topic_word(enum config_who who, size_t *i)
{
    while (*i < TOPICS && !config_topic_is_of(&config_topics[*i], who))
        (*i)++;
    return *i < TOPICS ? config_topics[(*i)++].word : NULL;
}

/* By its name or, if that is only one's, by the beginning of it. */
static const struct config_topic *
config_find_topic(enum config_who who, struct str word)
{
    const struct config_topic *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < TOPICS; i++) {
        const struct config_topic *t = &config_topics[i];

        if (!str_starts(str_from(t->word), word) || !config_topic_is_of(t, who))
            continue;
        if (word.n == strlen(t->word))
            return t;
        found = t;
        count++;
    }
    return count == 1 && word.n >= 3 ? found : NULL;
}

static void
config_print_topic(enum config_who who, const struct config_topic *t, FILE *out)
{
    fprintf(out, "%s:\n", t->title ? t->title : config_titles[t->group]);
    for (size_t i = 0; i < config_rows_count; i++)
        if (config_topic_has(t, who, &config_rows[i]))
            config_print_row(&config_rows[i], out);
    fputs(config_values, out);
}

/* --- one option --- */

/* "Default 1; 0 to 86400 seconds." and the like, on lines of their own. */
static void
config_print_bounds(const struct config_row *row, const char *flag, FILE *out)
{
    static const char *const units[] = {
        [CONFIG_TYPE_MS] = " seconds", [CONFIG_TYPE_BYTES] = " bytes"};
    double unit = row->type == CONFIG_TYPE_MS ? 1000 : 1;
    bool is_no = strncmp(flag, "no-", 3) == 0;
    const char *name = "";

    if (row->type == CONFIG_TYPE_MS || row->type == CONFIG_TYPE_BYTES)
        name = units[row->type];
    if (row->type == CONFIG_TYPE_BOOL)
        fprintf(out, "      It is %s without this; --%s%s is the opposite.\n",
                is_no ? "on" : "off", is_no ? "" : "no-", flag + 3 * is_no);
    else if (row->def[0] != '\0')
        fprintf(out, "      Default: %s.\n", row->def);
    if (row->max > 0 && row->type != CONFIG_TYPE_BOOL)
        fprintf(out, "      From %.15g to %.15g%s.\n", row->min / unit,
                row->max / unit, name);
    if (row->type == CONFIG_TYPE_LIST)
        fputs("      May be given several times.\n", out);
    if (row->who == CONFIG_CRAWL)
        fputs("      A setting of the crawl: all workers have the same.\n",
              out);
}

static void
config_print_option(const struct config_row *row, FILE *out)
{
    char flags[256], name[64], text[256], env[64];
    const char *words = config_words(row->name);
    const char *example = row->def[0] ? row->def : row->arg;

    config_print_flags(row, flags);
    config_flag_name(row, name);
    config_flag_text(row, name, text);
    fprintf(out, "%s\n      ", flags + strspn(flags, " "));
    config_print_wrapped(out, text, 6, CONFIG_WIDTH);
    if (words)
        fprintf(out, "      One of: %s.\n", words);
    config_print_bounds(row, name, out);
    config_env_name(row, env);
    snprintf(text, sizeof(text),
             "In a file: %s = %s; in the environment: "
             "%s.",
             row->name, example, env);
    fputs("      ", out);
    config_print_wrapped(out, text, 6, CONFIG_WIDTH);
    for (size_t i = 0; i < TOPICS; i++)
        if (config_topics[i].group == (int)row->group)
            fprintf(out, "      More of its kind: %.*s --help %s\n",
                    STR_ARG(config_program_name()), config_topics[i].word);
}

/* "--no-delay" is none; so "no-" only finds what can be switched. */
static const struct config_row *
config_find_flag(struct str word)
{
    const struct config_row *row;
    bool is_no = str_starts(word, STR("no-"));

    if (word.n == 2 && word.p[0] == '-' && word.p[1] != '-') {
        const char *name = config_letter_name(word.p[1]);

        return name ? config_find_flag(str_from(name)) : NULL;
    }
    if (str_starts(word, STR("--")))
        return config_find_flag((struct str){word.p + 2, word.n - 2});
    row = config_find(word);
    if (row == NULL && is_no) {
        row = config_find((struct str){word.p + 3, word.n - 3});
        return row && config_has_no(row) ? row : NULL;
    }
    if (row == NULL)
        for (size_t i = 0; i < config_aliases_count; i++)
            if (config_name_equal(word, config_aliases[i].name))
                return config_find_flag(str_from(config_aliases[i].option));
    return row;
}

/* --- what was asked for --- */

bool
config_print_about(enum config_who who, const char *word, FILE *out)
{
    const struct config_topic *t = config_find_topic(who, str_from(word));
    const struct config_row *row = config_find_flag(str_from(word));

    if (strcmp(word, "all") == 0) {
        config_print_all(who, out);
        return true;
    }
    if (config_print_command(word, out))
        return true;
    if (t && (row == NULL || strlen(word) == strlen(t->word))) {
        config_print_topic(who, t, out);
        return true;
    }
    if (row == NULL || (row->who & who) == 0)
        return false;
    config_print_option(row, out);
    return true;
}

void
config_say_no_help(enum config_who who, struct str word, FILE *out)
{
    struct str meant = STR_NONE, name = word;
    char option[128] = "";
    const char *topic;
    struct near n;

    while (name.n > 0 && name.p[0] == '-')
        name = (struct str){name.p + 1, name.n - 1};
    near_begin(&n, name);
    for (size_t i = 0; (topic = config_topic_word(who, &i)) != NULL;)
        near_try(&n, str_from(topic));
    for (size_t i = 0; config_command(i) != NULL; i++)
        near_try(&n, str_from(config_command(i)->name));
    meant = near_best(&n);
    if (meant.n == 0)
        config_say_meant(who, name, true, option, sizeof(option));
    fprintf(out,
            "no help on \"%s\"%s%.*s%s%s (--help alone names the subjects)\n",
            LOG_ESC(word), meant.n > 0 ? ", did you mean " : "", STR_ARG(meant),
            meant.n > 0 ? "?" : "", option);
}

/* --- the first screen --- */

static void
config_print_first(const struct config_first *f, FILE *out)
{
    const struct config_row *row = config_find(str_from(f->name));
    bool has_default = row->type != CONFIG_TYPE_BOOL && row->def[0] != '\0';
    char name[64];
    int letter;

    config_flag_name(row, name);
    letter = config_flag_letter(row, name);
    fprintf(out, "  %c%c%s --%s%s%s%*s%s%s%s%s\n", letter ? '-' : ' ',
            letter ? letter : ' ', letter ? "," : " ", name,
            row->arg[0] ? " " : "", row->arg,
            (int)(18 - strlen(name) - strlen(row->arg)) + !row->arg[0], "",
            f->text, has_default ? " [" : "", has_default ? row->def : "",
            has_default ? "]" : "");
}

static const char config_master_example[] =
    "Example: master --contact https://example.org/bot --level 0 top-1m.csv\n";
static const char config_worker_example[] =
    "Example: worker --redis redis://10.0.0.1 --name top-1m\n";

/* Words with commas between, behind two blanks. */
struct config_words_row {
    char text[1024];
    size_t n;
};

static void
config_words_add(struct config_words_row *r, const char *word)
{
    r->n += (size_t)snprintf(r->text + r->n, sizeof(r->text) - r->n, "%s%s",
                             r->n > 0 ? ", " : "", word);
}

static void
config_words_print(const struct config_words_row *r, FILE *out)
{
    fputs("  ", out);
    config_print_wrapped(out, r->text, 2, CONFIG_WIDTH);
}

void
config_print_help(enum config_who who, FILE *out)
{
    const struct config_first *first =
        who == CONFIG_WORKER ? config_worker_first : config_master_first;
    struct config_words_row commands = {.n = 0}, topics = {.n = 0};
    struct str program = config_program_name();
    const char *topic;

    config_print_usage(out);
    fputs("\nUsed most:\n", out);
    for (; first->name; first++)
        config_print_first(first, out);
    for (size_t i = 0; config_command(i) != NULL; i++)
        config_words_add(&commands, config_command(i)->name);
    for (size_t i = 0; (topic = config_topic_word(who, &i)) != NULL;)
        config_words_add(&topics, topic);
    fprintf(out, "\nCommands (%.*s COMMAND --help):\n", STR_ARG(program));
    config_words_print(&commands, out);
    fprintf(out,
            "Subjects (%.*s --help SUBJECT, a command, an --option or all; "
            "man %.*s):\n",
            STR_ARG(program), STR_ARG(program));
    config_words_print(&topics, out);
    fputs(who == CONFIG_WORKER ? config_worker_example : config_master_example,
          out);
}
