/*
 * Hosts by the WHATWG URL standard, section 3.5, and IDNA by UTS 46.  What
 * parses must look canonical and parse to itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/host.h"

struct row {
    const char *raw;
    const char *want; /* NULL: ERR_INVALID */
};

#define CHECK(rows) check_rows((rows), sizeof(rows) / sizeof((rows)[0]))

static void
check_host(struct str raw, const char *want)
{
    char out[HOST_MAX], again[HOST_MAX];
    size_t n = 0, m = 0;
    enum err e = host_parse(raw, out, &n);

    if (want == NULL) {
        if (e != ERR_INVALID)
            fail_msg("\"%.*s\" became %.*s", STR_ARG(raw), (int)n, out);
        return;
    }
    if (e != ERR_OK)
        fail_msg("\"%.*s\": %s", STR_ARG(raw), err_str(e));
    if (!str_equal((struct str){out, n}, str_from(want)))
        fail_msg("\"%.*s\": %.*s, want %s", STR_ARG(raw), (int)n, out, want);
    assert_true(host_looks_canonical((struct str){out, n}));
    assert_int_equal(host_parse((struct str){out, n}, again, &m), ERR_OK);
    assert_int_equal(n, m);
    assert_memory_equal(out, again, n);
}

static void
check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_host(str_from(rows[i].raw), rows[i].want);
}

/* 3.1 forbidden host and domain code points; names otherwise as they are */
static void
test_names_are_lower_cased(void **state)
{
    static const struct row rows[] = {
        {"a", "a"},
        {"A.Test", "a.test"},
        {"ABCXYZ.abcxyz.0-9a", "abcxyz.abcxyz.0-9a"},
        {"a_b.test", "a_b.test"},
        {"_dmarc.test", "_dmarc.test"},
        {"-a-.test", "-a-.test"},
        {"ab--cd.test", "ab--cd.test"},
        {"a.test.", "a.test."},
        {".", "."},
        {"..", ".."},
        {".a", ".a"},
        {"a..b", "a..b"},
        {"a!\"$&'()*+,;=`{}~", "a!\"$&'()*+,;=`{}~"},
        {"%61%2E%54est", "a.test"},
        {"%4", NULL},
        {"a%", NULL},
        {"a%zz", NULL},
        {"a%2541", NULL}, /* decoded once */
        {"", NULL},
        {" ", NULL},
        {"a b", NULL},
        {"a\tb", NULL},
        {"a#b", NULL},
        {"a/b", NULL},
        {"a\\b", NULL},
        {"a?b", NULL},
        {"a@b", NULL},
        {"a:b", NULL},
        {"a<b", NULL},
        {"a>b", NULL},
        {"a[b", NULL},
        {"a]b", NULL},
        {"a^b", NULL},
        {"a|b", NULL},
        {"a\x7f", NULL},
        {"a\x01", NULL},
        {"a%00b", NULL},
        {"a%20b", NULL},
        {"a%2Fb", NULL},
        {"a%40b", NULL},
        {"a%3Ab", NULL},
        {"a%25b", NULL},
        {"a%7Fb", NULL},
        {"a%0Ab", NULL},
    };
    (void)state;
    CHECK(rows);
    check_host(STR("a\0b"), NULL);
    check_host(STR_NONE, NULL);
}

/* RFC 1035 section 2.3.4 */
static void
test_names_longer_than_dns_allows_are_refused(void **state)
{
    char name[300], want[300];

    (void)state;
    memset(name, 'a', sizeof(name));
    memset(want, 0, sizeof(want));
    memset(want, 'a', 63);
    check_host((struct str){name, 63}, want);
    check_host((struct str){name, 64}, NULL);
    for (size_t i = 63; i < sizeof(name); i += 64)
        name[i] = '.';
    memcpy(want, name, 253);
    check_host((struct str){name, 253}, want);
    check_host((struct str){name, 254}, NULL);
    name[253] = want[253] = '.';
    check_host((struct str){name, 254}, want);
    check_host((struct str){name, 255}, NULL);
    check_host((struct str){name, 300}, NULL);
}

