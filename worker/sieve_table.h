/*
 * sieve_table - which tags and attributes the sieve knows, and as what.
 *
 * For worker/sieve.c only.  Section numbers are those of the WHATWG HTML
 * standard.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WORKER_SIEVE_TABLE_H
#define WORKER_SIEVE_TABLE_H

#include "worker/sieve.h"

/* What a tag's name means to us. */
enum role {
    ROLE_NONE,
    ROLE_KEEP, /* the kind says as what */
    ROLE_RAW,  /* 13.2.5.2 and .3: RCDATA and RAWTEXT, up to its end tag */
    ROLE_SCRIPT,
    ROLE_PLAINTEXT,
    ROLE_TEMPLATE,
    ROLE_FRAMESET,
    ROLE_SVG,
    ROLE_MATH,
    ROLE_POINT_SVG, /* in svg: its content is HTML again */
    ROLE_POINT_MATH
};

struct tag_name {
    const char *name;
    enum role role;
    enum sieve_kind kind;
};

/*
 * By length, so that the tags a page consists of (p, td, div, span) meet few
 * comparisons.  13.2.6.4.4 and 13.2.6.4.7 say what is raw text with scripting
 * off: noscript is not.
 */
static const struct tag_name sieve_len1[] = {{"a", ROLE_KEEP, SIEVE_A}, {0}};
static const struct tag_name sieve_len3[] = {
    {"svg", ROLE_SVG, 0}, {"xmp", ROLE_RAW, 0}, {0}};
static const struct tag_name sieve_len4[] = {
    {"link", ROLE_KEEP, SIEVE_LINK}, {"meta", ROLE_KEEP, SIEVE_META},
    {"base", ROLE_KEEP, SIEVE_BASE}, {"area", ROLE_KEEP, SIEVE_AREA},
    {"math", ROLE_MATH, 0},          {0}};
static const struct tag_name sieve_len5[] = {{"style", ROLE_RAW, 0},
                                             {"title", ROLE_RAW, 0},
                                             {"frame", ROLE_KEEP, SIEVE_FRAME},
                                             {0}};
static const struct tag_name sieve_len6[] = {
    {"script", ROLE_SCRIPT, 0}, {"iframe", ROLE_KEEP, SIEVE_IFRAME}, {0}};
static const struct tag_name sieve_len7[] = {{"noembed", ROLE_RAW, 0}, {0}};
static const struct tag_name sieve_len8[] = {{"textarea", ROLE_RAW, 0},
                                             {"noframes", ROLE_RAW, 0},
                                             {"template", ROLE_TEMPLATE, 0},
                                             {"frameset", ROLE_FRAMESET, 0},
                                             {0}};
static const struct tag_name sieve_len9[] = {{"plaintext", ROLE_PLAINTEXT, 0},
                                             {0}};
/* A bit for a letter, of either case. */
#define SIEVE_LETTER(c) (1u << ((c)&31))
/* Lists by length; most names are told by their first letters already. */
static const struct {
    const struct tag_name *names;
    uint32_t firsts;
} sieve_names[] = {
    [1] = {sieve_len1, SIEVE_LETTER('a')},
    [3] = {sieve_len3, SIEVE_LETTER('s') | SIEVE_LETTER('x')},
    [4] = {sieve_len4, SIEVE_LETTER('l') | SIEVE_LETTER('m') |
                           SIEVE_LETTER('b') | SIEVE_LETTER('a')},
    [5] = {sieve_len5,
           SIEVE_LETTER('s') | SIEVE_LETTER('t') | SIEVE_LETTER('f')},
    [6] = {sieve_len6, SIEVE_LETTER('s') | SIEVE_LETTER('i')},
    [7] = {sieve_len7, SIEVE_LETTER('n')},
    [8] = {sieve_len8,
           SIEVE_LETTER('t') | SIEVE_LETTER('n') | SIEVE_LETTER('f')},
    [9] = {sieve_len9, SIEVE_LETTER('p')}};

/*
 * 13.2.6.5: in svg or math, a start tag of these ends it.  (So does a <font>
 * with some attributes; nobody would miss that one.)
 */
static const char *const sieve_breakouts[] = {
    "b",    "big",   "blockquote", "body",    "br",    "center", "code",  "dd",
    "div",  "dl",    "dt",         "em",      "embed", "h1",     "h2",    "h3",
    "h4",   "h5",    "h6",         "head",    "hr",    "i",      "img",   "li",
    "menu", "meta",  "nobr",       "ol",      "p",     "pre",    "ruby",  "s",
    "span", "small", "strong",     "sub",     "sup",   "strike", "table", "tt",
    "u",    "ul",    "var",        "listing",
};
/* 13.2.6 "HTML integration point" and "MathML text integration point" */
static const char *const sieve_points_svg[] = {"foreignobject", "desc",
                                               "title"};
static const char *const sieve_points_math[] = {"mi", "mo", "mn", "ms",
                                                "mtext"};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Which attributes are kept, by kind. */
struct wanted {
    struct str name;
    enum sieve_slot slot;
};
#define WANTED(literal, slot)                  \
    {                                          \
        {(literal), sizeof(literal) - 1}, slot \
    }
