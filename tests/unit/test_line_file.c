/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "worker/line_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LONG = 200000 };

static char dir[64]; /* of the running test */
static char path[128];

static int
make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/weft-lines-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/a-1.csv", dir);
    return 0;
}

static int
remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void
put_file(struct str bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
    close(fd);
}

static void
expect_file(struct str want)
{
    static char got[2 * LONG];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    assert_true(fd >= 0);
    n = read(fd, got, sizeof(got));
    close(fd);
    assert_int_equal(n, want.n);
    assert_memory_equal(got, want.p, want.n);
}

static const struct line_file_setup setup = {.dir = dir,
                                             .name = "a",
                                             .process = "1",
                                             .suffix = "csv",
                                             .head = {"x,y\r\n", 5},
                                             .has_quotes = true};

static void
test_what_a_killed_process_left_half_is_cut_off(void **state)
{
    static const struct {
        const char *left;
        bool has_quotes;
        const char *want;
    } rows[] = {{"", false, ""},
                {"a\n", false, "a\n"},
                {"a\nb", false, "a\n"},
                {"ab", false, ""},
                {"\n", false, "\n"},
                {"a\n\"b\nc", false, "a\n\"b\n"},
                {"a\n\"b\nc", true, "a\n"},
                {"a\n\"b\nc\"\nd", true, "a\n\"b\nc\"\n"},
                {"a\n\"b\"\"\nc\"\nd\"", true, "a\n\"b\"\"\nc\"\n"}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        put_file(str_from(rows[i].left));
        line_file_repair_dir(dir, "csv", rows[i].has_quotes);
        expect_file(str_from(rows[i].want));
    }
}

static void
test_a_line_longer_than_what_is_read_at_once_is_cut_off_whole(void **state)
{
    char *bytes = malloc(LONG);

    (void)state;
    memset(bytes, 'x', LONG);
    for (int quotes = 0; quotes < 2; quotes++) {
        bytes[9] = '\n';
        put_file((struct str){bytes, LONG});
        line_file_repair_dir(dir, "csv", quotes == 1);
        expect_file((struct str){bytes, 10});
        bytes[LONG - 1] = '\n';
        put_file((struct str){bytes, LONG});
        line_file_repair_dir(dir, "csv", quotes == 1);
        expect_file((struct str){bytes, LONG});
        bytes[LONG - 1] = 'x';
    }
    free(bytes);
}

static void
test_the_file_of_a_living_process_and_other_files_are_left_alone(void **state)
{
    struct line_file *l;

    (void)state;
    put_file(STR("half"));
    line_file_repair_dir(dir, "jsonl", false);
    line_file_repair_dir(dir, "sv", false);
    expect_file(STR("half"));
    assert_int_equal(line_file_open(&setup, &l), ERR_OK);
    expect_file(STR("x,y\r\n"));
    assert_int_equal(line_file_write(l, STR("half")), ERR_OK);
    line_file_repair_dir(dir, "csv", true);
    expect_file(STR("x,y\r\nhalf"));
    line_file_close(l);
    line_file_repair_dir(dir, "csv", true);
    expect_file(STR("x,y\r\n"));
}

static void
test_the_head_is_written_once(void **state)
{
    struct line_file *l;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(line_file_open(&setup, &l), ERR_OK);
        assert_int_equal(line_file_write(l, STR("1,2\r\n")), ERR_OK);
        assert_int_equal(line_file_write(l, STR("")), ERR_OK);
        assert_int_equal(line_file_sync(l), ERR_OK);
        line_file_close(l);
    }
    expect_file(STR("x,y\r\n1,2\r\n1,2\r\n"));
}

static void
test_a_folder_that_is_not_there_is_an_error(void **state)
{
    struct line_file_setup elsewhere = setup;
    struct line_file *l;

    (void)state;
    put_file(STR(""));
    elsewhere.dir = path;
    assert_int_equal(line_file_open(&elsewhere, &l), ERR_IO);
    assert_null(l);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        TEST(test_what_a_killed_process_left_half_is_cut_off),
        TEST(test_a_line_longer_than_what_is_read_at_once_is_cut_off_whole),
        TEST(test_the_file_of_a_living_process_and_other_files_are_left_alone),
        TEST(test_the_head_is_written_once),
        TEST(test_a_folder_that_is_not_there_is_an_error),
    };
#undef TEST

    /* what repair says of each file would bury the rest */
    if (log_to_file("/dev/null") != ERR_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
