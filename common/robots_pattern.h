/*
 * robots_pattern - octets of a robots.txt rule against those of a URL (RFC
 * 9309, 2.2.2 and 2.2.3).
 *
 * Both sides are compared in one normal form:
 *   - "%XX" of an unreserved octet (RFC 3986, 2.3) is decoded, other octets
 *     that may not stand in a URL are encoded, hex digits are upper case;
 *   - "*" and "$" are encoded, so that in a rule a bare one is always the
 *     special character, and "%2A" in a rule meets "*" in a URL (2.2.3);
 *   - reserved octets are the same encoded or not, as 2.2.2 wants it, in the
 *     form that is not encoded: so "'" in a rule meets the "%27" that URL
 *     parsers write.  Not so "=", "&", "+" and "#", which as data mean
 *     something else, and "/" and "?", for which it holds in the query only:
 *     "/a%2Fb" is not "/a/b", but "?u=http%3A%2F%2Fx" is "?u=http://x", the
 *     example of 2.2.2.
 * The normal form of a normal form is itself.  Pure: no memory of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_ROBOTS_PATTERN_H
#define COMMON_ROBOTS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/str.h"

enum { ROBOTS_PATTERN_GROWTH = 3 /* an octet may become "%XX" */ };

/*
 * Write the normal form of s to out, which has room for s.n times
 * ROBOTS_PATTERN_GROWTH; returns its length.  In a rule "*" and a last "$"
 * are special, and what is behind a "?" is folded as a query; in a target
 * robots_pattern_fold_query() does that.
 */
size_t robots_pattern_normalise(struct str s, bool is_rule, char *out);

/*
 * Write the normalised target s to out, which has room for s.n, with "%2F"
 * and "%3F" behind the first "?" decoded; returns its length.
 */
size_t robots_pattern_fold_query(struct str s, char *out);

/*
 * Whether the pattern, a normalised rule without its last "$", meets text
 * from its first octet on; is_anchored: to its last octet too.  Takes time
 * linear in both, whatever the stars.
 */
bool robots_pattern_glob(struct str pattern, bool is_anchored, struct str text);

#endif
