/* SPDX-License-Identifier: MIT */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "common/extract_rules.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/css.h"
#include "common/glob.h"
#include "common/mem.h"
#include "common/xpath_check.h"

enum {
    EXTRACT_XPATH_MAX = 1 << 16,  /* bytes of an expression */
    EXTRACT_MATCH_LIMIT = 100000, /* as in scope.c */
    EXTRACT_PLACE_BYTES = 160
};

/* The pattern of a section: one of the two. */
struct extract_pattern {
    char *glob;
    pcre2_code *regex;
};

/* Reading, and where: for whom to tell. */
struct extract_reader {
    struct extract_rules *rules;
    char place[EXTRACT_PLACE_BYTES]; /* "extract" or "FILE:3" */
    char *why;
};

static enum err
extract_fail(const struct extract_reader *r, const char *what, struct str text)
{
    snprintf(r->why, CONFIG_WHY_BYTES, "%s: %s%s%.*s%s", r->place, what,
             text.n > 0 ? ": \"" : "", text.n < 200 ? (int)text.n : 200,
             text.p ? text.p : "", text.n > 0 ? "\"" : "");
    return ERR_INVALID;
}

/* at: where in the expression, from 0. */
static enum err
extract_fail_at(const struct extract_reader *r, const char *name,
                struct str text, size_t at, const char *what)
{
    snprintf(r->why, CONFIG_WHY_BYTES, "%s: %s: \"%.*s\" at %zu: %s", r->place,
             name, text.n < 200 ? (int)text.n : 200, text.p, at + 1, what);
    return ERR_INVALID;
}

/* --- one expression --- */

static bool
extract_take_prefix(struct str *rest, struct str prefix, bool *is_there)
{
    if (!str_starts(*rest, prefix))
        return false;
    *is_there = true;
    *rest = (struct str){rest->p + prefix.n, rest->n - prefix.n};
    return true;
}

/*
 * Where a step may find a node from several others, libxml2 compares all with
 * all.  What css_to_xpath() makes has one such step only, but for "|".
 */
static bool
extract_is_heavy(const char *xpath, bool is_css)
{
    const char *first = strstr(xpath, "//");

    return is_css ? strstr(xpath, " | ") != NULL
                  : (first && strstr(first + 2, "//")) || strpbrk(xpath, "|") ||
                        strstr(xpath, "..") || strstr(xpath, "::");
}

/* text behind its prefixes, as XPath; *out is the caller's. */
static enum err
extract_read_path(const struct extract_reader *r, const char *name,
                  struct str text, struct str rest, bool is_css, char **out)
{
    size_t prefix = (size_t)(rest.p - text.p), at;
    struct css_problem problem;
    char why[XPATH_WHY_BYTES];
    struct buf xpath;
    enum err e;

    buf_init(&xpath, EXTRACT_XPATH_MAX);
    e = is_css ? css_to_xpath(rest, &xpath, &problem)
               : buf_add_str(&xpath, rest);
    if (e == ERR_INVALID)
        e = extract_fail_at(r, name, text, prefix + problem.at, problem.why);
    else if (e != ERR_OK || buf_add_char(&xpath, '\0') != ERR_OK)
        e = extract_fail(r, "the expression is too long", rest);
    else if (xpath_check(xpath.p, &at, why) != ERR_OK)
        e = extract_fail_at(r, name, text, prefix + (is_css ? 0 : at), why);
    else
        *out = xmemdup0(xpath.p, xpath.n - 1);
    buf_fini(&xpath);
    return e;
}

