/*
 * cookie_line - a cookie as a line of Netscape's cookies.txt.
 *
 *   DOMAIN  TRUE|FALSE  PATH  TRUE|FALSE  EXPIRES  NAME  VALUE
 *
 * with tabs between; the first word says whether subdomains get it too, the
 * second whether only https does; EXPIRES is in seconds since 1970, 0 at the
 * session's end; "#HttpOnly_" may stand before DOMAIN.  Browsers' tools, curl
 * and wget write such files, and a jar keeps its cookies so.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_COOKIE_LINE_H
#define COMMON_COOKIE_LINE_H

#include "common/config.h"
#include "common/str.h"

enum { COOKIE_LINE_MAX = 5000 }; /* libcurl takes no longer one */

struct cookie_line {   /* all borrowed from the line */
    struct str domain; /* without the dot that may stand before it */
    struct str path, expires, name, value;
    bool is_for_subdomains;
};

/* NULL, or what is wrong with it. */
const char *cookie_line_parse(struct str line, struct cookie_line *out);

/* The next line of a file that is a cookie, comments passed over; n 0: none. */
struct str cookie_line_next(struct str *rest, size_t *number);

/* --load-cookies: ERR_INVALID, and why names file and line. */
enum err cookie_line_check_file(const struct config_file *f,
                                char why[CONFIG_WHY_BYTES]) MUST_USE;

/*
 * Whether the cookie can be one of a host of the site: a domain with all of
 * its hosts, or (--polite-by host) a host.
 */
bool cookie_line_is_of_site(const struct cookie_line *c, struct str site);

#endif
