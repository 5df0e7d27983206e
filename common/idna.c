/*
 * libidn2 judges by IDNA 2008, stricter than UTS 46, and by older tables: it
 * refuses symbols, young letters, and hyphens at a label's ends or in its
 * third and fourth place.  A name that it refuses for one of these is taken
 * label by label; in a label ASCII's symbols and what is in idna_kept, which
 * UTS 46 leaves as they are, are put aside, libidn2 is asked for each part
 * between them, and the whole is judged by the Bidi rule and encoded here.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/idna.h"

#include <idn2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/idna_table.h"
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
 * "Ignored": dropped before anybody looks, so that what stands around them
 * may join.
 */
static const struct range idna_ignored[] = {
    {0xad, 0xad},       {0x34f, 0x34f},     {0x115f, 0x1160},
    {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200b},
    {0x2060, 0x2064},   {0x206a, 0x206f},   {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0100, 0xe01ef},
};

/*
 * "Mapped" by newer tables than libidn2's (Unicode 14 to 17), and the full
 * stops, which have to be seen before the labels are.
 */
static const struct {
    uint32_t first, last, to;
} idna_now_mapped[] = {
    {0x04c0, 0x04c0, 0x04cf},    {0x10a0, 0x10c5, 0x2d00},
    {0x1e9e, 0x1e9e, 0xdf},      {0x2132, 0x2132, 0x214e},
    {0x2183, 0x2183, 0x2184},    {0x2c2f, 0x2c2f, 0x2c5f},
    {0xa7c0, 0xa7c0, 0xa7c1},    {0xa7c7, 0xa7c7, 0xa7c8},
    {0xa7c9, 0xa7c9, 0xa7ca},    {0xa7cc, 0xa7cc, 0xa7cd},
    {0xa7d0, 0xa7d0, 0xa7d1},    {0xa7d6, 0xa7d6, 0xa7d7},
    {0xa7d8, 0xa7d8, 0xa7d9},    {0xa7da, 0xa7da, 0xa7db},
    {0xa7f5, 0xa7f5, 0xa7f6},    {0x1c89, 0x1c89, 0x1c8a},
    {0x10570, 0x1057a, 0x10597}, {0x1057c, 0x1058a, 0x105a3},
    {0x1058c, 0x10592, 0x105b3}, {0x10594, 0x10595, 0x105bb},
    {0x10d50, 0x10d65, 0x10d70}, {0x16ea0, 0x16eb8, 0x16ebb},
    {0x3002, 0x3002, '.'},       {0xff0e, 0xff0e, '.'},
    {0xff61, 0xff61, '.'},       {0x2f868, 0x2f868, 0x36fc},
    {0x2f874, 0x2f874, 0x5f53},  {0x2f91f, 0x2f91f, 0x243ab},
    {0x2f95f, 0x2f95f, 0x7aee},  {0x2f9bf, 0x2f9bf, 0x45d7},
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

/* The kind of rune in a table, NUL when it is not there. */
static char
idna_find_kind(const struct idna_kind *table, size_t count, uint32_t rune)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (rune < table[middle].first)
            high = middle;
        else if (rune > table[middle].last)
            low = middle + 1;
        else
            return table[middle].kind;
    }
    return '\0';
}

#define IDNA_KIND(table, rune) \
    idna_find_kind((table), sizeof(table) / sizeof((table)[0]), (rune))

/*
 * The kind that the Bidi rule goes by.  What libidn2 takes and no table here
 * has counts as a letter: a label is refused rather than taken wrongly.
 */
static char
idna_bidi_kind(uint32_t rune)
{
    static const struct range rtl[] = {
        {0x590, 0x8ff},     {0xfb1d, 0xfdff},   {0xfe70, 0xfefe},
        {0x10800, 0x10fff}, {0x1e800, 0x1efff},
    };
    char kind;

    if (rune < 0x80)
        return rune >= '0' && rune <= '9' ? 'E'
               : str_is_alpha((char)rune) ? 'L'
                                          : 'S';
    kind = IDNA_KIND(idna_kept, rune);
    if (kind == '\0' && IDNA_IN(rtl, rune)) {
        kind = IDNA_KIND(idna_rtl_others, rune);
        return kind == '\0' ? 'R' : kind;
    }
    if ((rune >= 0x300 && rune <= 0x36f) || rune == 0x200c || rune == 0x200d)
        return 'M';
    return kind == '\0' ? 'L' : kind;
}

