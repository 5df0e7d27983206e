/*
 * log_form: a message as text, as JSON and for the journal, whatever is in it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log_form.h"

static struct log_record
record(enum log_level level, const char *message, size_t len)
{
    return (struct log_record){.time_us = 1700000000123456,
                               .level = level,
                               .program = "master",
                               .pid = 42,
                               .message = {message, len}};
}

static void
expect_line(const struct log_record *r, enum log_form form, bool is_journal,
            const char *want)
{
    char line[LOG_LINE_BYTES];
    size_t n = log_form_line(r, form, is_journal, line);

    assert_int_equal(n, strlen(want));
    assert_memory_equal(line, want, n);
}

static void
test_each_form(void **state)
{
    struct log_record r = record(LOG_WARN, "no disk", 7);

    (void)state;
    expect_line(&r, LOG_FORM_TEXT, false,
                "2023-11-14T22:13:20.123Z warn master[42]: no disk\n");
    expect_line(&r, LOG_FORM_COLOR, false,
                "\033[2m2023-11-14T22:13:20.123Z\033[0m \033[33mwarn\033[0m "
                "master[42]: no disk\n");
    expect_line(&r, LOG_FORM_JSON, false,
                "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"warn\","
                "\"name\":\"master\",\"pid\":42,\"message\":\"no disk\"}\n");
    expect_line(&r, LOG_FORM_TEXT, true, "<4>master[42]: no disk\n");
    expect_line(&r, LOG_FORM_COLOR, true, "<4>master[42]: no disk\n");
    expect_line(&r, LOG_FORM_JSON, true,
                "<4>{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"warn\","
                "\"name\":\"master\",\"pid\":42,\"message\":\"no disk\"}\n");
    r.is_service = true; /* the journal says who it is, a file does not */
    expect_line(&r, LOG_FORM_TEXT, true, "<4>no disk\n");
    expect_line(&r, LOG_FORM_TEXT, false,
                "2023-11-14T22:13:20.123Z warn master[42]: no disk\n");
}

static void
test_levels_have_priorities(void **state)
{
    static const struct {
        enum log_level level;
        const char *word;
        int priority;
    } rows[] = {{LOG_DEBUG, "debug", 7},
                {LOG_INFO, "info", 6},
                {LOG_WARN, "warn", 4},
                {LOG_ERROR, "error", 3}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(log_level_of(str_from(rows[i].word)), rows[i].level);
        assert_int_equal(log_level_priority(rows[i].level), rows[i].priority);
    }
    assert_int_equal(log_level_of(STR("shout")), LOG_INFO);
}

static void
test_fields_stand_behind_the_message(void **state)
{
    const struct log_field fields[] = {{"pages", NULL, 7}, {"state", "\"", 0}};
    struct log_record r = record(LOG_INFO, "x", 1);

    (void)state;
    r.crawl = "top";
    r.host = "far";
    r.error = "No such file";
    r.fields = fields;
    r.count = 2;
    expect_line(&r, LOG_FORM_JSON, false,
                "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"info\","
                "\"name\":\"master\",\"pid\":42,\"host\":\"far\","
                "\"crawl\":\"top\",\"message\":\"x\","
                "\"error\":\"No such file\",\"pages\":7,"
                "\"state\":\"\\\"\"}\n");
}

