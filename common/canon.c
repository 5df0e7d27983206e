/*
 * SPDX-License-Identifier: MIT
 *
 * A URL without "?", ";" and "(" costs three looks for a byte.  Else the
 * parts are rewritten where they stand: nothing but --trailing-slash add
 * makes a URL longer.
 *
 * Names of parameters are compared as they are written, ASCII case ignored:
 * what is percent-encoded stays.  In a query ";" separates parameters too
 * where they are stripped (a session id glued on behind others is written so),
 * but not where they are sorted.
 */
#include "common/canon.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"

/*
 * Campaigns and clicks by their senders' own documentation; sessions as Java,
 * PHP, ASP, ColdFusion and shops write them.  A name that also means other
 * things (sid is a story's number elsewhere) counts only with a value that can
 * be nothing but a session's: "#16" is 16 letters and digits or more.
 */
const char canon_default_params[] =
    "utm_*,gclid,gclsrc,dclid,gbraid,wbraid,gad_source,srsltid,_ga,_gl,"
    "fbclid,msclkid,yclid,ysclid,_openstat,twclid,ttclid,igshid,li_fat_id,"
    "epik,mc_cid,mc_eid,mkt_tok,_hsenc,_hsmi,__hstc,__hssc,__hsfp,"
    "hsctatracking,oly_anon_id,oly_enc_id,vero_id,vero_conv,wickedid,"
    "mtm_campaign,mtm_keyword,mtm_source,mtm_medium,pk_campaign,pk_kwd,"
    "phpsessid,jsessionid,aspsessionid*,asp.net_sessionid,cfid,cftoken,"
    "bv_sessionid,bv_engineid,oscsid,xtcsid,zenid,"
    "sessionid=#16,session_id=#16,sessid=#16,sid=#16,s=#32";

enum {
    CANON_ITEMS_MAX = 10000,
    CANON_LEAST_MAX = 999,
    CANON_ASP_LEAST = 16 /* letters and digits of a session in a path */
};

enum canon_slash { CANON_KEEP, CANON_STRIP, CANON_ADD };

struct canon_item {
    struct str name; /* lower-case; "*" stands for any bytes */
    unsigned least;  /* letters and digits of its value; 0: any value */
};

struct canon {
    char *names;              /* owns the items' bytes */
    struct canon_item *items; /* by their first byte */
    unsigned first[257];      /* of items that begin with a byte */
    bool has_asp;             /* asp.net_sessionid is one of them */
    char *pages;              /* owns --index-pages */
    enum canon_slash slash;
    bool is_sorted;
    bool has_ftp;
};

/* --- from the settings --- */

static int
canon_compare_items(const void *a, const void *b)
{
    const struct canon_item *x = a, *y = b;

    return (int)(unsigned char)x->name.p[0] - (int)(unsigned char)y->name.p[0];
}

/* "NAME" or "NAME=#N". */
static bool
canon_read_item(struct str text, struct canon_item *item)
{
    struct str rest = text;
    uint64_t least;

    *item = (struct canon_item){.name = str_cut(&rest, '=')};
    for (size_t i = 0; i < item->name.n; i++) {
        char c = item->name.p[i];

        if (c <= 0x20 || c >= 0x7f || c == '#' || c == '&' || c == ';')
            return false;
    }
    if (item->name.n == text.n)
        return true;
    if (item->name.n == 0 || rest.n < 2 || rest.p[0] != '#' ||
        !str_to_u64((struct str){rest.p + 1, rest.n - 1}, CANON_LEAST_MAX,
                    &least) ||
        least == 0)
        return false;
    item->least = (unsigned)least;
    return true;
}

static enum err
canon_add_items(struct canon *canon, size_t *n, struct str list,
                char why[CONFIG_WHY_BYTES])
{
    while (list.n > 0) {
        struct str text = str_trim(str_cut(&list, ','));
        struct canon_item item;

        if (text.n == 0)
            continue;
        if (!canon_read_item(text, &item) || *n == CANON_ITEMS_MAX) {
            snprintf(why, CONFIG_WHY_BYTES,
                     "strip-params: \"%.100s\" is not NAME or NAME=#N (\"*\" "
                     "stands for any letters)",
                     LOG_ESC(text));
            return ERR_INVALID;
        }
        canon->items[(*n)++] = item;
        if (str_equal(item.name, STR("asp.net_sessionid")))
            canon->has_asp = true;
    }
    return ERR_OK;
}

