/*
 * save_name: under which name a URL is kept, and that none gets out.
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <uthash.h>

#include "common/mem.h"
#include "common/save.h"
#include "common/save_name.h"

static const struct save_name_rules rules = {{"index.html", 10}, 255};

static bool
name_of(const char *text, struct str extension, struct buf *out, bool *is_cut)
{
    struct buf url_text;
    struct url url;
    bool is_url;

    buf_init(&url_text, 4000);
    buf_reset(out);
    is_url = url_parse(str_from(text), NULL, &url_text, &url) == ERR_OK;
    if (is_url)
        assert_int_equal(save_name(&rules, &url, extension, out, is_cut),
                         ERR_OK);
    buf_fini(&url_text);
    return is_url;
}

static void
test_names_are_wgets_where_a_file_system_takes_them(void **state)
{
    static const struct {
        const char *url, *name;
    } rows[] = {
        /* as wget has it */
        {"http://a.test/", "a.test/index.html"},
        {"http://a.test", "a.test/index.html"},
        {"http://A.test/x", "a.test/x"},
        {"http://a.test/x/", "a.test/x/index.html"},
        {"http://a.test/x/y.png", "a.test/x/y.png"},
        {"https://a.test/x", "a.test/x"},
        {"http://a.test/%7Eme/a%20b.jpg", "a.test/~me/a b.jpg"},
        {"http://a.test/x/../y/./z", "a.test/y/z"},
        {"http://a.test/x;p=1,2&c=(3)!$'+", "a.test/x;p=1,2&c=(3)!$'+"},
        {"http://a.test/.htaccess", "a.test/.htaccess"},
        /* as wget --restrict-file-names=windows,ascii */
        {"http://a.test:8080/x", "a.test+8080/x"},
        {"http://a.test:443/x", "a.test+443/x"},
        {"https://a.test:80/x", "a.test+80/x"},
        {"http://a.test/x?y=1&z=2", "a.test/x@y=1&z=2"},
        {"http://a.test/?y", "a.test/index.html@y"},
        {"http://a.test/x?", "a.test/x@"},
        {"http://a.test/caf\xc3\xa9", "a.test/caf%C3%A9"},
        /* an escape that must stay, and one of ours */
        {"http://a.test/x%3Ay", "a.test/x%3Ay"},
        {"http://a.test/x%3ay", "a.test/x%3Ay"},
        {"http://a.test/x:y", "a.test/x%3ay"},
        {"http://a.test/x%2Fy", "a.test/x%2Fy"},
        {"http://a.test/x?u=/y/z", "a.test/x@u=%2fy%2fz"},
        {"http://a.test/x*|y", "a.test/x%2a%7cy"},
        {"http://a.test/x%25y", "a.test/x%25y"},
        {"http://a.test/100%", "a.test/100%25"},
        {"http://a.test/x%00y%0a%1b", "a.test/x%00y%0A%1B"},
        {"http://a.test/x%5C..%5Cy", "a.test/x%5C..%5Cy"},
        {"http://a.test/@me", "a.test/%40me"},
        {"http://a.test/@me/x", "a.test/@me/x"},
        {"http://a.test/x?@y", "a.test/x@@y"},
        /* what may not be the whole, or the end, of a name */
        {"http://a.test/%2e%2e/%2e%2e/etc/passwd", "a.test/etc/passwd"},
        {"http://a.test/..%2f..%2fetc%2fpasswd",
         "a.test/..%2F..%2Fetc%2Fpasswd"},
        {"http://a.test/.../x", "a.test/..%2e/x"},
        {"http://a.test/x.", "a.test/x%2e"},
        {"http://a.test/x%20", "a.test/x%20"},
        {"http://a.test/x%20/y", "a.test/x%20/y"},
        {"http://a.test/x//y", "a.test/x/%2f/y"},
        {"http://a.test//", "a.test/%2f/index.html"},
        {"http://a.test/con", "a.test/%63on"},
        {"http://a.test/NUL.txt/x", "a.test/%4eUL.txt/x"},
        {"http://a.test/com1%20.x", "a.test/%63om1 .x"},
        {"http://a.test/com10/console", "a.test/com10/console"},
        {"http://con/x", "%63on/x"},
        {"http://[::1]:81/x", "[%3a%3a1]+81/x"},
        {"http://a.test./x", "a.test%2e/x"},
        /* like a mark of ours: one of its own */
        {"http://a.test/x~file", "a.test/x~file~93fd28810a631a6f"},
    };
    struct buf out;
    bool is_cut;

    (void)state;
    buf_init(&out, 8192);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[1200];

        assert_true(name_of(rows[i].url, STR_NONE, &out, &is_cut));
        assert_false(is_cut);
        snprintf(name, sizeof(name), "%.*s", STR_ARG(buf_str(&out)));
        assert_string_equal(name, rows[i].name);
    }
    buf_fini(&out);
}

static void
expect_name(const char *url, struct str extension, const char *want)
{
    struct buf out;
    char name[1200];
    bool is_cut;

    buf_init(&out, 8192);
    assert_true(name_of(url, extension, &out, &is_cut));
    snprintf(name, sizeof(name), "%.*s", STR_ARG(buf_str(&out)));
    assert_string_equal(name, want);
    buf_fini(&out);
}