/* Any bytes become one line of valid JSON that a pipe takes at once. */
static void
test_any_message_is_one_whole_line(void **state)
{
    static const enum log_form forms[] = {LOG_FORM_TEXT, LOG_FORM_COLOR,
                                          LOG_FORM_JSON};
    static const size_t sizes[] = {0,    1,    600,  680,  700, 2000,
                                   3990, 4040, 4095, 4096, 5000};
    static const char *const fills[] = {"a", "\001", "\xff", "\"",
                                        "\xe2\x82\xac"};
    char message[5000], line[LOG_LINE_BYTES];

    (void)state;
    for (size_t f = 0; f < 5; f++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
            for (size_t k = 0; k < 3; k++) {
                struct log_record r = record(LOG_INFO, message, sizes[s]);
                size_t n, unit = strlen(fills[f]);
                json_t *o;

                for (size_t i = 0; i < sizes[s]; i++)
                    message[i] = fills[f][i % unit];
                n = log_form_line(&r, forms[k], (f + s) % 2 == 0, line);
                assert_true(n > 0 && n <= LOG_LINE_BYTES);
                assert_int_equal(line[n - 1], '\n');
                if (forms[k] != LOG_FORM_JSON)
                    continue;
                assert_ptr_equal(memchr(line, '\n', n), line + n - 1);
                o = json_loadb(line + (line[0] == '<' ? 3 : 0),
                               n - (line[0] == '<' ? 3 : 0), 0, NULL);
                assert_non_null(o);
                assert_true(json_is_string(json_object_get(o, "message")));
                assert_true(sizes[s] == 0 || json_object_get(o, "cut") ||
                            json_string_length(json_object_get(o, "message")) >=
                                sizes[s]);
                json_decref(o);
            }
}

static void
test_the_journal_is_told_by_the_environment(void **state)
{
    char path[] = "/tmp/weft-test-XXXXXX", text[64];
    int fd = mkstemp(path);
    struct stat st;

    (void)state;
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
             (uintmax_t)st.st_ino);
    assert_true(log_form_is_journal(text, fd));
    snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
             (uintmax_t)st.st_ino + 1);
    assert_false(log_form_is_journal(text, fd));
    assert_false(log_form_is_journal(NULL, fd));
    assert_false(log_form_is_journal("", fd));
    assert_false(log_form_is_journal(":", fd));
    assert_false(log_form_is_journal("1:2x", fd));
    unlink(path);
    close(fd);
    assert_true(log_form_is_service("42", 42));
    assert_false(log_form_is_service("42", 43)); /* of a child */
    assert_false(log_form_is_service(NULL, 42));
    assert_false(log_form_is_service("", 0));
}

/* What a machine of --hosts says may be anything. */
static void
test_lines_of_other_machines_are_objects_too(void **state)
{
    static const struct {
        const char *line, *level, *message;
        int64_t pid; /* -1: ours */
    } rows[] = {
        {"{\"time\":\"x\",\"level\":\"warn\",\"name\":\"worker\",\"pid\":7,"
         "\"message\":\"a\\nb\"}",
         "warn", "a\nb", 7},
        {"2026-11-21T09:45:49.313Z error worker[12]: full", "error",
         "2026-11-21T09:45:49.313Z error worker[12]: full", -1},
        {"ssh: \xff\033", "info", "ssh: \xef\xbf\xbd\033", -1},
        {"{\"message\":7}", "info", "{\"message\":7}", -1},
        {"{\"message\":\"x\",\"level\":[]}", "info", "x", 0},
        {"[1]", "info", "[1]", -1}};
    char path[] = "/tmp/weft-test-XXXXXX";
    int fd = mkstemp(path);
    FILE *in = fdopen(fd, "r");
    char line[LOG_LINE_BYTES];

    (void)state;
    assert_int_equal(log_to_file(path), ERR_OK);
    log_json(true);
    log_crawl("top");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *o;

        log_from("far", str_from(rows[i].line));
        assert_non_null(fgets(line, sizeof(line), in));
        o = json_loads(line, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(o, "host")),
                            "far");
        assert_string_equal(json_string_value(json_object_get(o, "level")),
                            rows[i].level);
        assert_string_equal(json_string_value(json_object_get(o, "message")),
                            rows[i].message);
        assert_int_equal(json_integer_value(json_object_get(o, "pid")),
                         rows[i].pid < 0 ? getpid() : rows[i].pid);
        json_decref(o);
    }
    assert_null(fgets(line, sizeof(line), in));
    fclose(in);
    unlink(path);
}

static char tapped[LOG_LINE_BYTES];

static void
on_tap(const char *bytes, size_t len)
{
    assert_true(len < sizeof(tapped));
    memcpy(tapped, bytes, len);
    tapped[len] = '\0';
}

/* The dashboard shows text: neither objects nor colours. */
static void
test_who_listens_is_given_text(void **state)
{
    (void)state;
    assert_int_equal(log_to_file("/dev/null"), ERR_OK);
    log_tap(on_tap);
    log_json(true);
    log_color(true);
    log_warnx("no disk");
    log_tap(NULL);
    assert_non_null(strstr(tapped, "Z warn weft["));
    assert_non_null(strstr(tapped, "]: no disk\n"));
    assert_null(strchr(tapped, '\033'));
    assert_null(strchr(tapped, '{'));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_form),
        cmocka_unit_test(test_levels_have_priorities),
        cmocka_unit_test(test_fields_stand_behind_the_message),
        cmocka_unit_test(test_any_message_is_one_whole_line),
        cmocka_unit_test(test_lines_of_other_machines_are_objects_too),
        cmocka_unit_test(test_who_listens_is_given_text),
        cmocka_unit_test(test_the_journal_is_told_by_the_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
