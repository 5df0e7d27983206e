/*
 * SPDX-License-Identifier: MIT
 *
 * The request of add: items that add-5.lua takes together become one part.
 * Parts come in the order of their first items, and items within them in
 * theirs; so a list of home pages is queued in the list's order.
 */
#include <assert.h>
#include <string.h>

#include "common/entry.h"
#include "common/fingerprint.h"
#include "common/frontier_key.h"
#include "common/redis.h"

enum {
    ADD_EACH = -1, /* a part whose items have buckets of their own */
    ADD_SLOTS = 2048,
    ADD_NONE = UINT16_MAX
};

struct add_part {
    int bucket; /* of the host, or ADD_EACH */
    char kind;
    uint64_t host;
    uint16_t first, last; /* of its items, by next */
    uint16_t count;
};

/* Items are found by what they have in common in a table of parts. */
struct add_parts {
    struct add_part v[FRONTIER_ADD_MAX];
    size_t n;
    uint16_t next[FRONTIER_ADD_MAX];
    uint16_t slots[ADD_SLOTS]; /* 0: empty; else a part's number, from 1 on */
};

/* --- where the seen-set has a URL --- */

/* The authority of a canonical URL; *is_home: nothing but / is behind it. */
static struct str
add_authority(struct str url, bool *is_home)
{
    const char *colon = memchr(url.p, ':', url.n);
    struct str rest = {NULL, 0};
    const char *slash;

    *is_home = true;
    if (colon == NULL || (size_t)(colon - url.p) + 3 > url.n)
        return rest; /* no URL of ours */
    rest.p = colon + 3;
    rest.n = url.n - (size_t)(rest.p - url.p);
    slash = memchr(rest.p, '/', rest.n);
    if (slash == NULL)
        return rest;
    *is_home = slash + 1 == url.p + url.n;
    rest.n = (size_t)(slash - rest.p);
    return rest;
}

bool
frontier_is_among_hosts_pages(struct str url, unsigned *bucket)
{
    bool is_home;
    struct str authority = add_authority(url, &is_home);

    if (!is_home)
        *bucket = (unsigned)(fingerprint(authority) & FRONTIER_SEEN_MASK);
    return !is_home;
}

/* --- parts --- */

/* What add-5.lua knows an item's kind by. */
static char
add_kind(const struct frontier_item *item)
{
    int kind = item->place == FRONTIER_NEXT ? 1 : 0;

    if (item->host != 0)
        kind += item->is_seed ? 4 : 2;
    return (char)('0' + kind);
}

static struct add_part
add_part_of(const struct frontier_item *item)
{
    struct add_part part = {.bucket = ADD_EACH, .kind = add_kind(item)};
    struct entry entry;
    unsigned bucket;

    if (entry_parse(item->entry, &entry) == ERR_OK &&
        frontier_is_among_hosts_pages(entry.url, &bucket)) {
        part.bucket = (int)bucket;
        part.host = item->host;
    }
    return part;
}

/* The part of that kind, which may be a new one. */
static struct add_part *
add_parts_find(struct add_parts *p, const struct add_part *like)
{
    size_t at = (size_t)(like->bucket + 1) * 8 + (size_t)(like->kind - '0');

    for (at = at * 0x9e37 + like->host;; at++) {
        uint16_t *slot = &p->slots[at % ADD_SLOTS];
        struct add_part *part;

        if (*slot == 0) {
            p->v[p->n] = *like;
            *slot = (uint16_t)++p->n;
            return &p->v[p->n - 1];
        }
        part = &p->v[*slot - 1];
        if (part->bucket == like->bucket && part->kind == like->kind &&
            part->host == like->host)
            return part;
    }
}

static void
add_parts_make(struct add_parts *p, const struct frontier_item *items,
               size_t count)
{
    p->n = 0;
    memset(p->slots, 0, sizeof(p->slots));
    for (size_t i = 0; i < count; i++) {
        struct add_part like = add_part_of(&items[i]);
        struct add_part *part = add_parts_find(p, &like);

        p->next[i] = ADD_NONE;
        if (part->count++ == 0)
            part->first = (uint16_t)i;
        else
            p->next[part->last] = (uint16_t)i;
        part->last = (uint16_t)i;
    }
}

/* --- the request --- */

static size_t
add_part_args(const struct add_part *part)
{
    size_t host = part->kind >= '2' ? 2 : 0;

    if (part->bucket == ADD_EACH)
        return 3 + part->count * (3 + host);
    return 3 + host + part->count * (size_t)2;
}

static void
add_put_host(struct buf *b, uint64_t host)
{
    if (host == 0)
        return;
    resp_int(b, (int64_t)host);
    resp_int(b, (int64_t)(host & FRONTIER_HOSTS_MASK));
}

static void
add_put_part(struct buf *b, const struct add_parts *p,
             const struct add_part *part, const struct frontier_item *items)
{
    bool is_each = part->bucket == ADD_EACH;

    if (is_each)
        resp_arg(b, STR(""));
    else
        resp_int(b, part->bucket);
    resp_arg(b, (struct str){&part->kind, 1});
    resp_int(b, part->count);
    if (!is_each)
        add_put_host(b, part->host);
    for (uint16_t i = part->first; i != ADD_NONE; i = p->next[i]) {
        uint64_t print = items[i].fingerprint;

        if (is_each)
            resp_arg(b, items[i].entry);
        /* signed: what Redis keeps in 8 bytes of an intset */
        resp_int(b, (int64_t)print);
        if (is_each) {
            resp_int(b, (int64_t)(print & FRONTIER_SEEN_MASK));
            add_put_host(b, items[i].host);
        }
    }
    for (uint16_t i = part->first; !is_each && i != ADD_NONE; i = p->next[i])
        resp_arg(b, items[i].entry);
}

void
frontier_form_add(const struct frontier *f, struct buf *b,
                  const struct frontier_item *items, size_t count,
                  uint64_t seed_row)
{
    struct add_parts parts;
    size_t args = 1;

    assert(count <= FRONTIER_ADD_MAX);
    add_parts_make(&parts, items, count);
    for (size_t i = 0; i < parts.n; i++)
        args += add_part_args(&parts.v[i]);
    frontier_begin(f, b, VERB_ADD, args);
    resp_int(b, (int64_t)seed_row);
    for (size_t i = 0; i < parts.n; i++)
        add_put_part(b, &parts, &parts.v[i], items);
}
