/*
 * libidn2 judges by IDNA 2008, stricter than UTS 46: it refuses symbols, and
 * hyphens at a label's ends or in its third and fourth place.  A name that it
 * refuses for one of these is taken label by label; in a label the hyphens and
 * symbols, which UTS 46 leaves as they are, are put aside, libidn2 is asked
 * for each part between them, and the whole is encoded here.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/idna.h"

#include <idn2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/str.h"
#include "common/utf8.h"

struct range {
    uint32_t first, last;
};

/* A label in the making. */
struct idna_label {
    uint32_t runes[IDNA_LABEL_MAX];
    size_t count;
};

/*
 * Symbols that UTS 46 leaves as they are ("valid", NV8) and libidn2 refuses.
 * What is not assigned between them counts as one: symbols come there.
 */
/* clang-format off */
static const struct range idna_symbols[] = {
    {0xa1, 0xa7}, {0xa9, 0xa9}, {0xab, 0xac}, {0xae, 0xae}, {0xb0, 0xb1},
    {0xb6, 0xb6}, {0xbb, 0xbb}, {0xbf, 0xbf}, {0xd7, 0xd7}, {0xf7, 0xf7},
    {0x2c2, 0x2c5}, {0x2d2, 0x2d7}, {0x2de, 0x2df}, {0x2e5, 0x2eb},
    {0x2ed, 0x2ed}, {0x2ef, 0x2ff}, {0x2010, 0x2010}, {0x2012, 0x2016},
    {0x2018, 0x2023}, {0x2027, 0x2027}, {0x2030, 0x2032}, {0x2035, 0x2035},
    {0x2038, 0x203b}, {0x203d, 0x203d}, {0x203f, 0x2046}, {0x204a, 0x2056},
    {0x2058, 0x205e}, {0x20a0, 0x20a7}, {0x20a9, 0x20f0}, {0x2104, 0x2104},
    {0x2108, 0x2108}, {0x2114, 0x2114}, {0x2117, 0x2118}, {0x211e, 0x211f},
    {0x2123, 0x2123}, {0x2125, 0x2125}, {0x2127, 0x2127}, {0x2129, 0x2129},
    {0x212e, 0x212e}, {0x213a, 0x213a}, {0x2141, 0x2144}, {0x214a, 0x214d},
    {0x214f, 0x214f}, {0x2180, 0x2182}, {0x2185, 0x2188}, {0x218a, 0x222b},
    {0x222e, 0x222e}, {0x2231, 0x225f}, {0x2261, 0x226d}, {0x2270, 0x2328},
    {0x232b, 0x244a}, {0x24eb, 0x2a0b}, {0x2a0d, 0x2a73}, {0x2a77, 0x2adb},
    {0x2add, 0x2bff}, {0x2e00, 0x2e2e}, {0x2e30, 0x2e9e}, {0x2ea0, 0x2ef2},
    {0x3001, 0x3001}, {0x3003, 0x3004}, {0x3008, 0x3029}, {0x3030, 0x3035},
    {0x3037, 0x3037}, {0x303b, 0x303b}, {0x303d, 0x303f}, {0x3190, 0x3191},
    {0x31c0, 0x31e3}, {0x3248, 0x324f}, {0x327f, 0x327f}, {0x4dc0, 0x4dff}, {0xa490, 0xa4c6}, {0x10100, 0x101fc},
    {0x1d000, 0x1d15d}, {0x1d16a, 0x1d16c}, {0x1d18c, 0x1d1a9},
    {0x1d1ae, 0x1d1ba}, {0x1d1c1, 0x1d241},
    {0x1d245, 0x1d378}, {0x102e1, 0x102fb}, {0x1f000, 0x1f0f5}, {0x1f10b, 0x1f10f},
    {0x1f12f, 0x1f12f}, {0x1f150, 0x1f169}, {0x1f16d, 0x1f18f},
    {0x1f191, 0x1f1ff}, {0x1f260, 0x1fbca},
};
/* clang-format on */

