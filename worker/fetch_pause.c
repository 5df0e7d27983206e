/*
 * Transfers that take no bytes for a while: --limit-rate's, and those whose
 * bodies wait for memory.  The bytes then wait in the kernel, and the sender
 * with them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/fetch_parts.h"

enum {
    FETCH_PAUSE_MEMORY_US = 50 * 1000 /* another thread may have freed some */
};

int64_t
fetch_now_us(void)
{
    return (int64_t)(uv_hrtime() / 1000);
}

static void
fetch_pause_link(struct fetch *f)
{
    struct fetcher *fetcher = f->fetcher;

    f->after_paused = fetcher->paused;
    f->before_paused = &fetcher->paused;
    if (f->after_paused)
        f->after_paused->before_paused = &f->after_paused;
    fetcher->paused = f;
}

void
fetch_pause_forget(struct fetch *f)
{
    if (f->before_paused == NULL)
        return;
    *f->before_paused = f->after_paused;
    if (f->after_paused)
        f->after_paused->before_paused = f->before_paused;
    f->before_paused = NULL;
    f->waits_for_memory = false;
}

static void
fetch_pause_tell(struct fetch *f, bool is_paused)
{
    if (f->ftp)
        fetch_ftp_pause(f, is_paused);
    else
        curl_easy_pause(f->easy, is_paused ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

static void fetch_pause_on_timer(uv_timer_t *timer);

/* The timer ends no later than in us. */
static void
fetch_pause_arm(struct fetcher *fetcher, int64_t us)
{
    uint64_t ms = us > 0 ? (uint64_t)us / 1000 + 1 : 1;

    if (!uv_is_active((uv_handle_t *)&fetcher->pace) ||
        uv_timer_get_due_in(&fetcher->pace) > ms)
        uv_timer_start(&fetcher->pace, fetch_pause_on_timer, ms, 0);
}

/* What goes on may pause again at once. */
static void
fetch_pause_on_timer(uv_timer_t *timer)
{
    struct fetcher *fetcher = timer->data;
    int64_t now = fetch_now_us(), next = INT64_MAX;
    struct fetch *due = NULL, *f, *after;

    for (f = fetcher->paused; f; f = after) {
        after = f->after_paused;
        if (f->paused_until_us > now) {
            if (f->paused_until_us < next)
                next = f->paused_until_us;
            continue;
        }
        fetch_pause_forget(f);
        f->next = due;
        due = f;
    }
    for (f = due; f; f = after) {
        after = f->next;
        f->next = NULL;
        fetch_pause_tell(f, false);
    }
    if (next != INT64_MAX)
        fetch_pause_arm(fetcher, next - now);
    fetch_collect(fetcher);
}

static void
fetch_pause_set(struct fetch *f, int64_t until_us)
{
    f->paused_until_us = until_us;
    if (f->before_paused == NULL)
        fetch_pause_link(f);
    fetch_pause_arm(f->fetcher, until_us - fetch_now_us());
}

void
fetch_pause_until(struct fetch *f, int64_t until_us)
{
    bool is_new = f->before_paused == NULL;

    fetch_pause_set(f, until_us);
    if (is_new)
        fetch_pause_tell(f, true);
}

void
fetch_pause_hasten(struct fetcher *fetcher, int64_t until_us)
{
    for (struct fetch *f = fetcher->paused; f; f = f->after_paused)
        if (f->paused_until_us > until_us)
            f->paused_until_us = until_us;
    if (fetcher->paused)
        fetch_pause_arm(fetcher, 0);
}

/* --- memory for bodies --- */

/* A buffer doubles: it takes up to twice of what it has to hold. */
bool
fetch_pause_for_memory(struct fetch *f, size_t n)
{
    struct fetcher *fetcher = f->fetcher;
    const struct buf *body = &f->answer.body;
    size_t want = body->n + n;

    if (want <= body->cap || body->cap >= f->max_body)
        return false;
    want = want > f->max_body / 2 ? f->max_body : want * 2;
    if (bodies_try_grow(&fetcher->bodies, &f->held, want))
        return false;
    f->waits_for_memory = true;
    fetch_pause_set(f, fetch_now_us() + FETCH_PAUSE_MEMORY_US);
    return true;
}

void
fetch_pause_memory_freed(struct fetcher *fetcher)
{
    bool is_any = false;

    for (struct fetch *f = fetcher->paused; f; f = f->after_paused)
        if (f->waits_for_memory) {
            f->paused_until_us = 0;
            is_any = true;
        }
    if (is_any)
        fetch_pause_arm(fetcher, 0);
}
