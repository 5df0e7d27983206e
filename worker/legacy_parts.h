/*
 * legacy_parts - what legacy_index.c makes and legacy.c uses; nobody else's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_LEGACY_PARTS_H
#define WORKER_LEGACY_PARTS_H

#include "worker/legacy.h"

/* How a pointer becomes bytes, and whose algorithm. */
enum legacy_kind {
    LEGACY_SINGLE,
    LEGACY_USER_DEFINED,
    LEGACY_GB18030,
    LEGACY_GBK, /* decoded as gb18030 */
    LEGACY_BIG5,
    LEGACY_EUC_JP,
    LEGACY_JIS0212, /* the three bytes of EUC-JP */
    LEGACY_ISO_2022_JP,
    LEGACY_SHIFT_JIS,
    LEGACY_EUC_KR
};

enum {
    /* in gb18030's index the four bytes follow the two */
    LEGACY_GB_FOUR = 126 * 190,
    LEGACY_GB_FOUR_BMP = 39420,     /* pointers of four bytes in the BMP */
    LEGACY_GB_FOUR_ASTRAL = 189000, /* and the first behind it */
    /* pointers that are end users' characters, U+E000 on, in Shift_JIS */
    LEGACY_EUDC = 8836,
    LEGACY_EUDC_END = 10716,
    LEGACY_NEC = 8272, /* NEC's copies of IBM's, up to LEGACY_EUDC */
    LEGACY_BIG5_ENCODED = (0xa1 - 0x81) * 157 /* the first that is encoded */
};

/* Of ISO-2022-JP; its encoder knows the first three. */
enum legacy_state { STATE_ASCII, STATE_ROMAN, STATE_JIS0208, STATE_KATAKANA };

struct legacy_back {
    uint32_t rune;
    uint32_t pointer;
};

struct legacy_index {
    uint32_t *runes; /* by pointer; 0: none */
    size_t count;
    struct legacy_back *back; /* by rune: "index pointer" */
    size_t back_count;
    bool is_ready;
    bool is_missing; /* iconv has no such table */
};

struct legacy {
    const char *name;
    enum legacy_kind kind;
    int main; /* enum legacy_index_name; -1: none */
    int more; /* EUC-JP: jis0212; else -1 */
    struct legacy_index *index;
    struct legacy_index *second;
};

/* The bytes of a pointer; returns how many. */
size_t legacy_pointer_bytes(enum legacy_kind kind, uint32_t pointer,
                            char bytes[4]);

/* The index by its number, made if need be. */
struct legacy_index *legacy_index_get(int name);

/* "index pointer": where rune stands, or -1. */
int64_t legacy_index_pointer(const struct legacy_index *x, uint32_t rune);

/* "index code point": 0 when there is none. */
static inline uint32_t
legacy_index_rune(const struct legacy_index *x, uint32_t pointer)
{
    return pointer < x->count ? x->runes[pointer] : 0;
}

/* Their numbers: single bytes first, in the order of legacy_index.c's table. */
enum legacy_index_name {
    INDEX_IBM866,
    INDEX_ISO_8859_2,
    INDEX_ISO_8859_3,
    INDEX_ISO_8859_4,
    INDEX_ISO_8859_5,
    INDEX_ISO_8859_6,
    INDEX_ISO_8859_7,
    INDEX_ISO_8859_8,
    INDEX_ISO_8859_10,
    INDEX_ISO_8859_13,
    INDEX_ISO_8859_14,
    INDEX_ISO_8859_15,
    INDEX_ISO_8859_16,
    INDEX_KOI8_R,
    INDEX_KOI8_U,
    INDEX_MACINTOSH,
    INDEX_WINDOWS_874,
    INDEX_WINDOWS_1250,
    INDEX_WINDOWS_1251,
    INDEX_WINDOWS_1252,
    INDEX_WINDOWS_1253,
    INDEX_WINDOWS_1254,
    INDEX_WINDOWS_1255,
    INDEX_WINDOWS_1256,
    INDEX_WINDOWS_1257,
    INDEX_WINDOWS_1258,
    INDEX_MAC_CYRILLIC,
    INDEX_GB18030,
    INDEX_BIG5,
    INDEX_JIS0208,
    INDEX_JIS0212,
    INDEX_EUC_KR,
    INDEX_COUNT,
    INDEX_NONE = -1
};

#endif
