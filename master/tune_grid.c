/*
 * tune_grid - which cells there are, and what their figures tell.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* As fast as the fastest, as far as one run can tell. */
static const double TUNE_SAME = 0.95;
/* What more threads must bring at least to pay. */
static const double TUNE_PAYS = 1.10;
/* Errors rise: by so many of a hundred, and by two standard deviations. */
static const double TUNE_RISE = 0.02;

const char *
tune_class_key(enum tune_class c)
{
    static const char *const keys[] = {
#define TUNE_CLASS_KEY(name, key, words) key,
        TUNE_CLASSES_TABLE(TUNE_CLASS_KEY)
#undef TUNE_CLASS_KEY
    };

    return keys[c];
}

const char *
tune_class_words(enum tune_class c)
{
    static const char *const all[] = {
#define TUNE_CLASS_WORDS(name, key, words) words,
        TUNE_CLASSES_TABLE(TUNE_CLASS_WORDS)
#undef TUNE_CLASS_WORDS
    };

    return all[c];
}

const char *
tune_state_word(enum tune_state s)
{
    static const char *const words[] = {"waits", "done", "cut", "failed"};

    return words[s];
}

/* --- the grid --- */

uint64_t
tune_transfers(const struct tune_cell *c)
{
    return (uint64_t)c->procs * (uint64_t)c->threads * (uint64_t)c->connections;
}

bool
tune_is_serial(const struct tune_cell *c)
{
    return tune_transfers(c) == 1;
}

/* By transfers; of as many, first what has fewer processes and threads. */
static int
tune_compare(const void *x, const void *y)
{
    const struct tune_cell *a = x, *b = y;
    uint64_t ta = tune_transfers(a), tb = tune_transfers(b);

    if (ta != tb)
        return ta < tb ? -1 : 1;
    if (a->procs * a->threads != b->procs * b->threads)
        return a->procs * a->threads < b->procs * b->threads ? -1 : 1;
    return a->procs < b->procs ? -1 : a->procs > b->procs;
}

static bool
tune_has(const struct tune_grid *g, const struct tune_cell *c)
{
    for (size_t i = 0; i < g->count; i++)
        if (tune_compare(&g->cells[i], c) == 0)
            return true;
    return false;
}

static enum err
tune_add(struct tune_grid *g, int64_t procs, int64_t threads,
         int64_t connections)
{
    struct tune_cell cell = {
        .procs = procs, .threads = threads, .connections = connections};

    if (tune_has(g, &cell))
        return ERR_OK;
    if (g->count == TUNE_CELLS_MAX)
        return ERR_TOO_BIG;
    g->cells[g->count++] = cell;
    return ERR_OK;
}

enum err
tune_grid_make(struct tune_grid *g, const struct tune_numbers *procs,
               const struct tune_numbers *threads,
               const struct tune_numbers *connections)
{
    enum err e;

    g->count = 0;
    e = tune_add(g, 1, 1, 1);
    for (size_t p = 0; p < procs->n; p++)
        for (size_t t = 0; t < threads->n; t++)
            for (size_t k = 0; k < connections->n && e == ERR_OK; k++)
                e = tune_add(g, procs->v[p], threads->v[t], connections->v[k]);
    qsort(g->cells, g->count, sizeof(g->cells[0]), tune_compare);
    return e;
}

const char *
tune_name(const struct tune_cell *c, char out[TUNE_NAME_BYTES])
{
    snprintf(out, TUNE_NAME_BYTES, "%lld x %lld x %lld", (long long)c->procs,
             (long long)c->threads, (long long)c->connections);
    return out;
}

const char *
tune_file(const struct tune_cell *c, char out[TUNE_NAME_BYTES])
{
    snprintf(out, TUNE_NAME_BYTES, "p%lld-t%lld-c%lld", (long long)c->procs,
             (long long)c->threads, (long long)c->connections);
    return out;
}

/* --- its figures --- */

bool
tune_is_measured(const struct tune_cell *c)
{
    return c->state == TUNE_DONE || c->state == TUNE_CUT;
}

double
tune_pages_per_s(const struct tune_cell *c)
{
    if (!tune_is_measured(c) || c->crawl_ms == 0)
        return 0;
    return (double)c->pages * 1000 / (double)c->crawl_ms;
}

double
tune_error_share(const struct tune_cell *c)
{
    uint64_t all = c->pages + c->errors;

    return all > 0 ? (double)c->errors / (double)all : 0;
}

