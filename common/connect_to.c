/* SPDX-License-Identifier: MIT */
#include "common/connect_to.h"

/*
 * Cut the next field off: up to a colon, or a bracketed IPv6 address and the
 * colon behind it.
 */
static struct str
connect_to_field(struct str *rest)
{
    if (rest->n > 0 && rest->p[0] == '[') {
        struct str inner = *rest;
        struct str head = str_cut(&inner, ']');

        head.n = inner.p > rest->p + head.n ? head.n + 1 : head.n;
        *rest = inner;
        if (rest->n > 0 && rest->p[0] == ':') {
            rest->p++;
            rest->n--;
        }
        return head;
    }
    return str_cut(rest, ':');
}

static bool
connect_to_port_is(struct str text, unsigned port)
{
    uint64_t value;

    return text.n == 0 || (str_to_u64(text, 65535, &value) && value == port);
}

void
connect_to_find(const struct config *c, const struct url *url,
                struct connect_to_target *out)
{
    *out = (struct connect_to_target){url->host, url->port, STR_NONE};
    for (size_t i = 0; i < c->connect_to.n; i++) {
        struct str rest = str_from(c->connect_to.v[i]);
        struct str host = connect_to_field(&rest);
        struct str port = connect_to_field(&rest);
        struct str to_host = connect_to_field(&rest);
        uint64_t to_port;

        if ((host.n > 0 && !str_equal_nocase(host, url->host)) ||
            !connect_to_port_is(port, url->port))
            continue;
        if (to_host.n > 0)
            out->host = to_host;
        if (str_to_u64(rest, 65535, &to_port))
            out->port = (unsigned)to_port;
        break; /* the first that fits, as in curl */
    }
    for (size_t i = 0; i < c->resolve.n; i++) {
        struct str rest = str_from(c->resolve.v[i]);
        struct str host = connect_to_field(&rest);
        struct str port = connect_to_field(&rest);

        if ((str_equal(host, STR("*")) || str_equal_nocase(host, out->host)) &&
            connect_to_port_is(port, out->port)) {
            out->addresses = rest;
            break;
        }
    }
}

enum err
connect_to_check(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    uint64_t port;

    for (size_t i = 0; i < c->connect_to.n; i++) {
        struct str rest = str_from(c->connect_to.v[i]);
        int colons = 0;

        for (size_t k = 0; k < rest.n; k++)
            colons += rest.p[k] == ':';
        if (colons < 3) {
            snprintf(why, CONFIG_WHY_BYTES,
                     "connect-to: \"%.100s\" is not HOST1:PORT1:HOST2:PORT2",
                     c->connect_to.v[i]);
            return ERR_INVALID;
        }
    }
    for (size_t i = 0; i < c->resolve.n; i++) {
        struct str rest = str_from(c->resolve.v[i]);
        struct str host = connect_to_field(&rest);
        struct str text = connect_to_field(&rest);

        if (host.n == 0 || rest.n == 0 || !str_to_u64(text, 65535, &port)) {
            snprintf(why, CONFIG_WHY_BYTES,
                     "resolve: \"%.100s\" is not HOST:PORT:ADDR",
                     c->resolve.v[i]);
            return ERR_INVALID;
        }
    }
    return ERR_OK;
}
