/*
 * The tokenizer's states are not spelled out one by one: a state that only
 * waits for one byte is a memchr() for it.  Section numbers are those of the
 * WHATWG HTML standard.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker/sieve.h"

#include <stdlib.h>

#include "common/mem.h"
#include "worker/sieve_skip.h"
#include "worker/sieve_table.h"

enum {
    FOREIGN_MAX = 32 /* svg in foreignObject in svg ...: deeper is not seen */
};

/* A scan of one page. */
struct scan {
    const char *page; /* its first byte */
    const char *end;
    struct sieve *out;
    size_t templates; /* how many <template> are open */
    bool is_body;     /* there is one, or it looks so */
    /* The open svg and math, and what in them holds HTML, outermost first. */
    uint8_t foreign[FOREIGN_MAX]; /* ROLE_SVG to ROLE_POINT_MATH */
    size_t n_foreign;
};

/* The tag that is being read. */
struct reading {
    struct str name;
    struct sieve_tag tag;
    size_t n_attrs;
    bool is_self_closing;
    bool is_too_long; /* a kept value is */
};

void
sieve_init(struct sieve *s)
{
    *s = (struct sieve){0};
}

void
sieve_fini(struct sieve *s)
{
    free(s->tags);
    sieve_init(s);
}

struct sieve_tag *
sieve_add(struct sieve *s, enum sieve_kind kind)
{
    struct sieve_tag *t;

    if (s->n == s->max) {
        s->is_cut = true;
        return NULL;
    }
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 128;
        s->tags = xreallocarray(s->tags, s->cap, sizeof(*s->tags));
    }
    t = &s->tags[s->n++];
    *t = (struct sieve_tag){.kind = (uint8_t)kind};
    for (int slot = 0; slot < SIEVE_SLOTS; slot++)
        t->value[slot].at = SIEVE_ABSENT;
    return t;
}

/* lower is lower-case and as long as s. */
static bool
sieve_name_is(struct str s, const char *lower)
{
    for (size_t i = 0; i < s.n; i++)
        if (str_lower(s.p[i]) != lower[i])
            return false;
    return true;
}

static bool
sieve_is_one_of(struct str name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(names[i]) == name.n && sieve_name_is(name, names[i]))
            return true;
    return false;
}

static const struct tag_name *
sieve_lookup(struct str name)
{
    static const struct tag_name none = {"", ROLE_NONE, 0};
    const struct tag_name *t;

    if (name.n >= COUNT(sieve_names) ||
        (sieve_names[name.n].firsts & SIEVE_LETTER(name.p[0])) == 0)
        return &none;
    for (t = sieve_names[name.n].names; t->name != NULL; t++)
        if (sieve_name_is(name, t->name))
            return t;
    return &none;
}

/* Note where a kept value stands and what it holds. */
static void
sieve_keep_value(struct scan *sc, struct reading *r, enum sieve_slot slot,
                 struct str value)
{
    if (r->tag.value[slot].at != SIEVE_ABSENT)
        return; /* 13.2.5.33: a duplicate attribute is removed */
    r->tag.value[slot].at = (uint32_t)(value.p - sc->page);
    r->tag.value[slot].n = (uint32_t)value.n;
    if (value.n > SIEVE_VALUE_MAX) {
        if (r->tag.kind > SIEVE_META || /* an image in the page itself */
            (r->tag.kind == SIEVE_AREA && slot == SIEVE_TEXT))
            r->tag.value[slot].at = SIEVE_ABSENT;
        else
            r->is_too_long = true;
        return;
    }
    if (sieve_find(value.p, value.p + value.n, '&', '&') < value.p + value.n)
        r->tag.flags |= SIEVE_HAS_REF;
    if (sieve_has_high(value))
        r->tag.flags |= SIEVE_HAS_HIGH;
}

static void
sieve_attr(struct scan *sc, struct reading *r, const struct wanted *want,
           struct str name, struct str value)
{
    for (; want->name.p != NULL; want++)
        if (want->name.n == name.n && sieve_name_is(name, want->name.p))
            sieve_keep_value(sc, r, want->slot, value);
}

