/*
 * SPDX-License-Identifier: MIT
 *
 * Each log line once more, now that it is known which URLs are odd: whether it
 * can be read, its site, its record, and how soon it came behind the site's
 * last request.  Of odd URLs all final lines are kept, to be judged together.
 *
 * That a URL is finished twice is right where the earlier line's worker died,
 * for then its ack may not have reached Redis, or where Redis broke, for then
 * it may have forgotten the ack; and where the first time was a redirect whose
 * cookie led back to the page (worker/visit_jar.c), then the second line has
 * more hops.  Everywhere else an ack followed the line.
 */
#include "master/verify_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/fingerprint.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/site.h"
#include "common/url.h"
#include "master/progress.h"
#include "master/verify_line.h"

enum {
    LINES_LINE_MAX = 1 << 20,
    /*
     * A break is noted when Redis is back, after a minute at most (then the
     * master gives up), and a line has the time of its request.
     */
    LINES_BREAK_MS = 65 * 1000,
    LINES_BEHIND_MS = 5000, /* clocks, and the beat that notes it */
    /*
     * A visit goes on behind the break with entries of which Redis may have
     * forgotten that they are in flight: of as many as worker/thread_claim.c
     * asks for, what the delay lets through in ten seconds.
     */
    LINES_VISIT_MS = 10000
};

struct lines_death {
    UT_hash_handle hh;
    bool has_lines; /* that were overtaken */
    size_t name_n;
    char name[];
};

/* A final line of an odd URL. */
struct lines_final {
    uint64_t fingerprint, place;
    int64_t at_ms;
    int64_t hops;
    bool is_redirect;
    struct lines_death *death; /* of its worker, or NULL */
    bool is_at_break;
    bool is_of_crash; /* a master's; one that dies before it buried it may
                         leave it to the next, which writes it again */
};

struct lines {
    struct verify *v;
    struct verify_warc *warc;
    struct verify_spacing *spacing;
    struct lines_death *deaths;
    int64_t *breaks; /* ms since 1970 */
    size_t breaks_count;
    struct lines_final *finals;
    size_t finals_count, finals_room;
    uint64_t unnamed; /* lost ones whose URL is not known yet */
    struct buf space, text;
};

/* --- what died --- */

static void
lines_on_death(void *arg, struct str name)
{
    struct lines *l = arg;
    struct str seconds = name;
    struct lines_death *d;
    uint64_t s;

    if (str_starts(name, STR("redis-"))) {
        seconds.p += strlen("redis-");
        seconds.n -= strlen("redis-");
        if (str_to_u64(seconds, INT64_MAX / 1000, &s)) {
            l->breaks = xreallocarray(l->breaks, l->breaks_count + 1,
                                      sizeof(*l->breaks));
            l->breaks[l->breaks_count++] = (int64_t)s * 1000;
            return;
        }
    }
    d = xcalloc(1, sizeof(*d) + name.n + 1);
    memcpy(d->name, name.p, name.n);
    d->name_n = name.n;
    HASH_ADD_KEYPTR(hh, l->deaths, d->name, d->name_n, d);
}

static bool
lines_is_at_break(const struct lines *l, int64_t at_ms, int64_t spacing_ms)
{
    int64_t delay = l->v->delay_ms, before = LINES_BREAK_MS + l->v->timeout_ms;
    int64_t entries = delay > 0 && !l->v->has_changed ? LINES_VISIT_MS / delay
                                                      : FRONTIER_ENTRIES_MAX;
    int64_t behind;

    if (entries > FRONTIER_ENTRIES_MAX)
        entries = FRONTIER_ENTRIES_MAX;
    if (spacing_ms < delay)
        spacing_ms = delay;
    if (spacing_ms > LINES_BREAK_MS) /* bytes of a log: bounded */
        spacing_ms = LINES_BREAK_MS;
    behind = LINES_BEHIND_MS + (entries + 1) * spacing_ms;
    for (size_t i = 0; i < l->breaks_count; i++)
        if (at_ms >= l->breaks[i] - before && at_ms <= l->breaks[i] + behind)
            return true;
    return false;
}

/* --- a line --- */

