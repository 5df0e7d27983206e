/*
 * SPDX-License-Identifier: MIT
 *
 * Where each entry is.  A table has every fingerprint that the seen-set, a
 * final log line or a waiting entry names, with flags for each of the three;
 * one in the seen-set without another flag is lost.
 *
 * A crawl that runs moves meanwhile.  The seen-set is read before anything
 * else that is to be found for it, and the rest along the way that entries
 * take, the logs last; so an entry escapes only by going back (released,
 * reaped, put off) past the place that is just being read.  What was not found
 * is therefore looked for again, in all queues and in what the logs have got
 * since: one that escapes ten times, with pauses of up to a second, is lost.
 * What was found once is not lost, so the flags stay.  A fingerprint that is
 * not in the seen-set may have come into it since, and is asked for by itself.
 */
#include "master/verify_parts.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#include "common/fingerprint.h"
#include "common/log.h"
#include "master/progress.h"
#include "master/verify_line.h"

enum {
    URLS_PASSES = 10,
    URLS_PAUSE_FIRST_MS = 50,
    URLS_PAUSE_MAX_MS = 1000,
    URLS_LINE_MAX = 1 << 20
};

enum {
    URL_SEEN = 1,
    URL_FINAL = 2,
    URL_TWICE = 4,
    URL_PLACE_SHIFT = 3, /* enum verify_place + 1, three bits; 0: nowhere */
    URL_PLACE = 7 << URL_PLACE_SHIFT
};

struct urls {
    struct verify *v;
    struct verify_set set;
    struct buf space;   /* of verify_line_parse() */
    uint64_t seen;      /* distinct, as the seen-set was read */
    uint64_t finals;    /* distinct URLs with a final line */
    uint64_t junk, raw; /* members and lines that are none of ours */
    uint64_t known_before, known_behind; /* added, around reading seen */
};

/* --- what names a fingerprint --- */

static void
urls_on_line(void *arg, struct str text, uint64_t place)
{
    struct urls *u = arg;
    struct verify_line line;
    uint8_t *flags;

    (void)place;
    if (verify_line_parse(text, &u->space, &line) != ERR_OK || line.will_retry)
        return; /* one that is broken is reported when lines are looked at */
    flags = verify_set_put(&u->set, fingerprint(line.url));
    if (*flags & URL_FINAL)
        *flags |= URL_TWICE;
    else
        u->finals++;
    *flags |= URL_FINAL;
}

static void
urls_on_seen(void *arg, uint64_t value)
{
    struct urls *u = arg;
    uint8_t *flags = verify_set_put(&u->set, value);

    u->seen += !(*flags & URL_SEEN);
    *flags |= URL_SEEN;
}

static void
urls_on_entry(void *arg, enum verify_place place, const struct entry *entry)
{
    struct urls *u = arg;
    uint8_t *flags = verify_set_put(&u->set, fingerprint(entry->url));

    *flags = (uint8_t)((*flags & ~URL_PLACE) | (place + 1) << URL_PLACE_SHIFT);
}

static bool
urls_is_lost(uint8_t flags)
{
    return (flags & URL_SEEN) && !(flags & (URL_FINAL | URL_PLACE));
}

static uint64_t
urls_count_lost(const struct urls *u)
{
    uint64_t value, lost = 0;
    uint8_t *flags;
    size_t at = 0;

    while ((flags = verify_set_next(&u->set, &at, &value)) != NULL)
        lost += urls_is_lost(*flags);
    return lost;
}

/* --- reading --- */

static enum err
urls_read_log(struct urls *u)
{
    return verify_log_read(u->v->log, urls_on_line, u, u->v->why);
}

static enum err
urls_read_seen(struct urls *u)
{
    struct frontier_counts counts;
    enum err e = verify_frontier_counts(&u->v->frontier, &counts);

    u->known_before = counts.known;
    if (e == ERR_OK)
        e = verify_frontier_seen(&u->v->frontier, urls_on_seen, u, &u->junk);
    if (e == ERR_OK)
        e = verify_frontier_counts(&u->v->frontier, &counts);
    u->known_behind = counts.known;
    return e;
}

