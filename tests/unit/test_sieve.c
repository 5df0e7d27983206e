/* SPDX-License-Identifier: MIT */
#include "worker/sieve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/mem.h"

struct sieve_case {
    const char *in;
    const char *want; /* the kept tags' values: "href|rel href|rel" */
};

static void
render(const struct sieve *s, const char *html, struct buf *out)
{
    static const char kinds[] = {'a', 'r', 'l', 'f', 'i', 'b', 'm'};

    for (size_t i = 0; i < s->n; i++) {
        const struct sieve_tag *t = &s->tags[i];
        int last = t->kind == SIEVE_META ? SIEVE_SLOTS : SIEVE_CONTENT + 2;

        assert_int_equal(buf_addf(out, "%s%c", i ? " " : "", kinds[t->kind]),
                         ERR_OK);
        for (int slot = 0; slot < last; slot++) {
            struct str v = sieve_value(t, html, slot);

            if (v.p != NULL)
                assert_int_equal(buf_addf(out, "%d(%.*s)", slot, STR_ARG(v)),
                                 ERR_OK);
        }
    }
    assert_int_equal(buf_add_char(out, '\0'), ERR_OK);
}

static void
check(const struct sieve_case *cases, size_t n)
{
    struct sieve s;
    struct buf out;

    sieve_init(&s);
    buf_init(&out, 65536);
    for (size_t i = 0; i < n; i++) {
        /* in memory of its own size, so that a sanitizer sees an over-read */
        size_t len = strlen(cases[i].in);
        char *html = malloc(len ? len : 1);

        assert_non_null(html);
        memcpy(html, cases[i].in, len);
        buf_reset(&out);
        sieve_run(&s, (struct str){html, len}, 100);
        render(&s, html, &out);
        if (strcmp(out.p, cases[i].want) != 0)
            fail_msg("%s\n gave %s\n want %s", cases[i].in, out.p,
                     cases[i].want);
        free(html);
    }
    buf_fini(&out);
    sieve_fini(&s);
}
#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

/* 13.2.5.32 to 13.2.5.40 */
static void
test_attributes_are_read_as_the_tokenizer_reads_them(void **state)
{
    static const struct sieve_case cases[] = {
        {"<a href=\"x\">", "a0(x)"},
        {"<a href='x'>", "a0(x)"},
        {"<a href=x>", "a0(x)"},
        {"<A HREF=X REL=Y>", "a0(X)1(Y)"},
        {"<a\n\thref\f=\r'x'\n>", "a0(x)"},
        {"<a href=\"a>b\">", "a0(a>b)"},
        {"<a href='a\"b'>", "a0(a\"b)"},
        {"<a href=x/>", "a0(x/)"},
        {"<a href=x/y?z=\"q'>", "a0(x/y?z=\"q')"},
        {"<a/href=x>", "a0(x)"},
        {"<a / href=x / >", "a0(x)"},
        {"<a href=\"x\"rel=\"y\">", "a0(x)1(y)"},
        {"<a href=x href=y>", "a0(x)"},
        {"<a href href=y>", "a0()"},
        {"<a href>", "a0()"},
        {"<a href=>x", "a0()"},
        {"<a href=''>", "a0()"},
        {"<a =href=x>", ""},
        {"<a \"href=x>", ""},
        {"<a href==x>", "a0(=x)"},
        {"<a href= = >", "a0(=)"},
        {"<a data-href=x>", ""},
        {"<a hre=x>", ""},
        {"<a href:=x>", ""},
        {"<a title=\"<a href=no>\" href=x>", "a0(x)"},
        {"<p title='<a href=no>'><a href=x>", "a0(x)"},
        {"<p title=it's><a href=x>", "a0(x)"},
        {"<p title=\"><a href=no>", ""},
        {"</p title=\"<a href=no>\"><a href=x>", "a0(x)"},
        {"<a href=x", ""},
        {"<a href=\"x", ""},
        {"<a href=\"x\"", ""},
        {"<a href=", ""},
        {"<a href", ""},
        {"<a", ""},
        {"<", ""},
        {"", ""},
        {"<a/", ""},
        {"<a href=1><a href=\"2><a href=3>", "a0(1)"},
    };

    (void)state;
    CHECK(cases);
}

/* 13.2.5.6 to 13.2.5.8 */
static void
test_only_a_letter_opens_a_tag(void **state)
{
    static const struct sieve_case cases[] = {
        {"< a href=no><a href=x>", "a0(x)"},
        {"<1 a href=no><a href=x>", "a0(x)"},
        {"<<a href=x>", "a0(x)"},
        {"a<b <a href=no><a href=x>", "a0(x)"},
        {"</a href=no><a href=x>", "a0(x)"},
        {"</><a href=x>", "a0(x)"},
        {"</ <a href=no><a href=x>", "a0(x)"},
        {"<aa href=no>", ""},
        {"<a.b href=no>", ""},
        {"<a=b href=no>", ""},
        {"<abbr href=no><area href=x>", "r0(x)"},
    };

    (void)state;
    CHECK(cases);
}

