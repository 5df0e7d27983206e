/* SPDX-License-Identifier: MIT */
#include "common/userinfo.h"

bool
userinfo_is_in(struct str text)
{
    size_t i = 0;

    if (str_starts_nocase(text, STR("http://")) ||
        str_starts_nocase(text, STR("https://")) ||
        str_starts_nocase(text, STR("ftp://")))
        i = 1 + (size_t)((const char *)memchr(text.p, '/', text.n) - text.p);
    else
        return false;
    /* "special authority ignore slashes state" of the URL standard */
    while (i < text.n && (text.p[i] == '/' || text.p[i] == '\\'))
        i++;
    for (; i < text.n && !memchr("/\\?#", text.p[i], 4); i++)
        if (text.p[i] == '@')
            return true;
    return false;
}

struct str
userinfo_shown(struct str text)
{
    size_t at = text.n;

    while (at > 0 && text.p[at - 1] != '@')
        at--;
    if (at == 0 || memchr(text.p, ':', at) == NULL)
        return text;
    return (struct str){text.p + at, text.n - at};
}