/* 3.3 IDNA; UTS 46 nontransitional, CheckHyphens=false */
static void
test_international_names_become_ascii(void **state)
{
    static const struct row rows[] = {
        {"b\xc3\xbc"
         "cher.test",
         "xn--bcher-kva.test"},
        {"B\xc3\x9c"
         "CHER.test",
         "xn--bcher-kva.test"},
        {"bu\xcc\x88"
         "cher.test",
         "xn--bcher-kva.test"}, /* made NFC */
        {"b%C3%BCcher.test", "xn--bcher-kva.test"},
        {"b%c3%bccher.test", "xn--bcher-kva.test"},
        {"fa\xc3\x9f.test", "xn--fa-hia.test"}, /* nontransitional */
        {"\xe4\xb8\xad\xe5\x9b\xbd", "xn--fiqs8s"},
        {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x80\x82jp",
         "xn--wgv71a119e.jp"}, /* the ideographic full stop */
        {"\xef\xbc\xa7\xef\xbd\x8f.test", "go.test"}, /* wide letters */
        {"a\xc2\xad"
         "b.test",
         "ab.test"}, /* the soft hyphen is ignored */
        {"\xd1\x80\xd1\x84", "xn--p1ai"},
        {"a_b.\xc3\xa4", "a_b.xn--4ca"},
        {"\xc3\xa4.test.", "xn--4ca.test."},
        {"-x.\xc3\x9f", "-x.xn--zca"},
        {"ab--c.\xc3\x9f", "ab--c.xn--zca"},
        {"\xc2\xad", NULL},     /* nothing is left */
        {"\xef\xbf\xbd", NULL}, /* U+FFFD */
        {"a\xe2\x80\x8c"
         "b",
         NULL}, /* CheckJoiners */
        {"\xcc\x81"
         "a",
         NULL},               /* begins with a combining mark */
        {"1\xd7\x90", NULL},  /* CheckBidi */
        {"\xc3\xa4 b", NULL}, /* forbidden also beside others */
        {"\xc3\xa4%00", NULL},
        {"\xc3\xa4%25", NULL},
        {"\xef\xbc\x85\xef\xbc\x94\xef\xbc\x91", NULL}, /* a wide "%41" */
        {"\xef\xbc\x8f", NULL},                         /* a wide "/" */
        {"\xe2\x84\x80.test", NULL},                    /* becomes "a/c" */
        {"xn--\xc3\xa4", NULL},
        {"\xff", NULL},
        {"a\xc3", NULL},
        {"%FF", NULL},
        {"%C3", NULL},
        {"\xed\xa0\x80", NULL},
    };
    (void)state;
    CHECK(rows);
}

/* 3.3: an ASCII name is lower-cased "regardless of ToASCII's outcome" */
static void
test_ascii_labels_are_not_looked_into(void **state)
{
    static const struct row rows[] = {
        {"xn--bcher-kva.test", "xn--bcher-kva.test"},
        {"XN--BCHER-KVA.Test", "xn--bcher-kva.test"},
        {"xn--", "xn--"},
        {"xn--a", "xn--a"},
        {"Xn--n3h.%74est", "xn--n3h.test"},
        {"a.xn--ls8h", "a.xn--ls8h"},
    };
    (void)state;
    CHECK(rows);
}

/* UTS 46 leaves symbols as they are; RFC 3492 section 7 has the encoding */
static void
test_symbols_are_encoded(void **state)
{
    static const struct row rows[] = {
        {"\xe2\x98\x83.test", "xn--n3h.test"},  /* a snowman */
        {"\xf0\x9f\x92\xa9.la", "xn--ls8h.la"}, /* U+1F4A9 */
        {"i\xe2\x9d\xa4.ws", "xn--i-7iq.ws"},   /* a heart */
        {"I\xe2\x9d\xa4\xef\xb8\x8f.ws", "xn--i-7iq.ws"},
        {"\xe2\x98\x83-\xe2\x98\x83", "xn----0xpb"},
        {"a.\xe2\x98\x83.b", "a.xn--n3h.b"},
        {"\xe2\x98\x83.\xc3\xa4", "xn--n3h.xn--4ca"},
        {"a_\xe2\x98\x83", "xn--a_-gsx"},
        /* UseSTD3ASCIIRules false: so are those of ASCII */
        {"\xc3\xbc!", "xn--!-dha"},
        {"$`=\xc2\xad*\xc3\xbc+.test", "xn--$`=*+-nva.test"},
        {"+\xe4\xb8\xad-", "xn--+--qy2c"},
        {"\xe2\x98\x83=\xcc\xb8", "xn--1ch25l"}, /* NFC: U+2260 */
        {"\xc3\xbc!>", NULL},
        {"\xe2\x98\x83\xe2\x98\x83\xe2\x98\x83\xe2\x9d\xa4"
         "a-b\xf0\x9f\x92\xa9",
         "xn--a-b-rm5aaa58v7021m"},
        {"\xe2\x98\x83 .test", NULL},
        {"xn--\xe2\x98\x83", NULL},
        {"\xe2\x98\x83.xn--a", NULL}, /* not ASCII alone: looked into */
        {"\xef\xb8\x8f\xe2\x98\x83.\xef\xbf\xbd", NULL},
    };
    (void)state;
    CHECK(rows);
}

