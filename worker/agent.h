/*
 * agent - the name by which servers and robots.txt know us.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_AGENT_H
#define WORKER_AGENT_H

#include "common/buf.h"
#include "common/config.h"

/*
 * Write the User-Agent that the settings make to user_agent, which it inits,
 * with a NUL behind.  Returns robots.txt's name for us, borrowed from it.
 * Ends the program when --user-agent is too long.
 */
struct str agent_name(const struct config *c, struct buf *user_agent);

/*
 * robots.txt's name for who sends this User-Agent (RFC 9309, 2.2.1): the
 * product token that it begins with, or in "Mozilla/5.0 (compatible; x/1)",
 * as many crawlers have it, x.
 */
struct str agent_token(struct str user_agent);

#endif
