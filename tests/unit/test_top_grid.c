/*
 * The cells of master top, and what they make of a terminal: a small one is
 * played here, so that what is drawn can be read back.
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

#include "common/utf8.h"
#include "master/top_grid.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- a terminal --- */

enum { TERM_COLUMNS = 20, TERM_LINES = 3 };

static struct {
    uint32_t cells[TERM_LINES][TERM_COLUMNS]; /* 0: right half of a wide one */
    int y, x;
} term;

static void
term_clear(void)
{
    for (int y = 0; y < TERM_LINES; y++)
        for (int x = 0; x < TERM_COLUMNS; x++)
            term.cells[y][x] = ' ';
}

/* Cursor addresses, clearing and looks: nothing else may be sent. */
static size_t
term_escape(const char *p)
{
    char *end;
    long y = 1, x = 1;

    assert_int_equal(p[1], '[');
    y = strtol(p + 2, &end, 10);
    while (*end == ';')
        x = strtol(end + 1, &end, 10);
    if (*end == 'H') {
        assert_in_range(y, 1, TERM_LINES);
        assert_in_range(x, 1, TERM_COLUMNS);
        term.y = (int)y - 1;
        term.x = (int)x - 1;
    } else if (*end == 'J') {
        term_clear();
    } else {
        assert_int_equal(*end, 'm');
    }
    return (size_t)(end - p) + 1;
}

static void
term_write(const struct buf *b)
{
    for (size_t at = 0; at < b->n;) {
        uint32_t rune;
        size_t len;
        int width;

        if (b->p[at] == '\033') {
            at += term_escape(b->p + at);
            continue;
        }
        len = utf8_decode(b->p + at, b->n - at, &rune);
        assert_true(len > 0 && rune >= ' ');
        width = (int)utf8_width(rune);
        assert_in_range(width, 1, 2);
        assert_true(term.x + width <= TERM_COLUMNS);
        term.cells[term.y][term.x] = rune;
        if (width == 2)
            term.cells[term.y][term.x + 1] = 0;
        term.x += width;
        at += len;
    }
}

static void
assert_term_shows(const struct top_grid *g)
{
    for (int y = 0; y < TERM_LINES; y++)
        for (int x = 0; x < TERM_COLUMNS; x++) {
            const struct top_cell *c = &g->cells[y * g->columns + x];
            uint32_t want = 0;

            if (c->n > 0)
                assert_int_equal(utf8_decode(c->bytes, c->n, &want), c->n);
            assert_int_equal(term.cells[y][x], want);
        }
}

/* --- tests --- */

static void
assert_printed(const struct top_grid *g, const char *want)
{
    struct buf b;

    buf_init(&b, TOP_DRAW_BYTES);
    assert_int_equal(top_grid_print(g, &b), ERR_OK);
    assert_int_equal(b.n, strlen(want));
    assert_memory_equal(b.p, want, b.n);
    buf_fini(&b);
}

