/*
 * For zsh: a file _PROGRAM in a folder of fpath.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/complete_parts.h"

/* Within '': what _arguments takes for its own has a backslash. */
static void
zsh_text(const struct complete *c, const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", c->out);
        else if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
            fprintf(c->out, "\\%c", *text);
        else
            fputc(*text, c->out);
}

static void
zsh_action(const struct complete *c, const struct complete_option *o)
{
    if (o->kind == COMPLETE_NOTHING)
        return;
    fputc(':', c->out);
    zsh_text(c, o->arg[0] ? o->arg : " ");
    fputc(':', c->out);
    if (o->kind == COMPLETE_WORDS)
        fprintf(c->out, "(%s)", o->words);
    else if (o->kind == COMPLETE_FILE)
        fputs("_files", c->out);
    else if (o->kind == COMPLETE_DIR)
        fputs("_files -/", c->out);
}

/*
 * Before the flag: one that is there is not offered again, nor its other form;
 * a list is.
 */
static void
zsh_begin(const struct complete *c, const struct complete_option *o)
{
    fputs("    '", c->out);
    if (o->is_list || (o->letter == 0 && o->name[0] == '\0'))
        fputc('*', c->out);
    else if (o->letter == 0)
        fprintf(c->out, "(--%s)", o->name);
    else if (o->name[0] == '\0')
        fprintf(c->out, "(-%c)", o->letter);
    else
        fprintf(c->out, "(-%c --%s)", o->letter, o->name);
}

static void
zsh_option(const struct complete *c, const struct complete_option *o)
{
    bool takes_value = o->kind != COMPLETE_NOTHING;

    for (int is_letter = 0; is_letter < 2; is_letter++) {
        if (is_letter ? o->letter == 0 : o->name[0] == '\0')
            continue;
        zsh_begin(c, o);
        if (is_letter)
            fprintf(c->out, "-%c%s", o->letter, takes_value ? "+" : "");
        else
            fprintf(c->out, "--%s%s", o->name, takes_value ? "=" : "");
        if (o->text[0]) {
            fputc('[', c->out);
            zsh_text(c, o->text);
            fputc(']', c->out);
        }
        zsh_action(c, o);
        fputs("'\n", c->out);
    }
}

/* What is behind a command, as an action of _arguments. */
static void
zsh_operands(const struct complete *c, const struct config_command *command)
{
    const char *words;

    switch (complete_kind_of_args(command->args, &words)) {
    case COMPLETE_WORDS:
        fprintf(c->out, "    '*: :(%s)'\n", words);
        break;
    case COMPLETE_DIR:
        fputs("    '*:folder:_files -/'\n", c->out);
        break;
    case COMPLETE_FILE:
        fputs("    '*:file:_files'\n", c->out);
        break;
    case COMPLETE_ANY:
    case COMPLETE_NOTHING:
        fputs("    '*: :'\n", c->out);
        break;
    }
}

static void
zsh_commands(const struct complete *c)
{
    struct complete_option o;

    fputs("  commands=(\n", c->out);
    for (size_t k = 0; config_command(k) != NULL; k++) {
        fprintf(c->out, "    '%s:", config_command(k)->name);
        zsh_text(c, config_command(k)->about);
        fputs("'\n", c->out);
    }
    fputs("  )\n"
          "  # the first word that is no option\n"
          "  local command=${${words[2,CURRENT-1]}[(r)(",
          c->out);
    complete_commands(c, "|");
    fputs(")]}\n  case $command in\n", c->out);
    for (size_t k = 0; config_command(k) != NULL; k++) {
        fprintf(c->out,
                "  %s) options=(\n    '(- *)'{-h,--help}'[This command]'\n",
                config_command(k)->name);
        for (size_t i = 0;
             complete_next_of_command(c, config_command(k), &i, &o);)
            zsh_option(c, &o);
        /* the command itself is the first operand */
        fprintf(c->out, "    '1: :(%s)'\n", config_command(k)->name);
        zsh_operands(c, config_command(k));
        fputs("  ) ;;\n", c->out);
    }
    fputs("  *) options=(\n", c->out);
    for (size_t i = 0; complete_next_option(c, &i, &o);)
        zsh_option(c, &o);
    fputs("    '1: :->first'\n    '*:list:_files'\n  ) ;;\n  esac\n", c->out);
}

void
complete_zsh(const struct complete *c)
{
    fprintf(c->out,
            "#compdef %s\n"
            "# zsh completion of %s, made by: %s completion zsh\n\n"
            "_%s() {\n"
            "  local context state state_descr line\n"
            "  typeset -A opt_args\n"
            "  local -a commands options\n",
            c->program, c->program, c->program, c->program);
    zsh_commands(c);
    fputs("  _arguments -s -S : $options && return 0\n"
          "  [[ $state == first ]] || return 1\n"
          "  if [[ ${words[CURRENT-1]} == (-h|--help) ]]; then\n"
          "    compadd -- ",
          c->out);
    complete_topics(c, " ");
    fputs("\n  fi\n"
          "  _alternative 'commands:command:{_describe command commands}' "
          "'lists:list:_files'\n"
          "}\n\n",
          c->out);
    fprintf(c->out, "_%s \"$@\"\n", c->program);
}
