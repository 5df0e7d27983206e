/*
 * tune_text - the table for a terminal, the verdict in words, the CSV.  Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/tune.h"

#include <inttypes.h>
#include <string.h>

#include "common/log.h"
#include "master/progress.h"

#define COUNT(n) progress_count((n), (char[PROGRESS_TEXT_BYTES]){0})
#define BYTES(n) progress_bytes((double)(n), (char[PROGRESS_TEXT_BYTES]){0})
#define TIME(n) progress_time((n), (char[PROGRESS_TEXT_BYTES]){0})
#define NAME(c) tune_name((c), (char[TUNE_NAME_BYTES]){0})

enum { TUNE_NAME_WIDTH = 16 };

static void PRINTF_LIKE(2, 3)
    tune_add_text(struct buf *out, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    enum err e;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    e = buf_add_str(out, str_from(text));
    (void)e; /* far below its bound */
}

/* --- the table --- */

void
tune_text_head(struct buf *out)
{
    tune_add_text(out, "%-*s %7s %6s %8s %8s %8s %7s %6s %8s\n",
                  TUNE_NAME_WIDTH, "procs x threads", "", "", "", "", "", "",
                  "CPU ms", "");
    tune_add_text(out, "%-*s %7s %6s %8s %8s %8s %7s %6s %8s\n",
                  TUNE_NAME_WIDTH, " x connections", "pages", "failed",
                  "seconds", "pages/s", "speed-up", "CPU s", "/page", "memory");
}

/* "dns 12, timeout 3": nothing where nothing failed. */
static void
tune_text_classes(const struct tune_cell *c, struct buf *out)
{
    const char *between = "";

    for (enum tune_class i = 0; i < TUNE_CLASSES; i++)
        if (c->classes[i] > 0) {
            tune_add_text(out, "%s%s %s", between, tune_class_words(i),
                          COUNT(c->classes[i]));
            between = ", ";
        }
}

int
tune_decimals(uint64_t ms)
{
    return ms < 10000 ? 2 : ms < 100000 ? 1 : 0;
}

void
tune_text_row(const struct tune_view *v, const struct tune_cell *c,
              struct buf *out)
{
    double speed_up = tune_speed_up(v->grid, c);
    char seconds[32], times[32];

    if (c->state == TUNE_FAILED) {
        tune_add_text(out, "%-*s failed: %s\n", TUNE_NAME_WIDTH, NAME(c),
                      c->why);
        return;
    }
    snprintf(seconds, sizeof(seconds), "%s%.*f",
             c->state == TUNE_CUT ? ">" : "", tune_decimals(c->crawl_ms),
             (double)c->crawl_ms / 1000);
    snprintf(times, sizeof(times), speed_up > 0 ? "%.1fx" : "-", speed_up);
    tune_add_text(out, "%-*s %7s %6s %8s %8.1f %8s %7.2f %6.2f %8s\n",
                  TUNE_NAME_WIDTH, NAME(c), COUNT(c->pages), COUNT(c->errors),
                  seconds, tune_pages_per_s(c), times,
                  (double)c->cpu_us / 1000000, tune_cpu_ms_per_page(c),
                  BYTES(c->memory_bytes));
    if (c->errors > 0) {
        tune_add_text(out, "%-*s failed: ", TUNE_NAME_WIDTH, "");
        tune_text_classes(c, out);
        tune_add_text(out, "\n");
    }
}

/* --- the verdict --- */

static void
tune_text_best(const struct tune_view *v, struct buf *out)
{
    const struct tune_cell *c = &v->grid->cells[v->verdict.best];
    double times = tune_speed_up(v->grid, c);

    tune_add_text(out,
                  "best: --procs %" PRId64 " --threads %" PRId64
                  " --connections %" PRId64 ": %.1f pages a second",
                  c->procs, c->threads, c->connections, tune_pages_per_s(c));
    if (times > 0)
        tune_add_text(out, ", %.1f times the serial crawl", times);
    tune_add_text(out, "\n");
}

static void
tune_text_knee(const struct tune_view *v, struct buf *out)
{
    const struct tune_grid *g = v->grid;
    const struct tune_verdict *d = &v->verdict;
    const struct tune_cell *knee = &g->cells[d->knee];
    bool is_last = true;

    for (size_t i = d->knee + 1; i < g->count; i++)
        is_last = is_last && !tune_is_measured(&g->cells[i]);
    if (is_last)
        tune_add_text(out,
                      "more may pay still: nothing beyond %s was "
                      "measured\n",
                      NAME(knee));
    else
        tune_add_text(out,
                      "more stops paying at %s, %s transfer%s at a time: "
                      "nothing beyond is a tenth faster\n",
                      NAME(knee), COUNT(tune_transfers(knee)),
                      tune_transfers(knee) == 1 ? "" : "s");
}

