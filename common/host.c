/*
 * Nearly every host is plain ASCII and needs no more than lower-casing: one
 * look-up a byte.  What is not goes the standard's long way: percent-decode,
 * check the UTF-8, ask libidn2.  libidn2 judges symbols and hyphens by IDNA
 * 2008, stricter than UTS 46, and its Unicode tables age; so a label of ASCII
 * and well-known symbols, which UTS 46 leaves as they are, is encoded here
 * when libidn2 refuses it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/host.h"

#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>

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

/* Symbols that UTS 46 leaves as they are ("valid; NV8"), in whole blocks. */
static bool
host_is_symbol(uint32_t rune)
{
    static const struct {
        uint32_t first, last;
    } blocks[] = {
        {0x2190, 0x21ff},   /* arrows */
        {0x2330, 0x23ff},   /* technical: watch, hourglass */
        {0x2500, 0x27bf},   /* boxes, shapes, symbols, dingbats */
        {0x2b00, 0x2b73},   /* more arrows and stars */
        {0x1f1e6, 0x1f1ff}, /* flags' letters */
        {0x1f300, 0x1f64f}, /* pictographs, faces */
        {0x1f680, 0x1f6ff}, /* transport */
        {0x1f900, 0x1f9ff}, /* more pictographs */
        {0x1fa70, 0x1faff}, /* and more */
    };

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
        if (rune >= blocks[i].first && rune <= blocks[i].last)
            return true;
    return false;
}

/* RFC 3492 section 6.1: the next bias. */
static uint32_t
host_punycode_bias(uint64_t delta, size_t points, bool is_first)
{
    uint32_t k = 0;

    delta = is_first ? delta / 700 : delta / 2;
    for (delta += delta / points; delta > 455; delta /= 35)
        k += 36;
    return k + (uint32_t)(36 * delta / (delta + 38));
}

/* RFC 3492 section 6.3, the inner loop: one delta as letters and digits. */
static bool
host_punycode_delta(uint64_t delta, uint32_t bias, char out[HOST_LABEL_MAX],
                    size_t *n)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    for (uint32_t k = 36;; k += 36) {
        uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;

        if (*n == HOST_LABEL_MAX)
            return false;
        if (delta < t) {
            out[(*n)++] = digits[delta];
            return true;
        }
        out[(*n)++] = digits[t + (delta - t) % (36 - t)];
        delta = (delta - t) / (36 - t);
    }
}

/* RFC 3492 section 6.3; false when it does not fit a label. */
static bool
host_punycode(const uint32_t *runes, size_t count, char out[HOST_LABEL_MAX],
              size_t *len)
{
    size_t n = 4, done = 0, plain;
    uint32_t bias = 72, next = 0x80;
    uint64_t delta = 0;

    memcpy(out, "xn--", 4);
    for (size_t i = 0; i < count; i++)
        if (runes[i] < 0x80 && n < HOST_LABEL_MAX - 1)
            out[n++] = (char)runes[i];
    plain = done = n - 4;
    if (plain > 0)
        out[n++] = '-';
    while (done < count) {
        uint32_t least = UINT32_MAX;

        for (size_t i = 0; i < count; i++)
            if (runes[i] >= next && runes[i] < least)
                least = runes[i];
        if (least == UINT32_MAX)
            return false; /* ASCII that found no room above */
        delta += (uint64_t)(least - next) * (done + 1);
        for (size_t i = 0; i < count; i++) {
            if (runes[i] < least)
                delta++;
            if (runes[i] != least)
                continue;
            if (!host_punycode_delta(delta, bias, out, &n))
                return false;
            bias = host_punycode_bias(delta, done + 1, done == plain);
            delta = 0;
            done++;
        }
        delta++;
        next = least + 1;
    }
    *len = n;
    return true;
}

