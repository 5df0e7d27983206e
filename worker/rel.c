/* SPDX-License-Identifier: MIT */
#include "worker/rel.h"

/*
 * HTML 4.6.7 "Link types": those that make a hyperlink of a <link>, but for
 * search, whose target describes a form to browsers.  Then HTML 4.01 6.12,
 * and what documentation has beside it: first to toc.
 */
static const char *const rel_links[] = {
    "alternate", "author",   "canonical", "help",           "license",
    "next",      "prev",     "previous",  "privacy-policy", "terms-of-service",
    "appendix",  "bookmark", "chapter",   "contents",       "copyright",
    "glossary",  "index",    "section",   "start",          "subsection",
    "first",     "last",     "up",        "home",           "top",
    "toc"};

/*
 * HTML 4.6.7: external resources that the page is shown with.  Not prefetch,
 * dns-prefetch and preconnect, which are about another page or a host.
 */
static const char *const rel_requisites[] = {
    "stylesheet", "icon",          "apple-touch-icon",
    "mask-icon",  "preload",       "apple-touch-icon-precomposed",
    "manifest",   "modulepreload", "apple-touch-startup-image"};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The first word, cut off *rel; empty at its end. */
static struct str
rel_word(struct str *rel)
{
    struct str word;

    if (rel->n == 0)
        return STR("");
    while (rel->n > 0 && str_is_space(rel->p[0])) {
        rel->p++;
        rel->n--;
    }
    word = (struct str){rel->p, 0};
    while (word.n < rel->n && !str_is_space(rel->p[word.n]))
        word.n++;
    rel->p += word.n;
    rel->n -= word.n;
    return word;
}

static bool
rel_is_one_of(struct str word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_equal_nocase(word, str_from(words[i])))
            return true;
    return false;
}

enum rel_class
rel_class(struct str rel)
{
    enum rel_class class = REL_OTHER;
    struct str word;

    while ((word = rel_word(&rel)).n > 0) {
        /* "alternate stylesheet", "alternate icon": no other page */
        if (str_equal_nocase(word, STR("stylesheet")) ||
            str_equal_nocase(word, STR("icon")))
            return REL_REQUISITE;
        if (rel_is_one_of(word, rel_links, COUNT(rel_links)))
            class = REL_LINK;
        else if (class == REL_OTHER &&
                 rel_is_one_of(word, rel_requisites, COUNT(rel_requisites)))
            class = REL_REQUISITE;
    }
    return class;
}

bool
rel_has(struct str rel, struct str wanted)
{
    struct str word;

    while ((word = rel_word(&rel)).n > 0)
        if (str_equal_nocase(word, wanted))
            return true;
    return false;
}
