/* SPDX-License-Identifier: MIT */
#include "master/survey.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "master/verify_line.h"

enum {
    SURVEY_LINE_MAX = 1 << 20,
    SURVEY_DISTINCT = 1 << 18,
    SURVEY_SMALL_ROOM = 1 << 16, /* of names that are few on any web */
    SURVEY_SAMPLE_MAX = 4096,
    SURVEY_TYPE_MAX = 100 /* RFC 6838 4.2 allows 127, nobody needs it */
};

#define SURVEY_MS_MAX INT64_C(8640000000) /* a hundred days */
#define SURVEY_BYTES_MAX INT64_C(1000000000000)

/* Of a clock that was not set yet: years of nothing in the plot. */
#define SURVEY_EPOCH_MS INT64_C(946684800000) /* 2000-01-01 */

/* Steps of 1, 2 and 5. */
static const uint64_t survey_sizes[] = {
    0,       1,       100,     200,      500,      1000,   2000,
    5000,    10000,   20000,   50000,    100000,   200000, 500000,
    1000000, 2000000, 5000000, 10000000, 20000000,
};
static const uint64_t survey_times[] = {
    0,   1,   2,    5,    10,   20,    50,    100,
    200, 500, 1000, 2000, 5000, 10000, 20000, 50000,
};

struct survey *
survey_new(size_t room)
{
    struct survey *s = xcalloc(1, sizeof(*s));
    size_t small = room < SURVEY_SMALL_ROOM ? room : SURVEY_SMALL_ROOM;

    s->first_ms = s->last_ms = -1;
    s->latest_ms = INT64_MAX;
    spread_init(&s->sizes, survey_sizes,
                sizeof(survey_sizes) / sizeof(survey_sizes[0]));
    spread_init(&s->times, survey_times,
                sizeof(survey_times) / sizeof(survey_times[0]));
    s->sites = tally_new(room);
    s->machines = tally_new(small);
    s->types = tally_new(small);
    s->charsets = tally_new(small);
    s->redirects = tally_new(small);
    s->refusals = tally_new(small);
    distinct_init(&s->hosts, SURVEY_DISTINCT);
    distinct_init(&s->urls_seen, SURVEY_DISTINCT);
    distinct_init(&s->site_names, SURVEY_DISTINCT);
    distinct_init(&s->digests, SURVEY_DISTINCT);
    distinct_init(&s->workers, SURVEY_DISTINCT);
    buf_init(&s->space, SURVEY_LINE_MAX);
    buf_init(&s->text, SURVEY_LINE_MAX);
    return s;
}

void
survey_free(struct survey *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < SURVEY_OUTCOMES; i++) {
        free(s->outcomes[i].url);
        free(s->outcomes[i].error);
    }
    tally_free(s->sites);
    tally_free(s->machines);
    tally_free(s->types);
    tally_free(s->charsets);
    tally_free(s->redirects);
    tally_free(s->refusals);
    distinct_fini(&s->hosts);
    distinct_fini(&s->urls_seen);
    distinct_fini(&s->site_names);
    distinct_fini(&s->digests);
    distinct_fini(&s->workers);
    buf_fini(&s->space);
    buf_fini(&s->text);
    free(s);
}

/* --- words --- */

enum survey_kind
survey_kind_of(size_t outcome)
{
    switch (outcome) {
    case OUTCOME_OK:
    case OUTCOME_NOT_MODIFIED:
    case OUTCOME_FRESH:
        return SURVEY_GOT;
    case OUTCOME_REDIRECT:
        return SURVEY_MOVED;
    case OUTCOME_ROBOTS:
    case OUTCOME_PRIVATE:
    case OUTCOME_BAD_TYPE:
    case OUTCOME_OUT_OF_SCOPE:
    case OUTCOME_DROPPED:
    case OUTCOME_SITE_FULL:
        return SURVEY_LEFT;
    default:
        return SURVEY_FAILED;
    }
}

