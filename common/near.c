/* SPDX-License-Identifier: MIT */
#include "common/near.h"

/* What a hand that slips may do to a word of that length. */
static size_t
near_limit(size_t len)
{
    return len < 3 ? 0 : len < 4 ? 1 : len < 8 ? 2 : 3;
}

static char
near_letter(char c)
{
    return c == '_' ? '-' : str_lower(c);
}

static size_t
near_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t
near_distance(struct str a, struct str b, size_t limit)
{
    size_t rows[3][NEAR_WORD_MAX + 1]; /* two rows back, one, this one */
    size_t *before = rows[0], *last = rows[1], *now = rows[2], *free_row;

    if (a.n > NEAR_WORD_MAX || b.n > NEAR_WORD_MAX || a.n > b.n + limit ||
        b.n > a.n + limit)
        return limit + 1;
    for (size_t k = 0; k <= b.n; k++)
        last[k] = before[k] = k;
    for (size_t i = 1; i <= a.n; i++) {
        now[0] = i;
        for (size_t k = 1; k <= b.n; k++) {
            char x = near_letter(a.p[i - 1]), y = near_letter(b.p[k - 1]);
            size_t best = last[k - 1] + (x != y);

            best = near_least(best, near_least(last[k], now[k - 1]) + 1);
            if (i > 1 && k > 1 && x == near_letter(b.p[k - 2]) &&
                y == near_letter(a.p[i - 2]))
                best = near_least(best, before[k - 2] + 1);
            now[k] = best;
        }
        free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[b.n] <= limit ? last[b.n] : limit + 1;
}

/* Whether word stands in text between hyphens or its ends. */
static bool
near_is_part(struct str word, struct str text)
{
    for (size_t at = 0; at + word.n <= text.n; at++) {
        size_t i = 0;

        while (i < word.n &&
               near_letter(text.p[at + i]) == near_letter(word.p[i]))
            i++;
        if (i == word.n && (at == 0 || near_letter(text.p[at - 1]) == '-') &&
            (at + i == text.n || near_letter(text.p[at + i]) == '-'))
            return true;
    }
    return false;
}

void
near_begin(struct near *n, struct str word)
{
    *n = (struct near){.word = word, .distance = near_limit(word.n) + 1};
}

void
near_try(struct near *n, struct str candidate)
{
    size_t distance;

    if (n->word.n < 3 || n->word.n > NEAR_WORD_MAX ||
        candidate.n > NEAR_WORD_MAX)
        return;
    distance = near_distance(n->word, candidate, near_limit(n->word.n));
    /* a short word of which little is left is another word */
    if (distance < n->distance && distance < candidate.n - candidate.n / 3) {
        n->best = candidate;
        n->distance = distance;
    }
    if (near_is_part(n->word, candidate) &&
        (n->part.n == 0 || candidate.n < n->part.n))
        n->part = candidate;
}

struct str
near_best(const struct near *n)
{
    return n->best.n > 0 ? n->best : n->part;
}

struct str
near_of_words(struct str word, struct str words)
{
    struct near n;

    near_begin(&n, word);
    while (words.n > 0)
        near_try(&n, str_cut(&words, ' '));
    return near_best(&n);
}
