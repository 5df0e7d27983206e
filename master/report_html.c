/*
 * report_html - report.html: one page, whole in itself.
 *
 * Nothing is loaded, and the page forbids itself to load anything: its policy
 * allows its own style and the one script whose hash it has, so that even a
 * hole in the escaping would run nothing.  All that came from the web is
 * written by html_text() or html_web(); the script is given no data.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/report_view.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/version.h"
#include "master/html.h"
#include "master/progress.h"
#include "master/report_parts.h"
#include "master/report_style.h"

/* --- numbers --- */

void
page_count(FILE *out, uint64_t n)
{
    char text[PROGRESS_TEXT_BYTES];

    html_raw(out, progress_count(n, text));
}

void
page_bytes(FILE *out, uint64_t n)
{
    char text[PROGRESS_TEXT_BYTES];

    html_raw(out, progress_bytes((double)n, text));
}

const char *
page_ms(uint64_t ms, char out[PAGE_TEXT_BYTES])
{
    if (ms == 0)
        snprintf(out, PAGE_TEXT_BYTES, "&lt;1 ms");
    else if (ms < 1000)
        snprintf(out, PAGE_TEXT_BYTES, "%llu ms", (unsigned long long)ms);
    else if (ms < 100000)
        snprintf(out, PAGE_TEXT_BYTES, "%.1f s", (double)ms / 1000);
    else
        progress_time(ms, out);
    return out;
}

const char *
page_share(uint64_t part, uint64_t all, char out[PAGE_TEXT_BYTES])
{
    double share = all > 0 ? 100 * (double)part / (double)all : 0;

    if (part > 0 && share < 0.1)
        snprintf(out, PAGE_TEXT_BYTES, "&lt;0.1 %%");
    else if (part < all && share > 99.9)
        snprintf(out, PAGE_TEXT_BYTES, "&gt;99.9 %%");
    else if (part == 0 || part == all || (share >= 10 && share < 99))
        snprintf(out, PAGE_TEXT_BYTES, "%.0f %%", share);
    else
        snprintf(out, PAGE_TEXT_BYTES, "%.1f %%", share);
    return out;
}

/* --- head --- */

/* The script as it stands between its tags. */
static void
page_script_hash(char out[PAGE_HASH_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned int n = 0;

    if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1)
        fatalx("no SHA-256");
    for (const char *const *line = report_script; *line; line++) {
        EVP_DigestUpdate(md, *line, strlen(*line));
        EVP_DigestUpdate(md, "\n", 1);
    }
    EVP_DigestFinal_ex(md, digest, &n);
    EVP_MD_CTX_free(md);
    EVP_EncodeBlock((unsigned char *)out, digest, (int)n);
}

void
page_open(const char *what, const char *name, FILE *out)
{
    char hash[PAGE_HASH_BYTES];

    page_script_hash(hash);
    html_raw(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                  "<meta charset=\"utf-8\">\n");
    html_rawf(out,
              "<meta http-equiv=\"Content-Security-Policy\" "
              "content=\"default-src 'none'; style-src 'unsafe-inline'; "
              "script-src 'sha256-%s'; img-src data:; base-uri 'none'; "
              "form-action 'none'\">\n",
              hash);
    html_raw(out, "<meta name=\"viewport\" content=\"width=device-width, "
                  "initial-scale=1\">\n"
                  "<meta name=\"referrer\" content=\"no-referrer\">\n"
                  "<meta name=\"robots\" content=\"noindex\">\n"
                  "<link rel=\"icon\" href=\"data:,\">\n<title>");
    html_rawf(out, "%s ", what);
    html_text(out, str_from(name));
    html_raw(out, "</title>\n<style>\n");
    for (const char *const *line = report_style; *line; line++)
        html_rawf(out, "%s\n", *line);
    html_raw(out, "</style>\n</head>\n<body>\n");
}

void
page_close(FILE *out)
{
    html_raw(out, "<script>");
    for (const char *const *line = report_script; *line; line++)
        html_rawf(out, "%s\n", *line);
    html_raw(out, "</script>\n</body>\n</html>\n");
}

static void
page_header(const struct report_view *v, FILE *out)
{
    const struct survey *s = v->survey;
    const json_t *result = json_object_get(v->stats, "result");
    char from[REPORT_TIME_BYTES], to[REPORT_TIME_BYTES];

    html_raw(out, "<header>\n<p class=\"over\">Weft, report</p>\n"
                  "<h1>Crawl ");
    html_web(out, str_from(v->name));
    html_raw(out, "</h1>\n<p class=\"lead\">");
    if (s->first_ms >= 0)
        html_rawf(out, "%s to %s UTC", report_time(s->first_ms, false, from),
                  report_time(s->last_ms, false, to));
    else
        html_raw(out, "no line in its log yet");
    if (json_is_string(result) && !v->is_stale) {
        html_raw(out, ", ");
        html_web(out, str_from(json_string_value(result)));
    }
    html_raw(out, "</p>\n");
}

/* --- the first look --- */

