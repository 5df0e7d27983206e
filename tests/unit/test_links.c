/* SPDX-License-Identifier: MIT */
#include "worker/links.h"

#include <libxml/parser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "worker/charref.h"
#include "worker/page.h"
#include "worker/recode.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a test gathers: "a:href a!:href", '!' for nofollow. */
struct gathered {
    struct buf text;
    uint64_t known[64]; /* the novelty filter of a test */
    size_t n_known;
    uint64_t hashes[64];
    size_t n_hashes;
};

static struct gathered got;
static struct links *links;
static struct links_page page;
static char *html_copy; /* page.base_href may borrow from it */

static void
gather(void *arg, const struct link *link)
{
    static const char *const kinds[] = {
        "a", "area", "rel", "frame", "iframe", "refresh", "requisite", "form"};
    struct gathered *g = arg;

    assert_true(utf8_is_valid(link->href.p, link->href.n));
    assert_int_equal(buf_addf(&g->text, "%s%s%s:%.*s", g->text.n ? " " : "",
                              kinds[link->kind], link->is_nofollow ? "!" : "",
                              STR_ARG(link->href)),
                     ERR_OK);
    if (g->n_hashes < COUNT(g->hashes))
        g->hashes[g->n_hashes++] = link->tag_hash;
}

static const char *
find(struct str html, const struct links_options *opt)
{
    enum err e;

    free(html_copy);
    html_copy = xmalloc(html.n ? html.n : 1); /* an over-read is seen */
    memcpy(html_copy, html.p, html.n);
    buf_reset(&got.text);
    got.n_hashes = 0;
    e = links_find(links, (struct str){html_copy, html.n}, opt, gather, &got,
                   &page);
    assert_int_equal(e, ERR_OK);
    assert_int_equal(buf_add_char(&got.text, '\0'), ERR_OK);
    return got.text.p;
}

struct links_case {
    const char *in;
    const char *want;
};

static void
check(const struct links_case *cases, size_t n, const struct links_options *opt)
{
    for (size_t i = 0; i < n; i++) {
        const char *text = find(str_from(cases[i].in), opt);

        if (strcmp(text, cases[i].want) != 0)
            fail_msg("%s%s\n gave %s\n want %s", cases[i].in,
                     opt->is_full ? " (full)" : "", text, cases[i].want);
    }
}

static int
setup(void **state)
{
    (void)state;
    xmlInitParser();
    links = links_new();
    buf_init(&got.text, 1 << 24);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    links_free(links);
    links_free(NULL);
    buf_fini(&got.text);
    free(html_copy);
    xmlCleanupParser();
    return 0;
}

static const struct links_options plain = {.charset = NULL};

