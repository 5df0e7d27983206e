/* SPDX-License-Identifier: MIT */
#include "tests/web/dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fingerprint.h"
#include "common/log.h"
#include "common/mem.h"
#include "tests/web/server.h"
#include "tests/web/sites.h"

enum {
    DNS_HEAD = 12,   /* RFC 1035 section 4.1.1 */
    DNS_BYTES = 512, /* of a message, section 2.3.4 */
    DNS_NAME_MAX = 255,
    DNS_TTL_S = 300,
    DNS_TYPE_A = 1,
    DNS_CLASS_IN = 1,
    DNS_REFUSED_NAME = 3, /* NXDOMAIN */
    DNS_SERVFAIL = 2,
    DNS_TURN = 256,       /* questions taken in one turn */
    DNS_WAITING = 1 << 16 /* answers that wait for their time */
};

struct waiting {
    uint64_t due_us;
    struct sockaddr_in to;
    size_t len;
    unsigned char bytes[DNS_BYTES];
};

struct dns {
    struct source source;
    struct timer timer;
    struct loop *loop;
    struct web *web;
    int fd;
    uint16_t port;
    bool is_spread;
    uint32_t latency_ms;
    uint64_t questions;
    struct waiting
        *ring; /* the wait is the same for all: first in, first out */
    size_t first, count;
};

