/*
 * SPDX-License-Identifier: MIT
 *
 * Sequences by ECMA-48 section 5.4: ESC [, parameter and intermediate bytes
 * (0x20 to 0x3f), a final byte (0x40 to 0x7e); ESC O and one byte from keypads.
 */
#include "master/top_keys.h"

#include <string.h>

enum { TOP_ESC = 0x1b, TOP_DAY_S = 86400 };

static int
top_keys_named(const struct top_keys *k)
{
    static const struct {
        const char *sequence; /* behind ESC */
        int key;
    } rows[] = {
        {"[A", TOP_KEY_UP},       {"OA", TOP_KEY_UP},
        {"[B", TOP_KEY_DOWN},     {"OB", TOP_KEY_DOWN},
        {"[5~", TOP_KEY_PAGE_UP}, {"[6~", TOP_KEY_PAGE_DOWN},
        {"[H", TOP_KEY_HOME},     {"OH", TOP_KEY_HOME},
        {"[1~", TOP_KEY_HOME},    {"[7~", TOP_KEY_HOME},
        {"[F", TOP_KEY_END},      {"OF", TOP_KEY_END},
        {"[4~", TOP_KEY_END},     {"[8~", TOP_KEY_END},
        {"[Z", TOP_KEY_BACK_TAB},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strlen(rows[i].sequence) == k->n - 1 &&
            memcmp(rows[i].sequence, k->bytes + 1, k->n - 1) == 0)
            return rows[i].key;
    return TOP_KEY_OTHER;
}

int
top_keys_take(struct top_keys *k, char byte)
{
    unsigned char c = (unsigned char)byte;
    bool is_complete;
    int key;

    if (k->n == 0 && c != TOP_ESC)
        return c;
    if (c == TOP_ESC) { /* a new one, whatever has begun */
        k->bytes[0] = byte;
        k->n = 1;
        return TOP_KEY_NONE;
    }
    if (k->n < TOP_KEYS_BYTES)
        k->bytes[k->n++] = byte;
    if (k->n == 2)
        is_complete = c != '[' && c != 'O';
    else
        is_complete = k->bytes[1] == 'O' || c < 0x20 || c > 0x3f;
    if (!is_complete)
        return TOP_KEY_NONE;
    key = top_keys_named(k);
    k->n = 0;
    return key;
}

int
top_keys_timeout(struct top_keys *k)
{
    bool is_escape = k->n == 1;

    k->n = 0;
    return is_escape ? TOP_KEY_ESCAPE : TOP_KEY_NONE;
}

bool
top_keys_is_waiting(const struct top_keys *k)
{
    return k->n > 0;
}

bool
top_keys_seconds(const char *text, long *ms)
{
    long whole = 0, part = 0, unit = 1000;
    bool has_digit = false;

    for (; *text >= '0' && *text <= '9'; text++) {
        whole = whole * 10 + (*text - '0');
        has_digit = true;
        if (whole > TOP_DAY_S)
            return false;
    }
    if (*text == '.' || *text == ',')
        for (text++; *text >= '0' && *text <= '9'; text++) {
            unit /= 10; /* what is below a millisecond is cut off */
            part += unit * (*text - '0');
            has_digit = true;
        }
    *ms = whole * 1000 + part;
    return has_digit && *text == '\0' && *ms <= TOP_DAY_S * 1000L;
}
