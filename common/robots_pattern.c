/* SPDX-License-Identifier: MIT */
#include "common/robots_pattern.h"

enum { ESCAPED_BYTES = 3 /* "%XX" */ };

static int
robots_pattern_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = str_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The octet that s.p[at] encodes as "%XX", or -1. */
static int
robots_pattern_escaped(struct str s, size_t at)
{
    int high, low;

    if (s.p[at] != '%' || s.n - at < ESCAPED_BYTES)
        return -1;
    high = robots_pattern_hex(s.p[at + 1]);
    low = robots_pattern_hex(s.p[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* A letter, digit or mark that means the same encoded or not. */
static bool
robots_pattern_is_folded(unsigned char c)
{
    return c != 0 && (str_is_alpha((char)c) || str_is_digit((char)c) ||
                      strchr("-._~:@[]!'(),;", c) != NULL);
}

/* One that may stand in a URL and is not the same as its encoding. */
static bool
robots_pattern_is_delimiter(unsigned char c)
{
    return c != 0 && strchr("/?=&+#", c) != NULL;
}

/* Writes "%XX" to out, returns its length. */
static size_t
robots_pattern_escape(unsigned char c, char *out)
{
    static const char digits[] = "0123456789ABCDEF";

    out[0] = '%';
    out[1] = digits[c >> 4];
    out[2] = digits[c & 15];
    return ESCAPED_BYTES;
}

/*
 * Whether the "%" at at, no whole escape, is the open end of a pattern as in
 * "/x%" or "/x%2*": sites write that for any escape, so it stays.
 */
static bool
robots_pattern_is_open_escape(struct str s, size_t at)
{
    if (++at < s.n && robots_pattern_hex(s.p[at]) >= 0)
        at++;
    return at == s.n || s.p[at] == '*';
}

size_t
robots_pattern_normalise(struct str s, bool is_rule, char *out)
{
    bool in_query = false;
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        int octet = robots_pattern_escaped(s, i);

        if (octet >= 0) {
            i += ESCAPED_BYTES - 1;
            if (robots_pattern_is_folded((unsigned char)octet) ||
                (is_rule && in_query && (octet == '/' || octet == '?')))
                out[n++] = (char)octet;
            else
                n += robots_pattern_escape((unsigned char)octet, out + n);
        } else if (robots_pattern_is_folded(c) ||
                   robots_pattern_is_delimiter(c) ||
                   (is_rule &&
                    (c == '*' || (c == '$' && i + 1 == s.n) ||
                     (c == '%' && robots_pattern_is_open_escape(s, i))))) {
            in_query = in_query || c == '?';
            out[n++] = (char)c;
        } else {
            n += robots_pattern_escape(c, out + n);
        }
    }
    return n;
}

size_t
robots_pattern_fold_query(struct str s, char *out)
{
    bool in_query = false;
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        int octet = in_query ? robots_pattern_escaped(s, i) : -1;

        if (octet == '/' || octet == '?') {
            out[n++] = (char)octet;
            i += ESCAPED_BYTES - 1;
        } else {
            out[n++] = s.p[i];
            in_query = in_query || s.p[i] == '?';
        }
    }
    return n;
}

/*
 * The pieces between the stars are sought one behind the other, each as far
 * left as it is found, which leaves most for the others: no step back is ever
 * needed, and no octet of the text is passed twice.
 */
bool
robots_pattern_glob(struct str pattern, bool is_anchored, struct str text)
{
    struct str rest = pattern, piece;
    const char *found;
    bool is_first = true;

    for (;;) {
        bool is_last = memchr(rest.p, '*', rest.n) == NULL;

        piece = str_cut(&rest, '*');
        if (is_last && is_anchored)
            return is_first ? str_equal(text, piece) : str_ends(text, piece);
        if (is_first)
            found = str_starts(text, piece) ? text.p : NULL;
        else
            found = memmem(text.p, text.n, piece.p, piece.n);
        if (found == NULL || is_last)
            return found != NULL;
        text.n -= (size_t)(found - text.p) + piece.n;
        text.p = found + piece.n;
        is_first = false;
    }
}
