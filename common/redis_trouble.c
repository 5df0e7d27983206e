/* SPDX-License-Identifier: MIT */
#include "common/redis_trouble.h"

#include <stdio.h>

#include "common/log.h"

struct redis_trouble_row {
    struct str code;  /* how the reply begins */
    struct str about; /* ... and what else stands in it, or nothing */
    enum redis_trouble trouble;
    const char *words;
};

#define ROW(code, about, trouble, words)                                   \
    {                                                                      \
        {(code), sizeof(code) - 1}, {(about), sizeof(about) - 1}, trouble, \
            words                                                          \
    }

/* The first that fits.  Redis 6.2 and 7; the codes are part of its protocol. */
static const struct redis_trouble_row redis_troubles[] = {
    ROW("LOADING", "", REDIS_LOADING, "Redis is loading its data from disk"),
    ROW("BUSY", "", REDIS_BUSY, "Redis is busy with a script"),
    ROW("READONLY", "", REDIS_REPLICA, "this Redis is a replica"),
    ROW("MASTERDOWN", "", REDIS_REPLICA,
        "this Redis is a replica whose primary is gone"),
    ROW("WRONGPASS", "", REDIS_PASSWORD,
        "Redis refuses the password or user name"),
    ROW("ERR", "without any password", REDIS_PASSWORD,
        "this Redis has no password set, but one is given"),
    ROW("ERR", "invalid password", REDIS_PASSWORD,
        "Redis refuses the password or user name"),
    ROW("NOAUTH", "", REDIS_PASSWORD,
        "Redis asks for a password: --redis-password-file FILE, or in the "
        "address: redis://:PASSWORD@HOST"),
    ROW("DENIED", "", REDIS_DENIED,
        "Redis runs in protected mode: set a password there, or connect from "
        "its own machine"),
    ROW("OOM", "", REDIS_FULL, "Redis is full (maxmemory)"),
    ROW("NOSCRIPT", "", REDIS_FLUSHED, "Redis was flushed of its scripts"),
    ROW("NOREPLICAS", "", REDIS_OTHER,
        "Redis lacks replicas (min-replicas-to-write)"),
    ROW("MOVED", "", REDIS_OTHER,
        "this is a Redis Cluster, which is not supported"),
    ROW("CLUSTERDOWN", "", REDIS_OTHER,
        "this is a Redis Cluster, which is not supported"),
    ROW("ERR", "max number of clients", REDIS_OTHER,
        "Redis takes no more clients: raise its maxclients"),
    ROW("ERR", "DB index", REDIS_OTHER, "Redis has no database of this number"),
};

static bool
redis_trouble_holds(struct str text, struct str what)
{
    return what.n == 0 || memmem(text.p, text.n, what.p, what.n) != NULL;
}

/* Redis 6.2 wraps what a script met: "ERR Error running script ...: -OOM ...".
 */
static struct str
redis_trouble_unwrap(struct str reply)
{
    static const char mark[] = ": -";
    const char *at;

    if (!str_starts(reply, STR("ERR Error running script")))
        return reply;
    at = memmem(reply.p, reply.n, mark, sizeof(mark) - 1);
    if (at == NULL)
        return reply;
    at += sizeof(mark) - 1;
    return (struct str){at, reply.n - (size_t)(at - reply.p)};
}

enum redis_trouble
redis_trouble_of(struct str reply, char words[REDIS_WORDS_BYTES])
{
    struct str text = redis_trouble_unwrap(reply);
    struct str shown = {text.p, text.n < 180 ? text.n : 180};
    struct str code = text;

    code = str_cut(&code, ' ');
    for (size_t i = 0; i < sizeof(redis_troubles) / sizeof(redis_troubles[0]);
         i++) {
        const struct redis_trouble_row *row = &redis_troubles[i];

        if (!str_equal(code, row->code) ||
            !redis_trouble_holds(text, row->about))
            continue;
        snprintf(words, REDIS_WORDS_BYTES, "%s", row->words);
        return row->trouble;
    }
    if (str_equal(code, STR("MISCONF"))) { /* why stands in its words only */
        const char *script = memmem(shown.p, shown.n, " script: ", 9);

        if (script)
            shown.n = (size_t)(script - shown.p);
        snprintf(words, REDIS_WORDS_BYTES,
                 "Redis cannot write its own file: %.180s", LOG_ESC(shown));
        return REDIS_UNSAVED;
    }
    if (str_equal(code, STR("NOPERM")) ||
        redis_trouble_holds(text, STR("executing the script can't"))) {
        snprintf(words, REDIS_WORDS_BYTES,
                 "the user of Redis lacks a right: %.200s", LOG_ESC(shown));
        return REDIS_DENIED;
    }
    snprintf(words, REDIS_WORDS_BYTES, "Redis answers: %.200s", LOG_ESC(shown));
    return REDIS_OTHER;
}
