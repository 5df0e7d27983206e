/*
 * Sitemaps and feeds: what they are told to be, and which links they give.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/sitemap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#include <cmocka.h>

#include "common/buf.h"

/* The resolved links, a blank behind each; "*" before one of an index. */
static void
note(void *arg, const struct sitemap_link *link)
{
    struct buf *out = arg, text;
    struct url url;

    buf_init(&text, 4096);
    if (link->is_sitemap)
        assert_int_equal(buf_add_char(out, '*'), ERR_OK);
    assert_int_equal(url_parse(link->href, link->base, &text, &url), ERR_OK);
    assert_int_equal(buf_add_str(out, url.text), ERR_OK);
    assert_int_equal(buf_add_char(out, ' '), ERR_OK);
    buf_fini(&text);
}

static void
read_it(struct str body, bool is_named, struct sitemap_said *said,
        struct buf *links)
{
    struct sitemap *s = sitemap_new(1 << 20);
    struct decoder *d = decoder_new();
    struct sitemap_options opt = {.is_named = is_named};
    struct buf text;
    struct url url;

    buf_init(&text, 100);
    buf_init(links, 1 << 20);
    assert_int_equal(url_parse(STR("http://a.test/d/s.xml"), NULL, &text, &url),
                     ERR_OK);
    opt.url = &url;
    sitemap_read(s, d, body, &opt, note, links, said);
    buf_fini(&text);
    decoder_free(d);
    sitemap_free(s);
}

#define U1 "<urlset><url><loc>http://a.test/1</loc></url></urlset>"

static const struct {
    const char *body;
    bool is_named;
    enum sitemap_kind kind;
    bool is_broken;
    const char *links;
} rows[] = {
    /* sitemaps.org: with and without namespace and prefix */
    {U1, false, SITEMAP_URLSET, false, "http://a.test/1 "},
    {"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <loc> --><s:urlset "
     "xmlns:s='x'><s:url><s:loc>\n http://a.test/1 \n</s:loc>"
     "<image:image><image:loc>http://a.test/i</image:loc></image:image>"
     "</s:url></s:urlset>",
     false, SITEMAP_URLSET, false, "http://a.test/1 "},
    {"<urlset><url><loc><![CDATA[http://a.test/?a&amp]]></loc><xhtml:link "
     "rel='alternate' hreflang='de' href='http://a.test/de?x=1&amp;y'/>"
     "</url></urlset>",
     false, SITEMAP_URLSET, false,
     "http://a.test/?a&amp http://a.test/de?x=1&y "},
    {"<urlset><url><loc>http://a.test/?x&#61;1&amp;y=2&copy=3</loc></url>"
     "</urlset>",
     false, SITEMAP_URLSET, false, "http://a.test/?x=1&y=2&copy=3 "},
    {"<sitemapindex><sitemap><loc>/2.xml</loc></sitemap></sitemapindex>", false,
     SITEMAP_INDEX, false, "*http://a.test/2.xml "},
    /* RSS 2.0: link, guid, paging by Atom */
    {"<rss><channel><link>http://a.test/</link><atom:link rel='self' "
     "href='/self'/><atom:link rel='next' href='/p2'/><item><link>/i</link>"
     "<guid>http://a.test/g</guid></item><item><guid isPermaLink='false'>"
     "http://a.test/no</guid><guid>17</guid></item></channel></rss>",
     false, SITEMAP_RSS, false,
     "http://a.test/ http://a.test/p2 http://a.test/i http://a.test/g "},
    {"<rdf:RDF xmlns='http://purl.org/rss/1.0/'><item><link>/r</link></item>"
     "</rdf:RDF>",
     false, SITEMAP_RSS, false, "http://a.test/r "},
    {"<rdf:RDF><item><link>/r</link></item></rdf:RDF>", false, SITEMAP_NONE,
     false, ""},
    /* RFC 4287, XML Base */
    {"<feed xml:base='http://b.test/x/'><link rel='self' href='no'/><entry "
     "xml:base='y/'><link href='1'/></entry><entry><link href='2'/></entry>"
     "</feed>",
     false, SITEMAP_ATOM, false, "http://b.test/x/y/1 http://b.test/x/2 "},
    /* a text only by name; HTML never */
    {"http://a.test/1\r\n\nhttps://b.test/2", true, SITEMAP_TEXT, false,
     "http://a.test/1 https://b.test/2 "},
    {"http://a.test/1", false, SITEMAP_NONE, false, ""},
    {"<!DOCTYPE html><html><url><loc>/x</loc></url></html>", true, SITEMAP_NONE,
     false, ""},
    /* what stood before an error counts; half a URL does not */
    {"<urlset><url><loc>http://a.test/1</loc></url><url><loc>http://a.te",
     false, SITEMAP_URLSET, true, "http://a.test/1 "},
    {"<urlset><url><loc>http://a.test/1</url><url><loc>http://a.test/2</loc>"
     "</url></urlset>",
     false, SITEMAP_URLSET, true, "http://a.test/1 http://a.test/2 "},
    /* no entity of a DTD is expanded */
    {"<!DOCTYPE r [<!ENTITY e 'http://b.test/'><!-- ]> ' -->]><urlset><url>"
     "<loc>/&e;</loc></url></urlset>",
     false, SITEMAP_URLSET, false, "http://a.test/&e; "},
};

