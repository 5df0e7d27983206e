/*
 * fleet_command - what a place of the fleet is started with.
 *
 * Here that is the worker, with the address of Redis in its environment; on
 * another machine it is ssh with a line for the shell there, and the address,
 * whose password no ps may show, is the first line of its standard input.
 * Starts nothing itself.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_FLEET_COMMAND_H
#define MASTER_FLEET_COMMAND_H

#include <stddef.h>

#include "common/buf.h"
#include "common/config.h"
#include "common/err.h"
#include "common/redis.h"
#include "master/hosts.h"

enum { FLEET_WHY_BYTES = 256 };

struct fleet_command {
    char **args; /* NULL behind the last; args[0] is the program */
    char **env;
    char *input; /* to be written to its stdin, which stays open; or NULL */
};

struct fleet_command_options {
    const struct config *config;
    const char *name;      /* of the crawl */
    const char *folder;    /* output here, absolute */
    const char *redis_url; /* with its password */
};

/*
 * Whether --hosts can work at all with this Redis (empty: the private one) and
 * the other options, and ssh is here; if not, why says what to do.
 */
enum err fleet_command_check(const struct config *c,
                             const struct redis_url *redis,
                             char why[FLEET_WHY_BYTES]) MUST_USE;

/* A worker of this machine.  ERR_NOT_FOUND with why: there is no program. */
enum err fleet_command_here(const struct fleet_command_options *options,
                            struct fleet_command *out,
                            char why[FLEET_WHY_BYTES]) MUST_USE;
/* One on h; what fleet_command_check() passed cannot fail here. */
void fleet_command_there(const struct fleet_command_options *options,
                         const struct hosts_row *h, struct fleet_command *out);
void fleet_command_fini(struct fleet_command *command); /* wipes secrets */

/* The folder there, as it is to be shown. */
const char *fleet_command_output(const struct config *c, const char *name);

/* --- pure, for tests too --- */

/*
 * text split at blanks as a shell does it: '...', "..." and \x keep together,
 * nothing is expanded.  NULL behind the last; end it with
 * fleet_command_free_words().  ERR_INVALID: a quote is not closed.
 */
enum err fleet_command_split(const char *text, char ***out) MUST_USE;
void fleet_command_free_words(char **words); /* NULL is fine */

/*
 * word as one word of a command line that any login shell reads: sh, csh and
 * fish agree on '...' without ' \ and ! in it, and on \' \\ and \! outside.
 */
enum err fleet_command_quote(const char *word, struct buf *out) MUST_USE;

#endif
