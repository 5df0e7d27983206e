/*
 * Which connections are kept for the next request.
 *
 * libcurl would keep each one and close the oldest when they are too many.
 * But 7.88 (Debian 12) then leaves a small record of its host behind, and
 * walks over all of these the next time: of 40,000 sites each cost eight times
 * as much as the first ones.  So nothing is ever closed to make room: here it
 * is the new connection that is not kept.  One that the same visit uses next
 * is worth more than one that a later visit may use.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch_parts.h"

void
fetch_keep_set(struct fetcher *f, size_t sockets)
{
    f->keep_last = sockets / 2; /* the rest is for visits under way */
    f->keep_any = sockets - sockets / 8;
    if (sockets <= f->keep_most) /* curl would close those above at once */
        return;
    f->keep_most = sockets;
    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)sockets);
}

void
fetch_keep_judge(struct fetch *f)
{
    const struct fetcher *fetcher = f->fetcher;
    size_t most = f->is_last ? fetcher->keep_last : fetcher->keep_any;

    if (fetcher->sockets <= most || f->proxy)
        return;
    f->is_closing = true;
    curl_easy_setopt(f->easy, CURLOPT_FORBID_REUSE, 1L);
}

void
fetch_keep_end(struct fetch *f)
{
    if (f->is_closing)
        curl_easy_setopt(f->easy, CURLOPT_FORBID_REUSE, 0L);
    f->is_closing = f->is_last = false;
}
