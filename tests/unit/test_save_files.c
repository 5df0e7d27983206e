/*
 * save_files: what is written where, by one and by several at once.
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/save_files.h"

enum { WRITERS = 4, ROUNDS = 300 };

static char dir[64];
static struct config config;
static struct save_files *files;

static int
set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/weft-save-XXXXXX");
    assert_non_null(mkdtemp(dir));
    config_init(&config);
    assert_int_equal(save_files_open(dir, "h-1-x", &config, &files), ERR_OK);
    return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static int
tear_down(void **state)
{
    (void)state;
    save_files_close(files);
    config_fini(&config);
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *
path_of(const char *name)
{
    static char path[512];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void
expect_file(const char *name, const char *body)
{
    char bytes[256] = "";
    int fd = open(path_of(name), O_RDONLY | O_NOFOLLOW);
    ssize_t n;

    assert_true(fd >= 0);
    n = read(fd, bytes, sizeof(bytes) - 1);
    close(fd);
    assert_int_equal(n, strlen(body));
    assert_string_equal(bytes, body);
}

static struct save_place
save(struct saver *s, const char *url, const char *body)
{
    struct save_page page = {.url = str_from(url), .body = str_from(body)};
    struct save_place place;

    assert_int_equal(saver_write(s, &page, &place), ERR_OK);
    return place;
}

/* In either order the folder has the name and the file stands beside it. */
static void
test_a_folder_has_the_name_in_either_order(void **state)
{
    struct saver *s = saver_new(files, 0);

    (void)state;
    assert_false(save(s, "http://a.test/x", "file").is_aside);
    save(s, "http://a.test/x/y", "below");
    save(s, "http://b.test/x/y", "below");
    assert_true(save(s, "http://b.test/x", "file").is_aside);
    for (int i = 0; i < 2; i++) {
        expect_file("a.test/x~file", "file");
        expect_file("a.test/x/y", "below");
        expect_file("b.test/x~file", "file");
        expect_file("b.test/x/y", "below");
        assert_true(saver_has(s, STR("http://a.test/x")));
        assert_true(saver_has(s, STR("http://b.test/x/y")));
        assert_false(saver_has(s, STR("http://b.test/z")));
        /* once more: to the same places */
        assert_true(save(s, "http://a.test/x", "file").is_aside);
        assert_true(save(s, "http://b.test/x", "file").is_aside);
    }
    saver_free(s);
}

static void
test_what_comes_again_replaces_what_was(void **state)
{
    struct saver *s = saver_new(files, 0);

    (void)state;
    save(s, "http://a.test/", "old and longer");
    save(s, "http://a.test/", "new");
    expect_file("a.test/index.html", "new");
    saver_free(s);
}

/* Also where the last folder, which is kept open, was taken away. */
static void
test_a_folder_that_is_gone_is_made_again(void **state)
{
    struct saver *s = saver_new(files, 0);

    (void)state;
    save(s, "http://a.test/d/x", "x");
    assert_int_equal(unlink(path_of("a.test/d/x")), 0);
    assert_int_equal(rmdir(path_of("a.test/d")), 0);
    save(s, "http://a.test/d/y", "y");
    expect_file("a.test/d/y", "y");
    saver_free(s);
}

static void
test_links_and_pipes_in_the_way_are_not_followed(void **state)
{
    struct saver *s = saver_new(files, 0);
    struct stat st;

    (void)state;
    assert_int_equal(mkdir(path_of("a.test"), 0777), 0);
    assert_int_equal(symlink("/tmp", path_of("a.test/d")), 0);
    assert_int_equal(symlink("/tmp/weft-not-there", path_of("a.test/x")), 0);
    assert_int_equal(mkfifo(path_of("a.test/p"), 0666), 0);
    save(s, "http://a.test/d/weft-not-there", "below");
    save(s, "http://a.test/x", "x");
    save(s, "http://a.test/p", "p");
    expect_file("a.test/d/weft-not-there", "below");
    expect_file("a.test/x", "x");
    expect_file("a.test/p", "p");
    assert_int_equal(lstat(path_of("a.test/d~file"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_not_equal(lstat("/tmp/weft-not-there", &st), 0);
    saver_free(s);
}

static void
test_parts_of_the_dead_go_and_those_of_the_living_stay(void **state)
{
    struct save_files *other;
    struct stat st;

    (void)state;
    assert_int_equal(mkdir(path_of(".part/dead"), 0777), 0);
    assert_true(
        close(open(path_of(".part/dead/0"), O_CREAT | O_WRONLY, 0644)) == 0);
    assert_int_equal(save_files_open(dir, "h-2-x", &config, &other), ERR_OK);
    assert_int_not_equal(lstat(path_of(".part/dead"), &st), 0);
    assert_int_equal(lstat(path_of(".part/h-1-x"), &st), 0);
    assert_int_equal(lstat(path_of(".part/h-2-x"), &st), 0);
    save_files_close(other);
    assert_int_not_equal(lstat(path_of(".part/h-2-x"), &st), 0);
}

/* --- several at once, over the same names --- */

static void *
write_all(void *arg)
{
    static const char *const urls[] = {
        "http://a.test/x", "http://a.test/x/y", "http://a.test/x/y/z",
        "http://a.test/x/y/w", "http://a.test/x/y/z/"};
    unsigned index = (unsigned)(uintptr_t)arg;
    struct saver *s = saver_new(files, index);

    for (unsigned i = 0; i < ROUNDS; i++) {
        const char *url = urls[(i * 7 + index) % 5];

        save(s, url, url);
    }
    saver_free(s);
    return NULL;
}

static void
test_writers_at_once_come_to_the_same_end(void **state)
{
    pthread_t threads[WRITERS];

    (void)state;
    for (uintptr_t i = 0; i < WRITERS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, write_all, (void *)i), 0);
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    expect_file("a.test/x~file", "http://a.test/x");
    expect_file("a.test/x/y~file", "http://a.test/x/y");
    expect_file("a.test/x/y/z~file", "http://a.test/x/y/z");
    expect_file("a.test/x/y/w", "http://a.test/x/y/w");
    expect_file("a.test/x/y/z/index.html", "http://a.test/x/y/z/");
    assert_int_equal(rmdir(path_of(".part/h-1-x")), 0); /* nothing is left */
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_folder_has_the_name_in_either_order),
        TEST(test_what_comes_again_replaces_what_was),
        TEST(test_a_folder_that_is_gone_is_made_again),
        TEST(test_links_and_pipes_in_the_way_are_not_followed),
        TEST(test_parts_of_the_dead_go_and_those_of_the_living_stay),
        TEST(test_writers_at_once_come_to_the_same_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