/* The list with the word "default" written out; canon->names owns it. */
static struct str
canon_write_out(struct canon *canon, struct str list)
{
    struct str all = str_from(canon_default_params);
    size_t n = 0;

    canon->names = xcalloc(list.n + all.n + 2, 1);
    for (bool has_default = false; list.n > 0;) {
        struct str text = str_cut(&list, ',');

        if (str_equal_nocase(str_trim(text), STR("default"))) {
            if (has_default)
                continue;
            has_default = true;
            text = all;
        }
        for (size_t i = 0; i < text.n; i++)
            canon->names[n++] = str_lower(text.p[i]);
        canon->names[n++] = ',';
    }
    return (struct str){canon->names, n};
}

static enum err
canon_compile(struct canon *canon, const char *text, char why[CONFIG_WHY_BYTES])
{
    struct str list = canon_write_out(canon, str_from(text));
    size_t n = 0, commas = 0, at = 0;
    enum err e;

    for (size_t i = 0; i < list.n; i++)
        commas += list.p[i] == ',';
    canon->items = xcalloc(commas + 1, sizeof(*canon->items));
    e = canon_add_items(canon, &n, list, why);
    if (e != ERR_OK)
        return e;
    if (n > 0)
        qsort(canon->items, n, sizeof(*canon->items), canon_compare_items);
    for (unsigned c = 0; c < 256; c++) {
        canon->first[c] = (unsigned)at;
        while (at < n && (unsigned char)canon->items[at].name.p[0] == c)
            at++;
    }
    canon->first[256] = (unsigned)n;
    return ERR_OK;
}

enum err
canon_new(const struct config *c, struct canon **out,
          char why[CONFIG_WHY_BYTES])
{
    static const char *const words[] = {"keep", "strip", "add"};
    struct canon *canon = xcalloc(1, sizeof(*canon));
    enum err e = ERR_OK;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (c->trailing_slash && strcmp(c->trailing_slash, words[i]) == 0)
            canon->slash = (enum canon_slash)i;
    if (c->index_pages && strpbrk(c->index_pages, "/?#;") != NULL) {
        snprintf(why, CONFIG_WHY_BYTES,
                 "index-pages: names of files with commas between, such as "
                 "index.html,index.php");
        e = ERR_INVALID;
    } else {
        canon->is_sorted = c->sort_params;
        canon->has_ftp = c->ftp;
        canon->pages = c->index_pages ? xstrdup(c->index_pages) : NULL;
        e = canon_compile(canon, c->strip_params, why);
    }
    if (e != ERR_OK) {
        canon_free(canon);
        canon = NULL;
    }
    *out = canon;
    return e;
}

void
canon_free(struct canon *canon)
{
    if (canon == NULL)
        return;
    free(canon->items);
    free(canon->names);
    free(canon->pages);
    free(canon);
}

/* --- which parameters go --- */

/* Whether name, ASCII case ignored, is of the pattern's form. */
static bool
canon_match(struct str pattern, struct str name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, from = 0;

    while (n < name.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            from = n;
        } else if (p < pattern.n && pattern.p[p] == str_lower(name.p[n])) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

/* Letters, digits and what joins them; at least so many, a digit among them. */
static bool
canon_is_session(struct str value, unsigned least)
{
    unsigned count = 0;
    bool has_digit = false;

    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];

        if (str_is_digit(c) || str_is_alpha(c))
            count++;
        else if (c != '-' && c != '_' && c != '.')
            return false;
        has_digit = has_digit || str_is_digit(c);
    }
    return count >= least && has_digit;
}

static bool
canon_strips_among(const struct canon *canon, unsigned char c, struct str name,
                   struct str value)
{
    for (unsigned i = canon->first[c]; i < canon->first[c + 1]; i++) {
        const struct canon_item *item = &canon->items[i];

        if (canon_match(item->name, name) &&
            (item->least == 0 || canon_is_session(value, item->least)))
            return true;
    }
    return false;
}

