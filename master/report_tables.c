/* SPDX-License-Identifier: MIT */
#include "master/report_parts.h"

#include <string.h>

#include "master/html.h"

/* --- tables --- */

struct column {
    const char *head, *class; /* class "n": a number; "still": not sorted */
};

void
page_section(FILE *out, const char *id, const char *title, const char *hint)
{
    html_rawf(out,
              "<section id=\"%s\" aria-labelledby=\"h-%s\"><h2 "
              "id=\"h-%s\">%s</h2>\n",
              id, id, id, title);
    if (hint)
        html_rawf(out, "<p class=\"hint\">%s</p>\n", hint);
}

static void
table_open(FILE *out, const char *caption, const struct column *columns,
           size_t count)
{
    html_rawf(out,
              "<div class=\"card scroll\" tabindex=\"0\" role=\"region\" "
              "aria-label=\"%s\"><table class=\"sorts\"><caption>%s</caption>"
              "<thead><tr>",
              caption, caption);
    for (size_t i = 0; i < count; i++)
        html_rawf(out, "<th scope=\"col\" class=\"%s\">%s</th>",
                  columns[i].class, columns[i].head);
    html_raw(out, "</tr></thead><tbody>\n");
}

static void
table_close(FILE *out)
{
    html_raw(out, "</tbody></table></div>\n");
}

static void
table_none(FILE *out, const char *what)
{
    html_rawf(out, "<p class=\"card none\">%s</p>\n", what);
}

static void
cell_count(FILE *out, uint64_t n)
{
    html_rawf(out, "<td class=\"n\" data-v=\"%llu\">", (unsigned long long)n);
    page_count(out, n);
    html_raw(out, "</td>");
}

static void
cell_bytes(FILE *out, uint64_t n)
{
    html_rawf(out, "<td class=\"n\" data-v=\"%llu\">", (unsigned long long)n);
    page_bytes(out, n);
    html_raw(out, "</td>");
}

static void
cell_ms(FILE *out, uint64_t ms)
{
    char text[PAGE_TEXT_BYTES];

    html_rawf(out, "<td class=\"n\" data-v=\"%llu\">%s</td>",
              (unsigned long long)ms, page_ms(ms, text));
}

/* A share in words, and as a bar. */
static void
cell_share(FILE *out, uint64_t part, uint64_t all, int kind)
{
    char text[PAGE_TEXT_BYTES];
    double share = all > 0 ? 100 * (double)part / (double)all : 0;

    html_rawf(out, "<td class=\"n\" data-v=\"%.6f\">%s</td>", share,
              page_share(part, all, text));
    html_rawf(out,
              "<td class=\"barcell\"><svg class=\"bar\" viewBox=\"0 0 100 10\" "
              "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect "
              "class=\"back\" width=\"100\" height=\"10\"/><rect "
              "class=\"k%d\" width=\"%.2f\" height=\"10\"/></svg></td>",
              kind, share);
}

static void
cell_name(FILE *out, const char *name)
{
    html_raw(out, "<tr><th scope=\"row\" class=\"name\">");
    html_web(out, str_from(name));
    html_raw(out, "</th>");
}

/* In a row's heading: a URL, and what is to be said of it. */
static void
name_example(FILE *out, struct str url, struct str about)
{
    if (url.n > 0) {
        html_raw(out, "<span class=\"eg\"><code>");
        html_web(out, url);
        html_raw(out, "</code></span>");
    }
    if (about.n > 0) {
        html_raw(out, "<span class=\"what\">");
        html_web(out, about);
        html_raw(out, "</span>");
    }
    html_raw(out, "</th>");
}

/* --- outcomes --- */

static const char *const kind_words[SURVEY_KINDS] = {
    "Fetched", "Redirects", "Left out by rule", "Failed"};

