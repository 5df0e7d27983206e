/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/dns_text.h"

enum { MAX = 1 << 20 };

/* A message with one question, for a.test (at byte 12), and COUNT answers. */
#define HEAD(count) "\x12\x34\x81\x80\0\1\0" count "\0\0\0\0\1a\4test\0\0\1\0\1"
#define IN_A "\0\1\0\1"
#define A_TEST "\xc0\x0c"

#define MESSAGE(text) text, sizeof(text) - 1

static const struct {
    const char *bytes;
    size_t n;
    const char *want; /* NULL: refused */
} cases[] = {
    /* RFC 1035, 3.4.1 and 4.1.4 */
    {MESSAGE(HEAD("\1") A_TEST IN_A "\0\0\1\x2c\0\4\xc0\0\2\1"),
     "a.test.\t300\tIN\tA\t192.0.2.1\n"},
    /* RFC 3596, 2.2 */
    {MESSAGE(HEAD("\1") A_TEST "\0\x1c\0\1\0\0\0\x3c\0\x10\x20\1\xd\xb8"
                               "\0\0\0\0\0\0\0\0\0\0\0\1"),
     "a.test.\t60\tIN\tAAAA\t2001:db8::1\n"},
    /* 3.3.1: the second name ends with a pointer into the first's */
    {MESSAGE(HEAD("\2") A_TEST "\0\5\0\1\0\0\0\1\0\4\1b\xc0\x0e"
                               "\xc0\x24" IN_A "\0\0\0\2\0\4\x7f\0\0\1"),
     "a.test.\t1\tIN\tCNAME\tb.test.\nb.test.\t2\tIN\tA\t127.0.0.1\n"},
    /* no answers; the root */
    {MESSAGE(HEAD("\0")), ""},
    {MESSAGE(HEAD("\1") "\0" IN_A "\0\0\0\0\0\4\1\2\3\4"),
     ".\t0\tIN\tA\t1.2.3.4\n"},
    /* 5.1: what means something in a zone file, and what is no text */
    {MESSAGE(HEAD("\1") "\x0b"
                        "a. \n;\\\"(\x00\x7f\xff\0" IN_A
                        "\0\0\0\0\0\4\1\2\3\4"),
     "a\\.\\032\\010\\;\\\\\\\"\\(\\000\\127\\255.\t0\tIN\tA\t1.2.3.4\n"},
    /* RFC 3597, 5: other types, other classes; an A of a strange length */
    {MESSAGE(HEAD("\3") A_TEST "\0\x2e\0\1\0\0\0\1\0\3\1\xab\0" A_TEST
                               "\0\1\0\3\0\0\0\1\0\4\1\2\3\4" A_TEST
                               "\0\1\0\1\0\0\0\1\0\0"),
     "a.test.\t1\tIN\tTYPE46\t\\# 3 01ab00\n"
     "a.test.\t1\tCLASS3\tTYPE1\t\\# 4 01020304\n"
     "a.test.\t1\tIN\tTYPE1\t\\# 0\n"},
    /* RFC 2181, 8: a TTL below zero is 0 */
    {MESSAGE(HEAD("\1") A_TEST IN_A "\xff\xff\xff\xff\0\4\1\2\3\4"),
     "a.test.\t0\tIN\tA\t1.2.3.4\n"},
    {MESSAGE(HEAD("\1") A_TEST IN_A "\x7f\xff\xff\xff\0\4\1\2\3\4"),
     "a.test.\t2147483647\tIN\tA\t1.2.3.4\n"},
    /* a pointer to itself, forwards, beyond; a length that is none */
    {MESSAGE(HEAD("\1") "\xc0\x18" IN_A "\0\0\0\0\0\4\1\2\3\4"), NULL},
    {MESSAGE(HEAD("\1") "\xc0\x20" IN_A "\0\0\0\0\0\4\1\2\3\4"), NULL},
    {MESSAGE(HEAD("\1") "\xff\xff" IN_A "\0\0\0\0\0\4\1\2\3\4"), NULL},
    {MESSAGE(HEAD("\1") "\x40" IN_A "\0\0\0\0\0\4\1\2\3\4"), NULL},
    /* another name's length in CNAME than its data's */
    {MESSAGE(HEAD("\1") A_TEST "\0\5\0\1\0\0\0\1\0\3\xc0\x0c\0"), NULL},
    {MESSAGE(HEAD("\1") A_TEST "\0\5\0\1\0\0\0\1\0\1\xc0\x0c\0"), NULL},
    /* fewer answers than it says; too short for any */
    {MESSAGE(HEAD("\2") A_TEST IN_A "\0\0\0\0\0\4\1\2\3\4"), NULL},
    {MESSAGE("\x12\x34\x81\x80\0\0\0\0\0\0\0"), NULL},
};

/* Behind what out has; a refused message leaves that as it was. */
static void
check(const char *bytes, size_t n, const char *want)
{
    unsigned char *copy = malloc(n > 0 ? n : 1); /* its end is guarded */
    struct buf out;
    enum err e;

    memcpy(copy, bytes, n);
    buf_init(&out, MAX);
    assert_int_equal(buf_add(&out, "20261121\n", 9), ERR_OK);
    e = dns_text_put(copy, n, &out);
    assert_int_equal(e, want ? ERR_OK : ERR_INVALID);
    assert_int_equal(out.n, 9 + (want ? strlen(want) : 0));
    if (want)
        assert_memory_equal(out.p + 9, want, strlen(want));
    buf_fini(&out);
    free(copy);
}

static void
test_answers_are_lines_of_a_zone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(cases[i].bytes, cases[i].n, cases[i].want);
}

/* Every message that breaks off is refused, wherever it does. */
static void
test_torn_messages_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t n = 0; cases[i].want && n < cases[i].n; n++)
            check(cases[i].bytes, n, NULL);
}

/* 3.1: a name has 255 bytes, however they are folded. */
static void
test_names_are_bounded(void **state)
{
    static const char label[] = "\x3f"
                                "0123456789012345678901234567890123456789"
                                "01234567890123456789012";
    struct buf in, out;

    (void)state;
    for (size_t labels = 3; labels <= 4; labels++) {
        buf_init(&in, MAX);
        buf_init(&out, MAX);
        assert_int_equal(buf_add(&in, "\1\2\x81\x80\0\0\0\1\0\0\0\0", 12),
                         ERR_OK);
        for (size_t i = 0; i < labels; i++)
            assert_int_equal(buf_add(&in, label, 64), ERR_OK);
        assert_int_equal(buf_add(&in, "\0\0\1\0\1\0\0\0\0\0\4\1\2\3\4", 15),
                         ERR_OK);
        assert_int_equal(dns_text_put((const unsigned char *)in.p, in.n, &out),
                         labels == 3 ? ERR_OK : ERR_INVALID);
        buf_fini(&in);
        buf_fini(&out);
    }
}

/* Text beyond what out may hold is an error, with nothing of it left. */
static void
test_text_is_bounded(void **state)
{
    struct buf out;

    (void)state;
    for (size_t max = 0; max < 27; max++) {
        buf_init(&out, max);
        assert_int_not_equal(dns_text_put((const unsigned char *)cases[0].bytes,
                                          cases[0].n, &out),
                             ERR_OK);
        assert_int_equal(out.n, 0);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_are_lines_of_a_zone),
        cmocka_unit_test(test_torn_messages_are_refused),
        cmocka_unit_test(test_names_are_bounded),
        cmocka_unit_test(test_text_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
