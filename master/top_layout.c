/* SPDX-License-Identifier: MIT */
#include "master/top_layout.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "master/live_words.h"
#include "master/progress.h"
#include "master/top_panels.h"

enum {
    TOP_HEAD_LINES = 8,
    TOP_LABEL = 10,   /* columns of "answers" and the like */
    TOP_WIDE = 120,   /* from here on two lists stand side by side */
    TOP_PAIR = 12,    /* lines in which two lists stand one below the other */
    TOP_STACK_2 = 20, /* the same, when each takes the whole width */
    TOP_STACK_4 = 36,
    TOP_MACHINES_FEW = 3,
    TOP_PLAIN_ROWS = 10,
    TOP_BAR_MAX = 28
};

/* Where it is narrow "12.3 M" instead of "12,345,678". */
static const char *
top_count(const struct top_grid *g, uint64_t n, char out[PROGRESS_TEXT_BYTES])
{
    if (g->columns >= TOP_WIDE || n < 1000000)
        return progress_count(n, out);
    if (n < 1000000000)
        snprintf(out, PROGRESS_TEXT_BYTES, "%.2f M", (double)n / 1e6);
    else
        snprintf(out, PROGRESS_TEXT_BYTES, "%.2f G", (double)n / 1e9);
    return out;
}

#define SHORT(g, n) top_count((g), (n), (char[PROGRESS_TEXT_BYTES]){0})
#define COUNT(n) progress_count((n), (char[PROGRESS_TEXT_BYTES]){0})
#define BYTES(n) progress_bytes((n), (char[PROGRESS_TEXT_BYTES]){0})
#define TIME(n) progress_time((n), (char[PROGRESS_TEXT_BYTES]){0})

/* --- what is chosen --- */

void
top_ui_init(struct top_ui *ui)
{
    memset(ui, 0, sizeof(*ui));
    ui->focus = TOP_BUSIEST;
    ui->site_focus = TOP_BUSIEST;
}

void
top_ui_move(struct top_ui *ui, const struct top_view *v, long rows)
{
    size_t count = top_panel_count(v, ui->focus);
    long at = (long)ui->lists[ui->focus].at + rows;

    if (count == 0)
        return;
    if (at >= (long)count)
        at = (long)count - 1;
    ui->lists[ui->focus].at = at > 0 ? (size_t)at : 0;
    top_panel_name(v, ui->focus, ui->lists[ui->focus].at,
                   ui->lists[ui->focus].name);
}

void
top_ui_switch(struct top_ui *ui, int lists)
{
    ui->focus =
        (enum top_list)(((int)ui->focus + lists + TOP_LISTS) % TOP_LISTS);
    if (ui->focus != TOP_MACHINES)
        ui->site_focus = ui->focus;
}

struct str
top_ui_site(const struct top_ui *ui, const struct top_view *v)
{
    const struct top_sites_list *list = &v->sites[ui->focus];
    size_t at = ui->lists[ui->focus].at;

    if (ui->focus == TOP_MACHINES || at >= list->count)
        return STR_NONE;
    return str_from(list->rows[at].name);
}

/* --- the head --- */

/* A line that is being filled; what does not fit is left out. */
struct top_line {
    struct top_grid *g;
    int y, x;
};

static void PRINTF_LIKE(3, 4)
    top_line_add(struct top_line *l, enum top_look look, const char *fmt, ...)
{
    char text[TOP_NOTE_BYTES];
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (len <= 0 || len >= (int)sizeof(text) || l->x + len >= l->g->columns)
        return;
    l->x += top_grid_put(l->g, l->y, l->x, l->g->columns - l->x, look,
                         str_from(text));
}

static struct top_line
top_line_begin(struct top_grid *g, int y, const char *label)
{
    struct top_line l = {g, y, 1};

    top_line_add(&l, TOP_DIM, "%s", label);
    l.x = TOP_LABEL;
    return l;
}

/* "  word 12": both or none. */
static void
top_line_pair(struct top_line *l, const char *word, const char *number,
              enum top_look look)
{
    int need = (int)(strlen(word) + strlen(number)) + 4;

    if (l->x + need >= l->g->columns)
        return;
    top_line_add(l, TOP_PLAIN, "%s ", word);
    top_line_add(l, look, "%s", number);
    l->x += 2;
}

