/*
 * A look-up has a part for A and one for AAAA, which end each for itself; it
 * is told when both have ended, or one found addresses and the other is slow,
 * or its time is over.  Its memory goes with its last question.
 *
 * Without a route to the IPv6 Internet AAAA is asked only for names that have
 * no A, which halves the questions and still tells what there is.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/resolve.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>

#include "common/limits.h"
#include "common/mem.h"
#include "worker/name_servers.h"
#include "worker/polite.h"
#include "worker/resolve_cache.h"

enum {
    RESOLVE_ADDRESSES_MAX = 8, /* libcurl tries them in turn */
    RESOLVE_TTL_MIN_S = 10,
    RESOLVE_TTL_MAX_S = 3600,
    RESOLVE_NO_NAME_MS = 60 * 1000,
    RESOLVE_TURN_MS = 100,        /* between two looks at all look-ups */
    RESOLVE_RATE_TURN_MS = 10,    /* while some may not begin yet */
    RESOLVE_OTHER_MS = 250,       /* A waits so long for AAAA; RFC 8305 3 */
    RESOLVE_UNDER_WAY_MAX = 1000, /* what a name server's socket can hold */
    RESOLVE_QUESTIONS_MAX = 4,    /* for one part of a look-up */
    RESOLVE_ROUTE_MS = 60 * 1000  /* between two looks for IPv6 */
};

struct resolve_waiter {
    resolve_fn *fn;
    void *arg;
    struct resolve_waiter *next;
};

struct resolve_part {
    enum name_servers_type type;
    bool is_asked, has_ended;
    int status; /* ARES_SUCCESS, ENODATA, ENOTFOUND, or the last failure */
    unsigned questions;
    unsigned servers, open; /* bits: whom, and who has not answered */
    unsigned last;          /* the last one asked */
    uint64_t asked_ms, ended_ms;
    struct buf addresses;
};

struct resolve_lookup {
    struct resolve *r;
    struct resolve_lookup *next, **before; /* among those under way */
    struct resolve_waiter *waiters;
    struct resolve_part part[2]; /* A, AAAA */
    uint64_t begun_ms;
    int ttl_s;
    unsigned open; /* questions, and calls that still use it */
    bool is_told;
    struct resolve_lookup *gone; /* while is_walking */
    UT_hash_handle hh;
    char host[];
};

struct resolve_question {
    struct resolve_lookup *lookup;
    struct resolve_part *part;
    unsigned server;
};

struct resolve {
    uv_loop_t *loop;
    struct stats *stats;
    struct name_servers *servers;
    uint64_t failure_ms; /* how long nobody's answer is remembered */
    uint64_t timeout_ms;
    uint64_t gap_us, next_us; /* --dns-rate: between two, and the next */
    uv_timer_t timer;
    struct resolve_cache *cache;
    struct resolve_lookup *lookups; /* all, by name */
    struct resolve_lookup *under_way, *queued, **queued_last;
    struct resolve_lookup *gone;
    size_t under_way_count;
    uint64_t route_at_ms; /* when to look for one again */
    uint64_t answered_ms;
    bool has_ipv6_route;
    bool is_walking, is_closed;
    int family;                 /* --ipv4, --ipv6, or both */
    resolve_watch_fn *watch_fn; /* or NULL */
    void *watch_arg;
};

/* --- what DNS says, in our words --- */

static const struct resolve_word {
    int status;
    enum outcome outcome;
    enum stats_id counter;
    const char *reason;
} resolve_words[] = {
    {ARES_SUCCESS, OUTCOME_OK, STAT_dns_found, ""},
    {ARES_ENOTFOUND, OUTCOME_NO_DNS, STAT_dns_nxdomain, "NXDOMAIN"},
    {ARES_ENODATA, OUTCOME_NO_DNS, STAT_dns_nodata, "NODATA"},
    {ARES_EBADNAME, OUTCOME_NO_DNS, STAT_dns_other, "no name for DNS"},
    {ARES_ESERVFAIL, OUTCOME_DNS_ERROR, STAT_dns_servfail, "SERVFAIL"},
    {ARES_EREFUSED, OUTCOME_DNS_ERROR, STAT_dns_refused, "REFUSED"},
    {ARES_ETIMEOUT, OUTCOME_DNS_ERROR, STAT_dns_timeouts, "time-out"},
    {ARES_ECONNREFUSED, OUTCOME_DNS_ERROR, STAT_dns_other,
     "no name server there"},
    {-1, OUTCOME_DNS_ERROR, STAT_dns_other, "no proper answer"}};

