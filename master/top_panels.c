/* SPDX-License-Identifier: MIT */
#include "master/top_panels.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "master/progress.h"

enum {
    TOP_CELL_BYTES = 256,
    TOP_COLUMNS = 6,    /* of a list, behind the name */
    TOP_NAME_LEAST = 14 /* columns: more columns of numbers go first */
};

static const char *const top_titles[TOP_LISTS] = {
    [TOP_MACHINES] = "Machines", [TOP_BUSIEST] = "Busiest",
    [TOP_SLOWEST] = "Slowest",   [TOP_BLOCKED] = "Blocked",
    [TOP_ORDERED] = "Ordered",
};

const char *
top_panel_title(enum top_list list)
{
    return top_titles[list];
}

size_t
top_panel_count(const struct top_view *v, enum top_list list)
{
    return list == TOP_MACHINES ? v->hosts_count : v->sites[list].count;
}

uint64_t
top_panel_total(const struct top_view *v, enum top_list list)
{
    return list == TOP_MACHINES ? v->hosts_count : v->sites[list].total;
}

static const char *
top_panel_name_at(const struct top_view *v, enum top_list list, size_t at)
{
    return list == TOP_MACHINES ? v->hosts[at].name
                                : v->sites[list].rows[at].name;
}

void
top_panel_name(const struct top_view *v, enum top_list list, size_t at,
               char out[TOP_NAME_BYTES])
{
    const char *name = top_panel_name_at(v, list, at);

    memcpy(out, name, strlen(name) + 1);
}

void
top_panel_find(const struct top_view *v, struct top_ui *ui, enum top_list list)
{
    size_t count = top_panel_count(v, list);

    for (size_t i = 0; i < count && ui->lists[list].name[0]; i++)
        if (strcmp(ui->lists[list].name, top_panel_name_at(v, list, i)) == 0) {
            ui->lists[list].at = i;
            return;
        }
    /* It is gone: what stands in its place now, or the last. */
    if (ui->lists[list].at >= count)
        ui->lists[list].at = count > 0 ? count - 1 : 0;
    if (count > 0 && ui->lists[list].name[0])
        top_panel_name(v, list, ui->lists[list].at, ui->lists[list].name);
}

/* --- columns --- */

typedef enum top_look top_cell_fn(const struct top_view *v, size_t at,
                                  enum top_list list, char out[TOP_CELL_BYTES]);

/* width 0: all that is left, at the left; the last one. */
struct top_column {
    const char *title;
    int width;
    top_cell_fn *cell;
};

static void PRINTF_LIKE(2, 3)
    top_cell(char out[TOP_CELL_BYTES], const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(out, TOP_CELL_BYTES, fmt, args);
    va_end(args);
}

static enum top_look
top_cell_count(char out[TOP_CELL_BYTES], uint64_t n)
{
    char text[PROGRESS_TEXT_BYTES];

    top_cell(out, "%s", progress_count(n, text));
    return TOP_PLAIN;
}

/* "0.4 s" or "1:05": to be read at a glance. */
static void
top_cell_time(char out[TOP_CELL_BYTES], int64_t ms)
{
    char text[PROGRESS_TEXT_BYTES];

    if (ms < 0)
        top_cell(out, "-");
    else if (ms < 9950)
        top_cell(out, "%.1f s", (double)ms / 1000);
    else
        top_cell(out, "%s", progress_time((uint64_t)ms, text));
}

static void
top_cell_rate(char out[TOP_CELL_BYTES], double rate)
{
    if (rate < 99.95)
        top_cell(out, "%.1f", rate);
    else
        top_cell_count(out, (uint64_t)(rate + 0.5));
}

/* --- machines --- */

#define HOST_CELL(field)                                                       \
    static enum top_look top_host_##field(const struct top_view *v, size_t at, \
                                          enum top_list list,                  \
                                          char out[TOP_CELL_BYTES])            \
    {                                                                          \
        (void)list;                                                            \
        return top_cell_count(out, v->hosts[at].field);                        \
    }

HOST_CELL(threads)
HOST_CELL(busy)
HOST_CELL(waiting)

static enum top_look
top_host_pages(const struct top_view *v, size_t at, enum top_list list,
               char out[TOP_CELL_BYTES])
{
    (void)list;
    top_cell_rate(out, v->hosts[at].pages_per_s);
    return TOP_BOLD;
}

static enum top_look
top_host_beat(const struct top_view *v, size_t at, enum top_list list,
              char out[TOP_CELL_BYTES])
{
    const struct top_host *h = &v->hosts[at];

    (void)list;
    if (h->beat_ms > 86400000)
        top_cell(out, "reaped"); /* its work is being taken back */
    else
        top_cell_time(out, h->beat_ms);
    return h->silent > 0 ? TOP_BAD : TOP_PLAIN;
}

