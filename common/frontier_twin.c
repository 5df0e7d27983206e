/* SPDX-License-Identifier: MIT */
#include "common/frontier_twin.h"

#include <string.h>

#include "common/frontier_key.h"
#include "common/redis.h"

enum {
    TWIN_TIME_BYTES = 7, /* of us: to the year 4253 */
    TWIN_BUCKET_BYTES = 4096,
    TWIN_BUCKETS_MAX = 1 << 24, /* by three bytes of the digest */
    /* what Redis adds to a bucket: its key, and what malloc rounds up */
    TWIN_BUCKET_EXTRA = 1024,
    TWIN_MARK_BYTES = 2
};

/* So many buckets that each has some 4 KB: a look at one stays cheap. */
static uint64_t
frontier_twin_buckets(int64_t memory)
{
    uint64_t buckets = 1;

    while (buckets < TWIN_BUCKETS_MAX &&
           (int64_t)(2 * buckets) * (TWIN_BUCKET_BYTES + TWIN_BUCKET_EXTRA) <=
               memory)
        buckets *= 2;
    return buckets;
}

/* Buckets are a power of two: what that leaves unused is theirs too. */
static int64_t
frontier_twin_bucket_bytes(int64_t memory)
{
    int64_t each = memory / (int64_t)frontier_twin_buckets(memory);

    return each > 2 * TWIN_BUCKET_EXTRA ? each - TWIN_BUCKET_EXTRA
                                        : TWIN_BUCKET_EXTRA;
}

static void
frontier_begin_twin(const struct frontier *f, struct buf *b,
                    enum frontier_verb v, int64_t memory, size_t args)
{
    resp_begin(b, f->head_args[v] + 2 + args);
    frontier_put(b, buf_str(&f->heads[v]));
    resp_arg(b, STR("")); /* the time, which these do not ask for */
    resp_int(b, (int64_t)frontier_twin_buckets(memory));
}

/* A digest as it stands in a bucket; its length. */
static size_t
frontier_twin_head(const unsigned char *digest, char *text)
{
    memset(text, 0xff, TWIN_MARK_BYTES);
    memcpy(text + TWIN_MARK_BYTES, digest, TWIN_DIGEST_BYTES);
    return TWIN_MARK_BYTES + TWIN_DIGEST_BYTES;
}

void
frontier_form_findtwin(const struct frontier *f, struct buf *b, int64_t memory,
                       const unsigned char (*digests)[TWIN_DIGEST_BYTES],
                       size_t count)
{
    char text[TWIN_MARK_BYTES + TWIN_DIGEST_BYTES];

    frontier_begin_twin(f, b, VERB_FINDTWIN, memory, count);
    for (size_t i = 0; i < count; i++) {
        size_t n = frontier_twin_head(digests[i], text);

        resp_arg(b, (struct str){text, n});
    }
}

/* It goes into a record's named fields: no blank, no control. */
static bool
frontier_twin_is_url(struct str url)
{
    if (url.n == 0 || url.n > TWIN_URL_MAX)
        return false;
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= 0x20 || (unsigned char)url.p[i] >= 0x7f)
            return false;
    return str_starts(url, STR("http://")) || str_starts(url, STR("https://"));
}

bool
frontier_twin_fits(const struct frontier_twin *twin)
{
    return twin->time_us > 0 &&
           twin->time_us < (int64_t)1 << (8 * TWIN_TIME_BYTES) &&
           frontier_twin_is_url(twin->url);
}

bool
frontier_read_twin(const redisReply *r, size_t i, struct frontier_twin *out)
{
    const redisReply *value;

    if (r->type != REDIS_REPLY_ARRAY || i >= r->elements)
        return false;
    value = r->element[i];
    if (value->type != REDIS_REPLY_STRING || value->len <= TWIN_TIME_BYTES)
        return false;
    *out = (struct frontier_twin){
        .url = {value->str + TWIN_TIME_BYTES, value->len - TWIN_TIME_BYTES}};
    for (size_t k = TWIN_TIME_BYTES; k-- > 0;)
        out->time_us = out->time_us << 8 | (unsigned char)value->str[k];
    return frontier_twin_fits(out);
}

void
frontier_form_notetwin(const struct frontier *f, struct buf *b, int64_t memory,
                       const struct frontier_twin *twins, size_t count)
{
    frontier_begin_twin(f, b, VERB_NOTETWIN, memory, count + 1);
    resp_int(b, frontier_twin_bucket_bytes(memory));
    for (size_t i = 0; i < count; i++) {
        char text[TWIN_MARK_BYTES + TWIN_DIGEST_BYTES + TWIN_TIME_BYTES +
                  TWIN_URL_MAX];
        const struct frontier_twin *twin = &twins[i];
        size_t n = frontier_twin_head(twin->digest, text);

        for (size_t k = 0; k < TWIN_TIME_BYTES; k++)
            text[n++] = (char)(unsigned char)(twin->time_us >> (8 * k));
        memcpy(text + n, twin->url.p, twin->url.n);
        resp_arg(b, (struct str){text, n + twin->url.n});
    }
}
