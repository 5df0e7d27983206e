/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "master/verify_warc.h"

static char dir[64];
static uint64_t broken, broken_count;

static void
on_broken(void *arg, uint64_t place)
{
    (void)arg;
    broken = place;
    broken_count++;
}

static const char *
path_of(const char *name)
{
    static char path[512];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

/* Appends a member of so many bytes of noise; where it begins. */
static long
add_member(const char *name, size_t bytes)
{
    FILE *f = fopen(path_of(name), "ab");
    long at;
    gzFile z;

    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    at = ftell(f);
    assert_int_equal(fclose(f), 0);
    z = gzopen(path_of(name), "ab");
    assert_non_null(z);
    gzprintf(z, "WARC/1.1\r\nContent-Length: %zu\r\n\r\n", bytes);
    for (size_t i = 0, x = 1; i < bytes; i++) {
        x = x * 1103515245 + 12345;
        gzputc(z, (int)(x >> 16 & 255));
    }
    gzprintf(z, "\r\n\r\n");
    assert_int_equal(gzclose(z), Z_OK);
    return at;
}

static int
fresh(void **state)
{
    (void)state;
    broken_count = 0;
    snprintf(dir, sizeof(dir), "/tmp/weft-warc-XXXXXX");
    return mkdtemp(dir) && mkdir(path_of("warc"), 0755) == 0 ? 0 : -1;
}

static int
stale(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static struct verify_warc *
open_warc(void)
{
    struct verify_warc *w = verify_warc_new();

    verify_warc_add_folder(w, dir);
    return w;
}

static void
test_records_that_are_there(void **state)
{
    struct verify_warc *w = open_warc();
    long first, second, open;

    (void)state;
    first = add_member("warc/a.warc.gz", 1000);
    second = add_member("warc/a.warc.gz", 300000);
    open = add_member("warc/b.warc.gz.open", 10);
    assert_int_equal(verify_warc_check(w, STR("a.warc.gz"), first, 1),
                     VERIFY_RECORD_THERE);
    assert_int_equal(verify_warc_check(w, STR("a.warc.gz"), second, 2),
                     VERIFY_RECORD_THERE);
    assert_int_equal(verify_warc_check(w, STR("b.warc.gz"), open, 3),
                     VERIFY_RECORD_THERE);
    verify_warc_tails(w, on_broken, NULL);
    assert_int_equal(broken_count, 0);
    assert_int_equal(verify_warc_counts(w).records, 3);
    assert_int_equal(verify_warc_counts(w).files, 2);
    assert_int_equal(verify_warc_counts(w).files_away, 0);
    verify_warc_free(w);
}

static void
test_records_that_are_not(void **state)
{
    struct verify_warc *w = open_warc();
    long second;

    (void)state;
    add_member("warc/a.warc.gz", 1000);
    second = add_member("warc/a.warc.gz", 1000);
    assert_int_equal(verify_warc_check(w, STR("a.warc.gz"), 1, 0),
                     VERIFY_RECORD_NONE);
    assert_int_equal(verify_warc_check(w, STR("a.warc.gz"), second + 1, 0),
                     VERIFY_RECORD_NONE);
    assert_int_equal(verify_warc_check(w, STR("a.warc.gz"), 1000000, 0),
                     VERIFY_RECORD_BEHIND);
    assert_int_equal(verify_warc_check(w, STR("a.warc.gz"), INT64_MAX, 0),
                     VERIFY_RECORD_BEHIND);
    assert_int_equal(verify_warc_check(w, STR("a.warc.gz"), -1, 0),
                     VERIFY_RECORD_BAD);
    assert_int_equal(verify_warc_check(w, STR("c.warc.gz"), 0, 0),
                     VERIFY_RECORD_AWAY);
    assert_int_equal(verify_warc_check(w, STR("c.warc.gz"), 5, 0),
                     VERIFY_RECORD_AWAY);
    verify_warc_tails(w, on_broken, NULL);
    assert_int_equal(broken_count, 0); /* none was found in it to be read */
    assert_int_equal(verify_warc_counts(w).files_away, 1);
    assert_int_equal(verify_warc_counts(w).records_away, 2);
    verify_warc_free(w);
}

/* The last record is read to its end: 300,000 bytes of noise, then less. */
static void
test_a_file_that_was_cut(void **state)
{
    long second;

    (void)state;
    add_member("warc/a.warc.gz", 1000);
    second = add_member("warc/a.warc.gz", 300000);
    for (int cut = 1; cut < 4; cut++) {
        struct verify_warc *w = open_warc();
        struct stat st;

        assert_int_equal(stat(path_of("warc/a.warc.gz"), &st), 0);
        assert_int_equal(truncate(path_of("warc/a.warc.gz"), st.st_size - cut),
                         0);
        assert_int_equal(verify_warc_check(w, STR("a.warc.gz"), 0, 8),
                         VERIFY_RECORD_THERE);
        assert_int_equal(verify_warc_check(w, STR("a.warc.gz"), second, 9),
                         VERIFY_RECORD_THERE);
        broken_count = 0;
        verify_warc_tails(w, on_broken, NULL);
        assert_int_equal(broken_count, 1);
        assert_int_equal(broken, 9);
        verify_warc_free(w);
    }
}

/* A log line opens nothing outside of its folders. */
static void
test_names_that_are_none(void **state)
{
    struct verify_warc *w = open_warc();
    char name[300];

    (void)state;
    add_member("warc/a.warc.gz", 10);
    memset(name, 'a', sizeof(name));
    assert_int_equal(verify_warc_check(w, STR(""), 0, 0), VERIFY_RECORD_BAD);
    assert_int_equal(verify_warc_check(w, STR(".."), 0, 0), VERIFY_RECORD_BAD);
    assert_int_equal(verify_warc_check(w, STR("../warc/a.warc.gz"), 0, 0),
                     VERIFY_RECORD_BAD);
    assert_int_equal(verify_warc_check(w, STR("/etc/passwd"), 0, 0),
                     VERIFY_RECORD_BAD);
    assert_int_equal(verify_warc_check(w, STR("a.warc.gz\0x"), 0, 0),
                     VERIFY_RECORD_BAD);
    assert_int_equal(
        verify_warc_check(w, (struct str){name, sizeof(name)}, 0, 0),
        VERIFY_RECORD_BAD);
    verify_warc_free(w);
}

/* More files than are held open at a time, asked in turn. */
static void
test_many_files(void **state)
{
    struct verify_warc *w = open_warc();
    char name[64];

    (void)state;
    for (int i = 0; i < 150; i++) {
        snprintf(name, sizeof(name), "warc/f%d.warc.gz", i);
        add_member(name, 10);
    }
    for (int turn = 0; turn < 3; turn++)
        for (int i = 0; i < 150; i++) {
            snprintf(name, sizeof(name), "f%d.warc.gz", i);
            assert_int_equal(verify_warc_check(w, str_from(name), 0, 0),
                             VERIFY_RECORD_THERE);
        }
    verify_warc_tails(w, on_broken, NULL);
    assert_int_equal(broken_count, 0);
    assert_int_equal(verify_warc_counts(w).files, 150);
    assert_int_equal(verify_warc_counts(w).records, 450);
    verify_warc_free(w);
}

int
main(void)
{
#define WARC_TEST(f) cmocka_unit_test_setup_teardown(f, fresh, stale)
    const struct CMUnitTest tests[] = {
        WARC_TEST(test_records_that_are_there),
        WARC_TEST(test_records_that_are_not),
        WARC_TEST(test_a_file_that_was_cut),
        WARC_TEST(test_names_that_are_none),
        WARC_TEST(test_many_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
