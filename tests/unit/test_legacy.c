/*
 * The Encoding standard's legacy encodings.  The hashes are of its own index
 * files (whatwg.org/specs/encoding, 2026): every pointer decoded, every code
 * point of the BMP encoded.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/legacy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "worker/page.h"
#include "worker/recode.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* clang-format off */
static const struct {
    const char *name;
    uint64_t decoded, encoded;
} indexes[] = {
    {"Shift_JIS", UINT64_C(0x3f5659c9f8b0cedd), UINT64_C(0x765c6e7933180e80)},
    {"EUC-JP", UINT64_C(0x0370b6e21e8ba336), UINT64_C(0xe12d781f4726e57f)},
    {"EUC-KR", UINT64_C(0xb147d9d15b455871), UINT64_C(0x64331978430937a8)},
    {"Big5", UINT64_C(0x3386c6947cdf3795), UINT64_C(0x5e7533e336346376)},
    {"GBK", UINT64_C(0x50b1266fd49a4c32), UINT64_C(0x8a5a0933423e66f6)},
    {"gb18030", UINT64_C(0x50b1266fd49a4c32), UINT64_C(0x0e3ed9930fa3cc7f)},
    {"IBM866", UINT64_C(0x1fc2571f04806dca), UINT64_C(0x371e92aff71dd8c9)},
    {"ISO-8859-2", UINT64_C(0x588024dc95e3e2b6), UINT64_C(0x3ba40158d9b03c9d)},
    {"ISO-8859-3", UINT64_C(0x135e61974ca24517), UINT64_C(0x7a1a9ff66e59ff27)},
    {"ISO-8859-4", UINT64_C(0x91e374cb717c9e0f), UINT64_C(0x0380b0e9345a251d)},
    {"ISO-8859-5", UINT64_C(0xb83ada894cdb942f), UINT64_C(0xe56fd57df3c3adb9)},
    {"ISO-8859-6", UINT64_C(0x54794f86b052c862), UINT64_C(0xde7ee082c8c8f26f)},
    {"ISO-8859-7", UINT64_C(0x8a37fb522272b5e9), UINT64_C(0xe158fac9c9937393)},
    {"ISO-8859-8", UINT64_C(0xda8ab993f35595dd), UINT64_C(0x8ab27d71ff6d456e)},
    {"ISO-8859-8-I", UINT64_C(0xda8ab993f35595dd), UINT64_C(0x8ab27d71ff6d456e)},
    {"ISO-8859-10", UINT64_C(0xf6255d1c555ea19b), UINT64_C(0x3a38a0449686b109)},
    {"ISO-8859-13", UINT64_C(0xc6295f216259d2e1), UINT64_C(0x61231755f971219d)},
    {"ISO-8859-14", UINT64_C(0xdc6e3a7b6097d8b5), UINT64_C(0x4f4d2b610b6614b3)},
    {"ISO-8859-15", UINT64_C(0x5df0b681d68eed40), UINT64_C(0x0a7304b639242f81)},
    {"ISO-8859-16", UINT64_C(0x67e71470c2c3c702), UINT64_C(0x25b03a90945bc72d)},
    {"KOI8-R", UINT64_C(0x0525656e2fbd23bd), UINT64_C(0xbf882b153e17509f)},
    {"KOI8-U", UINT64_C(0x042b0acd8c134fc1), UINT64_C(0xceb5c0bd53ee468d)},
    {"macintosh", UINT64_C(0xf8632623ab537bb5), UINT64_C(0x9797b7a84c0b7fcf)},
    {"windows-874", UINT64_C(0x54fe9749b6d19313), UINT64_C(0x9e5b604849d8f9c7)},
    {"windows-1250", UINT64_C(0x6ccef6573d6d9235), UINT64_C(0x837b6f12724db961)},
    {"windows-1251", UINT64_C(0x9448b7d066a753a5), UINT64_C(0x2bed90be32296a47)},
    {"windows-1252", UINT64_C(0x29ccfe220dc0c01a), UINT64_C(0x1cba166c12339ad1)},
    {"windows-1253", UINT64_C(0xded5f7d24e4dc710), UINT64_C(0x8d3b10014b37284b)},
    {"windows-1254", UINT64_C(0x29e5a164d75b4794), UINT64_C(0xed8103f8e9462553)},
    {"windows-1255", UINT64_C(0xbaa31a84bee9449f), UINT64_C(0xc155308ceb00ca99)},
    {"windows-1256", UINT64_C(0xe1f9d9190525e0cb), UINT64_C(0x2cbea56c853f0ca5)},
    {"windows-1257", UINT64_C(0x879c25a3ba7f16ce), UINT64_C(0x87a59421b7d3db93)},
    {"windows-1258", UINT64_C(0xffed1fce560d4f03), UINT64_C(0x20ee120af10a9781)},
    {"x-mac-cyrillic", UINT64_C(0x18e067f8c866b605), UINT64_C(0x47794e21860e092b)},
};
/* clang-format on */

