/* SPDX-License-Identifier: MIT */
#include "common/xpath_check.h"

#include <libxml/xpath.h>
#include <stdio.h>

/* The functions of XPath 1.0, the types of nodes, and operators. */
static const char *const xpath_words[] = {"last",
                                          "position",
                                          "count",
                                          "id",
                                          "local-name",
                                          "namespace-uri",
                                          "name",
                                          "string",
                                          "concat",
                                          "starts-with",
                                          "contains",
                                          "substring-before",
                                          "substring",
                                          "string-length",
                                          "substring-after",
                                          "normalize-space",
                                          "translate",
                                          "boolean",
                                          "not",
                                          "true",
                                          "false",
                                          "lang",
                                          "number",
                                          "sum",
                                          "floor",
                                          "ceiling",
                                          "round",
                                          "comment",
                                          "text",
                                          "node",
                                          "and",
                                          "or",
                                          "div",
                                          "mod",
                                          "processing-instruction"};

/* By libxml2's number, for it hands out no words here. */
static const char *
xpath_words_for(int code)
{
    switch (code) {
    case XML_XPATH_NUMBER_ERROR:
        return "this is no number";
    case XML_XPATH_UNFINISHED_LITERAL_ERROR:
        return "a string does not end";
    case XML_XPATH_INVALID_PREDICATE_ERROR:
        return "this predicate is not complete";
    case XML_XPATH_UNCLOSED_ERROR:
        return "a bracket is not closed";
    case XML_XPATH_INVALID_ARITY:
        return "the number of arguments is wrong";
    case XML_XPATH_EXPR_ERROR:
        return "the expression is not complete, or goes on oddly";
    default:
        return "this is no XPath 1.0 expression";
    }
}

struct xpath_problem {
    size_t *at;
    char *why;
};

/* libxml2 tells of each problem; the first one counts. */
static void
xpath_on_error(void *arg, xmlErrorPtr error)
{
    struct xpath_problem *p = arg;

    if (p->why[0] != '\0')
        return;
    *p->at = error->int1 > 0 ? (size_t)error->int1 : 0;
    snprintf(p->why, XPATH_WHY_BYTES, "%s", xpath_words_for(error->code));
}

static enum err
xpath_compile(const char *xpath, size_t *at, char why[XPATH_WHY_BYTES])
{
    struct xpath_problem problem = {at, why};
    xmlXPathContextPtr context = xmlXPathNewContext(NULL);
    xmlXPathCompExprPtr code;

    *at = 0;
    why[0] = '\0';
    if (context == NULL)
        return ERR_NOMEM;
    context->error = xpath_on_error;
    context->userData = &problem;
    code = xmlXPathCtxtCompile(context, (const xmlChar *)xpath);
    xmlXPathFreeCompExpr(code);
    xmlXPathFreeContext(context);
    if (code == NULL && why[0] == '\0')
        snprintf(why, XPATH_WHY_BYTES, "no XPath expression");
    return code ? ERR_OK : ERR_INVALID;
}

/* --- what shows only when it is evaluated --- */

static bool
xpath_is_name(char c)
{
    return str_is_alpha(c) || str_is_digit(c) || c == '-' || c == '_' ||
           c == '.' || (unsigned char)c >= 0x80;
}

static bool
xpath_is_known(struct str word)
{
    for (size_t i = 0; i < sizeof(xpath_words) / sizeof(xpath_words[0]); i++)
        if (str_equal(word, str_from(xpath_words[i])))
            return true;
    return false;
}

/* A name at xpath[*i]: moves behind it; NULL, or what is wrong with it. */
static const char *
xpath_look_at_name(const char *xpath, size_t *i)
{
    size_t start = *i;
    struct str word;

    while (xpath_is_name(xpath[*i]))
        ++*i;
    word = (struct str){xpath + start, *i - start};
    while (str_is_space(xpath[*i]))
        ++*i;
    if (xpath[*i] == ':' && xpath[*i + 1] == ':') {
        *i += 2;
        return NULL;
    }
    if (xpath[*i] == ':')
        return "HTML has no namespaces";
    if (xpath[*i] == '(' && !xpath_is_known(word))
        return "XPath 1.0 has no such function";
    return NULL;
}

enum err
xpath_check(const char *xpath, size_t *at, char why[XPATH_WHY_BYTES])
{
    enum err e = xpath_compile(xpath, at, why);
    const char *problem = NULL;

    for (size_t i = 0; e == ERR_OK && xpath[i] != '\0' && !problem;) {
        char c = xpath[i];

        *at = i;
        if (c == '\'' || c == '"') { /* it ends: it was compiled */
            i = (size_t)(strchr(xpath + i + 1, c) - xpath) + 1;
        } else if (c == '$') {
            problem = "there are no variables";
        } else if (str_is_digit(c) || c == '.') {
            i++;
        } else if (xpath_is_name(c) && c != '-') {
            problem = xpath_look_at_name(xpath, &i);
        } else {
            i++;
        }
    }
    if (problem == NULL)
        return e;
    snprintf(why, XPATH_WHY_BYTES, "%s", problem);
    return ERR_INVALID;
}
