/*
 * Two passes.  The first goes over the lines and keeps the rules of our
 * groups and of the groups of "*" as slices of the text; the second takes
 * those that count, normalises them and sorts them, the longest first, allow
 * before disallow: the first that matches is the answer (2.2.2).
 *
 * Rules and targets are compared in one normal form, see robots_pattern.h.  A
 * target may have a second one, with its query folded: a rule with a "?"
 * knows where its query begins and is compared with that one, any other rule
 * with the first, since behind a "*" nobody can tell.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/robots.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/robots_pattern.h"

enum {
    GROUP_OURS = 1, /* the group names our token */
    GROUP_STAR = 2, /* the group names "*" */
    GROUPS = 4
};

enum {
    HEAD_BYTES = 8,         /* what is compared before a rule is looked at */
    TARGET_BYTES = 3 * 2083 /* normalised, kept on the stack; longer: heap */
};

struct robots_rule {
    uint64_t head;   /* the first octets, zero from head_n on */
    uint64_t octets; /* which octets must be in the target: octet_bit() */
    uint32_t at;     /* offset of the pattern in text */
    uint32_t n;      /* its octets, "*" and "$" among them: its priority */
    uint32_t line;
    uint8_t head_n;
    bool is_allow;
    bool has_star;
    bool is_anchored; /* ends in "$" */
    bool has_query;   /* has a "?" */
};

struct robots {
    struct buf text; /* the normalised patterns, then the sitemaps */
    struct robots_rule *rules;
    size_t n_rules;
    struct str *sitemaps; /* borrow from text */
    size_t n_sitemaps;
    long delay_ms; /* -1: none */
};

/* A rule as it stands in the file. */
struct raw_rule {
    struct str value;
    unsigned line;
    unsigned groups;
    bool is_allow;
};

struct parser {
    struct str agent;
    struct raw_rule *rules;
    size_t n_rules, cap_rules;
    struct str *sitemaps;
    size_t n_sitemaps;
    long delay_ms[GROUPS]; /* by GROUP_ */
    unsigned line;
    unsigned seen;  /* GROUP_ bits of all groups so far */
    unsigned named; /* GROUP_ bits of the group we are in */
    bool has_rules; /* the group we are in: a user-agent line ends it */
};

enum record {
    RECORD_UNKNOWN,
    RECORD_AGENT,
    RECORD_ALLOW,
    RECORD_DISALLOW,
    RECORD_DELAY,
    RECORD_SITEMAP
};

/*
 * The misspellings are those that large crawlers forgive; who wrote one meant
 * it, and nobody is better served by a rule that is not obeyed.
 */
static const struct {
    const char *name;
    enum record record;
} record_names[] = {
    {"user-agent", RECORD_AGENT},  {"disallow", RECORD_DISALLOW},
    {"allow", RECORD_ALLOW},       {"crawl-delay", RECORD_DELAY},
    {"sitemap", RECORD_SITEMAP},   {"useragent", RECORD_AGENT},
    {"user agent", RECORD_AGENT},  {"dissallow", RECORD_DISALLOW},
    {"dissalow", RECORD_DISALLOW}, {"disalow", RECORD_DISALLOW},
    {"diasllow", RECORD_DISALLOW}, {"disallaw", RECORD_DISALLOW},
    {"crawl delay", RECORD_DELAY}, {"crawldelay", RECORD_DELAY},
    {"site-map", RECORD_SITEMAP},  {"sitemaps", RECORD_SITEMAP},
};

/* ---- the first pass: lines ---- */

/* RFC 9309, 2.2: NL is CR, LF or both. */
static struct str
robots_cut_line(struct str *rest)
{
    struct str line = *rest;
    size_t n = 0;

    while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
        n++;
    line.n = n;
    if (n < rest->n)
        n += rest->p[n] == '\r' && n + 1 < rest->n && rest->p[n + 1] == '\n'
                 ? 2
                 : 1;
    rest->p += n;
    rest->n -= n;
    return line;
}

/*
 * Split a line without its comment at the colon; one of just two words does
 * without, as large crawlers forgive it too.
 */