/* A label of ASCII and symbols only, as its A-label. */
static bool
host_symbol_label(struct str label, char out[HOST_LABEL_MAX], size_t *len)
{
    uint32_t runes[HOST_LABEL_MAX];
    size_t count = 0, step;

    for (size_t i = 0; i < label.n; i += step) {
        uint32_t rune;

        step = utf8_decode(label.p + i, label.n - i, &rune);
        if (step == 0 || count == HOST_LABEL_MAX)
            return false;
        if (rune == 0xfe0f) /* variation selector: "ignored" */
            continue;
        if (rune < 0x80)
            rune = (unsigned char)host_byte((char)rune);
        else if (!host_is_symbol(rune))
            return false;
        if (rune == 0)
            return false;
        runes[count++] = rune;
    }
    return count > 0 && host_punycode(runes, count, out, len);
}

/* One label or a whole name, with a NUL behind, through libidn2. */
static enum err
host_ask_idn(const char *name, char out[HOST_MAX], size_t *len, int *why)
{
    uint8_t *ascii = NULL;
    enum err e = ERR_INVALID;

    *why = idn2_lookup_u8((const uint8_t *)name, &ascii,
                          IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (*why == IDN2_MALLOC)
        e = ERR_NOMEM;
    else if (*why == IDN2_OK &&
             host_lower(str_from((const char *)ascii), out, len))
        e = ERR_OK;
    idn2_free(ascii);
    return e;
}

/* Refusals of libidn2 that UTS 46, as the standard uses it, may not share. */
static bool
host_may_be_symbols(int why)
{
    return why == IDN2_DISALLOWED || why == IDN2_UNASSIGNED ||
           why == IDN2_2HYPHEN || why == IDN2_HYPHEN_STARTEND;
}

static bool
host_is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* One label of a name that libidn2 refused; there is a NUL behind it. */
static enum err
host_label(const char *label, char out[HOST_MAX], size_t *len)
{
    struct str s = str_from(label);
    bool is_coded = str_starts_nocase(s, STR("xn--"));
    enum err e;
    int why;

    if (host_is_ascii(s) && !is_coded)
        return host_lower(s, out, len) ? ERR_OK : ERR_INVALID;
    e = host_ask_idn(label, out, len, &why);
    if (e == ERR_OK || !host_may_be_symbols(why) || is_coded)
        return e;
    return host_symbol_label(s, out, len) ? ERR_OK : ERR_INVALID;
}

/* A name that libidn2 refused, label by label; name is cut up on the way. */
static enum err
host_labels(char *name, char out[HOST_MAX], size_t *len)
{
    size_t n = 0;

    for (char *dot = name; dot != NULL; name = dot + 1) {
        char label[HOST_MAX];
        size_t size;
        enum err e;

        dot = strchr(name, '.');
        if (dot != NULL)
            *dot = '\0';
        e = host_label(name, label, &size);
        if (e != ERR_OK)
            return e;
        if (size + (dot != NULL) > HOST_MAX - n)
            return ERR_INVALID;
        memcpy(out + n, label, size);
        n += size;
        if (dot == NULL)
            break;
        out[n++] = '.';
    }
    *len = n;
    return ERR_OK;
}

/*
 * Host parser's steps from percent-decoding to "domain to ASCII" (URL 3.3,
 * 3.5).  A name that is ASCII then is only lower-cased: the standard does not
 * look into A-labels since 2026, the web has too many that are not right.
 */
static enum err
host_to_ascii(struct str raw, char out[HOST_MAX], size_t *len)
{
    char name[HOST_DECODED_MAX + 1];
    struct str s = {name, 0};
    enum err e;
    int why;

    if (!host_decode(raw, name, &s.n) || memchr(name, '\0', s.n) != NULL)
        return ERR_INVALID;
    if (host_is_ascii(s))
        return host_lower(s, out, len) ? ERR_OK : ERR_INVALID;
    /* broken bytes would become U+FFFD, which no name may hold */
    if (!utf8_is_valid(s.p, s.n))
        return ERR_INVALID;
    e = host_ask_idn(name, out, len, &why);
    return e != ERR_OK && host_may_be_symbols(why) ? host_labels(name, out, len)
                                                   : e;
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