static bool
urls_has_moved(const struct frontier_counts *a, const struct frontier_counts *b)
{
    return a->known != b->known || a->finished != b->finished ||
           a->queued != b->queued || a->waiting != b->waiting ||
           a->flight != b->flight || a->retry != b->retry ||
           a->quarantined != b->quarantined || a->state != b->state;
}

/* One more look at what waits; *is_quiet: nothing moved since begin. */
static enum err
urls_pass(struct urls *u, const struct frontier_counts *begin, bool *is_quiet)
{
    struct verify *v = u->v;
    uint64_t awake;
    enum err e =
        verify_frontier_waiting(&v->frontier, urls_on_entry, u, &u->raw);

    *is_quiet = false;
    if (e == ERR_OK)
        e = verify_frontier_counts(&v->frontier, &v->counts);
    if (e == ERR_OK)
        e = urls_read_log(u); /* behind the counts: it has all they count */
    if (e == ERR_OK)
        e = verify_frontier_awake(&v->frontier, &awake);
    if (e == ERR_OK)
        *is_quiet = awake == 0 && !urls_has_moved(begin, &v->counts);
    return e;
}

static enum err
urls_read(struct urls *u)
{
    struct verify *v = u->v;
    struct frontier_counts begin;
    int pause_ms = URLS_PAUSE_FIRST_MS;
    enum err e = verify_frontier_counts(&v->frontier, &begin);

    if (e == ERR_OK) {
        verify_set_init(&u->set, begin.known + begin.known / 16);
        e = urls_read_log(u); /* the bulk; what comes later is little */
    }
    if (e == ERR_OK)
        e = urls_read_seen(u);
    for (int pass = 1; e == ERR_OK; pass++) {
        e = urls_pass(u, &begin, &v->is_quiet);
        if (pass > 1)
            v->is_quiet = false; /* places were left since the first pass */
        if (v->is_quiet || pass == URLS_PASSES || e != ERR_OK ||
            urls_count_lost(u) == 0)
            break;
        poll(NULL, 0, pause_ms);
        pause_ms =
            pause_ms * 2 < URLS_PAUSE_MAX_MS ? pause_ms * 2 : URLS_PAUSE_MAX_MS;
    }
    return e;
}

/* --- what came into the seen-set behind our back --- */

static bool
urls_are_all_seen(const struct urls *u)
{
    uint64_t value;
    size_t at = 0;
    const uint8_t *flags;

    while ((flags = verify_set_next(&u->set, &at, &value)) != NULL)
        if (!(*flags & URL_SEEN))
            return false;
    return true;
}

/* Of those that came in since, only what is known otherwise: the rest has
 * neither a line nor a place that we would have read. */
static void
urls_on_seen_since(void *arg, uint64_t value)
{
    struct urls *u = arg;
    uint8_t *flags = verify_set_find(&u->set, value);

    if (flags)
        *flags |= URL_SEEN;
}

static enum err
urls_read_seen_again(struct urls *u)
{
    uint64_t junk;

    if (urls_are_all_seen(u))
        return ERR_OK;
    return verify_frontier_seen(&u->v->frontier, urls_on_seen_since, u, &junk);
}

/* --- what came of it --- */

/* One that has a final line and waits is fetched again: of two, which? */
static void
urls_count(struct urls *u, uint8_t flags)
{
    struct verify *v = u->v;
    int place = (flags & URL_PLACE) >> URL_PLACE_SHIFT;

    v->entries++;
    if ((flags & URL_FINAL) && (place == 0 || !v->is_quiet))
        v->finished++;
    else if (place > 0)
        v->waiting[place - 1]++;
    else
        v->lost++;
}