/* One bar of the four kinds, and its legend. */
static void
outcomes_bar(const struct survey *s, FILE *out)
{
    char text[PAGE_TEXT_BYTES];
    double at = 0;

    html_raw(out, "<figure class=\"card\"><figcaption><h3>All URLs</h3>"
                  "</figcaption><svg class=\"all\" viewBox=\"0 0 1000 10\" "
                  "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"What "
                  "came of all URLs; the numbers stand below\">");
    for (size_t i = 0; i < SURVEY_KINDS; i++) {
        double wide =
            s->urls > 0 ? 1000 * (double)s->kinds[i] / (double)s->urls : 0;

        if (wide > 0)
            html_rawf(out,
                      "<rect class=\"k%zu\" x=\"%.2f\" width=\"%.2f\" "
                      "height=\"10\"/>",
                      i, at, wide);
        at += wide;
    }
    html_raw(out, "</svg><ul class=\"legend\">");
    for (size_t i = 0; i < SURVEY_KINDS; i++) {
        html_rawf(out,
                  "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect "
                  "class=\"k%zu\" width=\"10\" height=\"10\"/></svg>%s: ",
                  i, kind_words[i]);
        page_count(out, s->kinds[i]);
        html_rawf(out, " (%s)</li>", page_share(s->kinds[i], s->urls, text));
    }
    html_raw(out, "</ul></figure>\n");
}

/* The outcomes that came up, the most frequent first; how many they are. */
static size_t
outcomes_sorted(const struct survey *s, size_t out[SURVEY_OUTCOMES])
{
    size_t count = 0;

    for (size_t i = 0; i < SURVEY_OUTCOMES; i++) {
        size_t at = count;

        if (s->outcomes[i].urls + s->outcomes[i].retries == 0)
            continue;
        for (; at > 0 && s->outcomes[out[at - 1]].urls < s->outcomes[i].urls;
             at--)
            out[at] = out[at - 1];
        out[at] = i;
        count++;
    }
    return count;
}

static void
outcomes_table(const struct survey *s, FILE *out)
{
    static const struct column columns[] = {
        {"Outcome", "name"},
        {"URLs", "n"},
        {"Share", "n"},
        {"<span class=\"unseen\">Bar</span>", "still barcell"},
        {"Retries", "n"}};
    size_t order[SURVEY_OUTCOMES], count = outcomes_sorted(s, order);

    table_open(out, "By outcome", columns, 5);
    for (size_t i = 0; i < count; i++) {
        const struct survey_outcome *o = &s->outcomes[order[i]];

        html_rawf(out,
                  "<tr id=\"o-%s\"><th scope=\"row\" class=\"name\">%s<span "
                  "class=\"what\">%s</span></th>",
                  survey_outcome_name(order[i]), survey_outcome_name(order[i]),
                  survey_outcome_words(order[i]));
        cell_count(out, o->urls);
        cell_share(out, o->urls, s->urls, (int)survey_kind_of(order[i]));
        cell_count(out, o->retries);
        html_raw(out, "</tr>\n");
    }
    table_close(out);
}

/* RFC 9110, section 15, those that come up; "" for others. */
static const char *
status_words(size_t status)
{
    static const struct {
        size_t status;
        const char *words;
    } all[] = {{200, "OK"},
               {201, "Created"},
               {202, "Accepted"},
               {203, "Non-Authoritative"},
               {204, "No Content"},
               {206, "Partial Content"},
               {300, "Multiple Choices"},
               {301, "Moved Permanently"},
               {302, "Found"},
               {303, "See Other"},
               {304, "Not Modified"},
               {307, "Temporary Redirect"},
               {308, "Permanent Redirect"},
               {400, "Bad Request"},
               {401, "Unauthorized"},
               {403, "Forbidden"},
               {404, "Not Found"},
               {405, "Method Not Allowed"},
               {406, "Not Acceptable"},
               {408, "Request Timeout"},
               {410, "Gone"},
               {412, "Precondition Failed"},
               {414, "URI Too Long"},
               {418, "(Unused)"},
               {421, "Misdirected Request"},
               {422, "Unprocessable Content"},
               {425, "Too Early"},
               {429, "Too Many Requests"},
               {451, "Unavailable For Legal Reasons"},
               {500, "Internal Server Error"},
               {501, "Not Implemented"},
               {502, "Bad Gateway"},
               {503, "Service Unavailable"},
               {504, "Gateway Timeout"},
               {505, "HTTP Version Not Supported"}};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i].status == status)
            return all[i].words;
    return "";
}

