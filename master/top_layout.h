/*
 * top_layout - where on the screen "master top" puts its numbers.
 *
 *   bar: crawl, state, elapsed
 *   seven lines of numbers about the whole crawl
 *   machines, one a line
 *   lists of sites: one at a time on 80x24, all four where there is room
 *   what a key would do, a question, or an answer
 *
 * Pure: a view in, a grid out.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MASTER_TOP_LAYOUT_H
#define MASTER_TOP_LAYOUT_H

#include "master/top_grid.h"
#include "master/top_view.h"

enum { TOP_NOTE_BYTES = 512 };

/* What the person at the keys has chosen. */
struct top_ui {
    enum top_list focus;
    enum top_list site_focus; /* the list of sites that was focused last */
    struct {
        char name[TOP_NAME_BYTES]; /* stays selected wherever it moves to */
        size_t at, first;          /* where it is; the first row on screen */
    } lists[TOP_LISTS];
    char note[TOP_NOTE_BYTES]; /* on the last line instead of the keys */
    enum top_look note_look;
    bool is_help;
    bool is_plain; /* for a pipe: all lists, no selection, no keys */
};

void top_ui_init(struct top_ui *ui);
/* By so many rows, or lists. */
void top_ui_move(struct top_ui *ui, const struct top_view *v, long rows);
void top_ui_switch(struct top_ui *ui, int lists);
/* The selected site of the focused list; empty: no site is. */
struct str top_ui_site(const struct top_ui *ui, const struct top_view *v);

/* ui takes where selections came to lie. */
void top_layout(const struct top_view *v, struct top_ui *ui,
                struct top_grid *g);

#endif
