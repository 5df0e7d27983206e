/*
 * request - the head of one HTTP/1.1 request (RFC 9112).
 *
 * Pure: no I/O.  Takes what a crawler or a proxy's client sends, the absolute
 * form included, and is no judge of the finer points.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WEB_REQUEST_H
#define TESTS_WEB_REQUEST_H

#include <stdbool.h>

#include "common/str.h"

enum { REQUEST_MAX_BYTES = 16384 };

/* All parts are borrowed from the bytes given to request_parse(). */
struct request {
    struct str method;
    struct str target; /* as sent; of an absolute form only path and query */
    struct str path;
    struct str query; /* without "?"; empty when there is none */
    struct str host;  /* lower-case, without port; empty when there is none */
    struct str none_match, modified_since; /* If-...; empty: not asked */
    size_t bytes;                          /* of the whole head */
    bool is_head;                          /* HEAD */
    bool is_known;                         /* GET or HEAD */
    bool is_1_0;                           /* HTTP/1.0 */
    bool keep_alive;
    unsigned before; /* requests on its connection; conn.c sets it */
};

enum request_state { REQUEST_WHOLE, REQUEST_MORE, REQUEST_BAD };

/*
 * Look for a whole head at the front of len bytes.  The host's letters are
 * made small in place.  REQUEST_BAD also for a head beyond REQUEST_MAX_BYTES.
 */
enum request_state request_parse(char *bytes, size_t len, struct request *r);

/* The value of a query parameter as sent, empty when it is not there. */
struct str request_param(const struct request *r, const char *name);
/* The same as a number up to max; missing when absent or no number. */
uint64_t request_number(const struct request *r, const char *name, uint64_t max,
                        uint64_t missing);

#endif
