/*
 * A row's field is text that anybody may have written.  It is refused when it
 * holds a blank or control byte, so nothing in it can pass for more than one
 * word of a queue entry or of a request; then url.c judges it, and what url.c
 * made of it is looked at again here: url.c follows the URL standard, which
 * lets a host hold a comma, and reads "1000000" as the address 0.15.66.64.
 *
 * SPDX-License-Identifier: MIT
 */
#include "master/seed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/address.h"
#include "common/buf.h"
#include "common/canon.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/url.h"
#include "common/userinfo.h"
#include "master/seed_reader.h"
#include "master/seed_source.h"

enum {
    SEED_REPORTS = 10,       /* bad rows that are reported one by one */
    SEED_REPORT_ROW = 120,   /* bytes of a bad row that are shown */
    SEED_HOST_MAX = 253,     /* RFC 1035 section 2.3.4, as text */
    SEED_LABEL_MAX = 63,     /* ditto */
    SEED_SCHEME_MAX = 8,     /* "https://" */
    SEED_ROWS_A_CALL = 4096, /* bad or skipped ones; some 2 ms */
    SEED_NAME_BYTES = 512,
    SEED_REPORT_BYTES = SEED_NAME_BYTES + LOG_ESC_BYTES + 128
};

struct seeds {
    struct seed_options options;
    struct str prefix;          /* "http://" or "https://" */
    size_t list;                /* the one being read, or next to open */
    struct seed_source *source; /* of it; NULL: not open */
    bool is_in_member;          /* of source */
    struct seed_trust trust;    /* for lists from servers */
    char *cacert;
    struct seed_reader *reader;
    uint64_t passed_before; /* rows of members read to their end */
    uint64_t bytes_before;  /* of lists read to their end */
    uint64_t bytes_total;   /* of all; 0: not known */
    struct seed_counts counts;
    struct buf url;
    struct canon *canon; /* NULL: no settings */
    bool has_ftp;        /* ftp:// is as good */
    bool is_over;
    char text[SEED_SCHEME_MAX + SEED_ROW_MAX]; /* prefix and domain */
    char name[SEED_NAME_BYTES];                /* "top.zip/top.csv", escaped */
    char too_long[48];
    const char *not_url;
};

/* ---- one row ---- */

/* Blanks and control bytes (hazards: nothing below 0x21, no DEL). */
static bool
seeds_is_clean(struct str s)
{
    unsigned bad = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        bad |= (unsigned)(c <= 0x20) | (unsigned)(c == 0x7f);
    }
    return bad == 0;
}

/*
 * Letters, digits, hyphens (RFC 952, RFC 1123 section 2.1) and the underscore
 * that real names have, in labels of 1 to 63 bytes; a dot at the end is fine.
 * *dots: how many stand inside.
 */
static bool
seeds_is_name(struct str host, size_t *dots)
{
    size_t label = 0;

    *dots = 0;
    if (host.n > 0 && host.p[host.n - 1] == '.')
        host.n--;
    if (host.n == 0 || host.n > SEED_HOST_MAX)
        return false;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];

        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            ++*dots;
        } else if (!str_is_alpha(c) && !str_is_digit(c) && c != '-' &&
                   c != '_') {
            return false;
        } else if (++label > SEED_LABEL_MAX) {
            return false;
        }
    }
    return label > 0;
}

/* The text before a bare domain's port or path. */
static struct str
seeds_bare_host(struct str text)
{
    size_t n = 0;
    bool is_v6 = text.n > 0 && text.p[0] == '[';

    while (n < text.n && memchr("/?#\\", text.p[n], 4) == NULL &&
           (is_v6 || text.p[n] != ':')) {
        if (text.p[n] == ']')
            is_v6 = false;
        n++;
    }
    return (struct str){text.p, n};
}

/*
 * Whether text without http(s):// can be a domain, with a port or a path: not
 * "ftp://x", "mailto:x", "/x" or a mail address.
 */
static bool
seeds_may_be_bare(struct str text)
{
    struct str host = seeds_bare_host(text);
    size_t n = host.n;

    if (host.n == 0 || host.p[0] == '.' || memchr(host.p, '@', host.n) != NULL)
        return false;
    if (n == text.n || text.p[n] != ':')
        return true;
    while (++n < text.n && str_is_digit(text.p[n]))
        ;
    return n > host.n + 1 &&
           (n == text.n || memchr("/?#\\", text.p[n], 4) != NULL);
}

