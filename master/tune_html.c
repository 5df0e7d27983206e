/*
 * tune_html - tune.html: the table and its curves, one page whole in itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/tune.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/version.h"
#include "master/html.h"
#include "master/plot.h"
#include "master/report_parts.h"

enum { TUNE_TICKS = 8 }; /* as many there is room for, however narrow */

#define NAME(c) tune_name((c), (char[TUNE_NAME_BYTES]){0})

/* --- head --- */

static void
tune_tile(FILE *out, const char *label, const char *value, const char *sub)
{
    html_rawf(out,
              "<div><dt>%s</dt><dd class=\"big\">%s</dd><dd class=\"sub\">%s"
              "</dd></div>\n",
              label, value, sub);
}

static void
tune_tiles(const struct tune_view *v, FILE *out)
{
    const struct tune_cell *c = &v->grid->cells[v->verdict.best];
    char value[PAGE_TEXT_BYTES], sub[2 * PAGE_TEXT_BYTES];
    double times;

    if (v->verdict.best == v->grid->count)
        return;
    times = tune_speed_up(v->grid, c);
    html_raw(out, "<dl class=\"tiles\" aria-label=\"The best setting\">\n");
    tune_tile(out, "Best setting", NAME(c), "procs x threads x connections");
    snprintf(value, sizeof(value), "%.1f", tune_pages_per_s(c));
    snprintf(sub, sizeof(sub), "%.1f CPU ms a page", tune_cpu_ms_per_page(c));
    tune_tile(out, "Pages a second", value, sub);
    snprintf(value, sizeof(value), times > 0 ? "%.1f" : "&ndash;", times);
    tune_tile(out, "Times the serial crawl", value, "by pages a second");
    progress_bytes((double)c->memory_bytes, value);
    tune_tile(out, "Memory", value, "of all processes, at the most");
    html_raw(out, "</dl>\n");
}

/* The verdict's sentences. */
static void
tune_notes(const struct tune_view *v, FILE *out)
{
    struct str rest;
    struct buf text;

    buf_init(&text, TUNE_TEXT_BYTES);
    tune_text_verdict(v, &text);
    rest = buf_str(&text);
    html_raw(out, "<ul class=\"notes\" aria-label=\"Verdict\">\n");
    while (rest.n > 0) {
        html_raw(out, "<li>");
        html_text(out, str_cut(&rest, '\n'));
        html_raw(out, "</li>\n");
    }
    if (!v->is_whole)
        html_raw(out, "<li>not all settings were measured</li>\n");
    html_raw(out, "</ul>\n");
    buf_fini(&text);
}

static void
tune_header(const struct tune_view *v, FILE *out)
{
    char time[REPORT_TIME_BYTES];

    html_raw(out, "<header>\n<p class=\"over\">Weft, tune</p>\n<h1>Processes "
                  "and threads for ");
    html_web(out, str_from(v->name));
    html_raw(out, "</h1>\n<p class=\"lead\">");
    page_count(out, v->sites);
    if (v->sites < v->sites_all) {
        html_raw(out, " of ");
        page_count(out, v->sites_all);
    }
    html_rawf(out, " sites, %s UTC</p>\n", report_time(v->now_ms, false, time));
    tune_tiles(v, out);
    tune_notes(v, out);
    html_raw(out, "</header>\n");
}

/* --- the table --- */

static bool
tune_has_class(const struct tune_view *v, enum tune_class class)
{
    for (size_t i = 0; i < v->grid->count; i++)
        if (v->grid->cells[i].classes[class] > 0)
            return true;
    return false;
}

static void
tune_table_head(const struct tune_view *v, FILE *out)
{
    static const char *const before[] = {"Pages", "Failed", NULL};
    static const char *const behind[] = {"Seconds", "Pages/s", "Speed-up",
                                         "Answer",  "CPU s",   "CPU ms/page",
                                         "Memory",  NULL};

    html_raw(out,
             "<thead><tr><th scope=\"col\" class=\"still\">Setting</th><th "
             "scope=\"col\" class=\"n\">Transfers"
             "</th>");
    for (size_t i = 0; before[i]; i++)
        html_rawf(out, "<th scope=\"col\" class=\"n\">%s</th>", before[i]);
    for (enum tune_class k = 0; k < TUNE_CLASSES; k++)
        if (tune_has_class(v, k))
            html_rawf(out, "<th scope=\"col\" class=\"n\">%s</th>",
                      tune_class_words(k));
    for (size_t i = 0; behind[i]; i++)
        html_rawf(out, "<th scope=\"col\" class=\"n\">%s</th>", behind[i]);
    html_raw(out, "</tr></thead>\n");
}