static const struct resolve_word *
resolve_word(int status)
{
    const struct resolve_word *word = resolve_words;

    while (word->status != status && word->status != -1)
        word++;
    return word;
}

/* It will not change by asking somebody else. */
static bool
resolve_is_final(int status)
{
    return resolve_word(status)->outcome != OUTCOME_DNS_ERROR;
}

/* --- the end of a look-up --- */

static void
resolve_lookup_free(struct resolve_lookup *l)
{
    buf_fini(&l->part[0].addresses);
    buf_fini(&l->part[1].addresses);
    free(l);
}

/* One question or call less.  Whoever walks still needs its next. */
static void
resolve_release(struct resolve_lookup *l)
{
    struct resolve *r = l->r;

    if (--l->open > 0 || !l->is_told)
        return;
    if (r->is_walking) {
        l->gone = r->gone;
        r->gone = l;
    } else {
        resolve_lookup_free(l);
    }
}

/* Of both parts: addresses, else what may still change, else what there is. */
static int
resolve_status(const struct resolve_lookup *l)
{
    int status = ARES_ENODATA;

    for (int i = 0; i < 2; i++)
        if (l->part[i].addresses.n > 0)
            return ARES_SUCCESS;
    for (int i = 0; i < 2; i++)
        if (l->part[i].is_asked && !resolve_is_final(l->part[i].status))
            return l->part[i].status;
    for (int i = 0; i < 2; i++)
        if (l->part[i].is_asked && l->part[i].status != ARES_ENODATA)
            status = l->part[i].status;
    return status;
}

static uint64_t
resolve_ttl_ms(const struct resolve *r, enum outcome outcome, int ttl_s)
{
    if (outcome != OUTCOME_OK)
        return outcome == OUTCOME_NO_DNS ? RESOLVE_NO_NAME_MS : r->failure_ms;
    if (ttl_s < RESOLVE_TTL_MIN_S)
        ttl_s = RESOLVE_TTL_MIN_S;
    if (ttl_s > RESOLVE_TTL_MAX_S)
        ttl_s = RESOLVE_TTL_MAX_S;
    return (uint64_t)ttl_s * 1000;
}

static void
resolve_unlink(struct resolve_lookup *l)
{
    *l->before = l->next;
    if (l->next)
        l->next->before = l->before;
    else if (l->r->queued_last == &l->next)
        l->r->queued_last = l->before;
    l->r->under_way_count -= l->begun_ms > 0;
    HASH_DEL(l->r->lookups, l);
}

static void
resolve_tell(struct resolve_lookup *l, int status, bool is_to_remember)
{
    struct resolve *r = l->r;
    const struct resolve_word *word = resolve_word(status);
    struct resolve_answer answer = {word->outcome, STR_NONE, word->reason};
    struct buf *a = &l->part[0].addresses, *aaaa = &l->part[1].addresses;
    struct buf text;

    buf_init(&text, 2 * RESOLVE_ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3));
    if (buf_add_str(&text, buf_str(r->has_ipv6_route ? aaaa : a)) != ERR_OK ||
        (a->n > 0 && aaaa->n > 0 && buf_add_char(&text, ',') != ERR_OK) ||
        buf_add_str(&text, buf_str(r->has_ipv6_route ? a : aaaa)) != ERR_OK)
        buf_reset(&text);
    answer.addresses = buf_str(&text);
    l->is_told = true;
    resolve_unlink(l);
    if (is_to_remember && answer.outcome != OUTCOME_DNS_ERROR)
        r->answered_ms = uv_hrtime() / 1000000;
    if (is_to_remember) {
        resolve_cache_add(r->cache, str_from(l->host), &answer,
                          uv_now(r->loop) +
                              resolve_ttl_ms(r, answer.outcome, l->ttl_s));
        stats_add(r->stats, word->counter, 1);
        stats_add(r->stats, STAT_dns_ms,
                  (int64_t)(uv_now(r->loop) - l->begun_ms));
    }
    while (l->waiters) {
        struct resolve_waiter *waiter = l->waiters;

        l->waiters = waiter->next;
        waiter->fn(waiter->arg, &answer);
        free(waiter);
    }
    buf_fini(&text);
}

