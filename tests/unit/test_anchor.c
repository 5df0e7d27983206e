/* SPDX-License-Identifier: MIT */
#include "worker/anchor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "worker/link_row.h"
#include "worker/page.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct anchor anchor;
static struct recode recode;

static int
set_up(void **state)
{
    (void)state;
    anchor_init(&anchor);
    recode_init(&recode);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    anchor_fini(&anchor);
    recode_fini(&recode);
    return 0;
}

/* What an <a> says whose content begins like this; bytes of its own, so that
 * an over-read is seen. */
static struct str
read_anchor(struct str html, const char *charset)
{
    char *copy = xmalloc(html.n ? html.n : 1);
    struct str said;

    memcpy(copy, html.p, html.n);
    said = anchor_read(&anchor, &recode, charset, (struct str){copy, html.n});
    free(copy);
    return said;
}

static void
test_the_text_of_an_anchor(void **state)
{
    static const struct {
        const char *html, *want;
    } rows[] = {
        {"one</a>two", "one"},
        {"", ""},
        {"</a>x", ""},
        {" \t\r\n one \f two\n</A>", "one two"},
        {"one<b>two</b></a>", "onetwo"},
        {"one<br>two<p>three</p>four</a>", "one two three four"},
        {"<p> one </p> <p> two </p></a>", "one two"},
        {"one<!-- two --><!doctype x><?php y ?>three</a>", "onethree"},
        {"one<script>'</a>'</script><style>a{}</style>two</a>", "onetwo"},
        {"1 < 2 </ a>3 <- 4</a>", "1 < 2 3 <- 4"},
        /* where another tag ends it */
        {"one<a href=x>two</a>", "one"},
        {"one</td><td>two</a>", "one"},
        {"one</table>two", "one"},
        {"one</p>two</div>three</a>", "one two three"},
        {"one</a foo='>'>two", "one"},
        {"one<b title='</a>'>two</a>", "onetwo"},
        {"one", "one"},
        {"one<b ti", "one"},
        {"one</", "one</"},
        {"one<", "one<"},
        /* 13.2.5.73: references in text */
        {"a&amp;b&lt;&#65;&#x42;&eacute;</a>", "a&b<AB\xc3\xa9"},
        {"&notit; &notin; &amp=x &ampx &nosuch; & &;</a>",
         "\xc2\xacit; \xe2\x88\x89 &=x &x &nosuch; & &;"},
        {"one&nbsp;&nbsp;two&#12288;three&#9;</a>", "one two three"},
        {"&NotEqualTilde;</a>", "\xe2\x89\x82\xcc\xb8"},
        {"x&CounterClockwiseContourIntegralxxxxxxxxx</a>",
         "x&CounterClockwiseContourIntegralxxxxxxxxx"},
        /* an image's words stand in for others only */
        {"<img src=x alt=' a &amp; b '></a>", "a & b"},
        {"<img alt=''><img alt=two></a>", ""},
        {"<img src=x><img alt=two></a>", "two"},
        {"<img alt=one> two</a>", "two"},
        {"\x01one\x7ftwo</a>", "one two"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str said = read_anchor(str_from(rows[i].html), PAGE_UTF8);

        if (!str_equal(said, str_from(rows[i].want)))
            fail_msg("%s says \"%.*s\", not \"%s\"", rows[i].html,
                     STR_ARG(said), rows[i].want);
    }
}

static void
test_the_text_is_utf8_whatever_the_page_is(void **state)
{
    static const char *const want = "\xd0\xb6x\xef\xbf\xbd";
    struct str said;

    (void)state;
    said = read_anchor(STR("\xd6x&#0;</a>"), page_charset_label(STR("koi8-r")));
    assert_true(str_equal(said, str_from(want)));
    said = read_anchor(STR("\xd0\xb6x\xff</a>"), PAGE_UTF8);
    assert_true(str_equal(said, str_from(want)));
}

static void
test_a_long_text_is_cut_between_characters(void **state)
{
    char html[4000];
    struct str said;

    (void)state;
    memset(html, 'x', 999);
    memcpy(html + 999, "\xc3\xa9y", 3);
    said = read_anchor((struct str){html, 1002}, PAGE_UTF8);
    assert_int_equal(said.n, 999);
    said = read_anchor((struct str){html + 1, 1001}, PAGE_UTF8);
    assert_int_equal(said.n, 1000);
    assert_memory_equal(said.p + 998, "\xc3\xa9", 2);
}

/* --- the line it goes to --- */

static void
test_a_line_of_the_link_graph(void **state)
{
    static const struct {
        struct link_row row;
        const char *want;
    } rows[] = {
        {{{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}}, "\t\t\t\n"},
        {{{"s", 1}, {"t", 1}, {"a b", 3}, {"nofollow", 8}},
         "s\tt\ta b\tnofollow\n"},
        {{{"s", 1}, {"t?\\", 3}, {"\\n\t\n\r", 5}, {" a\t\nb ", 6}},
         "s\tt?\\\\\t\\\\n\\t\\n\\r\ta b\n"},
    };
    struct buf out, small;

    (void)state;
    buf_init(&out, 1000);
    buf_init(&small, 10);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_reset(&out);
        assert_int_equal(link_row_write(&rows[i].row, &out), ERR_OK);
        assert_true(str_equal(buf_str(&out), str_from(rows[i].want)));
    }
    assert_int_equal(buf_add_str(&small, STR("x")), ERR_OK);
    assert_int_equal(link_row_write(&rows[1].row, &small), ERR_TOO_BIG);
    assert_true(str_equal(buf_str(&small), STR("x")));
    buf_fini(&out);
    buf_fini(&small);
}

static void
test_a_long_rel_is_cut_between_words(void **state)
{
    char rel[400];
    struct link_row row = {.rel = {rel, sizeof(rel)}};
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    memset(rel, 'x', sizeof(rel));
    for (size_t i = 9; i < sizeof(rel); i += 10)
        rel[i] = ' ';
    assert_int_equal(link_row_write(&row, &out), ERR_OK);
    assert_int_equal(out.n, 3 + 199 + 1);
    buf_reset(&out);
    memset(rel, 'x', sizeof(rel));
    assert_int_equal(link_row_write(&row, &out), ERR_OK);
    assert_true(str_equal(buf_str(&out), STR("\t\t\t\n")));
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_text_of_an_anchor),
        cmocka_unit_test(test_the_text_is_utf8_whatever_the_page_is),
        cmocka_unit_test(test_a_long_text_is_cut_between_characters),
        cmocka_unit_test(test_a_line_of_the_link_graph),
        cmocka_unit_test(test_a_long_rel_is_cut_between_words),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
