/*
 * A crawl's name and its output folder.
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
#include <sys/wait.h>
#include <unistd.h>

#include "master/folder.h"

static void
test_name_is_the_lists_base_name(void **state)
{
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"top-1m.csv", "top-1m"},
        {"lists/top-1m.csv.zip", "top-1m"},
        {"https://a.test/dl/top_500.csv.gz?x=1/2#y.z", "top_500"},
        {"https://a.test/", "a"},
        {"/", "crawl"},
        {"-", "crawl"},
        {NULL, "crawl"},
        {"../.hidden.csv", "hidden"},
        {"..", "crawl"},
        {"my list \033[1m.txt", "my-list---1m"},
        {"\xc3\xa9t\xc3\xa9", "--t--"},
        {"0123456789012345678901234567890123456789012345678901234567890123456"
         "789",
         "0123456789012345678901234567890123456789012345678901234567890123"},
    };
    char name[FOLDER_NAME_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        folder_name_of_list(rows[i].in, name);
        assert_string_equal(name, rows[i].want);
    }
}

static char place[64];

static int
place_make(void **state)
{
    (void)state;
    snprintf(place, sizeof(place), "/tmp/weft-folder-XXXXXX");
    return mkdtemp(place) ? 0 : -1;
}

static int
place_remove(void **state)
{
    char command[96];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", place);
    return system(command);
}

static void
test_folder_is_made_with_its_parents(void **state)
{
    char path[128], why[FOLDER_WHY_BYTES];
    struct folder f;
    struct stat st;

    (void)state;
    snprintf(path, sizeof(path), "%s/a//b/c/", place);
    assert_int_equal(folder_open(path, &f, why), ERR_OK);
    snprintf(path, sizeof(path), "%s/a/b/c", place);
    assert_string_equal(f.path, path);
    snprintf(path, sizeof(path), "%s/a/b/c/warc", place);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    folder_close(&f);
}

static void
test_second_master_is_told_who_has_it(void **state)
{
    char path[128], why[FOLDER_WHY_BYTES], pid[32];
    struct folder f, g;

    (void)state;
    snprintf(path, sizeof(path), "%s/x", place);
    assert_int_equal(folder_open(path, &f, why), ERR_OK);
    assert_int_equal(folder_open(path, &g, why), ERR_INVALID);
    snprintf(pid, sizeof(pid), "process %ld uses", (long)getpid());
    assert_non_null(strstr(why, pid));
    folder_close(&f);
    assert_int_equal(folder_open(path, &g, why), ERR_OK);
    folder_close(&g);
}

static void
test_the_lock_says_who_has_it(void **state)
{
    char path[128], why[FOLDER_WHY_BYTES];
    struct folder f, g;

    (void)state;
    snprintf(path, sizeof(path), "%s/y", place);
    assert_int_equal(folder_user(path), FOLDER_FREE);
    assert_int_equal(folder_open(path, &f, why), ERR_OK);
    assert_int_equal(folder_user(path), FOLDER_MASTER);
    folder_note_command(&f);
    assert_int_equal(folder_user(path), FOLDER_COMMAND);
    assert_int_equal(folder_open(path, &g, why), ERR_INVALID);
    assert_non_null(strstr(why, "a command of process"));
    folder_close(&f);
    assert_int_equal(folder_user(path), FOLDER_FREE);
    assert_int_equal(folder_open(path, &g, why), ERR_OK);
    assert_int_equal(folder_user(path), FOLDER_MASTER);
    folder_close(&g);
}

static void
test_file_in_the_way_is_an_error(void **state)
{
    char path[128], why[FOLDER_WHY_BYTES];
    struct folder f;
    FILE *file;

    (void)state;
    snprintf(path, sizeof(path), "%s/file", place);
    file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(folder_open(path, &f, why), ERR_IO);
    assert_non_null(strstr(why, "Not a directory"));
    snprintf(path, sizeof(path), "%s/file/below", place);
    assert_int_equal(folder_open(path, &f, why), ERR_IO);
    assert_int_equal(folder_open("", &f, why), ERR_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_is_the_lists_base_name),
        cmocka_unit_test(test_folder_is_made_with_its_parents),
        cmocka_unit_test(test_second_master_is_told_who_has_it),
        cmocka_unit_test(test_the_lock_says_who_has_it),
        cmocka_unit_test(test_file_in_the_way_is_an_error)};

    return cmocka_run_group_tests(tests, place_make, place_remove);
}