static void
test_an_extension_is_added_where_it_lacks(void **state)
{
    (void)state;
    expect_name("http://a.test/x", STR("html"), "a.test/x.html");
    expect_name("http://a.test/x.HTM", STR("html"), "a.test/x.HTM");
    expect_name("http://a.test/x.html", STR("html"), "a.test/x.html");
    expect_name("http://a.test/", STR("html"), "a.test/index.html");
    expect_name("http://a.test/x.php?y=1", STR("html"),
                "a.test/x.php@y=1.html");
    expect_name("http://a.test/x.css", STR("css"), "a.test/x.css");
    expect_name("http://a.test/x.cgi", STR("css"), "a.test/x.cgi.css");
}

static void
test_a_mark_stands_before_the_extension(void **state)
{
    static const struct {
        const char *name, *marked;
    } rows[] = {
        {"a.test/x", "a.test/x~file"},
        {"a.test/x.png", "a.test/x~file.png"},
        {"a.test/x.y/z", "a.test/x.y/z~file"},
        {"a.test/v1.2", "a.test/v1.2~file"}, /* that is no extension */
        {"a.test/.htaccess", "a.test/.htaccess~file"},
        {"x.png", "x~file.png"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 8192);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        buf_reset(&out);
        assert_int_equal(
            save_name_marked(str_from(rows[i].name), SAVE_MARK_ASIDE, &out),
            ERR_OK);
        assert_true(str_equal(buf_str(&out), str_from(rows[i].marked)));
    }
    buf_fini(&out);
}

/* --- whatever a site calls its pages --- */

static uint64_t random_state = 20261121;

static unsigned
random_below(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % n;
}

static void
expect_safe_part(struct str part)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul", "com1"};

    assert_true(part.n > 0 && part.n <= 255);
    assert_false(str_equal(part, STR(".")) || str_equal(part, STR("..")));
    assert_true(part.p[part.n - 1] != '.' && part.p[part.n - 1] != ' ');
    for (size_t i = 0; i < part.n; i++) {
        assert_true(part.p[i] >= 0x20 && part.p[i] < 0x7f);
        assert_null(strchr("/\\:*?\"<>|", part.p[i]));
    }
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        struct str rest = part, stem = str_trim(str_cut(&rest, '.'));

        assert_false(str_equal_nocase(stem, str_from(devices[i])));
    }
}

static void
expect_safe(struct str name)
{
    size_t parts = 0;

    assert_true(name.n > 0 && name.n <= SAVE_PATH_MAX);
    assert_true(name.p[0] != '/' && name.p[0] != '.' &&
                name.p[name.n - 1] != '/');
    while (name.n > 0) {
        expect_safe_part(str_cut(&name, '/'));
        parts++;
    }
    assert_true(parts >= 2);
}

/* Bits of what somebody would try. */
static void
make_url(char *out, size_t size)
{
    static const char *const bits[] = {
        "/",      "/",    "..",         ".",    "%2e",
        "%2E%2e", "%2f",  "%5c",        "\\",   "con",
        "NUL",    "aux.", " ",          "%20",  "%00",
        "%0a",    "%ff",  "\xc3\xa9",   "\xff", "?",
        "@",      ":",    "*",          "|",    "<",
        "~file",  "%",    "%2",         "%zz",  "a",
        "b",      "A",    "index.html", ".png", "~0123456789abcdef",
        "%7e",    "%41",  "//",         "&=",   "com1",
        "x.y.z",  "%3A",  "%3a",        "\"",   "'",
        "#",      ";"};
    static const char *const hosts[] = {"a.test", "..",     "a.test:81",
                                        "con",    ".part",  "a.test.",
                                        "[::1]",  "1.2.3.4"};
    size_t n = (size_t)snprintf(out, size, "http%s://%s/",
                                random_below(8) == 0 ? "s" : "",
                                hosts[random_below(8)]);
    unsigned count = random_below(random_below(20) == 0 ? 900 : 12);

    for (unsigned i = 0; i < count && n + 40 < size; i++) {
        const char *bit = bits[random_below(sizeof(bits) / sizeof(bits[0]))];

        n += (size_t)snprintf(out + n, size - n, "%s", bit);
        if (random_below(300) == 0)
            for (unsigned k = 0; k < 300 && n + 40 < size; k++)
                out[n++] = 'w';
        out[n] = '\0';
    }
}

struct named {
    UT_hash_handle hh;
    char *url;
    char name[];
};