static const struct wanted sieve_wanted_link[] = {
    WANTED("href", SIEVE_URL), WANTED("rel", SIEVE_REL), {{NULL, 0}, 0}};
static const struct wanted sieve_wanted_area[] = {WANTED("href", SIEVE_URL),
                                                  WANTED("rel", SIEVE_REL),
                                                  WANTED("alt", SIEVE_TEXT),
                                                  {{NULL, 0}, 0}};
static const struct wanted sieve_wanted_frame[] = {WANTED("src", SIEVE_URL),
                                                   {{NULL, 0}, 0}};
static const struct wanted sieve_wanted_meta[] = {
    WANTED("content", SIEVE_CONTENT),
    WANTED("http-equiv", SIEVE_HTTP_EQUIV),
    WANTED("name", SIEVE_NAME),
    WANTED("charset", SIEVE_CHARSET),
    {{NULL, 0}, 0}};

static const struct wanted sieve_wanted_linked_set[] = {
    WANTED("href", SIEVE_URL),
    WANTED("rel", SIEVE_REL),
    WANTED("imagesrcset", SIEVE_SRCSET),
    {{NULL, 0}, 0}};
static const struct wanted sieve_wanted_img[] = {
    WANTED("src", SIEVE_URL), WANTED("srcset", SIEVE_SRCSET), {{NULL, 0}, 0}};
static const struct wanted sieve_wanted_video[] = {
    WANTED("src", SIEVE_URL), WANTED("poster", SIEVE_POSTER), {{NULL, 0}, 0}};
static const struct wanted sieve_wanted_input[] = {
    WANTED("src", SIEVE_URL), WANTED("type", SIEVE_TYPE), {{NULL, 0}, 0}};
static const struct wanted sieve_wanted_form[] = {
    WANTED("action", SIEVE_URL),
    WANTED("rel", SIEVE_REL),
    WANTED("method", SIEVE_METHOD),
    {{NULL, 0}, 0}};
static const struct wanted sieve_wanted_object[] = {WANTED("data", SIEVE_URL),
                                                    {{NULL, 0}, 0}};
static const struct wanted sieve_wanted_background[] = {
    WANTED("background", SIEVE_URL), {{NULL, 0}, 0}};
static const struct wanted sieve_wanted_template[] = {
    WANTED("shadowrootmode", SIEVE_URL), {{NULL, 0}, 0}};

/*
 * What a page is shown with, and forms, when they are wanted.  13.2.6.4.7: a
 * start tag of image is one of img.  15.3: who has a background.
 */
static const struct {
    struct str name;
    enum sieve_kind kind;
    const struct wanted *wanted;
} sieve_requisites[] = {
#define REQUISITE(name, kind, wanted)            \
    {                                            \
        {(name), sizeof(name) - 1}, kind, wanted \
    }
    REQUISITE("img", SIEVE_IMG, sieve_wanted_img),
    REQUISITE("image", SIEVE_IMG, sieve_wanted_img),
    REQUISITE("source", SIEVE_IMG, sieve_wanted_img),
    REQUISITE("script", SIEVE_SRC, sieve_wanted_frame),
    REQUISITE("embed", SIEVE_SRC, sieve_wanted_frame),
    REQUISITE("audio", SIEVE_SRC, sieve_wanted_frame),
    REQUISITE("track", SIEVE_SRC, sieve_wanted_frame),
    REQUISITE("video", SIEVE_VIDEO, sieve_wanted_video),
    REQUISITE("object", SIEVE_SRC, sieve_wanted_object),
    REQUISITE("input", SIEVE_INPUT, sieve_wanted_input),
    REQUISITE("form", SIEVE_FORM, sieve_wanted_form),
    REQUISITE("body", SIEVE_SRC, sieve_wanted_background),
    REQUISITE("table", SIEVE_SRC, sieve_wanted_background),
    REQUISITE("thead", SIEVE_SRC, sieve_wanted_background),
    REQUISITE("tbody", SIEVE_SRC, sieve_wanted_background),
    REQUISITE("tfoot", SIEVE_SRC, sieve_wanted_background),
    REQUISITE("tr", SIEVE_SRC, sieve_wanted_background),
    REQUISITE("td", SIEVE_SRC, sieve_wanted_background),
    REQUISITE("th", SIEVE_SRC, sieve_wanted_background),
};

/* Ends an attribute's name: 13.2.5.33. */
static const bool sieve_ends_name[256] = {
    ['\t'] = 1, ['\n'] = 1, ['\f'] = 1, ['\r'] = 1,
    [' '] = 1,  ['/'] = 1,  ['>'] = 1,  ['='] = 1};
/* Ends a tag's name, to which a '=' belongs: 13.2.5.8. */
static const bool sieve_ends_tag_name[256] = {
    ['\t'] = 1, ['\n'] = 1, ['\f'] = 1, ['\r'] = 1,
    [' '] = 1,  ['/'] = 1,  ['>'] = 1};
/* Ends an unquoted value: 13.2.5.38. */
static const bool sieve_ends_value[256] = {
    ['\t'] = 1, ['\n'] = 1, ['\f'] = 1, ['\r'] = 1, [' '] = 1, ['>'] = 1};

#endif
