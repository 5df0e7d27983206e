/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "common/address.h"

/* Both ends of every range, and the neighbours just outside of it. */
static const struct {
    const char *in;
    bool want;
} v4_cases[] = {
    {"0.0.0.0", false},         {"0.255.255.255", false},
    {"1.0.0.0", true},          {"9.255.255.255", true},
    {"10.0.0.0", false},        {"10.255.255.255", false},
    {"11.0.0.0", true},         {"100.63.255.255", true},
    {"100.64.0.0", false},      {"100.127.255.255", false},
    {"100.128.0.0", true},      {"126.255.255.255", true},
    {"127.0.0.1", false},       {"127.255.255.255", false},
    {"128.0.0.0", true},        {"169.253.255.255", true},
    {"169.254.169.254", false}, {"169.255.0.0", true},
    {"172.15.255.255", true},   {"172.16.0.0", false},
    {"172.31.255.255", false},  {"172.32.0.0", true},
    {"191.255.255.255", true},  {"192.0.0.0", false},
    {"192.0.0.255", false},     {"192.0.1.0", true},
    {"192.167.255.255", true},  {"192.168.0.0", false},
    {"192.168.255.255", false}, {"192.169.0.0", true},
    {"198.17.255.255", true},   {"198.18.0.0", false},
    {"198.19.255.255", false},  {"198.20.0.0", true},
    {"223.255.255.255", true},  {"224.0.0.0", false},
    {"240.0.0.1", false},       {"255.255.255.255", false},
    {"8.8.8.8", true},          {"93.184.216.34", true},
    {"192.0.2.0", false},       {"192.0.2.255", false},
    {"192.0.3.0", true},        {"192.0.1.255", true},
    {"192.88.98.255", true},    {"192.88.99.0", false},
    {"192.88.99.255", false},   {"192.88.100.0", true},
    {"198.51.99.255", true},    {"198.51.100.0", false},
    {"198.51.100.255", false},  {"198.51.101.0", true},
    {"203.0.112.255", true},    {"203.0.113.0", false},
    {"203.0.113.255", false},   {"203.0.114.0", true},
    {"239.255.255.255", false}, {"240.0.0.0", false},
};

/* RFC 6890: special-purpose IPv4 addresses are not the Internet's. */
static void
test_v4_special_ranges_are_not_public(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(v4_cases) / sizeof(v4_cases[0]); i++) {
        struct sockaddr_in in = {.sin_family = AF_INET};

        assert_int_equal(inet_pton(AF_INET, v4_cases[i].in, &in.sin_addr), 1);
        if (address_is_public((struct sockaddr *)&in) != v4_cases[i].want)
            fail_msg("%s", v4_cases[i].in);
        if (address_host_is_public(str_from(v4_cases[i].in)) !=
            v4_cases[i].want)
            fail_msg("host %s", v4_cases[i].in);
    }
}