/* What both ways of reading a page must agree on. */
static const struct links_case agreed[] = {
    {"<a href=x>", "a:x"},
    {"<a href=' \t\n x y \r\n'>", "a:x y"},
    {"<a href=''><a href>", "a: a:"},
    {"<a name=x>", ""},
    {"<A HREF='X' REL='NoFollow'>", "a!:X"},
    {"<a href=x rel='a nofollow b'>", "a!:x"},
    {"<a href=x rel='nofollows'>", "a:x"},
    {"<a href=x rel=ugc>", "a:x"},
    {"<area href=x>", "area:x"},
    {"<map><area href=x rel=nofollow></map>", "area!:x"},
    {"<iframe src=x></iframe><a href=y>", "iframe:x a:y"},
    {"<link rel=next href=x><link rel='PREV' href=y>", "rel:x rel:y"},
    {"<link rel=canonical href=x><link rel=alternate href=y>", "rel:x rel:y"},
    {"<link rel='alternate stylesheet' href=no>", ""},
    {"<link rel=stylesheet href=no><link rel=icon href=no>", ""},
    {"<link href=no>", ""},
    {"<a href=1 href=2>", "a:1"},
    {"<p><a href=1><b>x</p><a href=2><table><a href=3><tr><td><a href=4>",
     "a:1 a:2 a:3 a:4"},
    {"<a href='?a=1&amp;b=2'>", "a:?a=1&b=2"},
    {"<a href='?a=1&b=2&copy=3'>", "a:?a=1&b=2&copy=3"},
    {"<a href=\"?q=&quot;x&quot;&lt;&gt;\">", "a:?q=\"x\"<>"},
    {"<a href='?q=\"&amp;'>", "a:?q=\"&"},
    {"<a href='&eacute;&#233;&#xe9;'>", "a:\xc3\xa9\xc3\xa9\xc3\xa9"},
    {"<a href=a&amp;b rel='no&#102;ollow'>", "a!:a&b"},
    {"<!-- <a href=no> --><a href=x>", "a:x"},
    {"<script>'<a href=no>'</script><a href=x>", "a:x"},
    {"<style><a href=no></style><a href=x>", "a:x"},
    {"<textarea><a href=no></textarea><a href=x>", "a:x"},
    {"<title><a href=no></title><a href=x>", "a:x"},
    {"<iframe><a href=no></iframe><a href=x>", "a:x"},
    {"<noembed><a href=no></noembed><a href=x>", "a:x"},
    {"<xmp><a href=no></xmp><a href=x>", "a:x"},
    {"<noscript><a href=x></noscript>", "a:x"},
    {"<head><noscript><a href=x></noscript></head>", "a:x"},
    {"<template><a href=no><template></template><a href=no></template>"
     "<a href=x>",
     "a:x"},
    {"<frameset><frame src=x><frame src=y></frameset>", "frame:x frame:y"},
    /* 13.2.6.4.20: among frames there is nothing else, but a body before them
     * is one */
    {"\xef\xbb\xbf<!doctype html><!--x--><html><head><title>x</title>"
     "<link rel=next href=x></head> <frameset><frame src=y><a href=no>"
     "<frameset></frameset><noframes><a href=no></noframes></frameset>"
     "<body><a href=no>",
     "rel:x frame:y"},
    {"x<frameset></frameset><a href=x>", "a:x"},
    {"<body><frameset></frameset><a href=x>", "a:x"},
    {"<p><frameset></frameset><a href=x>", "a:x"},
    {"<meta http-equiv=refresh content='5; url=x'>", "refresh:x"},
    /* 13.2.6.4.4: a declarative shadow root is shown, also without scripts */
    {"<div><template shadowrootmode=OPEN><a href=x></template></div><a href=y>",
     "a:x a:y"},
    {"<template shadowrootmode=closed><a href=x><template><a href=no>"
     "</template><a href=y></template><a href=z>",
     "a:x a:y a:z"},
    {"<template><template shadowrootmode=open><a href=no></template>"
     "<a href=no></template><a href=x>",
     "a:x"},
    {"<template shadowrootmode=no><a href=no></template>", ""},
    /* 4.6.7: hyperlinks by rel, and what is none */
    {"<link rel=author href=x><link rel='up home' href=y>", "rel:x rel:y"},
    {"<link rel=preconnect href=no><link rel=search href=no>", ""},
    {"<img src=no srcset=no><form action=no><script src=no></script>", ""},
    {"<meta http-equiv=' refresh' content='5; url=no'>", ""},
    {"<svg><a href=x></a></svg><a href=y>", "a:x a:y"},
    {"<?php <a href=no> ?><a href=x>", "a:x"},
    {"<a title='<a href=no>' href=x>", "a:x"},
    {"", ""},
};

static void
test_both_parsers_find_the_links(void **state)
{
    const struct links_options full = {.is_full = true};

    (void)state;
    check(agreed, COUNT(agreed), &plain);
    check(agreed, COUNT(agreed), &full);
}

