/* SPDX-License-Identifier: MIT */
#include "common/http_place.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/config.h"
#include "common/log.h"

enum { HTTP_TOKEN_MIN = 16, HTTP_TOKEN_MAX = 256 };

bool
http_place_is_loopback(const struct sockaddr *at)
{
    if (at->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)at)
                         ->sin_addr.s_addr) >>
                   24 ==
               127;
    return at->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(
               &((const struct sockaddr_in6 *)(const void *)at)->sin6_addr);
}

void
http_place_show(const struct sockaddr *at, char out[HTTP_PLACE_BYTES])
{
    char text[INET6_ADDRSTRLEN] = "?";

    if (at->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)at;

        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
        snprintf(out, HTTP_PLACE_BYTES, "[%s]:%u", text,
                 (unsigned)ntohs(v6->sin6_port));
    } else {
        const struct sockaddr_in *v4 = (const void *)at;

        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
        snprintf(out, HTTP_PLACE_BYTES, "%s:%u", text,
                 (unsigned)ntohs(v4->sin_port));
    }
}

/* An address, brackets taken off; names are not looked up. */
static bool
http_place_address(struct str host, uint16_t port, struct http_place *out)
{
    char text[INET6_ADDRSTRLEN];

    if (str_equal(host, STR("localhost")))
        host = STR("127.0.0.1");
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = (struct str){host.p + 1, host.n - 2};
    if (host.n == 0 || host.n >= sizeof(text))
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    if (inet_pton(AF_INET, text, &out->at.v4.sin_addr) == 1) {
        out->at.v4.sin_family = AF_INET;
        out->at.v4.sin_port = htons(port);
        out->at_len = sizeof(out->at.v4);
        return true;
    }
    if (inet_pton(AF_INET6, text, &out->at.v6.sin6_addr) == 1) {
        out->at.v6.sin6_family = AF_INET6;
        out->at.v6.sin6_port = htons(port);
        out->at_len = sizeof(out->at.v6);
        return true;
    }
    return false;
}

enum err
http_place_parse(struct str text, struct http_place *out,
                 char why[HTTP_PLACE_WHY_BYTES])
{
    size_t colon = text.n;
    uint64_t port;

    memset(out, 0, sizeof(*out));
    if (str_equal(text, STR("no")))
        return ERR_OK;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    if (colon > 0 &&
        str_to_u64((struct str){text.p + colon, text.n - colon}, UINT16_MAX,
                   &port) &&
        http_place_address((struct str){text.p, colon - 1}, (uint16_t)port,
                           out)) {
        out->is_on = true;
        out->is_loopback = http_place_is_loopback(&out->at.any);
        return ERR_OK;
    }
    snprintf(why, HTTP_PLACE_WHY_BYTES,
             "http: %.100s is no ADDRESS:PORT such as 127.0.0.1:8900 or "
             "[::1]:8900; \"no\" is none",
             LOG_ESC(text));
    return ERR_INVALID;
}

enum err
http_place_check(const struct config *c, char why[HTTP_PLACE_WHY_BYTES])
{
    struct http_place place;
    size_t n = c->http_token ? strlen(c->http_token) : 0;

    if (http_place_parse(str_from(c->http ? c->http : "no"), &place, why) !=
        ERR_OK)
        return ERR_INVALID;
    for (size_t i = 0; i < n; i++)
        if (c->http_token[i] <= ' ' || c->http_token[i] > '~') {
            snprintf(why, HTTP_PLACE_WHY_BYTES,
                     "http-token: visible ASCII only, without blanks");
            return ERR_INVALID;
        }
    if (n > 0 && (n < HTTP_TOKEN_MIN || n > HTTP_TOKEN_MAX)) {
        snprintf(why, HTTP_PLACE_WHY_BYTES, "http-token: %d to %d characters",
                 HTTP_TOKEN_MIN, HTTP_TOKEN_MAX);
        return ERR_INVALID;
    }
    if (place.is_on && !place.is_loopback && n == 0) {
        snprintf(why, HTTP_PLACE_WHY_BYTES,
                 "http: %.100s is reached from other machines: that takes "
                 "--http-token",
                 c->http);
        return ERR_INVALID;
    }
    return ERR_OK;
}
