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

static int64_t
fetch_rate_now_us(void)
{
    return (int64_t)(uv_hrtime() / 1000);
}

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
           rate_owed_us(f->rate, fetch_rate_now_us()) <= FETCH_RATE_OWED_MAX_US;
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

/* --- those that pause --- */

static void
fetch_rate_link(struct fetch *f)
{
    struct fetcher *fetcher = f->fetcher;

    f->after_paused = fetcher->paused;
    f->before_paused = &fetcher->paused;
    if (f->after_paused)
        f->after_paused->before_paused = &f->after_paused;
    fetcher->paused = f;
}

void
fetch_rate_forget(struct fetch *f)
{
    if (f->before_paused == NULL)
        return;
    *f->before_paused = f->after_paused;
    if (f->after_paused)
        f->after_paused->before_paused = f->before_paused;
    f->before_paused = NULL;
}

static void
fetch_rate_pause(struct fetch *f, bool is_paused)
{
    if (f->ftp)
        fetch_ftp_pause(f, is_paused);
    else
        curl_easy_pause(f->easy, is_paused ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

static void fetch_rate_on_timer(uv_timer_t *timer);

/* The timer ends no later than in us. */
static void
fetch_rate_arm(struct fetcher *fetcher, int64_t us)
{
    uint64_t ms = us > 0 ? (uint64_t)us / 1000 + 1 : 1;

    if (!uv_is_active((uv_handle_t *)&fetcher->pace) ||
        uv_timer_get_due_in(&fetcher->pace) > ms)
        uv_timer_start(&fetcher->pace, fetch_rate_on_timer, ms, 0);
}

/* What goes on may call fetch_rate_take(), and so pause again at once. */
static void
fetch_rate_on_timer(uv_timer_t *timer)
{
    struct fetcher *fetcher = timer->data;
    int64_t now = fetch_rate_now_us(), next = INT64_MAX;
    struct fetch *due = NULL, *f, *after;

    for (f = fetcher->paused; f; f = after) {
        after = f->after_paused;
        if (f->paused_until_us > now) {
            if (f->paused_until_us < next)
                next = f->paused_until_us;
            continue;
        }
        fetch_rate_forget(f);
        f->next = due;
        due = f;
    }
    for (f = due; f; f = after) {
        after = f->next;
        f->next = NULL;
        fetch_rate_pause(f, false);
    }
    if (next != INT64_MAX)
        fetch_rate_arm(fetcher, next - now);
    fetch_collect(fetcher);
}

/* Who waits for longer than all that is owed by now waits no longer. */
void
fetcher_note_rate(struct fetcher *fetcher)
{
    int64_t now = fetch_rate_now_us();
    int64_t until = now + rate_owed_us(fetcher->rate, now);

    for (struct fetch *f = fetcher->paused; f; f = f->after_paused)
        if (f->paused_until_us > until)
            f->paused_until_us = until;
    if (fetcher->paused)
        fetch_rate_arm(fetcher, 0);
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
    int64_t now = fetch_rate_now_us();

    if (f->easy && !f->is_slowed) /* it may have begun without a limit */
        curl_easy_setopt(f->easy, CURLOPT_LOW_SPEED_LIMIT,
                         fetch_rate_least(fetcher));
    f->is_slowed = true;
    f->paused_until_us = rate_take(fetcher->rate, bytes, now);
    if (f->before_paused == NULL) {
        fetch_rate_link(f);
        fetch_rate_pause(f, true);
    }
    fetch_rate_arm(fetcher, f->paused_until_us - now);
}
