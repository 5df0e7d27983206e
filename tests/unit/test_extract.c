/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "common/glob.h"
#include "worker/extract.h"
#include "worker/extract_html.h"
#include "worker/extract_row.h"
#include "worker/extract_text.h"
#include "worker/extract_tree.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX = 1 << 20 };

/* --- HTML for libxml2 --- */

static void
test_html_is_written_so_that_libxml2_reads_it_right(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"a", "a"},
        {"a < b & c > d", "a &lt; b &amp; c > d"},
        {"<P Class=x>y</P >", "<p class=\"x\">y</p>"},
        {"<a/b=c>", "<a b=\"c\">"},
        {"<a b = 'c\"d' e f=g/>", "<a b=\"c&quot;d\" e=\"\" f=\"g/\">"},
        {"<a b=\"x>y\">z", "<a b=\"x>y\">z"},
        {"<a @click=x (y)=z :href=1>", "<a :href=\"1\">"},
        {"<a b=c b=d>", "<a b=\"c\" b=\"d\">"}, /* the first one counts */
        {"<a<b>x", "<a_b>x"},
        {"<br/><div/>x", "<br><div>x"},
        {"<svg><path/><g></g></svg><p/>", "<svg><path/><g></g></svg><p>"},
        /* 13.2.5.72: references */
        {"&amp;&lt;&gt;&quot;", "&amp;&lt;>&quot;"},
        {"&copy 1 &copy; &notit; &notin;", "\u00a9 1 \u00a9 \u00acit; \u2209"},
        {"&#150;&#x80;&#0;&#xd800;", "\u2013\u20ac\ufffd\ufffd"},
        {"&nope; &#; &", "&amp;nope; &amp;#; &amp;"},
        {"<a b='&copy=1&copy;&notit'>",
         "<a b=\"&amp;copy=1\u00a9&amp;notit\">"},
        /* comments and what is none */
        {"<!-- a -->b", "<!-- a -->b"},
        {"<!-->b", "<!---->b"},
        {"<!--->b", "<!---->b"},
        {"<!--a--!>b", "<!--a-->b"},
        {"<!--a--b-->c", "<!--a- - b-->c"},
        {"<!--a", "<!--a-->"},
        {"<!doctype html>a<?php x?>b</ x>c<!x>", "abc"},
        {"</>a", "a"},
        {"<1>", "&lt;1>"},
        {"<", "&lt;"},
        /* elements whose content is text */
        {"<script>a<b>&amp;</x></script >c", "<script>a<b>&amp;</x></script>c"},
        {"<style></styles></style>", "<style></styles></style>"},
        {"<title><b>&amp;</title>x", "<title>&lt;b>&amp;</title>x"},
        {"<title/>x</title>", "<title>x</title>"},
        {"<textarea><p></textarea>", "<textarea>&lt;p></textarea>"},
        {"<xmp><b>&amp;</xmp>", "<xmp>&lt;b>&amp;amp;</xmp>"},
        {"<script>a", "<script>a"},
        /* cut off */
        {"a<b", "a"},
        {"a<b c='d", "a"},
        {"a</b", "a"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, MAX);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_reset(&out);
        assert_int_equal(extract_html_write(str_from(rows[i].in), &out),
                         ERR_OK);
        if (!str_equal(buf_str(&out), str_from(rows[i].out)))
            fail_msg("%s: %.*s, not %s", rows[i].in, (int)out.n, out.p,
                     rows[i].out);
    }
    buf_fini(&out);
}

/* For libxml2 it would be the page's end. */
static void
test_a_nul_is_a_replacement_character(void **state)
{
    static const char in[] = "a\0<script>b\0\0c</script><style>\0</style>"
                             "<title>\0</title><i \0 y\0=1 x=\"\0\">";
    struct buf out;

    (void)state;
    buf_init(&out, MAX);
    assert_int_equal(extract_html_write(STR(in), &out), ERR_OK);
    assert_true(str_equal(
        buf_str(&out),
        STR("a\ufffd<script>b\ufffd\ufffdc</script><style>\ufffd</style>"
            "<title>\ufffd</title><i x=\"\ufffd\">")));
    buf_fini(&out);
}