static void
test_other_tags_keep_what_they_are_read_for(void **state)
{
    static const struct sieve_case cases[] = {
        {"<base href=x target=y>", "b0(x)"},
        {"<base target=y>", ""},
        {"<link rel=next href=x type=t>", "l0(x)1(next)"},
        {"<frame src=x href=no>", "f0(x)"},
        {"<iframe src=x></iframe>", "i0(x)"},
        {"<iframe href=no></iframe>", ""},
        {"<meta charset=x>", "m3(x)"},
        {"<meta name=robots content=nofollow>", "m0(nofollow)2(robots)"},
        {"<meta http-equiv=refresh content='0;x'>", "m0(0;x)1(refresh)"},
        {"<meta name=robots>", ""},
        {"<meta content=x property=y>", ""},
    };

    (void)state;
    CHECK(cases);
}

/* 13.2.5.41 to 13.2.5.53 */
static void
test_comments_end_where_the_standard_ends_them(void **state)
{
    static const struct sieve_case cases[] = {
        {"<!--<a href=no>--><a href=x>", "a0(x)"},
        {"<!-- > <a href=no> -- > --><a href=x>", "a0(x)"},
        {"<!--><a href=x>", "a0(x)"},
        {"<!---><a href=x>", "a0(x)"},
        {"<!----><a href=x>", "a0(x)"},
        {"<!----!><a href=x>", "a0(x)"},
        {"<!--a--!><a href=x>", "a0(x)"},
        {"<!---!><a href=no>--><a href=x>", "a0(x)"},
        {"<!--!><a href=no>--><a href=x>", "a0(x)"},
        {"<!--a--!b><a href=no>--><a href=x>", "a0(x)"},
        {"<!--a---><a href=x>", "a0(x)"},
        {"<!--<!--><a href=x>", "a0(x)"},
        {"<!-- <a href=no>", ""},
        {"<!--", ""},
        {"<!-", ""},
        {"<!", ""},
        {"<!-a><a href=x>", "a0(x)"},
        {"<!a <a href=no><a href=x>", "a0(x)"},
        {"<?php <a href=no> ?><a href=x>", "a0(x)"},
        {"<!DOCTYPE html PUBLIC \"<a href=no>\"><a href=x>", "a0(x)"},
        {"<![CDATA[<a href=no>]]><a href=x>", "a0(x)"},
        {"<![CDATA[ > <a href=x> ]]>", "a0(x)"},
    };

    (void)state;
    CHECK(cases);
}

/* 13.2.5.2 to 13.2.5.5, 13.2.5.9 to 13.2.5.14 */
static void
test_raw_text_holds_no_tags(void **state)
{
    static const struct sieve_case cases[] = {
        {"<style><a href=no></style><a href=x>", "a0(x)"},
        {"<TITLE><a href=no></Title ><a href=x>", "a0(x)"},
        {"<textarea><a href=no></textarea/><a href=x>", "a0(x)"},
        {"<textarea></textareas><a href=no></textarea><a href=x>", "a0(x)"},
        {"<xmp><a href=no></xmp><a href=x>", "a0(x)"},
        {"<noembed><a href=no></noembed><a href=x>", "a0(x)"},
        {"<noframes><a href=no></noframes><a href=x>", "a0(x)"},
        {"<iframe src=y><a href=no></iframe><a href=x>", "i0(y) a0(x)"},
        {"<noscript><a href=y></noscript><a href=x>", "a0(y) a0(x)"},
        {"<a href=x><plaintext></plaintext><a href=no>", "a0(x)"},
        {"<title/><a href=no></title><a href=x>", "a0(x)"},
        {"<title></title <a href=no><a href=x>", "a0(x)"},
        {"<title><!--</title><a href=x>-->", "a0(x)"},
        {"<style><a href=no>", ""},
        {"<title></title", ""},
        {"<title></", ""},
        {"<title><", ""},
    };

    (void)state;
    CHECK(cases);
}