static const struct {
    const char *in;
    bool want;
} v6_cases[] = {
    {"::", false},
    {"::1", false},
    {"::2", false},
    {"fc00::1", false},
    {"fdff:ffff::1", false},
    {"fe80::1", false},
    {"febf::1", false},
    {"fec0::1", false}, /* site-local, RFC 3879 */
    {"ff02::1", false},
    {"1fff::1", false},
    {"4000::1", false},
    {"100::1", false}, /* discard-only, RFC 6666 */
    {"2a00:1450:4001:82a::200e", true},
    {"2001:4860:4860::8888", true},
    {"2001:0:4136:e378:8000:63bf:3fff:fdd2", false}, /* Teredo, RFC 4380 */
    /* RFC 2928: 2001::/23, whatever is in it */
    {"2001::", false},
    {"2001:1::1", false},
    {"2001:2::1", false},  /* benchmarks, RFC 5180 */
    {"2001:20::1", false}, /* ORCHIDv2, RFC 7343 */
    {"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"2001:200::1", true},
    {"2000:ffff::1", true},
    /* documentation: RFC 3849, RFC 9637 */
    {"2001:db7:ffff::1", true},
    {"2001:db8::1", false},
    {"2001:db8:ffff::1", false},
    {"2001:db9::1", true},
    {"3ffe:ffff::1", true},
    {"3fff::1", false},
    {"3fff:fff:ffff::1", false},
    {"3fff:1000::1", true},
    {"5f00::1", false},       /* segment routing, RFC 9602 */
    {"fd00:ec2::254", false}, /* a cloud's metadata */
    {"::ffff:192.0.2.1", false},
    {"64:ff9b::169.254.169.254", false},
    {"2002:a9fe:a9fe::1", false},
    /* RFC 4291 2.5.5.2: IPv4-mapped */
    {"::ffff:127.0.0.1", false},
    {"::ffff:10.1.2.3", false},
    {"::ffff:169.254.169.254", false},
    {"::ffff:8.8.8.8", true},
    /* RFC 4291 2.5.5.1: IPv4-compatible */
    {"::127.0.0.1", false},
    {"::192.168.1.1", false},
    /* RFC 6052: NAT64, and RFC 8215: its local prefix */
    {"64:ff9b::127.0.0.1", false},
    {"64:ff9b::192.168.0.1", false},
    {"64:ff9b::8.8.8.8", true},
    {"64:ff9b:1::8.8.8.8", false},
    /* RFC 3056: 6to4 carries the IPv4 address in bytes 2 to 5 */
    {"2002:7f00:1::1", false},
    {"2002:a00:1::1", false},
    {"2002:c0a8:101::", false},
    {"2002:808:808::1", true},
    /* RFC 7915: IPv4-translated */
    {"::ffff:0:127.0.0.1", false},
};

static void
test_v6_is_judged_with_the_v4_inside_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(v6_cases) / sizeof(v6_cases[0]); i++) {
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
        char host[80];

        assert_int_equal(inet_pton(AF_INET6, v6_cases[i].in, &in6.sin6_addr),
                         1);
        if (address_is_public((struct sockaddr *)&in6) != v6_cases[i].want)
            fail_msg("%s", v6_cases[i].in);
        snprintf(host, sizeof(host), "[%s]", v6_cases[i].in);
        if (address_host_is_public(str_from(host)) != v6_cases[i].want)
            fail_msg("host %s", host);
    }
}

static void
test_other_families_are_not_public(void **state)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr none = {.sa_family = AF_UNSPEC};

    (void)state;
    assert_false(address_is_public((struct sockaddr *)&un));
    assert_false(address_is_public(&none));
}

static const struct {
    const char *in;
    bool want;
} host_cases[] = {
    {"example.org", true},
    {"example.org.", true},
    {"localhost", false}, /* RFC 6761 section 6.3 */
    {"localhost.", false},
    {"LocalHost", false},
    {"a.localhost", false},
    {"a.b.localhost.", false},
    {"notlocalhost", true},
    {"localhost.example.org", true},
    {"127.0.0.1.", false},
    {"127.0.0.1.example.org", true},
    /* what some resolvers take for an address */
    {"127.1", false},
    {"2130706433", false},
    {"0x7f000001", false},
    {"0x7f.1", false},
    {"8.8.8.8.8", false},
    {"0x", false},
    {"[::1", false},
    {"[]", false},
    {"[fe80::1%eth0]", false},
    {"", false},
    {".", false},
    {"1.0xg", true},
    {"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]", false},
};

static void
test_localhost_and_odd_numbers_are_not_public(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(host_cases) / sizeof(host_cases[0]); i++)
        if (address_host_is_public(str_from(host_cases[i].in)) !=
            host_cases[i].want)
            fail_msg("%s", host_cases[i].in);
    assert_false(address_host_is_public(STR("8.8.8\0.8")));
    assert_false(address_host_is_public(STR_NONE));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v4_special_ranges_are_not_public),
        cmocka_unit_test(test_v6_is_judged_with_the_v4_inside_it),
        cmocka_unit_test(test_other_families_are_not_public),
        cmocka_unit_test(test_localhost_and_odd_numbers_are_not_public),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