/* The URL with what RFC 3986 or this module takes for one made one. */
static void
put_in_order(struct str url, struct buf *out)
{
    enum err e = ERR_OK;

    buf_reset(out);
    for (size_t i = 0; i < url.n; i++) {
        unsigned byte;
        char hex[3] = "";

        if (url.p[i] == '%' && i + 2 < url.n)
            memcpy(hex, url.p + i + 1, 2);
        if (hex[0] && isxdigit((unsigned char)hex[0]) &&
            isxdigit((unsigned char)hex[1])) {
            byte = (unsigned)strtoul(hex, NULL, 16);
            i += 2;
            if (isalnum((int)byte) || (byte && strchr("-._~ ", (int)byte)))
                e = buf_add_char(out, (char)byte);
            else
                e = buf_addf(out, "%%%02X", byte);
        } else if (url.p[i] == '%') {
            e = buf_add_str(out, STR("%25"));
        } else {
            e = buf_add_char(out, url.p[i]);
        }
        assert_int_equal(e, ERR_OK);
    }
}

/* "http" and "https", "/" and "/index.html" are known to share. */
static bool
may_share(struct str a, struct str b)
{
    struct buf x, y;
    bool is_same;

    buf_init(&x, 16384);
    buf_init(&y, 16384);
    put_in_order(a, &x);
    put_in_order(b, &y);
    is_same = str_equal(buf_str(&x), buf_str(&y));
    buf_fini(&x);
    buf_fini(&y);
    return is_same || memmem(a.p, a.n, "index.html", 10) ||
           memmem(b.p, b.n, "index.html", 10) || memmem(a.p, a.n, "%40", 3) ||
           memmem(b.p, b.n, "%40", 3) ||
           str_starts(a, STR("https")) != str_starts(b, STR("https"));
}

static void
test_no_name_escapes_and_none_is_used_twice(void **state)
{
    struct named *all = NULL, *one, *next;
    char text[3000];
    size_t count = 0;
    struct buf out;
    bool is_cut;

    (void)state;
    buf_init(&out, 8192);
    for (int i = 0; i < 60000; i++) {
        struct buf url_text;
        struct url url;

        make_url(text, sizeof(text));
        if (!name_of(text, STR_NONE, &out, &is_cut))
            continue;
        count++;
        expect_safe(buf_str(&out));
        buf_init(&url_text, 4000);
        assert_int_equal(url_parse(str_from(text), NULL, &url_text, &url),
                         ERR_OK);
        HASH_FIND(hh, all, out.p, out.n, one);
        if (one == NULL) {
            one = xcalloc(1, sizeof(*one) + out.n + 1);
            memcpy(one->name, out.p, out.n);
            one->url = xmemdup0(url.text.p, url.text.n);
            HASH_ADD_KEYPTR(hh, all, one->name, out.n, one);
        } else if (!may_share(str_from(one->url), url.text)) {
            fail_msg("%s is of %s and %.*s", one->name, one->url,
                     STR_ARG(url.text));
        }
        buf_fini(&url_text);
    }
    assert_true(count > 20000);
    HASH_ITER(hh, all, one, next)
    {
        HASH_DEL(all, one);
        free(one->url);
        free(one);
    }
    buf_fini(&out);
}

static void
test_long_names_are_cut_and_differ(void **state)
{
    struct buf a, b;
    char url[3000];
    bool is_cut;

    (void)state;
    buf_init(&a, 8192);
    buf_init(&b, 8192);
    for (int folders = 0; folders < 2; folders++) {
        int n = snprintf(url, sizeof(url), "http://a.test/");

        for (int i = 0; i < 500; i++)
            n += snprintf(url + n, sizeof(url) - (size_t)n, "%s",
                          folders ? "abc/" : "%3A");
        snprintf(url + n, sizeof(url) - (size_t)n, "x.jpeg");
        assert_true(name_of(url, STR_NONE, &a, &is_cut) && is_cut);
        snprintf(url + n, sizeof(url) - (size_t)n, "y.jpeg");
        assert_true(name_of(url, STR_NONE, &b, &is_cut) && is_cut);
        expect_safe(buf_str(&a));
        expect_safe(buf_str(&b));
        assert_false(str_equal(buf_str(&a), buf_str(&b)));
        assert_true(str_ends(buf_str(&a), STR(".jpeg")));
    }
    buf_fini(&a);
    buf_fini(&b);
}

static void
test_words_of_save(void **state)
{
    static const struct {
        const char *text;
        int what; /* -1: refused */
    } rows[] = {{"warc", SAVE_WARC},
                {"files", SAVE_FILES},
                {"both", SAVE_WARC | SAVE_FILES},
                {"warc,files", SAVE_WARC | SAVE_FILES},
                {"files, warc", SAVE_WARC | SAVE_FILES},
                {"none", 0},
                {"", -1},
                {"none,warc", -1},
                {"file", -1},
                {"warc,,files", -1}};
    unsigned what;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(save_parse(str_from(rows[i].text), &what),
                         rows[i].what >= 0);
        if (rows[i].what >= 0)
            assert_int_equal(what, rows[i].what);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_wgets_where_a_file_system_takes_them),
        cmocka_unit_test(test_an_extension_is_added_where_it_lacks),
        cmocka_unit_test(test_a_mark_stands_before_the_extension),
        cmocka_unit_test(test_no_name_escapes_and_none_is_used_twice),
        cmocka_unit_test(test_long_names_are_cut_and_differ),
        cmocka_unit_test(test_words_of_save),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
