/*
 * redis_trouble - what an error reply of Redis means, in plain words.
 *
 * One table for the waiting connection (redis.c) and the async one (conn.c):
 * what kind of trouble it is decides how they go on, the words what a user
 * reads.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef COMMON_REDIS_TROUBLE_H
#define COMMON_REDIS_TROUBLE_H

#include "common/str.h"

enum redis_trouble {
    REDIS_FINE,
    REDIS_GONE,     /* refused, reset, closed, not to be reached */
    REDIS_SILENT,   /* connected, but it does not answer */
    REDIS_LOADING,  /* its data, from disk */
    REDIS_BUSY,     /* with somebody's script */
    REDIS_REPLICA,  /* takes no writes: another one is the primary */
    REDIS_PASSWORD, /* wrong, missing, or not wanted */
    REDIS_DENIED,   /* the user lacks a right, or the machine */
    REDIS_FULL,     /* maxmemory */
    REDIS_UNSAVED,  /* MISCONF: it cannot write its own file */
    REDIS_FLUSHED,  /* NOSCRIPT: our scripts are gone */
    REDIS_OTHER,
    REDIS_TROUBLES
};

enum { REDIS_WORDS_BYTES = 256 };

/* reply is the text of an error reply; words has one line, safe to show. */
enum redis_trouble redis_trouble_of(struct str reply,
                                    char words[REDIS_WORDS_BYTES]);

#endif