/* 3.3, CheckHyphens false: hyphens may stand anywhere in a label */
static void
test_hyphens_beside_other_letters(void **state)
{
    static const struct row rows[] = {
        {"-\xc3\xa4", "xn----0fa"},
        {"\xc3\xa4-", "xn----zfa"},
        {"\xc3\xa4--", "xn-----uia"},
        {"\xc3\xa4--\xc3\xb6", "xn-----uia8e"},
        {"\xc3\x84--\xc3\x96", "xn-----uia8e"},
        {"a\xcc\x88--o\xcc\x88", "xn-----uia8e"},
        {"a.ab--c-\xc3\xa4.b", "a.xn--ab--c--gua.b"},
        {"-\xe2\x98\x83-", "xn-----fsx"},
        {"\xe6\x97\xa5\xe2\x98\x83", "xn--n3h584u"}, /* beside a symbol */
        {"-\xe0\xb7\x8a", "xn----ptf"}, /* a mark, not at the beginning */
        {"\xe0\xb7\x8a-", NULL},
        {"xn--\xc3\xa4-", NULL}, /* no punycode */
        {"\xef\xbd\x98n--\xe2\x98\x83", NULL},
        {"-\xc3\xa4%20", NULL},
        {"-\xef\xbf\xbd", NULL},
    };
    (void)state;
    CHECK(rows);
}

/* RFC 5893 section 2, by its numbers, where libidn2 is not asked for it all */
static void
test_the_bidi_rule_beside_symbols(void **state)
{
    static const struct row rows[] = {
        {"\xd7\x90\xe2\x9c\x93\xd7\x91", "xn--4dbc556w"}, /* ON between R */
        {"\xd7\x90-\xd7\x91-\xd7\x92", "xn-----uldfg"},   /* ES between R */
        {"\xd7\x90--\xd7\x91", "xn-----uldg"}, /* hyphens side by side */
        {"\xd9\x81\xd9\x85\xd9\x8a\xf0\x9f\x9e\xb1"
         "1",
         "xn--1-gocmu98774d"},                             /* ends in EN */
        {"\xd8\xa7\xe2\x9c\x93\xd9\xa1", "xn--mgb0j871h"}, /* ends in AN */
        {"\xd7\x90\xe2\x9c\x93\xd6\xb0\xd7\x91",
         "xn--7cb7de8615a"},                        /* NSM behind ON */
        {"\xd7\x90\xd6\xbe\xd7\x91", "xn--mdb9ae"}, /* U+05BE, R and NV8 */
        {"\xf0\x90\xa9\x97.\xe2\xb4\x89",
         "xn--pt9c.xn--0kj"},                   /* a label of U+10A57 alone */
        {"-\xe0\xa1\x9a", "xn----5jd"},         /* NSM makes no RTL label */
        {"\xd7\x90\xe2\x9c\x93", NULL},         /* 3: ends in ON */
        {"\xd7\x90\xe2\x9c\x93-", NULL},        /* 3: ends in ES */
        {"\xd7\x90\xe2\x9c\x93\xd6\xb0", NULL}, /* 3: ON and NSM */
        {"\xe2\x9c\x93\xd7\x90", NULL},         /* 1: begins with ON */
        {"-\xd7\x90", NULL},                    /* 1: begins with ES */
        {"1\xe2\x9c\x93\xd7\x90", NULL},        /* 1: begins with EN */
        {"\xd9\xa1\xe2\x9c\x93", NULL},         /* 1: begins with AN */
        {"a\xe2\x9c\x93\xd7\x90", NULL},        /* 5: R in a label of L */
        {"\xd7\x90\xe2\x9c\x93"
         "a\xe2\x9c\x93\xd7\x90",
         NULL}, /* 2: L in a label of R */
        {"\xd7\x90\xe2\x9c\x93"
         "1\xe2\x9c\x93\xd9\xa1",
         NULL}, /* 4: EN and AN */
    };
    (void)state;
    CHECK(rows);
}

