/*
 * reply - a redisReply tree written as text, for the fuzz target of replies.
 *
 *   #12;   an integer     "text"  a string      -  nil
 *   (...)  an array       !text!  an error      +text+  a status
 *
 * As hiredis builds it: a NUL stands behind each text, no element is NULL.
 * Whatever the bytes are, there is a tree; what makes no sense is passed over.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_FUZZ_REPLY_H
#define TESTS_FUZZ_REPLY_H

#include <hiredis/hiredis.h>

#include "common/str.h"

/* The first value of *text, moved behind it; NULL at the end. */
redisReply *reply_make(struct str *text);
void reply_free(redisReply *r);

#endif
