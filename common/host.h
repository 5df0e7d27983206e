/*
 * host - the host of a URL in its one canonical spelling.
 *
 * The host parser of the WHATWG URL standard (section 3.5) for http and
 * https: names in lower-case ASCII (IDNA by UTS 46, through libidn2), IPv4
 * addresses dotted however they were spelled, IPv6 addresses compressed and
 * in brackets.  On top of the standard come DNS's lengths: a name longer than
 * 253 bytes or with a label longer than 63 is refused (RFC 1035 2.3.4), since
 * nothing could ever be fetched from it.  Pure: no I/O, no locks; any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_HOST_H
#define COMMON_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/str.h"

enum {
    HOST_MAX = 254,      /* bytes: 253 of a name and its final dot */
    HOST_LABEL_MAX = 63, /* bytes between two dots */
};

/*
 * Write the canonical form of raw, what stands between userinfo and port, to
 * out and its length to *len.  ERR_INVALID for what is no host; ERR_NOMEM
 * only where libidn2 has to be asked.
 */
enum err host_parse(struct str raw, char out[HOST_MAX], size_t *len) MUST_USE;

/*
 * Whether host_parse() could have written these bytes.  Cheap: of a name the
 * length and the bytes are looked at, an address is parsed again.
 */
bool host_looks_canonical(struct str host);

/* Whether a canonical host is an address: "10.0.0.1" or "[::1]". */
bool host_is_address(struct str host);

#endif