static void
test_text_is_cut_by_columns(void **state)
{
    const struct {
        struct str in;
        int width;
        const char *want;
    } rows[] = {
        {STR("abc"), 5, "abc\n"},
        {STR("abcde"), 5, "abcde\n"},
        {STR("abcdef"), 5, "abcd~\n"},
        {STR("abcdef"), 1, "~\n"},
        {STR("abcdef"), 0, ""},
        {STR("abcdef"), -3, ""},
        {STR(""), 5, ""},
        /* what would move the cursor, or hide or turn round what follows */
        {STR("a\x1b[2Jb"), 20, "a\\x1b[2Jb\n"},
        {STR("a\nb\rc\0"), 20, "a\\x0ab\\x0dc\\x00\n"},
        {STR("\xc2\x9bx"), 20, "\\xc2\\x9bx\n"},
        {STR("a\xe2\x80\xae-b"), 20, "a\\xe2\\x80\\xae-b\n"},
        {STR("\xff\xfe"), 20, "\\xff\\xfe\n"},
        /* marks that combine would make a cell of two characters */
        {STR("e\xcc\x81x"), 20, "ex\n"},
        /* wide ones: two columns, never half of one */
        {STR("\xe4\xb8\xad\xe6\x96\x87"), 4, "\xe4\xb8\xad\xe6\x96\x87\n"},
        {STR("\xe4\xb8\xad\xe6\x96\x87"), 3, "\xe4\xb8\xad~\n"},
        {STR("\xe4\xb8\xad\xe6\x96\x87"), 2, "~\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct top_grid g;

        top_grid_init(&g, 20, 2);
        assert_true(
            top_grid_put(&g, 0, 0, rows[i].width, TOP_PLAIN, rows[i].in) <=
            (rows[i].width > 0 ? rows[i].width : 0));
        assert_printed(&g, rows[i].want);
        top_grid_fini(&g);
    }
}

static void
test_nothing_is_put_outside(void **state)
{
    static const struct {
        int y, x, width;
    } rows[] = {{-1, 0, 9}, {2, 0, 9}, {0, -1, 9}, {0, 10, 9}, {1, 9, 900}};
    struct top_grid g;

    (void)state;
    top_grid_init(&g, 10, 2);
    for (size_t i = 0; i < COUNT(rows); i++) {
        top_grid_put(&g, rows[i].y, rows[i].x, rows[i].width, TOP_BAD,
                     STR("xyz"));
        top_grid_put_right(&g, rows[i].y, rows[i].x, rows[i].width, TOP_BAD,
                           STR("xyz"));
        top_grid_paint(&g, rows[i].y, rows[i].x, rows[i].width, TOP_BAD);
    }
    assert_printed(&g, "\n         ~\n");
    top_grid_fini(&g);
}

static void
test_right_is_at_the_fields_end(void **state)
{
    struct top_grid g;

    (void)state;
    top_grid_init(&g, 20, 3);
    top_grid_put_right(&g, 0, 2, 6, TOP_PLAIN, STR("12"));
    top_grid_put_right(&g, 1, 2, 6, TOP_PLAIN, STR("12345678"));
    top_grid_put_right(&g, 2, 2, 6, TOP_PLAIN, STR("\xe4\xb8\xad"));
    assert_printed(&g, "      12\n  12345~\n      \xe4\xb8\xad\n");
    top_grid_fini(&g);
}

static void
test_sizes_are_bounded(void **state)
{
    struct top_grid g;

    (void)state;
    top_grid_init(&g, 0, -5);
    assert_int_equal(g.columns * g.lines, 1);
    top_grid_fini(&g);
    top_grid_init(&g, 100000, 100000);
    assert_int_equal(g.columns, TOP_COLUMNS_MAX);
    assert_int_equal(g.lines, TOP_LINES_MAX);
    top_grid_fini(&g);
}

static void
random_fill(struct top_grid *g, unsigned *seed)
{
    static const struct str words[] = {
        STR("a"),      STR("some words"), STR("\xe4\xb8\xad\xe6\x96\x87"),
        STR("\x1b[H"), STR("      "),     STR("x\xe4\xb8\xady")};

    for (unsigned i = *seed % 7; i > 0; i--) {
        *seed = *seed * 1103515245u + 12345u;
        top_grid_put(g, (int)(*seed >> 16) % TERM_LINES,
                     (int)(*seed >> 20) % TERM_COLUMNS, TERM_COLUMNS,
                     (enum top_look)((*seed >> 8) % 7),
                     words[(*seed >> 24) % COUNT(words)]);
    }
    *seed = *seed * 1103515245u + 12345u;
}

/* whatever stood there: what is sent makes the terminal show the grid */
static void
test_differences_make_the_new_screen(void **state)
{
    unsigned seed = 1;
    struct top_grid was = {.cells = NULL};
    struct buf b;

    (void)state;
    term_clear();
    buf_init(&b, TOP_DRAW_BYTES);
    for (int i = 0; i < 3000; i++) {
        struct top_grid now;

        top_grid_init(&now, TERM_COLUMNS, TERM_LINES);
        random_fill(&now, &seed);
        buf_reset(&b);
        assert_int_equal(
            top_grid_draw(was.cells ? &was : NULL, &now, i % 2, &b), ERR_OK);
        term_write(&b);
        assert_term_shows(&now);
        top_grid_fini(&was);
        was = now;
    }
    top_grid_fini(&was);
    buf_fini(&b);
}

static void
test_an_equal_screen_costs_nothing(void **state)
{
    struct top_grid a, b;
    struct buf out;

    (void)state;
    top_grid_init(&a, 80, 24);
    top_grid_init(&b, 80, 24);
    for (int y = 0; y < 24; y++) {
        top_grid_put(&a, y, 0, 80, TOP_BOLD, STR("the same, line by line"));
        top_grid_put(&b, y, 0, 80, TOP_BOLD, STR("the same, line by line"));
    }
    buf_init(&out, TOP_DRAW_BYTES);
    assert_int_equal(top_grid_draw(&a, &b, true, &out), ERR_OK);
    assert_int_equal(out.n, 0);
    top_grid_put(&b, 7, 10, 1, TOP_BOLD, STR("X"));
    assert_int_equal(top_grid_draw(&a, &b, true, &out), ERR_OK);
    assert_true(out.n > 0 && out.n < 32);
    top_grid_fini(&a);
    top_grid_fini(&b);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_cut_by_columns),
        cmocka_unit_test(test_nothing_is_put_outside),
        cmocka_unit_test(test_right_is_at_the_fields_end),
        cmocka_unit_test(test_sizes_are_bounded),
        cmocka_unit_test(test_differences_make_the_new_screen),
        cmocka_unit_test(test_an_equal_screen_costs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
