/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/buf.h"
#include "master/seed_reader.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* A row's bytes with their length, for those that hold NULs. */
#define BYTES(literal) (literal), sizeof(literal) - 1

struct feed {
    const char *p;
    size_t n, at;
    size_t step;     /* bytes a read */
    bool fails_last; /* instead of an end */
};

static enum err
feed_read(void *arg, char *into, size_t room, size_t *got)
{
    struct feed *f = arg;
    size_t n = f->n - f->at;

    n = n < f->step ? n : f->step;
    n = n < room ? n : room;
    memcpy(into, f->p + f->at, n);
    f->at += n;
    *got = n;
    return n == 0 && f->fails_last ? ERR_IO : ERR_OK;
}

/* All rows as "LINE field|" or "LINE !wrong|", with their row numbers. */
static void
rows_of(struct feed *f, struct buf *out)
{
    struct seed_reader *r = seed_reader_new(feed_read, f);
    struct seed_row row;
    enum seed_read got;

    while ((got = seed_reader_next(r, &row)) != SEED_READ_END) {
        if (got == SEED_READ_ERROR) {
            assert_int_equal(buf_addf(out, "ERROR|"), ERR_OK);
            break;
        }
        if (got == SEED_READ_PAUSE)
            continue;
        assert_int_equal(buf_addf(out, "%d ", (int)row.line), ERR_OK);
        if (row.wrong)
            assert_int_equal(buf_addf(out, "!%s|", row.wrong), ERR_OK);
        else
            assert_int_equal(buf_addf(out, "%.*s|", STR_ARG(row.field)),
                             ERR_OK);
    }
    assert_int_equal(buf_addf(out, "passed %d", (int)seed_reader_passed(r)),
                     ERR_OK);
    seed_reader_free(r);
}

