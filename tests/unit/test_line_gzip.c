/* SPDX-License-Identifier: MIT */
#include "worker/line_gzip.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/log.h"
#include "worker/line_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char dir[64]; /* of the running test */
static char path[128], open_path[136];

static const struct line_file_setup setup = {.dir = dir,
                                             .name = "a",
                                             .process = "1",
                                             .suffix = "tsv.gz",
                                             .is_gzip = true};

static int
make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/weft-gzip-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/a-1.tsv.gz", dir);
    snprintf(open_path, sizeof(open_path), "%s.open", path);
    return 0;
}

static int
remove_dir(void **state)
{
    (void)state;
    unlink(path);
    unlink(open_path);
    return rmdir(dir);
}

static off_t
size_of(const char *file)
{
    struct stat st;

    return stat(file, &st) == 0 ? st.st_size : -1;
}

/* What gzip makes of a file. */
static void
expect_lines(const char *file, const char *want)
{
    char command[256], got[256] = "";
    size_t n;
    FILE *f;

    snprintf(command, sizeof(command), "gzip -dc <%s 2>&1", file);
    f = popen(command, "r");
    assert_non_null(f);
    n = fread(got, 1, sizeof(got) - 1, f);
    got[n] = '\0';
    assert_int_equal(pclose(f), 0);
    assert_string_equal(got, want);
}

/* A file with two writes in it, as a process that died would leave it. */
static off_t
leave_two(void)
{
    struct line_file *l;
    off_t first;

    unlink(path);
    unlink(open_path);
    assert_int_equal(line_file_open(&setup, &l), ERR_OK);
    assert_int_equal(line_file_write(l, STR("a\tb\n")), ERR_OK);
    first = size_of(open_path);
    assert_int_equal(line_file_write(l, STR("c\td\ne\tf\n")), ERR_OK);
    assert_int_equal(line_file_sync(l), ERR_OK);
    assert_int_equal(line_file_close(l), ERR_OK);
    assert_int_equal(rename(path, open_path), 0);
    return first;
}

static void
test_a_closed_file_has_its_name_and_an_empty_one_goes(void **state)
{
    struct line_file *l;

    (void)state;
    leave_two();
    line_file_repair_gzip(dir, "tsv.gz");
    assert_int_equal(size_of(open_path), -1);
    expect_lines(path, "a\tb\nc\td\ne\tf\n");
    unlink(path);
    assert_int_equal(line_file_open(&setup, &l), ERR_OK);
    assert_int_equal(line_file_write(l, STR("")), ERR_OK);
    assert_int_equal(size_of(open_path), 0);
    assert_int_equal(line_file_close(l), ERR_OK);
    assert_int_equal(size_of(open_path), -1);
    assert_int_equal(size_of(path), -1);
}

static void
test_what_is_behind_the_last_whole_write_is_cut_off(void **state)
{
    off_t first = leave_two(), both = size_of(open_path);

    (void)state;
    for (off_t left = 1; left <= both + 3; left++) {
        leave_two();
        if (left <= both) {
            assert_int_equal(truncate(open_path, left), 0);
        } else { /* something behind it that is no member */
            int fd = open(open_path, O_WRONLY | O_APPEND | O_CLOEXEC);

            assert_int_equal(write(fd, "\x1f\x8bx", (size_t)(left - both)),
                             left - both);
            close(fd);
        }
        line_file_repair_gzip(dir, "tsv.gz");
        assert_int_equal(size_of(open_path), -1);
        if (left < first) {
            assert_int_equal(size_of(path), -1);
            continue;
        }
        expect_lines(path, left < both ? "a\tb\n" : "a\tb\nc\td\ne\tf\n");
    }
}

static void
test_a_bit_that_fell_over_ends_the_file(void **state)
{
    off_t first = leave_two();
    int fd = open(open_path, O_RDWR | O_CLOEXEC);

    (void)state;
    assert_int_equal(pwrite(fd, "\xff\xff", 2, first + 11), 2);
    close(fd);
    line_file_repair_gzip(dir, "tsv.gz");
    expect_lines(path, "a\tb\n");
}

static void
test_what_others_have_open_or_just_made_is_left_alone(void **state)
{
    struct line_file *l;
    int fd;

    (void)state;
    unlink(path);
    unlink(open_path);
    assert_int_equal(line_file_open(&setup, &l), ERR_OK);
    assert_int_equal(line_file_write(l, STR("a\n")), ERR_OK);
    line_file_repair_gzip(dir, "tsv.gz");
    assert_int_not_equal(size_of(open_path), -1);
    assert_int_equal(line_file_write(l, STR("b\n")), ERR_OK);
    assert_int_equal(line_file_close(l), ERR_OK);
    expect_lines(path, "a\nb\n");
    /* made, and not yet locked */
    fd = open(open_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    close(fd);
    line_file_repair_gzip(dir, "tsv.gz");
    assert_int_equal(size_of(open_path), 0);
    /* as long ago as no process takes for that */
    assert_int_equal(utimensat(AT_FDCWD, open_path,
                               (struct timespec[2]){{time(NULL) - 100, 0},
                                                    {time(NULL) - 100, 0}},
                               0),
                     0);
    line_file_repair_gzip(dir, "tsv.gz");
    assert_int_equal(size_of(open_path), -1);
}

static void
test_a_name_that_is_taken_is_not_taken_away(void **state)
{
    (void)state;
    leave_two();
    assert_int_equal(link(open_path, path), 0);
    line_file_repair_gzip(dir, "tsv.gz"); /* says so */
    assert_int_not_equal(size_of(open_path), -1);
    expect_lines(path, "a\tb\nc\td\ne\tf\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_closed_file_has_its_name_and_an_empty_one_goes),
        cmocka_unit_test(test_what_is_behind_the_last_whole_write_is_cut_off),
        cmocka_unit_test(test_a_bit_that_fell_over_ends_the_file),
        cmocka_unit_test(test_what_others_have_open_or_just_made_is_left_alone),
        cmocka_unit_test(test_a_name_that_is_taken_is_not_taken_away),
    };

    log_init("test", LOG_WARN);
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
