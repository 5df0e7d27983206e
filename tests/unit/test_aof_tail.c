/* The torn end of Redis's file.  SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/str.h"
#include "master/aof_tail.h"

#define SET "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3\r\n\r\n*\r\n"
#define MULTI "*1\r\n$5\r\nMULTI\r\n"
#define EXEC "*1\r\n$4\r\nEXEC\r\n"
#define SELECT "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"

/* bytes, written to a file that is read from its beginning. */
static int
file_of(struct str bytes)
{
    char path[] = "/tmp/weft-test-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static uint64_t
good_of(struct str bytes)
{
    uint64_t good = 99;
    int fd = file_of(bytes);

    assert_int_equal(aof_tail_find(fd, bytes.n, &good), ERR_OK);
    close(fd);
    return good;
}

static void
test_a_whole_file_is_good_to_its_end(void **state)
{
    const struct {
        struct str in;
    } rows[] = {{STR_NONE},
                {STR(SELECT)},
                {STR(SELECT SET SET)},
                {STR(MULTI SET SET EXEC SET)},
                {STR("#TS:1700000000\r\n" SET "#TS:1700000001\r\n")},
                {STR("*1\r\n$5\r\nmulti\r\n" SET "*1\r\n$4\r\nexec\r\n")},
                {STR("*2\r\n$6\r\nMULTIX\r\n$4\r\nEXEC\r\n")}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(good_of(rows[i].in), rows[i].in.n);
}

/* Every cut through a file ends before the command or transaction it hits. */
static void
test_any_cut_falls_back_outside_of_transactions(void **state)
{
    const struct str parts[] = {
        STR(SELECT), STR(SET),          STR(MULTI SET SET EXEC),
        STR(SET),    STR("#TS:17\r\n"), STR(MULTI EXEC)};
    char all[1000];
    size_t n = 0, begin = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        memcpy(all + n, parts[i].p, parts[i].n);
        n += parts[i].n;
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (size_t k = 0; k < parts[i].n; k++)
            assert_int_equal(good_of((struct str){all, begin + k}), begin);
        begin += parts[i].n;
    }
}

static void
test_what_is_no_command_ends_the_good_part(void **state)
{
    const struct str rows[] = {STR("\0\0\0\0\0\0\0\0"),
                               STR("+OK\r\n"),
                               STR("*0\r\n"),
                               STR("*-1\r\n"),
                               STR("*1\n$1\r\na\r\n"),
                               STR("*1\r\n$99999999999\r\n"),
                               STR("*99999999\r\n"),
                               STR("*1\r\n$1\r\nab\r\n"),
                               STR("*1\r\n$\r\n\r\n"),
                               STR("*\r\n"),
                               STR("*1\r\n$00000000000000000001"),
                               STR("*1\r\n:1\r\n")};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char all[200] = SET;
        size_t n = sizeof(SET) - 1;

        memcpy(all + n, rows[i].p, rows[i].n);
        memcpy(all + n + rows[i].n, SET, n); /* it is not believed any more */
        assert_int_equal(good_of((struct str){all, 2 * n + rows[i].n}), n);
    }
}

/* Longer than the window that the file is read through. */
static void
test_long_values_are_passed_over(void **state)
{
    const size_t len = 300000;
    char *all = malloc(len + 100);
    size_t n = (size_t)snprintf(all, 100, "*2\r\n$1\r\na\r\n$%zu\r\n", len);

    (void)state;
    memset(all + n, '*', len);
    memcpy(all + n + len, "\r\n", 2);
    assert_int_equal(good_of((struct str){all, n + len + 2}), n + len + 2);
    assert_int_equal(good_of((struct str){all, n + len + 1}), 0);
    free(all);
}

/* More than a crash can have torn: somebody has to look at it. */
static void
test_a_break_far_from_the_end_is_refused(void **state)
{
    uint64_t good = 0;
    int fd = file_of(STR(SET "junk"));

    (void)state;
    assert_int_equal(aof_tail_find(fd, 100u << 20, &good), ERR_INVALID);
    assert_int_equal(good, sizeof(SET) - 1);
    close(fd);
}

/* --- in a folder --- */

static char dir[64];

static void
put(const char *name, struct str bytes)
{
    char path[200];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
    close(fd);
}

static int64_t
size_of(const char *name)
{
    char path[200];
    struct stat about;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return stat(path, &about) == 0 ? (int64_t)about.st_size : -1;
}

static void
test_the_manifest_names_the_file(void **state)
{
    char why[AOF_TAIL_WHY_BYTES], path[100];
    uint64_t cut = 99;

    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/weft-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(aof_tail_mend(dir, &cut, why), ERR_OK); /* nothing there */
    assert_int_equal(cut, 0);
    put("appendonly.aof", STR("REDIS0009 and so on")); /* Redis 6.2 */
    assert_int_equal(aof_tail_mend(dir, &cut, why), ERR_OK);
    assert_int_equal(cut, 0);
    put("appendonly.aof", STR(SET MULTI SET));
    assert_int_equal(aof_tail_mend(dir, &cut, why), ERR_OK);
    assert_int_equal(cut, sizeof(MULTI SET) - 1);
    assert_int_equal(size_of("appendonly.aof"), sizeof(SET) - 1);
    snprintf(path, sizeof(path), "%s/appendonlydir", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    put("appendonlydir/appendonly.aof.manifest",
        STR("file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n"
            "file a.2.incr.aof seq 2 type i\n"));
    put("appendonlydir/a.1.incr.aof", STR(SET "*"));
    put("appendonlydir/a.2.incr.aof", STR(SET SET "*3\r\n"));
    assert_int_equal(aof_tail_mend(dir, &cut, why), ERR_OK);
    assert_int_equal(cut, 4);
    assert_int_equal(size_of("appendonlydir/a.2.incr.aof"),
                     sizeof(SET SET) - 1);
    assert_int_equal(size_of("appendonlydir/a.1.incr.aof"),
                     sizeof(SET "*") - 1);
    assert_int_equal(aof_tail_mend(dir, &cut, why), ERR_OK);
    assert_int_equal(cut, 0);
    snprintf(path, sizeof(path), "rm -r %s", dir);
    assert_int_equal(system(path), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_file_is_good_to_its_end),
        cmocka_unit_test(test_any_cut_falls_back_outside_of_transactions),
        cmocka_unit_test(test_what_is_no_command_ends_the_good_part),
        cmocka_unit_test(test_long_values_are_passed_over),
        cmocka_unit_test(test_a_break_far_from_the_end_is_refused),
        cmocka_unit_test(test_the_manifest_names_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