static const struct {
    const char *in;
    size_t n;
    const char *want;
} row_cases[] = {
    /* the dialects */
    {BYTES("1,a.test\n2,b.test\n"), "1 a.test|2 b.test|passed 2"},
    {BYTES("1,a.test\r\n2,b.test\r\n"), "1 a.test|2 b.test|passed 2"},
    {BYTES("1,a.test\r2,b.test\r"), "1 a.test|2 b.test|passed 2"},
    {BYTES("1,a.test\r\r\n\n2,b.test"), "1 a.test|4 b.test|passed 4"},
    {BYTES("1,a.test\n2,b.test"), "1 a.test|2 b.test|passed 2"},
    {BYTES("\xef\xbb\xbf"
           "1,a.test\n"),
     "1 a.test|passed 1"},
    {BYTES("\xef\xbb\xbfrank,domain\n1,a.test\n"), "2 a.test|passed 2"},
    {BYTES("\xef\xbb\xbf\"a.test\"\n"), "1 a.test|passed 1"},
    {BYTES("# a list\n\n  \t\n1,a.test\n #2,b.test\n"), "4 a.test|passed 5"},
    {BYTES("a.test\nb.test\n"), "1 a.test|2 b.test|passed 2"},
    {BYTES("1\ta.test\n2\tb.test\n"), "1 a.test|2 b.test|passed 2"},
    {BYTES("1;a.test\n2;b.test\n"), "1 a.test|2 b.test|passed 2"},
    {BYTES(" 1 , a.test \n"), "1 a.test|passed 1"},
    /* no list at all: said once, at its first line */
    {BYTES("<?xml version='1.0'?>\na.test\n"),
     "1 !XML, no list; of a sitemap or feed give the URL, in a list of its "
     "own|2 a.test|passed 2"},
    {BYTES("\xef\xbb\xbf <urlset>\n"),
     "1 !XML, no list; of a sitemap or feed give the URL, in a list of its "
     "own|passed 1"},
    /* headers: the column is found by its name, the best name first */
    {BYTES("rank,domain\n1,a.test\n"), "2 a.test|passed 2"},
    {BYTES("GlobalRank,TldRank,Domain,TLD,RefSubNets,RefIPs,IDN_Domain\n"
           "1,1,a.test,test,5,6,a.test\n"),
     "2 a.test|passed 2"},
    {BYTES("origin,rank\nhttps://a.test,1000\n"), "2 https://a.test|passed 2"},
    {BYTES("domain,rank,url\na.test,1,http://b.test/\n"),
     "2 http://b.test/|passed 2"},
    {BYTES("\"Rank\";\"HOST\"\n\"1\";\"a.test\"\n"), "2 a.test|passed 2"},
    {BYTES("url\nhttp://a.test/x,y\n"), "2 http://a.test/x,y|passed 2"},
    {BYTES("Position,Name of it\n1,a.test\n"), "2 a.test|passed 2"},
    {BYTES("domain\nlocalhost\n"), "2 localhost|passed 2"},
    /* no header: the first column that looks like a host or URL */
    {BYTES("1,2,a.test,test\n3,4,b.test,test\n"), "1 a.test|2 b.test|passed 2"},
    {BYTES("a.test,1\nb.test,2\n"), "1 a.test|2 b.test|passed 2"},
    {BYTES("1.5,2024-01-02,a.test\n"), "1 a.test|passed 1"},
    {BYTES("1,192.0.2.1\n"), "1 192.0.2.1|passed 1"},
    {BYTES("1,[2001:db8::1]\n"), "1 [2001:db8::1]|passed 1"},
    {BYTES("1,b\xc3\xbc.test\n"), "1 b\xc3\xbc.test|passed 1"},
    {BYTES("1,a.test.\n"), "1 a.test.|passed 1"},
    {BYTES("1,localhost\n2,x,a.test\n"), "1 localhost|2 a.test|passed 2"},
    {BYTES("https://a.test,1000\n"), "1 https://a.test|passed 1"},
    /* URLs may hold what separates columns elsewhere */
    {BYTES("http://a.test/x,5\nhttp://b.test/?a;b\n"),
     "1 http://a.test/x,5|2 http://b.test/?a;b|passed 2"},
    {BYTES("http://a.test/x,5\t7\n"), "1 http://a.test/x,5|passed 1"},
    {BYTES("1,\"http://a.test/x,5\"\n"), "1 http://a.test/x,5|passed 1"},
    /* RFC 4180 section 2, rules 5 to 7: quotes */
    {BYTES("\"1\",\"a.test\"\n"), "1 a.test|passed 1"},
    {BYTES("1, \"a.test\" ,x\n"), "1 a.test|passed 1"},
    {BYTES("1,a.test,\"x\"\"y\"\"\"\n"), "1 a.test|passed 1"},
    {BYTES("1,a.test\n2,\"b\"\"c\"\n"), "1 a.test|2 b\"c|passed 2"},
    {BYTES("1,a.test\n2,\"\"\n"), "1 a.test|2 |passed 2"},
    {BYTES("1,a.test\n2,\"\"\"\"\n"), "1 a.test|2 \"|passed 2"},
    {BYTES("1,a.test\n2,b\"c\n"), "1 a.test|2 b\"c|passed 2"},
    {BYTES("1,a.test,\"x,y\n2,b.test\n"),
     "1 !a quote is not closed|2 b.test|passed 2"},
    {BYTES("1,a.test\n2,\"b\"c\n3,d.test\n"),
     "1 a.test|2 !text behind a closing quote|3 d.test|passed 3"},
    {BYTES("1,a.test\n2,\"\n"), "1 a.test|2 !a quote is not closed|passed 2"},
    {BYTES("1,a.test\n2\n3,b.test\n"),
     "1 a.test|2 !too few columns|3 b.test|passed 3"},
    /* a line break inside quotes makes one bad row: its lines are no rows */
    {BYTES("1,\"evil.test/\r\nHost: x\"\n2,a.test\n"),
     "1 !a line break inside quotes|3 a.test|passed 2"},
    {BYTES("\"x\nevil.test\n\"\na.test\n"),
     "1 !a line break inside quotes|4 a.test|passed 2"},
    {BYTES("1,a.test\n2,\"b\revil.test\r\"\r3,c.test"),
     "1 a.test|2 !a line break inside quotes|5 c.test|passed 3"},
    {BYTES("1,a.test,\"x\n\"\"\n\",\"y\nz\",1\n2,b.test\n"),
     "1 !a line break inside quotes|5 b.test|passed 2"},
    {BYTES("\"x\nevil.test\n\",1\na.test,1\n"),
     "1 !a line break inside quotes|4 a.test|passed 2"},
    /* a quote that was only forgotten costs its own line */
    {BYTES("1,a.test\n2,\"b.test\n3,\"c.test\"\n4,d.test\n"),
     "1 a.test|2 !a quote is not closed|3 c.test|4 d.test|passed 4"},
    /* not text */
    {BYTES("1,a\0b.test\n2,c.test\n"), "1 a\0b.test|2 c.test|passed 2"},
    {BYTES("\xff\xfe"
           "a\0.\0t\0"),
     "1 !UTF-16 text; it must be UTF-8|passed 1"},
    {BYTES("\xff,a.test\n"), "1 a.test|passed 1"},
    {BYTES("a.test\n\xff\xff,b\n"), "1 a.test|2 \xff\xff,b|passed 2"},
    {BYTES("\n\r\n\r"), "passed 3"},
    {BYTES("#"), "passed 1"},
};

/* The same rows come out however the bytes come in. */
static void
test_rows_are_the_same_for_any_size_of_read(void **state)
{
    static const size_t steps[] = {1, 2, 3, 7, 100000};

    (void)state;
    for (size_t i = 0; i < COUNT(row_cases); i++)
        for (size_t k = 0; k < COUNT(steps); k++) {
            struct feed f = {row_cases[i].in, row_cases[i].n, 0, steps[k],
                             false};
            struct buf got;

            buf_init(&got, 1 << 16);
            rows_of(&f, &got);
            assert_int_equal(buf_add_char(&got, '\0'), ERR_OK);
            if (memchr(row_cases[i].in, '\0', row_cases[i].n) == NULL)
                assert_string_equal(got.p, row_cases[i].want);
            else /* want holds a NUL as well: as far as it goes */
                assert_memory_equal(got.p, row_cases[i].want,
                                    strlen(row_cases[i].want));
            buf_fini(&got);
        }
}

