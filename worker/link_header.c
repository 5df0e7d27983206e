/* SPDX-License-Identifier: MIT */
#include "worker/link_header.h"

static void
link_header_skip(struct str *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

static void
link_header_skip_space(struct str *s)
{
    while (s->n > 0 && str_is_space(s->p[0]))
        link_header_skip(s, 1);
}

/* Up to the first of the stops, or the end. */
static struct str
link_header_until(struct str *s, const char *stops)
{
    struct str word = {s->p, 0};

    while (word.n < s->n &&
           (s->p[word.n] == '\0' || strchr(stops, s->p[word.n]) == NULL))
        word.n++;
    link_header_skip(s, word.n);
    return word;
}

/*
 * B.4 "Parsing a Quoted String": what stands between the quotes, backslashes
 * included: no relation type has any.  Without a closing quote: the rest.
 */
static struct str
link_header_quoted(struct str *s)
{
    struct str word = {s->p + 1, 0};

    link_header_skip(s, 1);
    while (word.n < s->n && word.p[word.n] != '"')
        word.n += word.p[word.n] == '\\' && word.n + 1 < s->n ? 2 : 1;
    link_header_skip(s, word.n < s->n ? word.n + 1 : s->n);
    return word;
}

/* B.3 "Parsing Parameters": one, behind its ';'. */
static void
link_header_parameter(struct str *s, struct link_header *out)
{
    struct str name, value = {"", 0};

    link_header_skip_space(s);
    name = link_header_until(s, " \t\r\n\f=;,");
    link_header_skip_space(s);
    if (s->n > 0 && s->p[0] == '=') {
        link_header_skip(s, 1);
        link_header_skip_space(s);
        if (s->n > 0 && s->p[0] == '"')
            value = link_header_quoted(s);
        else
            value = str_trim(link_header_until(s, ";,"));
    }
    link_header_until(s, ";,"); /* what does not belong there */
    if (str_equal_nocase(name, STR("anchor")))
        out->has_anchor = true;
    else if (str_equal_nocase(name, STR("rel")) && out->rel.p == NULL)
        out->rel = value; /* 3.3: further ones are ignored */
}

bool
link_header_next(struct str *rest, struct link_header *out)
{
    *out = (struct link_header){.rel = STR_NONE};
    /* RFC 9110 5.6.1: empty elements of a list are none */
    while (rest->n > 0 && (str_is_space(rest->p[0]) || rest->p[0] == ','))
        link_header_skip(rest, 1);
    if (rest->n == 0 || rest->p[0] != '<')
        return false; /* B.2: nothing behind it is to be trusted */
    link_header_skip(rest, 1);
    out->target = str_trim(link_header_until(rest, ">"));
    if (rest->n == 0)
        return false;
    link_header_skip(rest, 1);
    link_header_until(rest, ";,");
    while (rest->n > 0 && rest->p[0] == ';') {
        link_header_skip(rest, 1);
        link_header_parameter(rest, out);
    }
    return true;
}
