/*
 * For fish: a file PROGRAM.fish in vendor_completions.d.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/complete_parts.h"

#include <string.h>

static void
fish_text(const struct complete *c, const char *text)
{
    fputc('\'', c->out);
    complete_escaped(c, text, "'\\", "\\");
    fputc('\'', c->out);
}

static void
fish_value(const struct complete *c, const struct complete_option *o)
{
    switch (o->kind) {
    case COMPLETE_WORDS:
        fprintf(c->out, " -x -a '%s'", o->words);
        break;
    case COMPLETE_FILE:
        fputs(" -r -F", c->out);
        break;
    case COMPLETE_DIR:
        fputs(" -x -a '(__fish_complete_directories)'", c->out);
        break;
    case COMPLETE_ANY:
        fputs(" -x", c->out);
        break;
    case COMPLETE_NOTHING:
        break;
    }
}

/* condition: one of the script's functions with its arguments. */
static void
fish_option(const struct complete *c, const struct complete_option *o,
            const char *condition)
{
    fprintf(c->out, "complete -c %s -n '%s'", c->program, condition);
    if (o->name[0])
        fprintf(c->out, " -l %s", o->name);
    if (o->letter)
        fprintf(c->out, " -s %c", o->letter);
    fish_value(c, o);
    if (o->text[0]) {
        fputs(" -d ", c->out);
        fish_text(c, o->text);
    }
    fputc('\n', c->out);
}

static void
fish_commands(const struct complete *c)
{
    struct complete_option o;
    char condition[128];

    for (size_t k = 0; config_command(k) != NULL; k++) {
        const struct config_command *command = config_command(k);
        const char *words;
        enum complete_kind kind = complete_kind_of_args(command->args, &words);

        fprintf(c->out, "complete -c %s -n __weft_%s_none -a %s -d ",
                c->program, c->program, command->name);
        fish_text(c, command->about);
        fputc('\n', c->out);
        snprintf(condition, sizeof(condition), "__weft_%s_is %s", c->program,
                 command->name);
        if (kind != COMPLETE_FILE)
            fprintf(c->out, "complete -c %s -n '%s' -f", c->program, condition);
        if (kind == COMPLETE_WORDS)
            fprintf(c->out, " -a '%s'", words);
        else if (kind == COMPLETE_DIR)
            fputs(" -a '(__fish_complete_directories)'", c->out);
        if (kind != COMPLETE_FILE)
            fputc('\n', c->out);
        for (size_t i = 0; complete_next_of_command(c, command, &i, &o);)
            fish_option(c, &o, condition);
    }
}

void
complete_fish(const struct complete *c)
{
    const char *p = c->program;
    struct complete_option o;
    char condition[64];

    fprintf(c->out,
            "# fish completion of %s, made by: %s completion fish\n\n"
            "# The command on the line, if there is one.\n"
            "function __weft_%s_command\n"
            "    for word in (commandline -opc)[2..-1]\n"
            "        contains -- $word ",
            p, p, p);
    complete_commands(c, " ");
    fprintf(c->out,
            "; and echo $word; and return 0\n"
            "    end\n"
            "    return 1\n"
            "end\n"
            "function __weft_%s_none\n"
            "    not __weft_%s_command >/dev/null\n"
            "end\n"
            "function __weft_%s_is\n"
            "    test (__weft_%s_command; or echo -) = $argv[1]\n"
            "end\n"
            "function __weft_%s_help\n"
            "    contains -- (commandline -opc)[-1] -h --help\n"
            "end\n\n",
            p, p, p, p, p);
    snprintf(condition, sizeof(condition), "__weft_%s_none", p);
    for (size_t i = 0; complete_next_option(c, &i, &o);)
        fish_option(c, &o, condition);
    fprintf(c->out, "complete -c %s -n __weft_%s_help -f -a '", p, p);
    complete_topics(c, " ");
    fputs("'\n", c->out);
    fish_commands(c);
}
