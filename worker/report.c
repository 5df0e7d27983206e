/* SPDX-License-Identifier: MIT */
#include "worker/report.h"

#include <string.h>

#include "common/json_line.h"

enum {
    REPORT_FAILURE_WEIGHT = 4, /* requests: trouble is worth a slot */
    REPORT_SLOW_MS = 1000,     /* each second counts as a request more */
    REPORT_SLOW_WEIGHT_MAX = 30,
    REPORT_ITEM_BYTES = 96 /* a site's numbers, and what ends the object */
};

void
report_init(struct report *r, uint64_t now_ms)
{
    memset(r, 0, sizeof(*r));
    r->since_ms = now_ms;
}

/* --- the table --- */

static struct report_site *
report_find(struct report *r, struct str site)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->sites[i].len == site.n &&
            memcmp(r->sites[i].name, site.p, site.n) == 0)
            return &r->sites[i];
    return NULL;
}

static struct report_site *
report_slot(struct report *r, struct str site)
{
    struct report_site *least = &r->sites[0];
    uint64_t weight = 0;

    if (r->count < REPORT_SLOTS) {
        least = &r->sites[r->count++];
    } else {
        for (size_t i = 1; i < REPORT_SLOTS; i++)
            if (r->sites[i].weight < least->weight)
                least = &r->sites[i];
        weight = least->weight;
    }
    memset(least, 0, sizeof(*least));
    memcpy(least->name, site.p, site.n);
    least->len = site.n;
    least->weight = weight;
    return least;
}

void
report_note(struct report *r, struct str site, int64_t ms, bool is_page,
            bool is_failure)
{
    struct report_site *s;
    int64_t slow = ms / REPORT_SLOW_MS;

    r->pages += is_page;
    r->failures += is_failure;
    if (site.n == 0 || site.n > REPORT_SITE_BYTES)
        return;
    s = report_find(r, site);
    if (s == NULL)
        s = report_slot(r, site);
    if (slow > REPORT_SLOW_WEIGHT_MAX)
        slow = REPORT_SLOW_WEIGHT_MAX;
    s->weight += 1 + (uint64_t)(slow > 0 ? slow : 0);
    s->weight += is_failure ? REPORT_FAILURE_WEIGHT : 0;
    s->pages += is_page;
    s->failures += is_failure;
    if (ms > s->slowest_ms)
        s->slowest_ms = ms;
}

/* --- the text --- */

const char *
report_why(const struct report_state *s)
{
    if (s->is_stopping)
        return "stopping";
    if (s->is_redis_away)
        return "Redis is away";
    if (s->is_cut_off)
        return "waiting for the network";
    if (s->is_memory_full)
        return "memory is full";
    if (s->is_paused)
        return "paused";
    if (s->is_redis_slow)
        return "Redis is slow";
    if (s->visits > s->waiting)
        return "fetching";
    if (s->is_page_limit)
        return "page limit";
    return s->visits > 0 ? "waiting for delays" : "nothing to claim";
}

enum report_order { REPORT_BY_PAGES, REPORT_BY_TIME, REPORT_BY_FAILURES };

static uint64_t
report_value(const struct report_site *s, enum report_order order)
{
    switch (order) {
    case REPORT_BY_PAGES:
        break;
    case REPORT_BY_TIME:
        return (uint64_t)s->slowest_ms;
    case REPORT_BY_FAILURES:
        return s->failures;
    }
    return s->pages;
}

/*
 * The first of those not yet told, or NULL when nothing was noted of any
 * other.  Among equals always the one in the lowest slot: who looks at it
 * sees the same sites again and again, not each of hundreds now and then.
 */
static struct report_site *
report_pick(struct report *r, enum report_order order)
{
    struct report_site *best = NULL;
    uint64_t most = 0;

    for (size_t i = 0; i < r->count; i++) {
        struct report_site *s = &r->sites[i];
        uint64_t value = s->is_told ? 0 : report_value(s, order);

        if (value > most) {
            best = s;
            most = value;
        }
    }
    return best;
}

/* Half of them the busiest, the others the slowest and most failing. */
static struct report_site *
report_next(struct report *r, size_t turn)
{
    static const enum report_order orders[] = {
        REPORT_BY_PAGES, REPORT_BY_TIME, REPORT_BY_PAGES, REPORT_BY_FAILURES};
    struct report_site *s = report_pick(r, orders[turn % 4]);

    if (s == NULL)
        s = report_pick(r, REPORT_BY_PAGES);
    if (s == NULL)
        s = report_pick(r, REPORT_BY_FAILURES);
    return s;
}

static void
report_write_sites(struct report *r, struct json_line *l)
{
    struct report_site *s;

    json_line_list(l, "sites");
    for (size_t i = 0; i < REPORT_SITES && (s = report_next(r, i)); i++) {
        s->is_told = true;
        /* a byte of a name takes six at most */
        if (l->out->n - l->start + 6 * s->len + REPORT_ITEM_BYTES >
            REPORT_BYTES)
            continue;
        json_line_list(l, NULL);
        json_line_str(l, NULL, (struct str){s->name, s->len});
        json_line_int(l, NULL, (int64_t)s->pages);
        json_line_int(l, NULL, s->slowest_ms);
        json_line_int(l, NULL, (int64_t)s->failures);
        json_line_list_end(l);
    }
    json_line_list_end(l);
}

/* Sites keep their slots, and half of their weight: see report_pick(). */
static void
report_renew(struct report *r, uint64_t now_ms)
{
    for (size_t i = 0; i < r->count; i++) {
        struct report_site *s = &r->sites[i];

        s->weight /= 2;
        s->pages = 0;
        s->failures = 0;
        s->slowest_ms = 0;
        s->is_told = false;
    }
    r->pages = 0;
    r->failures = 0;
    r->since_ms = now_ms;
}

enum err
report_write(struct report *r, const struct report_state *s, uint64_t now_ms,
             struct buf *out)
{
    struct json_line l;
    enum err e;

    json_line_begin(&l, out);
    json_line_int(&l, "beat", (int64_t)s->beat);
    json_line_str(&l, "host", s->host);
    json_line_int(&l, "pid", s->pid);
    json_line_int(&l, "threads", (int64_t)s->threads);
    json_line_int(&l, "visits", (int64_t)s->visits);
    json_line_int(&l, "busy", (int64_t)(s->visits - s->waiting));
    json_line_int(&l, "waiting", (int64_t)s->waiting);
    json_line_int(&l, "transfers", (int64_t)s->transfers);
    json_line_int(&l, "connections", (int64_t)s->connections);
    if (s->is_auto)
        json_line_bool(&l, "auto", true);
    json_line_str(&l, "why", str_from(report_why(s)));
    json_line_int(&l, "span_ms", (int64_t)(now_ms - r->since_ms));
    json_line_int(&l, "pages", (int64_t)r->pages);
    json_line_int(&l, "failures", (int64_t)r->failures);
    report_write_sites(r, &l);
    e = json_line_end(&l);
    if (e == ERR_OK)
        out->n--; /* the newline */
    report_renew(r, now_ms);
    return e;
}
