/*
 * top_grid - a screen of cells, and what makes a terminal show it.
 *
 * Text is put into cells, cut at the end of its field by display width, with
 * every byte that could move a cursor escaped; so whatever comes from outside
 * stays in its place.  top_grid_draw() writes only what differs from the grid
 * that is on the screen: no flicker, few bytes.
 *
 * Pure: no I/O, no locks.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TOP_GRID_H
#define MASTER_TOP_GRID_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

enum {
    TOP_COLUMNS_MAX = 400,
    TOP_LINES_MAX = 200,
    TOP_DRAW_BYTES = 1 << 21 /* above what a whole screen can take */
};

enum top_look {
    TOP_PLAIN,
    TOP_BOLD,    /* numbers that matter, titles */
    TOP_DIM,     /* words beside numbers */
    TOP_REVERSE, /* bars, the selected row */
    TOP_GOOD,    /* green */
    TOP_WARN,    /* yellow */
    TOP_BAD      /* red */
};

struct top_cell {
    char bytes[4];
    unsigned char n; /* 0: the right half of a wide one */
    unsigned char look;
};

struct top_grid {
    int columns, lines;
    struct top_cell *cells; /* lines * columns */
};

/* Blank; sizes are brought within 1 and the bounds above. */
void top_grid_init(struct top_grid *g, int columns, int lines);
void top_grid_fini(struct top_grid *g);

/*
 * Text into line y from column x on, over at most width columns; what does
 * not fit is cut, with a '~' as the last.  Returns the columns used.  Outside
 * of the grid nothing happens.
 */
int top_grid_put(struct top_grid *g, int y, int x, int width,
                 enum top_look look, struct str text);
/* The same at the right end of the field. */
void top_grid_put_right(struct top_grid *g, int y, int x, int width,
                        enum top_look look, struct str text);
/* A look for width cells as they are. */
void top_grid_paint(struct top_grid *g, int y, int x, int width,
                    enum top_look look);

/*
 * What changes a terminal that shows was into now, appended to out.  was may
 * be NULL: nothing is known of the screen, all is drawn.  Both have one size.
 */
enum err top_grid_draw(const struct top_grid *was, const struct top_grid *now,
                       bool is_color, struct buf *out) MUST_USE;
/* As plain lines, without blanks at their ends or empty lines at the end. */
enum err top_grid_print(const struct top_grid *g, struct buf *out) MUST_USE;

#endif
