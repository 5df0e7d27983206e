/* SPDX-License-Identifier: MIT */
#include "common/frontier_audit.h"

#include <stdio.h>

#include "common/frontier_key.h"
#include "common/redis.h"

enum {
    AUDIT_COUNT = 1000 /* elements a step, of what Redis goes through */
};

enum frontier_family
frontier_key_family(const struct frontier *f, struct str key)
{
    static const struct {
        enum frontier_key key;
        enum frontier_family family;
    } families[] = {{KEY_SITE, FRONTIER_KEY_SITE},
                    {KEY_FLIGHT, FRONTIER_KEY_FLIGHT},
                    {KEY_SEEN, FRONTIER_KEY_SEEN}};

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        /* a master's frontier has no worker, so this is a prefix too */
        struct str prefix = buf_str(&f->keys[families[i].key]);

        if (str_starts(key, prefix) && key.n > prefix.n)
            return families[i].family;
    }
    return FRONTIER_KEY_OTHER;
}

/* --- requests --- */

static void
audit_scan(struct buf *b, struct str command, struct str key,
           const char *cursor)
{
    resp_begin(b, 5);
    resp_arg(b, command);
    resp_arg(b, key);
    resp_arg(b, str_from(cursor));
    resp_arg(b, STR("COUNT"));
    resp_int(b, AUDIT_COUNT);
}

void
frontier_form_seen_scan(const struct frontier *f, struct buf *b,
                        unsigned bucket, const char *cursor)
{
    bool is_hosts = bucket > FRONTIER_SEEN_MASK;
    char key[FRONTIER_NAME_MAX + 32];
    int n = snprintf(
        key, sizeof(key), "%.*s%s%u", STR_ARG(buf_str(&f->keys[KEY_SEEN])),
        is_hosts ? FRONTIER_HOST_PREFIX : "", bucket & FRONTIER_SEEN_MASK);

    audit_scan(b, STR("SSCAN"), (struct str){key, (size_t)n}, cursor);
}

void
frontier_form_flight_scan(struct buf *b, struct str key, const char *cursor)
{
    audit_scan(b, STR("HSCAN"), key, cursor);
}

void
frontier_form_retry_scan(const struct frontier *f, struct buf *b,
                         const char *cursor)
{
    audit_scan(b, STR("ZSCAN"), buf_str(&f->keys[KEY_RETRY]), cursor);
}

static void
audit_range(struct buf *b, struct str key, int64_t first, int64_t last)
{
    resp_begin(b, 4);
    resp_arg(b, STR("LRANGE"));
    resp_arg(b, key);
    resp_int(b, first);
    resp_int(b, last);
}

void
frontier_form_queue_get(const struct frontier *f, struct buf *b, uint64_t first,
                        uint64_t count)
{
    audit_range(b, buf_str(&f->keys[KEY_QUEUE]), (int64_t)first,
                (int64_t)(first + count) - 1);
}

void
frontier_form_site_get(struct buf *b, struct str key, uint64_t behind,
                       uint64_t count)
{
    audit_range(b, key, -(int64_t)(behind + count), -(int64_t)behind - 1);
}

/* --- replies --- */

enum err
frontier_read_list(const redisReply *r)
{
    if (r == NULL || r->type != REDIS_REPLY_ARRAY)
        return ERR_REDIS;
    for (size_t i = 0; i < r->elements; i++)
        if (r->element[i]->type != REDIS_REPLY_STRING)
            return ERR_REDIS;
    return ERR_OK;
}

enum err
frontier_read_piece(const redisReply *r, char cursor[FRONTIER_CURSOR_BYTES],
                    const redisReply **elements)
{
    uint64_t value;

    *elements = NULL;
    if (r == NULL || r->type != REDIS_REPLY_ARRAY || r->elements != 2 ||
        r->element[0]->type != REDIS_REPLY_STRING ||
        !str_to_u64(
            (struct str){r->element[0]->str, (size_t)r->element[0]->len},
            UINT64_MAX, &value) ||
        frontier_read_list(r->element[1]) != ERR_OK)
        return ERR_REDIS;
    snprintf(cursor, FRONTIER_CURSOR_BYTES, "%llu", (unsigned long long)value);
    *elements = r->element[1];
    return ERR_OK;
}

bool
frontier_read_fingerprint(struct str text, unsigned bucket, uint64_t *out)
{
    bool is_negative = text.n > 0 && text.p[0] == '-';

    if (is_negative) {
        text.p++;
        text.n--;
    }
    if (!str_to_u64(text, (uint64_t)INT64_MAX + is_negative, out) || *out == 0)
        return false;
    if (is_negative)
        *out = 0 - *out;
    return bucket > FRONTIER_SEEN_MASK || (*out & FRONTIER_SEEN_MASK) == bucket;
}
