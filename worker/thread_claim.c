/*
 * What a thread asks of the frontier by itself: claims and heartbeats.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/entry.h"
#include "common/fingerprint.h"
#include "common/log.h"
#include "common/site.h"
#include "worker/thread_parts.h"
#include "worker/visit.h"

enum {
    THREAD_VISITS_PER_SLOT = 4, /* most of them wait for their delay */
    THREAD_BEAT_MS = 1000,
    THREAD_BEATS_IN_LIMIT = 5,  /* at least, in --heartbeat-limit */
    THREAD_CLOCK_DRIFT = 10000, /* clocks part by 1 ms in so many */
    THREAD_CLAIM_WAIT_FIRST_MS = 2,
    THREAD_CLAIM_WAIT_MAX_MS = 100, /* how old news of new links may be */
    THREAD_UNCONFIRMED_MAX = 64     /* batches; then Redis is too slow for us */
};

bool
thread_is_behind(const struct thread *t)
{
    return outbox_unconfirmed(t->outbox) > THREAD_UNCONFIRMED_MAX;
}

size_t
thread_wants_visits(const struct thread *t)
{
    size_t slots = t->slots;
    size_t busy = t->visits_count - t->waiting;
    size_t most = slots * THREAD_VISITS_PER_SLOT;
    size_t few =
        slots / 8 < FRONTIER_VISITS_MAX ? slots / 8 : FRONTIER_VISITS_MAX;
    size_t want;

    if (t->state == FRONTIER_PAUSED || t->visits_count >= most ||
        busy >= slots || thread_is_behind(t) || !fetcher_has_room(t->fetcher) ||
        outage_is_on(t->worker->outage) || (t->exec && exec_is_full(t->exec)))
        return 0;
    want = slots - busy;
    if (want > most - t->visits_count)
        want = most - t->visits_count;
    if (want > FRONTIER_VISITS_MAX)
        want = FRONTIER_VISITS_MAX;
    /* a claim has a price of its own: not for a few, while busy */
    return want < few && busy > 0 ? 0 : want;
}

bool
thread_is_held_back(const struct thread *t)
{
    size_t busy = t->visits_count - t->waiting;

    return thread_may_fetch(t) &&
           (t->slot_queue.first || busy + t->slots / 8 >= t->slots ||
            t->visits_count >= t->slots * THREAD_VISITS_PER_SLOT);
}

/* Entries of a visit: what the delay lets through in some ten seconds. */
static unsigned
thread_entries_wanted(const struct thread *t)
{
    int64_t delay = t->delay_ms;
    int64_t n = delay > 0 ? 10000 / delay : FRONTIER_ENTRIES_MAX;

    if (n < 1)
        n = 1;
    return n < FRONTIER_ENTRIES_MAX ? (unsigned)n : FRONTIER_ENTRIES_MAX;
}

/* Somebody pushed a bare URL: make it an entry, or say why not. */
void
thread_take_raw(struct thread *t, struct str raw)
{
    struct url url;
    struct entry entry = {0};
    enum scope_answer answer;

    if (canon_parse(t->worker->canon, raw, NULL, &t->url_text, &url, NULL) !=
        ERR_OK) {
        log_warnx("queue holds \"%s\", which is no http(s) URL: dropped",
                  LOG_ESC(raw));
    } else if ((answer = scope_judge(t->worker->scope, t->scope_match, &url,
                                     0)) != SCOPE_IN) {
        stats_add(&t->stats, scope_counter(answer), 1);
    } else {
        entry.site = site_of_host(url.host);
        entry.url = url.text;
        buf_reset(&t->entry_text);
        if (entry_write(&entry, &t->entry_text) == ERR_OK)
            outbox_link(t->outbox, buf_str(&t->entry_text),
                        fingerprint(url.text), 0, FRONTIER_LAST);
    }
    outbox_ack_raw(t->outbox, raw);
}

static void
thread_claim_pause(struct thread *t, int64_t wait_ms)
{
    t->claim_wait_ms = t->claim_wait_ms == 0 ? THREAD_CLAIM_WAIT_FIRST_MS
                                             : t->claim_wait_ms * 2;
    if (t->claim_wait_ms > THREAD_CLAIM_WAIT_MAX_MS)
        t->claim_wait_ms = THREAD_CLAIM_WAIT_MAX_MS;
    if (wait_ms > 0 && (uint64_t)wait_ms < t->claim_wait_ms)
        t->claim_at_ms = thread_now_ms(t) + (uint64_t)wait_ms;
    else
        t->claim_at_ms = thread_now_ms(t) + t->claim_wait_ms;
}