static void
lines_check_site(struct lines *l, const struct verify_line *line,
                 uint64_t place)
{
    char where[VERIFY_LOG_WHY_BYTES];
    struct url url;
    struct str site;

    if (url_split(line->url, &url) != ERR_OK) {
        verify_log_where(l->v->log, place, where);
        verify_wrong(&l->v->report, VERIFY_LINE,
                     "%s: \"%s\" is no canonical URL", where,
                     LOG_ESC(line->url));
        return;
    }
    site = site_of_host(url.host);
    if (!str_equal(site, line->site))
        verify_wrong(&l->v->report, VERIFY_SITE,
                     "%s is logged under %s, but its site is %s",
                     LOG_ESC(line->url), LOG_ESC(line->site), LOG_ESC(site));
}

static void
lines_check_record(struct lines *l, const struct verify_line *line,
                   uint64_t place)
{
    static const char *const words[] = {
        [VERIFY_RECORD_BEHIND] = "the file ends before it",
        [VERIFY_RECORD_NONE] = "no gzip member begins there",
        [VERIFY_RECORD_BAD] = "there can be no such file or offset",
    };
    enum verify_record found;

    if (line->warc.n == 0)
        return;
    found = verify_warc_check(l->warc, line->warc, line->offset, place);
    if (found != VERIFY_RECORD_THERE && found != VERIFY_RECORD_AWAY)
        verify_wrong(&l->v->report, VERIFY_RECORD,
                     "%s: %s, offset %" PRId64 ": %s", LOG_ESC(line->url),
                     LOG_ESC(line->warc), line->offset, words[found]);
}

static void
lines_check_file(struct lines *l, const struct verify_line *line)
{
    enum verify_file found;

    if (line->file.n == 0)
        return;
    found = verify_files_check(l->v->files, line->file);
    if (found == VERIFY_FILE_NONE || found == VERIFY_FILE_BAD)
        verify_wrong(&l->v->report, VERIFY_FILE, "%s: %s: %s",
                     LOG_ESC(line->url), LOG_ESC(line->file),
                     found == VERIFY_FILE_NONE ? "it is not in files/"
                                               : "there can be no such file");
}

static void
lines_check_spacing(struct lines *l, const struct verify_line *line,
                    uint64_t place)
{
    char where[VERIFY_LOG_WHY_BYTES];

    if (l->v->per_site > 1 || line->sent_ms < 0 ||
        verify_spacing_add(l->spacing, line->site, line->sent_ms,
                           line->sent_error_ms, line->spacing_ms, place))
        return;
    verify_log_where(l->v->log, place, where);
    verify_wrong(&l->v->report, VERIFY_LINE,
                 "%s: sent_ms and spacing_ms cannot be of this crawl", where);
}

/* A URL that is lost stands in some line after all, if not as its own. */
static void
lines_name_lost(struct lines *l, struct str url)
{
    uint8_t *odd = l->unnamed > 0 && url.n > 0
                       ? verify_set_find(&l->v->odd, fingerprint(url))
                       : NULL;

    if (odd == NULL || !(*odd & VERIFY_ODD_LOST))
        return;
    *odd &= (uint8_t)~VERIFY_ODD_LOST;
    l->unnamed--;
    verify_wrong(&l->v->report, VERIFY_LOST, "%s", LOG_ESC(url));
}

static void
lines_keep_final(struct lines *l, const struct verify_line *line,
                 uint64_t value, uint64_t place)
{
    struct lines_final *f;

    if (l->finals_count == l->finals_room) {
        l->finals_room += l->finals_room / 2 + 64;
        l->finals =
            xreallocarray(l->finals, l->finals_room, sizeof(*l->finals));
    }
    f = &l->finals[l->finals_count++];
    *f = (struct lines_final){.fingerprint = value, .place = place};
    f->at_ms = line->sent_ms >= 0 ? line->sent_ms : line->time_ms;
    f->is_at_break = lines_is_at_break(l, f->at_ms, line->spacing_ms);
    f->hops = line->hops;
    f->is_redirect = str_equal(line->outcome, STR("REDIRECT"));
    f->is_of_crash = str_equal(line->outcome, STR("CRASH"));
    HASH_FIND(hh, l->deaths, line->worker.p, line->worker.n, f->death);
}

