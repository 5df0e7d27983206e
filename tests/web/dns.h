/*
 * dns - a tiny DNS responder over UDP (RFC 1035), for the hosts of the web.
 *
 * Any name under .test and any host of the site file has the address
 * 127.0.0.1, or one of 127/8 by its hash; it has no AAAA.  What a name begins
 * with may make it otherwise; README.md has the list.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_DNS_H
#define TESTS_WEB_DNS_H

#include "common/err.h"
#include "tests/web/loop.h"
#include "tests/web/web.h"

struct dns;

struct dns_options {
    const char *where; /* "127.0.0.1:PORT" */
    bool is_spread;    /* addresses by hash */
    uint32_t latency_ms;
};

/*
 * The caller owns *out and ends it with dns_close().  ERR_INVALID when where
 * is no address of loopback, ERR_IO with errno when the system refuses.
 */
enum err dns_open(struct loop *loop, struct web *web,
                  const struct dns_options *options, struct dns **out) MUST_USE;
void dns_close(struct dns *d); /* NULL is fine */
uint16_t dns_port(const struct dns *d);
uint64_t dns_questions(const struct dns *d); /* answered or dropped */

#endif