/* What was claimed cannot be used any more: straight back. */
static void
thread_refuse(struct thread *t, const struct frontier_visit *visit)
{
    outbox_release(
        t->outbox,
        &(struct frontier_release){
            .site = visit->site,
            .entries = visit->entries,
            .count = visit->count,
            .spacing_ms = -1,
            .unused = visit->grants > 0 ? (uint64_t)visit->grants : 0});
}

static void
thread_on_claimed(void *arg, const redisReply *reply)
{
    struct thread *t = arg;
    struct frontier_claim claim;

    t->is_claiming = false;
    if (reply == NULL)
        return;
    if (frontier_read_claim(reply, &claim) != ERR_OK) {
        log_warnx("the frontier's answer to claim cannot be read");
        thread_claim_pause(t, 0);
        return;
    }
    t->state = claim.state;
    t->is_page_limit = claim.count == 0 &&
                       claim.wait_ms == FRONTIER_LIMIT_WAIT_MS &&
                       t->worker->config.max_pages > 0;
    for (size_t i = 0; i < claim.count; i++)
        if (t->is_draining || t->state == FRONTIER_PAUSED)
            thread_refuse(t, &claim.visits[i]);
        else
            visit_new(t, &claim.visits[i]);
    for (size_t i = 0; i < claim.raw_count; i++)
        thread_take_raw(t, claim.raw[i]);
    if (claim.count > 0) {
        t->claim_wait_ms = 0;
        t->claim_at_ms = thread_now_ms(t) + (claim.wait_ms > 0 ? 2 : 0);
    } else if (claim.wait_ms > 0) {
        thread_claim_pause(t, claim.wait_ms);
    }
    frontier_claim_fini(&claim);
}

void
thread_claim(struct thread *t)
{
    size_t want;

    if (t->is_claiming || t->beat_seq == 0 || t->has_to_mend || t->is_mending ||
        t->claim_at_ms > thread_now_ms(t) ||
        t->claim_rest_ms > thread_now_ms(t))
        return;
    want = thread_wants_visits(t);
    if (want == 0)
        return;
    frontier_form_claim(t->frontier, &t->request, (unsigned)want,
                        thread_entries_wanted(t),
                        (unsigned)t->worker->config.per_site);
    t->is_claiming = true;
    conn_send(t->conn, buf_str(&t->request), thread_on_claimed, t);
    buf_reset(&t->request);
}

/* --- heartbeat --- */

static uint64_t
thread_beat_interval_ms(const struct thread *t)
{
    uint64_t most =
        (uint64_t)t->worker->config.heartbeat_limit / THREAD_BEATS_IN_LIMIT;

    return most < THREAD_BEAT_MS ? most : THREAD_BEAT_MS;
}

/*
 * The beat reached Redis after it was sent: for the limit since then nobody
 * may take us for dead.  A tenth of it is left to clocks and to a request
 * that is just going out.
 */
static void
thread_renew_lease(struct thread *t)
{
    uint64_t limit = (uint64_t)t->worker->config.heartbeat_limit;

    t->lease_until_ms = t->beat_sent_ms + limit - limit / 10;
}

uint64_t
thread_clock_error_ms(const struct thread *t)
{
    uint64_t drift = (thread_now_ms(t) - t->clock_at_ms) / THREAD_CLOCK_DRIFT;

    return (t->clock_error_ms + drift) / 2;
}

/*
 * Redis read its clock between the request and the reply, so the middle of
 * the two is right to half their distance.  What is known better stands, but
 * where the two cannot both be right: then a clock was set.
 */
static void
thread_set_clock(struct thread *t, int64_t redis_ms)
{
    uint64_t now = thread_now_ms(t);
    uint64_t error = thread_boot_ms() - t->beat_sent_ms;
    uint64_t known =
        t->clock_error_ms + (now - t->clock_at_ms) / THREAD_CLOCK_DRIFT;
    int64_t clock = redis_ms - (int64_t)now + (int64_t)error / 2;

    if (t->clock_at_ms != 0 && error > known &&
        llabs(clock - t->clock_ms) * 2 <= (int64_t)(error + known))
        return;
    t->clock_ms = clock;
    t->clock_error_ms = error;
    t->clock_at_ms = now;
}

static void
thread_on_noted(void *arg, const redisReply *reply)
{
    struct thread *t = arg;

    if (reply == NULL)
        t->has_break_to_note = true;
}

