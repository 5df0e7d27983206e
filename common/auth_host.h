/*
 * auth_host - one place that a credential belongs to: [https://]HOST[:PORT].
 *
 * Without a scheme all are meant, without a port the scheme's own.  So a HOST
 * is http://HOST, https://HOST and ftp://HOST, and no other origin: not a
 * subdomain, not another port.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_AUTH_HOST_H
#define COMMON_AUTH_HOST_H

#include "common/err.h"
#include "common/url.h"

struct auth_host {
    char *host;                              /* canonical */
    uint16_t port;                           /* 0: the scheme's own */
    bool is_on_http, is_on_https, is_on_ftp; /* at least one of them */
};

/* ERR_INVALID: not of that form, or with a path or user; then *out is empty. */
enum err auth_host_parse(struct str text, struct auth_host *out) MUST_USE;
void auth_host_fini(struct auth_host *h);
bool auth_host_is(const struct auth_host *h, const struct url *u);

#endif
