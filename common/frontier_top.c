/* SPDX-License-Identifier: MIT */
#include "common/frontier_top.h"

#include <stdlib.h>

#include "common/frontier_key.h"
#include "common/redis.h"

enum { FRONTIER_TOP_NUMBER_MAX = 1 << 30 };

void
frontier_form_due_last(const struct frontier *f, struct buf *b, size_t count)
{
    resp_begin(b, 5);
    resp_arg(b, STR("ZREVRANGE"));
    resp_arg(b, buf_str(&f->keys[KEY_DUE]));
    resp_int(b, 0);
    resp_int(b, (int64_t)count - 1);
    resp_arg(b, STR("WITHSCORES"));
}

/* The strings of a reply that has pairs of them: 2 * i and 2 * i + 1. */
static enum err
frontier_read_pair(const redisReply *r, size_t i, struct str *key,
                   struct str *value)
{
    if (r == NULL || r->type != REDIS_REPLY_ARRAY || r->elements % 2 != 0)
        return ERR_REDIS;
    if (i >= r->elements / 2)
        return ERR_NOT_FOUND;
    if (r->element[2 * i]->type != REDIS_REPLY_STRING ||
        r->element[2 * i + 1]->type != REDIS_REPLY_STRING)
        return ERR_REDIS;
    *key = (struct str){r->element[2 * i]->str, r->element[2 * i]->len};
    *value =
        (struct str){r->element[2 * i + 1]->str, r->element[2 * i + 1]->len};
    return ERR_OK;
}

enum err
frontier_read_due(const redisReply *r, size_t i, struct str *site,
                  int64_t *at_ms)
{
    struct str score;
    enum err e = frontier_read_pair(r, i, site, &score);
    double at;

    *at_ms = 0;
    if (e != ERR_OK)
        return e;
    at = strtod(score.p, NULL); /* hiredis ends strings with a NUL */
    if (at > 0 && at < 9e15)    /* what a double has exactly */
        *at_ms = (int64_t)at;
    return ERR_OK;
}

void
frontier_form_pace_get(const struct frontier *f, struct buf *b,
                       const struct str *sites, size_t count)
{
    resp_begin(b, 2 + count);
    resp_arg(b, STR("HMGET"));
    resp_arg(b, buf_str(&f->keys[KEY_PACE]));
    for (size_t i = 0; i < count; i++)
        resp_arg(b, sites[i]);
}

enum err
frontier_read_pace(const redisReply *r, size_t i, int64_t *spacing_ms,
                   uint64_t *failures)
{
    uint64_t spacing;
    struct str text;

    *spacing_ms = 0;
    *failures = 0;
    if (r == NULL || r->type != REDIS_REPLY_ARRAY)
        return ERR_REDIS;
    if (i >= r->elements)
        return ERR_NOT_FOUND;
    if (r->element[i]->type != REDIS_REPLY_STRING)
        return ERR_OK;
    text = (struct str){r->element[i]->str, r->element[i]->len};
    if (str_to_u64(str_cut(&text, ' '), FRONTIER_TOP_NUMBER_MAX, &spacing))
        *spacing_ms = (int64_t)spacing;
    if (!str_to_u64(text, FRONTIER_TOP_NUMBER_MAX, failures))
        *failures = 0;
    return ERR_OK;
}

void
frontier_form_orders_count(const struct frontier *f, struct buf *b)
{
    resp_begin(b, 2);
    resp_arg(b, STR("HLEN"));
    resp_arg(b, buf_str(&f->keys[KEY_ORDERS]));
}

void
frontier_form_orders_some(const struct frontier *f, struct buf *b, size_t count)
{
    resp_begin(b, 5);
    resp_arg(b, STR("HSCAN"));
    resp_arg(b, buf_str(&f->keys[KEY_ORDERS]));
    resp_arg(b, STR("0"));
    resp_arg(b, STR("COUNT"));
    resp_int(b, (int64_t)count);
}

enum err
frontier_read_order(const redisReply *r, size_t i,
                    struct frontier_site_order *out)
{
    struct str text;
    uint64_t ms;
    enum err e;

    *out = (struct frontier_site_order){0};
    if (r == NULL || r->type != REDIS_REPLY_ARRAY || r->elements != 2)
        return ERR_REDIS;
    e = frontier_read_pair(r->element[1], i, &out->site, &text);
    if (e != ERR_OK)
        return e;
    out->is_dropped = str_equal(text, STR("drop"));
    if (str_equal(str_cut(&text, ' '), STR("delay")) &&
        str_to_u64(text, FRONTIER_TOP_NUMBER_MAX, &ms))
        out->slow_ms = (int64_t)ms;
    return ERR_OK;
}
