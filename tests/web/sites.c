/* SPDX-License-Identifier: MIT */
#include "tests/web/sites.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

#include "common/mem.h"
#include "tests/web/coding.h"
#include "tests/web/put.h"
#include "tests/web/site_line.h"

enum {
    SITES_CODED_MAX = 1 << 28, /* room for a body's chunks */
    SITES_CHUNK = 1000,        /* bytes of one chunk */
    SITES_COPIED = 1 << 16     /* a smaller body goes out in the head's call */
};

struct entry {
    struct site_line line;
    char *key; /* "host path" */
    size_t key_len;
    struct entry *later;       /* for the same key, when times is used up */
    struct entry *next_prefix; /* in the list of those that end in "*" */
    UT_hash_handle hh;
};

struct site_host {
    uint32_t number;
    char *name;
    UT_hash_handle hh;
};

struct sites {
    struct entry *entries; /* by key */
    struct site_host *hosts;
    struct entry *prefixes, **last_prefix;
    bool has_any; /* lines for the host "*" */
};

static void
entry_free(struct entry *e)
{
    if (e == NULL)
        return;
    site_line_fini(&e->line);
    free(e->key);
    free(e);
}

void
sites_free(struct sites *s)
{
    struct entry *e, *next;
    struct site_host *h, *next_host;

    if (s == NULL)
        return;
    HASH_ITER(hh, s->entries, e, next)
    {
        HASH_DEL(s->entries, e);
        while (e != NULL) {
            struct entry *later = e->later;

            entry_free(e);
            e = later;
        }
    }
    HASH_ITER(hh, s->hosts, h, next_host)
    {
        HASH_DEL(s->hosts, h);
        free(h->name);
        free(h);
    }
    free(s);
}

static void
sites_add_host(struct sites *s, struct str name)
{
    struct site_host *h;

    if (str_equal(name, STR("*"))) {
        s->has_any = true;
        return;
    }
    HASH_FIND(hh, s->hosts, name.p, name.n, h);
    if (h != NULL)
        return;
    h = xcalloc(1, sizeof(*h));
    h->name = xmemdup0(name.p, name.n);
    h->number = HASH_COUNT(s->hosts) + 1;
    HASH_ADD_KEYPTR(hh, s->hosts, h->name, name.n, h);
}

/* All that can be done to a body once and for all. */
static void
entry_code_body(struct site_line *l)
{
    struct buf plain = l->body;

    if (l->is_gzip) {
        buf_init(&l->body, SITES_CODED_MAX);
        coding_gzip(buf_str(&plain), &l->body);
        buf_fini(&plain);
        PUT(&l->headers, "Content-Encoding: gzip\r\n");
        plain = l->body;
    }
    if (l->is_chunked) {
        buf_init(&l->body, SITES_CODED_MAX);
        reply_chunk(&l->body, buf_str(&plain), SITES_CHUNK);
        buf_fini(&plain);
        PUT(&l->headers, "Transfer-Encoding: chunked\r\n");
        if (l->is_endless)
            l->body.n -= sizeof("0\r\n\r\n") - 1;
    }
    if (l->is_endless && l->body.n < REPLY_PATTERN_BYTES) {
        plain = l->body;
        buf_init(&l->body, SITES_CODED_MAX);
        reply_repeat(&l->body, buf_str(&plain));
        buf_fini(&plain);
    }
}

static void
entry_add_validators(struct site_line *l)
{
    if (l->etag.n > 0) {
        PUT(&l->headers, "ETag: ");
        put_str(&l->headers, buf_str(&l->etag));
        PUT(&l->headers, "\r\n");
    }
    if (l->modified.n > 0) {
        PUT(&l->headers, "Last-Modified: ");
        put_str(&l->headers, buf_str(&l->modified));
        PUT(&l->headers, "\r\n");
    }
}

/* Takes e. */
static void
sites_add(struct sites *s, struct entry *e)
{
    struct site_line *l = &e->line;
    struct entry *first;
    struct buf key;

    entry_code_body(l);
    entry_add_validators(l);
    buf_init(&key, SITES_CODED_MAX);
    put_str(&key, buf_str(&l->host));
    PUT(&key, " ");
    put_str(&key, buf_str(&l->path));
    e->key_len = key.n;
    e->key = xmemdup0(key.p, key.n);
    buf_fini(&key);
    sites_add_host(s, buf_str(&l->host));
    HASH_FIND(hh, s->entries, e->key, e->key_len, first);
    if (first != NULL) {
        while (first->later != NULL)
            first = first->later;
        first->later = e;
        return;
    }
    HASH_ADD_KEYPTR(hh, s->entries, e->key, e->key_len, e);
    if (l->path.p[l->path.n - 1] == '*') {
        *s->last_prefix = e;
        s->last_prefix = &e->next_prefix;
    }
}

