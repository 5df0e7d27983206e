/* SPDX-License-Identifier: MIT */
#include "common/utf8.h"

#include <string.h>

size_t
utf8_decode(const char *p, size_t len, uint32_t *rune)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)p;
    uint32_t value;
    size_t need;

    if (len == 0)
        return 0;
    if (s[0] < 0x80) {
        *rune = s[0];
        return 1;
    }
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    need = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (len < need)
        return 0;
    value = s[0] & (0x7fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3f);
    }
    if (value < lowest[need] || value > 0x10ffff ||
        (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *rune = value;
    return need;
}

size_t
utf8_encode(uint32_t rune, char out[4])
{
    size_t n = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = n - 1; i > 0; i--, rune >>= 6)
        out[i] = (char)(0x80 | (rune & 0x3f));
    out[0] = (char)(n == 1 ? rune : (lead[n] | rune));
    return n;
}

/*
 * Blocks, not single characters: of an unassigned one, or a rare mark, the
 * width is a guess that terminals do not agree about either.  By Unicode's
 * EastAsianWidth.txt (W, F) and the general categories Mn, Me and Cf.
 */
unsigned
utf8_width(uint32_t rune)
{
    static const struct {
        uint32_t first, last;
        unsigned char width;
    } blocks[] = {
        {0x0300, 0x036f, 0},   {0x0483, 0x0489, 0},   {0x0591, 0x05bd, 0},
        {0x0610, 0x061a, 0},   {0x064b, 0x065f, 0},   {0x06d6, 0x06dc, 0},
        {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},
        {0x200b, 0x200f, 0},   {0x2028, 0x202e, 0},   {0x2060, 0x2064, 0},
        {0x20d0, 0x20ff, 0},   {0x231a, 0x231b, 2},   {0x23e9, 0x23ec, 2},
        {0x2e80, 0x303e, 2},   {0x3041, 0x33ff, 2},   {0x3400, 0x4dbf, 2},
        {0x4e00, 0xa4cf, 2},   {0xa960, 0xa97c, 2},   {0xac00, 0xd7a3, 2},
        {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe10, 0xfe19, 2},
        {0xfe20, 0xfe2f, 0},   {0xfe30, 0xfe6f, 2},   {0xfeff, 0xfeff, 0},
        {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x16fe0, 0x18aff, 2},
        {0x1b000, 0x1b2ff, 2}, {0x1f004, 0x1f004, 2}, {0x1f18e, 0x1f19a, 2},
        {0x1f200, 0x1f320, 2}, {0x1f32d, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2},
        {0x1f900, 0x1f9ff, 2}, {0x1fa70, 0x1faff, 2}, {0x20000, 0x3fffd, 2},
        {0xe0000, 0xe01ef, 0},
    };

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
        if (rune <= blocks[i].last)
            return rune >= blocks[i].first ? blocks[i].width : 1;
    return 1;
}

bool
utf8_is_valid(const char *p, size_t len)
{
    size_t at = 0;

    while (at < len) {
        uint64_t eight;
        uint32_t rune;
        size_t n;

        if (len - at >= 8) { /* most text is ASCII: eight bytes a step */
            memcpy(&eight, p + at, 8);
            if ((eight & 0x8080808080808080u) == 0) {
                at += 8;
                continue;
            }
        }
        n = utf8_decode(p + at, len - at, &rune);
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}
