/* SPDX-License-Identifier: MIT */
#include "master/plot.h"

#include <math.h>

#include "master/html.h"
#include "master/progress.h"

enum { PLOT_WIDE = 1000, PLOT_HIGH = 400, PLOT_GRID = 4 };

double
plot_step(double most, int count)
{
    static const double steps[] = {1, 2, 5, 10};
    double rough = most / count, power;

    if (!(rough > 0))
        return 1;
    power = pow(10, floor(log10(rough)));
    for (size_t i = 0; i < 4; i++)
        if (rough <= steps[i] * power * 1.000001)
            return steps[i] * power;
    return 10 * power;
}

void
plot_number(double value, char out[PLOT_TEXT_BYTES])
{
    char text[PROGRESS_TEXT_BYTES];

    if (value >= 100 || value == (double)(uint64_t)value)
        snprintf(out, PLOT_TEXT_BYTES, "%s",
                 progress_count((uint64_t)(value + 0.5), text));
    else
        snprintf(out, PLOT_TEXT_BYTES, value < 1 ? "%.2g" : "%.1f", value);
}

/* Of a bar, or of the highest line there. */
static double
plot_height(const struct plot *p, size_t at)
{
    double sum = 0, most = 0;

    for (size_t s = 0; s < p->series_count; s++) {
        sum += p->values[at][s];
        most = fmax(most, p->values[at][s]);
    }
    return p->is_lines ? most : sum;
}

/* --- bars --- */

static void
plot_bars_legend(const struct plot *p, FILE *out)
{
    if (p->series_count < 2)
        return;
    html_raw(out, "<ul class=\"legend\">");
    for (size_t s = 0; s < p->series_count; s++)
        html_rawf(out,
                  "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\">"
                  "<rect class=\"k%zu\" width=\"10\" height=\"10\"/></svg>%s"
                  "</li>",
                  s + (size_t)p->first_class, p->series[s]);
    html_raw(out, "</ul>");
}

/* One path of all bars of a series. */
static void
plot_bars(const struct plot *p, size_t series, double top, FILE *out)
{
    double wide = (double)PLOT_WIDE / (double)p->count;
    double gap = p->is_dense ? 0 : wide * 0.18;

    html_rawf(out, "<path class=\"k%zu\" d=\"",
              series + (size_t)p->first_class);
    for (size_t i = 0; i < p->count; i++) {
        double below = 0, high = p->values[i][series] / top * PLOT_HIGH;

        for (size_t s = 0; s < series; s++)
            below += p->values[i][s] / top * PLOT_HIGH;
        if (high > 0)
            html_rawf(out, "M%.3f %.3fh%.3fv%.3fh-%.3fz",
                      (double)i * wide + gap / 2, PLOT_HIGH - below, wide - gap,
                      -high, wide - gap);
    }
    html_raw(out, "\"/>");
}

/* --- lines --- */

static void
plot_lines_legend(const struct plot *p, FILE *out)
{
    html_raw(out, "<ul class=\"legend\">");
    for (size_t s = 0; s < p->series_count; s++)
        html_rawf(out,
                  "<li><svg class=\"line\" viewBox=\"0 0 24 10\" "
                  "aria-hidden=\"true\"><path class=\"l%zu\" d=\"M0 5h24\"/>"
                  "</svg>%s</li>",
                  s % PLOT_LOOKS, p->series[s]);
    html_raw(out, "</ul>");
}

/* A path through what there is, and a dot at each point. */
static void
plot_line(const struct plot *p, size_t series, double top, FILE *out)
{
    for (int is_dots = 0; is_dots < 2; is_dots++) {
        bool is_first = true;

        html_rawf(out, "<path class=\"l%zu%s\" d=\"", series % PLOT_LOOKS,
                  is_dots ? " dot" : "");
        for (size_t i = 0; i < p->count; i++) {
            double value = p->values[i][series];

            if (value < 0)
                continue;
            html_rawf(out, "%c%.2f %.2f%s", is_first || is_dots ? 'M' : 'L',
                      ((double)i + 0.5) / (double)p->count * PLOT_WIDE,
                      PLOT_HIGH * (1 - value / top), is_dots ? "h.01" : "");
            is_first = false;
        }
        html_raw(out, "\"/>");
    }
}

/* --- of both --- */

