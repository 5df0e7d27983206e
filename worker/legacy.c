/*
 * The decoders, section by section of the standard.  Each is a step: it looks
 * at the bytes from one place on, takes some and gives one code point, in Big5
 * sometimes two.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/legacy.h"

#include <pthread.h>
#include <string.h>

#include "common/utf8.h"
#include "worker/legacy_parts.h"

enum { BROKEN = 0xfffd };

/* What a step took and found. */
struct legacy_step {
    size_t taken;
    uint32_t rune;
    uint32_t more; /* 0: just one */
};

/* clang-format off */
static struct legacy legacies[] = {
    {"IBM866", LEGACY_SINGLE, INDEX_IBM866, -1, NULL, NULL},
    {"ISO-8859-2", LEGACY_SINGLE, INDEX_ISO_8859_2, -1, NULL, NULL},
    {"ISO-8859-3", LEGACY_SINGLE, INDEX_ISO_8859_3, -1, NULL, NULL},
    {"ISO-8859-4", LEGACY_SINGLE, INDEX_ISO_8859_4, -1, NULL, NULL},
    {"ISO-8859-5", LEGACY_SINGLE, INDEX_ISO_8859_5, -1, NULL, NULL},
    {"ISO-8859-6", LEGACY_SINGLE, INDEX_ISO_8859_6, -1, NULL, NULL},
    {"ISO-8859-7", LEGACY_SINGLE, INDEX_ISO_8859_7, -1, NULL, NULL},
    {"ISO-8859-8", LEGACY_SINGLE, INDEX_ISO_8859_8, -1, NULL, NULL},
    {"ISO-8859-8-I", LEGACY_SINGLE, INDEX_ISO_8859_8, -1, NULL, NULL},
    {"ISO-8859-10", LEGACY_SINGLE, INDEX_ISO_8859_10, -1, NULL, NULL},
    {"ISO-8859-13", LEGACY_SINGLE, INDEX_ISO_8859_13, -1, NULL, NULL},
    {"ISO-8859-14", LEGACY_SINGLE, INDEX_ISO_8859_14, -1, NULL, NULL},
    {"ISO-8859-15", LEGACY_SINGLE, INDEX_ISO_8859_15, -1, NULL, NULL},
    {"ISO-8859-16", LEGACY_SINGLE, INDEX_ISO_8859_16, -1, NULL, NULL},
    {"KOI8-R", LEGACY_SINGLE, INDEX_KOI8_R, -1, NULL, NULL},
    {"KOI8-U", LEGACY_SINGLE, INDEX_KOI8_U, -1, NULL, NULL},
    {"macintosh", LEGACY_SINGLE, INDEX_MACINTOSH, -1, NULL, NULL},
    {"windows-874", LEGACY_SINGLE, INDEX_WINDOWS_874, -1, NULL, NULL},
    {"windows-1250", LEGACY_SINGLE, INDEX_WINDOWS_1250, -1, NULL, NULL},
    {"windows-1251", LEGACY_SINGLE, INDEX_WINDOWS_1251, -1, NULL, NULL},
    {"windows-1252", LEGACY_SINGLE, INDEX_WINDOWS_1252, -1, NULL, NULL},
    {"windows-1253", LEGACY_SINGLE, INDEX_WINDOWS_1253, -1, NULL, NULL},
    {"windows-1254", LEGACY_SINGLE, INDEX_WINDOWS_1254, -1, NULL, NULL},
    {"windows-1255", LEGACY_SINGLE, INDEX_WINDOWS_1255, -1, NULL, NULL},
    {"windows-1256", LEGACY_SINGLE, INDEX_WINDOWS_1256, -1, NULL, NULL},
    {"windows-1257", LEGACY_SINGLE, INDEX_WINDOWS_1257, -1, NULL, NULL},
    {"windows-1258", LEGACY_SINGLE, INDEX_WINDOWS_1258, -1, NULL, NULL},
    {"x-mac-cyrillic", LEGACY_SINGLE, INDEX_MAC_CYRILLIC, -1, NULL, NULL},
    {"x-user-defined", LEGACY_USER_DEFINED, -1, -1, NULL, NULL},
    {"GBK", LEGACY_GBK, INDEX_GB18030, -1, NULL, NULL},
    {"gb18030", LEGACY_GB18030, INDEX_GB18030, -1, NULL, NULL},
    {"Big5", LEGACY_BIG5, INDEX_BIG5, -1, NULL, NULL},
    {"EUC-JP", LEGACY_EUC_JP, INDEX_JIS0208, INDEX_JIS0212, NULL, NULL},
    {"ISO-2022-JP", LEGACY_ISO_2022_JP, INDEX_JIS0208, -1, NULL, NULL},
    {"Shift_JIS", LEGACY_SHIFT_JIS, INDEX_JIS0208, -1, NULL, NULL},
    {"EUC-KR", LEGACY_EUC_KR, INDEX_EUC_KR, -1, NULL, NULL},
};
/* clang-format on */

