/*
 * ftp_path - where an ftp URL leads (RFC 1738 3.2.2).
 *
 * Each segment of the path but the last is a folder to change into, the last
 * one the file; none: the folder's listing is meant.  A "?" is nothing
 * special there.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_FTP_PATH_H
#define WORKER_FTP_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

struct ftp_path {
    struct buf text; /* folders, then the file: each decoded, and a NUL */
    size_t folders;  /* how many of them are such */
    bool has_file;
    bool is_ascii; /* ";type=a" */
    bool is_typed; /* there was a ";type=" at all: nothing is guessed */
};

void ftp_path_init(struct ftp_path *p);
void ftp_path_fini(struct ftp_path *p);

/*
 * target: of a struct url.  ERR_INVALID: a control byte in a name, which
 * would end a command, and begin another one of the URL's own making.
 */
enum err ftp_path_read(struct str target, struct ftp_path *p) MUST_USE;

/* The name behind the one at *at, 0 at first; STR_NONE at the end. */
struct str ftp_path_next(const struct ftp_path *p, size_t *at);

#endif