/* 13.2.5.15 to 13.2.5.31 */
static void
test_scripts_end_behind_what_they_escape(void **state)
{
    static const struct sieve_case cases[] = {
        {"<script>'<a href=no>'</script><a href=x>", "a0(x)"},
        {"<script>a<b</script ><a href=x>", "a0(x)"},
        {"<script></scripts><a href=no></script><a href=x>", "a0(x)"},
        {"<script><!-- <a href=no></script><a href=x>", "a0(x)"},
        {"<script><!-- <script> <a href=no></script><a href=no>"
         "</script><a href=x>",
         "a0(x)"},
        {"<script><!-- <script> </script> --></script><a href=x>", "a0(x)"},
        {"<script><!-- <script> --><a href=no></script><a href=x>", "a0(x)"},
        {"<script><!-- <scripty> </script><a href=x>", "a0(x)"},
        {"<script><!--><script></script><a href=x>", "a0(x)"},
        {"<script><!---><script></script><a href=x>", "a0(x)"},
        {"<script><!--<script></script/</script><a href=x>", "a0(x)"},
        {"<script><script></script><a href=x>", "a0(x)"},
        {"<script><!- <script></script><a href=x>", "a0(x)"},
        {"<script><!-- <script> </script>", ""},
        {"<script><!--", ""},
        {"<script><!--<", ""},
        {"<script/><a href=no></script><a href=x>", "a0(x)"},
    };

    (void)state;
    CHECK(cases);
}

/* 4.12.3: the contents of a template are not in the document. */
static void
test_templates_hide_their_contents(void **state)
{
    static const struct sieve_case cases[] = {
        {"<template><a href=no></template><a href=x>", "a0(x)"},
        {"<template><template></template><a href=no></template><a href=x>",
         "a0(x)"},
        {"<template/><a href=no>", ""},
        {"</template><a href=x>", "a0(x)"},
        {"<template><script>'</template>'</script><a href=no></template>"
         "<a href=x>",
         "a0(x)"},
        {"<template><base href=no></template><base href=x>", "b0(x)"},
        {"<template><svg></template><title/><a href=no></title>", ""},
    };

    (void)state;
    CHECK(cases);
}

/* 13.2.6.5 */
static void
test_svg_and_math_have_rules_of_their_own(void **state)
{
    static const struct sieve_case cases[] = {
        {"<svg><a href=x></a></svg>", "a0(x)"},
        {"<svg><a xlink:href=no></svg>", ""},
        {"<svg><style><a href=x></style></svg>", "a0(x)"},
        {"<svg><script/></svg><a href=x>", "a0(x)"},
        {"<svg><title/></svg><a href=x>", "a0(x)"},
        {"<svg><title><a href=x></title></svg><a href=y>", "a0(x) a0(y)"},
        {"<svg><![CDATA[<a href=no>]]><a href=x></svg>", "a0(x)"},
        {"<svg><![CDATA[<a href=no>", ""},
        {"<svg/><title><a href=no></title>", ""},
        {"<svg></svg><title><a href=no></title>", ""},
        {"<svg><link rel=next href=no></svg>", ""},
        {"<svg><p><title><a href=no></title><a href=x>", "a0(x)"},
        {"<svg><meta charset=x><title><a href=no></title>", "m3(x)"},
        {"<div><svg></div><title><a href=no></title>", ""},
        {"<svg><foreignObject><title><a href=no></title></foreignObject>"
         "<title/></svg><a href=x>",
         "a0(x)"},
        {"<svg><template><a href=x></template></svg>", "a0(x)"},
        {"<math><mi><title><a href=no></title></mi><title/></math><a href=x>",
         "a0(x)"},
        {"<svg><math></math><title/><a href=x>", "a0(x)"},
        {"<svg><svg></svg><title/><a href=x></svg>", "a0(x)"},
    };

    (void)state;
    CHECK(cases);
}

static void
test_flags_say_what_a_tag_needs(void **state)
{
    const struct {
        struct str in;
        int want;
    } cases[] = {
        {STR("<a href=x title='&amp;\xff'>"), 0},
        {STR("<a href='?a&amp;b'>"), SIEVE_HAS_REF},
        {STR("<a href=x rel='&'>"), SIEVE_HAS_REF},
        {STR("<a href='\xc3\xa9'>"), SIEVE_HAS_HIGH},
        {STR("<a href='\0'>"), SIEVE_HAS_HIGH},
        {STR("<a href='&\x80'>"), SIEVE_HAS_REF | SIEVE_HAS_HIGH},
    };
    struct sieve s;

    (void)state;
    sieve_init(&s);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sieve_run(&s, cases[i].in, 10);
        assert_int_equal(s.n, 1);
        assert_int_equal(s.tags[0].flags, cases[i].want);
    }
    sieve_fini(&s);
}

/*
 * Where requisites are wanted every start tag is read byte by byte; else most
 * are skipped.  Both must see the same links.
 */
