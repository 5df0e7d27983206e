/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#include <stdio.h>

#include "common/css.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What is found is told by the ids, which are one letter each. */
static const char page[] =
    "<html id=R><body id=B>"
    "<div id=a class='x y'>"
    "<p id=b title=one>1</p>"
    "<p id=c class=\"\n y\t\" lang=en-GB>2</p>"
    "<span id=d>3</span>"
    "<p id=e data-k='a&quot;b' title='It is ONE'>4</p>"
    "</div>"
    "<ul id=f><li id=g>i<li id=h>ii<li id=i class=x>iii<li id=j>iv"
    "<li id=k>v</ul>"
    "<div id=l><a id=m href='http://a.test/x.pdf'><img id=n></a>"
    "<a id=o href='/y'>text</a></div>"
    "<p id=q></p><p id=r><!-- c --></p><p id=s> </p>"
    "<input id=t checked disabled><input id=u>"
    "</body></html>";

static htmlDocPtr doc;

static int
parse_page(void **state)
{
    (void)state;
    doc = htmlReadMemory(page, sizeof(page) - 1, NULL, "UTF-8",
                         HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
    return doc == NULL;
}

static int
free_page(void **state)
{
    (void)state;
    xmlFreeDoc(doc);
    return 0;
}

static void
find(const char *selector, char *out, size_t size)
{
    xmlXPathContextPtr context = xmlXPathNewContext(doc);
    xmlXPathObjectPtr found;
    struct css_problem problem = {0};
    struct buf xpath;
    size_t n = 0;

    context->node = (xmlNodePtr)doc;
    buf_init(&xpath, 1 << 16);
    if (css_to_xpath(str_from(selector), &xpath, &problem) != ERR_OK)
        fail_msg("%s: at %zu: %s", selector, problem.at, problem.why);
    assert_int_equal(buf_add_char(&xpath, '\0'), ERR_OK);
    found = xmlXPathEvalExpression((const xmlChar *)xpath.p, context);
    if (found == NULL || found->type != XPATH_NODESET)
        fail_msg("%s: %s is no XPath", selector, xpath.p);
    for (int i = 0; found->nodesetval && i < found->nodesetval->nodeNr; i++) {
        xmlNodePtr node = found->nodesetval->nodeTab[i];
        xmlChar *text = node->type == XML_ELEMENT_NODE
                            ? xmlGetProp(node, (const xmlChar *)"id")
                            : xmlNodeGetContent(node);

        n += (size_t)snprintf(out + n, size - n, "%s%s",
                              node->type != XML_ELEMENT_NODE && n ? "|" : "",
                              text ? (const char *)text : "?");
        xmlFree(text);
    }
    out[n] = '\0';
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    buf_fini(&xpath);
}

static const struct {
    const char *selector, *found;
} selectors[] = {
    /* 6.1, 6.2: type, universal */
    {"p", "bceqrs"},
    {"P", "bceqrs"},
    {"ul *", "ghijk"},
    /* 6.4, 6.5: class, id */
    {".x", "ai"},
    {".y", "ac"},
    {".x.y", "a"},
    {"p.y", "c"},
    {".X", ""},
    {"#c", "c"},
    {"p#c.y", "c"},
    {"div#c", ""},
    /* 6.3: attributes */
    {"[title]", "be"},
    {"[ title = one ]", "b"},
    {"[title=\"It is ONE\"]", "e"},
    {"[TITLE='one']", "b"},
    {"[title=ONE i]", "b"},
    {"[title=ONE]", ""},
    {"[title=one s]", "b"},
    {"[title~=is]", "e"},
    {"[title~='It is']", ""},
    {"[title~='']", ""},
    {"[lang|=en]", "c"},
    {"[lang|=en-GB]", "c"},
    {"[lang|=e]", ""},
    {"[href^='http:']", "m"},
    {"[href^='']", ""},
    {"[href$='.pdf']", "m"},
    {"[href$='']", ""},
    {"[href$='zzzzzzzzzzzzzzzzzzzzzzzz/y']", ""},
    {"[href*=test]", "m"},
    {"[href*='']", ""},
    {"[href$=PDF i]", "m"},
    {"a[href!='/y']", "m"},
    {"[data-k='a\"b']", "e"},
    {"[data-k=\"a\\\"b\"]", "e"},
    {"[data-k='a\"\\'']", ""},
    /* 8: combinators */
    {"div p", "bce"},
    {"body div > p", "bce"},
    {"body>p", "qrs"},
    {"html > p", ""},
    {"p + p", "crs"},
    {"p + span", "d"},
    {"p+span+p", "e"},
    {"p ~ p", "cers"},
    {"ul ~ p", "qrs"},
    {"div ul", ""},
    {"ul ~ div a img", "n"},
    {"div > a > img", "n"},
    /* groups */
    {"ul, img", "fn"},
    {"img,ul", "fn"},
    {"img , p:first-child", "bn"},
    /* 6.6.5: by place */
    {"li:first-child", "g"},
    {"li:last-child", "k"},
    {"p:first-child", "b"},
    {"p:last-child", "e"},
    {"img:only-child", "n"},
    {"a:only-child", ""},
    {"span:only-of-type", "d"},
    {"div p:first-of-type", "b"},
    {"div p:last-of-type", "e"},
    {"li:nth-child(1)", "g"},
    {"li:nth-child(3)", "i"},
    {"li:nth-child(0)", ""},
    {"li:nth-child(-1)", ""},
    {"li:nth-child(9)", ""},
    {"li:nth-child(odd)", "gik"},
    {"li:nth-child(even)", "hj"},
    {"li:nth-child( 2n + 1 )", "gik"},
    {"li:nth-child(2N)", "hj"},
    {"li:nth-child(2n+0)", "hj"},
    {"li:nth-child(2n-1)", "gik"},
    {"li:nth-child(3n+2)", "hk"},
    {"li:nth-child(3n - 2)", "gj"},
    {"li:nth-child(n)", "ghijk"},
    {"li:nth-child(n+4)", "jk"},
    {"li:nth-child(+n+4)", "jk"},
    {"li:nth-child(-n+2)", "gh"},
    {"li:nth-child(-2n+3)", "gi"},
    {"li:nth-child(-2n+4)", "hj"},
    {"li:nth-child(-3n)", ""},
    {"li:nth-child(0n+2)", "h"},
    {"li:nth-last-child(2)", "j"},
    {"li:nth-last-child(-n+2)", "jk"},
    {"div > p:nth-child(4)", "e"},
    {"div > p:nth-of-type(3)", "e"},
    {"p:nth-last-of-type(1)", "es"},
    {"*:nth-child(1)", "RBabgmn"},
    /* :not and its kin */
    {"li:not(.x)", "ghjk"},
    {"li:not(:first-child):not(:last-child)", "hij"},
    {"p:not(div > p)", "qrs"},
    {"li:not(.x, :nth-child(1))", "hjk"},
    {"li:not(:not(.x))", "i"},
    {":is(ul, div) > :is(li, span)", "dghijk"},
    {"div:has(img)", "l"},
    {"div:has(> img)", ""},
    {"a:has(> img)", "m"},
    {"p:has(+ span)", "c"},
    {"p:has(~ span, + ul)", "bc"},
    /* the rest */
    {"p:empty", "qr"},
    {":root", "R"},
    {"input:checked", "t"},
    {"input:disabled", "t"},
    {"input:enabled", "u"},
    {"a:link", "mo"},
    {"p:contains('2')", "c"},
    {"li:contains(ii)", "hi"},
    /* escapes */
    {"#\\63", "c"},
    {"#\\000063", "c"},
    {"\\70#c", "c"},
    {"\\70  #c", ""}, /* the second blank is a combinator */
    /* what is taken instead of the element */
    {"#b::text", "1"},
    {"div > p::text", "1|2|4"},
    {"p::attr(title)", "one|It is ONE"},
    {"a ::attr(id)", "n"},
    {"a::attr( HREF )", "http://a.test/x.pdf|/y"},
    {"#d::text, #b::attr(title)", "one|3"},
    {"#d::text, #b::text", "1|3"},
    {"#o::text , ul", "f|text"},
    {"span::attr(none)", ""},
};

static void
test_selectors_find_what_browsers_find(void **state)
{
    char found[256];

    (void)state;
    for (size_t i = 0; i < COUNT(selectors); i++) {
        find(selectors[i].selector, found, sizeof(found));
        if (strcmp(found, selectors[i].found) != 0)
            fail_msg("%s finds %s, not %s", selectors[i].selector, found,
                     selectors[i].found);
    }
}

static void
test_the_xpath_is_one_walk_with_predicates(void **state)
{
    static const struct {
        const char *selector, *xpath;
    } rows[] = {
        {"a", "descendant-or-self::a"},
        {"#x", "descendant-or-self::*[@id='x']"},
        {"h1 > p + a", "descendant-or-self::a[preceding-sibling::*[1]/self::p"
                       "[parent::h1]]"},
        {"a, b::text", "descendant-or-self::a | descendant-or-self::b/text()"},
        {"a, b", "descendant-or-self::*[self::a or self::b]"},
        {"li:nth-child(3)",
         "descendant-or-self::li[preceding-sibling::*[2] and "
         "not(preceding-sibling::*[3])]"},
        {"[a='it\\'s \"']", "descendant-or-self::*[@a=concat('it',\"'s \","
                            "'\"')]"},
        {"svg\\:a[xlink\\:href]", "descendant-or-self::*[name()='svg:a']"
                                  "[@*[name()='xlink:href']]"},
        {"::text", "descendant-or-self::*/text()"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct css_problem problem;
        struct buf out;

        buf_init(&out, 4096);
        assert_int_equal(
            css_to_xpath(str_from(rows[i].selector), &out, &problem), ERR_OK);
        assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
        assert_string_equal(out.p, rows[i].xpath);
        buf_fini(&out);
    }
}

static void
test_what_is_no_selector_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *selector;
        size_t at;
    } rows[] = {
        {"", 0},
        {" ", 1},
        {"a,", 2},
        {"a,,b", 2},
        {"a >", 3},
        {"> a", 0},
        {"a > > b", 4},
        {".", 1},
        {".1a", 1},
        {"#", 1},
        {"a[", 2},
        {"a[b", 3},
        {"a[b=", 4},
        {"a[b=c", 5},
        {"a[b='c]", 4},
        {"a[b^c]", 3},
        {"a[b=c x]", 6},
        {"a:hover", 1},
        {"a:nth-child()", 12},
        {"a:nth-child(x)", 12},
        {"a:nth-child(2n+)", 15},
        {"a:nth-child(9999999)", 12},
        {"a:nth-child(2", 13},
        {":first-of-type", 0},
        {"a:not(", 6},
        {"a:not(b", 7},
        {"a:not()", 6},
        {"a::foo", 1},
        {"a::attr(", 8},
        {"a::attr(b", 9},
        {"a::text b", 8},
        {"a:text", 1},
        {"a|b", 1},
        {"a b)", 3},
        {"a:has(b c)", 8},
        {"a\\", 2},
        {"{", 0},
        {":not(:not(:not(:not(:not(:not(:not(:not(:not(a)))))))))", 45},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct css_problem problem = {0};
        struct buf out;

        buf_init(&out, 4096);
        if (css_to_xpath(str_from(rows[i].selector), &out, &problem) !=
            ERR_INVALID)
            fail_msg("%s is taken", rows[i].selector);
        if (problem.at != rows[i].at || out.n != 0)
            fail_msg("%s: at %zu, not %zu: %s", rows[i].selector, problem.at,
                     rows[i].at, problem.why);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_selectors_find_what_browsers_find,
                                        parse_page, free_page),
        cmocka_unit_test(test_the_xpath_is_one_walk_with_predicates),
        cmocka_unit_test(test_what_is_no_selector_is_refused_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