static void
test_a_tag_has_so_many_attributes_at_most(void **state)
{
    struct buf in, out;
    size_t quotes = 0;

    (void)state;
    buf_init(&in, MAX);
    buf_init(&out, MAX);
    assert_int_equal(buf_add_str(&in, STR("<a")), ERR_OK);
    for (int i = 0; i < 3000; i++)
        assert_int_equal(buf_addf(&in, " a%d", i), ERR_OK);
    assert_int_equal(buf_add_str(&in, STR(">x")), ERR_OK);
    assert_int_equal(extract_html_write(buf_str(&in), &out), ERR_OK);
    for (size_t i = 0; i < out.n; i++)
        quotes += out.p[i] == '"';
    assert_int_equal(quotes, 2 * EXTRACT_ATTRS_MAX);
    buf_fini(&in);
    buf_fini(&out);
}

/* --- the readable text --- */

static void
test_text_is_what_a_reader_sees(void **state)
{
    static const struct {
        const char *html, *text;
    } rows[] = {
        {"a", "a"},
        {" a \n\t b ", "a b"},
        {"<p>a<p>b", "a\nb"},
        {"<div><div>a</div></div><div>b</div>", "a\nb"},
        {"a<b>b</b>c <i>d</i>", "abc d"},
        {"a<br>b<br><br>c", "a\nb\nc"},
        {"<h1> a </h1>b", "a\nb"},
        {"<title>t</title><style>s</style><script>x</script>a", "a"},
        {"a<noscript>n</noscript><template>t</template>b", "ab"},
        {"a<p hidden>b<p HIDDEN=x>c<p>d", "a\nd"},
        {"a<span style='color:red; Display : NONE'>b</span>c", "ac"},
        {"a<span style='visibility:hidden'>b</span>c", "ac"},
        {"a<span style='display:block'>b</span>c", "abc"},
        {"<ul><li>a<li>b</ul>", "a\nb"},
        {"<table><tr><th>a<th>b<tr><td>c<td>d</table>", "a\tb\nc\td"},
        {"x<pre>\n a\n\n  b</pre>y", "x\n a\n\n  b\ny"},
        {"<pre>a<b>\nb</b></pre>", "a\nb"},
        {"<p>a<!-- c -->b", "ab"},
        {"<textarea> a\n b</textarea>", " a\n b"},
        {"a<iframe>b</iframe>c", "ac"},
        {"<p>\u00a0a", "\u00a0a"}, /* that blank is a letter */
        {"<p></p>", ""},
        {"<svg><title>t</title></svg>a", "a"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf html, text;
        size_t nodes;
        bool is_cut;
        xmlDocPtr doc;

        buf_init(&html, MAX);
        buf_init(&text, MAX);
        assert_int_equal(extract_html_write(str_from(rows[i].html), &html),
                         ERR_OK);
        doc = extract_tree_parse(buf_str(&html), &nodes, &is_cut);
        assert_non_null(doc);
        assert_false(is_cut);
        assert_int_equal(extract_text_readable((xmlNodePtr)doc, &text), ERR_OK);
        if (!str_equal(buf_str(&text), str_from(rows[i].text)))
            fail_msg("%s: \"%.*s\", not \"%s\"", rows[i].html, (int)text.n,
                     text.p, rows[i].text);
        xmlFreeDoc(doc);
        buf_fini(&html);
        buf_fini(&text);
    }
}

/* Deeper elements are passed over, their text is not. */
static void
test_a_tree_is_so_deep_and_so_large_at_most(void **state)
{
    struct buf html, text;
    size_t nodes;
    bool is_cut;
    xmlDocPtr doc;

    (void)state;
    buf_init(&html, MAX);
    buf_init(&text, MAX);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buf_add_str(&html, STR("<i>")), ERR_OK);
    assert_int_equal(buf_add_str(&html, STR("deep")), ERR_OK);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buf_add_str(&html, STR("</i>")), ERR_OK);
    assert_int_equal(buf_add_str(&html, STR("<p>behind")), ERR_OK);
    doc = extract_tree_parse(buf_str(&html), &nodes, &is_cut);
    assert_false(is_cut);
    assert_int_equal(extract_text_readable((xmlNodePtr)doc, &text), ERR_OK);
    assert_true(str_equal(buf_str(&text), STR("deep\nbehind")));
    xmlFreeDoc(doc);
    buf_fini(&html);
    buf_init(&html, 4 << 20);
    for (int i = 0; i < EXTRACT_NODES_MAX + 100; i++)
        assert_int_equal(buf_add_str(&html, STR("<br>")), ERR_OK);
    doc = extract_tree_parse(buf_str(&html), &nodes, &is_cut);
    assert_true(is_cut);
    xmlFreeDoc(doc);
    buf_fini(&html);
    buf_fini(&text);
}