static int
status_kind(size_t status)
{
    return status >= 400   ? SURVEY_FAILED
           : status >= 300 ? SURVEY_MOVED
           : status >= 200 ? SURVEY_GOT
                           : SURVEY_LEFT;
}

static void
status_table(const struct survey *s, FILE *out)
{
    static const struct column columns[] = {
        {"Status", "name"},
        {"Answers", "n"},
        {"Share", "n"},
        {"<span class=\"unseen\">Bar</span>", "still barcell"}};

    table_open(out, "By HTTP status, of all answers", columns, 4);
    for (size_t from = 0; from < SURVEY_STATUSES; from += 100) {
        uint64_t sum = 0;

        for (size_t i = from; i < from + 100; i++)
            sum += s->statuses[i];
        if (sum == 0)
            continue;
        html_rawf(out,
                  "<tr id=\"c-%zuxx\"><th scope=\"row\" class=\"name\" "
                  "data-v=\"%zu\">%zuxx, all</th>",
                  from / 100, from, from / 100);
        cell_count(out, sum);
        cell_share(out, sum, s->answers, status_kind(from));
        html_raw(out, "</tr>\n");
        for (size_t i = from; i < from + 100; i++) {
            if (s->statuses[i] == 0)
                continue;
            html_rawf(
                out,
                "<tr id=\"s-%zu\"><th scope=\"row\" class=\"name sub\" "
                "data-v=\"%zu.5\">%zu <span class=\"soft\">%s</span></th>",
                i, i, i, status_words(i));
            cell_count(out, s->statuses[i]);
            cell_share(out, s->statuses[i], s->answers, status_kind(i));
            html_raw(out, "</tr>\n");
        }
    }
    table_close(out);
}

void
page_outcomes(const struct report_view *v, FILE *out)
{
    const struct survey *s = v->survey;

    page_section(out, "outcomes", "What came of the URLs",
                 "Each URL counts once, by what came of its last try. Left "
                 "out are those that robots.txt, the scope or another rule "
                 "of the crawl keeps from being fetched.");
    html_raw(out, "<div class=\"stack\">");
    outcomes_bar(s, out);
    html_raw(out, "<div class=\"grid\">");
    outcomes_table(s, out);
    if (s->answers > 0)
        status_table(s, out);
    html_raw(out, "</div></div></section>\n");
}

void
page_failures(const struct report_view *v, FILE *out)
{
    static const struct column columns[] = {
        {"Failure, and an example", "wide"}, {"URLs", "n"}, {"Retries", "n"}};
    const struct survey *s = v->survey;
    size_t order[SURVEY_OUTCOMES], count = outcomes_sorted(s, order), shown = 0;

    page_section(out, "failures", "Failures",
                 "By class, with one URL of each and what was said of it. "
                 "Retries: tries that failed so and were followed by "
                 "another.");
    for (size_t i = 0; i < count; i++) {
        const struct survey_outcome *o = &s->outcomes[order[i]];

        if (survey_kind_of(order[i]) != SURVEY_FAILED)
            continue;
        if (shown++ == 0)
            table_open(out, "URLs that failed", columns, 3);
        html_rawf(out,
                  "<tr><th scope=\"row\" class=\"wide\">%s <span "
                  "class=\"soft\">%s</span>",
                  survey_outcome_name(order[i]),
                  survey_outcome_words(order[i]));
        name_example(out, str_from(o->url), str_from(o->error));
        cell_count(out, o->urls);
        cell_count(out, o->retries);
        html_raw(out, "</tr>\n");
    }
    if (shown > 0)
        table_close(out);
    else
        table_none(out, "Nothing failed.");
    html_raw(out, "</section>\n");
}

