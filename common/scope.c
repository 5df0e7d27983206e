/* SPDX-License-Identifier: MIT */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "common/scope.h"

#include <pcre2.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/traps.h"

enum { SCOPE_MATCH_LIMIT = 100000 }; /* some ms; PCRE2's own is 10,000,000 */

struct scope_list {
    pcre2_code **codes;
    size_t n;
};

struct scope {
    const struct config *config;
    struct scope_list accept, reject;
    struct traps traps;
};

struct scope_match {
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

static enum err
scope_compile(const struct config_list *patterns, struct scope_list *out,
              char why[CONFIG_WHY_BYTES])
{
    out->codes = xcalloc(patterns->n + 1, sizeof(*out->codes));
    for (size_t i = 0; i < patterns->n; i++) {
        PCRE2_UCHAR text[128];
        PCRE2_SIZE at;
        int code;

        out->codes[i] =
            pcre2_compile((PCRE2_SPTR)patterns->v[i], PCRE2_ZERO_TERMINATED, 0,
                          &code, &at, NULL);
        if (out->codes[i] == NULL) {
            pcre2_get_error_message(code, text, sizeof(text));
            snprintf(why, CONFIG_WHY_BYTES, "regex \"%.200s\" at %zu: %s",
                     patterns->v[i], (size_t)at, (const char *)text);
            return ERR_INVALID;
        }
        out->n = i + 1;
        pcre2_jit_compile(out->codes[i], PCRE2_JIT_COMPLETE);
    }
    return ERR_OK;
}

static void
scope_list_fini(struct scope_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        pcre2_code_free(list->codes[i]);
    free(list->codes);
}

/* The present is that of the process's start: years are what counts. */
static void
scope_set_traps(struct scope *s)
{
    const struct config *c = s->config;
    int64_t year = 1970 + (int64_t)time(NULL) / 31556952; /* 365.2425 days */

    s->traps.max_segments = (unsigned)c->max_path_segments;
    s->traps.max_repeats = (unsigned)c->max_repeats;
    s->traps.max_same_param = (unsigned)c->max_same_param;
    s->traps.last_year =
        c->max_years_ahead < 0 ? 0 : (unsigned)(year + c->max_years_ahead);
}

enum err
scope_new(const struct config *c, struct scope **out,
          char why[CONFIG_WHY_BYTES])
{
    struct scope *s = xcalloc(1, sizeof(*s));
    enum err e;

    s->config = c;
    scope_set_traps(s);
    e = scope_compile(&c->accept_regex, &s->accept, why);
    if (e == ERR_OK)
        e = scope_compile(&c->reject_regex, &s->reject, why);
    if (e != ERR_OK) {
        scope_free(s);
        s = NULL;
    }
    *out = s;
    return e;
}

void
scope_free(struct scope *s)
{
    if (s == NULL)
        return;
    scope_list_fini(&s->accept);
    scope_list_fini(&s->reject);
    free(s);
}

struct scope_match *
scope_match_new(const struct scope *s)
{
    struct scope_match *m = xcalloc(1, sizeof(*m));

    (void)s;
    m->data = pcre2_match_data_create(1, NULL);
    m->limits = pcre2_match_context_create(NULL);
    if (m->limits)
        pcre2_set_match_limit(m->limits, SCOPE_MATCH_LIMIT);
    return m;
}

void
scope_match_free(struct scope_match *m)
{
    if (m == NULL)
        return;
    pcre2_match_data_free(m->data);
    pcre2_match_context_free(m->limits);
    free(m);
}

/* The first pattern that matches; list->n without one. */
static size_t
scope_first_match(const struct scope_list *list, struct scope_match *m,
                  struct str text)
{
    size_t i = 0;

