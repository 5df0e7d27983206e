/*
 * s3 - whole files into a bucket of S3, or of what speaks its protocol.
 *
 * By libcurl and its AWS Signature Version 4.  Credentials come from the
 * environment only: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if there is
 * one, AWS_SESSION_TOKEN; also AWS_REGION or AWS_DEFAULT_REGION (else
 * us-east-1), AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL where no endpoint is
 * given, and AWS_CA_BUNDLE.  With an endpoint a bucket is the first part of
 * the path, without one it is a host at amazonaws.com.
 *
 * Each call waits for its answer: not for an event loop.  A struct s3 belongs
 * to one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_S3_H
#define COMMON_S3_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "common/err.h"

enum {
    S3_WHY_BYTES = 400,
    S3_SHA256_BYTES = 65 /* 64 hexadecimal digits, NUL */
};

#define S3_FILE_MAX 5368709120 /* bytes in one PUT: S3's bound */

struct s3;

/* The forms of --upload and --s3-endpoint; why says what is wrong. */
enum err s3_check(const struct config *c, char why[CONFIG_WHY_BYTES]) MUST_USE;
/* Whether there are credentials; why says what is missing. */
enum err s3_check_environment(char why[S3_WHY_BYTES]) MUST_USE;

/*
 * c has been checked.  When *stop becomes true a transfer breaks off.
 * ERR_INVALID: s3_check_environment().
 */
enum err s3_open(const struct config *c, const atomic_bool *stop,
                 struct s3 **out, char why[S3_WHY_BYTES]) MUST_USE;
void s3_close(struct s3 *s); /* NULL is fine */

/* What is stored of a name. */
struct s3_object {
    int64_t size;
    char sha256[S3_SHA256_BYTES]; /* as s3_put() left it, or "" */
};

/*
 * name is one of [A-Za-z0-9._-].  ERR_NOT_FOUND: there is none of it; ERR_IO:
 * no answer, or one that says no; why is in words, fit to show.
 */
enum err s3_head(struct s3 *s, const char *name, struct s3_object *out,
                 char why[S3_WHY_BYTES]) MUST_USE;
/* The size bytes of fd, whose digest the server is to check. */
enum err s3_put(struct s3 *s, const char *name, int fd, int64_t size,
                const char sha256[S3_SHA256_BYTES],
                char why[S3_WHY_BYTES]) MUST_USE;

#endif
