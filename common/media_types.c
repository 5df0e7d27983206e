/* SPDX-License-Identifier: MIT */
#include "common/media_types.h"

#include <string.h>

#include "common/log.h"

/* RFC 9110 section 5.6.2, but for the star, which has a meaning here. */
static bool
media_types_is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!str_is_alpha(s.p[i]) && !str_is_digit(s.p[i]) &&
            (s.p[i] == '\0' || strchr("!#$%&'+-.^_`|~", s.p[i]) == NULL))
            return false;
    return s.n > 0;
}

static bool
media_types_is_range(struct str range)
{
    struct str type = str_cut(&range, '/');
    bool is_any = str_equal(range, STR("*"));

    if (str_equal(type, STR("*")))
        return is_any;
    return media_types_is_token(type) &&
           (is_any || media_types_is_token(range));
}

enum err
media_types_check(const struct config_list *lists, char why[CONFIG_WHY_BYTES])
{
    for (size_t i = 0; i < lists->n; i++) {
        struct str rest = str_from(lists->v[i]);

        while (rest.n > 0) {
            struct str range = str_trim(str_cut(&rest, ','));

            if (media_types_is_range(range))
                continue;
            snprintf(why, CONFIG_WHY_BYTES,
                     "accept-types: \"%.100s\" is not of the form TYPE/SUBTYPE "
                     "or TYPE/*",
                     LOG_ESC(range));
            return ERR_INVALID;
        }
    }
    return ERR_OK;
}

static bool
media_types_fits(struct str range, struct str mime)
{
    size_t type = range.n - 1; /* with its slash, when a star follows */

    if (str_equal(range, STR("*/*")))
        return true;
    if (range.n > 2 && range.p[type] == '*')
        return str_starts_nocase(mime, (struct str){range.p, type});
    return str_equal_nocase(range, mime);
}

bool
media_types_take(const struct config_list *lists, struct str content_type)
{
    struct str mime = str_trim(str_cut(&content_type, ';'));

    if (lists->n == 0 || mime.n == 0)
        return true;
    for (size_t i = 0; i < lists->n; i++) {
        struct str rest = str_from(lists->v[i]);

        while (rest.n > 0)
            if (media_types_fits(str_trim(str_cut(&rest, ',')), mime))
                return true;
    }
    return false;
}
