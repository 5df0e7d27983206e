/* SPDX-License-Identifier: MIT */
#include "master/http_guard.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "common/http_place.h"
#include "common/log.h"

/* Without its port; an IPv6 address without its brackets. */
static bool
http_guard_name(struct str host, struct str *name)
{
    size_t n = host.n;
    uint64_t port;

    if (n > 0 && host.p[0] == '[') {
        const char *end = memchr(host.p, ']', n);

        if (end == NULL)
            return false;
        *name = (struct str){host.p + 1, (size_t)(end - host.p) - 1};
        n = (size_t)(end - host.p) + 1;
    } else {
        const char *colon = memchr(host.p ? host.p : "", ':', n);

        if (colon != NULL)
            n = (size_t)(colon - host.p);
        *name = (struct str){host.p, n};
    }
    if (name->n == 0)
        return false;
    return n == host.n ||
           (host.p[n] == ':' &&
            str_to_u64((struct str){host.p + n + 1, host.n - n - 1}, UINT16_MAX,
                       &port));
}

bool
http_guard_host(struct str host, bool is_loopback, struct str machine)
{
    char text[INET6_ADDRSTRLEN];
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    struct str name;

    if (!http_guard_name(host, &name))
        return false;
    if (str_equal_nocase(name, STR("localhost")) ||
        (!is_loopback && machine.n > 0 && str_equal_nocase(name, machine)))
        return true;
    if (name.n >= sizeof(text))
        return false;
    memcpy(text, name.p, name.n);
    text[name.n] = '\0';
    memset(&at, 0, sizeof(at));
    if (inet_pton(AF_INET, text, &at.v4.sin_addr) == 1)
        at.any.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &at.v6.sin6_addr) == 1)
        at.any.sa_family = AF_INET6;
    else
        return false;
    return !is_loopback || http_place_is_loopback(&at.any);
}

bool
http_guard_origin(struct str origin, struct str host)
{
    struct str scheme = STR("http://");

    if (origin.p == NULL)
        return true;
    return str_starts(origin, scheme) &&
           str_equal_nocase(
               (struct str){origin.p + scheme.n, origin.n - scheme.n}, host);
}

bool
http_guard_fetch(struct str site)
{
    return site.p == NULL || str_equal(site, STR("same-origin")) ||
           str_equal(site, STR("none"));
}

bool
http_guard_token(struct str authorization, struct str token)
{
    struct str scheme = STR("Bearer ");

    if (token.n == 0 || !str_starts_nocase(authorization, scheme) ||
        authorization.n - scheme.n != token.n)
        return false;
    return CRYPTO_memcmp(authorization.p + scheme.n, token.p, token.n) == 0;
}

void
http_guard_make_token(char out[HTTP_TOKEN_BYTES])
{
    unsigned char bytes[(HTTP_TOKEN_BYTES - 1) / 2];

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        fatal("no random bytes");
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}
