/*
 * What is pure of FTP: replies, paths of URLs, listings.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/ftp_listing.h"
#include "worker/ftp_path.h"
#include "worker/ftp_reply.h"

/* --- replies --- */

/* RFC 959, 4.2: "226 226:150 ..." the codes of what is whole, then the end. */
static void
test_replies(void **state)
{
    static const struct {
        const char *bytes, *want;
    } rows[] = {
        {"220 hello\r\n", "220 more"},
        {"220 hello", "more"},
        {"220\r\n", "220 more"},
        {"220 hello\n331 x\r\n", "220 331 more"},
        {"220-hello\r\n331 no\r\n 220 no\r\n220-no\r\n220 yes\r\n", "220 more"},
        {"220-hello\r\n220\r\n", "220 more"},
        {"220-hello\r\n2200 no\r\n220 yes\r\n", "220 more"},
        {"150 x\r\n226 y\r\n", "150 226 more"},
        {"hello\r\n", "bad"},
        {"\r\n", "bad"},
        {"22\r\n", "bad"},
        {"099 x\r\n", "bad"},
        {"600 x\r\n", "bad"},
        {"HTTP/1.1 400 Bad Request\r\n", "bad"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "bad"},
    };

    (void)state;
    /* in one piece, and byte by byte */
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        const char *bytes = rows[i / 2].bytes;
        size_t piece = i % 2 == 0 ? strlen(bytes) : 1;
        struct ftp_reply_reader reader = {.n = 0};
        struct ftp_reply reply;
        char got[128] = "";
        size_t n = 0;
        enum err e = ERR_NOT_FOUND;

        for (size_t at = 0; at < strlen(bytes) && e == ERR_NOT_FOUND;
             at += piece) {
            struct str rest = {bytes + at, piece};

            while ((e = ftp_reply_next(&reader, &rest, &reply)) == ERR_OK)
                n += (size_t)snprintf(got + n, sizeof(got) - n, "%d ",
                                      reply.code);
        }
        snprintf(got + n, sizeof(got) - n, "%s",
                 e == ERR_NOT_FOUND ? "more" : "bad");
        assert_string_equal(got, rows[i / 2].want);
    }
}

static void
test_a_reply_without_an_end_is_bounded(void **state)
{
    static const char line[] = "220-and so on\r\n";
    struct ftp_reply_reader reader = {.n = 0};
    struct ftp_reply reply;
    size_t bytes = 0;
    enum err e;

    (void)state;
    do {
        struct str rest = {line, sizeof(line) - 1};

        e = ftp_reply_next(&reader, &rest, &reply);
        bytes += sizeof(line) - 1;
    } while (e == ERR_NOT_FOUND && bytes < 2 * FTP_REPLY_MAX);
    assert_int_equal(e, ERR_TOO_BIG);
}

/* A line without an end is kept to its bound, and still a reply. */
static void
test_a_long_line_is_cut(void **state)
{
    struct ftp_reply_reader reader = {.n = 0};
    struct ftp_reply reply;
    char line[3000];
    struct str rest = {line, sizeof(line)};

    (void)state;
    memset(line, 'x', sizeof(line));
    memcpy(line, "220 ", 4);
    line[sizeof(line) - 1] = '\n';
    assert_int_equal(ftp_reply_next(&reader, &rest, &reply), ERR_OK);
    assert_int_equal(reply.code, 220);
    assert_int_equal(reply.line.n, FTP_REPLY_LINE_MAX);
}

