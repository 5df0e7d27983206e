/* SPDX-License-Identifier: MIT */
#include "worker/guess.h"

#include <uchardet/uchardet.h>

#include "common/utf8.h"
#include "worker/page.h"
#include "worker/recode.h"

enum {
    GUESS_SAMPLE = 2048,     /* libuchardet takes up to a ms for a KB */
    GUESS_LANG_BYTES = 1024, /* where <html lang> is looked for */
    /* bytes above ASCII from which on statistics are trusted: to tell Latin
     * scripts apart, and against what the domain leads one to expect */
    GUESS_LATIN_HIGH = 64,
    GUESS_SURE_HIGH = 32,
    GUESS_LEAST_HIGH = 8 /* and below which nothing is, without a hint */
};

enum guess_family {
    FAMILY_NONE,
    FAMILY_WESTERN,
    FAMILY_CENTRAL,
    FAMILY_TURKISH,
    FAMILY_BALTIC,
    FAMILY_VIETNAMESE,
    FAMILY_CYRILLIC,
    FAMILY_UKRAINIAN, /* of the one above, but KOI8-U */
    FAMILY_GREEK,
    FAMILY_HEBREW,
    FAMILY_ARABIC,
    FAMILY_THAI,
    FAMILY_JAPANESE,
    FAMILY_CHINESE,
    FAMILY_TAIWANESE,
    FAMILY_KOREAN
};

/* clang-format off */
/* What libuchardet can say that is believed; each is a label of page.h's. */
static const struct {
    const char *said;
    const char *label;
    enum guess_family family;
} guess_said[] = {
    {"SHIFT_JIS", "shift_jis", FAMILY_JAPANESE},
    {"EUC-JP", "euc-jp", FAMILY_JAPANESE},
    {"GB18030", "gbk", FAMILY_CHINESE},
    {"BIG5", "big5", FAMILY_TAIWANESE},
    {"EUC-KR", "euc-kr", FAMILY_KOREAN},
    {"UHC", "euc-kr", FAMILY_KOREAN},
    {"WINDOWS-1251", "windows-1251", FAMILY_CYRILLIC},
    {"KOI8-R", "koi8-r", FAMILY_CYRILLIC},
    {"IBM866", "ibm866", FAMILY_CYRILLIC},
    {"ISO-8859-5", "iso-8859-5", FAMILY_CYRILLIC},
    {"MAC-CYRILLIC", "x-mac-cyrillic", FAMILY_CYRILLIC},
    {"WINDOWS-1253", "windows-1253", FAMILY_GREEK},
    {"ISO-8859-7", "iso-8859-7", FAMILY_GREEK},
    {"WINDOWS-1255", "windows-1255", FAMILY_HEBREW},
    {"ISO-8859-8", "iso-8859-8", FAMILY_HEBREW},
    {"WINDOWS-1256", "windows-1256", FAMILY_ARABIC},
    {"ISO-8859-6", "iso-8859-6", FAMILY_ARABIC},
    {"TIS-620", "windows-874", FAMILY_THAI},
    {"ISO-8859-11", "windows-874", FAMILY_THAI},
    {"WINDOWS-1250", "windows-1250", FAMILY_CENTRAL},
    {"ISO-8859-2", "iso-8859-2", FAMILY_CENTRAL},
    {"ISO-8859-9", "windows-1254", FAMILY_TURKISH},
    {"WINDOWS-1257", "windows-1257", FAMILY_BALTIC},
    {"ISO-8859-13", "iso-8859-13", FAMILY_BALTIC},
    {"WINDOWS-1258", "windows-1258", FAMILY_VIETNAMESE},
};

/*
 * Languages and top-level domains, each with a blank on both sides, and the
 * charsets that their old pages are in, the most common first.
 */
static const struct {
    enum guess_family family;
    const char *languages;
    const char *domains;
    const char *labels[2];
} guess_hints[] = {
    {FAMILY_JAPANESE, " ja ", " jp ", {"shift_jis", "euc-jp"}},
    {FAMILY_TAIWANESE, " zh-tw zh-hk zh-mo zh-hant ", " tw hk mo ",
     {"big5", "gbk"}},
    {FAMILY_CHINESE, " zh zh-cn zh-sg zh-hans ", " cn ", {"gbk", "big5"}},
    {FAMILY_KOREAN, " ko ", " kr kp ", {"euc-kr", NULL}},
    {FAMILY_UKRAINIAN, " uk ", " ua ", {"windows-1251", NULL}},
    {FAMILY_CYRILLIC, " ru be bg mk kk ky ", " ru su by bg mk kz kg ",
     {"windows-1251", NULL}},
    {FAMILY_GREEK, " el ", " gr cy ", {"windows-1253", NULL}},
    {FAMILY_HEBREW, " he iw yi ", " il ", {"windows-1255", NULL}},
    {FAMILY_ARABIC, " ar fa ur ",
     " ae bh dz eg iq ir jo kw lb ly om ps qa sa sd sy ye ",
     {"windows-1256", NULL}},
    {FAMILY_THAI, " th ", " th ", {"windows-874", NULL}},
    {FAMILY_CENTRAL, " pl cs sk hu sl hr bs ro ", " pl cz sk hu si hr ba ro ",
     {"windows-1250", "iso-8859-2"}},
    {FAMILY_TURKISH, " tr ", " tr ", {"windows-1254", NULL}},
    {FAMILY_BALTIC, " lt lv et ", " lt lv ee ", {"windows-1257", NULL}},
    {FAMILY_VIETNAMESE, " vi ", " vn ", {"windows-1258", NULL}},
};
/* clang-format on */

