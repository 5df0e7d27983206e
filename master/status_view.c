/* SPDX-License-Identifier: MIT */
#include "master/status.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/entry.h"
#include "common/log.h"
#include "common/outcome.h"
#include "common/utf8.h"
#include "master/live_words.h"
#include "master/progress.h"

enum {
    STATUS_LABEL = 14,
    STATUS_WIDTH = 79,
    STATUS_LIST_MAX = 10,    /* lines of one list; --json has all */
    STATUS_PROCS_MAX = 12,   /* lines of processes */
    STATUS_LINE_BYTES = 2048 /* some names of LOG_ESC_BYTES */
};

#define COUNT(n) progress_count((uint64_t)(n), (char[PROGRESS_TEXT_BYTES]){0})
#define BYTES(n) progress_bytes((double)(n), (char[PROGRESS_TEXT_BYTES]){0})
#define TIME(n) progress_time((uint64_t)(n), (char[PROGRESS_TEXT_BYTES]){0})

/* --- rows --- */

static void PRINTF_LIKE(3, 4)
    status_row(struct buf *out, const char *label, const char *fmt, ...)
{
    char value[STATUS_LINE_BYTES];
    va_list args;
    enum err e;

    va_start(args, fmt);
    vsnprintf(value, sizeof(value), fmt, args);
    va_end(args);
    e = buf_addf(out, "  %-*s%s\n", STATUS_LABEL, label, value);
    (void)e; /* lists are cut far below the bound */
}

/* A row of items with commas between, broken where the screen ends. */
struct status_items {
    struct buf *out;
    const char *label;
    size_t column; /* 0: there is no item yet */
};

static void PRINTF_LIKE(2, 3)
    status_item(struct status_items *items, const char *fmt, ...)
{
    char text[STATUS_LINE_BYTES];
    va_list args;
    size_t n;
    enum err e;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    n = strlen(text);
    if (items->column == 0) {
        e = buf_addf(items->out, "  %-*s%s", STATUS_LABEL, items->label, text);
        items->column = 2 + STATUS_LABEL + n;
    } else if (items->column + 3 + n > STATUS_WIDTH) {
        e = buf_addf(items->out, ",\n  %-*s%s", STATUS_LABEL, "", text);
        items->column = 2 + STATUS_LABEL + n;
    } else {
        e = buf_addf(items->out, ", %s", text);
        items->column += 2 + n;
    }
    (void)e;
}

static void
status_items_end(const struct status_items *items)
{
    enum err e = items->column ? buf_add_char(items->out, '\n') : ERR_OK;

    (void)e;
}

/* --- parts --- */

static void
status_head(const struct status *s, int64_t now_s, struct buf *out)
{
    char when[32] = "";
    time_t started = (time_t)s->started;
    struct tm tm;
    enum err e = buf_addf(out, "crawl %s: %s", s->crawl->name, s->condition);

    if (e == ERR_OK && s->started > 0 && gmtime_r(&started, &tm) != NULL &&
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm) > 0)
        e = buf_addf(
            out, ", begun %s UTC (%s ago)", when,
            TIME(now_s > s->started ? (now_s - s->started) * 1000 : 0));
    if (e == ERR_OK)
        e = buf_add_char(out, '\n');
    if (s->counts.state == FRONTIER_FINISHED && status_left(&s->counts) > 0)
        status_row(out, "", "%s came in since: start master again",
                   status_left(&s->counts) == 1 ? "a URL" : "URLs");
    else if (s->counts.state == FRONTIER_PAUSED)
        status_row(out, "", "%s",
                   s->is_alive ? "\"master resume\" lets it go on"
                               : "it was paused; its master resumes it");
    else if (strcmp(s->condition, "stopped") == 0)
        status_row(out, "", "master with its lists or --name goes on");
    (void)e;
}