static pthread_mutex_t legacy_mutex = PTHREAD_MUTEX_INITIALIZER;

const struct legacy *
legacy_find(const char *charset)
{
    struct legacy *found = NULL;

    for (size_t i = 0; i < sizeof(legacies) / sizeof(legacies[0]); i++)
        if (strcmp(charset, legacies[i].name) == 0)
            found = &legacies[i];
    if (found == NULL)
        return NULL;
    pthread_mutex_lock(&legacy_mutex);
    if (found->main >= 0)
        found->index = legacy_index_get(found->main);
    if (found->more >= 0)
        found->second = legacy_index_get(found->more);
    pthread_mutex_unlock(&legacy_mutex);
    return found;
}

bool
legacy_is_missing(const struct legacy *l)
{
    return l->index != NULL && l->index->is_missing;
}

/* ---- decoders ---- */

static bool
legacy_is_between(unsigned char c, unsigned char low, unsigned char high)
{
    return c >= low && c <= high;
}

/*
 * The end of each decoder of two bytes: nothing found is an error, and a
 * trail byte of ASCII is read again as itself.
 */
static struct legacy_step
legacy_step_two(uint32_t rune, unsigned char trail)
{
    if (rune != 0)
        return (struct legacy_step){2, rune, 0};
    return (struct legacy_step){trail < 0x80 ? 1 : 2, BROKEN, 0};
}

/* 10.2.1 gb18030 decoder, from the second byte on, 0x30 to 0x39 */
static struct legacy_step
legacy_step_gb_four(const struct legacy *l, const unsigned char *p, size_t n)
{
    uint32_t pointer, rune;

    if (n > 2 && !legacy_is_between(p[2], 0x81, 0xfe))
        return (struct legacy_step){1, BROKEN, 0};
    if (n < 4)
        return (struct legacy_step){n, BROKEN, 0};
    if (!legacy_is_between(p[3], 0x30, 0x39))
        return (struct legacy_step){1, BROKEN, 0};
    pointer = ((p[0] - 0x81u) * 10 + p[1] - 0x30u) * 1260 +
              (p[2] - 0x81u) * 10 + p[3] - 0x30u;
    if (pointer < LEGACY_GB_FOUR_BMP)
        rune = legacy_index_rune(l->index, LEGACY_GB_FOUR + pointer);
    else if (pointer < LEGACY_GB_FOUR_ASTRAL ||
             pointer - LEGACY_GB_FOUR_ASTRAL > 0xfffff)
        rune = 0;
    else
        rune = 0x10000 + pointer - LEGACY_GB_FOUR_ASTRAL;
    return (struct legacy_step){4, rune ? rune : BROKEN, 0};
}

static struct legacy_step
legacy_step_gb(const struct legacy *l, const unsigned char *p, size_t n)
{
    unsigned char trail;
    uint32_t rune = 0;

    if (p[0] == 0x80)
        return (struct legacy_step){1, 0x20ac, 0};
    if (p[0] == 0xff || n < 2)
        return (struct legacy_step){1, BROKEN, 0};
    trail = p[1];
    if (legacy_is_between(trail, 0x30, 0x39))
        return legacy_step_gb_four(l, p, n);
    if (legacy_is_between(trail, 0x40, 0xfe) && trail != 0x7f)
        rune = legacy_index_rune(l->index, (p[0] - 0x81u) * 190 + trail -
                                               (trail < 0x7f ? 0x40u : 0x41u));
    return legacy_step_two(rune, trail);
}

/* 11.1.1 Big5 decoder */
static struct legacy_step
legacy_step_big5(const struct legacy *l, const unsigned char *p, size_t n)
{
    static const struct {
        uint32_t pointer, rune, accent;
    } doubles[] = {{1133, 0xca, 0x304},
                   {1135, 0xca, 0x30c},
                   {1164, 0xea, 0x304},
                   {1166, 0xea, 0x30c}};
    uint32_t pointer;
    unsigned char trail;

    if (!legacy_is_between(p[0], 0x81, 0xfe) || n < 2)
        return (struct legacy_step){1, BROKEN, 0};
    trail = p[1];
    if (!legacy_is_between(trail, 0x40, 0x7e) &&
        !legacy_is_between(trail, 0xa1, 0xfe))
        return legacy_step_two(0, trail);
    pointer = (p[0] - 0x81u) * 157 + trail - (trail < 0x7f ? 0x40u : 0x62u);
    for (size_t i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++)
        if (doubles[i].pointer == pointer)
            return (struct legacy_step){2, doubles[i].rune, doubles[i].accent};
    return legacy_step_two(legacy_index_rune(l->index, pointer), trail);
}

