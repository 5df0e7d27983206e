/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/userinfo.h"
#include "master/seed.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* A row's bytes with their length, for those that hold NULs. */
#define BYTES(literal) (literal), sizeof(literal) - 1

struct run {
    char path[64];
    struct seed_options options;
    char *lists[4];
    struct buf urls;    /* each with "\n" */
    struct buf reports; /* each with "\n", the path taken off */
    struct seed_counts counts;
    int errors;
};

static void
on_report(void *arg, const char *text)
{
    struct run *run = arg;
    size_t skip = strlen(run->path);

    if (strncmp(text, run->path, skip) == 0)
        text += skip;
    assert_int_equal(buf_addf(&run->reports, "%s\n", text), ERR_OK);
}

static void
list_write(char path[64], const void *bytes, size_t n)
{
    int fd;

    memcpy(path, "/tmp/weft-test-seed-XXXXXX", 27);
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

static void
run_init(struct run *run, const void *bytes, size_t n)
{
    *run = (struct run){.errors = 0};
    list_write(run->path, bytes, n);
    run->lists[0] = run->path;
    run->options = (struct seed_options){.lists = run->lists,
                                         .count = 1,
                                         .scheme = "http",
                                         .report = on_report,
                                         .report_arg = run};
    buf_init(&run->urls, 1 << 20);
    buf_init(&run->reports, 1 << 20);
}

static void
run_all(struct run *run)
{
    struct seeds *s = seeds_open(&run->options);
    struct seed seed;
    enum seed_next next;

    buf_reset(&run->urls);
    buf_reset(&run->reports);
    run->errors = 0;
    while ((next = seeds_next(s, &seed)) != SEED_NEXT_END) {
        if (next == SEED_NEXT_ERROR)
            run->errors++;
        if (next != SEED_NEXT_SEED)
            continue;
        assert_int_equal(buf_addf(&run->urls, "%.*s\n", STR_ARG(seed.url)),
                         ERR_OK);
    }
    assert_int_equal(seeds_next(s, &seed), SEED_NEXT_END);
    seeds_counts(s, &run->counts);
    seeds_close(s);
    assert_int_equal(buf_add_char(&run->urls, '\0'), ERR_OK);
    assert_int_equal(buf_add_char(&run->reports, '\0'), ERR_OK);
}

static void
run_fini(struct run *run)
{
    unlink(run->path);
    buf_fini(&run->urls);
    buf_fini(&run->reports);
}

static const struct {
    const char *in, *want;
} url_cases[] = {
    {"a.test", "http://a.test/"},
    {"1,A.Test", "http://a.test/"},
    {"1,b\xc3\xbc"
     "cher.example",
     "http://xn--bcher-kva.example/"},
    {"xn--bcher-kva.example", "http://xn--bcher-kva.example/"},
    {"under_score.test", "http://under_score.test/"},
    {"a.test:8080", "http://a.test:8080/"},
    {"a.test/p?q#f", "http://a.test/p?q"},
    {"8.8.8.8", "http://8.8.8.8/"},
    {"[2a00::1]", "http://[2a00::1]/"},
    {"https://a.test", "https://a.test/"},
    {"HTTP://A.test:80/x/../y,z", "http://a.test/y,z"},
};

static void
test_row_becomes_canonical_url(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(url_cases); i++) {
        struct run run;
        char want[200];

        run_init(&run, url_cases[i].in, strlen(url_cases[i].in));
        run_all(&run);
        snprintf(want, sizeof(want), "%s\n", url_cases[i].want);
        assert_string_equal(run.urls.p, want);
        assert_string_equal(run.reports.p, "");
        run_fini(&run);
    }
}

static void
test_scheme_of_domains_can_be_https(void **state)
{
    struct run run;

    (void)state;
    run_init(&run, BYTES("a.test\nhttp://b.test/\n"));
    run.options.scheme = "https";
    run_all(&run);
    assert_string_equal(run.urls.p, "https://a.test/\nhttp://b.test/\n");
    run_fini(&run);
}

