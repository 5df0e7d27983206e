/* SPDX-License-Identifier: MIT */
#include "worker/extract_row.h"

#include <stdlib.h>

#include "common/json_line.h"
#include "common/mem.h"

enum { EXTRACT_KEEP_BYTES = 256 << 10 }; /* of memory, from row to row */

void
extract_row_init(struct extract_row *r, size_t text_max)
{
    *r = (struct extract_row){0};
    buf_init(&r->text, text_max);
}

void
extract_row_fini(struct extract_row *r)
{
    buf_fini(&r->text);
    free(r->items);
    free(r->cells);
}

void
extract_row_keep(struct extract_row *r, size_t count)
{
    const struct extract_item *last;

    r->count = count;
    r->items_count =
        count > 0 ? r->cells[count - 1].first + r->cells[count - 1].count : 0;
    last = r->items_count > 0 ? &r->items[r->items_count - 1] : NULL;
    r->text.n = last ? last->at + last->n : 0;
    if (r->text.n == 0 && r->text.cap > EXTRACT_KEEP_BYTES)
        buf_fini(&r->text);
}

void
extract_row_cell(struct extract_row *r, const char *name, bool is_list)
{
    if (r->count == r->cells_cap) {
        r->cells_cap = r->cells_cap ? r->cells_cap * 2 : 16;
        r->cells = xreallocarray(r->cells, r->cells_cap, sizeof(r->cells[0]));
    }
    r->cells[r->count++] = (struct extract_cell){
        .name = name, .is_list = is_list, .first = r->items_count};
}

void
extract_row_item(struct extract_row *r, enum extract_type type, size_t at)
{
    if (r->items_count == r->items_cap) {
        r->items_cap = r->items_cap ? r->items_cap * 2 : 16;
        r->items = xreallocarray(r->items, r->items_cap, sizeof(r->items[0]));
    }
    r->items[r->items_count++] =
        (struct extract_item){.type = type, .at = at, .n = r->text.n - at};
    r->cells[r->count - 1].count++;
}

void
extract_row_add(struct extract_row *r, const char *name, struct str text)
{
    size_t at = r->text.n;

    extract_row_cell(r, name, false);
    if (buf_add_str(&r->text, text) == ERR_OK)
        extract_row_item(r, EXTRACT_TEXT, at);
}

static struct str
extract_item_text(const struct extract_row *r, const struct extract_item *item)
{
    return (struct str){r->text.p + item->at, item->n};
}

/* --- JSON --- */

static void
extract_json_item(struct json_line *line, const char *key,
                  const struct extract_row *r, const struct extract_item *item)
{
    struct str text = extract_item_text(r, item);

    switch (item->type) {
    case EXTRACT_NUMBER:
        json_line_number(line, key, text);
        break;
    case EXTRACT_BOOL:
        json_line_bool(line, key, str_equal(text, STR("true")));
        break;
    default:
        json_line_str(line, key, item->n > 0 ? text : STR(""));
    }
}

enum err
extract_row_json(const struct extract_row *r, bool is_truncated,
                 struct buf *out)
{
    struct json_line line;

    json_line_begin(&line, out);
    for (size_t i = 0; i < r->count; i++) {
        const struct extract_cell *cell = &r->cells[i];

        if (cell->is_list)
            json_line_list(&line, cell->name);
        else if (cell->count == 0)
            json_line_str(&line, cell->name, STR_NONE);
        for (size_t j = 0; j < cell->count; j++)
            extract_json_item(&line, cell->is_list ? NULL : cell->name, r,
                              &r->items[cell->first + j]);
        if (cell->is_list)
            json_line_list_end(&line);
    }
    if (is_truncated)
        json_line_bool(&line, "truncated", true);
    return json_line_end(&line);
}

/* --- CSV --- */

static bool
extract_is_odd_cell(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\n' || s.p[i] == '\r')
            return true;
    return s.n > 0 && (str_is_space(s.p[0]) || str_is_space(s.p[s.n - 1]));
}

/* What stands in out from the offset on becomes a cell: RFC 4180, 2.5-2.7. */
static enum err
extract_csv_quote(struct buf *out, size_t at)
{
    size_t quotes = 2, to;

    if (!extract_is_odd_cell((struct str){out->p + at, out->n - at}))
        return ERR_OK;
    for (size_t i = at; i < out->n; i++)
        quotes += out->p[i] == '"';
    if (buf_reserve(out, quotes) != ERR_OK)
        return ERR_TOO_BIG;
    to = out->n + quotes;
    out->p[--to] = '"';
    for (size_t i = out->n; i > at; i--) {
        out->p[--to] = out->p[i - 1];
        if (out->p[i - 1] == '"')
            out->p[--to] = '"';
    }
    out->p[--to] = '"';
    out->n += quotes;
    return ERR_OK;
}

static enum err
extract_csv_cell(const struct extract_row *r, const struct extract_cell *cell,
                 struct buf *out)
{
    size_t at = out->n;
    enum err e = ERR_OK;

    for (size_t i = 0; i < cell->count && e == ERR_OK; i++) {
        if (i > 0)
            e = buf_add_str(out, STR("; "));
        if (e == ERR_OK)
            e = buf_add_str(out,
                            extract_item_text(r, &r->items[cell->first + i]));
    }
    return e == ERR_OK ? extract_csv_quote(out, at) : e;
}

static const struct extract_cell *
extract_find_cell(const struct extract_row *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->cells[i].name, name) == 0)
            return &r->cells[i];
    return NULL;
}

enum err
extract_row_csv(const struct extract_row *r, const char *const *names,
                size_t count, bool is_truncated, struct buf *out)
{
    size_t start = out->n;
    enum err e = ERR_OK;

    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        const struct extract_cell *cell = extract_find_cell(r, names[i]);

        if (i > 0)
            e = buf_add_char(out, ',');
        if (e == ERR_OK && cell)
            e = extract_csv_cell(r, cell, out);
    }
    if (e == ERR_OK)
        e = buf_add_str(out, is_truncated ? STR(",true\r\n") : STR(",\r\n"));
    if (e != ERR_OK)
        out->n = start;
    return e;
}

enum err
extract_row_head(const char *const *names, size_t count, struct buf *out)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = buf_addf(out, "%s,", names[i]);
    return e == ERR_OK ? buf_add_str(out, STR("truncated\r\n")) : e;
}