/* 13.2.5.37 to .39: the value at p, behind the '=' and white space. */
static const char *
sieve_read_value(const char *p, const char *end, struct str *value)
{
    const char *start = p;

    if (*p == '"' || *p == '\'') {
        p = memchr(start + 1, *start, (size_t)(end - start - 1));
        if (p == NULL)
            return NULL;
        *value = (struct str){start + 1, (size_t)(p - start - 1)};
        return p + 1;
    }
    while (p < end && !sieve_ends_value[(unsigned char)*p])
        p++;
    *value = (struct str){start, (size_t)(p - start)};
    return p;
}

/*
 * 13.2.5.32 to 13.2.5.40: the attributes, from behind the tag's name to
 * behind its '>'.  want is NULL when none matters.  NULL at the end of the
 * page: such a tag is dropped.
 */
static const char *
sieve_read_attrs(struct scan *sc, const char *p, struct reading *r,
                 const struct wanted *want)
{
    const char *end = sc->end;

    for (;;) {
        struct str name, value = {"", 0};

        while (p < end && str_is_space(*p)) /* before attribute name */
            p++;
        if (p == end)
            return NULL;
        if (*p == '>')
            return p + 1;
        if (*p == '/') { /* 13.2.5.40: self-closing start tag */
            if (++p < end && *p == '>') {
                r->is_self_closing = true;
                return p + 1;
            }
            continue;
        }
        name.p = p++; /* a '=' that begins a name belongs to it */
        while (p < end && !sieve_ends_name[(unsigned char)*p])
            p++;
        name.n = (size_t)(p - name.p);
        r->n_attrs++;
        while (p < end && str_is_space(*p)) /* after attribute name */
            p++;
        if (p < end && *p == '=') {
            p++;
            while (p < end && str_is_space(*p)) /* before its value */
                p++;
            if (p == end)
                return NULL;
            if (*p != '>') /* 13.2.5.35: missing-attribute-value */
                p = sieve_read_value(p, end, &value);
            if (p == NULL)
                return NULL;
        }
        if (want != NULL) {
            if (value.n == 0)
                value.p = name.p; /* some place in the page, of no bytes */
            sieve_attr(sc, r, want, name, value);
        }
    }
}

/* Whether "name" and a byte that ends a tag's name stand at p (13.2.5.11). */
static bool
sieve_is_name_at(const char *p, const char *end, struct str name)
{
    if ((size_t)(end - p) <= name.n ||
        !str_starts_nocase((struct str){p, name.n}, name))
        return false;
    p += name.n;
    return str_is_space(*p) || *p == '/' || *p == '>';
}

/* 13.2.5.9 to .14: where the end tag of a raw text element stands. */
static const char *
sieve_raw_end(const char *p, const char *end, struct str name)
{
    for (; p < end; p++) {
        p = memchr(p, '<', (size_t)(end - p));
        if (p == NULL)
            return end;
        if (end - p > 2 && p[1] == '/' && sieve_is_name_at(p + 2, end, name))
            return p;
    }
    return end;
}

/*
 * 13.2.5.4 and .15 to .31, script data: "<!--" begins an escaped stretch, in
 * which a <script> makes the next </script> end that one only; "-->" ends
 * the stretch, both of its dashes may be those of "<!--".
 */
static const char *
sieve_script_end(const char *p, const char *end)
{
    bool is_escaped = false, is_double = false;

    while (p < end) {
        if (!is_escaped) {
            p = memchr(p, '<', (size_t)(end - p));
            if (p == NULL)
                return end;
        }
        if (*p == '-' && end - p > 2 && p[1] == '-' && p[2] == '>') {
            is_escaped = is_double = false;
        } else if (*p == '<' && end - p > 3) {
            bool is_end =
                p[1] == '/' && sieve_is_name_at(p + 2, end, STR("script"));

            if (is_end && !is_double)
                return p;
            if (is_end)
                is_double = false;
            else if (!is_escaped && memcmp(p, "<!--", 4) == 0) {
                is_escaped = true;
                p++; /* and on to the first dash */
            } else if (is_escaped)
                is_double |= sieve_is_name_at(p + 1, end, STR("script"));
        }
        p++;
    }
    return end;
}

/*
 * 13.2.5.43 to .52: behind the comment whose "<!--" stands at p.  "<!-->" and
 * "<!--->" are whole comments; "--!>" ends one too.
 */