/* --- lines --- */

/* RFC 4180, 2: quotes around what has a comma, a quote or a line end. */
static void
test_csv_is_quoted_where_it_must_be(void **state)
{
    static const char *const names[] = {"a", "b", "c"};
    static const struct {
        const char *cell, *line;
    } rows[] = {{"", ",,x,\r\n"},
                {"y", "y,,x,\r\n"},
                {"y z", "y z,,x,\r\n"},
                {"y,z", "\"y,z\",,x,\r\n"},
                {"\"", "\"\"\"\",,x,\r\n"},
                {"a\"b\"", "\"a\"\"b\"\"\",,x,\r\n"},
                {"a\nb", "\"a\nb\",,x,\r\n"},
                {"a\rb", "\"a\rb\",,x,\r\n"},
                {" y", "\" y\",,x,\r\n"},
                {"y\t", "\"y\t\",,x,\r\n"}};
    struct extract_row row;
    struct buf out;

    (void)state;
    buf_init(&out, MAX);
    extract_row_init(&row, MAX);
    assert_int_equal(extract_row_head(names, 3, &out), ERR_OK);
    assert_true(str_equal(buf_str(&out), STR("a,b,c,truncated\r\n")));
    for (size_t i = 0; i < COUNT(rows); i++) {
        extract_row_keep(&row, 0);
        extract_row_add(&row, "c", STR("x"));
        extract_row_add(&row, "a", str_from(rows[i].cell));
        buf_reset(&out);
        assert_int_equal(extract_row_csv(&row, names, 3, false, &out), ERR_OK);
        if (!str_equal(buf_str(&out), str_from(rows[i].line)))
            fail_msg("%s: %.*s", rows[i].cell, (int)out.n, out.p);
    }
    buf_reset(&out);
    assert_int_equal(extract_row_csv(&row, names, 2, true, &out), ERR_OK);
    assert_true(str_equal(buf_str(&out), STR("\"y\t\",,true\r\n")));
    buf_fini(&out);
    buf_init(&out, 4); /* half a line is taken off again */
    assert_int_equal(extract_row_csv(&row, names, 3, false, &out), ERR_TOO_BIG);
    assert_int_equal(out.n, 0);
    extract_row_fini(&row);
    buf_fini(&out);
}

static void
test_globs(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool is_match;
    } rows[] = {{"", "", true},
                {"", "a", false},
                {"*", "", true},
                {"*", "a/b", true},
                {"a*", "a", true},
                {"a*", "ba", false},
                {"*a", "bca", true},
                {"*a", "bcab", false},
                {"a*b*c", "aXbYbZc", true},
                {"a*b*c", "acb", false},
                {"a?c", "abc", true},
                {"a?c", "ac", false},
                {"**a**", "xay", true},
                {"*aaab", "aaaaaaaaab", true}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(
            glob_matches(str_from(rows[i].pattern), str_from(rows[i].text)),
            rows[i].is_match);
}

/* --- all of it --- */

static const char shop[] =
    "<title> The  shop </title><base href='/b/'><ul>"
    "<li class=item><b>One</b> <a href='1'>x</a> <i>5</i></li>"
    "<li class=item><b>Two</b> <a href='mailto:2'>y</a></li></ul>"
    "<p>a<script>b</script></p>";

