/*
 * connect_to - where --connect-to and --resolve send a URL's connection.
 *
 * Both speak curl's form.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONNECT_TO_H
#define COMMON_CONNECT_TO_H

#include "common/config.h"
#include "common/url.h"

struct connect_to_target {
    struct str host; /* whose addresses are wanted; borrowed */
    unsigned port;
    struct str addresses; /* of --resolve; empty: they must be looked up */
};

/* Borrows from url and from the settings. */
void connect_to_find(const struct config *c, const struct url *url,
                     struct connect_to_target *out);
/* Whether all lines of both options have the right form; why names one. */
enum err connect_to_check(const struct config *c,
                          char why[CONFIG_WHY_BYTES]) MUST_USE;

#endif
