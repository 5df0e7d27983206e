/* SPDX-License-Identifier: MIT */
#include "master/plot.h"

#include <math.h>

#include "master/html.h"

enum { PLOT_WIDE = 1000, PLOT_HIGH = 400, PLOT_LINES = 4 };

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

static double
plot_height(const struct plot *p, size_t bar)
{
    double sum = 0;

    for (size_t s = 0; s < p->series_count; s++)
        sum += p->values[bar][s];
    return sum;
}

static void
plot_legend(const struct plot *p, FILE *out)
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
plot_series(const struct plot *p, size_t series, double top, FILE *out)
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

/* What the mouse finds at a bar, as high as the plot. */
static void
plot_hover(const struct plot *p, size_t bar, FILE *out)
{
    double wide = (double)PLOT_WIDE / (double)p->count;
    char text[PLOT_TEXT_BYTES];

    html_rawf(out,
              "<rect class=\"hover\" x=\"%.1f\" width=\"%.1f\" "
              "height=\"%d\"><title>%s",
              (double)bar * wide, wide, PLOT_HIGH, p->labels[bar]);
    for (size_t s = 0; s < p->series_count; s++) {
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

    html_rawf(out,
              "<details><summary>The numbers</summary><div class=\"scroll\" "
              "tabindex=\"0\" role=\"region\" aria-label=\"%s, as a "
              "table\"><table><caption class=\"unseen\">%s</caption><thead><tr>"
              "<th scope=\"col\">%s</th>",
              p->title, p->title, p->about);
    for (size_t s = 0; s < p->series_count; s++)
        html_rawf(out, "<th scope=\"col\" class=\"n\">%s</th>", p->series[s]);
    html_raw(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < p->count; i++) {
        html_rawf(out, "<tr><th scope=\"row\">%s</th>", p->labels[i]);
        for (size_t s = 0; s < p->series_count; s++) {
            p->text(p->values[i][s], text);
            html_rawf(out, "<td class=\"n\">%s</td>", text);
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
        if (plot_height(p, i) > most)
            most = plot_height(p, i);
    step = plot_step(most, PLOT_LINES);
    top = most > 0 ? ceil(most / step - 0.000001) * step : step;
    html_rawf(out,
              "<figure class=\"plot\"><figcaption><h3>%s</h3><p "
              "class=\"unit\">%s</p>",
              p->title, p->unit);
    plot_legend(p, out);
    html_rawf(out,
              "</figcaption><div class=\"chart%s\"><svg viewBox=\"0 0 %d %d\" "
              "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s, %s; "
              "the numbers stand below\">",
              p->is_dense ? " dense" : "", PLOT_WIDE, PLOT_HIGH, p->title,
              p->unit);
    for (double y = 0; y <= top * 1.0001; y += step)
        html_rawf(out, "<path class=\"grid\" d=\"M0 %.1fH%d\"/>",
                  PLOT_HIGH * (1 - y / top), PLOT_WIDE);
    for (size_t s = 0; s < p->series_count; s++)
        plot_series(p, s, top, out);
    for (size_t i = 0; i < p->count; i++)
        plot_hover(p, i, out);
    html_raw(out, "</svg>");
    plot_axes(p, top, step, out);
    html_rawf(out, "</div><p class=\"about\">%s</p>", p->about);
    plot_table(p, out);
    html_raw(out, "</figure>\n");
}