/* 12.1.1 EUC-JP decoder */
static struct legacy_step
legacy_step_euc_jp(const struct legacy *l, const unsigned char *p, size_t n)
{
    const struct legacy_index *index = l->index;
    uint32_t rune = 0;

    if ((p[0] != 0x8e && p[0] != 0x8f && !legacy_is_between(p[0], 0xa1, 0xfe)))
        return (struct legacy_step){1, BROKEN, 0};
    if (n < 2)
        return (struct legacy_step){1, BROKEN, 0};
    if (p[0] == 0x8e && legacy_is_between(p[1], 0xa1, 0xdf))
        return (struct legacy_step){2, 0xff61 - 0xa1 + p[1], 0};
    if (p[0] == 0x8f && legacy_is_between(p[1], 0xa1, 0xfe)) {
        struct legacy_step s;

        if (n < 3)
            return (struct legacy_step){2, BROKEN, 0};
        if (legacy_is_between(p[2], 0xa1, 0xfe))
            rune = legacy_index_rune(l->second,
                                     (p[1] - 0xa1u) * 94 + p[2] - 0xa1u);
        s = legacy_step_two(rune, p[2]);
        s.taken++;
        return s;
    }
    if (p[0] >= 0xa1 && legacy_is_between(p[1], 0xa1, 0xfe))
        rune = legacy_index_rune(index, (p[0] - 0xa1u) * 94 + p[1] - 0xa1u);
    return legacy_step_two(rune, p[1]);
}

/* 12.3.1 Shift_JIS decoder */
static struct legacy_step
legacy_step_sjis(const struct legacy *l, const unsigned char *p, size_t n)
{
    uint32_t pointer;
    unsigned char trail;

    if (p[0] == 0x80)
        return (struct legacy_step){1, 0x80, 0};
    if (legacy_is_between(p[0], 0xa1, 0xdf))
        return (struct legacy_step){1, 0xff61 - 0xa1 + p[0], 0};
    if (p[0] == 0xa0 || p[0] > 0xfc || n < 2)
        return (struct legacy_step){1, BROKEN, 0};
    trail = p[1];
    if (!legacy_is_between(trail, 0x40, 0x7e) &&
        !legacy_is_between(trail, 0x80, 0xfc))
        return legacy_step_two(0, trail);
    pointer = (p[0] - (p[0] < 0xa0 ? 0x81u : 0xc1u)) * 188 + trail -
              (trail < 0x7f ? 0x40u : 0x41u);
    if (pointer >= LEGACY_EUDC && pointer < LEGACY_EUDC_END)
        return (struct legacy_step){2, 0xe000 + pointer - LEGACY_EUDC, 0};
    return legacy_step_two(legacy_index_rune(l->index, pointer), trail);
}

/* 13.1.1 EUC-KR decoder */
static struct legacy_step
legacy_step_euc_kr(const struct legacy *l, const unsigned char *p, size_t n)
{
    uint32_t rune = 0;

    if (!legacy_is_between(p[0], 0x81, 0xfe) || n < 2)
        return (struct legacy_step){1, BROKEN, 0};
    if (legacy_is_between(p[1], 0x41, 0xfe))
        rune = legacy_index_rune(l->index, (p[0] - 0x81u) * 190 + p[1] - 0x41u);
    return legacy_step_two(rune, p[1]);
}

/* The character that begins with p[0], a byte above ASCII. */
static struct legacy_step
legacy_step(const struct legacy *l, const unsigned char *p, size_t n)
{
    uint32_t rune;

    switch (l->kind) {
    case LEGACY_GB18030:
    case LEGACY_GBK:
        return legacy_step_gb(l, p, n);
    case LEGACY_BIG5:
        return legacy_step_big5(l, p, n);
    case LEGACY_EUC_JP:
        return legacy_step_euc_jp(l, p, n);
    case LEGACY_SHIFT_JIS:
        return legacy_step_sjis(l, p, n);
    case LEGACY_EUC_KR:
        return legacy_step_euc_kr(l, p, n);
    case LEGACY_USER_DEFINED: /* 14.5.1 */
        return (struct legacy_step){1, 0xf780 + p[0] - 0x80u, 0};
    default: /* 9.1 */
        rune = legacy_index_rune(l->index, p[0] - 0x80u);
        return (struct legacy_step){1, rune ? rune : BROKEN, 0};
    }
}

