/*
 * Everything a visit waits for before it may ask: the delay, the lease, the
 * turn of its address; and what moves the site's clock.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <time.h>

#include "common/connect_to.h"
#include "common/log.h"
#include "worker/polite.h"
#include "worker/thread.h"
#include "worker/visit_parts.h"

enum {
    VISIT_LEASE_MS = 50,     /* between two looks whether we have one again */
    VISIT_PACE_STEP_MS = 20, /* a pace longer by less waits for the release */
    VISIT_SLOT_MAX_MS = 5000 /* a longer wait for an address is one in Redis */
};

/* --- the site's clock --- */

/* What pace:NAME is to have of the site, when that is news. */
static void
visit_note_pace(struct visit *v, int64_t spacing_ms, unsigned failures)
{
    if (v->spacing_ms == spacing_ms && v->failures == failures)
        return;
    v->spacing_ms = spacing_ms;
    v->failures = failures;
    v->has_news = true;
}

static void
visit_on_paced(void *arg, const redisReply *reply)
{
    (void)arg; /* the release tells it again */
    (void)reply;
}

/* Tell Redis at once, when the next holder would have to wait longer. */
static void
visit_send_pace(struct visit *v, conn_reply_fn *fn)
{
    struct thread *t = v->thread;

    frontier_form_pace_set(t->frontier, &t->request, v->site, v->spacing_ms,
                           v->failures);
    conn_offer(t->conn, buf_str(&t->request), fn, v);
    buf_reset(&t->request);
    v->told_ms = v->spacing_ms;
}

void
visit_set_ready(struct visit *v, int64_t sent_ms, int64_t response_ms)
{
    const struct config *c = &v->thread->worker->config;
    int64_t delay = v->thread->delay_ms;
    int64_t spacing = polite_spacing_ms(c, delay, v->crawl_delay_ms,
                                        response_ms, thread_random(v->thread));
    int64_t pace = polite_pace_ms(c, delay, v->crawl_delay_ms, response_ms);

    if (spacing < v->slow_ms)
        spacing = v->slow_ms;
    if (pace < v->slow_ms && v->slow_ms > delay)
        pace = v->slow_ms;
    /* the clock's milliseconds are cut off, not rounded */
    v->ready_ms = (uint64_t)(sent_ms + spacing) + (spacing > 0);
    if (pace > v->told_ms + VISIT_PACE_STEP_MS && conn_is_up(v->thread->conn)) {
        visit_note_pace(v, pace, v->failures);
        visit_send_pace(v, visit_on_paced);
    }
    visit_note_pace(v, pace, v->failures);
}

static void
visit_on_pace_kept(void *arg, const redisReply *reply)
{
    struct visit *v = arg;

    (void)reply; /* without one, the release tells it */
    if (visit_is_back(v))
        thread_ready(v->thread, v);
}

enum visit_next
visit_keep_pace(struct visit *v)
{
    struct thread *t = v->thread;
    int64_t pace =
        polite_pace_ms(&t->worker->config, t->delay_ms, v->crawl_delay_ms, 0);

    v->step = VISIT_WAIT;
    if (pace <= v->told_ms || !conn_is_up(t->conn))
        return VISIT_GO_ON;
    visit_note_pace(v, pace, v->failures);
    v->awaits_reply = true;
    visit_send_pace(v, visit_on_pace_kept);
    return VISIT_PARKED;
}

static bool
visit_is_failure(enum outcome o)
{
    return o == OUTCOME_BUSY || o == OUTCOME_NO_CONNECT ||
           o == OUTCOME_TIMEOUT || o == OUTCOME_DNS_ERROR;
}

/* Retry-After as it asks; else doubled with each failure in a row. */
void
visit_back_off(struct visit *v, enum outcome outcome,
               const struct fetch_answer *a)
{
    const struct config *c = &v->thread->worker->config;
    uint64_t now = thread_now_ms(v->thread);
    int64_t wait;

    if (!visit_is_failure(outcome)) {
        if (a->status > 0) /* it answers: healed */
            visit_note_pace(v, v->spacing_ms, 0);
        return;
    }
    if (outcome == OUTCOME_BUSY)
        v->retry_after_ms =
            polite_retry_after_ms(c, fetch_header(a, STR("retry-after")),
                                  fetch_header(a, STR("date")), time(NULL));
    wait = v->retry_after_ms;
    if (wait < 0) { /* one that says when to come back does not fail us */
        visit_note_pace(v, v->spacing_ms, v->failures + 1);
        wait = polite_backoff_ms(c, v->failures);
    }
    if (v->ready_ms < now + (uint64_t)wait)
        v->ready_ms = now + (uint64_t)wait + (wait > 0); /* cut off, as above */
    v->must_end = true;
}

/* --- WAIT --- */

static void
visit_on_timer(uv_timer_t *timer)
{
    struct visit *v = timer->data;

    v->is_waiting = false;
    v->thread->waiting--;
    visit_run(v);
}

/* Without a connection: another visit may have it. */
enum visit_next
visit_sleep(struct visit *v, uint64_t ms)
{
    struct thread *t = v->thread;

    if (v->has_slot)
        thread_slot_give(t, v);
    v->is_waiting = true;
    t->waiting++;
    uv_timer_start(&v->timer, visit_on_timer, ms, 0);
    return VISIT_PARKED;
}

