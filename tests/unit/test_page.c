/* SPDX-License-Identifier: MIT */
#include "worker/page.h"

#include "worker/legacy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* MIME Sniffing 4.4, 7 */
static void
test_kind_is_what_the_header_says(void **state)
{
    static const struct {
        const char *type;
        enum page_kind want;
    } cases[] = {
        {"text/html", PAGE_HTML},
        {"Text/HTML; charset=x", PAGE_HTML},
        {" text/html ;", PAGE_HTML},
        {"application/xhtml+xml", PAGE_HTML},
        {"text/plain", PAGE_TEXT},
        {"text/css", PAGE_TEXT},
        {"text/xml", PAGE_XML},
        {"application/xml;a=b", PAGE_XML},
        {"application/rss+xml", PAGE_XML},
        {"image/svg+xml", PAGE_XML},
        {"application/pdf", PAGE_OTHER},
        {"image/png", PAGE_OTHER},
        {"application/octet-stream", PAGE_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(page_kind(str_from(cases[i].type), STR("<html>")),
                         cases[i].want);
}

/* MIME Sniffing 7.1 */
static void
test_kind_is_sniffed_without_a_header(void **state)
{
    const struct {
        struct str body;
        enum page_kind want;
    } cases[] = {
        {STR("<!doctype HTML>"), PAGE_HTML},
        {STR(" \t\r\n\f<html lang=x>"), PAGE_HTML},
        {STR("<!DOCTYPE html"), PAGE_TEXT}, /* nothing ends the pattern */
        {STR("<!-- x"), PAGE_HTML},
        {STR("<a href=x>"), PAGE_HTML},
        {STR("<p>"), PAGE_HTML},
        {STR("<br/>"), PAGE_TEXT},
        {STR("<abc>"), PAGE_TEXT},
        {STR("x <html>"), PAGE_TEXT},
        {STR("<?xml version"), PAGE_XML},
        {STR("%PDF-1.4"), PAGE_OTHER},
        {STR("%!PS-Adobe-3.0"), PAGE_OTHER},
        {STR("%!PS"), PAGE_TEXT},
        {STR("PK\x03\x04"), PAGE_OTHER},
        {STR("\x1f\x8b\x08"), PAGE_OTHER},
        {STR("GIF89a\x01\0\x01\0"), PAGE_OTHER},
        {STR("\xff\xd8\xff\xe0\0\x10JFIF"), PAGE_OTHER},
        {STR("\v<html>"), PAGE_OTHER}, /* VT is no white space */
        {STR("<HTML\t>"), PAGE_TEXT},  /* a tag ends at SP or ">" */
        {STR("<tItLe>x"), PAGE_HTML},
        {STR("<sCript src=x>"), PAGE_HTML},
        {STR("<IFRAME >"), PAGE_HTML},
        {STR("<BODY\n>"), PAGE_TEXT},
        {STR("<!--"), PAGE_HTML},
        {STR("{\"a\":1}"), PAGE_TEXT},
        {STR("\xff\xfe<\0"), PAGE_TEXT},
        {STR("plain\x1b text\n"), PAGE_TEXT},
        {STR("\x89PNG\r\n\x1a\n"), PAGE_OTHER},
        {STR("a\0b"), PAGE_OTHER},
        {STR("\xfe\xff\0a"), PAGE_TEXT},
        {STR("\xef\xbb\xbf<html>"), PAGE_TEXT},
        {STR(""), PAGE_TEXT},
        {STR_NONE, PAGE_TEXT},
    };
    static const char *const unknown[] = {
        "",           "html",      "text/",           "/html",
        "text html/", "*/*",       "unknown/unknown", "application/unknown",
        ";charset=x", "te xt/html"};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(page_kind(STR_NONE, cases[i].body), cases[i].want);
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_int_equal(page_kind(str_from(unknown[i]), STR("<p>")),
                         PAGE_HTML);
}

/* Encoding 4.2 */
static void
test_labels_stand_for_charsets(void **state)
{
    static const struct {
        const char *label;
        const char *want;
    } cases[] = {
        {"UTF-8", "UTF-8"},
        {" utf8\n", "UTF-8"},
        {"unicode-1-1-utf-8", "UTF-8"},
        {"iso-8859-1", "windows-1252"},
        {"Latin1", "windows-1252"},
        {"us-ascii", "windows-1252"},
        {"iso-8859-9", "windows-1254"},
        {"iso-8859-8-i", "ISO-8859-8-I"},
        {"iso-8859-11", "windows-874"},
        {"gb2312", "GBK"},
        {"GBK", "GBK"},
        {"gb18030", "gb18030"},
        {"big5", "Big5"},
        {"shift_jis", "Shift_JIS"},
        {"x-sjis", "Shift_JIS"},
        {"euc-jp", "EUC-JP"},
        {"iso-2022-jp", "ISO-2022-JP"},
        {"euc-kr", "EUC-KR"},
        {"ks_c_5601-1987", "EUC-KR"},
        {"windows-1251", "windows-1251"},
        {"koi8-r", "KOI8-R"},
        {"mac", "macintosh"},
        {"x-mac-cyrillic", "x-mac-cyrillic"},
        {"utf-16", "UTF-16LE"},
        {"utf-16be", "UTF-16BE"},
        {"x-user-defined", "x-user-defined"},
        /* the standard's "replacement", and what is in no table */
        {"iso-2022-kr", NULL},
        {"hz-gb-2312", NULL},
        {"utf-7", NULL},
        {"utf", NULL},
        {"latin1 l1", NULL},
        {"", NULL},
        {" ", NULL},
        {"a-label-that-is-longer-than-any-label", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *got = page_charset_label(str_from(cases[i].label));

        if (cases[i].want == NULL) {
            assert_null(got);
            continue;
        }
        assert_non_null(got);
        assert_string_equal(got, cases[i].want);
        assert_true(strncmp(got, "UTF-", 4) == 0 || legacy_find(got) != NULL);
    }
    assert_ptr_equal(page_charset_meta_label(STR("x-user-defined")),
                     PAGE_WINDOWS1252);
    assert_ptr_equal(page_charset_meta_label(STR("utf-16be")), PAGE_UTF8);
}

/* HTML 13.2.3.1: the order of trust */
static void
test_charset_is_bom_header_meta_valid_fallback(void **state)
{
    static const struct {
        const char *type, *body, *want;
        enum page_charset_how how;
    } cases[] = {
        {"text/html;charset=koi8-r", "\xef\xbb\xbf<meta charset=big5>", "UTF-8",
         PAGE_CHARSET_BOM},
        {"", "\xff\xfe<", "UTF-16LE", PAGE_CHARSET_BOM},
        {"", "\xfe\xff", "UTF-16BE", PAGE_CHARSET_BOM},
        {"text/html;charset=koi8-r", "<meta charset=big5>", "KOI8-R",
         PAGE_CHARSET_HEADER},
        {"text/html; a=b; Charset=\"koi8-r\"; c", "", "KOI8-R",
         PAGE_CHARSET_HEADER},
        {"text/html; a; charset = koi8-r ", "", "KOI8-R", PAGE_CHARSET_HEADER},
        {"text/html; charset=utf-16", "", "UTF-16LE", PAGE_CHARSET_HEADER},
        {"text/html; a=\"charset=big5\"; charset=koi8-r", "", "KOI8-R",
         PAGE_CHARSET_HEADER},
        {"text/html;charset=nonsense", "<meta charset=big5>", "Big5",
         PAGE_CHARSET_META},
        {"text/html;charset=", "<meta charset=big5>", "Big5",
         PAGE_CHARSET_META},
        {"", "<meta charset=nonsense>\xc3\xa9", "UTF-8", PAGE_CHARSET_GUESS},
        {"", "plain", "UTF-8", PAGE_CHARSET_GUESS},
        {"", "caf\xe9", "windows-1252", PAGE_CHARSET_FALLBACK},
        {"", "<?xml version='1.0' encoding='koi8-r'?><p>", "KOI8-R",
         PAGE_CHARSET_XML},
        {"", "<?xml version='1.0' ENCODING='koi8-r'?><p>", "UTF-8",
         PAGE_CHARSET_GUESS},
        {"", "<?xml version='1.0' encoding='utf-16'?><p>", "UTF-8",
         PAGE_CHARSET_XML},
        {"", "<?xml encoding='koi8-r'?><meta charset=big5>", "Big5",
         PAGE_CHARSET_META},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum page_charset_how how;
        const char *got = page_charset(str_from(cases[i].type),
                                       str_from(cases[i].body), STR_NONE, &how);

        assert_string_equal(got, cases[i].want);
        assert_int_equal(how, cases[i].how);
    }
    assert_null(page_charset_sure(STR("text/html"), STR("<p>"), NULL));
}

/* HTML 13.2.3.2 "prescan a byte stream to determine its encoding" */
static void
test_prescan_finds_what_browsers_find(void **state)
{
    const struct {
        struct str in;
        const char *want;
    } cases[] = {
        {STR("<meta charset=koi8-r>"), "KOI8-R"},
        {STR("<META CHARSET='koi8-r'/>"), "KOI8-R"},
        {STR("<meta/charset = \"koi8-r\" >"), "KOI8-R"},
        {STR("<meta charset=koi8-r charset=big5>"), "KOI8-R"},
        {STR("<meta charset=x><meta charset=koi8-r>"), "KOI8-R"},
        {STR("<meta charset=utf-16>"), "UTF-8"},
        {STR("<meta http-equiv=Content-Type content='a; charset=koi8-r'>"),
         "KOI8-R"},
        {STR("<meta content='a; charset=koi8-r' http-equiv=content-type>"),
         "KOI8-R"},
        {STR("<meta content='a; charset=koi8-r'>"), NULL},
        {STR("<meta content='a; charset=koi8-r' http-equiv=refresh>"), NULL},
        {STR("<meta content='charset=big5' charset=koi8-r>"), "KOI8-R"},
        {STR("<metal charset=koi8-r>"), NULL},
        {STR("<!--<meta charset=big5>--><meta charset=koi8-r>"), "KOI8-R"},
        {STR("<!--><meta charset=koi8-r>"), "KOI8-R"},
        {STR("<!-- <meta charset=koi8-r>"), NULL},
        {STR("<!x <meta charset=big5><meta charset=koi8-r>"), "KOI8-R"},
        {STR("<?x <meta charset=big5><meta charset=koi8-r>"), "KOI8-R"},
        {STR("<a title='<meta charset=big5>'><meta charset=koi8-r>"), "KOI8-R"},
        {STR("</a title='<meta charset=big5>'><meta charset=koi8-r>"),
         "KOI8-R"},
        {STR("<a title='<meta charset=koi8-r>"), NULL},
        {STR("<script>'<meta charset=koi8-r>'"), "KOI8-R"},
        {STR("< meta charset=big5><meta charset=koi8-r>"), "KOI8-R"},
        {STR("<meta charset=koi8-r"), NULL}, /* ran out of bytes */
        {STR("<meta charset='koi8-r"), NULL},
        {STR("<meta charset"), NULL},
        {STR("<meta "), NULL},
        {STR("<meta"), NULL},
        {STR("<"), NULL},
        {STR("<!--"), NULL},
        {STR("<!"), NULL},
        {STR(""), NULL},
        {STR("<\0?\0x\0m\0"), "UTF-16LE"},
        {STR("\0<\0?\0x\0m"), "UTF-16BE"},
        {STR("<?xml version='1.0' encoding='koi8-r'?>"), "KOI8-R"},
        {STR("<?xml encoding = \"koi8-r\" ?>"), "KOI8-R"},
        {STR("<?xml encoding='koi8-r?>"), NULL},
        {STR("<?xml version='1.0'?> encoding='koi8-r'"), NULL},
        {STR("<?xml encoding='big5'?><meta charset=koi8-r>"), "KOI8-R"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *body = malloc(cases[i].in.n + 1);
        const char *got;

        assert_non_null(body);
        memcpy(body, cases[i].in.p, cases[i].in.n);
        got = page_charset_prescan((struct str){body, cases[i].in.n},
                                   PAGE_PRESCAN_BYTES, NULL);
        if (cases[i].want == NULL ? got != NULL
                                  : !got || strcmp(got, cases[i].want) != 0)
            fail_msg("%.*s gave %s", STR_ARG(cases[i].in), got ? got : "NULL");
        free(body);
    }
    /* it looks no further than it is told */
    assert_null(page_charset_prescan(STR("<meta charset=koi8-r>"), 20, NULL));
    assert_non_null(
        page_charset_prescan(STR("<meta charset=koi8-r>"), 21, NULL));
}

/* HTML 2.5 "extracting a character encoding from a meta element" */
static void
test_meta_content_names_a_charset(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"text/html; charset=koi8-r", "KOI8-R"},
        {"text/html;CHARSET = koi8-r;x", "KOI8-R"},
        {"charset='koi8-r' x", "KOI8-R"},
        {"charset=\"koi8-r\"", "KOI8-R"},
        {"charset koi8-r; charset=big5", "Big5"},
        {"charset=koi8-r charset=big5", "KOI8-R"},
        {"charset='koi8-r", NULL},
        {"charset=", NULL},
        {"charset", NULL},
        {"text/html", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *got = page_charset_meta_content(str_from(cases[i].in));

        if (cases[i].want == NULL)
            assert_null(got);
        else
            assert_string_equal(got, cases[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kind_is_what_the_header_says),
        cmocka_unit_test(test_kind_is_sniffed_without_a_header),
        cmocka_unit_test(test_labels_stand_for_charsets),
        cmocka_unit_test(test_charset_is_bom_header_meta_valid_fallback),
        cmocka_unit_test(test_prescan_finds_what_browsers_find),
        cmocka_unit_test(test_meta_content_names_a_charset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
