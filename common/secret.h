/*
 * secret - passwords: out of the command line, into one address.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include "common/buf.h"
#include "common/err.h"
#include "common/redis.h"

/*
 * Overwrite what stands between "://" and "@" in each argument and before the
 * "@" of a --proxy without a scheme, the value of --password, and those of
 * header lines that are secrets, so that ps shows them no longer (as curl
 * does).  Copy what is needed before.
 */
void secret_scrub(int argc, char **argv);
/* The arguments as they were, for good, and argv itself scrubbed. */
char **secret_take_arguments(int argc, char **argv);

/*
 * The first line of path, without its end, as the password of u, which notes
 * the path too.  why has one line, without the password.
 */
enum err secret_read_file(const char *path, struct redis_url *u,
                          char why[256]) MUST_USE;
/*
 * Read u's password file once more, if it has one: passwords change.  A file
 * that cannot be read just now leaves u as it is.
 */
void secret_refresh(struct redis_url *u);

/*
 * u as redis_url_parse() reads it, with its password: for a child's
 * environment only.  A unix socket's address has no place for a password; the
 * child must read its file itself.
 */
void secret_write_url(const struct redis_url *u, struct buf *out);

#endif