/* UTS 46 of Unicode 17: what libidn2 refuses, being older or of IDNA 2008 */
static void
test_young_letters(void **state)
{
    static const struct row rows[] = {
        {"\xe1\xa7\x9a.test", "xn--pkf.test"}, /* XV8 */
        {"\xea\xa5\xbcx\xed\x9f\xb6",
         "xn--x-9v4ez44j"}, /* jamo that join to nothing */
        {"\xe4\xb8\xad\xf0\xb1\x8d\x90", "xn--fiq4204o"},       /* Unicode 15 */
        {"\xf0\xb2\x8e\xb0.\xe9\x9f\xb3", "xn--031o.xn--0w5a"}, /* Unicode 17 */
        {"\xf0\x90\x95\xb0.test", "xn--yt8c.test"}, /* Unicode 14, a capital */
        {"\xea\x9f\x80", "xn--m78a"},               /* Unicode 14, a capital */
        {"a\xe1\xaa\xbe", "xn--a-67k"}, /* a mark younger than libidn2 */
        {"\xe1\xaa\xbe"
         "a",
         NULL}, /* which begins no label */
        {"a\xc2\xad\xcc\x81\xe2\x9c\x93",
         "xn--1ca076q"}, /* joined behind what is ignored */
        {"\xe4\xb8\xad..\xe2\x9c\x93",
         "xn--fiq..xn--fci"},           /* empty labels stay */
        {"\xe2\x9c\x93\xcd\xb8", NULL}, /* not assigned */
    };
    (void)state;
    CHECK(rows);
}

/* UTS 46 revision 33, modifications: newly mapped, newly ignored */
static void
test_newer_mappings(void **state)
{
    static const struct row rows[] = {
        {"fa\xe1\xba\x9e.test", "xn--fa-hia.test"}, /* U+1E9E: U+00DF */
        {"\xd3\x80.test", "xn--s5a.test"},          /* U+04C0: U+04CF */
        {"\xe2\x86\x83.test", "xn--r5g.test"},      /* U+2183: U+2184 */
        {"\xe2\x84\xb2.test", "xn--73g.test"},      /* U+2132: U+214E */
        {"\xe1\x82\xa0.test", "xn--rkj.test"},      /* U+10A0: U+2D00 */
        {"\xf0\xaf\xa1\xa8.test", "xn--snl.test"},  /* U+2F868 */
        {"a\xe1\xa0\x8e"
         "b.test",
         "ab.test"}, /* U+180E */
        {"a\xe2\x81\xab"
         "b.test",
         "ab.test"}, /* U+206B */
        {"a\xe2\x80\xa7"
         "b.test",
         "xn--ab-u3t.test"}, /* NV8, a bullet */
        {"a\xe2\x80\xa4"
         "b",
         NULL}, /* U+2024, disallowed: it holds a dot */
        {"a\xef\xbc\x8e"
         "b",
         "a.b"}, /* the wide dot */
        {"a\xef\xbd\xa1"
         "b",
         "a.b"}, /* the half one */
        {"\xe2\x98\x83\xe3\x80\x82\xe2\x98\x83", "xn--n3h.xn--n3h"},
        {"a\xf3\xa0\x81\xa1", NULL}, /* U+E0061: a tag */
        {"\xe1\xa0\x8e", NULL},      /* nothing is left */
    };
    (void)state;
    CHECK(rows);
}

/* A label of symbols stays within 63 bytes, and its name within its bound. */
static void
test_symbols_fit_their_label(void **state)
{
    char name[1400], out[HOST_MAX];
    size_t n = 0, got;

    (void)state;
    for (size_t i = 0; i < 57; i++)
        name[n++] = 'a';
    memcpy(name + n, "\xe2\x98\x83", 3);
    check_host((struct str){name + 6, n - 6 + 3},
               "xn--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-"
               "1x12b");
    assert_int_equal(host_parse((struct str){name, n + 3}, out, &got),
                     ERR_INVALID);
    for (n = 0; n + 4 <= sizeof(name); n += 4)
        memcpy(name + n, "\xf0\x9f\x92\xa9", 4);
    for (size_t k = 4; k <= n; k += 4)
        if (host_parse((struct str){name, k}, out, &got) == ERR_OK)
            assert_true(got <= HOST_LABEL_MAX);
    for (n = 0; n + 4 <= sizeof(name); n += 4)
        memcpy(name + n, "\xe2\x98\x83.", 4);
    for (size_t k = 4; k <= n; k += 4)
        if (host_parse((struct str){name, k}, out, &got) == ERR_OK)
            assert_true(got <= HOST_MAX);
}

