/* SPDX-License-Identifier: MIT */
#include "master/report_parts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/mem.h"
#include "master/html.h"
#include "master/plot.h"

enum {
    PLOT_TIME_BARS = 120,
    PLOT_TIME_TICKS = 8,
    PLOT_FEW = 12,
    PLOT_DAY_S = 86400
};

static const char *const plot_kinds[SURVEY_KINDS] = {"fetched", "redirects",
                                                     "left out", "failed"};

static void
plot_bytes(double value, char out[PLOT_TEXT_BYTES])
{
    char text[PROGRESS_TEXT_BYTES], *zero;

    snprintf(out, PLOT_TEXT_BYTES, "%s", progress_bytes(value, text));
    zero = strstr(out, ".0 "); /* of a round number, as on an axis */
    if (zero)
        memmove(zero, zero + 2, strlen(zero + 2) + 1);
}

/* --- over time --- */

/* Bins of the survey, merged into as many bars as can be seen. */
struct time_bars {
    const struct timeline *time;
    size_t merge, count;
    int64_t bar_s; /* how long a bar is */
};

static struct time_bars
time_bars(const struct timeline *t)
{
    struct time_bars b = {.time = t, .merge = 1};

    while ((timeline_count(t) + b.merge - 1) / b.merge > PLOT_TIME_BARS)
        b.merge++;
    b.count = (timeline_count(t) + b.merge - 1) / b.merge;
    b.bar_s = (int64_t)b.merge * t->width_ms / 1000;
    return b;
}

static double
time_sum(const struct time_bars *b, size_t bar, size_t sum)
{
    size_t first = bar * b->merge, end = first + b->merge;
    uint64_t n = 0;

    if (end > timeline_count(b->time))
        end = timeline_count(b->time);
    for (size_t i = first; i < end; i++)
        n += timeline_get(b->time, i)->sums[sum];
    return (double)n;
}

/* The UTC second at which the bar begins. */
static int64_t
time_begin(const struct time_bars *b, size_t bar)
{
    return (b->time->first + (int64_t)(bar * b->merge)) * b->time->width_ms /
           1000;
}

/* A day, a minute or a second, as the step of the labels asks for. */
static void
time_label(int64_t at_s, int64_t step_s, char out[PLOT_TEXT_BYTES])
{
    time_t seconds = (time_t)at_s;
    struct tm utc = {0};

    if (gmtime_r(&seconds, &utc) == NULL)
        utc = (struct tm){.tm_mday = 1};
    if (step_s >= PLOT_DAY_S || (step_s >= 3600 && at_s % PLOT_DAY_S == 0))
        strftime(out, PLOT_TEXT_BYTES, "%m-%d", &utc);
    else if (step_s >= 60)
        strftime(out, PLOT_TEXT_BYTES, "%H:%M", &utc);
    else
        strftime(out, PLOT_TEXT_BYTES, "%H:%M:%S", &utc);
}

static void
time_ticks(struct plot *p, const struct time_bars *b)
{
    static const int64_t steps[] = {
        1,     2,     5,      10,     15,     30,      60,      120,
        300,   600,   900,    1800,   3600,   7200,    10800,   21600,
        43200, 86400, 172800, 432000, 864000, 2592000, 7776000, 31536000};
    size_t at = 0, last = sizeof(steps) / sizeof(steps[0]) - 1;
    int64_t first_s = time_begin(b, 0), tick;
    int64_t span_s = (int64_t)b->count * b->bar_s;

    while (at < last && span_s / steps[at] > PLOT_TIME_TICKS)
        at++;
    tick = (first_s + steps[at] - 1) / steps[at] * steps[at];
    for (; tick <= first_s + span_s && p->tick_count < PLOT_BARS;
         tick += steps[at]) {
        p->tick_at[p->tick_count] = (double)(tick - first_s) / (double)span_s;
        time_label(tick, steps[at], p->ticks[p->tick_count++]);
    }
}

/* "bars of 5 s" and where they begin, in full. */
static void
time_name_bars(struct plot *p, const struct time_bars *b)
{
    for (size_t i = 0; i < b->count; i++) {
        char text[REPORT_TIME_BYTES];

        snprintf(p->labels[i], PLOT_TEXT_BYTES, "%s UTC",
                 report_time(time_begin(b, i) * 1000, false, text));
    }
}

