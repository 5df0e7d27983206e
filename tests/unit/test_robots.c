/*
 * robots.txt by RFC 9309: one table a section, one row a case.  Each row is
 * asked of the file and of what robots_write() makes of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/robots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* Times are for optimised code; a sanitizer has it slower. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__clang__)
enum { SLOWER = 1 };
#else
enum { SLOWER = 30 };
#endif

struct row {
    const char *txt;
    const char *target;
    bool want;
};

#define ROWS(rows) (rows), sizeof(rows) / sizeof((rows)[0])

static struct robots *
parse_as(struct str txt, const char *agent)
{
    struct robots *r;

    assert_int_equal(robots_parse(txt, str_from(agent), &r), ERR_OK);
    assert_non_null(r);
    return r;
}

static struct robots *
parse(const char *txt)
{
    return parse_as(str_from(txt), "weft");
}

/* What the cluster reads back, as an agent nobody wrote rules for. */
static struct robots *
reread(const struct robots *r)
{
    struct robots *again;
    struct buf out;

    buf_init(&out, ROBOTS_MAX_BYTES);
    assert_int_equal(robots_write(r, &out), ERR_OK);
    again = parse_as(buf_str(&out), "someone-else");
    buf_fini(&out);
    return again;
}

static void
check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct robots *r = parse(rows[i].txt), *again = reread(r);
        struct str target = str_from(rows[i].target);

        if (robots_allows(r, target, NULL) != rows[i].want)
            fail_msg("row %zu: %s of\n%s", i, rows[i].target, rows[i].txt);
        if (robots_allows(again, target, NULL) != rows[i].want)
            fail_msg("row %zu, reread: %s of\n%s", i, rows[i].target,
                     rows[i].txt);
        robots_free(again);
        robots_free(r);
    }
}

/* ---- 2.1, 2.2: records and lines ---- */

static void
test_records_and_lines(void **state)
{
    static const struct row rows[] = {
        /* 2.2: WS around all parts of a line, blank or tab */
        {"user-agent:weft\ndisallow:/x", "/x", false},
        {"  user-agent  :  weft  \n  disallow  :  /x  \n", "/x", false},
        {"\tuser-agent\t:\tweft\t\n\tdisallow\t:\t/x\t\n", "/x", false},
        {"user-agent: weft\ndisallow: /x \t\n", "/xy", false},
        /* 2.2: the names of records are ABNF strings: case does not count */
        {"USER-AGENT: weft\nDISALLOW: /x\n", "/x", false},
        {"User-Agent: weft\nDisallow: /\nALLOW: /x\n", "/x", true},
        /* 2.2: NL is CR, LF or CRLF, and the last line may lack it */
        {"user-agent: weft\rdisallow: /x\r", "/x", false},
        {"user-agent: weft\r\ndisallow: /x\r\n", "/x", false},
        {"user-agent: weft\ndisallow: /a\rdisallow: /b\r\ndisallow: /c", "/a",
         false},
        {"user-agent: weft\ndisallow: /a\rdisallow: /b\r\ndisallow: /c", "/b",
         false},
        {"user-agent: weft\ndisallow: /a\rdisallow: /b\r\ndisallow: /c", "/c",
         false},
        {"user-agent: weft\n\rdisallow: /x", "/x", false},
        /* ... and nothing else: NEL, LS, PS, VT and FF end no line */
        {"user-agent: weft\ndisallow: /a\xc2\x85"
         "disallow: /b",
         "/b", true},
        {"user-agent: weft\ndisallow: /a\xe2\x80\xa8"
         "disallow: /b",
         "/b", true},
        {"user-agent: weft\ndisallow: /a\xe2\x80\xa9"
         "disallow: /b",
         "/a%E2%80%A9disallow:%20/b", false},
        {"user-agent: weft\ndisallow: /a\vdisallow: /b", "/b", true},
        {"user-agent: weft\ndisallow: /a\fdisallow: /b", "/b", true},
        /* 2.2: empty lines mean nothing, wherever they stand */
        {"\n\nuser-agent: weft\n\n\ndisallow: /x\n\n", "/x", false},
        {"user-agent: weft\n\ndisallow: /a\n\ndisallow: /b", "/b", false},
        {"user-agent: weft\n \t \ndisallow: /x", "/x", false},
        /* 2.2, 2.2.3: comments, on a line of their own and behind others */
        {"# hello\nuser-agent: weft\n# why\ndisallow: /x", "/x", false},
        {"user-agent: weft # us\ndisallow: /x # secret\n", "/x", false},
        {"user-agent: weft#us\ndisallow: /x#secret\n", "/xy", false},
        {"user-agent: weft\n#disallow: /x\n", "/x", true},
        {"user-agent: weft\n # disallow: /x\n", "/x", true},
        {"user-agent: weft\ndisallow: # /x\n", "/x", true},
        {"user-agent: weft\ndisallow: /a ## b # c\n", "/a", false},
        /* 2.2: what is no record is skipped, the others are kept */
        {"user-agent: weft\nnonsense\ndisallow: /x\n", "/x", false},
        {"user-agent: weft\n:\n::\n: /x\ndisallow: /x\n", "/x", false},
        {"user-agent: weft\nnoindex: /x\n", "/x", true},
        {"user-agent: weft\nxdisallow: /x\n", "/x", true},
        {"user-agent: weft\ndisallow-: /x\n", "/x", true},
        {"user-agent: weft\n\x01\xff\xfe\ndisallow: /x\n", "/x", false},
        {"user-agent: weft\n<b>\ndisallow: /x\n", "/x", false},
        /* forgiven as large crawlers do: two words without a colon, typos */
        {"user-agent weft\ndisallow /x\n", "/x", false},
        {"user-agent: weft\ndisallow /x y\n", "/x", true},
        {"useragent: weft\ndissallow: /x\n", "/x", false},
        {"user agent: weft\ndisalow: /x\n", "/x", false},
        /* 2.3: UTF-8, with or without a byte order mark */
        {"\xef\xbb\xbfuser-agent: weft\ndisallow: /x\n", "/x", false},
        {"\xef\xbb\xbf\n# c\nuser-agent: weft\ndisallow: /x\n", "/x", false},
        {"\xef\xbb\xbf\xef\xbb\xbfuser-agent: weft\ndisallow: /x\n", "/x",
         true},
        /* 2.2.2: rules outside of any group are ignored */
        {"disallow: /x\nuser-agent: weft\ndisallow: /y\n", "/x", true},
        {"disallow: /\n", "/x", true},
        {"allow: /x\nuser-agent: weft\ndisallow: /\n", "/x", false},
        /* nothing at all */
        {"", "/x", true},
        {"\n", "/x", true},
        {"#", "/x", true},
        {"user-agent: weft", "/x", true},
    };

    (void)state;
    check(ROWS(rows));
}

