/*
 * Each css_* function reads one production at c->at and appends the XPath of
 * it; false: c->why is set.  A compound, "a.b[c]", becomes a step,
 * "a[...][...]"; "x > a" the step "a[parent::x]"; so a whole selector is one
 * step, and holds for a node when "self::STEP" does.
 *
 * SPDX-License-Identifier: MIT
 */
#include "common/css.h"

#include "common/css_parts.h"

static const char css_upper[] = "'ABCDEFGHIJKLMNOPQRSTUVWXYZ'";
static const char css_lower[] = "'abcdefghijklmnopqrstuvwxyz'";

/* --- .class, #id, [attribute] --- */

static bool
css_class(struct css *c, struct buf *out)
{
    struct buf name;
    bool is_ok;

    buf_init(&name, CSS_NAME_MAX);
    is_ok = css_name(c, &name) &&
            css_put_word(c, out, STR("@class"), buf_str(&name));
    buf_fini(&name);
    return is_ok;
}

static bool
css_id(struct css *c, struct buf *out)
{
    struct buf name;
    bool is_ok;

    buf_init(&name, CSS_NAME_MAX);
    is_ok = css_name_rest(c, &name) && css_puts(c, out, "[@id=") &&
            css_put_literal(c, out, buf_str(&name)) && css_puts(c, out, "]");
    buf_fini(&name);
    return is_ok;
}