#define NOT_URL "not a domain or http(s) URL"
#define CONTROL "a blank or control byte in the domain"
#define PRIVATE_HOST "private or localhost, needs --allow-private"
static const struct {
    const char *in;
    size_t n;
    const char *wrong, *shown;
} bad_cases[] = {
    {BYTES("2,a b.test"), CONTROL, "2,a b.test"},
    {BYTES("2,a\0b.test"), CONTROL, "2,a\\x00b.test"},
    {BYTES("2,a\tb.test"), CONTROL, "2,a\\x09b.test"},
    {BYTES("2,http://a.test/\x7f"), CONTROL, "2,http://a.test/\\x7f"},
    {BYTES("2,\x1b]0;x\x07.test"), CONTROL, "2,\\x1b]0;x\\x07.test"},
    {BYTES("2,"), "no domain", "2,"},
    {BYTES("2,\"\""), "no domain", "2,\"\""},
    {BYTES("2,com"), "a name without a dot", "2,com"},
    {BYTES("2,me@a.test"), NOT_URL, "2,me@a.test"},
    {BYTES("2,@a.test"), NOT_URL, "2,@a.test"},
    {BYTES("2,/a.test"), NOT_URL, "2,/a.test"},
    {BYTES("2,\\a.test"), NOT_URL, "2,\\a.test"},
    {BYTES("2,.a.test"), NOT_URL, "2,.a.test"},
    {BYTES("2,ftp://a.test/"), "an ftp URL, needs --ftp", "2,ftp://a.test/"},
    {BYTES("2,file:///etc/passwd"), NOT_URL, "2,file:///etc/passwd"},
    {BYTES("2,javascript:x"), NOT_URL, "2,javascript:x"},
    {BYTES("2,mailto:a@b.test"), NOT_URL, "b.test"},
    {BYTES("2,u:1@a.test"), NOT_URL, "a.test"},
    {BYTES("2,http://u:pw@a.test/x"), USERINFO_WRONG, "a.test/x"},
    {BYTES("2,http://u:p@w@a.test"), USERINFO_WRONG, "a.test"},
    {BYTES("2,https:///u@a.test/"), USERINFO_WRONG, "a.test/"},
    {BYTES("2,a.test:"), NOT_URL, "2,a.test:"},
    {BYTES("2,a.test:99999"), NOT_URL, "2,a.test:99999"},
    {BYTES("2,1000000"), NOT_URL, "2,1000000"},
    {BYTES("2,8.8"), NOT_URL, "2,8.8"},
    {BYTES("2,0x8.8.8.8"), NOT_URL, "2,0x8.8.8.8"},
    {BYTES("2,a..test"), "not a host name", "2,a..test"},
    {BYTES("2,a*b.test"), "not a host name", "2,a*b.test"},
    {BYTES("2,\"a,b.test\""), "not a host name", "2,\"a,b.test\""},
    {BYTES("2,abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
           "abcd.test"),
     NOT_URL,
     "2,abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd"
     ".test"},
    {BYTES("2,localhost"), PRIVATE_HOST, "2,localhost"},
    {BYTES("2,a.LOCALHOST"), PRIVATE_HOST, "2,a.LOCALHOST"},
    {BYTES("2,127.0.0.1"), PRIVATE_HOST, "2,127.0.0.1"},
    {BYTES("2,10.1.2.3:80/x"), PRIVATE_HOST, "2,10.1.2.3:80/x"},
    {BYTES("2,http://2130706433/"), PRIVATE_HOST, "2,http://2130706433/"},
    {BYTES("2,http://0x7f.1/"), PRIVATE_HOST, "2,http://0x7f.1/"},
    {BYTES("2,[::1]"), PRIVATE_HOST, "2,[::1]"},
    {BYTES("2,[::ffff:10.0.0.1]"), PRIVATE_HOST, "2,[::ffff:10.0.0.1]"},
    {BYTES("2,http://169.254.169.254/latest"), PRIVATE_HOST,
     "2,http://169.254.169.254/latest"},
};