static void
lines_on_line(void *arg, struct str text, uint64_t place)
{
    struct lines *l = arg;
    char where[VERIFY_LOG_WHY_BYTES];
    struct verify_line line;
    const uint8_t *odd;
    uint64_t value;

    if (verify_line_parse(text, &l->space, &line) != ERR_OK) {
        verify_log_where(l->v->log, place, where);
        verify_wrong(&l->v->report, VERIFY_LINE, "%s: no line of a crawl log",
                     where);
        return;
    }
    lines_check_site(l, &line, place);
    lines_check_record(l, &line, place);
    lines_check_file(l, &line);
    lines_check_spacing(l, &line, place);
    if (l->v->odd.count == 0)
        return;
    value = fingerprint(line.url);
    odd = verify_set_find(&l->v->odd, value);
    if (odd && (*odd & (VERIFY_ODD_TWICE | VERIFY_ODD_STRANGER)) &&
        !line.will_retry)
        lines_keep_final(l, &line, value, place);
    lines_name_lost(l, line.url);
    lines_name_lost(l, line.referrer);
    lines_name_lost(l, line.redirect);
}

/* --- several final lines, and strangers --- */

static int
lines_compare(const void *a, const void *b)
{
    const struct lines_final *x = a, *y = b;

    if (x->fingerprint != y->fingerprint)
        return x->fingerprint < y->fingerprint ? -1 : 1;
    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    /* at once: whoever died came first, then who was led nowhere yet */
    if ((x->death == NULL) != (y->death == NULL))
        return x->death == NULL ? 1 : -1;
    return (x->hops > y->hops) - (x->hops < y->hops);
}

/* The line at place; its strings last until the next. */
static bool
lines_get(struct lines *l, uint64_t place, struct verify_line *out)
{
    verify_log_get(l->v->log, place, &l->text);
    return verify_line_parse(buf_str(&l->text), &l->space, out) == ERR_OK;
}

static void
lines_judge_pair(struct lines *l, const struct lines_final *first,
                 const struct lines_final *next)
{
    struct verify *v = l->v;
    struct verify_line line;
    char worker[LOG_ESC_BYTES] = "?", url[LOG_ESC_BYTES] = "?";

    if (first->is_redirect && next->hops > first->hops)
        return;
    if (first->death || first->is_at_break || first->is_of_crash) {
        v->again++;
        if (first->death && !first->death->has_lines) {
            first->death->has_lines = true;
            v->again_workers++;
        }
        return;
    }
    if (lines_get(l, first->place, &line))
        log_esc(line.worker, worker);
    if (lines_get(l, next->place, &line))
        log_esc(line.url, url);
    verify_wrong(&v->report, VERIFY_TWICE,
                 "%s: by %.100s, who is not known to have died, and %" PRId64
                 " ms later by %.100s",
                 url, worker, next->at_ms - first->at_ms, LOG_ESC(line.worker));
}

/* All final lines of one URL, in the order of their times. */
static void
lines_judge_url(struct lines *l, const struct lines_final *f, size_t n)
{
    const uint8_t *odd = verify_set_find(&l->v->odd, f->fingerprint);
    bool is_at_break = false;
    struct verify_line line;

    for (size_t i = 0; i < n; i++) {
        is_at_break = is_at_break || f[i].is_at_break;
        if (i > 0)
            lines_judge_pair(l, &f[i - 1], &f[i]);
    }
    if (odd == NULL || !(*odd & VERIFY_ODD_STRANGER))
        return;
    if (is_at_break)
        l->v->forgotten++;
    else if (lines_get(l, f->place, &line))
        verify_wrong(&l->v->report, VERIFY_STRANGER,
                     "%s is finished, but not in the seen-set",
                     LOG_ESC(line.url));
}

static void
lines_judge_finals(struct lines *l)
{
    size_t first = 0;

    if (l->finals_count == 0)
        return;
    qsort(l->finals, l->finals_count, sizeof(*l->finals), lines_compare);
    for (size_t i = 1; i <= l->finals_count; i++) {
        if (i < l->finals_count &&
            l->finals[i].fingerprint == l->finals[first].fingerprint)
            continue;
        lines_judge_url(l, l->finals + first, i - first);
        first = i;
    }
}

/* --- entries that wait: intruders, and whom they name --- */