/* --- sites --- */

static void
site_cell(FILE *out, const struct tally_row *row, enum report_order order,
          size_t column)
{
    static const enum survey_sum sums[REPORT_ORDERS][3] = {
        [REPORT_BUSIEST] = {SURVEY_FETCHES, SURVEY_PAGES, SURVEY_FAILURES},
        [REPORT_SLOWEST] = {SURVEY_MS, SURVEY_FETCHES, SURVEY_FAILURES},
        [REPORT_LARGEST] = {SURVEY_BYTES, SURVEY_PAGES, SURVEY_FETCHES},
        [REPORT_FAILING] = {SURVEY_FAILURES, SURVEY_FETCHES, SURVEY_PAGES},
        [REPORT_GIVEN_UP] = {SURVEY_GIVEN_UP, SURVEY_FAILURES, SURVEY_PAGES}};
    enum survey_sum sum = sums[order][column];

    if (sum == SURVEY_MS)
        cell_ms(out, report_mean_ms(row));
    else if (sum == SURVEY_BYTES)
        cell_bytes(out, row->sums[sum]);
    else
        cell_count(out, row->sums[sum]);
}

static void
sites_table(const struct report_view *v, enum report_order order, FILE *out)
{
    static const struct {
        const char *caption;
        struct column columns[4];
    } tables[REPORT_ORDERS] = {[REPORT_BUSIEST] = {"Busiest sites",
                                                   {{"Site", "name"},
                                                    {"Tries", "n"},
                                                    {"Pages", "n"},
                                                    {"Failed", "n"}}},
                               [REPORT_SLOWEST] = {"Slowest sites",
                                                   {{"Site", "name"},
                                                    {"Mean time", "n"},
                                                    {"Tries", "n"},
                                                    {"Failed", "n"}}},
                               [REPORT_LARGEST] = {"Largest sites",
                                                   {{"Site", "name"},
                                                    {"Received", "n"},
                                                    {"Pages", "n"},
                                                    {"Tries", "n"}}},
                               [REPORT_FAILING] = {"Sites with most failures",
                                                   {{"Site", "name"},
                                                    {"Failed", "n"},
                                                    {"Tries", "n"},
                                                    {"Pages", "n"}}},
                               [REPORT_GIVEN_UP] = {"Sites given up",
                                                    {{"Site", "name"},
                                                     {"Not asked", "n"},
                                                     {"Failed", "n"},
                                                     {"Pages", "n"}}}};
    const struct tally_row *rows[SURVEY_TOP];
    size_t count = report_sites(v, order, rows);

    if (count == 0)
        return;
    table_open(out, tables[order].caption, tables[order].columns, 4);
    for (size_t i = 0; i < count; i++) {
        cell_name(out, rows[i]->name);
        for (size_t column = 0; column < 3; column++)
            site_cell(out, rows[i], order, column);
        html_raw(out, "</tr>\n");
    }
    table_close(out);
}