/* What the mouse finds at a bar or point, as high as the plot. */
static void
plot_hover(const struct plot *p, size_t bar, FILE *out)
{
    double wide = (double)PLOT_WIDE / (double)p->count;
    char text[PLOT_TEXT_BYTES];

    html_rawf(out,
              "<rect class=\"hover\" x=\"%.1f\" width=\"%.1f\" "
              "height=\"%d\"><title>%s",
              (double)bar * wide, wide, PLOT_HIGH, p->labels[bar]);
    for (size_t s = 0; s < p->series_count; s++)
        if (p->values[bar][s] >= 0) {
            p->text(p->values[bar][s], text);
            html_rawf(out, "\n%s: %s", p->series[s], text);
        }
    html_raw(out, "</title></rect>");
}

static void
plot_axes(const struct plot *p, double top, double step, FILE *out)
{
    char text[PLOT_TEXT_BYTES];

    html_raw(out, "<div class=\"ys\" aria-hidden=\"true\">");
    for (double y = 0; y <= top * 1.0001; y += step) {
        p->text(y, text);
        html_rawf(out, "<span style=\"bottom:%.2f%%\">%s</span>", y / top * 100,
                  text);
    }
    html_raw(out, "</div><div class=\"xs\" aria-hidden=\"true\">");
    for (size_t i = 0; i < p->tick_count; i++)
        html_rawf(out, "<span class=\"t%d\" style=\"left:%.2f%%\">%s</span>",
                  p->has_all_ticks || i % 4 == 0 ? 4
                  : i % 2 == 0                   ? 2
                                                 : 1,
                  p->tick_at[i] * 100, p->ticks[i]);
    html_raw(out, "</div>");
}

static void
plot_table(const struct plot *p, FILE *out)
{
    char text[PLOT_TEXT_BYTES];

    html_rawf(
        out,
        "<details><summary>The numbers</summary><div class=\"scroll\" "
        "tabindex=\"0\" role=\"region\" aria-label=\"%s, as a "
        "table\"><table><caption class=\"unseen\">%s, %s</caption><thead><tr>"
        "<th scope=\"col\">%s</th>",
        p->title, p->title, p->unit, p->about);
    for (size_t s = 0; s < p->series_count; s++)
        html_rawf(out, "<th scope=\"col\" class=\"n\">%s</th>", p->series[s]);
    html_raw(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < p->count; i++) {
        html_rawf(out, "<tr><th scope=\"row\">%s</th>", p->labels[i]);
        for (size_t s = 0; s < p->series_count; s++) {
            if (p->values[i][s] >= 0)
                p->text(p->values[i][s], text);
            html_rawf(out, "<td class=\"n\">%s</td>",
                      p->values[i][s] >= 0 ? text : "&ndash;");
        }
        html_raw(out, "</tr>\n");
    }
    html_raw(out, "</tbody></table></div></details>");
}

void
plot_write(const struct plot *p, FILE *out)
{
    double most = 0, step, top;

    for (size_t i = 0; i < p->count; i++)
        most = fmax(most, plot_height(p, i));
    step = plot_step(most, PLOT_GRID);
    top = most > 0 ? ceil(most / step - 0.000001) * step : step;
    html_rawf(out,
              "<figure class=\"plot\"><figcaption><h3>%s</h3><p "
              "class=\"unit\">%s</p>",
              p->title, p->unit);
    if (p->is_lines)
        plot_lines_legend(p, out);
    else
        plot_bars_legend(p, out);
    html_rawf(
        out,
        "</figcaption><div class=\"chart%s\"><svg%s viewBox=\"0 0 %d %d\" "
        "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s, %s; "
        "the numbers stand below\">",
        p->is_dense ? " dense" : "", p->is_lines ? " class=\"line\"" : "",
        PLOT_WIDE, PLOT_HIGH, p->title, p->unit);
    for (double y = 0; y <= top * 1.0001; y += step)
        html_rawf(out, "<path class=\"grid\" d=\"M0 %.1fH%d\"/>",
                  PLOT_HIGH * (1 - y / top), PLOT_WIDE);
    for (size_t s = 0; s < p->series_count; s++)
        (p->is_lines ? plot_line : plot_bars)(p, s, top, out);
    for (size_t i = 0; i < p->count; i++)
        plot_hover(p, i, out);
    html_raw(out, "</svg>");
    plot_axes(p, top, step, out);
    html_rawf(out, "</div><p class=\"about\">%s</p>", p->about);
    plot_table(p, out);
    html_raw(out, "</figure>\n");
}