/* 3.5 ends in a number checker, IPv4 parser, IPv4 number parser */
static void
test_ipv4_in_every_spelling(void **state)
{
    static const struct row rows[] = {
        {"1.2.3.4", "1.2.3.4"},
        {"1.2.3.4.", "1.2.3.4"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"127.1", "127.0.0.1"},
        {"127.0.1", "127.0.0.1"},
        {"1.2.772", "1.2.3.4"},
        {"1.131844", "1.2.3.4"},
        {"16909060", "1.2.3.4"},
        {"0", "0.0.0.0"},
        {"0.", "0.0.0.0"},
        {"4294967295", "255.255.255.255"},
        {"0x7f.1", "127.0.0.1"},
        {"0X7F.0X00.0x0.0x1", "127.0.0.1"},
        {"0x7f000001", "127.0.0.1"},
        {"0x7f000001.", "127.0.0.1"},
        {"0xffffffff", "255.255.255.255"},
        {"0x", "0.0.0.0"},
        {"0x.0x.0", "0.0.0.0"},
        {"1.2.0x", "1.2.0.0"},
        {"0177.0.0.01", "127.0.0.1"},
        {"017700000001", "127.0.0.1"},
        {"00000000000000000000000001.2.3.4", "1.2.3.4"},
        {"0300.168.0.0xF0", "192.168.0.240"},
        {"192.0x00A80001", "192.168.0.1"},
        {"%31.2.3.4", "1.2.3.4"},
        {"%30%78%63%30.%30%32%35%30.01", "192.168.0.1"},
        {"\xef\xbc\x91.2.3.4", "1.2.3.4"}, /* a wide 1 */
        {"1\xe3\x80\x82"
         "2.3.4",
         "1.2.3.4"}, /* the ideographic full stop */
        {"256.1.1.1", NULL},
        {"1.256.1.1", NULL},
        {"1.1.1.256", NULL},
        {"1.1.65536", NULL},
        {"1.16777216", NULL},
        {"4294967296", NULL},
        {"0x100000000", NULL},
        {"99999999999999999999999999", NULL},
        {"0xffffffffffffffffffffffff1", NULL},
        {"1.2.3.4.5", NULL},
        {"1.2.3.4.0", NULL},
        {"1.2.3.4.5.", NULL},
        {"1..2", NULL},
        {".1", NULL},
        {"..1", NULL},
        {"a.1", NULL},
        {"a.b.0x1f", NULL},
        {"1.2.3.08", NULL},
        {"1.2.3.09", NULL},
        {"09", NULL},
        {"08.1.1.1", NULL},
        {"1.2.x.4", NULL},
        {"0xg.1", NULL},
        {"-1.2.3.4", NULL},
        {"a.0", NULL},
        {"xn--a.9", NULL},
        {"a.123.", NULL},
        {"1.2.3.4a", "1.2.3.4a"}, /* names */
        {"1.2.3.a", "1.2.3.a"},
        {"0xg", "0xg"},
        {"a.0xg", "a.0xg"},
        {"1.2.3.4..", "1.2.3.4.."},
        {"1.a", "1.a"},
        {"1e2", "1e2"},
        {"a1", "a1"},
    };
    (void)state;
    CHECK(rows);
}

