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