static enum err
extract_read_expression(const struct extract_reader *r, const char *name,
                        struct str text, struct extract_field *f)
{
    struct str rest = text;
    bool is_css = false;
    enum err e;

    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < 0x20 && text.p[i] != '\t')
            return extract_fail_at(r, name, text, i, "a control byte");
    if (!extract_take_prefix(&rest, STR("raw:"), &f->is_raw) &&
        !extract_take_prefix(&rest, STR("text:"), &f->is_text) &&
        !extract_take_prefix(&rest, STR("html:"), &f->is_html))
        extract_take_prefix(&rest, STR("url:"), &f->is_url);
    extract_take_prefix(&rest, STR("css:"), &is_css);
    if (str_trim(rest).n == 0)
        return extract_fail_at(r, name, text, (size_t)(rest.p - text.p),
                               "an expression is missing");
    e = extract_read_path(r, name, text, rest, is_css, &f->xpath);
    f->is_heavy = e == ERR_OK && extract_is_heavy(f->xpath, is_css);
    return e;
}

static bool
extract_is_formed(const struct extract_field *f)
{
    return f->is_raw || f->is_text || f->is_html || f->is_url;
}

/* --- fields --- */

static bool
extract_is_reserved(const struct extract_rules *rules, const char *name)
{
    static const char *const own[] = {"url",   "fetched",     "truncated",
                                      "title", "description", "text"};

    for (size_t i = 0; i < (rules->has_text ? 6 : 3); i++)
        if (strcmp(name, own[i]) == 0)
            return true;
    return false;
}

static struct extract_field *
extract_find_field(const struct extract_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->fields[i].name, name) == 0)
            return &set->fields[i];
    return NULL;
}

static void
extract_add_field(struct extract_set *set, struct extract_field f)
{
    set->fields =
        xreallocarray(set->fields, set->count + 1, sizeof(*set->fields));
    set->fields[set->count++] = f;
}

static enum err
extract_read_name(const struct extract_reader *r, struct str name,
                  const struct extract_set *set, struct extract_field *f)
{
    if (str_ends(name, STR("[]"))) {
        f->is_list = true;
        name.n -= 2;
    }
    for (size_t i = 0; i < name.n; i++)
        if (!str_is_alpha(name.p[i]) && !str_is_digit(name.p[i]) &&
            strchr("_-.", name.p[i]) == NULL)
            return extract_fail(r, "a name is letters, digits and _-.", name);
    if (name.n == 0 || name.n > EXTRACT_NAME_MAX)
        return extract_fail(r, "a name has 1 to 64 bytes", name);
    f->name = xmemdup0(name.p, name.n);
    if (extract_is_reserved(r->rules, f->name))
        return extract_fail(r, "this name is taken, choose another one", name);
    if (extract_find_field(set, f->name))
        return extract_fail(r, "this name is given twice", name);
    if (set->count == EXTRACT_FIELDS_MAX)
        return extract_fail(r, "more than 256 fields", name);
    return ERR_OK;
}

static void
extract_field_fini(struct extract_field *f)
{
    free(f->name);
    free(f->xpath);
}

/* "NAME = EXPRESSION", "NAME[] = ...", "@each = ..." into set. */
static enum err
extract_read_line(const struct extract_reader *r, struct str line,
                  struct extract_set *set)
{
    struct str rest = line, name = str_trim(str_cut(&rest, '='));
    struct extract_field f = {0};
    enum err e;

    rest = str_trim(rest);
    if (memchr(line.p ? line.p : "", '=', line.n) == NULL)
        return extract_fail(r, "not of the form NAME=EXPRESSION", line);
    if (str_equal(name, STR("@each"))) {
        if (set->each.xpath != NULL)
            return extract_fail(r, "@each is given twice", STR_NONE);
        e = extract_read_expression(r, "@each", rest, &f);
        if (e == ERR_OK && extract_is_formed(&f))
            e = extract_fail(r, "@each finds nodes: css: at most", rest);
        if (e == ERR_OK)
            set->each = f;
        else
            extract_field_fini(&f);
        return e;
    }
    e = extract_read_name(r, name, set, &f);
    if (e == ERR_OK)
        e = extract_read_expression(r, f.name, rest, &f);
    if (e == ERR_OK)
        extract_add_field(set, f);
    else
        extract_field_fini(&f);
    return e;
}

/* --- sections --- */