static const char *
sieve_comment_end(const char *p, const char *end)
{
    const char *at = p + 4;

    while (at < end) {
        at = memchr(at, '>', (size_t)(end - at));
        if (at == NULL)
            return end;
        if (at[-1] == '-' && at[-2] == '-')
            return at + 1;
        if (at - p >= 7 && at[-1] == '!' && at[-2] == '-' && at[-3] == '-')
            return at + 1;
        at++;
    }
    return end;
}

/* 13.2.5.41: behind a bogus comment or a doctype, which end at a '>'. */
static const char *
sieve_bogus_end(const char *p, const char *end)
{
    p = memchr(p, '>', (size_t)(end - p));
    return p ? p + 1 : end;
}

static bool
sieve_in_foreign(const struct scan *sc)
{
    return sc->n_foreign > 0 && (sc->foreign[sc->n_foreign - 1] == ROLE_SVG ||
                                 sc->foreign[sc->n_foreign - 1] == ROLE_MATH);
}

static void
sieve_break_out(struct scan *sc)
{
    while (sieve_in_foreign(sc))
        sc->n_foreign--;
}

/* The innermost open one of that role ends, and all in it. */
static void
sieve_pop(struct scan *sc, enum role role)
{
    for (size_t i = sc->n_foreign; i > 0; i--) {
        if (sc->foreign[i - 1] == role) {
            sc->n_foreign = i - 1;
            return;
        }
    }
}

/* 13.2.5.42 "markup declaration open state"; p stands at "<!". */
static const char *
sieve_declaration(struct scan *sc, const char *p)
{
    struct str rest = {p, (size_t)(sc->end - p)};

    if (str_starts(rest, STR("<!--")))
        return sieve_comment_end(p, sc->end);
    if (sieve_in_foreign(sc) && str_starts(rest, STR("<![CDATA["))) {
        p = memmem(p, rest.n, "]]>", 3); /* 13.2.5.69 to .71 */
        return p ? p + 3 : sc->end;
    }
    return sieve_bogus_end(p, sc->end);
}

/* What a tag in svg or math is there; ROLE_NONE: nothing that we follow. */
static enum role
sieve_foreign_role(const struct scan *sc, struct str name)
{
    enum role top = (enum role)sc->foreign[sc->n_foreign - 1];

    if (top == ROLE_SVG && name.n == 3 && sieve_name_is(name, "svg"))
        return ROLE_SVG;
    if (top == ROLE_MATH && name.n == 4 && sieve_name_is(name, "math"))
        return ROLE_MATH;
    if (top == ROLE_SVG &&
        sieve_is_one_of(name, sieve_points_svg, COUNT(sieve_points_svg)))
        return ROLE_POINT_SVG;
    if (top == ROLE_MATH &&
        sieve_is_one_of(name, sieve_points_math, COUNT(sieve_points_math)))
        return ROLE_POINT_MATH;
    return name.n == 1 && sieve_name_is(name, "a") ? ROLE_KEEP : ROLE_NONE;
}

/* 13.2.6.5 "The rules for parsing tokens in foreign content", an end tag. */
static void
sieve_foreign_end_tag(struct scan *sc, struct str name, enum role role)
{
    if (role == ROLE_SVG || role == ROLE_MATH)
        sieve_pop(sc, role);
    else if (sieve_in_foreign(sc)) {
        /* closes an element outside, most likely: svg was left open */
        if (sieve_is_one_of(name, sieve_breakouts, COUNT(sieve_breakouts)))
            sieve_break_out(sc);
    } else if (sieve_is_one_of(name, sieve_points_svg, COUNT(sieve_points_svg)))
        sieve_pop(sc, ROLE_POINT_SVG);
    else if (sieve_is_one_of(name, sieve_points_math, COUNT(sieve_points_math)))
        sieve_pop(sc, ROLE_POINT_MATH);
}

