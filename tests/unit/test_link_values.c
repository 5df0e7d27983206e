/*
 * Where links stand in a value of their own grammar: srcset, rel, Link and
 * Refresh header lines; and what X-Robots-Tag asks for.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/buf.h"
#include "worker/link_header.h"
#include "worker/links_header.h"
#include "worker/rel.h"
#include "worker/robots_tag.h"
#include "worker/srcset.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct value_case {
    const char *in;
    const char *want;
};

static struct buf got;

static int
setup(void **state)
{
    (void)state;
    buf_init(&got, 1 << 20);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    buf_fini(&got);
    return 0;
}

static void
gather(struct str word)
{
    assert_int_equal(buf_addf(&got, "%s%.*s", got.n ? " " : "", STR_ARG(word)),
                     ERR_OK);
}

static void
check(const struct value_case *c)
{
    if (!str_equal(buf_str(&got), str_from(c->want)))
        fail_msg("%s\n gave %.*s\n want %s", c->in, STR_ARG(buf_str(&got)),
                 c->want);
    buf_reset(&got);
}

/* HTML 4.8.4.2.2 "Parsing a srcset attribute" */
static void
test_srcset_is_parsed_as_the_standard_has_it(void **state)
{
    static const struct value_case cases[] = {
        {"a", "a"},
        {"a, b 2x", "a b"},
        {" \n a 1x ,\tb 2x\f", "a b"},
        {"a 100w, b 200w", "a b"},
        {"a 100w 50h", "a"},
        {"a 1.5x,b .5x, c 1e3x, d -0.0e-1x", "a b c"},
        {"", ""},
        {" , ,, ", ""},
        /* splitting loop, 1: commas and white space are passed over */
        {",,a", "a"},
        /* a URL keeps its commas, but for those at its end */
        {"a,b 1x, c", "a,b c"},
        {"a,,, b", "a b"},
        {"data:,x 1x, b", "data:,x b"},
        {"a,b,c", "a,b,c"},
        /* descriptor parser: a bad one makes its candidate worthless */
        {"a 1q, b", "b"},
        {"a 1, b", "b"},
        {"a w, b x, c h, d", "d"},
        {"a 0w, b 00w, c 01w", "c"},
        {"a 1.0w, b -1w, c +1w, d", "d"},
        {"a -1x, b 1.x, c .x, d +1x, e 1ex, f 1e+x, g 0x", "g"},
        {"a 1x 2x, b 1w 2w, c 1w 1x, d 1x 1w, e 1h 1w 1h", ""},
        {"a 1h, b 1h 1w", "b"},
        {"a 1x 1h, b 1h 1x", ""},
        /* tokenizer: parentheses hold commas and white space together */
        {"a (1x, b), c", "c"},
        {"a (, b", ""},
        {"a 1x (b, c 2x) d, e", "e"},
        {"a(b, c", "a(b c"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str rest = str_from(cases[i].in), url;

        while (srcset_next(&rest, &url))
            gather(url);
        check(&cases[i]);
    }
}

/* HTML 4.6.7 "Link types", HTML 4.01 6.12 */
static void
test_rel_says_what_a_link_is(void **state)
{
    static const struct {
        const char *rel;
        enum rel_class want;
    } cases[] = {
        {"", REL_OTHER},
        {"canonical", REL_LINK},
        {"NEXT", REL_LINK},
        {" prev\n", REL_LINK},
        {"x alternate y", REL_LINK},
        {"author", REL_LINK},
        {"contents", REL_LINK},
        {"privacy-policy", REL_LINK},
        {"stylesheet", REL_REQUISITE},
        {"alternate stylesheet", REL_REQUISITE},
        {"stylesheet alternate", REL_REQUISITE},
        {"shortcut icon", REL_REQUISITE},
        {"alternate icon", REL_REQUISITE},
        {"preload", REL_REQUISITE},
        {"modulepreload", REL_REQUISITE},
        {"manifest", REL_REQUISITE},
        {"preload next", REL_LINK},
        {"preconnect", REL_OTHER},
        {"dns-prefetch", REL_OTHER},
        {"prefetch", REL_OTHER},
        {"pingback", REL_OTHER},
        {"search", REL_OTHER},
        {"next,prev", REL_OTHER},
        {"next\vprev", REL_OTHER}, /* a vertical tab is no white space */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (rel_class(str_from(cases[i].rel)) != cases[i].want)
            fail_msg("%s", cases[i].rel);
    assert_true(rel_has(STR("a NoFollow\tb"), STR("nofollow")));
    assert_false(rel_has(STR("nofollows"), STR("nofollow")));
    assert_false(rel_has(STR_NONE, STR("nofollow")));
    /* what says who wrote a link does not forbid to follow it */
    assert_false(rel_has(STR("ugc sponsored"), STR("nofollow")));
}

/* RFC 8288 section 3 and Appendix B */
static void
test_link_headers_are_read(void **state)
{
    static const struct value_case cases[] = {
        {"<a>; rel=next", "a:next"},
        {"<a>; rel=\"next\"", "a:next"},
        {"<a>;rel=\"next prev\";title=x", "a:next prev"},
        {"<a>; rel=next, <b>; rel=prev", "a:next b:prev"},
        {"<a>;rel=next,<b>;rel=prev", "a:next b:prev"},
        {"  < a >  ;  rel = next ; x  ", "a:next"},
        {"<a>; title=\"x, <no>; rel=y\"; rel=next, <b>; rel=c", "a:next b:c"},
        {"<a>; title=\"\\\"; rel=no\"; rel=next", "a:next"},
        {"<a,b;c>; rel=next", "a,b;c:next"},
        {"<>; rel=next", ":next"},
        /* 3.3: only the first rel counts; names know no case */
        {"<a>; REL=next; rel=prev", "a:next"},
        {"<a>; rel; rel=prev", "a:"},
        {"<a>", "a"},
        {"<a>; rev=next", "a"},
        {"<a>; rel*=UTF-8''next", "a"},
        /* 3.2: the context is another one */
        {"<a>; rel=next; anchor=\"#foo\"", "a:next#"},
        {"<a>; rel=next; anchor", "a:next#"},
        /* RFC 9110 5.6.1: empty elements */
        {",, <a>;rel=next ,, <b>;rel=c,", "a:next b:c"},
        /* B.2: "<" must be there */
        {"a; rel=next, <b>; rel=c", ""},
        {"<a; rel=next", ""},
        {"<a", ""},
        {"<", ""},
        {"", ""},
        {"<a>; rel=\"next", "a:next"},
        {"<a>; rel=\"next\\", "a:next\\"},
        {"<a>; rel=\"next\"junk; x, <b>; rel=c", "a:next b:c"},
        {"<a> junk; rel=next", "a:next"},
        {"<a>;;;rel=next", "a:next"},
        {"<a>; =x; rel=next", "a:next"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str rest = str_from(cases[i].in);
        struct link_header link;

        while (link_header_next(&rest, &link)) {
            gather(link.target);
            if (link.rel.p != NULL)
                assert_int_equal(buf_addf(&got, ":%.*s", STR_ARG(link.rel)),
                                 ERR_OK);
            if (link.has_anchor)
                assert_int_equal(buf_add_char(&got, '#'), ERR_OK);
        }
        check(&cases[i]);
    }
}

/* As search engines document it: no standard does. */
static void
test_robots_tags_are_obeyed(void **state)
{
    static const struct {
        const char *in;
        bool is_meta, nofollow, noindex;
    } cases[] = {
        {"", false, false, false},
        {"nofollow", false, true, false},
        {"NoIndex", false, false, true},
        {"none", false, true, true},
        {"all, index, follow", false, false, false},
        {"noindex,nofollow", false, true, true},
        {"noindex nofollow", false, true, true},
        {"nofollowing, xnofollow", false, false, false},
        /* whose it is */
        {"weft: nofollow", false, true, false},
        {"WEFT:nofollow", false, true, false},
        {"weft : noindex, nofollow", false, true, true},
        {"otherbot: nofollow", false, false, false},
        {"otherbot: nofollow, noindex", false, false, false},
        {"otherbot: nofollow, weft: noindex", false, false, true},
        {"weft: noindex, otherbot: nofollow", false, false, true},
        {"nofollow, otherbot: noindex", false, true, false},
        {"*: nofollow", false, true, false},
        {"weftbot: nofollow", false, false, false},
        /* directives with a value are no robots' names */
        {"unavailable_after: 25 Jun 2026 15:00:00 PST", false, false, false},
        {"unavailable_after: 25-Aug-2026 15:00:00 EST, nofollow", false, true,
         false},
        {"unavailable_after: 2026-08-25T15:00:00+02:00, nofollow", false, true,
         false},
        {"max-snippet:-1, max-image-preview:large, nofollow", false, true,
         false},
        {"max-image-preview: none", false, false, false},
        {":,:;nofollow", false, true, false},
        /* a meta is for whom its name says: no prefixes there */
        {"nofollow", true, true, false},
        {"noindex , none", true, true, true},
        {"max-snippet:-1, odd:x, nofollow", true, true, false},
        {"max-image-preview:none", true, false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct robots_tag tag = {false, false};

        if (cases[i].is_meta)
            robots_tag_meta(&tag, str_from(cases[i].in));
        else
            robots_tag_header(&tag, str_from(cases[i].in), STR("weft"));
        if (tag.nofollow != cases[i].nofollow ||
            tag.noindex != cases[i].noindex)
            fail_msg("%s gave %d %d", cases[i].in, tag.nofollow, tag.noindex);
    }
}

static void
on_link(void *arg, const struct link *link)
{
    static const char *const kinds[] = {[LINK_REL] = "rel",
                                        [LINK_REFRESH] = "refresh",
                                        [LINK_REQUISITE] = "requisite"};

    (void)arg;
    assert_true(link->is_of_header);
    gather(str_from(kinds[link->kind]));
    assert_int_equal(buf_addf(&got, "%s:%.*s", link->is_nofollow ? "!" : "",
                              STR_ARG(link->href)),
                     ERR_OK);
}

/* All lines of a name count, whatever their case; others do not. */
static void
test_header_lines_give_links(void **state)
{
    static const struct value_case cases[] = {
        {"HTTP/1.1 200 OK\r\nLink: <a>; rel=next\r\n\r\n", "rel:a"},
        {"HTTP/2 200\r\nlink: <a>; rel=next\r\nLINK: <b>; rel=canonical, "
         "<c>; rel=prev\r\n\r\n",
         "rel:a rel:b rel:c"},
        {"Refresh: 5; URL='/x'\r\nrefresh:0\r\n", "refresh:/x"},
        {"Link: <a>; rel=stylesheet, <b>; rel=preload;as=style",
         "requisite:a requisite:b"},
        {"Link: <a>; rel=preconnect, <b>, <c>; rel=next; anchor=y", ""},
        {"Link: <a>; rel=\"next nofollow\"", "rel!:a"},
        {"X-Link: <a>; rel=next\r\nLink", ""},
        {"link: <a>; rel=help\nno line: <b>", "rel:a"},
        {"Link:", ""},
        {"", ""},
    };
    struct links_header h;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        h = links_header_read(str_from(cases[i].in), STR("weft"));
        links_header_find(&h, true, 100, on_link, NULL);
        check(&cases[i]);
    }
    h = links_header_read(STR("Link: <a>;rel=icon, <b>;rel=next, <c>;rel=up"),
                          STR("weft"));
    assert_int_equal(links_header_find(&h, false, 1, on_link, NULL), 1);
    check(&(struct value_case){"max 1, no requisites", "rel:b"});
    h = links_header_read(STR("x-robots-tag: other: noindex\r\n"
                              "X-ROBOTS-TAG: nofollow\r\n"),
                          STR("weft"));
    assert_true(h.robots.nofollow && !h.robots.noindex && !h.has_links);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_srcset_is_parsed_as_the_standard_has_it),
        cmocka_unit_test(test_rel_says_what_a_link_is),
        cmocka_unit_test(test_link_headers_are_read),
        cmocka_unit_test(test_robots_tags_are_obeyed),
        cmocka_unit_test(test_header_lines_give_links),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
