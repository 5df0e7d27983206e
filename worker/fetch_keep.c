/*
 * Which connections are kept for the next request.
 *
 * As many as the files suffice for; fewer with TLS, for their size.  One with
 * HTTP/2 takes 88 KB while it idles: 33 in libcurl (its buffer), 25 in
 * nghttp2, 28 in OpenSSL, which has a context for each and whose read buffer
 * is gone by then; one with HTTP/1.1 takes 32.  No option makes that less.
 *
 * libcurl would keep each one and close the oldest when they are too many.
 * But 7.88 (Debian 12) then leaves a small record of its host behind, and
 * walks over all of these the next time: of 40,000 sites each cost eight times
 * as much as the first ones.  So nothing is ever closed to make room: here it
 * is the new connection that is not kept.  One that the same visit uses next
 * is worth more than one that a later visit may use, which as a rule is
 * another thread's.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch_parts.h"

enum {
    /*
     * With TLS, of all that may be open (FILES_KEPT to a transfer), in
     * eighths: three to a transfer, 30 MB with default settings.
     */
    FETCH_KEEP_HTTP1 = 3,
    FETCH_KEEP_HTTP2 = 2,
    FETCH_KEEP_LAST_SHARE = 4 /* one in so many, when no visit waits for it */
};

void
fetch_keep_set(struct fetcher *f, size_t sockets)
{
    f->keep_tls =
        sockets *
        (fetch_uses_http2(f->config) ? FETCH_KEEP_HTTP2 : FETCH_KEEP_HTTP1) / 8;
    f->keep_last = sockets / 2; /* the rest is for visits under way */
    f->keep_any = sockets - sockets / 8;
    if (sockets <= f->keep_most) /* curl would close those above at once */
        return;
    f->keep_most = sockets;
    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)sockets);
}

void
fetch_keep_begin(struct fetch *f)
{
    f->is_tls_counted = f->parts.scheme == URL_HTTPS;
    f->fetcher->tls_under_way += f->is_tls_counted;
}

void
fetch_keep_end(struct fetch *f)
{
    f->fetcher->tls_under_way -= f->is_tls_counted;
    f->is_tls_counted = false;
}

static bool
fetch_keep_fits(const struct fetch *f)
{
    const struct fetcher *fetcher = f->fetcher;
    size_t most = f->is_last ? fetcher->keep_last : fetcher->keep_any;
    size_t most_tls =
        fetcher->keep_tls / (f->is_last ? FETCH_KEEP_LAST_SHARE : 1);

    if (fetcher->sockets > most && f->proxy == NULL)
        return false;
    if (!f->is_tls_counted || f->is_first)
        return true;
    /* transfers under way are not asked: these come to an end */
    return fetcher->tls_sockets < fetcher->tls_under_way + most_tls;
}

void
fetch_keep_judge(struct fetch *f)
{
    if (fetch_keep_fits(f)) {
        fetch_keep_end(f); /* it is one of those kept from now on */
        return;
    }
    f->is_closing = true;
    curl_easy_setopt(f->easy, CURLOPT_FORBID_REUSE, 1L);
}

void
fetch_keep_reset(struct fetch *f)
{
    if (f->is_closing)
        curl_easy_setopt(f->easy, CURLOPT_FORBID_REUSE, 0L);
    f->is_closing = f->is_first = f->is_last = false;
}