static const char *
top_state_word(const struct top_view *v)
{
    switch (v->counts.state) {
    case FRONTIER_NONE:
        break;
    case FRONTIER_SEEDING:
        return "crawling, seeds come in";
    case FRONTIER_RUNNING:
        return "crawling";
    case FRONTIER_PAUSED:
        return "PAUSED";
    case FRONTIER_STOPPING:
        return "stopping";
    case FRONTIER_FINISHED:
        return "finished";
    }
    return v->has_numbers ? "not there" : "connecting";
}

static void
top_draw_title(const struct top_view *v, const struct top_ui *ui,
               struct top_grid *g)
{
    struct top_line l = {g, 0, 1};

    top_line_add(&l, TOP_REVERSE, "weft ");
    l.x +=
        top_grid_put(g, 0, l.x, g->columns / 2, TOP_REVERSE, str_from(v->name));
    top_line_add(&l, TOP_REVERSE, "   %s", top_state_word(v));
    if (v->elapsed_ms >= 0)
        top_line_add(&l, TOP_REVERSE, "   %s", TIME((uint64_t)v->elapsed_ms));
    if (v->has_numbers)
        top_line_add(&l, TOP_REVERSE, "   %zu machine%s, %s threads",
                     v->hosts_count, v->hosts_count == 1 ? "" : "s",
                     COUNT(v->threads));
    if (v->is_auto)
        top_line_add(&l, TOP_REVERSE, ", %s connections (auto)",
                     COUNT(v->connections));
    if (v->silent > 0)
        top_line_add(&l, TOP_REVERSE, ", %s SILENT", COUNT(v->silent));
    if (!ui->is_plain) {
        if (l.x + 9 < g->columns)
            top_grid_put_right(g, 0, l.x, g->columns - 1 - l.x, TOP_REVERSE,
                               STR("q quit"));
        top_grid_paint(g, 0, 0, g->columns, TOP_REVERSE);
    }
}

/* How long what is known takes; unless a single site surely takes longer. */
static void
top_draw_left(const struct top_view *v, struct top_line *l)
{
    const struct frontier_counts *c = &v->counts;
    double ms;

    if (v->finished_per_s < 0.05 || c->known <= c->finished)
        return;
    ms = (double)(c->known - c->finished) * 1000 / v->finished_per_s;
    if (ms > (double)c->long_ms)
        top_line_add(l, TOP_PLAIN, ", about %s left", TIME((uint64_t)ms));
}

static void
top_draw_bar(const struct top_view *v, struct top_grid *g, int y)
{
    const struct frontier_counts *c = &v->counts;
    uint64_t total = c->known > c->finished ? c->known : c->finished;
    struct top_line l = {g, y, 1};
    char bar[TOP_BAR_MAX + 3];
    double share = total > 0 ? (double)c->finished / (double)total : 0;
    int cells = g->columns - 68;
    int percent = (int)(share * 100);

    if (cells > TOP_BAR_MAX)
        cells = TOP_BAR_MAX;
    if (cells > 3) {
        for (int i = 0; i < cells; i++)
            bar[1 + i] = i < (int)(share * cells) ? '#' : '-';
        bar[0] = '[';
        bar[1 + cells] = ']';
        top_line_add(&l, TOP_GOOD, "%.*s", cells + 2, bar);
        l.x++;
    }
    if (percent == 100 && c->finished < total)
        percent = 99; /* 100 % only when it is true */
    top_line_add(&l, TOP_BOLD, "%d %%", percent);
    top_line_add(&l, TOP_BOLD, "  %s", COUNT(c->finished));
    top_line_add(&l, TOP_PLAIN, " of ");
    top_line_add(&l, TOP_BOLD, "%s", COUNT(c->known));
    top_line_add(&l, TOP_PLAIN, " known URLs finished");
    top_draw_left(v, &l);
}

