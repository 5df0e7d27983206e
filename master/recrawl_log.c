/* SPDX-License-Identifier: MIT */
#include "master/recrawl_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/entry.h"
#include "common/log.h"
#include "common/mem.h"
#include "master/verify_line.h"

enum {
    RECRAWL_LINE_MAX = 1 << 18, /* far above any line of ours */
    RECRAWL_HOPS_MAX = 1000,    /* as common/entry.c has it */
    RECRAWL_LINES_A_CALL = 4096 /* some 4 ms */
};

struct recrawl_log {
    char *const *paths;
    size_t count, at;
    const struct scope *scope;
    struct scope_match *match;
    FILE *file;
    uint64_t row;
    struct buf line, space, url;
    bool has_ftp;
};

struct recrawl_log *
recrawl_log_new(char *const *paths, size_t count, const struct scope *scope,
                bool has_ftp)
{
    struct recrawl_log *l = xcalloc(1, sizeof(*l));

    l->paths = paths;
    l->count = count;
    l->scope = scope;
    l->has_ftp = has_ftp;
    l->match = scope_match_new(scope);
    buf_init(&l->line, RECRAWL_LINE_MAX);
    buf_init(&l->space, RECRAWL_LINE_MAX);
    buf_init(&l->url, URL_MAX_DEFAULT * 2);
    return l;
}

void
recrawl_log_free(struct recrawl_log *l)
{
    if (l == NULL)
        return;
    if (l->file)
        fclose(l->file);
    scope_match_free(l->match);
    buf_fini(&l->line);
    buf_fini(&l->space);
    buf_fini(&l->url);
    free(l);
}

/* A line without its end; one that is too long comes empty.  False: no more. */
static bool
recrawl_read_line(struct recrawl_log *l)
{
    char part[4096];

    buf_reset(&l->line);
    while (fgets(part, sizeof(part), l->file) != NULL) {
        size_t n = strcspn(part, "\n"); /* up to a NUL, which ours have not */
        bool is_end = part[n] == '\n' || n + 1 < sizeof(part);

        if (buf_add(&l->line, part, n) != ERR_OK)
            buf_reset(&l->line); /* its rest is no line of ours either */
        if (is_end)
            return true;
    }
    return false;
}

/* What came of it is final, and it may be there again. */
static bool
recrawl_is_wanted(const struct verify_line *line)
{
    return !line->will_retry && line->status != 410 &&
           line->depth <= ENTRY_DEPTH_MAX && line->hops <= RECRAWL_HOPS_MAX &&
           !str_equal(line->outcome, STR("BAD_URL"));
}

static bool
recrawl_take(struct recrawl_log *l, struct recrawl_url *out)
{
    struct verify_line line;

    if (verify_line_parse(buf_str(&l->line), &l->space, &line) != ERR_OK ||
        !recrawl_is_wanted(&line))
        return false;
    buf_reset(&l->url);
    if ((l->has_ftp ? url_parse_ftp(line.url, NULL, &l->url, &out->url)
                    : url_parse(line.url, NULL, &l->url, &out->url)) != ERR_OK)
        return false;
    out->depth = line.depth > 0 ? (unsigned)line.depth : 0;
    out->hops = line.hops > 0 ? (unsigned)line.hops : 0;
    out->referrer = line.referrer;
    out->row = l->row;
    return scope_judge(l->scope, l->match, &out->url, out->depth) == SCOPE_IN;
}

static enum recrawl_next
recrawl_failed(struct recrawl_log *l)
{
    log_warn("%s", LOG_ESC(str_from(l->paths[l->at])));
    if (l->file)
        fclose(l->file);
    l->file = NULL;
    l->at++;
    return RECRAWL_NEXT_ERROR;
}

enum recrawl_next
recrawl_log_next(struct recrawl_log *l, struct recrawl_url *out)
{
    for (int lines = 0; lines < RECRAWL_LINES_A_CALL; lines++) {
        if (l->at == l->count)
            return RECRAWL_NEXT_END;
        if (l->file == NULL) {
            l->file = fopen(l->paths[l->at], "re");
            if (l->file == NULL)
                return recrawl_failed(l);
        }
        if (!recrawl_read_line(l)) {
            if (ferror(l->file))
                return recrawl_failed(l);
            fclose(l->file);
            l->file = NULL;
            l->at++;
            continue;
        }
        l->row++;
        if (recrawl_take(l, out))
            return RECRAWL_NEXT_URL;
    }
    return RECRAWL_NEXT_PAUSE;
}
