/* SPDX-License-Identifier: MIT */
#include "worker/refresh.h"

struct str
refresh_url(struct str s)
{
    struct str url;
    size_t n = 0;

    s = str_trim(s);
    while (n < s.n && (str_is_digit(s.p[n]) || s.p[n] == '.'))
        n++;
    if (n == 0 || n == s.n ||
        (s.p[n] != ';' && s.p[n] != ',' && !str_is_space(s.p[n])))
        return STR_NONE;
    s = str_trim((struct str){s.p + n, s.n - n});
    if (s.n > 0 && (s.p[0] == ';' || s.p[0] == ','))
        s = str_trim((struct str){s.p + 1, s.n - 1});
    if (s.n == 0)
        return STR_NONE;
    url = s;
    if (str_starts_nocase(s, STR("url"))) {
        s = str_trim((struct str){s.p + 3, s.n - 3});
        if (s.n == 0 || s.p[0] != '=')
            return url; /* a file called "url..." */
        url = s = str_trim((struct str){s.p + 1, s.n - 1});
    }
    if (s.n > 0 && (s.p[0] == '"' || s.p[0] == '\'')) {
        char quote = s.p[0];

        s = (struct str){s.p + 1, s.n - 1};
        url = str_cut(&s, quote);
    }
    return url;
}