/* Keep the tag, which ends at p, when it holds what makes its kind useful. */
static void
sieve_keep(struct scan *sc, const struct reading *r, const char *p)
{
    const struct sieve_tag *from = &r->tag;
    bool is_useful = from->value[SIEVE_URL].at != SIEVE_ABSENT;
    struct sieve_tag *to;

    if (from->kind == SIEVE_META) /* is_useful: it has a content */
        is_useful =
            (is_useful && (from->value[SIEVE_NAME].at != SIEVE_ABSENT ||
                           from->value[SIEVE_HTTP_EQUIV].at != SIEVE_ABSENT)) ||
            from->value[SIEVE_CHARSET].at != SIEVE_ABSENT;
    else
        is_useful |= from->value[SIEVE_SRCSET].at != SIEVE_ABSENT;
    if (!is_useful || r->is_too_long)
        return;
    to = sieve_add(sc->out, (enum sieve_kind)from->kind);
    if (to != NULL) {
        *to = *from;
        to->end = (uint32_t)(p - sc->page);
    }
}

/*
 * 13.2.6.4.4 'A start tag whose tag name is "template"': one with a mode is
 * what its parent shows, also without scripts.  Its end tag is passed over.
 */
static bool
sieve_is_shadow(const struct scan *sc, const struct reading *r)
{
    struct str mode = sieve_value(&r->tag, sc->page, SIEVE_URL);

    return str_equal_nocase(mode, STR("open")) ||
           str_equal_nocase(mode, STR("closed"));
}

/*
 * 13.2.6.4.3 to .7: whether a page that begins like this, up to end, may still
 * become one of frames.  In doubt it may not, and is read as a body is.
 */
static bool
sieve_is_before_body(const char *p, const char *end)
{
    static const char *const heads[] = {"html",  "head",   "title",
                                        "meta",  "link",   "base",
                                        "style", "script", "noscript"};
    struct sieve_piece piece;

    if (str_starts((struct str){p, (size_t)(end - p)}, STR("\xef\xbb\xbf")))
        p += 3;
    while (p < end) {
        p = sieve_read_piece(p, end, STR("href"), &piece);
        if (piece.kind == SIEVE_PIECE_TEXT && str_trim(piece.text).n > 0)
            return false;
        if ((piece.kind == SIEVE_PIECE_START ||
             piece.kind == SIEVE_PIECE_END) &&
            !sieve_is_one_of(piece.text, heads, COUNT(heads)))
            return false;
    }
    return true;
}

/* 13.2.6.4.20, .21: among frames all tags but these are ignored. */
static bool
sieve_is_of_frameset(const struct tag_name *known)
{
    return (known->role == ROLE_KEEP && known->kind == SIEVE_FRAME) ||
           (known->role == ROLE_RAW && strcmp(known->name, "noframes") == 0);
}

/* The element that a start tag opens, seen to its end when it is raw text. */
static const char *
sieve_open(struct scan *sc, const char *p, struct str name, enum role role,
           const struct reading *r)
{
    switch (role) {
    case ROLE_KEEP:
        if (r->tag.kind == SIEVE_IFRAME)
            return sieve_raw_end(p, sc->end, name);
        break;
    case ROLE_RAW:
        return sieve_raw_end(p, sc->end, name);
    case ROLE_SCRIPT:
        return sieve_script_end(p, sc->end);
    case ROLE_PLAINTEXT:
        return sc->end; /* 13.2.5.5: nothing ends it */
    case ROLE_TEMPLATE:
        if (sc->templates > 0 || !sieve_is_shadow(sc, r))
            sc->templates++;
        break;
    case ROLE_SVG:
    case ROLE_MATH:
    case ROLE_POINT_SVG:
    case ROLE_POINT_MATH:
        if (!r->is_self_closing && sc->n_foreign < FOREIGN_MAX)
            sc->foreign[sc->n_foreign++] = (uint8_t)role;
        break;
    case ROLE_FRAMESET:
        sc->out->is_frameset =
            !sc->is_body && sieve_is_before_body(sc->page, name.p - 1);
        sc->is_body = !sc->out->is_frameset;
        break;
    case ROLE_NONE:
        break;
    }
    return p;
}

static const struct wanted *
sieve_wanted(const struct scan *sc, enum sieve_kind kind)
{
    switch (kind) {
    case SIEVE_FRAME:
    case SIEVE_IFRAME:
        return sieve_wanted_frame;
    case SIEVE_META:
        return sieve_wanted_meta;
    case SIEVE_AREA:
        return sc->out->has_texts ? sieve_wanted_area : sieve_wanted_link;
    case SIEVE_LINK:
        return sc->out->has_requisites ? sieve_wanted_linked_set
                                       : sieve_wanted_link;
    default:
        return sieve_wanted_link;
    }
}

