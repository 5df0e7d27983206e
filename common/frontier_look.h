/*
 * frontier_look - questions about a crawl that only people have.
 *
 * As frontier.h: forms requests, reads replies, never waits.  Nothing here
 * changes anything in Redis.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_FRONTIER_LOOK_H
#define COMMON_FRONTIER_LOOK_H

#include "common/frontier.h"

/*
 * One step of finding the crawls that a Redis holds: pass cursor "0" first,
 * then what the last reply gave, until it is "0" again.
 */
void frontier_form_names(struct buf *b, const char *cursor);
/*
 * Calls name() for each crawl's name in the reply, which may give the same one
 * twice; cursor takes the next one.
 */
enum err frontier_read_names(const redisReply *r, char cursor[32],
                             void (*name)(void *arg, struct str s),
                             void *arg) MUST_USE;

#endif