static void
time_plot(const struct time_bars *b, struct plot *p, size_t first_sum,
          FILE *out)
{
    char about[80], text[PROGRESS_TEXT_BYTES];

    if (b->bar_s < 60)
        snprintf(text, sizeof(text), "%d s", (int)b->bar_s);
    else
        progress_time((uint64_t)b->bar_s * 1000, text);
    snprintf(about, sizeof(about), "time, UTC; a bar is %s", text);
    p->about = about;
    p->is_dense = true;
    p->count = b->count;
    for (size_t i = 0; i < b->count; i++)
        for (size_t s = 0; s < p->series_count; s++)
            p->values[i][s] = time_sum(b, i, first_sum + s) / (double)b->bar_s;
    time_name_bars(p, b);
    time_ticks(p, b);
    plot_write(p, out);
}

void
page_time(const struct report_view *v, FILE *out)
{
    static const char *const received[] = {"received"};
    struct time_bars b = time_bars(&v->survey->time);
    struct plot *p = xcalloc(1, sizeof(*p));

    page_section(out, "time", "Over time", NULL);
    if (b.count == 0) {
        html_raw(out, "<p class=\"card none\">Nothing was fetched yet.</p>"
                      "</section>\n");
        free(p);
        return;
    }
    html_raw(out, "<div class=\"stack\">");
    *p = (struct plot){.title = "Pace",
                       .unit = "URLs a second, by what came of them",
                       .series = plot_kinds,
                       .series_count = SURVEY_KINDS,
                       .text = plot_number};
    time_plot(&b, p, SURVEY_BIN_KINDS, out);
    *p = (struct plot){.title = "Bandwidth",
                       .unit = "bytes of bodies a second, as they came",
                       .series = received,
                       .series_count = 1,
                       .text = plot_bytes};
    time_plot(&b, p, SURVEY_BIN_BYTES, out);
    html_raw(out, "</div></section>\n");
    free(p);
}

/* --- distributions --- */

typedef void plot_edge_fn(uint64_t edge, char out[PLOT_TEXT_BYTES]);

static void
edge_bytes(uint64_t edge, char out[PLOT_TEXT_BYTES])
{
    plot_bytes((double)edge, out);
}

static void
edge_ms(uint64_t edge, char out[PLOT_TEXT_BYTES])
{
    if (edge < 1000)
        snprintf(out, PLOT_TEXT_BYTES, "%d ms", (int)edge);
    else
        snprintf(out, PLOT_TEXT_BYTES, "%d s", (int)(edge / 1000));
}

/* Bars of a spread from the first to the last that has something. */
static void
spread_plot(const struct spread *s, struct plot *p, plot_edge_fn *edge,
            FILE *out)
{
    size_t first = 0, end = s->bars;

    while (end > 1 && s->bar[end - 1] == 0)
        end--;
    while (first + 1 < end && s->bar[first] == 0)
        first++;
    p->count = end - first;
    p->text = plot_number;
    for (size_t i = first; i < end; i++) {
        char from[PLOT_TEXT_BYTES], to[PLOT_TEXT_BYTES];
        size_t bar = i - first;

        edge(s->edges[i], from);
        p->values[bar][0] = (double)s->bar[i];
        p->tick_at[bar] = (double)bar / (double)p->count;
        snprintf(p->ticks[bar], PLOT_TEXT_BYTES, "%s", from);
        if (i + 1 < s->bars) {
            edge(s->edges[i + 1], to);
            snprintf(p->labels[bar], PLOT_TEXT_BYTES, "%.12s to below %.12s",
                     from, to);
            if (s->edges[i + 1] == s->edges[i] + 1)
                snprintf(p->labels[bar], PLOT_TEXT_BYTES, "%s", from);
        } else {
            snprintf(p->labels[bar], PLOT_TEXT_BYTES, "%.12s and more", from);
        }
    }
    p->tick_count = p->count;
    if (end < s->bars) { /* where the last one ends */
        p->tick_at[p->count] = 1;
        edge(s->edges[end], p->ticks[p->tick_count++]);
    }
    plot_write(p, out);
}

