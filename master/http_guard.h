/*
 * http_guard - who may ask the master's HTTP server what.
 *
 * A page of the web must not reach us through somebody's browser: not by a
 * name that it lets point here (the Host is looked at), not by a form or a
 * script (orders take a token in a header, and our own Origin).
 *
 * Pure: no I/O.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_HTTP_GUARD_H
#define MASTER_HTTP_GUARD_H

#include <stdbool.h>

#include "common/str.h"

enum { HTTP_TOKEN_BYTES = 33 };

/*
 * Host: an address of loopback, localhost, or, where we listen beyond it, any
 * address or this machine's name; with any port.  A name that somebody else
 * chose never passes: that is DNS rebinding.
 */
bool http_guard_host(struct str host, bool is_loopback, struct str machine);
/* Origin: "http://" and what Host has.  Without one (no browser) it is well. */
bool http_guard_origin(struct str origin, struct str host);
/*
 * Sec-Fetch-Site: what a browser says of the page that asks.  A foreign one
 * could read nothing, but would set commands going.  Without it, and by hand
 * ("none"), it is well.
 */
bool http_guard_fetch(struct str site);
/*
 * Authorization: "Bearer TOKEN", compared in a time that does not tell how
 * much of it was right.
 */
bool http_guard_token(struct str authorization, struct str token);

/* A new token of 128 random bits, in hex. */
void http_guard_make_token(char out[HTTP_TOKEN_BYTES]);

#endif