/* The same of a page requisite or form; NULL when name is of none. */
static const struct wanted *
sieve_wanted_requisite(struct str name, enum sieve_kind *kind)
{
    char first = str_lower(name.p[0]);

    for (size_t i = 0; i < COUNT(sieve_requisites); i++) {
        if (sieve_requisites[i].name.p[0] == first &&
            sieve_requisites[i].name.n == name.n &&
            sieve_name_is(name, sieve_requisites[i].name.p)) {
            *kind = sieve_requisites[i].kind;
            return sieve_requisites[i].wanted;
        }
    }
    return NULL;
}

/* 13.2.5.8 "tag name state": p stands at its first letter. */
static const char *
sieve_read_name(const char *p, const char *end, struct str *name)
{
    name->p = p;
    while (p < end && !sieve_ends_tag_name[(unsigned char)*p])
        p++;
    name->n = (size_t)(p - name->p);
    return p;
}

/* Which attributes of a start tag are kept; NULL: none. */
static const struct wanted *
sieve_begin(const struct scan *sc, struct str name,
            const struct tag_name *known, enum role role, struct reading *r)
{
    const struct wanted *want = NULL;
    enum sieve_kind kind = known->kind;

    if (role == ROLE_KEEP)
        want = sieve_wanted(sc, kind);
    else if (role == ROLE_TEMPLATE)
        want = sieve_wanted_template;
    else if (sc->out->has_requisites && !sieve_in_foreign(sc))
        want = sieve_wanted_requisite(name, &kind);
    r->tag.kind = (uint8_t)kind;
    for (int slot = 0; slot < SIEVE_SLOTS; slot++)
        r->tag.value[slot].at = SIEVE_ABSENT;
    return want;
}

/* Of a start tag, from behind its name; the role is known already. */
static const char *
sieve_start_tag_as(struct scan *sc, const char *p, struct str name,
                   const struct tag_name *known, enum role role)
{
    struct reading r = {.n_attrs = 0};
    const struct wanted *want = NULL;

    if (role != ROLE_NONE || sc->out->has_requisites) {
        if (sc->out->is_frameset && !sieve_is_of_frameset(known))
            role = ROLE_NONE;
        else
            want = sieve_begin(sc, name, known, role, &r);
    }
    p = sieve_read_attrs(sc, p, &r, want);
    if (r.n_attrs > sc->out->most_attrs)
        sc->out->most_attrs = r.n_attrs;
    if (p == NULL)
        return sc->end;
    if (want != NULL && role != ROLE_TEMPLATE && sc->templates == 0)
        sieve_keep(sc, &r, p);
    return sieve_open(sc, p, name, role, &r);
}

static const char *
sieve_start_tag(struct scan *sc, const char *p)
{
    const struct tag_name *known;
    const char *behind;
    struct str name;
    enum role role;

    p = sieve_read_name(p + 1, sc->end, &name);
    known = sieve_lookup(name);
    role = known->role;
    if (sieve_in_foreign(sc)) {
        if (sieve_is_one_of(name, sieve_breakouts, COUNT(sieve_breakouts)))
            sieve_break_out(sc);
        else
            role = sieve_foreign_role(sc, name);
    }
    if (role == ROLE_NONE && !sc->out->has_requisites) {
        behind = sieve_skip(p, sc->end); /* most tags of most pages */
        if (behind != NULL)
            return behind;
    }
    return sieve_start_tag_as(sc, p, name, known, role);
}

static const char *
sieve_end_tag_as(struct scan *sc, const char *p)
{
    struct reading r = {.n_attrs = 0};
    struct str name;
    enum role role;

    p = sieve_read_name(p + 2, sc->end, &name);
    p = sieve_read_attrs(sc, p, &r, NULL); /* 13.2.5.8: it may have some */
    if (p == NULL)
        return sc->end;
    role = sieve_lookup(name)->role;
    if (role == ROLE_TEMPLATE && sc->templates > 0) {
        sc->templates--;
        sieve_break_out(sc);
    }
    if (sc->n_foreign > 0)
        sieve_foreign_end_tag(sc, name, role);
    return p;
}