/* FILE:LINE: what is wrong: "escaped row"; the rows around it are seeds. */
static void
test_bad_row_is_reported_and_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_cases); i++) {
        struct run run;
        struct buf in;
        char want[500];

        buf_init(&in, 1000);
        assert_int_equal(buf_addf(&in, "1,a.test\n"), ERR_OK);
        assert_int_equal(buf_add(&in, bad_cases[i].in, bad_cases[i].n), ERR_OK);
        assert_int_equal(buf_addf(&in, "\n3,b.test\n"), ERR_OK);
        run_init(&run, in.p, in.n);
        run_all(&run);
        assert_string_equal(run.urls.p, "http://a.test/\nhttp://b.test/\n");
        snprintf(want, sizeof(want),
                 ":2: %s: \"%s\"\n1 bad of 3 rows were left out\n",
                 bad_cases[i].wrong, bad_cases[i].shown);
        assert_string_equal(run.reports.p, want);
        assert_int_equal(run.counts.rows, 3);
        assert_int_equal(run.counts.good, 2);
        assert_int_equal(run.counts.bad, 1);
        assert_int_equal(run.errors, 0);
        run_fini(&run);
        buf_fini(&in);
    }
}

static void
test_private_hosts_pass_where_allowed(void **state)
{
    struct run run;

    (void)state;
    run_init(&run, BYTES("1,localhost\n2,127.0.0.1:8080\n3,intranet\n"
                         "4,http://[::1]/\n5,1000000\n6,ftp://a.test/\n"));
    run.options.allow_private = true;
    run_all(&run);
    assert_string_equal(run.urls.p, "http://localhost/\n"
                                    "http://127.0.0.1:8080/\n"
                                    "http://intranet/\nhttp://[::1]/\n");
    assert_int_equal(run.counts.bad, 2);
    run_fini(&run);
}

static void
test_url_longer_than_2083_bytes_is_bad(void **state)
{
    struct run run;
    char in[2200] = "http://a.test/";

    (void)state;
    memset(in + 14, 'x', 2100);
    run_init(&run, in, 2084);
    run_all(&run);
    assert_string_equal(run.urls.p, "");
    assert_non_null(
        strstr(run.reports.p, ":1: a URL longer than 2083 bytes: \"http:"));
    run_fini(&run);
    run_init(&run, in, 2083);
    run_all(&run);
    assert_int_equal(run.counts.good, 1);
    run_fini(&run);
}

/* Quoted CR and LF reach neither a URL nor a line of the log. */
static void
test_line_breaks_in_quotes_inject_nothing(void **state)
{
    struct run run;

    (void)state;
    run_init(&run, BYTES("1,\"evil.com/\r\nHost: x\"\r\n"
                         "2,\"a.test\r\nhttp://evil.test/\r\n\"\r\n"
                         "3,good.test\r\n"));
    run_all(&run);
    assert_string_equal(run.urls.p, "http://good.test/\n");
    assert_string_equal(
        run.reports.p, ":1: a line break inside quotes: "
                       "\"1,\"evil.com/\\x0d\\x0aHost: x\"\"\n"
                       ":3: a line break inside quotes: "
                       "\"2,\"a.test\\x0d\\x0ahttp://evil.test/\\x0d\\x0a\"\"\n"
                       "2 bad of 3 rows were left out\n");
    run_fini(&run);
}

