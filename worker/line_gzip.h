/*
 * line_gzip - lines as gzip members, for a line_file.
 *
 * Each write of lines becomes one member, so that a file can be read by any
 * gzip and what a killed process left of its last write can be told from what
 * is whole.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_LINE_GZIP_H
#define WORKER_LINE_GZIP_H

#include <sys/types.h>

#include "common/buf.h"

struct line_gzip; /* any thread; compresses outside its lock */

struct line_gzip *line_gzip_new(void);
void line_gzip_free(struct line_gzip *g); /* NULL is fine */

/* A member of lines; it is the caller's until line_gzip_done(). */
struct line_pack;
struct line_pack *line_gzip_pack(struct line_gzip *g, struct str lines,
                                 struct str *member);
void line_gzip_done(struct line_gzip *g, struct line_pack *pack);

/* Where the last whole member of a file ends; -1: it cannot be read, errno. */
off_t line_gzip_whole(int fd);

#endif