/* What a failure cuts off must not pass for a shorter name. */
static void
test_row_cut_by_a_failure_is_no_row(void **state)
{
    struct feed f = {BYTES("1,a.test\n2,example.co"), 0, 5, true};
    struct buf got;

    (void)state;
    buf_init(&got, 1 << 16);
    rows_of(&f, &got);
    assert_int_equal(buf_add_char(&got, '\0'), ERR_OK);
    assert_string_equal(got.p, "1 a.test|ERROR|passed 1");
    buf_fini(&got);
}

/* Around SEED_ROW_MAX: the last row that fits, and the first that does not. */
static void
test_row_longer_than_4096_bytes_is_bad(void **state)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++)
        for (size_t n = SEED_ROW_MAX - 1; n <= SEED_ROW_MAX + 1; n++) {
            struct buf in, got;
            struct feed f = {.step = 1000};
            char want[200];

            buf_init(&in, 1 << 16);
            buf_init(&got, 1 << 16);
            assert_int_equal(buf_addf(&in, "1,a.test%s", ends[i]), ERR_OK);
            for (size_t k = 0; k < n; k++)
                assert_int_equal(buf_add_char(&in, "x,"[k == 1]), ERR_OK);
            assert_int_equal(buf_addf(&in, "%s3,b.test", ends[i]), ERR_OK);
            f.p = in.p;
            f.n = in.n;
            rows_of(&f, &got);
            assert_int_equal(buf_add_char(&got, '\0'), ERR_OK);
            if (n > SEED_ROW_MAX) {
                snprintf(want, sizeof(want),
                         "1 a.test|2 !longer than 4096 bytes|3 b.test|"
                         "passed 3");
                assert_string_equal(got.p, want);
            } else {
                assert_non_null(strstr(got.p, "1 a.test|2 xxxx"));
                assert_non_null(strstr(got.p, "x|3 b.test|passed 3"));
            }
            buf_fini(&in);
            buf_fini(&got);
        }
}

/* A quoted field's lines are looked at for SEED_ROW_MAX bytes, no more. */
static void
test_quote_closes_within_4096_bytes_or_costs_one_line(void **state)
{
    (void)state;
    for (size_t n = SEED_ROW_MAX - 20; n <= SEED_ROW_MAX + 10; n++) {
        struct buf in, got;
        struct feed f = {.step = 100000};

        buf_init(&in, 1 << 16);
        buf_init(&got, 1 << 18);
        assert_int_equal(buf_addf(&in, "\"a.test\n"), ERR_OK);
        while (in.n < n - 1)
            assert_int_equal(buf_add_char(&in, in.n % 9 ? 'x' : '\n'), ERR_OK);
        /* the quote is byte n of the row; what is behind it, part of it */
        assert_int_equal(buf_addf(&in, "\",y\nb.test\n"), ERR_OK);
        f.p = in.p;
        f.n = in.n;
        rows_of(&f, &got);
        assert_int_equal(buf_add_char(&got, '\0'), ERR_OK);
        if (n + 2 < SEED_ROW_MAX)
            assert_memory_equal(got.p, "1 !a line break inside quotes|", 30);
        if (n + 2 > SEED_ROW_MAX)
            assert_memory_equal(got.p, "1 !a quote is not closed|2 ", 27);
        assert_non_null(strstr(got.p, " b.test|passed "));
        buf_fini(&in);
        buf_fini(&got);
    }
}

struct endless {
    uint64_t left; /* bytes of one row */
};

static enum err
endless_read(void *arg, char *into, size_t room, size_t *got)
{
    struct endless *e = arg;

    *got = room < e->left ? room : (size_t)e->left;
    e->left -= *got;
    memset(into, 0, *got);
    if (e->left == 0 && *got > 0)
        into[*got - 1] = '\n';
    return ERR_OK;
}

/* A row of 64 MB: bounded memory, and the caller gets turns in between. */
static void
test_huge_row_pauses(void **state)
{
    struct endless e = {64 << 20};
    struct seed_reader *r = seed_reader_new(endless_read, &e);
    struct seed_row row;
    int pauses = 0;
    enum seed_read got;

    (void)state;
    assert_int_equal(seed_reader_next(r, &row), SEED_READ_ROW);
    assert_string_equal(row.wrong, "longer than 4096 bytes");
    assert_int_equal(row.text.n, SEED_ROW_MAX);
    while ((got = seed_reader_next(r, &row)) == SEED_READ_PAUSE)
        pauses++;
    assert_int_equal(got, SEED_READ_END);
    assert_in_range(pauses, 15, 17);
    assert_int_equal(seed_reader_passed(r), 1);
    seed_reader_free(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_the_same_for_any_size_of_read),
        cmocka_unit_test(test_row_cut_by_a_failure_is_no_row),
        cmocka_unit_test(test_row_longer_than_4096_bytes_is_bad),
        cmocka_unit_test(test_quote_closes_within_4096_bytes_or_costs_one_line),
        cmocka_unit_test(test_huge_row_pauses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
