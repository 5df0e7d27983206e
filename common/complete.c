/* SPDX-License-Identifier: MIT */
#include "common/complete_parts.h"

#include <string.h>

#include "common/config_words.h"
#include "common/log.h"
#include "common/near.h"

static const struct {
    const char *name;
    complete_shell_fn *print;
} complete_shells[] = {
    {"bash", complete_bash}, {"zsh", complete_zsh}, {"fish", complete_fish}};
enum { SHELLS = sizeof(complete_shells) / sizeof(complete_shells[0]) };

static enum complete_kind
complete_kind_of_arg(const char *arg)
{
    return strcmp(arg, "FILE") == 0  ? COMPLETE_FILE
           : strcmp(arg, "DIR") == 0 ? COMPLETE_DIR
                                     : COMPLETE_ANY;
}

static void
complete_take_row(const struct config_row *row, struct complete_option *out)
{
    *out = (struct complete_option){.arg = row->arg,
                                    .words = config_words(row->name)};
    config_flag_name(row, out->name);
    config_flag_text(row, out->name, out->text);
    out->letter = config_flag_letter(row, out->name);
    out->is_list = row->type == CONFIG_TYPE_LIST;
    out->kind = row->type == CONFIG_TYPE_BOOL ? COMPLETE_NOTHING
                : out->words                  ? COMPLETE_WORDS
                                              : complete_kind_of_arg(row->arg);
}

/* --no-http: its name with a value has a line of its own. */
static void
complete_take_no(const struct config_row *row, struct complete_option *out)
{
    char name[64];

    *out = (struct complete_option){.arg = "", .kind = COMPLETE_NOTHING};
    config_flag_name(row, name);
    snprintf(out->name, sizeof(out->name), "no-%.60s", name);
    snprintf(out->text, sizeof(out->text), "As --%s no.", name);
}

/* Two places for each row, the second one for its --no- form. */
bool
complete_next_option(const struct complete *c, size_t *i,
                     struct complete_option *out)
{
    const struct config_help_flag *h;

    for (; *i < 2 * config_rows_count; (*i)++) {
        const struct config_row *row = &config_rows[*i / 2];
        bool is_no = *i % 2 == 1;

        if ((row->who & c->who) == 0 ||
            (is_no && (row->type == CONFIG_TYPE_BOOL || !config_has_no(row))))
            continue;
        if (is_no)
            complete_take_no(row, out);
        else
            complete_take_row(row, out);
        (*i)++;
        return true;
    }
    if (*i - 2 * config_rows_count >= CONFIG_HELPS)
        return false;
    h = &config_helps[(*i)++ - 2 * config_rows_count];
    *out = (struct complete_option){.letter = h->letter, .arg = ""};
    snprintf(out->name, sizeof(out->name), "%s", h->name);
    snprintf(out->text, sizeof(out->text), "%s", h->text);
    return true;
}

/* "--base URL", "-O FILE", "--all" */
static void
complete_take_own(const char *flag, struct complete_option *out)
{
    struct str rest = str_from(flag), name = str_cut(&rest, ' ');
    bool is_letter = name.n == 2;

    *out = (struct complete_option){.is_list = true, /* who knows */
                                    .arg = rest.n > 0 ? rest.p : ""};
    if (is_letter)
        out->letter = name.p[1];
    else
        snprintf(out->name, sizeof(out->name), "%.*s", (int)name.n - 2,
                 name.p + 2);
    if (rest.n > 0)
        out->kind = complete_kind_of_arg(rest.p);
}

bool
complete_next_of_command(const struct complete *c,
                         const struct config_command *command, size_t *i,
                         struct complete_option *out)
{
    struct str rest = str_from(command->options);
    size_t at = 0;
    const char *own;

    for (; rest.n > 0; at++) {
        const struct config_row *row = config_find(str_cut(&rest, ' '));

        if (at < *i || row == NULL)
            continue;
        complete_take_row(row, out);
        *i = at + 1;
        return true;
    }
    if (*i < at)
        *i = at;
    own = c->own ? c->own(command->name, *i - at) : NULL;
    if (own == NULL)
        return false;
    complete_take_own(own, out);
    (*i)++;
    return true;
}

enum complete_kind
complete_kind_of_args(const char *args, const char **words)
{
    *words = NULL;
    if (strstr(args, "SHELL")) {
        *words = COMPLETE_SHELLS;
        return COMPLETE_WORDS;
    }
    if (strstr(args, "FILE") || strstr(args, "LIST"))
        return COMPLETE_FILE;
    return strstr(args, "DIR") ? COMPLETE_DIR : COMPLETE_NOTHING;
}

void
complete_escaped(const struct complete *c, const char *text,
                 const char *special, const char *escape)
{
    for (; *text; text++) {
        if (strchr(special, *text))
            fputs(escape, c->out);
        fputc(*text, c->out);
    }
}

void
complete_commands(const struct complete *c, const char *between)
{
    for (size_t i = 0; config_command(i) != NULL; i++)
        fprintf(c->out, "%s%s", i ? between : "", config_command(i)->name);
}

void
complete_topics(const struct complete *c, const char *between)
{
    const char *topic;

    for (size_t i = 0; (topic = config_topic_word(c->who, &i)) != NULL;)
        fprintf(c->out, "%s%s", topic, between);
    fputs("all", c->out);
}

bool
complete_print(enum config_who who, const char *shell, complete_own_fn *own,
               FILE *out)
{
    struct complete c = {.out = out, .who = who, .own = own};

    snprintf(c.program, sizeof(c.program), "%.*s",
             STR_ARG(config_program_name()));
    for (size_t i = 0; i < SHELLS; i++)
        if (strcmp(complete_shells[i].name, shell) == 0) {
            complete_shells[i].print(&c);
            return true;
        }
    return false;
}

int
complete_run(enum config_who who, complete_own_fn *own, char **args,
             size_t count)
{
    struct str meant;

    if (count != 1) {
        log_warnx("of which shell? %.*s completion " COMPLETE_SHELLS
                  " (one of them)",
                  STR_ARG(config_program_name()));
        return EXIT_USAGE;
    }
    if (!complete_print(who, args[0], own, stdout)) {
        meant = near_of_words(str_from(args[0]), STR(COMPLETE_SHELLS));
        log_warnx(
            "completion: \"%s\" is not one of " COMPLETE_SHELLS "%s%.*s%s",
            LOG_ESC(str_from(args[0])), meant.n > 0 ? ": did you mean " : "",
            STR_ARG(meant), meant.n > 0 ? "?" : "");
        return EXIT_USAGE;
    }
    if (fflush(stdout) == 0)
        return EXIT_FINISHED;
    log_warn("standard output");
    return EXIT_ERROR;
}