static enum top_look
top_host_why(const struct top_view *v, size_t at, enum top_list list,
             char out[TOP_CELL_BYTES])
{
    const struct top_host *h = &v->hosts[at];
    bool is_mixed = h->whys_count > 1 || h->silent > 0;
    size_t n = 0;

    (void)list;
    if (h->silent > 0)
        n = (size_t)snprintf(out, TOP_CELL_BYTES, "%" PRIu64 " SILENT",
                             h->silent);
    for (size_t i = 0; i < h->whys_count && n < TOP_CELL_BYTES; i++) {
        const char *comma = n > 0 ? ", " : "";

        if (is_mixed)
            n += (size_t)snprintf(out + n, TOP_CELL_BYTES - n,
                                  "%s%" PRIu64 " %s", comma, h->whys[i].threads,
                                  h->whys[i].text);
        else
            n += (size_t)snprintf(out + n, TOP_CELL_BYTES - n, "%s",
                                  h->whys[i].text);
    }
    return h->silent > 0 ? TOP_BAD : TOP_PLAIN;
}

/* --- sites --- */

static const struct top_site *
top_site_at(const struct top_view *v, enum top_list list, size_t at)
{
    return &v->sites[list].rows[at];
}

static enum top_look
top_site_pages(const struct top_view *v, size_t at, enum top_list list,
               char out[TOP_CELL_BYTES])
{
    top_cell_rate(out, top_site_at(v, list, at)->pages_per_s);
    return list == TOP_BUSIEST ? TOP_BOLD : TOP_PLAIN;
}

static enum top_look
top_site_slowest(const struct top_view *v, size_t at, enum top_list list,
                 char out[TOP_CELL_BYTES])
{
    int64_t ms = top_site_at(v, list, at)->slowest_ms;
    char text[PROGRESS_TEXT_BYTES];

    if (ms <= 0)
        return TOP_PLAIN;
    top_cell(out, "%s ms", progress_count((uint64_t)ms, text));
    return list == TOP_SLOWEST ? TOP_BOLD : TOP_PLAIN;
}

static enum top_look
top_site_failures(const struct top_view *v, size_t at, enum top_list list,
                  char out[TOP_CELL_BYTES])
{
    uint64_t failures = top_site_at(v, list, at)->failures;

    if (failures > 0)
        top_cell_count(out, failures);
    return TOP_WARN;
}

static enum top_look
top_site_rest(const struct top_view *v, size_t at, enum top_list list,
              char out[TOP_CELL_BYTES])
{
    top_cell_time(out, top_site_at(v, list, at)->rest_ms);
    return TOP_BOLD;
}

static enum top_look
top_site_in_a_row(const struct top_view *v, size_t at, enum top_list list,
                  char out[TOP_CELL_BYTES])
{
    uint64_t failures = top_site_at(v, list, at)->in_a_row;

    if (failures > 0)
        top_cell_count(out, failures);
    return TOP_WARN;
}

static enum top_look
top_site_order(const struct top_view *v, size_t at, enum top_list list,
               char out[TOP_CELL_BYTES])
{
    const struct top_site *s = top_site_at(v, list, at);

    if (s->is_dropped) {
        top_cell(out, "dropped");
        return TOP_BAD;
    }
    if (s->slow_ms > 0) {
        top_cell(out, "one request in %.3g s", (double)s->slow_ms / 1000);
        return TOP_WARN;
    }
    return TOP_PLAIN;
}

static enum top_look
top_site_why(const struct top_view *v, size_t at, enum top_list list,
             char out[TOP_CELL_BYTES])
{
    const struct top_site *s = top_site_at(v, list, at);

    if (s->is_dropped || s->slow_ms > 0)
        return top_site_order(v, at, list, out);
    if (s->in_a_row > 0)
        top_cell(out, "429, 503 or no answer");
    else if (s->spacing_ms > 0)
        top_cell(out, "wants one request in %.3g s",
                 (double)s->spacing_ms / 1000);
    else
        top_cell(out, "it asked us to wait");
    return TOP_PLAIN;
}

