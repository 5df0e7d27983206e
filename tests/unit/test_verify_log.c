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

#include "master/verify_log.h"

#define STARTED INT64_C(1795253400000) /* 2026-11-21T09:30:00Z */

static char dir[64];
static char why[VERIFY_LOG_WHY_BYTES];

/* Lines as text: "a|b|c|"; the place of the last. */
struct got {
    char text[4096];
    uint64_t place;
    size_t lines;
};

static void
on_line(void *arg, struct str line, uint64_t place)
{
    struct got *g = arg;
    size_t n = strlen(g->text);

    snprintf(g->text + n, sizeof(g->text) - n, "%.*s|", STR_ARG(line));
    g->place = place;
    g->lines++;
}

static const char *
path_of(const char *name)
{
    static char path[512];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void
write_file(const char *name, const char *mode, const char *text)
{
    FILE *f = fopen(path_of(name), mode);

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

/* A whole line of a worker at a second of the hour. */
static const char *
line(const char *url, int second, const char *worker)
{
    static char text[4][512];
    static unsigned turn;
    char *out = text[turn++ % 4];

    snprintf(out, sizeof(text[0]),
             "{\"time\":\"2026-11-21T09:%02d:%02d.000Z\",\"url\":\"%s\","
             "\"outcome\":\"OK\",\"site\":\"a.t\",\"worker\":\"%s\"}\n",
             second < 0 ? 29 : 30, second < 0 ? 60 + second : second, url,
             worker);
    return out;
}

static int
fresh(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/weft-log-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int
stale(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static struct verify_log *
open_log(const char *name)
{
    struct verify_log *l = verify_log_new(name, STARTED);

    assert_int_equal(verify_log_add_folder(l, dir), ERR_OK);
    return l;
}

static void
read_log(struct verify_log *l, struct got *g)
{
    *g = (struct got){.lines = 0};
    assert_int_equal(verify_log_read(l, on_line, g, why), ERR_OK);
}

static void
test_a_file_that_grows(void **state)
{
    struct verify_log *l = open_log("t");
    struct got g;

    (void)state;
    read_log(l, &g);
    assert_string_equal(g.text, "");
    write_file("t-h-1-ab.jsonl", "w", "one"); /* half a line: undecided */
    read_log(l, &g);
    assert_string_equal(g.text, "");
    assert_int_equal(verify_log_counts(l).torn, 1);
    write_file("t-h-1-ab.jsonl", "a", "\ntwo\n\nthr");
    read_log(l, &g);
    assert_string_equal(g.text, "one|two||");
    read_log(l, &g);
    assert_string_equal(g.text, "");
    assert_int_equal(verify_log_counts(l).torn, 1);
    write_file("t-h-1-ab.jsonl", "a", "ee\n");
    write_file("t-h-2-cd.jsonl", "w", "four\n"); /* and a new one */
    read_log(l, &g);
    assert_string_equal(g.text, "three|four|");
    assert_int_equal(verify_log_counts(l).torn, 0);
    assert_int_equal(verify_log_counts(l).files, 2);
    assert_int_equal(verify_log_counts(l).lines, 5);
    verify_log_free(l);
}

static void
add_name(void *arg, struct str name)
{
    char *text = arg;

    snprintf(text + strlen(text), 64 - strlen(text), "%.*s|", STR_ARG(name));
}

/* Without a name all files are taken, and their lines tell whose they are. */
static void
test_whatever_crawl_it_is(void **state)
{
    struct verify_log *l = verify_log_new(NULL, 0);
    char names[64] = "";
    struct got g;

    (void)state;
    assert_int_equal(verify_log_add_folder(l, dir), ERR_OK);
    write_file("a-b-h-1-ab.jsonl", "w", line("one", 0, "h-1-ab-0"));
    write_file("a-b-master-h-9-cd.jsonl", "w", line("two", 0, "h-1-ab-0"));
    write_file("empty-h-1-ab.jsonl", "w", "");
    verify_log_names(l, add_name, names);
    assert_string_equal(names, "a-b|");
    read_log(l, &g);
    assert_int_equal(verify_log_counts(l).lines, 2);
    assert_int_equal(verify_log_counts(l).files, 3);
    verify_log_free(l);
}

/* What has come since the last reading is not in it. */
static void
test_again_reads_the_same(void **state)
{
    struct verify_log *l = open_log("t");
    struct got g;

    (void)state;
    write_file("t-h-1-ab.jsonl", "w", "one\ntwo\nthr");
    read_log(l, &g);
    write_file("t-h-1-ab.jsonl", "a", "ee\nfour\n");
    g = (struct got){.lines = 0};
    assert_int_equal(verify_log_again(l, on_line, &g, why), ERR_OK);
    assert_string_equal(g.text, "one|two|");
    read_log(l, &g);
    assert_string_equal(g.text, "three|four|");
    verify_log_free(l);
}

static void
test_a_place_finds_its_line(void **state)
{
    struct verify_log *l = open_log("t");
    char where[VERIFY_LOG_WHY_BYTES];
    struct buf b;
    struct got g;

    (void)state;
    buf_init(&b, 4096);
    write_file("t-h-1-ab.jsonl", "w", "one\n");
    read_log(l, &g);
    write_file("t-h-2-cd.jsonl", "w", "two\nthree\n");
    read_log(l, &g);
    verify_log_get(l, g.place, &b);
    assert_true(str_equal(buf_str(&b), STR("three")));
    verify_log_where(l, g.place, where);
    assert_non_null(strstr(where, "/t-h-2-cd.jsonl, byte 4"));
    verify_log_get(l, UINT64_MAX, &b); /* no such place */
    assert_int_equal(b.n, 0);
    verify_log_get(l, g.place + 100, &b);
    assert_int_equal(b.n, 0);
    buf_fini(&b);
    verify_log_free(l);
}

/* "t-x" is another crawl in the same folder, and so is what "t" was before. */
static void
test_which_files(void **state)
{
    struct verify_log *l = open_log("t");
    struct got g;

    (void)state;
    write_file("t-h-1-ab.jsonl", "w", line("ours", 5, "h-1-ab-0"));
    write_file("t-h-2-ab.jsonl", "w", line("reborn", 5, "h-2-ab-0.3"));
    write_file("t-my-host-2-ab.jsonl", "w", line("host", 5, "my-host-2-ab-1"));
    write_file("t-x-h-1-ab.jsonl", "w", line("foreign", 5, "h-1-ab-0"));
    write_file("t-h-3-ab.jsonl", "w", line("earlier", -5, "h-3-ab-0"));
    write_file("t-h-4-ab.jsonl", "w", line("clock", -5, "h-4-ab-0"));
    write_file("t-h-4-ab.jsonl", "a", line("clock", 0, "h-4-ab-0"));
    write_file("t-master.jsonl", "w", line("master", 5, "master"));
    write_file("t-h-5-ab.json", "w", line("ending", 5, "h-5-ab-0"));
    write_file("tt-h-5-ab.jsonl", "w", line("name", 5, "h-5-ab-0"));
    assert_int_equal(mkdir(path_of("t-h-6-ab.jsonl"), 0755), 0);
    read_log(l, &g);
    assert_int_equal(g.lines, 6);
    assert_null(strstr(g.text, "foreign"));
    assert_null(strstr(g.text, "earlier"));
    assert_non_null(strstr(g.text, "reborn"));
    assert_non_null(strstr(g.text, "\"host\""));
    assert_non_null(strstr(g.text, "\"master\""));
    assert_int_equal(verify_log_counts(l).files, 5);
    assert_int_equal(verify_log_counts(l).earlier, 1);
    verify_log_free(l);
}

/* Of a file that several folders have, the longest copy. */
static void
test_copies(void **state)
{
    struct verify_log *l;
    struct got g;
    char far[512];

    (void)state;
    assert_int_equal(mkdir(path_of("log"), 0755), 0);
    assert_int_equal(mkdir(path_of("far"), 0755), 0);
    write_file("log/t-h-1-ab.jsonl", "w", "one\n");
    write_file("far/t-h-1-ab.jsonl", "w", "one\ntwo\n");
    write_file("far/t-h-2-ab.jsonl", "w", "three\n");
    write_file("t-h-3-ab.jsonl", "w", "not in log/\n");
    l = open_log("t");
    snprintf(far, sizeof(far), "%s", path_of("far"));
    assert_int_equal(verify_log_add_folder(l, far), ERR_OK);
    assert_int_equal(verify_log_add_folder(l, far), ERR_OK);
    read_log(l, &g);
    assert_string_equal(g.text, "one|two|three|");
    assert_int_equal(verify_log_add_folder(l, path_of("none")), ERR_NOT_FOUND);
    assert_int_equal(verify_log_add_folder(l, path_of("far/t-h-2-ab.jsonl")),
                     ERR_NOT_FOUND);
    verify_log_free(l);
}

/* Longer than any line of ours: it comes empty, and what follows is read. */
static void
test_an_endless_line(void **state)
{
    struct verify_log *l = open_log("t");
    const size_t n = 3 << 20;
    char *text = malloc(n + 1);
    struct got g;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', n);
    text[n] = '\0';
    write_file("t-h-1-ab.jsonl", "w", "one\n");
    write_file("t-h-1-ab.jsonl", "a", text);
    read_log(l, &g);
    assert_string_equal(g.text, "one|");
    assert_int_equal(verify_log_counts(l).torn, 1);
    write_file("t-h-1-ab.jsonl", "a", "\ntwo\n");
    read_log(l, &g);
    assert_string_equal(g.text, "|two|");
    assert_int_equal(verify_log_counts(l).torn, 0);
    g = (struct got){.lines = 0};
    assert_int_equal(verify_log_again(l, on_line, &g, why), ERR_OK);
    assert_string_equal(g.text, "one||two|");
    free(text);
    verify_log_free(l);
}

/* Lines cross the borders of what is read at a time. */
static void
test_many_lines(void **state)
{
    struct verify_log *l = open_log("t");
    FILE *f = fopen(path_of("t-h-1-ab.jsonl"), "w");
    struct buf b;
    struct got g;

    (void)state;
    assert_non_null(f);
    for (int i = 0; i < 300000; i++)
        fprintf(f, "line %d\n", i);
    assert_int_equal(fclose(f), 0);
    read_log(l, &g);
    assert_int_equal(g.lines, 300000);
    buf_init(&b, 64);
    verify_log_get(l, g.place, &b);
    assert_true(str_equal(buf_str(&b), STR("line 299999")));
    buf_fini(&b);
    verify_log_free(l);
}

int
main(void)
{
#define LOG_TEST(f) cmocka_unit_test_setup_teardown(f, fresh, stale)
    const struct CMUnitTest tests[] = {
        LOG_TEST(test_a_file_that_grows),
        LOG_TEST(test_whatever_crawl_it_is),
        LOG_TEST(test_again_reads_the_same),
        LOG_TEST(test_a_place_finds_its_line),
        LOG_TEST(test_which_files),
        LOG_TEST(test_copies),
        LOG_TEST(test_an_endless_line),
        LOG_TEST(test_many_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