static enum err
extract_read_pattern(const struct extract_reader *r, struct str text,
                     struct extract_pattern *p)
{
    PCRE2_UCHAR message[128];
    struct str regex = text;
    PCRE2_SIZE at;
    int code;

    if (text.n == 0)
        return extract_fail(r, "a [PATTERN] for URLs is empty", STR_NONE);
    if (text.p[0] != '~') {
        p->glob = xmemdup0(text.p, text.n);
        return ERR_OK;
    }
    regex = str_trim((struct str){text.p + 1, text.n - 1});
    p->regex = pcre2_compile((PCRE2_SPTR)regex.p, regex.n, 0, &code, &at, NULL);
    if (p->regex == NULL) {
        pcre2_get_error_message(code, message, sizeof(message));
        return extract_fail_at(r, "regex", regex, at, (const char *)message);
    }
    pcre2_jit_compile(p->regex, PCRE2_JIT_COMPLETE);
    return ERR_OK;
}

static enum err
extract_begin_section(struct extract_reader *r, struct str line)
{
    struct extract_rules *rules = r->rules;
    struct extract_set *set;

    if (line.p[line.n - 1] != ']')
        return extract_fail(r, "a ] is missing at the end", line);
    if (rules->count > EXTRACT_SETS_MAX)
        return extract_fail(r, "more than 1000 sections", STR_NONE);
    rules->sets =
        xreallocarray(rules->sets, rules->count + 1, sizeof(*rules->sets));
    set = &rules->sets[rules->count++];
    *set = (struct extract_set){.pattern =
                                    xcalloc(1, sizeof(struct extract_pattern))};
    return extract_read_pattern(
        r, str_trim((struct str){line.p + 1, line.n - 2}), set->pattern);
}

static enum err
extract_read_file(struct extract_reader *r, const struct config_file *file)
{
    struct str rest = {file->bytes, file->n};
    struct extract_rules *rules = r->rules;
    size_t number = 0;
    enum err e = ERR_OK;

    while (rest.n > 0 && e == ERR_OK) {
        struct str line = str_trim(str_cut(&rest, '\n'));

        number++;
        snprintf(r->place, sizeof(r->place), "%.120s:%zu",
                 file->path ? file->path : "extract-from", number);
        if (number == 1 && str_starts(line, STR("\xef\xbb\xbf")))
            line = str_trim((struct str){line.p + 3, line.n - 3});
        if (line.n == 0 || line.p[0] == '#')
            continue;
        if (line.p[0] == '[')
            e = extract_begin_section(r, line);
        else if (rules->count == 1)
            e = extract_fail(r, "a [PATTERN] for URLs must stand before it",
                             line);
        else
            e = extract_read_line(r, line, &rules->sets[rules->count - 1]);
    }
    if (e == ERR_OK && rules->count == 1)
        return extract_fail(r,
                            "no section: [PATTERN] for URLs, then NAME = "
                            "EXPRESSION lines",
                            STR_NONE);
    return e;
}

/* --- all of it --- */

/* What the command line asks for goes into each section as well. */
static void
extract_spread(struct extract_rules *rules)
{
    const struct extract_set *all = &rules->sets[0];

    for (size_t i = 1; i < rules->count; i++) {
        struct extract_set *set = &rules->sets[i];

        if (set->each.xpath == NULL && all->each.xpath != NULL) {
            set->each = all->each;
            set->each.xpath = xstrdup(all->each.xpath);
        }
        for (size_t j = 0; j < all->count; j++) {
            struct extract_field f = all->fields[j];

            if (extract_find_field(set, f.name))
                continue; /* the section knows better */
            f.name = xstrdup(f.name);
            f.xpath = xstrdup(f.xpath);
            extract_add_field(set, f);
        }
    }
}

static void
extract_find_columns(struct extract_rules *rules)
{
    for (size_t i = 0; i < rules->count; i++)
        for (size_t j = 0; j < rules->sets[i].count; j++) {
            char *name = rules->sets[i].fields[j].name;
            size_t k = 0;

            while (k < rules->columns_count &&
                   strcmp(rules->columns[k], name) != 0)
                k++;
            if (k < rules->columns_count)
                continue;
            rules->columns =
                xreallocarray(rules->columns, k + 1, sizeof(*rules->columns));
            rules->columns[rules->columns_count++] = name;
        }
}