void
page_sites(const struct report_view *v, FILE *out)
{
    const struct tally *t = v->survey->sites;
    uint64_t least = report_slow_tries(v);

    page_section(out, "sites", "Sites", NULL);
    html_rawf(out,
              "<p class=\"hint\">The first %d by each measure. Every try "
              "to fetch a page counts, also one without an answer; the mean "
              "time is of all tries",
              SURVEY_TOP);
    if (least > 1) {
        html_raw(out, ", of sites with ");
        page_count(out, least);
        html_raw(out, " tries or more");
    }
    html_raw(out, ".");
    if (tally_is_cut(t)) {
        html_raw(out, " There are more sites than are counted one by one: "
                      "what is shown may lack up to ");
        page_count(out, tally_lost(t, SURVEY_FETCHES));
        html_raw(out, tally_lost(t, SURVEY_FETCHES) == 1 ? " try and "
                                                         : " tries and ");
        page_bytes(out, tally_lost(t, SURVEY_BYTES));
        html_raw(out, " of a site.");
    }
    html_raw(out, "</p>\n<div class=\"grid\">");
    for (enum report_order order = 0; order < REPORT_ORDERS; order++)
        sites_table(v, order, out);
    html_raw(out, "</div></section>\n");
}

/* --- types --- */

static void
few_table(const struct tally *t, const char *caption, const char *head,
          uint64_t all, FILE *out)
{
    const struct column columns[] = {
        {head, "name"},
        {"Pages", "n"},
        {"Share", "n"},
        {"<span class=\"unseen\">Bar</span>", "still barcell"},
        {"Received", "n"}};
    const struct tally_row *rows[SURVEY_TOP];
    size_t sum = SURVEY_N;
    size_t count = tally_top(t, tally_by_sum, &sum, rows, SURVEY_TOP);

    if (count == 0)
        return;
    table_open(out, caption, columns, 5);
    for (size_t i = 0; i < count; i++) {
        cell_name(out, rows[i]->name);
        cell_count(out, rows[i]->sums[SURVEY_N]);
        cell_share(out, rows[i]->sums[SURVEY_N], all, SURVEY_GOT);
        cell_bytes(out, rows[i]->sums[SURVEY_N_BYTES]);
        html_raw(out, "</tr>\n");
    }
    table_close(out);
}

void
page_types(const struct report_view *v, FILE *out)
{
    const struct survey *s = v->survey;
    uint64_t pages = s->outcomes[OUTCOME_OK].urls;

    few_table(s->types, "Content types", "Content-Type", pages, out);
    few_table(s->charsets, "Declared charsets, of text", "charset", pages, out);
}

/* --- robots.txt, redirects, machines --- */

void
page_robots(const struct report_view *v, FILE *out)
{
    static const struct column columns[] = {
        {"Site", "name"}, {"URLs refused", "n"}, {"For example", "wide still"}};
    const struct survey *s = v->survey;
    const struct tally_row *rows[SURVEY_TOP];
    size_t sum = SURVEY_N;
    size_t count = tally_top(s->refusals, tally_by_sum, &sum, rows, SURVEY_TOP);

    page_section(out, "robots", "Refused by robots.txt", NULL);
    if (count == 0) {
        table_none(out, "No URL was refused by robots.txt.");
        html_raw(out, "</section>\n");
        return;
    }
    html_raw(out, "<p class=\"hint\">");
    page_count(out, s->outcomes[OUTCOME_ROBOTS].urls);
    html_raw(out, " URLs of ");
    html_raw(out, tally_is_cut(s->refusals) ? "more than " : "");
    page_count(out, tally_count(s->refusals));
    html_raw(out, " sites; the line of robots.txt stands below its example."
                  "</p>\n");
    table_open(out, "Sites that refuse most", columns, 2);
    for (size_t i = 0; i < count; i++) {
        struct str rule = str_from(rows[i]->sample);
        struct str url = str_cut(&rule, ' ');

        html_raw(out, "<tr><th scope=\"row\" class=\"wide\">");
        html_web(out, str_from(rows[i]->name));
        name_example(out, url, rule);
        cell_count(out, rows[i]->sums[SURVEY_N]);
        html_raw(out, "</tr>\n");
    }
    table_close(out);
    html_raw(out, "</section>\n");
}