/* --page-requisites */
static const struct links_case requisites[] = {
    {"<a href=x><img src=y><area href=z>", "a:x requisite:y area:z"},
    {"<IMG SRC=' x&amp;y '>", "requisite:x&y"},
    {"<image src=x>", "requisite:x"}, /* 13.2.6.4.7 */
    {"<img src=x srcset='y 1x, z 2x'>", "requisite:x requisite:y requisite:z"},
    {"<img srcset='y&amp;1, z&#44; q'>",
     "requisite:y&1 requisite:z requisite:q"},
    {"<img src='' srcset=''><img src><img alt=x>", ""},
    {"<picture><source srcset='x, y 2x'><img src=z></picture>",
     "requisite:x requisite:y requisite:z"},
    {"<audio src=x></audio><video src=y poster=z><track src=t><source src=s>"
     "</video>",
     "requisite:x requisite:y requisite:z requisite:t requisite:s"},
    {"<video poster=x></video>", "requisite:x"},
    {"<input type=IMAGE src=x><input type=text src=no><input src=no>",
     "requisite:x"},
    {"<script src=x>'<img src=no>'</script><script>no</script>", "requisite:x"},
    {"<object data=x><embed src=y></object>", "requisite:x requisite:y"},
    {"<body background=x><table background=y><tr background=z><td background=t>"
     "<th background=u></table>",
     "requisite:x requisite:y requisite:z requisite:t requisite:u"},
    {"<link rel=stylesheet href=x><link rel='shortcut icon' href=y>"
     "<link rel=preconnect href=no><link rel=next href=z>",
     "requisite:x requisite:y rel:z"},
    {"<link rel='alternate stylesheet' href=x>", "requisite:x"},
    {"<link rel=preload as=image imagesrcset='x, y 2x'>",
     "requisite:x requisite:y"},
    {"<link rel=preload href=w imagesrcset='x'>", "requisite:w requisite:x"},
    {"<link rel=preconnect imagesrcset='no'>", ""},
    {"<iframe src=x></iframe>", "iframe:x"},
    /* 4.10.18.6: only the action of a GET form leads to a page */
    {"<form action=x></form><form method=get action=y></form>"
     "<form method=odd action=z></form>",
     "form:x form:y form:z"},
    {"<form method=POST action=no></form><form method=dialog action=no></form>",
     ""},
    {"<form action></form><form></form><form method=get></form>", ""},
    {"<form action=x rel=nofollow></form>", "form!:x"},
    {"<template><img src=no></template><noscript><img src=x></noscript>",
     "requisite:x"},
    {"<!--<img src=no>--><textarea><img src=no></textarea>", ""},
    {"<img data-src=no lowsrc=no><a ping=no><blockquote cite=no>", ""},
};

static void
test_page_requisites_are_found(void **state)
{
    struct links_options opt = {.has_requisites = true};

    (void)state;
    check(requisites, COUNT(requisites), &opt);
    opt.is_full = true;
    check(requisites, COUNT(requisites), &opt);
    check(agreed, 1, &opt); /* and the others beside them */
}

/*
 * Both at once: all pages above in one, in every order of two.  What an
 * unclosed element of the one does to the other is part of the test.
 */
static void
test_both_parsers_agree_on_pairs(void **state)
{
    const struct links_options full = {.is_full = true};
    struct buf pair;

    (void)state;
    buf_init(&pair, 65536);
    for (size_t i = 0; i < COUNT(agreed); i++) {
        for (size_t k = 0; k < COUNT(agreed); k++) {
            char *want;

            buf_reset(&pair);
            assert_int_equal(
                buf_addf(&pair, "%s<hr>%s\n", agreed[i].in, agreed[k].in),
                ERR_OK);
            want = xstrdup(find(buf_str(&pair), &plain));
            if (strcmp(find(buf_str(&pair), &full), want) != 0)
                fail_msg("%.*s gave %s, in full %s", STR_ARG(buf_str(&pair)),
                         want, got.text.p);
            free(want);
        }
    }
    buf_fini(&pair);
}