enum visit_next
visit_step_wait(struct visit *v)
{
    uint64_t now = thread_now_ms(v->thread);

    if (!v->jar.is_filled && v->thread->worker->config.cookies &&
        visit_jar_ask(v) == VISIT_PARKED)
        return VISIT_PARKED;
    if (v->ready_ms <= now) {
        v->step = VISIT_SLOT;
        return VISIT_GO_ON;
    }
    return visit_sleep(v, v->ready_ms - now);
}

enum visit_next
visit_wait_lease(struct visit *v)
{
    return visit_sleep(v, VISIT_LEASE_MS);
}

/* --- the look-up --- */

static void
visit_on_looked_up(void *arg, const struct resolve_answer *answer)
{
    struct visit *v = arg;

    if (!visit_is_back(v))
        return;
    v->is_waiting = false;
    v->thread->waiting--;
    if (answer->outcome != OUTCOME_OK)
        v->no_address = answer->reason;
    thread_ready(v->thread, v);
}

enum visit_next
visit_look_up(struct visit *v)
{
    struct thread *t = v->thread;
    const struct config *c = &t->worker->config;
    struct connect_to_target target;

    if (v->is_looked_up || v->has_slot || v->address[0] != '\0' ||
        proxies_apply(t->worker->proxies, &v->url))
        return VISIT_GO_ON;
    connect_to_find(c, &v->url, &target);
    v->is_looked_up = true;
    if (target.addresses.n > 0 || url_host_is_address(target.host) ||
        resolve_knows(t->resolve, target.host))
        return VISIT_GO_ON;
    v->asked_ms = thread_now_ms(t);
    v->awaits_reply = v->is_waiting = true;
    t->waiting++;
    resolve_host(t->resolve, target.host, visit_on_looked_up, v);
    return VISIT_PARKED;
}

/* --- SLOT --- */

static void
visit_on_slot(void *arg, const redisReply *reply)
{
    struct visit *v = arg;
    struct thread *t = v->thread;
    struct frontier_slot slot;
    uint64_t until;

    if (!visit_is_back(v))
        return;
    if (reply == NULL || frontier_read_slot(reply, &slot) != ERR_OK) {
        v->address[0] = '\0'; /* once more, when Redis is back */
        visit_sleep(v, VISIT_LEASE_MS);
        return;
    }
    until = thread_now_ms(t) + (uint64_t)slot.wait_ms;
    if (slot.is_promised) {
        v->step = VISIT_FETCH;
        if (slot.wait_ms > 0)
            visit_sleep(v, (uint64_t)slot.wait_ms);
        else
            thread_ready(t, v);
        return;
    }
    if (v->ready_ms < until) /* the site comes back when it may be its turn */
        v->ready_ms = until;
    visit_give_back(v);
}

static void
visit_ask_slot(struct visit *v)
{
    struct thread *t = v->thread;

    frontier_form_slot(t->frontier, &t->request, str_from(v->address),
                       t->worker->config.ip_delay, VISIT_SLOT_MAX_MS);
    v->awaits_reply = true;
    conn_send(t->conn, buf_str(&t->request), visit_on_slot, v);
    buf_reset(&t->request);
}

static void
visit_set_address(struct visit *v, struct str address)
{
    if (address.n >= sizeof(v->address))
        return;
    memcpy(v->address, address.p, address.n);
    v->address[address.n] = '\0';
}

/* Each try has the next one: the first may be dead, and no other is asked. */
static struct str
visit_turn_address(struct str addresses, unsigned tries)
{
    struct str rest = addresses, one = str_cut(&rest, ',');

    for (; tries > 0; tries--) {
        if (rest.n == 0)
            rest = addresses;
        one = str_cut(&rest, ',');
    }
    return one;
}

static void
visit_on_address(void *arg, const struct resolve_answer *answer)
{
    struct visit *v = arg;

    if (!visit_is_back(v))
        return;
    if (answer->outcome == OUTCOME_OK)
        visit_set_address(
            v, visit_turn_address(answer->addresses, v->entry.tries));
    if (v->address[0] == '\0')
        v->step = VISIT_FETCH; /* it says what is wrong with the name */
    thread_ready(v->thread, v);
}

/* A name has one address for each try, and no other is asked. */
enum visit_next
visit_step_slot(struct visit *v)
{
    struct thread *t = v->thread;
    const struct config *c = &t->worker->config;
    struct connect_to_target target = {0};

    if (c->ip_delay == 0 || proxies_apply(t->worker->proxies, &v->url)) {
        v->step = VISIT_FETCH;
        return VISIT_GO_ON;
    }
    if (!conn_is_up(t->conn))
        return visit_wait_lease(v);
    if (v->address[0] == '\0') {
        connect_to_find(c, &v->url, &target);
        if (url_host_is_address(target.host))
            visit_set_address(v, target.host);
        else
            visit_set_address(
                v, visit_turn_address(target.addresses, v->entry.tries));
    }
    if (v->address[0] == '\0') {
        v->awaits_reply = true;
        resolve_host(t->resolve, target.host, visit_on_address, v);
    } else {
        visit_ask_slot(v);
    }
    return VISIT_PARKED;
}