    while (i < list->n && pcre2_match(list->codes[i], (PCRE2_SPTR)text.p,
                                      text.n, 0, 0, m->data, m->limits) < 0)
        i++;
    return i;
}

static bool
scope_any_match(const struct scope_list *list, struct scope_match *m,
                struct str text)
{
    return scope_first_match(list, m, text) < list->n;
}

/* host is one of the comma-separated names, or under one of them. */
static bool
scope_in_domains(const struct config_list *lists, struct str host)
{
    for (size_t i = 0; i < lists->n; i++) {
        struct str rest = str_from(lists->v[i]);

        while (rest.n > 0) {
            struct str name = str_trim(str_cut(&rest, ','));

            if (name.n > 0 && name.p[0] == '.') {
                name.p++;
                name.n--;
            }
            if (name.n == 0 || host.n < name.n ||
                !str_equal_nocase(
                    (struct str){host.p + host.n - name.n, name.n}, name))
                continue;
            if (host.n == name.n || host.p[host.n - name.n - 1] == '.')
                return true;
        }
    }
    return false;
}

/* What a site makes up without end. */
static enum scope_answer
scope_judge_traps(const struct traps *t, const struct url *url, unsigned depth)
{
    size_t segments = traps_segments(url->path);
    struct str name;

    if (t->max_segments > 0 && segments > t->max_segments)
        return SCOPE_SEGMENTS;
    if (t->max_repeats > 0) {
        if (segments > t->max_repeats &&
            traps_repeats(url->path, t->max_repeats) > t->max_repeats)
            return SCOPE_REPEATS;
        if (url->query.n > 0 &&
            traps_same_parts(url->query, t->max_repeats) > t->max_repeats)
            return SCOPE_REPEATS;
    }
    if (t->max_same_param > 0 && url->query.n > 0 &&
        traps_same_param(url->query, t->max_same_param, &name) >
            t->max_same_param)
        return SCOPE_SAME_PARAM;
    if (t->last_year > 0 && traps_year(url, t->last_year, depth) != 0)
        return SCOPE_CALENDAR;
    return SCOPE_IN;
}

enum scope_answer
scope_judge(const struct scope *s, struct scope_match *m, const struct url *url,
            unsigned depth)
{
    const struct config *c = s->config;

    if (c->level >= 0 && (int64_t)depth > c->level)
        return SCOPE_TOO_DEEP;
    if (c->domains.n > 0 && !scope_in_domains(&c->domains, url->host))
        return SCOPE_OTHER_DOMAIN;
    if (c->exclude_domains.n > 0 &&
        scope_in_domains(&c->exclude_domains, url->host))
        return SCOPE_OTHER_DOMAIN;
    if (s->reject.n > 0 && scope_any_match(&s->reject, m, url->text))
        return SCOPE_REJECTED;
    if (s->accept.n > 0 && !scope_any_match(&s->accept, m, url->text))
        return SCOPE_NOT_ACCEPTED;
    return scope_judge_traps(&s->traps, url, depth);
}

enum scope_answer
scope_judge_link(const struct scope *s, struct scope_match *m,
                 const struct url *url, unsigned depth, struct str from)
{
    int64_t most = s->config->max_chain;
    enum scope_answer a = scope_judge(s, m, url, depth);

    if (a == SCOPE_IN && most > 0 && (int64_t)depth > most &&
        traps_is_chain(url->text, from))
        return SCOPE_CHAIN;
    return a;
}

enum stats_id
scope_counter(enum scope_answer a)
{
    static const enum stats_id counters[] = {
#define SCOPE_COUNTER(name, counter) STAT_##counter,
        SCOPE_TABLE(SCOPE_COUNTER)
#undef SCOPE_COUNTER
    };

    return counters[a];
}

/* "--domains a.test b.test", as far as there is room. */
static void
scope_say_list(const char *before, const struct config_list *list,
               char why[SCOPE_WHY_BYTES])
{
    int n = snprintf(why, SCOPE_WHY_BYTES, "%s", before);

    for (size_t i = 0; i < list->n && n < SCOPE_WHY_BYTES; i++)
        n += snprintf(why + n, SCOPE_WHY_BYTES - (size_t)n, " %s",
                      LOG_ESC(str_from(list->v[i])));
}

static void
scope_say_trap(const struct scope *s, enum scope_answer a,
               const struct url *url, unsigned depth, char why[SCOPE_WHY_BYTES])
{
    const struct traps *t = &s->traps;
    struct str name;
    unsigned n;

    switch (a) {
    case SCOPE_SEGMENTS:
        snprintf(why, SCOPE_WHY_BYTES,
                 "its path has %zu segments, above --max-path-segments %u",
                 traps_segments(url->path), t->max_segments);
        break;
    case SCOPE_REPEATS:
        snprintf(why, SCOPE_WHY_BYTES,
                 "its %s repeats itself in a row, above --max-repeats %u",
                 traps_repeats(url->path, t->max_repeats) > t->max_repeats
                     ? "path"
                     : "query",
                 t->max_repeats);
        break;
    case SCOPE_SAME_PARAM:
        n = traps_same_param(url->query, t->max_same_param, &name);
        if (name.n > 100)
            name.n = 100;
        snprintf(why, SCOPE_WHY_BYTES,
                 "it gives the parameter %s %u times, above "
                 "--max-same-param %u",
                 LOG_ESC(name), n, t->max_same_param);
        break;
    case SCOPE_CALENDAR:
        n = traps_year(url, t->last_year, depth);
        if (n > t->last_year)
            snprintf(why, SCOPE_WHY_BYTES,
                     "it has a date of %u, above --max-years-ahead %" PRId64, n,
                     s->config->max_years_ahead);
        else
            snprintf(why, SCOPE_WHY_BYTES,
                     "it has a date of %u, before %d, and more than %d links "
                     "from a seed (--max-years-ahead)",
                     n, TRAPS_YEAR_OLD, TRAPS_OLD_DEPTH);
        break;
    default:
        snprintf(why, SCOPE_WHY_BYTES,
                 "its depth %u is above --max-chain %" PRId64
                 ", and only digits differ from the page it was found on",
                 depth, s->config->max_chain);
        break;
    }
}

enum scope_answer
scope_explain(const struct scope *s, struct scope_match *m,
              const struct url *url, unsigned depth, char why[SCOPE_WHY_BYTES])
{
    return scope_explain_link(s, m, url, depth, STR_NONE, why);
}

enum scope_answer
scope_explain_link(const struct scope *s, struct scope_match *m,
                   const struct url *url, unsigned depth, struct str from,
                   char why[SCOPE_WHY_BYTES])
{
    const struct config *c = s->config;
    enum scope_answer a = scope_judge_link(s, m, url, depth, from);
    size_t i;

    why[0] = '\0';
    switch (a) {
    case SCOPE_IN:
        break;
    case SCOPE_TOO_DEEP:
        snprintf(why, SCOPE_WHY_BYTES, "its depth %u is above --level %" PRId64,
                 depth, c->level);
        break;
    case SCOPE_OTHER_DOMAIN:
        if (c->domains.n > 0 && !scope_in_domains(&c->domains, url->host))
            scope_say_list("its host is in none of --domains", &c->domains,
                           why);
        else
            scope_say_list("its host is in --exclude-domains",
                           &c->exclude_domains, why);
        break;
    case SCOPE_REJECTED:
        i = scope_first_match(&s->reject, m, url->text);
        snprintf(why, SCOPE_WHY_BYTES, "it matches --reject-regex %s",
                 LOG_ESC(str_from(i < c->reject_regex.n ? c->reject_regex.v[i]
                                                        : "")));
        break;
    case SCOPE_NOT_ACCEPTED:
        scope_say_list("it matches no --accept-regex of", &c->accept_regex,
                       why);
        break;
    default:
        scope_say_trap(s, a, url, depth, why);
        break;
    }
    return a;
}
