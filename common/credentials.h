/*
 * credentials - what the user gave to log in with, and where it may go.
 *
 * Each belongs to an origin and is never sent to another one, wherever a link
 * or a redirect leads: it is looked up anew for every request, by its URL.
 * --user, header lines that are secrets and the client certificate belong to
 * --auth-hosts; a machine of --netrc-file to itself, at the schemes' own ports.
 * Made once, read-only afterwards.  Does no I/O.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CREDENTIALS_H
#define COMMON_CREDENTIALS_H

#include "common/config.h"
#include "common/url.h"

struct credentials;

/* What a request may carry. */
struct credential {
    const char *user, *password; /* NULL: no log-in; owned by credentials */
    bool is_auth_host;           /* secret header lines, the certificate */
};

/* ERR_INVALID: a setting that cannot be, why says which, without secrets. */
enum err credentials_new(const struct config *c, struct credentials **out,
                         char why[CONFIG_WHY_BYTES]) MUST_USE;
void credentials_free(struct credentials *all); /* wipes; NULL is fine */

/* Whether there are any at all: else credentials_find() finds nothing. */
bool credentials_are_given(const struct credentials *all);
struct credential credentials_find(const struct credentials *all,
                                   const struct url *u);

/* A header line whose value is a secret: Authorization, Cookie, ... */
bool credentials_is_secret_line(struct str line);

#endif
