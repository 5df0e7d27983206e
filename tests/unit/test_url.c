/*
 * URLs by the WHATWG URL standard; section numbers are the standard's.  Every
 * row that parses is also put through url_split() and parsed again: what is
 * canonical stays as it is.  Hosts have a test of their own, test_host.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/url.h"

struct row {
    const char *ref;
    const char *base; /* NULL: there is none */
    const char *want; /* NULL: ERR_INVALID */
};

#define CHECK(rows) check_rows((rows), sizeof(rows) / sizeof((rows)[0]))

static void
assert_same_str(struct str a, struct str b)
{
    assert_int_equal(a.n, b.n);
    assert_true(a.p == b.p);
}

/* url_split() finds the parts that url_parse() gave, in the same bytes. */
static void
check_split(const struct url *u)
{
    struct url s;

    if (url_split(u->text, &s) != ERR_OK)
        fail_msg("url_split: %.*s", STR_ARG(u->text));
    assert_same_str(s.text, u->text);
    assert_same_str(s.origin, u->origin);
    assert_same_str(s.host, u->host);
    assert_same_str(s.path, u->path);
    assert_same_str(s.query, u->query);
    assert_same_str(s.target, u->target);
    assert_int_equal(s.port, u->port);
    assert_int_equal(s.scheme, u->scheme);
}

static void
check_stays(const struct url *u)
{
    struct buf again;
    struct url same;

    buf_init(&again, URL_MAX_DEFAULT);
    if (url_parse(u->text, NULL, &again, &same) != ERR_OK ||
        !str_equal(same.text, u->text))
        fail_msg("does not stay: %.*s", STR_ARG(u->text));
    if (url_parse(u->text, u, &again, &same) != ERR_OK ||
        !str_equal(same.text, u->text))
        fail_msg("does not stay: %.*s", STR_ARG(u->text));
    buf_fini(&again);
}

static void
check_ref(struct str ref, const char *base, const char *want)
{
    struct buf base_buf, out;
    struct url base_url, u;
    enum err e;

    buf_init(&base_buf, URL_MAX_DEFAULT);
    buf_init(&out, URL_MAX_DEFAULT);
    if (base != NULL)
        assert_int_equal(url_parse(str_from(base), NULL, &base_buf, &base_url),
                         ERR_OK);
    e = url_parse(ref, base != NULL ? &base_url : NULL, &out, &u);
    if (want == NULL && e != ERR_INVALID)
        fail_msg("\"%.*s\" at %s: taken, or error %d", STR_ARG(ref),
                 base ? base : "-", e);
    if (want != NULL && e != ERR_OK)
        fail_msg("\"%.*s\" at %s: %s", STR_ARG(ref), base ? base : "-",
                 err_str(e));
    if (want != NULL && !str_equal(u.text, str_from(want)))
        fail_msg("\"%.*s\" at %s: %.*s, want %s", STR_ARG(ref),
                 base ? base : "-", STR_ARG(u.text), want);
    if (want != NULL) {
        check_split(&u);
        check_stays(&u);
    } else {
        assert_int_equal(out.n, 0);
    }
    buf_fini(&base_buf);
    buf_fini(&out);
}

static void
check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_ref(str_from(rows[i].ref), rows[i].base, rows[i].want);
}

/* 4.4 basic URL parser, steps 1 to 3 */
static void
test_blanks_at_the_ends_and_newlines_inside_go(void **state)
{
    static const struct row rows[] = {
        {" http://a.test/ ", NULL, "http://a.test/"},
        {"\t\n\f\r http://a.test/x\t\n\f\r ", NULL, "http://a.test/x"},
        {"\x01\x1f http://a.test/\x1f\x01", NULL, "http://a.test/"},
        {"\x0bhttp://a.test/\x0b", NULL, "http://a.test/"},
        {"h\tt\nt\rp://a.test/", NULL, "http://a.test/"},
        {"http\n:\n/\n/\na.test", NULL, "http://a.test/"},
        {"http://a.\ntest/b\tc\rd", NULL, "http://a.test/bcd"},
        {"http://a.test:8\n0\t80/", NULL, "http://a.test:8080/"},
        {"http://a.test/?x\n=\ty\r", NULL, "http://a.test/?x=y"},
        {"http://a.test/.\n./b", NULL, "http://a.test/b"},
        {"http://a.test/%\n41", NULL, "http://a.test/%41"},
        {"http://a.test/1234567\n", NULL, "http://a.test/1234567"},
        {"http://a.test/12345678\n9", NULL, "http://a.test/123456789"},
        {"java\nscript:alert(1)", "http://a.test/", NULL},
        {"  ", "http://a.test/x", "http://a.test/x"},
        {"\n", "http://a.test/x?y", "http://a.test/x?y"},
        {" x y ", "http://a.test/", "http://a.test/x%20y"},
        {"x\x0by", "http://a.test/", "http://a.test/x%0By"},
        {"x #f", "http://a.test/", "http://a.test/x%20"},
        {" ", NULL, NULL},
        {"\xc2\xa0http://a.test/", NULL, NULL}, /* not a C0 control */
        {"\x7fhttp://a.test/", NULL, NULL},
        {"x\x7f", "http://a.test/", "http://a.test/x%7F"},
    };
    (void)state;
    CHECK(rows);
}