static void
top_draw_entries(const struct top_view *v, struct top_grid *g, int y)
{
    const struct frontier_counts *c = &v->counts;
    struct top_line l = top_line_begin(g, y, "URLs");

    top_line_pair(&l, "queued", SHORT(g, c->queued), TOP_BOLD);
    top_line_pair(&l, "waiting", SHORT(g, c->waiting), TOP_BOLD);
    top_line_pair(&l, "in flight", SHORT(g, c->flight), TOP_BOLD);
    if (c->quarantined > 0) /* too rare to be left out */
        top_line_pair(&l, "set aside", SHORT(g, c->quarantined), TOP_BAD);
    top_line_pair(&l, "to retry", SHORT(g, c->retry),
                  c->retry ? TOP_WARN : TOP_BOLD);
    if (c->quarantined == 0)
        top_line_pair(&l, "set aside", "0", TOP_BOLD);
    top_line_pair(&l, "sites held", SHORT(g, c->sites_held), TOP_BOLD);
    top_line_pair(&l, "cooling down", SHORT(g, c->sites_due), TOP_BOLD);
}

/* "480" or "9.5": three digits are enough. */
static const char *
top_rate(double rate, char out[PROGRESS_TEXT_BYTES])
{
    if (rate < 99.95)
        snprintf(out, PROGRESS_TEXT_BYTES, "%.1f", rate > 0 ? rate : 0.0);
    else
        progress_count((uint64_t)(rate + 0.5), out);
    return out;
}

#define RATE(n) top_rate((n), (char[PROGRESS_TEXT_BYTES]){0})

static void
top_draw_rates(const struct top_rates *r, const char *label, struct top_grid *g,
               int y)
{
    struct top_line l = top_line_begin(g, y, label);

    top_line_add(&l, TOP_BOLD, "%9s", RATE(r->pages));
    top_line_add(&l, TOP_PLAIN, " pages/s");
    top_line_add(&l, TOP_BOLD, " %9s", RATE(r->requests));
    top_line_add(&l, TOP_PLAIN, " requests/s");
    top_line_add(&l, TOP_BOLD, " %9.2f", r->bytes / 1e6);
    top_line_add(&l, TOP_PLAIN, " MB/s");
}

/* Outcomes that are among the status classes already. */
static bool
top_is_class(enum outcome o)
{
    return o == OUTCOME_OK || o == OUTCOME_REDIRECT || o == OUTCOME_HTTP_4XX ||
           o == OUTCOME_HTTP_5XX || o == OUTCOME_BUSY;
}

static void
top_draw_answers(const struct top_view *v, struct top_grid *g, int y)
{
    static const struct {
        const char *word;
        enum stats_id which;
        enum top_look look;
    } classes[] = {{"2xx", STAT_status_2xx, TOP_GOOD},
                   {"3xx", STAT_status_3xx, TOP_BOLD},
                   {"4xx", STAT_status_4xx, TOP_BOLD},
                   {"5xx", STAT_status_5xx, TOP_WARN}};
    struct top_line l = top_line_begin(g, y, "answers");
    uint64_t failed = 0;

    for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
        if (!top_is_class(o) && o != OUTCOME_ROBOTS && o != OUTCOME_TOO_BIG &&
            o != OUTCOME_BAD_TYPE)
            failed += (uint64_t)v->stats[STAT_OUTCOMES + o];
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        top_line_pair(&l, classes[i].word,
                      SHORT(g, (uint64_t)v->stats[classes[i].which]),
                      v->stats[classes[i].which] ? classes[i].look : TOP_BOLD);
    top_line_pair(&l, "failed", COUNT(failed), failed ? TOP_WARN : TOP_BOLD);
    top_line_pair(&l, "disallowed",
                  COUNT((uint64_t)v->stats[STAT_OUTCOMES + OUTCOME_ROBOTS]),
                  TOP_BOLD);
    for (enum outcome o = 0; o < OUTCOME_COUNT; o++) {
        const char *words = outcome_words(o);

        if (v->stats[STAT_OUTCOMES + o] > 0 && !top_is_class(o) &&
            o != OUTCOME_ROBOTS)
            top_line_pair(&l, words,
                          COUNT((uint64_t)v->stats[STAT_OUTCOMES + o]),
                          TOP_WARN);
    }
}