static void
lines_on_entry(void *arg, enum verify_place place, const struct entry *entry)
{
    struct lines *l = arg;
    uint8_t *odd;

    (void)place;
    lines_name_lost(l, entry->referrer);
    odd = verify_set_find(&l->v->odd, fingerprint(entry->url));
    if (odd == NULL || !(*odd & VERIFY_ODD_INTRUDER))
        return;
    *odd &= (uint8_t)~VERIFY_ODD_INTRUDER;
    verify_wrong(&l->v->report, VERIFY_STRANGER,
                 "%s waits, but is not in the seen-set", LOG_ESC(entry->url));
}

static enum err
lines_read_waiting(struct lines *l)
{
    uint64_t value, raw, intruders = 0;
    uint8_t *flags;
    size_t at = 0;
    enum err e;

    while ((flags = verify_set_next(&l->v->odd, &at, &value)) != NULL)
        intruders += (*flags & VERIFY_ODD_INTRUDER) != 0;
    if (intruders == 0 && l->unnamed == 0)
        return ERR_OK;
    e = verify_frontier_waiting(&l->v->frontier, lines_on_entry, l, &raw);
    if (e == ERR_REDIS)
        snprintf(l->v->why, sizeof(l->v->why), "%s", l->v->frontier.why);
    return e;
}

static void
lines_show_lost(struct lines *l)
{
    uint64_t value;
    uint8_t *flags;
    size_t at = 0;

    while ((flags = verify_set_next(&l->v->odd, &at, &value)) != NULL)
        if (*flags & VERIFY_ODD_LOST)
            verify_wrong(&l->v->report, VERIFY_LOST,
                         "a URL that no line names: fingerprint %" PRId64,
                         (int64_t)value);
}

/* --- spacing, records --- */

static void
lines_on_gap(void *arg, const struct verify_gap *g)
{
    struct lines *l = arg;
    char first[LOG_ESC_BYTES] = "?", site[LOG_ESC_BYTES] = "?";
    struct verify_line line;

    if (lines_get(l, g->first, &line)) {
        log_esc(line.url, first);
        log_esc(line.site, site);
    }
    verify_wrong(&l->v->report, VERIFY_CLOSE,
                 "%s: %s was asked %" PRId64 " ms after %s, not %" PRId64, site,
                 lines_get(l, g->second, &line) ? LOG_ESC(line.url) : "?",
                 g->gap_ms, first, g->spacing_ms);
}

static void
lines_on_broken(void *arg, uint64_t place)
{
    struct lines *l = arg;
    struct verify_line line;

    if (lines_get(l, place, &line))
        verify_wrong(&l->v->report, VERIFY_RECORD,
                     "%s: %s, offset %" PRId64 ": the record breaks off",
                     LOG_ESC(line.url), LOG_ESC(line.warc), line.offset);
}

/* --- all of it --- */

static void
lines_fini(struct lines *l)
{
    struct lines_death *d, *next;

    HASH_ITER(hh, l->deaths, d, next)
    {
        HASH_DEL(l->deaths, d);
        free(d);
    }
    verify_spacing_free(l->spacing);
    free(l->breaks);
    free(l->finals);
    buf_fini(&l->space);
    buf_fini(&l->text);
}

static void
lines_judge(struct lines *l)
{
    lines_show_lost(l);
    lines_judge_finals(l);
    verify_spacing_judge(l->spacing, &l->v->spacing, lines_on_gap, l);
    verify_warc_tails(l->warc, lines_on_broken, l);
    l->v->warc = verify_warc_counts(l->warc);
}

enum err
verify_lines(struct verify *v, struct verify_warc *warc)
{
    struct lines l = {.v = v, .warc = warc, .unnamed = v->lost};
    enum err e;

    buf_init(&l.space, LINES_LINE_MAX);
    buf_init(&l.text, LINES_LINE_MAX);
    l.spacing = verify_spacing_new(v->started_ms);
    e = verify_frontier_deaths(&v->frontier, lines_on_death, &l);
    if (e == ERR_REDIS)
        snprintf(v->why, sizeof(v->why), "%s", v->frontier.why);
    if (e == ERR_OK)
        e = verify_log_again(v->log, lines_on_line, &l, v->why);
    if (e == ERR_OK)
        e = lines_read_waiting(&l);
    if (e == ERR_OK)
        lines_judge(&l);
    lines_fini(&l);
    return e;
}
