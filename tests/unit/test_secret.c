/*
 * Passwords: scrubbed, read, and written where only a child reads them.
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
#include <unistd.h>

#include "common/secret.h"

static void
test_password_leaves_the_command_line(void **state)
{
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"--redis=redis://me:pw@h:1/2", "--redis=redis://*****@h:1/2"},
        {"redis://:p@ss@h", "redis://*****@h"},
        {"https://u:p@h/list.csv", "https://***@h/list.csv"},
        {"redis://h:6379", "redis://h:6379"},
        {"a@b", "a@b"},
        {"--password=hunter2", "--password=*******"},
        {"--password-file=x", "--password-file=x"},
        {"--http-password=ab", "--http-password=**"},
        {"--http-token=ab", "--http-token=**"},
        {"--header=Authorization: ab", "--header=Authorization:***"},
        {"-Hcookie:a=b", "-Hcookie:***"},
        {"Accept: ab", "Accept: ab"},
        {"--proxy=u:p@h:3128", "--proxy=***@h:3128"},
        {"--proxy=h,http://u:p@h", "--proxy=h,http://***@h"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char program[] = "x://y@z", text[64];
        char *argv[] = {program, text, NULL};

        snprintf(text, sizeof(text), "%s", rows[i].in);
        secret_scrub(2, argv);
        assert_string_equal(text, rows[i].want);
        assert_string_equal(program, "x://y@z");
    }
}

static void
test_address_survives_the_way_to_a_child(void **state)
{
    static const char *const rows[] = {
        "redis://a.test:6379/0",
        "redis://:p%40s%2Fs%3A%25@a.test:7000/3",
        "redis://me:p%20w@[::1]:6379/0",
        "unix:///run/x%20y/sock",
        "unix:///run/sock?db=2",
        "redis://:a%2Cb@a.test:6379,b.test:7000,[::1]:1/2"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redis_url first, second;
        struct buf text;
        char why[128];

        buf_init(&text, 4096);
        assert_int_equal(redis_url_parse(str_from(rows[i]), &first, why),
                         ERR_OK);
        secret_write_url(&first, &text);
        assert_string_equal(text.p, rows[i]);
        assert_int_equal(redis_url_parse(str_from(text.p), &second, why),
                         ERR_OK);
        if (first.password)
            assert_string_equal(first.password, second.password);
        redis_url_fini(&first);
        redis_url_fini(&second);
        buf_fini(&text);
    }
}

static void
test_password_is_the_first_line_of_its_file(void **state)
{
    static const struct {
        const char *in;
        enum err want;
        const char *password;
    } rows[] = {{"secret\n", ERR_OK, "secret"},
                {"secret", ERR_OK, "secret"},
                {"se cret\r\nmore\n", ERR_OK, "se cret"},
                {"\nsecret\n", ERR_INVALID, NULL},
                {"", ERR_INVALID, NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct redis_url u = {.port = 6379};
        char path[] = "/tmp/weft-secret-XXXXXX", why[256];
        int fd = mkstemp(path);
        ssize_t n = (ssize_t)strlen(rows[i].in);

        assert_true(fd >= 0 && write(fd, rows[i].in, (size_t)n) == n);
        close(fd);
        assert_int_equal(secret_read_file(path, &u, why), rows[i].want);
        unlink(path);
        if (rows[i].password)
            assert_string_equal(u.password, rows[i].password);
        else
            assert_null(u.password);
        redis_url_fini(&u);
    }
}

/* Passwords change; a file that is being written leaves the old one. */
static void
test_a_password_is_read_anew(void **state)
{
    static const struct {
        const char *in; /* NULL: no such file */
        const char *want;
    } rows[] = {{"one\n", "one"}, {"two\n", "two"},     {"", "two"},
                {NULL, "two"},    {"three\n", "three"}, {"\n", "three"}};
    struct redis_url u = {.port = 6379}, other = {.port = 6379};
    char path[] = "/tmp/weft-secret-XXXXXX", why[256];

    (void)state;
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FILE *f = rows[i].in ? fopen(path, "w") : NULL;

        if (f == NULL)
            unlink(path);
        else
            fputs(rows[i].in, f);
        if (f)
            fclose(f);
        if (i == 0)
            assert_int_equal(secret_read_file(path, &u, why), ERR_OK);
        secret_refresh(&u);
        assert_string_equal(u.password, rows[i].want);
    }
    unlink(path);
    redis_url_fini(&u);
    secret_refresh(&other); /* none of a file's */
    assert_null(other.password);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password_leaves_the_command_line),
        cmocka_unit_test(test_address_survives_the_way_to_a_child),
        cmocka_unit_test(test_password_is_the_first_line_of_its_file),
        cmocka_unit_test(test_a_password_is_read_anew)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