static void
extracts(const char *const *options, size_t count, const char *url,
         const char *want)
{
    char why[CONFIG_WHY_BYTES] = "";
    struct extract_rules *rules;
    struct extract_said said;
    struct extract *x;
    struct config c;
    struct url at;
    struct buf text, out;
    struct extract_page page = {.url = &at,
                                .content_type = {"text/html", 9},
                                .body = {shop, sizeof(shop) - 1},
                                .fetched_us = 0};

    config_init(&c);
    for (size_t i = 0; i + 1 < count; i += 2)
        assert_int_equal(config_set(&c, CONFIG_MASTER, CONFIG_FROM_FLAG,
                                    str_from(options[i]),
                                    str_from(options[i + 1]), why),
                         ERR_OK);
    if (extract_rules_new(&c, &rules, why) != ERR_OK)
        fail_msg("%s", why);
    assert_non_null(rules);
    buf_init(&text, 4096);
    buf_init(&out, MAX);
    assert_int_equal(url_parse(str_from(url), NULL, &text, &at), ERR_OK);
    x = extract_new(rules, MAX);
    for (int i = 0; i < 2; i++) { /* a second page finds all as it was */
        buf_reset(&out);
        assert_int_equal(extract_page(x, &page, &out, &said), ERR_OK);
        if (!str_equal(buf_str(&out), str_from(want)))
            fail_msg("%.*s\nnot %s", (int)out.n, out.p, want);
    }
    extract_free(x);
    extract_rules_free(rules);
    buf_fini(&text);
    buf_fini(&out);
    config_fini(&c);
}

#define HEAD                                   \
    "{\"url\":\"http://a.test/\",\"fetched\":" \
    "\"1970-01-01T00:00:00.000Z\""
#define EXTRACTS(want, ...)                                               \
    extracts((const char *const[]){__VA_ARGS__},                          \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), \
             "http://a.test/", want)

static void
test_a_page_becomes_a_line(void **state)
{
    (void)state;
    EXTRACTS(HEAD ",\"a\":\"One\",\"b\":[\"One\",\"Two\"],\"c\":null,"
                  "\"d\":[]}\n",
             "extract", "a=//b", "extract", "b[] = css:li > b", "extract",
             "c=//h9", "extract", "d[]=//h9");
    EXTRACTS(HEAD ",\"n\":2,\"t\":true,\"s\":\"The shop\",\"x\":null}\n",
             "extract", "n=count(//li)", "extract", "t=boolean(//p)", "extract",
             "s=string(//title)", "extract", "x=number('x')");
    EXTRACTS(HEAD ",\"l\":[\"http://a.test/b/1\",\"mailto:2\"],"
                  "\"r\":\" The  shop \",\"h\":\"<b>One</b>\","
                  "\"e\":\"a\",\"s\":\"ab\"}\n",
             "extract", "l[]=url:css:a::attr(href)", "extract",
             "r=raw:css:title", "extract", "h=html://b", "extract",
             "e=text://p", "extract", "s=//p");
    EXTRACTS(HEAD ",\"title\":\"The shop\",\"description\":null,"
                  "\"text\":\"One x 5\\nTwo y\\na\"}\n",
             "text", "yes");
}

static void
test_each_node_becomes_a_line(void **state)
{
    (void)state;
    EXTRACTS(HEAD ",\"b\":\"One\",\"i\":5,\"p\":1}\n" HEAD
                  ",\"b\":\"Two\",\"i\":null,\"p\":2}\n",
             "extract-each", "css:li.item", "extract", "b=b", "extract",
             "i=number(i)", "extract", "p=count(preceding-sibling::li) + 1");
    EXTRACTS("http://a.test/,1970-01-01T00:00:00.000Z,One,x; 5,\r\n"
             "http://a.test/,1970-01-01T00:00:00.000Z,Two,y,\r\n",
             "extract-each", "//li", "extract", "b=css:b", "extract", "c[]=a|i",
             "extract-format", "csv");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html_is_written_so_that_libxml2_reads_it_right),
        cmocka_unit_test(test_a_nul_is_a_replacement_character),
        cmocka_unit_test(test_a_tag_has_so_many_attributes_at_most),
        cmocka_unit_test(test_text_is_what_a_reader_sees),
        cmocka_unit_test(test_a_tree_is_so_deep_and_so_large_at_most),
        cmocka_unit_test(test_csv_is_quoted_where_it_must_be),
        cmocka_unit_test(test_globs),
        cmocka_unit_test(test_a_page_becomes_a_line),
        cmocka_unit_test(test_each_node_becomes_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
