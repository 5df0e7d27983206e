/*
 * complete: what is in the scripts for bash, zsh and fish.  Whether the shells
 * take them: tests/e2e/l_comfort.sh.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/complete_parts.h"

static const struct config_command *
some_command(size_t i)
{
    static const struct config_command commands[] = {
        {"look", "URL ...", "It's [one]: a \\ look.", "", "name delay"},
        {"take", "DIR ...", "Takes.", "", "output"}};

    return i < 2 ? &commands[i] : NULL;
}

static const char *
some_flag(const char *command, size_t i)
{
    static const char *const flags[] = {"--deep", "--base URL", "-O FILE"};

    return strcmp(command, "look") == 0 && i < 3 ? flags[i] : NULL;
}

static char *
script(enum config_who who, const char *shell)
{
    char *made;
    size_t n;
    FILE *out = open_memstream(&made, &n);

    config_program(who, who == CONFIG_WORKER ? "worker x" : "master x", "");
    config_commands(some_command, "", "");
    assert_true(complete_print(who, shell, some_flag, out));
    fclose(out);
    return made;
}

/* Each option of the program stands in each script, no other one does. */
static void
test_each_option_is_offered(void **state)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    static const char *const before[] = {" --", "--", " -l "};
    static const char *const behind[] = {" ", "", " "};

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        char *text = script(CONFIG_WORKER, shells[k]);

        for (size_t i = 0; i < config_rows_count; i++) {
            char name[64], want[96];

            config_flag_name(&config_rows[i], name);
            snprintf(want, sizeof(want), "%s%s%s%s",
                     k != 1                                    ? ""
                     : config_rows[i].type == CONFIG_TYPE_LIST ? "'*"
                                                               : ")",
                     before[k], name, behind[k]);
            if (config_rows[i].who & CONFIG_WORKER)
                assert_non_null(strstr(text, want));
        }
        assert_null(strstr(text, "max-seeds"));
        assert_null(strstr(text, "dry-run"));
        free(text);
    }
}

static void
test_values_and_quotes(void **state)
{
    static const struct {
        const char *shell, *want;
    } rows[] = {
        {"bash", "--polite-by) _weft_master_fill -W 'domain host' --"},
        {"bash", "--config) _weft_master_fill -f --"},
        {"bash", "--output|-P|--directory-prefix) _weft_master_fill -d --"},
        {"bash", "--delay|-w|--wait) ;;"},
        {"bash", "--base) ;;"},
        {"bash", "-O) _weft_master_fill -f --"},
        {"bash", "look) echo '--help --name --delay --deep --base -O' ;;"},
        {"zsh", "'(--polite-by)--polite-by=[A site is a registrable domain, or "
                "a host\\: "
                "domain or host.]:UNIT:(domain host)'"},
        {"zsh", "'look:It'\\''s \\[one\\]\\: a \\\\ look.'"},
        {"zsh", "'(-w --delay)-w+[Least time"},
        {"zsh", "'*--resolve=[Use ADDR for HOST and PORT (* for any host).]:"
                "HOST\\:PORT\\:ADDR:'"},
        {"zsh", "'*--deep'"},
        {"zsh", "'*-O+:FILE:_files'"},
        {"fish", "-a look -d 'It\\'s [one]: a \\\\ look.'"},
        {"fish", " -l polite-by -x -a 'domain host' -d "},
        {"fish", "complete -c master -n '__weft_master_is take' -f -a "
                 "'(__fish_complete_directories)'"},
        {"fish", "complete -c master -n '__weft_master_is look' -s O -r -F"},
        {"fish", " -l delay -s w -x -d "},
        {"bash", " --no-http "},
        {"zsh", "'(--no-http)--no-http[As --http no.]'"},
        {"fish", " -l no-http -d "}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = script(CONFIG_MASTER, rows[i].shell);

        if (strstr(text, rows[i].want) == NULL)
            fail_msg("%s: no %s", rows[i].shell, rows[i].want);
        free(text);
    }
}

static void
test_other_shells_are_refused(void **state)
{
    (void)state;
    assert_false(complete_print(CONFIG_MASTER, "tcsh", NULL, stdout));
    assert_false(complete_print(CONFIG_MASTER, "", NULL, stdout));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_option_is_offered),
        cmocka_unit_test(test_values_and_quotes),
        cmocka_unit_test(test_other_shells_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