/* ftp is a special scheme, as http is (4.2), and ours when asked for */
static void
test_ftp_is_a_scheme_when_asked_for(void **state)
{
    static const struct row rows[] = {
        {"ftp://a.test", NULL, "ftp://a.test/"},
        {"FTP:\\\\A.test:21\\x", NULL, "ftp://a.test/x"},
        {"ftp://a.test:2121/%7e/a b;type=a#f", NULL,
         "ftp://a.test:2121/%7e/a%20b;type=a"},
        {"ftp://u:p@a.test/", NULL, "ftp://a.test/"},
        {"ftp://a.test/x", "http://a.test/y", "ftp://a.test/x"},
        {"../x", "ftp://a.test/y/z", "ftp://a.test/x"},
        {"ftp:x", "ftp://a.test/y/z", "ftp://a.test/y/x"},
        {"http:x", "ftp://a.test/y/z", "http://x/"},
        {"//b.test:80/", "ftp://a.test/", "ftp://b.test:80/"},
        {"ftp:", NULL, NULL},
        {"ftp://", NULL, NULL},
        {"ftps://a.test/", NULL, NULL},
        {"sftp://a.test/", "ftp://a.test/", NULL},
    };
    struct buf out, base_text;
    struct url u, base;

    (void)state;
    buf_init(&out, URL_MAX_DEFAULT);
    buf_init(&base_text, URL_MAX_DEFAULT);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        enum err e;

        if (r->base)
            assert_int_equal(
                url_parse_ftp(str_from(r->base), NULL, &base_text, &base),
                ERR_OK);
        e = url_parse_ftp(str_from(r->ref), r->base ? &base : NULL, &out, &u);
        if (r->want == NULL) {
            assert_int_equal(e, ERR_INVALID);
            continue;
        }
        if (e != ERR_OK || !str_equal(u.text, str_from(r->want)))
            fail_msg("%s: %.*s", r->ref, STR_ARG(u.text));
        check_split(&u);
        assert_int_equal(url_default_port(u.scheme),
                         u.scheme == URL_FTP ? 21 : 80);
    }
    /* a page of http leads to no ftp, one of ftp does */
    assert_int_equal(url_parse(STR("x"), &base, &out, &u), ERR_OK);
    assert_int_equal(u.scheme, URL_FTP);
    assert_int_equal(url_parse(STR("ftp://b.test/"), &base, &out, &u), ERR_OK);
    assert_int_equal(url_parse(STR("http://b.test/"), NULL, &base_text, &base),
                     ERR_OK);
    assert_int_equal(url_parse(STR("ftp://b.test/"), &base, &out, &u),
                     ERR_INVALID);
    buf_fini(&base_text);
    buf_fini(&out);
}

/* 4.4 scheme start state, scheme state, no scheme state */
static void
test_only_http_and_https_are_schemes(void **state)
{
    static const struct row rows[] = {
        {"http://a.test", NULL, "http://a.test/"},
        {"https://a.test", NULL, "https://a.test/"},
        {"HTTP://a.test", NULL, "http://a.test/"},
        {"hTtPs://a.test", NULL, "https://a.test/"},
        {"javascript:alert(1)", "http://a.test/", NULL},
        {"JavaScript:void(0)", "http://a.test/", NULL},
        {"mailto:x@a.test", "http://a.test/", NULL},
        {"data:text/html,<b>", "http://a.test/", NULL},
        {"file:///etc/passwd", "http://a.test/", NULL},
        {"ftp://a.test/", "http://a.test/", NULL},
        {"ws://a.test/", "http://a.test/", NULL},
        {"wss://a.test/", "http://a.test/", NULL},
        {"gopher://a.test/", "http://a.test/", NULL},
        {"dict://a.test:6379/", "http://a.test/", NULL},
        {"blob:http://a.test/1", "http://a.test/", NULL},
        {"about:blank", "http://a.test/", NULL},
        {"tel:+123", "http://a.test/", NULL},
        {"view-source:http://a.test/", "http://a.test/", NULL},
        {"x+y-z.1:a", "http://a.test/", NULL},
        {"httpx://a.test/", "http://a.test/", NULL},
        {"http+x://a.test/", "http://a.test/", NULL},
        {"htt://a.test/", "http://a.test/", NULL},
        {"c:/x", "http://a.test/", NULL},
        {"localhost:80/x", "http://a.test/", NULL},
        {"a.test:80", "http://a.test/", NULL},
        {"1a:b", "http://a.test/", "http://a.test/1a:b"},
        {":a", "http://a.test/x", "http://a.test/:a"},
        {":", "http://a.test/x", "http://a.test/:"},
        {"a_b:c", "http://a.test/x", "http://a.test/a_b:c"},
        {"a/b:c", "http://a.test/x", "http://a.test/a/b:c"},
        {"a?b:c", "http://a.test/x", "http://a.test/a?b:c"},
        {"./a:b", "http://a.test/x", "http://a.test/a:b"},
        {"ht%74p://b.test/", "http://a.test/x",
         "http://a.test/ht%74p://b.test/"},
        {"a.test", NULL, NULL},
        {"/x", NULL, NULL},
        {"//a.test/", NULL, NULL},
        {"", NULL, NULL},
        {"#x", NULL, NULL},
        {"?x", NULL, NULL},
        {"http", NULL, NULL},
        {"://a.test", NULL, NULL},
        {"1http://a.test", NULL, NULL},
    };
    (void)state;
    CHECK(rows);
}

/* 4.4 special authority slashes state, special authority ignore slashes */
static void
test_any_number_of_slashes_leads_to_the_authority(void **state)
{
    static const struct row rows[] = {
        {"http:a.test", NULL, "http://a.test/"},
        {"http:/a.test", NULL, "http://a.test/"},
        {"http:///a.test", NULL, "http://a.test/"},
        {"http://////a.test/x", NULL, "http://a.test/x"},
        {"http:\\\\a.test\\x", NULL, "http://a.test/x"},
        {"http:/\\/\\a.test", NULL, "http://a.test/"},
        {"http:\\a.test", NULL, "http://a.test/"},
        {"http://\\/\\a.test", NULL, "http://a.test/"},
        {"https:a.test/x?y", NULL, "https://a.test/x?y"},
        {"https:/a.test", "http://b.test/", "https://a.test/"},
        {"https:a.test", "http://b.test/", "https://a.test/"},
        {"http:a.test", "https://b.test/x", "http://a.test/"},
        {"http:///a.test/x", "http://b.test/y", "http://a.test/x"},
        {"///a.test/x", "http://b.test/y", "http://a.test/x"},
        {"////a.test", "https://b.test/y", "https://a.test/"},
        {"\\\\a.test\\x", "http://b.test/y", "http://a.test/x"},
        {"/\\a.test", "http://b.test/y", "http://a.test/"},
        {"\\/a.test", "http://b.test/y", "http://a.test/"},
        {"//a.test", "https://b.test/y", "https://a.test/"},
        {"//a.test?q", "https://b.test/y", "https://a.test/?q"},
        {"//a.test#f", "https://b.test/y", "https://a.test/"},
        {"//a.test:8080/x", "https://b.test:99/y", "https://a.test:8080/x"},
        {"//b.test:8/x", "https://b.test:99/y", "https://b.test:8/x"},
        {"//b.test/x", "https://b.test:99/y", "https://b.test/x"},
        {"http:", NULL, NULL},
        {"http:/", NULL, NULL},
        {"http://", NULL, NULL},
        {"http:///", NULL, NULL},
        {"http://?", NULL, NULL},
        {"http://#", NULL, NULL},
        {"http:?x", NULL, NULL},
        {"//", "http://b.test/", NULL},
        {"///", "http://b.test/", NULL},
        {"//?x", "http://b.test/", NULL},
        {"//#x", "http://b.test/", NULL},
        {"\\\\", "http://b.test/", NULL},
        {"https:", "http://b.test/", NULL},
        {"http://", "http://b.test/", NULL},
    };
    (void)state;
    CHECK(rows);
}