/* --- questions and answers --- */

static void resolve_on_answer(void *arg, int status, const unsigned char *bytes,
                              int n);

/* Ask the next server; the caller holds the look-up. */
static void
resolve_ask(struct resolve_lookup *l, struct resolve_part *part)
{
    struct resolve *r = l->r;
    struct resolve_question *question = xcalloc(1, sizeof(*question));

    part->last = name_servers_pick(r->servers, part->servers);
    *question = (struct resolve_question){l, part, part->last};
    part->servers |= 1u << part->last;
    part->is_asked = true;
    part->asked_ms = uv_now(r->loop);
    part->questions++;
    part->open |= 1u << part->last;
    l->open++;
    stats_add(r->stats, STAT_dns_questions, 1);
    name_servers_ask(r->servers, part->last, l->host, part->type,
                     resolve_on_answer, question);
}

static enum err
resolve_add_address(struct resolve_part *part, int family, const void *address)
{
    char text[INET6_ADDRSTRLEN];

    if (inet_ntop(family, address, text, sizeof(text)) == NULL)
        return ERR_INVALID;
    return buf_addf(&part->addresses, family == AF_INET6 ? "%s[%s]" : "%s%s",
                    part->addresses.n > 0 ? "," : "", text);
}

/* The answer's addresses as text, and the smallest TTL among them. */
static int
resolve_read(struct resolve_lookup *l, struct resolve_part *part,
             const unsigned char *bytes, int n)
{
    struct ares_addrttl a[RESOLVE_ADDRESSES_MAX];
    struct ares_addr6ttl aaaa[RESOLVE_ADDRESSES_MAX];
    bool is_v6 = part->type == NAME_SERVERS_AAAA;
    int count = RESOLVE_ADDRESSES_MAX;
    int status = is_v6 ? ares_parse_aaaa_reply(bytes, n, NULL, aaaa, &count)
                       : ares_parse_a_reply(bytes, n, NULL, a, &count);

    if (status != ARES_SUCCESS)
        return status;
    for (int i = 0; i < count; i++) {
        int ttl = is_v6 ? aaaa[i].ttl : a[i].ttl;

        if (resolve_add_address(part, is_v6 ? AF_INET6 : AF_INET,
                                is_v6 ? (void *)&aaaa[i].ip6addr
                                      : (void *)&a[i].ipaddr) != ERR_OK)
            break;
        if (l->ttl_s < 0 || ttl < l->ttl_s)
            l->ttl_s = ttl;
    }
    return part->addresses.n > 0 ? ARES_SUCCESS : ARES_ENODATA;
}

static void
resolve_show(const struct resolve_question *question,
             const unsigned char *bytes, int n)
{
    const struct resolve *r = question->lookup->r;
    struct resolve_message message = {
        .host = question->lookup->host,
        .server = name_servers_address(r->servers, question->server),
        .is_ipv6 = question->part->type == NAME_SERVERS_AAAA,
        .bytes = bytes,
        .n = (size_t)n};

    r->watch_fn(r->watch_arg, &message);
}