static void
test_links_by_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sitemap_said said;
        struct buf links;

        print_message("row %zu\n", i);
        read_it(str_from(rows[i].body), rows[i].is_named, &said, &links);
        print_message("%s: %.*s\n", sitemap_kind_name(said.kind),
                      STR_ARG(links));
        assert_int_equal(said.kind, rows[i].kind);
        assert_true(str_equal(buf_str(&links), str_from(rows[i].links)));
        assert_int_equal(said.is_broken, rows[i].is_broken);
        buf_fini(&links);
    }
}

static void
test_utf16_is_read(void **state)
{
    struct sitemap_said said;
    struct buf links, wide;

    (void)state;
    buf_init(&wide, 1000);
    assert_int_equal(buf_add(&wide, "\xff\xfe", 2), ERR_OK);
    for (const char *p = U1; *p; p++) {
        assert_int_equal(buf_add_char(&wide, *p), ERR_OK);
        assert_int_equal(buf_add_char(&wide, '\0'), ERR_OK);
    }
    read_it(buf_str(&wide), false, &said, &links);
    assert_int_equal(said.kind, SITEMAP_URLSET);
    assert_true(str_equal(buf_str(&links), STR("http://a.test/1 ")));
    buf_fini(&links);
    buf_fini(&wide);
}

/* As a .gz file, by libdeflate's own hand. */
static void
pack(struct str plain, struct buf *out)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t room = libdeflate_gzip_compress_bound(c, plain.n);

    buf_init(out, room);
    assert_int_equal(buf_reserve(out, room), ERR_OK);
    out->n = libdeflate_gzip_compress(c, plain.p, plain.n, out->p, room);
    assert_int_not_equal(out->n, 0);
    libdeflate_free_compressor(c);
}

static void
test_a_gzip_file_is_read(void **state)
{
    struct sitemap_said said;
    struct buf links, packed;
    struct str torn;

    (void)state;
    pack(STR(U1), &packed);
    read_it(buf_str(&packed), false, &said, &links);
    assert_int_equal(said.kind, SITEMAP_URLSET);
    assert_true(said.is_gzip && !said.is_broken && !said.is_cut);
    assert_true(str_equal(buf_str(&links), STR("http://a.test/1 ")));
    buf_fini(&links);
    /* without its trailer all of it is there, but nobody knows */
    torn = (struct str){packed.p, packed.n - 8};
    read_it(torn, false, &said, &links);
    assert_true(said.is_broken);
    assert_true(str_equal(buf_str(&links), STR("http://a.test/1 ")));
    buf_fini(&links);
    buf_fini(&packed);
    /* a text in it: only by name */
    pack(STR("http://a.test/1\n"), &packed);
    read_it(buf_str(&packed), false, &said, &links);
    assert_int_equal(said.kind, SITEMAP_NONE);
    buf_fini(&links);
    read_it(buf_str(&packed), true, &said, &links);
    assert_int_equal(said.kind, SITEMAP_TEXT);
    assert_true(str_equal(buf_str(&links), STR("http://a.test/1 ")));
    buf_fini(&links);
    buf_fini(&packed);
}

/* Far more than there is room for: the head of it is read. */
static void
test_a_bomb_is_cut(void **state)
{
    struct sitemap_said said;
    struct buf links, packed, plain;

    (void)state;
    buf_init(&plain, 64 << 20);
    assert_int_equal(buf_add_str(&plain, STR("<urlset><url><loc>/1</loc>"
                                             "</url>")),
                     ERR_OK);
    assert_int_equal(buf_reserve(&plain, 40 << 20), ERR_OK);
    memset(plain.p + plain.n, ' ', 30 << 20);
    plain.n += 30 << 20;
    assert_int_equal(buf_add_str(&plain, STR("<url><loc>/2</loc></url>"
                                             "</urlset>")),
                     ERR_OK);
    pack(buf_str(&plain), &packed);
    read_it(buf_str(&packed), false, &said, &links);
    assert_int_equal(said.kind, SITEMAP_URLSET);
    assert_true(said.is_cut || said.is_broken);
    assert_true(str_equal(buf_str(&links), STR("http://a.test/1 ")));
    buf_fini(&links);
    buf_fini(&packed);
    buf_fini(&plain);
}

