/*
 * Header lines: those of an answer, and ours that a setting replaces.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch.h"

#include <string.h>

struct str
fetch_header(const struct fetch_answer *a, struct str name)
{
    struct str rest = buf_str(&a->headers), found = STR_NONE;

    while (rest.n > 0) {
        struct str line = str_cut(&rest, '\n');

        if (line.n > name.n && line.p[name.n] == ':' &&
            str_starts_nocase(line, name)) {
            line.p += name.n + 1;
            line.n -= name.n + 1;
            found = str_trim(line);
        }
    }
    return found;
}

bool
fetch_header_is_given(const struct config *c, const char *line)
{
    struct str name = {line, strcspn(line, ":") + 1};

    for (size_t i = 0; i < c->header.n; i++)
        if (str_starts_nocase(str_from(c->header.v[i]), name))
            return true;
    return false;
}