static void
urls_sort_out(struct urls *u)
{
    uint64_t value;
    uint8_t *flags;
    size_t at = 0;

    while ((flags = verify_set_next(&u->set, &at, &value)) != NULL) {
        uint8_t odd = 0;

        if (*flags & URL_SEEN)
            urls_count(u, *flags);
        else if (*flags & URL_FINAL)
            odd |= VERIFY_ODD_STRANGER;
        else
            odd |= VERIFY_ODD_INTRUDER;
        if (*flags & URL_TWICE)
            odd |= VERIFY_ODD_TWICE;
        if (urls_is_lost(*flags))
            odd |= VERIFY_ODD_LOST;
        if (odd)
            *verify_set_put(&u->v->odd, value) = odd;
    }
}

/* --- counters --- */

/* "1,204" where several stand in one call */
#define COUNT_TEXT(n) progress_count((n), (char[PROGRESS_TEXT_BYTES]){0})

static void
urls_judge_sum(struct urls *u)
{
    struct verify *v = u->v;
    const struct frontier_counts *c = &v->counts;
    uint64_t sum = c->finished + c->queued + c->waiting + c->flight + c->retry +
                   c->quarantined;

    /* Lines that are no entries are in the queue's and flight's lengths. */
    if (c->known <= sum && sum <= c->known + u->raw)
        return;
    verify_wrong(&v->report, VERIFY_COUNT,
                 "%s entries were added, but %s finished + %s in the front "
                 "queue + %s in back queues + %s in flight + %s put off + %s "
                 "in quarantine are %s",
                 COUNT_TEXT(c->known), COUNT_TEXT(c->finished),
                 COUNT_TEXT(c->queued), COUNT_TEXT(c->waiting),
                 COUNT_TEXT(c->flight), COUNT_TEXT(c->retry),
                 COUNT_TEXT(c->quarantined), COUNT_TEXT(sum));
}

static void
urls_judge_counts(struct urls *u)
{
    struct verify *v = u->v;
    const struct frontier_counts *c = &v->counts;
    uint64_t waiting =
        c->queued + c->waiting + c->flight + c->retry + c->quarantined;

    urls_judge_sum(u);
    if (u->seen < u->known_before || u->seen > u->known_behind)
        verify_wrong(&v->report, VERIFY_COUNT,
                     "%s entries were added, but the seen-set has %s",
                     COUNT_TEXT(u->known_behind), COUNT_TEXT(u->seen));
    if (u->junk > 0)
        verify_wrong(&v->report, VERIFY_COUNT,
                     "%s members of the seen-set are no fingerprints",
                     COUNT_TEXT(u->junk));
    if (u->finals < c->finished)
        verify_wrong(&v->report, VERIFY_COUNT,
                     "%s entries are finished, but the logs have final lines "
                     "of %s URLs only",
                     COUNT_TEXT(c->finished), COUNT_TEXT(u->finals));
    else if (v->is_quiet && v->finished != c->finished)
        verify_wrong(&v->report, VERIFY_COUNT,
                     "%s entries are finished, but %s have a final line and "
                     "wait nowhere",
                     COUNT_TEXT(c->finished), COUNT_TEXT(v->finished));
    if (c->state == FRONTIER_FINISHED && waiting > 0)
        verify_wrong(&v->report, VERIFY_COUNT,
                     "the crawl is finished, but %s lines wait",
                     COUNT_TEXT(waiting));
}

enum err
verify_urls(struct verify *v)
{
    struct urls u = {.v = v};
    enum err e;

    buf_init(&u.space, URLS_LINE_MAX);
    e = urls_read(&u);
    if (e == ERR_OK)
        e = urls_read_seen_again(&u);
    if (e == ERR_OK) {
        urls_sort_out(&u);
        urls_judge_counts(&u);
    }
    if (e == ERR_REDIS)
        snprintf(v->why, sizeof(v->why), "%s", v->frontier.why);
    verify_set_fini(&u.set);
    buf_fini(&u.space);
    return e;
}
