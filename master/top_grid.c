/* SPDX-License-Identifier: MIT */
#include "master/top_grid.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/utf8.h"

/* Fewer equal cells between two changes are written, not jumped over. */
enum { TOP_GRID_JUMP = 6 };

static const struct top_cell top_grid_blank = {{' '}, 1, TOP_PLAIN};

static int
top_grid_within(int value, int most)
{
    return value < 1 ? 1 : value > most ? most : value;
}

void
top_grid_init(struct top_grid *g, int columns, int lines)
{
    size_t count;

    g->columns = top_grid_within(columns, TOP_COLUMNS_MAX);
    g->lines = top_grid_within(lines, TOP_LINES_MAX);
    count = (size_t)g->columns * (size_t)g->lines;
    g->cells = xcalloc(count, sizeof(*g->cells));
    for (size_t i = 0; i < count; i++)
        g->cells[i] = top_grid_blank;
}

void
top_grid_fini(struct top_grid *g)
{
    free(g->cells);
    g->cells = NULL;
}

/* --- text into cells --- */

static struct top_cell *
top_grid_at(const struct top_grid *g, int y, int x)
{
    return &g->cells[(size_t)y * (size_t)g->columns + (size_t)x];
}

/* How much of the field lies on the grid. */
static int
top_grid_clip(const struct top_grid *g, int y, int x, int width)
{
    if (y < 0 || y >= g->lines || x < 0 || x >= g->columns)
        return 0;
    return width > g->columns - x ? g->columns - x : width;
}

/* The columns of escaped text. */
static int
top_grid_width(const char *text)
{
    size_t n = strlen(text);
    int width = 0;

    for (size_t at = 0; at < n;) {
        uint32_t rune = 0;
        size_t len = utf8_decode(text + at, n - at, &rune);

        width += (int)utf8_width(rune);
        at += len > 0 ? len : 1;
    }
    return width;
}

/* One character; a wide one that it covers half of is gone. */
static void
top_grid_set(struct top_grid *g, int y, int x, int columns,
             const struct top_cell *cell)
{
    struct top_cell *c = top_grid_at(g, y, x);

    if (c->n == 0 && x > 0)
        c[-1] = top_grid_blank;
    if (x + columns < g->columns && c[columns].n == 0)
        c[columns] = top_grid_blank;
    *c = *cell;
    if (columns == 2)
        c[1] = (struct top_cell){.n = 0, .look = cell->look};
}

/* Escaped text, so all of it is UTF-8; marks that combine are left out. */
static int
top_grid_put_safe(struct top_grid *g, int y, int x, int width,
                  enum top_look look, const char *text)
{
    size_t n = strlen(text);
    bool is_cut = top_grid_width(text) > width;
    int room = is_cut ? width - 1 : width, used = 0;

    for (size_t at = 0; at < n;) {
        uint32_t rune = 0;
        size_t len = utf8_decode(text + at, n - at, &rune);
        int columns = (int)utf8_width(rune);
        struct top_cell cell = {.n = (unsigned char)len,
                                .look = (unsigned char)look};

        if (len == 0 || used + columns > room)
            break;
        memcpy(cell.bytes, text + at, len);
        if (columns > 0)
            top_grid_set(g, y, x + used, columns, &cell);
        used += columns;
        at += len;
    }
    if (is_cut)
        top_grid_set(g, y, x + used++, 1,
                     &(struct top_cell){{'~'}, 1, (unsigned char)look});
    return used;
}

int
top_grid_put(struct top_grid *g, int y, int x, int width, enum top_look look,
             struct str text)
{
    width = top_grid_clip(g, y, x, width);
    if (width <= 0)
        return 0;
    return top_grid_put_safe(g, y, x, width, look, LOG_ESC(text));
}

void
top_grid_put_right(struct top_grid *g, int y, int x, int width,
                   enum top_look look, struct str text)
{
    char safe[LOG_ESC_BYTES];
    int columns;

    width = top_grid_clip(g, y, x, width);
    if (width <= 0)
        return;
    columns = top_grid_width(log_esc(text, safe));
    if (columns > width)
        columns = width;
    top_grid_put_safe(g, y, x + width - columns, columns, look, safe);
}

void
top_grid_paint(struct top_grid *g, int y, int x, int width, enum top_look look)
{
    width = top_grid_clip(g, y, x, width);
    for (int i = 0; i < width; i++)
        top_grid_at(g, y, x + i)->look = (unsigned char)look;
}