/* clang-format off */
static const struct top_column top_columns[TOP_LISTS][TOP_COLUMNS] = {
    [TOP_MACHINES] = {{"THREADS", 8, top_host_threads},
                      {"PAGES/S", 9, top_host_pages},
                      {"BUSY",    7, top_host_busy},
                      {"WAITING", 9, top_host_waiting},
                      {"BEAT",    8, top_host_beat},
                      {"DOING",   0, top_host_why}},
    [TOP_BUSIEST]  = {{"PAGES/S", 9, top_site_pages},
                      {"SLOWEST", 11, top_site_slowest},
                      {"FAILED",  8, top_site_failures},
                      {"ORDER",   0, top_site_order}},
    [TOP_SLOWEST]  = {{"SLOWEST", 11, top_site_slowest},
                      {"PAGES/S", 9, top_site_pages},
                      {"FAILED",  8, top_site_failures},
                      {"ORDER",   0, top_site_order}},
    [TOP_BLOCKED]  = {{"NEXT IN", 9, top_site_rest},
                      {"IN A ROW", 10, top_site_in_a_row},
                      {"WHY",     0, top_site_why}},
    [TOP_ORDERED]  = {{"PAGES/S", 9, top_site_pages},
                      {"FAILED",  8, top_site_failures},
                      {"ORDER",   0, top_site_order}},
};
static const int top_names[TOP_LISTS] = { /* wished columns of the name */
    [TOP_MACHINES] = 28, [TOP_BUSIEST] = 40, [TOP_SLOWEST] = 40,
    [TOP_BLOCKED]  = 30, [TOP_ORDERED] = 40,
};
static const int top_rests[TOP_LISTS] = { /* ... and of the last column */
    [TOP_MACHINES] = 22, [TOP_BUSIEST] = 20, [TOP_SLOWEST] = 20,
    [TOP_BLOCKED]  = 22, [TOP_ORDERED] = 22,
};
/* clang-format on */

/* --- drawing --- */

static int
top_panel_name_width(const struct top_panel *p)
{
    int left = p->width - 2 - top_rests[p->list] - 2;

    for (size_t i = 0; i < TOP_COLUMNS; i++)
        left -= top_columns[p->list][i].width;
    if (left > top_names[p->list])
        left = top_names[p->list];
    return left < TOP_NAME_LEAST ? TOP_NAME_LEAST : left;
}

/* One column of a row, or of the titles (at is -1). */
static int
top_panel_cell(const struct top_view *v, const struct top_panel *p,
               const struct top_column *c, long at, int y, int x,
               struct top_grid *g)
{
    int end = p->x + p->width - 1, width = c->width;
    char text[TOP_CELL_BYTES] = "";
    enum top_look look = TOP_DIM;

    if (at < 0)
        top_cell(text, "%s", c->title);
    else
        look = c->cell(v, (size_t)at, p->list, text);
    if (width == 0) { /* the last one, at the left */
        if (end - x > 4)
            top_grid_put(g, y, x + 2, end - x - 2, look, str_from(text));
        return end;
    }
    if (x + width <= end)
        top_grid_put_right(g, y, x, width, look, str_from(text));
    return x + width;
}

static void
top_panel_line(const struct top_view *v, const struct top_panel *p, long at,
               int y, struct top_grid *g)
{
    int x = p->x + 1, width = top_panel_name_width(p);
    char title[64];
    struct str name = str_from(title);

    snprintf(title, sizeof(title), "%s%s", top_titles[p->list],
             p->list == TOP_MACHINES ? "" : " sites");
    name = at < 0 ? str_from(title)
                  : str_from(top_panel_name_at(v, p->list, (size_t)at));
    top_grid_put(g, y, x, width, at < 0 ? TOP_BOLD : TOP_PLAIN, name);
    x += width;
    for (size_t i = 0; i < TOP_COLUMNS && top_columns[p->list][i].title; i++)
        x = top_panel_cell(v, p, &top_columns[p->list][i], at, y, x, g);
}

static const char *
top_panel_nothing(enum top_list list)
{
    switch (list) {
    case TOP_MACHINES:
        return "no worker is there";
    case TOP_BLOCKED:
        return "no site makes us wait for longer than usual";
    case TOP_ORDERED:
        return "no orders were given: s slows a site down, d drops it";
    default:
        return "nothing came in lately";
    }
}

void
top_panel_draw(const struct top_view *v, struct top_ui *ui,
               const struct top_panel *p, struct top_grid *g)
{
    size_t count = top_panel_count(v, p->list);
    size_t rows = p->lines > 1 ? (size_t)p->lines - 1 : 0;
    size_t at = ui->lists[p->list].at, first = ui->lists[p->list].first;

    top_panel_line(v, p, -1, p->y, g);
    if (count == 0 && rows > 0)
        top_grid_put(g, p->y + 1, p->x + 1, p->width - 2, TOP_DIM,
                     str_from(top_panel_nothing(p->list)));
    if (at < first)
        first = at;
    if (rows > 0 && at >= first + rows)
        first = at - rows + 1;
    if (first + rows > count)
        first = count > rows ? count - rows : 0;
    ui->lists[p->list].first = first;
    for (size_t i = 0; i < rows && first + i < count; i++) {
        int y = p->y + 1 + (int)i;

        top_panel_line(v, p, (long)(first + i), y, g);
        if (!ui->is_plain && p->list == ui->focus && first + i == at)
            top_grid_paint(g, y, p->x, p->width, TOP_REVERSE);
    }
}