/* RFC 2428, 3; RFC 959, 4.1.2 and RFC 1123, 4.1.2.6 */
static void
test_ports(void **state)
{
    static const struct {
        const char *line;
        unsigned port;
    } rows[] = {
        {"229 Entering Extended Passive Mode (|||6446|)", 6446},
        {"229 x (!!!65535!)", 65535},
        {"229 x (|||65536|)", 0},
        {"229 x (|||6446)", 0},
        {"229 x (||6446|)", 0},
        {"229 x (|1|10.0.0.1|6446|)", 0},
        {"229 x (|||6446", 0},
        {"229 x (||||)", 0},
        {"229 (", 0},
        {"229", 0},
        {"227 Entering Passive Mode (10,0,0,1,25,46).", 6446},
        {"227 Entering Passive Mode. 10,0,0,1,25,46", 6446},
        {"227 =10,0,0,1,255,255", 65535},
        {"227 10,0,0,1,256,1", 0},
        {"227 10,0,0,1,25", 0},
        {"227 10,0,0,,25,46", 0},
        {"227 in 1 of 2: 10,0,0,1,25,46", 6446},
        {"227 99999999999999999999,0,0,1,25,46", 0},
        {"227", 0},
        {"226 10,0,0,1,25,46", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ftp_reply reply = {.line = str_from(rows[i].line)};

        reply.code = (int)strtol(rows[i].line, NULL, 10);
        if (ftp_reply_port(&reply) != rows[i].port)
            fail_msg("%s: %u", rows[i].line, ftp_reply_port(&reply));
    }
}

/* RFC 959, 4.2.1 */
static void
test_statuses(void **state)
{
    static const int rows[][2] = {
        {226, 200}, {250, 200}, {421, 503}, {425, 500}, {426, 500}, {450, 503},
        {451, 500}, {452, 503}, {500, 501}, {502, 501}, {530, 401}, {532, 401},
        {550, 404}, {553, 403}, {150, 0},   {332, 401}, {350, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(ftp_reply_status(rows[i][0]), rows[i][1]);
}

/* --- paths --- */

/* RFC 1738, 3.2.2: folders, a ">", and the file if there is one. */
static void
test_paths(void **state)
{
    static const struct {
        const char *target, *want; /* NULL: refused */
    } rows[] = {
        {"/", ">"},
        {"/a", ">a"},
        {"/a/", "a>"},
        {"/a/b/c", "a|b>c"},
        {"//a///b", "a>b"},
        {"/%2Fetc/motd", "/etc>motd"},
        {"/a%20b/%C3%BC%25", "a b>\xc3\xbc%"},
        {"/a%", ">a%"},
        {"/a%2", ">a%2"},
        {"/a%zz", ">a%zz"},
        {"/a?b/c", "a?b>c"},
        {"/-l", ">-l"},
        {"/a;type=i", ">a i"},
        {"/a;TYPE=A", ">a a"},
        {"/a/b;type=d", "a|b> i"},
        {"/;type=d", "> i"},
        {"/a;type=x", ">a;type=x"},
        {"/a;type=", ">a;type="},
        {"/a;type=a/b", "a;type=a>b"},
        {"/a%3Btype=a", ">a;type=a"},
        {"/a%0d%0aDELE%20x", NULL},
        {"/a%0aDELE%20x", NULL},
        {"/a%0d", NULL},
        {"/a%00b", NULL},
        {"/a%09b/c", NULL},
        {"/a%7F", NULL},
    };
    struct ftp_path p;

    (void)state;
    ftp_path_init(&p);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum err e = ftp_path_read(str_from(rows[i].target), &p);
        struct str file;
        char got[128] = "";
        size_t n = 0, at = 0;

        if (rows[i].want == NULL) {
            assert_int_equal(e, ERR_INVALID);
            continue;
        }
        assert_int_equal(e, ERR_OK);
        for (size_t k = 0; k < p.folders; k++) {
            struct str name = ftp_path_next(&p, &at);

            n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%.*s",
                                  k > 0 ? "|" : "", STR_ARG(name));
        }
        file = ftp_path_next(&p, &at);
        assert_int_equal(p.has_file, file.n > 0);
        snprintf(got + n, sizeof(got) - n, ">%.*s%s", STR_ARG(file),
                 p.is_ascii   ? " a"
                 : p.is_typed ? " i"
                              : "");
        assert_int_equal(ftp_path_next(&p, &at).n, 0);
        assert_string_equal(got, rows[i].want);
    }
    ftp_path_fini(&p);
}

/* --- listings --- */

static const struct {
    const char *line, *want; /* "": none; "odd"; else the reference */
} lines[] = {
    /* ls -l, as most servers write it */
    {"-rw-r--r--    1 ftp      ftp          1234 Nov 21 10:00 a.txt",
     "./a.txt"},
    {"drwxr-xr-x    2 0        0            4096 Nov  1  2025 pub", "./pub/"},
    {"-rw-r--r--+   1 o g 1 Nov 21 10:00 acl", "./acl"},
    {"-rw-r--r--@   1 o g 1 Feb 29 2024 mac", "./mac"},
    {"-rwsr-Sr-T    1 o g 1 Jan 1 0:01 bits", "./bits"},
    /* without a group, without a count, a group with a blank */
    {"-rw-r--r-- 1 owner 12 Nov 21 10:00 nogroup", "./nogroup"},
    {"-rw-r--r-- owner group 12 Nov 21 10:00 nolinks", "./nolinks"},
    {"-rw-r--r-- 1 o Domain Users 12 Nov 21 10:00 users", "./users"},
    {"-rw-r--r-- 1 Nov 21 12 Nov 21 10:00 named", "./named"},
    /* other dates */
    {"-rw-r--r-- 1 o g 12 2026-11-21 10:00 iso", "./iso"},
    {"-rw-r--r-- 1 o g 12 21 Nov 2025 day first", "./day%20first"},
    {"-rw-r--r-- 1 o g 12 Nov 21 10:00:59 seconds", "./seconds"},
    {"d [RWCEAFMS] super 512 Nov 21 10:00 novell", "./novell/"},
    {"- [-R----F-] super 512 Nov 21 10:00 novell.txt", "./novell.txt"},
    /* names that look like something else */
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 Nov 21 10:00 x",
     "./Nov%2021%2010:00%20x"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00  lead", "./%20lead"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 trail ", "./trail%20"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 -l", "./-l"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 #a?b%c", "./%23a%3Fb%25c"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 a;type=a", "./a%3Btype=a"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 http:x", "./http:x"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 a\\b", "./a%5Cb"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 %2e%2e", "./%252e%252e"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 \xc3\xbc\xe9", "./%C3%BC%E9"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 a -> b", "./a%20-%3E%20b"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 ...", "./..."},
    /* links: to what is not known; to a folder above: not at all */
    {"lrwxrwxrwx 1 o g 1 Nov 21 10:00 a -> b/c", "./a"},
    {"lrwxrwxrwx 1 o g 1 Nov 21 10:00 a", "./a"},
    {"lrwxrwxrwx 1 o g 1 Nov 21 10:00 up -> ..", ""},
    {"lrwxrwxrwx 1 o g 1 Nov 21 10:00 up -> .././", ""},
    {"lrwxrwxrwx 1 o g 1 Nov 21 10:00 root -> /", ""},
    /* none */
    {"", ""},
    {"total 12", ""},
    {"total 0", ""},
    {"drwxr-xr-x 2 o g 4096 Nov 21 10:00 .", ""},
    {"drwxr-xr-x 2 o g 4096 Nov 21 10:00 ..", ""},
    {"crw-rw-rw- 1 o g 1, 3 Nov 21 10:00 null", ""},
    {"prw-rw-rw- 1 o g 0 Nov 21 10:00 pipe", ""},
    {"srw-rw-rw- 1 o g 0 Nov 21 10:00 sock", ""},
    {"+m825718503,i8388621.1,\tneither", ""},
    /* MS-DOS */
    {"11-21-26  10:00AM       <DIR>          pub", "./pub/"},
    {"11-21-2026  10:00PM              1234 a b.txt", "./a%20b.txt"},
    {"2026-11-21  22:00              1234 a.txt", "./a.txt"},
    {"11-21-26  10:00AM       <JUNCTION>     j", "./j"},
    {"11-21-26  10:00AM       <DIR>          ..", ""},
    /* EPLF */
    {"+i8388621.29609,m824255902,/,\tdev", "./dev/"},
    {"+i8388621.44468,m839956783,r,s10376,\tRFC EPLF", "./RFC%20EPLF"},
    /* odd */
    {"a.txt", "odd"},
    {"NAME.TXT;1  2 21-NOV-2026 10:00 [A]", "odd"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00", "odd"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 ", "odd"},
    {"-rw-r--r-- 1 o g 1 Nov 32x 10:00 a", "odd"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 a/b", "odd"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 ../../etc", "odd"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 a\tb", "odd"},
    {"-rw-r--r-- 1 o g 1 Nov 21 10:00 a\rb", "odd"},
    {"-rw-r--r--", "odd"},
    {"11-21-26  10:00AM       <DIR>", "odd"},
    {"11-21-26  10:00AM       12x4 a", "odd"},
    {"+/,", "odd"},
    {"+", "odd"},
};

static void
test_listing_lines(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct str rest = str_from(lines[i].line);
        struct ftp_entry entry;
        size_t odd = 0;

        buf_reset(&out);
        if (ftp_listing_next(&rest, &entry, &odd))
            assert_int_equal(ftp_entry_write(&entry, &out), ERR_OK);
        else if (odd > 0)
            assert_int_equal(buf_add(&out, "odd", 3), ERR_OK);
        if (!str_equal(buf_str(&out), str_from(lines[i].want)))
            fail_msg("%s: %.*s", lines[i].line, STR_ARG(buf_str(&out)));
    }
    buf_fini(&out);
}

static void
note_link(void *arg, const struct link *link)
{
    struct buf *out = arg;

    assert_int_equal(link->kind, LINK_A);
    assert_false(link->is_of_header);
    assert_int_equal(buf_addf(out, "%.*s\n", STR_ARG(link->href)), ERR_OK);
}

static void
test_listing_links(void **state)
{
    static const char text[] = "total 3\r\n"
                               "drwxr-xr-x 2 o g 4096 Nov 21 10:00 d\r\n"
                               "what is this\n"
                               "-rw-r--r-- 1 o g 1 Nov 21 10:00 nul\0in it\n"
                               "-rw-r--r-- 1 o g 1 Nov 21 10:00 a\n"
                               "-rw-r--r-- 1 o g 1 Nov 21 10:00 b";
    struct str body = {text, sizeof(text) - 1};
    struct ftp_listing_said said;
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    ftp_listing_links(body, 10, note_link, &out, &said);
    assert_true(str_equal(buf_str(&out), STR("./d/\n./a\n./b\n")));
    assert_int_equal(said.count, 3);
    assert_int_equal(said.odd, 2);
    assert_false(said.is_cut);
    ftp_listing_links(body, 2, note_link, &out, &said);
    assert_int_equal(said.count, 2);
    assert_true(said.is_cut);
    ftp_listing_links(body, 3, note_link, &out, &said);
    assert_false(said.is_cut);
    ftp_listing_links(STR_NONE, 2, note_link, &out, &said);
    assert_int_equal(said.count, 0);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_a_reply_without_an_end_is_bounded),
        cmocka_unit_test(test_a_long_line_is_cut),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_listing_lines),
        cmocka_unit_test(test_listing_links),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
