/* SPDX-License-Identifier: MIT */
#include "common/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

/*
 * IANA's "IPv4 Special-Purpose Address Registry" (RFC 6890, RFC 8190), all
 * that is not globally reachable, the documentation ranges too; and what
 * stands in other registries: multicast and the reserved rest.  Globally
 * reachable parts of special blocks (192.0.0.9, 192.0.0.10: anycast of PCP
 * and TURN) are no web servers and stay refused with their block.
 */
static const struct {
    uint32_t net;
    int bits;
} address_v4_special[] = {
    {0x00000000, 8},  /* 0.0.0.0/8 "this network", RFC 791 3.2 */
    {0x0a000000, 8},  /* 10.0.0.0/8 private, RFC 1918 */
    {0x64400000, 10}, /* 100.64.0.0/10 carrier's NAT, RFC 6598 */
    {0x7f000000, 8},  /* 127.0.0.0/8 loopback, RFC 1122 3.2.1.3 */
    {0xa9fe0000, 16}, /* 169.254.0.0/16 link-local, RFC 3927; and clouds'
                         metadata, 169.254.169.254 */
    {0xac100000, 12}, /* 172.16.0.0/12 private, RFC 1918 */
    {0xc0000000, 24}, /* 192.0.0.0/24 protocol assignments, RFC 6890 2.1 */
    {0xc0000200, 24}, /* 192.0.2.0/24 documentation, RFC 5737 */
    {0xc0586300, 24}, /* 192.88.99.0/24 6to4 relays, RFC 7526 */
    {0xc0a80000, 16}, /* 192.168.0.0/16 private, RFC 1918 */
    {0xc6120000, 15}, /* 198.18.0.0/15 benchmarks, RFC 2544 */
    {0xc6336400, 24}, /* 198.51.100.0/24 documentation, RFC 5737 */
    {0xcb007100, 24}, /* 203.0.113.0/24 documentation, RFC 5737 */
    {0xe0000000, 4},  /* 224.0.0.0/4 multicast, RFC 5771 */
    {0xf0000000, 4},  /* 240.0.0.0/4 reserved, RFC 1112 4; broadcast, RFC 919 */
};

static bool
address_v4_is_public(uint32_t a)
{
    for (size_t i = 0;
         i < sizeof(address_v4_special) / sizeof(address_v4_special[0]); i++) {
        uint32_t mask = UINT32_MAX << (32 - address_v4_special[i].bits);

        if ((a & mask) == address_v4_special[i].net)
            return false;
    }
    return true;
}

static uint32_t
address_v4_at(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           (uint32_t)p[3];
}

/*
 * Global unicast is 2000::/3 so far (RFC 4291, IANA), so that is allowed and
 * the rest refused: ::, ::1, 100::/64, 5f00::/16, fc00::/7 (with it
 * fd00:ec2::254, a cloud's metadata), fe80::/10, fec0::/10, ff00::/8, the
 * local NAT64 prefix 64:ff9b:1::/48 (RFC 8215) and whatever comes to be
 * special later.  Inside of it IANA's "IPv6 Special-Purpose Address Registry"
 * has these.
 */
static const struct {
    unsigned char net[6];
    int bits;
} address_v6_special[] = {
    /* 2001::/23 protocols, RFC 2928: Teredo, benchmarks, ORCHID */
    {{0x20, 0x01, 0x00}, 23},
    /* 2001:db8::/32 documentation, RFC 3849 */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    /* 3fff::/20 documentation, RFC 9637 */
    {{0x3f, 0xff, 0x00}, 20},
};

static bool
address_has_prefix(const unsigned char *p, const unsigned char *net, int bits)
{
    int whole = bits / 8, rest = bits % 8;

    return memcmp(p, net, (size_t)whole) == 0 &&
           (rest == 0 || (p[whole] ^ net[whole]) >> (8 - rest) == 0);
}

/* An IPv4 address inside leads to where that leads. */
static bool
address_v6_is_public(const unsigned char p[16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const unsigned char compatible[12] = {0};
    static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};

    if (memcmp(p, mapped, sizeof(mapped)) == 0 ||         /* RFC 4291 2.5.5.2 */
        memcmp(p, compatible, sizeof(compatible)) == 0 || /* 2.5.5.1, ::1 */
        memcmp(p, nat64, sizeof(nat64)) == 0)             /* RFC 6052 */
        return address_v4_is_public(address_v4_at(p + 12));
    if (p[0] == 0x20 && p[1] == 0x02) /* 2002::/16, RFC 3056 */
        return address_v4_is_public(address_v4_at(p + 2));
    for (size_t i = 0;
         i < sizeof(address_v6_special) / sizeof(address_v6_special[0]); i++)
        if (address_has_prefix(p, address_v6_special[i].net,
                               address_v6_special[i].bits))
            return false;
    return (p[0] & 0xe0) == 0x20;
}

bool
address_is_public(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, a, sizeof(in));
        return address_v4_is_public(ntohl(in.sin_addr.s_addr));
    }
    if (a->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, a, sizeof(in6));
        return address_v6_is_public(in6.sin6_addr.s6_addr);
    }
    return false;
}

/* WHATWG URL, "ends in a number checker": digits, or 0x and hex digits. */
static bool
address_is_number(struct str label)
{
    bool is_hex = str_starts_nocase(label, STR("0x"));

    if (label.n == 0)
        return false;
    for (size_t i = is_hex ? 2 : 0; i < label.n; i++) {
        char c = str_lower(label.p[i]);

        if (!str_is_digit(c) && !(is_hex && c >= 'a' && c <= 'f'))
            return false;
    }
    return true;
}

static bool
address_literal_is_public(struct str literal, int family)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[16];

    if (literal.n == 0 || literal.n >= sizeof(text) ||
        memchr(literal.p, '\0', literal.n) != NULL)
        return false;
    memcpy(text, literal.p, literal.n);
    text[literal.n] = '\0';
    if (inet_pton(family, text, bytes) != 1)
        return false;
    return family == AF_INET ? address_v4_is_public(address_v4_at(bytes))
                             : address_v6_is_public(bytes);
}

bool
address_host_is_public(struct str host)
{
    struct str last;

    if (host.n > 0 && host.p[host.n - 1] == '.') /* the root's dot */
        host.n--;
    if (host.n == 0)
        return false;
    if (host.p[0] == '[')
        return host.n > 2 && host.p[host.n - 1] == ']' &&
               address_literal_is_public((struct str){host.p + 1, host.n - 2},
                                         AF_INET6);
    last = host;
    for (size_t i = host.n; i > 0; i--)
        if (host.p[i - 1] == '.') {
            last = (struct str){host.p + i, host.n - i};
            break;
        }
    if (str_equal_nocase(last, STR("localhost"))) /* RFC 6761 section 6.3 */
        return false;
    if (address_is_number(last))
        return address_literal_is_public(host, AF_INET);
    return true;
}
