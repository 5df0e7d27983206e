/*
 * The indexes: each pointer's bytes are given to iconv, one pointer at a
 * time, then the table of what differs is laid over.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/legacy_parts.h"

#include <iconv.h>
#include <stdlib.h>
#include <wchar.h>

#include "common/mem.h"
#include "worker/legacy_table.h"

enum { SINGLE_COUNT = 128, JIS_COUNT = 94 * 94 };

#define NO_ICONV ((iconv_t)-1)

/* clang-format off */
static const struct {
    enum legacy_kind form;
    uint32_t count;
    const char *iconv;
    const char *other; /* asked where the first has none */
} legacy_sources[INDEX_COUNT] = {
    [INDEX_IBM866] = {LEGACY_SINGLE, SINGLE_COUNT, "IBM866", NULL},
    [INDEX_ISO_8859_2] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-2", NULL},
    [INDEX_ISO_8859_3] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-3", NULL},
    [INDEX_ISO_8859_4] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-4", NULL},
    [INDEX_ISO_8859_5] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-5", NULL},
    [INDEX_ISO_8859_6] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-6", NULL},
    [INDEX_ISO_8859_7] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-7", NULL},
    [INDEX_ISO_8859_8] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-8", NULL},
    [INDEX_ISO_8859_10] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-10", NULL},
    [INDEX_ISO_8859_13] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-13", NULL},
    [INDEX_ISO_8859_14] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-14", NULL},
    [INDEX_ISO_8859_15] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-15", NULL},
    [INDEX_ISO_8859_16] = {LEGACY_SINGLE, SINGLE_COUNT, "ISO-8859-16", NULL},
    [INDEX_KOI8_R] = {LEGACY_SINGLE, SINGLE_COUNT, "KOI8-R", NULL},
    [INDEX_KOI8_U] = {LEGACY_SINGLE, SINGLE_COUNT, "KOI8-U", NULL},
    [INDEX_MACINTOSH] = {LEGACY_SINGLE, SINGLE_COUNT, "MACINTOSH", NULL},
    [INDEX_WINDOWS_874] = {LEGACY_SINGLE, SINGLE_COUNT, "CP874", NULL},
    [INDEX_WINDOWS_1250] = {LEGACY_SINGLE, SINGLE_COUNT, "CP1250", NULL},
    [INDEX_WINDOWS_1251] = {LEGACY_SINGLE, SINGLE_COUNT, "CP1251", NULL},
    [INDEX_WINDOWS_1252] = {LEGACY_SINGLE, SINGLE_COUNT, "CP1252", NULL},
    [INDEX_WINDOWS_1253] = {LEGACY_SINGLE, SINGLE_COUNT, "CP1253", NULL},
    [INDEX_WINDOWS_1254] = {LEGACY_SINGLE, SINGLE_COUNT, "CP1254", NULL},
    [INDEX_WINDOWS_1255] = {LEGACY_SINGLE, SINGLE_COUNT, "CP1255", NULL},
    [INDEX_WINDOWS_1256] = {LEGACY_SINGLE, SINGLE_COUNT, "CP1256", NULL},
    [INDEX_WINDOWS_1257] = {LEGACY_SINGLE, SINGLE_COUNT, "CP1257", NULL},
    [INDEX_WINDOWS_1258] = {LEGACY_SINGLE, SINGLE_COUNT, "CP1258", NULL},
    [INDEX_MAC_CYRILLIC] = {LEGACY_SINGLE, SINGLE_COUNT, "MAC-CYRILLIC", NULL},
    [INDEX_GB18030] = {LEGACY_GB18030, LEGACY_GB_FOUR + LEGACY_GB_FOUR_BMP,
                       "GB18030", NULL},
    [INDEX_BIG5] = {LEGACY_BIG5, 126 * 157, "BIG5", "BIG5-HKSCS"},
    /* all that Shift_JIS's bytes reach: CP932's rows behind the 94th too */
    [INDEX_JIS0208] = {LEGACY_SHIFT_JIS, 60 * 188, "CP932", NULL},
    [INDEX_JIS0212] = {LEGACY_JIS0212, JIS_COUNT, "EUC-JP", NULL},
    [INDEX_EUC_KR] = {LEGACY_EUC_KR, 126 * 190, "CP949", NULL},
};
/* clang-format on */