const char *
survey_outcome_name(size_t outcome)
{
    return outcome < OUTCOME_COUNT ? outcome_name((enum outcome)outcome)
                                   : "OTHER";
}

const char *
survey_outcome_words(size_t outcome)
{
    return outcome < OUTCOME_COUNT ? outcome_words((enum outcome)outcome)
                                   : "an outcome that this version has not";
}

const char *
survey_redirect_words(enum survey_redirect kind)
{
    static const char *const words[] = {
        [SURVEY_TO_HTTPS] = "to https, the same host",
        [SURVEY_TO_WWW] = "to or from www.",
        [SURVEY_TO_PATH] = "within the host",
        [SURVEY_TO_SITE] = "to another host of the site",
        [SURVEY_TO_OTHER] = "to another site"};

    return words[kind];
}

static size_t
survey_find_outcome(struct str name)
{
    size_t i = 0;

    while (i < OUTCOME_COUNT &&
           !str_equal(name, str_from(outcome_name((enum outcome)i))))
        i++;
    return i;
}

/* --- parts of strings --- */

static char *
survey_keep(struct str s)
{
    return xmemdup0(s.p, s.n < SURVEY_SAMPLE_MAX ? s.n : SURVEY_SAMPLE_MAX);
}

/* "http://host:1" of a URL; *host is the host in it, without the port. */
static struct str
survey_origin(struct str url, struct str *host)
{
    struct str rest = url;
    size_t n = 0;

    while (n < rest.n && rest.p[n] != ':')
        n++;
    if (rest.n - n < 3 || memcmp(rest.p + n, "://", 3) != 0)
        return *host = STR_NONE;
    rest.p += n + 3;
    rest.n -= n + 3;
    *host = str_cut(&rest, '/');
    url.n = (size_t)(host->p + host->n - url.p);
    n = host->n;
    while (n > 0 && str_is_digit(host->p[n - 1]))
        n--;
    if (n > 0 && host->p[n - 1] == ':')
        host->n = n - 1;
    return url;
}

/* "HOST" of "HOST-PID-RANDOM-THREAD". */
static struct str
survey_machine(struct str worker)
{
    for (int parts = 0; parts < 3; parts++) {
        const char *dash =
            worker.n > 0 ? memrchr(worker.p, '-', worker.n) : NULL;

        if (dash)
            worker.n = (size_t)(dash - worker.p);
    }
    return worker;
}

static struct str
survey_lower(struct survey *s, struct str text)
{
    if (text.n > SURVEY_TYPE_MAX)
        text.n = SURVEY_TYPE_MAX;
    buf_reset(&s->text);
    if (buf_add_str(&s->text, text) != ERR_OK)
        return STR_NONE;
    for (size_t i = 0; i < s->text.n; i++)
        s->text.p[i] = str_lower(s->text.p[i]);
    return buf_str(&s->text);
}

/* --- what a line adds --- */

static void
survey_add_final(struct survey *s, const struct verify_line *line,
                 size_t outcome)
{
    uint64_t depth = line->depth > 0 ? (uint64_t)line->depth : 0;
    uint64_t tries =
        (line->tries > 0 ? (uint64_t)line->tries : 0) + (line->ms >= 0 ? 1 : 0);

    s->urls++;
    s->kinds[survey_kind_of(outcome)]++;
    s->outcomes[outcome].urls++;
    s->depths[depth < SURVEY_DEPTHS ? depth : SURVEY_DEPTHS - 1]++;
    s->tries[tries < SURVEY_TRIES ? tries : SURVEY_TRIES - 1]++;
}

static void
survey_add_outcome(struct survey *s, const struct verify_line *line,
                   size_t outcome)
{
    struct survey_outcome *o = &s->outcomes[outcome];

    if (line->will_retry) {
        o->retries++;
        s->retries++;
    } else {
        survey_add_final(s, line, outcome);
    }
    if (o->url == NULL || line->time_ms < o->when_ms) {
        free(o->url);
        free(o->error);
        o->when_ms = line->time_ms;
        o->url = survey_keep(line->url);
        o->error = line->error.n > 0 ? survey_keep(line->error) : NULL;
    }
}

