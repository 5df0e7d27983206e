/*
 * --warc-dns: a record for each answer of a name server that brought
 * addresses, as WARC/1.1 has the dns scheme (6.3): of type resource, with the
 * URI of RFC 4501 and a block of text/dns, the date and then the records as in
 * a zone file, which is what Heritrix writes too.  It reaches the file before
 * the first page of the name can, by the same path.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "common/log.h"
#include "worker/dns_text.h"
#include "worker/thread.h"

enum {
    THREAD_DNS_BYTES = 256 * 1024, /* an answer by TCP, four times unfolded */
    THREAD_DNS_URL_BYTES = 300
};

/* "20261121175000", of UTC. */
static enum err
thread_dns_date(int64_t seconds, struct buf *out)
{
    char text[32];
    time_t at = (time_t)seconds;
    struct tm utc;

    if (gmtime_r(&at, &utc) == NULL ||
        strftime(text, sizeof(text), "%Y%m%d%H%M%S\n", &utc) == 0)
        return ERR_INVALID;
    return buf_add_str(out, str_from(text));
}

static enum err
thread_dns_keep(struct thread *t, const struct resolve_message *message,
                struct buf *block)
{
    char url[THREAD_DNS_URL_BYTES];
    struct timespec now;
    int n = snprintf(url, sizeof(url), "dns:%s%s", message->host,
                     message->is_ipv6 ? "?type=AAAA" : "");
    struct warc_resource in = {.url = {url, (size_t)n},
                               .ip = str_from(message->server),
                               .content_type = "text/dns"};
    enum err e;

    if (n < 0 || (size_t)n >= sizeof(url))
        return ERR_TOO_BIG;
    clock_gettime(CLOCK_REALTIME, &now);
    in.time_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    e = thread_dns_date((int64_t)now.tv_sec, block);
    if (e == ERR_OK)
        e = dns_text_put(message->bytes, message->n, block);
    if (e != ERR_OK)
        return e;
    in.block = buf_str(block);
    return store_resource(t->store, &in);
}

static void
thread_on_message(void *arg, const struct resolve_message *message)
{
    struct thread *t = arg;
    struct buf block;
    enum err e;

    buf_init(&block, THREAD_DNS_BYTES);
    e = thread_dns_keep(t, message, &block);
    if (e == ERR_NO_SPACE || e == ERR_IO)
        worker_fail_disk(t->worker, store_trouble(t->store), errno);
    else if (e != ERR_OK)
        log_debug("no record of dns:%s by %s: %s",
                  LOG_ESC(str_from(message->host)), message->server,
                  err_str(e));
    stats_add(&t->stats, e == ERR_OK ? STAT_dns_records : STAT_dns_odd,
              e != ERR_NO_SPACE && e != ERR_IO);
    buf_fini(&block);
}

void
thread_keep_dns(struct thread *t)
{
    resolve_watch(t->resolve, thread_on_message, t);
}