/* "</" stands at p, and a letter behind it. */
static const char *
sieve_end_tag(struct scan *sc, const char *p)
{
    const char *last;

    if (sc->n_foreign == 0 && sc->templates == 0) { /* its name is no matter */
        last = sieve_find(p, sc->end, '>', '=');
        if (last < sc->end && *last == '>')
            return last + 1;
    }
    return sieve_end_tag_as(sc, p);
}

void
sieve_run(struct sieve *s, struct str html, size_t max_tags)
{
    struct scan sc = {.page = html.p, .out = s};
    const char *p = html.p;

    s->n = 0;
    s->max = max_tags;
    s->most_attrs = 0;
    s->is_cut = s->is_frameset = false;
    if (html.n == 0 || html.n >= SIEVE_ABSENT)
        return;
    sc.end = p + html.n;
    while (p < sc.end && !s->is_cut) {
        p = sieve_find(p, sc.end, '<', '<'); /* 13.2.5.1 data state */
        if (sc.end - p < 2)
            return;
        /* 13.2.5.6 "tag open state", 13.2.5.7 "end tag open state" */
        if (str_is_alpha(p[1]))
            p = sieve_start_tag(&sc, p);
        else if (p[1] == '!')
            p = sieve_declaration(&sc, p);
        else if (p[1] == '?')
            p = sieve_bogus_end(p, sc.end);
        else if (p[1] != '/')
            p++;
        else if (sc.end - p > 2 && str_is_alpha(p[2]))
            p = sieve_end_tag(&sc, p);
        else
            p = sieve_bogus_end(p, sc.end); /* "</>" too: nothing at all */
    }
}

/* --- for who reads on behind a tag --- */

/* Whether markup begins at the '<' at p: 13.2.5.6 and .7. */
static bool
sieve_is_markup(const char *p, const char *end)
{
    if (end - p < 2)
        return false;
    return str_is_alpha(p[1]) || p[1] == '!' || p[1] == '?' ||
           (p[1] == '/' && end - p > 2);
}

static const char *
sieve_read_text(const char *p, const char *end, struct sieve_piece *piece)
{
    const char *start = p;

    do
        p = memchr(p, '<', (size_t)(end - p));
    while (p != NULL && !sieve_is_markup(p, end) && ++p < end);
    if (p == NULL)
        p = end;
    piece->kind = SIEVE_PIECE_TEXT;
    piece->text = (struct str){start, (size_t)(p - start)};
    return p;
}

static const char *
sieve_read_tag(const char *p, const char *end, struct str attr,
               struct sieve_piece *piece)
{
    const struct wanted want[] = {{attr, SIEVE_URL}, {{NULL, 0}, 0}};
    struct scan sc = {.page = p, .end = end};
    struct reading r = {.n_attrs = 0};
    bool is_end = p[1] == '/';
    enum role role;

    r.tag.value[SIEVE_URL].at = SIEVE_ABSENT;
    p = sieve_read_name(p + 1 + is_end, end, &piece->text);
    p = sieve_read_attrs(&sc, p, &r, is_end ? NULL : want);
    if (p == NULL)
        return end;
    piece->kind = is_end ? SIEVE_PIECE_END : SIEVE_PIECE_START;
    if (is_end)
        return p;
    if (!r.is_too_long)
        piece->value = sieve_value(&r.tag, sc.page, SIEVE_URL);
    role = sieve_lookup(piece->text)->role;
    if (role == ROLE_SCRIPT)
        return sieve_script_end(p, end);
    if (role == ROLE_RAW || str_equal_nocase(piece->text, STR("iframe")))
        return sieve_raw_end(p, end, piece->text);
    return role == ROLE_PLAINTEXT ? end : p;
}

const char *
sieve_read_piece(const char *p, const char *end, struct str attr,
                 struct sieve_piece *piece)
{
    *piece = (struct sieve_piece){.kind = SIEVE_PIECE_OTHER};
    if (*p != '<' || !sieve_is_markup(p, end))
        return sieve_read_text(p, end, piece);
    if (str_is_alpha(p[1]) || (p[1] == '/' && str_is_alpha(p[2])))
        return sieve_read_tag(p, end, attr, piece);
    if (str_starts((struct str){p, (size_t)(end - p)}, STR("<!--")))
        return sieve_comment_end(p, end);
    return sieve_bogus_end(p, end);
}