static enum record
robots_split_line(struct str line, struct str *value)
{
    struct str key, rest = line;
    size_t gap = 0;

    key = str_trim(str_cut(&rest, ':'));
    if (key.n == str_trim(line).n) {
        while (gap < key.n && key.p[gap] != ' ' && key.p[gap] != '\t')
            gap++;
        rest = (struct str){key.p + gap, key.n - gap};
        key.n = gap;
        rest = str_trim(rest);
        if (rest.n == 0 || memchr(rest.p, ' ', rest.n) != NULL ||
            memchr(rest.p, '\t', rest.n) != NULL)
            return RECORD_UNKNOWN;
    }
    *value = str_trim(rest);
    for (size_t i = 0; i < sizeof(record_names) / sizeof(record_names[0]); i++)
        if (str_equal_nocase(key, str_from(record_names[i].name)))
            return record_names[i].record;
    return RECORD_UNKNOWN;
}

/*
 * 2.2.1: the token is compared without case.  What follows the token, as the
 * version in "weft/1.0", does not count.
 */
static unsigned
robots_agent_groups(const struct parser *p, struct str value)
{
    char next;

    if (value.n > 0 && value.p[0] == '*')
        return value.n == 1 || str_is_space(value.p[1]) ? GROUP_STAR : 0;
    if (p->agent.n == 0 || !str_starts_nocase(value, p->agent))
        return 0;
    if (value.n == p->agent.n)
        return GROUP_OURS;
    next = value.p[p->agent.n];
    return str_is_alpha(next) || next == '-' || next == '_' ? 0 : GROUP_OURS;
}

/* Seconds with decimals, white space or the end behind; -1 for all else. */
static long
robots_delay_ms(struct str value)
{
    const long most = LONG_MAX / 1000 - 1;
    long seconds = 0, ms = 0, unit = 100;
    size_t at = 0, digits = 0;

    for (; at < value.n && str_is_digit(value.p[at]); at++, digits++) {
        long digit = value.p[at] - '0';

        if (seconds > (most - digit) / 10)
            return -1;
        seconds = seconds * 10 + digit;
    }
    if (at < value.n && value.p[at] == '.')
        for (at++; at < value.n && str_is_digit(value.p[at]); at++, digits++) {
            ms += (value.p[at] - '0') * unit;
            unit /= 10;
        }
    if (digits == 0 || (at < value.n && !str_is_space(value.p[at])))
        return -1;
    return seconds * 1000 + ms;
}

static void
robots_add_rule(struct parser *p, struct str value, bool is_allow)
{
    p->has_rules = true;
    /* an empty pattern matches nothing, nor does one that is no path */
    if (p->named == 0 || value.n == 0 ||
        (value.p[0] != '/' && value.p[0] != '*'))
        return;
    if (p->n_rules == p->cap_rules) {
        p->cap_rules = p->cap_rules ? 2 * p->cap_rules : 32;
        p->rules = xreallocarray(p->rules, p->cap_rules, sizeof(*p->rules));
    }
    p->rules[p->n_rules++] = (struct raw_rule){.value = value,
                                               .line = p->line,
                                               .groups = p->named,
                                               .is_allow = is_allow};
}

/*
 * It counts for the agents that stand above it.  By 2.2.4 it does not end the
 * user-agent lines; but "User-agent: slow, Crawl-delay: 10" with another
 * user-agent line below is common, and never meant for that one.
 */
static void
robots_add_delay(struct parser *p, struct str value)
{
    long ms = robots_delay_ms(value);

    for (unsigned group = 1; group < GROUPS; group *= 2)
        if ((p->named & group) && ms > p->delay_ms[group])
            p->delay_ms[group] = ms;
}

static void
robots_add_sitemap(struct parser *p, struct str value)
{
    if (value.n == 0 || p->n_sitemaps == ROBOTS_MAX_SITEMAPS)
        return;
    if (p->sitemaps == NULL)
        p->sitemaps = xcalloc(ROBOTS_MAX_SITEMAPS, sizeof(*p->sitemaps));
    p->sitemaps[p->n_sitemaps++] = value;
}

