/*
 * proxy - what --proxy, --proxy-file and --no-proxy say.
 *
 * A proxy is [SCHEME://][USER:PASSWORD@]HOST[:PORT]; several stand in one
 * value with commas between them, or a line each in a file.  What is said of
 * one to people never has its user and password.  Reads a file when told to,
 * else pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_PROXY_H
#define COMMON_PROXY_H

#include "common/config.h"

/* Borrows from what it was read of. */
struct proxy_form {
    struct str scheme; /* "http" when none is given, as with curl */
    struct str shown;  /* HOST[:PORT] */
    bool is_socks;
    bool is_tls;   /* an https proxy */
    bool looks_up; /* it gets the name; false: it wants an address */
};

/* ERR_INVALID: why says what is wrong with it, without its credentials. */
enum err proxy_read(struct str text, struct proxy_form *out,
                    char why[CONFIG_WHY_BYTES]) MUST_USE;

/* The next one of a list with commas; false at the end.  Empty ones go. */
bool proxy_next(struct str *rest, struct str *one);

/*
 * Add the lines of --proxy-file, if it is set, to --proxy, for who.  Empty
 * lines and those that begin with # do not count.
 */
enum err proxy_read_file(struct config *c, enum config_who who,
                         char why[CONFIG_WHY_BYTES]) MUST_USE;
/* Whether each of --proxy is one, and --no-proxy has the right form. */
enum err proxy_check(const struct config *c,
                     char why[CONFIG_WHY_BYTES]) MUST_USE;

/*
 * Whether list, as --no-proxy and no_proxy have it, names host (struct url's):
 * names with commas or blanks between them, each for itself and all below it,
 * addresses, blocks of them (10.0.0.0/8, 2001:db8::/32), * for all.  As with
 * curl nothing is looked up for it.
 */
bool proxy_is_bypassed(struct str list, struct str host);

#endif