static void
tile_open(FILE *out, const char *label, const char *id, uint64_t value)
{
    html_rawf(out,
              "<div><dt>%s</dt><dd class=\"big\"><data id=\"%s\" "
              "value=\"%llu\">",
              label, id, (unsigned long long)value);
}

static void
tile_middle(FILE *out)
{
    html_raw(out, "</data></dd><dd class=\"sub\">");
}

static void
tile_close(FILE *out)
{
    html_raw(out, "</dd></div>\n");
}

static void
page_about(FILE *out, uint64_t n, bool is_estimate)
{
    if (is_estimate)
        html_raw(out, "about ");
    page_count(out, n);
}

static void
tiles_work(const struct report_view *v, FILE *out)
{
    const struct survey *s = v->survey;
    uint64_t pages = s->outcomes[OUTCOME_OK].urls, busy = report_busy_ms(v);
    char text[PROGRESS_TEXT_BYTES];
    bool is_estimate;
    uint64_t sites = report_site_count(v, &is_estimate);

    tile_open(out, "Pages fetched", "t-pages", pages);
    page_count(out, pages);
    tile_middle(out);
    html_rawf(out, "%.1f a second",
              busy > 0 ? (double)pages * 1000 / (double)busy : 0);
    tile_close(out);
    tile_open(out, "URLs finished", "t-urls", s->urls);
    page_count(out, s->urls);
    tile_middle(out);
    page_about(out, report_url_count(v), s->urls_seen.is_estimate);
    html_raw(out, " different");
    tile_close(out);
    tile_open(out, "Sites", "t-sites", sites);
    page_about(out, sites, is_estimate);
    tile_middle(out);
    page_about(out, distinct_count(&s->hosts), s->hosts.is_estimate);
    html_raw(out, " hosts");
    tile_close(out);
    tile_open(out, "Duration", "t-span-ms", report_span_ms(v));
    html_raw(out, progress_time(report_span_ms(v), text));
    tile_middle(out);
    if (busy < report_span_ms(v))
        html_rawf(out, "%s of it idle",
                  progress_time(report_span_ms(v) - busy, text));
    else
        html_raw(out, "from first to last request");
    tile_close(out);
}

static void
tiles_bytes(const struct report_view *v, FILE *out)
{
    const struct survey *s = v->survey;
    int64_t wire = report_stat(v, "bytes_received");
    int64_t decoded = report_stat(v, "bytes_decoded");
    bool is_told = wire >= 0 && decoded >= 0 && !v->is_stale;
    uint64_t bytes = is_told ? (uint64_t)wire : s->bytes;

    tile_open(out, "Received", "t-bytes", bytes);
    page_bytes(out, bytes);
    tile_middle(out);
    if (is_told) {
        page_bytes(out, (uint64_t)decoded);
        html_raw(out, " decoded");
    } else {
        html_raw(out, "bodies, as they came");
    }
    tile_close(out);
    tile_open(out, "WARC files", "t-warc", v->warc_bytes);
    page_bytes(out, v->warc_bytes);
    tile_middle(out);
    page_count(out, v->warc_files);
    html_raw(out, v->warc_files == 1 ? " file here" : " files here");
    tile_close(out);
}

static void
tiles_trouble(const struct report_view *v, FILE *out)
{
    const struct survey *s = v->survey;
    uint64_t median_ms = spread_percentile(&s->times, 0.5);
    char text[PAGE_TEXT_BYTES];

    tile_open(out, "Failed", "t-failed", s->kinds[SURVEY_FAILED]);
    page_count(out, s->kinds[SURVEY_FAILED]);
    tile_middle(out);
    html_rawf(out, "%s of the URLs",
              page_share(s->kinds[SURVEY_FAILED], s->urls, text));
    tile_close(out);
    tile_open(out, "Response time", "t-median-ms", median_ms);
    html_raw(out, page_ms(median_ms, text));
    tile_middle(out);
    html_rawf(out, "median; 99 %% within %s",
              page_ms(spread_percentile(&s->times, 0.99), text));
    tile_close(out);
}

/* --- what must be known to read the rest --- */

static void
page_notes(const struct report_view *v, FILE *out)
{
    const struct survey *s = v->survey;
    bool has_bad = s->bad > 0, has_torn = v->log.torn > 0;

    if (v->stats && !v->is_stale && !has_bad && !has_torn && !s->timeless)
        return;
    html_raw(out, "<ul class=\"notes\" aria-label=\"Notes\">\n");
    if (v->stats == NULL)
        html_raw(out, "<li>There is no stats.json here: the crawl still runs, "
                      "or this is not its master's folder. All figures are "
                      "of the log.</li>\n");
    else if (v->is_stale)
        html_raw(out, "<li>The log goes on behind stats.json: the crawl was "
                      "resumed, and still runs or was cut off.</li>\n");
    if (has_bad) {
        html_raw(out, "<li>");
        page_count(out, s->bad);
        html_raw(out, s->bad == 1 ? " line of the log is" : " lines are");
        html_raw(out, " not whole, or not of a crawl, and not counted; the "
                      "first: ");
        html_web(out, str_from(v->bad_where));
        html_raw(out, "</li>\n");
    }
    if (has_torn) {
        html_raw(out, "<li>");
        page_count(out, v->log.torn);
        html_raw(out, v->log.torn == 1 ? " log file ends" : " log files end");
        html_raw(out, " in the middle of a line: being written, or torn by a "
                      "crash.</li>\n");
    }
    if (s->timeless > 0) {
        html_raw(out, "<li>");
        page_count(out, s->timeless);
        html_raw(out, s->timeless == 1 ? " line has" : " lines have");
        html_raw(out, " no time that can be right, and is not in the plots "
                      "over time.</li>\n");
    }
    html_raw(out, "</ul>\n");
}

