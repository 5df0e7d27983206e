/*
 * The screens of master top at several sizes, from made-up views.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "master/top_layout.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct top_view *view;
static struct top_ui ui;
static struct top_grid grid;
static struct buf text;

static void
set_name(char out[TOP_NAME_BYTES], const char *name)
{
    snprintf(out, TOP_NAME_BYTES, "%s", name);
}

static void
add_site(enum top_list list, const char *name, double rate)
{
    struct top_site *s = &view->sites[list].rows[view->sites[list].count++];

    view->sites[list].total++;
    set_name(s->name, name);
    s->pages_per_s = rate;
    s->rest_ms = -1;
}

static void
fill_view(void)
{
    view->name = "demo";
    view->has_numbers = true;
    view->elapsed_ms = 751000;
    view->delay_ms = 1000;
    view->counts = (struct frontier_counts){.state = FRONTIER_RUNNING,
                                            .known = 3412,
                                            .finished = 2100,
                                            .queued = 800,
                                            .waiting = 400,
                                            .flight = 64,
                                            .retry = 3};
    view->finished_per_s = 10;
    view->now = (struct top_rates){480.1, 512.4, 12.1e6};
    view->server = (struct top_server){.is_known = true,
                                       .memory = 12300000,
                                       .ops = 3400,
                                       .clients = 45,
                                       .cpu_share = 0.07,
                                       .cpu_ms_per_page = 0.081};
    view->stats[STAT_status_2xx] = 2000;
    view->stats[STAT_OUTCOMES + OUTCOME_TIMEOUT] = 7;
    view->hosts_count = 2;
    view->threads = 50;
    set_name(view->hosts[0].name, "node1");
    view->hosts[0].threads = 40;
    view->hosts[0].silent = 2;
    view->hosts[0].beat_ms = 12000;
    set_name(view->hosts[1].name, "node2");
    view->hosts[1].threads = 10;
    view->hosts[1].whys_count = 1;
    snprintf(view->hosts[1].whys[0].text, TOP_WHY_BYTES, "fetching");
    view->silent = 2;
    for (int i = 0; i < 30; i++) {
        char name[32];

        snprintf(name, sizeof(name), "s%02d.test", i);
        add_site(TOP_BUSIEST, name, 30 - i);
    }
    add_site(TOP_SLOWEST, "slow.test", 0.1);
    view->sites[TOP_SLOWEST].rows[0].slowest_ms = 4321;
    add_site(TOP_BLOCKED, "busy.test", 0);
    view->sites[TOP_BLOCKED].rows[0].rest_ms = 83000;
    view->sites[TOP_BLOCKED].rows[0].in_a_row = 5;
}

static int
set_up(void **state)
{
    (void)state;
    view = calloc(1, sizeof(*view));
    live_init(&view->live);
    top_ui_init(&ui);
    buf_init(&text, TOP_DRAW_BYTES);
    if (view)
        fill_view();
    return view == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    free(view);
    buf_fini(&text);
    return 0;
}

/* The screen as lines, with a NUL behind. */
static const char *
screen(int columns, int lines)
{
    top_grid_init(&grid, columns, lines);
    top_layout(view, &ui, &grid);
    buf_reset(&text);
    assert_int_equal(top_grid_print(&grid, &text), ERR_OK);
    assert_int_equal(buf_add_char(&text, '\0'), ERR_OK);
    top_grid_fini(&grid);
    return text.p;
}

static void
assert_shows(const char *shown, const char *part)
{
    if (strstr(shown, part) == NULL)
        print_message("no \"%s\" in:\n%s", part, shown);
    assert_non_null(strstr(shown, part));
}

static void
assert_lacks(const char *shown, const char *part)
{
    if (strstr(shown, part))
        print_message("\"%s\" in:\n%s", part, shown);
    assert_null(strstr(shown, part));
}