/* part: "name=value" or "name". */
static bool
canon_strips(const struct canon *canon, struct str part)
{
    struct str value = part, name = str_cut(&value, '=');

    return name.n > 0 &&
           (canon_strips_among(canon, (unsigned char)str_lower(name.p[0]), name,
                               value) ||
            canon_strips_among(canon, '*', name, value));
}

/* --- the path --- */

/* "." or "..", also as "%2e": what url_parse() would resolve. */
static bool
canon_is_dots(struct str s)
{
    int dots = 0;

    while (s.n > 0) {
        size_t n = s.p[0] == '.' ? 1 : 3;

        if (n == 3 && !str_starts_nocase(s, STR("%2e")))
            return false;
        s.p += n;
        s.n -= n;
        dots++;
    }
    return dots == 1 || dots == 2;
}

/* ASP.NET's session in a path: "(S(lit3py55t21z5v55vlm25s55))". */
static bool
canon_is_asp(struct str s)
{
    size_t count = 0;

    if (s.n < 2 || s.p[0] != '(' || s.p[s.n - 1] != ')')
        return false;
    s.p++;
    s.n -= 2;
    if (s.n == 0 || s.p[s.n - 1] != ')')
        return false;
    while (s.n > 0) {
        struct str group = str_cut(&s, ')');

        if (group.n < 2 || !str_is_alpha(group.p[0]) || group.p[1] != '(')
            return false;
        for (size_t i = 2; i < group.n; i++) {
            char c = group.p[i];

            if (!str_is_alpha(c) && !str_is_digit(c) && c != '-' && c != '_')
                return false;
        }
        count += group.n - 2;
    }
    return count >= CANON_ASP_LEAST;
}

/* Its parameters (";name=value") that go; *w: where in p to go on writing. */
static void
canon_strip_segment(const struct canon *canon, struct str segment, char *p,
                    size_t *w)
{
    struct str rest = segment, head = str_cut(&rest, ';');
    bool is_dots = canon_is_dots(head), is_left = head.n == segment.n;
    struct str tail = rest;

    /* "..;jsessionid=1" without its parameter would be another folder */
    while (is_dots && !is_left && tail.n > 0)
        is_left = !canon_strips(canon, str_cut(&tail, ';'));
    if (is_dots && !is_left)
        head = segment;
    memmove(p + *w, head.p, head.n);
    *w += head.n;
    if (head.n == segment.n)
        return;
    for (bool is_last = false; !is_last;) {
        struct str part = rest;
        const char *end = rest.n ? memchr(rest.p, ';', rest.n) : NULL;

        is_last = end == NULL;
        if (!is_last) {
            part.n = (size_t)(end - rest.p);
            rest.p += part.n + 1;
            rest.n -= part.n + 1;
        }
        if (canon_strips(canon, part))
            continue;
        p[(*w)++] = ';';
        if (part.n > 0)
            memmove(p + *w, part.p, part.n);
        *w += part.n;
    }
}

/* Path parameters off the n bytes at p; the new length. */
static size_t
canon_strip_path(const struct canon *canon, char *p, size_t n)
{
    size_t w = 0, r = 0;

    while (r < n) { /* p[r] is a slash */
        const char *end = memchr(p + r + 1, '/', n - r - 1);
        size_t next = end ? (size_t)(end - p) : n;
        struct str segment = {p + r + 1, next - r - 1};

        if (!canon->has_asp || !canon_is_asp(segment)) {
            p[w++] = '/';
            canon_strip_segment(canon, segment, p, &w);
        }
        r = next;
    }
    if (w == 0)
        p[w++] = '/';
    return w;
}

static bool
canon_is_index(const struct canon *canon, struct str segment)
{
    struct str list = str_from(canon->pages);

    if (segment.n == 0)
        return false;
    while (list.n > 0)
        if (str_equal_nocase(str_trim(str_cut(&list, ',')), segment))
            return true;
    return false;
}

/* The path's new length by --index-pages and --trailing-slash strip. */
static size_t
canon_shorten(const struct canon *canon, const char *p, size_t n,
              unsigned *rules)
{
    for (;;) {
        size_t at = n;

        while (canon->slash == CANON_STRIP && n > 1 && p[n - 1] == '/') {
            n--;
            *rules |= CANON_SLASH;
        }
        if (canon->pages == NULL)
            return n;
        for (at = n; p[at - 1] != '/';)
            at--;
        if (!canon_is_index(canon, (struct str){p + at, n - at}))
            return n;
        n = at;
        *rules |= CANON_INDEX;
    }
}