/* ---- 2.2.1: the user-agent line ---- */

static void
test_groups(void **state)
{
    static const struct row rows[] = {
        /* "MUST use case-insensitive matching" */
        {"user-agent: WEFT\ndisallow: /x\n", "/x", false},
        {"user-agent: wEfT\ndisallow: /x\n", "/x", false},
        /* the whole token, neither more nor less */
        {"user-agent: wef\ndisallow: /x\n", "/x", true},
        {"user-agent: wefty\ndisallow: /x\n", "/x", true},
        {"user-agent: weft-images\ndisallow: /x\n", "/x", true},
        {"user-agent: weft_images\ndisallow: /x\n", "/x", true},
        {"user-agent: super-weft\ndisallow: /x\n", "/x", true},
        {"user-agent: my weft\ndisallow: /x\n", "/x", true},
        /* what is no part of a token ends it */
        {"user-agent: weft/1.0\ndisallow: /x\n", "/x", false},
        {"user-agent: weft 1.0 (beta)\ndisallow: /x\n", "/x", false},
        {"user-agent: weft*\ndisallow: /x\n", "/x", false},
        /* "If there is more than one group matching, the rules MUST be
         * combined into one group" */
        {"user-agent: weft\ndisallow: /a\n\nuser-agent: weft\ndisallow: /b\n",
         "/a", false},
        {"user-agent: weft\ndisallow: /a\n\nuser-agent: weft\ndisallow: /b\n",
         "/b", false},
        {"user-agent: weft\ndisallow: /a\nuser-agent: x\ndisallow: /\n"
         "user-agent: WEFT/2\nallow: /a/b\n",
         "/a/b", true},
        {"user-agent: *\ndisallow: /a\nuser-agent: x\ndisallow: /\n"
         "user-agent: *\ndisallow: /b\n",
         "/b", false},
        /* a group starts with one or more user-agent lines */
        {"user-agent: a\nuser-agent: weft\ndisallow: /x\n", "/x", false},
        {"user-agent: weft\nuser-agent: a\ndisallow: /x\n", "/x", false},
        {"user-agent: weft\nuser-agent: *\ndisallow: /x\n", "/x", false},
        {"user-agent: weft\n\n# c\nuser-agent: a\ndisallow: /x\n", "/x", false},
        {"user-agent: weft\ndisallow: /x\nuser-agent: a\ndisallow: /y\n", "/y",
         true},
        {"user-agent: a\nallow: /\nuser-agent: weft\ndisallow: /x\n", "/x",
         false},
        /* an empty or broken rule is one: the next agent is a new group */
        {"user-agent: a\ndisallow:\nuser-agent: weft\ndisallow: /x\n", "/x",
         false},
        {"user-agent: weft\ndisallow:\nuser-agent: a\ndisallow: /x\n", "/x",
         true},
        {"user-agent: weft\nallow: no-path\nuser-agent: a\ndisallow: /x\n",
         "/x", true},
        /* "If no matching group exists, crawlers MUST obey the group with a
         * user-agent line with the "*" value" */
        {"user-agent: *\ndisallow: /x\n", "/x", false},
        {"user-agent: a\nallow: /\nuser-agent: *\ndisallow: /x\n", "/x", false},
        {"user-agent: * # all\ndisallow: /x\n", "/x", false},
        {"user-agent: * all\ndisallow: /x\n", "/x", false},
        {"user-agent: *bot\ndisallow: /x\n", "/x", true},
        /* ... and only then, wherever it stands */
        {"user-agent: *\ndisallow: /x\nuser-agent: weft\ndisallow: /y\n", "/x",
         true},
        {"user-agent: *\ndisallow: /x\nuser-agent: weft\ndisallow: /y\n", "/y",
         false},
        {"user-agent: weft\ndisallow: /y\nuser-agent: *\ndisallow: /\n", "/x",
         true},
        {"user-agent: *\ndisallow: /\nuser-agent: weft\n", "/x", true},
        {"user-agent: *\ndisallow: /\nuser-agent: weft\ndisallow:\n", "/x",
         true},
        /* "or no groups are present at all, no rules apply" */
        {"user-agent: a\ndisallow: /\n", "/x", true},
        {"user-agent:\ndisallow: /\n", "/x", true},
    };

    (void)state;
    check(ROWS(rows));
}

