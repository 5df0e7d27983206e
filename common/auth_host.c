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
    bool is_ftp = str_starts_nocase(text, STR("ftp://"));
    struct str authority = text;
    struct buf full, canonical;
    struct url u;
    enum err e;

    *out = (struct auth_host){0};
    if (is_http || is_https || is_ftp) {
        size_t n = url_scheme_bytes(is_http    ? URL_HTTP
                                    : is_https ? URL_HTTPS
                                               : URL_FTP);

        authority.p += n;
        authority.n -= n;
    }
    if (authority.n > 0 && authority.p[authority.n - 1] == '/')
        authority.n--;
    for (size_t i = 0; i < authority.n; i++)
        if ((unsigned char)authority.p[i] <= ' ' ||
            memchr("/\\?#@*", authority.p[i], 6))
            return ERR_INVALID;
    buf_init(&full, URL_MAX_DEFAULT);
    buf_init(&canonical, URL_MAX_DEFAULT);
    e = buf_addf(&full, "%s://%.*s/",
                 is_https ? "https"
                 : is_ftp ? "ftp"
                          : "http",
                 STR_ARG(authority));
    if (e == ERR_OK)
        e = url_parse_ftp(buf_str(&full), NULL, &canonical, &u);
    if (e == ERR_OK)
        *out = (struct auth_host){.host = xmemdup0(u.host.p, u.host.n),
                                  .port = auth_host_has_port(authority) ? u.port
                                                                        : 0,
                                  .is_on_http = !is_https && !is_ftp,
                                  .is_on_https = !is_http && !is_ftp,
                                  .is_on_ftp = !is_http && !is_https};
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
    bool is_on = u->scheme == URL_HTTPS ? h->is_on_https
                 : u->scheme == URL_FTP ? h->is_on_ftp
                                        : h->is_on_http;

    if (port == 0)
        port = url_default_port(u->scheme);
    return is_on && u->port == port && str_equal(u->host, str_from(h->host));
}