/* --trailing-slash add: not behind what looks like a file's name. */
static bool
canon_lacks_slash(const struct canon *canon, const char *p, size_t n)
{
    if (canon->slash != CANON_ADD || p[n - 1] == '/')
        return false;
    while (p[--n] != '/')
        if (p[n] == '.' || p[n] == ';')
            return false;
    return true;
}

/* --- the query --- */

static size_t
canon_strip_query(const struct canon *canon, char *p, size_t n)
{
    size_t w = 0, r = 0;
    bool is_first = true;

    for (;;) {
        size_t end = r;

        while (end < n && p[end] != '&' && p[end] != ';')
            end++;
        if (!canon_strips(canon, (struct str){p + r, end - r})) {
            if (!is_first)
                p[w++] = p[r - 1]; /* the separator before it */
            memmove(p + w, p + r, end - r);
            w += end - r;
            is_first = false;
        }
        if (end == n)
            return w;
        r = end + 1;
    }
}

struct canon_part {
    struct str text, name;
    size_t at;
};

/* By name, else as they stood: URLSearchParams' sort() (URL 6.2). */
static int
canon_compare_parts(const void *a, const void *b)
{
    const struct canon_part *x = a, *y = b;
    size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
    int order = n > 0 ? memcmp(x->name.p, y->name.p, n) : 0;

    if (order == 0 && x->name.n != y->name.n)
        order = x->name.n < y->name.n ? -1 : 1;
    return order != 0 ? order : x->at < y->at ? -1 : x->at > y->at;
}

static enum err
canon_sort_query(char *p, size_t n, unsigned *rules)
{
    struct canon_part *parts;
    size_t count = 1, w = 0;
    bool is_sorted = true;
    char *copy;

    for (size_t i = 0; i < n; i++)
        count += p[i] == '&';
    if (count == 1)
        return ERR_OK;
    copy = malloc(n);
    parts = calloc(count, sizeof(*parts));
    if (copy == NULL || parts == NULL) {
        free(copy);
        free(parts);
        return ERR_NOMEM;
    }
    memcpy(copy, p, n);
    for (size_t i = 0, at = 0; i < count; i++) {
        const char *end = at < n ? memchr(copy + at, '&', n - at) : NULL;
        struct str text = {copy + at, end ? (size_t)(end - copy) - at : n - at};

        parts[i] = (struct canon_part){.text = text, .at = i};
        parts[i].name = str_cut(&text, '=');
        if (i > 0 && canon_compare_parts(&parts[i - 1], &parts[i]) > 0)
            is_sorted = false;
        at += parts[i].text.n + 1;
    }
    if (!is_sorted) {
        qsort(parts, count, sizeof(*parts), canon_compare_parts);
        for (size_t i = 0; i < count; i++) {
            if (i > 0)
                p[w++] = '&';
            memcpy(p + w, parts[i].text.p, parts[i].text.n);
            w += parts[i].text.n;
        }
        *rules |= CANON_SORTED;
    }
    free(copy);
    free(parts);
    return ERR_OK;
}

/* --- all of it --- */

/*
 * Put the parts together: the path has path_n bytes now, and a slash to come;
 * query_n bytes of the query stand where they stood, SIZE_MAX: none is left.
 */
static enum err
canon_join(struct buf *text, struct url *u, size_t path_n, size_t query_n,
           bool has_slash)
{
    size_t path_at = u->origin.n, host_at = (size_t)(u->host.p - u->text.p);
    size_t query_at = u->query.p ? (size_t)(u->query.p - u->text.p) : u->text.n;
    size_t end = path_at + path_n + has_slash;
    size_t total = end + (query_n == SIZE_MAX ? 0 : 1 + query_n);
    enum err e = ERR_OK;

    if (total > text->n)
        e = buf_reserve(text, total - text->n);
    if (e != ERR_OK) {
        buf_reset(text);
        return e;
    }
    if (query_n != SIZE_MAX) {
        memmove(text->p + end + 1, text->p + query_at, query_n);
        text->p[end] = '?';
    }
    if (has_slash)
        text->p[end - 1] = '/';
    text->n = total;
    u->text = buf_str(text);
    u->origin.p = text->p;
    u->host.p = text->p + host_at;
    u->path = (struct str){text->p + path_at, end - path_at};
    u->target = (struct str){text->p + path_at, total - path_at};
    u->query = query_n == SIZE_MAX ? STR_NONE
                                   : (struct str){text->p + end + 1, query_n};
    return ERR_OK;
}