/* 2.2.1: the token is the caller's. */
static void
test_any_token(void **state)
{
    static const struct {
        const char *agent, *txt;
        bool want;
    } rows[] = {
        {"ExampleBot", "user-agent: examplebot\ndisallow: /x", false},
        {"foo-bar_baz", "user-agent: FOO-BAR_BAZ\ndisallow: /x", false},
        {"foo", "user-agent: foo-bar\ndisallow: /x", true},
        {"foo-bar", "user-agent: foo\ndisallow: /x", true},
        {"bot2", "user-agent: bot\ndisallow: /x", true},
        {"bot2", "user-agent: bot2\ndisallow: /x", false},
        {"", "user-agent: weft\ndisallow: /x", true},
        {"", "user-agent:\ndisallow: /x", true},
        {"", "user-agent: *\ndisallow: /x", false},
        /* a longer name and its head are different crawlers, either way */
        {"Googlebot", "user-agent: Googlebot-News\ndisallow: /x", true},
        {"Googlebot-News", "user-agent: Googlebot\ndisallow: /x", true},
        {"Googlebot-News",
         "user-agent: Googlebot\nallow: /\nuser-agent: googlebot-news\n"
         "disallow: /x",
         false},
        {"Googlebot",
         "user-agent: Googlebot-News\nuser-agent: googlebot\ndisallow: /x",
         false},
        {"MJ12bot", "user-agent: MJ12bot\ndisallow: /x", false},
        {"MJ12bot", "user-agent: MJ13bot\ndisallow: /x", true},
        {"MJ12bot", "user-agent: MJ\ndisallow: /x", true},
        {"MJ12bot", "user-agent: mj12bot/v1.4.8\ndisallow: /x", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct robots *r = parse_as(str_from(rows[i].txt), rows[i].agent);

        if (robots_allows(r, STR("/x"), NULL) != rows[i].want)
            fail_msg("row %zu: %s of\n%s", i, rows[i].agent, rows[i].txt);
        robots_free(r);
    }
}

/* ---- 2.2.2: allow and disallow ---- */

#define US "user-agent: weft\n"

static void
test_paths(void **state)
{
    static const struct row rows[] = {
        /* "The matching MUST start with the first octet of the path" */
        {US "disallow: /x", "/x", false},
        {US "disallow: /x", "/xyz", false},
        {US "disallow: /x", "/x/y?z", false},
        {US "disallow: /x", "/a/x", true},
        {US "disallow: /x", "/", true},
        {US "disallow: /x/", "/x", true},
        {US "disallow: /x/", "/x/", false},
        {US "disallow: /", "/", false},
        {US "disallow: /", "/x", false},
        /* "The matching SHOULD be case sensitive" */
        {US "disallow: /X", "/x", true},
        {US "disallow: /x", "/X", true},
        /* the query is part of it */
        {US "disallow: /x?a=1", "/x?a=1", false},
        {US "disallow: /x?a=1", "/x?a=2", true},
        {US "disallow: /x?", "/x", true},
        {US "disallow: /?", "/?a", false},
        /* an empty pattern forbids and allows nothing */
        {US "disallow:", "/x", true},
        {US "disallow: \t", "/x", true},
        {US "disallow: /\nallow:", "/x", false},
        {US "disallow: /x\ndisallow:", "/x", false},
        /* what is no path matches no URI */
        {US "disallow: x", "/x", true},
        {US "disallow: http://a.test/x", "/x", true},
        /* "The most specific match is the match that has the most octets" */
        {US "allow: /p\ndisallow: /", "/page", true},
        {US "disallow: /\nallow: /p", "/page", true},
        {US "disallow: /\nallow: /p", "/other", false},
        {US "allow: /folder\ndisallow: /folder/x", "/folder/x", false},
        {US "allow: /folder\ndisallow: /folder/x", "/folder/y", true},
        {US "disallow: /a/b/c\nallow: /a/b\ndisallow: /a", "/a/b/c/d", false},
        {US "disallow: /a/b/c\nallow: /a/b\ndisallow: /a", "/a/b/x", true},
        {US "disallow: /a/b/c\nallow: /a/b\ndisallow: /a", "/a/x", false},
        /* the rule's octets count, not those it meets */
        {US "allow: /page\ndisallow: /*.htm", "/page.htm", false},
        {US "allow: /a*\ndisallow: /ab", "/abc", true},
        {US "allow: /$\ndisallow: /", "/", true},
        {US "allow: /$\ndisallow: /", "/page.htm", false},
        {US "allow: /x\ndisallow: /*", "/x", true},
        {US "disallow: /x\nallow: /*y", "/xy", true},
        /* "If an allow rule and a disallow rule are equivalent, then the
         * allow rule SHOULD be used" */
        {US "allow: /x\ndisallow: /x", "/x", true},
        {US "disallow: /x\nallow: /x", "/x", true},
        {US "disallow: /ab\nallow: /a*", "/ab", true},
        {US "disallow: /%62\nallow: /b", "/b", true},
        /* "Duplicate rules in a group MAY be deduplicated" */
        {US "disallow: /x\ndisallow: /x\ndisallow: /x", "/x", false},
        /* "If no match is found amongst the rules in a group, or there are
         * no rules in the group, the URI is allowed" */
        {US "disallow: /a\ndisallow: /b", "/c", true},
        {US "", "/x", true},
        /* "The /robots.txt URI is implicitly allowed" */
        {US "disallow: /", "/robots.txt", true},
        {US "disallow: /robots.txt$", "/robots.txt", true},
        {US "disallow: /", "/%72obots.txt", true},
        {US "disallow: /", "/robots.txt.old", false},
        {US "disallow: /", "/a/robots.txt", false},
        /* hardly a target, and still an answer */
        {US "disallow: /", "", false},
        {US "disallow: /", "*", true},
    };

    (void)state;
    check(ROWS(rows));
}

/* 2.2.2: octets and their percent-encoding; its table is in the first rows. */
static void
test_percent_encoding(void **state)
{
    static const struct row rows[] = {
        {US "disallow: /foo/bar?baz=quz", "/foo/bar?baz=quz", false},
        {US "disallow: /foo/bar?baz=http://foo.bar",
         "/foo/bar?baz=http%3A%2F%2Ffoo.bar", false},
        {US "disallow: /foo/bar?baz=http%3A%2F%2Ffoo.bar",
         "/foo/bar?baz=http://foo.bar", false},
        {US "disallow: /foo/bar?baz=http%3a%2f%2ffoo.bar",
         "/foo/bar?baz=http%3A%2F%2Ffoo.bar", false},
        {US "disallow: /foo/bar/\xe3\x83\x84", "/foo/bar/%E3%83%84", false},
        {US "disallow: /foo/bar/%E3%83%84", "/foo/bar/%E3%83%84", false},
        {US "disallow: /foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", false},
        {US "disallow: /foo/bar/%E3%83%84", "/foo/bar/%e3%83%84", false},
        {US "disallow: /foo/bar/%E3%83%84", "/foo/bar/\xe3\x83\x84", false},
        {US "disallow: /foo/bar/%62%61%7A", "/foo/bar/baz", false},
        {US "disallow: /foo/bar/baz", "/foo/bar/%62%61%7A", false},
        {US "disallow: /foo/bar/baz", "/foo/bar/%62%61%7a", false},
        /* any octet outside ASCII, UTF-8 or not */
        {US "disallow: /caf\xe9", "/caf%E9", false},
        {US "disallow: /caf\xe9", "/caf%C3%A9", true},
        {US "disallow: /\xd0\xbf*\xd1\x82", "/%D0%BF/x/%D1%82", false},
        /* "it MUST be unencoded ... unless it is a reserved character" */
        {US "disallow: /%7Euser", "/~user", false},
        {US "disallow: /~user", "/%7euser", false},
        {US "disallow: /a%2Db%2Ec%5Fd", "/a-b.c_d", false},
        {US "disallow: /a/b", "/a%2Fb", true},
        {US "disallow: /a%2Fb", "/a/b", true},
        {US "disallow: /a%2fb", "/a%2Fb", false},
        {US "disallow: /a%3Fb", "/a?b", true},
        {US "disallow: /a?b", "/a%3Fb", true},
        {US "disallow: /a?b%3Fc", "/a?b?c", false},
        {US "disallow: /a?x=1%26y", "/a?x=1&y", true},
        {US "disallow: /a?x%3D1", "/a?x=1", true},
        {US "disallow: /a?x+y", "/a?x%2By", true},
        {US "disallow: /a%23b", "/a%23b", false},
        {US "disallow: /*/print", "/a?u=/b/print", false},
        {US "disallow: /*/print", "/a?u=%2Fb%2Fprint", true},
        {US "disallow: /*%2Fprint", "/a?u=%2Fb%2Fprint", false},
        {US "disallow: /*?*/print", "/a?u=%2Fb%2Fprint", false},
        /* reserved, but the same to every server: what URL parsers encode or
         * leave must not hide a rule */
        {US "disallow: /it's", "/it%27s", false},
        {US "disallow: /a?it's", "/a?it%27s", false},
        {US "disallow: /a:b@c", "/a%3Ab%40c", false},
        {US "disallow: /a%3Ab", "/a:b", false},
        {US "disallow: /a?f[x]=1", "/a?f%5Bx%5D=1", false},
        {US "disallow: /Foo_(bar),!;", "/Foo_%28bar%29%2C%21%3B", false},
        /* what no URL has bare */
        {US "disallow: /a b", "/a%20b", false},
        {US "disallow: /a\"<>^`{|}\\", "/a%22%3C%3E%5E%60%7B%7C%7D%5C", false},
        {US "disallow: /a%7Cb", "/a|b", false},
        {US "disallow: /a\tb", "/a%09b", false},
        {US "disallow: /a%0Ab", "/a%0ab", false},
        {US "disallow: /a%00b", "/a%00b", false},
        /* an escape is no octet of its own, decoding is done once */
        {US "disallow: /a%2541", "/a%41", true},
        {US "disallow: /a%2541", "/a%2541", false},
        {US "disallow: /aA", "/a%2541", true},
        {US "disallow: /a%%341", "/aA", true},
        {US "disallow: /a%%341", "/a%%341", false},
        /* no escapes: nothing is decoded, nothing read behind the end */
        {US "disallow: /100%", "/100%", false},
        {US "disallow: /100%", "/100%25", false},
        {US "disallow: /100%$", "/100%25", false},
        {US "disallow: /100%zz", "/100%zz", false},
        {US "disallow: /a%4", "/a%4", true},
        /* the open end that sites write for any escape */
        {US "disallow: /*%", "/a%20b", false},
        {US "disallow: /*%", "/ab", true},
        {US "disallow: /*%*b", "/a%20b", false},
        {US "disallow: /*%2", "/a%20b", false},
        {US "disallow: /*%2*b", "/a%20b", false},
    };

    (void)state;
    check(ROWS(rows));
}

/* ---- 2.2.3: special characters ---- */

static void
test_special_characters(void **state)
{
    static const struct row rows[] = {
        /* "*" is zero or more of any octet */
        {US "disallow: *", "/x", false},
        {US "disallow: /*", "/", false},
        {US "disallow: /x*", "/x", false},
        {US "disallow: /x*", "/xyz", false},
        {US "disallow: /x*y", "/xy", false},
        {US "disallow: /x*y", "/x/1/2/y/z", false},
        {US "disallow: /x*y", "/x/z", true},
        {US "disallow: /x*y", "/y/x", true},
        {US "disallow: *.php", "/a.php", false},
        {US "disallow: /*.php", "/a/b.php?c", false},
        {US "disallow: /*.php", "/a.ph", true},
        {US "disallow: /*/b/*/d", "/a/b/c/d", false},
        {US "disallow: /*/b/*/d", "/a/b/d", true},
        {US "disallow: /a**b", "/ab", false},
        {US "disallow: /a***b", "/axb", false},
        {US "disallow: /*ab*ab", "/ab", true},
        {US "disallow: /*ab*ab", "/abab", false},
        {US "disallow: /*aab", "/aaab", false},
        {US "disallow: /*?", "/a", true},
        {US "disallow: /*?", "/a?", false},
        {US "disallow: /*?*id=", "/a?x=1&id=2", false},
        /* "$" is the end of the match */
        {US "disallow: /x$", "/x", false},
        {US "disallow: /x$", "/xy", true},
        {US "disallow: /x$", "/x?", true},
        {US "disallow: /$", "/", false},
        {US "disallow: /$", "/x", true},
        {US "disallow: /*.php$", "/a.php", false},
        {US "disallow: /*.php$", "/a.php?b", true},
        {US "disallow: /*.php$", "/a.php.php", false},
        {US "disallow: /*.php$", "/php", true},
        {US "disallow: /a*a$", "/a", true},
        {US "disallow: /a*a$", "/aa", false},
        {US "disallow: /a*ab$", "/ab", true},
        {US "disallow: /a*b*c$", "/a-b-c-b-c", false},
        {US "disallow: /a*b*c$", "/a-c-b", true},
        {US "disallow: /x*$", "/xyz", false},
        {US "disallow: *$", "/xyz", false},
        {US "disallow: /this/*/exactly$", "/this/path/exactly", false},
        {US "disallow: /this/*/exactly$", "/this/path/exactly/not", true},
        {US "allow: /this/$\ndisallow: /this/", "/this/", true},
        {US "allow: /this/$\ndisallow: /this/", "/this/x", false},
        /* ... at the end only: elsewhere it is itself */
        {US "disallow: /a$b", "/a$b", false},
        {US "disallow: /a$b", "/a", true},
        {US "disallow: /a$b", "/a%24bc", false},
        {US "disallow: /a$*", "/a$", false},
        {US "disallow: /a$*", "/a", true},
        {US "disallow: /a$$", "/a$", false},
        {US "disallow: /a$$", "/a$$", true},
        {US "disallow: /a$ # end", "/ab", true},
        /* "%2A" and "%24" are the characters themselves; its table */
        {US "disallow: /path/file-with-a-%2A.html", "/path/file-with-a-*.html",
         false},
        {US "disallow: /path/file-with-a-%2a.html",
         "/path/file-with-a-%2A.html", false},
        {US "disallow: /path/file-with-a-%2A.html", "/path/file-with-a-x.html",
         true},
        {US "disallow: /path/foo-%24", "/path/foo-$", false},
        {US "disallow: /path/foo-%24", "/path/foo-$x", false},
        {US "disallow: /path/foo-%24", "/path/foo-", true},
        {US "disallow: /path/foo-%24$", "/path/foo-$", false},
        {US "disallow: /path/foo-%24$", "/path/foo-$x", true},
        /* a special character in the URI is none */
        {US "disallow: /ab", "/a*", true},
        {US "disallow: /a*b", "/a*b", false},
        {US "disallow: /a", "/a$", false},
    };

    (void)state;
    check(ROWS(rows));
}

/* ---- 5: the RFC's own examples ---- */

/* The three groups of 5.1, asked by each of their crawlers and by another. */
static void
test_the_simple_example(void **state)
{
    static const char txt[] = "User-Agent: *\nDisallow: *.gif$\n"
                              "Disallow: /example/\nAllow: /publications/\n\n"
                              "User-Agent: foobot\nDisallow:/\n"
                              "Allow:/example/page.html\n"
                              "Allow:/example/allowed.gif\n\n"
                              "User-Agent: barbot\nUser-Agent: bazbot\n"
                              "Disallow: /example/page.html\n\n"
                              "User-Agent: quxbot\n\n";
    static const struct {
        const char *agent, *target;
        bool want;
    } rows[] = {
        {"weft", "/", true},
        {"weft", "/a.gif", false},
        {"weft", "/publications/a.gif", true}, /* the longer pattern */
        {"weft", "/a.gif?x", true},
        {"weft", "/example/page.html", false},
        {"weft", "/publications/", true},
        {"foobot", "/", false},
        {"foobot", "/publications/", false},
        {"foobot", "/example/page.html", true},
        {"foobot", "/example/allowed.gif", true},
        {"foobot", "/example/", false},
        {"barbot", "/example/page.html", false},
        {"bazbot", "/example/page.html", false},
        {"bazbot", "/example/allowed.gif", true},
        {"bazbot", "/a.gif", true},
        {"quxbot", "/example/page.html", true},
        {"quxbot", "/a.gif", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct robots *r = parse_as(str_from(txt), rows[i].agent);

        if (robots_allows(r, str_from(rows[i].target), NULL) != rows[i].want)
            fail_msg("row %zu: %s of %s", i, rows[i].target, rows[i].agent);
        robots_free(r);
    }
}

/* 5.2 "Longest Match", and what lies around it */
static void
test_the_longest_match_example(void **state)
{
    static const char txt[] = "User-Agent: foobot\nAllow: /example/page/\n"
                              "Disallow: /example/page/disallowed.gif\n";
    struct robots *r = parse_as(str_from(txt), "foobot");

    (void)state;
    assert_false(robots_allows(r, STR("/example/page/disallowed.gif"), NULL));
    assert_true(robots_allows(r, STR("/example/page/disallow.gif"), NULL));
    assert_true(robots_allows(r, STR("/example/page/"), NULL));
    assert_true(robots_allows(r, STR("/example/"), NULL));
    robots_free(r);
}

/* ---- 2.2.4: other records ---- */

static void
test_other_records_end_no_group(void **state)
{
    static const struct row rows[] = {
        /* "a Sitemaps record MUST NOT terminate a group" */
        {"user-agent: weft\nsitemap: http://a.test/s\ndisallow: /x", "/x",
         false},
        {"user-agent: weft\nsitemap: http://a.test/s\nuser-agent: a\n"
         "disallow: /x",
         "/x", false},
        {"user-agent: weft\ncrawl-delay: 5\nuser-agent: a\ndisallow: /x", "/x",
         false},
        {"user-agent: weft\nfoo: bar\nuser-agent: a\ndisallow: /x", "/x",
         false},
        {"user-agent: weft\nrequest-rate: 1/5\nvisit-time: 0600-0845\n"
         "user-agent: a\ndisallow: /x",
         "/x", false},
        {"user-agent: weft\ndisallow: /a\nrequest-rate: 1/5\nnoindex: /y\n"
         "content-signal: ai-train=no\ndisallow: /x",
         "/x", false},
        {"user-agent: weft\ndisallow: /a\nsitemap: http://a.test/s\n"
         "disallow: /x",
         "/x", false},
        {"user-agent: weft\ndisallow: /a\ncrawl-delay: 1\ndisallow: /x", "/x",
         false},
        {"user-agent: weft\ndisallow: /a\nhost: a.test\nclean-param: a /\n"
         "disallow: /x",
         "/x", false},
    };

    (void)state;
    check(ROWS(rows));
}

static void
test_crawl_delay(void **state)
{
    static const struct {
        const char *txt;
        long want;
    } rows[] = {
        {US "crawl-delay: 5", 5000},
        {US "Crawl-Delay:5 # s", 5000},
        {US "crawl-delay: 0", 0},
        {US "crawl-delay: 0.5", 500},
        {US "crawl-delay: 1.25", 1250},
        {US "crawl-delay: .25", 250},
        {US "crawl-delay: 2.", 2000},
        {US "crawl-delay: 1.2345678901234567890", 1234},
        {US "crawl-delay: 007", 7000},
        {US "crawl-delay: 10 seconds", 10000},
        {US "crawldelay: 3", 3000},
        /* no number, no delay */
        {US "crawl-delay:", -1},
        {US "crawl-delay: -1", -1},
        {US "crawl-delay: +1", -1},
        {US "crawl-delay: NaN", -1},
        {US "crawl-delay: inf", -1},
        {US "crawl-delay: 1e3", -1},
        {US "crawl-delay: 0x10", -1},
        {US "crawl-delay: 1,5", -1},
        {US "crawl-delay: 1.2.3", -1},
        {US "crawl-delay: .", -1},
        {US "crawl-delay: soon", -1},
        {US "crawl-delay: 9223372036854775807", -1},
        {US "crawl-delay: 99999999999999999999999999", -1},
        {US "crawl-delay: 9223372036854775", -1},
        {US "crawl-delay: 9223372036854774", 9223372036854774000},
        {US "crawl-delay: x\ncrawl-delay: 2", 2000},
        {US "crawl-delay: 2\ncrawl-delay: x", 2000},
        /* of our group, else of "*"; the longest */
        {"", -1},
        {"crawl-delay: 5\n" US "disallow:", -1},
        {"user-agent: a\ncrawl-delay: 5\ndisallow:", -1},
        {"user-agent: *\ncrawl-delay: 5", 5000},
        {"user-agent: *\ncrawl-delay: 5\ndisallow:\n" US "crawl-delay: 1",
         1000},
        {"user-agent: *\ncrawl-delay: 5\ndisallow:\n" US "disallow:", -1},
        {US "crawl-delay: 1\ncrawl-delay: 3\ncrawl-delay: 2", 3000},
        {US "crawl-delay: 1\ndisallow:\n" US "crawl-delay: 3", 3000},
        /* of the agents above it */
        {US "user-agent: *\ncrawl-delay: 5", 5000},
        {"user-agent: *\nuser-agent: weft\ncrawl-delay: 5", 5000},
        {"user-agent: slow\ncrawl-delay: 9\n\nuser-agent: *\ndisallow:", -1},
        {"user-agent: slow\ncrawl-delay: 9\n\n" US "crawl-delay: 1", 1000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct robots *r = parse(rows[i].txt), *again = reread(r);

        if (robots_crawl_delay_ms(r) != rows[i].want ||
            robots_crawl_delay_ms(again) != rows[i].want)
            fail_msg("row %zu: %ld of\n%s", i, robots_crawl_delay_ms(r),
                     rows[i].txt);
        robots_free(again);
        robots_free(r);
    }
}

static void
test_sitemaps_are_global(void **state)
{
    static const char *const want[] = {"http://a.test/1.xml",
                                       "https://a.test/2.xml?a=b", "/3.xml",
                                       "http://b.test:8080/4.xml"};
    struct robots *r, *again;

    (void)state;
    r = parse("Sitemap: http://a.test/1.xml # first\n"
              "user-agent: other\nSITEMAP:https://a.test/2.xml?a=b\n"
              "disallow: /\nsitemap:\nSite-map: /3.xml\n"
              "user-agent: weft\ndisallow: /x\n"
              "sitemap:\thttp://b.test:8080/4.xml\t\r\n");
    again = reread(r);
    assert_int_equal(robots_sitemap_count(r), 4);
    assert_int_equal(robots_sitemap_count(again), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(str_equal(robots_sitemap(r, i), str_from(want[i])));
        assert_true(str_equal(robots_sitemap(again, i), str_from(want[i])));
    }
    assert_int_equal(robots_sitemap(r, 4).n, 0);
    assert_false(robots_allows(r, STR("/x"), NULL));
    robots_free(again);
    robots_free(r);
}

static void
test_sitemaps_are_bounded(void **state)
{
    struct robots *r;
    struct buf txt;

    (void)state;
    buf_init(&txt, 1 << 20);
    for (int i = 0; i < ROBOTS_MAX_SITEMAPS + 5; i++)
        assert_int_equal(buf_addf(&txt, "sitemap: http://a.test/%d\n", i),
                         ERR_OK);
    r = parse_as(buf_str(&txt), "weft");
    assert_int_equal(robots_sitemap_count(r), ROBOTS_MAX_SITEMAPS);
    assert_true(str_equal(robots_sitemap(r, ROBOTS_MAX_SITEMAPS - 1),
                          STR("http://a.test/999")));
    robots_free(r);
    buf_fini(&txt);
}

/* ---- 2.3: what was fetched ---- */

/*
 * 2.3.1.5 "Crawlers MUST try to parse each line of the robots.txt file.
 * Crawlers MUST use the parseable rules."  So there is no looking at the whole:
 * an error page that came with 200 has no lines that are records, and a file
 * with a tag in it is obeyed.
 */
static void
test_html_is_read_line_by_line(void **state)
{
    static const struct row rows[] = {
        {"<!DOCTYPE html>\n<html><head><title>404</title></head>\n"
         "<body style=\"color: red\"><h1>Not found</h1>\n"
         "<p>Disallow: / is no rule here.\n</body></html>\n",
         "/x", true},
        {"<html><body>User-agent: *<br>\nDisallow: /<br>\n</body></html>", "/x",
         true},
        {"<pre>user-agent: *\ndisallow: /\n</pre>", "/x", true},
        {"<!-- $Id: robots.txt 12 $ -->\nuser-agent: *\ndisallow: /x\n", "/x",
         false},
        {" \r\n\t<?xml version=\"1.0\"?>\nuser-agent: *\ndisallow: /", "/x",
         false},
        {"\xef\xbb\xbf<html><pre>\nuser-agent: *\ndisallow: /\n</pre>", "/x",
         false},
        {"Warning: mysql_connect()\n<br>\nuser-agent: *\ndisallow: /", "/x",
         false},
        {"<<<\nuser-agent: weft\ndisallow: /x\n", "/x", false},
        {"user-agent: *\ndisallow: /x\n<html>\ndisallow: /y\n", "/y", false},
        {"# <html>\nuser-agent: *\ndisallow: /x\n", "/x", false},
    };

    (void)state;
    check(ROWS(rows));
}

/* ---- 2.5, 3: limits ---- */

static void
add_comment_up_to(struct buf *b, size_t size)
{
    assert_int_equal(buf_add_char(b, '#'), ERR_OK);
    while (b->n < size)
        assert_int_equal(buf_add_char(b, 'x'), ERR_OK);
}

/* "The parsing limit MUST be at least 500 kibibytes" */
static void
test_500_kib_are_parsed(void **state)
{
    static const struct {
        size_t at; /* where the line of the rule begins */
        const char *tail;
        bool is_read;
    } rows[] = {
        {ROBOTS_MAX_BYTES - 13, "\ndisallow: /x", true},
        {ROBOTS_MAX_BYTES - 13, "\ndisallow: /x\n", true},
        {ROBOTS_MAX_BYTES - 13, "\ndisallow: /x\r\ndisallow: /a\n", true},
        {ROBOTS_MAX_BYTES - 14, "\ndisallow: /x\ndisallow: /a\n", true},
        /* the last whole line: "/xy" cut to "/x" would forbid too much */
        {ROBOTS_MAX_BYTES - 13, "\ndisallow: /xy\n", false},
        {ROBOTS_MAX_BYTES - 12, "\ndisallow: /x\n", false},
        {ROBOTS_MAX_BYTES, "\ndisallow: /x\n", false},
        {ROBOTS_MAX_BYTES + 9, "\ndisallow: /x\n", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct robots *r;
        struct buf txt;

        buf_init(&txt, 1 << 20);
        assert_int_equal(buf_add_str(&txt, STR(US "disallow: /first\n")),
                         ERR_OK);
        add_comment_up_to(&txt, rows[i].at);
        assert_int_equal(buf_add_str(&txt, str_from(rows[i].tail)), ERR_OK);
        r = parse_as(buf_str(&txt), "weft");
        if (robots_allows(r, STR("/x"), NULL) == rows[i].is_read)
            fail_msg("row %zu", i);
        assert_false(robots_allows(r, STR("/first"), NULL));
        assert_true(robots_allows(r, STR("/a"), NULL));
        robots_free(r);
        buf_fini(&txt);
    }
}

static void
test_one_endless_line_has_no_rules(void **state)
{
    struct robots *r;
    struct buf txt;

    (void)state;
    buf_init(&txt, 1 << 20);
    while (txt.n < ROBOTS_MAX_BYTES + 1)
        assert_int_equal(buf_add_char(&txt, 'a'), ERR_OK);
    r = parse_as(buf_str(&txt), "weft");
    assert_true(robots_allows(r, STR("/a"), NULL));
    robots_free(r);
    buf_fini(&txt);
}

/* Bytes are not C strings: a NUL ends nothing. */
static void
test_nul_bytes_are_bytes(void **state)
{
    struct robots *r = parse_as(
        STR("\0\nuser-agent: weft\ndisallow: /a\0b\ndisallow: /c"), "weft");

    (void)state;
    assert_true(robots_allows(r, STR("/a"), NULL));
    assert_false(robots_allows(r, STR("/a%00b"), NULL));
    assert_false(robots_allows(r, STR("/a\0b"), NULL));
    assert_false(robots_allows(r, STR("/c"), NULL));
    robots_free(r);
}

/* UTF-16 or compressed bytes hold no records. */
static void
test_foreign_bytes_have_no_rules(void **state)
{
    struct robots *r = parse_as(STR("\xff\xfeu\0s\0e\0r\0-\0a\0g\0e\0n\0t\0:\0"
                                    "*\0\n\0d\0i\0s\0a\0l\0l\0o\0w\0:\0/\0"),
                                "weft");

    (void)state;
    assert_true(robots_allows(r, STR("/a"), NULL));
    robots_free(r);
}

/* A target longer than the stack's buffer is judged as any other. */
static void
test_long_targets(void **state)
{
    struct robots *r = parse(US "disallow: /*%C3%BC/end$\nallow: /a");
    struct buf target;

    (void)state;
    buf_init(&target, 1 << 20);
    assert_int_equal(buf_add_char(&target, '/'), ERR_OK);
    while (target.n < 100001)
        assert_int_equal(buf_add(&target, "\xc3\xbc", 2), ERR_OK);
    assert_true(robots_allows(r, buf_str(&target), NULL));
    assert_int_equal(buf_add_str(&target, STR("/end")), ERR_OK);
    assert_false(robots_allows(r, buf_str(&target), NULL));
    assert_int_equal(buf_add_str(&target, STR("?%2F")), ERR_OK);
    assert_true(robots_allows(r, buf_str(&target), NULL));
    buf_fini(&target);
    robots_free(r);
}

static double
cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The least of some tries: other programs run here too. */
static double
ask_ms(const struct robots *r, struct str target)
{
    double best = 1e9;

    for (int i = 0; i < 5; i++) {
        double start = cpu_ms(), took;

        robots_allows(r, target, NULL);
        took = cpu_ms() - start;
        best = took < best ? took : best;
    }
    return best;
}

/* Section 3, hostile files: the matcher is linear, whatever the stars. */
static void
test_a_thousand_stars_cost_less_than_a_ms(void **state)
{
    static const char *const ends[] = {"b", "b$", "a$", ""};
    char path[3000];

    (void)state;
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[1500] = 'b'; /* all octets of the rule are there */
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct robots *r;
        struct buf txt;

        buf_init(&txt, 1 << 16);
        assert_int_equal(buf_add_str(&txt, STR(US "disallow: /")), ERR_OK);
        for (int star = 0; star < 1000; star++)
            assert_int_equal(buf_add_str(&txt, STR("*a")), ERR_OK);
        assert_int_equal(buf_addf(&txt, "*b*%s\n", ends[i]), ERR_OK);
        r = parse_as(buf_str(&txt), "weft");
        assert_true(ask_ms(r, (struct str){path, sizeof(path)}) < SLOWER);
        robots_free(r);
        buf_fini(&txt);
    }
}

static void
test_ten_thousand_rules_cost_less_than_a_ms(void **state)
{
    static const char *const targets[] = {"/", "/dir/9999/x", "/dir/1234.html",
                                          "/other?a=b", "/dir/no"};
    struct robots *r;
    struct buf txt;

    (void)state;
    buf_init(&txt, 1 << 20);
    assert_int_equal(buf_add_str(&txt, STR(US)), ERR_OK);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf_addf(&txt, "%s: /%sdir/%d/\n",
                                  i % 7 ? "disallow" : "allow",
                                  i % 10 ? "" : "*/", i),
                         ERR_OK);
    r = parse_as(buf_str(&txt), "weft");
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        assert_true(ask_ms(r, str_from(targets[i])) < SLOWER);
    assert_false(robots_allows(r, STR("/dir/9999/x"), NULL));
    assert_true(robots_allows(r, STR("/dir/9996/x"), NULL));
    assert_false(robots_allows(r, STR("/a/dir/9990/x"), NULL));
    robots_free(r);
    buf_fini(&txt);
}

/* ---- of our own ---- */

static void
test_match_names_the_rule(void **state)
{
    static const struct {
        const char *target, *pattern;
        unsigned line;
        bool is_allow;
    } rows[] = {
        {"/a/b", "/a/", 3, false},      {"/a/c%20x", "/a/c%20*$", 7, true},
        {"/other", "", 0, false},       {"/robots.txt", "", 0, false},
        {"/twice", "/twice", 8, false},
    };
    struct robots *r = parse("# robots\r\nuser-agent: weft\r\n"
                             "Disallow: /a/ # all\r\n\r\nfoo\r\n\r\n"
                             "allow: /a/c *$\r\n"
                             "disallow: /twice\rdisallow: /%74wice");

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct robots_match why;

        robots_allows(r, str_from(rows[i].target), &why);
        assert_int_equal(why.line, rows[i].line);
        assert_int_equal(why.is_allow, rows[i].is_allow);
        assert_true(str_equal(why.pattern, str_from(rows[i].pattern)));
    }
    robots_free(r);
}

static void
test_written_text(void **state)
{
    static const struct {
        const char *txt, *want;
    } rows[] = {
        {"", "User-agent: *\nDisallow:\n"},
        {"user-agent: a\ndisallow: /", "User-agent: *\nDisallow:\n"},
        {US "crawl-delay: .5\ndisallow: /a b\nsitemap: http://a.test/s\n"
            "user-agent: *\ndisallow: /\nuser-agent: weft\nallow: /a%41$",
         "User-agent: *\nDisallow: /a%20b\nAllow: /aA$\nCrawl-delay: 0.500\n"
         "Sitemap: http://a.test/s\n"},
        {"user-agent: *\ndisallow: /*.php$\ndisallow: /*%2Aa$b",
         "User-agent: *\nDisallow: /*%2Aa%24b\nDisallow: /*.php$\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct robots *r = parse(rows[i].txt);
        struct buf out;

        buf_init(&out, 4096);
        assert_int_equal(robots_write(r, &out), ERR_OK);
        assert_int_equal(buf_add_char(&out, '\0'), ERR_OK);
        assert_string_equal(out.p, rows[i].want);
        buf_fini(&out);
        robots_free(r);
    }
}

/* What would not be read back whole is refused, and out is as it was. */
static void
test_write_refuses_what_is_too_big(void **state)
{
    struct robots *r = parse(US "disallow: /abcdefghijklmnopqrstuvwxyz");
    struct buf out, txt;

    (void)state;
    buf_init(&out, 40);
    assert_int_equal(buf_add_str(&out, STR("kept")), ERR_OK);
    assert_int_equal(robots_write(r, &out), ERR_TOO_BIG);
    assert_true(str_equal(buf_str(&out), STR("kept")));
    buf_fini(&out);
    robots_free(r);

    buf_init(&txt, ROBOTS_MAX_BYTES);
    assert_int_equal(buf_add_str(&txt, STR(US "disallow: /")), ERR_OK);
    while (txt.n < ROBOTS_MAX_BYTES)
        assert_int_equal(buf_add_char(&txt, '\xe9'), ERR_OK);
    r = parse_as(buf_str(&txt), "weft");
    buf_init(&out, 4 * ROBOTS_MAX_BYTES);
    assert_int_equal(robots_write(r, &out), ERR_TOO_BIG);
    assert_int_equal(out.n, 0);
    buf_fini(&out);
    buf_fini(&txt);
    robots_free(r);
}

/* The bytes may go once they are parsed. */
static void
test_the_text_is_copied(void **state)
{
    char *txt = strdup(US "disallow: /x\nsitemap: http://a.test/s\n");
    struct robots *r = parse(txt);

    (void)state;
    memset(txt, '?', strlen(txt));
    free(txt);
    assert_false(robots_allows(r, STR("/x"), NULL));
    assert_true(str_equal(robots_sitemap(r, 0), STR("http://a.test/s")));
    robots_free(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_and_lines),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_any_token),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_percent_encoding),
        cmocka_unit_test(test_special_characters),
        cmocka_unit_test(test_the_simple_example),
        cmocka_unit_test(test_the_longest_match_example),
        cmocka_unit_test(test_other_records_end_no_group),
        cmocka_unit_test(test_crawl_delay),
        cmocka_unit_test(test_sitemaps_are_global),
        cmocka_unit_test(test_sitemaps_are_bounded),
        cmocka_unit_test(test_html_is_read_line_by_line),
        cmocka_unit_test(test_500_kib_are_parsed),
        cmocka_unit_test(test_one_endless_line_has_no_rules),
        cmocka_unit_test(test_nul_bytes_are_bytes),
        cmocka_unit_test(test_foreign_bytes_have_no_rules),
        cmocka_unit_test(test_long_targets),
        cmocka_unit_test(test_a_thousand_stars_cost_less_than_a_ms),
        cmocka_unit_test(test_ten_thousand_rules_cost_less_than_a_ms),
        cmocka_unit_test(test_match_names_the_rule),
        cmocka_unit_test(test_written_text),
        cmocka_unit_test(test_write_refuses_what_is_too_big),
        cmocka_unit_test(test_the_text_is_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
