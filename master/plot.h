/*
 * plot - bars or lines in SVG, with axes, for a page that brings no chart
 * library.
 *
 * The SVG has these and the grid, stretched to whatever width there is; the
 * axes' labels are HTML beside it, so that they stay readable when it is
 * narrow.  A table of the same numbers, to be unfolded, is for those who see
 * no plot.  Looks are the page's classes: colours k0, k1 ... of bars; colours
 * and dashes l0, l1 ... of lines, which are few and come again.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_PLOT_H
#define MASTER_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    PLOT_SERIES = 32,
    PLOT_TEXT_BYTES = 40,
    PLOT_BARS = 160,
    PLOT_LOOKS = 4
};

/* A number in words, with its unit: "1,204", "28 KB". */
typedef void plot_text_fn(double value, char out[PLOT_TEXT_BYTES]);

struct plot {
    const char *title;
    const char *unit;          /* of the heights: "requests a second" */
    const char *about;         /* of the bars: "depth: links from a seed" */
    const char *const *series; /* names; bars stand one on top of the other */
    size_t series_count;
    size_t count; /* of the bars or points of a line, PLOT_BARS at most */
    double values[PLOT_BARS][PLOT_SERIES];   /* below 0: none, in a line */
    char labels[PLOT_BARS][PLOT_TEXT_BYTES]; /* of each bar, in full */
    plot_text_fn *text;
    int first_class; /* k0 is the first series's colour, or another */
    bool is_dense;   /* without gaps: over time */
    bool is_lines;   /* not bars */
    /* What stands along the axis, at a share of the width; "" for nothing. */
    size_t tick_count;
    bool has_all_ticks; /* there is room for all, however narrow it is */
    double tick_at[PLOT_BARS + 1];
    char ticks[PLOT_BARS + 1][PLOT_TEXT_BYTES];
};

void plot_write(const struct plot *p, FILE *out);

/* "1,204", "12.5", "0.03" */
void plot_number(double value, char out[PLOT_TEXT_BYTES]);

/* 1, 2 or 5 times a power of ten, so that at most count of them are below. */
double plot_step(double most, int count);

#endif
