/* SPDX-License-Identifier: MIT */
#include "worker/robots_cache.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/mem.h"
#include "common/robots_stored.h"

enum { ROBOTS_CACHE_ORIGINS = 4096 }; /* some KB each, per thread */

struct robots_origin {
    enum outcome failure;
    struct robots *rules;
    int64_t until_ms;
    bool is_told; /* of its sitemaps */
    UT_hash_handle hh;
    size_t n;
    char origin[];
};

struct robots_cache {
    struct str agent_token;
    int64_t failure_ms;
    struct robots_origin *origins; /* oldest first */
};

struct robots_cache *
robots_cache_new(struct str agent_token, int64_t failure_ms)
{
    struct robots_cache *c = xcalloc(1, sizeof(*c));

    c->agent_token = agent_token;
    c->failure_ms = failure_ms;
    return c;
}

static void
robots_cache_drop(struct robots_cache *c, struct robots_origin *o)
{
    HASH_DEL(c->origins, o);
    robots_free(o->rules);
    free(o);
}

void
robots_cache_free(struct robots_cache *c)
{
    struct robots_origin *o, *next;

    if (c == NULL)
        return;
    HASH_ITER(hh, c->origins, o, next)
    robots_cache_drop(c, o);
    free(c);
}

bool
robots_cache_find(struct robots_cache *c, struct str origin, int64_t now_ms,
                  struct robots_answer *out)
{
    struct robots_origin *o;

    HASH_FIND(hh, c->origins, origin.p, origin.n, o);
    if (o && o->until_ms <= now_ms) {
        robots_cache_drop(c, o);
        o = NULL;
    }
    if (o == NULL)
        return false;
    *out = (struct robots_answer){o->failure, o->rules};
    return true;
}

bool
robots_cache_tell(struct robots_cache *c, struct str origin)
{
    struct robots_origin *o;

    HASH_FIND(hh, c->origins, origin.p, origin.n, o);
    if (o == NULL || o->is_told)
        return false;
    o->is_told = true;
    return true;
}

void
robots_cache_untell(struct robots_cache *c)
{
    struct robots_origin *o, *next;

    HASH_ITER(hh, c->origins, o, next)
    o->is_told = false;
}

void
robots_cache_take(struct robots_cache *c, struct str origin, struct str stored,
                  bool is_heard, int64_t now_ms)
{
    struct str rest;
    enum outcome failure;
    struct robots_origin *o;
    struct robots *rules = NULL;

    if (!robots_stored_read(stored, &failure, &rest))
        return;
    if (failure == OUTCOME_OK &&
        robots_parse(rest, c->agent_token, &rules) != ERR_OK)
        return;
    HASH_FIND(hh, c->origins, origin.p, origin.n, o);
    if (o == NULL && HASH_COUNT(c->origins) >= ROBOTS_CACHE_ORIGINS)
        robots_cache_drop(c, c->origins);
    if (o)
        robots_cache_drop(c, o);
    o = xcalloc(1, sizeof(*o) + origin.n + 1);
    o->failure = failure;
    o->rules = rules;
    o->until_ms = now_ms + (failure == OUTCOME_OK ? ROBOTS_CACHE_THREAD_MS
                            : is_heard            ? ROBOTS_CACHE_HEARD_MS
                                                  : c->failure_ms);
    o->n = origin.n;
    memcpy(o->origin, origin.p, origin.n);
    HASH_ADD(hh, c->origins, origin[0], origin.n, o);
}

/* The rules in a 2xx answer's body, as text to store behind "ok". */
static enum err
robots_cache_write(const struct fetch_answer *a, struct decoder *d,
                   struct str agent_token, struct buf *stored)
{
    struct str coding = fetch_header(a, STR("content-encoding"));
    struct str text = buf_str(&a->body);
    struct robots *rules = NULL;
    struct buf plain;
    enum err e;

    buf_init(&plain, ROBOTS_MAX_BYTES + 1);
    if (coding.n > 0) {
        decode_body(d, coding, text, a->is_cut, &plain);
        if (plain.n > 0)
            text = buf_str(&plain);
    }
    e = robots_parse(text, agent_token, &rules);
    if (e == ERR_OK)
        e = buf_addf(stored, "ok\n");
    if (e == ERR_OK && robots_write(rules, stored) != ERR_OK)
        e = buf_add_str(stored, text);
    robots_free(rules);
    buf_fini(&plain);
    return e;
}

enum err
robots_cache_judge(const struct robots_cache *c, const struct fetch_answer *a,
                   bool is_elsewhere, struct decoder *d, struct buf *stored,
                   int64_t *ttl_ms)
{
    enum outcome failure = is_elsewhere ? OUTCOME_ROBOTS_ERROR : a->outcome;
    bool has_body = a->outcome == OUTCOME_OK || a->outcome == OUTCOME_TOO_BIG;

    buf_reset(stored);
    *ttl_ms = ROBOTS_CACHE_MS;
    if (has_body && a->status >= 200 && a->status < 300) {
        enum err e = robots_cache_write(a, d, c->agent_token, stored);

        if (e == ERR_OK)
            return ERR_OK;
        /* rules that do not fit are rules all the same: keep out */
        buf_reset(stored);
        failure = OUTCOME_ROBOTS_ERROR;
    } else if (has_body && a->status != 429 && a->status >= 300 &&
               a->status < 500) {
        /* 4xx, and a redirect too many: "unavailable", so all is allowed */
        return buf_addf(stored, "ok\n");
    } else if (has_body) {
        failure = OUTCOME_ROBOTS_ERROR; /* 5xx, 429 */
    }
    *ttl_ms = c->failure_ms;
    return buf_addf(stored, "error %s\n", outcome_name(failure));
}
