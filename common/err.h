/*
 * err - what can go wrong on our side, and the words for it.
 *
 * What the web does to us is not an error but an outcome (common/outcome.h).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err {
    ERR_OK = 0,
    ERR_INVALID,  /* the bytes given do not follow the rules */
    ERR_TOO_BIG,  /* a bound was reached */
    ERR_NOMEM,    /* a bounded allocation failed */
    ERR_IO,       /* the system refused; errno says why */
    ERR_NO_SPACE, /* the disk is full */
    ERR_REDIS,    /* Redis is gone or answered what it must not */
    ERR_NOT_FOUND /* no such thing */
};

/* Exit codes of both programs; the man pages list them. */
enum exit_code {
    EXIT_FINISHED = 0,
    EXIT_ERROR = 1,
    EXIT_USAGE = 2,
    EXIT_DISK = 3,
    EXIT_REDIS = 4,
    EXIT_LIMIT = 5,
    EXIT_SIGINT = 130,
    EXIT_SIGTERM = 143
};

/* A few words, never NULL, for any value. */
const char *err_str(enum err e);

#endif