static struct legacy_index legacy_indexes[INDEX_COUNT];

static size_t
legacy_put_two(uint32_t lead, uint32_t trail, char *bytes)
{
    bytes[0] = (char)lead;
    bytes[1] = (char)trail;
    return 2;
}

size_t
legacy_pointer_bytes(enum legacy_kind kind, uint32_t pointer, char bytes[4])
{
    uint32_t lead, trail;

    switch (kind) {
    case LEGACY_GB18030:
    case LEGACY_GBK:
        if (pointer >= LEGACY_GB_FOUR) {
            pointer -= LEGACY_GB_FOUR;
            bytes[0] = (char)(0x81 + pointer / 12600);
            bytes[1] = (char)(0x30 + pointer / 1260 % 10);
            bytes[2] = (char)(0x81 + pointer / 10 % 126);
            bytes[3] = (char)(0x30 + pointer % 10);
            return 4;
        }
        trail = pointer % 190;
        return legacy_put_two(0x81 + pointer / 190,
                              trail + (trail < 0x3f ? 0x40 : 0x41), bytes);
    case LEGACY_BIG5:
        trail = pointer % 157;
        return legacy_put_two(0x81 + pointer / 157,
                              trail + (trail < 0x3f ? 0x40 : 0x62), bytes);
    case LEGACY_EUC_JP:
        return legacy_put_two(0xa1 + pointer / 94, 0xa1 + pointer % 94, bytes);
    case LEGACY_JIS0212:
        bytes[0] = (char)0x8f;
        legacy_put_two(0xa1 + pointer / 94, 0xa1 + pointer % 94, bytes + 1);
        return 3;
    case LEGACY_ISO_2022_JP:
        return legacy_put_two(0x21 + pointer / 94, 0x21 + pointer % 94, bytes);
    case LEGACY_SHIFT_JIS:
        lead = pointer / 188;
        trail = pointer % 188;
        return legacy_put_two(lead + (lead < 0x1f ? 0x81 : 0xc1),
                              trail + (trail < 0x3f ? 0x40 : 0x41), bytes);
    case LEGACY_EUC_KR:
        return legacy_put_two(0x81 + pointer / 190, 0x41 + pointer % 190,
                              bytes);
    default:
        bytes[0] = (char)(0x80 + pointer);
        return 1;
    }
}

/* What iconv makes of n bytes, if it is one character; else 0. */
static uint32_t
legacy_ask(iconv_t cd, char *bytes, size_t n)
{
    wchar_t wide[4];
    char *in = bytes, *out = (char *)wide;
    size_t room = sizeof(wide);

    if (cd == NO_ICONV)
        return 0;
    iconv(cd, NULL, NULL, NULL, NULL);
    /* the flush: some hold a letter back for its accent */
    if (iconv(cd, &in, &n, &out, &room) == (size_t)-1 || n > 0 ||
        iconv(cd, NULL, NULL, &out, &room) == (size_t)-1 ||
        room != sizeof(wide) - sizeof(wide[0]))
        return 0;
    return (uint32_t)wide[0];
}

static bool
legacy_is_private(uint32_t rune)
{
    return rune >= 0xe000 && rune < 0xf900;
}

/* 5, index single-byte: windows-125x and 874 have C1 where nothing else is. */
static bool
legacy_has_c1(int name)
{
    return name >= INDEX_WINDOWS_874 && name <= INDEX_WINDOWS_1258;
}