static void
test_80_by_24_has_it_all(void **state)
{
    static const char *const parts[] = {
        "weft demo   crawling   12:31   2 machines, 50 threads, 2 SILENT",
        "q quit\n",
        "61 %  2,100 of 3,412 known URLs finished, about 2:11 left",
        "queued 800  waiting 400  in flight 64  to retry 3  set aside 0",
        "480 pages/s",
        "512 requests/s",
        "12.10 MB/s",
        "2xx 2,000",
        "failed 7",
        "12.3 MB   3,400 commands/s   45 clients   CPU 7 %, 0.08 ms a page",
        "node1",
        "2 SILENT",
        "fetching",
        " 4 Blocked 1 ",
        "Busiest sites",
        "s00.test",
        "s slow down   d drop   p pause   ? help\n",
    };
    const char *shown = screen(80, 24);

    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++)
        assert_shows(shown, parts[i]);
    assert_lacks(shown, "Slowest sites");
    view->connections = 700;
    view->is_auto = true;
    view->silent = 0;
    assert_shows(screen(120, 24), "50 threads, 700 connections (auto)");
}

static void
test_lists_stand_where_there_is_room(void **state)
{
    static const struct {
        int columns, lines;
        const char *shows, *lacks;
    } rows[] = {
        {80, 36, "Slowest sites", "Blocked sites"},
        {80, 60, "Ordered sites", NULL},
        {160, 50, "Ordered sites", NULL},
        {160, 24, "Slowest sites", NULL},
        {400, 200, "Ordered sites", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *shown = screen(rows[i].columns, rows[i].lines);

        assert_shows(shown, rows[i].shows);
        if (rows[i].lacks)
            assert_lacks(shown, rows[i].lacks);
    }
}

/* nothing is written outside, asserted by the sanitizers and the grid */
static void
test_any_size_can_be_drawn(void **state)
{
    (void)state;
    for (int columns = 1; columns < 200; columns += 7)
        for (int lines = 1; lines < 60; lines += 3)
            for (int i = 0; i < TOP_LISTS; i++) {
                ui.focus = (enum top_list)i;
                screen(columns, lines);
            }
    ui.is_help = true;
    screen(10, 5);
    ui.is_plain = true;
    screen(1, 1);
}

static void
test_the_selection_follows_its_site(void **state)
{
    struct top_site swap;

    (void)state;
    assert_true(str_equal(top_ui_site(&ui, view), STR("s00.test")));
    top_ui_move(&ui, view, 2);
    screen(80, 24);
    assert_true(str_equal(top_ui_site(&ui, view), STR("s02.test")));
    swap = view->sites[TOP_BUSIEST].rows[2];
    view->sites[TOP_BUSIEST].rows[2] = view->sites[TOP_BUSIEST].rows[20];
    view->sites[TOP_BUSIEST].rows[20] = swap;
    /* it moved out of sight: the list is scrolled to it */
    assert_shows(screen(80, 24), "s02.test");
    assert_true(str_equal(top_ui_site(&ui, view), STR("s02.test")));
    top_ui_move(&ui, view, 1000);
    assert_shows(screen(80, 24), "s29.test");
    assert_true(str_equal(top_ui_site(&ui, view), STR("s29.test")));
    /* it is gone: the last one that is left */
    view->sites[TOP_BUSIEST].count = 5;
    screen(80, 24);
    assert_true(str_equal(top_ui_site(&ui, view), STR("s04.test")));
    view->sites[TOP_BUSIEST].count = 0;
    assert_shows(screen(80, 24), "nothing came in lately");
    assert_int_equal(top_ui_site(&ui, view).n, 0);
    top_ui_move(&ui, view, -1);
    assert_int_equal(top_ui_site(&ui, view).n, 0);
}

static void
test_lists_are_switched_in_a_circle(void **state)
{
    (void)state;
    top_ui_switch(&ui, 2);
    assert_int_equal(ui.focus, TOP_BLOCKED);
    assert_shows(screen(80, 24), "busy.test");
    assert_shows(text.p, "1:23");
    assert_shows(text.p, "429, 503 or no answer");
    top_ui_switch(&ui, 2);
    assert_int_equal(ui.focus, TOP_MACHINES);
    assert_int_equal(top_ui_site(&ui, view).n, 0);
    /* the list of sites that was looked at last stays below */
    assert_int_equal(ui.site_focus, TOP_BLOCKED);
    top_ui_switch(&ui, -1);
    assert_int_equal(ui.focus, TOP_ORDERED);
    assert_shows(screen(80, 24), "no orders were given");
}

static void
test_orders_are_shown_beside_sites(void **state)
{
    (void)state;
    view->sites[TOP_BUSIEST].rows[0].slow_ms = 2500;
    view->sites[TOP_BUSIEST].rows[1].is_dropped = true;
    view->sites[TOP_BLOCKED].rows[0].in_a_row = 0;
    view->sites[TOP_BLOCKED].rows[0].spacing_ms = 8000;
    assert_shows(screen(160, 50), "one request in 2.5 s");
    assert_shows(text.p, "dropped");
    assert_shows(text.p, "wants one request in 8 s");
}

static void
test_hostile_names_stay_in_their_place(void **state)
{
    static const int widths[] = {40, 80, 160};

    (void)state;
    set_name(view->hosts[0].name, "h\033[2J\nx");
    set_name(view->sites[TOP_BUSIEST].rows[0].name,
             "\xe4\xb8\xad\xe4\xb8\xad\033]0;x\007\xc2\x9b\xff");
    memset(view->sites[TOP_BUSIEST].rows[1].name, 'w', TOP_NAME_BYTES - 1);
    snprintf(view->hosts[1].whys[0].text, TOP_WHY_BYTES, "\033[31mred");
    view->trouble = "Redis said \033[5m\n";
    for (size_t i = 0; i < COUNT(widths); i++) {
        const char *shown = screen(widths[i], 30);

        assert_null(strchr(shown, '\033'));
        assert_null(strchr(shown, '\007'));
        assert_null(strstr(shown, "\xc2\x9b"));
        assert_null(strstr(shown, "\xff"));
    }
    assert_shows(screen(80, 24), "ww~");
}

static void
test_a_page_limit_or_huge_numbers_fit(void **state)
{
    (void)state;
    view->counts.known = 1234567890123;
    view->counts.queued = 123456789;
    view->counts.waiting = 98765432;
    view->counts.flight = 1234567;
    view->counts.quarantined = 7;
    assert_shows(screen(80, 24), "set aside 7");
    assert_shows(text.p, "queued 123.46 M");
    assert_shows(screen(160, 50), "queued 123,456,789");
    /* 100 % only when it is true */
    view->counts.finished = view->counts.known - 1;
    assert_shows(screen(80, 24), "99 %");
}

static void
test_the_line_of_trouble(void **state)
{
    (void)state;
    view->counts.long_entries = 60;
    view->counts.long_ms = 62000;
    snprintf(view->counts.long_site, sizeof(view->counts.long_site), "l.test");
    assert_shows(screen(80, 24), "at least 1:02 more, held by l.test");
    /* a rate cannot promise less than that */
    view->counts.long_ms = 9999999;
    assert_lacks(screen(80, 24), "about");
    view->trouble = "Redis is away";
    assert_shows(screen(80, 24), "Redis is away");
    view->has_numbers = false;
    view->counts.state = FRONTIER_NONE;
    assert_shows(screen(80, 24), "connecting");
    assert_shows(screen(80, 24), "Redis is away");
}

static void
test_a_snapshot_is_plain(void **state)
{
    const char *shown;

    (void)state;
    ui.is_plain = true;
    snprintf(ui.note, sizeof(ui.note), "a note");
    shown = screen(100, TOP_LINES_MAX);
    assert_shows(shown, "Ordered sites");
    assert_shows(shown, "s09.test");
    assert_lacks(shown, "s10.test"); /* the ten first of each */
    assert_lacks(shown, "a note");
    assert_lacks(shown, "q quit");
    assert_lacks(shown, " 2 Busiest");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(test_80_by_24_has_it_all),
        TEST(test_lists_stand_where_there_is_room),
        TEST(test_any_size_can_be_drawn),
        TEST(test_the_selection_follows_its_site),
        TEST(test_lists_are_switched_in_a_circle),
        TEST(test_orders_are_shown_beside_sites),
        TEST(test_hostile_names_stay_in_their_place),
        TEST(test_a_page_limit_or_huge_numbers_fit),
        TEST(test_the_line_of_trouble),
        TEST(test_a_snapshot_is_plain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
