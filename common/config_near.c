/*
 * Names that are none, or several: which option was meant.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "common/config.h"
#include "common/config_rows.h"
#include "common/near.h"

static enum config_who
config_others(enum config_who who)
{
    return who == CONFIG_WORKER ? CONFIG_MASTER : CONFIG_WORKER;
}

/* "no-" is told apart, so that "no-robtos" is near to "no-robots". */
static struct str
config_cut_no(struct str name)
{
    bool is_no = str_starts(name, STR("no-")) || str_starts(name, STR("no_"));

    return is_no ? (struct str){name.p + 3, name.n - 3} : name;
}

/* The option's name, as flags are written; *no: "no-" or nothing. */
static struct str
config_meant(enum config_who who, struct str name, const char **no)
{
    struct str bare = config_cut_no(name);
    struct near n;

    *no = bare.n < name.n ? "no-" : "";
    if (!**no && str_starts(name, STR("no")) && name.n > 2) { /* "nohttp" */
        const struct config_row *row =
            config_find((struct str){name.p + 2, name.n - 2});

        if (row && (row->who & who) != 0 && config_has_no(row)) {
            *no = "no-";
            return str_from(row->name);
        }
    }
    near_begin(&n, bare);
    for (size_t i = 0; i < config_rows_count; i++)
        if ((config_rows[i].who & who) != 0 &&
            (!**no || config_has_no(&config_rows[i])))
            near_try(&n, str_from(config_rows[i].name));
    for (size_t i = 0; i < config_aliases_count && !**no; i++) {
        const struct config_row *row =
            config_find(config_cut_no(str_from(config_aliases[i].option)));

        if (row && (row->who & who) != 0)
            near_try(&n, str_from(config_aliases[i].name));
    }
    for (size_t i = 0; i < CONFIG_HELPS && !**no; i++)
        near_try(&n, str_from(config_helps[i].name));
    return near_best(&n);
}

void
config_say_meant(enum config_who who, struct str name, bool is_flag, char *why,
                 size_t size)
{
    const struct config_row *row = config_find(config_cut_no(name));
    const char *no;
    struct str meant = config_meant(who, name, &no);

    why[0] = '\0';
    if (row && (row->who & who) == 0)
        snprintf(why, size, ", it is %s's alone",
                 config_others(who) == CONFIG_MASTER ? "master" : "worker");
    else if (meant.n > 0)
        snprintf(why, size, ", did you mean %s%s%.*s?", is_flag ? "--" : "", no,
                 STR_ARG(meant));
    for (char *p = why; is_flag && *p; p++)
        if (*p == '_')
            *p = '-';
}

struct str
config_command_meant(const char *word)
{
    const struct config_command *c;
    struct near n;

    near_begin(&n, str_from(word));
    for (size_t i = 0; (c = config_command(i)) != NULL; i++)
        near_try(&n, str_from(c->name));
    return near_best(&n);
}
