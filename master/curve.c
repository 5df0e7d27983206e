/* SPDX-License-Identifier: MIT */
#include "master/curve.h"

#include <math.h>

#include "master/html.h"

enum { CURVE_WIDE = 1000, CURVE_HIGH = 400, CURVE_GRID = 4, CURVE_TICKS = 8 };

static double
curve_x(const struct curve *c, size_t point)
{
    return ((double)point + 0.5) / (double)c->points * CURVE_WIDE;
}

static void
curve_legend(const struct curve *c, FILE *out)
{
    html_raw(out, "<ul class=\"legend\">");
    for (size_t i = 0; i < c->lines; i++)
        html_rawf(out,
                  "<li><svg class=\"line\" viewBox=\"0 0 24 10\" "
                  "aria-hidden=\"true\"><path class=\"l%zu\" d=\"M0 5h24\"/>"
                  "</svg>%s</li>",
                  i % CURVE_LOOKS, c->names[i]);
    html_raw(out, "</ul>");
}

/* A path through what there is, and a dot at each point. */
static void
curve_line(const struct curve *c, size_t line, double top, FILE *out)
{
    for (int is_dots = 0; is_dots < 2; is_dots++) {
        bool is_first = true;

        html_rawf(out, "<path class=\"l%zu%s\" d=\"", line % CURVE_LOOKS,
                  is_dots ? " dot" : "");
        for (size_t i = 0; i < c->points; i++) {
            double value = c->values[line][i];

            if (value < 0)
                continue;
            html_rawf(out, "%c%.2f %.2f%s", is_first || is_dots ? 'M' : 'L',
                      curve_x(c, i), CURVE_HIGH * (1 - value / top),
                      is_dots ? "h.01" : "");
            is_first = false;
        }
        html_raw(out, "\"/>");
    }
}

/* What the mouse finds at a point, as high as the plot. */
static void
curve_hover(const struct curve *c, size_t point, FILE *out)
{
    double wide = (double)CURVE_WIDE / (double)c->points;
    char text[PLOT_TEXT_BYTES];

    html_rawf(out,
              "<rect class=\"hover\" x=\"%.1f\" width=\"%.1f\" "
              "height=\"%d\"><title>%s",
              (double)point * wide, wide, CURVE_HIGH, c->labels[point]);
    for (size_t i = 0; i < c->lines; i++)
        if (c->values[i][point] >= 0) {
            c->text(c->values[i][point], text);
            html_rawf(out, "\n%s: %s", c->names[i], text);
        }
    html_raw(out, "</title></rect>");
}

static void
curve_axes(const struct curve *c, double top, double step, FILE *out)
{
    bool has_room = c->points <= CURVE_TICKS;
    char text[PLOT_TEXT_BYTES];

    html_raw(out, "<div class=\"ys\" aria-hidden=\"true\">");
    for (double y = 0; y <= top * 1.0001; y += step) {
        c->text(y, text);
        html_rawf(out, "<span style=\"bottom:%.2f%%\">%s</span>", y / top * 100,
                  text);
    }
    html_raw(out, "</div><div class=\"xs\" aria-hidden=\"true\">");
    for (size_t i = 0; i < c->points; i++)
        html_rawf(out, "<span class=\"t%d\" style=\"left:%.2f%%\">%s</span>",
                  has_room || i % 4 == 0 ? 4
                  : i % 2 == 0           ? 2
                                         : 1,
                  curve_x(c, i) / CURVE_WIDE * 100, c->labels[i]);
    html_raw(out, "</div>");
}

static void
curve_table(const struct curve *c, FILE *out)
{
    char text[PLOT_TEXT_BYTES];

    html_rawf(out,
              "<details><summary>The numbers</summary><div class=\"scroll\" "
              "tabindex=\"0\" role=\"region\" aria-label=\"%s, as a table\">"
              "<table><caption class=\"unseen\">%s, %s</caption><thead><tr>"
              "<th scope=\"col\">%s</th>",
              c->title, c->title, c->unit, c->about);
    for (size_t i = 0; i < c->lines; i++)
        html_rawf(out, "<th scope=\"col\" class=\"n\">%s</th>", c->names[i]);
    html_raw(out, "</tr></thead><tbody>\n");
    for (size_t p = 0; p < c->points; p++) {
        html_rawf(out, "<tr><th scope=\"row\">%s</th>", c->labels[p]);
        for (size_t i = 0; i < c->lines; i++) {
            if (c->values[i][p] >= 0)
                c->text(c->values[i][p], text);
            html_rawf(out, "<td class=\"n\">%s</td>",
                      c->values[i][p] >= 0 ? text : "&ndash;");
        }
        html_raw(out, "</tr>\n");
    }
    html_raw(out, "</tbody></table></div></details>");
}

void
curve_write(const struct curve *c, FILE *out)
{
    double most = 0, step, top;

    for (size_t i = 0; i < c->lines; i++)
        for (size_t p = 0; p < c->points; p++)
            most = fmax(most, c->values[i][p]);
    step = plot_step(most, CURVE_GRID);
    top = most > 0 ? ceil(most / step - 0.000001) * step : step;
    html_rawf(out,
              "<figure class=\"plot\"><figcaption><h3>%s</h3><p "
              "class=\"unit\">%s</p>",
              c->title, c->unit);
    curve_legend(c, out);
    html_rawf(out,
              "</figcaption><div class=\"chart\"><svg viewBox=\"0 0 %d %d\" "
              "class=\"line\" preserveAspectRatio=\"none\" role=\"img\" "
              "aria-label=\"%s, %s; the numbers stand below\">",
              CURVE_WIDE, CURVE_HIGH, c->title, c->unit);
    for (double y = 0; y <= top * 1.0001; y += step)
        html_rawf(out, "<path class=\"grid\" d=\"M0 %.1fH%d\"/>",
                  CURVE_HIGH * (1 - y / top), CURVE_WIDE);
    for (size_t i = 0; i < c->lines; i++)
        curve_line(c, i, top, out);
    for (size_t p = 0; p < c->points; p++)
        curve_hover(c, p, out);
    html_raw(out, "</svg>");
    curve_axes(c, top, step, out);
    html_rawf(out, "</div><p class=\"about\">%s</p>", c->about);
    curve_table(c, out);
    html_raw(out, "</figure>\n");
}
