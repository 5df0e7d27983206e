/*
 * netrc - log-ins from a file of .netrc's kind, as ftp(1) and curl read it.
 *
 * Words: "machine NAME login USER password TEXT", in any lines; a word may be
 * quoted ("a b\"c"); # begins a comment where a keyword would stand.
 * "account" and its word, and a "macdef" up to an empty line, are passed over.
 * "default" is left out: it would send a password to every host there is.
 * Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_NETRC_H
#define COMMON_NETRC_H

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

struct netrc {
    struct str rest; /* what is still to be read */
    size_t line;     /* read last, from 1 */
    struct buf text; /* of the machine that was read last */
};

struct netrc_machine {
    struct str name, login, password; /* borrowed until the next */
};

void netrc_init(struct netrc *n, struct str text);
void netrc_fini(struct netrc *n); /* wipes */

/*
 * The next machine.  ERR_NOT_FOUND behind the last; ERR_INVALID: *why is what
 * is wrong, in line n->line, without a word of the file.
 */
enum err netrc_next(struct netrc *n, struct netrc_machine *out,
                    const char **why) MUST_USE;

#endif