static void
status_left_row(const struct status *s, struct buf *out)
{
    const struct frontier_counts *c = &s->counts;
    struct status_items items = {.out = out, .label = ""};

    status_row(out, "URLs", "%s known, %s finished, %s still to do",
               COUNT(c->known), COUNT(c->finished), COUNT(status_left(c)));
    if (c->queued > 0)
        status_item(&items, "%s in the queue", COUNT(c->queued));
    if (c->waiting > 0)
        status_item(&items, "%s behind others of their sites",
                    COUNT(c->waiting));
    if (c->flight > 0)
        status_item(&items, "%s in flight", COUNT(c->flight));
    if (c->retry > 0)
        status_item(&items, "%s to be tried again", COUNT(c->retry));
    if (c->next_retry_ms > 0)
        status_item(&items, "the next of them in %s", TIME(c->next_retry_ms));
    status_items_end(&items);
}

static void
status_sites_row(const struct status *s, struct buf *out)
{
    const struct frontier_counts *c = &s->counts;
    double each;

    if (c->sites_held + c->sites_due > 0)
        status_row(out, "sites", "%s in hand, %s cooling down",
                   COUNT(c->sites_held), COUNT(c->sites_due));
    if (c->long_entries == 0)
        return;
    each = (double)c->long_ms / (double)c->long_entries / 1000;
    status_row(out, "longest site", "%s: at least %s more (%s x %.1f s)",
               LOG_ESC(str_from(c->long_site)),
               TIME(c->long_ms > 0 ? c->long_ms : 0), COUNT(c->long_entries),
               each);
}

static void
status_pages_rows(const struct status *s, struct buf *out)
{
    const int64_t *v = s->stats;
    struct status_items items = {.out = out, .label = "not pages"};
    double rate = 0;

    for (size_t i = 0; i < s->workers_count; i++)
        if (s->workers[i].silent_ms < s->crawl->settings.heartbeat_limit)
            rate += s->workers[i].pages_per_s;
    if (s->is_alive && s->counts.state != FRONTIER_PAUSED && rate > 0)
        status_row(out, "pages", "%s, now %.1f a second", COUNT(v[STAT_pages]),
                   rate);
    else
        status_row(out, "pages", "%s", COUNT(v[STAT_pages]));
    status_row(out, "answers", "2xx %s, 3xx %s, 4xx %s, 5xx %s",
               COUNT(v[STAT_status_2xx]), COUNT(v[STAT_status_3xx]),
               COUNT(v[STAT_status_4xx]), COUNT(v[STAT_status_5xx]));
    for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
        if (o != OUTCOME_OK && v[STAT_OUTCOMES + o] > 0)
            status_item(&items, "%s %s", outcome_words(o),
                        COUNT(v[STAT_OUTCOMES + o]));
    status_items_end(&items);
    status_row(out, "received", "%s, %s decoded, %s of WARC",
               BYTES(v[STAT_bytes_received]), BYTES(v[STAT_bytes_decoded]),
               BYTES(v[STAT_bytes_warc]));
}

static void
status_seeds_row(const struct status *s, struct buf *out)
{
    struct str seeded = command_field(s->crawl, "seeded");
    const char *far = str_equal(seeded, STR("yes")) ? "which is all"
                      : str_equal(seeded, STR("failed"))
                          ? "then a list broke off"
                          : "so far";

    status_row(out, "seeds", "%s row%s read, %s", COUNT(s->counts.seed_row),
               s->counts.seed_row == 1 ? "" : "s", far);
}

static void
status_changed_row(const struct status *s, struct buf *out)
{
    char words[LIVE_WORDS_BYTES];

    if (live_is_changed(&s->crawl->live))
        status_row(out, "changed", "%s", live_words(&s->crawl->live, words));
}

/* --- workers --- */

/* "HOST-PID-RANDOM-T[.G]" without the thread: one process. */
static struct str
status_process(struct str name)
{
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '-')
            return (struct str){name.p, i - 1};
    return name;
}