enum { GUESS_HINTS = sizeof(guess_hints) / sizeof(guess_hints[0]) };

/* The words of a page that are not ASCII, with a blank behind each. */
struct guess_sample {
    char bytes[GUESS_SAMPLE];
    size_t n;
    size_t high; /* bytes above ASCII among them */
};

static bool
guess_is_high(char c)
{
    return (unsigned char)c >= 0x80;
}

/* No byte below 0x30 but these begins or ends a word, in whatever charset. */
static bool
guess_is_gap(char c)
{
    return str_is_space(c) || c == '<' || c == '>' || c == '"' || c == '\'' ||
           c == '/' || c == '=' || c == '&' || c == ';' || c == '?';
}

static void
guess_take_words(struct str body, struct guess_sample *out)
{
    size_t at = 0;

    while (at < body.n && out->n < sizeof(out->bytes)) {
        size_t start, n, high = 0;

        while (at < body.n && guess_is_gap(body.p[at]))
            at++;
        for (start = at; at < body.n && !guess_is_gap(body.p[at]); at++)
            high += guess_is_high(body.p[at]);
        if (high == 0)
            continue;
        n = at - start;
        if (n > sizeof(out->bytes) - out->n)
            n = sizeof(out->bytes) - out->n;
        memcpy(out->bytes + out->n, body.p + start, n);
        out->n += n;
        out->high += high;
        if (out->n < sizeof(out->bytes))
            out->bytes[out->n++] = ' ';
    }
}

/* What the library says: a row of guess_said, or -1. */
static int
guess_ask(const struct guess_sample *sample)
{
    uchardet_t u = uchardet_new();
    int row = -1;

    if (u == NULL)
        return -1;
    if (uchardet_handle_data(u, sample->bytes, sample->n) == 0) {
        const char *said;

        uchardet_data_end(u);
        said = uchardet_get_charset(u);
        for (size_t i = 0; i < sizeof(guess_said) / sizeof(guess_said[0]); i++)
            if (strcmp(said, guess_said[i].said) == 0)
                row = (int)i;
    }
    uchardet_delete(u);
    return row;
}

/* Whether word, without regard to case, is one of list's. */
static bool
guess_has_word(const char *list, struct str word)
{
    char key[12];

    if (word.n == 0 || word.n > sizeof(key) - 2)
        return false;
    key[0] = key[word.n + 1] = ' ';
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] <= ' ')
            return false;
        key[i + 1] = str_lower(word.p[i]);
    }
    return memmem(list, strlen(list), key, word.n + 2) != NULL;
}

/* By a language tag, "zh-TW" or "ja-JP", first as it is, then its head. */
static int
guess_hint_of_language(struct str tag)
{
    struct str rest = tag, head;

    for (int i = 0; i < GUESS_HINTS; i++)
        if (guess_has_word(guess_hints[i].languages, tag))
            return i;
    head = str_cut(&rest, '-');
    for (int i = 0; head.n < tag.n && i < GUESS_HINTS; i++)
        if (guess_has_word(guess_hints[i].languages, head))
            return i;
    return -1;
}

/* The lang of <html>; empty without one. */
static struct str
guess_language(struct str body)
{
    struct str head = {body.p,
                       body.n < GUESS_LANG_BYTES ? body.n : GUESS_LANG_BYTES};
    size_t at = str_find_nocase(head, STR("<html")), n = 0;
    char quote;

    if (at == head.n)
        return STR_NONE;
    head = (struct str){head.p + at, head.n - at};
    head = str_cut(&head, '>');
    at = str_find_nocase(head, STR("lang="));
    if (at == head.n)
        return STR_NONE;
    head = (struct str){head.p + at + 5, head.n - at - 5};
    quote = head.n > 0 ? head.p[0] : '\0';
    if (quote == '"' || quote == '\'') {
        head = (struct str){head.p + 1, head.n - 1};
        return str_trim(str_cut(&head, quote));
    }
    while (n < head.n && !str_is_space(head.p[n]))
        n++;
    return (struct str){head.p, n};
}

static struct str
guess_domain(struct str url)
{
    size_t at = str_find_nocase(url, STR("://")), n;
    struct str host;

    if (at == url.n)
        return STR_NONE;
    host = (struct str){url.p + at + 3, url.n - at - 3};
    for (n = 0; n < host.n && strchr("/:?#", host.p[n]) == NULL; n++)
        continue;
    for (at = n; at > 0 && host.p[at - 1] != '.'; at--)
        continue;
    return at > 0 ? (struct str){host.p + at, n - at} : STR_NONE;
}

