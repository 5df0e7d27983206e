/* SPDX-License-Identifier: MIT */
#include "worker/markup.h"

/* Bytes that a name may have; all of those above ASCII are taken for such. */
static bool
markup_is_name_byte(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '_' || c == ':' ||
           c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

static void
markup_skip_space(struct markup *m)
{
    while (m->p < m->end && str_is_space(*m->p))
        m->p++;
}

static struct str
markup_take_name(struct markup *m)
{
    const char *start = m->p;

    while (m->p < m->end && markup_is_name_byte(*m->p))
        m->p++;
    return (struct str){start, (size_t)(m->p - start)};
}

/* Namespaces in XML, 3: what stands before the colon is the prefix. */
static struct markup_name
markup_split_name(struct str name)
{
    struct str prefix = {name.p, 0};

    while (prefix.n < name.n && prefix.p[prefix.n] != ':')
        prefix.n++;
    if (prefix.n == name.n)
        return (struct markup_name){STR_NONE, name};
    name.p += prefix.n + 1;
    name.n -= prefix.n + 1;
    return (struct markup_name){prefix, name};
}

/* Move behind what; without one to the end. */
static bool
markup_skip_past(struct markup *m, struct str what)
{
    const char *at = memmem(m->p, (size_t)(m->end - m->p), what.p, what.n);

    m->p = at ? at + what.n : m->end;
    m->is_short |= at == NULL;
    return at != NULL;
}

/* 2.8: <!DOCTYPE name "..." [ ... ]>, behind its "<!". */
static void
markup_skip_doctype(struct markup *m)
{
    size_t brackets = 0;

    while (m->p < m->end) {
        struct str rest = {m->p, (size_t)(m->end - m->p)};
        char c = *m->p++;

        if (c == '"' || c == '\'')
            markup_skip_past(m, (struct str){&c, 1});
        else if (str_starts(rest, STR("<!--")))
            markup_skip_past(m, STR("-->"));
        else if (c == '[')
            brackets++;
        else if (c == ']' && brackets > 0)
            brackets--;
        else if (c == '>' && brackets == 0)
            return;
    }
    m->is_short = true;
}

/* Something else must stand here: a wrong byte, or none any more. */
static void
markup_note_wrong(struct markup *m)
{
    if (m->p == m->end)
        m->is_short = true;
    else
        m->is_broken = true;
}

/* 2.3 "AttValue": holds no '<', so that a lost quote does not eat the rest. */
static struct str
markup_take_value(struct markup *m)
{
    struct str value = {m->p, 0};
    char quote = m->p < m->end ? *m->p : '\0';

    if (quote != '"' && quote != '\'') {
        markup_note_wrong(m);
        while (m->p < m->end && !str_is_space(*m->p) && *m->p != '>' &&
               *m->p != '<')
            m->p++;
        value.n = (size_t)(m->p - value.p);
        return value;
    }
    value.p = ++m->p;
    while (m->p < m->end && *m->p != quote && *m->p != '<')
        m->p++;
    value.n = (size_t)(m->p - value.p);
    if (m->p < m->end && *m->p == quote)
        m->p++;
    else
        markup_note_wrong(m);
    return value;
}

/* The end of the tag, if that is what comes. */
static bool
markup_ends_tag(struct markup *m)
{
    if (m->p == m->end) {
        m->is_short = true;
    } else if (*m->p == '<') {
        m->is_broken = true; /* "<a <b>": the first one never ended */
    } else if (*m->p == '>') {
        m->p++;
    } else if (*m->p == '/' && m->p + 1 < m->end && m->p[1] == '>') {
        m->p += 2;
        m->is_empty = true;
    } else {
        return false;
    }
    m->is_in_tag = false;
    return true;
}

bool
markup_attr(struct markup *m, struct str *name, struct str *value)
{
    while (m->is_in_tag) {
        markup_skip_space(m);
        if (markup_ends_tag(m))
            break;
        *name = markup_take_name(m);
        if (name->n == 0) {
            m->is_broken = true;
            m->p++;
            continue;
        }
        markup_skip_space(m);
        if (m->p == m->end || *m->p != '=') {
            markup_note_wrong(m);
            continue;
        }
        m->p++;
        markup_skip_space(m);
        *value = markup_take_value(m);
        return true;
    }
    return false;
}

/* Behind a '<': OPEN, CLOSE, or TEXT where no name follows. */
static enum markup_token
markup_take_tag(struct markup *m)
{
    const char *start = m->p - 1;
    bool is_end = m->p < m->end && *m->p == '/';
    struct str name, value;

    m->p += is_end;
    name = markup_take_name(m);
    if (name.n == 0) {
        markup_note_wrong(m);
        m->text = (struct str){start, (size_t)(m->p - start)};
        return MARKUP_TEXT;
    }
    m->name = markup_split_name(name);
    m->is_in_tag = true;
    if (!is_end)
        return MARKUP_OPEN;
    while (markup_attr(m, &name, &value))
        m->is_broken = true;
    m->is_empty = false;
    return m->is_short ? MARKUP_END : MARKUP_CLOSE;
}

/* At a '<': what is no tag is passed over, but for CDATA: then true. */
static bool
markup_take_other(struct markup *m, bool *is_tag)
{
    struct str rest = {m->p, (size_t)(m->end - m->p)};

    *is_tag = false;
    if (str_starts(rest, STR("<!--"))) {
        m->p += 4;
        markup_skip_past(m, STR("-->"));
    } else if (str_starts(rest, STR("<?"))) {
        markup_skip_past(m, STR("?>"));
    } else if (str_starts_nocase(rest, STR("<!DOCTYPE"))) {
        m->p += 2;
        markup_skip_doctype(m);
    } else if (str_starts(rest, STR("<![CDATA["))) {
        m->p += 9;
        m->text.p = m->p;
        if (markup_skip_past(m, STR("]]>"))) {
            m->text.n = (size_t)(m->p - 3 - m->text.p);
            return true;
        }
    } else {
        *is_tag = true;
        m->p++;
    }
    return false;
}

enum markup_token
markup_next(struct markup *m)
{
    struct str name, value;
    bool is_tag;

    while (markup_attr(m, &name, &value))
        continue;
    if (m->is_empty) {
        m->is_empty = false;
        return MARKUP_CLOSE;
    }
    while (m->p < m->end) {
        if (*m->p != '<') {
            m->text.p = m->p;
            m->p = memchr(m->p, '<', (size_t)(m->end - m->p));
            if (m->p == NULL)
                m->p = m->end;
            m->text.n = (size_t)(m->p - m->text.p);
            return MARKUP_TEXT;
        }
        if (markup_take_other(m, &is_tag))
            return MARKUP_CDATA;
        if (is_tag)
            return markup_take_tag(m);
    }
    return MARKUP_END;
}
