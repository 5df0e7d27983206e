/* SPDX-License-Identifier: MIT */
#include "common/auth_host.h"

#include <stdlib.h>

#include "common/mem.h"

/* Whether authority ends in ":PORT"; one of a scheme's own is one, too. */
static bool
auth_host_has_port(struct str authority)
{
    size_t n = authority.n;

    while (n > 0 && str_is_digit(authority.p[n - 1]))
        n--;
    return n > 0 && n < authority.n && authority.p[n - 1] == ':';
}

enum err
auth_host_parse(struct str text, struct auth_host *out)
{
    bool is_http = str_starts_nocase(text, STR("http://"));
    bool is_https = str_starts_nocase(text, STR("https://"));
    struct str authority = text;
    struct buf full, canonical;
    struct url u;
    enum err e;

    *out = (struct auth_host){0};
    if (is_http || is_https) {
        authority.p += is_http ? 7 : 8;
        authority.n -= is_http ? 7 : 8;
    }
    if (authority.n > 0 && authority.p[authority.n - 1] == '/')
        authority.n--;
    for (size_t i = 0; i < authority.n; i++)
        if ((unsigned char)authority.p[i] <= ' ' ||
            memchr("/\\?#@*", authority.p[i], 6))
            return ERR_INVALID;
    buf_init(&full, URL_MAX_DEFAULT);
    buf_init(&canonical, URL_MAX_DEFAULT);
    e = buf_addf(&full, "%s://%.*s/", is_https ? "https" : "http",
                 STR_ARG(authority));
    if (e == ERR_OK)
        e = url_parse(buf_str(&full), NULL, &canonical, &u);
    if (e == ERR_OK)
        *out = (struct auth_host){.host = xmemdup0(u.host.p, u.host.n),
                                  .port = auth_host_has_port(authority) ? u.port
                                                                        : 0,
                                  .is_on_http = !is_https,
                                  .is_on_https = !is_http};
    buf_fini(&full);
    buf_fini(&canonical);
    return e == ERR_OK ? ERR_OK : ERR_INVALID;
}

void
auth_host_fini(struct auth_host *h)
{
    free(h->host);
    *h = (struct auth_host){0};
}

bool
auth_host_is(const struct auth_host *h, const struct url *u)
{
    uint16_t port = h->port;

    if (port == 0)
        port = u->is_https ? 443 : 80;
    return u->port == port && (u->is_https ? h->is_on_https : h->is_on_http) &&
           str_equal(u->host, str_from(h->host));
}