static void
robots_read_line(struct parser *p, struct str line)
{
    enum record record;
    struct str value;

    p->line++;
    line = str_trim(line);
    line = str_cut(&line, '#');
    record = robots_split_line(line, &value);
    if (record == RECORD_UNKNOWN)
        return;
    switch (record) {
    case RECORD_AGENT:
        if (p->has_rules)
            p->named = 0;
        p->has_rules = false;
        p->named |= robots_agent_groups(p, value);
        p->seen |= p->named;
        break;
    case RECORD_ALLOW:
    case RECORD_DISALLOW:
        robots_add_rule(p, value, record == RECORD_ALLOW);
        break;
    case RECORD_DELAY:
        robots_add_delay(p, value);
        break;
    default:
        robots_add_sitemap(p, value);
    }
}

/* The part of the file that is read: no BOM, whole lines. */
static struct str
robots_readable(struct str txt)
{
    if (txt.n > ROBOTS_MAX_BYTES) {
        size_t n = ROBOTS_MAX_BYTES;

        if (txt.p[n] != '\n' && txt.p[n] != '\r')
            while (n > 0 && txt.p[n - 1] != '\n' && txt.p[n - 1] != '\r')
                n--;
        txt.n = n;
    }
    if (str_starts(txt, STR("\xef\xbb\xbf"))) {
        txt.p += 3;
        txt.n -= 3;
    }
    return txt;
}

/* ---- the second pass: rules ---- */

static uint64_t
octet_bit(char c)
{
    return (uint64_t)1 << ((unsigned char)c & 63);
}

/* Fill in what robots_allows() looks at before it looks at the pattern. */
static void
robots_index_rule(struct robots_rule *rule, const char *pattern)
{
    size_t literal = rule->n;

    rule->is_anchored = pattern[rule->n - 1] == '$';
    literal -= rule->is_anchored;
    rule->has_query = memchr(pattern, '?', rule->n) != NULL;
    for (size_t i = literal; i-- > 0;) {
        if (pattern[i] == '*') {
            rule->has_star = true;
            literal = i;
        } else {
            rule->octets |= octet_bit(pattern[i]);
        }
    }
    rule->head_n = literal < HEAD_BYTES ? (uint8_t)literal : HEAD_BYTES;
    memcpy(&rule->head, pattern, rule->head_n);
}

struct sort_key {
    const char *text;
    struct robots_rule rule;
};

static int
robots_compare(const void *left, const void *right)
{
    const struct sort_key *a = left, *b = right;
    int order;

    if (a->rule.n != b->rule.n)
        return a->rule.n > b->rule.n ? -1 : 1;
    if (a->rule.is_allow != b->rule.is_allow)
        return a->rule.is_allow ? -1 : 1;
    order = memcmp(a->text + a->rule.at, b->text + b->rule.at, a->rule.n);
    if (order == 0)
        order = a->rule.line < b->rule.line ? -1 : a->rule.line > b->rule.line;
    return order;
}

/* Put n keys in order into r->rules, each rule once. */
static void
robots_sort(struct robots *r, struct sort_key *keys, size_t n)
{
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        keys[i].text = r->text.p;
    qsort(keys, n, sizeof(*keys), robots_compare);
    r->rules = xcalloc(n, sizeof(*r->rules));
    for (size_t i = 0; i < n; i++) {
        const struct robots_rule *rule = &keys[i].rule, *last;

        last = r->n_rules ? &r->rules[r->n_rules - 1] : NULL;
        if (last != NULL && last->n == rule->n &&
            last->is_allow == rule->is_allow &&
            memcmp(r->text.p + last->at, r->text.p + rule->at, rule->n) == 0)
            continue;
        r->rules[r->n_rules++] = *rule;
    }
    r->rules = xreallocarray(r->rules, r->n_rules, sizeof(*r->rules));
}

