/* SPDX-License-Identifier: MIT */
#include "common/cache_value.h"

#include <stdio.h>
#include <time.h>

enum {
    CACHE_VERSION = 1 << 6,
    CACHE_HAS_LINKS = 1,
    CACHE_HAS_RECORD = 2,
    CACHE_IS_SHA1 = 4,
    CACHE_IS_TEXT = 8,  /* of Last-Modified */
    CACHE_IS_HEX = 16,  /* the ETag's, S3's for one */
    CACHE_IS_WEAK = 32, /* with W/ before it; only of hex */
    CACHE_HEX_MIN = 8,  /* digits */
    CACHE_HEAD_BYTES = 15,
    CACHE_TIME_BYTES = 7 /* of us: to the year 3111, and a flag */
};

static const int64_t CACHE_IS_TWIN = (int64_t)1 << (8 * CACHE_TIME_BYTES - 1);
static const int64_t CACHE_TIME_MAX = CACHE_IS_TWIN - 1;

static bool
cache_is_text(struct str s, size_t max, unsigned char last)
{
    if (s.n == 0 || s.n > max)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c < 0x20 || c == 0x7f || c > last)
            return false;
    }
    return s.p[0] != ' ' && s.p[s.n - 1] != ' ';
}

bool
cache_etag_is_good(struct str etag)
{
    return cache_is_text(etag, CACHE_ETAG_MAX, 0xff); /* obs-text too */
}

bool
cache_modified_is_good(struct str modified)
{
    return cache_is_text(modified, CACHE_MODIFIED_MAX, 0x7e);
}

/* --- dates --- */

