/* SPDX-License-Identifier: MIT */
#include "worker/link_row.h"

enum { LINK_ROW_REL_MAX = 200 /* bytes; a list of words, seldom over 30 */ };

static enum err
link_row_field(struct str field, struct buf *out)
{
    enum err e = ERR_OK;
    size_t from = 0;

    for (size_t i = 0; i < field.n && e == ERR_OK; i++) {
        char escaped[2] = {'\\', field.p[i]};

        if (field.p[i] == '\t')
            escaped[1] = 't';
        else if (field.p[i] == '\n')
            escaped[1] = 'n';
        else if (field.p[i] == '\r')
            escaped[1] = 'r';
        else if (field.p[i] != '\\')
            continue;
        e = buf_add(out, field.p + from, i - from);
        if (e == ERR_OK)
            e = buf_add(out, escaped, sizeof(escaped));
        from = i + 1;
    }
    return e == ERR_OK ? buf_add(out, field.p + from, field.n - from) : e;
}

/* The words of rel with a blank between them, the first LINK_ROW_REL_MAX. */
static enum err
link_row_rel(struct str rel, struct buf *out)
{
    size_t start = out->n;
    enum err e = ERR_OK;

    while (e == ERR_OK) {
        struct str word;
        size_t n = 0;

        rel = str_trim(rel);
        while (n < rel.n && !str_is_space(rel.p[n]))
            n++;
        word = (struct str){rel.p, n};
        if (n == 0 || out->n - start + 1 + n > LINK_ROW_REL_MAX)
            return ERR_OK;
        if (out->n > start)
            e = buf_add_char(out, ' ');
        if (e == ERR_OK)
            e = link_row_field(word, out);
        rel.p += n;
        rel.n -= n;
    }
    return e;
}

enum err
link_row_write(const struct link_row *row, struct buf *out)
{
    const struct str fields[] = {row->source, row->target, row->text};
    size_t start = out->n;
    enum err e = ERR_OK;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && e == ERR_OK;
         i++) {
        if (fields[i].n > 0)
            e = link_row_field(fields[i], out);
        if (e == ERR_OK)
            e = buf_add_char(out, '\t');
    }
    if (e == ERR_OK && row->rel.n > 0)
        e = link_row_rel(row->rel, out);
    if (e == ERR_OK)
        e = buf_add_char(out, '\n');
    if (e != ERR_OK)
        out->n = start;
    return e;
}