static void
tune_td(FILE *out, const char *before, int decimals, double value)
{
    html_rawf(out, "<td class=\"n\" data-v=\"%.9g\">%s%.*f</td>", value, before,
              decimals, value);
}

static void
tune_td_count(FILE *out, uint64_t n)
{
    html_rawf(out, "<td class=\"n\" data-v=\"%llu\">", (unsigned long long)n);
    page_count(out, n);
    html_raw(out, "</td>");
}

static void
tune_table_row(const struct tune_view *v, size_t at, FILE *out)
{
    const struct tune_cell *c = &v->grid->cells[at];
    char text[PAGE_TEXT_BYTES];

    html_rawf(out, "<tr><th scope=\"row\">%s%s", NAME(c),
              at == v->verdict.best     ? " <span class=\"soft\">best</span>"
              : c->state == TUNE_FAILED ? " <span class=\"soft\">failed</span>"
                                        : "");
    html_raw(out, "</th>");
    tune_td_count(out, tune_transfers(c));
    tune_td_count(out, c->pages);
    tune_td_count(out, c->errors);
    for (enum tune_class k = 0; k < TUNE_CLASSES; k++)
        if (tune_has_class(v, k))
            tune_td_count(out, c->classes[k]);
    tune_td(out, c->state == TUNE_CUT ? "&gt;" : "", tune_decimals(c->crawl_ms),
            (double)c->crawl_ms / 1000);
    tune_td(out, "", 1, tune_pages_per_s(c));
    tune_td(out, "", 1, tune_speed_up(v->grid, c));
    html_rawf(out, "<td class=\"n\" data-v=\"%llu\">%s</td>",
              (unsigned long long)c->answer_ms, page_ms(c->answer_ms, text));
    tune_td(out, "", 2, (double)c->cpu_us / 1000000);
    tune_td(out, "", 2, tune_cpu_ms_per_page(c));
    html_rawf(out, "<td class=\"n\" data-v=\"%llu\">",
              (unsigned long long)c->memory_bytes);
    page_bytes(out, c->memory_bytes);
    html_raw(out, "</td></tr>\n");
}

static void
tune_table(const struct tune_view *v, FILE *out)
{
    page_section(out, "table", "All settings",
                 "Each row is a crawl of the same sites: processes x threads x "
                 "connections. Seconds are from the first request to the last "
                 "answer, be it of the slowest site; &gt; is a crawl that was "
                 "ended at its time limit. Answer is the median time of one.");
    html_raw(out, "<div class=\"card scroll\" tabindex=\"0\" role=\"region\" "
                  "aria-label=\"All settings\"><table class=\"sorts\">");
    tune_table_head(v, out);
    html_raw(out, "<tbody>\n");
    for (size_t i = 0; i < v->grid->count; i++)
        if (v->grid->cells[i].state != TUNE_WAITS)
            tune_table_row(v, i, out);
    html_raw(out, "</tbody></table></div></section>\n");
}

/* --- the curves --- */

typedef double tune_value_fn(const struct tune_view *v,
                             const struct tune_cell *c);

static double
value_rate(const struct tune_view *v, const struct tune_cell *c)
{
    (void)v;
    return tune_pages_per_s(c);
}

static double
value_errors(const struct tune_view *v, const struct tune_cell *c)
{
    (void)v;
    return 100 * tune_error_share(c);
}

static double
value_cpu(const struct tune_view *v, const struct tune_cell *c)
{
    (void)v;
    return tune_cpu_ms_per_page(c);
}

static double
value_memory(const struct tune_view *v, const struct tune_cell *c)
{
    (void)v;
    return (double)c->memory_bytes / (1 << 20);
}

/* The place of the name among those there are, or a new one; max: no room. */
static size_t
tune_place(char (*names)[PLOT_TEXT_BYTES], size_t *count, size_t max,
           const char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    if (*count == max)
        return max;
    snprintf(names[*count], PLOT_TEXT_BYTES, "%s", name);
    return (*count)++;
}

/* By threads in all, then processes: the order along the axis. */
static int
tune_compare_threads(const void *x, const void *y)
{
    const struct tune_cell *a = *(const struct tune_cell *const *)x;
    const struct tune_cell *b = *(const struct tune_cell *const *)y;
    int64_t ta = a->procs * a->threads, tb = b->procs * b->threads;

    if (ta != tb)
        return ta < tb ? -1 : 1;
    if (a->procs != b->procs)
        return a->procs < b->procs ? -1 : 1;
    return a->connections < b->connections ? -1
                                           : a->connections > b->connections;
}

/* A plot, and the names of its lines. */
struct tune_curve {
    struct plot plot;
    char names[PLOT_SERIES][PLOT_TEXT_BYTES];
    const char *series[PLOT_SERIES];
};