enum err
sites_load(const char *path, struct sites **out)
{
    struct sites *s = xcalloc(1, sizeof(*s));
    char *line = NULL, *copy = xstrdup(path);
    const char *directory = dirname(copy), *why = "";
    size_t room = 0, number = 0;
    enum err e = ERR_OK;
    FILE *f = fopen(path, "re");

    *out = NULL;
    s->last_prefix = &s->prefixes;
    if (f == NULL) {
        log_warn("%s", path);
        e = ERR_IO;
    }
    while (e == ERR_OK) {
        ssize_t n = getline(&line, &room, f);
        struct entry *entry;

        if (n < 0)
            break;
        number++;
        entry = xcalloc(1, sizeof(*entry));
        site_line_init(&entry->line);
        e = site_line_parse(&entry->line, (struct str){line, (size_t)n},
                            directory, &why);
        if (e == ERR_OK) {
            sites_add(s, entry);
            continue;
        }
        entry_free(entry);
        if (e == ERR_NOT_FOUND)
            e = ERR_OK;
        else
            log_warnx("%s:%zu: %s", path, number, why);
    }
    if (f != NULL)
        fclose(f);
    free(line);
    free(copy);
    if (e != ERR_OK) {
        sites_free(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

/* The first of the lines with one key that is not used up. */
static struct entry *
entry_live(struct entry *e)
{
    while (e != NULL && e->line.times == 0)
        e = e->later;
    return e;
}

static struct entry *
sites_find_key(struct sites *s, struct str host, struct str path)
{
    char key[2 * REQUEST_MAX_BYTES];
    struct entry *e;

    if (host.n + 1 + path.n > sizeof(key))
        return NULL;
    memcpy(key, host.p, host.n);
    key[host.n] = ' ';
    memcpy(key + host.n + 1, path.p, path.n);
    HASH_FIND(hh, s->entries, key, host.n + 1 + path.n, e);
    return entry_live(e);
}

static struct entry *
sites_find_prefix(struct sites *s, const struct request *req)
{
    for (struct entry *e = s->prefixes; e != NULL; e = e->next_prefix) {
        struct str host = buf_str(&e->line.host);
        struct str path = buf_str(&e->line.path);

        path.n--; /* the "*" */
        if ((str_equal(host, req->host) || str_equal(host, STR("*"))) &&
            str_starts(req->target, path) && entry_live(e) != NULL)
            return entry_live(e);
    }
    return NULL;
}

struct entry *
sites_find(struct sites *s, const struct request *req)
{
    const struct str hosts[] = {req->host, STR("*")};
    struct entry *e;

    for (size_t i = 0; i < (s->has_any ? 2 : 1); i++) {
        if (hosts[i].n == 0)
            continue;
        e = sites_find_key(s, hosts[i], req->target);
        if (e == NULL && req->path.n < req->target.n)
            e = sites_find_key(s, hosts[i], req->path);
        if (e != NULL)
            return e;
    }
    return sites_find_prefix(s, req);
}

uint64_t
sites_delay_ms(const struct entry *e)
{
    return e->line.delay_ms;
}

/* RFC 9110 section 8.6: 1xx and 204 have no length, 304 no body. */
static bool
status_is_bare(int status)
{
    return status < 200 || status == 204 || status == 304;
}

static void
entry_end_head(const struct site_line *l, const struct request *req,
               struct reply *r)
{
    if (l->is_endless) {
        reply_end_unsized(r);
    } else if (l->is_chunked || (status_is_bare(l->status) && l->body.n == 0)) {
        if (r->is_last)
            PUT(&r->head, "Connection: close\r\n");
        PUT(&r->head, "\r\n");
    } else if (l->content_length != SITE_LINE_UNSET) {
        r->is_last = true;
        reply_end_length(r, req, l->content_length);
    } else {
        reply_end(r, req);
    }
}

/* RFC 9110 section 13.2.2: with an entity tag the date does not count. */
static bool
entry_is_unchanged(const struct site_line *l, const struct request *req)
{
    if (req->none_match.n > 0)
        return l->etag.n > 0 && str_equal(req->none_match, buf_str(&l->etag));
    return l->modified.n > 0 &&
           str_equal(req->modified_since, buf_str(&l->modified));
}

/* What a condition makes of the answer; false: nothing. */
static bool
entry_answer_condition(const struct site_line *l, const struct request *req,
                       struct reply *r)
{
    bool is_asked = req->none_match.n > 0 || req->modified_since.n > 0;

    if (is_asked && l->is_refused) {
        reply_text(r, req, 412, REPLY_PLAIN, STR("no\n"));
        return true;
    }
    if (!is_asked || !entry_is_unchanged(l, req))
        return false;
    reply_begin(r, 304, STR_NONE);
    put_str(&r->head, buf_str(&l->headers));
    PUT(&r->head, "\r\n");
    return true;
}

void
sites_answer(struct entry *e, const struct request *req, struct reply *r)
{
    struct site_line *l = &e->line;

    if (l->times != SITE_LINE_UNSET)
        l->times--;
    r->is_reset = l->is_reset;
    if (l->is_reset && l->close_early == SITE_LINE_UNSET)
        return;
    if (entry_answer_condition(l, req, r))
        return;
    reply_begin(r, l->status, buf_str(&l->type));
    put_str(&r->head, buf_str(&l->headers));
    r->drip_bps = (uint32_t)l->drip_bps;
    if (l->is_endless && l->body.n > 0) {
        r->pattern = buf_str(&l->body);
        r->pattern_bytes = REPLY_ENDLESS;
    } else if (l->body.n < SITES_COPIED) {
        put_str(&r->body, buf_str(&l->body));
    } else {
        r->tail = buf_str(&l->body);
    }
    entry_end_head(l, req, r);
    if (l->close_early != SITE_LINE_UNSET)
        reply_cut(r, l->close_early);
}

uint32_t
sites_hosts(const struct sites *s)
{
    return s == NULL ? 0 : HASH_COUNT(s->hosts);
}

uint32_t
sites_host_number(const struct sites *s, struct str host)
{
    struct site_host *h;

    HASH_FIND(hh, s->hosts, host.p, host.n, h);
    return h == NULL ? 0 : h->number;
}
