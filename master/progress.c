/* SPDX-License-Identifier: MIT */
#include "master/progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/log.h"
#include "common/outcome.h"

enum {
    PROGRESS_LINE_BYTES = 1024,
    PROGRESS_BAR_MAX = 28,
    PROGRESS_IDLE_MS = 50, /* a shorter wait is no idleness */
    PROGRESS_SITE_SHOWN = 60
};

#define COUNT(n) progress_count((n), (char[PROGRESS_TEXT_BYTES]){0})
#define BYTES(n) progress_bytes((n), (char[PROGRESS_TEXT_BYTES]){0})
#define TIME(n) progress_time((n), (char[PROGRESS_TEXT_BYTES]){0})

/* --- numbers for people --- */

const char *
progress_count(uint64_t n, char out[PROGRESS_TEXT_BYTES])
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n);
    size_t at = 0;

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *
progress_bytes(double n, char out[PROGRESS_TEXT_BYTES])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    size_t i = 0;

    while (n >= 999.5 && i + 1 < sizeof(units) / sizeof(units[0])) {
        n /= 1000;
        i++;
    }
    snprintf(out, PROGRESS_TEXT_BYTES,
             i > 0 && n < 99.95 ? "%.1f %s" : "%.0f %s", n, units[i]);
    return out;
}

const char *
progress_time(uint64_t ms, char out[PROGRESS_TEXT_BYTES])
{
    uint64_t s = ms / 1000;

    if (s >= 86400)
        snprintf(out, PROGRESS_TEXT_BYTES, "%" PRIu64 "d %u:%02u:%02u",
                 s / 86400, (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60),
                 (unsigned)(s % 60));
    else if (s >= 3600)
        snprintf(out, PROGRESS_TEXT_BYTES, "%u:%02u:%02u", (unsigned)(s / 3600),
                 (unsigned)(s / 60 % 60), (unsigned)(s % 60));
    else
        snprintf(out, PROGRESS_TEXT_BYTES, "%u:%02u", (unsigned)(s / 60),
                 (unsigned)(s % 60));
    return out;
}

/* --- rates --- */

void
progress_rate_add(struct progress_rate *r, uint64_t now_ms, int64_t value)
{
    r->at_ms[r->next] = now_ms;
    r->value[r->next] = value;
    r->next = (r->next + 1) % PROGRESS_SAMPLES;
    if (r->n < PROGRESS_SAMPLES)
        r->n++;
}

double
progress_rate_get(const struct progress_rate *r, uint64_t span_ms)
{
    unsigned last = (r->next + PROGRESS_SAMPLES - 1) % PROGRESS_SAMPLES;
    unsigned first = last;

    if (r->n < 2)
        return 0;
    for (unsigned i = 1; i < r->n; i++) {
        unsigned at = (last + PROGRESS_SAMPLES - i) % PROGRESS_SAMPLES;

        first = at;
        if (r->at_ms[last] - r->at_ms[at] >= span_ms)
            break;
    }
    if (r->at_ms[last] == r->at_ms[first])
        return 0;
    return (double)(r->value[last] - r->value[first]) * 1000 /
           (double)(r->at_ms[last] - r->at_ms[first]);
}

/* --- lines --- */

/* A line that is being put together; what does not fit is left out. */
struct progress_text {
    char p[PROGRESS_LINE_BYTES];
    size_t n, width;
};

static void PRINTF_LIKE(2, 3)
    progress_add(struct progress_text *t, const char *fmt, ...)
{
    char part[PROGRESS_LINE_BYTES];
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(part, sizeof(part), fmt, args);
    va_end(args);
    if (len <= 0 || (size_t)len >= sizeof(part) ||
        t->n + (size_t)len > t->width)
        return;
    memcpy(t->p + t->n, part, (size_t)len);
    t->n += (size_t)len;
}

static void
progress_end(const struct progress_text *t, const char *color, bool is_color,
             struct buf *out)
{
    struct str line = {t->p, t->n};
    enum err e = ERR_OK;