/* The sums of a site, or a machine. */
static void
survey_add_sums(struct tally_row *row, const struct verify_line *line,
                size_t outcome)
{
    bool is_asked = line->ms >= 0;

    row->sums[SURVEY_FETCHES] += is_asked;
    row->sums[SURVEY_PAGES] += outcome == OUTCOME_OK;
    row->sums[SURVEY_FAILURES] +=
        is_asked && survey_kind_of(outcome) == SURVEY_FAILED;
    row->sums[SURVEY_BYTES] += line->bytes > 0 ? (uint64_t)line->bytes : 0;
    row->sums[SURVEY_MS] += is_asked ? (uint64_t)line->ms : 0;
    row->sums[SURVEY_GIVEN_UP] += outcome == OUTCOME_GAVE_UP;
}

static void
survey_add_try(struct survey *s, const struct verify_line *line)
{
    s->fetches += line->ms >= 0;
    s->records += line->warc.n > 0;
    s->revisits += line->is_revisit;
    s->truncated += line->is_truncated;
    s->links += line->links > 0 ? (uint64_t)line->links : 0;
    s->bytes += line->bytes > 0 ? (uint64_t)line->bytes : 0;
    if (line->status < 0)
        return;
    s->answers++;
    s->statuses[line->status < SURVEY_STATUSES ? line->status : 0]++;
    if (line->ms >= 0)
        spread_add(&s->times, (uint64_t)line->ms);
}

/* Type, charset, size and digest of what came. */
static void
survey_add_page(struct survey *s, const struct verify_line *line)
{
    uint64_t bytes = line->bytes > 0 ? (uint64_t)line->bytes : 0;
    struct str rest = line->type, type = str_trim(str_cut(&rest, ';'));
    size_t at = str_find_nocase(rest, STR("charset="));
    struct tally_row *row;

    spread_add(&s->sizes, bytes);
    type = survey_lower(s, type.n > 0 ? type : STR("(none)"));
    row = tally_put(s->types, type);
    row->sums[SURVEY_N]++;
    row->sums[SURVEY_N_BYTES] += bytes;
    if (at < rest.n) {
        rest.p += at + strlen("charset=");
        rest.n -= at + strlen("charset=");
        rest = str_trim(str_cut(&rest, ';'));
        if (rest.n > 1 && rest.p[0] == '"' && rest.p[rest.n - 1] == '"')
            rest = (struct str){rest.p + 1, rest.n - 2};
    } else if (str_starts(type, STR("text/")) || str_ends(type, STR("xml"))) {
        rest = STR("(none)");
    }
    if (rest.n > 0) {
        row = tally_put(s->charsets, survey_lower(s, rest));
        row->sums[SURVEY_N]++;
        row->sums[SURVEY_N_BYTES] += bytes;
    }
    if (line->digest.n > 0) {
        s->with_digest++;
        distinct_add(&s->digests, line->digest);
    }
}

static bool
survey_is_www(struct str a, struct str b)
{
    return a.n == b.n + 4 && str_starts(a, STR("www.")) && str_ends(a, b);
}