static unsigned
get16(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void
set16(unsigned char *p, unsigned n)
{
    p[0] = (unsigned char)(n >> 8);
    p[1] = (unsigned char)n;
}

/*
 * The question's name with dots and small letters; returns where type and
 * class stand, 0 for a broken one.
 */
static size_t
question_name(const unsigned char *bytes, size_t len, char *name, size_t *n)
{
    size_t at = DNS_HEAD;

    *n = 0;
    for (;;) {
        size_t label;

        if (at >= len)
            return 0;
        label = bytes[at++];
        if (label == 0)
            break;
        if (label > 63 || at + label > len || *n + label + 1 > DNS_NAME_MAX)
            return 0;
        if (*n > 0)
            name[(*n)++] = '.';
        for (size_t i = 0; i < label; i++)
            name[(*n)++] = str_lower((char)bytes[at + i]);
        at += label;
    }
    return at + 4 <= len ? at : 0;
}

static bool
name_is_ours(const struct web *web, struct str name)
{
    if (str_ends(name, STR(".test")))
        return true;
    return web->sites != NULL && sites_host_number(web->sites, name) > 0;
}

/* 127.x.y.z with no byte that looks like a network's end. */
static void
put_address(unsigned char *p, struct str name, bool is_spread)
{
    uint64_t mix = is_spread ? fingerprint(name) : 0;

    p[0] = 127;
    p[1] = is_spread ? (unsigned char)(1 + mix % 250) : 0;
    p[2] = is_spread ? (unsigned char)(1 + (mix >> 16) % 250) : 0;
    p[3] = is_spread ? (unsigned char)(1 + (mix >> 32) % 250) : 1;
}

size_t
dns_answer(const struct web *web, bool is_spread, unsigned char *bytes,
           size_t len, size_t room)
{
    char text[DNS_NAME_MAX + 1];
    struct str name = {text, 0};
    unsigned rcode = 0;
    size_t at;

    /* A query of one question: QR 0, OPCODE 0, QDCOUNT 1. */
    if (len < DNS_HEAD || (bytes[2] & 0xf8) != 0 || get16(bytes + 4) != 1)
        return 0;
    at = question_name(bytes, len, text, &name.n);
    if (at == 0 || str_starts(name, STR("to")))
        return 0;
    if (str_starts(name, STR("sf")))
        rcode = DNS_SERVFAIL;
    else if (str_starts(name, STR("nx")) || !name_is_ours(web, name))
        rcode = DNS_REFUSED_NAME;
    bytes[2] = (unsigned char)(0x84 | (bytes[2] & 1)); /* QR, AA; RD as was */
    bytes[3] = (unsigned char)(0x80 | rcode);          /* RA */
    memset(bytes + 6, 0, 6); /* no answers and, whatever came, no OPT */
    len = at + 4;
    if (rcode != 0 || get16(bytes + at) != DNS_TYPE_A ||
        get16(bytes + at + 2) != DNS_CLASS_IN || len + 16 > room)
        return len;
    set16(bytes + 6, 1);
    set16(bytes + len, 0xc000 | DNS_HEAD); /* the question's name */
    set16(bytes + len + 2, DNS_TYPE_A);
    set16(bytes + len + 4, DNS_CLASS_IN);
    set16(bytes + len + 6, 0);
    set16(bytes + len + 8, DNS_TTL_S);
    set16(bytes + len + 10, 4);
    put_address(bytes + len + 12, name, is_spread);
    return len + 16;
}

static void
dns_send(struct dns *d, const struct waiting *w)
{
    /* Lost like any datagram when the socket is full: UDP promises nothing. */
    (void)!sendto(d->fd, w->bytes, w->len, 0, (const struct sockaddr *)&w->to,
                  sizeof(w->to));
}

static void
dns_wait(struct dns *d, const struct waiting *w)
{
    struct waiting *slot;

    if (d->count == DNS_WAITING)
        return; /* dropped, as a busy server does */
    slot = &d->ring[(d->first + d->count) % DNS_WAITING];
    *slot = *w;
    slot->due_us = loop_clock_us() + (uint64_t)d->latency_ms * 1000;
    if (d->count++ == 0)
        loop_timer_set(d->loop, &d->timer, slot->due_us);
}

static void
dns_timer(struct timer *t)
{
    struct dns *d = (struct dns *)((char *)t - offsetof(struct dns, timer));

    while (d->count > 0 && d->ring[d->first].due_us <= d->loop->now_us) {
        dns_send(d, &d->ring[d->first]);
        d->first = (d->first + 1) % DNS_WAITING;
        d->count--;
    }
    if (d->count > 0)
        loop_timer_set(d->loop, &d->timer, d->ring[d->first].due_us);
}

static void
dns_ready(struct source *source, uint32_t events)
{
    struct dns *d = (struct dns *)source;

    (void)events;
    for (int i = 0; i < DNS_TURN; i++) {
        struct waiting w;
        socklen_t to_len = sizeof(w.to);
        ssize_t n = recvfrom(d->fd, w.bytes, sizeof(w.bytes), 0,
                             (struct sockaddr *)&w.to, &to_len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        d->questions++;
        w.len = dns_answer(d->web, d->is_spread, w.bytes, (size_t)n,
                           sizeof(w.bytes));
        if (w.len == 0)
            continue;
        if (d->latency_ms > 0)
            dns_wait(d, &w);
        else
            dns_send(d, &w);
    }
}

enum err
dns_open(struct loop *loop, struct web *web, const struct dns_options *o,
         struct dns **out)
{
    int room = 4 << 20; /* a crawl begins with thousands of look-ups */
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof(at);
    struct dns *d;
    uint16_t port;
    bool is_lo;
    enum err e =
        server_parse_address(o->where, &at.sin_addr.s_addr, &port, &is_lo);

    *out = NULL;
    if (e != ERR_OK || is_lo)
        return ERR_INVALID;
    at.sin_port = htons(port);
    d = xcalloc(1, sizeof(*d));
    d->source.ready = dns_ready;
    d->timer.fire = dns_timer;
    d->loop = loop;
    d->web = web;
    d->is_spread = o->is_spread;
    d->latency_ms = o->latency_ms;
    if (d->latency_ms > 0)
        d->ring = xcalloc(DNS_WAITING, sizeof(*d->ring));
    d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    if (d->fd < 0 || bind(d->fd, (struct sockaddr *)&at, len) < 0 ||
        getsockname(d->fd, (struct sockaddr *)&at, &len) < 0) {
        int kept = errno;

        dns_close(d);
        errno = kept;
        return ERR_IO;
    }
    d->port = ntohs(at.sin_port);
    loop_add(loop, d->fd, EPOLLIN, &d->source);
    *out = d;
    return ERR_OK;
}

void
dns_close(struct dns *d)
{
    if (d == NULL)
        return;
    loop_timer_stop(d->loop, &d->timer);
    if (d->fd >= 0)
        close(d->fd);
    free(d->ring);
    free(d);
}

uint16_t
dns_port(const struct dns *d)
{
    return d->port;
}

uint64_t
dns_questions(const struct dns *d)
{
    return d->questions;
}
