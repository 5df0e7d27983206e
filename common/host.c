/*
 * Nearly every host is plain ASCII and needs no more than lower-casing: one
 * look-up a byte.  What is not goes the standard's long way: percent-decode,
 * check the UTF-8, map and encode it (idna.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/host.h"

#include <stdio.h>

#include "common/idna.h"
#include "common/utf8.h"

enum {
    /* A name of 253 letters of 4 bytes each is 1,012 bytes. */
    HOST_DECODED_MAX = 1024,
    IPV6_PIECES = 8,
};

/*
 * What 0x20 to 0x7f become in a name; NUL for the forbidden domain code points
 * (URL 3.3) and for '%', which asks for decoding.
 */
static const char host_map[] = "\0!\"\0$\0&'()*+,-.\0"
                               "0123456789\0;\0=\0\0"
                               "\0abcdefghijklmnopqrstuvwxyz\0\0\0\0_"
                               "`abcdefghijklmnopqrstuvwxyz{\0}~\0";

static inline char
host_byte(char c)
{
    unsigned place = (unsigned)(unsigned char)c - 0x20;

    return place < 0x60 ? host_map[place] : '\0';
}

/* Lower-cases s into out; false when a byte has no place in a name. */
static bool
host_lower(struct str s, char out[HOST_MAX], size_t *len)
{
    if (s.n > HOST_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        out[i] = host_byte(s.p[i]);
        if (out[i] == '\0')
            return false;
    }
    *len = s.n;
    return true;
}

static int
host_hex_value(char c)
{
    if (str_is_digit(c))
        return c - '0';
    c = str_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "Percent-decode" (URL 1.3), with a NUL behind; false when it is too long. */
static bool
host_decode(struct str raw, char out[HOST_DECODED_MAX + 1], size_t *len)
{
    size_t n = 0;

    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];

        if (n == HOST_DECODED_MAX)
            return false;
        if (c == '%' && raw.n - i > 2) {
            int high = host_hex_value(raw.p[i + 1]);
            int low = host_hex_value(raw.p[i + 2]);

            if (high >= 0 && low >= 0) {
                c = (char)(high << 4 | low);
                i += 2;
            }
        }
        out[n++] = c;
    }
    out[n] = '\0';
    *len = n;
    return true;
}

static bool
host_is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/*
 * Host parser's steps from percent-decoding to "domain to ASCII" (URL 3.3,
 * 3.5).  A name that is ASCII then is only lower-cased: the standard does not
 * look into A-labels since 2026, the web has too many that are not right.
 */
static enum err
host_to_ascii(struct str raw, char out[HOST_MAX], size_t *len)
{
    char name[HOST_DECODED_MAX + 1], ascii[HOST_MAX];
    struct str s = {name, 0};
    enum err e;

    if (!host_decode(raw, name, &s.n) || memchr(name, '\0', s.n) != NULL)
        return ERR_INVALID;
    if (host_is_ascii(s))
        return host_lower(s, out, len) ? ERR_OK : ERR_INVALID;
    /* broken bytes would become U+FFFD, which no name may hold */
    if (!utf8_is_valid(s.p, s.n))
        return ERR_INVALID;
    e = idna_to_ascii(name, ascii, len);
    if (e == ERR_OK && !host_lower((struct str){ascii, *len}, out, len))
        e = ERR_INVALID;
    return e;
}

/* "IPv4 number parser" (URL 3.5); above 2^32 any large value will do. */
static bool
host_ipv4_number(struct str s, uint64_t *value)
{
    int base = 10;

    if (s.n == 0)
        return false;
    if (s.n > 1 && s.p[0] == '0') {
        size_t skip = str_lower(s.p[1]) == 'x' ? 2 : 1;

        base = skip == 2 ? 16 : 8;
        s.p += skip;
        s.n -= skip;
    }
    *value = 0;
    for (size_t i = 0; i < s.n; i++) {
        int digit = host_hex_value(s.p[i]);

        if (digit < 0 || digit >= base)
            return false;
        if (*value <= UINT32_MAX)
            *value = *value * (uint64_t)base + (uint64_t)digit;
    }
    return true;
}

