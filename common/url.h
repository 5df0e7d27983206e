/*
 * url - http(s) and ftp URLs by the WHATWG URL standard, in canonical form.
 *
 * A URL is made canonical once, when it comes in; the seen-set, robots.txt,
 * the filters, the log and libcurl all take that form, never raw bytes.
 * Canonical: scheme and host lower-case, host in ASCII (IDNA, UTS 46; IPv4
 * dotted; IPv6 compressed), no default port, no userinfo, no fragment, dot
 * segments gone, percent-encoded by the standard's sets.  Pure: no I/O, no
 * locks; any thread may call it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_URL_H
#define COMMON_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

enum {
    URL_MAX_DEFAULT = 2083 /* bytes; what browsers and proxies have borne */
};

enum url_scheme { URL_HTTP, URL_HTTPS, URL_FTP };

/* All parts are borrowed: they point into the bytes that text points to. */
struct url {
    struct str text;   /* the whole canonical URL: "http://a.test/x?y" */
    struct str origin; /* "http://a.test:8080": the head of text */
    struct str host;   /* "a.test", "10.0.0.1", "[::1]" */
    struct str path;   /* "/x", at least "/" */
    struct str query;  /* "y" without "?"; p is NULL when there is no "?" */
    struct str target; /* "/x?y": path and query, the rest of text */
    uint16_t port;     /* the effective one: 80, 443, 21 or what was given */
    enum url_scheme scheme;
};

/*
 * Resolve ref (UTF-8; broken bytes become U+FFFD) against base and make it
 * canonical.  base is NULL for an absolute URL.  The text is written to *out,
 * which is emptied first and whose bound is the length cap; *u borrows from
 * it.  out must hold neither base's bytes nor ref's.  ERR_INVALID for
 * anything that is no valid http or https URL, nor an ftp one where base is
 * such: pages lead to no other scheme; ERR_TOO_BIG when it is longer
 * than the bound, also where only a later ".." would have shortened it;
 * ERR_NOMEM.  On an error out is empty and *u is not touched.
 */
enum err url_parse(struct str ref, const struct url *base, struct buf *out,
                   struct url *u) MUST_USE;
/* The same, ftp URLs being as good as the others (--ftp). */
enum err url_parse_ftp(struct str ref, const struct url *base, struct buf *out,
                       struct url *u) MUST_USE;

/*
 * Find the parts of text that url_parse() wrote once, without a copy; text's
 * owner keeps it alive.  ERR_INVALID when it cannot be such a text: bytes
 * from Redis are checked with this, cheaply.  Scheme, host bytes, port and
 * every byte of path and query are looked at; dot segments and the lengths
 * of a name's labels are not.  Of an ftp URL too: whoever fetches it asks
 * whether that is wanted.
 */
enum err url_split(struct str canonical, struct url *u) MUST_USE;

/*
 * Whether host is written as an address: "10.0.0.1" or "[::1]".
 */
bool url_host_is_address(struct str host);

/* The port that a URL of the scheme does not name: 80, 443 or 21. */
uint16_t url_default_port(enum url_scheme scheme);
/* How long its "http://" is. */
size_t url_scheme_bytes(enum url_scheme scheme);

#endif