static void
test_only_ten_bad_rows_are_reported(void **state)
{
    struct run run;
    struct buf in;
    const char *at;
    int lines = 0;

    (void)state;
    buf_init(&in, 1 << 20);
    for (int i = 0; i < 10000; i++) /* more than one call's share */
        assert_int_equal(buf_addf(&in, "%d,a b\n", i), ERR_OK);
    assert_int_equal(buf_addf(&in, "x,a.test\n"), ERR_OK);
    run_init(&run, in.p, in.n);
    run_all(&run);
    assert_string_equal(run.urls.p, "http://a.test/\n");
    assert_int_equal(run.counts.bad, 10000);
    for (at = run.reports.p; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_int_equal(lines, 11);
    assert_non_null(strstr(run.reports.p,
                           "\n10000 bad of 10001 rows were left out "
                           "(the first 10 are above)\n"));
    run_fini(&run);
    buf_fini(&in);
}

/* A loop that gives seeds a slice gets its turn back. */
static void
test_many_bad_rows_pause(void **state)
{
    struct run run;
    struct buf in;
    struct seeds *s;
    struct seed seed;
    int pauses = 0;

    (void)state;
    buf_init(&in, 1 << 20);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf_addf(&in, "%d,a b\n", i), ERR_OK);
    run_init(&run, in.p, in.n);
    s = seeds_open(&run.options);
    while (seeds_next(s, &seed) == SEED_NEXT_PAUSE)
        pauses++;
    assert_int_equal(pauses, 2);
    seeds_close(s);
    run_fini(&run);
    buf_fini(&in);
}

static void
test_max_seeds_counts_good_rows(void **state)
{
    struct run run;

    (void)state;
    run_init(&run, BYTES("1,a.test\n2,\n3,b.test\n4,c.test\n"));
    run.options.max_seeds = 2;
    run_all(&run);
    assert_string_equal(run.urls.p, "http://a.test/\nhttp://b.test/\n");
    run_fini(&run);
}

/* Any seed's row, given as skip_rows, goes on with the next seed. */
static void
test_resume_at_any_row_gives_the_rest(void **state)
{
    static const char first[] = "# x\nrank,domain\n1,a.test\n\n2,b c\n"
                                "3,\"x\ny\"\n4,d.test\n5,e.test";
    static const char second[] = "url\rhttp://f.test/1,2\r#\rg.test";
    static const char all[] = "http://a.test/\nhttp://d.test/\n"
                              "http://e.test/\nhttp://f.test/1,2\n"
                              "http://g.test/\n";
    char other[64];
    struct run run;
    struct seeds *s;
    struct seed seed;
    size_t at = 0;
    uint64_t rows[8];
    int count = 0;

    (void)state;
    run_init(&run, first, sizeof(first) - 1);
    list_write(other, second, sizeof(second) - 1);
    run.lists[1] = other;
    run.options.count = 2;
    run_all(&run);
    assert_string_equal(run.urls.p, all);
    s = seeds_open(&run.options);
    while (seeds_next(s, &seed) == SEED_NEXT_SEED && count < 8)
        rows[count++] = seed.row;
    seeds_close(s);
    assert_int_equal(count, 5);
    assert_int_equal(rows[0], 3);
    assert_int_equal(rows[2], 8);
    assert_int_equal(rows[4], 12);
    for (int i = 0; i < count; i++) {
        at = (size_t)(strchr(all + at, '\n') - all) + 1;
        run.options.skip_rows = rows[i];
        run_all(&run);
        assert_string_equal(run.urls.p, all + at);
    }
    unlink(other);
    run_fini(&run);
}

static void
test_missing_list_does_not_stop_the_next(void **state)
{
    struct run run;
    char missing[] = "/nonexistent/list.csv", folder[] = "/tmp";

    (void)state;
    run_init(&run, BYTES("1,a.test\n"));
    run.lists[2] = run.lists[0];
    run.lists[0] = missing;
    run.lists[1] = folder;
    run.options.count = 3;
    run_all(&run);
    assert_string_equal(run.urls.p, "http://a.test/\n");
    assert_int_equal(run.errors, 2);
    assert_int_equal(run.counts.lists_failed, 2);
    run_fini(&run);
}

