/* SPDX-License-Identifier: MIT */
#include "common/redis.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * A bucket of the seen-set stays 8 bytes a URL as long as it is an intset:
 * 65,536 buckets of 16,384 hold a billion URLs that way.
 */
#define REDIS_INTSET_ENTRIES "16384"
enum { REDIS_INTSET_ENTRIES_MIN = 16384 };

static enum err
redis_check_gone(const struct redis *r, char why[256])
{
    snprintf(why, 256, "%s", redis_error(r));
    return ERR_REDIS;
}

/* "redis_version:7.0.15" in what INFO says; 702 for 7.2, 0 when not there. */
static unsigned long
redis_version_of(const char *info)
{
    const char *at = strstr(info, "redis_version:");
    unsigned long major, minor = 0;
    char *end;

    if (at == NULL)
        return 0;
    major = strtoul(at + strlen("redis_version:"), &end, 10);
    if (*end == '.')
        minor = strtoul(end + 1, NULL, 10);
    return major > 99 || minor > 99 ? 0 : major * 100 + minor;
}

static enum err
redis_check_version(struct redis *r, char why[256], char warn[256])
{
    redisReply *reply = redis_command(r, "INFO", "server", (char *)NULL);
    unsigned long version = 0;

    if (reply == NULL)
        return redis_check_gone(r, why);
    if (reply->type == REDIS_REPLY_STRING)
        version = redis_version_of(reply->str);
    freeReplyObject(reply);
    if (version == 0) {
        snprintf(warn, 256, "Redis does not tell its version; 6.2 is needed");
        return ERR_OK;
    }
    if (version >= 602)
        return ERR_OK;
    snprintf(why, 256, "Redis %lu.%lu is too old: 6.2 or newer is needed",
             version / 100, version % 100);
    return ERR_INVALID;
}

/* The value of one setting; "" when the server does not tell. */
static enum err
redis_setting(struct redis *r, const char *name, char out[64])
{
    redisReply *reply = redis_command(r, "CONFIG", "GET", name, (char *)NULL);

    out[0] = '\0';
    if (reply == NULL)
        return ERR_REDIS;
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
        reply->element[1]->type == REDIS_REPLY_STRING)
        snprintf(out, 64, "%s", reply->element[1]->str);
    freeReplyObject(reply);
    return ERR_OK;
}

static enum err
redis_check_policy(struct redis *r, char why[256], char warn[256])
{
    char policy[64];

    if (redis_setting(r, "maxmemory-policy", policy) != ERR_OK)
        return redis_check_gone(r, why);
    if (policy[0] == '\0')
        snprintf(warn, 256,
                 "Redis does not tell its settings: "
                 "maxmemory-policy must be noeviction");
    if (policy[0] == '\0' || strcmp(policy, "noeviction") == 0)
        return ERR_OK;
    snprintf(why, 256,
             "Redis throws keys away when memory is short "
             "(maxmemory-policy %s): CONFIG SET maxmemory-policy "
             "noeviction",
             policy);
    return ERR_INVALID;
}

static enum err
redis_check_intset(struct redis *r, char why[256], char warn[256])
{
    char value[64];
    redisReply *reply;

    if (redis_setting(r, "set-max-intset-entries", value) != ERR_OK)
        return redis_check_gone(r, why);
    if (strtol(value, NULL, 10) >= REDIS_INTSET_ENTRIES_MIN)
        return ERR_OK;
    reply = redis_command(r, "CONFIG", "SET", "set-max-intset-entries",
                          REDIS_INTSET_ENTRIES, (char *)NULL);
    if (reply == NULL)
        return redis_check_gone(r, why);
    if (reply->type == REDIS_REPLY_ERROR && warn[0] == '\0')
        snprintf(warn, 256,
                 "Redis refuses CONFIG SET "
                 "set-max-intset-entries " REDIS_INTSET_ENTRIES
                 ": a big crawl will take "
                 "five times the memory there");
    freeReplyObject(reply);
    return ERR_OK;
}

enum err
redis_check_server(struct redis *r, char why[256], char warn[256])
{
    enum err e;

    why[0] = warn[0] = '\0';
    e = redis_check_version(r, why, warn);
    if (e == ERR_OK)
        e = redis_check_policy(r, why, warn);
    if (e == ERR_OK)
        e = redis_check_intset(r, why, warn);
    return e;
}
