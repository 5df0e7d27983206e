/*
 * One buffer: the row at start is judged where it lies, and what is left is
 * moved to the front when more must be read.  Ends of line are found by
 * memchr; the next LF is remembered, so a file with CRs only is not searched
 * to its end for each row.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/seed_reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum {
    SEED_READER_BYTES = 128 * 1024,
    SEED_READER_ROW_COST = 64 /* of a skipped row, in bytes of skipping */
};

struct seed_reader {
    seed_read_fn read;
    void *arg;
    size_t start, end; /* bytes start..end of buf are not used up */
    size_t lf;         /* the first LF at or behind start; end if none */
    bool is_eof;
    bool is_failed;
    bool is_after_cr; /* an LF that comes next belongs to that CR */
    bool is_in_long;  /* the rest of a too long row comes next */
    uint64_t line;    /* lines used up */
    uint64_t passed;  /* rows used up */
    char *buf;
    struct seed_columns columns;
};

struct seed_reader *
seed_reader_new(seed_read_fn read, void *arg)
{
    struct seed_reader *r = xcalloc(1, sizeof(*r));

    r->buf = xmalloc(SEED_READER_BYTES);
    r->read = read;
    r->arg = arg;
    seed_reader_reset(r);
    return r;
}

void
seed_reader_free(struct seed_reader *r)
{
    if (r == NULL)
        return;
    free(r->buf);
    free(r);
}

void
seed_reader_reset(struct seed_reader *r)
{
    r->start = r->end = r->lf = 0;
    r->is_eof = r->is_failed = r->is_after_cr = r->is_in_long = false;
    seed_columns_init(&r->columns);
    r->line = r->passed = 0;
}

uint64_t
seed_reader_passed(const struct seed_reader *r)
{
    return r->passed;
}

/* ---- lines ---- */

/* Read more behind end, moving what is left to the front where needed. */
static void
seed_reader_fill(struct seed_reader *r)
{
    size_t got = 0;
    const char *lf;

    if (r->is_eof)
        return;
    if (r->end == SEED_READER_BYTES || r->start == r->end) {
        memmove(r->buf, r->buf + r->start, r->end - r->start);
        r->end -= r->start;
        r->lf -= r->start;
        r->start = 0;
    }
    if (r->read(r->arg, r->buf + r->end, SEED_READER_BYTES - r->end, &got) !=
        ERR_OK) {
        r->is_failed = true;
        got = 0;
    }
    if (got == 0) {
        r->is_eof = true;
        return;
    }
    if (r->lf == r->end) {
        lf = memchr(r->buf + r->end, '\n', got);
        r->lf = lf ? (size_t)(lf - r->buf) : r->end + got;
    }
    r->end += got;
}

static void
seed_reader_advance(struct seed_reader *r, size_t to)
{
    const char *lf;

    r->start = to;
    if (r->lf >= to)
        return;
    lf = memchr(r->buf + to, '\n', r->end - to);
    r->lf = lf ? (size_t)(lf - r->buf) : r->end;
}

/*
 * Where the line at start ends: at a CR or LF, or at the end of what was read
 * when that is near.  False: not within SEED_ROW_MAX bytes.
 */
static bool
seed_reader_line_end(const struct seed_reader *r, size_t *at)
{
    size_t far = r->start + SEED_ROW_MAX + 1;
    size_t stop = r->lf < far ? r->lf : far;
    const char *cr = memchr(r->buf + r->start, '\r', stop - r->start);

    *at = cr ? (size_t)(cr - r->buf) : stop;
    return *at < far;
}

/* Use up the line that ends at at, with one end of line. */
static void
seed_reader_end_line(struct seed_reader *r, size_t at)
{
    r->line++;
    if (at == r->end) {
        seed_reader_advance(r, at);
        return;
    }
    r->is_after_cr = r->buf[at] == '\r';
    seed_reader_advance(r, at + 1);
}

/* The LF of a CRLF, which may come a read later than its CR. */
static void
seed_reader_skip_lf(struct seed_reader *r)
{
    if (!r->is_after_cr)
        return;
    if (r->start == r->end)
        seed_reader_fill(r);
    if (r->start < r->end && r->buf[r->start] == '\n')
        seed_reader_advance(r, r->start + 1);
    r->is_after_cr = false;
}

/* Drop the rest of a too long row; false after SEED_READER_PAUSE_BYTES. */
static bool
seed_reader_skip_long(struct seed_reader *r)
{
    size_t skipped = 0;

    while (r->is_in_long && skipped < SEED_READER_PAUSE_BYTES) {
        const char *cr = memchr(r->buf + r->start, '\r', r->lf - r->start);
        size_t at = cr ? (size_t)(cr - r->buf) : r->lf;

        if (at < r->end || r->is_eof) {
            seed_reader_end_line(r, at);
            r->is_in_long = false;
        } else {
            skipped += r->end - r->start;
            seed_reader_advance(r, r->end);
            seed_reader_fill(r);
        }
    }
    return !r->is_in_long;
}