/* Its threads by what they do: "3 fetching, 2 waiting for delays". */
static void
status_whys(const struct status *s, struct str process, char out[256])
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < s->workers_count; i++) {
        const struct status_worker *w = &s->workers[i];
        bool is_new = w->why[0] != '\0';
        size_t same = 0;
        int len;

        if (!str_equal(status_process(w->name), process))
            continue;
        for (size_t j = 0; j < s->workers_count; j++)
            if (str_equal(status_process(s->workers[j].name), process) &&
                strcmp(s->workers[j].why, w->why) == 0) {
                is_new = is_new && j >= i;
                same++;
            }
        if (!is_new)
            continue;
        len =
            snprintf(out + n, 256 - n, "%s%zu %s", n ? ", " : "", same, w->why);
        if (len < 0 || n + (size_t)len >= 256)
            return;
        n += (size_t)len;
    }
}

static void
status_process_row(const struct status *s, size_t first, struct buf *out)
{
    struct str process = status_process(s->workers[first].name);
    int64_t silent_ms = s->workers[first].silent_ms; /* the most silent's */
    char whys[256], age[PROGRESS_TEXT_BYTES];
    uint64_t visits = 0, connections = 0;
    size_t threads = 0;
    bool is_auto = false;
    enum err e;

    for (size_t i = 0; i < s->workers_count; i++)
        if (str_equal(status_process(s->workers[i].name), process)) {
            visits += s->workers[i].visits;
            connections += s->workers[i].connections;
            is_auto = is_auto || s->workers[i].is_auto;
            threads++;
        }
    status_whys(s, process, whys);
    if (silent_ms >= 60000)
        progress_time((uint64_t)silent_ms, age);
    else
        snprintf(age, sizeof(age), "%.1f s", (double)silent_ms / 1000);
    e = buf_addf(out, "    %s: %zu thread%s, beat %s ago%s%s", LOG_ESC(process),
                 threads, threads == 1 ? "" : "s", age,
                 silent_ms >= s->crawl->settings.heartbeat_limit
                     ? ", taken for dead"
                     : "",
                 whys[0] ? "\n        " : "");
    if (e == ERR_OK && whys[0])
        e = buf_addf(out, "%s; %s site%s in hand", whys, COUNT(visits),
                     visits == 1 ? "" : "s");
    if (e == ERR_OK && is_auto)
        e = buf_addf(out, "%s%s connections (auto)", whys[0] ? "; " : ", ",
                     COUNT(connections));
    if (e == ERR_OK)
        e = buf_add_char(out, '\n');
    (void)e;
}

static bool
status_is_first(const struct status *s, size_t i)
{
    struct str process = status_process(s->workers[i].name);

    for (size_t j = 0; j < i; j++)
        if (str_equal(status_process(s->workers[j].name), process))
            return false;
    return true;
}

static void
status_workers_rows(const struct status *s, struct buf *out)
{
    size_t processes = 0, shown = 0;

    for (size_t i = 0; i < s->workers_count; i++)
        processes += status_is_first(s, i);
    if (s->workers_count == 0) {
        status_row(out, "workers", "none");
        return;
    }
    status_row(out, "workers", "%s process%s, %s thread%s", COUNT(processes),
               processes == 1 ? "" : "es", COUNT(s->workers_count),
               s->workers_count == 1 ? "" : "s");
    for (size_t i = 0; i < s->workers_count && shown < STATUS_PROCS_MAX; i++)
        if (status_is_first(s, i)) {
            status_process_row(s, i, out);
            shown++;
        }
    if (shown < processes)
        status_row(out, "", "and %s more (--json has all)",
                   COUNT(processes - shown));
}

/* --- what is out of the ordinary --- */

static void
status_quarantine_rows(const struct status *s, struct buf *out)
{
    size_t n = s->quarantine && s->quarantine->type == REDIS_REPLY_ARRAY
                   ? s->quarantine->elements
                   : 0;

    if (s->counts.quarantined == 0)
        return;
    status_row(out, "set aside", "%s, for the pages killed workers",
               COUNT(s->counts.quarantined));
    for (size_t i = 0; i < n && i < STATUS_LIST_MAX; i++) {
        const redisReply *r = s->quarantine->element[i];
        struct entry entry;
        struct str deaths;

        if (r->type != REDIS_REPLY_STRING ||
            entry_parse((struct str){r->str, (size_t)r->len}, &entry) != ERR_OK)
            continue;
        deaths = status_value(s->suspects, entry.url);
        if (str_equal(deaths, STR("dead")))
            status_row(out, "", "%s: its last try killed another",
                       LOG_ESC(entry.url));
        else
            status_row(out, "", "%s: %.8s workers died over it",
                       LOG_ESC(entry.url), deaths.n ? LOG_ESC(deaths) : "?");
    }
    if (s->counts.quarantined > STATUS_LIST_MAX)
        status_row(out, "", "and %s more (--json has them)",
                   COUNT(s->counts.quarantined - STATUS_LIST_MAX));
}