/* 4.4 special relative or authority state */
static void
test_the_bases_own_scheme_alone_is_relative(void **state)
{
    static const struct row rows[] = {
        {"http:x", "http://a.test/b/c", "http://a.test/b/x"},
        {"HTTP:x", "http://a.test/b/c", "http://a.test/b/x"},
        {"http:/x", "http://a.test/b/c", "http://a.test/x"},
        {"http:\\x", "http://a.test/b/c", "http://a.test/x"},
        {"http:..", "http://a.test/b/c/d", "http://a.test/b/"},
        {"http:?x", "http://a.test/b/c?d", "http://a.test/b/c?x"},
        {"http:#x", "http://a.test/b/c?d", "http://a.test/b/c?d"},
        {"http:", "http://a.test/b/c?d", "http://a.test/b/c?d"},
        {"http::x", "http://a.test/b/c", "http://a.test/b/:x"},
        {"http:x:y@z", "http://a.test/b/c", "http://a.test/b/x:y@z"},
        {"https:x", "https://a.test/b/c", "https://a.test/b/x"},
        {"http:\\\\x", "http://a.test/b/c", "http://x/"},
        {"http://x", "http://a.test/b/c", "http://x/"},
    };
    (void)state;
    CHECK(rows);
}

/* 4.4 authority state: the last "@" before the end counts */
static void
test_userinfo_is_dropped_and_never_moves_the_host(void **state)
{
    static const struct row rows[] = {
        {"http://u@a.test/", NULL, "http://a.test/"},
        {"http://u:p@a.test/x", NULL, "http://a.test/x"},
        {"http://u:p@a.test:8080/", NULL, "http://a.test:8080/"},
        {"http://@a.test/", NULL, "http://a.test/"},
        {"http://:@a.test/", NULL, "http://a.test/"},
        {"http://:p@a.test/", NULL, "http://a.test/"},
        {"http://u:@a.test/", NULL, "http://a.test/"},
        {"http://u@v@a.test/", NULL, "http://a.test/"},
        {"http://u:p@v:q@a.test:81/", NULL, "http://a.test:81/"},
        {"http://@@@a.test/", NULL, "http://a.test/"},
        {"http://b.test;@a.test/", NULL, "http://a.test/"},
        {"http://b.test;x:y@a.test/", NULL, "http://a.test/"},
        {"http://b.test:80@a.test/", NULL, "http://a.test/"},
        {"http://b.test:99999@a.test/", NULL, "http://a.test/"},
        {"http://[::1]@a.test/", NULL, "http://a.test/"},
        {"http://[@a.test/", NULL, "http://a.test/"},
        {"http://[:@a.test:81/", NULL, "http://a.test:81/"},
        {"http://u%40b.test@a.test/", NULL, "http://a.test/"},
        {"http://b.test%00@a.test/", NULL, "http://a.test/"},
        {"http://u p@a.test/", NULL, "http://a.test/"},
        {"http://\xff@a.test/", NULL, "http://a.test/"},
        {"http:u@a.test/", NULL, "http://a.test/"},
        {"//u:p@a.test/", "http://b.test/", "http://a.test/"},
        {"http://b.test/@a.test/", NULL, "http://b.test/@a.test/"},
        {"http://b.test\\@a.test/", NULL, "http://b.test/@a.test/"},
        {"http://b.test?@a.test/", NULL, "http://b.test/?@a.test/"},
        {"http://b.test#@a.test/", NULL, "http://b.test/"},
        {"http://b.test/;@a.test/", NULL, "http://b.test/;@a.test/"},
        {"http://u@/x", NULL, NULL},
        {"http://u:p@", NULL, NULL},
        {"http://@/x", NULL, NULL},
        {"http://:@/x", NULL, NULL},
        {"http://@:80/x", NULL, NULL},
        {"http://u@?x", NULL, NULL},
        {"http://u@#x", NULL, NULL},
    };
    (void)state;
    CHECK(rows);
}