static void
survey_add_redirect(struct survey *s, const struct verify_line *line)
{
    struct str from_host, to_host;
    struct str from = survey_origin(line->url, &from_host);
    struct str to = survey_origin(line->redirect, &to_host);
    enum survey_redirect kind = SURVEY_TO_OTHER;
    struct tally_row *row;

    if (str_equal(from, to))
        kind = SURVEY_TO_PATH;
    else if (str_equal(from_host, to_host) && str_starts(to, STR("https:")))
        kind = SURVEY_TO_HTTPS;
    else if (survey_is_www(from_host, to_host) ||
             survey_is_www(to_host, from_host))
        kind = SURVEY_TO_WWW;
    else if (str_ends(to_host, line->site) &&
             (to_host.n == line->site.n ||
              to_host.p[to_host.n - line->site.n - 1] == '.'))
        kind = SURVEY_TO_SITE;
    s->redirect_kinds[kind]++;
    buf_reset(&s->text);
    if (buf_add_str(&s->text, from) != ERR_OK ||
        buf_add_str(&s->text, STR(" -> ")) != ERR_OK ||
        buf_add_str(&s->text, to) != ERR_OK)
        return;
    row = tally_put(s->redirects, buf_str(&s->text));
    row->sums[SURVEY_N]++;
    if (row->sample == NULL)
        row->sample = survey_keep(line->url);
}

/* The rule behind the URL, which has no blank in it. */
static void
survey_add_refusal(struct survey *s, const struct verify_line *line)
{
    struct tally_row *row = tally_put(s->refusals, line->site);

    row->sums[SURVEY_N]++;
    if (row->sample != NULL)
        return;
    buf_reset(&s->text);
    if (buf_add_str(&s->text, line->url) == ERR_OK &&
        buf_add_char(&s->text, ' ') == ERR_OK &&
        buf_add_str(&s->text, line->robots_rule) == ERR_OK)
        row->sample = survey_keep(buf_str(&s->text));
}

static void
survey_add_time(struct survey *s, const struct verify_line *line,
                size_t outcome)
{
    int64_t ms = line->sent_ms >= 0 ? line->sent_ms : line->time_ms;
    struct timeline_bin *bin;

    if (ms < SURVEY_EPOCH_MS || ms > s->latest_ms) {
        s->timeless++;
        return;
    }
    if (s->first_ms < 0 || ms < s->first_ms)
        s->first_ms = ms;
    if (ms + (line->ms > 0 ? line->ms : 0) > s->last_ms)
        s->last_ms = ms + (line->ms > 0 ? line->ms : 0);
    bin = timeline_at(&s->time, ms);
    bin->sums[SURVEY_BIN_KINDS + survey_kind_of(outcome)]++;
    bin->sums[SURVEY_BIN_BYTES] += line->bytes > 0 ? (uint64_t)line->bytes : 0;
}

/* No line of ours has more; so sums of anybody's do not overflow. */
static void
survey_bound(int64_t *value, int64_t most)
{
    if (*value > most)
        *value = most;
}

void
survey_take(void *arg, struct str text, uint64_t place)
{
    struct survey *s = arg;
    struct verify_line line;
    struct str host;
    size_t outcome;

    s->lines++;
    if (verify_line_parse(text, &s->space, &line) != ERR_OK) {
        if (s->bad++ == 0)
            s->bad_place = place;
        return;
    }
    survey_bound(&line.ms, SURVEY_MS_MAX);
    survey_bound(&line.bytes, SURVEY_BYTES_MAX);
    survey_bound(&line.links, SURVEY_BYTES_MAX);
    outcome = survey_find_outcome(line.outcome);
    survey_add_outcome(s, &line, outcome);
    survey_add_try(s, &line);
    survey_add_time(s, &line, outcome);
    survey_add_sums(tally_put(s->sites, line.site), &line, outcome);
    survey_add_sums(tally_put(s->machines, survey_machine(line.worker)), &line,
                    outcome);
    survey_origin(line.url, &host);
    distinct_add(&s->urls_seen, line.url);
    distinct_add(&s->hosts, host);
    distinct_add(&s->site_names, line.site);
    distinct_add(&s->workers, line.worker);
    if (outcome == OUTCOME_OK)
        survey_add_page(s, &line);
    if (outcome == OUTCOME_ROBOTS)
        survey_add_refusal(s, &line);
    if (line.redirect.n > 0)
        survey_add_redirect(s, &line);
}
