/*
 * near: edit distance by its definition, and what was meant by a slip.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/config_words.h"
#include "common/near.h"

static void
test_each_edit_counts_one(void **state)
{
    static const struct {
        const char *a, *b;
        size_t want;
    } rows[] = {{"", "", 0},
                {"a", "", 1},
                {"", "abc", 3},
                {"same", "same", 0},
                {"delay", "dealy", 1}, /* neighbours that changed places */
                {"delay", "delai", 1},
                {"delay", "dlay", 1},
                {"delay", "ddelay", 1},
                {"kitten", "sitting", 3},
                {"ca", "abc", 3}, /* a pair that was moved is not edited */
                {"max_pages", "MAX-pages", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str a = str_from(rows[i].a), b = str_from(rows[i].b);

        assert_int_equal(near_distance(a, b, 9), rows[i].want);
        assert_int_equal(near_distance(b, a, 9), rows[i].want);
        if (rows[i].want > 0)
            assert_int_equal(near_distance(a, b, rows[i].want - 1),
                             rows[i].want);
    }
}

static void
test_what_was_meant(void **state)
{
    static const char words[] =
        "status pause resume stop add top tune report max-depth max-pages";
    static const struct {
        const char *word, *want;
    } rows[] = {
        {"stauts", "status"}, {"pasue", "pause"},   {"stpo", "stop"},
        {"tpo", "top"},       {"STATUS", "status"}, {"depth", "max-depth"},
        {"repot", "report"},  {"xyz", ""},          {"", ""},
        {"ad", ""},           {"lists", ""},        {"ages", ""},
        {"resumed", "resume"}};
    char huge[NEAR_WORD_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str got = near_of_words(str_from(rows[i].word), STR(words));

        assert_int_equal(got.n, strlen(rows[i].want));
        assert_memory_equal(got.p, rows[i].want, got.n);
    }
    memset(huge, 's', sizeof(huge));
    assert_int_equal(
        near_of_words((struct str){huge, sizeof(huge)}, STR(words)).n, 0);
    assert_int_equal(
        near_of_words(STR("status"), (struct str){huge, sizeof(huge)}).n, 0);
}

static void
test_a_choice_says_what_it_may_be(void **state)
{
    static const struct {
        const char *name, *value, *why; /* NULL: it is fine */
    } rows[] = {
        {"polite_by", "host", NULL},
        {"polite_by", "hots",
         "polite_by: \"hots\" is not domain or host: did you mean host?"},
        {"warc_compress", "bzip2",
         "warc_compress: \"bzip2\" is not gzip, zstd or none: did you mean "
         "gzip?"},
        {"warc_compress", "", "warc_compress: \"\" is not gzip, zstd or none"},
        {"save", "warc,files", NULL},
        {"save", "file",
         "save: \"file\" is not warc, files, both or none: did you mean "
         "files?"},
        {"certificate_type", "pem",
         "certificate_type: \"pem\" is not PEM, DER or P12: did you mean PEM?"},
        {"contact", "anything", NULL}};
    char why[CONFIG_WHY_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool is_good =
            config_words_check(rows[i].name, str_from(rows[i].value), why);

        assert_int_equal(is_good, rows[i].why == NULL);
        if (!is_good)
            assert_string_equal(why, rows[i].why);
    }
}

/* What getopt alone would take, silently, for the first name of several. */
static void
test_flags_that_are_none_are_told(void **state)
{
    static const struct {
        enum config_who who;
        const char *flag, *why; /* NULL: it is taken */
    } rows[] = {
        {CONFIG_MASTER, "--dely=2",
         "unknown option --dely, did you mean --delay? (see --help)"},
        {CONFIG_MASTER, "--max_pgaes=2",
         "unknown option --max_pgaes, did you mean --max-pages? (see --help)"},
        {CONFIG_MASTER, "--no-robot-txt",
         "unknown option --no-robot-txt (see --help)"},
        {CONFIG_MASTER, "--no-robtos",
         "unknown option --no-robtos, did you mean --no-robots? (see --help)"},
        {CONFIG_MASTER, "--no-delay", "unknown option --no-delay (see --help)"},
        {CONFIG_MASTER, "--isecure",
         "unknown option --isecure, did you mean --insecure? (see --help)"},
        {CONFIG_WORKER, "--max-time=3",
         "unknown option --max-time, it is master's alone (see --help)"},
        {CONFIG_MASTER, "--standby=no",
         "unknown option --standby, it is worker's alone (see --help)"},
        {CONFIG_MASTER, "--max-re=5",
         "--max-re may be --max-retry-after, --max-redirect, --max-repeats, "
         "--max-redirs (see --help)"},
        {CONFIG_MASTER, "--proc=2", NULL},
        {CONFIG_MASTER, "--robots=no", "--robots takes no value (see --help)"},
        {CONFIG_MASTER, "-qX", "unknown option -X (see --help)"},
        {CONFIG_MASTER, "-w", "a value is missing behind -w (see --help)"},
        {CONFIG_MASTER, "--polite-by=hots",
         "--polite-by: \"hots\" is not domain or host: did you mean host?"}};
    char why[CONFIG_WHY_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[] = "x", flag[64], *argv[] = {name, flag, NULL};
        struct config c;
        enum err e;
        int first;

        snprintf(flag, sizeof(flag), "%s", rows[i].flag);
        config_init(&c);
        e = config_load(&c, rows[i].who, 2, argv, &first, why);
        assert_int_equal(e, rows[i].why ? ERR_INVALID : ERR_OK);
        if (rows[i].why)
            assert_string_equal(why, rows[i].why);
        config_fini(&c);
    }
}

static void
test_a_line_of_a_file_that_is_none_is_told(void **state)
{
    char why[CONFIG_WHY_BYTES];
    struct config c;

    (void)state;
    config_init(&c);
    assert_int_equal(config_load_text(&c, CONFIG_MASTER,
                                      STR("# delay\nmax_page = 7\n"), "x.conf",
                                      why),
                     ERR_INVALID);
    assert_string_equal(
        why, "x.conf:2: no option \"max_page\", did you mean max_pages?");
    config_fini(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_edit_counts_one),
        cmocka_unit_test(test_what_was_meant),
        cmocka_unit_test(test_a_choice_says_what_it_may_be),
        cmocka_unit_test(test_flags_that_are_none_are_told),
        cmocka_unit_test(test_a_line_of_a_file_that_is_none_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