double
tune_cpu_ms_per_page(const struct tune_cell *c)
{
    return c->pages > 0 ? (double)c->cpu_us / 1000 / (double)c->pages : 0;
}

double
tune_speed_up(const struct tune_grid *g, const struct tune_cell *c)
{
    double serial = 0;

    for (size_t i = 0; i < g->count; i++)
        if (tune_is_serial(&g->cells[i]))
            serial = tune_pages_per_s(&g->cells[i]);
    return serial > 0 ? tune_pages_per_s(c) / serial : 0;
}

uint64_t
tune_whole_ms(const struct tune_cell *c, uint64_t sites)
{
    uint64_t done = c->pages + c->errors;

    if (c->state != TUNE_CUT || done == 0 || done >= sites)
        return c->crawl_ms;
    return (uint64_t)((double)c->crawl_ms * (double)sites / (double)done);
}

/* --- the verdict --- */

/*
 * Whether more of c fails than did below it, where failed of all did: a part
 * of the sites is always dead, and of a small sample one more may be.
 */
static bool
tune_has_more_errors(const struct tune_cell *c, uint64_t failed, uint64_t all)
{
    uint64_t n = c->pages + c->errors;
    double share, deviation;

    if (all == 0 || n == 0)
        return false;
    share = (double)failed / (double)all;
    deviation = sqrt(share * (1 - share) / (double)n);
    return tune_error_share(c) > share + TUNE_RISE + 2 * deviation;
}

static size_t
tune_find_errors(const struct tune_grid *g)
{
    uint64_t failed = 0, all = 0;

    for (size_t i = 0; i < g->count; i++) {
        const struct tune_cell *c = &g->cells[i];

        if (!tune_is_measured(c))
            continue;
        if (tune_has_more_errors(c, failed, all))
            return i;
        failed += c->errors;
        all += c->pages + c->errors;
    }
    return g->count;
}

/* The fastest of those before the cell end; g->count when none has pages. */
static size_t
tune_find_fastest(const struct tune_grid *g, size_t end)
{
    size_t found = g->count;
    double most = 0;

    for (size_t i = 0; i < end; i++)
        if (tune_pages_per_s(&g->cells[i]) > most) {
            most = tune_pages_per_s(&g->cells[i]);
            found = i;
        }
    return found;
}

void
tune_judge(const struct tune_grid *g, struct tune_verdict *out)
{
    size_t errors_from = tune_find_errors(g);
    size_t good = tune_find_fastest(g, errors_from);
    double most;

    *out = (struct tune_verdict){.fastest = tune_find_fastest(g, g->count),
                                 .best = g->count,
                                 .knee = g->count,
                                 .errors_from = errors_from};
    if (good == g->count)
        return;
    most = tune_pages_per_s(&g->cells[good]);
    for (size_t i = 0; i < errors_from; i++) {
        double rate = tune_pages_per_s(&g->cells[i]);

        if (out->knee == g->count && rate * TUNE_PAYS >= most)
            out->knee = i;
        if (out->best == g->count && rate >= most * TUNE_SAME)
            out->best = i;
    }
}

/* --- what is still to come --- */

static double
tune_distance(const struct tune_cell *a, const struct tune_cell *b)
{
    return fabs(log((double)tune_transfers(a)) -
                log((double)tune_transfers(b)));
}

static uint64_t
tune_guess_ms(const struct tune_grid *g, const struct tune_cell *c,
              uint64_t max_ms)
{
    const struct tune_cell *near = NULL;
    double ms;

    for (size_t i = 0; i < g->count; i++)
        if (tune_is_measured(&g->cells[i]) &&
            (near == NULL ||
             tune_distance(&g->cells[i], c) <= tune_distance(near, c)))
            near = &g->cells[i];
    if (near == NULL)
        return max_ms;
    ms = (double)near->elapsed_ms;
    if (tune_transfers(c) < tune_transfers(near))
        ms *= (double)tune_transfers(near) / (double)tune_transfers(c);
    return ms < (double)max_ms ? (uint64_t)ms : max_ms;
}

uint64_t
tune_eta_ms(const struct tune_grid *g, uint64_t max_ms, uint64_t rest_ms)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < g->count; i++)
        if (g->cells[i].state == TUNE_WAITS)
            sum +=
                tune_guess_ms(g, &g->cells[i], max_ms) + (i > 0 ? rest_ms : 0);
    return sum;
}
