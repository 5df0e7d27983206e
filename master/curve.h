/*
 * curve - lines in SVG over settings, for a page that brings no chart library.
 *
 * As plot.h has bars: stretched to the width, labels in HTML beside it, and a
 * table of the same numbers to be unfolded.  Lines differ in colour and dashes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_CURVE_H
#define MASTER_CURVE_H

#include <stddef.h>
#include <stdio.h>

#include "master/plot.h"

enum { CURVE_LINES = 32, CURVE_POINTS = 128, CURVE_LOOKS = 4 };

struct curve {
    const char *title;
    const char *unit;  /* of the heights */
    const char *about; /* of the points along the axis */
    plot_text_fn *text;
    size_t lines, points;
    char names[CURVE_LINES][PLOT_TEXT_BYTES];
    char labels[CURVE_POINTS][PLOT_TEXT_BYTES];
    double values[CURVE_LINES][CURVE_POINTS]; /* below 0: there is none */
};

void curve_write(const struct curve *c, FILE *out);

#endif