    while (line.n > 0 && line.p[line.n - 1] == ' ')
        line.n--;
    if (line.n == 0)
        return;
    if (is_color && color)
        e = buf_addf(out, "\033[%sm", color);
    if (e == ERR_OK)
        e = buf_add_str(out, line);
    if (e == ERR_OK && is_color && color)
        e = buf_addf(out, "\033[0m");
    if (e == ERR_OK)
        e = buf_add_char(out, '\n');
    (void)e; /* a block is far below any bound; a cut one is no harm */
}

/* A name from outside: ASCII only, so that a byte is a column. */
static void
progress_name(struct str name, char out[PROGRESS_SITE_SHOWN + 4])
{
    char safe[LOG_ESC_BYTES];
    size_t n = 0;

    log_esc(name, safe);
    for (const char *p = safe; *p && n < PROGRESS_SITE_SHOWN; p++)
        out[n++] = (unsigned char)*p < 0x80 ? *p : '?';
    memcpy(out + n, "...", 4);
    if (strlen(safe) <= PROGRESS_SITE_SHOWN)
        out[n] = '\0';
}

static void
progress_bar(const struct progress_view *v, int width, struct buf *out)
{
    const struct frontier_counts *c = &v->counts;
    uint64_t total = c->known > c->finished ? c->known : c->finished;
    struct progress_text t = {.width = (size_t)width};
    int cells = width - 44;
    double share;
    char bar[PROGRESS_BAR_MAX + 1];

    if (v->max_pages > 0 && v->max_pages < total)
        total = v->max_pages > c->finished ? v->max_pages : c->finished;
    share = total > 0 ? (double)c->finished / (double)total : 0;
    if (cells > PROGRESS_BAR_MAX)
        cells = PROGRESS_BAR_MAX;
    for (int i = 0; i < cells; i++)
        bar[i] = i < (int)(share * cells) ? '#' : '-';
    if (cells > 3) {
        bar[cells] = '\0';
        progress_add(&t, "[%s] ", bar);
    }
    /* 100 % only when it is true */
    progress_add(&t, "%3d %%   ",
                 c->finished < total && share > 0.99 ? 99 : (int)(share * 100));
    progress_add(&t, "%s of %s known", COUNT(c->finished), COUNT(c->known));
    progress_end(&t, "36", v->is_color, out);
}

static void
progress_head(const struct progress_view *v, int width, struct buf *out)
{
    struct progress_text t = {.width = (size_t)width};
    char name[PROGRESS_SITE_SHOWN + 4];

    progress_name(str_from(v->name), name);
    progress_add(&t, "weft %s", name);
    progress_add(&t, "   %" PRIu64 " x %" PRIu64, v->procs, v->threads);
    if (v->procs_running < v->procs)
        progress_add(&t, " (%" PRIu64 " up)", v->procs_running);
    if (v->connections > 0)
        progress_add(&t, "   connections %s (auto)", COUNT(v->connections));
    progress_add(&t, "   %s", v->state);
    progress_add(&t, " %s", TIME(v->elapsed_ms));
    progress_end(&t, "1", v->is_color, out);
}

static void
progress_flow(const struct progress_view *v, int width, struct buf *out)
{
    const struct frontier_counts *c = &v->counts;
    struct progress_text t = {.width = (size_t)width};

    if (v->pages_per_s < 9.95)
        progress_add(&t, "%.1f pages/s", v->pages_per_s);
    else
        progress_add(&t, "%s pages/s", COUNT((uint64_t)(v->pages_per_s + 0.5)));
    progress_add(&t, "  %s/s", BYTES(v->bytes_per_s));
    progress_add(&t, "   in flight %s", COUNT(c->flight));
    progress_add(&t, "   sites %s", COUNT(c->sites_held + c->sites_due));
    if (c->sites_due > 0)
        progress_add(&t, " (%s cooling down)", COUNT(c->sites_due));
    progress_add(&t, "   queue %s", COUNT(c->queued + c->waiting));
    if (c->retry > 0)
        progress_add(&t, "   to retry %s", COUNT(c->retry));
    if (c->quarantined > 0)
        progress_add(&t, "   set aside %s", COUNT(c->quarantined));
    progress_end(&t, NULL, false, out);
}