/* 4.4 host state, port state */
static void
test_ports(void **state)
{
    static const struct row rows[] = {
        {"http://a.test:80/", NULL, "http://a.test/"},
        {"https://a.test:443/", NULL, "https://a.test/"},
        {"http://a.test:443/", NULL, "http://a.test:443/"},
        {"https://a.test:80/", NULL, "https://a.test:80/"},
        {"http://a.test:8080", NULL, "http://a.test:8080/"},
        {"http://a.test:/", NULL, "http://a.test/"},
        {"http://a.test:", NULL, "http://a.test/"},
        {"http://a.test:?x", NULL, "http://a.test/?x"},
        {"http://a.test:#x", NULL, "http://a.test/"},
        {"http://a.test:\\x", NULL, "http://a.test/x"},
        {"http://a.test:0/", NULL, "http://a.test:0/"},
        {"http://a.test:00000/", NULL, "http://a.test:0/"},
        {"http://a.test:0000000000080/", NULL, "http://a.test/"},
        {"http://a.test:00008080/", NULL, "http://a.test:8080/"},
        {"http://a.test:65535/", NULL, "http://a.test:65535/"},
        {"http://a.test:8080?x", NULL, "http://a.test:8080/?x"},
        {"http://a.test:8080#x", NULL, "http://a.test:8080/"},
        {"http://a.test:8080\\x", NULL, "http://a.test:8080/x"},
        {"http://[::1]:81/", NULL, "http://[::1]:81/"},
        {"http://[::1]:80/", NULL, "http://[::1]/"},
        {"http://a.test:65536/", NULL, NULL},
        {"http://a.test:4294967376/", NULL, NULL}, /* 2^32 + 80 */
        {"http://a.test:18446744073709551696/", NULL, NULL},
        {"http://a.test:99999999999999999999999999/", NULL, NULL},
        {"http://a.test:-80/", NULL, NULL},
        {"http://a.test:+80/", NULL, NULL},
        {"http://a.test:8 0/", NULL, NULL},
        {"http://a.test:80a/", NULL, NULL},
        {"http://a.test:a/", NULL, NULL},
        {"http://a.test:0x50/", NULL, NULL},
        {"http://a.test:%38%30/", NULL, NULL},
        {"http://a.test:80:80/", NULL, NULL},
        {"http://a.test::80/", NULL, NULL},
        {"http://a.test:\xef\xbc\x98/", NULL, NULL}, /* a wide 8 */
        {"http://:80/", NULL, NULL},
        {"http://:/", NULL, NULL},
        {"//:80", "http://b.test/", NULL},
    };
    (void)state;
    CHECK(rows);
}

/* 3.5 and 4.4 host state, as seen from here; the rest is in test_host.c */
static void
test_hosts_are_made_canonical(void **state)
{
    static const struct row rows[] = {
        {"http://WWW.A.Test/X", NULL, "http://www.a.test/X"},
        {"http://a_b.test/", NULL, "http://a_b.test/"},
        {"http://a.test./", NULL, "http://a.test./"},
        {"http://%61.test/", NULL, "http://a.test/"},
        {"http://b\xc3\xbc"
         "cher.test/",
         NULL, "http://xn--bcher-kva.test/"},
        {"http://B%C3%9CCHER.test/", NULL, "http://xn--bcher-kva.test/"},
        {"http://0x7f.1/", NULL, "http://127.0.0.1/"},
        {"http://2130706433/", NULL, "http://127.0.0.1/"},
        {"http://[0:0::0:1]:8080/", NULL, "http://[::1]:8080/"},
        {"//0300.0250.1", "https://b.test/", "https://192.168.0.1/"},
        {"http://b.test/x", "http://B.test/y", "http://b.test/x"},
        {"http://a b.test/", NULL, NULL},
        {"http://a%20b.test/", NULL, NULL},
        {"http://a<b.test/", NULL, NULL},
        {"http://a%00.test/", NULL, NULL},
        {"http://a%2fb.test/", NULL, NULL},
        {"http://a%3a80/", NULL, NULL},
        {"http://a^b/", NULL, NULL},
        {"http://a|b/", NULL, NULL},
        {"http://[::1/", NULL, NULL},
        {"http://::1/", NULL, NULL},
        {"http://[::1]x/", NULL, NULL},
        {"http://x[::1]/", NULL, NULL},
        {"http://a]/", NULL, NULL},
        {"http://[", NULL, NULL},
        {"http://[]", NULL, NULL},
        {"http://[]:80/", NULL, NULL},
        {"http://1.2.3.256/", NULL, NULL},
        {"http://\xff.test/", NULL, NULL},
    };
    (void)state;
    CHECK(rows);
}

/* 4.4 path start state, path state; 1.3 path percent-encode set */
static void
test_paths_are_encoded_by_the_path_set(void **state)
{
    static const struct row rows[] = {
        {"http://a.test/ x\"<>`{}^", NULL,
         "http://a.test/%20x%22%3C%3E%60%7B%7D%5E"},
        {"http://a.test/!$&'()*+,-.;=:@[]_|~", NULL,
         "http://a.test/!$&'()*+,-.;=:@[]_|~"},
        {"http://a.test/AZaz09", NULL, "http://a.test/AZaz09"},
        {"http://a.test/%", NULL, "http://a.test/%"},
        {"http://a.test/%zz%4", NULL, "http://a.test/%zz%4"},
        {"http://a.test/%7e%7E~", NULL, "http://a.test/%7e%7E~"},
        {"http://a.test/%41%20%2f%5c", NULL, "http://a.test/%41%20%2f%5c"},
        {"http://a.test/%00%0a", NULL, "http://a.test/%00%0a"},
        {"http://a.test/\x01\x1f\x7f", NULL, "http://a.test/%01%1F%7F"},
        {"http://a.test/\xc3\xa9", NULL, "http://a.test/%C3%A9"},
        {"http://a.test/\xe4\xbd\xa0\xe5\xa5\xbd", NULL,
         "http://a.test/%E4%BD%A0%E5%A5%BD"},
        {"http://a.test/\xf0\x9f\x98\x80", NULL, "http://a.test/%F0%9F%98%80"},
        {"http://a.test/\xef\xbb\xbfx", NULL, "http://a.test/%EF%BB%BFx"},
        {"http://a.test\\b\\c", NULL, "http://a.test/b/c"},
        {"http://a.test/b\\c", NULL, "http://a.test/b/c"},
        {"http://a.test//", NULL, "http://a.test//"},
        {"http://a.test//b///c/", NULL, "http://a.test//b///c/"},
        {"http://a.test/\\b", NULL, "http://a.test//b"},
        {"http://a.test/b;c=d,e", NULL, "http://a.test/b;c=d,e"},
        {"http://a.test/b:80", NULL, "http://a.test/b:80"},
        {"http://a.test?x", NULL, "http://a.test/?x"},
        {"http://a.test#x", NULL, "http://a.test/"},
        {"/\xc3\xa9/../\xc3\xa8", "http://a.test/", "http://a.test/%C3%A8"},
        {"C|/x", "http://a.test/", "http://a.test/C|/x"},
        {"/C:/x/../..", "http://a.test/", "http://a.test/"},
    };
    (void)state;
    CHECK(rows);
}

