/*
 * --limit-rate: a transfer whose piece is not paid for yet pauses.
 *
 * The bytes then wait in the kernel, and the sender with them: so that this
 * is soon, sockets and libcurl's buffer are small beside the rate.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch_parts.h"

#include <sys/socket.h>

enum {
    FETCH_RATE_PIECES = 8,       /* a second's bytes come in so many at least */
    FETCH_RATE_PIECE_MIN = 1024, /* what libcurl takes as a buffer */
    FETCH_RATE_SOCKET_MIN = 4096,
    FETCH_RATE_OWED_MAX_US = 1000 * 1000 /* then no transfer begins */
};

void
fetcher_set_rate(struct fetcher *f, struct rate *rate)
{
    f->rate = rate;
}

int64_t
fetch_rate_bytes_s(const struct fetcher *f)
{
    return f->rate ? rate_bytes_s(f->rate) : 0;
}

bool
fetch_rate_has_room(const struct fetcher *f)
{
    return fetch_rate_bytes_s(f) == 0 ||
           rate_owed_us(f->rate, fetch_now_us()) <= FETCH_RATE_OWED_MAX_US;
}

size_t
fetch_rate_buffer(int64_t rate, size_t usual)
{
    int64_t piece = rate / FETCH_RATE_PIECES;

    if (rate == 0 || piece >= (int64_t)usual)
        return usual;
    return piece < FETCH_RATE_PIECE_MIN ? FETCH_RATE_PIECE_MIN : (size_t)piece;
}

void
fetch_rate_socket(int64_t rate, int fd)
{
    int64_t bytes = rate / FETCH_RATE_PIECES;
    int size;

    if (rate == 0 || bytes > 1 << 20) /* the kernel's own is no larger */
        return;
    size = bytes < FETCH_RATE_SOCKET_MIN ? FETCH_RATE_SOCKET_MIN : (int)bytes;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* Who waits for longer than all that is owed by now waits no longer. */
void
fetcher_note_rate(struct fetcher *fetcher)
{
    int64_t now = fetch_now_us();
    int64_t until = now + rate_owed_us(fetcher->rate, now);

    fetch_pause_hasten(fetcher, until);
}

/* What our own limit slows down is no drip: then only silence counts. */
long
fetch_rate_least(const struct fetcher *f)
{
    const struct config *c = f->config;

    return fetch_rate_bytes_s(f) > 0 && c->speed_limit > 0
               ? 1
               : (long)c->speed_limit;
}

void
fetch_rate_take(struct fetch *f, size_t bytes)
{
    struct fetcher *fetcher = f->fetcher;
    int64_t now = fetch_now_us();

    if (f->easy && !f->is_slowed) /* it may have begun without a limit */
        curl_easy_setopt(f->easy, CURLOPT_LOW_SPEED_LIMIT,
                         fetch_rate_least(fetcher));
    f->is_slowed = true;
    fetch_pause_until(f, rate_take(fetcher->rate, bytes, now));
}