/* HTML 13.2.5.72 to 13.2.5.80; libxml2 alone reads hardly any of them so. */
static void
test_references_are_read_as_html5_has_them(void **state)
{
    static const struct links_case cases[] = {
        {"<a href='?a&copy'>", "a:?a\xc2\xa9"},
        {"<a href='?a&copy;'>", "a:?a\xc2\xa9"},
        {"<a href='?a&copy=1'>", "a:?a&copy=1"},
        {"<a href='?a&copyx'>", "a:?a&copyx"},
        {"<a href='?a&copy1'>", "a:?a&copy1"},
        {"<a href='?a&copy-1'>", "a:?a\xc2\xa9-1"},
        {"<a href='?a&lt.b'>", "a:?a<.b"},
        {"<a href='?a&amp'>", "a:?a&"},
        {"<a href='?a&ampb'>", "a:?a&ampb"},
        {"<a href='?a&amp=b'>", "a:?a&amp=b"},
        {"<a href='?a&amp;amp;b'>", "a:?a&amp;b"},
        {"<a href='?a&AMP;b&AMP'>", "a:?a&b&"},
        {"<a href='?a&Amp;b'>", "a:?a&Amp;b"},
        {"<a href='&notit;&notin;&not'>", "a:&notit;\xe2\x88\x89\xc2\xac"},
        {"<a href='https&colon;&sol;&sol;a&period;b'>", "a:https://a.b"},
        {"<a href='a&Tab;&NewLine;b'>", "a:a\t\nb"},
        {"<a href='&NotEqualTilde;'>", "a:\xe2\x89\x82\xcc\xb8"},
        {"<a href='&alpha'>", "a:&alpha"},
        {"<a href='&#65;&#65&#x41&#X41;'>", "a:AAAA"},
        {"<a href='&#65b&#x41g'>", "a:AbAg"},
        {"<a href='&#150;&#x80;&#129;'>", "a:\xe2\x80\x93\xe2\x82\xac\xc2\x81"},
        {"<a href='x&#0;&#xd800;&#x110000;&#99999999999;'>",
         "a:x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"<a href='&#1;&#x7f;&#xfffe;'>", "a:\x01\x7f\xef\xbf\xbe"},
        {"<a href='&#;&#x;&#xg;&#'>", "a:&#;&#x;&#xg;&#"},
        {"<a href='&;& &'>", "a:&;& &"},
        {"<a href='&unknown;&unknown'>", "a:&unknown;&unknown"},
        {"<a href='&#34;&#38;amp;&#39;'>", "a:\"&amp;'"},
        {"<a href=&amp;><a href=x><a href=y&amp;>", "a:& a:x a:y&"},
        {"<a href='&amp;<b>'>", "a:&<b>"},
    };

    (void)state;
    check(cases, COUNT(cases), &plain);
}

/* 13.5: every name, through libxml2 and back. */
static void
test_every_name_of_the_standard_is_known(void **state)
{
#define L(name, rune) {"&" name ";", {rune, 0}}, {"&" name, {rune, 0}},
#define N(name, rune) {"&" name ";", {rune, 0}},
#define N2(name, rune, second) {"&" name ";", {rune, second}},
    static const struct {
        const char *ref;
        uint32_t rune[2];
    } all[] = {
#include "worker/charref_table.h"
    };
    struct buf html;

    (void)state;
    assert_int_equal(COUNT(all), 2125 + 106);
    buf_init(&html, 256);
    for (size_t i = 0; i < COUNT(all); i++) {
        char want[16] = "a:x";
        size_t n = 3;

        n += utf8_encode(all[i].rune[0], want + n);
        if (all[i].rune[1] != 0)
            n += utf8_encode(all[i].rune[1], want + n);
        memcpy(want + n, ".", 2);
        buf_reset(&html);
        assert_int_equal(buf_addf(&html, "<a href='x%s.'>", all[i].ref),
                         ERR_OK);
        assert_string_equal(find(buf_str(&html), &plain), want);
    }
    buf_fini(&html);
}

/* Every character goes through libxml2 as it is, by number and raw. */
static void
test_every_character_survives(void **state)
{
    struct buf html;

    (void)state;
    buf_init(&html, 256);
    for (uint32_t rune = 1; rune < 0x110000; rune += rune < 0x3000 ? 1 : 251) {
        char want[16] = "a:x", raw[4];
        size_t n = utf8_encode(rune, raw);

        if ((rune >= 0x80 && rune < 0xa0) || /* by number: windows-1252 */
            (rune >= 0xd800 && rune < 0xe000))
            continue;
        memcpy(want + 3, raw, n);
        memcpy(want + 3 + n, "x", 2);
        buf_reset(&html);
        assert_int_equal(buf_addf(&html, "<a href='x&#x%x;x'>", (unsigned)rune),
                         ERR_OK);
        assert_string_equal(find(buf_str(&html), &plain), want);
        if (rune == '\'' || rune == '&')
            continue;
        memcpy(want + 3 + n, "&", 2);
        buf_reset(&html);
        assert_int_equal(buf_addf(&html, "<a href='x%.*s&amp;'>", (int)n, raw),
                         ERR_OK);
        assert_string_equal(find(buf_str(&html), &plain), want);
    }
    buf_fini(&html);
}

/* HTML 13.2.3; the label says what the bytes mean, whoever gives it. */
static void
test_links_become_utf8(void **state)
{
    const struct {
        const char *charset; /* of the header */
        struct str in;
        const char *want;
        const char *used;
    } cases[] = {
        {NULL, STR("<a href=x>\xff"), "a:x", NULL},
        {NULL, STR("<a href=\xc3\xa9>"), "a:\xc3\xa9", "UTF-8"},
        {NULL, STR("<a href=\xe9>"), "a:\xc3\xa9", "windows-1252"},
        {NULL, STR("<a href=\xc3\xa9>\xff"), "a:\xc3\x83\xc2\xa9",
         "windows-1252"},
        {NULL, STR("<a href=\x80\x81>"), "a:\xe2\x82\xac\xc2\x81",
         "windows-1252"},
        {"utf-8", STR("<a href=a\xe9z>"), "a:a\xef\xbf\xbdz", "UTF-8"},
        {"utf-8", STR("<a href=\xe2\x82z\xf0\x9f\x98>"),
         "a:\xef\xbf\xbdz\xef\xbf\xbd", "UTF-8"},
        {"windows-1251", STR("<a href=\xef\xf0>"), "a:\xd0\xbf\xd1\x80",
         "windows-1251"},
        {"windows-1251", STR("<a href='\xef&amp;\xf0'>"), "a:\xd0\xbf&\xd1\x80",
         "windows-1251"},
        {NULL, STR("<a href=\xef><meta charset=windows-1251>"), "a:\xd0\xbf",
         "windows-1251"},
        {NULL,
         STR("<a href=\xef><meta http-equiv=content-type "
             "content='text/html;charset=windows-1251'>"),
         "a:\xd0\xbf", "windows-1251"},
        {"koi8-r", STR("<meta charset=windows-1251><a href=\xd0>"),
         "a:\xd0\xbf", "KOI8-R"},
        {NULL, STR("<meta charset=no><meta charset=koi8-r><a href=\xd0>"),
         "a:\xd0\xbf", "KOI8-R"},
        {NULL, STR("<!-- <meta charset=koi8-r> --><a href=\xe9>"), "a:\xc3\xa9",
         "windows-1252"},
        {"shift_jis", STR("<a href=\x83\x5c\x8e\x9a>"),
         "a:\xe3\x82\xbd\xe5\xad\x97", "Shift_JIS"},
        {"gbk", STR("<a href='\xd6\xd0\x80'>"), "a:\xe4\xb8\xad\xe2\x82\xac",
         "GBK"},
        {"big5", STR("<a href=\xa4\xa4>"), "a:\xe4\xb8\xad", "Big5"},
        {"big5", STR("<a href=\x88\x66>"), "a:\xc3\x8a", "Big5"},
        {"euc-kr", STR("<a href=\xb0\xa1>"), "a:\xea\xb0\x80", "EUC-KR"},
        {"euc-jp", STR("<a href=\xa4\xa2>"), "a:\xe3\x81\x82", "EUC-JP"},
        /* a lead byte takes no quote with it */
        {"shift_jis", STR("<a href=\"x\x83\"><a href=y>"),
         "a:x\xef\xbf\xbd a:y", "Shift_JIS"},
        {"iso-2022-jp", STR("<a href=\"\x1b$B$\"\x1b(B\">"), "a:\xe3\x81\x82",
         "ISO-2022-JP"},
        {NULL,
         STR("<meta charset=iso-2022-jp><a href=\"\x1b$B$\"\x1b(B&amp;\">"),
         "a:\xe3\x81\x82&", "ISO-2022-JP"},
        {"utf-16", STR("<\0a\0 \0h\0r\0e\0f\0=\0\xe9\0>\0"), "a:\xc3\xa9",
         "UTF-16LE"},
        {"utf-16be", STR("\0<\0a\0 \0h\0r\0e\0f\0=\0\xe9\0>"), "a:\xc3\xa9",
         "UTF-16BE"},
        {"utf-16", STR("<\0a\0 \0h\0r\0e\0f\0=\0x\0\0\xd8>\0y"),
         "a:x\xef\xbf\xbd", "UTF-16LE"},
        {"utf-8", STR("<a href=a\0b>"),
         "a:a\xef\xbf\xbd"
         "b",
         "UTF-8"},
        {"utf-8", STR("<a href='\0&amp;\0'>"), "a:\xef\xbf\xbd&\xef\xbf\xbd",
         "UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct links_options opt = {
            .charset = cases[i].charset
                           ? page_charset_label(str_from(cases[i].charset))
                           : NULL};
        const char *text = find(cases[i].in, &opt);

        if (strcmp(text, cases[i].want) != 0)
            fail_msg("case %zu gave %s, want %s", i, text, cases[i].want);
        if (cases[i].used == NULL)
            assert_null(page.charset);
        else
            assert_string_equal(page.charset, cases[i].used);
    }
}

/* URL Standard 4.4 "query state", "percent-encode after encoding" */
static void
test_queries_keep_the_charset_of_the_page(void **state)
{
    static const struct {
        const char *charset, *in, *want;
    } cases[] = {
        {"windows-1251", "<a href='\xef?\xef#\xef'>",
         "a:\xd0\xbf?%EF#\xd0\xbf"},
        {"windows-1251", "<a href='?a=&#x43f;&amp;b=\xf0'>", "a:?a=%EF&b=%F0"},
        {"windows-1251", "<a href='?&eacute;'>", "a:?%26%23233%3B"},
        {"windows-1251", "<a href='#?\xef'>", "a:#?\xd0\xbf"},
        {"windows-1251", "<a href='\xef'>", "a:\xd0\xbf"},
        {"shift_jis", "<a href='?\x83\x5c'>", "a:?%83\\"},
        {"utf-8", "<a href='?\xd0\xbf'>", "a:?\xd0\xbf"},
        /* whole pages are converted, their queries are not UTF-8 for that */
        {"iso-2022-jp", "<a href='/\x1b$B$\"\x1b(B?\x1b$B$\"$#\x1b(Bz'>",
         "a:/\xe3\x81\x82?%1B$B$%22$%23%1B(Bz"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct links_options opt = {
            .charset = page_charset_label(str_from(cases[i].charset))};

        assert_string_equal(find(str_from(cases[i].in), &opt), cases[i].want);
        opt.is_full = true;
        assert_string_equal(find(str_from(cases[i].in), &opt), cases[i].want);
    }
}

/* HTML 4.2.5.3 "shared declarative refresh steps" */
static void
test_refresh_urls_are_found(void **state)
{
    static const struct links_case cases[] = {
        {"0;url=x", "refresh:x"},
        {"0; URL = 'x y' z", "refresh:x y"},
        {"0;url=\"x", "refresh:x"},
        {"5,x", "refresh:x"},
        {"5 x", "refresh:x"},
        {" 1.5 ; url=x", "refresh:x"},
        {".5;x", "refresh:x"},
        {"0;'x'y", "refresh:x"},
        {"0;urlx", "refresh:urlx"},
        {"0;url=", "refresh:"},
        {"0;url=a&amp;b", "refresh:a&b"},
        {"0;", ""},
        {"0", ""},
        {"", ""},
        {"x", ""},
        {";url=x", ""},
        {"0x;url=x", ""},
        {"url=x", ""},
    };
    struct buf html;

    (void)state;
    buf_init(&html, 256);
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool has_quote = strchr(cases[i].in, '\'') != NULL;

        buf_reset(&html);
        assert_int_equal(buf_addf(&html,
                                  "<meta http-equiv=Refresh content=%c%s%c>",
                                  has_quote ? '"' : '\'', cases[i].in,
                                  has_quote ? '"' : '\''),
                         ERR_OK);
        assert_string_equal(find(buf_str(&html), &plain), cases[i].want);
    }
    buf_fini(&html);
    assert_string_equal(find(STR("<meta name=refresh content='0;x'>"), &plain),
                        "");
}

static void
test_the_page_says_what_robots_may(void **state)
{
    static const struct {
        const char *in;
        bool nofollow, noindex;
    } cases[] = {
        {"<a href=x>", false, false},
        {"<meta name=robots content=nofollow>", true, false},
        {"<meta name=ROBOTS content=' NoIndex , NOFOLLOW'>", true, true},
        {"<meta name=robots content=none>", true, true},
        {"<meta name=robots content='index,follow'>", false, false},
        {"<meta name=robots content='nofollower'>", false, false},
        {"<meta name=robots content='noarchive'><a href=x>"
         "<meta name=robots content=noindex>",
         false, true},
        {"<meta name=weft content=nofollow>", true, false},
        {"<meta name=otherbot content=nofollow>", false, false},
        {"<meta name=robots content='no&#102;ollow'>", true, false},
        {"<!--<meta name=robots content=none>-->", false, false},
        {"<meta name='' content=none>", false, false},
    };
    struct links_options opt = {.agent_token = STR("Weft")};

    (void)state;
    for (size_t i = 0; i < COUNT(cases) * 2; i++) {
        opt.is_full = i % 2;
        find(str_from(cases[i / 2].in), &opt);
        assert_int_equal(page.robots.nofollow, cases[i / 2].nofollow);
        assert_int_equal(page.robots.noindex, cases[i / 2].noindex);
    }
}

/* HTML 4.2.3: the first base that has an href */
static void
test_the_first_base_counts(void **state)
{
    static const struct links_case cases[] = {
        {"<base href=x><base href=y>", "x"},
        {"<a href=z><base target=t><base href=' y '>", "y"},
        {"<base href='?a&amp;b'><a href='c&amp;d'>", "?a&b"},
        {"<base href='\xd0\xbf'><a href='\xd0\xbf'>", "\xd0\xbf"},
        {"<base href=''>", ""},
    };
    struct links_options opt = {.charset = NULL};

    (void)state;
    for (size_t i = 0; i < COUNT(cases) * 2; i++) {
        opt.is_full = i % 2;
        find(str_from(cases[i / 2].in), &opt);
        assert_non_null(page.base_href.p);
        assert_true(str_equal(page.base_href, str_from(cases[i / 2].want)));
    }
    find(STR("<template><base href=x></template>"), &plain);
    assert_null(page.base_href.p);
}

static bool
is_known(void *arg, uint64_t hash)
{
    struct gathered *g = arg;

    for (size_t i = 0; i < g->n_known; i++)
        if (g->known[i] == hash)
            return true;
    return false;
}

/* Whether what tag gave on the one page is taken for known on the other. */
static bool
is_same(const char *tag, const char *first, const char *second,
        const char *head)
{
    struct links_options opt = {.is_known = is_known};
    struct buf html;
    bool is_gone;

    buf_init(&html, 1024);
    got.n_known = 0;
    opt.page_url = str_from(first);
    find(str_from(tag), &opt);
    assert_int_equal(page.count, 1);
    assert_int_not_equal(got.hashes[0], 0);
    got.known[got.n_known++] = got.hashes[0];
    opt.page_url = str_from(second);
    assert_int_equal(buf_addf(&html, "%s%s", head, tag), ERR_OK);
    find(buf_str(&html), &opt);
    is_gone = page.known == 1;
    assert_int_equal(page.count, is_gone ? 0 : 1);
    buf_fini(&html);
    return is_gone;
}

/* A tag is known where its reference leads to the same URL, and only there. */
static void
test_known_tags_depend_on_what_their_reference_does(void **state)
{
    static const struct {
        const char *tag;
        bool page, folder, host; /* known on another page of the same ... */
    } cases[] = {
        {"<a href=x>", true, true, false},
        {"<a href=../x>", true, true, false},
        {"<a href='x?a&amp;b'>", true, true, false},
        {"<a href=/x>", true, true, true},
        {"<a href=//h/x>", true, true, true},
        {"<a href='?x'>", true, false, false},
        {"<a href=''>", true, false, false},
        {"<a href=' ?x'>", true, false, false},
        {"<a href='&quest;x'>", true, false, false},
        {"<a href=http:x>", true, true, false},
    };
    const char *url = "http://h/a/b?c/d";

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *tag = cases[i].tag;

        assert_int_equal(is_same(tag, url, url, ""), cases[i].page);
        assert_int_equal(is_same(tag, url, "http://h/a/z", ""),
                         cases[i].folder);
        assert_int_equal(is_same(tag, url, "http://h/z/b?c/d", ""),
                         cases[i].host);
        assert_false(is_same(tag, url, "http://i/a/b?c/d", ""));
        assert_false(is_same(tag, url, "https://h/a/b?c/d", ""));
        assert_false(is_same(tag, url, url, "<base href=q/>"));
    }
    assert_true(is_same("<a href=http://x/>", url, "https://i/", ""));
    assert_true(
        is_same("<a href=HTTPS://x/>", url, "http://i/", "<base href=q>"));
    /* the bytes count: kind, rel, and what the charset makes of them */
    got.n_known = 0;
    assert_true(is_same("<a href=\xd0\xbf>", url, url, ""));
    assert_false(
        is_same("<a href=\xd0\xbf>", url, url, "<meta charset=koi8-r>"));
    assert_true(is_same("<a href=x>", url, url, "<meta charset=koi8-r>"));
    {
        struct links_options opt = {.page_url = STR("http://h/"),
                                    .is_known = is_known};

        got.n_known = 0;
        find(STR("<a href=x><a href=x rel=nofollow><area href=x><a href=y>"),
             &opt);
        assert_int_equal(got.n_hashes, 4);
        for (int i = 0; i < 4; i++)
            for (int k = 0; k < i; k++)
                assert_int_not_equal(got.hashes[i], got.hashes[k]);
        find(STR("<a href=x title=1><a title=2 href='x'>"), &opt);
        assert_int_equal(got.hashes[0], got.hashes[1]);
        find(STR("<a href=x#1><a href='x#2 &#35;'><a href=x>"), &opt);
        assert_int_equal(got.hashes[0], got.hashes[1]);
        assert_int_equal(got.hashes[0], got.hashes[2]);
        find(STR("<a href='x&#50;'><a href='x&#51;#2'><a href='x&'>"), &opt);
        assert_int_not_equal(got.hashes[0], got.hashes[1]);
        assert_int_not_equal(got.hashes[0], got.hashes[2]);
        assert_int_not_equal(got.hashes[1], got.hashes[2]);
        find(STR("<a href='#x'>"), &opt);
        assert_int_equal(page.count, 1);
        assert_int_equal(got.hashes[0], 0); /* it was not asked */
    }
}