static enum err
robots_build_rules(struct robots *r, const struct parser *p, unsigned group)
{
    struct sort_key *keys = xcalloc(p->n_rules + 1, sizeof(*keys));
    enum err e = ERR_OK;
    size_t n = 0;

    for (size_t i = 0; i < p->n_rules; i++) {
        const struct raw_rule *raw = &p->rules[i];
        struct robots_rule *rule = &keys[n].rule;

        if (!(raw->groups & group))
            continue;
        e = buf_reserve(&r->text, ROBOTS_PATTERN_GROWTH * raw->value.n);
        if (e != ERR_OK)
            goto out;
        rule->at = (uint32_t)r->text.n;
        rule->n = (uint32_t)robots_pattern_normalise(raw->value, true,
                                                     r->text.p + r->text.n);
        rule->line = raw->line;
        rule->is_allow = raw->is_allow;
        robots_index_rule(rule, r->text.p + rule->at);
        r->text.n += rule->n;
        n++;
    }
    robots_sort(r, keys, n);
out:
    free(keys);
    return e;
}

/* The last to add to text: from here on its bytes stay where they are. */
static enum err
robots_build_sitemaps(struct robots *r, const struct parser *p)
{
    size_t at = r->text.n;
    enum err e = ERR_OK;

    for (size_t i = 0; i < p->n_sitemaps && e == ERR_OK; i++)
        e = buf_add_str(&r->text, p->sitemaps[i]);
    if (e != ERR_OK || r->text.n == 0)
        return e;
    r->text.p = xreallocarray(r->text.p, r->text.n, 1);
    r->text.cap = r->text.n;
    r->sitemaps = xcalloc(p->n_sitemaps + 1, sizeof(*r->sitemaps));
    for (; r->n_sitemaps < p->n_sitemaps; r->n_sitemaps++) {
        size_t n = p->sitemaps[r->n_sitemaps].n;

        r->sitemaps[r->n_sitemaps] = (struct str){r->text.p + at, n};
        at += n;
    }
    return ERR_OK;
}

/* Without rules. */
static struct robots *
robots_new(void)
{
    struct robots *r = xcalloc(1, sizeof(*r));

    /* all of a file's bytes encoded, as a bound that is never met */
    buf_init(&r->text, (size_t)ROBOTS_PATTERN_GROWTH * ROBOTS_MAX_BYTES);
    r->delay_ms = -1;
    return r;
}

enum err
robots_parse(struct str txt, struct str agent_token, struct robots **out)
{
    struct parser p = {.agent = agent_token, .delay_ms = {-1, -1, -1, -1}};
    struct robots *r = robots_new();
    unsigned group;
    enum err e = ERR_OK;

    *out = NULL;
    txt = robots_readable(txt);
    while (txt.n > 0)
        robots_read_line(&p, robots_cut_line(&txt));
    group = p.seen & GROUP_OURS ? GROUP_OURS : GROUP_STAR;
    r->delay_ms = p.delay_ms[group];
    e = robots_build_rules(r, &p, group);
    if (e == ERR_OK)
        e = robots_build_sitemaps(r, &p);
    if (e == ERR_OK) {
        *out = r;
        r = NULL; /* given away */
    }
    robots_free(r);
    free(p.rules);
    free(p.sitemaps);
    return e;
}

void
robots_free(struct robots *r)
{
    if (r == NULL)
        return;
    buf_fini(&r->text);
    free(r->rules);
    free(r->sitemaps);
    free(r);
}

/* ---- asking ---- */

/* One form of a target, with what is compared first. */
struct form {
    struct str text;
    uint64_t head; /* zero behind the end: no pattern has a NUL */
    uint64_t octets;
};

static struct form
robots_form(struct str text)
{
    struct form f = {.text = text};

    memcpy(&f.head, text.p, text.n < HEAD_BYTES ? text.n : HEAD_BYTES);
    for (size_t i = 0; i < text.n; i++)
        f.octets |= octet_bit(text.p[i]);
    return f;
}

static bool
robots_rule_matches(const struct robots *r, const struct robots_rule *rule,
                    const struct form *f)
{
    struct str pattern = {r->text.p + rule->at, rule->n - rule->is_anchored};

    if (rule->has_star)
        return robots_pattern_glob(pattern, rule->is_anchored, f->text);
    return rule->is_anchored ? str_equal(f->text, pattern)
                             : str_starts(f->text, pattern);
}

