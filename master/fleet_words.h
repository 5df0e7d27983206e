/*
 * fleet_words - what a process of the fleet says, line by line.
 *
 * Bytes come as a pipe gives them; a line longer than the buffer is cut.  The
 * last lines are kept, for the message that says how the process ended.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_FLEET_WORDS_H
#define MASTER_FLEET_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/str.h"

enum {
    FLEET_LINE_BYTES = 4096,
    FLEET_LAST_LINES = 3,
    FLEET_LAST_BYTES = 160, /* of each */
    FLEET_IDENTITY_BYTES = 128
};

struct fleet_words {
    char bytes[FLEET_LINE_BYTES];
    size_t n;
    char last[FLEET_LAST_LINES][FLEET_LAST_BYTES]; /* newest first */
};

void fleet_words_begin(struct fleet_words *w);  /* of a new process */
void fleet_words_forget(struct fleet_words *w); /* the last lines */

/* Where the next bytes may be put, and how many. */
char *fleet_words_room(struct fleet_words *w, size_t *room);
/*
 * n more bytes are there; is_end: no more will come.  fn gets each line that
 * is whole now, without its end.
 */
typedef void fleet_words_fn(void *arg, struct str line);
void fleet_words_take(struct fleet_words *w, size_t n, bool is_end,
                      fleet_words_fn *fn, void *arg);

/* Keep a line among the last; what is our log's head of a line is cut off. */
void fleet_words_keep(struct fleet_words *w, struct str line);
/* The last lines, oldest first, parted by " / "; returns out. */
const char *fleet_words_last(const struct fleet_words *w, char *out,
                             size_t size);

/*
 * "weft-worker HOST-PID-RANDOM CPUS", which worker --until-eof says of itself.
 * False for any other line, as those that a login shell's files may print.
 */
bool fleet_words_identity(struct str line, char out[FLEET_IDENTITY_BYTES],
                          unsigned *cpus);

#endif