static enum err
extract_read(struct extract_reader *r, const struct config *c)
{
    struct extract_set *all = &r->rules->sets[0];
    struct extract_field each = {0};
    enum err e = ERR_OK;

    snprintf(r->place, sizeof(r->place), "extract-each");
    if (c->extract_each)
        e = extract_read_expression(r, "each", str_from(c->extract_each),
                                    &each);
    all->each = each;
    if (e == ERR_OK && extract_is_formed(&each))
        e = extract_fail(r, "it finds nodes: css: at most", STR_NONE);
    for (size_t i = 0; i < c->extract.n && e == ERR_OK; i++) {
        snprintf(r->place, sizeof(r->place), "extract");
        e = extract_read_line(r, str_from(c->extract.v[i]), all);
    }
    if (e == ERR_OK && c->extract_from.bytes)
        e = extract_read_file(r, &c->extract_from);
    return e;
}

static enum err
extract_check_settings(const struct config *c, char why[CONFIG_WHY_BYTES])
{
    if (c->extract_each && c->extract.n == 0 && !c->extract_from.bytes &&
        !c->text) {
        snprintf(why, CONFIG_WHY_BYTES,
                 "extract-each: --extract NAME=... says what to take of each");
        return ERR_INVALID;
    }
    return ERR_OK;
}

enum err
extract_rules_new(const struct config *c, struct extract_rules **out,
                  char why[CONFIG_WHY_BYTES])
{
    struct extract_reader r = {.why = why};
    enum err e = extract_check_settings(c, why);

    *out = NULL;
    if (e != ERR_OK ||
        (c->extract.n == 0 && !c->extract_from.bytes && !c->text))
        return e;
    r.rules = xcalloc(1, sizeof(*r.rules));
    r.rules->has_text = c->text;
    r.rules->is_csv = strcmp(c->extract_format, "csv") == 0;
    r.rules->bytes_max = (size_t)c->extract_max;
    r.rules->sets = xcalloc(1, sizeof(*r.rules->sets));
    r.rules->count = 1;
    e = extract_read(&r, c);
    if (e != ERR_OK) {
        extract_rules_free(r.rules);
        return e;
    }
    extract_spread(r.rules);
    extract_find_columns(r.rules);
    *out = r.rules;
    return ERR_OK;
}

static void
extract_set_fini(struct extract_set *set)
{
    struct extract_pattern *p = set->pattern;

    if (p) {
        free(p->glob);
        pcre2_code_free(p->regex);
        free(p);
    }
    for (size_t i = 0; i < set->count; i++)
        extract_field_fini(&set->fields[i]);
    free(set->fields);
    extract_field_fini(&set->each);
}

void
extract_rules_free(struct extract_rules *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++)
        extract_set_fini(&r->sets[i]);
    free(r->sets);
    free(r->columns);
    free(r);
}

static bool
extract_pattern_matches(const struct extract_pattern *p, struct str url)
{
    pcre2_match_context *limits;
    pcre2_match_data *data;
    bool is_match;

    if (p->glob)
        return glob_matches(str_from(p->glob), url);
    limits = pcre2_match_context_create(NULL);
    data = pcre2_match_data_create(1, NULL);
    if (limits == NULL || data == NULL)
        abort();
    pcre2_set_match_limit(limits, EXTRACT_MATCH_LIMIT);
    is_match = pcre2_match(p->regex, (PCRE2_SPTR)url.p, url.n, 0, 0, data,
                           limits) >= 0;
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    return is_match;
}

size_t
extract_rules_match(const struct extract_rules *r, struct str url)
{
    for (size_t i = 1; i < r->count; i++)
        if (extract_pattern_matches(r->sets[i].pattern, url))
            return i;
    return 0;
}
