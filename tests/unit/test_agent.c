/* SPDX-License-Identifier: MIT */
#include "worker/agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* RFC 9309, 2.2.1: a substring of what the crawler sends */
static void
test_token_of_a_user_agent(void **state)
{
    static const struct {
        const char *user_agent, *want;
    } rows[] = {
        {"weft", "weft"},
        {"weft/0.1.0 (+http://about.test/)", "weft"},
        {"My-Bot_x/1", "My-Bot_x"},
        {"MJ12bot/v1.4.8", "MJ12bot"},
        {"my bot", "my"},
        {"Mozilla/5.0 (compatible; MyBot/2.0; +http://about.test/)", "MyBot"},
        {"mozilla/5.0 (X11; COMPATIBLE;  my-bot)", "my-bot"},
        {"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; "
         "Qux_Bot/2.1) Chrome/1 Safari/5",
         "Qux_Bot"},
        {"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101", "Mozilla"},
        {"MyBot/1 (compatible; other)", "MyBot"},
        {"Mozilla/5.0 (compatible;", ""},
        {"Mozilla/5.0 (compatible; )", ""},
        {"(x)", ""},
        {"", ""},
        {"\xe4gent", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str got = agent_token(str_from(rows[i].user_agent));

        if (!str_equal(got, str_from(rows[i].want)))
            fail_msg("row %zu gave %.*s", i, STR_ARG(got));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token_of_a_user_agent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