/* Outcomes that have a place of their own among the status classes. */
static bool
progress_is_plain(enum outcome o)
{
    return o == OUTCOME_OK || o == OUTCOME_REDIRECT || o == OUTCOME_HTTP_4XX ||
           o == OUTCOME_HTTP_5XX || o == OUTCOME_BUSY;
}

/* "BAD_URL" as "bad url". */
static const char *
progress_short_word(enum outcome o, char out[PROGRESS_TEXT_BYTES])
{
    const char *name = outcome_name(o);
    size_t i = 0;

    for (; i < PROGRESS_TEXT_BYTES - 1 && name[i]; i++)
        out[i] = name[i] == '_' ? ' ' : str_lower(name[i]);
    out[i] = '\0';
    return out;
}

static void
progress_classes(const struct progress_view *v, int width, struct buf *out)
{
    static const struct {
        const char *word;
        enum stats_id which;
    } classes[] = {{"2xx", STAT_status_2xx},
                   {"3xx", STAT_status_3xx},
                   {"4xx", STAT_status_4xx},
                   {"5xx", STAT_status_5xx}};
    struct progress_text t = {.width = (size_t)width};

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        progress_add(&t, "%s %s  ", classes[i].word,
                     COUNT((uint64_t)v->stats[classes[i].which]));
    for (enum outcome o = 0; o < OUTCOME_COUNT; o++) {
        int64_t n = v->stats[STAT_OUTCOMES + o];
        char word[PROGRESS_TEXT_BYTES];

        if (n > 0 && !progress_is_plain(o))
            progress_add(&t, "%s %s  ", progress_short_word(o, word),
                         COUNT((uint64_t)n));
    }
    progress_end(&t, NULL, false, out);
}

/* --- why it is idle, and how long it will take at least --- */

static bool
progress_is_idle(const struct progress_view *v)
{
    const struct frontier_counts *c = &v->counts;

    return c->flight == 0 && c->queued == 0 &&
           (c->sites_due > 0 || c->retry > 0) &&
           (c->state == FRONTIER_RUNNING || c->state == FRONTIER_SEEDING);
}

static void
progress_add_idle(const struct progress_view *v, struct progress_text *t)
{
    const struct frontier_counts *c = &v->counts;
    int64_t next = c->next_due_ms;

    if (c->next_retry_ms >= 0 && (next < 0 || c->next_retry_ms < next))
        next = c->next_retry_ms;
    if (c->waiting == 0 && c->retry > 0)
        progress_add(t, "%s %s for another try; ", COUNT(c->retry),
                     c->retry == 1 ? "URL waits" : "URLs wait");
    else if (c->sites_due == 1)
        progress_add(t, "the only site is cooling down; ");
    else
        progress_add(t, "all %s sites are cooling down; ", COUNT(c->sites_due));
    if (next > PROGRESS_IDLE_MS)
        progress_add(t, "next in %.1f s; ", (double)next / 1000);
    else
        progress_add(t, "next now; ");
}

static void
progress_add_least(const struct progress_view *v, struct progress_text *t)
{
    const struct frontier_counts *c = &v->counts;
    char site[PROGRESS_SITE_SHOWN + 4];
    double each;

    if (c->long_entries < 2 || c->long_ms < 2000)
        return;
    each = (double)c->long_ms / (double)c->long_entries / 1000;
    progress_name(str_from(c->long_site), site);
    progress_add(t, "at least %s more, ", TIME((uint64_t)c->long_ms));
    progress_add(t, "held by %s ", site);
    progress_add(t, "(%s entries x %.1f s)", COUNT(c->long_entries), each);
}

static void
progress_seeds(const struct progress_view *v, int width, struct buf *out)
{
    struct progress_text t = {.width = (size_t)width};

    progress_add(&t, "seeding: %s rows", COUNT(v->seed_rows));
    if (v->seed_bytes_total > 0)
        progress_add(
            &t, ", %d %% of the lists",
            (int)(v->seed_bytes * 100.0 / (double)v->seed_bytes_total));
    if (v->seed_bad > 0)
        progress_add(&t, ", %s bad", COUNT(v->seed_bad));
    progress_end(&t, NULL, false, out);
}

