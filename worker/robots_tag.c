/* SPDX-License-Identifier: MIT */
#include "worker/robots_tag.h"

static bool
robots_tag_is_separator(char c)
{
    return str_is_space(c) || c == ',' || c == ';';
}

/* The next word off *s, empty at the end; is_name: a ':' stood behind it. */
static struct str
robots_tag_word(struct str *s, bool *is_name)
{
    struct str word;
    size_t n = 0;

    *is_name = false;
    if (s->n == 0)
        return STR("");
    while (n < s->n && (robots_tag_is_separator(s->p[n]) || s->p[n] == ':'))
        n++;
    word = (struct str){s->p + n, 0};
    while (n < s->n && !robots_tag_is_separator(s->p[n]) && s->p[n] != ':')
        n++;
    word.n = (size_t)(s->p + n - word.p);
    while (n < s->n && str_is_space(s->p[n]))
        n++;
    *is_name = n < s->n && s->p[n] == ':';
    s->p += n;
    s->n -= n;
    return word;
}

/* A directive with a value, or the hours of a date. */
static bool
robots_tag_is_no_agent(struct str name)
{
    return str_is_digit(name.p[0]) ||
           str_equal_nocase(name, STR("unavailable_after")) ||
           str_starts_nocase(name, STR("max-"));
}

static void
robots_tag_add(struct robots_tag *tag, struct str word)
{
    bool is_none = str_equal_nocase(word, STR("none"));

    tag->nofollow |= is_none || str_equal_nocase(word, STR("nofollow"));
    tag->noindex |= is_none || str_equal_nocase(word, STR("noindex"));
}

void
robots_tag_meta(struct robots_tag *tag, struct str content)
{
    bool is_name, is_value = false;
    struct str word;

    while ((word = robots_tag_word(&content, &is_name)).n > 0) {
        if (!is_name && !is_value)
            robots_tag_add(tag, word);
        is_value = is_name; /* "max-image-preview: none" */
    }
}

void
robots_tag_header(struct robots_tag *tag, struct str value, struct str agent)
{
    bool is_ours = true, is_name, is_value = false;
    struct str word;

    while ((word = robots_tag_word(&value, &is_name)).n > 0) {
        if (is_ours && !is_name && !is_value)
            robots_tag_add(tag, word);
        is_value = is_name && robots_tag_is_no_agent(word);
        if (is_name && !is_value)
            is_ours = str_equal(word, STR("*")) ||
                      (agent.n > 0 && str_equal_nocase(word, agent));
    }
}