/* "Ignored", beside symbols. */
static const struct range idna_ignored[] = {
    {0xad, 0xad},     {0x200b, 0x200b}, {0x2060, 0x2060},   {0x2064, 0x2064},
    {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

/* "Ignored" since Unicode 16, which libidn2's tables still refuse. */
static const struct range idna_now_ignored[] = {
    {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180e, 0x180e}, {0x2061, 0x2063},
    {0x206a, 0x206f}, {0x3164, 0x3164}, {0xffa0, 0xffa0}, {0x1d173, 0x1d17a},
};

/*
 * "Mapped" by newer tables than libidn2's (Unicode 15.1 and 16), and the full
 * stops, which have to be seen before the labels are.
 */
static const struct {
    uint32_t first, last, to;
} idna_now_mapped[] = {
    {0x04c0, 0x04c0, 0x04cf},    {0x10a0, 0x10c5, 0x2d00},
    {0x1e9e, 0x1e9e, 0xdf},      {0x2132, 0x2132, 0x214e},
    {0x2183, 0x2183, 0x2184},    {0x3002, 0x3002, '.'},
    {0xff0e, 0xff0e, '.'},       {0xff61, 0xff61, '.'},
    {0x2f868, 0x2f868, 0x36fc},  {0x2f874, 0x2f874, 0x5f53},
    {0x2f91f, 0x2f91f, 0x243ab}, {0x2f95f, 0x2f95f, 0x7aee},
    {0x2f9bf, 0x2f9bf, 0x45d7},
};

#define IDNA_IN(ranges, rune) \
    idna_in((ranges), sizeof(ranges) / sizeof((ranges)[0]), (rune))

static bool
idna_in(const struct range *ranges, size_t count, uint32_t rune)
{
    for (size_t i = 0; i < count; i++)
        if (rune >= ranges[i].first && rune <= ranges[i].last)
            return true;
    return false;
}

/* Whether rune is written from the right, as blocks go. */
static bool
idna_is_rtl(uint32_t rune)
{
    static const struct range blocks[] = {
        {0x590, 0x8ff},     {0xfb1d, 0xfdff},   {0xfe70, 0xfefe},
        {0x10800, 0x10fff}, {0x1e800, 0x1efff},
    };

    return IDNA_IN(blocks, rune);
}

/* Marks among the symbols: no label begins with one. */
static bool
idna_is_mark(uint32_t rune)
{
    return rune >= 0x20d0 && rune <= 0x20f0;
}

/* RFC 3492 section 6.1: the next bias. */
static uint32_t
idna_punycode_bias(uint64_t delta, size_t points, bool is_first)
{
    uint32_t k = 0;

    delta = is_first ? delta / 700 : delta / 2;
    for (delta += delta / points; delta > 455; delta /= 35)
        k += 36;
    return k + (uint32_t)(36 * delta / (delta + 38));
}

/* RFC 3492 section 6.3, the inner loop: one delta as letters and digits. */
static bool
idna_punycode_delta(uint64_t delta, uint32_t bias, char out[IDNA_LABEL_MAX],
                    size_t *n)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    for (uint32_t k = 36;; k += 36) {
        uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;

        if (*n == IDNA_LABEL_MAX)
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
idna_punycode(const uint32_t *runes, size_t count, char out[IDNA_LABEL_MAX],
              size_t *len)
{
    size_t n = 4, done = 0, plain;
    uint32_t bias = 72, next = 0x80;
    uint64_t delta = 0;

    memcpy(out, "xn--", 4);
    for (size_t i = 0; i < count; i++)
        if (runes[i] < 0x80 && n < IDNA_LABEL_MAX - 1)
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
            if (!idna_punycode_delta(delta, bias, out, &n))
                return false;
            bias = idna_punycode_bias(delta, done + 1, done == plain);
            delta = 0;
            done++;
        }
        delta++;
        next = least + 1;
    }
    *len = n;
    return true;
}

/* What the newer tables map, in place: nothing becomes longer. */
static void
idna_map(char *name)
{
    struct str s = str_from(name);
    char *to = name;
    size_t step;

    for (size_t i = 0; i < s.n; i += step) {
        uint32_t rune, mapped;

        step = utf8_decode(s.p + i, s.n - i, &rune);
        if (step == 0) /* never: name is UTF-8 */
            break;
        if (IDNA_IN(idna_now_ignored, rune))
            continue;
        mapped = rune;
        for (size_t k = 0;
             k < sizeof(idna_now_mapped) / sizeof(idna_now_mapped[0]); k++)
            if (rune >= idna_now_mapped[k].first &&
                rune <= idna_now_mapped[k].last)
                mapped =
                    idna_now_mapped[k].to + rune - idna_now_mapped[k].first;
        if (mapped != rune) {
            to += utf8_encode(mapped, to);
        } else {
            memmove(to, s.p + i, step);
            to += step;
        }
    }
    *to = '\0';
}

/* libidn2's answer for a name or a label with a NUL behind. */
static enum err
idna_ask(const char *name, char out[IDNA_MAX], size_t *len, int *why)
{
    uint8_t *ascii = NULL;
    enum err e = ERR_INVALID;

    *why = idn2_lookup_u8((const uint8_t *)name, &ascii,
                          IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (*why == IDN2_MALLOC)
        return ERR_NOMEM;
    if (*why == IDN2_OK) {
        *len = strlen((const char *)ascii);
        if (*len <= IDNA_MAX) {
            memcpy(out, ascii, *len);
            e = ERR_OK;
        }
    }
    idn2_free(ascii);
    return e;
}

/* Refusals of libidn2 that UTS 46, as the standard uses it, may not share. */
static bool
idna_may_be_valid(int why)
{
    return why == IDN2_DISALLOWED || why == IDN2_UNASSIGNED ||
           why == IDN2_2HYPHEN || why == IDN2_HYPHEN_STARTEND;
}

static bool
idna_add_rune(struct idna_label *label, uint32_t rune)
{
    if (label->count == IDNA_LABEL_MAX || rune == '.')
        return false;
    label->runes[label->count++] = rune;
    return true;
}

/*
 * What stands between symbols and hyphens, mapped by libidn2.  Behind one of
 * them it may begin with a combining mark, which libidn2 takes behind a digit
 * only; no mark ever combines with that one.
 */
static enum err
idna_add_part(struct idna_label *label, struct str part)
{
    char text[IDNA_LABEL_MAX * 4 + 2] = "0", ascii[IDNA_MAX + 1];
    size_t len, skip = label->count > 0;
    uint32_t *runes = NULL;
    enum err e;
    int why;

    if (part.n == 0)
        return ERR_OK;
    if (part.n + skip >= sizeof(text))
        return ERR_INVALID;
    memcpy(text + skip, part.p, part.n);
    text[part.n + skip] = '\0';
    e = idna_ask(text, ascii, &len, &why);
    if (e != ERR_OK)
        return e;
    ascii[len] = '\0';
    why = idn2_to_unicode_8z4z(ascii, &runes, IDN2_NONTRANSITIONAL);
    if (why != IDN2_OK)
        e = why == IDN2_MALLOC ? ERR_NOMEM : ERR_INVALID;
    for (size_t i = skip; e == ERR_OK && runes[i] != 0; i++)
        if (!idna_add_rune(label, runes[i]))
            e = ERR_INVALID;
    idn2_free(runes);
    return e;
}

/* The label's code points, mapped and normalised. */
static enum err
idna_read_label(struct str s, struct idna_label *label)
{
    size_t start = 0, step;
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < s.n; i += step) {
        bool is_ignored, is_kept;
        uint32_t rune;

        step = utf8_decode(s.p + i, s.n - i, &rune);
        if (step == 0 || idna_is_rtl(rune))
            return ERR_INVALID;
        is_ignored = IDNA_IN(idna_ignored, rune);
        is_kept = rune == '-' || IDNA_IN(idna_symbols, rune);
        if (!is_ignored && !is_kept)
            continue;
        e = idna_add_part(label, (struct str){s.p + start, i - start});
        if (e == ERR_OK && is_kept && !idna_add_rune(label, rune))
            e = ERR_INVALID;
        start = i + step;
    }
    if (e == ERR_OK)
        e = idna_add_part(label, (struct str){s.p + start, s.n - start});
    return e;
}

/* Copies a label of plain ASCII; false when it is too long. */
static bool
idna_copy(const struct idna_label *label, char out[IDNA_LABEL_MAX], size_t *len)
{
    for (size_t i = 0; i < label->count; i++) {
        if (label->runes[i] >= 0x80)
            return false;
        out[i] = (char)label->runes[i];
    }
    *len = label->count;
    return true;
}

/* One label of a name that libidn2 refused; there is a NUL behind it. */
static enum err
idna_label(const char *text, char out[IDNA_MAX], size_t *len)
{
    static const uint32_t prefix[] = {'x', 'n', '-', '-'};
    struct idna_label label = {.count = 0};
    struct str s = str_from(text);
    bool is_coded = str_starts_nocase(s, STR("xn--")), is_ascii = true;
    enum err e;
    int why;

    for (size_t i = 0; i < s.n; i++)
        is_ascii = is_ascii && (unsigned char)s.p[i] < 0x80;
    if (is_ascii && !is_coded) {
        *len = s.n;
        if (s.n > IDNA_LABEL_MAX)
            return ERR_INVALID;
        memcpy(out, s.p, s.n);
        return ERR_OK;
    }
    e = idna_ask(text, out, len, &why);
    if (e == ERR_OK || !idna_may_be_valid(why) || is_coded)
        return e;
    e = idna_read_label(s, &label);
    if (e != ERR_OK)
        return e;
    if ((label.count > 0 && idna_is_mark(label.runes[0])) ||
        (label.count >= 4 && memcmp(label.runes, prefix, sizeof(prefix)) == 0))
        return ERR_INVALID;
    if (idna_copy(&label, out, len))
        return ERR_OK;
    return idna_punycode(label.runes, label.count, out, len) ? ERR_OK
                                                             : ERR_INVALID;
}

/* A name that libidn2 refused, label by label; name is cut up on the way. */
static enum err
idna_labels(char *name, char out[IDNA_MAX], size_t *len)
{
    size_t n = 0;

    for (char *dot = name; dot != NULL; name = dot + 1) {
        char label[IDNA_MAX];
        size_t size;
        enum err e;

        dot = strchr(name, '.');
        if (dot != NULL)
            *dot = '\0';
        e = idna_label(name, label, &size);
        if (e != ERR_OK)
            return e;
        if (size + (dot != NULL) > IDNA_MAX - n)
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

enum err
idna_to_ascii(char *name, char out[IDNA_MAX], size_t *len)
{
    enum err e;
    int why;

    idna_map(name);
    e = idna_ask(name, out, len, &why);
    return e != ERR_OK && idna_may_be_valid(why) ? idna_labels(name, out, len)
                                                 : e;
}
