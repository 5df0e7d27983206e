/* SPDX-License-Identifier: MIT */
#include "common/cookie_line.h"

#include <libpsl.h>

#include "common/log.h"

static const struct str cookie_line_http_only = {"#HttpOnly_", 10};

static bool
cookie_line_bool(struct str s, bool *out)
{
    *out = str_equal_nocase(s, STR("TRUE"));
    return *out || str_equal_nocase(s, STR("FALSE"));
}

/* Tabs aside, no control byte: the value stands in a header line later. */
static bool
cookie_line_is_clean(struct str line)
{
    for (size_t i = 0; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

const char *
cookie_line_parse(struct str line, struct cookie_line *out)
{
    struct str rest = line, tail, secure;
    bool is_secure;
    uint64_t when;
    size_t tabs = 0;

    if (line.n > COOKIE_LINE_MAX)
        return "longer than 5000 bytes";
    if (!cookie_line_is_clean(line))
        return "a control byte";
    for (size_t i = 0; i < line.n; i++)
        tabs += line.p[i] == '\t';
    if (tabs != 6 && tabs != 5) /* an empty value may lack its tab */
        return "not seven words with tabs between";
    if (str_starts(rest, cookie_line_http_only)) {
        rest.p += cookie_line_http_only.n;
        rest.n -= cookie_line_http_only.n;
    }
    out->domain = str_cut(&rest, '\t');
    tail = str_cut(&rest, '\t');
    out->path = str_cut(&rest, '\t');
    secure = str_cut(&rest, '\t');
    out->expires = str_cut(&rest, '\t');
    out->name = str_cut(&rest, '\t');
    out->value = rest;
    if (out->domain.n > 0 && out->domain.p[0] == '.') {
        out->domain.p++;
        out->domain.n--;
    }
    if (out->domain.n == 0 || memchr(out->domain.p, ' ', out->domain.n))
        return "no domain in the first word";
    if (!cookie_line_bool(tail, &out->is_for_subdomains) ||
        !cookie_line_bool(secure, &is_secure))
        return "the second and fourth word are TRUE or FALSE";
    if (!str_to_u64(out->expires, INT64_MAX, &when))
        return "the fifth word is no time in seconds";
    return out->name.n > 0 ? NULL : "a cookie without a name";
}

struct str
cookie_line_next(struct str *rest, size_t *number)
{
    while (rest->n > 0) {
        struct str line = str_cut(rest, '\n');

        ++*number;
        while (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n == 0 ||
            (line.p[0] == '#' && !str_starts(line, cookie_line_http_only)))
            continue;
        return line;
    }
    return STR_NONE;
}

/* One that says it is for every host of a suffix belongs to nobody. */
static bool
cookie_line_is_for_suffix(const struct cookie_line *c)
{
    char domain[256];

    if (!c->is_for_subdomains || c->domain.n >= sizeof(domain))
        return c->is_for_subdomains;
    memcpy(domain, c->domain.p, c->domain.n);
    domain[c->domain.n] = '\0';
    for (size_t i = 0; i < c->domain.n; i++)
        domain[i] = str_lower(domain[i]);
    return psl_builtin() && psl_is_public_suffix(psl_builtin(), domain);
}

enum err
cookie_line_check_file(const struct config_file *f, char why[CONFIG_WHY_BYTES])
{
    struct str rest = {f->bytes, f->n}, line;
    struct cookie_line cookie;
    size_t number = 0;

    while ((line = cookie_line_next(&rest, &number)).n > 0) {
        const char *wrong = cookie_line_parse(line, &cookie);

        if (wrong == NULL && cookie_line_is_for_suffix(&cookie))
            wrong = "its domain is a public suffix: no site's cookie";
        if (wrong == NULL)
            continue;
        snprintf(why, CONFIG_WHY_BYTES, "load_cookies: %.200s:%zu: %s",
                 f->path ? f->path : "the crawl's", number, wrong);
        return ERR_INVALID;
    }
    return ERR_OK;
}

/* name is whole, or what of it stands behind a dot. */
static bool
cookie_line_is_below(struct str name, struct str whole)
{
    struct str end;

    if (name.n < whole.n)
        return false;
    end = (struct str){name.p + name.n - whole.n, whole.n};
    return str_equal_nocase(end, whole) &&
           (name.n == whole.n || name.p[name.n - whole.n - 1] == '.');
}

bool
cookie_line_is_of_site(const struct cookie_line *c, struct str site)
{
    return cookie_line_is_below(c->domain, site) ||
           (c->is_for_subdomains && cookie_line_is_below(site, c->domain));
}
