/* SPDX-License-Identifier: MIT */
#include "worker/resolve.h"

#include <ares.h>
#include <netdb.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/limits.h"
#include "common/mem.h"
#include "worker/polite.h"

enum {
    RESOLVE_CACHE_NAMES = 20000,
    RESOLVE_ADDRESSES_MAX = 8, /* libcurl tries them in turn */
    RESOLVE_TTL_MIN_S = 10,
    RESOLVE_TTL_MAX_S = 3600,
    RESOLVE_NO_NAME_MS = 60 * 1000,
    RESOLVE_TIMEOUT_MS = 2000, /* of the first try; c-ares doubles it */
    RESOLVE_TRIES = 3
};

/* A name and what became of it; uthash keeps them oldest first. */
struct resolve_name {
    uint64_t until_ms;
    enum outcome outcome;
    char *addresses;
    UT_hash_handle hh;
    char host[];
};

/* A socket of c-ares on the loop. */
struct resolve_poll {
    uv_poll_t handle;
    struct resolve *r;
    ares_socket_t fd;
    struct resolve_poll *next;
};

struct resolve {
    uv_loop_t *loop;
    struct stats *stats;
    int64_t failure_ms; /* how long nobody's answer is remembered */
    ares_channel channel;
    uv_timer_t timer;
    struct resolve_poll *polls;
    struct resolve_name *names;
    size_t under_way;
    bool is_closed;
    int family; /* --ipv4, --ipv6, or both */
};

struct resolve_query {
    struct resolve *r;
    resolve_fn *fn;
    void *arg;
    char host[];
};

/* --- c-ares on the loop --- */

static void
resolve_on_timer(uv_timer_t *timer)
{
    struct resolve *r = timer->data;

    ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void
resolve_on_poll(uv_poll_t *handle, int status, int events)
{
    struct resolve_poll *p = handle->data;
    struct resolve *r = p->r;
    ares_socket_t fd = p->fd;

    if (status < 0)
        events = UV_READABLE | UV_WRITABLE;
    ares_process_fd(r->channel, events & UV_READABLE ? fd : ARES_SOCKET_BAD,
                    events & UV_WRITABLE ? fd : ARES_SOCKET_BAD);
}

static void
resolve_on_poll_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void
resolve_poll_end(struct resolve *r, ares_socket_t fd)
{
    for (struct resolve_poll **p = &r->polls; *p; p = &(*p)->next)
        if ((*p)->fd == fd) {
            struct resolve_poll *gone = *p;

            *p = gone->next;
            uv_poll_stop(&gone->handle);
            uv_close((uv_handle_t *)&gone->handle, resolve_on_poll_closed);
            return;
        }
}

/* c-ares wants to know of fd's being readable, writable, or of nothing. */
static void
resolve_on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct resolve *r = arg;
    struct resolve_poll *p = r->polls;
    int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);

    if (events == 0) {
        resolve_poll_end(r, fd);
        return;
    }
    while (p && p->fd != fd)
        p = p->next;
    if (p == NULL) {
        p = xcalloc(1, sizeof(*p));
        p->r = r;
        p->fd = fd;
        p->handle.data = p;
        uv_poll_init_socket(r->loop, &p->handle, fd);
        p->next = r->polls;
        r->polls = p;
    }
    uv_poll_start(&p->handle, events, resolve_on_poll);
}

/* --- the cache --- */

static struct resolve_name *
resolve_cached(struct resolve *r, struct str host)
{
    struct resolve_name *name;

    HASH_FIND(hh, r->names, host.p, host.n, name);
    if (name == NULL || name->until_ms > uv_now(r->loop))
        return name;
    HASH_DEL(r->names, name);
    free(name->addresses);
    free(name);
    return NULL;
}

static void
resolve_remember(struct resolve *r, struct str host, enum outcome outcome,
                 const char *addresses, int64_t ttl_ms)
{
    struct resolve_name *name = resolve_cached(r, host);

    if (name == NULL && HASH_COUNT(r->names) >= RESOLVE_CACHE_NAMES) {
        name = r->names;
        HASH_DEL(r->names, name);
        free(name->addresses);
        free(name);
        name = NULL;
    }
    if (name == NULL) {
        name = xcalloc(1, sizeof(*name) + host.n + 1);
        memcpy(name->host, host.p, host.n);
        HASH_ADD(hh, r->names, host[0], host.n, name);
    }
    free(name->addresses);
    name->addresses = xstrdup(addresses);
    name->outcome = outcome;
    name->until_ms = uv_now(r->loop) + (uint64_t)ttl_ms;
}

/* --- look-ups --- */

static enum outcome
resolve_outcome(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return OUTCOME_OK;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
        return OUTCOME_NO_DNS;
    default:
        return OUTCOME_DNS_ERROR;
    }
}

