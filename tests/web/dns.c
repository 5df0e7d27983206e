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
    DNS_RECORDS_MAX = 80, /* what put_answer() needs at most */
    DNS_TTL_S = 300,
    DNS_TYPE_A = 1,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_AAAA = 28,
    DNS_CLASS_IN = 1,
    DNS_SERVFAIL = 2, /* section 4.1.1, RCODE */
    DNS_NXDOMAIN = 3,
    DNS_REFUSED = 5,
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
    uint64_t questions, rebound;
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

/* What a name's first letters make of its answer; "": the ordinary one. */
enum kind {
    KIND_PLAIN,
    KIND_SILENT,
    KIND_V6,    /* AAAA only */
    KIND_CHAIN, /* CNAMEs, then the address */
    KIND_LOOP,  /* CNAMEs only, in a ring */
    KIND_ID,    /* to another question */
    KIND_NAME,
    KIND_REBIND, /* by turns one of the Internet and of this machine */
    KIND_BOTH    /* both in one answer */
};

static const struct kind_row {
    const char *begin;
    unsigned rcode;
    enum kind kind;
} kinds[] = {
    {"nx", DNS_NXDOMAIN, KIND_PLAIN},
    {"sf", DNS_SERVFAIL, KIND_PLAIN},
    {"rf", DNS_REFUSED, KIND_PLAIN},
    {"to", 0, KIND_SILENT},
    {"v6", 0, KIND_V6},
    {"cn", 0, KIND_CHAIN},
    {"lp", 0, KIND_LOOP},
    {"wi", 0, KIND_ID},
    {"wn", 0, KIND_NAME},
    {"rb", 0, KIND_REBIND},
    {"bo", 0, KIND_BOTH},
};

static struct kind_row
kind_of(const struct web *web, struct str name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (str_starts(name, str_from(kinds[i].begin)))
            return kinds[i];
    return (struct kind_row){"", name_is_ours(web, name) ? 0 : DNS_NXDOMAIN,
                             KIND_PLAIN};
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

/* A record's head, of the name that stands at from in the message. */
static size_t
put_record(unsigned char *p, size_t from, unsigned type, unsigned bytes)
{
    set16(p, 0xc000 | (unsigned)from);
    set16(p + 2, type);
    set16(p + 4, DNS_CLASS_IN);
    set16(p + 6, 0);
    set16(p + 8, DNS_TTL_S);
    set16(p + 10, bytes);
    return 12;
}

/*
 * name -> c0.name -> c1.name, where the address is; or back from c1.name.
 * *from becomes where the last name stands.
 */
static size_t
put_chain(unsigned char *bytes, size_t len, size_t *from, bool is_ring)
{
    for (unsigned i = 0; i < 2; i++) {
        size_t owner = *from;

        *from = len + 12;
        len += put_record(bytes + len, owner, DNS_TYPE_CNAME, 5);
        bytes[len] = 2;
        bytes[len + 1] = 'c';
        bytes[len + 2] = (unsigned char)('0' + i);
        set16(bytes + len + 3, 0xc000 | DNS_HEAD);
        len += 5;
    }
    if (!is_ring)
        return len;
    len += put_record(bytes + len, *from, DNS_TYPE_CNAME, 2);
    set16(bytes + len, 0xc000 | DNS_HEAD);
    return len + 2;
}

static size_t
put_public(unsigned char *bytes, size_t len)
{
    static const unsigned char address[4] = {9, 9, 9, 10};

    len += put_record(bytes + len, DNS_HEAD, DNS_TYPE_A, sizeof(address));
    memcpy(bytes + len, address, sizeof(address));
    return len + sizeof(address);
}

/* The records behind the question of len bytes; returns the new length. */
static size_t
put_answer(const struct dns *d, enum kind kind, struct str name,
           unsigned char *bytes, size_t len)
{
    unsigned type = get16(bytes + len - 4), count = 1;
    size_t from = DNS_HEAD;

    if (kind == KIND_V6 && type == DNS_TYPE_AAAA) {
        set16(bytes + 6, count);
        len += put_record(bytes + len, from, type, 16);
        memset(bytes + len, 0, 16);
        bytes[len + 15] = 1; /* ::1 */
        return len + 16;
    }
    if (type != DNS_TYPE_A || kind == KIND_V6)
        return len;
    if (kind == KIND_CHAIN || kind == KIND_LOOP) {
        len = put_chain(bytes, len, &from, kind == KIND_LOOP);
        count = 3;
    }
    if (kind == KIND_BOTH) {
        len = put_public(bytes, len);
        count = 2;
    }
    set16(bytes + 6, count);
    if (kind == KIND_LOOP)
        return len;
    if (kind == KIND_REBIND && d->rebound % 2 == 0)
        return put_public(bytes, len);
    len += put_record(bytes + len, from, DNS_TYPE_A, 4);
    put_address(bytes + len, name, d->is_spread);
    return len + 4;
}

/* The answer to the query of len bytes, in place; 0 for none. */
static size_t
dns_answer(struct dns *d, unsigned char *bytes, size_t len)
{
    char text[DNS_NAME_MAX + 1];
    struct str name = {text, 0};
    struct kind_row row;
    size_t at;

    /* A query of one question: QR 0, OPCODE 0, QDCOUNT 1. */
    if (len < DNS_HEAD || (bytes[2] & 0xf8) != 0 || get16(bytes + 4) != 1)
        return 0;
    at = question_name(bytes, len, text, &name.n);
    row = kind_of(d->web, name);
    if (at == 0 || row.kind == KIND_SILENT)
        return 0;
    bytes[2] = (unsigned char)(0x84 | (bytes[2] & 1)); /* QR, AA; RD as was */
    bytes[3] = (unsigned char)(0x80 | row.rcode);      /* RA */
    memset(bytes + 6, 0, 6); /* no answers and, whatever came, no OPT */
    len = at + 4;
    if (row.rcode == 0 && get16(bytes + at + 2) == DNS_CLASS_IN &&
        len + DNS_RECORDS_MAX <= DNS_BYTES)
        len = put_answer(d, row.kind, name, bytes, len);
    if (row.kind == KIND_REBIND && get16(bytes + at) == DNS_TYPE_A)
        d->rebound++;
    if (row.kind == KIND_ID)
        bytes[1] ^= 1;
    if (row.kind == KIND_NAME)
        bytes[DNS_HEAD + 1] = 'x';
    return len;
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
        w.len = dns_answer(d, w.bytes, (size_t)n);
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