/* 4.4 path state; 4.1 single-dot and double-dot URL path segments */
static void
test_dot_segments_go(void **state)
{
    static const struct row rows[] = {
        {"http://a.test/.", NULL, "http://a.test/"},
        {"http://a.test/./", NULL, "http://a.test/"},
        {"http://a.test/..", NULL, "http://a.test/"},
        {"http://a.test/../", NULL, "http://a.test/"},
        {"http://a.test/../../..", NULL, "http://a.test/"},
        {"http://a.test/../x", NULL, "http://a.test/x"},
        {"http://a.test/b/.", NULL, "http://a.test/b/"},
        {"http://a.test/b/./c", NULL, "http://a.test/b/c"},
        {"http://a.test/b/..", NULL, "http://a.test/"},
        {"http://a.test/b/../c", NULL, "http://a.test/c"},
        {"http://a.test/b/c/../d", NULL, "http://a.test/b/d"},
        {"http://a.test/b/c/..", NULL, "http://a.test/b/"},
        {"http://a.test/b/c/../..", NULL, "http://a.test/"},
        {"http://a.test/b/c/../../../d", NULL, "http://a.test/d"},
        {"http://a.test/b//../c", NULL, "http://a.test/b/c"},
        {"http://a.test/b//../../c", NULL, "http://a.test/c"},
        {"http://a.test//..", NULL, "http://a.test/"},
        {"http://a.test///../x", NULL, "http://a.test//x"},
        {"http://a.test/b\\..\\c", NULL, "http://a.test/c"},
        {"http://a.test/b\\.\\c", NULL, "http://a.test/b/c"},
        {"http://a.test/%2e", NULL, "http://a.test/"},
        {"http://a.test/%2E/x", NULL, "http://a.test/x"},
        {"http://a.test/b/%2e%2E/x", NULL, "http://a.test/x"},
        {"http://a.test/b/.%2e", NULL, "http://a.test/"},
        {"http://a.test/b/%2e.", NULL, "http://a.test/"},
        {"http://a.test/b/%2e./c", NULL, "http://a.test/c"},
        {"http://a.test/b/..?x", NULL, "http://a.test/?x"},
        {"http://a.test/b/.?x", NULL, "http://a.test/b/?x"},
        {"http://a.test/b/..#x", NULL, "http://a.test/"},
        {"http://a.test/...", NULL, "http://a.test/..."},
        {"http://a.test/.../x", NULL, "http://a.test/.../x"},
        {"http://a.test/..b", NULL, "http://a.test/..b"},
        {"http://a.test/.b/c", NULL, "http://a.test/.b/c"},
        {"http://a.test/b./c", NULL, "http://a.test/b./c"},
        {"http://a.test/b../c", NULL, "http://a.test/b../c"},
        {"http://a.test/%2e%2e%2e", NULL, "http://a.test/%2e%2e%2e"},
        {"http://a.test/%2eb", NULL, "http://a.test/%2eb"},
        {"http://a.test/b%2e", NULL, "http://a.test/b%2e"},
        {"http://a.test/b/..%20", NULL, "http://a.test/b/..%20"},
        {"http://a.test/b/.. /c", NULL, "http://a.test/b/..%20/c"},
        {"http://a.test/b/..\xc3\xa9/c", NULL, "http://a.test/b/..%C3%A9/c"},
        {"http://a.test/%2", NULL, "http://a.test/%2"},
        {"http://a.test/%252e", NULL, "http://a.test/%252e"},
        {"http://a.test/..%2fx", NULL, "http://a.test/..%2fx"},
        {"http://a.test/..%5cx", NULL, "http://a.test/..%5cx"},
        {"http://a.test/..;/x", NULL, "http://a.test/..;/x"},
    };
    (void)state;
    CHECK(rows);
}

/* 4.4 query state; 1.3 special-query percent-encode set */
static void
test_queries_are_encoded_by_the_special_query_set(void **state)
{
    static const struct row rows[] = {
        {"http://a.test/?", NULL, "http://a.test/?"},
        {"http://a.test?", NULL, "http://a.test/?"},
        {"http://a.test/?#", NULL, "http://a.test/?"},
        {"http://a.test/??", NULL, "http://a.test/??"},
        {"http://a.test/?a=b&c=d", NULL, "http://a.test/?a=b&c=d"},
        {"http://a.test/? \"<>'", NULL, "http://a.test/?%20%22%3C%3E%27"},
        {"http://a.test/?`{}^|\\[]", NULL, "http://a.test/?`{}^|\\[]"},
        {"http://a.test/?a/../b", NULL, "http://a.test/?a/../b"},
        {"http://a.test/?a\\b", NULL, "http://a.test/?a\\b"},
        {"http://a.test/?%zz%41%2e", NULL, "http://a.test/?%zz%41%2e"},
        {"http://a.test/?\xc3\xa9", NULL, "http://a.test/?%C3%A9"},
        {"http://a.test/?\xf0\x9f\x98\x80", NULL,
         "http://a.test/?%F0%9F%98%80"},
        {"http://a.test/?\x01\x7f", NULL, "http://a.test/?%01%7F"},
        {"http://a.test/?a@b:c", NULL, "http://a.test/?a@b:c"},
        {"http://a.test/?a#b?c", NULL, "http://a.test/?a"},
        {"http://a.test/#?c", NULL, "http://a.test/"},
        {"?", "http://a.test/b?c", "http://a.test/b?"},
        {"?x", "http://a.test/b/c?d", "http://a.test/b/c?x"},
        {"?x#y", "http://a.test/b", "http://a.test/b?x"},
        {"?../x", "http://a.test/b/c", "http://a.test/b/c?../x"},
        {"", "http://a.test/b?", "http://a.test/b?"},
    };
    (void)state;
    CHECK(rows);
}