static void
redirect_kinds(const struct survey *s, FILE *out)
{
    static const struct column columns[] = {
        {"Where to", "name"},
        {"Redirects", "n"},
        {"Share", "n"},
        {"<span class=\"unseen\">Bar</span>", "still barcell"}};
    uint64_t all = 0;

    for (size_t i = 0; i < SURVEY_REDIRECTS; i++)
        all += s->redirect_kinds[i];
    table_open(out, "By kind", columns, 4);
    for (enum survey_redirect i = 0; i < SURVEY_REDIRECTS; i++) {
        if (s->redirect_kinds[i] == 0)
            continue;
        html_rawf(out, "<tr><th scope=\"row\" class=\"name\">%s</th>",
                  survey_redirect_words(i));
        cell_count(out, s->redirect_kinds[i]);
        cell_share(out, s->redirect_kinds[i], all, SURVEY_MOVED);
        html_raw(out, "</tr>\n");
    }
    table_close(out);
}

void
page_redirects(const struct report_view *v, FILE *out)
{
    static const struct column columns[] = {{"From and to", "wide"},
                                            {"Redirects", "n"}};
    const struct survey *s = v->survey;
    const struct tally_row *rows[SURVEY_TOP];
    size_t sum = SURVEY_N;
    size_t count =
        tally_top(s->redirects, tally_by_sum, &sum, rows, SURVEY_TOP);

    page_section(out, "redirects", "Redirects",
                 count > 0 ? "Counted from one origin to another; within the "
                             "host they often add a slash, or log in."
                           : NULL);
    if (count == 0) {
        table_none(out, "There was none.");
        html_raw(out, "</section>\n");
        return;
    }
    html_raw(out, "<div class=\"stack\">");
    redirect_kinds(s, out);
    table_open(out, "Most frequent", columns, 2);
    for (size_t i = 0; i < count; i++) {
        const char *to = strstr(rows[i]->name, " -> ");

        html_raw(out, "<tr><th scope=\"row\" class=\"wide\">");
        html_web(out, (struct str){rows[i]->name,
                                   to ? (size_t)(to - rows[i]->name) : 0});
        html_raw(out, " <span aria-hidden=\"true\">&rarr;</span><span "
                      "class=\"unseen\"> to </span> ");
        html_web(out, str_from(to ? to + 4 : rows[i]->name));
        name_example(out, str_from(rows[i]->sample), STR_NONE);
        cell_count(out, rows[i]->sums[SURVEY_N]);
        html_raw(out, "</tr>\n");
    }
    table_close(out);
    html_raw(out, "</div></section>\n");
}

void
page_machines(const struct report_view *v, FILE *out)
{
    static const struct column columns[] = {
        {"Machine", "name"}, {"Tries", "n"},    {"Pages", "n"},
        {"Failed", "n"},     {"Received", "n"}, {"Mean time", "n"}};
    const struct survey *s = v->survey;
    const struct tally_row *rows[SURVEY_TOP];
    size_t sum = SURVEY_FETCHES;
    size_t count = tally_top(s->machines, tally_by_sum, &sum, rows, SURVEY_TOP);

    page_section(out, "machines", "Machines", NULL);
    html_raw(out, "<p class=\"hint\">");
    page_count(out, distinct_count(&s->workers));
    html_raw(out, " worker threads wrote the log. The mark behind a machine's "
                  "name is its boot's.</p>\n");
    if (count == 0)
        table_none(out, "None has fetched anything yet.");
    else
        table_open(out, "What each did", columns, 6);
    for (size_t i = 0; i < count; i++) {
        cell_name(out, rows[i]->name);
        cell_count(out, rows[i]->sums[SURVEY_FETCHES]);
        cell_count(out, rows[i]->sums[SURVEY_PAGES]);
        cell_count(out, rows[i]->sums[SURVEY_FAILURES]);
        cell_bytes(out, rows[i]->sums[SURVEY_BYTES]);
        cell_ms(out, report_mean_ms(rows[i]));
        html_raw(out, "</tr>\n");
    }
    if (count > 0)
        table_close(out);
    html_raw(out, "</section>\n");
}