/* FNV-1a */
static uint64_t
hash(uint64_t h, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
    return h;
}

#define HASH_SEED UINT64_C(0xcbf29ce484222325)

static struct str
decode(const struct legacy *l, struct str in)
{
    static struct buf out;

    buf_init(&out, 4096);
    assert_int_equal(buf_reserve(&out, 1), ERR_OK);
    assert_int_equal(legacy_decode(l, in, &out), ERR_OK);
    return buf_str(&out);
}

static bool
is_broken(struct str s)
{
    return memmem(s.p, s.n, "\xef\xbf\xbd", 3) != NULL;
}

static uint64_t
hash_bytes(const struct legacy *l)
{
    uint64_t h = HASH_SEED;

    for (int c = 0x80; c < 0x100; c++) {
        char byte = (char)c;
        struct str s = decode(l, (struct str){&byte, 1});

        h = hash(h, s.p, s.n);
        free((void *)(uintptr_t)s.p);
    }
    return h;
}

/* The pairs that are one character. */
static uint64_t
hash_pairs(const struct legacy *l)
{
    uint64_t h = HASH_SEED;

    for (int lead = 0x80; lead < 0x100; lead++)
        for (int trail = 0x40; trail < 0x100; trail++) {
            char pair[2] = {(char)lead, (char)trail};
            struct str one = decode(l, (struct str){pair, 1});
            struct str two = decode(l, (struct str){pair, 2});

            if (is_broken(one) && !is_broken(two))
                h = hash(h, two.p, two.n);
            free((void *)(uintptr_t)one.p);
            free((void *)(uintptr_t)two.p);
        }
    return h;
}

static bool
has_pairs(const char *name)
{
    return strchr("SEGgB", name[0]) != NULL;
}

static void
test_indexes_are_the_standards(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(indexes); i++) {
        const char *name = indexes[i].name;
        const struct legacy *l = legacy_find(name);

        assert_non_null(l);
        assert_false(legacy_is_missing(l));
        if ((has_pairs(name) ? hash_pairs(l) : hash_bytes(l)) !=
            indexes[i].decoded)
            fail_msg("%s is decoded otherwise", name);
    }
}

static void
test_encoders_are_the_standards(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(indexes); i++) {
        struct legacy_encoder e = {legacy_find(indexes[i].name), 0};
        uint64_t h = HASH_SEED;

        for (uint32_t rune = 0x80; rune < 0x10000; rune++) {
            char bytes[LEGACY_BYTES];
            bool is_known;
            size_t n;

            if (rune >= 0xd800 && rune < 0xe000)
                continue;
            n = legacy_encode(&e, rune, bytes, &is_known);
            assert_int_equal(is_known, n > 0);
            h = is_known ? hash(h, bytes, n) : hash(h, "?", 1);
        }
        if (h != indexes[i].encoded)
            fail_msg("%s is encoded otherwise", indexes[i].name);
    }
}

