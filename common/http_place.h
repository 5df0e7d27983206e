/*
 * http_place - where the master's HTTP server listens: --http HOST:PORT.
 *
 * Pure: an address is read, never looked up.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_HTTP_PLACE_H
#define COMMON_HTTP_PLACE_H

#include <netinet/in.h>
#include <stdbool.h>

#include "common/err.h"
#include "common/str.h"

struct config;

enum { HTTP_PLACE_WHY_BYTES = 256, HTTP_PLACE_BYTES = 64 };

struct http_place {
    bool is_on; /* else "no" was said: nothing below counts */
    bool is_loopback;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    socklen_t at_len;
};

/*
 * "127.0.0.1:8900", "[::1]:8900", "localhost:0", "0.0.0.0:8900" or "no"; port
 * 0 is any that is free.  ERR_INVALID, and what is wrong with it.
 */
enum err http_place_parse(struct str text, struct http_place *out,
                          char why[HTTP_PLACE_WHY_BYTES]) MUST_USE;
/* "127.0.0.1:8900" of an address. */
void http_place_show(const struct sockaddr *at, char out[HTTP_PLACE_BYTES]);
/* Loopback of IPv4 (127.0.0.0/8) or IPv6 (::1). */
bool http_place_is_loopback(const struct sockaddr *at);

/* --http and --http-token, alone and together. */
enum err http_place_check(const struct config *c,
                          char why[HTTP_PLACE_WHY_BYTES]) MUST_USE;

#endif
