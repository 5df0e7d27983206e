/* SPDX-License-Identifier: MIT */
#include "common/glob.h"

bool
glob_matches(struct str pattern, struct str text)
{
    size_t p = 0, t = 0, star = pattern.n, from = 0;

    while (t < text.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++; /* it takes nothing, for now */
            from = t;
        } else if (p < pattern.n &&
                   (pattern.p[p] == '?' || pattern.p[p] == text.p[t])) {
            p++;
            t++;
        } else if (star < pattern.n) {
            p = star + 1; /* the last star takes one more */
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}
