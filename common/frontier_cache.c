/* SPDX-License-Identifier: MIT */
#include "common/frontier_cache.h"

#include "common/frontier_key.h"
#include "common/redis.h"

enum { FRONTIER_PRINT_BYTES = 8 };

static void
frontier_begin_cache(const struct frontier *f, struct buf *b,
                     enum frontier_verb v, size_t args)
{
    resp_begin(b, f->head_args[v] + 1 + args);
    frontier_put(b, buf_str(&f->heads[v]));
    resp_arg(b, STR("")); /* the time, which these do not ask for */
}

/* As bytes: a quarter of the digits' length, and what listpacks hold. */
static void
frontier_put_print(struct buf *b, uint64_t fingerprint)
{
    char bytes[FRONTIER_PRINT_BYTES];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(unsigned char)(fingerprint >> (8 * i));
    resp_arg(b, (struct str){bytes, sizeof(bytes)});
}

void
frontier_form_recall(const struct frontier *f, struct buf *b,
                     const uint64_t *fingerprints, size_t count)
{
    frontier_begin_cache(f, b, VERB_RECALL, count);
    for (size_t i = 0; i < count; i++)
        frontier_put_print(b, fingerprints[i]);
}

struct str
frontier_read_recalled(const redisReply *r, size_t i)
{
    const redisReply *value;

    if (r->type != REDIS_REPLY_ARRAY || i >= r->elements)
        return STR_NONE;
    value = r->element[i];
    if (value->type != REDIS_REPLY_STRING || value->len == 0)
        return STR_NONE;
    return (struct str){value->str, value->len};
}

void
frontier_form_remember(const struct frontier *f, struct buf *b,
                       const struct frontier_memory *items, size_t count)
{
    frontier_begin_cache(f, b, VERB_REMEMBER, 2 * count);
    for (size_t i = 0; i < count; i++) {
        frontier_put_print(b, items[i].fingerprint);
        resp_arg(b, items[i].value);
    }
}

static void
frontier_form_cached(const struct frontier *f, struct buf *b,
                     struct str command, const struct str *args, size_t count)
{
    resp_begin(b, 2 + count);
    resp_arg(b, command);
    resp_arg(b, buf_str(&f->keys[KEY_CACHED]));
    for (size_t i = 0; i < count; i++)
        resp_arg(b, args[i]);
}

void
frontier_form_cached_get(const struct frontier *f, struct buf *b)
{
    frontier_form_cached(f, b, STR("HGETALL"), NULL, 0);
}

void
frontier_form_cached_set(const struct frontier *f, struct buf *b,
                         struct str field, struct str value)
{
    const struct str args[] = {field, value};

    frontier_form_cached(f, b, STR("HSET"), args, 2);
}

void
frontier_form_cached_del(const struct frontier *f, struct buf *b,
                         struct str field)
{
    frontier_form_cached(f, b, STR("HDEL"), &field, 1);
}

void
frontier_keep_cache(struct frontier *f)
{
    f->keeps_cache = true;
}