/* 4.4 relative state, relative slash state, fragment state */
static void
test_relative_references(void **state)
{
    static const struct row rows[] = {
        {"", "http://a.test/b/c?d#e", "http://a.test/b/c?d"},
        {"#", "http://a.test/b/c?d", "http://a.test/b/c?d"},
        {"#x", "http://a.test/b/c?d", "http://a.test/b/c?d"},
        {"#x/../y", "http://a.test/b/c", "http://a.test/b/c"},
        {"##", "http://a.test/b/c", "http://a.test/b/c"},
        {"", "http://u:p@a.test:8080/", "http://a.test:8080/"},
        {"x", "http://a.test", "http://a.test/x"},
        {"x", "http://a.test/", "http://a.test/x"},
        {"x", "http://a.test/b", "http://a.test/x"},
        {"x", "http://a.test/b/", "http://a.test/b/x"},
        {"x", "http://a.test/b/c?d/e", "http://a.test/b/x"},
        {"x/", "http://a.test/b/c", "http://a.test/b/x/"},
        {"x?", "http://a.test/b/c", "http://a.test/b/x?"},
        {"x#y", "http://a.test/b/c", "http://a.test/b/x"},
        {"x", "https://a.test:8443/b/c", "https://a.test:8443/b/x"},
        {"x", "http://[::1]:81/b", "http://[::1]:81/x"},
        {"x", "http://a.test//b//c", "http://a.test//b//x"},
        {"/", "http://a.test/b/c?d", "http://a.test/"},
        {"\\", "http://a.test/b/c?d", "http://a.test/"},
        {"/x", "http://a.test:81/b/c", "http://a.test:81/x"},
        {"\\x\\y", "http://a.test/b/c", "http://a.test/x/y"},
        {"/?x", "http://a.test/b/c", "http://a.test/?x"},
        {"/../x", "http://a.test/b/c", "http://a.test/x"},
        {"/./x", "http://a.test/b/c", "http://a.test/x"},
        {"/.//x", "http://a.test/b/c", "http://a.test//x"},
        {"..", "http://a.test/b/c", "http://a.test/"},
        {"..", "http://a.test/b/c/d", "http://a.test/b/"},
        {"../", "http://a.test/b/c/d", "http://a.test/b/"},
        {"../..", "http://a.test/b/c/d", "http://a.test/"},
        {"../../../../x", "http://a.test/b/c/d", "http://a.test/x"},
        {"..\\x", "http://a.test/b/c/d", "http://a.test/b/x"},
        {".", "http://a.test/b/c", "http://a.test/b/"},
        {"./", "http://a.test/b/c", "http://a.test/b/"},
        {"./x", "http://a.test/b/c", "http://a.test/b/x"},
        {"%2e%2e/x", "http://a.test/b/c/d", "http://a.test/b/x"},
        {".%2E\\x", "http://a.test/b/c/d", "http://a.test/b/x"},
        {"x//y", "http://a.test/b/c", "http://a.test/b/x//y"},
        {"..//x", "http://a.test/b/c/d", "http://a.test/b//x"},
        {"x/..", "http://a.test/b/c", "http://a.test/b/"},
        {"x/../", "http://a.test/b/c", "http://a.test/b/"},
        {"@x", "http://a.test/b", "http://a.test/@x"},
        {"x@y:z", "http://a.test/b", "http://a.test/x@y:z"},
        {"[::1]", "http://a.test/b", "http://a.test/[::1]"},
        {"&amp;", "http://a.test/b", "http://a.test/&amp;"},
        {"%", "http://a.test/b", "http://a.test/%"},
        {"www.b.test", "http://a.test/c/d", "http://a.test/c/www.b.test"},
        {"http//b.test", "http://a.test/c", "http://a.test/http//b.test"},
        {"\xc3\xa9?\xc3\xa9#\xc3\xa9", "http://a.test/b",
         "http://a.test/%C3%A9?%C3%A9"},
    };
    (void)state;
    CHECK(rows);
}

/*
 * RFC 3986 section 5.4.1 and 5.4.2; 3986 names the same targets except where
 * said.  Fragments are dropped.
 */
static void
test_rfc3986_examples(void **state)
{
#define RFC_BASE "http://a/b/c/d;p?q"
    static const struct row rows[] = {
        {"g:h", RFC_BASE, NULL}, /* "g:h": not a scheme of ours */
        {"g", RFC_BASE, "http://a/b/c/g"},
        {"./g", RFC_BASE, "http://a/b/c/g"},
        {"g/", RFC_BASE, "http://a/b/c/g/"},
        {"/g", RFC_BASE, "http://a/g"},
        {"//g", RFC_BASE, "http://g/"}, /* "http://g" */
        {"?y", RFC_BASE, "http://a/b/c/d;p?y"},
        {"g?y", RFC_BASE, "http://a/b/c/g?y"},
        {"#s", RFC_BASE, "http://a/b/c/d;p?q"},
        {"g#s", RFC_BASE, "http://a/b/c/g"},
        {"g?y#s", RFC_BASE, "http://a/b/c/g?y"},
        {";x", RFC_BASE, "http://a/b/c/;x"},
        {"g;x", RFC_BASE, "http://a/b/c/g;x"},
        {"g;x?y#s", RFC_BASE, "http://a/b/c/g;x?y"},
        {"", RFC_BASE, "http://a/b/c/d;p?q"},
        {".", RFC_BASE, "http://a/b/c/"},
        {"./", RFC_BASE, "http://a/b/c/"},
        {"..", RFC_BASE, "http://a/b/"},
        {"../", RFC_BASE, "http://a/b/"},
        {"../g", RFC_BASE, "http://a/b/g"},
        {"../..", RFC_BASE, "http://a/"},
        {"../../", RFC_BASE, "http://a/"},
        {"../../g", RFC_BASE, "http://a/g"},
        {"../../../g", RFC_BASE, "http://a/g"},
        {"../../../../g", RFC_BASE, "http://a/g"},
        {"/./g", RFC_BASE, "http://a/g"},
        {"/../g", RFC_BASE, "http://a/g"},
        {"g.", RFC_BASE, "http://a/b/c/g."},
        {".g", RFC_BASE, "http://a/b/c/.g"},
        {"g..", RFC_BASE, "http://a/b/c/g.."},
        {"..g", RFC_BASE, "http://a/b/c/..g"},
        {"./../g", RFC_BASE, "http://a/b/g"},
        {"./g/.", RFC_BASE, "http://a/b/c/g/"},
        {"g/./h", RFC_BASE, "http://a/b/c/g/h"},
        {"g/../h", RFC_BASE, "http://a/b/c/h"},
        {"g;x=1/./y", RFC_BASE, "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", RFC_BASE, "http://a/b/c/y"},
        {"g?y/./x", RFC_BASE, "http://a/b/c/g?y/./x"},
        {"g?y/../x", RFC_BASE, "http://a/b/c/g?y/../x"},
        {"g#s/./x", RFC_BASE, "http://a/b/c/g"},
        {"g#s/../x", RFC_BASE, "http://a/b/c/g"},
        {"http:g", RFC_BASE, "http://a/b/c/g"}, /* its second reading */
    };
    (void)state;
    CHECK(rows);
}