/* 3.5 IPv6 parser and serializer; RFC 5952 section 4 writes them so too */
static void
test_ipv6(void **state)
{
    static const struct row rows[] = {
        {"[::]", "[::]"},
        {"[::1]", "[::1]"},
        {"[1::]", "[1::]"},
        {"[0:0:0:0:0:0:0:0]", "[::]"},
        {"[0000:0000:0000:0000:0000:0000:0000:0001]", "[::1]"},
        {"[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"},
        {"[2001:DB8::A]", "[2001:db8::a]"},
        {"[2001:0db8:0:0:1:0:0:1]", "[2001:db8::1:0:0:1]"}, /* the first */
        {"[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"},              /* the longest */
        {"[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"},         /* one is none */
        {"[1::3:4:5:6:7:8]", "[1:0:3:4:5:6:7:8]"},
        {"[::2:3:4:5:6:7:8]", "[0:2:3:4:5:6:7:8]"},
        {"[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"},
        {"[0:0:1:2:3:4:5:6]", "[::1:2:3:4:5:6]"},
        {"[1:2:3:4:5:6:0:0]", "[1:2:3:4:5:6::]"},
        {"[fe80::1:ffff]", "[fe80::1:ffff]"},
        {"[::127.0.0.1]", "[::7f00:1]"},
        {"[::ffff:10.0.0.1]", "[::ffff:a00:1]"},
        {"[64:ff9b::1.2.3.4]", "[64:ff9b::102:304]"},
        {"[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5:6:102:304]"},
        {"[::1:2:3:4:5:1.2.3.4]", "[0:1:2:3:4:5:102:304]"},
        {"[::0.0.0.0]", "[::]"},
        {"[]", NULL},
        {"[", NULL},
        {"]", NULL},
        {"[:]", NULL},
        {"[:::]", NULL},
        {"[:1]", NULL},
        {"[1:]", NULL},
        {"[1]", NULL},
        {"[::1", NULL},
        {"::1]", NULL},
        {"[[::1]]", NULL},
        {"[::1::]", NULL},
        {"[1::2::3]", NULL},
        {"[1:2:3:4:5:6:7]", NULL},
        {"[1:2:3:4:5:6:7:8:9]", NULL},
        {"[1:2:3:4:5:6:7:8::]", NULL},
        {"[::1:2:3:4:5:6:7:8]", NULL},
        {"[1:2:3:4::5:6:7:8]", NULL},
        {"[1:2:3:4:5:6:7:]", NULL},
        {"[00001::]", NULL},
        {"[12345::]", NULL},
        {"[g::]", NULL},
        {"[::-1]", NULL},
        {"[:: 1]", NULL},
        {"[fe80::1%25eth0]", NULL}, /* no zone */
        {"[fe80::1%eth0]", NULL},
        {"[::%31]", NULL},
        {"[::1.2.3]", NULL},
        {"[::1.2.3.4.5]", NULL},
        {"[::1.2.3.]", NULL},
        {"[::.1.2.3]", NULL},
        {"[::1..2.3]", NULL},
        {"[::1.2.3.256]", NULL},
        {"[::1.2.3.04]", NULL},
        {"[::00.2.3.4]", NULL},
        {"[::1.2.3.4a]", NULL},
        {"[::a.2.3.4]", NULL},
        {"[::1.2.3.4:5]", NULL},
        {"[::0x1.2.3.4]", NULL},
        {"[1:2:3:4:5:6:7:1.2.3.4]", NULL},
        {"[1:2:3:4:5::6:7.8.9.1:2]", NULL},
        {"[1:2:3:4:5:6::1.2.3.4]", NULL},
        {"[1.2.3.4]", NULL},
        {"[v1.x]", NULL},
        {"[\xc3\xa4]", NULL},
    };
    (void)state;
    CHECK(rows);
}

static void
test_addresses_are_told_from_names(void **state)
{
    static const struct {
        const char *host;
        bool want;
    } rows[] = {
        {"1.2.3.4", true},  {"0.0.0.0", true},    {"[::1]", true},
        {"[1::2:3]", true}, {"a.test", false},    {"1.2.3.4a", false},
        {"1.2.3.a", false}, {"1.2.3.4..", false}, {"a", false},
        {"1..", false},     {"...", false},       {".", false},
        {"1.a.2.b", false}, {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (host_is_address(str_from(rows[i].host)) != rows[i].want)
            fail_msg("%s", rows[i].host);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_lower_cased),
        cmocka_unit_test(test_names_longer_than_dns_allows_are_refused),
        cmocka_unit_test(test_international_names_become_ascii),
        cmocka_unit_test(test_ascii_labels_are_not_looked_into),
        cmocka_unit_test(test_symbols_are_encoded),
        cmocka_unit_test(test_hyphens_beside_other_letters),
        cmocka_unit_test(test_the_bidi_rule_beside_symbols),
        cmocka_unit_test(test_young_letters),
        cmocka_unit_test(test_newer_mappings),
        cmocka_unit_test(test_symbols_fit_their_label),
        cmocka_unit_test(test_ipv4_in_every_spelling),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_addresses_are_told_from_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