static void
count(void *arg, const struct sitemap_link *link)
{
    size_t *n = arg;

    assert_true(link->href.n > 0);
    ++*n;
}

static void
read_with(struct str body, struct sitemap_options opt,
          struct sitemap_said *said, size_t *n)
{
    struct sitemap *s = sitemap_new(16 << 20);
    struct decoder *d = decoder_new();
    struct buf text;
    struct url url;

    *n = 0;
    buf_init(&text, 100);
    assert_int_equal(url_parse(STR("http://a.test/"), NULL, &text, &url),
                     ERR_OK);
    opt.url = &url;
    sitemap_read(s, d, body, &opt, count, n, said);
    buf_fini(&text);
    decoder_free(d);
    sitemap_free(s);
}

static void
test_links_have_a_bound(void **state)
{
    struct sitemap_said said;
    struct buf many;
    size_t n;

    (void)state;
    buf_init(&many, 4 << 20);
    assert_int_equal(buf_addf(&many, "<urlset>"), ERR_OK);
    for (int i = 0; i < SITEMAP_LINKS_MAX; i++)
        assert_int_equal(buf_addf(&many, "<url><loc>/%d</loc></url>", i),
                         ERR_OK);
    read_with(buf_str(&many), (struct sitemap_options){.max_links = 0}, &said,
              &n);
    assert_int_equal(n, SITEMAP_LINKS_MAX);
    assert_false(said.is_cut);
    assert_true(said.is_broken); /* no </urlset> */
    assert_int_equal(buf_addf(&many, "<url><loc>/x</loc></url></urlset>"),
                     ERR_OK);
    read_with(buf_str(&many), (struct sitemap_options){.max_links = 0}, &said,
              &n);
    assert_int_equal(n, SITEMAP_LINKS_MAX);
    assert_true(said.is_cut && !said.is_broken);
    read_with(buf_str(&many), (struct sitemap_options){.max_links = 3}, &said,
              &n);
    assert_int_equal(n, 3);
    assert_int_equal(said.count, 3);
    assert_true(said.is_cut && !said.is_broken);
    buf_fini(&many);
}

/* The head of a document is not broken, and half a URL is none. */
static void
test_a_head_is_read(void **state)
{
    static const struct {
        const char *body;
        size_t links;
    } heads[] = {
        {"<urlset><url><loc>/1</loc></url><url><loc>/ha", 1},
        {"<urlset><url><loc>/1</loc></url><url><lo", 1},
        {"<feed><entry><link href='/1'/><link href='/ha", 1},
        {"<urlset><url><loc>/1</loc></url><", 1},
        {"<feed><entry><link href='/1'/><link href", 1},
        {"<feed><entry><link href='/1'/><link href=", 1},
        {"http://a.test/1\nhttp://a.test/ha", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        struct sitemap_said said;
        size_t n;

        print_message("%s\n", heads[i].body);
        read_with(str_from(heads[i].body),
                  (struct sitemap_options){.is_named = true, .is_cut = true},
                  &said, &n);
        assert_int_equal(n, heads[i].links);
        assert_true(said.is_cut && !said.is_broken);
    }
}

static void
test_what_is_likely(void **state)
{
    static const struct {
        const char *type, *path, *body;
        bool is_likely;
    } likely[] = {
        {"text/html", "/", "<?xml version='1.0'?><rss>", true},
        {"", "/", "\xef\xbb\xbf\n<urlset>", true},
        {"text/html", "/", "<!DOCTYPE html><p>", false},
        {"text/html", "/", "\n <HTML lang=en>", false},
        {"text/plain", "/sitemap.txt", "http://a.test/", false},
        {"application/gzip", "/", "\x1f\x8b\x08", true},
        {"image/x", "/s.xml.gz", "\x1f\x8b\x08", true},
        {"image/x", "/s.tgz", "\x1f\x8b\x08", false},
        {"text/xml", "/", "", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]); i++) {
        print_message("row %zu\n", i);
        assert_int_equal(sitemap_is_likely(str_from(likely[i].type),
                                           str_from(likely[i].path),
                                           str_from(likely[i].body)),
                         likely[i].is_likely);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links_by_kind),
        cmocka_unit_test(test_utf16_is_read),
        cmocka_unit_test(test_a_gzip_file_is_read),
        cmocka_unit_test(test_a_bomb_is_cut),
        cmocka_unit_test(test_links_have_a_bound),
        cmocka_unit_test(test_a_head_is_read),
        cmocka_unit_test(test_what_is_likely),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