/* All that is wanted is known, or nobody is left who could know it. */
static void
resolve_end_if_done(struct resolve_lookup *l)
{
    struct resolve *r = l->r;
    struct resolve_part *a = &l->part[0], *aaaa = &l->part[1];
    int status;

    if (l->is_told || (a->is_asked && !a->has_ended))
        return;
    if (a->is_asked && !aaaa->is_asked && r->family == AF_UNSPEC &&
        a->status == ARES_ENODATA) {
        resolve_ask(l, aaaa);
        return;
    }
    if (aaaa->is_asked && !aaaa->has_ended)
        return;
    status = resolve_status(l);
    /* a look-up that we had no file for says nothing of the name */
    resolve_tell(l, status, resolve_is_final(status) || !limits_has_no_file());
}

/* Somebody has not answered yet, which is all that is known. */
static void
resolve_count_silence(struct resolve_part *part)
{
    if (part->open != 0 && part->status == ARES_ECONNREFUSED)
        part->status = ARES_ETIMEOUT;
}

/* Whether somebody else may know better at once. */
static bool
resolve_may_ask(const struct resolve_lookup *l, const struct resolve_part *part)
{
    const struct resolve *r = l->r;

    return part->questions < RESOLVE_QUESTIONS_MAX &&
           uv_now(r->loop) - l->begun_ms < r->timeout_ms &&
           name_servers_are_up(r->servers, ~part->servers);
}

static void
resolve_on_answer(void *arg, int status, const unsigned char *bytes, int n)
{
    struct resolve_question question = *(struct resolve_question *)arg;
    struct resolve_lookup *l = question.lookup;
    struct resolve_part *part = question.part;
    struct resolve *r = l->r;

    free(arg);
    part->open &= ~(1u << question.server);
    if (l->is_told || part->has_ended) { /* another was quicker */
        resolve_release(l);
        return;
    }
    if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED) {
        resolve_tell(l, status, false);
        resolve_release(l);
        return;
    }
    if (status == ARES_SUCCESS)
        status = resolve_read(l, part, bytes, n);
    if (status == ARES_SUCCESS && r->watch_fn)
        resolve_show(&question, bytes, n);
    /* what a server says of the name outlasts what befell other questions,
       and that one kept silent says more than that none was there */
    if (bytes != NULL || resolve_is_final(status) ||
        part->status == ARES_ECONNREFUSED)
        part->status = status;
    if (!resolve_is_final(status) && resolve_may_ask(l, part)) {
        resolve_ask(l, part);
    } else if (resolve_is_final(status) ||
               !name_servers_are_up(r->servers, part->open)) {
        resolve_count_silence(part);
        part->has_ended = true;
        part->ended_ms = uv_now(r->loop);
        resolve_end_if_done(l);
    }
    resolve_release(l);
}

/* --- the beginning of a look-up --- */

/* No packet is sent: the kernel only looks for the route. */
static void
resolve_find_route(struct resolve *r)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6,
                              .sin6_port = htons(53),
                              .sin6_addr.s6_addr = {0x20, [15] = 1}};
    int fd;

    if (uv_now(r->loop) < r->route_at_ms)
        return;
    r->route_at_ms = uv_now(r->loop) + RESOLVE_ROUTE_MS;
    fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    r->has_ipv6_route =
        fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
    if (fd >= 0)
        close(fd);
}

static void
resolve_begin(struct resolve_lookup *l)
{
    struct resolve *r = l->r;

    resolve_find_route(r);
    l->next = r->under_way;
    if (l->next)
        l->next->before = &l->next;
    l->before = &r->under_way;
    r->under_way = l;
    r->under_way_count++;
    l->begun_ms = uv_now(r->loop);
    stats_add(r->stats, STAT_dns_lookups, 1);
    l->open++;
    l->part[1].is_asked =
        r->family == AF_INET6 || (r->family == AF_UNSPEC && r->has_ipv6_route);
    if (r->family != AF_INET6)
        resolve_ask(l, &l->part[0]);
    if (l->part[1].is_asked && !l->is_told)
        resolve_ask(l, &l->part[1]);
    resolve_release(l);
}

