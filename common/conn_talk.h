/*
 * conn_talk - what a process says of its connections to Redis.
 *
 * A worker has one for each thread, and all of them meet the same trouble at
 * once: it is said once, again when it becomes another one, every 30 s while
 * it lasts, and once when the last connection is well.  Thread-safe; its
 * mutex is held for no longer than it takes to decide on a line.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_CONN_TALK_H
#define COMMON_CONN_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/redis_trouble.h"

enum { CONN_TALK_BYTES = REDIS_WORDS_BYTES + 64 };

struct conn_talk; /* opaque */

struct conn_talk *conn_talk_new(void);
void conn_talk_free(struct conn_talk *t); /* NULL is fine */

/* A connection is in trouble; is_new: it was well, or new, until now. */
void conn_talk_bad(struct conn_talk *t, bool is_new, enum redis_trouble trouble,
                   const char *words);
/* One that was in trouble is well again; or was closed, in silence. */
void conn_talk_good(struct conn_talk *t);
void conn_talk_leave(struct conn_talk *t);

/*
 * The two above at a time of the caller's, without a log: true when there is
 * a line to say, which is in line then.  For tests.
 */
bool conn_talk_bad_line(struct conn_talk *t, bool is_new,
                        enum redis_trouble trouble, const char *words,
                        uint64_t now_ms, char line[CONN_TALK_BYTES]);
bool conn_talk_good_line(struct conn_talk *t, uint64_t now_ms,
                         char line[CONN_TALK_BYTES]);

#endif