/* Whether the path may hold parameters that go. */
static bool
canon_may_strip_path(const struct canon *canon, struct str path)
{
    return memchr(path.p, ';', path.n) != NULL ||
           (canon->has_asp && memchr(path.p, '(', path.n) != NULL);
}

enum err
canon_apply(const struct canon *canon, struct buf *text, struct url *u,
            unsigned *rules)
{
    bool strips = canon->first[256] > 0, has_slash;
    char *path = text->p + u->origin.n;
    char *query = u->query.p ? path + u->path.n + 1 : NULL;
    size_t path_n = u->path.n, query_n = query ? u->query.n : SIZE_MAX;
    unsigned done = 0;
    enum err e = ERR_OK;

    if (strips && canon_may_strip_path(canon, u->path))
        path_n = canon_strip_path(canon, path, path_n);
    if (strips && query && query_n > 0)
        query_n = canon_strip_query(canon, query, query_n);
    if (path_n != u->path.n || (query && query_n != u->query.n))
        done |= CANON_STRIPPED;
    if (query && query_n == 0 && u->query.n > 0)
        query_n = SIZE_MAX; /* nothing is left of it: nor is the "?" */
    if (canon->pages || canon->slash == CANON_STRIP)
        path_n = canon_shorten(canon, path, path_n, &done);
    has_slash = canon_lacks_slash(canon, path, path_n);
    if (has_slash)
        done |= CANON_SLASH;
    if (canon->is_sorted && query_n != SIZE_MAX)
        e = canon_sort_query(query, query_n, &done);
    if (rules != NULL)
        *rules = done;
    if (e != ERR_OK)
        buf_reset(text);
    if (done == 0 || e != ERR_OK)
        return e;
    return canon_join(text, u, path_n, query_n, has_slash);
}

enum err
canon_resolve(const struct canon *canon, struct str ref, const struct url *base,
              struct buf *out, struct url *u)
{
    return canon->has_ftp ? url_parse_ftp(ref, base, out, u)
                          : url_parse(ref, base, out, u);
}

enum err
canon_parse(const struct canon *canon, struct str ref, const struct url *base,
            struct buf *out, struct url *u, unsigned *rules)
{
    enum err e = canon_resolve(canon, ref, base, out, u);

    if (rules != NULL)
        *rules = 0;
    return e == ERR_OK ? canon_apply(canon, out, u, rules) : e;
}

enum err
canon_parse_redirect(const struct canon *canon, struct str ref,
                     const struct url *from, struct buf *out, struct url *u,
                     unsigned *rules)
{
    unsigned done;
    enum err e = canon_parse(canon, ref, from, out, u, &done);

    if (e == ERR_OK && done != 0 && str_equal(u->text, from->text)) {
        done = 0;
        e = canon_resolve(canon, ref, from, out, u);
    }
    if (rules != NULL)
        *rules = done;
    return e;
}

void
canon_say(unsigned rules, char why[CANON_WHY_BYTES])
{
    static const struct {
        enum canon_rule rule;
        const char *words;
    } rows[] = {{CANON_STRIPPED, "parameters stripped (--strip-params)"},
                {CANON_INDEX, "index page dropped (--index-pages)"},
                {CANON_SLASH, "slash at the end (--trailing-slash)"},
                {CANON_SORTED, "parameters sorted (--sort-params)"}};
    int n = 0;

    why[0] = '\0';
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if ((rules & rows[i].rule) != 0 && n < CANON_WHY_BYTES)
            n += snprintf(why + n, CANON_WHY_BYTES - (size_t)n, "%s%s",
                          n > 0 ? ", " : "", rows[i].words);
}
