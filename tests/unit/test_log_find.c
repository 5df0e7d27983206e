/*
 * Lines of a log about one URL; the stored text of a robots.txt.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/robots_stored.h"
#include "master/log_find.h"

static char place[] = "/tmp/weft-log-XXXXXX";

static int
place_make(void **state)
{
    char path[64];

    (void)state;
    if (mkdtemp(place) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/log", place);
    return mkdir(path, 0755);
}

static int
place_remove(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", place);
    return system(command);
}

static void
write_log(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/log/%s", place, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void
test_lines_come_from_all_files_in_the_order_of_time(void **state)
{
    char why[LOG_FIND_WHY_BYTES];
    struct log_find found;

    (void)state;
    write_log("t-w1.jsonl", "{\"time\":\"3\",\"url\":\"http://a/\",\"n\":3}\n"
                            "{\"time\":\"1\",\"url\":\"http://a/x\"}\n"
                            "{\"time\":\"1\",\"url\":\"http://a/\",\"n\":1}\n"
                            "{\"time\":\"9\",\"url\":\"http://a/\",\"torn");
    write_log("t-w2.jsonl", "{\"time\":\"2\",\"url\":\"http://a/\",\"n\":2}\n"
                            "{\"time\":\"4\",\"url\":\"http://b/\","
                            "\"referrer\":\"http://a/\"}\n");
    write_log("t-w3.jsonl", "");
    write_log("t2-w1.jsonl", "{\"time\":\"0\",\"url\":\"http://a/\"}\n");
    write_log("t-w1.txt", "{\"time\":\"0\",\"url\":\"http://a/\"}\n");
    assert_int_equal(log_find(place, "t", STR("http://a/"), &found, why),
                     ERR_OK);
    assert_int_equal(found.files, 3);
    assert_int_equal(found.count, 3);
    for (size_t i = 0; i < 3; i++) {
        char want[16];

        snprintf(want, sizeof(want), "\"n\":%zu}", i + 1);
        assert_non_null(strstr(found.lines[i], want));
    }
    log_find_fini(&found);
}

static void
test_bytes_that_json_escapes_are_found(void **state)
{
    char why[LOG_FIND_WHY_BYTES];
    struct log_find found;

    (void)state;
    write_log("e-w.jsonl", "{\"time\":\"1\",\"url\":\"http://a/?\\\\\"}\n");
    assert_int_equal(log_find(place, "e", STR("http://a/?\\"), &found, why),
                     ERR_OK);
    assert_int_equal(found.count, 1);
    log_find_fini(&found);
}

static void
test_no_log_is_no_error_and_no_file(void **state)
{
    char why[LOG_FIND_WHY_BYTES], path[128];
    struct log_find found;

    (void)state;
    assert_int_equal(log_find("/nowhere", "t", STR("x"), &found, why), ERR_OK);
    assert_int_equal(found.files, 0);
    log_find_fini(&found);
    snprintf(path, sizeof(path), "%s/log/d-w.jsonl", place);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(log_find(place, "d", STR("x"), &found, why), ERR_IO);
    assert_non_null(strstr(why, "d-w.jsonl"));
    log_find_fini(&found);
}

static void
test_more_lines_than_the_bound_are_told_of(void **state)
{
    static const char line[] = "{\"time\":\"1\",\"url\":\"http://m/\"}\n";
    char why[LOG_FIND_WHY_BYTES], *text = malloc(sizeof(line) * 1100);
    struct log_find found;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < 1100; i++)
        memcpy(text + i * (sizeof(line) - 1), line, sizeof(line));
    write_log("m-w.jsonl", text);
    free(text);
    assert_int_equal(log_find(place, "m", STR("http://m/"), &found, why),
                     ERR_OK);
    assert_int_equal(found.count, LOG_FIND_MAX);
    assert_true(found.has_more);
    log_find_fini(&found);
}

static void
test_stored_robots_are_rules_or_a_reason(void **state)
{
    static const struct {
        const char *stored;
        bool is_good;
        enum outcome failure;
        const char *rules;
    } rows[] = {
        {"ok\nuser-agent: *\n", true, OUTCOME_OK, "user-agent: *\n"},
        {"ok", true, OUTCOME_OK, ""},
        {"error TIMEOUT\n", true, OUTCOME_TIMEOUT, ""},
        {"error OK\n", false, 0, NULL},
        {"error NONSENSE\n", false, 0, NULL},
        {"error \n", false, 0, NULL},
        {"", false, 0, NULL},
        {"<html>", false, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum outcome failure;
        struct str rules;

        assert_int_equal(
            robots_stored_read(str_from(rows[i].stored), &failure, &rules),
            rows[i].is_good);
        if (!rows[i].is_good)
            continue;
        assert_int_equal(failure, rows[i].failure);
        assert_true(str_equal(rules, str_from(rows[i].rules)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_come_from_all_files_in_the_order_of_time),
        cmocka_unit_test(test_bytes_that_json_escapes_are_found),
        cmocka_unit_test(test_no_log_is_no_error_and_no_file),
        cmocka_unit_test(test_more_lines_than_the_bound_are_told_of),
        cmocka_unit_test(test_stored_robots_are_rules_or_a_reason)};

    return cmocka_run_group_tests(tests, place_make, place_remove);
}