static const struct robots_rule *
robots_find_rule(const struct robots *r, const struct form *plain,
                 const struct form *folded)
{
    uint64_t masks[HEAD_BYTES + 1] = {0};

    for (size_t n = 0; n <= HEAD_BYTES; n++)
        memset(&masks[n], 0xff, n);
    for (size_t i = 0; i < r->n_rules; i++) {
        const struct robots_rule *rule = &r->rules[i];
        const struct form *f = rule->has_query ? folded : plain;

        if ((f->head & masks[rule->head_n]) == rule->head &&
            (rule->octets & ~f->octets) == 0 && robots_rule_matches(r, rule, f))
            return rule;
    }
    return NULL;
}

bool
robots_allows(const struct robots *r, struct str target,
              struct robots_match *why)
{
    char stack[2 * TARGET_BYTES], *space = stack, *behind;
    const struct robots_rule *rule = NULL;
    struct form plain, folded;
    size_t n;

    if (why != NULL)
        *why = (struct robots_match){.pattern = STR_NONE};
    if (r->n_rules == 0)
        return true;
    if (target.n == 0)
        target = STR("/");
    n = ROBOTS_PATTERN_GROWTH * target.n;
    if (n > TARGET_BYTES)
        space = xmalloc(2 * n);
    behind = space + n;
    n = robots_pattern_normalise(target, false, space);
    plain = folded = robots_form((struct str){space, n});
    n = robots_pattern_fold_query(plain.text, behind);
    if (n != plain.text.n)
        folded = robots_form((struct str){behind, n});
    /* 2.2.2: the /robots.txt URI is implicitly allowed */
    if (!str_equal(plain.text, STR("/robots.txt")))
        rule = robots_find_rule(r, &plain, &folded);
    if (space != stack)
        free(space);
    if (rule != NULL && why != NULL)
        *why = (struct robots_match){
            .pattern = {r->text.p + rule->at, rule->n},
            .line = rule->line,
            .is_allow = rule->is_allow,
        };
    return rule == NULL || rule->is_allow;
}

long
robots_crawl_delay_ms(const struct robots *r)
{
    return r->delay_ms;
}

size_t
robots_sitemap_count(const struct robots *r)
{
    return r->n_sitemaps;
}

struct str
robots_sitemap(const struct robots *r, size_t index)
{
    return index < r->n_sitemaps ? r->sitemaps[index] : STR_NONE;
}

/* ---- writing ---- */

static enum err
robots_add_record(struct buf *out, struct str name, struct str value)
{
    enum err e = buf_add_str(out, name);

    if (e == ERR_OK)
        e = buf_add_str(out, value);
    if (e == ERR_OK)
        e = buf_add_char(out, '\n');
    return e;
}

enum err
robots_write(const struct robots *r, struct buf *out)
{
    size_t before = out->n;
    enum err e = buf_add_str(out, STR("User-agent: *\n"));

    for (size_t i = 0; i < r->n_rules && e == ERR_OK; i++) {
        const struct robots_rule *rule = &r->rules[i];
        struct str pattern = {r->text.p + rule->at, rule->n};

        e = robots_add_record(
            out, rule->is_allow ? STR("Allow: ") : STR("Disallow: "), pattern);
    }
    /* a group without rules has one that says so */
    if (e == ERR_OK && r->n_rules == 0)
        e = buf_add_str(out, STR("Disallow:\n"));
    if (e == ERR_OK && r->delay_ms >= 0)
        e = buf_addf(out, "Crawl-delay: %ld.%03ld\n", r->delay_ms / 1000,
                     r->delay_ms % 1000);
    for (size_t i = 0; i < r->n_sitemaps && e == ERR_OK; i++)
        e = robots_add_record(out, STR("Sitemap: "), r->sitemaps[i]);
    if (e == ERR_OK && out->n - before > ROBOTS_MAX_BYTES)
        e = ERR_TOO_BIG;
    if (e != ERR_OK)
        out->n = before;
    return e;
}
