/*
 * For bash 4.2 and later, without the package bash-completion.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/complete_parts.h"

/* "--delay|-w|--wait", for a case of the shell. */
static void
bash_pattern(const struct complete *c, const struct complete_option *o)
{
    const struct config_alias *alias;

    if (o->name[0])
        fprintf(c->out, "--%s", o->name);
    if (o->letter)
        fprintf(c->out, "%s-%c", o->name[0] ? "|" : "", o->letter);
    for (size_t i = 0; o->name[0] && config_next_alias(o->name, &i, &alias);)
        fprintf(c->out, "|--%s", alias->name);
}

static void
bash_word(const struct complete *c, const struct complete_option *o)
{
    if (o->name[0])
        fprintf(c->out, " --%s", o->name);
    else
        fprintf(c->out, " -%c", o->letter);
}

static void
bash_value(const struct complete *c, const struct complete_option *o)
{
    if (o->kind == COMPLETE_NOTHING)
        return;
    fputs("    ", c->out);
    bash_pattern(c, o);
    switch (o->kind) {
    case COMPLETE_WORDS:
        fprintf(c->out, ") _weft_%s_fill -W '%s' -- \"$2\" ;;\n", c->program,
                o->words);
        break;
    case COMPLETE_FILE:
        fprintf(c->out, ") _weft_%s_fill -f -- \"$2\" ;;\n", c->program);
        break;
    case COMPLETE_DIR:
        fprintf(c->out, ") _weft_%s_fill -d -- \"$2\" ;;\n", c->program);
        break;
    case COMPLETE_ANY:
    case COMPLETE_NOTHING:
        fputs(") ;;\n", c->out);
        break;
    }
}

/* Each option with a value is there once, also if several commands own it. */
static void
bash_values(const struct complete *c)
{
    struct complete_option o;

    fprintf(c->out,
            "# OPTION WORD: completes its value; fails if it takes none.\n"
            "_weft_%s_value() {\n    case $1 in\n",
            c->program);
    for (size_t i = 0; complete_next_option(c, &i, &o);)
        bash_value(c, &o);
    for (size_t k = 0; config_command(k) != NULL; k++)
        for (size_t i = 0;
             complete_next_of_command(c, config_command(k), &i, &o);)
            if (o.text[0] == '\0') /* its own: the others are there */
                bash_value(c, &o);
    fputs("    *) return 1 ;;\n    esac\n}\n\n", c->out);
}

static void
bash_options(const struct complete *c)
{
    struct complete_option o;

    fprintf(c->out,
            "# COMMAND: its options; without one those of %s.\n"
            "_weft_%s_options() {\n    case $1 in\n",
            c->program, c->program);
    for (size_t k = 0; config_command(k) != NULL; k++) {
        fprintf(c->out, "    %s) echo '--help", config_command(k)->name);
        for (size_t i = 0;
             complete_next_of_command(c, config_command(k), &i, &o);)
            bash_word(c, &o);
        fputs("' ;;\n", c->out);
    }
    fputs("    *) echo '", c->out);
    for (size_t i = 0; complete_next_option(c, &i, &o);)
        bash_word(c, &o);
    fputs("' ;;\n    esac\n}\n\n", c->out);
}

static void
bash_operands(const struct complete *c)
{
    fprintf(c->out,
            "# COMMAND WORD: what is no option.\n"
            "_weft_%s_operand() {\n    case $1 in\n    '') _weft_%s_fill -f "
            "-W '",
            c->program, c->program);
    complete_commands(c, " ");
    fputs("' -- \"$2\" ;;\n", c->out);
    for (size_t k = 0; config_command(k) != NULL; k++) {
        const char *words;
        enum complete_kind kind =
            complete_kind_of_args(config_command(k)->args, &words);

        if (kind == COMPLETE_NOTHING)
            continue;
        fprintf(c->out, "    %s) _weft_%s_fill ", config_command(k)->name,
                c->program);
        if (kind == COMPLETE_WORDS)
            fprintf(c->out, "-W '%s'", words);
        else
            fputs(kind == COMPLETE_DIR ? "-d" : "-f", c->out);
        fputs(" -- \"$2\" ;;\n", c->out);
    }
    fputs("    esac\n}\n\n", c->out);
}

/*
 * In COMP_WORDS "--save=w" is three words, or one where COMP_WORDBREAKS has no
 * equals sign; the command is the first word that is no option nor a value.
 */
static const char bash_main[] =
    "_weft_%s() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} option='' command='' head='' i w\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        w=${COMP_WORDS[i]}\n"
    "        if [[ $w != -* ]]; then\n"
    "            command=$w\n"
    "            break\n"
    "        elif [[ ${COMP_WORDS[i + 1]} == = ]]; then\n"
    "            ((i += 2))\n"
    "        elif [[ $w != *=* ]] && _weft_%s_value \"$w\" ''; then\n"
    "            ((i += 1))\n"
    "        fi\n"
    "    done\n"
    "    case $command in\n"
    "    %s) ;;\n"
    "    ?*) command=LIST ;;\n"
    "    esac\n"
    "    COMPREPLY=()\n"
    "    if [[ $cur == --*=* ]]; then\n"
    "        option=${cur%%%%=*} head=${cur%%%%=*}= cur=${cur#*=}\n"
    "    elif [[ $cur == = ]]; then\n"
    "        option=${COMP_WORDS[COMP_CWORD - 1]} cur=''\n"
    "    elif ((COMP_CWORD > 2)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; "
    "then\n"
    "        option=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    elif ((COMP_CWORD > 1)); then\n"
    "        option=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    fi\n"
    "    if [[ $option == -* ]] && _weft_%s_value \"$option\" \"$cur\"; then\n"
    "        COMPREPLY=(\"${COMPREPLY[@]/#/$head}\")\n"
    "    elif [[ $option == --help || $option == -h ]] && [[ -z $command ]]; "
    "then\n"
    "        _weft_%s_fill -W '";

void
complete_bash(const struct complete *c)
{
    const char *p = c->program;
    char names[1024];
    size_t n = 0;

    fprintf(c->out,
            "# bash completion of %s, made by: %s completion bash\n\n"
            "# What compgen finds, a line each: names may have blanks.\n"
            "_weft_%s_fill() {\n"
            "    mapfile -t COMPREPLY < <(compgen \"$@\")\n"
            "    [[ $1 == -W ]] || compopt -o filenames 2>/dev/null\n"
            "    return 0\n"
            "}\n\n",
            p, p, p);
    bash_values(c);
    bash_options(c);
    bash_operands(c);
    names[0] = '\0';
    for (size_t i = 0; config_command(i) != NULL && n < sizeof(names); i++)
        n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
                              i ? "|" : "", config_command(i)->name);
    fprintf(c->out, bash_main, p, p, names, p, p);
    complete_topics(c, " ");
    fputc(' ', c->out);
    complete_commands(c, " ");
    fprintf(c->out,
            "' -- \"$cur\"\n"
            "    elif [[ $cur == -* ]]; then\n"
            "        _weft_%s_fill -W \"$(_weft_%s_options \"$command\")\" -- "
            "\"$cur\"\n"
            "    elif [[ $command == LIST ]]; then\n"
            "        _weft_%s_fill -f -- \"$cur\"\n"
            "    else\n"
            "        _weft_%s_operand \"$command\" \"$cur\"\n"
            "    fi\n"
            "}\n\n"
            "complete -F _weft_%s %s\n",
            p, p, p, p, p, p);
}