static void
test_skipped_tags_end_where_read_ones_do(void **state)
{
    static const char bytes[] = "ab a=\"'>/<  \t=\"\"=b='ba";
    uint64_t random = 88172645463325252u;
    size_t kept = 0;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        char html[160] = "<b";
        struct sieve skips, reads;
        size_t n = 2, len = 4 + (size_t)round % 90;

        while (n < len) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            html[n++] = bytes[random % (sizeof(bytes) - 1)];
        }
        memcpy(html + n, "<a href=x>'><a href=y>\"><a href=z>", 34);
        sieve_init(&skips);
        sieve_init(&reads);
        reads.has_requisites = true;
        sieve_run(&skips, (struct str){html, n + 34}, 100);
        sieve_run(&reads, (struct str){html, n + 34}, 100);
        kept += skips.n;
        if (skips.n != reads.n ||
            (skips.n > 0 && memcmp(skips.tags, reads.tags,
                                   skips.n * sizeof(*skips.tags)) != 0))
            fail_msg("%.*s: %zu tags, not %zu", (int)(n + 34), html, skips.n,
                     reads.n);
        sieve_fini(&skips);
        sieve_fini(&reads);
    }
    assert_in_range(kept, 200000, 600000);
}

static void
test_bounds_hold(void **state)
{
    static char html[40000];
    struct sieve s;
    size_t n;

    (void)state;
    sieve_init(&s);
    sieve_run(&s, STR("<a href=1><a href=2><a href=3>"), 3);
    assert_int_equal(s.n, 3);
    assert_false(s.is_cut);
    sieve_run(&s, STR("<a href=1><a href=2><a href=3>"), 2);
    assert_int_equal(s.n, 2);
    assert_true(s.is_cut);
    sieve_run(&s, STR("<p a b=1 c='2' d><a href=x>"), 2);
    assert_int_equal(s.most_attrs, 4);
    /* a value that is too long takes its tag with it, and that one only */
    n = (size_t)snprintf(html, sizeof(html), "<a href=%0*d><a href=x>",
                         SIEVE_VALUE_MAX + 1, 0);
    sieve_run(&s, (struct str){html, n}, 10);
    assert_int_equal(s.n, 1);
    n = (size_t)snprintf(html, sizeof(html), "<a href=%0*d><a href=x>",
                         SIEVE_VALUE_MAX, 0);
    sieve_run(&s, (struct str){html, n}, 10);
    assert_int_equal(s.n, 2);
    sieve_fini(&s);
}

static double
seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds_for(struct sieve *s, const char *part, char *html, size_t size)
{
    size_t n = strlen(part);
    double start;

    for (size_t at = 0; at < size; at++)
        html[at] = part[at % n];
    start = seconds();
    sieve_run(s, (struct str){html, size}, 10000);
    return seconds() - start;
}

/*
 * Each of these, again and again, would take sixteen times as long for four
 * times as much in a scanner that looks for the same end twice; and minutes
 * for 4 MB.  The half second is for what else the machine does.
 */
static void
test_hostile_pages_take_linear_time(void **state)
{
    static const char *const parts[] = {
        "<",           "<a href=\"",    "<a href='",   "<!--",
        "<!",          "<script>",      "<!--<script", "<script><!--",
        "</title",     "<title>",       "<title><",    "<svg>",
        "<svg><desc>", "<![CDATA[",     "<template>",  "<a b",
        "<a href=x ",  "<a href=x>",    "&",           "<p/",
        "<a =",        "<svg><![CDATA", "</svg>",      "-->",
        "<a a=\"b\"",  "<a href=&amp;", "--!>",        "</",
    };
    const size_t size = 4 << 20;
    char *html = xmalloc(size);
    struct sieve s;

    (void)state;
    sieve_init(&s);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        double quarter = seconds_for(&s, parts[i], html, size / 4);
        double whole = seconds_for(&s, parts[i], html, size);

        if (whole > 10 * quarter + 0.5)
            fail_msg("%s: %f s, a quarter of it %f s", parts[i], whole,
                     quarter);
    }
    sieve_fini(&s);
    free(html);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attributes_are_read_as_the_tokenizer_reads_them),
        cmocka_unit_test(test_only_a_letter_opens_a_tag),
        cmocka_unit_test(test_other_tags_keep_what_they_are_read_for),
        cmocka_unit_test(test_comments_end_where_the_standard_ends_them),
        cmocka_unit_test(test_raw_text_holds_no_tags),
        cmocka_unit_test(test_scripts_end_behind_what_they_escape),
        cmocka_unit_test(test_templates_hide_their_contents),
        cmocka_unit_test(test_svg_and_math_have_rules_of_their_own),
        cmocka_unit_test(test_flags_say_what_a_tag_needs),
        cmocka_unit_test(test_skipped_tags_end_where_read_ones_do),
        cmocka_unit_test(test_bounds_hold),
        cmocka_unit_test(test_hostile_pages_take_linear_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