static uint64_t
resolve_now_us(const struct resolve *r)
{
    return uv_now(r->loop) * 1000;
}

static bool
resolve_may_begin(const struct resolve *r)
{
    return r->under_way_count < RESOLVE_UNDER_WAY_MAX &&
           (r->gap_us == 0 || r->next_us <= resolve_now_us(r));
}

/* --dns-rate: what a turn came too late for may be made up for, not more. */
static void
resolve_count_rate(struct resolve *r)
{
    uint64_t now = resolve_now_us(r);

    if (r->gap_us == 0)
        return;
    if (r->next_us + RESOLVE_TURN_MS * 1000 < now)
        r->next_us = now;
    r->next_us += r->gap_us;
}

static void
resolve_queue(struct resolve_lookup *l)
{
    struct resolve *r = l->r;

    l->before = r->queued_last;
    *r->queued_last = l;
    r->queued_last = &l->next;
}

static void
resolve_unqueue(struct resolve *r)
{
    struct resolve_lookup *l = r->queued;

    r->queued = l->next;
    if (r->queued)
        r->queued->before = &r->queued;
    else
        r->queued_last = &r->queued;
    l->next = NULL;
    resolve_count_rate(r);
    resolve_begin(l);
}

/* --- time --- */

/* Late answers: ask somebody else, after a tenth and three of the time. */
static void
resolve_look_at(struct resolve_lookup *l)
{
    struct resolve *r = l->r;
    uint64_t now = uv_now(r->loop), age = now - l->begun_ms;

    for (int i = 0; i < 2 && age < r->timeout_ms && !l->is_told; i++) {
        struct resolve_part *part = &l->part[i];
        const struct resolve_part *other = &l->part[1 - i];
        uint64_t patience = r->timeout_ms * (part->questions < 2 ? 1 : 2) / 10;

        if (!part->is_asked || part->has_ended)
            continue;
        if (other->addresses.n > 0 && now - other->ended_ms >= RESOLVE_OTHER_MS)
            resolve_tell(l, ARES_SUCCESS, true);
        else if (part->questions < RESOLVE_QUESTIONS_MAX - 1 &&
                 now - part->asked_ms >= patience) {
            name_servers_is_late(r->servers, part->last, part->asked_ms);
            resolve_ask(l, part);
        }
    }
    if (age >= r->timeout_ms && !l->is_told) {
        for (int i = 0; i < 2; i++)
            if (l->part[i].is_asked && !l->part[i].has_ended) {
                name_servers_is_late(r->servers, l->part[i].last,
                                     l->part[i].asked_ms);
                resolve_count_silence(&l->part[i]);
            }
        resolve_tell(l, resolve_status(l), true);
    }
}

static void
resolve_walk(struct resolve *r)
{
    struct resolve_lookup *l, *next;

    r->is_walking = true;
    for (l = r->under_way; l; l = next) {
        l->open++;
        if (!l->is_told)
            resolve_look_at(l);
        next = l->next;
        resolve_release(l);
    }
    r->is_walking = false;
    while ((l = r->gone)) {
        r->gone = l->gone;
        resolve_lookup_free(l);
    }
}

static void resolve_set_timer(struct resolve *r);

static void
resolve_on_timer(uv_timer_t *timer)
{
    struct resolve *r = timer->data;

    name_servers_tick(r->servers);
    resolve_walk(r);
    while (r->queued && resolve_may_begin(r))
        resolve_unqueue(r);
    resolve_set_timer(r);
}

/* It turns as long as there is something to wait for. */
static void
resolve_set_timer(struct resolve *r)
{
    if (r->is_closed || uv_is_active((uv_handle_t *)&r->timer) ||
        r->lookups == NULL)
        return;
    uv_timer_start(&r->timer, resolve_on_timer,
                   r->queued ? RESOLVE_RATE_TURN_MS : RESOLVE_TURN_MS, 0);
}

/* --- asked from outside --- */

