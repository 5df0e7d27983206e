/* SPDX-License-Identifier: MIT */
#include "worker/dns_text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

enum {
    DNS_HEAD = 12,
    DNS_NAME_MAX = 255, /* RFC 1035, 3.1: bytes, with those of the lengths */
    DNS_CLASS_IN = 1,
    DNS_TYPE_A = 1,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_AAAA = 28,
    DNS_TYPE_DNAME = 39
};

/* The message, and how far it has been read. */
struct dns_text {
    const unsigned char *p;
    size_t n, at;
    struct buf *out;
};

static bool
dns_text_has(const struct dns_text *d, size_t n)
{
    return n <= d->n - d->at;
}

static unsigned
dns_text_get16(struct dns_text *d)
{
    unsigned value = (unsigned)d->p[d->at] << 8 | d->p[d->at + 1];

    d->at += 2;
    return value;
}

/* RFC 1035, 5.1: a backslash before what means something, else \DDD. */
static enum err
dns_text_put_label(const unsigned char *p, size_t n, struct buf *out)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        if (p[i] <= ' ' || p[i] >= 0x7f)
            e = buf_addf(out, "\\%03u", (unsigned)p[i]);
        else if (strchr("\"$().;@\\", p[i]))
            e = buf_addf(out, "\\%c", p[i]);
        else
            e = buf_add_char(out, (char)p[i]);
    }
    return e == ERR_OK ? buf_add_char(out, '.') : e;
}

/*
 * RFC 1035, 4.1.4: labels, then an end or a pointer, which must lead back.
 * Without out, the name is only passed over.
 */
static enum err
dns_text_name(struct dns_text *d, struct buf *out)
{
    size_t at = d->at, least = d->at, bytes = 0, behind = 0;
    enum err e = ERR_OK;

    while (e == ERR_OK && at < d->n) {
        unsigned length = d->p[at];

        if (length == 0) {
            d->at = behind > 0 ? behind : at + 1;
            return out && bytes == 0 ? buf_add_char(out, '.') : ERR_OK;
        }
        if (length >= 0xc0) {
            if (at + 1 >= d->n)
                return ERR_INVALID;
            if (behind == 0)
                behind = at + 2;
            at = (size_t)(length & 0x3f) << 8 | d->p[at + 1];
            if (at >= least) /* no ring, and an end after 255 bytes */
                return ERR_INVALID;
            least = at;
            continue;
        }
        bytes += length + 1;
        if (length > 63 || bytes >= DNS_NAME_MAX || length >= d->n - at)
            return ERR_INVALID;
        if (out)
            e = dns_text_put_label(d->p + at + 1, length, out);
        at += length + 1;
    }
    return e == ERR_OK ? ERR_INVALID : e;
}

/* The data of n bytes, which the message has. */
static enum err
dns_text_data(struct dns_text *d, unsigned type, bool is_in, size_t n)
{
    char address[INET6_ADDRSTRLEN];
    size_t end = d->at + n;
    bool is_a = is_in && type == DNS_TYPE_A && n == 4;
    enum err e;

    if (is_a || (is_in && type == DNS_TYPE_AAAA && n == 16)) {
        inet_ntop(is_a ? AF_INET : AF_INET6, d->p + d->at, address,
                  sizeof(address));
        e = buf_addf(d->out, "%s\t%s\n", is_a ? "A" : "AAAA", address);
    } else if (type == DNS_TYPE_CNAME || type == DNS_TYPE_DNAME) {
        e = buf_addf(d->out, "%s\t",
                     type == DNS_TYPE_CNAME ? "CNAME" : "DNAME");
        if (e == ERR_OK)
            e = dns_text_name(d, d->out);
        if (e == ERR_OK)
            e = d->at == end ? buf_add_char(d->out, '\n') : ERR_INVALID;
    } else {
        e = buf_addf(d->out, "TYPE%u\t\\# %zu%s", type, n, n > 0 ? " " : "");
        for (size_t i = 0; i < n && e == ERR_OK; i++)
            e = buf_addf(d->out, "%02x", d->p[d->at + i]);
        if (e == ERR_OK)
            e = buf_add_char(d->out, '\n');
    }
    d->at = end;
    return e;
}

static enum err
dns_text_record(struct dns_text *d)
{
    enum err e = dns_text_name(d, d->out);
    unsigned type, class;
    uint32_t ttl;
    size_t n;

    if (e != ERR_OK)
        return e;
    if (!dns_text_has(d, 10))
        return ERR_INVALID;
    type = dns_text_get16(d);
    class = dns_text_get16(d);
    ttl = (uint32_t)dns_text_get16(d) << 16;
    ttl |= dns_text_get16(d);
    n = dns_text_get16(d);
    if (!dns_text_has(d, n))
        return ERR_INVALID;
    if (ttl > INT32_MAX) /* RFC 2181, section 8 */
        ttl = 0;
    e = class == DNS_CLASS_IN
            ? buf_addf(d->out, "\t%" PRIu32 "\tIN\t", ttl)
            : buf_addf(d->out, "\t%" PRIu32 "\tCLASS%u\t", ttl, class);
    return e == ERR_OK ? dns_text_data(d, type, class == DNS_CLASS_IN, n) : e;
}

enum err
dns_text_put(const unsigned char *bytes, size_t n, struct buf *out)
{
    struct dns_text d = {.p = bytes, .n = n, .at = 4, .out = out};
    size_t start = out->n;
    unsigned questions, answers;
    enum err e = ERR_OK;

    if (n < DNS_HEAD)
        return ERR_INVALID;
    questions = dns_text_get16(&d);
    answers = dns_text_get16(&d);
    d.at = DNS_HEAD;
    for (unsigned i = 0; i < questions && e == ERR_OK; i++) {
        e = dns_text_name(&d, NULL);
        if (e == ERR_OK && !dns_text_has(&d, 4))
            e = ERR_INVALID;
        d.at += 4; /* type and class; not read again after an error */
    }
    for (unsigned i = 0; i < answers && e == ERR_OK; i++)
        e = dns_text_record(&d);
    if (e != ERR_OK)
        out->n = start;
    return e;
}
