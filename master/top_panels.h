/*
 * top_panels - the lists of "master top": their columns and rows.
 *
 * Part of top_layout; pure like it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TOP_PANELS_H
#define MASTER_TOP_PANELS_H

#include "master/top_layout.h"

/* Where a list stands; its first line has the columns' names. */
struct top_panel {
    enum top_list list;
    int y, x, width, lines;
};

const char *top_panel_title(enum top_list list); /* "Busiest" */
size_t top_panel_count(const struct top_view *v, enum top_list list);
uint64_t top_panel_total(const struct top_view *v, enum top_list list);
/* What the row is called; at must be below the count. */
void top_panel_name(const struct top_view *v, enum top_list list, size_t at,
                    char out[TOP_NAME_BYTES]);

/* Find the selected row again, wherever it has moved to. */
void top_panel_find(const struct top_view *v, struct top_ui *ui,
                    enum top_list list);
void top_panel_draw(const struct top_view *v, struct top_ui *ui,
                    const struct top_panel *p, struct top_grid *g);

#endif