const char *
seeds_judge(struct seeds *s, struct str text, struct url *u)
{
    struct str ref = text;
    bool is_ftp = s->has_ftp && str_starts_nocase(text, STR("ftp://"));
    bool is_bare = !str_starts_nocase(text, STR("http://")) &&
                   !str_starts_nocase(text, STR("https://")) && !is_ftp;
    size_t dots = 0;
    enum err e;

    if (text.n == 0)
        return "no domain";
    if (text.n > SEED_ROW_MAX)
        return "longer than 4096 bytes";
    if (!seeds_is_clean(text))
        return "a blank or control byte in the domain";
    if (userinfo_is_in(text))
        return USERINFO_WRONG;
    if (!s->has_ftp && str_starts_nocase(text, STR("ftp://")))
        return "an ftp URL, needs --ftp";
    if (is_bare) {
        if (!seeds_may_be_bare(text))
            return s->not_url;
        memcpy(s->text + s->prefix.n, text.p, text.n);
        ref = (struct str){s->text, s->prefix.n + text.n};
    }
    buf_reset(&s->url);
    e = is_ftp ? url_parse_ftp(ref, NULL, &s->url, u)
               : url_parse(ref, NULL, &s->url, u);
    if (e == ERR_TOO_BIG)
        return s->too_long;
    if (e != ERR_OK)
        return s->not_url;
    if (url_host_is_address(u->host)) {
        /* "1000000" and "1.5" are no names: the row means something else */
        if (is_bare && u->host.p[0] != '[' &&
            !str_equal(u->host, seeds_bare_host(text)))
            return s->not_url;
    } else if (!seeds_is_name(u->host, &dots)) {
        return "not a host name";
    }
    if (!s->options.allow_private) {
        if (!address_host_is_public(u->host))
            return "private or localhost, needs --allow-private";
        if (is_bare && dots == 0 && !url_host_is_address(u->host))
            return "a name without a dot";
    }
    if (s->canon != NULL && canon_apply(s->canon, &s->url, u, NULL) != ERR_OK)
        return s->too_long;
    return NULL;
}

static void
seeds_say(struct seeds *s, const char *text)
{
    if (s->options.report != NULL)
        s->options.report(s->options.report_arg, text);
    else
        log_warnx("%s", text);
}

static void
seeds_bad_row(struct seeds *s, const struct seed_row *row, const char *wrong)
{
    char text[SEED_REPORT_BYTES];
    struct str head = userinfo_shown(row->text);
    size_t whole = head.n;

    s->counts.bad++;
    if (s->options.refused) {
        s->options.refused(
            s->options.refused_arg,
            &(struct seed_refused){s->name, row->line, wrong, head});
        return;
    }
    if (s->counts.bad > SEED_REPORTS)
        return;
    if (head.n > SEED_REPORT_ROW)
        head.n = SEED_REPORT_ROW;
    snprintf(text, sizeof(text), "%s:%" PRIu64 ": %s: \"%s%s\"", s->name,
             row->line, wrong, LOG_ESC(head), head.n < whole ? "..." : "");
    seeds_say(s, text);
}

/* ---- the lists ---- */

static enum err
seeds_read(void *arg, char *into, size_t room, size_t *got)
{
    struct seeds *s = arg;

    return seed_source_read(s->source, into, room, got);
}

struct seeds *
seeds_open(const struct seed_options *options)
{
    struct seeds *s = xcalloc(1, sizeof(*s));
    bool is_https = options->scheme != NULL &&
                    str_equal(str_from(options->scheme), STR("https"));
    size_t max_url = URL_MAX_DEFAULT;
    char why[CONFIG_WHY_BYTES];

    s->options = *options;
    s->has_ftp = options->has_ftp;
    s->prefix = is_https ? STR("https://") : STR("http://");
    memcpy(s->text, s->prefix.p, s->prefix.n);
    s->reader = seed_reader_new(seeds_read, s);
    if (options->settings != NULL) {
        max_url = (size_t)options->settings->max_url_length;
        s->has_ftp = s->has_ftp || options->settings->ftp;
        if (options->settings->cacert)
            s->trust.cacert = s->cacert = xstrdup(options->settings->cacert);
        s->trust.is_blind = !options->settings->check_certificate;
    }
    s->not_url = s->has_ftp ? "not a domain, http(s) or ftp URL"
                            : "not a domain or http(s) URL";
    buf_init(&s->url, max_url);
    snprintf(s->too_long, sizeof(s->too_long), "a URL longer than %zu bytes",
             max_url);
    if (options->settings != NULL &&
        canon_new(options->settings, &s->canon, why) != ERR_OK)
        fatalx("%s", why); /* they were checked when they came in */
    s->options.settings = NULL;
    for (size_t i = 0; i < options->count; i++) {
        uint64_t size = seed_source_file_size(options->lists[i]);

        if (size == 0 && seed_source_is_slow(options->lists[i])) {
            s->bytes_total = 0; /* not known: no bar */
            break;
        }
        s->bytes_total += size;
    }
    return s;
}

void
seeds_close(struct seeds *s)
{
    if (s == NULL)
        return;
    seed_source_close(s->source);
    seed_reader_free(s->reader);
    buf_fini(&s->url);
    canon_free(s->canon);
    free(s->cacert);
    free(s);
}

/* A list's name for people; a URL without the password that it may hold. */
static void
seeds_set_name(struct seeds *s, const char *list, const char *member)
{
    struct str name = str_from(list);
    struct url u;
    struct buf canonical;

    buf_init(&canonical, URL_MAX_DEFAULT);
    if (str_equal(name, STR("-")))
        name = STR("standard input");
    else if (url_parse(name, NULL, &canonical, &u) == ERR_OK)
        name = u.text;
    if (member != NULL)
        snprintf(s->name, sizeof(s->name), "%s/%s", LOG_ESC(name),
                 LOG_ESC(str_from(member)));
    else
        snprintf(s->name, sizeof(s->name), "%s", LOG_ESC(name));
    buf_fini(&canonical);
}

