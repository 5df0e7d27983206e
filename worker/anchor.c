/* SPDX-License-Identifier: MIT */
#include "worker/anchor.h"

#include "common/utf8.h"
#include "worker/charref.h"
#include "worker/sieve.h"

void
anchor_init(struct anchor *a)
{
    /* a character more than it may have, and the blank before it */
    buf_init(&a->text, ANCHOR_MAX + 8);
    buf_init(&a->scratch, 8 * ANCHOR_LOOK_MAX);
}

void
anchor_fini(struct anchor *a)
{
    buf_fini(&a->text);
    buf_fini(&a->scratch);
}

/* Unicode's White_Space, and controls, which no line of text should hold. */
static bool
anchor_is_blank(uint32_t rune)
{
    return rune <= 0x20 || (rune >= 0x7f && rune <= 0xa0) || rune == 0x1680 ||
           (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 ||
           rune == 0x2029 || rune == 0x202f || rune == 0x205f || rune == 0x3000;
}

/* One at the end waits for the next word; it is not in the text then. */
static void
anchor_blank(struct anchor *a, bool *is_due)
{
    *is_due = a->text.n > 0;
}

/* False: it is full. */
static bool
anchor_rune(struct anchor *a, uint32_t rune, bool *is_due)
{
    char bytes[5] = " ";
    size_t n;

    if (anchor_is_blank(rune)) {
        anchor_blank(a, is_due);
        return true;
    }
    n = *is_due + utf8_encode(rune, bytes + *is_due);
    *is_due = false;
    if (a->text.n + n > ANCHOR_MAX)
        return false;
    return buf_add(&a->text, bytes, n) == ERR_OK;
}

/* Append UTF-8 text; has_refs: its references are resolved. */
static bool
anchor_add(struct anchor *a, struct str text, bool has_refs, bool *is_due)
{
    while (text.n > 0) {
        uint32_t rune[2] = {0xfffd, 0};
        size_t n = 0;

        if (has_refs && text.p[0] == '&')
            n = charref_read_text(text, rune);
        if (n == 0)
            n = utf8_decode(text.p, text.n, &rune[0]);
        if (n == 0) /* recode_to_utf8() leaves none of these */
            n = 1;
        text.p += n;
        text.n -= n;
        if (!anchor_rune(a, rune[0], is_due) ||
            (rune[1] != 0 && !anchor_rune(a, rune[1], is_due)))
            return false;
    }
    return true;
}

static bool
anchor_add_raw(struct anchor *a, struct recode *recode, const char *charset,
               struct str raw, bool *is_due)
{
    buf_reset(&a->scratch);
    if (recode_to_utf8(recode, charset, raw, &a->scratch) != ERR_OK)
        return false;
    return anchor_add(a, buf_str(&a->scratch), true, is_due);
}

static bool
anchor_is_name_of(struct str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(name, str_from(names[i])))
            return true;
    return false;
}
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool
anchor_parts_words(struct str name)
{
    /* HTML 15.3.3 "flow content", those that an <a> was seen to hold, and
     * what ends a line */
    static const char *const names[] = {
        "br",     "p",       "div",     "li",   "ul",         "ol",
        "dt",     "dd",      "dl",      "h1",   "h2",         "h3",
        "h4",     "h5",      "h6",      "hr",   "td",         "th",
        "tr",     "table",   "img",     "pre",  "blockquote", "section",
        "header", "article", "footer",  "main", "figure",     "figcaption",
        "nav",    "aside",   "address", "form", "option",     "center"};

    return anchor_is_name_of(name, names, COUNT(names));
}

/* 13.2.6.4.7, 13.2.6.4.15: whether an open <a> ends with this tag. */
static bool
anchor_ends(const struct sieve_piece *piece)
{
    static const char *const ends[] = {"a", "td", "th", "tr", "table"};
    static const char *const starts[] = {"a", "td", "th", "tr", "tbody"};

    if (piece->kind == SIEVE_PIECE_END)
        return anchor_is_name_of(piece->text, ends, COUNT(ends));
    return piece->kind == SIEVE_PIECE_START &&
           anchor_is_name_of(piece->text, starts, COUNT(starts));
}

struct str
anchor_read(struct anchor *a, struct recode *recode, const char *charset,
            struct str rest)
{
    const char *p = rest.p, *end;
    struct str alt = STR_NONE;
    bool is_due = false;

    buf_reset(&a->text);
    if (rest.n > ANCHOR_LOOK_MAX)
        rest.n = ANCHOR_LOOK_MAX;
    end = p + rest.n;
    while (p < end) {
        struct sieve_piece piece;

        p = sieve_read_piece(p, end, STR("alt"), &piece);
        if (anchor_ends(&piece))
            break;
        if (piece.kind == SIEVE_PIECE_TEXT) {
            if (!anchor_add_raw(a, recode, charset, piece.text, &is_due))
                break;
            continue;
        }
        if (alt.p == NULL && piece.kind == SIEVE_PIECE_START &&
            str_equal_nocase(piece.text, STR("img")))
            alt = piece.value;
        if (anchor_parts_words(piece.text))
            anchor_blank(a, &is_due);
    }
    if (a->text.n == 0 && alt.n > 0)
        anchor_add_raw(a, recode, charset, alt, &is_due);
    return buf_str(&a->text);
}

struct str
anchor_tidy(struct anchor *a, struct str text)
{
    bool is_due = false;

    buf_reset(&a->text);
    anchor_add(a, text, false, &is_due);
    return buf_str(&a->text);
}