static void
top_draw_server(const struct top_view *v, struct top_grid *g, int y)
{
    const struct top_server *s = &v->server;
    struct top_line l = top_line_begin(g, y, "Redis");
    bool is_full = s->memory_max > 0 && s->memory > s->memory_max / 10 * 9;

    if (!s->is_known) {
        top_line_add(&l, TOP_PLAIN, "%s",
                     v->has_numbers ? "does not tell (no right to ask INFO)"
                                    : "");
        return;
    }
    top_line_add(&l, is_full ? TOP_BAD : TOP_BOLD, "%s",
                 BYTES((double)s->memory));
    if (s->memory_max > 0)
        top_line_add(&l, TOP_PLAIN, " of %s", BYTES((double)s->memory_max));
    l.x += 3;
    top_line_add(&l, TOP_BOLD, "%s", COUNT(s->ops));
    top_line_add(&l, TOP_PLAIN, " commands/s   ");
    top_line_add(&l, TOP_BOLD, "%s", COUNT(s->clients));
    top_line_add(&l, TOP_PLAIN, " clients   ");
    if (s->cpu_share >= 0) {
        top_line_add(&l, TOP_PLAIN, "CPU ");
        top_line_add(&l, s->cpu_share > 0.9 ? TOP_BAD : TOP_BOLD, "%.0f %%",
                     s->cpu_share * 100);
    }
    if (s->cpu_ms_per_page >= 0)
        top_line_add(&l, TOP_PLAIN, ", %.2f ms a page", s->cpu_ms_per_page);
}

/* What is wrong, why it idles, how long it will take at least. */
static void
top_draw_outlook(const struct top_view *v, struct top_grid *g, int y)
{
    struct progress_view p = {
        .trouble = v->trouble, .counts = v->counts, .delay_ms = v->delay_ms};
    char words[LIVE_WORDS_BYTES];
    struct buf text;
    enum err e = ERR_OK;

    buf_init(&text, TOP_NOTE_BYTES);
    if (live_is_changed(&v->live) && v->trouble == NULL)
        e = buf_addf(&text, "changed: %s   ", live_words(&v->live, words));
    (void)e; /* there is room */
    progress_outlook(&p, g->columns - 2, &text);
    top_grid_put(g, y, 1, g->columns - 2, v->trouble ? TOP_BAD : TOP_WARN,
                 buf_str(&text));
    buf_fini(&text);
}

static void
top_draw_head(const struct top_view *v, const struct top_ui *ui,
              struct top_grid *g)
{
    top_draw_title(v, ui, g);
    if (v->has_numbers) {
        top_draw_bar(v, g, 1);
        top_draw_entries(v, g, 2);
        top_draw_rates(&v->now, "now", g, 3);
        if (v->elapsed_ms > 0)
            top_draw_rates(&v->mean, "mean", g, 4);
        top_draw_answers(v, g, 5);
        top_draw_server(v, g, 6);
    }
    top_draw_outlook(v, g, 7);
}

/* --- help --- */