/* The member is read: its rows are behind us. */
static void
seeds_leave_member(struct seeds *s)
{
    s->passed_before += seed_reader_passed(s->reader);
    seed_reader_reset(s->reader);
    s->is_in_member = false;
}

static void
seeds_leave_list(struct seeds *s)
{
    uint64_t done = 0, total;

    if (s->source != NULL)
        seed_source_progress(s->source, &done, &total);
    s->bytes_before += done;
    seed_source_close(s->source);
    s->source = NULL;
    s->list++;
}

static enum seed_next
seeds_list_failed(struct seeds *s, const char *why)
{
    log_warnx("%s: %s", s->name, LOG_ESC(str_from(why)));
    s->counts.lists_failed++;
    seeds_leave_list(s);
    return SEED_NEXT_ERROR;
}

static enum seed_next
seeds_end(struct seeds *s)
{
    char text[SEED_REPORT_BYTES];

    if (s->is_over)
        return SEED_NEXT_END;
    s->is_over = true;
    if (s->counts.bad > 0 && s->options.refused == NULL) {
        snprintf(text, sizeof(text),
                 "%" PRIu64 " bad of %" PRIu64 " rows were left out%s",
                 s->counts.bad, s->counts.rows,
                 s->counts.bad > SEED_REPORTS ? " (the first 10 are above)"
                                              : "");
        seeds_say(s, text);
    }
    return SEED_NEXT_END;
}

/* Be in a member: SEED_NEXT_SEED stands for "so it is". */
static enum seed_next
seeds_enter(struct seeds *s)
{
    char why[SEED_SOURCE_WHY_BYTES];
    const char *member;
    enum err e;

    while (!s->is_in_member) {
        const char *list;

        if (s->list == s->options.count)
            return seeds_end(s);
        list = s->options.lists[s->list];
        if (s->source == NULL) {
            seeds_set_name(s, list, NULL);
            if (seed_source_open(list, &s->trust, &s->source, why) != ERR_OK)
                return seeds_list_failed(s, why);
        }
        e = seed_source_next(s->source, &member);
        if (e == ERR_OK) {
            seeds_set_name(s, list, member);
            s->is_in_member = true;
        } else if (e == ERR_NOT_FOUND) {
            seeds_leave_list(s);
        } else {
            seeds_set_name(s, list, NULL);
            return seeds_list_failed(s, seed_source_why(s->source));
        }
    }
    return SEED_NEXT_SEED;
}

enum seed_next
seeds_next(struct seeds *s, struct seed *seed)
{
    struct seed_row row;
    struct url u;

    for (int rows = 0; rows < SEED_ROWS_A_CALL; rows++) {
        enum seed_next entered;
        const char *wrong;

        if (s->options.max_seeds > 0 && s->counts.good >= s->options.max_seeds)
            return seeds_end(s);
        entered = seeds_enter(s);
        if (entered != SEED_NEXT_SEED)
            return entered;
        switch (seed_reader_next(s->reader, &row)) {
        case SEED_READ_PAUSE:
            return SEED_NEXT_PAUSE;
        case SEED_READ_END:
            seeds_leave_member(s);
            continue;
        case SEED_READ_ERROR:
            seeds_leave_member(s);
            return seeds_list_failed(s, seed_source_why(s->source));
        case SEED_READ_ROW:
            break;
        }
        seed->row = s->passed_before + seed_reader_passed(s->reader);
        if (seed->row <= s->options.skip_rows)
            continue;
        s->counts.rows++;
        wrong = row.wrong ? row.wrong : seeds_judge(s, row.field, &u);
        if (wrong == NULL) {
            s->counts.good++;
            seed->url = u.text;
            seed->host = u.host;
            seed->list = s->name;
            seed->line = row.line;
            return SEED_NEXT_SEED;
        }
        seeds_bad_row(s, &row, wrong);
    }
    return SEED_NEXT_PAUSE;
}

void
seeds_counts(const struct seeds *s, struct seed_counts *counts)
{
    uint64_t done = 0, total = 0;

    *counts = s->counts;
    if (s->source != NULL)
        seed_source_progress(s->source, &done, &total);
    counts->bytes_read = s->bytes_before + done;
    counts->bytes_total = s->bytes_total;
    /* a URL alone: its server may have said how long it is */
    if (s->bytes_total == 0 && s->options.count == 1)
        counts->bytes_total = total;
}

uint64_t
seeds_passed(const struct seeds *s)
{
    return s->passed_before +
           (s->is_in_member ? seed_reader_passed(s->reader) : 0);
}

bool
seeds_is_slow(const struct seeds *s)
{
    for (size_t i = s->list; i < s->options.count; i++)
        if (seed_source_is_slow(s->options.lists[i]))
            return true;
    return false;
}