/* The last label of name, a final dot aside. */
static struct str
host_last_label(struct str name)
{
    const char *dot;

    if (name.n > 1 && name.p[name.n - 1] == '.')
        name.n--;
    dot = memrchr(name.p, '.', name.n);
    if (dot != NULL) {
        name.n -= (size_t)(dot + 1 - name.p);
        name.p = dot + 1;
    }
    return name;
}

/* "Ends in a number checker" (URL 3.5). */
static bool
host_ends_in_number(struct str name)
{
    struct str last = host_last_label(name);
    size_t digits = 0;
    uint64_t value;

    if (last.n == 0 || !str_is_digit(last.p[0]))
        return false;
    while (digits < last.n && str_is_digit(last.p[digits]))
        digits++;
    return digits == last.n || host_ipv4_number(last, &value);
}

/* "IPv4 parser" and serializer (URL 3.5); name and out may be the same. */
static enum err
host_ipv4(struct str name, char out[HOST_MAX], size_t *len)
{
    uint64_t part[4], address = 0;
    size_t count = 0;

    if (name.n > 1 && name.p[name.n - 1] == '.')
        name.n--;
    for (bool more = true; more; count++) {
        more = memchr(name.p, '.', name.n) != NULL;
        if (count == 4 || !host_ipv4_number(str_cut(&name, '.'), &part[count]))
            return ERR_INVALID;
    }
    for (size_t i = 0; i + 1 < count; i++) {
        if (part[i] > 255)
            return ERR_INVALID;
        address |= part[i] << (24 - 8 * i);
    }
    if (part[count - 1] >> (8 * (5 - count)) != 0)
        return ERR_INVALID;
    address |= part[count - 1];
    *len = (size_t)snprintf(
        out, HOST_MAX, "%u.%u.%u.%u", (unsigned)(address >> 24) & 255,
        (unsigned)(address >> 16) & 255, (unsigned)(address >> 8) & 255,
        (unsigned)address & 255);
    return ERR_OK;
}

/* The dotted end of an IPv6 address: four numbers to 255, no leading zero. */
static bool
host_ipv6_dotted(struct str s, uint16_t piece[2])
{
    for (size_t i = 0; i < 4; i++) {
        bool is_more = memchr(s.p, '.', s.n) != NULL;
        struct str number = str_cut(&s, '.');
        uint64_t value;

        if (is_more != (i < 3) || !str_to_u64(number, 255, &value) ||
            (number.n > 1 && number.p[0] == '0'))
            return false;
        piece[i / 2] = (uint16_t)((unsigned)piece[i / 2] << 8 | value);
    }
    return true;
}

/* "IPv6 parser" (URL 3.5), what stands between the brackets. */
static bool
host_ipv6_read(struct str s, uint16_t piece[IPV6_PIECES])
{
    size_t count = 0, gap = IPV6_PIECES + 1, at = 0, tail;

    if (s.n > 0 && s.p[0] == ':') {
        if (s.n < 2 || s.p[1] != ':')
            return false;
        at = 1; /* the gap is seen at the second colon */
    }
    while (at < s.n) {
        uint16_t value = 0;
        size_t start = at;

        if (count == IPV6_PIECES)
            return false;
        if (s.p[at] == ':') {
            if (gap <= IPV6_PIECES)
                return false;
            gap = count;
            at++;
            continue;
        }
        while (at < s.n && at - start < 4 && host_hex_value(s.p[at]) >= 0)
            value = (uint16_t)(value << 4 | host_hex_value(s.p[at++]));
        if (at < s.n && s.p[at] == '.') {
            struct str rest = {s.p + start, s.n - start};

            if (count > IPV6_PIECES - 2 ||
                !host_ipv6_dotted(rest, piece + count))
                return false;
            count += 2;
            break;
        }
        if (at == start || (at < s.n && s.p[at++] != ':') ||
            (at == s.n && s.p[at - 1] == ':'))
            return false;
        piece[count++] = value;
    }
    if (gap > IPV6_PIECES)
        return count == IPV6_PIECES;
    if (count == IPV6_PIECES)
        return false;
    tail = count - gap;
    memmove(piece + IPV6_PIECES - tail, piece + gap, tail * sizeof(*piece));
    memset(piece + gap, 0, (IPV6_PIECES - count) * sizeof(*piece));
    return true;
}

