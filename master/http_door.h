/*
 * http_door - the socket that the master's HTTP server listens on.
 *
 * Opened before anything else begins, so that an address which is not to be
 * had is said while nothing has been done yet.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_HTTP_DOOR_H
#define MASTER_HTTP_DOOR_H

#include "common/config.h"
#include "common/http_place.h"

struct http_door {
    int fd; /* -1: nobody listens */
    bool is_loopback;
    char where[HTTP_PLACE_BYTES]; /* "127.0.0.1:8900" */
};

/*
 * Listen where --http says.  An address that somebody asked for must be had:
 * EXIT_USAGE, and why was said.  The default one need not: a free port of it
 * is taken, or none, which is said; EXIT_FINISHED as without --http.
 */
int http_door_open(const struct config *c, struct http_door *out);
void http_door_close(struct http_door *d); /* again, or unopened: fine */

#endif