static void
status_orders_rows(const struct status *s, struct buf *out)
{
    struct str site, text;
    size_t i = 0;

    for (; status_pair(s->orders, i, &site, &text) && i < STATUS_LIST_MAX; i++)
        if (str_starts(text, STR("delay ")))
            status_row(out, i ? "" : "orders", "%s: at least %.20s ms apart",
                       LOG_ESC(site), LOG_ESC(text) + strlen("delay "));
        else
            status_row(out, i ? "" : "orders", "%s: %s", LOG_ESC(site),
                       str_equal(text, STR("drop"))
                           ? "dropped, nothing is asked of it"
                           : LOG_ESC(text));
    if (status_pair(s->orders, i, &site, &text))
        status_row(out, "", "and more (--json has them)");
}

static void
status_deaths_row(const struct status *s, struct buf *out)
{
    uint64_t workers = 0, lines = 0, breaks = 0, n;
    struct str name, value;

    for (size_t i = 0; status_pair(s->deaths, i, &name, &value); i++) {
        if (!str_to_u64(value, UINT32_MAX, &n))
            n = 0;
        if (str_starts(name, STR("redis-"))) {
            breaks++;
        } else {
            workers++;
            lines += n;
        }
    }
    if (workers > 0)
        status_row(out, "died", "%s worker thread%s, %s URLs were taken back",
                   COUNT(workers), workers == 1 ? "" : "s", COUNT(lines));
    if (breaks > 0)
        status_row(out, "", "Redis came back %s time%s", COUNT(breaks),
                   breaks == 1 ? "" : "s");
}

static void
status_place_rows(const struct status *s, struct buf *out)
{
    char where[256];

    redis_url_show(&s->crawl->url, where);
    if (s->crawl->folder)
        status_row(out, "folder", "%s", LOG_ESC(str_from(s->crawl->folder)));
    status_row(out, "Redis", "%s%s", LOG_ESC(str_from(where)),
               s->crawl->server ? " (started for this look only)" : "");
}

void
status_render(const struct status *s, int64_t now_s, struct buf *out)
{
    status_head(s, now_s, out);
    status_left_row(s, out);
    status_sites_row(s, out);
    status_pages_rows(s, out);
    status_seeds_row(s, out);
    status_changed_row(s, out);
    status_workers_rows(s, out);
    status_quarantine_rows(s, out);
    status_orders_rows(s, out);
    status_deaths_row(s, out);
    status_place_rows(s, out);
}

/* --- JSON --- */

/* Bytes that are no UTF-8 are escaped: JSON cannot hold them. */
static json_t *
status_json_str(struct str s)
{
    if (s.p == NULL || !utf8_is_valid(s.p, s.n))
        return json_string(LOG_ESC(s));
    return json_stringn(s.p, s.n);
}

static void
status_json_int(json_t *o, const char *name, uint64_t value)
{
    json_object_set_new(o, name, json_integer((json_int_t)value));
}

static const char *const live_names[LIVE_CHANGEABLE] = {
    [LIVE_DELAY] = "live_delay_ms",
    [LIVE_CONNECTIONS] = "live_connections",
    [LIVE_LIMIT_RATE] = "live_limit_rate"};

/* {"site": "drop", ...} of a reply of pairs. */
static json_t *
status_json_pairs(const redisReply *r)
{
    json_t *o = json_object();
    struct str name, value;

    for (size_t i = 0; status_pair(r, i, &name, &value); i++)
        if (name.p)
            json_object_set_new(o,
                                utf8_is_valid(name.p, name.n) &&
                                        memchr(name.p, '\0', name.n) == NULL
                                    ? name.p
                                    : LOG_ESC(name),
                                status_json_str(value));
    return o;
}