static void
top_draw_help(struct top_grid *g, int y)
{
    static const char *const lines[] = {
        "Keys    up, down, page up, page down: select   tab, 1 to 5: next list",
        "        p: pause the crawl   r: resume it   q: quit (the crawl goes "
        "on)",
        "        s: slow the selected site down   d: drop it",
        "URLs    queued: found, not yet looked at   waiting: for their site's "
        "turn",
        "        in flight: in a thread's hands   to retry: failed, tried "
        "again",
        "        set aside: their pages crashed workers; tried once more at "
        "the end",
        "Machine busy: sites being asked   waiting: sites whose delay is not "
        "over",
        "        beat: time since the last sign of life of its most silent "
        "thread",
        "Sites   A site is asked by one thread at a time, one request each "
        "--delay.",
        "        Busiest, slowest: of the last seconds, estimated from "
        "reports.",
        "        Blocked: failing (429, 503, no answer: IN A ROW) or wanting a "
        "wait.",
        "        Ordered: what you or somebody else has slowed down or "
        "dropped.",
        "        Any key goes back.",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        top_grid_put(g, y + (int)i, 1, g->columns - 2, TOP_PLAIN,
                     str_from(lines[i]));
}

/* --- the lists --- */

/* Which lists of sites are on the screen together. */
static int
top_visible(const struct top_grid *g, int lines)
{
    if (g->columns >= TOP_WIDE)
        return lines >= TOP_PAIR ? 4 : 2;
    return lines >= TOP_STACK_4 ? 4 : lines >= TOP_STACK_2 ? 2 : 1;
}

static void
top_draw_tabs(const struct top_view *v, const struct top_ui *ui,
              struct top_grid *g, int y)
{
    struct top_line l = {g, y, 1};

    for (enum top_list i = TOP_MACHINES; i < TOP_LISTS; i++) {
        char count[PROGRESS_TEXT_BYTES] = "";
        /* of the busiest and slowest there are always as many as wanted */
        bool is_counted = i != TOP_BUSIEST && i != TOP_SLOWEST;

        if (is_counted)
            progress_count(top_panel_total(v, i), count);
        top_line_add(&l, i == ui->focus ? TOP_REVERSE : TOP_DIM, " %d %s%s%s ",
                     (int)i + 1, top_panel_title(i), is_counted ? " " : "",
                     count);
        l.x++;
    }
}

static void
top_draw_sites(const struct top_view *v, struct top_ui *ui, struct top_grid *g,
               int y, int lines)
{
    int visible = top_visible(g, lines);
    int across = g->columns >= TOP_WIDE ? 2 : 1, down = visible / across;
    int first = ((int)ui->site_focus - TOP_BUSIEST) / visible * visible;
    int width = (g->columns - (across - 1)) / across;

    for (int i = 0; i < visible; i++) {
        struct top_panel p = {
            .list = (enum top_list)(TOP_BUSIEST + first + i),
            .y = y + i / across * (lines / down),
            .x = i % across * (width + 1),
            .width = width,
            .lines = lines / down,
        };

        if (i / across == down - 1)
            p.lines = y + lines - p.y;
        top_panel_draw(v, ui, &p, g);
    }
}

static void
top_draw_lists(const struct top_view *v, struct top_ui *ui, struct top_grid *g)
{
    int y = TOP_HEAD_LINES, last = g->lines - 1; /* the keys' line */
    int machines = (int)v->hosts_count, most = (last - y) / 5;
    bool is_all = ui->focus == TOP_MACHINES; /* as many as there is room for */
    struct top_panel p = {TOP_MACHINES, y, 0, g->columns, 0};

    if (most < TOP_MACHINES_FEW)
        most = TOP_MACHINES_FEW;
    if (is_all)
        most = last - y - 2;
    if (machines > most)
        machines = most;
    p.lines = 1 + (machines > 0 ? machines : 1);
    top_panel_draw(v, ui, &p, g);
    y += p.lines;
    top_draw_tabs(v, ui, g, y++);
    if (last - y >= 2)
        top_draw_sites(v, ui, g, y, last - y);
}

/* All of it, one below the other. */
static void
top_draw_plain(const struct top_view *v, struct top_ui *ui, struct top_grid *g)
{
    int y = TOP_HEAD_LINES + 1;

    for (enum top_list i = TOP_MACHINES; i < TOP_LISTS; i++) {
        size_t rows = top_panel_count(v, i);
        struct top_panel p = {i, y, 0, g->columns, 0};

        if (rows > TOP_PLAIN_ROWS && i != TOP_MACHINES)
            rows = TOP_PLAIN_ROWS;
        p.lines = 1 + (int)(rows > 0 ? rows : 1);
        top_panel_draw(v, ui, &p, g);
        y += p.lines + 1;
    }
}

static void
top_draw_keys(const struct top_view *v, const struct top_ui *ui,
              struct top_grid *g)
{
    struct top_line l = {g, g->lines - 1, 1};

    if (ui->note[0]) {
        top_grid_put(g, l.y, 1, g->columns - 2, ui->note_look,
                     str_from(ui->note));
        return;
    }
    top_line_add(&l, TOP_DIM, "up down select   tab next list   ");
    if (top_ui_site(ui, v).n > 0)
        top_line_add(&l, TOP_DIM, "s slow down   d drop   ");
    top_line_add(&l, TOP_DIM, "%s   ? help",
                 v->counts.state == FRONTIER_PAUSED ? "r resume" : "p pause");
}

void
top_layout(const struct top_view *v, struct top_ui *ui, struct top_grid *g)
{
    for (enum top_list i = TOP_MACHINES; i < TOP_LISTS; i++)
        top_panel_find(v, ui, i);
    top_draw_head(v, ui, g);
    if (ui->is_plain) {
        if (v->has_numbers)
            top_draw_plain(v, ui, g);
        return;
    }
    if (ui->is_help)
        top_draw_help(g, TOP_HEAD_LINES);
    else if (v->has_numbers)
        top_draw_lists(v, ui, g);
    top_draw_keys(v, ui, g);
}
