/* What Redis's errors mean.  SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/redis_trouble.h"

/* Replies as Redis 6.2 and 7.0 give them. */
static void
test_an_error_is_told_in_plain_words(void **state)
{
    static const struct {
        const char *reply;
        enum redis_trouble want;
        const char *words;
    } rows[] = {
        {"LOADING Redis is loading the dataset in memory", REDIS_LOADING,
         "Redis is loading its data from disk"},
        {"BUSY Redis is busy running a script.", REDIS_BUSY,
         "Redis is busy with a script"},
        {"BUSYKEY Target key name already exists.", REDIS_OTHER,
         "Redis answers: BUSYKEY Target key name already exists."},
        {"READONLY You can't write against a read only replica. script: 1a, "
         "on @user_script:3.",
         REDIS_REPLICA, "this Redis is a replica"},
        {"ERR Error running script (call to f_1a): @user_script:3: "
         "@user_script: 3: -READONLY You can't write against a read only "
         "replica.",
         REDIS_REPLICA, "this Redis is a replica"},
        {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is "
         "set to 'no'.",
         REDIS_REPLICA, "this Redis is a replica whose primary is gone"},
        {"WRONGPASS invalid username-password pair or user is disabled.",
         REDIS_PASSWORD, "Redis refuses the password or user name"},
        {"NOAUTH Authentication required.", REDIS_PASSWORD,
         "Redis asks for a password: --redis-password-file FILE, or in the "
         "address: redis://:PASSWORD@HOST"},
        {"ERR AUTH <password> called without any password configured for the "
         "default user. Are you sure your configuration is correct?",
         REDIS_PASSWORD, "this Redis has no password set, but one is given"},
        {"NOPERM User weft has no permissions to run the 'evalsha' command",
         REDIS_DENIED,
         "the user of Redis lacks a right: NOPERM User weft has no permissions "
         "to run the 'evalsha' command"},
        {"ERR The user executing the script can't run this command or "
         "subcommand script: 1a, on @user_script:3.",
         REDIS_DENIED,
         "the user of Redis lacks a right: ERR The user executing the script "
         "can't run this command or subcommand script: 1a, on @user_script:3."},
        {"OOM command not allowed when used memory > 'maxmemory'. script: 1a",
         REDIS_FULL, "Redis is full (maxmemory)"},
        {"ERR Error running script (call to f_1a): @user_script:3: "
         "@user_script: 3: -OOM command not allowed when used memory > "
         "'maxmemory'.",
         REDIS_FULL, "Redis is full (maxmemory)"},
        {"NOSCRIPT No matching script. Please use EVAL.", REDIS_FLUSHED,
         "Redis was flushed of its scripts"},
        {"ERR DB index is out of range", REDIS_OTHER,
         "Redis has no database of this number"},
        {"NOCRAWL no such crawl in this Redis", REDIS_OTHER,
         "Redis answers: NOCRAWL no such crawl in this Redis"},
        {"ERR \x1b[2Jboo\n", REDIS_OTHER,
         "Redis answers: ERR \\x1b[2Jboo\\x0a"},
        {"OOMPH", REDIS_OTHER, "Redis answers: OOMPH"},
        {"", REDIS_OTHER, "Redis answers: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char words[REDIS_WORDS_BYTES];

        print_message("%s\n", rows[i].reply);
        assert_int_equal(redis_trouble_of(str_from(rows[i].reply), words),
                         rows[i].want);
        assert_string_equal(words, rows[i].words);
    }
}

static void
test_any_length_and_any_byte_fits(void **state)
{
    char reply[5000], words[REDIS_WORDS_BYTES];

    (void)state;
    for (int c = 0; c < 256; c++) {
        memset(reply, c, sizeof(reply));
        for (size_t n = 0; n < sizeof(reply); n = n * 2 + 1) {
            assert_int_equal(redis_trouble_of((struct str){reply, n}, words),
                             REDIS_OTHER);
            assert_true(strlen(words) < sizeof(words));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_error_is_told_in_plain_words),
        cmocka_unit_test(test_any_length_and_any_byte_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
