/* SPDX-License-Identifier: MIT */
#include "common/frontier_look.h"

#include "common/frontier_key.h"
#include "common/redis.h"

/* Keys that one SCAN looks at: a crawl may have a million back queues. */
enum { FRONTIER_NAMES_COUNT = 5000 };

/* --- which crawls there are --- */

void
frontier_form_names(struct buf *b, const char *cursor)
{
    resp_begin(b, 6);
    resp_arg(b, STR("SCAN"));
    resp_arg(b, str_from(cursor));
    resp_arg(b, STR("MATCH"));
    resp_arg(b, STR("crawl:*"));
    resp_arg(b, STR("COUNT"));
    resp_int(b, FRONTIER_NAMES_COUNT);
}

enum err
frontier_read_names(const redisReply *r, char cursor[32],
                    void (*name)(void *arg, struct str s), void *arg)
{
    const redisReply *next, *keys;

    if (r == NULL || r->type != REDIS_REPLY_ARRAY || r->elements != 2)
        return ERR_REDIS;
    next = r->element[0];
    keys = r->element[1];
    if (next->type != REDIS_REPLY_STRING || next->len == 0 || next->len >= 32 ||
        keys->type != REDIS_REPLY_ARRAY)
        return ERR_REDIS;
    memcpy(cursor, next->str, (size_t)next->len);
    cursor[next->len] = '\0';
    for (size_t i = 0; i < keys->elements; i++) {
        struct str key = {keys->element[i]->str, (size_t)keys->element[i]->len};

        if (keys->element[i]->type != REDIS_REPLY_STRING)
            return ERR_REDIS;
        (void)str_cut(&key, ':');
        if (frontier_is_name(key))
            name(arg, key);
    }
    return ERR_OK;
}