static size_t
css_characters(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

/* "[FUNCTION(ATTR,VALUE)]" */
static bool
css_put_call(struct css *c, struct buf *out, const char *function,
             struct str attr, struct str value)
{
    return css_puts(c, out, "[") && css_puts(c, out, function) &&
           css_puts(c, out, "(") && css_put(c, out, attr) &&
           css_puts(c, out, ",") && css_put_literal(c, out, value) &&
           css_puts(c, out, ")]");
}

/* The op stands before a "="; '=' is that alone. */
static bool
css_put_operator(struct css *c, struct buf *out, char op, struct str attr,
                 struct str value)
{
    bool has_space = false;

    for (size_t i = 0; i < value.n; i++)
        has_space = has_space || str_is_space(value.p[i]);
    if ((value.n == 0 && strchr("~^$*", op) != NULL) ||
        (has_space && op == '~'))
        return css_puts(c, out, "[false()]"); /* by the standard */
    switch (op) {
    case '~':
        return css_put_word(c, out, attr, value);
    case '^':
        return css_put_call(c, out, "starts-with", attr, value);
    case '*':
        return css_put_call(c, out, "contains", attr, value);
    case '$':
        return css_puts(c, out, "[substring(") && css_put(c, out, attr) &&
               css_puts(c, out, ",string-length(") && css_put(c, out, attr) &&
               css_puts(c, out, ")-") &&
               css_put_int(c, out, (long)css_characters(value) - 1) &&
               css_puts(c, out, ")=") && css_put_literal(c, out, value) &&
               css_puts(c, out, "]");
    case '|':
        return css_puts(c, out, "[") && css_put(c, out, attr) &&
               css_puts(c, out, "=") && css_put_literal(c, out, value) &&
               css_puts(c, out, " or starts-with(") && css_put(c, out, attr) &&
               css_puts(c, out, ",concat(") && css_put_literal(c, out, value) &&
               css_puts(c, out, ",'-'))]");
    case '!':
        return css_puts(c, out, "[not(") && css_put(c, out, attr) &&
               css_puts(c, out, "=") && css_put_literal(c, out, value) &&
               css_puts(c, out, ")]");
    default:
        return css_puts(c, out, "[") && css_put(c, out, attr) &&
               css_puts(c, out, "=") && css_put_literal(c, out, value) &&
               css_puts(c, out, "]");
    }
}

/* Behind the value: " i" asks for ASCII case not to matter. */
static bool
css_attribute_flag(struct css *c, bool *is_nocase)
{
    char flag;

    css_skip_space(c);
    flag = str_lower(css_peek(c, 0));
    *is_nocase = flag == 'i';
    if (flag == 'i' || flag == 's')
        c->at++;
    css_skip_space(c);
    return css_take(c, ']') || css_fail(c, c->at, "a ] is missing");
}

static bool
css_attribute_value(struct css *c, struct buf *out, struct buf *attr,
                    struct buf *value)
{
    size_t at = c->at;
    char op = css_peek(c, 0);
    bool is_nocase;
    struct buf folded;
    bool is_ok;

    if (strchr("~^$*|!", op) != NULL)
        c->at++;
    if (!css_take(c, '='))
        return css_fail(c, at, "= ~= |= ^= $= *= != or ] is missing");
    css_skip_space(c);
    if (!css_value(c, value) || !css_attribute_flag(c, &is_nocase))
        return false;
    if (!is_nocase)
        return css_put_operator(c, out, op, buf_str(attr), buf_str(value));
    css_lower_case(value);
    buf_init(&folded, CSS_BYTES_MAX);
    is_ok = css_puts(c, &folded, "translate(") &&
            css_put(c, &folded, buf_str(attr)) && css_puts(c, &folded, ",") &&
            css_puts(c, &folded, css_upper) && css_puts(c, &folded, ",") &&
            css_puts(c, &folded, css_lower) && css_puts(c, &folded, ")") &&
            css_put_operator(c, out, op, buf_str(&folded), buf_str(value));
    buf_fini(&folded);
    return is_ok;
}

static bool
css_attribute(struct css *c, struct buf *out)
{
    struct buf name, attr, value;
    bool is_ok;

    buf_init(&name, CSS_NAME_MAX);
    buf_init(&attr, CSS_BYTES_MAX);
    buf_init(&value, CSS_NAME_MAX);
    css_skip_space(c);
    is_ok = css_name(c, &name);
    if (is_ok) {
        css_lower_case(&name);
        is_ok = css_put_test(c, &attr, "@", buf_str(&name));
    }
    css_skip_space(c);
    if (is_ok && css_take(c, ']'))
        is_ok = css_puts(c, out, "[") && css_put(c, out, buf_str(&attr)) &&
                css_puts(c, out, "]");
    else if (is_ok)
        is_ok = css_attribute_value(c, out, &attr, &value);
    buf_fini(&name);
    buf_fini(&attr);
    buf_fini(&value);
    return is_ok;
}

/* --- :nth-child(an+b) --- */

static bool
css_number(struct css *c, long *out)
{
    size_t start = c->at;
    long n = 0;

    while (str_is_digit(css_peek(c, 0))) {
        n = n * 10 + (c->in.p[c->at++] - '0');
        if (n > CSS_NTH_MAX)
            return css_fail(c, start, "a number above 1000000");
    }
    *out = n;
    return c->at > start || css_fail(c, start, "a number is missing");
}

static bool
css_keyword(struct css *c, const char *word)
{
    struct str rest = {c->in.p + c->at, c->in.n - c->at};
    size_t n = strlen(word);

    if (!str_starts_nocase(rest, str_from(word)) || css_is_name(css_peek(c, n)))
        return false;
    c->at += n;
    return true;
}

/* "odd", "even", "5", "-n+3", "2n + 1" */
static bool
css_nth(struct css *c, long *a, long *b)
{
    bool is_minus, has_digits;

    *a = 2;
    *b = 0;
    if (css_keyword(c, "even"))
        return true;
    *b = 1;
    if (css_keyword(c, "odd"))
        return true;
    *a = *b = 0;
    is_minus = css_take(c, '-');
    if (!is_minus)
        css_take(c, '+');
    has_digits = str_is_digit(css_peek(c, 0));
    *a = 1;
    if (has_digits && !css_number(c, a))
        return false;
    if (is_minus)
        *a = -*a;
    if (!css_take(c, 'n') && !css_take(c, 'N')) {
        *b = *a;
        *a = 0;
        return has_digits || css_fail(c, c->at, "no an+b, odd or even");
    }
    css_skip_space(c);
    is_minus = css_peek(c, 0) == '-';
    if (!css_take(c, '-') && !css_take(c, '+'))
        return true;
    css_skip_space(c);
    if (!css_number(c, b))
        return false;
    if (is_minus)
        *b = -*b;
    return true;
}

/* "count(SIBLINGS)", to which n is added */
static bool
css_put_count(struct css *c, struct buf *out, struct str siblings, long n)
{
    return css_puts(c, out, "(count(") && css_put(c, out, siblings) &&
           css_puts(c, out, n < 0 ? ")" : ")+") && css_put_int(c, out, n) &&
           css_puts(c, out, ")");
}

/* "SIBLINGS[n]": there are that many, and libxml2 stops at it. */
static bool
css_put_at_least(struct css *c, struct buf *out, struct str siblings, long n)
{
    return css_put(c, out, siblings) && css_puts(c, out, "[") &&
           css_put_int(c, out, n) && css_puts(c, out, "]");
}

/* Position p is the number of siblings on that side and 1. */
static bool
css_put_nth(struct css *c, struct buf *out, struct str siblings, long a, long b)
{
    if (a <= 0 && b < 1)
        return css_puts(c, out, "[false()]");
    if (!css_puts(c, out, "["))
        return false;
    if (a >= 0 && b > 1 && !css_put_at_least(c, out, siblings, b - 1))
        return false; /* p >= b */
    if (a >= 0 && b > 1 && a != 1 && !css_puts(c, out, " and "))
        return false;
    if (a == 1 && b <= 1 && !css_puts(c, out, "true()"))
        return false;
    if (a <= 0 &&
        (!css_puts(c, out, "not(") || !css_put_at_least(c, out, siblings, b) ||
         !css_puts(c, out, ")")))
        return false; /* p <= b */
    if (a < -1 && !css_puts(c, out, " and "))
        return false;
    if ((a > 1 || a < -1) &&
        (!css_put_count(c, out, siblings, 1 - b) ||
         !css_puts(c, out, " mod ") || !css_put_int(c, out, a < 0 ? -a : a) ||
         !css_puts(c, out, "=0")))
        return false;
    return css_puts(c, out, "]");
}

/* --- :pseudo-classes --- */

static bool css_complex(struct css *c, struct buf *out);

/* "a, b" up to the closing bracket: "self::A or self::B" */
static bool
css_list(struct css *c, struct buf *out)
{
    bool is_ok = true;

    if (++c->depth > CSS_DEPTH_MAX)
        return css_fail(c, c->at, "too deep");
    for (bool is_more = true; is_ok && is_more;) {
        struct buf step;

        buf_init(&step, CSS_BYTES_MAX);
        css_skip_space(c);
        is_ok = css_complex(c, &step) && css_puts(c, out, "self::") &&
                css_put(c, out, buf_str(&step));
        buf_fini(&step);
        is_more = css_take(c, ',');
        if (is_ok && is_more)
            is_ok = css_puts(c, out, " or ");
    }
    c->depth--;
    return is_ok && (css_take(c, ')') || css_fail(c, c->at, "a ) is missing"));
}

static bool css_compound(struct css *c, struct buf *out);

/* Relative selectors, each a combinator, if any, and a compound. */
static bool
css_has(struct css *c, struct buf *out)
{
    if (++c->depth > CSS_DEPTH_MAX)
        return css_fail(c, c->at, "too deep");
    if (!css_puts(c, out, "["))
        return false;
    do {
        const char *axis = "descendant::";

        css_skip_space(c);
        if (css_take(c, '>'))
            axis = "child::";
        else if (css_take(c, '~'))
            axis = "following-sibling::";
        else if (css_take(c, '+'))
            axis = "following-sibling::*[1]/self::";
        css_skip_space(c);
        if (!css_puts(c, out, axis) || !css_compound(c, out))
            return false;
        css_skip_space(c);
        if (css_peek(c, 0) == ',' && !css_puts(c, out, " or "))
            return false;
    } while (css_take(c, ','));
    c->depth--;
    if (!css_take(c, ')'))
        return css_fail(c, c->at,
                        "in :has() stand simple selectors: a ) is "
                        "missing");
    return css_puts(c, out, "]");
}

static bool
css_contains(struct css *c, struct buf *out)
{
    struct buf text;
    bool is_ok;

    buf_init(&text, CSS_NAME_MAX);
    css_skip_space(c);
    is_ok = css_value(c, &text) && css_puts(c, out, "[contains(.,") &&
            css_put_literal(c, out, buf_str(&text)) && css_puts(c, out, ")]");
    buf_fini(&text);
    css_skip_space(c);
    return is_ok && (css_take(c, ')') || css_fail(c, c->at, "a ) is missing"));
}

/* As in the HTML standard: no space around the ones of libxml2's trees. */
static const struct {
    const char *name, *xpath;
} css_simple[] = {
    {"empty", "[not(*) and not(text())]"},
    {"root", "[not(parent::*)]"},
    {"checked", "[@checked or (self::option and @selected)]"},
    {"disabled", "[@disabled]"},
    {"enabled", "[not(@disabled) and (self::button or self::input or "
                "self::select or self::textarea or self::optgroup or "
                "self::option or self::fieldset)]"},
    {"link", "[@href and (self::a or self::area)]"},
    {"any-link", "[@href and (self::a or self::area)]"},
};

/* By place: the sides they look at, and whether an+b is given or 1. */
static const struct {
    const char *name;
    bool looks_back, looks_ahead, is_of_type, takes_nth;
} css_places[] = {
    {"first-child", true, false, false, false},
    {"last-child", false, true, false, false},
    {"only-child", true, true, false, false},
    {"first-of-type", true, false, true, false},
    {"last-of-type", false, true, true, false},
    {"only-of-type", true, true, true, false},
    {"nth-child", true, false, false, true},
    {"nth-last-child", false, true, false, true},
    {"nth-of-type", true, false, true, true},
    {"nth-last-of-type", false, true, true, true},
};

static bool
css_place(struct css *c, struct buf *out, size_t which, struct str type,
          size_t at)
{
    struct str test = css_places[which].is_of_type ? type : STR("*");
    struct buf siblings;
    long a = 0, b = 1;
    bool is_ok = true;

    if (css_places[which].is_of_type && str_equal(type, STR("*")))
        return css_fail(c, at, "an element's name must stand before it");
    if (css_places[which].takes_nth) {
        css_skip_space(c);
        if (!css_nth(c, &a, &b))
            return false;
        css_skip_space(c);
        if (!css_take(c, ')'))
            return css_fail(c, c->at, "no an+b, odd or even");
    }
    buf_init(&siblings, CSS_BYTES_MAX);
    if (css_places[which].looks_back)
        is_ok = css_puts(c, &siblings, "preceding-sibling::") &&
                css_put(c, &siblings, test) &&
                css_put_nth(c, out, buf_str(&siblings), a, b);
    buf_reset(&siblings);
    if (is_ok && css_places[which].looks_ahead)
        is_ok = css_puts(c, &siblings, "following-sibling::") &&
                css_put(c, &siblings, test) &&
                css_put_nth(c, out, buf_str(&siblings), a, b);
    buf_fini(&siblings);
    return is_ok;
}

/* Behind "NAME(" */
static bool
css_function(struct css *c, struct buf *out, struct str name, size_t at)
{
    bool is_not = str_equal(name, STR("not"));

    if (is_not || str_equal(name, STR("is")) || str_equal(name, STR("where")) ||
        str_equal(name, STR("matches")))
        return css_puts(c, out, is_not ? "[not(" : "[") && css_list(c, out) &&
               css_puts(c, out, is_not ? ")]" : "]");
    if (str_equal(name, STR("has")))
        return css_has(c, out);
    if (str_equal(name, STR("contains")))
        return css_contains(c, out);
    return css_fail(c, at, "this pseudo-class is not known here");
}

static bool
css_pseudo_named(struct css *c, struct buf *out, struct str name,
                 struct str type, size_t at)
{
    bool takes = css_take(c, '(');

    for (size_t i = 0; i < sizeof(css_places) / sizeof(css_places[0]); i++)
        if (takes == css_places[i].takes_nth &&
            str_equal(name, str_from(css_places[i].name)))
            return css_place(c, out, i, type, at);
    if (takes)
        return css_function(c, out, name, at);
    for (size_t i = 0; i < sizeof(css_simple) / sizeof(css_simple[0]); i++)
        if (str_equal(name, str_from(css_simple[i].name)))
            return css_puts(c, out, css_simple[i].xpath);
    if (str_equal(name, STR("text")) || str_equal(name, STR("attr")))
        return css_fail(c, at, "::text and ::attr(NAME) have two colons");
    return css_fail(c, at, "this pseudo-class is not known here");
}

static bool
css_pseudo(struct css *c, struct buf *out, struct str type)
{
    size_t at = c->at - 1;
    struct buf name;
    bool is_ok;

    buf_init(&name, CSS_NAME_MAX);
    is_ok = css_name(c, &name);
    css_lower_case(&name);
    is_ok = is_ok && css_pseudo_named(c, out, buf_str(&name), type, at);
    buf_fini(&name);
    return is_ok;
}

/* --- the whole --- */

/* The element's name, or "*". */
static bool
css_type(struct css *c, struct buf *type)
{
    struct buf name;
    bool is_ok;

    if (css_take(c, '*'))
        return css_puts(c, type, "*");
    if (!css_is_name_start(c)) {
        if (css_peek(c, 0) == '\0' || strchr(".#[:", css_peek(c, 0)) == NULL)
            return css_fail(c, c->at, "a selector is missing");
        return css_puts(c, type, "*");
    }
    buf_init(&name, CSS_NAME_MAX);
    is_ok = css_name(c, &name);
    css_lower_case(&name);
    is_ok = is_ok && css_put_test(c, type, "", buf_str(&name));
    buf_fini(&name);
    if (is_ok && css_peek(c, 0) == '|')
        return css_fail(c, c->at, "HTML has no namespaces");
    return is_ok;
}

static bool
css_compound(struct css *c, struct buf *out)
{
    struct buf type;
    bool is_ok;

    buf_init(&type, CSS_BYTES_MAX);
    is_ok = css_type(c, &type) && css_put(c, out, buf_str(&type));
    while (is_ok) {
        if (css_take(c, '.'))
            is_ok = css_class(c, out);
        else if (css_take(c, '#'))
            is_ok = css_id(c, out);
        else if (css_take(c, '['))
            is_ok = css_attribute(c, out);
        else if (css_peek(c, 0) == ':' && css_peek(c, 1) != ':' &&
                 css_take(c, ':'))
            is_ok = css_pseudo(c, out, buf_str(&type));
        else
            break;
    }
    buf_fini(&type);
    return is_ok;
}

/* What stands before the next compound; NULL: none does. */
static const char *
css_combinator(struct css *c)
{
    size_t start = c->at;
    char byte;

    css_skip_space(c);
    byte = css_peek(c, 0);
    if (byte != '\0' && strchr(">+~", byte) != NULL) {
        c->at++;
        css_skip_space(c);
        return byte == '>'   ? "parent::"
               : byte == '~' ? "preceding-sibling::"
                             : "preceding-sibling::*[1]/self::";
    }
    if (byte == '\0' || strchr(",)", byte) != NULL || c->at == start)
        return NULL;
    return "ancestor::";
}

/* "x > a.b" as the step "a[...][parent::x]" */
static bool
css_complex(struct css *c, struct buf *out)
{
    const char *axis = NULL;
    struct buf before, step;
    bool is_ok;

    buf_init(&before, CSS_BYTES_MAX);
    buf_init(&step, CSS_BYTES_MAX);
    do {
        struct buf swap = before;

        before = step;
        step = swap;
        buf_reset(&step);
        is_ok = css_compound(c, &step);
        if (is_ok && axis)
            is_ok = css_puts(c, &step, "[") && css_puts(c, &step, axis) &&
                    css_put(c, &step, buf_str(&before)) &&
                    css_puts(c, &step, "]");
        axis = is_ok ? css_combinator(c) : NULL;
    } while (axis);
    is_ok = is_ok && css_put(c, out, buf_str(&step));
    buf_fini(&before);
    buf_fini(&step);
    return is_ok;
}

/* "::text" or "::attr(NAME)", as the step that takes it. */
static bool
css_tail(struct css *c, struct buf *out)
{
    size_t at = c->at;
    struct buf name;
    bool is_ok;

    css_skip_space(c);
    if (css_peek(c, 0) != ':' || css_peek(c, 1) != ':')
        return true;
    c->at += 2;
    if (css_keyword(c, "text")) {
        is_ok = css_puts(c, out, "/text()");
    } else if (css_keyword(c, "attr") && css_take(c, '(')) {
        buf_init(&name, CSS_NAME_MAX);
        css_skip_space(c);
        is_ok = css_name(c, &name);
        css_lower_case(&name);
        is_ok = is_ok && css_puts(c, out, "/") &&
                css_put_test(c, out, "@", buf_str(&name));
        buf_fini(&name);
        css_skip_space(c);
        is_ok = is_ok && (css_take(c, ')') ||
                          css_fail(c, c->at, "::attr(NAME): a ) is missing"));
    } else {
        return css_fail(c, at, "only ::text and ::attr(NAME) are known");
    }
    css_skip_space(c);
    return is_ok;
}

/* One of the group: its step, and its tail. */
static bool
css_member(struct css *c, struct buf *step, struct buf *tail)
{
    css_skip_space(c);
    if (css_peek(c, 0) == ':' && css_peek(c, 1) == ':') {
        if (!css_puts(c, step, "*")) /* as in Scrapy: of any element */
            return false;
    } else if (!css_complex(c, step)) {
        return false;
    }
    if (!css_tail(c, tail))
        return false;
    if (c->at < c->in.n && css_peek(c, 0) != ',')
        return css_fail(c, c->at, "this is no selector");
    return true;
}

/* Both forms are written; which is right shows at the end. */
struct css_group {
    struct buf steps; /* "self::A or self::B": the tails are the same */
    struct buf parts; /* "descendant-or-self::A/x | ...": they are not */
    struct buf tail;
    size_t count;
    bool is_mixed;
};

static bool
css_group_add(struct css *c, struct css_group *g)
{
    struct buf step, tail;
    bool is_ok;

    buf_init(&step, CSS_BYTES_MAX);
    buf_init(&tail, CSS_BYTES_MAX);
    is_ok = css_member(c, &step, &tail) &&
            css_puts(c, &g->steps, g->count > 0 ? " or self::" : "self::") &&
            css_put(c, &g->steps, buf_str(&step)) &&
            css_puts(c, &g->parts, g->count > 0 ? " | " : "") &&
            css_puts(c, &g->parts, "descendant-or-self::") &&
            css_put(c, &g->parts, buf_str(&step)) &&
            css_put(c, &g->parts, buf_str(&tail));
    if (is_ok && g->count == 0)
        is_ok = css_put(c, &g->tail, buf_str(&tail));
    else if (!str_equal(buf_str(&g->tail), buf_str(&tail)))
        g->is_mixed = true;
    g->count++;
    buf_fini(&step);
    buf_fini(&tail);
    return is_ok;
}

enum err
css_to_xpath(struct str selector, struct buf *xpath,
             struct css_problem *problem)
{
    struct css c = {.in = selector};
    struct css_group g = {0};
    size_t start = xpath->n;
    bool is_ok;

    buf_init(&g.steps, CSS_BYTES_MAX);
    buf_init(&g.parts, CSS_BYTES_MAX);
    buf_init(&g.tail, CSS_BYTES_MAX);
    do
        is_ok = css_group_add(&c, &g);
    while (is_ok && css_take(&c, ','));
    if (is_ok && (g.count == 1 || g.is_mixed))
        is_ok = css_put(&c, xpath, buf_str(&g.parts));
    else if (is_ok)
        is_ok = css_puts(&c, xpath, "descendant-or-self::*[") &&
                css_put(&c, xpath, buf_str(&g.steps)) &&
                css_puts(&c, xpath, "]") &&
                css_put(&c, xpath, buf_str(&g.tail));
    buf_fini(&g.steps);
    buf_fini(&g.parts);
    buf_fini(&g.tail);
    if (is_ok)
        return ERR_OK;
    xpath->n = start;
    *problem = (struct css_problem){c.why_at, c.why};
    return c.is_full ? ERR_TOO_BIG : ERR_INVALID;
}
