/*
 * The encoders, section by section of the standard.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/legacy.h"

#include <string.h>

#include "worker/legacy_parts.h"

/* clang-format off */
/*
 * 10.2.2 "gb18030 encoder": code points of 2000's private use area that go
 * to the bytes of the characters they became.
 */
static const struct {
    uint16_t rune, bytes, count;
} legacy_gb_encoded[] = {
    {0xe78d, 0xa6d9, 7}, {0xe794, 0xa6ec, 2}, {0xe796, 0xa6f3, 1},
    {0xe81e, 0xfe59, 1}, {0xe826, 0xfe61, 1}, {0xe82b, 0xfe66, 2},
    {0xe832, 0xfe6d, 1}, {0xe843, 0xfe7e, 1}, {0xe854, 0xfe90, 1},
    {0xe864, 0xfea0, 1},
};
/* clang-format on */

/* 10.2.2 gb18030 encoder: the bytes of code points that are not decoded so */
static size_t
legacy_encode_gb_special(uint32_t rune, char *bytes)
{
    size_t n = sizeof(legacy_gb_encoded) / sizeof(legacy_gb_encoded[0]);

    for (size_t i = 0; i < n; i++) {
        uint32_t code =
            legacy_gb_encoded[i].bytes + rune - legacy_gb_encoded[i].rune;

        if (rune < legacy_gb_encoded[i].rune ||
            rune - legacy_gb_encoded[i].rune >= legacy_gb_encoded[i].count)
            continue;
        bytes[0] = (char)(code >> 8);
        bytes[1] = (char)(code & 0xff);
        return 2;
    }
    return 0;
}

static size_t
legacy_encode_gb(const struct legacy *l, uint32_t rune, char *bytes)
{
    int64_t pointer = legacy_index_pointer(l->index, rune);
    size_t n;

    if (rune == 0xe5e5)
        return 0;
    if (l->kind == LEGACY_GBK && rune == 0x20ac) {
        bytes[0] = (char)0x80;
        return 1;
    }
    n = legacy_encode_gb_special(rune, bytes);
    if (n > 0)
        return n;
    if (pointer < 0 && rune > 0xffff && !l->index->is_missing)
        pointer = LEGACY_GB_FOUR + LEGACY_GB_FOUR_ASTRAL + rune - 0x10000;
    if (pointer < 0 || (l->kind == LEGACY_GBK && pointer >= LEGACY_GB_FOUR))
        return 0;
    return legacy_pointer_bytes(LEGACY_GB18030, (uint32_t)pointer, bytes);
}

/*
 * 12.3.2 "index Shift_JIS pointer": NEC's copies of IBM's characters are
 * passed over for those further on.
 */
static int64_t
legacy_sjis_pointer(const struct legacy_index *x, uint32_t rune)
{
    int64_t pointer = legacy_index_pointer(x, rune);

    if (pointer < LEGACY_NEC || pointer >= LEGACY_EUDC)
        return pointer;
    for (uint32_t p = LEGACY_EUDC_END; p < x->count; p++)
        if (x->runes[p] == rune)
            return p;
    return -1;
}

/* 12.1.2 EUC-JP, 12.3.2 Shift_JIS */
static size_t
legacy_encode_japanese(const struct legacy *l, uint32_t rune, char *bytes)
{
    bool is_sjis = l->kind == LEGACY_SHIFT_JIS;
    bool is_katakana = rune >= 0xff61 && rune <= 0xff9f;
    int64_t pointer;

    if (rune == 0xa5 || rune == 0x203e || (is_sjis && rune == 0x80)) {
        bytes[0] = (char)(rune == 0xa5 ? 0x5c : rune == 0x203e ? 0x7e : 0x80);
        return 1;
    }
    if (is_katakana) {
        bytes[0] = (char)0x8e;
        bytes[!is_sjis] = (char)(rune - 0xff61 + 0xa1);
        return is_sjis ? 1 : 2;
    }
    if (rune == 0x2212)
        rune = 0xff0d;
    pointer = is_sjis ? legacy_sjis_pointer(l->index, rune)
                      : legacy_index_pointer(l->index, rune);
    if (pointer < 0 || (!is_sjis && pointer >= LEGACY_EUDC))
        return 0;
    return legacy_pointer_bytes(l->kind, (uint32_t)pointer, bytes);
}