/* What is wrong, or why it idles and how long it will take at least. */
static void
progress_add_outlook(const struct progress_view *v, struct progress_text *t)
{
    if (v->trouble) {
        progress_add(t, "%.*s", (int)t->width, v->trouble);
        return;
    }
    if (progress_is_idle(v))
        progress_add_idle(v, t);
    progress_add_least(v, t);
    while (t->n > 0 && (t->p[t->n - 1] == ' ' || t->p[t->n - 1] == ';'))
        t->n--;
}

void
progress_outlook(const struct progress_view *v, int width, struct buf *out)
{
    struct progress_text t = {.n = 0};
    enum err e;

    t.width = (size_t)(width < PROGRESS_WIDTH_MAX ? width : PROGRESS_WIDTH_MAX);
    progress_add_outlook(v, &t);
    e = buf_add(out, t.p, t.n);
    (void)e; /* as in progress_end() */
}

void
progress_render(const struct progress_view *v, int width, struct buf *out)
{
    struct progress_text t = {.n = 0};

    if (width < PROGRESS_WIDTH_MIN)
        width = PROGRESS_WIDTH_MIN;
    if (width > PROGRESS_WIDTH_MAX)
        width = PROGRESS_WIDTH_MAX;
    t.width = (size_t)width;
    progress_head(v, width, out);
    progress_bar(v, width, out);
    progress_flow(v, width, out);
    progress_classes(v, width, out);
    if (v->is_seeding)
        progress_seeds(v, width, out);
    progress_add_outlook(v, &t);
    progress_end(&t, "33", v->is_color, out);
}

void
progress_line(const struct progress_view *v, struct buf *out)
{
    const struct frontier_counts *c = &v->counts;
    struct progress_text t = {.width = PROGRESS_LINE_BYTES};
    uint64_t failed = 0;
    enum err e;

    for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
        if (o != OUTCOME_OK && o != OUTCOME_REDIRECT && o != OUTCOME_ROBOTS &&
            o != OUTCOME_BAD_TYPE)
            failed += (uint64_t)v->stats[STAT_OUTCOMES + o];
    progress_add(&t, "%s %s: ", v->state, TIME(v->elapsed_ms));
    progress_add(&t, "%s of %s known finished, ", COUNT(c->finished),
                 COUNT(c->known));
    progress_add(&t, "%s pages, %s failed, ",
                 COUNT((uint64_t)v->stats[STAT_pages]), COUNT(failed));
    if (v->stats[STAT_OUTCOMES + OUTCOME_ROBOTS] > 0)
        progress_add(&t, "%s disallowed, ",
                     COUNT((uint64_t)v->stats[STAT_OUTCOMES + OUTCOME_ROBOTS]));
    progress_add(&t, "%.1f pages/s, %s/s, ", v->pages_per_s,
                 BYTES(v->bytes_per_s));
    progress_add(&t, "in flight %s, queue %s", COUNT(c->flight),
                 COUNT(c->queued + c->waiting + c->retry));
    if (v->connections > 0)
        progress_add(&t, ", connections %s (auto)", COUNT(v->connections));
    if (c->quarantined > 0)
        progress_add(&t, ", set aside %s", COUNT(c->quarantined));
    if (v->is_seeding)
        progress_add(&t, ", seeding: %s rows", COUNT(v->seed_rows));
    if (v->trouble) {
        progress_add(&t, "; %s", v->trouble);
    } else if (progress_is_idle(v)) {
        progress_add(&t, "; ");
        progress_add_idle(v, &t);
    }
    if (!v->trouble && c->long_ms >= 10000) {
        if (!progress_is_idle(v))
            progress_add(&t, "; ");
        progress_add_least(v, &t);
    }
    while (t.n > 0 && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == ';'))
        t.n--;
    e = buf_add(out, t.p, t.n);
    (void)e;
}
