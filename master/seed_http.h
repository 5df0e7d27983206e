/*
 * seed_http - the bytes behind an http or https URL, read as a stream.
 *
 * One GET by libcurl, pulled piece by piece: while nobody reads, the transfer
 * is paused, so no more than a few buffers are ever held.  Redirects are
 * followed to http and https only.  Every call may wait for the network.  A
 * proxy named in the environment is used, as curl and wget do.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_SEED_HTTP_H
#define MASTER_SEED_HTTP_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct seed_http; /* opaque */

/* Which servers to believe: --cacert, --no-check-certificate. */
struct seed_trust {
    const char *cacert; /* NULL: the system's */
    bool is_blind;
};

/*
 * Start to get url and wait for its first bytes.  patience_s is how long
 * connecting may take and how long next to nothing may arrive.  On ERR_OK the
 * caller ends *out with seed_http_close(); else *out is NULL and why, of
 * why_bytes, says in words what happened (a status of 400 or more among it).
 */
enum err seed_http_open(const char *url, const struct seed_trust *trust,
                        unsigned patience_s, struct seed_http **out, char *why,
                        size_t why_bytes) MUST_USE;

/* At least one byte, or *got = 0 at the end. */
enum err seed_http_read(struct seed_http *h, char *into, size_t room,
                        size_t *got, char *why, size_t why_bytes) MUST_USE;

/* How many bytes the server announced; 0 when it did not. */
uint64_t seed_http_size(const struct seed_http *h);

void seed_http_close(struct seed_http *h); /* NULL is fine */

#endif