static void
page_nav(FILE *out)
{
    html_raw(out, "<nav aria-label=\"Sections\"><ul>"
                  "<li><a href=\"#time\">Over time</a></li>"
                  "<li><a href=\"#outcomes\">Outcomes</a></li>"
                  "<li><a href=\"#failures\">Failures</a></li>"
                  "<li><a href=\"#sites\">Sites</a></li>"
                  "<li><a href=\"#pages\">Pages</a></li>"
                  "<li><a href=\"#robots\">Robots</a></li>"
                  "<li><a href=\"#redirects\">Redirects</a></li>"
                  "<li><a href=\"#machines\">Machines</a></li>"
                  "<li><a href=\"#source\">Source</a></li>"
                  "</ul></nav>\n");
}

/* --- where it is from --- */

static void
source_facts(const struct report_view *v, FILE *out)
{
    html_raw(out, "<dl class=\"facts\"><dt>Folders</dt><dd>");
    for (size_t i = 0; i < v->folders_count; i++) {
        html_raw(out, i > 0 ? "<br>" : "");
        html_web(out, str_from(v->folders[i]));
    }
    html_raw(out, "</dd><dt>Log</dt><dd>");
    page_count(out, v->survey->lines);
    html_raw(out, v->survey->lines == 1 ? " line in " : " lines in ");
    page_count(out, v->log.files);
    html_raw(out, v->log.files == 1 ? " file" : " files");
    if (v->log.earlier > 0) {
        html_raw(out, "; ");
        page_count(out, v->log.earlier);
        html_raw(out, " of before --restart, not read");
    }
    html_raw(out, "</dd><dt>WARC</dt><dd>");
    page_count(out, v->survey->records);
    html_raw(out, " records named in the log");
    if (v->survey->revisits > 0) {
        html_raw(out, ", ");
        page_count(out, v->survey->revisits);
        html_raw(out, " of them revisit records");
    }
    html_raw(out, "; ");
    page_count(out, v->warc_files);
    html_raw(out, v->warc_files == 1 ? " finished file here"
                                     : " finished files here");
    if (v->warc_open > 0) {
        html_raw(out, ", ");
        page_count(out, v->warc_open);
        html_raw(out, " being written");
    }
    html_raw(out, "</dd></dl>\n");
}

static void
page_source(const struct report_view *v, FILE *out)
{
    const struct survey *s = v->survey;
    char text[REPORT_TIME_BYTES];
    bool is_estimate;

    report_site_count(v, &is_estimate);
    page_section(out, "source", "Source", NULL);
    html_raw(out, "<div class=\"card\">");
    source_facts(v, out);
    html_raw(out, "<p class=\"about\" style=\"text-align:left\">A page is a "
                  "URL with the outcome OK. Times are Redis's clock. Sizes "
                  "are of bodies as they came over the wire. A percentile is "
                  "right to within 3 %.");
    if (is_estimate || s->hosts.is_estimate || s->urls_seen.is_estimate)
        html_raw(out, " &ldquo;About&rdquo; is an estimate, off by half a "
                      "percent as a rule.");
    html_raw(out, "</p></div></section>\n</main>\n");
    html_rawf(out,
              "<footer><p>Made %s UTC by <code>master report</code>, weft ",
              report_time(v->now_ms, false, text));
    html_text(out, str_from(weft_version()));
    html_raw(out, "; <code>master report --json</code> has the same figures."
                  "</p></footer>\n");
}

void
report_html(const struct report_view *v, FILE *out)
{
    page_open("Crawl", v->name, out);
    page_header(v, out);
    html_raw(out, "<dl class=\"tiles\" aria-label=\"Totals\">\n");
    tiles_work(v, out);
    tiles_bytes(v, out);
    tiles_trouble(v, out);
    html_raw(out, "</dl>\n");
    page_notes(v, out);
    html_raw(out, "</header>\n");
    page_nav(out);
    html_raw(out, "<main>\n");
    page_time(v, out);
    page_outcomes(v, out);
    page_failures(v, out);
    page_sites(v, out);
    page_pages(v, out);
    page_robots(v, out);
    page_redirects(v, out);
    page_machines(v, out);
    page_source(v, out);
    page_close(out);
}