/* The full-width form of a half-width katakana: index ISO-2022-JP katakana */
static uint32_t
legacy_wide_katakana(uint32_t rune)
{
    static const uint16_t wide[] = {
        0x3002, 0x300c, 0x300d, 0x3001, 0x30fb, 0x30f2, 0x30a1, 0x30a3, 0x30a5,
        0x30a7, 0x30a9, 0x30e3, 0x30e5, 0x30e7, 0x30c3, 0x30fc, 0x30a2, 0x30a4,
        0x30a6, 0x30a8, 0x30aa, 0x30ab, 0x30ad, 0x30af, 0x30b1, 0x30b3, 0x30b5,
        0x30b7, 0x30b9, 0x30bb, 0x30bd, 0x30bf, 0x30c1, 0x30c4, 0x30c6, 0x30c8,
        0x30ca, 0x30cb, 0x30cc, 0x30cd, 0x30ce, 0x30cf, 0x30d2, 0x30d5, 0x30d8,
        0x30db, 0x30de, 0x30df, 0x30e0, 0x30e1, 0x30e2, 0x30e4, 0x30e6, 0x30e8,
        0x30e9, 0x30ea, 0x30eb, 0x30ec, 0x30ed, 0x30ef, 0x30f3, 0x309b, 0x309c};

    return rune >= 0xff61 && rune <= 0xff9f ? wide[rune - 0xff61] : rune;
}

/* Write the escape to state, if that is another one. */
static size_t
legacy_switch(struct legacy_encoder *e, enum legacy_state state, char *bytes)
{
    static const char escapes[][3] = {[STATE_ASCII] = {0x1b, '(', 'B'},
                                      [STATE_ROMAN] = {0x1b, '(', 'J'},
                                      [STATE_JIS0208] = {0x1b, '$', 'B'}};

    if (e->state == (int)state)
        return 0;
    e->state = (int)state;
    memcpy(bytes, escapes[state], sizeof(escapes[state]));
    return sizeof(escapes[state]);
}

/* 12.2.2 ISO-2022-JP encoder */
static size_t
legacy_encode_iso_2022_jp(struct legacy_encoder *e, uint32_t rune, char *bytes,
                          bool *is_known)
{
    bool is_in_roman = e->state == STATE_ROMAN && rune != 0x5c && rune != 0x7e;
    int64_t pointer;
    size_t n;

    if (rune == LEGACY_END)
        return legacy_switch(e, STATE_ASCII, bytes);
    if (e->state != STATE_JIS0208 &&
        (rune == 0x0e || rune == 0x0f || rune == 0x1b)) {
        *is_known = false;
        return 0;
    }
    if (rune < 0x80) {
        n = is_in_roman ? 0 : legacy_switch(e, STATE_ASCII, bytes);
        bytes[n] = (char)rune;
        return n + 1;
    }
    if (rune == 0xa5 || rune == 0x203e) {
        n = legacy_switch(e, STATE_ROMAN, bytes);
        bytes[n] = rune == 0xa5 ? 0x5c : 0x7e;
        return n + 1;
    }
    rune = legacy_wide_katakana(rune == 0x2212 ? 0xff0d : rune);
    pointer = legacy_index_pointer(e->legacy->index, rune);
    if (pointer < 0 || pointer >= LEGACY_EUDC) {
        *is_known = false;
        return e->state == STATE_JIS0208 ? legacy_switch(e, STATE_ASCII, bytes)
                                         : 0;
    }
    n = legacy_switch(e, STATE_JIS0208, bytes);
    return n + legacy_pointer_bytes(LEGACY_ISO_2022_JP, (uint32_t)pointer,
                                    bytes + n);
}

size_t
legacy_encode(struct legacy_encoder *e, uint32_t rune, char bytes[LEGACY_BYTES],
              bool *is_known)
{
    const struct legacy *l = e->legacy;
    int64_t pointer;
    size_t n = 0;

    *is_known = true;
    if (l->kind == LEGACY_ISO_2022_JP)
        return legacy_encode_iso_2022_jp(e, rune, bytes, is_known);
    if (rune == LEGACY_END)
        return 0;
    if (rune < 0x80) {
        bytes[0] = (char)rune;
        return 1;
    }
    switch (l->kind) {
    case LEGACY_GB18030:
    case LEGACY_GBK:
        n = legacy_encode_gb(l, rune, bytes);
        break;
    case LEGACY_EUC_JP:
    case LEGACY_SHIFT_JIS:
        n = legacy_encode_japanese(l, rune, bytes);
        break;
    case LEGACY_USER_DEFINED: /* 14.5.2 */
        if (rune >= 0xf780 && rune <= 0xf7ff)
            bytes[n++] = (char)(rune - 0xf780 + 0x80);
        break;
    default:
        pointer = legacy_index_pointer(l->index, rune);
        if (pointer >= 0)
            n = legacy_pointer_bytes(l->kind, (uint32_t)pointer, bytes);
    }
    *is_known = n > 0;
    return n;
}