static json_t *
status_json_workers(const struct status *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->workers_count; i++) {
        const struct status_worker *w = &s->workers[i];
        json_t *o = json_object();
        json_t *info =
            w->info.n ? json_loadb(w->info.p, w->info.n, 0, NULL) : NULL;

        json_object_set_new(o, "name", status_json_str(w->name));
        status_json_int(o, "silent_ms", (uint64_t)w->silent_ms);
        if (info)
            json_object_set_new(o, "report", info);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *
status_json_quarantine(const struct status *s)
{
    const redisReply *q = s->quarantine;
    json_t *list = json_array();

    for (size_t i = 0; q && q->type == REDIS_REPLY_ARRAY && i < q->elements;
         i++) {
        struct str line = {q->element[i]->str, (size_t)q->element[i]->len};
        struct entry entry = {.depth = 0};
        json_t *o;

        if (q->element[i]->type != REDIS_REPLY_STRING ||
            entry_parse(line, &entry) != ERR_OK)
            continue;
        o = json_object();
        json_object_set_new(o, "url", status_json_str(entry.url));
        json_object_set_new(
            o, "deaths", status_json_str(status_value(s->suspects, entry.url)));
        json_array_append_new(list, o);
    }
    return list;
}

static void
status_json_counts(const struct frontier_counts *c, json_t *o)
{
    status_json_int(o, "known", c->known);
    status_json_int(o, "finished", c->finished);
    status_json_int(o, "queued", c->queued);
    status_json_int(o, "waiting", c->waiting);
    status_json_int(o, "flight", c->flight);
    status_json_int(o, "retry", c->retry);
    status_json_int(o, "quarantined", c->quarantined);
    status_json_int(o, "charged", c->charged);
    status_json_int(o, "sites_held", c->sites_held);
    status_json_int(o, "sites_due", c->sites_due);
    status_json_int(o, "seed_row", c->seed_row);
    json_object_set_new(o, "long_site",
                        status_json_str(str_from(c->long_site)));
    status_json_int(o, "long_entries", c->long_entries);
    status_json_int(o, "long_ms", (uint64_t)c->long_ms);
}

char *
status_json(const struct status *s)
{
    json_t *o = json_object(), *stats = json_object();
    char where[256], *text;

    redis_url_show(&s->crawl->url, where);
    json_object_set_new(o, "name", json_string(s->crawl->name));
    json_object_set_new(o, "condition", json_string(s->condition));
    json_object_set_new(o, "state",
                        json_string(frontier_state_name(s->counts.state)));
    json_object_set_new(o, "is_alive", json_boolean(s->is_alive));
    status_json_int(o, "started", (uint64_t)s->started);
    json_object_set_new(o, "redis", status_json_str(str_from(where)));
    if (s->crawl->folder)
        json_object_set_new(o, "folder",
                            status_json_str(str_from(s->crawl->folder)));
    json_object_set_new(o, "seeded",
                        status_json_str(command_field(s->crawl, "seeded")));
    for (enum live_id i = 0; i < LIVE_CHANGEABLE; i++)
        if (s->crawl->live.v[i] != LIVE_UNSET)
            status_json_int(o, live_names[i], (uint64_t)s->crawl->live.v[i]);
    status_json_counts(&s->counts, o);
    for (enum stats_id i = 0; i < STAT_COUNT; i++)
        status_json_int(stats, stats_name(i), (uint64_t)s->stats[i]);
    json_object_set_new(o, "stats", stats);
    json_object_set_new(o, "workers", status_json_workers(s));
    json_object_set_new(o, "quarantine", status_json_quarantine(s));
    json_object_set_new(o, "orders", status_json_pairs(s->orders));
    json_object_set_new(o, "deaths", status_json_pairs(s->deaths));
    text = json_dumps(o, JSON_INDENT(2));
    json_decref(o);
    if (text == NULL)
        fatalx("no memory for the status");
    return text;
}