static void
test_bounds_hold(void **state)
{
    struct links_options opt = {.max_links = 2};
    struct buf html;

    (void)state;
    assert_string_equal(find(STR("<a href=1><a href=2><a href=3>"), &opt),
                        "a:1 a:2");
    assert_true(page.is_cut);
    assert_int_equal(page.count, 2);
    find(STR("<a href=1><link rel=stylesheet href=no><a href=2>"), &opt);
    assert_false(page.is_cut);
    assert_int_equal(page.count, 2);
    opt.is_full = true;
    find(STR("<a href=1><a href=2><a href=3>"), &opt);
    assert_true(page.is_cut);

    /* libxml2 would take a second for these attributes */
    buf_init(&html, 1 << 20);
    assert_int_equal(buf_add_str(&html, STR("<p ")), ERR_OK);
    for (int i = 0; i < 50000; i++)
        assert_int_equal(buf_addf(&html, "a%d ", i), ERR_OK);
    assert_int_equal(buf_add_str(&html, STR("><a href='x&amp;'>")), ERR_OK);
    assert_string_equal(find(buf_str(&html), &opt), "a:x&");
    buf_fini(&html);
}

static double
seconds_for(const char *part, char *html, size_t size)
{
    struct timespec start, end;
    size_t n = strlen(part);

    for (size_t at = 0; at < size; at++)
        html[at] = part[at % n];
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    find((struct str){html, size}, &plain);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return (double)(end.tv_sec - start.tv_sec) +
           (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

/*
 * The worst that 2 MB can ask of libxml2 by way of the small document; see
 * test_sieve.c for the bound.
 */
static void
test_hostile_pages_take_linear_time(void **state)
{
    static const char *const parts[] = {"<a href='&'>",
                                        "<a href=&amp;>",
                                        "<a href='&#x",
                                        "<a href=&a;>",
                                        "<meta name=robots content='&none,,,'>",
                                        "<base href='&'>",
                                        "<a href=\xff&>",
                                        "<a href='&#0;' rel='&'>",
                                        "<a href='&&&&&&&'",
                                        "<iframe src='&amp;'>"};
    const size_t size = 2 << 20;
    char *html = xmalloc(size);

    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        double quarter = seconds_for(parts[i], html, size / 4);
        double whole = seconds_for(parts[i], html, size);

        if (whole > 10 * quarter + 0.5)
            fail_msg("%s: %f s, a quarter of it %f s", parts[i], whole,
                     quarter);
    }
    free(html);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_parsers_find_the_links),
        cmocka_unit_test(test_page_requisites_are_found),
        cmocka_unit_test(test_both_parsers_agree_on_pairs),
        cmocka_unit_test(test_references_are_read_as_html5_has_them),
        cmocka_unit_test(test_every_name_of_the_standard_is_known),
        cmocka_unit_test(test_every_character_survives),
        cmocka_unit_test(test_links_become_utf8),
        cmocka_unit_test(test_queries_keep_the_charset_of_the_page),
        cmocka_unit_test(test_refresh_urls_are_found),
        cmocka_unit_test(test_the_page_says_what_robots_may),
        cmocka_unit_test(test_the_first_base_counts),
        cmocka_unit_test(test_known_tags_depend_on_what_their_reference_does),
        cmocka_unit_test(test_bounds_hold),
        cmocka_unit_test(test_hostile_pages_take_linear_time),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