static enum err
legacy_put(struct buf *out, uint32_t rune)
{
    char utf8[4];

    return buf_add(out, utf8, utf8_encode(rune, utf8));
}

/* 12.2.1 ISO-2022-JP decoder */

/*
 * The escape that p, behind its ESC, holds: the state it leads to, or -1 when
 * it is none.
 */
static int
legacy_escape(const unsigned char *p, size_t n)
{
    static const struct {
        char bytes[3];
        enum legacy_state state;
    } escapes[] = {{"(B", STATE_ASCII},
                   {"(J", STATE_ROMAN},
                   {"(I", STATE_KATAKANA},
                   {"$@", STATE_JIS0208},
                   {"$B", STATE_JIS0208}};

    for (size_t i = 0; n >= 2 && i < sizeof(escapes) / sizeof(escapes[0]); i++)
        if (memcmp(p, escapes[i].bytes, 2) == 0)
            return escapes[i].state;
    return -1;
}

/* One character in state, no ESC. */
static struct legacy_step
legacy_step_iso_2022_jp(const struct legacy *l, enum legacy_state state,
                        const unsigned char *p, size_t n)
{
    unsigned char c = p[0];
    uint32_t rune;

    if (state == STATE_KATAKANA && legacy_is_between(c, 0x21, 0x5f))
        return (struct legacy_step){1, 0xff61 - 0x21 + c, 0};
    if (state == STATE_JIS0208 && legacy_is_between(c, 0x21, 0x7e)) {
        if (n < 2 || p[1] == 0x1b) /* which then begins an escape */
            return (struct legacy_step){1, BROKEN, 0};
        if (!legacy_is_between(p[1], 0x21, 0x7e))
            return (struct legacy_step){2, BROKEN, 0};
        rune = legacy_index_rune(l->index, (c - 0x21u) * 94 + p[1] - 0x21u);
        return (struct legacy_step){2, rune ? rune : BROKEN, 0};
    }
    if (state == STATE_ROMAN && c == 0x5c)
        return (struct legacy_step){1, 0xa5, 0};
    if (state == STATE_ROMAN && c == 0x7e)
        return (struct legacy_step){1, 0x203e, 0};
    if (state > STATE_ROMAN || c > 0x7f || c == 0x0e || c == 0x0f)
        return (struct legacy_step){1, BROKEN, 0};
    return (struct legacy_step){1, c, 0};
}

static enum err
legacy_decode_iso_2022_jp(const struct legacy *l, struct str in,
                          struct buf *out)
{
    const unsigned char *p = (const unsigned char *)in.p, *end = p + in.n;
    enum legacy_state state = STATE_ASCII;
    bool is_behind_escape = false;
    enum err e = ERR_OK;

    while (p < end && e == ERR_OK) {
        struct legacy_step s = {1, BROKEN, 0};
        int next =
            p[0] == 0x1b ? legacy_escape(p + 1, (size_t)(end - p) - 1) : -1;

        if (next >= 0) {
            /* two escapes in a row: bytes that hide from a filter */
            if (is_behind_escape)
                e = legacy_put(out, BROKEN);
            state = (enum legacy_state)next;
            is_behind_escape = true;
            p += 3;
            continue;
        }
        if (p[0] != 0x1b)
            s = legacy_step_iso_2022_jp(l, state, p, (size_t)(end - p));
        is_behind_escape = false;
        e = legacy_put(out, s.rune);
        p += s.taken;
    }
    return e;
}

enum err
legacy_decode(const struct legacy *l, struct str in, struct buf *out)
{
    const unsigned char *p = (const unsigned char *)in.p, *end = p + in.n;
    enum err e = ERR_OK;

    if (l->kind == LEGACY_ISO_2022_JP)
        return legacy_decode_iso_2022_jp(l, in, out);
    while (p < end && e == ERR_OK) {
        const unsigned char *start = p;
        struct legacy_step s;

        while (p < end && *p < 0x80)
            p++;
        e = buf_add(out, start, (size_t)(p - start));
        if (p == end || e != ERR_OK)
            break;
        s = legacy_step(l, p, (size_t)(end - p));
        e = legacy_put(out, s.rune);
        if (e == ERR_OK && s.more != 0)
            e = legacy_put(out, s.more);
        p += s.taken;
    }
    return e;
}