/* What is broken becomes U+FFFD, called "!" here, and nothing else is lost. */
static void
test_broken_bytes_cost_one_character(void **state)
{
    const struct {
        const char *name;
        struct str in;
        const char *want;
    } cases[] = {
        /* 10.2.1 gb18030 decoder */
        {"gb18030", STR("a\x81"), "a!"},
        {"gb18030", STR("\x81\x30"), "!"},
        {"gb18030", STR("\x81\x30\x81"), "!"},
        {"gb18030", STR("\x81\x30\x81\x30"), "\xc2\x80"},
        {"gb18030", STR("\x81\x30z"), "!0z"},
        {"gb18030", STR("\x81\x30\x81z"), "!0\xe4\xba\x83"},
        {"gb18030", STR("\x81\x30\x81\xff"), "!0!"},
        {"gb18030", STR("\x84\x31\xa4\x37"), "\xef\xbf\xbd"},
        {"gb18030", STR("\x84\x31\xa5\x30"), "!"},
        {"gb18030", STR("\x90\x30\x81\x30"), "\xf0\x90\x80\x80"},
        {"gb18030", STR("\xe3\x32\x9a\x35"), "\xf4\x8f\xbf\xbf"},
        {"gb18030", STR("\xe3\x32\x9a\x36"), "!"},
        {"gb18030", STR("\x80\xff\x81\x7f\x81\xff"), "\xe2\x82\xac!!\x7f!"},
        {"GBK", STR("\xa2\xe3\x81\x30\x81\x31"), "\xe2\x82\xac\xc2\x81"},
        /* 11.1.1 Big5 decoder */
        {"Big5", STR("\x88\x62\x88\xa5"), "\xc3\x8a\xcc\x84\xc3\xaa\xcc\x8c"},
        {"Big5", STR("\x80\xff\x81\x40\x81\xa1\xa4"), "!!!@!!"},
        {"Big5", STR("\xa4\"\xa4\x80\xa4\xff"), "!\"!!"},
        /* 12.1.1 EUC-JP decoder */
        {"EUC-JP", STR("\x8e\xb1\x8e\xe0"), "\xef\xbd\xb1!"},
        {"EUC-JP", STR("\x8f\xb0\xa1\x8f\xa1\xa1z"), "\xe4\xb8\x82!z"},
        {"EUC-JP", STR("\x8f\xb0z\x8f\xb0\xff\x8f\xb0"), "!z!!"},
        {"EUC-JP", STR("\x8fz\x8f\x8e\x8e"), "!z!!"},
        {"EUC-JP", STR("\xa4z\xa4\xff\xa9\xa1\xa0\xa4"), "!z!!!!"},
        /* 12.3.1 Shift_JIS decoder */
        {"Shift_JIS", STR("\x80\xa0\xfd\xff\xb1"), "\xc2\x80!!!\xef\xbd\xb1"},
        {"Shift_JIS", STR("\x5c\x7e\x81\x5f\x81\x60"),
         "\\~\xef\xbc\xbc\xef\xbd\x9e"},
        {"Shift_JIS", STR("\xf0\x40\xf9\xfc"), "\xee\x80\x80\xee\x9d\x97"},
        {"Shift_JIS", STR("\x82\"\x82\x7f\x82\xfd\x85\x40\x82"),
         "!\"!\x7f!!@!"},
        {"Shift_JIS", STR("\xfc\x4b\xfc\x4c"), "\xe9\xbb\x91!L"},
        /* 13.1.1 EUC-KR decoder */
        {"EUC-KR", STR("\x80\xff\x81\x41\x81\x80\xa1"), "!!\xea\xb0\x82!!"},
        {"EUC-KR", STR("\xb0\"\xb0\xff\xc9\xa1"), "!\"!!"},
        /* 12.2.1 ISO-2022-JP decoder */
        {"ISO-2022-JP", STR("a\x1b$B$\"\x1b(Bb"),
         "a\xe3\x81\x82"
         "b"},
        {"ISO-2022-JP", STR("\x1b$@$\"\x1b(J\\~z"),
         "\xe3\x81\x82\xc2\xa5\xe2\x80\xbez"},
        {"ISO-2022-JP", STR("\x1b(I1\x1b(B1\x1b(I`"),
         "\xef\xbd\xb1"
         "1!"},
        {"ISO-2022-JP", STR("\x0e\x0f\x80\x1b\x1b$\x1b$A"), "!!!!!$!$A"},
        {"ISO-2022-JP", STR("\x1b$B\x1b(B"), "!"},
        {"ISO-2022-JP", STR("\x1b$B$\x1b(Bz"), "!z"},
        {"ISO-2022-JP", STR("\x1b$B$"), "!"},
        {"ISO-2022-JP", STR("\x1b$B$\n)!"), "!!"},
        /* 9.1 single-byte decoder, 14.5.1 x-user-defined decoder */
        {"windows-1253", STR("\xaa\xaaz"), "!!z"},
        {"windows-1258", STR("a\xcc"), "a\xcc\x80"},
        {"windows-1255", STR("\xe0\xc8"), "\xd7\x90\xd6\xb8"},
        {"x-user-defined", STR("z\x80\xff"), "z\xef\x9e\x80\xef\x9f\xbf"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str got = decode(legacy_find(cases[i].name), cases[i].in);
        struct buf want;

        buf_init(&want, 4096);
        for (const char *p = cases[i].want; *p != '\0'; p++)
            assert_int_equal(buf_add_str(&want, *p == '!' ? STR("\xef\xbf\xbd")
                                                          : (struct str){p, 1}),
                             ERR_OK);
        if (!str_equal(got, buf_str(&want)))
            fail_msg("case %zu, %s, gave %.*s", i, cases[i].name, STR_ARG(got));
        buf_fini(&want);
        free((void *)(uintptr_t)got.p);
    }
}

/* URL Standard 4.4 "query state", 1.3 "percent-encode after encoding" */
static void
test_queries_are_what_browsers_send(void **state)
{
    static const struct {
        const char *label, *in, *want;
    } cases[] = {
        {"windows-1252", "?a=\xc3\xa9&b#'\"<>", "?a=%E9&b#'\"<>"},
        {"windows-1252", "?\xe2\x82\xac", "?%80"},
        {"windows-1252", "?\xe4\xb8\xad", "?%26%2320013%3B"},
        {"windows-1252", "?\xf0\x9f\x98\x80", "?%26%23128512%3B"},
        {"utf-8", "?\xe4\xb8\xad", "?\xe4\xb8\xad"},
        {"utf-16", "?\xe4\xb8\xad", "?\xe4\xb8\xad"},
        {"gbk", "?\xe2\x82\xac\xe4\xb8\xad", "?%80%D6%D0"},
        {"gb18030", "?\xe2\x82\xac\xe4\xb8\xad", "?%A2%E3%D6%D0"},
        {"gbk", "?\xf0\x9f\x98\x80\xc2\x80", "?%26%23128512%3B%26%23128%3B"},
        {"gb2312", "?\xe4\xb8\x82", "?%81@"},
        {"gb18030", "?\xf0\x9f\x98\x80", "?%949%FC6"},
        {"gb18030", "?\xee\xa0\x9e\xee\x97\xa5", "?%FEY%26%2358853%3B"},
        {"big5", "?\xe4\xb8\xad\xe5\x8d\x81\xe2\x95\x90", "?%A4%A4%A4Q%F9%F9"},
        /* HKSCS is read, not written */
        {"big5", "?\xe3\x90\x80\xe7\xae\xb8", "?%26%2313312%3B%BA%E6"},
        {"shift_jis", "?\xe2\x88\x92\xc2\xa5\xe2\x80\xbe\xef\xbd\xb1",
         "?%81|\\~%B1"},
        {"shift_jis", "?\xe7\xba\x8a\xe3\x80\x9c", "?%FA\\%26%2312316%3B"},
        {"euc-jp", "?\xe7\xba\x8a\xef\xbd\xb1", "?%F9%A1%8E%B1"},
        {"euc-jp", "?\xe4\xb8\x82", "?%26%2319970%3B"}, /* JIS X 0212 */
        {"euc-kr", "?\xea\xb0\x80\xea\xb0\x82", "?%B0%A1%81A"},
        {"iso-2022-jp", "?\xe3\x81\x82", "?%1B$B$%22%1B(B"},
        {"iso-2022-jp", "?\xe3\x81\x83z\xe3\x81\x82",
         "?%1B$B$%23%1B(Bz%1B$B$%22%1B(B"},
        {"iso-2022-jp", "?\xef\xbd\xb1\xc2\xa5z\\",
         "?%1B$B%%22%1B(J\\z%1B(B\\"},
        {"iso-2022-jp", "?\xe3\x81\x82\xc3\xa9", "?%1B$B$%22%1B(B%26%23233%3B"},
        {"iso-2022-jp", "?\xc3\xa9", "?%26%23233%3B"},
        {"koi8-u", "?\xd1\x9e\xd0\xb0", "?%AE%C1"},
        {"x-user-defined", "?\xef\x9e\x80\xc3\xa9", "?%80%26%23233%3B"},
        {"windows-1251", "?\xff", "?%26%2365533%3B"},
    };
    struct recode r;

    (void)state;
    recode_init(&r);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *charset = page_charset_label(str_from(cases[i].label));
        struct buf out;

        buf_init(&out, 4096);
        assert_int_equal(recode_query(&r, charset, str_from(cases[i].in), &out),
                         ERR_OK);
        if (!str_equal(buf_str(&out), str_from(cases[i].want)))
            fail_msg("case %zu gave %.*s", i, STR_ARG(buf_str(&out)));
        buf_fini(&out);
    }
}