static void
legacy_index_fill(struct legacy_index *x, int name)
{
    enum legacy_kind form = legacy_sources[name].form;
    const char *other = legacy_sources[name].other;
    iconv_t first = iconv_open("WCHAR_T", legacy_sources[name].iconv);
    iconv_t second = other ? iconv_open("WCHAR_T", other) : NO_ICONV;
    bool has_private = form != LEGACY_BIG5 && form != LEGACY_SHIFT_JIS;

    x->is_missing = first == NO_ICONV;
    for (uint32_t p = 0; p < x->count && !x->is_missing; p++) {
        char bytes[4];
        size_t n = legacy_pointer_bytes(form, p, bytes);
        uint32_t rune = legacy_ask(first, bytes, n);

        if (rune == 0 || (legacy_is_private(rune) && !has_private))
            rune = legacy_ask(second, bytes, n);
        if (legacy_is_private(rune) && !has_private)
            rune = 0;
        if (rune == 0 && p < 32 && legacy_has_c1(name))
            rune = 0x80 + p;
        x->runes[p] = rune;
    }
    if (first != NO_ICONV)
        iconv_close(first);
    if (second != NO_ICONV)
        iconv_close(second);
}

static void
legacy_index_fix(struct legacy_index *x, int name)
{
    size_t n = sizeof(legacy_fixes) / sizeof(legacy_fixes[0]);

    for (size_t i = 0; i < n; i++)
        for (uint32_t k = 0;
             legacy_fixes[i].index == name && k < legacy_fixes[i].count; k++)
            x->runes[legacy_fixes[i].pointer + k] = legacy_fixes[i].rune + k;
    n = sizeof(legacy_big5_fixes) / sizeof(legacy_big5_fixes[0]);
    for (size_t i = 0; name == INDEX_BIG5 && i < n; i++) {
        uint32_t lead = legacy_big5_fixes[i][0] >> 8;
        uint32_t trail = legacy_big5_fixes[i][0] & 0xff;

        x->runes[(lead - 0x81) * 157 + trail - (trail < 0x7f ? 0x40 : 0x62)] =
            legacy_big5_fixes[i][1];
    }
}

static int
legacy_back_compare(const void *left, const void *right)
{
    const struct legacy_back *a = left, *b = right;

    if (a->rune != b->rune)
        return a->rune < b->rune ? -1 : 1;
    return a->pointer < b->pointer ? -1 : 1;
}

/* 5, "index Big5 pointer": none of HKSCS's that others know of. */
static bool
legacy_is_decoded_only(int name, uint32_t pointer)
{
    return name == INDEX_BIG5 && pointer < LEGACY_BIG5_ENCODED;
}

/* 5, "index Big5 pointer": of these the last one counts. */
static bool
legacy_is_last(int name, uint32_t rune)
{
    return name == INDEX_BIG5 &&
           (rune == 0x2550 || rune == 0x255e || rune == 0x2561 ||
            rune == 0x256a || rune == 0x5341 || rune == 0x5345);
}

static void
legacy_index_turn(struct legacy_index *x, int name)
{
    size_t n = 0, kept = 0;

    x->back = xcalloc(x->count, sizeof(*x->back));
    for (uint32_t p = 0; p < x->count; p++)
        if (x->runes[p] != 0 && !legacy_is_decoded_only(name, p))
            x->back[n++] = (struct legacy_back){x->runes[p], p};
    qsort(x->back, n, sizeof(*x->back), legacy_back_compare);
    for (size_t i = 0; i < n; i++) {
        bool is_again = kept > 0 && x->back[kept - 1].rune == x->back[i].rune;

        if (!is_again)
            x->back[kept++] = x->back[i];
        else if (legacy_is_last(name, x->back[i].rune))
            x->back[kept - 1] = x->back[i];
    }
    x->back_count = kept;
}

struct legacy_index *
legacy_index_get(int name)
{
    struct legacy_index *x = &legacy_indexes[name];

    if (x->is_ready)
        return x;
    x->count = legacy_sources[name].count;
    x->runes = xcalloc(x->count, sizeof(*x->runes));
    legacy_index_fill(x, name);
    if (!x->is_missing)
        legacy_index_fix(x, name);
    legacy_index_turn(x, name);
    x->is_ready = true;
    return x;
}

int64_t
legacy_index_pointer(const struct legacy_index *x, uint32_t rune)
{
    size_t low = 0, high = x->back_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (x->back[middle].rune < rune)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == x->back_count || x->back[low].rune != rune)
        return -1;
    return x->back[low].pointer;
}