/* Bars of whole numbers; the last of count stands for more, too. */
static void
number_plot(const uint64_t *numbers, size_t count, size_t first, struct plot *p,
            FILE *out)
{
    size_t end = count;

    while (end > first + 1 && numbers[end - 1] == 0)
        end--;
    p->count = end - first;
    p->text = plot_number;
    for (size_t i = first; i < end; i++) {
        size_t bar = i - first;

        p->values[bar][0] = (double)numbers[i];
        snprintf(p->labels[bar], PLOT_TEXT_BYTES, "%zu%s", i,
                 i + 1 == count ? " and more" : "");
        snprintf(p->ticks[bar], PLOT_TEXT_BYTES, "%zu%s", i,
                 i + 1 == count ? "+" : "");
        p->tick_at[bar] = ((double)bar + 0.5) / (double)p->count;
    }
    p->tick_count = p->count;
    p->has_all_ticks = p->count <= PLOT_FEW;
    plot_write(p, out);
}

/* Median and the like, in words. */
static void
pages_facts(const struct survey *s, FILE *out)
{
    char text[PAGE_TEXT_BYTES];

    html_raw(out, "<p class=\"hint\">A page has ");
    page_bytes(out, spread_percentile(&s->sizes, 0.5));
    html_raw(out, " in the median and ");
    page_bytes(out, (uint64_t)(spread_mean(&s->sizes) + 0.5));
    html_raw(out, " in the mean; 99 % have ");
    page_bytes(out, spread_percentile(&s->sizes, 0.99));
    html_raw(out, " at most. ");
    html_rawf(out, "An answer took %s in the median, ",
              page_ms(spread_percentile(&s->times, 0.5), text));
    html_rawf(out, "%s in the mean, ",
              page_ms((uint64_t)(spread_mean(&s->times) + 0.5), text));
    html_rawf(out, "%s at the longest.", page_ms(s->times.most, text));
    html_raw(out, "</p>\n");
}

static void
pages_more(const struct report_view *v, FILE *out)
{
    const struct survey *s = v->survey;
    uint64_t same = report_same_bodies(v);

    html_raw(out, "<dl class=\"facts card\"><dt>Links found</dt><dd>");
    page_count(out, s->links);
    html_raw(out, "</dd><dt>Bodies cut short</dt><dd>");
    page_count(out, s->truncated);
    html_raw(out, "</dd><dt>Pages whose body another page has too</dt><dd>");
    html_raw(out, s->digests.is_estimate ? "about " : "");
    page_count(out, same);
    html_raw(out, "</dd><dt>Not modified since the last crawl</dt><dd>");
    page_count(out, s->outcomes[OUTCOME_NOT_MODIFIED].urls);
    html_raw(out, "</dd><dt>Not asked, younger than --revisit</dt><dd>");
    page_count(out, s->outcomes[OUTCOME_FRESH].urls);
    html_raw(out, "</dd><dt>Tries that were not the last</dt><dd>");
    page_count(out, s->retries);
    html_raw(out, "</dd></dl>\n");
}

static void
pages_plots(const struct survey *s, FILE *out)
{
    static const char *const pages[] = {"pages"}, *const urls[] = {"URLs"},
                             *const answers[] = {"answers"};
    struct plot *p = xcalloc(1, sizeof(*p));

    *p = (struct plot){.title = "Sizes",
                       .unit = "pages",
                       .about = "bytes of the body, as it came",
                       .series = pages,
                       .series_count = 1};
    if (s->sizes.count > 0)
        spread_plot(&s->sizes, p, edge_bytes, out);
    *p = (struct plot){.title = "Response times",
                       .unit = "answers",
                       .about = "from the request to the answer's end",
                       .series = answers,
                       .series_count = 1};
    if (s->times.count > 0)
        spread_plot(&s->times, p, edge_ms, out);
    *p = (struct plot){.title = "Depth",
                       .unit = "URLs",
                       .about = "links from a seed",
                       .series = urls,
                       .series_count = 1};
    number_plot(s->depths, SURVEY_DEPTHS, 0, p, out);
    *p = (struct plot){.title = "Tries",
                       .unit = "URLs",
                       .about = "tries it took; 0: never asked for",
                       .series = urls,
                       .series_count = 1};
    number_plot(s->tries, SURVEY_TRIES, 0, p, out);
    free(p);
}

void
page_pages(const struct report_view *v, FILE *out)
{
    page_section(out, "pages", "Pages", NULL);
    if (v->survey->sizes.count > 0)
        pages_facts(v->survey, out);
    html_raw(out, "<div class=\"stack\"><div class=\"grid\">");
    pages_plots(v->survey, out);
    page_types(v, out);
    html_raw(out, "</div>");
    pages_more(v, out);
    html_raw(out, "</div></section>\n");
}