static struct resolve_lookup *
resolve_lookup_new(struct resolve *r, struct str host)
{
    struct resolve_lookup *l = xcalloc(1, sizeof(*l) + host.n + 1);

    l->r = r;
    l->ttl_s = -1;
    memcpy(l->host, host.p, host.n);
    l->part[0].type = NAME_SERVERS_A;
    l->part[1].type = NAME_SERVERS_AAAA;
    for (int i = 0; i < 2; i++) {
        l->part[i].status = ARES_ECONNREFUSED; /* until somebody answers */
        buf_init(&l->part[i].addresses,
                 RESOLVE_ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3));
    }
    HASH_ADD(hh, r->lookups, host[0], host.n, l);
    return l;
}

bool
resolve_knows(struct resolve *r, struct str host)
{
    struct resolve_answer answer;

    return resolve_cache_find(r->cache, host, uv_now(r->loop), &answer);
}

void
resolve_host(struct resolve *r, struct str host, resolve_fn *fn, void *arg)
{
    struct resolve_answer answer;
    struct resolve_waiter *waiter;
    struct resolve_lookup *l;

    if (resolve_cache_find(r->cache, host, uv_now(r->loop), &answer)) {
        fn(arg, &answer);
        return;
    }
    if (host.n > 1 && host.p[host.n - 1] == '.')
        host.n--;
    waiter = xcalloc(1, sizeof(*waiter));
    waiter->fn = fn;
    waiter->arg = arg;
    HASH_FIND(hh, r->lookups, host.p, host.n, l);
    if (l) { /* somebody asks for it already */
        waiter->next = l->waiters;
        l->waiters = waiter;
        return;
    }
    l = resolve_lookup_new(r, host);
    l->waiters = waiter;
    if (r->queued || !resolve_may_begin(r)) {
        resolve_queue(l);
    } else {
        resolve_count_rate(r);
        resolve_begin(l); /* it may be gone by now */
    }
    resolve_set_timer(r);
}

void
resolve_watch(struct resolve *r, resolve_watch_fn *fn, void *arg)
{
    r->watch_fn = fn;
    r->watch_arg = arg;
}

void
resolve_forget(struct resolve *r, struct str host)
{
    resolve_cache_forget(r->cache, host);
}

void
resolve_forget_failures(struct resolve *r)
{
    resolve_cache_forget_failures(r->cache);
}

uint64_t
resolve_answered_ms(const struct resolve *r)
{
    return r->answered_ms;
}

/* --- birth and end --- */

enum err
resolve_new(uv_loop_t *loop, const struct config *c, struct stats *stats,
            struct resolve **out, char why[CONFIG_WHY_BYTES])
{
    struct resolve *r = xcalloc(1, sizeof(*r));
    enum err e;

    *out = NULL;
    e = name_servers_new(loop, c->dns_servers, c->dns_timeout, &r->servers,
                         why);
    if (e != ERR_OK) {
        free(r);
        return e;
    }
    r->loop = loop;
    r->stats = stats;
    r->failure_ms = (uint64_t)polite_failure_ms(c);
    r->timeout_ms = (uint64_t)c->dns_timeout;
    if (c->dns_rate > 0) /* of the worker: its threads share it evenly */
        r->gap_us = (uint64_t)(c->threads * 1000000 / c->dns_rate);
    r->family = c->ipv4 ? AF_INET : c->ipv6 ? AF_INET6 : AF_UNSPEC;
    r->queued_last = &r->queued;
    uv_timer_init(loop, &r->timer);
    r->timer.data = r;
    r->cache = resolve_cache_new(r->family);
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
    if (r == NULL)
        return;
    r->is_closed = true;
    while (r->queued) {
        struct resolve_lookup *l = r->queued;

        l->open++;
        resolve_tell(l, ARES_EDESTRUCTION, false);
        resolve_release(l);
    }
    name_servers_close(r->servers); /* which ends those under way */
    assert(r->lookups == NULL);
    resolve_cache_free(r->cache);
    uv_close((uv_handle_t *)&r->timer, resolve_on_closed);
}