/* A row of guess_hints: the page's own word, then its domain's; or -1. */
static int
guess_hint(struct str body, struct str url)
{
    int hint = guess_hint_of_language(guess_language(body));
    struct str domain = guess_domain(url);

    for (int i = 0; hint < 0 && i < GUESS_HINTS; i++)
        if (guess_has_word(guess_hints[i].domains, domain))
            hint = i;
    return hint;
}

/* Whether charset has hardly a broken character in the sample. */
static bool
guess_is_clean(const char *charset, const struct guess_sample *sample)
{
    struct str rest = {sample->bytes, sample->n};
    size_t broken = 0;
    struct recode recode;
    struct buf text;

    recode_init(&recode);
    buf_init(&text, 4 * GUESS_SAMPLE);
    if (recode_to_utf8(&recode, charset, rest, &text) != ERR_OK)
        broken = sample->n;
    rest = buf_str(&text);
    for (size_t i = 0; i + 3 <= rest.n; i++)
        broken += memcmp(rest.p + i, "\xef\xbf\xbd", 3) == 0;
    buf_fini(&text);
    return 50 * broken <= sample->high;
}

/*
 * windows-1250 or ISO-8859-2: the letters that stand where the other has a
 * sign or a control character.
 */
static const char *
guess_central(const struct guess_sample *sample)
{
    int balance = 0; /* below 0: ISO-8859-2 */

    for (size_t i = 0; i < sample->n; i++) {
        unsigned char c = (unsigned char)sample->bytes[i];

        if (c >= 0x80 && c < 0xa0)
            balance++;
        else if (c > 0xa0 && memchr("\xa1\xa6\xa9\xac\xae\xb1\xb6", c, 7))
            balance--;
    }
    return page_charset_label(balance < 0 ? STR("iso-8859-2")
                                          : STR("windows-1250"));
}

/* What a hint leads one to expect, if the bytes can be that; else NULL. */
static const char *
guess_by_hint(int hint, const struct guess_sample *sample)
{
    if (guess_hints[hint].family == FAMILY_CENTRAL)
        return guess_central(sample);
    for (int i = 0; i < 2 && guess_hints[hint].labels[i] != NULL; i++) {
        const char *name =
            page_charset_label(str_from(guess_hints[hint].labels[i]));

        if (guess_is_clean(name, sample))
            return name;
    }
    return NULL;
}

/* Whether what was found is what the hint says anyway. */
static bool
guess_agrees(enum guess_family found, enum guess_family hint)
{
    bool is_chinese = hint == FAMILY_CHINESE || hint == FAMILY_TAIWANESE;

    return found == hint ||
           (found == FAMILY_CYRILLIC && hint == FAMILY_UKRAINIAN) ||
           (is_chinese &&
            (found == FAMILY_CHINESE || found == FAMILY_TAIWANESE));
}

/* Statistics and hint; NULL when neither says anything. */
static const char *
guess_weigh(int found, int hint, const struct guess_sample *sample)
{
    enum guess_family family = FAMILY_NONE;
    const char *name = NULL, *hinted;

    if (found >= 0) {
        family = guess_said[found].family;
        name = page_charset_label(str_from(guess_said[found].label));
        if (family == FAMILY_CENTRAL) /* it often takes one for the other */
            name = guess_central(sample);
        if (family >= FAMILY_JAPANESE && !guess_is_clean(name, sample))
            name = NULL;
    }
    if (hint < 0) {
        bool is_latin = family > FAMILY_NONE && family < FAMILY_CYRILLIC;

        /* libuchardet sees Latin-2 in a word of Spanish */
        if (is_latin &&
            (sample->high < GUESS_LATIN_HIGH || family != FAMILY_CENTRAL))
            return NULL;
        return sample->high < GUESS_LEAST_HIGH ? NULL : name;
    }
    if (name != NULL && guess_agrees(family, guess_hints[hint].family)) {
        bool is_koi = str_equal(str_from(name), STR("KOI8-R"));

        return is_koi && guess_hints[hint].family == FAMILY_UKRAINIAN
                   ? page_charset_label(STR("koi8-u"))
                   : name;
    }
    if (name != NULL && family >= FAMILY_CYRILLIC &&
        sample->high >= GUESS_SURE_HIGH)
        return name;
    hinted = guess_by_hint(hint, sample);
    return hinted != NULL ? hinted : family >= FAMILY_CYRILLIC ? name : NULL;
}

const char *
guess_charset(struct str body, struct str url, bool *is_default)
{
    struct guess_sample sample;
    const char *name;

    *is_default = false;
    if (utf8_is_valid(body.p, body.n))
        return PAGE_UTF8;
    sample.n = sample.high = 0;
    guess_take_words(body, &sample);
    name = guess_weigh(guess_ask(&sample), guess_hint(body, url), &sample);
    *is_default = name == NULL;
    return name != NULL ? name : PAGE_WINDOWS1252;
}