/* "IPv6 serializer" (URL 3.5), in its brackets. */
static void
host_ipv6_write(const uint16_t piece[IPV6_PIECES], char out[HOST_MAX],
                size_t *len)
{
    size_t gap = IPV6_PIECES, gap_size = 1; /* the first longest, from two */
    size_t n = 0;

    for (size_t i = 0, run; i < IPV6_PIECES; i += run + 1) {
        for (run = 0; i + run < IPV6_PIECES && piece[i + run] == 0; run++)
            ;
        if (run > gap_size) {
            gap = i;
            gap_size = run;
        }
    }
    out[n++] = '[';
    for (size_t i = 0; i < IPV6_PIECES; i++) {
        if (i == gap) {
            out[n++] = ':';
            if (i == 0)
                out[n++] = ':';
            i += gap_size - 1;
            continue;
        }
        n += (size_t)snprintf(out + n, HOST_MAX - n, "%x", piece[i]);
        if (i + 1 < IPV6_PIECES)
            out[n++] = ':';
    }
    out[n++] = ']';
    *len = n;
}

/* Labels to 63 bytes, all of them to 253 and a dot. */
static bool
host_fits_dns(struct str name)
{
    size_t start = 0;

    if (name.n == 0 || (name.n == HOST_MAX && name.p[name.n - 1] != '.'))
        return false;
    for (size_t i = 0; i <= name.n; i++) {
        if (i < name.n && name.p[i] != '.')
            continue;
        if (i - start > HOST_LABEL_MAX)
            return false;
        start = i + 1;
    }
    return true;
}

enum err
host_parse(struct str raw, char out[HOST_MAX], size_t *len)
{
    struct str name = {out, 0};
    enum err e;

    if (raw.n > 1 && raw.p[0] == '[') {
        uint16_t piece[IPV6_PIECES] = {0};

        if (raw.p[raw.n - 1] != ']' ||
            !host_ipv6_read((struct str){raw.p + 1, raw.n - 2}, piece))
            return ERR_INVALID;
        host_ipv6_write(piece, out, len);
        return ERR_OK;
    }
    if (!host_lower(raw, out, &name.n)) {
        e = host_to_ascii(raw, out, &name.n);
        if (e != ERR_OK)
            return e;
    }
    if (!host_fits_dns(name))
        return ERR_INVALID;
    *len = name.n;
    return host_ends_in_number(name) ? host_ipv4(name, out, len) : ERR_OK;
}

bool
host_looks_canonical(struct str host)
{
    char again[HOST_MAX];
    size_t n;

    if (host.n == 0 || host.n > HOST_MAX)
        return false;
    if (host.p[0] != '[') {
        for (size_t i = 0; i < host.n; i++)
            if (host.p[i] == '\0' || host_byte(host.p[i]) != host.p[i])
                return false;
        if (!host_ends_in_number(host))
            return true;
    }
    /* an address: the filters must see the one spelling it has */
    return host_parse(host, again, &n) == ERR_OK &&
           str_equal(host, (struct str){again, n});
}

bool
host_is_address(struct str host)
{
    size_t dots = 0;

    if (host.n == 0 || host.p[0] == '[')
        return host.n > 0;
    for (size_t i = 0; i < host.n; i++) {
        if (host.p[i] == '.')
            dots++;
        else if (!str_is_digit(host.p[i]))
            return false;
    }
    /* canonical: a name that ends in a number is an address */
    return dots == 3 && host.p[host.n - 1] != '.';
}