/* The cell's value, at its line and point, which may be new ones. */
static void
tune_curve_add(struct tune_curve *curve, const struct tune_cell *c,
               double value)
{
    struct plot *p = &curve->plot;
    char name[PLOT_TEXT_BYTES], label[PLOT_TEXT_BYTES];
    size_t line, point;

    snprintf(name, sizeof(name), "%lld connection%s", (long long)c->connections,
             c->connections == 1 ? "" : "s");
    snprintf(label, sizeof(label), "%lldx%lld", (long long)c->procs,
             (long long)c->threads);
    line = tune_place(curve->names, &p->series_count, PLOT_SERIES, name);
    point = tune_place(p->labels, &p->count, PLOT_BARS, label);
    if (line < PLOT_SERIES && point < PLOT_BARS)
        p->values[point][line] = value;
}

static void
tune_curve_fill(const struct tune_view *v, tune_value_fn *value,
                struct tune_curve *curve)
{
    const struct tune_cell **cells =
        xcalloc(v->grid->count, sizeof(struct tune_cell *));
    struct plot *p = &curve->plot;
    size_t count = 0;

    for (size_t i = 0; i < v->grid->count; i++)
        if (tune_is_measured(&v->grid->cells[i]))
            cells[count++] = &v->grid->cells[i];
    qsort(cells, count, sizeof(cells[0]), tune_compare_threads);
    for (size_t i = 0; i < PLOT_BARS; i++)
        for (size_t s = 0; s < PLOT_SERIES; s++)
            p->values[i][s] = -1;
    for (size_t i = 0; i < count; i++)
        tune_curve_add(curve, cells[i], value(v, cells[i]));
    free(cells);
    for (size_t s = 0; s < p->series_count; s++)
        curve->series[s] = curve->names[s];
    p->tick_count = p->count;
    p->has_all_ticks = p->count <= TUNE_TICKS;
    for (size_t i = 0; i < p->count; i++) {
        p->tick_at[i] = ((double)i + 0.5) / (double)p->count;
        snprintf(p->ticks[i], PLOT_TEXT_BYTES, "%s", p->labels[i]);
    }
}

static void
tune_curves(const struct tune_view *v, FILE *out)
{
    static const struct {
        const char *title, *unit;
        tune_value_fn *value;
    } curves[] = {{"Speed", "pages a second", value_rate},
                  {"Failures", "percent of the URLs that failed", value_errors},
                  {"CPU", "ms a page, of all processes", value_cpu},
                  {"Memory", "MB of all processes, at the most", value_memory}};
    struct tune_curve *curve = xcalloc(1, sizeof(*curve));

    page_section(out, "curves", "Curves",
                 "A line for each number of connections in a thread.");
    html_raw(out, "<div class=\"grid\">");
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        curve->plot = (struct plot){.title = curves[i].title,
                                    .unit = curves[i].unit,
                                    .about = "processes x threads",
                                    .series = curve->series,
                                    .text = plot_number,
                                    .is_lines = true};
        tune_curve_fill(v, curves[i].value, curve);
        if (curve->plot.count > 0)
            plot_write(&curve->plot, out);
    }
    html_raw(out, "</div></section>\n");
    free(curve);
}

/* --- where it is from --- */

static void
tune_source(const struct tune_view *v, FILE *out)
{
    char text[PAGE_TEXT_BYTES];

    page_section(out, "source", "Source", NULL);
    html_raw(out, "<dl class=\"facts card\"><dt>User-Agent</dt><dd>");
    html_web(out, str_from(v->user_agent));
    html_rawf(out, "</dd><dt>Time limit of a run</dt><dd>%s",
              page_ms(v->max_ms, text));
    html_rawf(out, "</dd><dt>Rest between two runs</dt><dd>%s",
              v->rest_ms > 0 ? page_ms(v->rest_ms, text) : "none");
    html_raw(out, "</dd><dt>CPU</dt><dd>user and system, of master, workers "
                  "and Redis</dd><dt>Memory</dt><dd>of the same, sampled "
                  "while they run</dd></dl></section>\n</main>\n"
                  "<footer><p>Made by <code>master tune</code>, weft ");
    html_text(out, str_from(weft_version()));
    html_raw(out, "; <code>tune.csv</code> has the same figures.</p></footer>"
                  "\n");
}

void
tune_html(const struct tune_view *v, FILE *out)
{
    page_open("Tune", v->name, out);
    tune_header(v, out);
    html_raw(out, "<main>\n");
    tune_table(v, out);
    tune_curves(v, out);
    tune_source(v, out);
    page_close(out);
}