/* The answer as text; *ttl_s becomes the smallest TTL in it. */
static void
resolve_write(const struct ares_addrinfo *info, struct buf *out, int *ttl_s)
{
    size_t n = 0;

    for (struct ares_addrinfo_node *node = info->nodes;
         node && n < RESOLVE_ADDRESSES_MAX; node = node->ai_next) {
        char text[INET6_ADDRSTRLEN];
        bool is_v6 = node->ai_family == AF_INET6;
        const void *address =
            is_v6 ? (void *)&((struct sockaddr_in6 *)(void *)node->ai_addr)
                        ->sin6_addr
                  : (void *)&((struct sockaddr_in *)(void *)node->ai_addr)
                        ->sin_addr;

        if (inet_ntop(node->ai_family, address, text, sizeof(text)) == NULL ||
            buf_addf(out, is_v6 ? "%s[%s]" : "%s%s", n ? "," : "", text) !=
                ERR_OK)
            break;
        if (n++ == 0 || node->ai_ttl < *ttl_s)
            *ttl_s = node->ai_ttl;
    }
}

static int64_t
resolve_ttl_ms(const struct resolve *r, enum outcome outcome, int ttl_s)
{
    if (outcome != OUTCOME_OK)
        return outcome == OUTCOME_NO_DNS ? RESOLVE_NO_NAME_MS : r->failure_ms;
    if (ttl_s < RESOLVE_TTL_MIN_S)
        ttl_s = RESOLVE_TTL_MIN_S;
    if (ttl_s > RESOLVE_TTL_MAX_S)
        ttl_s = RESOLVE_TTL_MAX_S;
    return (int64_t)ttl_s * 1000;
}

static void
resolve_on_answer(void *arg, int status, int timeouts,
                  struct ares_addrinfo *info)
{
    struct resolve_query *query = arg;
    struct resolve *r = query->r;
    enum outcome outcome = resolve_outcome(status);
    int ttl_s = 0;
    struct buf text;

    (void)timeouts;
    buf_init(&text, 1024);
    if (info)
        resolve_write(info, &text, &ttl_s);
    if (outcome == OUTCOME_OK && text.n == 0)
        outcome = OUTCOME_NO_DNS;
    if (status != ARES_EDESTRUCTION && status != ARES_ECANCELLED &&
        !(outcome == OUTCOME_DNS_ERROR && limits_has_no_file())) {
        char *addresses = xmemdup0(text.p, text.n);

        resolve_remember(r, str_from(query->host), outcome, addresses,
                         resolve_ttl_ms(r, outcome, ttl_s));
        free(addresses);
    }
    if (--r->under_way == 0 && !r->is_closed)
        uv_timer_stop(&r->timer);
    query->fn(query->arg, outcome, buf_str(&text));
    buf_fini(&text);
    ares_freeaddrinfo(info);
    free(query);
}

void
resolve_host(struct resolve *r, struct str host, resolve_fn *fn, void *arg)
{
    struct resolve_name *name = resolve_cached(r, host);
    struct ares_addrinfo_hints hints = {.ai_family = r->family,
                                        .ai_socktype = SOCK_STREAM};
    struct resolve_query *query;

    if (name) {
        fn(arg, name->outcome, str_from(name->addresses));
        return;
    }
    query = xcalloc(1, sizeof(*query) + host.n + 1);
    query->r = r;
    query->fn = fn;
    query->arg = arg;
    memcpy(query->host, host.p, host.n);
    if (r->under_way++ == 0)
        uv_timer_start(&r->timer, resolve_on_timer, 250, 250);
    stats_add(r->stats, STAT_dns_lookups, 1);
    ares_getaddrinfo(r->channel, query->host, NULL, &hints, resolve_on_answer,
                     query);
}

/* --- birth and end --- */

enum err
resolve_new(uv_loop_t *loop, const struct config *c, struct stats *stats,
            struct resolve **out, char why[CONFIG_WHY_BYTES])
{
    struct resolve *r = xcalloc(1, sizeof(*r));
    /* names of /etc/hosts come behind the name servers: c-ares reads that
       file anew for each look-up */
    char lookups[] = "bf";
    struct ares_options options = {.timeout = RESOLVE_TIMEOUT_MS,
                                   .tries = RESOLVE_TRIES,
                                   .lookups = lookups,
                                   .sock_state_cb = resolve_on_socket,
                                   .sock_state_cb_data = r};
    int status =
        ares_init_options(&r->channel, &options,
                          ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                              ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);

    *out = NULL;
    if (status == ARES_SUCCESS && c->dns_servers) {
        status = ares_set_servers_ports_csv(r->channel, c->dns_servers);
        if (status != ARES_SUCCESS)
            ares_destroy(r->channel);
    }
    if (status != ARES_SUCCESS) {
        snprintf(why, CONFIG_WHY_BYTES, "dns-servers: %.100s: %s",
                 c->dns_servers ? c->dns_servers : "the system's",
                 ares_strerror(status));
        free(r);
        return ERR_INVALID;
    }
    r->loop = loop;
    r->stats = stats;
    r->failure_ms = polite_failure_ms(c);
    r->family = c->ipv4 ? AF_INET : c->ipv6 ? AF_INET6 : AF_UNSPEC;
    uv_timer_init(loop, &r->timer);
    r->timer.data = r;
    *out = r;
    return ERR_OK;
}

static void
resolve_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void
resolve_close(struct resolve *r)
{
    struct resolve_name *name, *next;

    if (r == NULL)
        return;
    r->is_closed = true;
    ares_destroy(r->channel);
    HASH_ITER(hh, r->names, name, next)
    {
        HASH_DEL(r->names, name);
        free(name->addresses);
        free(name);
    }
    uv_close((uv_handle_t *)&r->timer, resolve_on_closed);
}