static void
thread_note_break(struct thread *t, int64_t redis_ms)
{
    t->has_break_to_note = false;
    frontier_form_break_note(t->frontier, &t->request, redis_ms);
    conn_offer(t->conn, buf_str(&t->request), thread_on_noted, t);
    buf_reset(&t->request);
}

/*
 * Taken for dead while we slept or were cut off: what we held has gone to
 * others.  Drop it, and go on as somebody else.
 */
static void
thread_reborn(struct thread *t)
{
    log_warnx("%s was taken for dead, others have its work: going on under "
              "a new name",
              t->identity);
    while (t->visits)
        visit_forsake(t->visits);
    outbox_disown(t->outbox);
    t->life++;
    snprintf(t->identity, sizeof(t->identity), "%s-%u.%u", t->worker->identity,
             t->index, t->life);
    frontier_rename(t->frontier, t->identity);
    t->beat_seq = 0;
    t->beat_at_ms = 0;
    t->lease_until_ms = 0;
    t->is_beat_unsure = false;
    stats_add(&t->stats, STAT_reborn, 1);
}

static void
thread_on_beaten(void *arg, const redisReply *reply)
{
    struct thread *t = arg;
    struct frontier_beat beat;

    t->is_beating = false;
    if (reply == NULL || frontier_read_beat(reply, &beat) != ERR_OK) {
        t->is_beat_unsure = true;
        t->beat_at_ms = 0; /* as soon as it may */
        return;
    }
    thread_set_clock(t, beat.now_ms);
    if (beat.is_reaped && beat.state != FRONTIER_NONE) {
        t->state = beat.state;
        thread_reborn(t);
        return;
    }
    t->beat_seq++;
    t->is_beat_unsure = false;
    thread_renew_lease(t);
    thread_take_live(t, &beat);
    for (enum stats_id i = 0; i < STAT_COUNT; i++)
        stats_add(&t->beat_stats, i,
                  stats_get(&t->beat_next, i) - stats_get(&t->beat_stats, i));
    t->state = beat.state;
    if (beat.state == FRONTIER_NONE) {
        log_warnx("Redis holds no crawl \"%s\": it was emptied, or the name "
                  "is wrong",
                  t->worker->config.name);
        worker_fail(t->worker, EXIT_REDIS);
    } else if (t->has_break_to_note) {
        thread_note_break(t, beat.now_ms);
    }
}

bool
thread_has_untold(const struct thread *t)
{
    for (enum stats_id i = 0; i < STAT_COUNT; i++)
        if (stats_get(&t->stats, i) != stats_get(&t->beat_stats, i))
            return true;
    return false;
}

void
thread_beat(struct thread *t)
{
    struct frontier_stat deltas[STAT_COUNT];
    size_t n = 0;
    uint64_t now = thread_now_ms(t);

    if (t->is_beating || t->is_parting || t->has_parted || now < t->beat_at_ms)
        return;
    for (enum stats_id i = 0; i < STAT_COUNT; i++) {
        int64_t told = stats_get(&t->beat_stats, i), value;

        /* one whose reply was lost may have been counted: not a word more */
        if (!t->is_beat_unsure)
            stats_add(&t->beat_next, i,
                      stats_get(&t->stats, i) - stats_get(&t->beat_next, i));
        value = stats_get(&t->beat_next, i);
        if (value != told)
            deltas[n++] = (struct frontier_stat){stats_name(i), value - told};
    }
    t->is_beating = true;
    t->beat_at_ms = now + thread_beat_interval_ms(t);
    t->beat_sent_ms = thread_boot_ms();
    frontier_form_beat(t->frontier, &t->request, t->beat_seq + 1, deltas, n,
                       thread_report(t));
    conn_send(t->conn, buf_str(&t->request), thread_on_beaten, t);
    buf_reset(&t->request);
}

/* --- the end --- */

static void
thread_on_parted(void *arg, const redisReply *reply)
{
    struct thread *t = arg;
    uint64_t left;

    t->is_parting = false;
    t->has_parted = reply == NULL ||
                    frontier_read_count(reply, &left) != ERR_OK || left == 0;
}

void
thread_part(struct thread *t)
{
    if (t->is_parting || t->has_parted)
        return;
    if (t->beat_seq == 0) { /* it was never heard of */
        t->has_parted = true;
        return;
    }
    if (!conn_is_up(t->conn))
        return;
    frontier_form_reap(t->frontier, &t->request, str_from(t->identity), 0);
    t->is_parting = true;
    conn_send(t->conn, buf_str(&t->request), thread_on_parted, t);
    buf_reset(&t->request);
}
