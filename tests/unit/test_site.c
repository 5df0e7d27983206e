/*
 * The site of a host, by the public suffix list (publicsuffix.org/list, the
 * algorithm and its test vectors' ideas) and by host.
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
#include <pthread.h>

#include "common/host.h"
#include "common/site.h"

struct row {
    const char *host, *want;
};

#define CHECK(rows) check_rows((rows), sizeof(rows) / sizeof((rows)[0]))

/* Twice: the second answer comes from what the thread remembers. */
static void
check_rows(const struct row *rows, size_t count)
{
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < count; i++) {
            struct str host = str_from(rows[i].host);
            struct str got = site_of_host(host);

            if (!str_equal(got, str_from(rows[i].want)))
                fail_msg("%s: %.*s, want %s", rows[i].host, STR_ARG(got),
                         rows[i].want);
            assert_true(got.p >= host.p && got.p + got.n <= host.p + host.n);
        }
}

static int
by_domain(void **state)
{
    (void)state;
    site_init(SITE_BY_DOMAIN);
    return 0;
}

static int
by_host(void **state)
{
    (void)state;
    site_init(SITE_BY_HOST);
    return 0;
}

static int
no_more(void **state)
{
    (void)state;
    site_fini();
    return 0;
}

static void
test_a_site_is_the_registrable_domain(void **state)
{
    static const struct row rows[] = {
        {"example.com", "example.com"},
        {"www.example.com", "example.com"},
        {"a.b.c.example.com", "example.com"},
        {"example.co.uk", "example.co.uk"},
        {"www.example.co.uk", "example.co.uk"},
        {"www.bbc.co.uk", "bbc.co.uk"},
        {"a.b.example.com.au", "example.com.au"},
        {"b.c.kobe.jp", "b.c.kobe.jp"}, /* *.kobe.jp */
        {"a.b.c.kobe.jp", "b.c.kobe.jp"},
        {"city.kobe.jp", "city.kobe.jp"}, /* !city.kobe.jp */
        {"www.city.kobe.jp", "city.kobe.jp"},
        {"a.b.c.ck", "b.c.ck"},               /* *.ck */
        {"www.www.ck", "www.ck"},             /* !www.ck */
        {"user.github.io", "user.github.io"}, /* the list's private part */
        {"a.user.github.io", "user.github.io"},
        {"a.b.no-such-tld", "b.no-such-tld"}, /* the rule "*" */
        {"a.b.test", "b.test"},
        {"www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"},
        {"www.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"},
        {"a_b.example.com", "example.com"},
    };
    (void)state;
    CHECK(rows);
}

static void
test_what_has_no_registrable_domain_is_its_own_site(void **state)
{
    static const struct row rows[] = {
        {"com", "com"},
        {"co.uk", "co.uk"},
        {"github.io", "github.io"},
        {"c.kobe.jp", "c.kobe.jp"},
        {"localhost", "localhost"},
        {"test", "test"},
        {"xn--p1ai", "xn--p1ai"},
        {"", ""},
    };
    (void)state;
    CHECK(rows);
}

static void
test_an_address_is_its_own_site(void **state)
{
    static const struct row rows[] = {
        {"1.2.3.4", "1.2.3.4"},
        {"192.168.0.1", "192.168.0.1"},
        {"[::1]", "[::1]"},
        {"[::ffff:a00:1]", "[::ffff:a00:1]"},
    };
    (void)state;
    CHECK(rows);
}

/* It names the same server: one delay for both spellings. */
static void
test_a_final_dot_makes_no_other_site(void **state)
{
    static const struct row rows[] = {
        {"example.com.", "example.com"},
        {"www.example.co.uk.", "example.co.uk"},
        {"localhost.", "localhost"},
        {"co.uk.", "co.uk"},
        {".", "."},
    };
    (void)state;
    CHECK(rows);
}

/* host_parse() lets empty labels through; DNS will not. */
static void
test_empty_labels_are_survived(void **state)
{
    static const char *const hosts[] = {"..",   "...",     ".com",    "..com",
                                        "a..b", "a.com..", "a..co.uk"};

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct str host = str_from(hosts[i]);
        struct str got = site_of_host(host);

        assert_true(got.n > 0);
        assert_true(got.p >= host.p && got.p + got.n <= host.p + host.n);
    }
}

/* Longer than what a thread remembers, more labels than libpsl is shown. */
static void
test_long_hosts(void **state)
{
    char host[HOST_MAX + 100];
    const char *tail = "example.co.uk";
    size_t n = HOST_MAX - 1 - strlen(tail);
    struct str got;

    (void)state;
    for (size_t i = 0; i < n; i++)
        host[i] = i % 2 == n % 2 ? 'a' : '.';
    memcpy(host + n, tail, strlen(tail));
    got = site_of_host((struct str){host, HOST_MAX - 1});
    assert_true(str_equal(got, STR("example.co.uk")));
    assert_true(got.p == host + n);

    memset(host, 'a', sizeof(host)); /* no canonical host, yet survived */
    got = site_of_host((struct str){host, sizeof(host)});
    assert_true(got.p == host && got.n == sizeof(host));
}

static void
test_by_host_a_site_is_the_host(void **state)
{
    static const struct row rows[] = {
        {"www.example.com", "www.example.com"},
        {"example.com", "example.com"},
        {"www.example.com.", "www.example.com"},
        {"1.2.3.4", "1.2.3.4"},
        {"[::1]", "[::1]"},
        {"localhost", "localhost"},
    };
    (void)state;
    CHECK(rows);
}

/* Hosts of one length with sites of two, so that no answer fits another's. */
static void *
ask_many(void *wrong)
{
    for (unsigned i = 0; i < 3000; i++) {
        char host[64], want[64];
        int n = i % 2
                    ? snprintf(host, sizeof(host), "www.a%03u.co.uk", i % 700)
                    : snprintf(host, sizeof(host), "co.a%03u.www.uk", i % 700);

        (void)snprintf(want, sizeof(want), "%s", host + (i % 2 ? 4 : 8));
        if (!str_equal(site_of_host((struct str){host, (size_t)n}),
                       str_from(want)))
            *(int *)wrong = 1;
    }
    return NULL;
}

/* More hosts than places in a thread's table, and threads at once. */
static void
test_threads_ask_at_once(void **state)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    int wrong[THREADS] = {0};

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_many, &wrong[i]),
                         0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(wrong[i], 0);
    }
}

int
main(void)
{
#define BY(what, test) cmocka_unit_test_setup_teardown(test, what, no_more)
    const struct CMUnitTest tests[] = {
        BY(by_domain, test_a_site_is_the_registrable_domain),
        BY(by_domain, test_what_has_no_registrable_domain_is_its_own_site),
        BY(by_domain, test_an_address_is_its_own_site),
        BY(by_domain, test_a_final_dot_makes_no_other_site),
        BY(by_domain, test_empty_labels_are_survived),
        BY(by_domain, test_long_hosts),
        BY(by_domain, test_threads_ask_at_once),
        BY(by_host, test_by_host_a_site_is_the_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
