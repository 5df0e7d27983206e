/* SPDX-License-Identifier: MIT */
#include "worker/srcset.h"

/* The descriptors of a candidate: 100w, 2x, 100h. */
struct srcset_seen {
    bool has_w, has_x, has_h;
    bool is_bad;
};

/* Over the digits at *n; how many they are. */
static size_t
srcset_digits(struct str s, size_t *n)
{
    size_t start = *n;

    while (*n < s.n && str_is_digit(s.p[*n]))
        ++*n;
    return *n - start;
}

/* 2.3.4.3 "Floating-point numbers": whether all of s is a valid one. */
static bool
srcset_is_number(struct str s, bool *is_negative)
{
    size_t n = 0, whole;

    *is_negative = s.n > 0 && s.p[0] == '-';
    n += *is_negative;
    whole = srcset_digits(s, &n);
    if (n < s.n && s.p[n] == '.') {
        n++;
        whole = srcset_digits(s, &n);
    }
    if (whole == 0)
        return false;
    if (n < s.n && (s.p[n] == 'e' || s.p[n] == 'E')) {
        n++;
        if (n < s.n && (s.p[n] == '-' || s.p[n] == '+'))
            n++;
        if (srcset_digits(s, &n) == 0)
            return false;
    }
    return n == s.n;
}

/* A whole number above zero, without a sign: a width or height. */
static bool
srcset_is_size(struct str s)
{
    bool is_positive = false;

    for (size_t i = 0; i < s.n; i++) {
        if (!str_is_digit(s.p[i]))
            return false;
        is_positive |= s.p[i] != '0';
    }
    return is_positive;
}

/* "Descriptor parser": one descriptor. */
static void
srcset_note(struct srcset_seen *seen, struct str word)
{
    struct str number = {word.p, word.n - 1};
    bool is_negative, is_number;

    switch (word.p[word.n - 1]) {
    case 'w':
        seen->is_bad |= seen->has_w || seen->has_x || !srcset_is_size(number);
        seen->has_w = true;
        break;
    case 'x':
        is_number = srcset_is_number(number, &is_negative);
        seen->is_bad |= seen->has_w || seen->has_x || seen->has_h ||
                        !is_number || is_negative;
        seen->has_x = true;
        break;
    case 'h':
        seen->is_bad |= seen->has_h || seen->has_x || !srcset_is_size(number);
        seen->has_h = true;
        break;
    default:
        seen->is_bad = true;
    }
}

/*
 * "Descriptor tokenizer": what stands up to the candidate's comma, taken off
 * *rest.  A comma or white space within parentheses separates nothing.
 * Returns whether the descriptors are good ones.
 */
static bool
srcset_descriptors(struct str *rest)
{
    struct srcset_seen seen = {0};
    bool is_in_parens = false;
    size_t start = 0, i;

    for (i = 0; i < rest->n; i++) {
        char c = rest->p[i];

        if (is_in_parens) {
            is_in_parens = c != ')';
            continue;
        }
        is_in_parens = c == '(';
        if (c != ',' && !str_is_space(c))
            continue;
        if (i > start)
            srcset_note(&seen, (struct str){rest->p + start, i - start});
        start = i + 1;
        if (c == ',')
            break;
    }
    if (i == rest->n && i > start)
        srcset_note(&seen, (struct str){rest->p + start, i - start});
    if (i < rest->n)
        i++; /* the comma */
    rest->p += i;
    rest->n -= i;
    return !seen.is_bad && (!seen.has_h || seen.has_w);
}

bool
srcset_next(struct str *rest, struct str *url)
{
    bool is_good;

    do {
        size_t commas = 0;

        while (rest->n > 0 && (str_is_space(rest->p[0]) || rest->p[0] == ',')) {
            rest->p++;
            rest->n--;
        }
        if (rest->n == 0)
            return false;
        *url = (struct str){rest->p, 0};
        while (url->n < rest->n && !str_is_space(rest->p[url->n]))
            url->n++;
        rest->p += url->n;
        rest->n -= url->n;
        while (url->p[url->n - 1 - commas] == ',') /* it begins with another */
            commas++;
        url->n -= commas;
        is_good = commas > 0 || srcset_descriptors(rest);
    } while (!is_good);
    return true;
}