/* --- cells onto a terminal --- */

static bool
top_grid_is_equal(const struct top_cell *a, const struct top_cell *b)
{
    return a->n == b->n && a->look == b->look &&
           memcmp(a->bytes, b->bytes, a->n) == 0;
}

static const char *
top_grid_sgr(enum top_look look, bool is_color)
{
    switch (look) {
    case TOP_PLAIN:
        break;
    case TOP_BOLD:
        return "\033[0;1m";
    case TOP_DIM:
        return is_color ? "\033[0;36m" : "\033[0m";
    case TOP_REVERSE:
        return "\033[0;7m";
    case TOP_GOOD:
        return is_color ? "\033[0;1;32m" : "\033[0;1m";
    case TOP_WARN:
        return is_color ? "\033[0;1;33m" : "\033[0;1m";
    case TOP_BAD:
        return is_color ? "\033[0;1;31m" : "\033[0;1m";
    }
    return "\033[0m";
}

/* Where the terminal's cursor is, and how it writes. */
struct top_pen {
    struct buf *out;
    int y, x; /* -1: unknown */
    int look;
    bool is_color;
    enum err e;
};

static void
top_pen_cell(struct top_pen *p, int y, int x, const struct top_cell *c)
{
    if (p->e == ERR_OK && (p->y != y || p->x != x))
        p->e = buf_addf(p->out, "\033[%d;%dH", y + 1, x + 1);
    if (p->e == ERR_OK && p->look != c->look)
        p->e = buf_addf(p->out, "%s",
                        top_grid_sgr((enum top_look)c->look, p->is_color));
    if (p->e == ERR_OK)
        p->e = buf_add(p->out, c->bytes, c->n);
    p->look = c->look;
    p->y = y;
    p->x = x + 1; /* behind a wide one's left half its right half follows */
}

/* The first cell from x on that differs, at its left half; columns: none. */
static int
top_grid_next_change(const struct top_grid *was, const struct top_grid *now,
                     int y, int x)
{
    for (; x < now->columns; x++)
        if (was == NULL ||
            !top_grid_is_equal(top_grid_at(was, y, x), top_grid_at(now, y, x)))
            break;
    while (x < now->columns && x > 0 && top_grid_at(now, y, x)->n == 0)
        x--;
    return x;
}

static void
top_grid_draw_line(const struct top_grid *was, const struct top_grid *now,
                   int y, struct top_pen *p)
{
    int x = top_grid_next_change(was, now, y, 0);

    while (x < now->columns) {
        int next;

        /* this cell, its right half, and on to the next change if near */
        do
            top_pen_cell(p, y, x, top_grid_at(now, y, x));
        while (++x < now->columns && top_grid_at(now, y, x)->n == 0);
        next = top_grid_next_change(was, now, y, x);
        if (next < now->columns && next - x <= TOP_GRID_JUMP)
            for (; x < next; x++)
                top_pen_cell(p, y, x, top_grid_at(now, y, x));
        else
            x = next;
    }
}

enum err
top_grid_draw(const struct top_grid *was, const struct top_grid *now,
              bool is_color, struct buf *out)
{
    struct top_pen p = {out, -1, -1, -1, is_color, ERR_OK};

    if (was == NULL)
        p.e = buf_addf(out, "\033[0m\033[2J");
    for (int y = 0; y < now->lines && p.e == ERR_OK; y++)
        top_grid_draw_line(was, now, y, &p);
    if (p.e == ERR_OK && p.look != -1)
        p.e = buf_addf(out, "\033[0m");
    return p.e;
}

enum err
top_grid_print(const struct top_grid *g, struct buf *out)
{
    size_t end = out->n; /* behind the last line that is not empty */
    enum err e = ERR_OK;

    for (int y = 0; y < g->lines && e == ERR_OK; y++) {
        int last = g->columns;

        while (last > 0 && top_grid_at(g, y, last - 1)->n == 1 &&
               top_grid_at(g, y, last - 1)->bytes[0] == ' ')
            last--;
        for (int x = 0; x < last && e == ERR_OK; x++)
            e = buf_add(out, top_grid_at(g, y, x)->bytes,
                        top_grid_at(g, y, x)->n);
        if (e == ERR_OK)
            e = buf_add_char(out, '\n');
        if (e == ERR_OK && last > 0)
            end = out->n;
    }
    out->n = end;
    return e;
}