static void
tune_text_errors(const struct tune_view *v, struct buf *out)
{
    const struct tune_grid *g = v->grid;
    const struct tune_cell *c;
    uint64_t failed = 0, all = 0;

    if (v->verdict.errors_from == g->count) {
        tune_add_text(out, "errors do not rise with the number of transfers\n");
        return;
    }
    c = &g->cells[v->verdict.errors_from];
    for (size_t i = 0; i < v->verdict.errors_from; i++)
        if (tune_is_measured(&g->cells[i])) {
            failed += g->cells[i].errors;
            all += g->cells[i].pages + g->cells[i].errors;
        }
    tune_add_text(out,
                  "errors rise from %s on: %.1f %% fail, %.1f %% with fewer "
                  "transfers (",
                  NAME(c), 100 * tune_error_share(c),
                  all > 0 ? 100 * (double)failed / (double)all : 0);
    tune_text_classes(c, out);
    tune_add_text(out, ")\n");
}

static void
tune_text_serial(const struct tune_view *v, struct buf *out)
{
    const struct tune_cell *c = &v->grid->cells[0];

    if (c->state == TUNE_CUT && c->pages + c->errors < v->sites && c->pages > 0)
        tune_add_text(out,
                      "the serial crawl was cut at %s with %s of %s sites; all "
                      "would take it about %s\n",
                      TIME(c->crawl_ms), COUNT(c->pages + c->errors),
                      COUNT(v->sites), TIME(tune_whole_ms(c, v->sites)));
}

/* A run of a moment is mostly its beginning and its end. */
static void
tune_text_short(const struct tune_view *v, struct buf *out)
{
    enum { SHORT_MS = 3000 };
    const struct tune_cell *c = &v->grid->cells[v->verdict.fastest];

    if (c->crawl_ms < SHORT_MS)
        tune_add_text(out,
                      "the fastest run took %.2f s, which tells little: take a "
                      "larger --sample\n",
                      (double)c->crawl_ms / 1000);
}

void
tune_text_verdict(const struct tune_view *v, struct buf *out)
{
    const struct tune_grid *g = v->grid;

    if (v->verdict.best == g->count) {
        tune_add_text(out, "no setting is the best: nothing was fetched\n");
        return;
    }
    tune_text_best(v, out);
    tune_text_knee(v, out);
    tune_text_errors(v, out);
    tune_text_serial(v, out);
    tune_text_short(v, out);
}

/* --- CSV --- */

void
tune_csv(const struct tune_view *v, FILE *out)
{
    fputs("procs,threads,connections,state,sites,pages,finished,errors", out);
    for (enum tune_class i = 0; i < TUNE_CLASSES; i++)
        fprintf(out, ",errors_%s", tune_class_key(i));
    fputs(",seconds,pages_per_s,speed_up,answer_ms,cpu_s,"
          "cpu_ms_per_page,memory_bytes,run_seconds\n",
          out);
    for (size_t n = 0; n < v->grid->count; n++) {
        const struct tune_cell *c = &v->grid->cells[n];

        if (c->state == TUNE_WAITS)
            continue;
        fprintf(out,
                "%" PRId64 ",%" PRId64 ",%" PRId64 ",%s,%" PRIu64 ",%" PRIu64
                ",%" PRIu64 ",%" PRIu64,
                c->procs, c->threads, c->connections, tune_state_word(c->state),
                v->sites, c->pages, c->finished, c->errors);
        for (enum tune_class i = 0; i < TUNE_CLASSES; i++)
            fprintf(out, ",%" PRIu64, c->classes[i]);
        fprintf(out, ",%.3f,%.3f,%.3f,%" PRIu64 ",%.3f,%.3f,%" PRIu64 ",%.3f\n",
                (double)c->crawl_ms / 1000, tune_pages_per_s(c),
                tune_speed_up(v->grid, c), c->answer_ms,
                (double)c->cpu_us / 1000000, tune_cpu_ms_per_page(c),
                c->memory_bytes, (double)c->elapsed_ms / 1000);
    }
}