/* The Bidi rule of one label (RFC 5893, 2); one of left to right is let be. */
static bool
idna_bidi_is_right(const struct idna_label *label)
{
    bool has_rtl = false, has_latin = false, has_en = false, has_an = false;
    char last = '\0';

    for (size_t i = 0; i < label->count; i++) {
        char kind = idna_bidi_kind(label->runes[i]);

        has_rtl |= kind == 'R' || kind == 'A';
        has_latin |= kind == 'L' || kind == 'C';
        has_en |= kind == 'E';
        has_an |= kind == 'A';
        if (kind != 'M')
            last = kind;
    }
    return !has_rtl || (idna_bidi_kind(label->runes[0]) == 'R' && !has_latin &&
                        !(has_en && has_an) && last != 'S');
}

/* Whether rune is a mark that libidn2 does not know: no label begins with it */
static bool
idna_is_mark(uint32_t rune)
{
    char kind = IDNA_KIND(idna_kept, rune);

    return kind == 'M' || kind == 'C';
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
        if (IDNA_IN(idna_ignored, rune))
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
           why == IDN2_2HYPHEN || why == IDN2_HYPHEN_STARTEND ||
           why == IDN2_ALABEL_ROUNDTRIP_FAILED;
}

static bool
idna_add_rune(struct idna_label *label, uint32_t rune)
{
    if (label->count == IDNA_LABEL_MAX || rune == '.')
        return false;
    label->runes[label->count++] = rune;
    return true;
}

/* Whether a part is one that libidn2 will look at by the Bidi rule. */
static bool
idna_has_rtl(struct str s)
{
    uint32_t rune;

    for (size_t i = 0, step; i < s.n; i += step) {
        char kind;

        step = utf8_decode(s.p + i, s.n - i, &rune);
        if (step == 0) /* never: the name is UTF-8 */
            break;
        kind = idna_bidi_kind(rune);
        if (kind == 'R' || kind == 'A')
            return true;
    }
    return false;
}

/*
 * What stands between what is kept, mapped by libidn2.  Behind one of those it
 * may begin with a combining mark or a digit, which libidn2 takes behind a
 * letter of the same direction only: it gets one that no mark combines with.
 */
static enum err
idna_add_part(struct idna_label *label, struct str part)
{
    const char *head = label->count == 0    ? ""
                       : idna_has_rtl(part) ? "\xd7\x90"
                                            : "0";
    char text[IDNA_LABEL_MAX * 4 + 3], ascii[IDNA_MAX + 1];
    size_t len, skip = label->count > 0, head_n = strlen(head);
    uint32_t *runes = NULL;
    enum err e;
    int why;

    if (part.n == 0)
        return ERR_OK;
    if (part.n + head_n >= sizeof(text))
        return ERR_INVALID;
    memcpy(text, head, head_n);
    memcpy(text + head_n, part.p, part.n);
    text[part.n + head_n] = '\0';
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

/*
 * Of ASCII what is no letter and no digit, which libidn2 refuses, too; but "<",
 * "=" and ">" with a U+0338 behind are each one code point, by NFC.
 */
static bool
idna_is_kept(uint32_t rune, struct str behind)
{
    if (rune >= '<' && rune <= '>' && str_starts(behind, STR("\xcc\xb8")))
        return false;
    return rune < 0x80 ? !str_is_alpha((char)rune) && !str_is_digit((char)rune)
                       : IDNA_KIND(idna_kept, rune) != '\0';
}

/* The label's code points, mapped and normalised. */
static enum err
idna_read_label(struct str s, struct idna_label *label)
{
    size_t start = 0, step;
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < s.n; i += step) {
        uint32_t rune;

        step = utf8_decode(s.p + i, s.n - i, &rune);
        if (step == 0)
            return ERR_INVALID;
        if (!idna_is_kept(rune, (struct str){s.p + i + step, s.n - i - step}))
            continue;
        e = idna_add_part(label, (struct str){s.p + start, i - start});
        if (e == ERR_OK && !idna_add_rune(label, rune))
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
        !idna_bidi_is_right(&label) ||
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