/* Encoding standard 8.1.1: one U+FFFD a longest well-formed head */
static void
test_broken_utf8_becomes_replacement_characters(void **state)
{
#define FFFD "%EF%BF%BD"
    static const struct {
        const char *bytes, *want;
    } rows[] = {
        {"\x80", FFFD},
        {"\xff", FFFD},
        {"\xfe\xff", FFFD FFFD},
        {"\xc3", FFFD},
        {"\xc3x", FFFD "x"},
        {"\xc0\x80", FFFD FFFD},
        {"\xc1\xbf", FFFD FFFD},
        {"\xe2\x82", FFFD},
        {"\xe2\x82x", FFFD "x"},
        {"\xe2\x82\xe2\x82\xac", FFFD "%E2%82%AC"},
        {"\xe0\x80\x80", FFFD FFFD FFFD},
        {"\xe0\x9f\xbf", FFFD FFFD FFFD},
        {"\xed\xa0\x80", FFFD FFFD FFFD}, /* a surrogate */
        {"\xf0\x9f\x98", FFFD},
        {"\xf0\x9f\x98x", FFFD "x"},
        {"\xf0\x80\x80\x80", FFFD FFFD FFFD FFFD},
        {"\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD},
        {"\xf5\x80", FFFD FFFD},
        {"a\xe9"
         "b",
         "a" FFFD "b"}, /* Latin-1 */
        {"\xf0\x90\x80x", FFFD "x"},
        {"\xf4\x8f\xbfx", FFFD "x"},
        {"\xed\x9f", FFFD},
        {"\xef\xbf\xbd", FFFD},
        {"\xef\xbf\xbe", "%EF%BF%BE"}, /* a noncharacter is well-formed */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char want[128];

        (void)snprintf(want, sizeof(want), "http://a.test/%s", rows[i].want);
        check_ref(str_from(rows[i].bytes), "http://a.test/", want);
        (void)snprintf(want, sizeof(want), "http://a.test/?%s", rows[i].want);
        {
            char ref[32];

            (void)snprintf(ref, sizeof(ref), "?%s", rows[i].bytes);
            check_ref(str_from(ref), "http://a.test/", want);
        }
    }
}

/* NUL is a byte like others: trimmed at the ends, encoded inside (4.4) */
static void
test_nul_bytes(void **state)
{
    (void)state;
    check_ref(STR("\0http://a.test/\0"), NULL, "http://a.test/");
    check_ref(STR("x\0y"), "http://a.test/", "http://a.test/x%00y");
    check_ref(STR("?x\0y"), "http://a.test/", "http://a.test/?x%00y");
    check_ref(STR("http://a\0b/"), NULL, NULL);
    check_ref(STR("http\0://a/"), NULL, NULL);
    check_ref(STR_NONE, "http://a.test/x", "http://a.test/x");
    check_ref(STR_NONE, NULL, NULL);
}

static void
assert_part(struct str got, const char *want)
{
    if (!str_equal(got, str_from(want)))
        fail_msg("%.*s, want %s", STR_ARG(got), want);
}

static void
test_the_parts_of_a_url(void **state)
{
    struct buf out;
    struct url u;

    (void)state;
    buf_init(&out, URL_MAX_DEFAULT);
    assert_int_equal(
        url_parse(STR("HTTPS://u@A.test:8443/x/y?z=1#f"), NULL, &out, &u),
        ERR_OK);
    assert_true(u.text.p == out.p && u.text.n == out.n);
    assert_part(u.origin, "https://a.test:8443");
    assert_part(u.host, "a.test");
    assert_part(u.path, "/x/y");
    assert_part(u.query, "z=1");
    assert_part(u.target, "/x/y?z=1");
    assert_int_equal(u.port, 8443);
    assert_int_equal(u.scheme, URL_HTTPS);

    assert_int_equal(url_parse(STR("http://[::1]"), NULL, &out, &u), ERR_OK);
    assert_part(u.origin, "http://[::1]");
    assert_part(u.host, "[::1]");
    assert_part(u.path, "/");
    assert_null(u.query.p);
    assert_part(u.target, "/");
    assert_int_equal(u.port, 80);
    assert_int_equal(u.scheme, URL_HTTP);

    assert_int_equal(url_parse(STR("https://a.test/?"), NULL, &out, &u),
                     ERR_OK);
    assert_non_null(u.query.p);
    assert_int_equal(u.query.n, 0);
    assert_part(u.target, "/?");
    assert_int_equal(u.port, 443);
    buf_fini(&out);
}

/* The bound of out is the length cap, to the byte. */
static void
test_longer_than_the_bound_is_too_big(void **state)
{
    enum { CAP = 64 };
    char ref[256] = "http://a.test/";
    struct buf out;
    struct url u;

    (void)state;
    memset(ref + 14, 'x', sizeof(ref) - 14);
    buf_init(&out, CAP);
    assert_int_equal(url_parse((struct str){ref, CAP}, NULL, &out, &u), ERR_OK);
    assert_int_equal(u.text.n, CAP);
    assert_int_equal(url_parse((struct str){ref, CAP + 1}, NULL, &out, &u),
                     ERR_TOO_BIG);
    assert_int_equal(out.n, 0);
    ref[CAP] = '#'; /* what is dropped does not count */
    assert_int_equal(url_parse((struct str){ref, sizeof(ref)}, NULL, &out, &u),
                     ERR_OK);
    ref[CAP] = 'x';
    ref[CAP - 1] = ' '; /* one byte becomes three */
    assert_int_equal(url_parse((struct str){ref, CAP}, NULL, &out, &u),
                     ERR_OK); /* trimmed */
    ref[CAP - 1] = 'x';
    ref[CAP - 2] = ' ';
    assert_int_equal(url_parse((struct str){ref, CAP}, NULL, &out, &u),
                     ERR_TOO_BIG);
    ref[0] = '?'; /* and an error of the reference stays one */
    assert_int_equal(url_parse((struct str){ref, sizeof(ref)}, NULL, &out, &u),
                     ERR_INVALID);
    buf_fini(&out);
}

/* Work grows with the bytes: a megabyte of anything is done at once. */
static void
test_a_megabyte_of_anything_is_survived(void **state)
{
    static const char *const units[] = {
        "../", "a/../", "/", "\\", "@",  ":", "[",    "%2e%2e/", "?",
        "#",   "\n",    " ", "a",  "a.", "%", "\xff", "a/",      "%41",
    };
    static const char *const heads[] = {"",      "http:",          "http://",
                                        "data:", "http://a.test/", "?"};
    const size_t size = 1 << 20;
    char *ref = malloc(size);
    struct buf base_buf, out;
    struct url base, u;

    (void)state;
    assert_non_null(ref);
    buf_init(&base_buf, URL_MAX_DEFAULT);
    buf_init(&out, 2 * size); /* more than the reference itself */
    assert_int_equal(
        url_parse(STR("http://b.test/x/y"), NULL, &base_buf, &base), ERR_OK);
    for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++)
        for (size_t k = 0; k < sizeof(units) / sizeof(units[0]); k++) {
            size_t n = strlen(heads[h]), step = strlen(units[k]);

            memcpy(ref, heads[h], n);
            for (; n + step <= size; n += step)
                memcpy(ref + n, units[k], step);
            if (url_parse((struct str){ref, n}, &base, &out, &u) == ERR_OK)
                check_split(&u);
        }
    buf_fini(&base_buf);
    buf_fini(&out);
    free(ref);
}

