/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "common/str.h"
#include "common/buf.h"
#include "worker/etc_hosts.h"

static const struct {
    const char *in, *want; /* "NAME=ADDRESS/FAMILY " for each */
} cases[] = {
    {"127.0.0.1 localhost\n", "localhost=127.0.0.1/4 "},
    {"::1\tip6-localhost  ip6-loopback\r\n",
     "ip6-localhost=::1/6 ip6-loopback=::1/6 "},
    {"  192.0.2.1   Up.EXAMPLE # down.example\n", "up.example=192.0.2.1/4 "},
    {"#192.0.2.1 a\n\n \n192.0.2.2 b", "b=192.0.2.2/4 "},
    {"2001:DB8::1 a\n", "a=2001:DB8::1/6 "},
    /* no address, or none that can be used */
    {"localhost 127.0.0.1\n192.0.2.1\n192.0.2 a\n300.1.1.1 a\n", ""},
    {"fe80::1%eth0 a\n192.0.2.1/24 b\n[::1] c\n", ""},
    {"", ""},
};

static void
on_name(void *arg, struct str name, struct str address, int family)
{
    struct buf *b = arg;

    assert_int_equal(buf_addf(b, "%.*s=%.*s/%c ", STR_ARG(name),
                              STR_ARG(address), family == AF_INET ? '4' : '6'),
                     ERR_OK);
}

static void
read_text(const char *text, size_t n, struct buf *out)
{
    char path[] = "/tmp/test_etc_hosts.XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    close(fd);
    buf_init(out, 1 << 20);
    etc_hosts_read(path, on_name, out);
    unlink(path);
}

/* hosts(5): an address, names, a comment; anything else is passed over. */
static void
test_lines_give_their_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf got;

        read_text(cases[i].in, strlen(cases[i].in), &got);
        assert_int_equal(buf_add_char(&got, '\0'), ERR_OK);
        assert_string_equal(got.p, cases[i].want);
        buf_fini(&got);
    }
}

/* The rest of a line that is too long is no line of its own. */
static void
test_long_lines_and_nuls_do_no_harm(void **state)
{
    struct buf in, got;

    (void)state;
    buf_init(&in, 1 << 20);
    assert_int_equal(buf_addf(&in, "192.0.2.1 a "), ERR_OK);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf_addf(&in, "# "), ERR_OK);
    assert_int_equal(buf_addf(&in, "\n192.0.2.2 b%c c\n", 0), ERR_OK);
    read_text(in.p, in.n, &got);
    assert_int_equal(buf_add_char(&got, '\0'), ERR_OK);
    assert_string_equal(got.p, "a=192.0.2.1/4 b=192.0.2.2/4 ");
    buf_fini(&in);
    buf_fini(&got);
}

static void
test_a_file_that_is_not_there_has_no_names(void **state)
{
    struct buf got;

    (void)state;
    buf_init(&got, 1000);
    etc_hosts_read("/nonexistent/hosts", on_name, &got);
    assert_int_equal(got.n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_give_their_names),
        cmocka_unit_test(test_long_lines_and_nuls_do_no_harm),
        cmocka_unit_test(test_a_file_that_is_not_there_has_no_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