/* IMF-fixdate, RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT". */
static void
cache_date(int64_t seconds, char out[CACHE_DATE_BYTES])
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t at = (time_t)seconds;
    struct tm utc;

    out[0] = '\0';
    if (gmtime_r(&at, &utc) != NULL)
        snprintf(out, CACHE_DATE_BYTES,
                 "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                 days + 3 * utc.tm_wday, utc.tm_mday, months + 3 * utc.tm_mon,
                 utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

static int
cache_digits(const char *p, size_t n)
{
    int value = 0;

    for (size_t i = 0; i < n; i++) {
        if (!str_is_digit(p[i]))
            return -1;
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

/* The seconds whose date is text to the byte; 0: there are none. */
static uint32_t
cache_seconds(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char again[CACHE_DATE_BYTES];
    struct tm utc = {.tm_mon = -1};
    time_t at;

    if (strlen(text) != 29)
        return 0;
    for (int i = 0; i < 12; i++)
        if (memcmp(months + 3 * i, text + 8, 3) == 0)
            utc.tm_mon = i;
    utc.tm_mday = cache_digits(text + 5, 2);
    utc.tm_year = cache_digits(text + 12, 4) - 1900;
    utc.tm_hour = cache_digits(text + 17, 2);
    utc.tm_min = cache_digits(text + 20, 2);
    utc.tm_sec = cache_digits(text + 23, 2);
    if (utc.tm_mon < 0)
        return 0;
    at = timegm(&utc);
    if (at <= 0 || at > (time_t)UINT32_MAX)
        return 0;
    cache_date(at, again);
    return strcmp(again, text) == 0 ? (uint32_t)at : 0;
}

/* --- bytes --- */

static void
cache_put(unsigned char *to, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t
cache_get(const char *from, size_t n)
{
    uint64_t value = 0;

    for (size_t i = 0; i < n; i++)
        value |= (uint64_t)(unsigned char)from[i] << (8 * i);
    return value;
}

/* --- entity tags --- */

static int
cache_hex_digit(char c)
{
    if (str_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The digits of "hex" or W/"hex"; empty when it is another tag. */
static struct str
cache_hex(struct str etag, bool *is_weak)
{
    struct str hex = etag;

    *is_weak = str_starts(hex, STR("W/"));
    if (*is_weak)
        hex = (struct str){hex.p + 2, hex.n - 2};
    if (hex.n < CACHE_HEX_MIN + 2 || hex.n % 2 != 0 || hex.p[0] != '"' ||
        hex.p[hex.n - 1] != '"')
        return STR_NONE;
    hex = (struct str){hex.p + 1, hex.n - 2};
    for (size_t i = 0; i < hex.n; i++)
        if (cache_hex_digit(hex.p[i]) < 0)
            return STR_NONE;
    return hex;
}

/* The tag's bytes to at, the flags that say how they are written. */
static size_t
cache_put_etag(unsigned char *at, struct str etag, int *flags)
{
    bool is_weak;
    struct str hex = cache_hex(etag, &is_weak);

    *flags = 0;
    if (hex.n == 0) {
        if (etag.n > 0)
            memcpy(at, etag.p, etag.n);
        return etag.n;
    }
    *flags = CACHE_IS_HEX | (is_weak ? CACHE_IS_WEAK : 0);
    for (size_t i = 0; i < hex.n; i += 2)
        *at++ = (unsigned char)(cache_hex_digit(hex.p[i]) * 16 +
                                cache_hex_digit(hex.p[i + 1]));
    return hex.n / 2;
}

static bool
cache_take_etag(struct str rest, unsigned flags, struct cache_value *out)
{
    static const char digits[] = "0123456789abcdef";
    char *to = out->etag_text;

    if (!(flags & CACHE_IS_HEX)) {
        bool is_weak;

        if (rest.n > 0)
            out->etag = rest;
        return !(flags & CACHE_IS_WEAK) &&
               (rest.n == 0 ||
                (cache_etag_is_good(rest) && cache_hex(rest, &is_weak).n == 0));
    }
    if (rest.n < CACHE_HEX_MIN / 2 ||
        2 * rest.n + (flags & CACHE_IS_WEAK ? 4 : 2) > CACHE_ETAG_MAX)
        return false;
    if (flags & CACHE_IS_WEAK) {
        *to++ = 'W';
        *to++ = '/';
    }
    *to++ = '"';
    for (size_t i = 0; i < rest.n; i++) {
        *to++ = digits[(unsigned char)rest.p[i] >> 4];
        *to++ = digits[(unsigned char)rest.p[i] & 15];
    }
    *to++ = '"';
    out->etag = (struct str){out->etag_text, (size_t)(to - out->etag_text)};
    return true;
}

/* How long ago it is that the body came, in what four bytes hold. */
static uint32_t
cache_age(const struct cache_value *v)
{
    int64_t age = v->checked_s - v->time_us / 1000000;

    if (age < 0)
        return 0;
    return age > (int64_t)UINT32_MAX ? UINT32_MAX : (uint32_t)age;
}

enum err
cache_value_pack(const struct cache_value *v, struct buf *out)
{
    struct str modified = str_from(v->modified);
    unsigned char head[CACHE_VALUE_MAX] = {0}, *at = head + CACHE_HEAD_BYTES;
    size_t digest = v->is_sha1 ? CACHE_SHA1_BYTES : CACHE_XXH3_BYTES;
    size_t etag;
    int how;
    uint32_t seconds = modified.n > 0 ? cache_seconds(v->modified) : 0;
    bool is_text = modified.n > 0 && seconds == 0;

    if (v->time_us < 0 || v->time_us > CACHE_TIME_MAX ||
        (modified.n > 0 && !cache_modified_is_good(modified)) ||
        (v->etag.n > 0 && !cache_etag_is_good(v->etag)))
        return ERR_INVALID;
    head[0] =
        (unsigned char)(CACHE_VERSION | (v->has_links ? CACHE_HAS_LINKS : 0) |
                        (v->has_record ? CACHE_HAS_RECORD : 0) |
                        (v->is_sha1 ? CACHE_IS_SHA1 : 0) |
                        (is_text ? CACHE_IS_TEXT : 0));
    cache_put(head + 1, v->generation, 2);
    head[3] =
        v->depth < CACHE_DEPTH_MAX ? (unsigned char)v->depth : CACHE_DEPTH_MAX;
    cache_put(head + 4,
              (uint64_t)(v->time_us | (v->is_twin ? CACHE_IS_TWIN : 0)),
              CACHE_TIME_BYTES);
    cache_put(head + 11, cache_age(v), 4);
    memcpy(at, v->digest, digest);
    at += digest;
    if (is_text) {
        *at++ = (unsigned char)modified.n;
        memcpy(at, modified.p, modified.n);
        at += modified.n;
    } else {
        cache_put(at, seconds, 4);
        at += 4;
    }
    etag = cache_put_etag(at, v->etag, &how);
    head[0] = (unsigned char)(head[0] | how);
    return buf_add(out, head, (size_t)(at - head) + etag);
}

/* What says when it was changed; the rest is the ETag. */
static bool
cache_take_modified(struct str *rest, bool is_text, struct cache_value *out)
{
    size_t n = is_text ? 1 : 4;
    uint64_t number;

    if (rest->n < n)
        return false;
    number = cache_get(rest->p, n);
    rest->p += n;
    rest->n -= n;
    if (!is_text) {
        if (number > 0)
            cache_date((int64_t)number, out->modified);
        return true;
    }
    if (number > rest->n ||
        !cache_modified_is_good((struct str){rest->p, (size_t)number}))
        return false;
    memcpy(out->modified, rest->p, (size_t)number);
    rest->p += number;
    rest->n -= (size_t)number;
    return cache_seconds(out->modified) == 0; /* else it is shorter */
}

enum err
cache_value_unpack(struct str bytes, struct cache_value *out)
{
    struct str rest = bytes;
    unsigned flags;
    size_t digest;

    *out = (struct cache_value){.etag = STR_NONE};
    if (bytes.n < CACHE_HEAD_BYTES || bytes.n > CACHE_VALUE_MAX)
        return ERR_INVALID;
    flags = (unsigned char)bytes.p[0];
    if ((flags & 0xc0) != CACHE_VERSION)
        return ERR_INVALID;
    out->has_links = flags & CACHE_HAS_LINKS;
    out->has_record = flags & CACHE_HAS_RECORD;
    out->is_sha1 = flags & CACHE_IS_SHA1;
    out->generation = (unsigned)cache_get(bytes.p + 1, 2);
    out->depth = (unsigned char)bytes.p[3];
    out->time_us = (int64_t)cache_get(bytes.p + 4, CACHE_TIME_BYTES);
    out->is_twin = (out->time_us & CACHE_IS_TWIN) != 0;
    out->time_us &= CACHE_TIME_MAX;
    out->checked_s =
        out->time_us / 1000000 + (int64_t)cache_get(bytes.p + 11, 4);
    digest = out->is_sha1 ? CACHE_SHA1_BYTES : CACHE_XXH3_BYTES;
    rest.p += CACHE_HEAD_BYTES;
    rest.n -= CACHE_HEAD_BYTES;
    if (rest.n < digest)
        return ERR_INVALID;
    memcpy(out->digest, rest.p, digest);
    rest.p += digest;
    rest.n -= digest;
    if (!cache_take_modified(&rest, flags & CACHE_IS_TEXT, out) ||
        !cache_take_etag(rest, flags, out))
        return ERR_INVALID;
    return ERR_OK;
}

/* --- to show --- */

/* RFC 4648 section 6: five bits a letter; 20 bytes need no padding. */
static void
cache_base32(const unsigned char bytes[CACHE_SHA1_BYTES], char *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < CACHE_SHA1_BYTES; i++) {
        bits = (bits << 8) | bytes[i];
        for (held += 8; held >= 5; held -= 5)
            *out++ = letters[(bits >> (held - 5)) & 31];
    }
    *out = '\0';
}

void
cache_digest_text(const struct cache_value *v, char out[CACHE_DIGEST_BYTES])
{
    if (v->is_sha1) {
        memcpy(out, "sha1:", 5);
        cache_base32(v->digest, out + 5);
        return;
    }
    snprintf(out, CACHE_DIGEST_BYTES, "xxh3:%016llx",
             (unsigned long long)cache_get((const char *)v->digest,
                                           CACHE_XXH3_BYTES));
}