static void
test_bytes_are_counted_over_all_lists(void **state)
{
    struct run run;
    struct seeds *s;

    (void)state;
    run_init(&run, BYTES("1,a.test\n2,b.test\n"));
    run.lists[1] = run.lists[0];
    run.options.count = 2;
    s = seeds_open(&run.options);
    seeds_counts(s, &run.counts);
    assert_int_equal(run.counts.bytes_read, 0);
    assert_int_equal(run.counts.bytes_total, 36);
    assert_false(seeds_is_slow(s));
    seeds_close(s);
    run_all(&run);
    assert_int_equal(run.counts.bytes_read, 36);
    run_fini(&run);
}

static void
on_refused(void *arg, const struct seed_refused *r)
{
    struct run *run = arg;

    assert_string_equal(r->list, run->path);
    assert_int_equal(buf_addf(&run->reports, "%d|%s|%.*s\n", (int)r->line,
                              r->why, STR_ARG(r->row)),
                     ERR_OK);
}

/* Each one, not the first ten, and each seed says where it stands. */
static void
test_who_asks_is_given_each_refused_row(void **state)
{
    struct run run;
    struct seeds *s;
    struct seed seed;
    enum seed_next next;
    size_t lines = 0, refused = 0;

    (void)state;
    run_init(&run, BYTES("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nok.test\n"
                         "http://u:secret@x.test\n"));
    run.options.refused = on_refused;
    run.options.refused_arg = &run;
    s = seeds_open(&run.options);
    while ((next = seeds_next(s, &seed)) != SEED_NEXT_END) {
        if (next != SEED_NEXT_SEED)
            continue;
        assert_string_equal(seed.list, run.path);
        assert_int_equal(seed.line, 13);
        lines++;
    }
    seeds_close(s);
    assert_int_equal(lines, 1);
    for (size_t i = 0; i < run.reports.n; i++)
        refused += run.reports.p[i] == '\n';
    assert_int_equal(refused, 13);
    assert_memory_equal(run.reports.p, "1|a name without a dot|a\n", 25);
    assert_int_equal(str_find_nocase(buf_str(&run.reports), STR("secret")),
                     run.reports.n);
    run_fini(&run);
}

/* The list that comes with the program has no bad row and no double. */
static void
test_top_sites_are_good(void **state)
{
    char path[] = "config/top-sites.csv";
    char *lists[] = {path};
    struct seed_options options = {
        .lists = lists, .count = 1, .scheme = "https"};
    struct seeds *s = seeds_open(&options);
    struct seed_counts counts;
    struct seed seed;
    char *seen[200];
    size_t n = 0;

    (void)state;
    while (n < COUNT(seen) && seeds_next(s, &seed) == SEED_NEXT_SEED) {
        for (size_t i = 0; i < n; i++)
            assert_false(str_equal(str_from(seen[i]), seed.url));
        seen[n++] = xmemdup0(seed.url.p, seed.url.n);
    }
    seeds_counts(s, &counts);
    assert_in_range(counts.good, 90, 150);
    assert_int_equal(counts.bad, 0);
    while (n > 0)
        free(seen[--n]);
    seeds_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row_becomes_canonical_url),
        cmocka_unit_test(test_scheme_of_domains_can_be_https),
        cmocka_unit_test(test_bad_row_is_reported_and_left_out),
        cmocka_unit_test(test_private_hosts_pass_where_allowed),
        cmocka_unit_test(test_url_longer_than_2083_bytes_is_bad),
        cmocka_unit_test(test_line_breaks_in_quotes_inject_nothing),
        cmocka_unit_test(test_only_ten_bad_rows_are_reported),
        cmocka_unit_test(test_many_bad_rows_pause),
        cmocka_unit_test(test_max_seeds_counts_good_rows),
        cmocka_unit_test(test_resume_at_any_row_gives_the_rest),
        cmocka_unit_test(test_missing_list_does_not_stop_the_next),
        cmocka_unit_test(test_bytes_are_counted_over_all_lists),
        cmocka_unit_test(test_who_asks_is_given_each_refused_row),
        cmocka_unit_test(test_top_sites_are_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