/* ---- rows ---- */

/*
 * A row that holds quotes may end behind its line: the new end, and
 * row->wrong.  line is the row without a BOM.
 */
static size_t
seed_reader_quoted_end(struct seed_reader *r, struct str line, size_t at,
                       struct seed_row *row)
{
    const char *from = r->buf + r->start;
    size_t breaks, end;
    size_t room = r->end - r->start;

    room = room < SEED_ROW_MAX ? room : SEED_ROW_MAX;
    room -= (size_t)(line.p - from);
    end = (size_t)(line.p - r->buf) +
          seed_columns_check_quotes(&r->columns, (struct str){line.p, room},
                                    line.n, &breaks, &row->wrong);
    if (end < r->end && r->buf[end] != '\n' && r->buf[end] != '\r') {
        row->wrong = "a quote is not closed"; /* within SEED_ROW_MAX */
        return at;
    }
    r->line += breaks;
    return end;
}

/* A row of the line at start..at: *row, or false for what is none. */
static bool
seed_reader_take(struct seed_reader *r, size_t at, struct seed_row *row)
{
    struct str line = {r->buf + r->start, at - r->start}, rest;

    *row = (struct seed_row){.text = line, .line = r->line + 1};
    if (r->line == 0 && str_starts(line, STR("\xef\xbb\xbf"))) {
        line.p += 3;
        line.n -= 3;
    }
    if (r->line == 0 && (str_starts(line, STR("\xff\xfe")) ||
                         str_starts(line, STR("\xfe\xff"))))
        row->wrong = "UTF-16 text; it must be UTF-8";
    rest = str_trim(line);
    if (r->line == 0 &&
        (str_starts(rest, STR("<?xml")) || str_starts(rest, STR("<urlset")) ||
         str_starts(rest, STR("<sitemapindex"))))
        row->wrong = "XML, no list; of a sitemap or feed give the URL, in a "
                     "list of its own";
    if (rest.n == 0 || rest.p[0] == '#') {
        seed_reader_end_line(r, at);
        return false;
    }
    seed_columns_look(&r->columns, line);
    if (row->wrong == NULL && memchr(line.p, '"', line.n) != NULL) {
        at = seed_reader_quoted_end(r, line, at, row);
        row->text.n = at - r->start;
    }
    seed_reader_end_line(r, at);
    if (row->wrong != NULL)
        return true;
    if (seed_columns_learn(&r->columns, line))
        return false;
    if (!seed_columns_cut(&r->columns, line, &row->field))
        row->wrong = "too few columns";
    return true;
}

/*
 * Make sure that the row at start can be judged: its line is whole, and if it
 * holds a quote, so is all that the quote may reach.  False at the end.
 */
static bool
seed_reader_has_row(struct seed_reader *r, size_t *at, bool *is_long)
{
    seed_reader_skip_lf(r);
    for (;;) {
        *is_long = !seed_reader_line_end(r, at);
        if (*is_long || r->is_eof)
            break;
        if (*at < r->end &&
            (r->end - r->start > SEED_ROW_MAX ||
             memchr(r->buf + r->start, '"', *at - r->start) == NULL))
            break;
        seed_reader_fill(r);
    }
    /* what a failure cut off is no row: "exampl" for "example.com" */
    if (r->is_failed && *at == r->end)
        return false;
    return r->start < r->end;
}

enum seed_read
seed_reader_next(struct seed_reader *r, struct seed_row *row)
{
    size_t skipped = 0, at, before;
    bool is_long;

    while (skipped < SEED_READER_PAUSE_BYTES) {
        if (r->is_in_long && !seed_reader_skip_long(r))
            return SEED_READ_PAUSE;
        if (!seed_reader_has_row(r, &at, &is_long))
            return r->is_failed ? SEED_READ_ERROR : SEED_READ_END;
        r->passed++;
        if (is_long) {
            *row = (struct seed_row){.text = {r->buf + r->start, SEED_ROW_MAX},
                                     .wrong = "longer than 4096 bytes",
                                     .line = r->line + 1};
            r->is_in_long = true;
            return SEED_READ_ROW;
        }
        before = r->start;
        if (seed_reader_take(r, at, row))
            return SEED_READ_ROW;
        skipped += r->start - before + SEED_READER_ROW_COST;
    }
    return SEED_READ_PAUSE;
}
