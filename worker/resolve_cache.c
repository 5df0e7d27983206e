/* SPDX-License-Identifier: MIT */
#include "worker/resolve_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uthash.h>

#include "common/mem.h"
#include "worker/etc_hosts.h"

enum {
    RESOLVE_CACHE_NAMES = 20000,    /* some 200 bytes each */
    RESOLVE_CACHE_HOST_BYTES = 1024 /* of one name's addresses in a file */
};

/* A name and what became of it; uthash keeps them oldest first. */
struct resolve_name {
    uint64_t until_ms; /* of look-ups */
    enum outcome outcome;
    const char *reason;
    char *addresses;
    UT_hash_handle hh;
    char host[];
};

struct resolve_cache {
    struct resolve_name *names; /* of look-ups */
    struct resolve_name *hosts; /* of /etc/hosts */
    int family;
};

static void
resolve_cache_drop(struct resolve_name **names, struct resolve_name *name)
{
    HASH_DEL(*names, name);
    free(name->addresses);
    free(name);
}

static struct resolve_name *
resolve_cache_name(struct resolve_name **names, struct str host)
{
    struct resolve_name *name = xcalloc(1, sizeof(*name) + host.n + 1);

    memcpy(name->host, host.p, host.n);
    name->reason = "";
    HASH_ADD(hh, *names, host[0], host.n, name);
    return name;
}

static struct str
resolve_cache_without_dot(struct str host)
{
    if (host.n > 1 && host.p[host.n - 1] == '.')
        host.n--;
    return host;
}

/* RFC 6761 section 6.3, RFC 7686: these are nobody's to ask for. */
static bool
resolve_cache_is_special(const struct resolve_cache *c, struct str host,
                         struct resolve_answer *out)
{
    if (str_equal(host, STR("localhost")) || str_ends(host, STR(".localhost")))
        *out = (struct resolve_answer){OUTCOME_OK,
                                       c->family == AF_INET ? STR("127.0.0.1")
                                       : c->family == AF_INET6
                                           ? STR("[::1]")
                                           : STR("127.0.0.1,[::1]"),
                                       ""};
    else if (str_ends(host, STR(".onion")))
        *out = (struct resolve_answer){OUTCOME_NO_DNS, STR_NONE,
                                       "not a name of DNS"};
    else
        return false;
    return true;
}

bool
resolve_cache_find(struct resolve_cache *c, struct str host, uint64_t now_ms,
                   struct resolve_answer *out)
{
    struct resolve_name *name;

    host = resolve_cache_without_dot(host);
    HASH_FIND(hh, c->hosts, host.p, host.n, name);
    if (name == NULL) {
        if (resolve_cache_is_special(c, host, out))
            return true;
        HASH_FIND(hh, c->names, host.p, host.n, name);
        if (name && name->until_ms <= now_ms) {
            resolve_cache_drop(&c->names, name);
            name = NULL;
        }
    }
    if (name == NULL)
        return false;
    *out = (struct resolve_answer){name->outcome, str_from(name->addresses),
                                   name->reason};
    return true;
}

void
resolve_cache_add(struct resolve_cache *c, struct str host,
                  const struct resolve_answer *a, uint64_t until_ms)
{
    struct resolve_name *name;

    host = resolve_cache_without_dot(host);
    HASH_FIND(hh, c->names, host.p, host.n, name);
    if (name)
        resolve_cache_drop(&c->names, name);
    else if (HASH_COUNT(c->names) >= RESOLVE_CACHE_NAMES)
        resolve_cache_drop(&c->names, c->names);
    name = resolve_cache_name(&c->names, host);
    name->addresses = xmemdup0(a->addresses.p, a->addresses.n);
    name->outcome = a->outcome;
    name->reason = a->reason;
    name->until_ms = until_ms;
}

void
resolve_cache_forget(struct resolve_cache *c, struct str host)
{
    struct resolve_name *name;

    host = resolve_cache_without_dot(host);
    HASH_FIND(hh, c->names, host.p, host.n, name);
    if (name)
        resolve_cache_drop(&c->names, name);
}

void
resolve_cache_forget_failures(struct resolve_cache *c)
{
    struct resolve_name *name, *next;

    HASH_ITER(hh, c->names, name, next)
    if (name->outcome == OUTCOME_DNS_ERROR)
        resolve_cache_drop(&c->names, name);
}

static void
resolve_cache_on_host(void *arg, struct str host, struct str address,
                      int family)
{
    struct resolve_cache *c = arg;
    struct resolve_name *name;
    struct buf all;

    if (c->family != AF_UNSPEC && family != c->family)
        return;
    buf_init(&all, RESOLVE_CACHE_HOST_BYTES);
    HASH_FIND(hh, c->hosts, host.p, host.n, name);
    if (name == NULL) {
        name = resolve_cache_name(&c->hosts, host);
        name->outcome = OUTCOME_OK;
    }
    if (buf_addf(&all, family == AF_INET ? "%s%s%.*s" : "%s%s[%.*s]",
                 name->addresses ? name->addresses : "",
                 name->addresses ? "," : "", STR_ARG(address)) == ERR_OK) {
        free(name->addresses);
        name->addresses = xmemdup0(all.p, all.n);
    }
    buf_fini(&all);
}

struct resolve_cache *
resolve_cache_new(int family)
{
    struct resolve_cache *c = xcalloc(1, sizeof(*c));

    c->family = family;
    etc_hosts_read(ETC_HOSTS_PATH, resolve_cache_on_host, c);
    return c;
}

void
resolve_cache_free(struct resolve_cache *c)
{
    if (c == NULL)
        return;
    while (c->names)
        resolve_cache_drop(&c->names, c->names);
    while (c->hosts)
        resolve_cache_drop(&c->hosts, c->hosts);
    free(c);
}