static void
test_split_refuses_what_parse_never_writes(void **state)
{
    static const char *const rows[] = {
        "",
        "http",
        "http:",
        "http://",
        "http:///",
        "http:///x",
        "http://a.test",
        "http://a.test?x",
        "http:/a.test/",
        "HTTP://a.test/",
        "ftps://a.test/",
        "ftp://a.test:21/",
        "ftp:/a.test/",
        "file:///etc/passwd",
        "javascript:x",
        "//a.test/",
        "a.test/",
        " http://a.test/",
        "http://a.test/ ",
        "http://a.test/x y",
        "http://a.test/x\ty",
        "http://a.test/x\ny",
        "http://a.test/x\x7f",
        "http://a.test/\xc3\xa9",
        "http://a.test/?\xc3\xa9",
        "http://a.test/?x y",
        "http://a.test/?x'y",
        "http://a.test/x#y",
        "http://a.test/#",
        "http://a.test/x?y#z",
        "http://a.test/x\\y",
        "http://a.test\\x",
        "http://a.test/{x}",
        "http://a.test/<x>",
        "http://A.test/",
        "http://a b/",
        "http://a%41/",
        "http://u@a.test/",
        "http://u:p@a.test/",
        "http://@a.test/",
        "http://:80/",
        "http://a.test:80/",
        "https://a.test:443/",
        "http://a.test:/",
        "http://a.test:081/",
        "http://a.test:65536/",
        "http://a.test:99999999999999999999/",
        "http://a.test:x/",
        "http://a.test:-1/",
        "http://a.test:81:82/",
        "http://[::1/",
        "http://[]/",
        "http://[::1]x/",
        "http://[::G]/",
        "http://[0::1]/",
        "http://[::127.0.0.1]/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://127.0.0.01/",
        "http://127.0.0.1./",
        "http://1.2.3.4.5/",
        "http://a.1/",
        "http://b\xc3\xbc/",
    };
    struct url u;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (url_split(str_from(rows[i]), &u) != ERR_INVALID)
            fail_msg("url_split took \"%s\"", rows[i]);
    assert_int_equal(url_split(STR_NONE, &u), ERR_INVALID);
    assert_int_equal(url_split(STR("http://a.test/\0"), &u), ERR_INVALID);
    assert_int_equal(url_split(STR("http://a\0/"), &u), ERR_INVALID);
    assert_int_equal(url_split(STR("https://a.test:80/"), &u), ERR_OK);
    assert_int_equal(url_split(STR("http://a.test:0/"), &u), ERR_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blanks_at_the_ends_and_newlines_inside_go),
        cmocka_unit_test(test_only_http_and_https_are_schemes),
        cmocka_unit_test(test_ftp_is_a_scheme_when_asked_for),
        cmocka_unit_test(test_any_number_of_slashes_leads_to_the_authority),
        cmocka_unit_test(test_the_bases_own_scheme_alone_is_relative),
        cmocka_unit_test(test_userinfo_is_dropped_and_never_moves_the_host),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_hosts_are_made_canonical),
        cmocka_unit_test(test_paths_are_encoded_by_the_path_set),
        cmocka_unit_test(test_dot_segments_go),
        cmocka_unit_test(test_queries_are_encoded_by_the_special_query_set),
        cmocka_unit_test(test_relative_references),
        cmocka_unit_test(test_rfc3986_examples),
        cmocka_unit_test(test_broken_utf8_becomes_replacement_characters),
        cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_the_parts_of_a_url),
        cmocka_unit_test(test_longer_than_the_bound_is_too_big),
        cmocka_unit_test(test_a_megabyte_of_anything_is_survived),
        cmocka_unit_test(test_split_refuses_what_parse_never_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
