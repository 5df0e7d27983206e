/*
 * ftp_reply - what an FTP server says on its control connection (RFC 959 4.2).
 *
 * Pure; bounded, whatever comes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_FTP_REPLY_H
#define WORKER_FTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"

enum {
    FTP_REPLY_LINE_MAX = 1024, /* of a longer line the rest is passed over */
    FTP_REPLY_MAX = 64 * 1024  /* bytes of one reply: welcomes may be long */
};

/* Zeroed at first. */
struct ftp_reply_reader {
    char line[FTP_REPLY_LINE_MAX];
    size_t n;
    size_t bytes; /* of the reply so far */
    int multi;    /* the code of a reply of several lines; 0: none is open */
};

struct ftp_reply {
    int code;        /* 100 to 599 */
    struct str line; /* the last one, with its code; until the next call */
};

/*
 * The next whole reply off *bytes.  ERR_NOT_FOUND: they are used up, more is
 * to come.  ERR_INVALID: no reply; ERR_TOO_BIG: one without an end.
 */
enum err ftp_reply_next(struct ftp_reply_reader *r, struct str *bytes,
                        struct ftp_reply *out) MUST_USE;

/* The port that a 229 (RFC 2428 3) or 227 (RFC 959 4.1.2) names; 0: none.
 * The address of a 227 is not asked for: data comes from where replies do. */
uint16_t ftp_reply_port(const struct ftp_reply *reply);

/*
 * What HTTP would say in place of a code that ends a request: pages are
 * judged by it (common/outcome.h).  0: nothing, the talk has gone wrong.
 */
int ftp_reply_status(int code);

#endif