/* Encoding 15.2.1 "shared UTF-16 decoder" */
static void
test_utf16(void **state)
{
    const struct {
        struct str in;
        const char *want;
    } cases[] = {
        {STR("a\0\x2d\x4e"), "a\xe4\xb8\xad"},
        {STR("\x3d\xd8\x00\xdez\0"), "\xf0\x9f\x98\x80z"},
        {STR("\x00\xdez\0"), "!z"},
        {STR("\x3d\xd8z\0"), "!z"},
        {STR("\x3d\xd8\x3d\xd8\x00\xde"), "!\xf0\x9f\x98\x80"},
        {STR("a\0\x3d\xd8"), "a!"},
        {STR("a\0\x3d\xd8\x00"), "a!"},
        {STR("a\0b"), "a!"},
        {STR(""), ""},
    };
    struct recode r;

    (void)state;
    recode_init(&r);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf little, big, want, swapped;

        buf_init(&little, 100);
        buf_init(&big, 100);
        buf_init(&want, 100);
        buf_init(&swapped, 100);
        for (size_t k = 0; k < cases[i].in.n; k++)
            assert_int_equal(buf_add_char(&swapped, (k ^ 1) < cases[i].in.n
                                                        ? cases[i].in.p[k ^ 1]
                                                        : cases[i].in.p[k]),
                             ERR_OK);
        for (const char *p = cases[i].want; *p != '\0'; p++)
            assert_int_equal(buf_add_str(&want, *p == '!' ? STR("\xef\xbf\xbd")
                                                          : (struct str){p, 1}),
                             ERR_OK);
        assert_int_equal(recode_to_utf8(&r, PAGE_UTF16LE, cases[i].in, &little),
                         ERR_OK);
        assert_int_equal(
            recode_to_utf8(&r, PAGE_UTF16BE, buf_str(&swapped), &big), ERR_OK);
        if (!str_equal(buf_str(&little), buf_str(&want)) ||
            !str_equal(buf_str(&big), buf_str(&want)))
            fail_msg("case %zu", i);
        buf_fini(&little);
        buf_fini(&big);
        buf_fini(&want);
        buf_fini(&swapped);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_indexes_are_the_standards),
        cmocka_unit_test(test_encoders_are_the_standards),
        cmocka_unit_test(test_broken_bytes_cost_one_character),
        cmocka_unit_test(test_queries_are_what_browsers_send),
        cmocka_unit_test(test_utf16),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
